import { setTimeout as wait } from 'node:timers/promises';
import type { HomeView, ModalView } from '@slack/types';
import type { Job, JobId } from '../job/job.ts';
import { isFinal } from '../job/job.ts';
import { regions } from '../job/recipe.ts';
import { around } from '../views/around.ts';
import { audit } from '../views/audit.ts';
import { home } from '../views/home.ts';
import { help, list, status } from '../views/list.ts';
import type { Outside } from '../views/quota.ts';
import { quota } from '../views/quota.ts';
import { requestView } from '../views/request.ts';
import type { Message, World } from '../world.ts';
import { isAmong } from './may.ts';

type Touches = Pick<World, 'jobs' | 'slack' | 'settings'>;

const shown = 10;
/** How long Vertex AI is waited for where somebody waits for the answer, in milliseconds. */
const patience = 1200;

/** The newest jobs of everybody, with links to their cards. */
export async function listJobs(world: Touches): Promise<Message> {
  const jobs = await world.jobs.list({ limit: shown });
  return list(jobs, around(world.settings), { links: await links(jobs, world) });
}

/** One job as it stands; undefined where no job has this id, and none a model of this name. */
export async function statusOf(idOrName: string, world: Touches): Promise<Message | undefined> {
  const job = await findJob(idOrName, world);
  return job && status(job, around(world.settings), { links: await links([job], world) });
}

/** What can be asked of Retort; `unknown` is what was asked and is no command. */
export function helpText({ settings }: Pick<World, 'settings'>, unknown?: string): Message {
  return help(around(settings).words, unknown);
}

/** A job by its id, or the newest one whose model has this name, one that has not ended before those that have. */
export async function findJob(idOrName: string, { jobs }: Pick<World, 'jobs'>): Promise<Job | undefined> {
  const id = idOrName.replace(/^retort-/, '');
  const byId = /^[a-z0-9]+$/.test(id) ? await jobs.get(id) : undefined;
  if (byId) return byId;
  const namesakes = await jobs.list({ name: idOrName, limit: 20 });
  return namesakes.find(job => !isFinal(job)) ?? namesakes[0];
}

/** App Home of one person: their jobs, and where they may approve, what waits for them. */
export async function homeOf(user: string, world: Touches): Promise<HomeView> {
  const { approvers, selfApproval } = world.settings;
  const [mine, asked, approves] = await Promise.all([
    world.jobs.list({ requester: user, limit: 50 }),
    world.jobs.list({ state: 'waiting', limit: 50 }),
    isAmong(user, approvers, world),
  ]);
  const waiting = approves
    ? asked.filter(({ requester, cancel }) => !cancel && (selfApproval || requester.user !== user))
    : [];
  return home({ mine, waiting, links: await links([...mine, ...waiting], world) }, around(world.settings));
}

/** Every decision about a job; undefined where there is none of this id, and none whose model has this name. */
export async function auditOf(idOrName: string, world: Touches): Promise<Message | undefined> {
  const job = await findJob(idOrName, world);
  return job && audit(job, await world.jobs.decisions(job.id), around(world.settings));
}

/** The quotas: who holds them, who waits, and what outside Retort needs the same, as far as Vertex AI lists it in time. */
export async function quotas(world: Touches & Pick<World, 'vertex' | 'clock'>): Promise<Message> {
  const { jobs, settings, clock } = world;
  const [GPU, TPU, outside] = await Promise.all([jobs.ledger('GPU'), jobs.ledger('TPU'), others(world)]);
  const ids = [GPU, TPU].flatMap(({ held, waiting }) => [...Object.keys(held), ...Object.keys(waiting)]);
  const named = (await Promise.all(ids.slice(0, 4 * shown).map(id => jobs.get(id)))).filter(job => job !== undefined);
  return quota(
    {
      ledgers: { GPU, TPU },
      named: Object.fromEntries(named.map(job => [job.id, job])),
      links: await links(named, world),
      outside,
      now: clock.now(),
    },
    around(settings),
    settings,
  );
}

async function others({ vertex }: Pick<World, 'vertex'>): Promise<Outside[]> {
  const late = wait(patience).then(() => []);
  const found = regions.map(region => Promise.race([vertex.others(region).catch(() => []), late]));
  return (await Promise.all(found)).flat();
}

/** The exact request that creates a job's pipeline job. */
export async function requestOf(id: JobId, world: Touches): Promise<ModalView | undefined> {
  const job = await world.jobs.get(id);
  return job && requestView(job, around(world.settings));
}

async function links(
  jobs: readonly Job[],
  { jobs: store, slack }: Pick<World, 'jobs' | 'slack'>,
): Promise<Record<JobId, string>> {
  const found = await Promise.all(
    jobs.map(async ({ id, channel }) => {
      const card = await store.cardOf(id);
      return card ? [[id, slack.link({ channel, ts: card.ts })]] : [];
    }),
  );
  return Object.fromEntries(found.flat());
}
