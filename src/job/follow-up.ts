import type { Job, JobIn } from './job.ts';
import { isPipeline } from './spec.ts';
import { isToBeJudged } from './verdict.ts';

/** A finished job whose tuned model answers at an endpoint, as far as is known. */
export type Served = JobIn<'succeeded'> & { model: string; endpoint: string };

const day = 86_400_000;

/** How long nobody has asked a model anything through Retort before its requester is reminded that it is still deployed, in milliseconds. */
export const idleTime = 14 * day;

/** Whether a job's tuned model answers at an endpoint, as far as is known. */
export function isServed(job: Job): job is Served {
  return job.state === 'succeeded' && !!job.model && !!job.endpoint && job.undeployedAt === undefined;
}

/** Whether a job's tuned model can be taken off its endpoint: for what tuning jobs deploy, that is not documented. */
export function isUndeployable(job: Job): job is Served {
  return isServed(job) && isPipeline(job.spec);
}

/** When somebody is to be reminded that a model is deployed and unused, in milliseconds since 1970; undefined where they were, and it has not been used since, or where it cannot be undeployed. */
export function idleAt(job: Served): number | undefined {
  if (!isUndeployable(job)) return undefined;
  const used = job.answeredAt ?? job.endedAt;
  const { toldAt, lookedAt = 0 } = job.idle ?? {};
  return toldAt !== undefined && toldAt >= used ? undefined : Math.max(used + idleTime, lookedAt + day);
}

/** When a job that has ended is to be looked at again for what follows its end, in milliseconds since 1970; undefined: nothing does. `soon` is when the next look may be. */
export function followUpAt(job: Job, { soon }: { soon: number }): number | undefined {
  if (isToBeJudged(job)) return soon;
  if (job.state === 'succeeded' && job.trials?.length) return soon;
  if (!isServed(job)) return undefined;
  if (job.undeploy) return soon;
  const idle = idleAt(job);
  return idle === undefined ? undefined : Math.max(idle, soon);
}
