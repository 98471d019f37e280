import { setTimeout as wait } from 'node:timers/promises';
import type { ModalView } from '@slack/types';
import { passportWished } from '../job/change.ts';
import type { Job, JobId, Person } from '../job/job.ts';
import { isFinal, states } from '../job/job.ts';
import { regions } from '../job/recipe.ts';
import { sentence } from '../views/answer.ts';
import { around } from '../views/around.ts';
import { audit } from '../views/audit.ts';
import type { ListOf } from '../views/list.ts';
import { help, list, lists, namesakes, status } from '../views/list.ts';
import type { Outside } from '../views/quota.ts';
import { quota } from '../views/quota.ts';
import { requestView } from '../views/request.ts';
import type { Message, Page, Which, World } from '../world.ts';
import { threadBrake } from './brake.ts';
import { maySee } from './may.ts';

type Touches = Pick<World, 'jobs' | 'slack' | 'settings'>;

const shown = 10;
/** How long Vertex AI is waited for where somebody waits for the answer, in milliseconds. */
const patience = 1200;

/** Which jobs each list is of. */
const listed: Record<ListOf, (user: string) => Which> = {
  all: () => ({}),
  mine: requester => ({ requester }),
  running: () => ({ states: states.filter(state => !isFinal({ state })) }),
  failed: () => ({ states: ['failed'] }),
};

/** A page of a list, for one person: the newest jobs, or those before the one that the page before ended with. Undefined where there is no such list. */
export async function listJobs(
  { of, user, after }: { of: string; user: string; after?: JobId | undefined },
  world: Touches,
): Promise<Message | undefined> {
  const name = lists.find(list => list === of);
  if (!name) return undefined;
  const page = await world.jobs.page({ ...listed[name](user), after, limit: shown });
  const jobs = page.listed.map(({ job }) => job);
  return list(jobs, around(world.settings), {
    links: linksIn(page, world),
    of: name,
    more: page.more,
    first: after === undefined,
  });
}

/** One job as it stands; where a name is that of several, they are to be chosen from. Undefined where no job has this id, and none a model of this name. */
export async function statusOf(idOrName: string, world: Touches): Promise<Message | undefined> {
  const byId = await jobOf(idOrName, world);
  if (byId) return status(byId, around(world.settings), { links: await links([byId], world) });
  const page = await world.jobs.page({ name: idOrName, limit: shown });
  const [first, ...others] = page.listed.map(({ job }) => job);
  const linked = { links: linksIn(page, world) };
  if (first && others.length) return namesakes([first, ...others], idOrName, around(world.settings), linked);
  return first && status(first, around(world.settings), linked);
}

/** What can be asked of Retort; `unknown` is what was asked and is no command. */
export function helpText({ settings }: Pick<World, 'settings'>, unknown?: string): Message {
  return help(around(settings).words, unknown);
}

/** A job by its id, or the newest one whose model has this name, one that has not ended before those that have. */
export async function findJob(idOrName: string, world: Pick<World, 'jobs'>): Promise<Job | undefined> {
  const byId = await jobOf(idOrName, world);
  if (byId) return byId;
  const found = await world.jobs.list({ name: idOrName, limit: 20 });
  return found.find(job => !isFinal(job)) ?? found[0];
}

/** A job by its id, as it is or as pipeline jobs are named after it. */
async function jobOf(id: string, { jobs }: Pick<World, 'jobs'>): Promise<Job | undefined> {
  const bare = id.replace(/^retort-/, '');
  return /^[a-z0-9]+$/.test(bare) ? jobs.get(bare) : undefined;
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

/** Has a job's passport posted in its thread, for whoever may see jobs; it is said where it comes, or that it has come. */
export async function wishPassport(
  id: JobId,
  by: Person,
  world: Touches & Pick<World, 'clock'>,
): Promise<{ message: Message; isNew: boolean }> {
  const { words } = around(world.settings);
  const permission = await maySee(by.user, world);
  if (permission !== 'yes') return { message: sentence(words.permission(permission)), isNew: false };
  const braked = await threadBrake(id, world);
  if (braked) return { message: sentence(words.brake(braked)), isNew: false };
  const now = world.clock.now();
  const job = await world.jobs.record(id, current => passportWished(current, now));
  if (!job) return { message: sentence(words.answers.noSuchJob(id)), isNew: false };
  const isNew = job.passportAt === now;
  return { message: sentence(isNew ? words.passport.comes : words.passport.justNow), isNew };
}

/** The exact request that creates a job's pipeline job. */
export async function requestOf(id: JobId, world: Touches): Promise<ModalView | undefined> {
  const job = await world.jobs.get(id);
  return job && requestView(job, around(world.settings));
}

/** Links to jobs' cards, by job id. */
export async function links(
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

/** Links to the cards of a page, without asking for them anew. */
export function linksIn({ listed }: Page, { slack }: Pick<World, 'slack'>): Record<JobId, string> {
  return Object.fromEntries(
    listed.flatMap(({ job: { id, channel }, card }) => (card ? [[id, slack.link({ channel, ts: card.ts })]] : [])),
  );
}
