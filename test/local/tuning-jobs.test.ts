import { readFileSync } from 'node:fs';
import { setImmediate as pause, setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DatasetFormat } from '../../src/job/recipe.ts';
import { recipeOf, tuningRecipes } from '../../src/job/recipe.ts';
import { tuningJobBody } from '../../src/job/request.ts';
import { writtenAs } from '../../src/local/samples/formats.ts';
import type { StorageServer } from '../../src/local/storage/server.ts';
import { startStorage } from '../../src/local/storage/server.ts';
import type { Fault, Operation } from '../../src/local/vertex/faults.ts';
import type { VertexOptions, VertexStandIn } from '../../src/local/vertex/server.ts';
import { startVertex } from '../../src/local/vertex/server.ts';
import type { TuningJob } from '../../src/local/vertex/tuning-job.ts';
import { v1, v1beta1, wrongsOfAnswer } from '../clients/published.ts';
import { launchingTuning, tuningSpecs } from '../clients/tuning.ts';
import { asking } from './asking.ts';

type Version = 'v1' | 'v1beta1';
type Row = { input_text: string; output_text: string };
type Checkpoint = { checkpointId: string; epoch: string; step: string; endpoint: string };
type Stats = { tuningDatasetExampleCount: string; tuningStepCount: string };
type Job = {
  name: string;
  state: string;
  tuningJobState?: string;
  tuningJobMetadata?: { completedEpochCount?: string; completedStepCount: string };
  error?: { code: number; message: string };
  startTime?: string;
  endTime?: string;
  experiment: string;
  tunedModel?: { model: string; endpoint: string; checkpoints: Checkpoint[] };
  tuningDataStats: { supervisedTuningDataStats?: Stats; distillationDataStats?: { trainingDatasetStats: Stats } };
};
type Named = { name: string };
/** Whatever an answer may carry; a test reads what it asked for. */
type Body = Job & {
  error: { code: number; message: string; status: string };
  tuningJobs?: Job[];
  nextPageToken?: string;
  contexts: Named[];
  metadata: { backing_tensorboard_resource: string };
  labels: Record<string, string>;
  deployedModels: { endpoint: string; model: string }[];
  tensorboardTimeSeries: { name: string; displayName: string }[];
  timeSeriesData: { values: { step?: string; scalar: { value?: number } }[] };
  candidates: { content: { parts: { text: string }[] }; finishReason: string }[];
  usageMetadata: Record<string, number>;
};

const project = { id: 'acme-test', number: '4242' };
const home = `projects/${project.number}/locations`;
const instant = 1e7;
const labels = { 'retort-job': 'a' };
const teacher = 'qwen/qwen3-next-80b-a3b-thinking-maas';

/** A body that each way of tuning accepts, and the version and place it is sent to. */
const ways = {
  open: {
    version: 'v1beta1',
    place: 'us-central1',
    body: {
      baseModel: 'qwen/qwen3@qwen3-4b',
      outputUri: 'gs://acme/out',
      distillationSpec: {
        baseTeacherModel: teacher,
        promptDatasetUri: 'gs://acme/messages/prompts.jsonl',
        validationDatasetUri: 'gs://acme/messages/eval.jsonl',
      },
    },
  },
  distilled: {
    version: 'v1beta1',
    place: 'us-central1',
    body: {
      baseModel: 'gemini-2.5-flash',
      distillationSpec: {
        baseTeacherModel: 'gemini-3.1-pro',
        promptDatasetUri: 'gs://acme/contents/prompts.jsonl',
      },
    },
  },
  supervised: {
    version: 'v1',
    place: 'europe-west4',
    body: {
      baseModel: 'gemini-2.5-flash',
      supervisedTuningSpec: {
        trainingDatasetUri: 'gs://acme/contents/train.jsonl',
        validationDatasetUri: 'gs://acme/contents/eval.jsonl',
      },
    },
  },
} as const satisfies Record<string, { version: Version; place: string; body: object }>;
type Way = keyof typeof ways;
const all = Object.keys(ways) as Way[];

let store: StorageServer;
let vertex: VertexStandIn;
const call = asking<Body>(() => vertex.url);

beforeEach(async () => {
  store = await startStorage();
  store.createBucket('acme');
  for (const format of ['input-output', 'messages', 'prompt-completion', 'contents'] as DatasetFormat[])
    for (const name of ['train', 'eval', 'unlabelled'])
      store.put('acme', `${format}/${name}.jsonl`, writtenAs(format, text(name)));
  for (const format of ['messages', 'contents'] as DatasetFormat[])
    store.put(
      'acme',
      `${format}/prompts.jsonl`,
      writtenAs(format, text('unlabelled').split('\n').slice(0, 240).join('\n')),
    );
  await start({});
});

afterEach(async () => {
  await vertex.close();
  await store.close();
});

describe('creating', () => {
  test.each(all)('a job (%s) is pending, under a number of the service’s own', async way => {
    vertex.speed(0);
    const job = await created(way);
    expect(job.name).toMatch(new RegExp(`^${home}/${ways[way].place}/tuningJobs/\\d+$`));
    expect(job).toMatchObject({ state: 'JOB_STATE_PENDING', labels, ...ways[way].body });
    expect(job).not.toHaveProperty('tuningJobState');
    expect(await got(job, ways[way].version)).toEqual(job);
  });

  test('the same call twice makes two jobs', async () => {
    const [first, second] = [await created('open'), await created('open')];
    expect(first.name).not.toBe(second.name);
    expect(vertex.jobs()).toHaveLength(2);
  });

  test('a call that is delivered twice makes two jobs, though one answer is lost', async () => {
    vertex.fault({ op: 'tuningJobs.create', mode: 'apply-drop' });
    await expect(create('open')).rejects.toThrow();
    await created('open');
    expect(vertex.jobs()).toHaveLength(2);
  });

  test('a distillation is unknown to v1', async () => {
    const { status, body } = await create('distilled', { version: 'v1' });
    expect([status, body.error.status]).toEqual([400, 'INVALID_ARGUMENT']);
    expect(body.error.message).toBe(
      `Invalid JSON payload received. Unknown name "distillationSpec" at 'tuning_job': Cannot find field.`,
    );
  });

  test('numbers of 64 bits come back as texts, however they were sent', async () => {
    const job = await created('supervised', {
      spec: { hyperParameters: { epochCount: 2, learningRateMultiplier: 1.5 } },
    });
    expect(job).toMatchObject({
      supervisedTuningSpec: { hyperParameters: { epochCount: '2', learningRateMultiplier: 1.5 } },
    });
  });

  test('what only the service writes is passed over', async () => {
    expect(await created('open', { body: { state: 'JOB_STATE_SUCCEEDED', name: 'mine' } })).toMatchObject({
      state: 'JOB_STATE_PENDING',
      name: expect.stringContaining('/tuningJobs/'),
    });
  });

  test('fields that the discovery document calls deprecated still say the student and the prompts', async () => {
    const { promptDatasetUri: trainingDatasetUri, ...spec } = ways.open.body.distillationSpec;
    const studentModel = ways.open.body.baseModel;
    const job = await created('open', {
      body: {
        baseModel: undefined,
        distillationSpec: { ...spec, studentModel, trainingDatasetUri, pipelineRootDirectory: 'gs://acme/root' },
      },
    });
    expect((await ended(job)).state).toBe('JOB_STATE_SUCCEEDED');
  });

  test.each<[string, Way, Parameters<typeof create>[1], string]>([
    ['a field that there is not', 'open', { body: { modelName: 'a' } }, 'Unknown name "modelName" at \'tuning_job\''],
    ['a field by its name in the proto', 'open', { body: { base_model: 'a' } }, 'Unknown name "base_model"'],
    [
      'an unknown field within',
      'open',
      { spec: { hyperParameters: { epochs: '3' } } },
      `Unknown name "epochs" at 'tuning_job.distillation_spec.hyper_parameters'`,
    ],
    ['a number for a text', 'open', { body: { baseModel: 7 } }, '"tuning_job.base_model" (TYPE_STRING), 7'],
    ['a list for a message', 'open', { body: { distillationSpec: [] } }, '"tuning_job.distillation_spec"'],
    ['a word for a number', 'open', { spec: { hyperParameters: { epochCount: 'three' } } }, '(TYPE_INT64), "three"'],
    ['a fraction of an epoch', 'open', { spec: { hyperParameters: { epochCount: 1.5 } } }, '(TYPE_INT64), 1.5'],
    ['a text for a fraction', 'open', { spec: { hyperParameters: { learningRate: '0.1' } } }, '(TYPE_DOUBLE), "0.1"'],
    ['another adapter size', 'open', { spec: { hyperParameters: { adapterSize: 'ADAPTER_SIZE_3' } } }, 'AdapterSize'],
    ['another tuning mode', 'open', { spec: { tuningMode: 'FULL' } }, 'TuningMode'],
    ['a text for a truth', 'supervised', { spec: { exportLastCheckpointOnly: 'true' } }, '(TYPE_BOOL)'],
    [
      'a batch size for Gemini',
      'distilled',
      { spec: { hyperParameters: { batchSize: '8' } } },
      'for open models alone',
    ],
    ['a tuning mode in v1', 'supervised', { spec: { tuningMode: 'TUNING_MODE_FULL' } }, 'Unknown name "tuningMode"'],
    ['a folder for outputs in v1', 'supervised', { body: { outputUri: 'gs://acme/out' } }, 'Unknown name "outputUri"'],
    [
      'a rate and its multiplier',
      'open',
      { spec: { hyperParameters: { learningRate: 1e-4, learningRateMultiplier: 1 } } },
      'exclude each other',
    ],
    ['no epoch', 'open', { spec: { hyperParameters: { epochCount: '0' } } }, 'epoch_count must be positive'],
    ['a label with capital letters', 'open', { body: { labels: { Team: 'x' } } }, 'Invalid label "Team"'],
    ['a name that is too long', 'open', { body: { tunedModelDisplayName: 'a'.repeat(129) } }, '128 characters'],
    ['two specs', 'open', { body: { supervisedTuningSpec: {} } }, 'oneof field "tuning_spec" is already set'],
    ['no spec', 'open', { body: { distillationSpec: undefined } }, 'one tuning spec is required'],
    ['no student', 'open', { body: { baseModel: undefined } }, 'base model "" is not supported'],
    ['a PaLM student', 'open', { body: { baseModel: 'text-bison@002' } }, 'base model "text-bison@002"'],
    ['no teacher', 'open', { spec: { baseTeacherModel: undefined } }, 'teacher model "" is not supported'],
    ['a teacher that is not served', 'open', { spec: { baseTeacherModel: 'qwen/qwen3@qwen3-4b' } }, 'teacher model'],
    ['another Gemini teacher', 'distilled', { spec: { baseTeacherModel: 'gemini-2.5-pro' } }, 'teacher model'],
    [
      'another Gemini student',
      'distilled',
      { body: { baseModel: 'gemini-2.5-pro' } },
      'student model "gemini-2.5-pro"',
    ],
    ['a dataset elsewhere', 'open', { spec: { promptDatasetUri: 'https://a/b' } }, 'is not a Cloud Storage URI'],
    ['no dataset', 'supervised', { spec: { trainingDatasetUri: undefined } }, 'is not a Cloud Storage URI'],
    [
      'no folder for weights',
      'open',
      { body: { outputUri: undefined } },
      'The output_uri field is required for this model.',
    ],
    ['an open model where there is none', 'open', { place: 'europe-west1' }, 'cannot be tuned in "europe-west1"'],
    ['Gemini in global', 'supervised', { place: 'global' }, 'cannot be tuned in "global"'],
    ['the Gemini service elsewhere', 'distilled', { place: 'europe-west4' }, 'cannot be distilled in "europe-west4"'],
    [
      'a key for Gemini',
      'supervised',
      { body: { encryptionSpec: { kmsKeyName: 'projects/p/locations/l/keyRings/r/cryptoKeys/k' } } },
      'CMEK is not supported',
    ],
  ])('%s is refused', async (_, way, changed, said) => {
    const { status, body } = await create(way, changed);
    expect([status, body.error.status]).toEqual([400, 'INVALID_ARGUMENT']);
    expect(body.error.message).toContain(said);
    expect(vertex.jobs()).toEqual([]);
  });

  test('a key is refused in global, and taken in a region', async () => {
    const encryptionSpec = { kmsKeyName: 'projects/p/locations/l/keyRings/r/cryptoKeys/k' };
    const { status, body } = await create('open', { place: 'global', body: { encryptionSpec } });
    expect([status, body.error.status]).toEqual([400, 'FAILED_PRECONDITION']);
    expect(await created('open', { body: { encryptionSpec } })).toMatchObject({ encryptionSpec });
  });

  test('the Gemini service is closed to a project that was not let in', async () => {
    vertex.limit({ earlyAccess: false });
    const { status, body } = await create('distilled');
    expect([status, body.error.status]).toEqual([403, 'PERMISSION_DENIED']);
    expect((await create('supervised')).status).toBe(200);
  });

  test.each(['preTunedModel', 'customBaseModel', 'veoTuningSpec', 'partnerModelTuningSpec'])(
    '%s is known, and not served',
    async name => {
      const { status, body } = await create('open', { body: { [name]: {} } });
      expect([status, body.error.status]).toEqual([501, 'UNIMPLEMENTED']);
    },
  );

  test.each(tuningRecipes)('what Retort asks for (%s) is accepted, and succeeds', async recipe => {
    const dataset = `gs://acme/${recipeOf(recipe).dataset.formats[0]}/prompts.jsonl`;
    const labelled = dataset.replace('prompts', 'train');
    const spec = { ...tuningSpecs[recipe], dataset: recipe === 'gemini-tuning' ? labelled : dataset };
    if (spec.outputs) spec.outputs = 'gs://acme/retort';
    spec.evaluationDataset = dataset.replace('prompts', 'eval');
    const { body } = await call(
      'POST',
      `/${recipeOf(recipe).version}/projects/${project.id}/locations/${spec.region}/tuningJobs`,
      tuningJobBody(launchingTuning(spec), { project: project.id, deployment: 'retort' }),
    );
    expect(await ended(body)).toMatchObject({ state: 'JOB_STATE_SUCCEEDED', baseModel: spec.student });
  });

  test('an id of the caller’s own cannot be given', async () => {
    const { status, body } = await call('POST', `${path('open')}?tuningJobId=mine`, ways.open.body);
    expect([status, body.error.status]).toEqual([400, 'INVALID_ARGUMENT']);
    expect(body.error.message).toContain('Unknown name "tuningJobId": Cannot bind query parameter.');
  });
});

describe('the location global', () => {
  test('gives a job a name in a real region, where it is found and listed, as it is in global', async () => {
    const job = await created('open', { place: 'global' });
    expect(job.name).toMatch(new RegExp(`^${home}/us-central1/tuningJobs/\\d+$`));
    expect((await call('GET', `/v1beta1/${job.name}`)).body.name).toBe(job.name);
    const listed = async (place: string) => (await list(place)).map(({ name }) => name);
    expect([await listed('global'), await listed('us-central1'), await listed('europe-west4')]).toEqual([
      [job.name],
      [job.name],
      [],
    ]);
    const id = job.name.split('/').at(-1);
    expect((await call('GET', `/v1beta1/${home}/global/tuningJobs/${id}`)).status).toBe(404);
    expect((await ended(job)).state).toBe('JOB_STATE_SUCCEEDED');
  });
});

describe('listing', () => {
  test('gives every job of a region once, page by page, in no order that means anything', async () => {
    vertex.speed(0);
    const made: string[] = [];
    for (let i = 0; i < 12; i++) made.push((await created('open')).name);
    await created('supervised');
    const found: string[] = [];
    let token: string | undefined = '';
    while (token !== undefined) {
      const { body }: { body: Body } = await call('GET', `${path('open')}?pageSize=5&pageToken=${token}`);
      found.push(...(body.tuningJobs ?? []).map(({ name }) => name));
      token = body.nextPageToken;
    }
    expect(found.toSorted()).toEqual(made.toSorted());
    expect(found).not.toEqual(made);
    expect(found).not.toEqual(made.toReversed());
  });

  test('is an empty answer where there are none', async () => {
    expect((await call('GET', path('open'))).body).toEqual({});
  });

  test.each([
    ['orderBy=createTime', 'Unknown name "orderBy"'],
    ['readMask=name', 'Unknown name "readMask"'],
    ['filter=labels.a%3D%22b%22', 'Invalid list filter'],
    ['pageSize=-1', 'Invalid page size'],
    ['pageToken=mine', 'Invalid page token'],
  ])('with %s is refused', async (query, said) => {
    const { status, body } = await call('GET', `${path('open')}?${query}`);
    expect([status, body.error.status]).toEqual([400, 'INVALID_ARGUMENT']);
    expect(body.error.message).toContain(said);
  });

  test('an unknown job is not found', async () => {
    const { status, body } = await call('GET', `${path('open')}/77`);
    expect([status, body.error.status]).toEqual([404, 'NOT_FOUND']);
  });
});

describe('a job that succeeds', () => {
  test('has gone through its phases, and counted its steps', async () => {
    vertex.speed(0);
    const job = await created('open');
    expect(await got(job)).not.toHaveProperty('startTime');
    for (const phase of ['PROCESSING_DATASET', 'WAITING_FOR_CAPACITY', 'TUNING', 'POST_PROCESSING'] as const) {
      await frozen(job, at => at.phase === phase);
      expect(await got(job)).toMatchObject({
        state: 'JOB_STATE_RUNNING',
        tuningJobState: `TUNING_JOB_STATE_${phase}`,
        startTime: expect.any(String),
      });
    }
    vertex.speed(instant);
    const last = await ended(job);
    expect(last).not.toHaveProperty('tuningJobState');
    expect(last).toMatchObject({ state: 'JOB_STATE_SUCCEEDED', endTime: expect.any(String) });
    const stats = last.tuningDataStats.distillationDataStats?.trainingDatasetStats;
    expect(stats).toMatchObject({ tuningDatasetExampleCount: '240', tuningStepCount: '90' });
    expect(last.tuningJobMetadata).toEqual({ completedEpochCount: '3', completedStepCount: '90' });
  });

  test('tells v1 of its state, and not of what only v1beta1 has', async () => {
    const job = await created('open');
    const { tuningJobMetadata: _, ...told } = await ended(job);
    const {
      distillationSpec: __,
      outputUri: ___,
      tuningDataStats: ____,
      ...rest
    } = told as Job & Record<string, unknown>;
    expect(await got(job, 'v1')).toEqual(rest);
  });

  test('of an open model leaves its weights in the folder, and neither a model nor an endpoint', async () => {
    const job = await created('open', { body: { outputUri: 'gs://acme/out/' } });
    expect((await ended(job)).tunedModel).toBeUndefined();
    const written = JSON.parse(String(store.get('acme', 'out/postprocess/node-0/checkpoints/final/miniature.json')));
    expect(written).toMatchObject({ student: 'qwen/qwen3@qwen3-4b', steps: 90 });
    for (const what of ['models', 'endpoints'])
      expect((await call('GET', `/v1/${home}/us-central1/${what}`)).body).toEqual({});
  });

  test('of Gemini has a model and an endpoint with its labels, and a checkpoint for each epoch', async () => {
    const { tunedModel } = await ended(await created('supervised'));
    const { model = '', endpoint, checkpoints = [] } = tunedModel ?? {};
    expect(model).toMatch(new RegExp(`^${home}/europe-west4/models/\\d+@1$`));
    expect((await call('GET', `/v1/${model}`)).body).toMatchObject({ labels, displayName: 'support' });
    expect((await call('GET', `/v1/${endpoint}`)).body).toMatchObject({ labels });
    expect(checkpoints.map(({ checkpointId, epoch, step }) => [checkpointId, epoch, step])).toEqual([
      ['1', '1', '53'],
      ['2', '2', '106'],
      ['3', '3', '159'],
    ]);
    expect(new Set(checkpoints.map(one => one.endpoint)).size).toBe(3);
    expect(checkpoints.at(-1)?.endpoint).toBe(endpoint);
  });

  test('of Gemini keeps only the last, where that is asked for', async () => {
    const { tunedModel } = await ended(await created('supervised', { spec: { exportLastCheckpointOnly: true } }));
    expect(tunedModel).not.toHaveProperty('checkpoints');
    expect(tunedModel?.endpoint).toBeDefined();
  });

  test('of the Gemini service has ten checkpoints on its way, each at an endpoint of its own', async () => {
    const { tunedModel } = await ended(await created('distilled'));
    const { endpoint = '', checkpoints = [] } = tunedModel ?? {};
    expect(checkpoints).toHaveLength(10);
    const steps = checkpoints.map(({ step }) => Number(step));
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    expect(steps.at(-1)).toBeLessThan(90);
    expect(new Set([endpoint, ...checkpoints.map(one => one.endpoint)]).size).toBe(11);
  });

  test.each([
    ['messages', 'messages/train.jsonl'],
    ['prompt and completion', 'prompt-completion/train.jsonl'],
  ])('of an open model may learn from %s', async (_, name) => {
    const body = {
      distillationSpec: undefined,
      supervisedTuningSpec: { trainingDatasetUri: `gs://acme/${name}` },
    };
    expect((await ended(await created('open', { body }))).state).toBe('JOB_STATE_SUCCEEDED');
  });
});

describe('what was learnt', () => {
  test('is what the labels say: a tuned Gemini answers far better than an untuned one, and at the end better than at first', async () => {
    const { tunedModel } = await ended(await created('supervised'));
    const { endpoint = '', checkpoints = [] } = tunedModel ?? {};
    const untuned = await rightly(`${home}/global/publishers/google/models/gemini-2.5-flash`);
    const [first, last] = [await rightly(checkpoints[0]!.endpoint), await rightly(endpoint)];
    expect(last).toBeGreaterThan(0.65);
    expect(last).toBeGreaterThan(untuned + 0.2);
    expect(last).toBeGreaterThan(first);
  });

  test('is what the teacher says: a distilled Gemini comes close to it, without having seen a label', async () => {
    await restart({ teacherRows: sample('teacher') });
    const spec = { promptDatasetUri: 'gs://acme/contents/unlabelled.jsonl' };
    const { tunedModel } = await ended(await created('distilled', { spec }));
    const master = await rightly(`${home}/us-central1/publishers/google/models/gemini-3.1-pro`);
    expect(master).toBeGreaterThan(0.7);
    expect(await rightly(tunedModel!.endpoint)).toBeGreaterThan(master - 0.15);
  });

  test('is what the teacher says even where a row has a label', async () => {
    const rows = sample('train').slice(0, 120);
    const mislabelled = rows.map(row => JSON.stringify({ ...row, output_text: 'nonsense' })).join('\n');
    store.put('acme', 'mislabelled.jsonl', writtenAs('contents', mislabelled));
    const { tunedModel } = await ended(
      await created('distilled', { spec: { promptDatasetUri: 'gs://acme/mislabelled.jsonl' } }),
    );
    const { body } = await say(tunedModel!.endpoint, rows[0]!.input_text);
    expect(rows.map(row => row.output_text)).toContain(body.candidates[0]?.content.parts[0]?.text);
  });

  test.each([
    ['a multiplier', { learningRateMultiplier: 0.01 }],
    ['a rate', { learningRate: 1e-6 }],
  ])('comes slowly with %s that is low', async (_, hyperParameters) => {
    const last = async (spec: object) =>
      (await curvesOf(await ended(await created('open', { spec }))))['/train_total_loss']!.at(-1)!.value;
    expect(await last({ hyperParameters })).toBeGreaterThan(2 * (await last({})));
  });

  test.each(all)('shows in the curves (%s): the token accuracy rises, and the loss falls', async way => {
    const curves = await curvesOf(await ended(await created(way)));
    const held = way !== 'distilled';
    expect(Object.keys(curves).sort()).toEqual(
      ['/eval', '/train']
        .filter(kind => held || kind === '/train')
        .flatMap(kind =>
          ['fraction_of_correct_next_step_preds', 'num_predictions', 'total_loss'].map(of => `${kind}_${of}`),
        ),
    );
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    const rise = (tag: string) => {
      const values = curves[tag]!.map(({ value }) => value);
      const part = Math.ceil(values.length / 8);
      return mean(values.slice(-part)) - mean(values.slice(0, part));
    };
    expect(rise('/train_fraction_of_correct_next_step_preds')).toBeGreaterThan(0.3);
    expect(rise('/train_total_loss')).toBeLessThan(0);
    if (!held) return;
    expect(rise('/eval_fraction_of_correct_next_step_preds')).toBeGreaterThan(0.1);
    expect(curves['/eval_total_loss']!.length).toBeGreaterThan(10);
  });

  test('depends on what is asked for: more epochs make more steps, a larger batch fewer', async () => {
    const steps = async (hyperParameters: object) => {
      const { tuningDataStats } = await ended(await created('open', { spec: { hyperParameters } }));
      return tuningDataStats.distillationDataStats?.trainingDatasetStats.tuningStepCount;
    };
    expect([await steps({ epochCount: '1' }), await steps({ epochCount: '2' })]).toEqual(['30', '60']);
    expect(await steps({ epochCount: '2', batchSize: '24' })).toBe('20');
  });
});

describe('metrics', () => {
  test('are found through the experiment: its context names the TensorBoard, its child the run', async () => {
    const { experiment } = await ended(await created('supervised'));
    const id = experiment.split('/').at(-1);
    const { body } = await call('GET', `/v1/${experiment}`);
    expect(body).toMatchObject({ name: experiment, schemaTitle: 'system.Experiment', labels });
    const board = body.metadata.backing_tensorboard_resource;
    expect((await call('GET', `/v1/${board}`)).body.name).toBe(board);

    const store = `/v1/${home}/europe-west4/metadataStores/default/contexts`;
    const children = async (filter: string) =>
      (await call('GET', `${store}?${new URLSearchParams({ filter })}`)).body.contexts;
    const runs = await children(`schema_title="system.ExperimentRun" AND parent_contexts:"${experiment}"`);
    expect(runs).toHaveLength(1);
    expect(runs[0]!.name.startsWith(`${experiment}-`)).toBe(true);
    const run = `${board}/experiments/${id}/runs/${runs[0]!.name.slice(experiment.length + 1)}`;
    expect((await call('GET', `/v1/${run}/timeSeries`)).body.tensorboardTimeSeries).toHaveLength(6);

    await ended(await created('supervised'));
    expect(await children(`parent_contexts:"${experiment}"`)).toEqual(runs);
    expect(await children('schema_title="system.Experiment"')).toHaveLength(2);
    expect(await children(`parent_contexts:"${experiment}-other"`)).toBeUndefined();
    expect((await call('GET', `${store}?filter=parent_contexts=%22a%22`)).body.error.status).toBe('INVALID_ARGUMENT');
    expect((await call('GET', `${store}/none`)).body.error.status).toBe('NOT_FOUND');
  });

  test('come when tuning has ended, or, live, while it goes on', async () => {
    for (const live of [false, true]) {
      await restart({ live });
      const job = await created('supervised');
      await frozen(job, ({ step }) => step > 20);
      const shown = await got(job);
      expect(shown.tuningJobState).toBe('TUNING_JOB_STATE_TUNING');
      expect(Object.keys(await curvesOf(shown)).length > 0).toBe(live);
      vertex.speed(instant);
      expect(Object.keys(await curvesOf(await ended(job)))).toHaveLength(6);
    }
  });

  test('of all jobs of a region share one TensorBoard', async () => {
    for (const way of ['open', 'distilled', 'supervised'] as const) await ended(await created(way));
    const boards = async (place: string) =>
      ((await call('GET', `/v1/${home}/${place}/tensorboards`)).body as Body & { tensorboards: Named[] }).tensorboards;
    expect([await boards('us-central1'), await boards('europe-west4')].map(found => found.length)).toEqual([1, 1]);
  });
});

describe('a dataset', () => {
  const good = {
    open: { messages: [{ role: 'user', content: 'Hello?' }] },
    supervised: { contents: [turn('user', 'Hello?'), turn('model', 'greeting')] },
  };

  test.each<[string, 'open' | 'supervised', string, string]>([
    ['no JSON', 'open', '{"messages"', 'is not JSON'],
    ['no object', 'open', '[]', 'is not a JSON object'],
    ['the PaLM format', 'open', '{"input_text":"a","output_text":"b"}', 'Unknown name "input_text"'],
    ['the PaLM format', 'supervised', '{"input_text":"a","output_text":"b"}', 'Unknown name "input_text"'],
    ['an open model’s format', 'supervised', '{"messages":[{"role":"user","content":"a"}]}', 'Unknown name "messages"'],
    ['Gemini’s format', 'open', '{"contents":[{"role":"user","parts":[{"text":"a"}]}]}', 'Unknown name "contents"'],
    ['two formats', 'open', '{"messages":[{"role":"user","content":"a"}],"prompt":"a"}', 'Unknown name "prompt"'],
    ['another role', 'open', '{"messages":[{"role":"model","content":"a"}]}', '(Role), "model"'],
    ['another role', 'supervised', '{"contents":[{"role":"assistant","parts":[{"text":"a"}]}]}', '(Role), "assistant"'],
    ['a text for parts', 'supervised', '{"contents":[{"role":"user","parts":"a"}]}', '(list), "a"'],
    ['an empty prompt', 'open', '{"prompt":" ","completion":"a"}', 'must take turns'],
    ['nobody who speaks', 'open', '{"messages":[]}', 'must take turns'],
    [
      'two users in a row',
      'open',
      '{"messages":[{"role":"user","content":"a"},{"role":"user","content":"b"}]}',
      'turns',
    ],
    ['no answer to learn', 'supervised', '{"contents":[{"role":"user","parts":[{"text":"a"}]}]}', 'no answer to learn'],
  ])('with %s (%s) fails the job, and the line is named', async (_, way, line, said) => {
    store.put('acme', 'bad.jsonl', `${JSON.stringify(good[way])}\n\n${line}\n`);
    const spec =
      way === 'open' ? { promptDatasetUri: 'gs://acme/bad.jsonl' } : { trainingDatasetUri: 'gs://acme/bad.jsonl' };
    const { state, error, endTime } = await ended(await created(way, { spec }));
    expect([state, error?.code, endTime]).toEqual(['JOB_STATE_FAILED', 3, expect.any(String)]);
    expect(error?.message).toContain('Line 3 of "gs://acme/bad.jsonl" is');
    expect(error?.message).toContain(said);
  });

  test('that is not there fails the job', async () => {
    const { error } = await ended(await created('distilled', { spec: { promptDatasetUri: 'gs://acme/none.jsonl' } }));
    expect(error).toEqual({ code: 5, message: 'The object "gs://acme/none.jsonl" was not found.' });
  });

  test('may begin with an instruction, and go on for several turns, of which the last answer is learnt', async () => {
    const rows = Array.from({ length: 40 }, (_, i) => ({
      systemInstruction: { parts: [{ text: 'Say even or odd.' }] },
      contents: [
        turn('user', 'Ready?'),
        turn('model', 'Yes.'),
        turn('user', i % 2 ? 'It is odd, is it?' : 'Now an even one.'),
        turn('model', i % 2 ? 'odd' : 'even'),
      ],
    }));
    store.put('acme', 'turns.jsonl', rows.map(row => JSON.stringify(row)).join('\n'));
    const spec = { trainingDatasetUri: 'gs://acme/turns.jsonl', validationDatasetUri: undefined };
    const { tunedModel } = await ended(
      await created('supervised', { spec: { ...spec, hyperParameters: { epochCount: '8' } } }),
    );
    const { body } = await call('POST', `/v1/${tunedModel?.endpoint}:generateContent`, {
      systemInstruction: { parts: [{ text: 'Say even or odd.' }] },
      contents: [turn('user', 'Ready?'), turn('model', 'Yes.'), turn('user', 'Now an even one.')],
    });
    expect(body.candidates[0]).toEqual({ content: turn('model', 'even'), finishReason: 'STOP' });
  });

  test.each<[Way, number, number, boolean]>([
    ['open', 40, 10, true],
    ['open', 40, 11, false],
    ['supervised', 40, 1000, true],
    ['supervised', 40, 1001, false],
    ['distilled', 40, 1001, true],
  ])('for validation (%s) beside %i rows may have %i: %s', async (way, rows, held, may) => {
    const [format, spec] =
      way === 'open' ? (['messages', 'promptDatasetUri'] as const) : (['contents', 'trainingDatasetUri'] as const);
    const lines = (count: number) =>
      Array.from({ length: count }, (_, i) =>
        writtenAs(format, JSON.stringify({ input_text: `Row ${i}`, output_text: i % 2 ? 'odd' : 'even' })),
      ).join('\n');
    store.put('acme', 'rows.jsonl', lines(rows));
    store.put('acme', 'held.jsonl', lines(held));
    const { state, error } = await ended(
      await created(way, {
        spec: {
          [way === 'distilled' ? 'promptDatasetUri' : spec]: 'gs://acme/rows.jsonl',
          validationDatasetUri: 'gs://acme/held.jsonl',
        },
      }),
    );
    expect(state).toBe(may ? 'JOB_STATE_SUCCEEDED' : 'JOB_STATE_FAILED');
    if (!may) expect(error?.message).toContain(`beside ${rows}, but has ${held}`);
  });
});

describe('waiting', () => {
  test('for quota keeps those beyond it, in turn, until one has ended', async () => {
    vertex.limit({ quota: 1 });
    const first = await created('open');
    await frozen(first, ({ phase }) => phase === 'TUNING');
    vertex.speed(1e5);
    const [second, third] = [await created('open'), await created('open')];
    for (const one of [second, third]) await reached(one, ({ phase }) => phase === 'WAITING_FOR_QUOTA');
    expect(await got(second)).toMatchObject({
      state: 'JOB_STATE_RUNNING',
      tuningJobState: 'TUNING_JOB_STATE_WAITING_FOR_QUOTA',
    });
    await ended(first);
    await reached(second, ({ phase }) => phase !== 'WAITING_FOR_QUOTA');
    expect((await got(third)).tuningJobState).toBe('TUNING_JOB_STATE_WAITING_FOR_QUOTA');
    vertex.limit({ quota: 2 });
    for (const one of [second, third]) expect((await ended(one)).state).toBe('JOB_STATE_SUCCEEDED');
  });

  test('for capacity goes on until there is some', async () => {
    await restart({ tuning: { capacity: 0 } });
    const job = await created('open');
    await reached(job, ({ phase }) => phase === 'WAITING_FOR_CAPACITY');
    await sleep(50);
    expect((await got(job)).tuningJobState).toBe('TUNING_JOB_STATE_WAITING_FOR_CAPACITY');
    vertex.limit({ capacity: 1 });
    expect((await ended(job)).state).toBe('JOB_STATE_SUCCEEDED');
    expect((await ended(await created('open'))).state).toBe('JOB_STATE_SUCCEEDED');
  });

  test('for capacity costs no time: what comes after it takes as long as ever', async () => {
    await restart({ tuning: { capacity: 0 } });
    const job = await created('supervised');
    await reached(job, ({ phase }) => phase === 'WAITING_FOR_CAPACITY');
    await sleep(20);
    vertex.speed(1);
    vertex.limit({ capacity: 1 });
    await reached(job, ({ phase }) => phase === 'TUNING');
    await sleep(500);
    expect(vertex.state.tuningJobs.get(job.name)).toMatchObject({ phase: 'TUNING', step: 0 });
  });

  test('can be cancelled, and leaves its turn to the next', async () => {
    vertex.limit({ quota: 0 });
    const [first, second] = [await created('open'), await created('open')];
    await reached(first, ({ phase }) => phase === 'WAITING_FOR_QUOTA');
    await cancel(first);
    expect((await ended(first)).state).toBe('JOB_STATE_CANCELLED');
    vertex.limit({ quota: 1 });
    expect((await ended(second)).state).toBe('JOB_STATE_SUCCEEDED');
  });
});

describe('cancelling', () => {
  test('ends a job soon, with code 1', async () => {
    const job = await created('open');
    await frozen(job, ({ step }) => step > 10);
    expect(await cancel(job)).toEqual({ status: 200, body: {} });
    expect((await got(job)).state).toBe('JOB_STATE_CANCELLING');
    vertex.speed(instant);
    const { state, error, tunedModel, endTime } = await ended(job);
    expect([state, error?.code, tunedModel]).toEqual(['JOB_STATE_CANCELLED', 1, undefined]);
    expect(endTime).toBeDefined();
  });

  test('ends a job that is paused, too', async () => {
    const job = await created('open');
    await frozen(job, ({ step }) => step > 10);
    vertex.pause(idOf(job));
    vertex.speed(instant);
    expect((await got(job)).state).toBe('JOB_STATE_PAUSED');
    await cancel(job);
    expect((await ended(job)).state).toBe('JOB_STATE_CANCELLED');
  });

  test('comes too late where the model is already being handed over', async () => {
    const job = await created('supervised');
    await frozen(job, ({ phase }) => phase === 'POST_PROCESSING');
    await cancel(job);
    vertex.speed(instant);
    expect((await ended(job)).state).toBe('JOB_STATE_SUCCEEDED');
  });

  test('is refused once a job has ended', async () => {
    const job = await created('supervised');
    await ended(job);
    const { status, body } = await cancel(job);
    expect([status, body.error.status]).toEqual([400, 'FAILED_PRECONDITION']);
  });
});

describe('failures and what is shown', () => {
  test('a failure that was planned for a phase fails the job there', async () => {
    vertex.failTuning({ phase: 'TUNING', code: 13, message: 'Internal error encountered.' });
    const { state, error } = await ended(await created('open'));
    expect([state, error]).toEqual(['JOB_STATE_FAILED', { code: 13, message: 'Internal error encountered.' }]);
    expect((await ended(await created('open'))).state).toBe('JOB_STATE_SUCCEEDED');
  });

  test('a failure may be planned for one job, and healed', async () => {
    vertex.speed(0);
    const [first, second] = [await created('open'), await created('open')];
    vertex.failTuning({ phase: 'TUNING', code: 8, message: 'No.', job: idOf(second) });
    vertex.speed(instant);
    expect([(await ended(first)).state, (await ended(second)).state]).toEqual([
      'JOB_STATE_SUCCEEDED',
      'JOB_STATE_FAILED',
    ]);
    vertex.failTuning({ phase: 'TUNING', code: 8, message: 'No.' });
    vertex.heal();
    expect((await ended(await created('open'))).state).toBe('JOB_STATE_SUCCEEDED');
  });

  test('weights that cannot be written fail the job', async () => {
    store.createBucket('closed', { deny: ['storage.objects.create'] });
    const { error } = await ended(await created('open', { body: { outputUri: 'gs://closed/out' } }));
    expect(error?.code).toBe(7);
  });

  test.each(['QUEUED', 'EXPIRED', 'PARTIALLY_SUCCEEDED', 'UPDATING', 'REHYDRATING'])(
    'may be a job that is %s, in lists too, until it is healed',
    async state => {
      const job = await created('open');
      await ended(job);
      vertex.show(idOf(job), { state, phase: 'RESTING' });
      expect(await got(job)).toMatchObject({ state: `JOB_STATE_${state}`, tuningJobState: 'TUNING_JOB_STATE_RESTING' });
      expect(await list('us-central1')).toMatchObject([{ state: `JOB_STATE_${state}` }]);
      vertex.heal();
      expect((await got(job)).state).toBe('JOB_STATE_SUCCEEDED');
    },
  );

  test('a paused job stays paused until it is resumed', async () => {
    vertex.speed(1e5);
    const job = await created('open');
    await reached(job, ({ step }) => step > 10);
    vertex.pause(idOf(job));
    vertex.speed(instant);
    await sleep(50);
    expect(await got(job)).toMatchObject({ state: 'JOB_STATE_PAUSED' });
    expect(await got(job)).not.toHaveProperty('tuningJobState');
    vertex.resume(idOf(job));
    expect((await ended(job)).state).toBe('JOB_STATE_SUCCEEDED');
  });
});

describe('faults', () => {
  const lost: [Fault['mode'], number][] = [
    ['drop-before', 0],
    ['500', 0],
    ['503', 0],
    ['429', 0],
    ['html200', 0],
    ['apply-drop', 1],
    ['apply-500', 1],
    ['trunc', 1],
  ];
  test.each(lost)('%s loses the answer of a creation and leaves %i jobs', async (mode, jobs) => {
    vertex.speed(0);
    vertex.fault({ op: 'tuningJobs.create', mode });
    const answer = await create('open').catch(() => undefined);
    expect(answer?.status === 200 && answer.body.name).toBeFalsy();
    expect(vertex.jobs()).toHaveLength(jobs);
  });

  test.each<[Fault['mode'], number]>([
    ['hang', 0],
    ['apply-hang', 1],
    ['stall-body', 1],
  ])('%s leaves the caller waiting, and %i jobs', async (mode, jobs) => {
    vertex.speed(0);
    vertex.fault({ op: 'tuningJobs.create', mode });
    await expect(create('open', { signal: AbortSignal.timeout(200) })).rejects.toThrow();
    expect(vertex.jobs()).toHaveLength(jobs);
  });

  test('strike the call they are put on, and no other', async () => {
    const job = await ended(await created('supervised'));
    const calls: Partial<Record<Operation, () => Promise<number>>> = {
      'tuningJobs.get': async () => (await call('GET', `/v1/${job.name}`)).status,
      'tuningJobs.list': async () => (await call('GET', path('supervised'))).status,
      'tuningJobs.cancel': async () => (await cancel(job)).status,
      'contexts.get': async () => (await call('GET', `/v1/${job.experiment}`)).status,
      'contexts.list': async () => (await call('GET', `/v1/${job.experiment.replace(/\/[^/]+$/, '')}`)).status,
      generateContent: async () => (await say(job.tunedModel!.endpoint, 'Hello?')).status,
    };
    for (const op of Object.keys(calls) as Operation[]) {
      vertex.fault({ op, mode: '503' });
      for (const [other, ask] of Object.entries(calls)) if (other !== op) expect(await ask()).not.toBe(503);
      expect(await calls[op]!()).toBe(503);
      expect(await calls[op]!()).not.toBe(503);
    }
  });

  test('may be put on whichever of several calls comes first', async () => {
    vertex.fault({ op: ['create', 'tuningJobs.create'], mode: '503' });
    expect([(await create('open')).status, (await create('open')).status]).toEqual([503, 200]);
  });
});

describe('asking', () => {
  test('a Gemini model is by contents, which end with a user’s', async () => {
    const { tunedModel } = await ended(await created('supervised'));
    const ask = (body: object) => call('POST', `/v1/${tunedModel?.endpoint}:generateContent`, body);
    for (const [body, said] of [
      [{}, 'turns of user and model'],
      [{ contents: [] }, 'turns of user and model'],
      [{ contents: [turn('model', 'a')] }, 'turns of user and model'],
      [{ contents: [turn('user', 'a'), turn('model', 'b')] }, 'that a user ends'],
      [{ contents: [turn('user', '')] }, 'turns of user and model'],
      [{ contents: [turn('system', 'a')] }, '(Role), "system"'],
      [{ instances: [{ content: 'a' }] }, 'Unknown name "instances"'],
      [{ contents: [turn('user', 'a')], generationConfig: { candidateCount: 2 } }, 'one candidate'],
      [{ contents: [turn('user', 'a')], generationConfig: { maxTokens: 2 } }, 'Unknown name "maxTokens"'],
    ] as const) {
      const { status, body: answer } = await ask(body);
      expect([status, answer.error?.status]).toEqual([400, 'INVALID_ARGUMENT']);
      expect(answer.error.message).toContain(said);
    }
  });

  test('counts its words, and stops where no more may be said', async () => {
    const rows = Array.from({ length: 20 }, () => ({
      contents: [turn('user', 'Hello?'), turn('model', 'good day to you')],
    }));
    store.put('acme', 'polite.jsonl', rows.map(row => JSON.stringify(row)).join('\n'));
    const spec = { trainingDatasetUri: 'gs://acme/polite.jsonl', validationDatasetUri: undefined };
    const { tunedModel } = await ended(await created('supervised', { spec }));
    const said = async (generationConfig: object) =>
      (
        await call('POST', `/v1/${tunedModel?.endpoint}:generateContent`, {
          contents: [turn('user', 'Hello?')],
          generationConfig,
        })
      ).body;
    expect(await said({ temperature: 0 })).toMatchObject({
      candidates: [{ content: turn('model', 'good day to you'), finishReason: 'STOP' }],
      usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 4, totalTokenCount: 5 },
    });
    expect(await said({ maxOutputTokens: 2 })).toMatchObject({
      candidates: [{ content: turn('model', 'good day'), finishReason: 'MAX_TOKENS' }],
    });
  });

  test('is not served in v1beta1 but for tuning jobs and contents', async () => {
    for (const what of ['pipelineJobs', 'models', 'endpoints', 'tensorboards', 'metadataStores/default/contexts'])
      expect((await call('GET', `/v1beta1/${home}/us-central1/${what}`)).status).toBe(404);
  });

  test('a Gemini model in PaLM’s way is refused, and a publisher’s model that is not there is not found', async () => {
    const { tunedModel } = await ended(await created('supervised'));
    const { body } = await call('POST', `/v1/${tunedModel?.endpoint}:predict`, { instances: [{ content: 'a' }] });
    expect(body.error.status).toBe('FAILED_PRECONDITION');
    for (const name of ['text-bison@002', 'llama'])
      expect((await say(`${home}/us-central1/publishers/google/models/${name}`, 'a')).body.error.status).toBe(
        'NOT_FOUND',
      );
  });
});

describe('every answer is what Google publishes', () => {
  test.each(all)('about a job (%s), in both versions, alone and in a list', async way => {
    const spec = { hyperParameters: { epochCount: '2', adapterSize: 'ADAPTER_SIZE_FOUR' } };
    const name = way === 'open' ? 'messages' : 'contents';
    const rows = [...sample('train').slice(0, 60), { input_text: 'word '.repeat(3000), output_text: 'a long one' }];
    const lines = rows.map(row => JSON.stringify(row)).join('\n');
    store.put('acme', 'uneven.jsonl', writtenAs(name, lines));
    const dataset = way === 'supervised' ? 'trainingDatasetUri' : 'promptDatasetUri';
    const job = await created(way, {
      spec: { ...spec, [dataset]: 'gs://acme/uneven.jsonl', validationDatasetUri: undefined },
    });
    const wrongs = new Set<string>();
    const held = (message: string, body: object) => {
      for (const wrong of wrongsOfAnswer(message, body)) wrongs.add(wrong);
    };
    held(`${ways[way].version === 'v1' ? v1 : v1beta1}.TuningJob`, job);
    for (let last = ''; !/SUCCEEDED|FAILED/.test(last); ) {
      for (const [version, of] of [
        ['v1', v1],
        ['v1beta1', v1beta1],
      ] as const) {
        const shown = await got(job, version);
        held(`${of}.TuningJob`, shown);
        last = shown.state;
        const place = job.name.replace(/\/[^/]+$/, '');
        held(`${of}.ListTuningJobsResponse`, (await call('GET', `/${version}/${place}`)).body);
      }
      await pause();
    }
    const { experiment, tunedModel } = await got(job);
    held(`${v1}.Context`, (await call('GET', `/v1/${experiment}`)).body);
    const { contexts } = (await call('GET', `/v1/${experiment.replace(/\/[^/]+$/, '')}`)).body;
    for (const context of contexts) held(`${v1}.Context`, context);
    if (tunedModel) {
      held(`${v1}.Model`, (await call('GET', `/v1/${tunedModel.model}`)).body);
      held(`${v1}.Endpoint`, (await call('GET', `/v1/${tunedModel.endpoint}`)).body);
      held(`${v1}.GenerateContentResponse`, (await say(tunedModel.endpoint, 'Hello?')).body);
    }
    expect([...wrongs]).toEqual([]);
  });
});

async function start(options: Partial<VertexOptions>): Promise<void> {
  vertex = await startVertex({
    storageUrl: store.url,
    issued: token => token === 'known',
    project,
    speed: instant,
    // A teacher that learns from fewer is sooner ready, and knows less.
    teacherRows: sample('teacher').slice(0, 150),
    ...options,
  });
}

async function restart(options: Partial<VertexOptions>): Promise<void> {
  await vertex.close();
  await start(options);
}

function path(way: Way, { version = ways[way].version as Version, place = ways[way].place as string } = {}): string {
  return `/${version}/projects/${project.id}/locations/${place}/tuningJobs`;
}

type Changes = { version?: Version; place?: string; body?: object; spec?: object; signal?: AbortSignal };

/** Sends what a way of tuning needs, with changes of its body and of its spec. */
function create(way: Way, { body = {}, spec = {}, signal, ...at }: Changes = {}) {
  const usual = ways[way].body;
  const specs = Object.entries(usual)
    .filter(([name]) => name.endsWith('Spec'))
    .map(([name, given]) => [name, { ...(given as object), ...spec }]);
  const whole = { tunedModelDisplayName: 'support', labels, ...usual, ...Object.fromEntries(specs), ...body };
  return call('POST', path(way, at), whole, signal);
}

async function created(way: Way, changes?: Changes): Promise<Job> {
  const { status, body } = await create(way, changes);
  expect(status === 200 || body).toBe(true);
  return body;
}

async function got({ name }: Named, version: Version = 'v1beta1'): Promise<Job> {
  return (await call('GET', `/${version}/${name}`)).body;
}

async function list(place: string): Promise<Job[]> {
  return (await call('GET', path('open', { place }))).body.tuningJobs ?? [];
}

function cancel({ name }: Named) {
  return call('POST', `/v1/${name}:cancel`, {});
}

async function ended(job: Named): Promise<Job> {
  while (true) {
    const shown = await got(job);
    if (/(SUCCEEDED|FAILED|CANCELLED)$/.test(shown.state)) return shown;
    await sleep(5);
  }
}

/** Runs on until a job has come so far. */
async function reached({ name }: Named, far: (job: TuningJob) => boolean): Promise<void> {
  while (!far(vertex.state.tuningJobs.get(name)!)) await pause();
}

/** Runs on until a job has come so far, and lets all time stand still there. */
async function frozen(job: Named, far: (job: TuningJob) => boolean): Promise<void> {
  vertex.speed(1e5);
  await reached(job, far);
  vertex.speed(0);
}

/** The curves of a job, by their tags, sorted by step. */
async function curvesOf({ experiment }: Job): Promise<Record<string, { step: number; value: number }[]>> {
  const { body } = await call('GET', `/v1/${experiment}`);
  const [store, id] = [experiment.replace(/\/[^/]+$/, ''), experiment.split('/').at(-1)];
  const filter = `schema_title="system.ExperimentRun" AND parent_contexts:"${experiment}"`;
  const [run] = (await call('GET', `/v1/${store}?${new URLSearchParams({ filter })}`)).body.contexts;
  const board = `${body.metadata.backing_tensorboard_resource}/experiments/${id}`;
  const { tensorboardTimeSeries: series = [] } = (
    await call('GET', `/v1/${board}/runs/${run!.name.slice(experiment.length + 1)}/timeSeries`)
  ).body;
  const found: Record<string, { step: number; value: number }[]> = {};
  for (const { name, displayName } of series) {
    const { values } = (await call('GET', `/v1/${name}:read?maxDataPoints=-1`)).body.timeSeriesData;
    found[displayName] = values
      .map(({ step = '0', scalar: { value = 0 } }) => ({ step: Number(step), value }))
      .sort((a, b) => a.step - b.step);
  }
  return found;
}

function say(model: string, prompt: string) {
  return call('POST', `/v1/${model}:generateContent`, { contents: [turn('user', prompt)] });
}

/** The share of evaluation rows that a model answers with their label. */
async function rightly(model: string): Promise<number> {
  const rows = sample('eval');
  const answers = await Promise.all(rows.map(row => say(model, row.input_text)));
  const right = answers.filter(({ body }, i) => body.candidates[0]?.content.parts[0]?.text === rows[i]?.output_text);
  return right.length / rows.length;
}

function turn(role: string, text: string) {
  return { role, parts: [{ text }] };
}

function idOf({ name }: Named): string {
  return name.split('/').at(-1)!;
}

function text(name: string): string {
  return readFileSync(new URL(`../../src/local/samples/${name}.jsonl`, import.meta.url), 'utf8');
}

function sample(name: string): Row[] {
  return text(name)
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as Row);
}
