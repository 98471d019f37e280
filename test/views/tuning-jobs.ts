import {
  attempted,
  cancelAsked,
  cancelling,
  cancelWished,
  checked,
  decided,
  launched,
  launchPutOff,
  launchRefused,
  observed,
  seated,
  submitted,
} from '../../src/job/change.ts';
import type { Curves } from '../../src/job/curves.ts';
import type { Job, JobIn } from '../../src/job/job.ts';
import { emptyLedger, queue, unlimited } from '../../src/job/quota.ts';
import type { Run, Tuning } from '../../src/job/run.ts';
import { following } from '../../src/job/run.ts';
import type { TuningSpec } from '../../src/job/spec.ts';
import { tuningSpecWith } from '../job/sample-jobs.ts';
import { ana, ben, curves, minute, report, start } from './jobs.ts';

/** A job that is carried out by a tuning job. */
export type TuningJob<J extends Job = Job> = J & { spec: TuningSpec };

const place = 'projects/1234567890/locations/us-central1';
const ledger = emptyLedger;

/** A tuning job as Vertex AI tells of it so many minutes after the job was asked for. */
export function tuningRun(
  at: number,
  phase: string | undefined,
  changes: Partial<Run> & { tells?: Partial<Tuning> } = {},
): Run {
  const { tells, ...rest } = changes;
  return {
    name: `${place}/tuningJobs/4815162342`,
    state: 'RUNNING',
    startedAt: start + 15 * minute,
    updatedAt: start + at * minute,
    tasks: phase === undefined ? [] : [{ id: phase, name: phase.toLowerCase().replaceAll('_', '-'), state: 'RUNNING' }],
    tuning: {
      experiment: `${place}/metadataStores/default/contexts/tuning-experiment-2026112413500000`,
      checkpoints: [],
      ...tells,
    },
    ...rest,
  };
}

/** What Vertex AI has counted once the dataset is read. */
const counted = { planned: 300, examples: 480 };

function asked(spec: TuningSpec): Job {
  return submitted({
    id: 'k3v9x1m4q7tz',
    spec: { ...spec, modelName: 'support-intents-v3' },
    digest: 'd'.repeat(64),
    requester: ana,
    channel: 'C0ML',
    uploads: {},
    now: start,
  }).job;
}

function check(job: Job, needsApproval: boolean): Job {
  const read = (rows: number) =>
    ({
      is: 'read',
      report: report({ rows, labelled: rows }),
      generation: '1764000000000000',
      elsewhere: false,
    }) as const;
  const known = { dataset: read(480), evaluationDataset: job.spec.evaluate ? read(60) : undefined, named: {} };
  const around = { digest: 'd', approvalTime: 480 * minute, capacity: unlimited, ledger, now: start + minute };
  return checked(job, known, { ...around, needsApproval }).job;
}

/** A job of a spec in each of the situations it can be in. */
function storyOf(spec: TuningSpec) {
  const checking = asked(spec);
  const waiting = check(checking, true);
  const queued = decided(waiting, { approve: true }, { by: ben, ledger, now: start + 12 * minute }).job;
  const mine = queue(ledger, checking.id, { units: 1, since: start });
  const paused = { ...mine, paused: { by: ben, at: start } };
  const seat = seated(queued, { ledger: mine, capacity: unlimited, now: start + 13 * minute }).job;
  const launching = attempted(seat, start + 14 * minute).job as JobIn<'launching'>;
  const running = launched(launching, tuningRun(15, undefined, { state: 'PENDING' }), start + 15 * minute).job;
  const look = (job: Job, run: Run, more: { curves?: Curves } = {}) => {
    const before = 'run' in job ? job.run : undefined;
    return observed(job, { run: following(before, run), ...more }, { ledger, now: run.updatedAt! }).job;
  };
  const reading = look(running, tuningRun(16, 'PROCESSING_DATASET'));
  const short = look(reading, tuningRun(18, 'WAITING_FOR_CAPACITY', { tells: counted }));
  const tuning = look(short, tuningRun(20, 'TUNING', { tells: counted }));
  const far = look(tuning, tuningRun(41, 'TUNING', { tells: { ...counted, epochs: 1, steps: 160 } }), {
    curves: curves(180),
  });
  const wished = cancelWished(far, { by: ana, now: start + 50 * minute }).job;
  const stopping = cancelAsked(cancelling(wished).job, start + 51 * minute).job;
  const checkpoints = [100, 200, 300].map((step, i) => ({ id: String(i + 1), epoch: i + 1, step }));
  const ends = (state: string, changes: Parameters<typeof tuningRun>[2] = {}) =>
    tuningRun(88, undefined, { state, endedAt: start + 87 * minute, ...changes });
  const served = {
    model: `${place}/models/7301448@1`,
    endpoint: `${place}/endpoints/9912`,
    checkpoints: checkpoints.map(one => ({ ...one, endpoint: `${place}/endpoints/99${one.id}` })),
  };
  const done = { ...counted, epochs: 3, steps: 300, checkpoints };
  const error = 'The prompt dataset has 3 rows that could not be read.';
  return {
    checking,
    waiting,
    queued: seated(queued, { ledger: paused, capacity: unlimited, now: start + 13 * minute }).job,
    launching,
    'launching, put off': launchPutOff(
      launching,
      { why: 'said', said: 'Quota exceeded for quota metric "Global concurrent tuning jobs".' },
      { retryAt: start + 16 * minute, now: start },
    ).job,
    'refused by Vertex AI': launchRefused(
      launching,
      { why: 'said', message: 'Base model made-up@1 is not supported.' },
      { ledger, now: start + 15 * minute },
    ).job,
    'running, not begun': running,
    'running, in Google’s queue': look(running, tuningRun(16, 'WAITING_FOR_QUOTA', { state: 'PENDING' })),
    'running, reading its dataset': reading,
    'running, waiting for capacity': short,
    'running, tuning': tuning,
    'running, with curves': far,
    'running, its steps counted and no curves': look(
      tuning,
      tuningRun(41, 'TUNING', { tells: { ...counted, epochs: 1, steps: 160 } }),
    ),
    'running, how far it goes not known': look(running, tuningRun(41, 'TUNING'), { curves: curves(180) }),
    'running, in a phase newer than Retort': look(tuning, tuningRun(41, 'REHYDRATING_SOMETHING')),
    cancelling: look(stopping, tuningRun(52, undefined, { state: 'CANCELLING' })),
    succeeded: look(far, ends('SUCCEEDED', { tells: { ...done, ...served } }), { curves: curves(300) }),
    'succeeded, its weights alone': look(far, ends('SUCCEEDED', { tells: done }), { curves: curves(300) }),
    'succeeded in part': look(far, ends('PARTIALLY_SUCCEEDED', { tells: { ...done, ...served } })),
    'succeeded without curves': look(tuning, ends('SUCCEEDED', { tells: done })),
    failed: look(far, ends('FAILED', { error })),
    'failed, and nobody says why': look(far, ends('FAILED')),
    cancelled: look(stopping, ends('CANCELLED')),
  } satisfies Record<string, Job>;
}

/** Jobs of open models, whose weights are written and deployed nowhere. */
export const openModel = storyOf(tuningSpecWith());
/** Jobs of Gemini's supervised tuning, whose models are served. */
export const gemini = storyOf(tuningSpecWith({}, 'gemini-tuning'));

/** All of them, and some of the distillation service. */
export const tuningJobs: Record<string, Job> = Object.fromEntries(
  (['open-model', 'gemini-tuning', 'gemini-distillation'] as const).flatMap(recipe =>
    Object.entries(storyOf(tuningSpecWith({}, recipe))).map(([name, job]) => [`${name} (${recipe})`, job]),
  ),
);
