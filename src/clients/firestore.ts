import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { DocumentReference, DocumentSnapshot, Firestore, WriteBatch } from '@google-cloud/firestore';
import { z } from 'zod';
import type { Change } from '../job/change.ts';
import { Job } from '../job/job.ts';
import { Post, postKey, standing } from '../job/post.ts';
import { emptyLedger, Ledger } from '../job/quota.ts';
import type { Accelerator } from '../job/recipe.ts';
import { accelerators } from '../job/recipe.ts';
import type { Clock, Delivery, Fact, Held, Jobs, Owed, Sent } from '../world.ts';
import { LeaseLost, StoreUnavailable } from '../world.ts';

/** A document of `jobs`: the job, and what delivering and claiming need beside it. */
const Envelope = z.object({
  job: Job,
  /** The last write's id, by which a writer whose answer was lost knows its own. */
  op: z.string(),
  /** The last fact's id that a door recorded, by which whoever holds the lease learns that there is more to do. */
  told: z.string(),
  lease: z.object({ id: z.string(), until: z.number() }).nullable(),
  /** When the next look is due; null where nothing is left to do. */
  due: z.number().nullable(),
  /** How many posts there are, and how many of them are done with. */
  posts: z.number(),
  delivered: z.number(),
  sent: z.partialRecord(z.enum(standing), z.object({ ts: z.string(), drawn: z.string() })),
});
type Envelope = z.infer<typeof Envelope>;

const OwedDocument = z.object({
  post: Post,
  state: z.enum(['pending', 'sending', 'sent', 'dead']),
  at: z.number(),
  notBefore: z.number().optional(),
});

interface Grip extends Held {
  readonly lease: string;
  readonly delivered: number;
}

// NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION, ABORTED: somebody else wrote first, or this very write landed and its answer was lost.
const overtaken = new Set<number | undefined>([5, 6, 9, 10]);
const attempts = 12;

/** Client settings with an end in sight: five seconds for a try and eight in all, where the client's own go on for minutes. */
export const firestoreSettings = {
  ignoreUndefinedProperties: true,
  clientConfig: {
    interfaces: {
      'google.firestore.v1.Firestore': {
        retry_params: {
          default: {
            initial_retry_delay_millis: 100,
            retry_delay_multiplier: 1.3,
            max_retry_delay_millis: 1000,
            initial_rpc_timeout_millis: 5000,
            rpc_timeout_multiplier: 1,
            max_rpc_timeout_millis: 5000,
            total_timeout_millis: 8000,
          },
        },
      },
    },
  },
};

/** Jobs in Firestore: compare-and-set batches, never transactions. `leaseTime` is in milliseconds. */
export function firestoreJobs(db: Firestore, { clock, leaseTime }: { clock: Clock; leaseTime: number }): Jobs {
  const jobs = db.collection('jobs');
  const inboxOf = (key: string) => db.collection('inbox').doc(createHash('sha256').update(key).digest('hex'));
  const ledgerOf = (accelerator: Accelerator) => db.collection('ledgers').doc(accelerator);

  async function write<T>(
    id: string,
    decide: (envelope: Envelope, ledgers: Record<Accelerator, Ledger>) => Decided<T>,
  ): Promise<{ value: T; envelope: Envelope; ledger: Ledger }> {
    const op = randomUUID();
    const refs = [jobs.doc(id), ...accelerators.map(ledgerOf)];
    let committed: Awaited<ReturnType<typeof write<T>>> | undefined;
    for (let attempt = 0; attempt < attempts; attempt++) {
      const [snapshot, ...rest] = await reading(db.getAll(...refs));
      if (!snapshot?.exists) throw new NoSuchJob(`There is no job "${id}".`);
      const envelope = Envelope.parse(snapshot.data());
      if (committed && envelope.op === op) return committed;
      const ledgers = readLedgers(rest);
      const decided = decide(envelope, ledgers);
      const ledger = ledgers[envelope.job.spec.accelerator];
      if (!decided.next) return { value: decided.value, envelope, ledger };
      const next = { ...decided.next, op };
      committed = { value: decided.value, envelope: next, ledger: decided.ledger ?? ledger };
      const batch = db.batch();
      batch.update(snapshot.ref, defined(next), { lastUpdateTime: snapshot.updateTime! });
      if (decided.ledger) {
        const at = accelerators.indexOf(envelope.job.spec.accelerator);
        put(batch, rest[at]!, decided.ledger);
      }
      decided.also?.(batch, snapshot.ref);
      if (await landed(batch)) return committed;
      await wait(5 + Math.random() * 20 * (attempt + 1));
    }
    throw new StoreUnavailable(`Job "${id}" was changed by others ${attempts} times in a row.`, { sent: false });
  }

  function apply(envelope: Envelope, ledgers: Record<Accelerator, Ledger>, fact: Fact): Decided<void> {
    const change = fact(envelope.job, ledgers[envelope.job.spec.accelerator]);
    if (isNone(change, envelope.job)) return { value: undefined };
    const posts = change.posts ?? [];
    return {
      value: undefined,
      next: { ...envelope, job: change.job, posts: envelope.posts + posts.length },
      ledger: change.ledger,
      also: (batch, ref) => owe(batch, ref, { change, from: envelope.posts }),
    };
  }

  function owe(batch: WriteBatch, ref: DocumentReference, { change, from }: { change: Change; from: number }) {
    for (const [i, post] of (change.posts ?? []).entries())
      batch.create(ref.collection('posts').doc(postKey(from + i)), {
        sequence: from + i,
        post,
        state: 'pending',
        at: clock.now(),
      });
    if (change.audit)
      batch.create(db.collection('audit').doc(`${ref.id}-${randomUUID()}`), { job: ref.id, ...change.audit });
  }

  function grip(written: { envelope: Envelope; ledger: Ledger }): Grip {
    const { envelope, ledger } = written;
    return {
      job: envelope.job,
      ledger,
      sent: envelope.sent,
      owing: envelope.delivered < envelope.posts,
      lease: envelope.lease?.id ?? '',
      version: envelope.told,
      delivered: envelope.delivered,
    };
  }

  async function fenced(held: Held, decide: Parameters<typeof write<void>>[1]): Promise<Grip> {
    const { lease } = held as Grip;
    return grip(
      await write(held.job.id, (envelope, ledgers) => {
        if (envelope.lease?.id !== lease)
          throw new LeaseLost(`The lease of job "${held.job.id}" is not ours any more.`);
        return decide(envelope, ledgers);
      }),
    );
  }

  async function get(id: string): Promise<Job | undefined> {
    const snapshot = await reading(jobs.doc(id).get());
    return snapshot.exists ? Envelope.parse(snapshot.data()).job : undefined;
  }

  async function taken(inbox: string): Promise<Job | undefined> {
    const id = (await reading(inboxOf(inbox).get())).get('job');
    return typeof id === 'string' ? get(id) : undefined;
  }

  return {
    async create(change, inbox) {
      const batch = db.batch();
      const ref = jobs.doc(change.job.id);
      const inboxRef = inboxOf(inbox);
      const envelope: Envelope = {
        job: change.job,
        op: randomUUID(),
        told: randomUUID(),
        lease: null,
        due: clock.now(),
        posts: change.posts?.length ?? 0,
        delivered: 0,
        sent: {},
      };
      batch.create(ref, defined(envelope));
      batch.create(inboxRef, { job: ref.id, expireAt: new Date(clock.now() + 7 * 86_400_000) });
      owe(batch, ref, { change, from: 0 });
      if (await landed(batch)) return change.job;
      const first = await taken(inbox);
      if (!first) throw new StoreUnavailable(`Job "${ref.id}" could not be created.`, { sent: true });
      return first;
    },

    get,

    taken,

    async list({ requester, name, limit }) {
      let query = jobs.orderBy('job.createdAt', 'desc').limit(limit);
      if (requester) query = query.where('job.requester.user', '==', requester);
      if (name) query = query.where('job.spec.modelName', '==', name);
      const found = await reading(query.get());
      // A document of a later version is not ours to read: it is left out rather than in everybody's way.
      return found.docs.flatMap(document => Envelope.safeParse(document.data()).data?.job ?? []);
    },

    async cardOf(id) {
      const snapshot = await reading(jobs.doc(id).get());
      return snapshot.exists ? Envelope.parse(snapshot.data()).sent.card : undefined;
    },

    async ledger(accelerator) {
      const snapshot = await reading(ledgerOf(accelerator).get());
      return snapshot.exists ? Ledger.parse(snapshot.data()) : emptyLedger;
    },

    async record(id, fact) {
      try {
        const { envelope } = await write(id, (before, ledgers) => {
          const decided = apply(before, ledgers, fact);
          return decided.next
            ? { ...decided, next: { ...decided.next, due: clock.now(), told: randomUUID() } }
            : decided;
        });
        return envelope.job;
      } catch (error) {
        if (error instanceof NoSuchJob) return undefined;
        throw error;
      }
    },

    async due(now, limit) {
      const found = await reading(jobs.where('due', '<=', now).orderBy('due').limit(limit).select().get());
      return found.docs.map(document => document.id);
    },

    async claim(id) {
      const lease = randomUUID();
      try {
        const written = await write(id, envelope => {
          const now = clock.now();
          if (envelope.lease && envelope.lease.until > now) return { value: undefined };
          const until = now + leaseTime;
          return { value: undefined, next: { ...envelope, lease: { id: lease, until }, due: until } };
        });
        return written.envelope.lease?.id === lease ? grip(written) : undefined;
      } catch (error) {
        if (error instanceof NoSuchJob) return undefined;
        throw error;
      }
    },

    commit: (held, fact) => fenced(held, (envelope, ledgers) => apply(envelope, ledgers, fact)),

    renew: held =>
      fenced(held, envelope => {
        const until = clock.now() + leaseTime;
        return { value: undefined, next: { ...envelope, lease: { ...envelope.lease!, until }, due: until } };
      }),

    async posts(held) {
      const { delivered } = held as Grip;
      const found = await reading(
        jobs
          .doc(held.job.id)
          .collection('posts')
          .where('sequence', '>=', delivered)
          .orderBy('sequence')
          .limit(20)
          .get(),
      );
      return found.docs.flatMap(document => {
        const { post, state, at, notBefore } = OwedDocument.parse(document.data());
        return state === 'pending' || state === 'sending' ? [{ key: document.id, post, state, at, notBefore }] : [];
      });
    },

    mark: (held, owed, as) =>
      fenced(held, envelope => ({
        value: undefined,
        next: { ...envelope, ...afterDelivery(envelope, owed, as) },
        also: (batch, ref) => {
          batch.update(ref.collection('posts').doc(owed.key), { ...inPost(as) });
        },
      })),

    redrawn: (held, which, sent) =>
      fenced(held, envelope => ({
        value: undefined,
        next: { ...envelope, sent: { ...envelope.sent, [which]: sent } },
      })),

    async release(held, due) {
      const { lease, version } = held as Grip;
      const written = await write<'kept' | 'given back'>(held.job.id, envelope => {
        if (envelope.lease?.id !== lease) return { value: 'given back' };
        if (envelope.told !== version) return { value: 'kept' };
        const next = due(envelope.job, envelope.delivered < envelope.posts);
        return { value: 'given back', next: { ...envelope, lease: null, due: next ?? null } };
      });
      return written.value === 'kept' ? grip(written) : undefined;
    },
  };
}

interface Decided<T> {
  value: T;
  /** The document as it shall be; none: nothing is written. */
  next?: Envelope;
  ledger?: Ledger | undefined;
  also?: (batch: WriteBatch, ref: DocumentReference) => void;
}

class NoSuchJob extends Error {}

function isNone(change: Change, before: Job): boolean {
  return change.job === before && !change.posts?.length && !change.ledger && !change.audit;
}

function inPost(as: Delivery): Record<string, unknown> {
  switch (as.is) {
    case 'sending':
      return { state: 'sending' };
    case 'sent':
      return { state: 'sent', ts: as.ts };
    case 'put-off':
      return { state: 'pending', notBefore: as.notBefore };
    case 'dead':
      return { state: 'dead', code: as.code };
    default:
      return as satisfies never;
  }
}

function afterDelivery(envelope: Envelope, { key, post }: Owed, as: Delivery): Partial<Envelope> {
  if (as.is !== 'sent' && as.is !== 'dead') return {};
  const delivered = Math.max(envelope.delivered, Number(key) + 1);
  if (as.is === 'dead' || as.drawn === undefined || (post.kind !== 'card' && post.kind !== 'approval'))
    return { delivered };
  const sent: Sent = { ts: as.ts, drawn: as.drawn };
  return { delivered, sent: { ...envelope.sent, [post.kind]: sent } };
}

// The client leaves out a map whose fields are all undefined, where one without fields is kept: the serializer of @google-cloud/firestore.
function defined<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(defined) as T;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(fields.map(([name, field]) => [name, defined(field)])) as T;
}

function readLedgers(snapshots: readonly DocumentSnapshot[]): Record<Accelerator, Ledger> {
  const read = (i: number) => (snapshots[i]?.exists ? Ledger.parse(snapshots[i].data()) : emptyLedger);
  return { GPU: read(accelerators.indexOf('GPU')), TPU: read(accelerators.indexOf('TPU')) };
}

function put(batch: WriteBatch, snapshot: DocumentSnapshot, ledger: Ledger) {
  if (snapshot.exists) batch.update(snapshot.ref, { ...ledger }, { lastUpdateTime: snapshot.updateTime! });
  else batch.create(snapshot.ref, { ...ledger });
}

/** Commits; false where a precondition failed, so that the document must be read again. */
async function landed(batch: WriteBatch): Promise<boolean> {
  try {
    await batch.commit();
    return true;
  } catch (error) {
    if (overtaken.has(codeOf(error))) return false;
    throw new StoreUnavailable('Firestore did not confirm a write.', { sent: true, cause: error });
  }
}

async function reading<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw new StoreUnavailable('Firestore did not answer a read.', { sent: false, cause: error });
  }
}

function codeOf(error: unknown): number | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'number'
    ? error.code
    : undefined;
}
