import { startClock } from './clock.ts';
import { cancel } from './course.ts';
import type { House } from './house.ts';
import { page } from './page.ts';
import { numericId, timestamp } from './resource.ts';
import { Trouble } from './trouble.ts';
import { carryOut } from './tuning-course.ts';
import type { TuningJob } from './tuning-job.ts';
import { tuningJobName, tuningJobView } from './tuning-job.ts';
import { regionOf } from './tuning-models.ts';
import type { Version } from './tuning-request.ts';
import { order } from './tuning-request.ts';

type Call = {
  /** The location in the path: a region, or `global`. */
  region: string;
  name: string;
  version: Version;
  query: URLSearchParams;
  body: Record<string, unknown>;
};

/** Creates a tuning job under a number of the service's own, and begins it at once; the same call again makes another. */
export function createTuningJob(house: House, { region: place, version, query, body }: Call): object {
  known(query, []);
  const asked = order(body, { version, place, earlyAccess: house.tuning.earlyAccess });
  const now = timestamp();
  const job: TuningJob = {
    id: numericId(),
    region: regionOf(place),
    place,
    project: house.project,
    order: asked,
    state: 'PENDING',
    createTime: now,
    updateTime: now,
    step: 0,
    steps: 0,
    stepsPerEpoch: 1,
    checkpoints: [],
    clock: startClock(house.speed),
    cancelling: new AbortController(),
  };
  house.tuningJobs.set(tuningJobName(job), job);
  void carryOut(job, house);
  return tuningJobView(job, version);
}

/** Shows a tuning job, by the name it was answered with. */
export function getTuningJob(house: House, { name, version, query }: Call): object {
  known(query, []);
  return tuningJobView(found(house, name), version);
}

/** Lists the tuning jobs of a region, or those that were created in `global`, in no order that means anything. */
export function listTuningJobs(house: House, { region: place, version, query }: Call): object {
  known(query, ['filter', 'pageSize', 'page_size', 'pageToken', 'page_token']);
  if (query.get('filter'))
    throw new Trouble('INVALID_ARGUMENT', `Invalid list filter: "${query.get('filter')}" cannot be read.`);
  const there = [...house.tuningJobs.values()]
    .filter(job => job.region === place || job.place === place)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  return page(there, { name: 'tuningJobs', view: job => tuningJobView(job, version), query, most: 100 });
}

/** Asks a tuning job to end. It does so soon, unless its model is already being deployed. */
export function cancelTuningJob(house: House, { name, query }: Call): object {
  known(query, []);
  cancel(found(house, name), { name, kind: 'TuningJob', state: 'JOB_STATE', speed: house.speed });
  return {};
}

/** Finds a tuning job by its full name or its id. */
export function findTuningJob({ tuningJobs }: Pick<House, 'tuningJobs'>, id: string): TuningJob | undefined {
  return tuningJobs.get(id) ?? [...tuningJobs.values()].find(job => job.id === id);
}

function found({ tuningJobs }: House, name: string): TuningJob {
  const job = tuningJobs.get(name);
  if (!job) throw new Trouble('NOT_FOUND', `The TuningJob "${name}" was not found.`);
  return job;
}

/** Refuses parameters of a query that the call does not have. */
function known(query: URLSearchParams, names: readonly string[]): void {
  for (const name of query.keys())
    if (!names.includes(name))
      throw new Trouble(
        'INVALID_ARGUMENT',
        `Invalid JSON payload received. Unknown name "${name}": Cannot bind query parameter. Field '${name}' could not be found in request message.`,
      );
}
