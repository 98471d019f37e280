import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recipeOf, tuningRecipes } from '../../src/job/recipe.ts';
import { contentBody, pipelineJobBody, predictionBody, tuningJobBody } from '../../src/job/request.ts';
import type { PipelineSpec, TuningSpec } from '../../src/job/spec.ts';
import { writtenAs } from '../../src/local/samples/formats.ts';
import type { StorageServer } from '../../src/local/storage/server.ts';
import { startStorage } from '../../src/local/storage/server.ts';
import type { Operation } from '../../src/local/vertex/faults.ts';
import { operations } from '../../src/local/vertex/faults.ts';
import { route } from '../../src/local/vertex/routes.ts';
import type { VertexStandIn } from '../../src/local/vertex/server.ts';
import { startVertex } from '../../src/local/vertex/server.ts';
import type { Version } from '../../src/local/vertex/tuning-request.ts';
import { versions } from '../../src/local/vertex/tuning-request.ts';
import { plainSpec } from '../clients/launching.ts';
import { wrongsOfAnswer } from '../clients/published.ts';
import { tuningSpecs } from '../clients/tuning.ts';

/** What each call is answered with. */
const messages: Record<Operation, string> = {
  create: 'PipelineJob',
  get: 'PipelineJob',
  list: 'ListPipelineJobsResponse',
  cancel: 'google.protobuf.Empty',
  tensorboards: 'ListTensorboardsResponse',
  tensorboard: 'Tensorboard',
  experiments: 'ListTensorboardExperimentsResponse',
  runs: 'ListTensorboardRunsResponse',
  series: 'ListTensorboardTimeSeriesResponse',
  read: 'ReadTensorboardTimeSeriesDataResponse',
  batchRead: 'BatchReadTensorboardTimeSeriesDataResponse',
  models: 'ListModelsResponse',
  model: 'Model',
  endpoints: 'ListEndpointsResponse',
  endpoint: 'Endpoint',
  predict: 'PredictResponse',
  undeploy: 'google.longrunning.Operation',
  'tuningJobs.create': 'TuningJob',
  'tuningJobs.get': 'TuningJob',
  'tuningJobs.list': 'ListTuningJobsResponse',
  'tuningJobs.cancel': 'google.protobuf.Empty',
  'contexts.get': 'Context',
  'contexts.list': 'ListContextsResponse',
  generateContent: 'GenerateContentResponse',
};

/** Whatever an answer may carry; a test reads what it asked for. */
type Body = {
  name: string;
  state: string;
  experiment: string;
  tunedModel?: { model: string; endpoint: string };
  metadata: { backing_tensorboard_resource: string };
  deployedModels: { id: string }[];
  pipelineJobs: object[];
  models: Named[];
  endpoints: Named[];
  tensorboardExperiments: Named[];
  tensorboardRuns: Named[];
  tensorboardTimeSeries?: Named[];
};
type Named = { name: string };

const project = { id: 'acme-test', number: '4242' };
const home = `projects/${project.number}/locations/europe-west4`;
const board = `${home}/tensorboards/81`;
const sender = { project: project.id, deployment: 'retort' };
const prompt = 'My invoice is wrong.';
const asked = new Set<Operation>();

let store: StorageServer;
let vertex: VertexStandIn;

beforeAll(async () => {
  store = await startStorage();
  store.createBucket('acme-ml');
  store.createBucket('acme-pipelines');
  for (const name of ['train', 'eval']) {
    const sample = readFileSync(new URL(`../../src/local/samples/${name}.jsonl`, import.meta.url), 'utf8');
    for (const format of ['input-output', 'messages', 'contents'] as const)
      store.put('acme-ml', `${format}/${name}.jsonl`, writtenAs(format, sample));
  }
  vertex = await startVertex({
    storageUrl: store.url,
    issued: () => true,
    project,
    speed: 1e5,
    live: true,
    tensorboards: [{ region: 'europe-west4', id: '81', displayName: 'acme' }],
  });
});

afterAll(async () => {
  await vertex.close();
  await store.close();
});

describe('what the miniature answers is what Google publishes', () => {
  it('about a pipeline job that succeeds', async () => {
    expect(await run('retort-a')).toBe('PIPELINE_STATE_SUCCEEDED');
  });

  it('about one of which a task fails', async () => {
    vertex.failTask({ task: 'large-language-model-tuner', code: 8, message: 'No capacity.' });
    const encryptionKey = 'projects/p/locations/europe-west4/keyRings/r/cryptoKeys/k';
    const state = await run('retort-b', { encryptionKey, serviceAccount: 'tuner@acme-test.iam.gserviceaccount.com' });
    expect(state).toBe('PIPELINE_STATE_FAILED');
  });

  it('about one that is held, and cancelled', async () => {
    vertex.speed(100);
    const name = await begun('retort-c');
    vertex.pause('retort-c');
    expect((await call('GET', name)).state).toBe('PIPELINE_STATE_PAUSED');
    vertex.resume('retort-c');
    await call('POST', `${name}:cancel`, { body: {} });
    expect((await call('GET', name)).state).toBe('PIPELINE_STATE_CANCELLING');
    vertex.speed(1e5);
    expect(await end(name)).toBe('PIPELINE_STATE_CANCELLED');
  });

  it('about pipeline jobs in lists: in pages, in a mask, and of none', async () => {
    for (const query of ['', '?pageSize=1', '?readMask=name,labels,updateTime', '?filter=labels.no%3D%22such%22'])
      await call('GET', `${home}/pipelineJobs${query}`);
    expect((await call('GET', `${home}/pipelineJobs`)).pipelineJobs).toHaveLength(3);
  });

  it('about TensorBoard', async () => {
    await call('GET', `${home}/tensorboards`);
    expect(await read(board)).toBeGreaterThan(0);
  });

  it('about models and endpoints, with a model and without', async () => {
    const [model] = (await call('GET', `${home}/models`)).models;
    const [endpoint] = (await call('GET', `${home}/endpoints`)).endpoints;
    await call('GET', model!.name);
    const { deployedModels } = await call('GET', endpoint!.name);
    for (const name of [
      endpoint!.name,
      `${home}/publishers/google/models/text-unicorn@001`,
      `${home}/publishers/google/models/text-bison@002`,
    ])
      await call('POST', `${name}:predict`, { body: predictionBody(prompt) });
    await call('POST', `${endpoint!.name}:undeployModel`, { body: { deployedModelId: deployedModels[0]!.id } });
    await call('GET', model!.name);
    await call('GET', endpoint!.name);
  });

  it.each(tuningRecipes)('about a tuning job of the recipe %s, and what it leaves behind', async recipe => {
    const name = await tuning(recipe);
    expect(await end(name)).toBe('JOB_STATE_SUCCEEDED');
    const { experiment, tunedModel } = await call('GET', name);
    const { metadata } = await call('GET', experiment);
    expect(await read(metadata.backing_tensorboard_resource)).toBeGreaterThan(0);
    await call('GET', experiment.replace(/\/[^/]+$/, ''));
    if (!tunedModel) return;
    await call('GET', tunedModel.model);
    await call('GET', tunedModel.endpoint);
    await call('POST', `${tunedModel.endpoint}:generateContent`, { body: contentBody(prompt) });
  });

  it('about a tuning job that fails', async () => {
    expect(await end(await tuning('open-model', { dataset: 'gs://acme-ml/nothing.jsonl' }))).toBe('JOB_STATE_FAILED');
  });

  it('about a tuning job that is cancelled', async () => {
    vertex.speed(100);
    const name = await tuning('gemini-tuning');
    await call('POST', `${name}:cancel`, { body: {} });
    expect((await call('GET', name)).state).toBe('JOB_STATE_CANCELLING');
    vertex.speed(1e5);
    expect(await end(name)).toBe('JOB_STATE_CANCELLED');
  });

  it('to every call that there is', () => {
    expect(operations.filter(op => !asked.has(op))).toEqual([]);
  });
});

/** Carries a call out, and holds its answer to what is published. */
async function call(
  method: 'GET' | 'POST',
  what: string,
  { version = 'v1', body }: { version?: Version; body?: object } = {},
): Promise<Body> {
  const path = `/${version}/${what}`;
  const { op } = route({ method, path: path.replace(/\?.*/, '') })!;
  asked.add(op);
  const answer = await fetch(`${vertex.url}${path}`, {
    method,
    headers: { Authorization: 'Bearer known', 'Content-Type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  const found = (await answer.json()) as Body;
  const message = messages[op].replace(/^(?=[A-Z])/, `google.cloud.aiplatform.${version}.`);
  const wrongs = answer.ok ? wrongsOfAnswer(message, found) : [JSON.stringify(found)];
  expect({ what, wrongs }).toEqual({ what, wrongs: [] });
  return found;
}

/** Creates a pipeline job, and names it. */
async function begun(id: string, changes: Partial<PipelineSpec> = {}): Promise<string> {
  const dataset = 'gs://acme-ml/input-output/train.jsonl';
  const evaluationDataset = 'gs://acme-ml/input-output/eval.jsonl';
  const spec = { ...plainSpec, dataset, evaluationDataset, tensorboard: board, ...changes };
  const body = pipelineJobBody({ id, spec }, sender);
  return (await call('POST', `${home}/pipelineJobs?pipelineJobId=${id}`, { body })).name;
}

async function run(id: string, changes: Partial<PipelineSpec> = {}): Promise<string> {
  return end(await begun(id, changes));
}

/** Creates a tuning job, and names it. */
async function tuning(recipe: TuningSpec['recipe'], changes: Partial<TuningSpec> = {}): Promise<string> {
  const { version, dataset } = recipeOf(recipe);
  const at = (name: string) => `gs://acme-ml/${dataset.formats[0]}/${name}.jsonl`;
  const data = { dataset: at('train'), evaluationDataset: at('eval') };
  const spec = { ...tuningSpecs[recipe], ...data, ...changes };
  const body = tuningJobBody({ id: 'h7k2mq', spec }, sender);
  const { name } = await call('POST', `projects/${project.id}/locations/${spec.region}/tuningJobs`, { version, body });
  return name;
}

/** Looks at a job of either kind until it has ended, in every version that has it, alone and in its list. */
async function end(name: string): Promise<string> {
  while (true) {
    let state = '';
    for (const version of name.includes('/tuningJobs/') ? versions : (['v1'] as const)) {
      ({ state } = await call('GET', name, { version }));
      await call('GET', name.replace(/\/[^/]+$/, ''), { version });
    }
    if (/(SUCCEEDED|FAILED|CANCELLED)$/.test(state)) return state;
    await sleep(2);
  }
}

/** Reads all that a TensorBoard has, each time series in both ways, and counts them. */
async function read(board: string): Promise<number> {
  await call('GET', board);
  const found: Named[] = [];
  for (const experiment of (await call('GET', `${board}/experiments`)).tensorboardExperiments)
    for (const run of (await call('GET', `${experiment.name}/runs`)).tensorboardRuns)
      found.push(...((await call('GET', `${run.name}/timeSeries`)).tensorboardTimeSeries ?? []));
  for (const { name } of found) {
    await call('GET', `${name}:read`);
    await call('GET', `${board}:batchRead?timeSeries=${name}`);
  }
  return found.length;
}
