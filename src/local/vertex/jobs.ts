import { startClock } from './clock.ts';
import { cancel } from './course.ts';
import { mayUse, read } from './creation.ts';
import type { Field } from './filter.ts';
import { filter } from './filter.ts';
import type { House } from './house.ts';
import { page } from './page.ts';
import { parameters } from './parameters.ts';
import { perform } from './pipeline.ts';
import { fullName, numericId, timestamp } from './resource.ts';
import type { Run } from './run.ts';
import { graph, pipelineJob } from './run.ts';
import { Trouble } from './trouble.ts';

/** Creates a pipeline job under the caller's id, and begins to run it at once. */
export async function createJob(
  house: House,
  { region, query, body }: { region: string; query: URLSearchParams; body: Record<string, unknown> },
): Promise<object> {
  const id = query.get('pipelineJobId') ?? `distillation-${numericId()}`;
  if (!/^[a-z][-a-z0-9]{0,126}$/.test(id))
    throw new Trouble(
      'INVALID_ARGUMENT',
      `Invalid pipeline job id "${id}": it must have fewer than 128 characters and match [a-z][-a-z0-9]*.`,
    );
  const asked = read(body, { id, house });
  const values = parameters(asked.runtimeConfig.parameterValues);
  await mayUse(house, asked);
  const name = fullName(house.project, { region, path: `pipelineJobs/${id}` });
  if (house.runs.has(name)) throw new Trouble('ALREADY_EXISTS', `The PipelineJob "${name}" already exists.`);
  const number = numericId();
  const now = timestamp();
  const run: Run = {
    id,
    number,
    region,
    project: house.project,
    asked: { ...asked, labels: { ...asked.labels, 'vertex-ai-pipelines-run-billing-id': number } },
    parameters: values,
    state: 'PENDING',
    createTime: now,
    updateTime: now,
    tasks: graph(id),
    step: 0,
    clock: startClock(house.speed),
    cancelling: new AbortController(),
  };
  house.runs.set(name, run);
  void perform(run, house);
  return pipelineJob(run, { detail: true });
}

/** Shows a pipeline job with the details of its tasks. */
export function getJob(house: House, { name }: { name: string }): object {
  return pipelineJob(found(house, name), { detail: true });
}

/** Lists the pipeline jobs of a region, the newest first unless asked otherwise. */
export function listJobs(house: House, { region, query }: { region: string; query: URLSearchParams }): object {
  const passes = filter(query.get('filter') ?? '', fields);
  const runs = ordered([...house.runs.values()], query.get('orderBy') ?? '');
  const found = runs.filter(run => run.region === region && passes(run));
  const mask = query.get('readMask')?.split(',');
  const view = (run: Run) => masked(pipelineJob(run, { detail: false }), mask);
  return page(found, { name: 'pipelineJobs', view, query, most: 1000, usual: 100 });
}

/** What a field mask leaves of a resource; it names whole fields here. */
function masked(resource: object, mask: readonly string[] | undefined): object {
  const known = [...Object.keys(resource), 'error', 'startTime', 'endTime', 'encryptionSpec'];
  const wrong = mask?.find(field => !known.includes(field));
  if (wrong !== undefined) throw new Trouble('INVALID_ARGUMENT', `Invalid field mask: "${wrong}" is no field.`);
  return mask ? Object.fromEntries(Object.entries(resource).filter(([name]) => mask.includes(name))) : resource;
}

/** Asks a pipeline job to end. It does so soon, unless its model is already being deployed. */
export function cancelJob(house: House, { name }: { name: string }): object {
  cancel(found(house, name), { name, kind: 'PipelineJob', state: 'PIPELINE_STATE', speed: house.speed });
  return {};
}

/** Finds a run by its full name or its id. */
export function findRun(house: Pick<House, 'runs'>, { id }: { id: string }): Run | undefined {
  return house.runs.get(id) ?? [...house.runs.values()].find(run => run.id === id);
}

function found(house: House, name: string): Run {
  const run = house.runs.get(name);
  if (!run) throw new Trouble('NOT_FOUND', `The PipelineJob "${name}" was not found.`);
  return run;
}

const fields: Record<string, Field<Run>> = {
  pipeline_name: { kind: 'text', of: () => 'distillation' },
  display_name: { kind: 'text', of: run => run.asked.displayName },
  pipeline_job_user_id: { kind: 'text', of: run => run.id },
  state: { kind: 'text', of: run => `PIPELINE_STATE_${run.shown?.state ?? run.state}` },
  template_uri: { kind: 'text', of: run => run.asked.templateUri },
  create_time: { kind: 'time', of: run => run.createTime },
  update_time: { kind: 'time', of: run => run.updateTime },
  end_time: { kind: 'time', of: run => run.endTime },
  labels: { kind: 'labels', of: run => run.asked.labels },
};

const orders = {
  create_time: (run: Run) => run.createTime,
  update_time: (run: Run) => run.updateTime,
  end_time: (run: Run) => run.endTime ?? '',
  start_time: (run: Run) => run.startTime ?? '',
};

function ordered(runs: Run[], by: string): Run[] {
  const keys = (by || 'create_time desc').split(',').map(part => {
    const [, name = '', direction] = /^\s*(\w+)(?:\s+(asc|desc))?\s*$/.exec(part) ?? [];
    if (!Object.hasOwn(orders, name)) throw new Trouble('INVALID_ARGUMENT', `Invalid orderBy "${by}".`);
    return { of: orders[name as keyof typeof orders], sign: direction === 'desc' ? -1 : 1 };
  });
  const compare = (a: Run, b: Run) => keys.reduce((sum, { of, sign }) => sum || sign * of(a).localeCompare(of(b)), 0);
  return runs.reverse().sort(compare);
}
