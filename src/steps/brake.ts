import type { JobId, Person } from '../job/job.ts';
import { isFinal } from '../job/job.ts';
import type { World } from '../world.ts';

/** Why nothing more may be asked for just now: this person has so many open jobs, so many have begun within the last minute, or the job's thread has got so many messages within the last hour. */
export type Brake =
  | { is: 'open'; open: number; most: number }
  | { is: 'minute'; most: number }
  | { is: 'posts'; most: number };

const minute = 60_000;
const hour = 60 * minute;
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

/** What keeps anybody from asking for one more message in a job's thread just now. */
export async function threadBrake(
  id: JobId,
  { jobs, settings, clock }: Pick<World, 'jobs' | 'settings' | 'clock'>,
): Promise<Brake | undefined> {
  const most = settings.postsPerHour;
  const lately = await jobs.posted(id, clock.now() - hour, most);
  return lately >= most ? { is: 'posts', most } : undefined;
}
