import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { GoogleAuth, OAuth2Client } from 'google-auth-library';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { googleRequests, vertexAddress } from '../../src/clients/google.ts';
import { tensorboardClient } from '../../src/clients/tensorboard.ts';
import { vertexClient } from '../../src/clients/vertex.ts';
import type { JobIn } from '../../src/job/job.ts';
import { accelerators, palm, regions, tasks } from '../../src/job/recipe.ts';
import { publisherModel } from '../../src/job/request.ts';
import type { Run } from '../../src/job/run.ts';
import { failedTask, hasEnded, tunedEndpoint, tunedModel } from '../../src/job/run.ts';
import type { PipelineSpec } from '../../src/job/spec.ts';
import { checkpoints } from '../../src/job/spec.ts';
import type { StorageServer } from '../../src/local/storage/server.ts';
import { startStorage } from '../../src/local/storage/server.ts';
import { failures } from '../../src/local/vertex/failures.ts';
import { serve } from '../../src/local/vertex/models.ts';
import type { VertexStandIn } from '../../src/local/vertex/server.ts';
import { startVertex } from '../../src/local/vertex/server.ts';
import type { Vertex } from '../../src/world.ts';
import { LeaseLost, Unavailable } from '../../src/world.ts';
import { template } from '../job/template.ts';
import type { Arrived, Reply } from './answering.ts';
import { impatient, noAnswers, refusal, startAnswering, token } from './answering.ts';
import { launching, plainSpec } from './launching.ts';

const project = 'acme-ml';
const board = 'projects/123456789012/locations/europe-west4/tensorboards/81';
const inRegion = `projects/${project}/locations/europe-west4`;
const runName = 'projects/123456789012/locations/europe-west4/pipelineJobs/retort-h7k2mq';
const place = { project, region: 'europe-west4' };
const ours = () => true;
const how = 'predict';
const labels = { 'retort-job': 'h7k2mq', 'retort-deployment': 'retort' };

function clientOf(endpoint: string, { request = impatient(), deployment = 'retort' } = {}): Vertex {
  return vertexClient({
    request,
    project,
    deployment,
    endpoint,
    tensorboard: tensorboardClient({ request, endpoint }),
  });
}

describe('with a Vertex AI that keeps jobs', () => {
  let storage: StorageServer;
  let local: VertexStandIn;
  let vertex: Vertex;

  beforeEach(async () => {
    storage = await startStorage();
    storage.createBucket('acme-ml');
    storage.createBucket('acme-pipelines');
    for (const name of ['train', 'eval']) storage.put('acme-ml', `support/${name}.jsonl`, sample(name));
    local = await startVertex({
      storageUrl: storage.url,
      issued: one => one === token,
      speed: 1e7,
      tensorboards: [
        { region: 'europe-west4', id: '81', displayName: 'tuning' },
        { region: 'us-central1', id: '82', displayName: 'elsewhere' },
      ],
    });
    vertex = clientOf(local.url, { request: impatient({ timeout: 2000 }) });
  });

  afterEach(async () => {
    await local.close();
    await storage.close();
  });

  it('a job is created, runs, and tells its model, endpoint and curves', async () => {
    const job = launching({ tensorboard: board });
    const created = await vertex.create(job, ours);
    expect(created).toMatchObject({ is: 'created', run: { name: runName } });
    const run = await ended(job);
    expect([run.state, run.error]).toEqual(['SUCCEEDED', undefined]);
    const model = tunedModel(run) ?? '';
    expect(model).toMatch(/^projects\/123456789012\/locations\/europe-west4\/models\/\d+@1$/);
    const endpoint = await vertex.endpointOf(model);
    expect(endpoint).toMatch(/^projects\/123456789012\/locations\/europe-west4\/endpoints\/\d+$/);
    expect(tunedEndpoint(run) ?? endpoint).toBe(endpoint);
    const { experiment, curves } = await vertex.curves(running(job, run));
    expect(experiment).toMatchObject({ is: 'found' });
    expect(Object.keys(curves)).toHaveLength(6);
    expect(curves.train_total_loss?.steps.at(-1)).toBe(40);
    expect(curves.eval_total_loss?.steps).toEqual([10, 20, 30, 40]);
  });

  it('a tuned model and the publisher’s models are asked alike', async () => {
    const job = launching();
    await vertex.create(job, ours);
    const endpoint = await vertex.endpointOf(tunedModel(await ended(job)) ?? '');
    // It learns when it is first asked, which takes longer than this client waits.
    await local.state.teacher();
    const prompt = 'Classify the following text into one of the following classes: [billing, delivery] Text: my parcel';
    for (const whom of [
      endpoint!,
      ...['text-bison@002', 'text-unicorn@001'].map(model => publisherModel(model, place)),
    ])
      expect(await vertex.predict(whom, prompt, { how })).toEqual({
        is: 'answered',
        text: expect.stringMatching(/\w+/),
      });
    expect(await vertex.predict(publisherModel('text-gone@001', place), prompt, { how })).toMatchObject({
      is: 'closed',
      trouble: { said: expect.stringContaining('text-gone@001') },
    });
  });

  it('a tuned model is listed with the job that made it, newest first, and one of another deployment without', async () => {
    const job = launching();
    await vertex.create(job, ours);
    const name = (tunedModel(await ended(job)) ?? '').replace(/@1$/, '');
    const { models } = local.state.models;
    const made = models.get(name)!;
    const elsewhere = name.replace(/\d+$/, '1');
    models.set(elsewhere, { ...made, name: elsewhere, labels: { ...labels, 'retort-deployment': 'other' } });
    models.set(name, { ...made, createTime: '2030-01-01T00:00:00Z' });
    expect((await vertex.models('europe-west4')).map(one => [one.name, one.job, one.deployed])).toEqual([
      [name, job.id, true],
      [elsewhere, undefined, true],
    ]);
    expect(await vertex.models('us-central1')).toEqual([]);
  });

  it('a tuned model is found at its endpoint, and taken off it', async () => {
    const job = launching();
    await vertex.create(job, ours);
    const model = tunedModel(await ended(job)) ?? '';
    const endpoint = (await vertex.endpointOf(model)) ?? '';
    const found = await vertex.deployment(model, endpoint);
    expect(found).toEqual({ is: 'there', id: expect.stringMatching(/^\d+$/), alone: true });
    const { models, endpoints } = local.state.models;
    const other = { ...models.get(model.replace(/@1$/, ''))!, name: 'projects/1/locations/europe-west4/models/2' };
    serve(endpoints.get(endpoint)!, other);
    expect(await vertex.deployment(model, endpoint)).toEqual({ ...found, alone: false });
    expect(await vertex.undeploy(endpoint, found.is === 'there' ? found.id : '')).toBeUndefined();
    expect(await vertex.deployment(model, endpoint)).toEqual({ is: 'not-there' });
    expect(await vertex.deployment(model, endpoint.replace(/\d+$/, '1'))).toEqual({ is: 'not-there' });
    local.fault({ op: 'endpoint', mode: 'refuse', status: 'PERMISSION_DENIED' });
    expect(await vertex.deployment(model, endpoint)).toMatchObject({ is: 'put-off', trouble: { why: 'forbidden' } });
  });

  it('a failed job tells which task failed, and why', async () => {
    local.failTask(failures.gpuQuota);
    const job = launching();
    await vertex.create(job, ours);
    const run = await ended(job);
    expect(run.state).toBe('FAILED');
    expect(run.error).toMatch(/^The DAG failed because some tasks failed/);
    expect(failedTask(run)).toMatchObject({ name: failures.gpuQuota.task, error: failures.gpuQuota.message });
  });

  it('a second creation finds that the job exists', async () => {
    await vertex.create(launching(), ours);
    expect(await vertex.create(launching(), ours)).toEqual({ is: 'exists' });
    expect(local.jobs()).toHaveLength(1);
  });

  it.each(['apply-drop', 'apply-500', 'trunc', 'apply-hang'] as const)(
    'a creation whose answer is lost (%s) is unclear, is not tried again, and is found by looking',
    async mode => {
      vertex = clientOf(local.url);
      local.fault({ op: 'create', mode });
      const job = launching();
      expect(await vertex.create(job, ours)).toMatchObject({ is: 'unclear' });
      expect(await vertex.look(job)).toMatchObject({ is: 'found', ours: true });
    },
  );

  it('a job that was not created is missing', async () => {
    local.fault({ op: 'create', mode: '429' });
    const job = launching();
    expect(await vertex.create(job, ours)).toMatchObject({
      is: 'put-off',
      trouble: { why: 'busy', said: expect.stringContaining('Quota exceeded') },
    });
    expect(await vertex.look(job)).toEqual({ is: 'missing' });
  });

  it("a job of another deployment's is not ours", async () => {
    const job = launching();
    await clientOf(local.url, { deployment: 'staging' }).create(job, ours);
    expect(await vertex.look(job)).toMatchObject({ is: 'found', ours: false });
  });

  it.each(['500', '503', '429', 'drop-before'] as const)(
    'looking is tried again after trouble that passes (%s)',
    async mode => {
      const job = launching();
      await vertex.create(job, ours);
      local.fault({ op: 'get', mode });
      expect(await vertex.look(job)).toMatchObject({ is: 'found', ours: true });
    },
  );

  it('a cancelled job ends as cancelled, and may be cancelled again', async () => {
    local.speed(1);
    const job = launching();
    await vertex.create(job, ours);
    expect(await vertex.cancel(runName)).toBeUndefined();
    local.speed(1e7);
    expect(await ended(job)).toMatchObject({ state: 'CANCELLED', error: expect.any(String) });
    expect(await vertex.cancel(runName)).toBeUndefined();
    expect(await vertex.look(job)).toMatchObject({ is: 'found', run: { state: 'CANCELLED' } });
  });

  it('a cancellation that could not be asked for says why', async () => {
    const job = launching();
    await vertex.create(job, ours);
    local.fault({ op: 'cancel', mode: '429' });
    expect(await vertex.cancel(runName)).toEqual({ why: 'busy', said: expect.stringContaining('Quota exceeded') });
  });

  it("this deployment's pipeline jobs of a region that have not ended are listed, the newest first", async () => {
    const ids = ({ job }: { job: string }) => job;
    const over = launching({}, { id: 'over01' });
    await vertex.create(over, ours);
    await ended(over);
    local.speed(1);
    for (const id of ['first1', 'second']) {
      await vertex.create(launching({}, { id }), ours);
      // Vertex AI orders by the time of creation, which the next one shall not share.
      await wait(5);
    }
    await vertex.create(launching({ region: 'us-central1' }, { id: 'theirs' }), ours);
    await clientOf(local.url, { deployment: 'staging' }).create(launching({}, { id: 'staged' }), ours);
    const found = await vertex.list('europe-west4');
    expect(found.map(ids)).toEqual(['second', 'first1']);
    expect(found[0]?.run.name).toMatch(/pipelineJobs\/retort-second$/);
    expect((await vertex.list('us-central1')).map(ids)).toEqual(['theirs']);
    expect(await vertex.list('asia-northeast1')).toEqual([]);
  });

  it('the TensorBoard instances of a region are listed, and no others', async () => {
    expect(await vertex.tensorboards('europe-west4')).toEqual([{ name: board, displayName: 'tuning' }]);
    expect(await vertex.tensorboards('asia-northeast1')).toEqual([]);
  });

  it('a TensorBoard instance is there or is not', async () => {
    const missing = board.replace(/81$/, '83');
    expect(await vertex.tensorboard(board)).toEqual({ is: 'fine' });
    expect(await vertex.tensorboard(missing)).toEqual({ is: 'wrong', why: 'not-there', about: missing });
  });

  async function ended(job: JobIn<'launching'>): Promise<Run> {
    for (;;) {
      const look = await vertex.look(job);
      if (look.is === 'found' && hasEnded(look.run)) return look.run;
      await wait(20);
    }
  }
});

describe('with a server that answers as it is told', () => {
  let server: Awaited<ReturnType<typeof startAnswering>> | undefined;
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  async function answering(answer: (arrived: Arrived) => Reply): Promise<Vertex> {
    server = await startAnswering(answer);
    return clientOf(server.url);
  }

  const said = 'You do not have permission to act as service_account.';
  it.each([
    [400, { is: 'refused', message: said }],
    [401, { is: 'put-off', trouble: { why: 'credentials', said } }],
    [403, { is: 'refused', message: said }],
    [404, { is: 'refused', message: said }],
    [409, { is: 'exists' }],
    [412, { is: 'unclear', trouble: { why: 'said', said } }],
    [429, { is: 'put-off', trouble: { why: 'busy', said } }],
    [500, { is: 'unclear', trouble: { why: 'said', said } }],
    [503, { is: 'unclear', trouble: { why: 'busy', said } }],
    [504, { is: 'unclear', trouble: { why: 'said', said } }],
  ])('create() understands a %d', async (status, meaning) => {
    const vertex = await answering(() => refusal(status, { message: said }));
    expect(await vertex.create(launching(), ours)).toEqual(meaning);
  });

  it.each(Object.entries(noAnswers))('create() takes %s as unclear', async (_, reply) => {
    const vertex = await answering(() => reply);
    expect(await vertex.create(launching(), ours)).toEqual({ is: 'unclear', trouble: { why: 'no-answer', said: '' } });
  });

  it('create() is put off where nobody listens', async () => {
    const vertex = await answering(() => 'silence');
    await server?.close();
    expect(await vertex.create(launching(), ours)).toMatchObject({ is: 'put-off' });
    server = undefined;
  });

  it('create() is put off where there is no token, and sends nothing', async () => {
    server = await startAnswering(() => ({ json: { name: runName } }));
    const auth = new GoogleAuth({ authClient: new OAuth2Client() });
    const vertex = clientOf(server.url, { request: googleRequests({ auth, timeout: 250 }) });
    expect(await vertex.create(launching(), ours)).toMatchObject({ is: 'put-off' });
    expect(server.arrived).toEqual([]);
  });

  it('create() sends nothing of a job that is not ours any more', async () => {
    const vertex = await answering(() => ({ json: { name: runName } }));
    await expect(vertex.create(launching(), () => false)).rejects.toThrow(LeaseLost);
    expect(server?.arrived).toEqual([]);
  });

  it('create() keeps no more of a message than can be shown', async () => {
    const vertex = await answering(() => refusal(400, { message: 'secret '.repeat(1000) }));
    const creation = await vertex.create(launching(), ours);
    expect(creation).toEqual({ is: 'refused', message: 'secret '.repeat(1000).slice(0, 2000) });
  });

  it('create() sends only what the template declares, in its types', async () => {
    const vertex = await answering(({ query }) => ({
      json: { name: `${inRegion}/pipelineJobs/${query.get('pipelineJobId')}` },
    }));
    await fc.assert(
      fc.asyncProperty(specs, async spec => {
        await vertex.create(launching(spec), ours);
        const { path, query, body } = server!.arrived.at(-1)!;
        expect(path).toBe(`/v1/projects/${project}/locations/${spec.region}/pipelineJobs`);
        expect([...query]).toEqual([['pipelineJobId', 'retort-h7k2mq']]);
        const { runtimeConfig, encryptionSpec, serviceAccount, ...rest } = body as Body;
        expect(rest).toEqual({ displayName: spec.displayName, labels, templateUri: palm.template });
        expect(encryptionSpec).toEqual(spec.encryptionKey ? { kmsKeyName: spec.encryptionKey } : undefined);
        expect(serviceAccount).toBe(spec.serviceAccount || undefined);
        expect(Object.keys(runtimeConfig).sort()).toEqual(['gcsOutputDirectory', 'parameterValues']);
        expect(runtimeConfig.gcsOutputDirectory).toBe(spec.pipelineRoot);
        for (const [name, value] of Object.entries(runtimeConfig.parameterValues))
          expect([name, kind(name, value)]).toEqual([name, template[name]]);
        for (const name of ['project', 'dataset_uri']) expect(runtimeConfig.parameterValues[name]).toBeTruthy();
      }),
      { numRuns: 100 },
    );
  });

  const whom = `${inRegion}/endpoints/7`;
  it('predict() sends what Google’s Python client sends', async () => {
    const vertex = await answering(() => ({ json: { predictions: [{ content: 'billing' }, { content: 'more' }] } }));
    expect(await vertex.predict(whom, 'Classify: x', { how })).toEqual({ is: 'answered', text: 'billing' });
    const { method, path, body } = server!.arrived[0]!;
    expect([method, path]).toEqual(['POST', `/v1/${whom}:predict`]);
    expect(body).toEqual({
      instances: [{ content: 'Classify: x' }],
      parameters: { temperature: 0, maxDecodeSteps: 1024 },
    });
  });

  const blocked = { content: '', safetyAttributes: { blocked: true, categories: ['Violent'], scores: [0.9] } };
  it.each<[string, Reply, object]>([
    ['an empty answer', { json: { predictions: [{}] } }, { is: 'answered', text: '' }],
    ['an answer that was held back', { json: { predictions: [blocked] } }, { is: 'unanswered' }],
    ['a refusal of the prompt', refusal(400, { message: said }), { is: 'unanswered', trouble: { why: 'said', said } }],
    ['a refusal to be asked', refusal(403, { message: said }), { is: 'closed', trouble: { why: 'forbidden', said } }],
    ['that there is no such model', refusal(404, { message: said }), { is: 'closed', trouble: { why: 'said', said } }],
    ['that it has no room', refusal(429, { message: said }), { is: 'put-off', trouble: { why: 'busy', said } }],
    ['trouble of its own', refusal(503, { message: said }), { is: 'put-off', trouble: { why: 'busy', said } }],
    ['no predictions', { json: { predictions: [] } }, { is: 'put-off', trouble: { why: 'no-answer', said: '' } }],
    ...Object.entries(noAnswers).map(([name, reply]) => [name, reply, { is: 'put-off' }] as [string, Reply, object]),
  ])('predict() understands %s, and asks once', async (_, reply, meaning) => {
    const vertex = await answering(() => reply);
    expect(await vertex.predict(whom, 'x', { how })).toMatchObject(meaning);
    expect(server?.arrived).toHaveLength(1);
  });

  it.each<[string, Reply, object | undefined]>([
    ['that it is under way', { json: { name: 'operations/1' } }, undefined],
    ['that it is not there any more', refusal(404, { message: said }), undefined],
    ['a refusal', refusal(400, { message: said }), { refused: true, trouble: { why: 'said', said } }],
    ['that it may not', refusal(403, { message: said }), { refused: true, trouble: { why: 'forbidden', said } }],
    ['that there is no room', refusal(429, { message: said }), { refused: false, trouble: { why: 'busy', said } }],
    ['silence', 'silence', { refused: false, trouble: { why: 'no-answer', said: '' } }],
  ])('undeploy() understands %s', async (_, reply, meaning) => {
    const vertex = await answering(() => reply);
    expect(await vertex.undeploy(whom, '17')).toEqual(meaning);
    expect(server?.arrived.map(({ path, body }) => [path, body])).toEqual([
      [`/v1/${whom}:undeployModel`, { deployedModelId: '17' }],
    ]);
  });

  it('predict() waits longer than other calls do', async () => {
    server = await startAnswering(() => 'silence');
    const began = performance.now();
    const request = impatient({ timeout: 10 });
    const tensorboard = tensorboardClient({ request, endpoint: server.url });
    const vertex = vertexClient({
      request,
      project,
      deployment: 'retort',
      endpoint: server.url,
      tensorboard,
      callTime: 200,
    });
    expect(await vertex.predict(whom, 'x', { how })).toMatchObject({ is: 'put-off' });
    expect(performance.now() - began).toBeGreaterThan(200);
  });

  it('look() reads a run, and leaves out what is not told', async () => {
    const vertex = await answering(() => ({ json: pipelineJob }));
    expect(await vertex.look(launching())).toStrictEqual({
      is: 'found',
      ours: true,
      run: {
        name: runName,
        state: 'RUNNING',
        startedAt: Date.UTC(2026, 10, 24, 10, 0, 0, 123),
        updatedAt: Date.UTC(2026, 10, 24, 10, 3, 0, 500),
        tasks: [
          { id: '1', name: 'retort-h7k2mq', state: 'RUNNING', startedAt: Date.UTC(2026, 10, 24, 10) },
          {
            id: '9007199254740993',
            parent: '1',
            name: 'upload-model',
            state: 'SUCCEEDED',
            startedAt: Date.UTC(2026, 10, 24, 10, 1),
            endedAt: Date.UTC(2026, 10, 24, 10, 2),
            retries: 1,
            outputs: { model_resource_name: 'projects/1/locations/europe-west4/models/2@1' },
          },
          { id: '3', parent: '1', name: 'deploy-model', state: 'HIBERNATING', error: 'Out of stock.' },
          { id: '4', parent: '1', name: 'evaluation', state: '12' },
          { id: '', name: '', state: 'STATE_UNSPECIFIED' },
        ],
      },
    });
  });

  it.each([
    ['PIPELINE_STATE_PAUSED', 'PAUSED'],
    ['PIPELINE_STATE_HIBERNATING', 'HIBERNATING'],
    [11, '11'],
    [undefined, 'UNSPECIFIED'],
  ])('look() reads the state %s', async (state, read) => {
    const vertex = await answering(() => ({ json: { name: runName, state, labels } }));
    expect(await vertex.look(launching())).toEqual({
      is: 'found',
      ours: true,
      run: { name: runName, state: read, tasks: [] },
    });
  });

  it.each([
    [{}],
    [{ 'retort-job': 'h7k2mq' }],
    [{ 'retort-deployment': 'retort' }],
    [{ ...labels, 'retort-job': 'another' }],
    [{ ...labels, 'retort-deployment': 'staging' }],
  ])('look() does not take a run with the labels %j for ours', async foreign => {
    const vertex = await answering(() => ({ json: { name: runName, labels: foreign } }));
    expect(await vertex.look(launching())).toMatchObject({ is: 'found', ours: false });
  });

  it.each([
    [400, 'said'],
    [401, 'credentials'],
    [403, 'forbidden'],
    [429, 'busy'],
    [500, 'said'],
    [503, 'busy'],
  ])('look() is put off by a %d: %s', async (status, why) => {
    const vertex = await answering(() => refusal(status, { message: 'Not now.' }));
    expect(await vertex.look(launching())).toEqual({ is: 'put-off', trouble: { why, said: 'Not now.' } });
  });

  it.each(Object.entries(noAnswers))(
    'look() is put off by %s, and does not say that the job is missing',
    async (_, reply) => {
      const vertex = await answering(() => reply);
      expect(await vertex.look(launching())).toMatchObject({ is: 'put-off' });
    },
  );

  it.each([400, 404, 409])('cancel() is content with a %d: there is nothing left to end', async status => {
    const vertex = await answering(() => refusal(status));
    await expect(vertex.cancel(runName)).resolves.toBeUndefined();
  });

  it.each([
    [401, 'credentials'],
    [403, 'forbidden'],
    [429, 'busy'],
    [500, 'said'],
  ])('cancel() says why where it is answered with a %d: %s', async (status, why) => {
    const vertex = await answering(() => refusal(status, { message: 'Not now.' }));
    expect(await vertex.cancel(runName)).toEqual({ why, said: 'Not now.' });
  });

  it('list() asks for this deployment alone, reads all pages, and leaves out what has ended', async () => {
    const pipelineJob = (id: string, state: string) => ({
      name: `${inRegion}/pipelineJobs/retort-${id}`,
      state,
      labels: { 'retort-job': id, 'retort-deployment': 'retort' },
    });
    const pages = [
      [pipelineJob('a', 'PIPELINE_STATE_RUNNING'), pipelineJob('b', 'PIPELINE_STATE_SUCCEEDED')],
      [pipelineJob('c', 'PIPELINE_STATE_PAUSED'), { ...pipelineJob('d', 'PIPELINE_STATE_RUNNING'), labels: {} }],
    ];
    const filters: (string | null)[] = [];
    const vertex = await answering(({ path, query }) => {
      if (path.endsWith('/tuningJobs')) return { json: {} };
      filters.push(query.get('filter'));
      const page = Number(query.get('pageToken') ?? 0);
      return { json: { pipelineJobs: pages[page], ...(page === 0 && { nextPageToken: '1' }) } };
    });
    const found = await vertex.list('us-central1');
    expect(found.map(({ job, run }) => [job, run.state])).toEqual([
      ['a', 'RUNNING'],
      ['c', 'PAUSED'],
    ]);
    expect(new Set(filters)).toEqual(
      new Set([
        'labels.retort-deployment="retort" AND state!="PIPELINE_STATE_SUCCEEDED" AND state!="PIPELINE_STATE_FAILED" AND state!="PIPELINE_STATE_CANCELLED"',
      ]),
    );
  });

  it.each([
    [403, refusal(403, { message: 'Permission denied.' }), { why: 'forbidden', said: 'Permission denied.' }],
    [401, refusal(401, { message: 'Who is asking?' }), { why: 'credentials', said: 'Who is asking?' }],
    ['page of HTML', noAnswers['a page of HTML']!, { why: 'no-answer', said: '' }],
  ])('list() fails with a %s, and says why', async (_, reply, trouble) => {
    const failure: unknown = await (await answering(() => reply)).list('us-central1').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Unavailable);
    expect(failure).toMatchObject({ trouble });
  });

  it('changed() asks for little of what changed since, whatever became of it', async () => {
    const stamp = (job: string | undefined, updateTime: string) => ({
      name: `${inRegion}/pipelineJobs/retort-${job}`,
      labels: job ? { 'retort-job': job } : {},
      updateTime,
    });
    const at = '2026-11-24T10:00:00.250Z';
    const vertex = await answering(({ query }) => ({
      json: query.has('pageToken')
        ? { pipelineJobs: [stamp('b', 'soon'), stamp(undefined, at)] }
        : { pipelineJobs: [stamp('a', at)], nextPageToken: '1' },
    }));
    expect(await vertex.changed('us-central1', Date.parse('2026-11-24T09:59:00Z'))).toEqual([
      { job: 'a', updatedAt: Date.parse(at) },
    ]);
    expect(Object.fromEntries(server!.arrived[0]!.query)).toEqual({
      filter: 'labels.retort-deployment="retort" AND update_time>="2026-11-24T09:59:00.000Z"',
      orderBy: 'update_time desc',
      readMask: 'name,labels,updateTime',
      pageSize: '100',
    });
  });

  it('changed() fails where no list comes', async () => {
    const vertex = await answering(() => refusal(503, { message: 'Not now.' }));
    await expect(vertex.changed('us-central1', 0)).rejects.toThrow(Unavailable);
  });

  it('list() fails where a later page cannot be read', async () => {
    const vertex = await answering(({ query }) =>
      query.has('pageToken') ? refusal(500, { message: 'Not now.' }) : { json: { nextPageToken: '1' } },
    );
    await expect(vertex.list('us-central1')).rejects.toThrow(Unavailable);
  });

  const model = 'projects/123/locations/us-west1/models/77';
  const endpoint = 'projects/123/locations/us-west1/endpoints/88';

  it("endpointOf() asks in the model's own region, without its version", async () => {
    const vertex = await answering(({ path }) =>
      path === `/v1/${model}`
        ? { json: { displayName: 'm', deployedModels: [{ endpoint, deployedModelId: '1' }] } }
        : refusal(404),
    );
    expect(await vertex.endpointOf(`${model}@2`)).toBe(endpoint);
  });

  const created = '2026-11-24T10:00:00Z';
  it.each([
    [
      'the one where the model is deployed',
      [
        { name: 'other', deployedModels: [{ model: 'projects/123/locations/us-west1/models/7' }] },
        { name: endpoint, deployedModels: [{ model: 'projects/acme-ml/locations/us-west1/models/77' }] },
      ],
      endpoint,
    ],
    ['a new one where nothing is deployed yet', [{ name: endpoint, createTime: '2026-11-24T10:00:01Z' }], endpoint],
    ['none that is older than the model', [{ name: 'old', createTime: '2026-11-23T10:00:00Z' }], undefined],
    [
      'none where only another model is deployed',
      [{ name: 'old', deployedModels: [{ model: 'projects/123/locations/us-west1/models/7' }] }],
      undefined,
    ],
    [
      'none of two',
      [
        { name: 'a', createTime: created },
        { name: 'b', createTime: created },
      ],
      undefined,
    ],
    ['none where there is none', undefined, undefined],
  ])('endpointOf() finds, by the display name, %s', async (_, endpoints, found) => {
    const vertex = await answering(({ path, query }) => {
      if (path === `/v1/${model}`) return { json: { name: model, displayName: 'a "b"', createTime: created } };
      const asked = path === `/v1/projects/${project}/locations/us-west1/endpoints` && query.get('filter');
      return asked === String.raw`display_name="a \"b\""` ? { json: { endpoints } } : refusal(404);
    });
    expect(await vertex.endpointOf(model)).toBe(found);
  });

  it('endpointOf() knows nothing of a model that is gone', async () => {
    expect(await (await answering(() => refusal(404))).endpointOf(model)).toBeUndefined();
  });

  it('endpointOf() fails where it may not ask', async () => {
    const vertex = await answering(() => refusal(403, { message: 'Permission denied.' }));
    await expect(vertex.endpointOf(model)).rejects.toMatchObject({
      message: expect.stringContaining(`Cannot read the model "${model}"`),
      trouble: { why: 'forbidden', said: 'Permission denied.' },
    });
  });

  it('tensorboards() reads all pages, and at most a hundred', async () => {
    const vertex = await answering(({ query }) => {
      const page = Number(query.get('pageToken') ?? 0);
      const tensorboards = Array.from({ length: 30 }, (_, i) => ({ name: `tb-${page * 30 + i}` }));
      return { json: { tensorboards, ...(page < 9 && { nextPageToken: String(page + 1) }) } };
    });
    const found = await vertex.tensorboards('europe-west4');
    expect(found).toHaveLength(100);
    expect(found.at(-1)).toEqual({ name: 'tb-99', displayName: '' });
  });

  it('tensorboards() fails where the list cannot be read', async () => {
    const vertex = await answering(() => refusal(403, { message: 'Permission denied.' }));
    await expect(vertex.tensorboards('europe-west4')).rejects.toMatchObject({
      trouble: { why: 'forbidden', said: 'Permission denied.' },
    });
  });

  it.each([
    [403, { is: 'unknown', why: 'no-right', about: board }],
    [404, { is: 'wrong', why: 'not-there', about: board }],
    [400, { is: 'unknown', why: 'no-answer', about: board }],
    [401, { is: 'unknown', why: 'no-answer', about: board }],
    [500, { is: 'unknown', why: 'no-answer', about: board }],
  ])('tensorboard() understands a %d', async (status, meaning) => {
    expect(await (await answering(() => refusal(status))).tensorboard(board)).toEqual(meaning);
  });

  it('the region is filled in where the endpoint asks for it', async () => {
    server = await startAnswering(({ path }) =>
      path === `/in/europe-west4/v1/${inRegion}/pipelineJobs/retort-h7k2mq` ? { json: pipelineJob } : refusal(404),
    );
    expect(await clientOf(`${server.url}/in/{region}`).look(launching())).toMatchObject({ is: 'found' });
  });
});

describe('vertexAddress()', () => {
  it("is Google's own for a region", () => {
    expect(vertexAddress(board)).toBe(`https://europe-west4-aiplatform.googleapis.com/v1/${board}`);
  });

  it('refuses a name whose region would lead elsewhere', () => {
    expect(() => vertexAddress('projects/p/locations/evil.example#/tensorboards/1')).toThrow(
      'does not name a resource in a region',
    );
  });
});

interface Body {
  runtimeConfig: { gcsOutputDirectory: string; parameterValues: Record<string, unknown> };
  encryptionSpec?: object;
  serviceAccount?: string;
}

/** The template's type of a value; a whole number may stand for either kind of number. */
function kind(name: string, value: unknown): string {
  if (typeof value === 'string') return 'STRING';
  if (typeof value === 'boolean') return 'BOOLEAN';
  if (typeof value !== 'number') return typeof value;
  return Number.isInteger(value) && template[name] === 'NUMBER_INTEGER' ? 'NUMBER_INTEGER' : 'NUMBER_DOUBLE';
}

const words = fc.string({ minLength: 1, maxLength: 128 });
const object = fc.webPath().map(path => `gs://acme-ml/data${path}.jsonl`);
const specs: fc.Arbitrary<PipelineSpec> = fc.record(
  {
    recipe: fc.constant('palm' as const),
    modelName: words,
    task: fc.constantFrom(...tasks),
    dataset: object,
    teacher: fc.constantFrom(...palm.teachers.known),
    student: fc.constant(plainSpec.student),
    region: fc.constantFrom(...regions),
    accelerator: fc.constantFrom(...accelerators),
    steps: fc.integer({ min: 1, max: 100_000 }),
    learningRateMultiplier: fc.double({ min: 0.001, max: 100, noNaN: true }),
    evaluate: fc.boolean(),
    evaluationDataset: object,
    evaluationInterval: fc.integer({ min: 1, max: 1000 }),
    earlyStopping: fc.boolean(),
    checkpoint: fc.constantFrom(...checkpoints),
    tensorboard: fc.constantFrom(board, ''),
    uploadRegion: fc.constantFrom(...regions),
    pipelineRoot: fc.constantFrom('gs://acme-pipelines', 'gs://acme-pipelines/retort/'),
    displayName: words,
    encryptionKey: fc.constantFrom('projects/p/locations/us-central1/keyRings/r/cryptoKeys/k', ''),
    serviceAccount: fc.constantFrom('tuner@acme-ml.iam.gserviceaccount.com', ''),
  },
  {
    requiredKeys: [
      'recipe',
      'modelName',
      'task',
      'dataset',
      'teacher',
      'student',
      'region',
      'accelerator',
      'steps',
      'learningRateMultiplier',
      'evaluate',
      'evaluationInterval',
      'earlyStopping',
      'checkpoint',
      'uploadRegion',
      'pipelineRoot',
      'displayName',
    ],
  },
);

const pipelineJob = {
  name: runName,
  state: 'PIPELINE_STATE_RUNNING',
  labels: { ...labels, 'vertex-ai-pipelines-run-billing-id': '1' },
  startTime: '2026-11-24T10:00:00.123456789Z',
  updateTime: '2026-11-24T10:03:00.5Z',
  somethingNew: { of: 'a later version' },
  jobDetail: {
    taskDetails: [
      { taskId: '1', taskName: 'retort-h7k2mq', state: 'RUNNING', startTime: '2026-11-24T10:00:00Z' },
      {
        taskId: '9007199254740993',
        parentTaskId: '1',
        taskName: 'upload-model',
        state: 'SUCCEEDED',
        startTime: '2026-11-24T10:01:00Z',
        endTime: '2026-11-24T10:02:00Z',
        pipelineTaskStatus: [
          { updateTime: '2026-11-24T10:01:00Z', state: 'PENDING' },
          { updateTime: '2026-11-24T10:01:10Z', state: 'RUNNING', error: { code: 14, message: 'The node went away.' } },
          { updateTime: '2026-11-24T10:01:20Z', state: 'RUNNING' },
          { updateTime: '2026-11-24T10:02:00Z', state: 'SUCCEEDED' },
        ],
        execution: {
          metadata: {
            'output:model_resource_name': 'projects/1/locations/europe-west4/models/2@1',
            'output:weights': [1, 2],
            'output:report': 'x'.repeat(5000),
            'input:project': 'acme-ml',
          },
        },
      },
      {
        taskId: 3,
        parentTaskId: '1',
        taskName: 'deploy-model',
        state: 'HIBERNATING',
        error: { code: 8, message: 'Out of stock.' },
        pipelineTaskStatus: [
          { state: 'HIBERNATING', error: { code: 8, message: 'Out of stock.' } },
          { state: 'FAILED', error: {} },
        ],
      },
      {
        taskId: '4',
        parentTaskId: '1',
        taskName: 'evaluation',
        state: 12,
        error: { code: 1 },
        execution: { metadata: null },
      },
      { startTime: 'soon' },
    ],
  },
};

function sample(name: string): Buffer {
  return readFileSync(new URL(`../../src/local/samples/${name}.jsonl`, import.meta.url));
}

function running({ attempts: _, ...job }: JobIn<'launching'>, run: Run): JobIn<'running'> {
  return { ...job, state: 'running', run, launchedAt: 0, observedAt: 0, curves: {} };
}
