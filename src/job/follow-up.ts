import type { Job } from './job.ts';
import { isToBeJudged } from './verdict.ts';

/** When a job that has ended is to be looked at again for what follows its end, in milliseconds since 1970; undefined: nothing does. `soon` is when the next look may be. */
export function followUpAt(job: Job, { soon }: { soon: number }): number | undefined {
  return isToBeJudged(job) ? soon : undefined;
}
