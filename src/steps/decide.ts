import type { Change } from '../job/change.ts';
import { cancelWished, decided, muted, undeployWished } from '../job/change.ts';
import type { Job, JobId, Person } from '../job/job.ts';
import type { Permission } from '../job/permission.ts';
import type { Ledger } from '../job/quota.ts';
import type { World } from '../world.ts';
import { mayApprove, mayCancel, mayGrant } from './may.ts';

type Touches = Pick<World, 'jobs' | 'slack' | 'settings' | 'clock'>;

/** What came of somebody's wish to decide. `late`: it was decided before, or the job is past deciding. */
export type Outcome =
  | { is: 'done'; job: Job }
  | { is: 'late'; job: Job }
  | { is: 'refused'; why: Exclude<Permission, 'yes'>; job: Job }
  | { is: 'no-such-job' };

/** Who wishes something, and where: in the job's own channel, or nowhere, by command or in App Home. */
export interface Wisher {
  by: Person;
  channel?: string | undefined;
}

/** What stands in the way of somebody's deciding about a job, where something does. */
export async function mayDecide(
  id: JobId,
  wisher: Wisher,
  world: Touches,
): Promise<Exclude<Outcome, { is: 'done' }> | undefined> {
  const job = await known(id, wisher, world);
  if (!job) return { is: 'no-such-job' };
  const why = await mayApprove(wisher.by.user, job, world);
  if (why !== 'yes') return { is: 'refused', why, job };
  return job.state === 'waiting' && !job.cancel ? undefined : { is: 'late', job };
}

/** Approves or denies a job, where the person may and nobody was first. */
export async function decide(
  id: JobId,
  verdict: { approve: true } | { approve: false; reason: string },
  wisher: Wisher,
  world: Touches,
): Promise<Outcome> {
  const { by } = wisher;
  const permitted = verdict.approve ? mayGrant : mayApprove;
  return wish(id, job => permitted(by.user, job, world), {
    wisher,
    world,
    fact: (job, ledger, now) => decided(job, verdict, { by, ledger, now }),
  });
}

/** Mutes a job for one person, or unmutes it: its posts call them by name instead of mentioning them. Undefined where there is no such job. */
export async function mute(id: JobId, on: boolean, wisher: Wisher, world: Touches): Promise<Job | undefined> {
  const { user } = wisher.by;
  if (!(await known(id, wisher, world))) return undefined;
  const { name = user } = await world.slack.profile(user);
  return world.jobs.record(id, job => muted(job, { user, name }, on));
}

/** Wishes a job cancelled, where the person may and it still means something. */
export async function wishCancel(id: JobId, wisher: Wisher, world: Touches): Promise<Outcome> {
  const { by } = wisher;
  return wish(id, job => mayCancel(by.user, job, world), {
    wisher,
    world,
    fact: (job, _, now) => cancelWished(job, { by, now }),
  });
}

/** Wishes a job's tuned model taken off its endpoint, where the person may and it is there. */
export async function wishUndeploy(id: JobId, wisher: Wisher, world: Touches): Promise<Outcome> {
  const { by } = wisher;
  return wish(id, job => mayCancel(by.user, job, world), {
    wisher,
    world,
    fact: (job, _, now) => undeployWished(job, { by, now }),
  });
}

interface Wish {
  wisher: Wisher;
  world: Touches;
  fact: (job: Job, ledger: Ledger, now: number) => Change;
}

async function wish(
  id: JobId,
  permitted: (job: Job) => Promise<Permission>,
  { wisher, world, fact }: Wish,
): Promise<Outcome> {
  const { by } = wisher;
  const job = await known(id, wisher, world);
  if (!job) return { is: 'no-such-job' };
  const permission = await permitted(job);
  if (permission !== 'yes') return { is: 'refused', why: permission, job };
  let counted = false;
  const after = await world.jobs.record(id, (current, ledger) => {
    const change = fact(current, ledger, world.clock.now());
    // What counted is in the audit under this person's name; a request that turned out to have expired is not.
    counted = change.audit?.by?.user === by.user;
    return change;
  });
  if (!after) return { is: 'no-such-job' };
  return { is: counted ? 'done' : 'late', job: after };
}

/** A job of the wisher's own workspace, and of the channel they are in: a forged payload may name any other. */
export async function known(
  id: JobId,
  { by, channel }: Wisher,
  { jobs }: Pick<World, 'jobs'>,
): Promise<Job | undefined> {
  const job = await jobs.get(id);
  return job && job.requester.team === by.team && (!channel || job.channel === channel) ? job : undefined;
}
