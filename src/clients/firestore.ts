import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { DocumentReference, DocumentSnapshot, Firestore, WriteBatch } from '@google-cloud/firestore';
import { FieldValue } from '@google-cloud/firestore';
import { z } from 'zod';
import type { Change } from '../job/change.ts';
import { Decision } from '../job/change.ts';
import { Job } from '../job/job.ts';
import { doneWith, isStanding, Post, postKey, standing } from '../job/post.ts';
import { emptyLedger, Ledger } from '../job/quota.ts';
import type { Queue } from '../job/recipe.ts';
import { queues } from '../job/recipe.ts';
import { same } from '../job/same.ts';
import { queueOf } from '../job/spec.ts';
import type { Clock, Deadline, Delivery, Fact, Held, Jobs, Ours, Owed, Sent } from '../world.ts';
import { Contended, LeaseLost, Newer, StoreUnavailable } from '../world.ts';
import { firestoreCalls, leaseFrom } from './firestore-calls.ts';

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
  /** How many posts there are, and how many from the first on are done with. */
  posts: z.number(),
  delivered: z.number(),
  /** Those done with out of turn: a card that is posted anew does not wait for replies. */
  early: z.array(z.number()).default([]),
  sent: z.partialRecord(
    z.enum(standing),
    z.object({
      ts: z.string(),
      drawn: z.string(),
      settled: z.boolean().optional(),
      picture: z.string().optional(),
      at: z.number().optional(),
      passedOn: z.boolean().optional(),
    }),
  ),
});
type Envelope = z.infer<typeof Envelope>;

const OwedDocument = z.object({
  post: Post,
  state: z.enum(['pending', 'sending', 'sent', 'dead']),
  at: z.number(),
  thread: z.string().optional(),
  file: z.string().optional(),
  notBefore: z.number().optional(),
});

interface Grip extends Held {
  readonly lease: string;
  readonly delivered: number;
}

const attempts = 12;

/** How the store reckons with time, in milliseconds: how long a lease lasts, and the longest call that is made under it. */
export interface StoreTimes {
  clock: Clock;
  leaseTime: number;
  callTime: number;
}

/** Jobs in Firestore: compare-and-set batches, never transactions. */
export function firestoreJobs(db: Firestore, times: StoreTimes, deadline?: Deadline): Jobs {
  const { clock, leaseTime } = times;
  const { reading, landed } = firestoreCalls(times, deadline);
  const jobs = db.collection('jobs');
  const inboxOf = (key: string) => db.collection('inbox').doc(createHash('sha256').update(key).digest('hex'));
  const inboxEnds = () => clock.now() + 7 * 86_400_000;
  const ledgerOf = (queue: Queue) => db.collection('ledgers').doc(queue);

  async function write<T>(
    id: string,
    decide: (envelope: Envelope, ledgers: Record<Queue, Ledger>) => Decided<T>,
  ): Promise<Written<T>> {
    const op = randomUUID();
    const ours = leaseFrom(clock, times);
    const refs = [jobs.doc(id), ...queues.map(ledgerOf)];
    let committed: Written<T> | undefined;
    for (let attempt = 0; ; attempt++) {
      const [snapshot, ...rest] = await again(committed !== undefined, () => reading(() => db.getAll(...refs)));
      if (!snapshot?.exists) throw new NoSuchJob(`There is no job "${id}".`);
      const envelope = read(snapshot);
      if (committed && envelope.op === op) return committed;
      if (attempt === attempts) throw new Contended(`Job "${id}" was changed by others ${attempts} times in a row.`);
      const ledgers = readLedgers(rest);
      const decided = decide(envelope, ledgers);
      const ledger = ledgers[queueOf(envelope.job.spec)];
      if (!decided.next) return { value: decided.value, envelope, ledger, ours: undefined };
      const next = { ...decided.next, op };
      committed = { value: decided.value, envelope: next, ledger: decided.ledger ?? ledger, ours };
      const batch = db.batch();
      batch.update(snapshot.ref, keepingUnknown(snapshot, { known: envelope, next }), {
        lastUpdateTime: snapshot.updateTime!,
      });
      if (decided.ledger) {
        const at = queues.indexOf(queueOf(envelope.job.spec));
        put(batch, rest[at]!, decided.ledger);
      }
      decided.also?.(batch, snapshot.ref);
      if (await again(attempt > 0, () => landed(batch))) return committed;
      await wait(5 + Math.random() * 20 * (attempt + 1));
    }
  }

  function apply(envelope: Envelope, ledgers: Record<Queue, Ledger>, fact: Fact): Decided<void> {
    const before = ledgers[queueOf(envelope.job.spec)];
    const change = fact(envelope.job, before);
    // A ledger that stays as it is is left alone: everybody's jobs would contend for it otherwise.
    const ledger = change.ledger === before ? undefined : change.ledger;
    if (isNone({ ...change, ledger }, envelope.job)) return { value: undefined };
    const posts = change.posts ?? [];
    return {
      value: undefined,
      next: { ...envelope, job: change.job, posts: envelope.posts + posts.length },
      ledger,
      also: (batch, ref) => owe(batch, ref, { change, from: envelope.posts }),
    };
  }

  /** Writes a new job with all it owes; with the card of the job whose place it takes, where that has one. */
  function begin(batch: WriteBatch, change: Change, { inbox, card }: { inbox: string; card?: Sent | undefined }) {
    const ref = jobs.doc(change.job.id);
    const owed = (change.posts ?? []).filter(({ kind }) => !card || kind !== 'card');
    // The card is the first post, whoever posted it.
    const from = card ? 1 : 0;
    const envelope: Envelope = {
      job: change.job,
      op: randomUUID(),
      told: randomUUID(),
      lease: null,
      due: clock.now(),
      posts: from + owed.length,
      delivered: from,
      early: [],
      sent: card ? { card: { ts: card.ts, drawn: '' } } : {},
    };
    batch.create(ref, defined(envelope));
    batch.create(inboxOf(inbox), { job: ref.id, expireAt: new Date(inboxEnds()) });
    owe(batch, ref, { change: { ...change, posts: owed }, from });
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

  function grip({ envelope, ledger, ours }: { envelope: Envelope; ledger: Ledger; ours: Ours }): Grip {
    return {
      job: envelope.job,
      ledger,
      sent: envelope.sent,
      owing: envelope.delivered < envelope.posts,
      lease: envelope.lease?.id ?? '',
      version: envelope.told,
      ours,
      delivered: envelope.delivered,
    };
  }

  /** Writes under the lease; what is written makes the lease last from now. */
  async function fenced(held: Held, decide: Parameters<typeof write<void>>[1]): Promise<Grip> {
    const { lease } = held as Grip;
    const written = await write(held.job.id, (envelope, ledgers) => {
      if (envelope.lease?.id !== lease) throw new LeaseLost(`The lease of job "${held.job.id}" is not ours any more.`);
      const decided = decide(envelope, ledgers);
      return decided.next ? { ...decided, next: { ...decided.next, ...leased(lease) } } : decided;
    });
    return grip({ ...written, ours: written.ours ?? held.ours });
  }

  /** A lease from now on, which is also when the next look is due: taking a job and putting it off are one write. */
  function leased(id: string): Pick<Envelope, 'lease' | 'due'> {
    const until = clock.now() + leaseTime;
    return { lease: { id, until }, due: until };
  }

  async function get(id: string): Promise<Job | undefined> {
    if (!isId(id)) return undefined;
    const snapshot = await reading(() => jobs.doc(id).get());
    return snapshot.exists ? read(snapshot).job : undefined;
  }

  async function taken(inbox: string): Promise<Job | undefined> {
    const id = (await reading(() => inboxOf(inbox).get())).get('job');
    return typeof id === 'string' ? get(id) : undefined;
  }

  return {
    hurried: until => firestoreJobs(db, times, until),

    async create(change, inbox) {
      const batch = db.batch();
      begin(batch, change, { inbox });
      if (await landed(batch)) return change.job;
      const first = await again(true, () => taken(inbox));
      if (!first) throw new StoreUnavailable(`Job "${change.job.id}" could not be created.`, { sent: true });
      return first;
    },

    async succeed(id, succession, inbox) {
      const first = await taken(inbox);
      if (first) return first;
      try {
        const { value } = await write<Job | undefined>(id, (envelope, ledgers) => {
          const both = succession(envelope.job, ledgers[queueOf(envelope.job.spec)]);
          if (!both) return { value: undefined };
          const { card } = envelope.sent;
          const before = apply(envelope, ledgers, () => both.before);
          const sent = card ? { ...envelope.sent, card: { ...card, passedOn: true } } : envelope.sent;
          return {
            ...before,
            value: both.heir.job,
            next: { ...(before.next ?? envelope), sent, due: clock.now(), told: randomUUID() },
            also: (batch, ref) => {
              before.also?.(batch, ref);
              begin(batch, both.heir, { inbox, card });
            },
          };
        });
        return value ?? (await taken(inbox));
      } catch (error) {
        if (error instanceof NoSuchJob) return undefined;
        throw error;
      }
    },

    async govern(change, decided) {
      const record = db.collection('audit').doc();
      const inbox = decided && inboxOf(decided.inbox);
      const refs = [...queues.map(ledgerOf), ...(inbox ? [inbox] : [])];
      for (let attempt = 0; attempt < attempts; attempt++) {
        const snapshots = await again(attempt > 0, () => reading(() => db.getAll(...refs)));
        if (inbox && snapshots.at(-1)?.exists) return;
        const before = readLedgers(snapshots);
        const batch = db.batch();
        let changes = false;
        for (const [i, queue] of queues.entries()) {
          const after = change(before[queue], queue);
          if (same(after, before[queue])) continue;
          changes = true;
          put(batch, snapshots[i]!, after);
        }
        if (!changes && !inbox) return;
        if (inbox) batch.create(inbox, { expireAt: new Date(inboxEnds()) });
        if (decided && changes) batch.create(record, { job: '', ...decided.decision });
        if (await again(attempt > 0, () => landed(batch))) return;
        await wait(5 + Math.random() * 20 * (attempt + 1));
      }
      throw new Contended(`The ledgers were changed by others ${attempts} times in a row.`);
    },

    async decisions(id) {
      const query = db.collection('audit').where('job', '==', id).orderBy('at');
      const found = await reading(() => query.get());
      return found.docs.flatMap(document => Decision.safeParse(document.data()).data ?? []);
    },

    get,

    taken,

    async list({ requester, state, name, limit }) {
      let query = jobs.orderBy('job.createdAt', 'desc').limit(limit);
      if (requester) query = query.where('job.requester.user', '==', requester);
      if (state) query = query.where('job.state', '==', state);
      if (name) query = query.where('job.spec.modelName', '==', name);
      const found = await reading(() => query.get());
      // A document of a later version is not ours to read: it is left out rather than in everybody's way.
      return found.docs.flatMap(document => Envelope.safeParse(document.data()).data?.job ?? []);
    },

    async page({ requester, states, name, after, limit }) {
      let query = jobs.orderBy('job.createdAt', 'desc').limit(limit + 1);
      if (requester) query = query.where('job.requester.user', '==', requester);
      if (states) query = query.where('job.state', 'in', states);
      if (name) query = query.where('job.spec.modelName', '==', name);
      const last = after && isId(after) ? await reading(() => jobs.doc(after).get()) : undefined;
      if (last?.exists) query = query.startAfter(last);
      const { docs } = await reading(() => query.get());
      const listed = docs.slice(0, limit).flatMap(document => {
        const envelope = Envelope.safeParse(document.data()).data;
        return envelope ? [{ job: envelope.job, card: envelope.sent.card }] : [];
      });
      return { listed, more: docs.length > limit };
    },

    async count(state) {
      // In the order of a list: there is an index for that.
      const query = jobs.orderBy('job.createdAt', 'desc').where('job.state', '==', state).count();
      return (await reading(() => query.get())).data().count;
    },

    async posted(id, since, most) {
      const snapshot = await reading(() => jobs.doc(id).get());
      if (!snapshot.exists) return 0;
      const from = Math.max(0, read(snapshot).posts - most);
      const query = snapshot.ref.collection('posts').where('sequence', '>=', from).orderBy('sequence');
      const found = await reading(() => query.limit(most).select('at').get());
      return found.docs.filter(document => Number(document.get('at')) > since).length;
    },

    async begun(since, most) {
      const query = jobs.where('job.createdAt', '>', since).orderBy('job.createdAt', 'desc').limit(most);
      return (await reading(() => query.select('job.createdAt').get())).size;
    },

    async cardOf(id) {
      const snapshot = await reading(() => jobs.doc(id).get());
      return snapshot.exists ? read(snapshot).sent.card : undefined;
    },

    async ledger(queue) {
      const snapshot = await reading(() => ledgerOf(queue).get());
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
      const query = jobs.where('due', '<=', now).orderBy('due').limit(limit).select('due');
      const found = await reading(() => query.get());
      return found.docs.map(document => ({ id: document.id, at: Number(document.get('due')) }));
    },

    async claim(id) {
      const lease = randomUUID();
      try {
        const ours = leaseFrom(clock, times);
        const written = await write(id, envelope => {
          // Our own write may have landed, and a door's come after it, before we could read that it had.
          if (envelope.lease?.id === lease) return { value: true };
          const isHeld = envelope.lease && envelope.lease.until > clock.now();
          return isHeld ? { value: false } : { value: true, next: { ...envelope, ...leased(lease) } };
        });
        return written.value ? grip({ ...written, ours: written.ours ?? ours }) : undefined;
      } catch (error) {
        if (error instanceof NoSuchJob) return undefined;
        throw error;
      }
    },

    commit: (held, fact) => fenced(held, (envelope, ledgers) => apply(envelope, ledgers, fact)),

    renew: held => fenced(held, envelope => ({ value: undefined, next: envelope })),

    async posts(held) {
      const { delivered } = held as Grip;
      const query = jobs.doc(held.job.id).collection('posts').where('sequence', '>=', delivered);
      const found = await reading(() => query.orderBy('sequence').limit(20).get());
      const owed: Owed[] = [];
      for (const document of found.docs) {
        const parsed = OwedDocument.safeParse(document.data());
        // A post of a later version's is left to that version, and so is whatever comes after it.
        if (!parsed.success) break;
        const { post, state, ...rest } = parsed.data;
        if (state === 'pending' || state === 'sending') owed.push({ key: document.id, post, state, ...rest });
      }
      return owed;
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
      const { lease, version, ours } = held as Grip;
      const written = await write<'kept' | 'given back'>(held.job.id, (envelope, ledgers) => {
        if (envelope.lease?.id !== lease) return { value: 'given back' };
        if (envelope.told !== version) return { value: 'kept' };
        const next = due(grip({ envelope, ledger: ledgers[queueOf(envelope.job.spec)], ours }));
        return { value: 'given back', next: { ...envelope, lease: null, due: next ?? null } };
      });
      return written.value === 'kept' ? grip({ ...written, ours }) : undefined;
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

/** What `write` came to; `ours` tells of the lease that it wrote, and is missing where nothing was to be written. */
interface Written<T> {
  value: T;
  envelope: Envelope;
  ledger: Ledger;
  ours: Ours | undefined;
}

class NoSuchJob extends Error {}

/** Whether an id can be a job's: whoever forges a payload may name anything, and Firestore keeps ids such as __name__ to itself. */
function isId(id: string): boolean {
  return /^(?!__)[a-zA-Z0-9_-]{1,100}$/.test(id);
}

/** Reads a job's document. Throws `Newer` where another version of Retort wrote what this one does not know. */
function read(snapshot: DocumentSnapshot): Envelope {
  const parsed = Envelope.safeParse(snapshot.data());
  if (parsed.success) return parsed.data;
  throw new Newer(`Job "${snapshot.id}" was written by another version of Retort.`, { cause: parsed.error });
}

/** The document to write, with the fields that a later version has put there and this one does not know. */
function keepingUnknown(
  snapshot: DocumentSnapshot,
  { known, next }: { known: Envelope; next: Envelope },
): Record<string, unknown> {
  const stored = snapshot.data() ?? {};
  const unknown = (there: object, parsed: object) =>
    Object.fromEntries(Object.entries(there).filter(([name]) => !(name in parsed)));
  return { ...defined(next), job: { ...unknown(stored.job, known.job), ...defined(next.job) } };
}

/** Does something after a write was sent whose outcome is not known: where it fails, that write may have arrived. */
async function again<T>(sent: boolean, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!sent || !(error instanceof StoreUnavailable) || error.sent) throw error;
    throw new StoreUnavailable(error.message, { sent: true, cause: error });
  }
}

function isNone(change: Change, before: Job): boolean {
  return change.job === before && !change.posts?.length && !change.ledger && !change.audit;
}

function inPost(as: Delivery): Record<string, unknown> {
  switch (as.is) {
    case 'sending':
      return {
        state: 'sending',
        ...(as.thread !== undefined && { thread: as.thread }),
        ...(as.file !== undefined && { file: as.file }),
        notBefore: as.notBefore ?? FieldValue.delete(),
      };
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
  const count = doneWith(envelope, Number(key));
  if (as.is === 'dead' || as.drawn === undefined || !isStanding(post.kind)) return count;
  const sent: Sent = { ts: as.ts, drawn: as.drawn, ...(as.at !== undefined && { at: as.at }) };
  return { ...count, sent: { ...envelope.sent, [post.kind]: sent } };
}

// The client leaves out a map whose fields are all undefined, where one without fields is kept: the serializer of @google-cloud/firestore.
function defined<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(defined) as T;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(fields.map(([name, field]) => [name, defined(field)])) as T;
}

function readLedgers(snapshots: readonly DocumentSnapshot[]): Record<Queue, Ledger> {
  const read = (i: number) => (snapshots[i]?.exists ? Ledger.parse(snapshots[i].data()) : emptyLedger);
  return Object.fromEntries(queues.map((queue, i) => [queue, read(i)])) as Record<Queue, Ledger>;
}

/** What a ledger need not have: taken away where it has it no more. */
const optional = ['served', 'took', 'capacity', 'askedAt', 'paused'] as const satisfies readonly (keyof Ledger)[];

function put(batch: WriteBatch, { exists, ref, updateTime }: DocumentSnapshot, ledger: Ledger) {
  if (!exists) return batch.create(ref, defined(ledger));
  const gone = optional.filter(field => ledger[field] === undefined).map(field => [field, FieldValue.delete()]);
  return batch.update(ref, { ...defined(ledger), ...Object.fromEntries(gone) }, { lastUpdateTime: updateTime! });
}
