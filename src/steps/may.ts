import type { Job } from '../job/job.ts';
import type { Permission } from '../job/permission.ts';
import type { World } from '../world.ts';

type Asked = Pick<World, 'slack' | 'settings'>;

/** Who may launch: full, active members of the workspace, and of `LAUNCHERS` where that is set. */
export async function mayLaunch(user: string, world: Asked): Promise<Permission> {
  if (!(await isMember(user, world))) return 'not-a-member';
  const { launchers } = world.settings;
  return !launchers.length || (await isAmong(user, launchers, world)) ? 'yes' : 'not-a-launcher';
}

/** Who may approve: members named in `APPROVERS`, themselves or by group, and not their own jobs unless `SELF_APPROVAL`. */
export async function mayApprove(user: string, job: Job, world: Asked): Promise<Permission> {
  if (!(await isMember(user, world))) return 'not-a-member';
  if (!(await isAmong(user, world.settings.approvers, world))) return 'not-an-approver';
  return user === job.requester.user && !world.settings.selfApproval ? 'own-job' : 'yes';
}

/** Who may have a job launched that waits for a decision: approvers, while nobody of another company is in its channel. */
export async function mayGrant(user: string, job: Job, world: Asked): Promise<Permission> {
  const permission = await mayApprove(user, job, world);
  return permission === 'yes' ? mayLaunchIn(job.channel, world) : permission;
}

/** Who may cancel, or undeploy what came of it: whoever asked for the job, and approvers. */
export async function mayCancel(user: string, job: Job, world: Asked): Promise<Permission> {
  if (!(await isMember(user, world))) return 'not-a-member';
  if (user === job.requester.user) return 'yes';
  return (await isAmong(user, world.settings.approvers, world)) ? 'yes' : 'not-theirs';
}

/** Who may ask again for a job, or switch it: whoever asked for it, while they may launch, and while nobody of another company is in its channel. */
export async function mayFollow(user: string, job: Job, world: Asked): Promise<Permission> {
  const permission = await mayLaunch(user, world);
  if (permission !== 'yes') return permission;
  if (user !== job.requester.user) return 'not-the-requester';
  return mayLaunchIn(job.channel, world);
}

/** Who may pause launches: members named in `APPROVERS`. */
export async function mayGovern(user: string, world: Asked): Promise<Permission> {
  if (!(await isMember(user, world))) return 'not-a-member';
  return (await isAmong(user, world.settings.approvers, world)) ? 'yes' : 'not-a-governor';
}

/** Who may see jobs at all: members. */
export async function maySee(user: string, world: Asked): Promise<Permission> {
  return (await isMember(user, world)) ? 'yes' : 'not-a-member';
}

async function mayLaunchIn(channel: string, { slack }: Asked): Promise<Permission> {
  return (await slack.channel(channel))?.shared ? 'shared-channel' : 'yes';
}

async function isMember(user: string, { slack }: Asked): Promise<boolean> {
  const { active, member } = await slack.profile(user);
  return active && member;
}

/** Whether a user is named in a list of user ids and user group ids. */
export async function isAmong(user: string, ids: readonly string[], { slack }: Pick<World, 'slack'>): Promise<boolean> {
  if (ids.includes(user)) return true;
  for (const id of ids) if (id.startsWith('S') && (await slack.group(id)).includes(user)) return true;
  return false;
}
