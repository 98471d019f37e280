import type { Person } from '../job/job.ts';
import { isFinal } from '../job/job.ts';
import type { World } from '../world.ts';

/** Why no more jobs may begin just now: this person has so many open ones, or so many have begun within the last minute. */
export type Brake = { is: 'open'; open: number; most: number } | { is: 'minute'; most: number };

const minute = 60_000;
/** Among how many of a person's newest jobs the open ones are counted. */
const newest = 50;

/** What keeps somebody's next job from beginning just now. `replaces`: it takes the place of one that is open. */
export async function brake(
  by: Person,
  { jobs, settings, clock }: Pick<World, 'jobs' | 'settings' | 'clock'>,
  { replaces = false } = {},
): Promise<Brake | undefined> {
  const { openJobsPerPerson, launchesPerMinute } = settings;
  const [theirs, lately] = await Promise.all([
    replaces ? [] : jobs.list({ requester: by.user, limit: newest }),
    jobs.begun(clock.now() - minute, launchesPerMinute),
  ]);
  const open = theirs.filter(job => !isFinal(job)).length;
  if (open >= openJobsPerPerson) return { is: 'open', open, most: openJobsPerPerson };
  return lately >= launchesPerMinute ? { is: 'minute', most: launchesPerMinute } : undefined;
}
