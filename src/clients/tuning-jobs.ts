import { z } from 'zod';
import type { Job, JobIn } from '../job/job.ts';
import { recipeOf } from '../job/recipe.ts';
import { labelsOf, tuningJobBody } from '../job/request.ts';
import type { Run } from '../job/run.ts';
import { hasEnded } from '../job/run.ts';
import type { TuningSpec } from '../job/spec.ts';
import type { Creation, Look, Ours } from '../world.ts';
import { Unavailable } from '../world.ts';
import type { GoogleRequest, Outcome } from './google.ts';
import { listed, Time, troubleOf, vertexAddress } from './google.ts';

/** The most that is kept of an error, in characters. */
const longest = 2000;

const Text = z.string().catch('');
// 64-bit integers are strings in JSON, and one that is nought does not come at all.
const Count = z
  .union([z.number(), z.string().regex(/^\d+$/).transform(Number)])
  .optional()
  .catch(undefined);
const Enum = z.union([z.string(), z.number()]).transform(String);
const Stats = z.looseObject({ tuningDatasetExampleCount: Count, tuningStepCount: Count }).optional().catch(undefined);

// Which fields there are: tuning_job.proto, and where that lags googleapis/js-genai, src/types.ts.
const TuningJob = z.looseObject({
  name: z.string().startsWith('projects/'),
  state: Enum.default('JOB_STATE_UNSPECIFIED'),
  tuningJobState: Enum.optional().catch(undefined),
  createTime: Time,
  startTime: Time,
  endTime: Time,
  updateTime: Time,
  error: z.looseObject({ message: Text }).optional().catch(undefined),
  labels: z.record(z.string(), z.string()).default({}).catch({}),
  experiment: z.string().optional().catch(undefined),
  tuningJobMetadata: z
    .looseObject({ completedEpochCount: Count, completedStepCount: Count })
    .optional()
    .catch(undefined),
  tuningDataStats: z
    .looseObject({
      supervisedTuningDataStats: Stats,
      distillationDataStats: z.looseObject({ trainingDatasetStats: Stats }).optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
  tunedModel: z
    .looseObject({
      model: Text.default(''),
      endpoint: Text.default(''),
      checkpoints: z
        .array(z.looseObject({ checkpointId: Text.default(''), epoch: Count, step: Count, endpoint: Text.default('') }))
        .default([])
        .catch([]),
    })
    .optional()
    .catch(undefined),
});
type TuningJob = z.infer<typeof TuningJob>;

/** A job that is carried out by a tuning job. */
export type Tuned<J extends Job = Job> = J & { spec: TuningSpec };

/** Tuning jobs of Vertex AI. They take no id of ours, so a job's own is found by its label; neither their order in a list nor the grammar of its filter is documented, so lists are read whole. */
export interface TuningJobs {
  create(job: Tuned<JobIn<'launching'>>, ours: Ours): Promise<Creation>;
  look(job: Tuned): Promise<Look>;
  /** Every tuning job of this deployment in a location that has not ended. */
  list(region: string): Promise<{ job: string; run: Run }[]>;
}

/** Opens the tuning jobs of a project, at Google's own address or at `endpoint`. */
export function tuningJobs({
  request,
  project,
  deployment,
  endpoint,
}: {
  request: GoogleRequest;
  project: string;
  deployment: string;
  endpoint?: string | undefined;
}): TuningJobs {
  // States and progress are told in v1beta1 alone, whichever version a job was created in.
  const address = (name: string, version: 'v1' | 'v1beta1' = 'v1beta1') => vertexAddress(name, { endpoint, version });
  const collection = (region: string) => `projects/${project}/locations/${region}/tuningJobs`;
  const all = (region: string) =>
    listed(request, {
      url: address(collection(region)),
      query: { pageSize: '100' },
      name: 'tuningJobs',
      item: TuningJob,
    });

  /** The job's own, by its label; where an answer was lost and there are two, the one that was created first. */
  async function labelled(job: Tuned): Promise<TuningJob | undefined> {
    const found = (await all(job.spec.region)).filter(({ labels }) => carries(labels, labelsOf(job, deployment)));
    return found.sort((a, b) => (a.createTime ?? 0) - (b.createTime ?? 0) || (a.name < b.name ? -1 : 1))[0];
  }

  return {
    async create(job, ours) {
      const outcome = await request({
        ours,
        url: address(collection(job.spec.region), recipeOf(job.spec.recipe).version),
        method: 'POST',
        body: tuningJobBody(job, { project, deployment }),
        answer: TuningJob,
      });
      return outcome.is === 'ok' ? { is: 'created', run: runOf(outcome.body) } : notCreated(outcome);
    },

    async look(job) {
      const run = 'run' in job ? job.run : undefined;
      if (!run) {
        try {
          const found = await labelled(job);
          return found ? { is: 'found', run: runOf(found), ours: true } : { is: 'missing' };
        } catch (error) {
          if (error instanceof Unavailable) return { is: 'put-off', trouble: error.trouble };
          throw error;
        }
      }
      const outcome = await request({ url: address(run.name), answer: TuningJob });
      if (outcome.is === 'status' && outcome.status === 404) return { is: 'missing' };
      if (outcome.is !== 'ok') return { is: 'put-off', trouble: troubleOf(outcome) };
      const ours = carries(outcome.body.labels, labelsOf(job, deployment));
      return { is: 'found', run: runOf(outcome.body), ours };
    },

    async list(region) {
      return (await all(region))
        .filter(({ labels }) => labels['retort-deployment'] === deployment)
        .map(job => ({ job: job.labels['retort-job'] ?? '', run: runOf(job) }))
        .filter(({ job, run }) => job && !hasEnded(run));
    },
  };
}

function carries(labels: Record<string, string>, ours: Record<string, string>): boolean {
  return Object.entries(ours).every(([key, value]) => labels[key] === value);
}

/** What a failed attempt to create a tuning job means. */
function notCreated(outcome: Exclude<Outcome<unknown>, { is: 'ok' }>): Creation {
  const trouble = troubleOf(outcome);
  if (outcome.is === 'no-answer') return { is: outcome.unclear ? 'unclear' : 'put-off', trouble };
  if ([400, 403, 404].includes(outcome.status)) return { is: 'refused', message: outcome.message };
  return { is: [401, 429].includes(outcome.status) ? 'put-off' : 'unclear', trouble };
}

function runOf(job: TuningJob): Run {
  const { name, state, startTime, endTime, updateTime, error, experiment } = job;
  const { tunedModel, tuningJobMetadata: done, tuningDataStats: stats } = job;
  const read = stats?.supervisedTuningDataStats ?? stats?.distillationDataStats?.trainingDatasetStats;
  const counts = {
    epochs: done?.completedEpochCount,
    steps: done?.completedStepCount,
    planned: read?.tuningStepCount,
    examples: read?.tuningDatasetExampleCount,
  };
  const names = { experiment, model: tunedModel?.model, endpoint: tunedModel?.endpoint };
  return {
    name,
    state: state.replace(/^JOB_STATE_/, ''),
    ...(startTime !== undefined && { startedAt: startTime }),
    ...(endTime !== undefined && { endedAt: endTime }),
    ...(updateTime !== undefined && { updatedAt: updateTime }),
    ...(error?.message && { error: error.message.slice(0, longest) }),
    tasks: phase(job),
    tuning: {
      ...Object.fromEntries(
        Object.entries({ ...counts, ...names }).filter(([, value]) => value !== undefined && value !== ''),
      ),
      checkpoints: (tunedModel?.checkpoints ?? []).map(({ checkpointId, epoch, step, endpoint }) => ({
        id: checkpointId,
        ...(epoch !== undefined && { epoch }),
        ...(step !== undefined && { step }),
        ...(endpoint && { endpoint }),
      })),
    },
  };
}

/** The phase that a tuning job is in, while it runs, as a task that runs. */
function phase({ state, tuningJobState }: TuningJob): Run['tasks'] {
  const id = tuningJobState?.replace(/^TUNING_JOB_STATE_/, '');
  if (state !== 'JOB_STATE_RUNNING' && state !== 'JOB_STATE_PENDING' && state !== 'JOB_STATE_QUEUED') return [];
  if (!id || id === 'UNSPECIFIED') return [];
  return [{ id, name: id.toLowerCase().replaceAll('_', '-'), state: 'RUNNING' }];
}
