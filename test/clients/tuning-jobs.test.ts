import { afterEach, describe, expect, it } from 'vitest';
import { tensorboardClient } from '../../src/clients/tensorboard.ts';
import { vertexClient } from '../../src/clients/vertex.ts';
import type { JobIn } from '../../src/job/job.ts';
import { tuningRecipes } from '../../src/job/recipe.ts';
import type { Run } from '../../src/job/run.ts';
import { isTuning, mayBeTuning, stages } from '../../src/job/run.ts';
import { LeaseLost } from '../../src/world.ts';
import type { Arrived, Reply } from './answering.ts';
import { impatient, noAnswers, refusal, startAnswering } from './answering.ts';
import { launchingTuning, tuningSpecs } from './tuning.ts';

const project = 'acme-ml';
const inRegion = `projects/123456789012/locations/us-central1`;
const name = `${inRegion}/tuningJobs/77`;
const labels = { 'retort-job': 'h7k2mq', 'retort-deployment': 'retort' };
const ours = () => true;
const open = launchingTuning(tuningSpecs['open-model']);
const gemini = launchingTuning(tuningSpecs['gemini-tuning']);

let servers: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(servers.map(server => server.close()));
  servers = [];
});

async function answering(answer: (arrived: Arrived) => Reply) {
  const server = await startAnswering(answer);
  servers.push(server);
  const request = impatient();
  const endpoint = server.url;
  const vertex = vertexClient({
    request,
    project,
    deployment: 'retort',
    endpoint,
    tensorboard: tensorboardClient({ request, endpoint }),
  });
  return { vertex, arrived: server.arrived };
}

function withRun(job: typeof open, run: Partial<Run> = {}): JobIn<'running'> {
  const { attempts: _, ...rest } = job;
  const whole: Run = { name, state: 'RUNNING', tasks: [], tuning: { checkpoints: [] }, ...run };
  return { ...rest, state: 'running', run: whole, launchedAt: 0, observedAt: 0, curves: {} };
}

describe('a tuning job is created', () => {
  it.each(tuningRecipes)('of the recipe %s, in the version of the API that has it', async recipe => {
    const job = launchingTuning(tuningSpecs[recipe]);
    const { vertex, arrived } = await answering(() => ({ json: { name, state: 'JOB_STATE_PENDING', labels } }));
    expect(await vertex.create(job, ours)).toMatchObject({ is: 'created', run: { name, state: 'PENDING' } });
    const version = recipe === 'gemini-tuning' ? 'v1' : 'v1beta1';
    expect(arrived[0]).toMatchObject({
      method: 'POST',
      path: `/${version}/projects/acme-ml/locations/${job.spec.region}/tuningJobs`,
      body: { baseModel: job.spec.student, tunedModelDisplayName: 'support-intents', labels },
    });
    expect([...arrived[0]!.query]).toEqual([]);
  });

  it('only while the job is ours: nothing is sent after that', async () => {
    const { vertex, arrived } = await answering(() => ({ json: { name } }));
    await expect(vertex.create(open, () => false)).rejects.toThrow(LeaseLost);
    expect(arrived).toEqual([]);
  });

  it.each<[number, string]>([
    [400, 'refused'],
    [403, 'refused'],
    [404, 'refused'],
    [401, 'put-off'],
    [429, 'put-off'],
    [409, 'unclear'],
    [500, 'unclear'],
    [503, 'unclear'],
  ])('and a refusal with status %d means that it is %s', async (status, is) => {
    const { vertex } = await answering(() => refusal(status, { message: 'No.' }));
    expect(await vertex.create(open, ours)).toMatchObject({ is });
  });

  it.each(Object.entries(noAnswers))('and %s may mean that there is one', async (_, reply) => {
    const { vertex } = await answering(() => reply);
    expect(await vertex.create(open, ours)).toMatchObject({ is: 'unclear' });
  });
});

describe('a tuning job that may have been created', () => {
  const other = { name: `${inRegion}/tuningJobs/1`, labels: { ...labels, 'retort-job': 'other1' } };
  const mine = { name, labels, createTime: '2026-11-01T10:00:00Z' };

  it('is found by its label among all there are, page by page, without a filter', async () => {
    const { vertex, arrived } = await answering(({ query }) =>
      query.get('pageToken')
        ? { json: { tuningJobs: [mine] } }
        : { json: { tuningJobs: [other, { name: `${inRegion}/tuningJobs/2` }], nextPageToken: 'more' } },
    );
    expect(await vertex.look(open)).toMatchObject({ is: 'found', ours: true, run: { name } });
    expect(arrived.map(({ path }) => path)).toEqual(
      Array(2).fill('/v1beta1/projects/acme-ml/locations/global/tuningJobs'),
    );
    expect(arrived.flatMap(({ query }) => [...query.keys()])).toEqual(['pageSize', 'pageSize', 'pageToken']);
  });

  it('is the one that was created first, where there are two', async () => {
    const second = { ...mine, name: `${inRegion}/tuningJobs/66`, createTime: '2026-11-01T10:01:00Z' };
    for (const tuningJobs of [
      [mine, second],
      [second, mine],
    ]) {
      const { vertex } = await answering(() => ({ json: { tuningJobs } }));
      expect(await vertex.look(open)).toMatchObject({ is: 'found', run: { name } });
    }
  });

  it('is missing where no label is its own: of another job, or of another deployment', async () => {
    const elsewhere = { ...mine, labels: { ...labels, 'retort-deployment': 'staging' } };
    const { vertex } = await answering(() => ({ json: { tuningJobs: [other, elsewhere] } }));
    expect(await vertex.look(open)).toEqual({ is: 'missing' });
  });

  it('is looked for again where the list cannot be read', async () => {
    const { vertex } = await answering(() => refusal(503, { message: 'Later.' }));
    expect(await vertex.look(open)).toMatchObject({ is: 'put-off', trouble: { why: 'busy' } });
  });
});

describe('a tuning job that is known', () => {
  it('is asked for by its own name, and tells all it has', async () => {
    const { vertex, arrived } = await answering(() => ({
      json: {
        name,
        labels,
        state: 'JOB_STATE_RUNNING',
        tuningJobState: 'TUNING_JOB_STATE_TUNING',
        createTime: '2026-11-01T10:00:00Z',
        startTime: '2026-11-01T10:01:00Z',
        updateTime: '2026-11-01T10:05:00Z',
        experiment: `${inRegion}/metadataStores/default/contexts/tuning-77`,
        tuningJobMetadata: { completedEpochCount: '1', completedStepCount: '40' },
        tuningDataStats: {
          distillationDataStats: { trainingDatasetStats: { tuningStepCount: '120', tuningDatasetExampleCount: '420' } },
        },
        tunedModel: {
          model: `${inRegion}/models/9@1`,
          endpoint: `${inRegion}/endpoints/8`,
          checkpoints: [{ checkpointId: '1', epoch: '1', step: '40', endpoint: `${inRegion}/endpoints/7` }],
        },
      },
    }));
    const look = await vertex.look(withRun(open));
    expect(arrived[0]?.path).toBe(`/v1beta1/${name}`);
    const run = look.is === 'found' ? look.run : undefined;
    expect(run).toEqual({
      name,
      state: 'RUNNING',
      startedAt: Date.parse('2026-11-01T10:01:00Z'),
      updatedAt: Date.parse('2026-11-01T10:05:00Z'),
      tasks: [{ id: 'TUNING', name: 'tuning', state: 'RUNNING' }],
      tuning: {
        epochs: 1,
        steps: 40,
        planned: 120,
        examples: 420,
        experiment: `${inRegion}/metadataStores/default/contexts/tuning-77`,
        model: `${inRegion}/models/9@1`,
        endpoint: `${inRegion}/endpoints/8`,
        checkpoints: [{ id: '1', epoch: 1, step: 40, endpoint: `${inRegion}/endpoints/7` }],
      },
    });
    expect([isTuning(run!), mayBeTuning(run!)]).toEqual([true, true]);
  });

  it.each([
    ['WAITING_FOR_QUOTA', 'Waiting for quota'],
    ['PROCESSING_DATASET', 'Processing dataset'],
    ['WAITING_FOR_CAPACITY', 'Waiting for capacity'],
    ['TUNING', 'Tuning'],
    ['POST_PROCESSING', 'Post processing'],
    ['SOMETHING_NEWER', 'Something newer'],
  ])('is in the phase %s', async (phase, title) => {
    const json = { name, labels, state: 'JOB_STATE_RUNNING', tuningJobState: `TUNING_JOB_STATE_${phase}` };
    const { vertex } = await answering(() => ({ json }));
    const look = await vertex.look(withRun(gemini));
    expect(look.is === 'found' && stages(look.run).map(stage => [stage.id, stage.title, stage.mark])).toEqual([
      [phase, title, 'running'],
    ]);
  });

  it.each(['SUCCEEDED', 'FAILED', 'CANCELLED', 'EXPIRED', 'PARTIALLY_SUCCEEDED', 'PAUSED', 'UPDATING', 'NEWER'])(
    'is in the state %s, and in no phase',
    async state => {
      const json = { name, labels, state: `JOB_STATE_${state}`, tuningJobState: 'TUNING_JOB_STATE_TUNING' };
      const { vertex } = await answering(() => ({ json }));
      expect(await vertex.look(withRun(open))).toMatchObject({ is: 'found', run: { state, tasks: [] } });
    },
  );

  it('tells why it failed', async () => {
    const json = { name, labels, state: 'JOB_STATE_FAILED', error: { code: 3, message: 'Line 7 has no prompt.' } };
    const { vertex } = await answering(() => ({ json }));
    expect(await vertex.look(withRun(open))).toMatchObject({ run: { error: 'Line 7 has no prompt.' } });
  });

  it('harms nothing with fields of another kind', async () => {
    const wrong = 7 as unknown;
    const fields = [
      'experiment',
      'tuningJobMetadata',
      'tuningDataStats',
      'tunedModel',
      'error',
      'labels',
      'updateTime',
    ];
    const { vertex } = await answering(() => ({
      json: { name, ...Object.fromEntries(fields.map(field => [field, wrong])) },
    }));
    expect(await vertex.look(withRun(open))).toMatchObject({ is: 'found', ours: false, run: { name } });
  });

  it('is gone where nobody knows it, and is asked for again where no answer comes', async () => {
    const gone = await answering(() => refusal(404, { message: 'Not found.' }));
    expect(await gone.vertex.look(withRun(open))).toEqual({ is: 'missing' });
    const silent = await answering(() => noAnswers.silence!);
    expect(await silent.vertex.look(withRun(open))).toMatchObject({ is: 'put-off' });
  });

  it('is cancelled by its name', async () => {
    const { vertex, arrived } = await answering(() => ({ json: {} }));
    expect(await vertex.cancel(name)).toBeUndefined();
    expect(arrived[0]).toMatchObject({ method: 'POST', path: `/v1/${name}:cancel` });
  });
});

describe('a list of what has not ended', () => {
  it('has tuning jobs beside pipeline jobs where both may run, and only one kind elsewhere', async () => {
    const running = { labels, state: 'JOB_STATE_RUNNING' };
    const { vertex, arrived } = await answering(({ path }) =>
      path.endsWith('/tuningJobs')
        ? {
            json: {
              tuningJobs: [
                { ...running, name },
                { ...running, name: `${inRegion}/tuningJobs/78`, state: 'JOB_STATE_SUCCEEDED' },
                { ...running, name: `${inRegion}/tuningJobs/79`, labels: { 'retort-job': 'x' } },
              ],
            },
          }
        : { json: {} },
    );
    const kinds = async (region: string) => {
      const from = arrived.length;
      const found = await vertex.list(region);
      return [found.map(({ run }) => run.name), arrived.slice(from).map(({ path }) => path.split('/').at(-1))];
    };
    expect(await kinds('us-central1')).toEqual([[name], ['tuningJobs', 'pipelineJobs']]);
    expect(await kinds('global')).toEqual([[name], ['tuningJobs']]);
    expect(await kinds('asia-northeast3')).toEqual([[], ['pipelineJobs']]);
  });
});

describe('the curves of a tuning job', () => {
  const context = `${inRegion}/metadataStores/default/contexts/tuning-77`;
  const board = `${inRegion}/tensorboards/5`;
  const job = withRun(gemini, { tuning: { experiment: context, checkpoints: [] } });

  it('are in the TensorBoard that its experiment names', async () => {
    const { vertex } = await answering(({ path }) => {
      const at = path.replace('/v1/', '');
      if (at === context) return { json: { name: context, metadata: { backing_tensorboard_resource: board } } };
      const experiment = `${board}/experiments/tuning-77`;
      if (at === `${experiment}/runs`) return { json: { tensorboardRuns: [{ name: `${experiment}/runs/r1` }] } };
      if (at === `${experiment}/runs/r1/timeSeries`)
        return {
          json: {
            tensorboardTimeSeries: [
              { name: `${experiment}/runs/r1/timeSeries/1`, displayName: '/train_total_loss' },
              { name: `${experiment}/runs/r1/timeSeries/2`, displayName: 'eval/loss' },
            ],
          },
        };
      const values = (value: number) => [{ step: '10', scalar: { value }, wallTime: '2026-11-01T10:05:00Z' }];
      if (at === `${board}:batchRead`)
        return {
          json: {
            timeSeriesData: [
              { tensorboardTimeSeriesId: '1', values: values(0.5) },
              { tensorboardTimeSeriesId: '2', values: values(0.25) },
            ],
          },
        };
      return refusal(404);
    });
    const { experiment, curves } = await vertex.curves(job);
    expect(experiment).toEqual({ is: 'found', name: `${board}/experiments/tuning-77` });
    expect([curves.train_total_loss?.values, curves.eval_total_loss?.values]).toEqual([[0.5], [0.25]]);
  });

  it('are none where the experiment is gone, or names no TensorBoard', async () => {
    for (const reply of [refusal(404), { json: { name: context, metadata: {} } }, { json: { name: context } }]) {
      const { vertex } = await answering(() => reply);
      expect(await vertex.curves(job)).toEqual({ experiment: { is: 'none' }, curves: {} });
    }
  });
});

describe('a prompt to a Gemini model', () => {
  const endpoint = `${inRegion}/endpoints/8`;
  const ask = async (json: unknown) => {
    const { vertex, arrived } = await answering(() => ({ json }));
    return { said: await vertex.predict(endpoint, 'Which class?', { how: 'generateContent' }), arrived };
  };

  it('is answered by the parts of its first candidate, without thoughts', async () => {
    const parts = [{ text: 'Hm.', thought: true }, { text: 'bill' }, { text: 'ing' }];
    const { said, arrived } = await ask({ candidates: [{ content: { role: 'model', parts }, finishReason: 'STOP' }] });
    expect(said).toEqual({ is: 'answered', text: 'billing' });
    expect(arrived[0]).toMatchObject({
      path: `/v1/${endpoint}:generateContent`,
      body: { contents: [{ role: 'user', parts: [{ text: 'Which class?' }] }] },
    });
  });

  it('has no answer where the model gives none, and it is said why it stopped', async () => {
    const { said } = await ask({ candidates: [{ finishReason: 'SAFETY' }] });
    expect(said).toEqual({ is: 'unanswered', trouble: { why: 'said', said: 'SAFETY' } });
    expect((await ask({})).said).toMatchObject({ is: 'unanswered' });
  });
});
