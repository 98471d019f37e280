import {
  attempted,
  cancelAsked,
  cancelledUnlaunched,
  cancelling,
  cancelWished,
  checked,
  decided,
  expired,
  gone,
  launched,
  launchPutOff,
  launchRefused,
  observed,
  putOff,
  rowsRead,
  seated,
  submitted,
} from '../../src/job/change.ts';
import type { Curves } from '../../src/job/curves.ts';
import type { Report } from '../../src/job/dataset.ts';
import type { Job, JobIn, State } from '../../src/job/job.ts';
import type { Reading } from '../../src/job/preflight.ts';
import { emptyLedger, queue } from '../../src/job/quota.ts';
import { recipeIds } from '../../src/job/recipe.ts';
import type { Run, RunTask } from '../../src/job/run.ts';
import type { PipelineSpec } from '../../src/job/spec.ts';
import type { Verdict } from '../../src/job/verdict.ts';
import type { Around } from '../../src/views/card.ts';
import { languages, wordsIn } from '../../src/views/words.ts';

export const minute = 60_000;
/** 24 November 2026, 13:50 UTC. */
export const start = Date.UTC(2026, 10, 24, 13, 50);

export const ana = { user: 'U0ANA', team: 'T0ACME' };
export const ben = { user: 'U0BEN', team: 'T0ACME' };
export const model = 'projects/1234567890/locations/us-central1/models/7301448';
export const endpoint = 'projects/1234567890/locations/us-central1/endpoints/9912';

export const around: Around = {
  words: wordsIn('en'),
  project: 'acme',
  approvers: ['S0APPROVERS', 'U0CHI'],
  deployment: 'retort',
  version: '0.1.0',
  prices: {},
  proposed: {
    pipelineRoot: 'gs://acme-ml/pipelines',
    serviceAccount: undefined,
    tensorboards: { 'us-central1': 'projects/acme/locations/us-central1/tensorboards/8123' },
  },
  recipes: recipeIds,
};

/** The same for readers of each language. */
export const everyLanguage = languages.map(language => [language, { ...around, words: wordsIn(language) }] as const);

/** A spec that an approver is asked about, changed where a test says so. */
export function spec(changed: Partial<PipelineSpec> = {}): PipelineSpec {
  return {
    recipe: 'palm',
    modelName: 'support-intents-v3',
    task: 'classification',
    dataset: 'gs://acme-ml/support/train.jsonl',
    teacher: 'text-unicorn@001',
    student: 'text-bison@002',
    region: 'us-central1',
    accelerator: 'TPU',
    steps: 300,
    learningRateMultiplier: 1,
    evaluate: true,
    evaluationDataset: 'gs://acme-ml/support/eval.jsonl',
    evaluationInterval: 20,
    earlyStopping: true,
    checkpoint: 'default',
    tensorboard: 'projects/acme/locations/us-central1/tensorboards/8123',
    uploadRegion: 'us-central1',
    pipelineRoot: 'gs://acme-ml/pipelines',
    displayName: 'support-intents-v3',
    ...changed,
  };
}

/** What reading a dataset found, changed where a test says so. */
export function report(changed: Partial<Report> = {}): Report {
  return {
    rows: 480,
    labelled: 480,
    bytes: 600_000,
    tokens: { mean: 310, longest: 1904 },
    faults: {},
    oddities: {},
    unknownFields: [],
    ...changed,
  };
}

function reading(changed: Partial<Report> = {}): Reading {
  return { is: 'read', report: report(changed), generation: '1764000000000000', elsewhere: false };
}

/** The task of a pipeline job. */
export function task(name: string, state: string, changed: Partial<RunTask> = {}): RunTask {
  return { id: name, parent: 'root', name, state, ...changed };
}

const root: RunTask = { id: 'root', name: 'retort-k3v9', state: 'RUNNING' };

/** A pipeline job in the middle of tuning, changed where a test says so. */
export function run(changed: Partial<Run> = {}): Run {
  return {
    name: 'projects/acme/locations/us-central1/pipelineJobs/retort-k3v9x1m4q7tz',
    state: 'RUNNING',
    startedAt: start + 15 * minute,
    tasks: [
      root,
      task('validate-pipeline', 'SUCCEEDED'),
      task('prepare-dataset', 'SUCCEEDED'),
      task('teacher-labels', 'SKIPPED'),
      task('tune', 'RUNNING'),
      task('upload-model', 'PENDING'),
      task('deploy-model', 'PENDING'),
    ],
    ...changed,
  };
}

/** Curves up to a step: an evaluation every 20 steps, the best of them at step 240. */
export function curves(to: number): Curves {
  const steps = Array.from({ length: Math.floor(to / 20) }, (_, i) => (i + 1) * 20);
  const wave = (step: number) => (step > 240 ? (step - 240) / 15_000 : (240 - step) / 400);
  return {
    train_total_loss: { steps, values: steps.map(step => 1.4 * Math.exp(-step / 150) + 0.2) },
    train_fraction_of_correct_next_step_preds: { steps, values: steps.map(step => 0.95 - wave(step)) },
    eval_total_loss: { steps, values: steps.map(step => 0.4 + wave(step)) },
    eval_fraction_of_correct_next_step_preds: { steps, values: steps.map(step => 0.916 - wave(step)) },
  };
}

const chart = { file: 'F0CHART', of: 'digest', alt: 'Curves of support-intents-v3 up to step 180 of 300.' };

/** A job that is carried out by a pipeline job. */
export type PipelineJob<S extends State = State> = JobIn<S> & { spec: PipelineSpec };

/** How a job gets on in a test. */
export interface Course {
  spec?: Partial<PipelineSpec>;
  dataset?: Reading;
  evaluationDataset?: Reading;
}

/** A job that has just begun. */
export function checking(course: Course = {}): Job {
  return submitted({
    id: 'k3v9x1m4q7tz',
    spec: spec(course.spec),
    digest: 'd'.repeat(64),
    requester: ana,
    channel: 'C0ML',
    uploads: {},
    now: start,
  }).job;
}

function check(job: Job, course: Course, needsApproval: boolean): Job {
  const known = {
    dataset: course.dataset ?? reading({ oddities: { 'repeated-input': { count: 12, lines: [41, 77, 78] } } }),
    evaluationDataset: job.spec.evaluate
      ? (course.evaluationDataset ?? reading({ rows: 60, labelled: 60 }))
      : undefined,
    named: {},
  };
  const ledger = emptyLedger;
  return checked(job, known, {
    needsApproval,
    digest: 'd',
    approvalTime: 480 * minute,
    capacity: 64,
    ledger,
    now: start + minute,
  }).job;
}

/** A job that has come as far as a state, by the facts that lead there. */
export function jobIn<S extends State>(state: S, course: Course = {}): PipelineJob<S> {
  const job = arrive(state, course);
  if (job.state !== state) throw new Error(`The job came to "${job.state}" and not to "${state}".`);
  return job as PipelineJob<S>;
}

function arrive(state: State, course: Course): Job {
  const ledger = emptyLedger;
  const begun = checking(course);
  const waiting = check(begun, course, true);
  const queued = decided(waiting, { approve: true }, { by: ben, ledger, now: start + 12 * minute });
  const mine = queue(ledger, begun.id, { units: 64, since: start });
  const launching = seated(queued.job, { ledger: mine, capacity: 64, now: start + 13 * minute }).job;
  const running = launched(attempted(launching, start + 14 * minute).job, run(), start + 15 * minute).job;
  const seen = { run: run(), curves: curves(180), chart };
  const tuning = observed(running, seen, { ledger, now: start + 41 * minute }).job;
  const wished = cancelWished(tuning, { by: ana, now: start + 50 * minute }).job;
  const stopping = cancelAsked(cancelling(wished).job, start + 51 * minute);
  switch (state) {
    case 'checking':
      return rowsRead(begun, 1240).job;
    case 'refused':
      return check(
        begun,
        {
          dataset: reading({
            rows: 477,
            faults: {
              'not-json': { count: 1, lines: [7] },
              'not-an-object': { count: 1, lines: [19] },
              'no-input': { count: 1, lines: [30] },
            },
          }),
          ...course,
        },
        true,
      );
    case 'waiting':
      return waiting;
    case 'denied':
      return decided(
        waiting,
        { approve: false, reason: 'The cores are promised to the search team until Friday.' },
        { by: ben, ledger, now: start + 12 * minute },
      ).job;
    case 'expired':
      return expired(waiting, start + 500 * minute).job;
    case 'queued': {
      const before = queue(ledger, 'other', { units: 64, since: start });
      const busy = { ...before, held: { h7f3k: { units: 64, since: start } } };
      return decided(waiting, { approve: true }, { by: ben, ledger: busy, now: start + 12 * minute }).job;
    }
    case 'launching':
      return attempted(launching, start + 14 * minute).job;
    case 'running':
      return tuning;
    case 'cancelling':
      return stopping.job;
    case 'succeeded': {
      const done = run({
        state: 'SUCCEEDED',
        endedAt: start + 87 * minute,
        tasks: run().tasks.map(it => ({
          ...it,
          state: it.state === 'SKIPPED' ? it.state : 'SUCCEEDED',
          ...(it.name === 'upload-model' && { outputs: { model_resource_name: model } }),
        })),
      });
      return observed(tuning, { run: done, curves: curves(300), chart, endpoint }, { ledger, now: start + 88 * minute })
        .job;
    }
    case 'failed': {
      const message =
        'com.google.cloud.ai.platform.common.errors.AiPlatformException: code=RESOURCE_EXHAUSTED, message=The following quota metrics exceed quota limits: aiplatform.googleapis.com/restricted_image_training_tpu_v3_pod, cause=null';
      const dead = run({
        state: 'FAILED',
        endedAt: start + 23 * minute,
        error: 'The DAG failed because some tasks failed. The failed tasks are: [tune].',
        tasks: run().tasks.map(it => (it.name === 'tune' ? { ...it, state: 'FAILED', error: message } : it)),
      });
      return observed(running, { run: dead }, { ledger, now: start + 24 * minute }).job;
    }
    case 'cancelled':
      return observed(
        stopping.job,
        { run: run({ state: 'CANCELLED', endedAt: start + 52 * minute }) },
        { ledger, now: start + 53 * minute },
      ).job;
    case 'replaced':
      return { ...begun, state: 'replaced', by: 'successor', endedAt: start + minute } as JobIn<'replaced'>;
    default:
      return state satisfies never;
  }
}

/** A verdict on sixty rows, for which the teacher did not answer. */
export const verdict: Verdict = {
  beganAt: start + 88 * minute,
  endedAt: start + 90 * minute,
  lines: Array.from({ length: 60 }, (_, i) => i + 1),
  sheets: {
    tuned: { marks: `${'1'.repeat(55)}0000-`, ms: Array.from({ length: 59 }, () => 240) },
    student: { marks: `${'0'.repeat(39)}${'1'.repeat(21)}`, ms: Array.from({ length: 60 }, () => 1250) },
    teacher: { marks: '', ms: [], out: 'Publisher Model `text-unicorn@001` was not found.' },
  },
};

/** Jobs whose card has something of its own to say, besides one for every state. */
export const special: Record<string, Job> = {
  'running without any curve': launchedJob(),
  'running without a TensorBoard': launchedJob({ spec: { tensorboard: undefined } }),
  'running with curves and no picture': { ...jobIn('running'), chart: undefined } as Job,
  'running, paused in Vertex AI': { ...launchedJob(), run: run({ state: 'PAUSED' }) },
  'running, not begun in Vertex AI': { ...launchedJob(), run: run({ state: 'PENDING', tasks: [] }) },
  'running, in a state newer than Retort': { ...launchedJob(), run: run({ state: 'REHYDRATING' }) },
  'running, being cancelled in Vertex AI': { ...launchedJob(), run: run({ state: 'CANCELLING' }) },
  'running, queued in Vertex AI': { ...launchedJob(), run: run({ state: 'QUEUED', tasks: [] }) },
  'running, nobody knows how': { ...launchedJob(), run: run({ state: 'UNSPECIFIED', tasks: [] }) },
  'running, its steps known': tuningJob(),
  'running, paused in the middle of its steps': { ...tuningJob(), run: run({ state: 'PAUSED' }) },
  'running, going on from an earlier run': tuningJob({ after: 217_800 }),
  'running, without a new step': observed(
    tuningJob(),
    { run: run(), stall: { step: 180, since: start + 40 * minute, usual: 8000 } },
    { ledger: emptyLedger, now: start + 55 * minute },
  ).job,
  'running, alarming in every way': {
    ...jobIn('running'),
    alarms: [
      { what: { kind: 'not-a-number', on: 'eval', step: 217_980 }, chart },
      {
        what: { kind: 'divergence', lowest: { step: 140, value: 0.016 }, last: { step: 180, value: 56.8 } },
        chart: { ...chart, file: 'F0THEN' },
      },
      {
        what: {
          kind: 'overfitting',
          lowest: { step: 100, value: 0.71 },
          last: { step: 180, value: 0.83 },
          evaluations: 4,
        },
      },
      { what: { kind: 'plateau', since: 20, ever: true, value: 0.6 } },
    ],
  },
  'running, with stages of every kind': {
    ...launchedJob(),
    run: run({
      tasks: [
        root,
        task('validate', 'SUCCEEDED', { startedAt: start, endedAt: start + 3 * minute }),
        task('label', 'SKIPPED'),
        task('evaluate', 'NOT_TRIGGERED'),
        task('tune', 'RUNNING', { retries: 1 }),
        task('watch', 'RUNNING', { startedAt: start + 20 * minute }),
        task('copy', 'FAILED'),
        task('sample', 'CANCEL_PENDING'),
        task('distil', 'CANCELLED'),
        task('thaw', 'REHYDRATING'),
        task('upload', 'PENDING'),
      ],
    }),
  },
  'cancelling, paused in Vertex AI': { ...jobIn('cancelling'), run: run({ state: 'PAUSED' }) },
  'cancelling, being stopped in Vertex AI': { ...jobIn('cancelling'), run: run({ state: 'CANCELLING' }) },
  'running, Vertex AI out of reach': putOff(launchedJob(), { why: 'no-answer', said: '' }).job,
  'running, gone in Vertex AI': gone(launchedJob(), {
    ledger: emptyLedger,
    now: start + 50 * minute,
    patience: 10 * minute,
  }).job,
  'failed, gone in Vertex AI': gone(
    { ...launchedJob(), goneSince: start },
    { ledger: emptyLedger, now: start + 50 * minute, patience: 10 * minute },
  ).job,
  'launching, Vertex AI has no room': launchPutOff(
    jobIn('launching'),
    { why: 'busy', said: 'Quota exceeded for quota metric "Pipeline jobs".' },
    { retryAt: start + minute, now: start },
  ).job,
  'running, not to be looked at': putOff(launchedJob(), {
    why: 'forbidden',
    said: 'Permission "aiplatform.pipelineJobs.get" denied.',
  }).job,
  'checking, Google out of reach': putOff(jobIn('checking'), { why: 'credentials', said: '' }).job,
  'refused for a name that is taken': launchRefused(
    jobIn('launching'),
    { why: 'foreign', message: '' },
    { ledger: emptyLedger, now: start + 15 * minute },
  ).job,
  'running, to be cancelled': cancelWished(launchedJob(), { by: ana, now: start + 50 * minute }).job,
  'launching, put off': launchPutOff(
    jobIn('launching'),
    { why: 'said', said: 'Quota exceeded for quota metric "Job or LRO submission requests".' },
    { retryAt: start + 16 * minute, now: start },
  ).job,
  'waiting, to be cancelled': cancelWished(jobIn('waiting'), { by: ana, now: start + 5 * minute }).job,
  'cancelled before it was launched': cancelledUnlaunched(
    cancelWished(jobIn('waiting'), { by: ana, now: start + 5 * minute }).job,
    { ledger: emptyLedger, now: start + 6 * minute },
  ).job,
  'cancelled in Vertex AI': observed(
    jobIn('running'),
    { run: run({ state: 'CANCELLED', endedAt: start + 52 * minute }) },
    { ledger: emptyLedger, now: start + 53 * minute },
  ).job,
  'succeeded while being cancelled': observed(
    jobIn('cancelling'),
    { run: run({ state: 'SUCCEEDED', endedAt: start + 52 * minute }) },
    { ledger: emptyLedger, now: start + 53 * minute },
  ).job,
  'succeeded without a model name': { ...jobIn('succeeded'), model: undefined, endpoint: undefined } as Job,
  'succeeded without an endpoint': { ...jobIn('succeeded'), endpoint: undefined } as Job,
  'succeeded without curves': { ...jobIn('succeeded'), curves: {}, chart: undefined } as Job,
  'succeeded with an experiment that was not found': {
    ...jobIn('succeeded'),
    curves: {},
    chart: undefined,
    experiment: { is: 'none' },
  } as Job,
  'succeeded with several experiments that may be its own': {
    ...jobIn('succeeded'),
    curves: {},
    chart: undefined,
    experiment: { is: 'several' },
  } as Job,
  'succeeded, to be undeployed': { ...jobIn('succeeded'), undeploy: { by: ana, at: start + 100 * minute } } as Job,
  'succeeded, undeployed': { ...jobIn('succeeded'), undeployedAt: start + 101 * minute } as Job,
  'succeeded with a verdict': { ...jobIn('succeeded'), verdict },
  'succeeded, and the evaluation dataset gone': {
    ...jobIn('succeeded'),
    verdict: { beganAt: start, endedAt: start, lines: [], sheets: {}, hindrance: 'changed' },
  } as Job,
  'stopped early': { ...jobIn('succeeded'), curves: curves(200) },
  'refused by Vertex AI': launchRefused(
    jobIn('launching'),
    {
      why: 'said',
      message:
        'You do not have permission to act as service_account: 123-compute@developer.gserviceaccount.com. (or it may not exist).',
    },
    { ledger: emptyLedger, now: start + 15 * minute },
  ).job,
  'refused for its address': jobIn('refused', { dataset: { is: 'missing' } }),
  'without evaluation': jobIn('waiting', { spec: { evaluate: false, evaluationDataset: undefined } }),
};

/** A job whose steps are known, and when each came: eight seconds after the one before, and 20 more for each evaluation. */
function tuningJob({ after = 0 } = {}): JobIn<'running'> {
  const steps = Array.from({ length: 180 }, (_, i) => after + i + 1);
  const times = steps.map((_, i) => start + 16 * minute + (i + 1) * 8000 + Math.floor(i / 20) * 20_000);
  const values = steps.map((_, i) => 1.4 * Math.exp(-i / 150) + 0.2);
  const seen = { run: run(), curves: { train_total_loss: { steps, values, times } }, chart };
  return observed(launchedJob(), seen, { ledger: emptyLedger, now: start + 44 * minute }).job as JobIn<'running'>;
}

function launchedJob(course: Course = {}): JobIn<'running'> {
  const launching = attempted(jobIn('launching', course), start + 14 * minute).job;
  return launched(launching, run(), start + 15 * minute).job as JobIn<'running'>;
}
