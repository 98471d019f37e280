import { move } from './course.ts';
import { minutes } from './dag.ts';
import type { Row } from './dataset.ts';
import { readRows } from './dataset.ts';
import type { Floor } from './floor.ts';
import { dagFailed, floor, LeafFailed } from './floor.ts';
import type { House } from './house.ts';
import { label } from './label.ts';
import { deploy, upload } from './models.ts';
import { timestamp } from './resource.ts';
import type { Run, RunState } from './run.ts';
import type { Tuned } from './student.ts';
import { enter } from './task.ts';
import { rpc, Trouble } from './trouble.ts';
import { evaluate, tune } from './tune.ts';
import type { Uploader } from './uploader.ts';
import { uploader } from './uploader.ts';
import { validate } from './validate.ts';

/** Carries a pipeline job through its graph to a terminal state; only the closing of the stand-in leaves it unfinished. */
export async function perform(run: Run, house: House): Promise<void> {
  const on = floor(run, house);
  const curves = uploader(on);
  try {
    await on.wait(minutes.pending);
    run.startTime = timestamp();
    on.put(run.tasks.run, 'RUNNING');
    move(run, 'RUNNING');
    await journey(on, curves);
    on.put(run.tasks.run, 'SUCCEEDED');
    settle(run, 'SUCCEEDED');
  } catch (error) {
    if (house.closing.aborted) return;
    if (run.cancelling.signal.aborted) await cancelled(on);
    else failed(on, { error, curves });
  }
}

async function journey(on: Floor, curves: Uploader): Promise<void> {
  const { run, house, leaf, graph, wait } = on;
  await leaf('validate-pipeline', async () => {
    await wait(minutes['validate-pipeline']);
    validate(run, house);
  });
  const read = await graph('prepare-dataset', async () => ({
    train: await dataset(on, { name: 'dataset-encoder', uri: run.parameters.dataset_uri, between: [1, 10_000] }),
    evaluation: await dataset(on, {
      name: 'evaluation-dataset-encoder',
      uri: run.parameters.evaluation_data_uri,
      between: [10, 250],
    }),
  }));
  const rows = await label(on, read);
  const tuned = await graph('tuning-graph', async () => {
    const tuned = await tune(on, rows, curves);
    await evaluate(on, rows, tuned);
    return tuned;
  });
  await graph('deployment-graph', () => serve(on, tuned));
  curves.close();
}

async function dataset(
  { house, leaf, skip, wait }: Floor,
  {
    name,
    uri,
    between: [least, most],
  }: { name: 'dataset-encoder' | 'evaluation-dataset-encoder'; uri: string; between: [number, number] },
): Promise<Row[]> {
  if (!uri) {
    skip(name);
    return [];
  }
  return leaf(name, async task => {
    await wait(minutes[name]);
    const rows = await readRows(house.storage, { uri });
    if (rows.length < least || rows.length > most)
      throw new Trouble(
        'INVALID_ARGUMENT',
        `The dataset "${uri}" must have ${least} to ${most} rows, but has ${rows.length}.`,
      );
    task.metadata = { 'input:dataset_uri': uri, 'output:rows': rows.length };
    return rows;
  });
}

async function serve({ run, house, leaf, wait }: Floor, tuned: Tuned): Promise<void> {
  const { parameters: p, project, region, asked } = run;
  const model = await leaf('upload-model', async task => {
    await wait(minutes['upload-model']);
    const model = upload(house.models, {
      project,
      region: p.location || region,
      displayName: p.model_display_name,
      labels: asked.labels,
      base: p.student_model_reference,
      tuned,
    });
    task.metadata['output:model_resource_name'] = `${model.name}@1`;
    return model;
  });
  await leaf('deploy-model', async () => {
    await wait(minutes['deploy-model'], house.closing);
    deploy(house.models, { project, model });
  });
}

async function cancelled({ run, house, put }: Floor): Promise<void> {
  const open = Object.values(run.tasks).filter(({ state }) => state === 'RUNNING');
  for (const task of open) put(task, 'CANCELLING');
  try {
    await run.clock.until(run.clock.now() + minutes.cancelling * 60_000, house.closing);
  } catch {
    return;
  }
  for (const task of open) put(task, 'CANCELLED');
  run.error = { code: 1, message: `The pipeline job "${run.id}" was cancelled.` };
  settle(run, 'CANCELLED');
}

function failed({ run, put }: Floor, { error, curves }: { error: unknown; curves: Uploader }): void {
  try {
    curves.close();
  } catch {}
  const wrapper = error instanceof LeafFailed ? { code: 9, message: dagFailed(error) } : rpc(error);
  put(run.tasks.run, 'FAILED', wrapper);
  const job = `Job (project_id = ${run.project.id}, job_id = ${run.number}) is failed due to the above error.`;
  run.error = { code: wrapper.code, message: `${wrapper.message}; ${job}` };
  settle(run, 'FAILED');
}

function settle(run: Run, state: RunState): void {
  for (const task of Object.values(run.tasks)) if (task.state === 'PENDING') enter(task, 'NOT_TRIGGERED');
  run.endTime = timestamp();
  move(run, state);
}
