import type { Report } from '../../src/job/dataset.ts';
import type { Job, JobIn, Person, State } from '../../src/job/job.ts';
import type { Known, Reading } from '../../src/job/preflight.ts';
import type { Run, RunTask } from '../../src/job/run.ts';
import type { PipelineSpec, TuningSpec } from '../../src/job/spec.ts';

/** When the sample jobs were submitted. */
export const submittedAt = Date.UTC(2026, 0, 5, 9);

/** When the sample request for approval expires. */
export const expiresAt = submittedAt + 8 * 3_600_000;

/** Who asked for the sample jobs. */
export const requester: Person = { user: 'U0REQUESTER', team: 'T0HOME' };

/** Who decides on them. */
export const approver: Person = { user: 'U0APPROVER', team: 'T0HOME' };

/** A spec that breaks no rule and deserves no warning. */
export function specWith(changes: Partial<PipelineSpec> = {}): PipelineSpec {
  return {
    recipe: 'palm',
    modelName: 'support-intents',
    task: 'classification',
    dataset: 'gs://retort-datasets/support/train.jsonl',
    teacher: 'text-unicorn@001',
    student: 'text-bison@002',
    region: 'us-central1',
    accelerator: 'GPU',
    steps: 300,
    learningRateMultiplier: 1,
    evaluate: true,
    evaluationDataset: 'gs://retort-datasets/support/eval.jsonl',
    evaluationInterval: 20,
    earlyStopping: true,
    checkpoint: 'default',
    tensorboard: 'projects/123/locations/us-central1/tensorboards/456',
    uploadRegion: 'us-central1',
    pipelineRoot: 'gs://retort-pipelines/root',
    displayName: 'Support intents, first try',
    ...changes,
  };
}

/** The same task as tuning jobs of each recipe are asked for it: specs that break no rule either. */
const tuningSpecs = {
  'open-model': {
    recipe: 'open-model',
    modelName: 'support-intents',
    dataset: 'gs://retort-datasets/support/train.jsonl',
    teacher: 'qwen/qwen3-next-80b-a3b-thinking-maas',
    student: 'qwen/qwen3@qwen3-4b',
    region: 'us-central1',
    epochs: 3,
    evaluate: true,
    evaluationDataset: 'gs://retort-datasets/support/eval.jsonl',
    outputs: 'gs://retort-pipelines/weights',
  },
  'gemini-tuning': {
    recipe: 'gemini-tuning',
    modelName: 'support-intents',
    dataset: 'gs://retort-datasets/support/train.jsonl',
    student: 'gemini-2.5-flash',
    region: 'us-central1',
    evaluate: true,
    evaluationDataset: 'gs://retort-datasets/support/eval.jsonl',
  },
  'gemini-distillation': {
    recipe: 'gemini-distillation',
    modelName: 'support-intents',
    dataset: 'gs://retort-datasets/support/prompts.jsonl',
    teacher: 'gemini-3.1-pro',
    student: 'gemini-2.5-flash',
    region: 'us-central1',
    evaluate: false,
  },
} as const satisfies { [R in TuningSpec['recipe']]: TuningSpec };

/** A spec of a tuning job that breaks no rule. */
export function tuningSpecWith(
  changes: Partial<Omit<TuningSpec, 'recipe'>> = {},
  recipe: TuningSpec['recipe'] = 'open-model',
): TuningSpec {
  return { ...tuningSpecs[recipe], ...changes };
}

/** A report on a dataset in which nothing is wrong. */
export function reportWith(changes: Partial<Report> = {}): Report {
  return {
    rows: 240,
    labelled: 240,
    bytes: 48_000,
    tokens: { mean: 40, longest: 120 },
    faults: {},
    oddities: {},
    unknownFields: [],
    ...changes,
  };
}

/** What reading such a dataset leaves behind. */
export function readWith(changes: Partial<Report> = {}): Extract<Reading, { is: 'read' }> {
  return { is: 'read', report: reportWith(changes), generation: '1767603600000000', elsewhere: false };
}

/** A world in which nothing stands in the way of the sample spec. */
export const fine: Known = {
  dataset: readWith(),
  evaluationDataset: readWith({ rows: 60, labelled: 60 }),
  named: { pipelineRoot: { is: 'fine' }, tensorboard: { is: 'fine' } },
};

/** A task of a pipeline job, right below its root. */
export function task(id: string, name: string, changes: Partial<RunTask> = {}): RunTask {
  return { id, name, state: 'PENDING', parent: '1', ...changes };
}

/** A pipeline job with these tasks below its root. */
export function runWith(tasks: RunTask[], changes: Partial<Run> = {}): Run {
  const state = changes.state ?? 'RUNNING';
  return {
    name: 'projects/123/locations/us-central1/pipelineJobs/retort-a1b2c3',
    state,
    startedAt: submittedAt + 60_000,
    tasks: [{ id: '1', name: 'retort-a1b2c3', state }, ...tasks],
    ...changes,
  };
}

/** The sample pipeline job, as it stands in the sample jobs. */
export const run = runWith([
  task('2', 'validate-inputs', { state: 'RUNNING' }),
  task('3', 'large-language-model-tuner'),
]);

const always = {
  schema: 1,
  id: 'a1b2c3',
  spec: specWith(),
  digest: 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9',
  requester,
  channel: 'C0CHANNEL',
  createdAt: submittedAt,
  uploads: {},
} as const;
const checked = { dataset: readWith(), evaluationDataset: readWith({ rows: 60, labelled: 60 }), findings: [] };
const request = { at: submittedAt + 1000, expiresAt, quota: { capacity: 64, held: 0, waiting: 0 } };
const approval = { by: approver, at: submittedAt + 2000, digest: always.digest };
const queued = { ...always, checked, request, approval, queuedAt: submittedAt + 2000 };
const seated = { ...queued, seatedAt: submittedAt + 3000 };
const launched = { ...seated, run, launchedAt: submittedAt + 4000, observedAt: submittedAt + 5000, curves: {} };
const endedAt = submittedAt + 7_200_000;

const samples: { [S in State]: JobIn<S> } = {
  checking: { ...always, state: 'checking' },
  refused: { ...always, state: 'refused', readings: [{ is: 'missing' }], findings: [], endedAt },
  waiting: { ...always, state: 'waiting', checked, request },
  denied: {
    ...always,
    state: 'denied',
    checked,
    request,
    denial: { by: approver, at: endedAt, reason: 'No.' },
    endedAt,
  },
  expired: { ...always, state: 'expired', checked, request, endedAt },
  queued: { ...queued, state: 'queued', ahead: 0, holders: [] },
  launching: { ...seated, state: 'launching', attempts: 1, attemptedAt: submittedAt + 3500 },
  running: { ...launched, state: 'running' },
  cancelling: { ...launched, state: 'cancelling' },
  succeeded: { ...launched, state: 'succeeded', model: 'projects/123/locations/us-central1/models/789', endedAt },
  failed: {
    ...launched,
    state: 'failed',
    failure: { why: 'said', stage: 'Validate inputs', message: 'No such object.' },
    endedAt,
  },
  cancelled: { ...launched, state: 'cancelled', endedAt },
  replaced: { ...always, state: 'replaced', by: 'd4e5f6', endedAt },
};

/** A job in a state, with what such a job usually has. */
export function jobIn<S extends State>(state: S, changes: Partial<JobIn<S>> = {}): JobIn<S> {
  return { ...(samples[state] as JobIn<S>), ...changes };
}

/** The wish to cancel, as a job carries it. */
export const wish = { cancel: { by: requester, at: submittedAt + 6000 } };

const trouble = { why: 'said', said: 'Quota exceeded: RESOURCE_EXHAUSTED.' } as const;
const curves = {
  train_total_loss: { steps: [1, 2, 3], values: [2.5, 0, -0.25] },
  eval_total_loss: { steps: [20], values: [1e-12] },
};
const chart = { file: 'F0NEW', of: 'digest', alt: 'Loss falls from 2.5 to 0.2.', before: 'F0OLD' };
const extras: { [S in State]?: Partial<JobIn<S>> } = {
  checking: { rowsRead: 120 },
  launching: { trouble, retryAt: submittedAt + 9000 },
  running: { trouble, curves, chart },
  cancelling: { trouble, curves, chart, attemptedAt: submittedAt + 3500, askedAt: submittedAt + 6500 },
  succeeded: { curves, chart, endpoint: 'projects/123/locations/us-central1/endpoints/321' },
  failed: { curves, chart },
  cancelled: { curves, chart },
};

/** A job in a state, with everything set that such a job can have. */
export function fullJobIn(state: State, changes: { id?: string } = {}): Job {
  return {
    ...jobIn(state),
    ...wish,
    spec: specWith({
      encryptionKey: 'projects/retort/locations/us-central1/keyRings/ring/cryptoKeys/key',
      serviceAccount: 'pipelines@retort.iam.gserviceaccount.com',
    }),
    from: 'z9y8x7',
    uploads: {
      dataset: { file: 'F0A', name: 'train.jsonl' },
      evaluationDataset: { file: 'F0B', name: 'eval “é”.jsonl' },
    },
    ...extras[state],
    ...changes,
  } as Job;
}
