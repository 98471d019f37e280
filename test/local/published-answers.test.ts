import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { predictionBody } from '../../src/job/request.ts';
import type { StorageServer } from '../../src/local/storage/server.ts';
import { startStorage } from '../../src/local/storage/server.ts';
import type { VertexStandIn } from '../../src/local/vertex/server.ts';
import { startVertex } from '../../src/local/vertex/server.ts';
import { v1, wrongsOfAnswer } from '../clients/published.ts';

/** What answers a call, by the call's method and what it names in its region. */
const messages: [call: RegExp, message: string][] = [
  [/^POST pipelineJobs$/, `${v1}.PipelineJob`],
  [/^GET pipelineJobs$/, `${v1}.ListPipelineJobsResponse`],
  [/^GET pipelineJobs\/[^/:]+$/, `${v1}.PipelineJob`],
  [/^POST pipelineJobs\/[^/:]+:cancel$/, 'google.protobuf.Empty'],
  [/^GET tensorboards$/, `${v1}.ListTensorboardsResponse`],
  [/^GET tensorboards\/[^/:]+$/, `${v1}.Tensorboard`],
  [/^GET tensorboards\/[^/:]+:batchRead$/, `${v1}.BatchReadTensorboardTimeSeriesDataResponse`],
  [/^GET .*\/experiments$/, `${v1}.ListTensorboardExperimentsResponse`],
  [/^GET .*\/runs$/, `${v1}.ListTensorboardRunsResponse`],
  [/^GET .*\/timeSeries$/, `${v1}.ListTensorboardTimeSeriesResponse`],
  [/^GET .*\/timeSeries\/[^/:]+:read$/, `${v1}.ReadTensorboardTimeSeriesDataResponse`],
  [/^GET models$/, `${v1}.ListModelsResponse`],
  [/^GET models\/[^/:]+$/, `${v1}.Model`],
  [/^GET endpoints$/, `${v1}.ListEndpointsResponse`],
  [/^GET endpoints\/[^/:]+$/, `${v1}.Endpoint`],
  [/^POST .*:predict$/, `${v1}.PredictResponse`],
  [/^POST endpoints\/[^/:]+:undeployModel$/, 'google.longrunning.Operation'],
];

/** Whatever an answer may carry; a test reads what it asked for. */
type Body = {
  name: string;
  state: string;
  createTime: string;
  deployedModels: { id: string }[];
  pipelineJobs: object[];
  models: Named[];
  endpoints: Named[];
  tensorboards: Named[];
  tensorboardExperiments: Named[];
  tensorboardRuns: Named[];
  tensorboardTimeSeries: Named[];
};
type Named = { name: string };

const project = { id: 'acme-test', number: '4242' };
const base = `/v1/projects/${project.number}/locations/europe-west4`;
const board = `projects/${project.number}/locations/europe-west4/tensorboards/81`;
const asked = new Set<RegExp>();

let store: StorageServer;
let vertex: VertexStandIn;

beforeAll(async () => {
  store = await startStorage();
  store.createBucket('acme');
  for (const name of ['train', 'eval'])
    store.put('acme', `${name}.jsonl`, readFileSync(new URL(`../../src/local/samples/${name}.jsonl`, import.meta.url)));
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

describe('the answers of the miniature are what Google publishes', () => {
  it('while a pipeline job runs, and when it has succeeded', async () => {
    expect((await followed('retort-a')).at(-1)).toBe('PIPELINE_STATE_SUCCEEDED');
  });

  it('when a task of it fails', async () => {
    vertex.failTask({ task: 'large-language-model-tuner', code: 8, message: 'No capacity.' });
    const states = await followed('retort-b', {
      encryptionSpec: { kmsKeyName: 'projects/p/locations/europe-west4/keyRings/r/cryptoKeys/k' },
      serviceAccount: 'tuner@acme-test.iam.gserviceaccount.com',
    });
    expect(states.at(-1)).toBe('PIPELINE_STATE_FAILED');
  });

  it('when it is cancelled, or held', async () => {
    vertex.speed(100);
    await created('retort-c');
    vertex.pause('retort-c');
    expect((await call('GET', 'pipelineJobs/retort-c')).state).toBe('PIPELINE_STATE_PAUSED');
    vertex.resume('retort-c');
    await call('POST', 'pipelineJobs/retort-c:cancel', {});
    expect((await call('GET', 'pipelineJobs/retort-c')).state).toBe('PIPELINE_STATE_CANCELLING');
    vertex.speed(1e5);
    expect(await states('retort-c')).toContain('PIPELINE_STATE_CANCELLED');
  });

  it('in lists, page by page, and in a mask', async () => {
    for (const query of ['', '?pageSize=1', '?readMask=name,labels,updateTime', '?filter=labels.no%3D%22such%22'])
      await call('GET', `pipelineJobs${query}`);
    expect((await call('GET', 'pipelineJobs')).pipelineJobs).toHaveLength(3);
  });

  it('about TensorBoard', async () => {
    await call('GET', 'tensorboards');
    await call('GET', local(board));
    for (const experiment of (await call('GET', `${local(board)}/experiments`)).tensorboardExperiments)
      for (const run of (await call('GET', `${local(experiment.name)}/runs`)).tensorboardRuns) {
        const series = (await call('GET', `${local(run.name)}/timeSeries`)).tensorboardTimeSeries ?? [];
        const names = series.map(({ name }) => name);
        for (const name of names) await call('GET', `${local(name)}:read`);
        const query = new URLSearchParams(names.map(name => ['timeSeries', name] as [string, string]));
        if (names.length) await call('GET', `${local(board)}:batchRead?${query}`);
      }
  });

  it('about models and endpoints, with a model and without', async () => {
    const [model] = (await call('GET', 'models')).models;
    const [endpoint] = (await call('GET', 'endpoints')).endpoints;
    await call('GET', local(model!.name));
    const { deployedModels } = await call('GET', local(endpoint!.name));
    await call('POST', `${local(endpoint!.name)}:predict`, predictionBody('My invoice is wrong.'));
    for (const name of ['text-unicorn@001', 'text-bison@002'])
      await call('POST', `publishers/google/models/${name}:predict`, predictionBody('My invoice is wrong.'));
    await call('POST', `${local(endpoint!.name)}:undeployModel`, { deployedModelId: deployedModels[0]!.id });
    await call('GET', local(model!.name));
    await call('GET', local(endpoint!.name));
  });

  it('for every call that there is', () => {
    expect(messages.filter(([pattern]) => !asked.has(pattern))).toEqual([]);
  });
});

/** Carries a call out, and holds its answer to what is published. */
async function call(method: 'GET' | 'POST', what: string, body?: object): Promise<Body> {
  const [pattern, message] = messages.find(([pattern]) => pattern.test(`${method} ${what.replace(/\?.*/, '')}`))!;
  asked.add(pattern);
  const answer = await fetch(`${vertex.url}${base}/${what}`, {
    method,
    headers: { Authorization: 'Bearer known', 'Content-Type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  const found = (await answer.json()) as Body;
  expect({ what, status: answer.status, found: answer.ok || found }).toEqual({ what, status: 200, found: true });
  expect({ what, wrongs: wrongsOfAnswer(message, found) }).toEqual({ what, wrongs: [] });
  return found;
}

function created(id: string, more: object = {}): Promise<Body> {
  return call('POST', `pipelineJobs?pipelineJobId=${id}`, {
    displayName: 'support',
    labels: { 'retort-job': id.replace('retort-', '') },
    templateUri: 'https://us-kfp.pkg.dev/ml-pipeline/distillation/distillation/v1.0.0',
    runtimeConfig: {
      gcsOutputDirectory: 'gs://acme/root',
      parameterValues: {
        project: project.id,
        dataset_uri: 'gs://acme/train.jsonl',
        evaluation_data_uri: 'gs://acme/eval.jsonl',
        evaluation_interval: 20,
        train_steps: 40,
        accelerator_type: 'TPU',
        tensorboard_resource_id: board,
      },
    },
    ...more,
  });
}

async function followed(id: string, more: object = {}): Promise<string[]> {
  await created(id, more);
  return states(id);
}

/** The states that a pipeline job is seen in until its end. */
async function states(id: string): Promise<string[]> {
  const seen: string[] = [];
  while (!/(SUCCEEDED|FAILED|CANCELLED)$/.test(seen.at(-1) ?? '')) {
    seen.push((await call('GET', `pipelineJobs/${id}`)).state);
    await call('GET', 'pipelineJobs');
    await call('GET', `${local(board)}/experiments`);
    await sleep(2);
  }
  return seen;
}

/** A resource's name within its region. */
function local(name: string): string {
  return name.replace(/^projects\/[^/]+\/locations\/[^/]+\//, '');
}
