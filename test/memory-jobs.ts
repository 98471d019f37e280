import { randomUUID } from 'node:crypto';
import { leaseFrom } from '../src/clients/firestore-calls.ts';
import type { Change, Decision } from '../src/job/change.ts';
import { Job } from '../src/job/job.ts';
import type { Post } from '../src/job/post.ts';
import { doneWith, isStanding, postKey } from '../src/job/post.ts';
import { emptyLedger, Ledger } from '../src/job/quota.ts';
import type { Queue } from '../src/job/recipe.ts';
import { queues } from '../src/job/recipe.ts';
import { same } from '../src/job/same.ts';
import { queueOf } from '../src/job/spec.ts';
import type { Clock, Deadline, Delivery, Fact, Held, Jobs, Ours, Owed, Sent } from '../src/world.ts';
import { LeaseLost, StoreUnavailable } from '../src/world.ts';

interface Message {
  post: Post;
  state: 'pending' | 'sending' | 'sent' | 'dead';
  at: number;
  thread?: string;
  file?: string;
  notBefore?: number | undefined;
}

interface Kept {
  job: Job;
  /** Changes with every fact that a door records. */
  told: string;
  lease: { id: string; until: number } | undefined;
  due: number | undefined;
  messages: Message[];
  delivered: number;
  early: number[];
  sent: Held['sent'];
}

/** What is kept where nothing outlives the process: share one to have several `Jobs` of the same jobs. */
export interface MemoryStore {
  jobs: Map<string, Kept>;
  inbox: Map<string, string>;
  ledgers: Map<Queue, Ledger>;
  decisions: { job: string; decision: Decision }[];
}

interface Grip extends Held {
  readonly lease: string;
}

const page = 20;

/** An empty store. */
export function memoryStore(): MemoryStore {
  return { jobs: new Map(), inbox: new Map(), ledgers: new Map(), decisions: [] };
}

/** How the store reckons with time, in milliseconds. */
export interface MemoryTimes {
  clock: Clock;
  leaseTime: number;
  callTime: number;
}

/** Jobs in memory, for tests that need thousands of them: the same port as Firestore's, held by the same suite. */
export function memoryJobs(store: MemoryStore, times: MemoryTimes, deadline?: Deadline): Jobs {
  const { clock, leaseTime } = times;
  const ledgerOf = (queue: Queue) => structuredClone(store.ledgers.get(queue) ?? emptyLedger);

  function apply(kept: Kept, fact: Fact): boolean {
    const queue = queueOf(kept.job.spec);
    const before = structuredClone(kept.job);
    const change = fact(before, ledgerOf(queue));
    if (change.job === before && !change.posts?.length && !change.ledger && !change.audit) return false;
    writing();
    kept.job = asStored(change.job);
    if (change.ledger) store.ledgers.set(queue, Ledger.parse(structuredClone(change.ledger)));
    owe(kept, change);
    return true;
  }

  function owe(kept: Kept, { posts = [], audit }: Change) {
    for (const post of posts) kept.messages.push({ post: structuredClone(post), state: 'pending', at: clock.now() });
    if (audit) store.decisions.push({ job: kept.job.id, decision: structuredClone(audit) });
  }

  /** Begins a job; with the card of the job whose place it takes, where that has one. */
  function begin(change: Change, inbox: string, card?: Sent) {
    const kept: Kept = {
      job: asStored(change.job),
      told: randomUUID(),
      lease: undefined,
      due: clock.now(),
      messages: card ? [{ post: { kind: 'card' }, state: 'sent', at: clock.now() }] : [],
      delivered: card ? 1 : 0,
      early: [],
      sent: card ? { card: { ts: card.ts, drawn: '' } } : {},
    };
    store.jobs.set(change.job.id, kept);
    store.inbox.set(inbox, change.job.id);
    owe(kept, { ...change, posts: (change.posts ?? []).filter(({ kind }) => !card || kind !== 'card') });
  }

  function leased(kept: Kept, id: string): Ours {
    const until = clock.now() + leaseTime;
    Object.assign(kept, { lease: { id, until }, due: until });
    return leaseFrom(clock, times);
  }

  /** Nobody waits here for an answer, but after a deadline nothing is asked for. */
  function inTime() {
    if (deadline && clock.steady() >= deadline.at)
      throw new StoreUnavailable('There is no time left.', { sent: false });
  }

  function writing() {
    inTime();
    if (deadline) deadline.sent = true;
  }

  function grip(kept: Kept, ours: Ours): Grip {
    return {
      job: structuredClone(kept.job),
      ledger: ledgerOf(queueOf(kept.job.spec)),
      sent: { ...kept.sent },
      owing: kept.delivered < kept.messages.length,
      version: kept.told,
      ours,
      lease: kept.lease?.id ?? '',
    };
  }

  /** What is written under a lease makes it last from now; `change` says whether anything is. */
  async function fenced(held: Held, change: (kept: Kept) => boolean): Promise<Grip> {
    const kept = store.jobs.get(held.job.id);
    const { lease } = held as Grip;
    if (!kept || kept.lease?.id !== lease)
      throw new LeaseLost(`The lease of job "${held.job.id}" is not ours any more.`);
    return grip(kept, change(kept) ? leased(kept, lease) : held.ours);
  }

  return {
    hurried: until => memoryJobs(store, times, until),

    async create(change, inbox) {
      writing();
      const first = store.jobs.get(store.inbox.get(inbox) ?? '');
      if (first) return structuredClone(first.job);
      if (store.jobs.has(change.job.id))
        throw new Error(`Cannot create job "${change.job.id}": there is one of that id.`);
      begin(change, inbox);
      return change.job;
    },

    async succeed(id, succession, inbox) {
      inTime();
      const first = store.jobs.get(store.inbox.get(inbox) ?? '');
      if (first) return structuredClone(first.job);
      const kept = store.jobs.get(id);
      const both = kept && succession(structuredClone(kept.job), ledgerOf(queueOf(kept.job.spec)));
      if (!both) return undefined;
      const { card } = kept.sent;
      apply(kept, () => both.before);
      Object.assign(kept, { due: clock.now(), told: randomUUID() });
      if (card) kept.sent = { ...kept.sent, card: { ...card, passedOn: true } };
      begin(both.heir, inbox, card);
      return structuredClone(both.heir.job);
    },

    async govern(change, decided) {
      inTime();
      if (decided && store.inbox.has(decided.inbox)) return;
      const after = queues.map(queue => change(ledgerOf(queue), queue));
      const changes = queues.some((queue, i) => !same(after[i], ledgerOf(queue)));
      if (!changes && !decided) return;
      writing();
      if (decided) store.inbox.set(decided.inbox, '');
      for (const [i, queue] of queues.entries()) store.ledgers.set(queue, Ledger.parse(structuredClone(after[i])));
      if (decided && changes) store.decisions.push({ job: '', decision: structuredClone(decided.decision) });
    },

    async decisions(id) {
      return store.decisions.flatMap(({ job, decision }) => (job === id ? structuredClone(decision) : []));
    },

    async get(id) {
      inTime();
      const kept = store.jobs.get(id);
      return kept && structuredClone(kept.job);
    },

    async taken(inbox) {
      inTime();
      const first = store.jobs.get(store.inbox.get(inbox) ?? '');
      return first && structuredClone(first.job);
    },

    async list({ requester, state, name, limit }) {
      inTime();
      return [...store.jobs.values()]
        .map(({ job }) => job)
        .filter(job => !requester || job.requester.user === requester)
        .filter(job => !state || job.state === state)
        .filter(job => !name || job.spec.modelName === name)
        .sort((a, b) => b.createdAt - a.createdAt)
        .slice(0, limit)
        .map(job => structuredClone(job));
    },

    async page({ requester, states, name, after, limit }) {
      inTime();
      const found = [...store.jobs.values()]
        .filter(({ job }) => !requester || job.requester.user === requester)
        .filter(({ job }) => !states || states.includes(job.state))
        .filter(({ job }) => !name || job.spec.modelName === name)
        .sort((a, b) => newestFirst(a.job, b.job));
      const last = after === undefined ? undefined : store.jobs.get(after)?.job;
      const rest = last ? found.filter(({ job }) => newestFirst(last, job) < 0) : found;
      return {
        listed: rest.slice(0, limit).map(({ job, sent }) => structuredClone({ job, card: sent.card })),
        more: rest.length > limit,
      };
    },

    async count(state) {
      inTime();
      return [...store.jobs.values()].filter(({ job }) => job.state === state).length;
    },

    async posted(id, since, most) {
      inTime();
      return (store.jobs.get(id)?.messages ?? []).slice(-most).filter(({ at }) => at > since).length;
    },

    async begun(since, most) {
      inTime();
      return Math.min([...store.jobs.values()].filter(({ job }) => job.createdAt > since).length, most);
    },

    async cardOf(id) {
      inTime();
      return store.jobs.get(id)?.sent.card;
    },

    async ledger(queue) {
      inTime();
      return ledgerOf(queue);
    },

    async record(id, fact) {
      inTime();
      const kept = store.jobs.get(id);
      if (!kept) return undefined;
      if (apply(kept, fact)) Object.assign(kept, { due: clock.now(), told: randomUUID() });
      return structuredClone(kept.job);
    },

    async due(now, limit) {
      const due = [...store.jobs.values()].flatMap(({ job, due }) =>
        due !== undefined && due <= now ? { id: job.id, at: due } : [],
      );
      return due.sort((a, b) => a.at - b.at).slice(0, limit);
    },

    async claim(id) {
      const kept = store.jobs.get(id);
      if (!kept || (kept.lease && kept.lease.until > clock.now())) return undefined;
      const ours = leased(kept, randomUUID());
      return grip(kept, ours);
    },

    commit: (held, fact) => fenced(held, kept => apply(kept, fact)),

    renew: held => fenced(held, () => true),

    async posts(held) {
      const { messages, delivered } = store.jobs.get(held.job.id)!;
      return messages.slice(delivered, delivered + page).flatMap(({ post, state, at, ...rest }, i): Owed[] => {
        if (state !== 'pending' && state !== 'sending') return [];
        return [defined({ key: postKey(delivered + i), post: structuredClone(post), state, at, ...rest })];
      });
    },

    mark: (held, owed, as) =>
      fenced(held, kept => {
        deliver(kept, owed, as);
        return true;
      }),

    redrawn: (held, which, sent) =>
      fenced(held, kept => {
        kept.sent = { ...kept.sent, [which]: { ...sent } };
        return true;
      }),

    async release(held, due) {
      const kept = store.jobs.get(held.job.id);
      if (!kept || kept.lease?.id !== (held as Grip).lease) return undefined;
      if (kept.told !== held.version) return grip(kept, held.ours);
      kept.due = due(grip(kept, held.ours));
      kept.lease = undefined;
      return undefined;
    },
  };
}

/** What was never set is not there at all. */
function defined<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

/** A job as it comes back from a store: without what is undefined or its schema does not know. */
function asStored(job: Job): Job {
  return Job.parse(JSON.parse(JSON.stringify(job)));
}

function deliver(kept: Kept, { key, post }: Owed, as: Delivery) {
  const message = kept.messages[Number(key)];
  if (!message) throw new Error(`Cannot mark post "${key}" of job "${kept.job.id}": there is none.`);
  if (as.is === 'sending')
    Object.assign(message, {
      state: 'sending',
      notBefore: as.notBefore,
      ...(as.thread !== undefined && { thread: as.thread }),
      ...(as.file !== undefined && { file: as.file }),
    });
  if (as.is === 'put-off') Object.assign(message, { state: 'pending', notBefore: as.notBefore });
  if (as.is !== 'sent' && as.is !== 'dead') return;
  message.state = as.is;
  Object.assign(kept, doneWith(kept, Number(key)));
  if (as.is === 'dead' || as.drawn === undefined || !isStanding(post.kind)) return;
  const sent: Sent = { ts: as.ts, drawn: as.drawn, ...(as.at !== undefined && { at: as.at }) };
  kept.sent = { ...kept.sent, [post.kind]: sent };
}

function newestFirst(a: Job, b: Job): number {
  return b.createdAt - a.createdAt || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);
}
