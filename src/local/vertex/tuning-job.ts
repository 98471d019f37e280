import type { PipelineClock } from './clock.ts';
import type { Project } from './resource.ts';
import { fullName } from './resource.ts';
import type { RunState, Shown } from './run.ts';
import type { RpcStatus } from './trouble.ts';
import type { TuningOrder, Version } from './tuning-request.ts';
import type { DataStats } from './tuning-stats.ts';

/** What a running tuning job is at, in the order in which it comes to it. */
export const phases = [
  'WAITING_FOR_QUOTA',
  'PROCESSING_DATASET',
  'WAITING_FOR_CAPACITY',
  'TUNING',
  'POST_PROCESSING',
] as const;
export type Phase = (typeof phases)[number];

/** A model that a tuning job kept on its way. */
export type Checkpoint = { checkpointId: string; epoch: number; step: number; endpoint: string };

/** One tuning job and how far it has got. */
export type TuningJob = {
  id: string;
  region: string;
  /** Where it was asked for: the region, or `global`. */
  place: string;
  project: Project;
  order: TuningOrder;
  state: RunState;
  phase?: Phase;
  createTime: string;
  updateTime: string;
  startTime?: string;
  endTime?: string;
  error?: RpcStatus;
  /** The last step taken, the steps there are, and how many make an epoch. */
  step: number;
  steps: number;
  stepsPerEpoch: number;
  stats?: DataStats;
  experiment?: string;
  model?: string;
  endpoint?: string;
  checkpoints: Checkpoint[];
  clock: PipelineClock;
  cancelling: AbortController;
  shown?: Shown;
};

/** The full name of a tuning job. */
export function tuningJobName({ project, region, id }: Pick<TuningJob, 'project' | 'region' | 'id'>): string {
  return fullName(project, { region, path: `tuningJobs/${id}` });
}

/** Draws a tuning job as a version of the API shows it: v1 knows of no distillation, no phase and no steps. */
export function tuningJobView(job: TuningJob, version: Version): object {
  const { distillationSpec, outputUri, ...body } = job.order.body;
  const { stats, experiment, model, endpoint, checkpoints } = job;
  const data = stats && dataStats(stats, { version, distilled: distillationSpec !== undefined });
  return {
    name: tuningJobName(job),
    ...body,
    state: `JOB_STATE_${job.shown?.state ?? job.state}`,
    createTime: job.createTime,
    ...(job.startTime && { startTime: job.startTime }),
    ...(job.endTime && { endTime: job.endTime }),
    updateTime: job.updateTime,
    ...(job.error && { error: job.error }),
    ...(experiment && { experiment }),
    ...(model && {
      tunedModel: {
        model,
        ...(endpoint && { endpoint }),
        ...(checkpoints.length && {
          checkpoints: checkpoints.map(({ epoch, step, ...named }) => ({
            ...named,
            epoch: String(epoch),
            step: String(step),
          })),
        }),
      },
    }),
    ...(data && { tuningDataStats: data }),
    ...(version === 'v1beta1' && {
      ...(distillationSpec && { distillationSpec }),
      ...(outputUri !== undefined && { outputUri }),
      ...progress(job),
    }),
  };
}

/** What is told while a tuning job runs, and of its steps once there are any; a nought is left out. */
function progress({ state, phase, shown, step, stepsPerEpoch }: TuningJob): object {
  const runs = shown?.phase ?? ((shown?.state ?? state) === 'RUNNING' && phase);
  const epochs = Math.floor(step / stepsPerEpoch);
  return {
    ...(runs && { tuningJobState: `TUNING_JOB_STATE_${runs}` }),
    ...(step && {
      tuningJobMetadata: { ...(epochs && { completedEpochCount: String(epochs) }), completedStepCount: String(step) },
    }),
  };
}

function dataStats(
  stats: DataStats,
  { version, distilled }: { version: Version; distilled: boolean },
): object | undefined {
  if (!distilled) return { supervisedTuningDataStats: stats };
  return version === 'v1beta1' ? { distillationDataStats: { trainingDatasetStats: stats } } : undefined;
}
