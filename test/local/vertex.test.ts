import { readFileSync } from 'node:fs';
import { setImmediate as pause, setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StorageServer } from '../../src/local/storage/server.ts';
import { startStorage } from '../../src/local/storage/server.ts';
import { failures, refusals } from '../../src/local/vertex/failures.ts';
import type { Fault } from '../../src/local/vertex/faults.ts';
import type { Run } from '../../src/local/vertex/run.ts';
import type { VertexOptions, VertexStandIn } from '../../src/local/vertex/server.ts';
import { startVertex } from '../../src/local/vertex/server.ts';
import { asking } from './asking.ts';

type Row = { input_text: string; output_text?: string };
type Value = { scalar: { value?: number }; wallTime: string; step?: string };
type Task = {
  taskId: string;
  parentTaskId?: string;
  taskName: string;
  taskUniqueName: string;
  state: string;
  error?: { code: number; message: string };
  execution?: { metadata: Record<string, unknown>; schemaTitle: string };
  executorDetail?: { customJobDetail: { job: string } };
  outputs?: Record<string, { artifacts: { uri: string }[] }>;
  pipelineTaskStatus: { state: string; error?: { code: number } }[];
};
type Job = {
  name: string;
  state: string;
  createTime: string;
  updateTime: string;
  endTime?: string;
  error?: { code: number; message: string };
  labels: Record<string, string>;
  jobDetail?: { taskDetails: Task[] };
};
/** Whatever an answer may carry; a test reads what it asked for. */
type Body = Job & {
  error: { code: number; message: string; status: string };
  pipelineJobs: Job[];
  nextPageToken?: string;
  tensorboards: { name: string }[];
  tensorboardExperiments: { name: string; labels: Record<string, string>; createTime: string }[];
  tensorboardRuns: { name: string }[];
  tensorboardTimeSeries: { name: string; displayName: string; metadata: { maxStep: string } }[];
  timeSeriesData: { values: Value[] } & { tensorboardTimeSeriesId: string; values: Value[] }[];
  models: { name: string }[];
  deployedModels: { endpoint: string; model: string }[];
  endpoints: { name: string; displayName: string }[];
  predictions: { content: string }[];
  model: string;
};

const project = { id: 'acme-test', number: '4242' };
const board = `projects/${project.number}/locations/europe-west4/tensorboards/81`;
const base = `/v1/projects/${project.id}/locations/europe-west4`;
const instant = 1e7;

let store: StorageServer;
let vertex: VertexStandIn;
const call = asking<Body>(() => vertex.url);

beforeEach(async () => {
  store = await startStorage();
  store.createBucket('acme');
  store.put('acme', 'train.jsonl', lines(sample('train')));
  store.put('acme', 'eval.jsonl', lines(sample('eval')));
  await start({});
});

afterEach(async () => {
  await vertex.close();
  await store.close();
});

describe('creating', () => {
  test('a call without a known token is unauthenticated', async () => {
    for (const headers of [undefined, { Authorization: 'Bearer stolen' }]) {
      const answer = await fetch(`${vertex.url}${base}/pipelineJobs`, headers && { headers });
      expect(answer.status).toBe(401);
      expect(((await answer.json()) as Body).error.status).toBe('UNAUTHENTICATED');
    }
  });

  test('another project is out of bounds', async () => {
    const { status, body } = await call('GET', '/v1/projects/someone-else/locations/europe-west4/pipelineJobs');
    expect([status, body.error.status]).toEqual([403, 'PERMISSION_DENIED']);
  });

  test('a new pipeline job is pending under the id that was asked for', async () => {
    vertex.speed(0);
    const { status, body } = await create('retort-a');
    expect(status).toBe(200);
    expect(body.name).toBe(`projects/4242/locations/europe-west4/pipelineJobs/retort-a`);
    expect(body.state).toBe('PIPELINE_STATE_PENDING');
    expect(body.labels).toMatchObject({ 'retort-job': 'a' });
  });

  test('the same id again already exists, and the first job is as it was', async () => {
    await create('retort-a', { train_steps: 7 });
    const { status, body } = await create('retort-a', { train_steps: 8 });
    expect([status, body.error.status]).toEqual([409, 'ALREADY_EXISTS']);
    expect(vertex.jobs()).toMatchObject([{ runtimeConfig: { parameterValues: { train_steps: 7 } } }]);
  });

  test.each([
    ['a parameter the template does not declare', { tuned_model_location: 'europe-west4' }, 'tuned_model_location'],
    ['a number as a text', { train_steps: '300' }, 'NUMBER_INTEGER'],
    ['a fraction of a step', { train_steps: 1.5 }, 'NUMBER_INTEGER'],
    ['a boolean for the checkpoint selection', { enable_checkpoint_selection: true }, 'STRING'],
    ['a text for early stopping', { enable_early_stopping: 'true' }, 'BOOLEAN'],
    ['no dataset', { dataset_uri: undefined }, 'dataset_uri'],
  ])('%s is refused', async (_, changed, named) => {
    const { status, body } = await create('retort-a', changed);
    expect([status, body.error.status]).toEqual([400, 'INVALID_ARGUMENT']);
    expect(body.error.message).toContain(named);
    expect(vertex.jobs()).toEqual([]);
  });

  test.each([
    ['an id with capital letters', 'Retort-A', {}],
    ['an id of 128 characters', 'a'.repeat(128), {}],
    ['no working directory', 'retort-a', { runtimeConfig: { parameterValues: parameters() } }],
    ['a field that does not exist', 'retort-a', { runtimConfig: {} }],
    ['another template', 'retort-a', { templateUri: 'https://us-kfp.pkg.dev/ml-pipeline/other/other/v1' }],
    ['a label with capital letters', 'retort-a', { labels: { Team: 'x' } }],
  ])('%s is refused', async (_, id, changed) => {
    const { status, body } = await create(id, {}, changed);
    expect([status, body.error.status]).toEqual([400, 'INVALID_ARGUMENT']);
    expect(vertex.jobs()).toEqual([]);
  });

  test.each(['gs://nowhere/root', 'gs://closed/root'])(
    'a working directory in %s, which may not be used, is refused',
    async root => {
      store.createBucket('closed', { deny: ['storage.objects.create'] });
      const runtimeConfig = { gcsOutputDirectory: root, parameterValues: parameters() };
      const { status, body } = await create('retort-a', {}, { runtimeConfig });
      expect(status).toBe(400);
      expect(body.error.message).toContain('[storage.objects.get, storage.objects.create]');
    },
  );

  test('an unknown pipeline job is not found', async () => {
    const { status, body } = await call('GET', `${base}/pipelineJobs/retort-none`);
    expect([status, body.error.status]).toEqual([404, 'NOT_FOUND']);
  });
});

describe('a run that succeeds', () => {
  test('names its model, which carries its labels and is deployed', async () => {
    await create('retort-a', { location: 'europe-west1' });
    const job = await ended('retort-a');
    expect(job.state).toBe('PIPELINE_STATE_SUCCEEDED');
    expect(job).not.toHaveProperty('error');
    const name = String(task(job, 'upload-model').execution?.metadata['output:model_resource_name']);
    expect(name).toMatch(/^projects\/4242\/locations\/europe-west1\/models\/\d+@1$/);

    const model = (await call('GET', `/v1/${name}`)).body;
    expect(model.labels).toMatchObject({
      'retort-job': 'a',
      'google-vertex-llm-tuning-base-model-id': 'text-bison-002',
    });
    const endpoint = (await call('GET', `/v1/${model.deployedModels[0]?.endpoint}`)).body;
    expect(`${endpoint.deployedModels[0]?.model}@1`).toBe(name);
    const listed = await call(
      'GET',
      `${base.replace('europe-west4', 'europe-west1')}/models?filter=labels.retort-job="a"`,
    );
    expect(listed.body.models).toHaveLength(1);
    expect((await call('GET', `${base}/models`)).body).toEqual({});
  });

  test('has a graph of tasks: one root, and every other task under a parent', async () => {
    await create('retort-a', { evaluation_data_uri: undefined, tensorboard_resource_id: undefined });
    const { taskDetails = [] } = (await ended('retort-a')).jobDetail ?? {};
    const ids = new Set(taskDetails.map(one => one.taskId));
    expect(taskDetails.filter(one => one.parentTaskId === undefined).map(one => one.taskName)).toEqual(['retort-a']);
    for (const one of taskDetails) if (one.parentTaskId) expect(ids).toContain(one.parentTaskId);
    const names = Object.fromEntries(taskDetails.map(one => [one.taskUniqueName, one.state]));
    expect(names).toMatchObject({
      'tuning-graph.large-language-model-tuner': 'SUCCEEDED',
      'deployment-graph.upload-model': 'SUCCEEDED',
      'prepare-dataset.evaluation-dataset-encoder': 'NOT_TRIGGERED',
      'tuning-graph.evaluation': 'NOT_TRIGGERED',
      'tensorboard-uploader': 'NOT_TRIGGERED',
    });
    expect(taskDetails.filter(one => one.execution?.schemaTitle === 'system.Run')).toHaveLength(1);
  });

  test('tunes where its accelerator is', async () => {
    await create('retort-a', { accelerator_type: 'GPU' });
    const tuner = task(await ended('retort-a'), 'large-language-model-tuner');
    expect(tuner.executorDetail?.customJobDetail.job).toMatch(
      /^projects\/4242\/locations\/us-central1\/customJobs\/\d+$/,
    );
  });

  test('leaves a model that answers better than chance', async () => {
    await create('retort-a');
    await ended('retort-a');
    const { name } = (await call('GET', `${base}/endpoints`)).body.endpoints[0]!;
    const rows = sample('eval');
    const instances = rows.map(row => ({ content: row.input_text }));
    const { body } = await call('POST', `/v1/${name}:predict`, { instances, parameters: { temperature: 0 } });
    const right = body.predictions.filter(({ content }, i) => content === rows[i]?.output_text).length;
    expect(right / rows.length).toBeGreaterThan(0.5);
    expect(body.model).toMatch(/models\/\d+$/);
  });

  test('reads the generation of a dataset that it was given, and no other', async () => {
    const first = store.put('acme', 'train.jsonl', lines(sample('train')));
    await create('retort-a', { dataset_uri: `gs://acme/train.jsonl#${first.generation}` });
    expect((await ended('retort-a')).state).toBe('PIPELINE_STATE_SUCCEEDED');
    store.put('acme', 'train.jsonl', lines(sample('train')));
    await create('retort-b', { dataset_uri: `gs://acme/train.jsonl#${first.generation}` });
    expect(task(await ended('retort-b'), 'dataset-encoder').error?.code).toBe(5);
  });

  test('accepts free text for outputs, and counts its words', async () => {
    const rows = sample('train').map((row, i) => ({ ...row, output_text: `ticket ${i} is about ${row.output_text}` }));
    store.put('acme', 'train.jsonl', lines(rows));
    await create('retort-a', { train_steps: 40, evaluation_data_uri: undefined });
    expect((await ended('retort-a')).state).toBe('PIPELINE_STATE_SUCCEEDED');
    const { train_num_predictions: counts = [], train_total_loss: loss = [] } = await curves();
    expect(Math.min(...counts.map(({ value }) => value))).toBeGreaterThan(24);
    expect(loss.at(-1)!.value).toBeLessThan(loss[0]!.value);
  });
});

describe('an unlabelled dataset', () => {
  test('is labelled by the teacher, and a student trained on that comes close to the hidden labels', async () => {
    const hidden = sample('hidden-labels').map(row => row.output_text);
    store.put('acme', 'train.jsonl', lines(sample('unlabelled')));
    await create('retort-a');
    const job = await ended('retort-a');
    const uri = task(job, 'teacher-labels').outputs?.labelled_dataset?.artifacts[0]?.uri ?? '';
    expect(uri).toMatch(/^gs:\/\/acme\/root\/retort-a\/\d+\/labelled_dataset\.jsonl$/);

    const written = parsed(String(store.get('acme', uri.slice('gs://acme/'.length)) ?? '')) as (Row & {
      rationale: string;
    })[];
    expect(written.map(row => row.input_text)).toEqual(sample('unlabelled').map(row => row.input_text));
    for (const { rationale, output_text } of written) expect(rationale).toContain(`"${output_text}"`);
    expect(
      agreement(
        written.map(row => row.output_text),
        hidden,
      ),
    ).toBeGreaterThan(0.7);

    const { name } = (await call('GET', `${base}/endpoints`)).body.endpoints[0]!;
    const instances = sample('unlabelled').map(row => ({ content: row.input_text }));
    const { predictions } = (await call('POST', `/v1/${name}:predict`, { instances })).body;
    const student = predictions.map(({ content }) => content);
    expect(agreement(student, hidden)).toBeGreaterThan(0.6);
    const taught = agreement(
      student,
      written.map(row => row.output_text),
    );
    expect(taught).toBeGreaterThan(agreement(student, hidden));
  });
});

describe('curves', () => {
  test('fall and rise as they should, with a point a step and one an evaluation', async () => {
    await create('retort-a', { enable_early_stopping: false });
    await ended('retort-a');
    const found = await curves();
    expect(Object.keys(found).sort()).toEqual([
      'eval_fraction_of_correct_next_step_preds',
      'eval_num_predictions',
      'eval_total_loss',
      'train_fraction_of_correct_next_step_preds',
      'train_num_predictions',
      'train_total_loss',
    ]);
    expect(found.train_total_loss?.map(({ step }) => step)).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
    expect(found.eval_total_loss?.map(({ step }) => step)).toEqual(Array.from({ length: 15 }, (_, i) => 20 * (i + 1)));
    expect(new Set(found.train_num_predictions?.map(({ value }) => value))).toEqual(new Set([24]));
    expect(new Set(found.eval_num_predictions?.map(({ value }) => value))).toEqual(new Set([60]));
    expect(found.train_total_loss!.at(-1)!.value).toBeLessThan(found.train_total_loss![0]!.value / 2);
    expect(found.eval_total_loss!.at(-1)!.value).toBeLessThan(found.eval_total_loss![0]!.value);
    expect(found.eval_fraction_of_correct_next_step_preds!.at(-1)!.value).toBeGreaterThan(0.5);
  });

  test('on GPU a step counts eight predictions', async () => {
    await create('retort-a', { accelerator_type: 'GPU', train_steps: 10 });
    await ended('retort-a');
    expect((await curves()).train_num_predictions?.map(({ value }) => value)).toEqual(Array(10).fill(8));
  });

  test('carry the labels of the run, in an experiment begun while it ran', async () => {
    await create('retort-a');
    const job = await ended('retort-a');
    const [found] = (await call('GET', `/v1/${board}/experiments`)).body.tensorboardExperiments;
    expect(found?.labels).toEqual(job.labels);
    expect(Date.parse(found!.createTime)).toBeGreaterThanOrEqual(Date.parse(job.createTime));
    expect(Date.parse(found!.createTime)).toBeLessThanOrEqual(Date.parse(job.endTime!));
  });

  test('have no evaluation without an evaluation dataset', async () => {
    await create('retort-a', { evaluation_data_uri: undefined });
    await ended('retort-a');
    const names = Object.keys(await curves());
    expect(names).toHaveLength(3);
    expect(names.every(name => name.startsWith('train_'))).toBe(true);
  });

  test('are nowhere without a TensorBoard', async () => {
    await create('retort-a', { tensorboard_resource_id: undefined });
    await ended('retort-a');
    expect((await call('GET', `/v1/${board}/experiments`)).body).toEqual({});
  });

  test('come when the run has ended, not before', async () => {
    await create('retort-a');
    await frozen('retort-a', run => run.step > 20);
    expect((await call('GET', `/v1/${board}/experiments`)).body).toEqual({});
    vertex.speed(instant);
    await ended('retort-a');
    expect((await curves()).train_total_loss).toHaveLength(300);
  });

  test('grow while the run tunes, where the stand-in is live', async () => {
    await restart({ live: true });
    await create('retort-a', { enable_early_stopping: false });
    const run = await frozen('retort-a', ({ step }) => step > 20);
    const before = await curves();
    expect(before.train_total_loss).toHaveLength(run.step);
    expect(before.eval_total_loss).toHaveLength(Math.floor(run.step / 20));
    expect(run.step).toBeLessThan(300);
    vertex.speed(instant);
    await ended('retort-a');
    expect((await curves()).train_total_loss).toHaveLength(300);
  });

  test('of more than a thousand points are read in part, unless all are asked for, and never in order', async () => {
    await create('retort-a', { train_steps: 1100, evaluation_data_uri: undefined });
    await ended('retort-a');
    const filter = encodeURIComponent('display_name = "/train_total_loss"');
    const runs = `/v1/${(await experiments())[0]}/runs/default/timeSeries`;
    const listed = (await call('GET', `${runs}?filter=${filter}`)).body.tensorboardTimeSeries;
    expect(listed).toMatchObject([{ displayName: '/train_total_loss', metadata: { maxStep: '1100' } }]);
    const series = listed[0]!.name;
    const read = async (query: string) => (await call('GET', `/v1/${series}:read${query}`)).body.timeSeriesData.values;
    expect(await read('')).toHaveLength(1000);
    expect(await read('?maxDataPoints=10')).toHaveLength(10);
    const steps = (await read('?maxDataPoints=-1')).map(({ step }) => Number(step));
    expect(steps).not.toEqual(steps.toSorted((a, b) => a - b));
    expect(steps.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 1100 }, (_, i) => i + 1));
    const batch = (await call('GET', `/v1/${board}:batchRead?timeSeries=${series}&timeSeries=${series}`)).body;
    expect(batch.timeSeriesData.map(({ values }) => values.length)).toEqual([1000, 1000]);
  });

  test('come in pages', async () => {
    await create('retort-a');
    await ended('retort-a');
    const runs = `/v1/${(await experiments())[0]}/runs/default/timeSeries`;
    const first = (await call('GET', `${runs}?pageSize=4`)).body;
    const second = (await call('GET', `${runs}?pageSize=4&pageToken=${first.nextPageToken}`)).body;
    expect([...first.tensorboardTimeSeries, ...second.tensorboardTimeSeries]).toHaveLength(6);
    expect(second.nextPageToken).toBeUndefined();
    expect((await call('GET', `${runs}?pageSize=4&pageToken=made-up`)).status).toBe(400);
  });
});

describe('what a run is told has its effect', () => {
  test('more steps leave a lower loss', async () => {
    const few = await tuned({ train_steps: 60 });
    const many = await tuned({ train_steps: 400 });
    expect(many.loss).toBeLessThan(few.loss);
  });

  test('a small learning rate learns less in the same steps', async () => {
    const small = await tuned({ learning_rate_multiplier: 0.02 });
    const recommended = await tuned({});
    expect(recommended.loss).toBeLessThan(small.loss);
    expect(recommended.correct).toBeGreaterThan(small.correct);
  });

  test('early stopping ends a run whose token accuracy no longer rises', async () => {
    const told = { train_steps: 2000, evaluation_interval: 20, learning_rate_multiplier: 3 };
    expect((await tuned({ ...told, enable_early_stopping: true })).steps).toBeLessThan(2000);
    expect((await tuned({ ...told, enable_early_stopping: false })).steps).toBe(2000);
  });

  test('checkpoint selection keeps the best evaluation, and the default keeps the last step', async () => {
    const told = { train_steps: 400, evaluation_interval: 20, enable_early_stopping: false };
    const best = await tuned({ ...told, enable_checkpoint_selection: 'true' });
    const top = Math.max(...best.evaluations.map(({ value }) => value));
    expect(best.evaluations.find(({ step }) => step === best.chosen)?.value).toBe(top);
    expect(best.correct).toBe(top);
    expect((await tuned({ ...told, enable_checkpoint_selection: 'false' })).chosen).toBe(400);
    expect((await tuned({ ...told, enable_checkpoint_selection: 'default' })).chosen).toBe(400);
  });
});

describe('a run that fails', () => {
  test('wraps the cause, which stays with the task', async () => {
    vertex.failTask(failures.tpuQuota);
    await create('retort-a');
    const job = await ended('retort-a');
    expect(job.state).toBe('PIPELINE_STATE_FAILED');
    expect(job.error?.code).toBe(9);
    expect(job.error?.message).toContain('The failed tasks are: [large-language-model-tuner].');
    expect(task(job, 'large-language-model-tuner')).toMatchObject({ state: 'FAILED', error: { code: 8 } });
    expect(task(job, 'large-language-model-tuner').error?.message).toContain('RESOURCE_EXHAUSTED');
    expect(task(job, 'tuning-graph')).toMatchObject({ state: 'FAILED', error: { code: 9 } });
    expect(task(job, 'upload-model').state).toBe('NOT_TRIGGERED');
    expect((await call('GET', `${base}/models`)).body).toEqual({});
  });

  test('names the line of the dataset that cannot be used', async () => {
    store.put('acme', 'train.jsonl', `${lines(sample('train').slice(0, 6))}["a list"]\n`);
    await create('retort-a');
    const { error } = task(await ended('retort-a'), 'dataset-encoder');
    expect(error).toEqual({ code: 3, message: 'Line 7 of "gs://acme/train.jsonl" is not a JSON object.' });
  });

  test('says which object is missing', async () => {
    await create('retort-a', { evaluation_data_uri: 'gs://acme/none.jsonl' });
    const { error } = task(await ended('retort-a'), 'evaluation-dataset-encoder');
    expect(error).toEqual({ code: 5, message: 'The object "gs://acme/none.jsonl" was not found.' });
  });

  test('needs an evaluation dataset within its limits', async () => {
    store.put('acme', 'eval.jsonl', lines(sample('eval').slice(0, 9)));
    await create('retort-a');
    expect(task(await ended('retort-a'), 'evaluation-dataset-encoder').error?.message).toContain('10 to 250 rows');
  });

  test.each([
    [{ accelerator_type: 'CPU' }, 'accelerator_type'],
    [{ teacher_model_reference: 'text-bison@001' }, 'teacher_model_reference'],
    [{ train_steps: 0 }, 'train_steps'],
    [{ location: 'us-south1' }, 'location'],
    [
      { encryption_spec_key_name: 'projects/p/locations/europe-west4/keyRings/r/cryptoKeys/k' },
      'encryption_spec_key_name',
    ],
    [{ tensorboard_resource_id: board.replace('81', '82') }, 'tensorboard_resource_id'],
  ])('validates what it was given: %o', async (changed, named) => {
    await create('retort-a', changed);
    const { error } = task(await ended('retort-a'), 'validate-pipeline');
    expect(error?.code).toBe(3);
    expect(error?.message).toContain(named);
  });

  test('two runs need more TPU cores than there are', async () => {
    await create('retort-a');
    await frozen('retort-a', ({ step }) => step > 0);
    await create('retort-b');
    vertex.speed(1e5);
    await reached('retort-b', run => run.tasks['teacher-labels'].state === 'RUNNING');
    vertex.pause('retort-a');
    vertex.speed(instant);
    expect(task(await ended('retort-b'), 'large-language-model-tuner').error?.code).toBe(8);
    vertex.resume('retort-a');
    expect((await ended('retort-a')).state).toBe('PIPELINE_STATE_SUCCEEDED');
  });

  test('an error that the service gets over is in the task, and the run succeeds', async () => {
    vertex.failTask(failures.systemRetry);
    await create('retort-a');
    const job = await ended('retort-a');
    expect(job.state).toBe('PIPELINE_STATE_SUCCEEDED');
    const tuner = task(job, 'large-language-model-tuner');
    expect(tuner.pipelineTaskStatus.map(({ state, error }) => [state, error?.code])).toContainEqual(['RUNNING', 14]);
    expect(tuner).not.toHaveProperty('error');
  });
});

describe('cancelling', () => {
  test('ends a run that tunes, without a model', async () => {
    await create('retort-a');
    await frozen('retort-a', ({ step }) => step > 0);
    expect(await call('POST', `${base}/pipelineJobs/retort-a:cancel`, {})).toEqual({ status: 200, body: {} });
    expect((await get('retort-a')).state).toBe('PIPELINE_STATE_CANCELLING');
    vertex.speed(instant);
    const job = await ended('retort-a');
    expect(job.state).toBe('PIPELINE_STATE_CANCELLED');
    expect(job.error?.code).toBe(1);
    expect(task(job, 'large-language-model-tuner').state).toBe('CANCELLED');
    expect((await call('GET', `${base}/models`)).body).toEqual({});
  });

  test('comes too late where the model is already being deployed', async () => {
    await create('retort-a');
    await frozen('retort-a', run => run.tasks['deploy-model'].state === 'RUNNING');
    await call('POST', `${base}/pipelineJobs/retort-a:cancel`, {});
    expect((await get('retort-a')).state).toBe('PIPELINE_STATE_CANCELLING');
    vertex.speed(instant);
    expect((await ended('retort-a')).state).toBe('PIPELINE_STATE_SUCCEEDED');
  });

  test('is refused once a run has ended', async () => {
    await create('retort-a');
    await ended('retort-a');
    const { status, body } = await call('POST', `${base}/pipelineJobs/retort-a:cancel`, {});
    expect([status, body.error.status]).toEqual([400, 'FAILED_PRECONDITION']);
  });

  test('a paused run stays paused until it is resumed', async () => {
    await create('retort-a');
    await frozen('retort-a', ({ step }) => step > 0);
    vertex.pause('retort-a');
    vertex.speed(instant);
    await create('retort-b', { accelerator_type: 'GPU' });
    await ended('retort-b');
    expect((await get('retort-a')).state).toBe('PIPELINE_STATE_PAUSED');
    vertex.resume('retort-a');
    expect((await ended('retort-a')).state).toBe('PIPELINE_STATE_SUCCEEDED');
  });
});

describe('what is shown', () => {
  test.each(['QUEUED', 'PENDING', 'RUNNING', 'CANCELLING', 'PAUSED', 'UNSPECIFIED', 'FAILED', 'REHYDRATING'])(
    'may be a run that is %s, in lists too, until it is healed',
    async state => {
      await create('retort-a');
      const before = await ended('retort-a');
      vertex.show('retort-a', { state, tasks: { 'upload-model': 'CANCEL_PENDING', 'tuning-graph': 'SKIPPED' } });
      const shown = await get('retort-a');
      const stateOf = ({ jobDetail }: Job, task: string) =>
        jobDetail?.taskDetails.find(({ taskName }) => taskName === task)?.state;
      expect(shown.state).toBe(`PIPELINE_STATE_${state}`);
      expect(['upload-model', 'tuning-graph', 'deploy-model'].map(task => stateOf(shown, task))).toEqual([
        'CANCEL_PENDING',
        'SKIPPED',
        'SUCCEEDED',
      ]);
      const filter = new URLSearchParams({ filter: `state="PIPELINE_STATE_${state}"` });
      expect((await call('GET', `${base}/pipelineJobs?${filter}`)).body.pipelineJobs).toHaveLength(1);
      vertex.heal();
      const { updateTime: _, ...healed } = await get('retort-a');
      const { updateTime: __, ...as } = before;
      expect(healed).toEqual(as);
    },
  );
});

describe('listing', () => {
  const list = async (query: Record<string, string>) =>
    (await call('GET', `${base}/pipelineJobs?${new URLSearchParams(query)}`)).body;

  test('filters by labels, state and time, joined by AND, and leaves the details out', async () => {
    await create('retort-a', {}, { labels: { 'retort-job': 'a', team: 'x' } });
    const a = await ended('retort-a');
    vertex.speed(0);
    await sleep(2);
    await create('retort-b', {}, { labels: { 'retort-job': 'b', team: 'x' } });
    const ids = async (filter: string) =>
      (await list({ filter })).pipelineJobs?.map(({ labels }) => labels['retort-job']);
    expect(await ids('labels.team="x"')).toEqual(['b', 'a']);
    expect(await ids('labels.team="x" AND state="PIPELINE_STATE_SUCCEEDED"')).toEqual(['a']);
    expect(await ids('labels.team:* AND state!="PIPELINE_STATE_SUCCEEDED"')).toEqual(['b']);
    expect(await ids(`update_time > "${a.updateTime}"`)).toEqual(['b']);
    expect(await ids(`create_time <= "${a.createTime}"`)).toEqual(['a']);
    expect(await ids('labels.team="y"')).toBeUndefined();
    expect((await list({})).pipelineJobs[0]).not.toHaveProperty('jobDetail');
  });

  test.each(['state=', 'colour="red"', 'state="A" OR state="B"', 'update_time > "yesterday"'])(
    'cannot filter by %s',
    async filter => {
      expect((await list({ filter })).error.status).toBe('INVALID_ARGUMENT');
    },
  );

  test('shows no more of each than a mask names, and refuses one of what there is not', async () => {
    vertex.speed(0);
    await create('retort-a');
    const [shown] = (await list({ readMask: 'name,labels,updateTime,endTime' })).pipelineJobs;
    expect(Object.keys(shown!).sort()).toEqual(['labels', 'name', 'updateTime']);
    expect((await list({ readMask: 'name,colour' })).error.status).toBe('INVALID_ARGUMENT');
  });

  test('may be old: as it was answered before, or empty', async () => {
    vertex.speed(0);
    vertex.fault({ op: 'list', mode: 'stale' });
    await create('retort-a');
    expect(await list({})).toEqual({});
    expect((await list({})).pipelineJobs).toHaveLength(1);
    await create('retort-b');
    vertex.fault({ op: 'list', mode: 'stale' });
    expect((await list({})).pipelineJobs).toHaveLength(1);
    expect((await list({})).pipelineJobs).toHaveLength(2);
  });

  test('turns pages, and refuses the token of another list', async () => {
    vertex.speed(0);
    for (const id of ['a', 'b', 'c']) await create(`retort-${id}`);
    const first = await list({ pageSize: '2' });
    const second = await list({ pageSize: '2', pageToken: first.nextPageToken! });
    const names = [...first.pipelineJobs, ...second.pipelineJobs].map(({ name }) => name.slice(-1));
    expect(names.toSorted()).toEqual(['a', 'b', 'c']);
    expect((await list({ filter: 'labels.x="y"', pageToken: first.nextPageToken! })).error.status).toBe(
      'INVALID_ARGUMENT',
    );
  });

  test('shows the TensorBoard instances of a region alone', async () => {
    expect((await call('GET', `${base}/tensorboards`)).body.tensorboards.map(({ name }) => name)).toEqual([board]);
    expect((await call('GET', `${base.replace('europe-west4', 'us-central1')}/tensorboards`)).body).toEqual({});
    expect((await call('GET', `/v1/${board}`)).body.name).toBe(board);
  });
});

describe('predicting', () => {
  test('needs instances with text, an endpoint that exists, and parameters within their ranges', async () => {
    await create('retort-a');
    await ended('retort-a');
    const { name } = (await call('GET', `${base}/endpoints`)).body.endpoints[0]!;
    const ask = async (body: object) => (await call('POST', `/v1/${name}:predict`, body)).status;
    expect(await ask({ instances: [{ content: 'Where is my parcel?' }] })).toBe(200);
    expect(await ask({})).toBe(400);
    expect(await ask({ instances: [] })).toBe(400);
    expect(await ask({ instances: [{ prompt: 'x' }] })).toBe(400);
    expect(await ask({ instances: [{ content: 'x' }], parameters: { temperature: 2 } })).toBe(400);
    expect((await call('POST', `${base}/endpoints/1:predict`, { instances: [{ content: 'x' }] })).status).toBe(404);
  });
});

describe('undeploying', () => {
  test('takes a model off its endpoint, which stays', async () => {
    await create('retort-a');
    await ended('retort-a');
    const [{ name, deployedModels }] = (await call('GET', `${base}/endpoints`)).body.endpoints as never as [
      { name: string; deployedModels: { id: string; model: string }[] },
    ];
    const [deployed] = deployedModels;
    const undeploy = (id: string | undefined) => call('POST', `/v1/${name}:undeployModel`, { deployedModelId: id });
    expect((await undeploy('1')).status).toBe(404);
    expect((await undeploy(deployed?.id)).status).toBe(200);
    expect((await undeploy(deployed?.id)).status).toBe(404);
    expect((await call('GET', `/v1/${name}`)).body).not.toHaveProperty('deployedModels');
    expect((await call('GET', `/v1/${deployed?.model}`)).body).not.toHaveProperty('deployedModels');
    expect((await call('POST', `/v1/${name}:predict`, { instances: [{ content: 'x' }] })).status).toBe(400);
  });
});

describe('the publisher’s models', () => {
  const publisher = `${base}/publishers/google/models`;
  const answers = async (model: string) => {
    const rows = sample('eval');
    const instances = rows.map(row => ({ content: row.input_text }));
    const { body } = await call('POST', `${publisher}/${model}:predict`, { instances });
    return body.predictions.filter(({ content }, i) => content === rows[i]?.output_text).length / rows.length;
  };

  test('answer: the teacher well, and a student that was taught nothing worse', async () => {
    const [teacher, student] = [await answers('text-unicorn@001'), await answers('text-bison@002')];
    expect(teacher).toBeGreaterThan(0.7);
    expect(student).toBeLessThan(teacher);
    expect(student).toBeGreaterThan(0);
  });

  test('are the two that the recipe knows', async () => {
    expect((await call('POST', `${publisher}/gemini:predict`, { instances: [{ content: 'x' }] })).status).toBe(404);
  });
});

describe('faults', () => {
  test.each<[Fault['mode'], number]>([
    ['drop-before', 0],
    ['500', 0],
    ['503', 0],
    ['429', 0],
    ['html200', 0],
    ['apply-drop', 1],
    ['apply-500', 1],
    ['trunc', 1],
  ])('%s loses the answer of a creation and leaves %i jobs', async (mode, jobs) => {
    vertex.speed(0);
    vertex.fault({ op: 'create', mode, retryAfter: 7 });
    const lost = await create('retort-a').catch(() => undefined);
    expect(lost?.status === 200 && lost.body.name).toBeFalsy();
    expect(vertex.jobs()).toHaveLength(jobs);
    expect((await create('retort-a')).status).toBe(jobs ? 409 : 200);
  });

  test.each<[Fault['mode'], number]>([
    ['hang', 0],
    ['apply-hang', 1],
    ['stall-body', 1],
  ])('%s leaves the caller waiting, and %i jobs', async (mode, jobs) => {
    vertex.speed(0);
    vertex.fault({ op: 'create', mode });
    await expect(create('retort-a', {}, {}, AbortSignal.timeout(200))).rejects.toThrow();
    expect(vertex.jobs()).toHaveLength(jobs);
  });

  test('a refusal says what Google says', async () => {
    vertex.fault(refusals.missingActAs);
    const { status, body } = await create('retort-a');
    expect([status, body.error.status]).toEqual([400, 'INVALID_ARGUMENT']);
    expect(body.error.message).toContain('You do not have permission to act as service_account');
  });

  test('a fault waits for its call, for its turn, and goes when healed', async () => {
    vertex.fault({ op: 'list', mode: '500', nth: 2 });
    vertex.fault({ op: 'get', mode: '503', times: Number.POSITIVE_INFINITY });
    const status = async (path: string) => (await call('GET', `${base}/${path}`)).status;
    expect([await status('pipelineJobs'), await status('pipelineJobs'), await status('pipelineJobs')]).toEqual([
      200, 500, 200,
    ]);
    expect([await status('pipelineJobs/x'), await status('pipelineJobs/x')]).toEqual([503, 503]);
    vertex.heal();
    expect(await status('pipelineJobs/x')).toBe(404);
  });

  test('a rate limit says when to come back, in the words it was given', async () => {
    vertex.fault({ op: 'list', mode: '429', retryAfter: 'soon' });
    const answer = await fetch(`${vertex.url}${base}/pipelineJobs`, { headers: { Authorization: 'Bearer known' } });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, 'soon']);
  });
});

async function start(options: Partial<VertexOptions>): Promise<void> {
  vertex = await startVertex({
    storageUrl: store.url,
    issued: token => token === 'known',
    project,
    speed: instant,
    tensorboards: [{ region: 'europe-west4', id: '81', displayName: 'acme' }],
    ...options,
  });
}

async function restart(options: Partial<VertexOptions>): Promise<void> {
  await vertex.close();
  await start(options);
}

function parameters(changed: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    project: project.id,
    dataset_uri: 'gs://acme/train.jsonl',
    evaluation_data_uri: 'gs://acme/eval.jsonl',
    evaluation_interval: 20,
    accelerator_type: 'TPU',
    tensorboard_resource_id: board,
    ...changed,
  };
}

function create(id: string, changed = {}, body = {}, signal?: AbortSignal) {
  return call(
    'POST',
    `${base}/pipelineJobs?pipelineJobId=${id}`,
    {
      displayName: 'support',
      labels: { 'retort-job': id.replace('retort-', '') },
      templateUri: 'https://us-kfp.pkg.dev/ml-pipeline/distillation/distillation/v1.0.0',
      runtimeConfig: { gcsOutputDirectory: 'gs://acme/root', parameterValues: parameters(changed) },
      ...body,
    },
    signal,
  );
}

async function get(id: string): Promise<Job> {
  return (await call('GET', `${base}/pipelineJobs/${id}`)).body;
}

async function ended(id: string): Promise<Job> {
  while (true) {
    const job = await get(id);
    if (/(SUCCEEDED|FAILED|CANCELLED)$/.test(job.state)) return job;
    await sleep(5);
  }
}

/** Runs on until a run has come so far. */
async function reached(id: string, far: (run: Run) => boolean): Promise<Run> {
  while (true) {
    const run = [...vertex.state.runs.values()].find(one => one.id === id);
    if (run && far(run)) return run;
    await pause();
  }
}

/** Runs on until a run has come so far, and lets all time stand still there. */
async function frozen(id: string, far: (run: Run) => boolean): Promise<Run> {
  vertex.speed(1e5);
  const run = await reached(id, far);
  vertex.speed(0);
  for (let i = 0; i < 5; i++) await pause();
  return run;
}

function task(job: Job, name: string): Task {
  return job.jobDetail!.taskDetails.find(one => one.taskName === name)!;
}

async function experiments(): Promise<string[]> {
  const { tensorboardExperiments = [] } = (await call('GET', `/v1/${board}/experiments`)).body;
  return tensorboardExperiments.map(({ name }) => name);
}

/** The curves of the newest run, sorted by step, under their tags without the slash. */
async function curves(): Promise<Record<string, { step: number; value: number }[]>> {
  const experiment = (await experiments()).at(-1);
  const run = (await call('GET', `/v1/${experiment}/runs`)).body.tensorboardRuns[0]!.name;
  const series = (await call('GET', `/v1/${run}/timeSeries`)).body.tensorboardTimeSeries;
  const found: Record<string, { step: number; value: number }[]> = {};
  for (const { name, displayName } of series) {
    const { values } = (await call('GET', `/v1/${name}:read?maxDataPoints=-1`)).body.timeSeriesData;
    expect(displayName).toMatch(/^\//);
    found[displayName.slice(1)] = values
      .map(({ step = '0', scalar: { value = 0 } }) => ({ step: Number(step), value }))
      .sort((a, b) => a.step - b.step);
  }
  return found;
}

let count = 0;

/** Plays one run to its end, and says what its tuning came to. */
async function tuned(changed: object) {
  const id = `retort-tuned-${count++}`;
  await create(id, { enable_early_stopping: false, ...changed });
  const job = await ended(id);
  const { metadata } = task(job, 'large-language-model-tuner').execution!;
  const evaluated = task(job, 'evaluation').execution!.metadata;
  return {
    steps: metadata['output:steps'] as number,
    chosen: metadata['output:checkpoint_step'] as number,
    loss: evaluated['output:total_loss'] as number,
    correct: evaluated['output:fraction_of_correct_next_step_preds'] as number,
    evaluations: (await curves()).eval_fraction_of_correct_next_step_preds ?? [],
  };
}

function sample(name: string): Row[] {
  return parsed(readFileSync(new URL(`../../src/local/samples/${name}.jsonl`, import.meta.url), 'utf8'));
}

function parsed(text: string): Row[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as Row);
}

function lines(rows: readonly Row[]): string {
  return rows.map(row => `${JSON.stringify(row)}\n`).join('');
}

function agreement(a: readonly unknown[], b: readonly unknown[]): number {
  return a.filter((value, i) => value === b[i]).length / a.length;
}
