import { createHash, randomUUID } from 'node:crypto';
import type { Firestore } from '@google-cloud/firestore';
import { z } from 'zod';
import { Notice } from '../job/notice.ts';
import type { Delivery, HeldNotice, Notices } from '../world.ts';
import { LeaseLost } from '../world.ts';
import type { StoreTimes } from './firestore.ts';
import { firestoreCalls, leaseFrom } from './firestore-calls.ts';

const Kept = z.object({
  notice: Notice,
  state: z.enum(['pending', 'sending', 'sent', 'dead']),
  at: z.number(),
  /** Who delivers it now, until it is due again. */
  op: z.string(),
  /** Somebody has seen that an attempt was begun without a recorded outcome, and has left it alone for a while. */
  quiet: z.boolean().optional(),
  due: z.number().nullable(),
});

interface Grip extends HeldNotice {
  readonly op: string;
}

/** How long it is remembered that somebody was told, in milliseconds. */
const remembered = 30 * 86_400_000;

/** Notices in Firestore, a document each: claimed and marked by compare-and-set, as jobs are. */
export function firestoreNotices(db: Firestore, times: StoreTimes): Notices {
  const { clock, leaseTime } = times;
  const { reading, landed } = firestoreCalls(times);
  const collection = db.collection('notices');

  return {
    async owe(key, notice, { again } = {}) {
      const batch = db.batch();
      const at = clock.now();
      const kept = { notice, state: 'pending', at, op: randomUUID(), due: at, expireAt: new Date(at + remembered) };
      const ref = collection.doc(createHash('sha256').update(key).digest('hex'));
      batch.create(ref, kept);
      if (await landed(batch)) return true;
      const snapshot = await reading(() => ref.get());
      // It is ours, and the answer was lost; or it was delivered long ago.
      if (snapshot.get('op') === kept.op) return true;
      if (again === undefined || snapshot.get('due') !== null || at - snapshot.get('at') < again) return false;
      const anew = db.batch();
      anew.update(ref, { ...kept, quiet: false }, { lastUpdateTime: snapshot.updateTime! });
      return landed(anew);
    },

    async due(now, limit) {
      const query = collection.where('due', '<=', now).orderBy('due').limit(limit).select();
      return (await reading(() => query.get())).docs.map(document => document.id);
    },

    async claim(key) {
      const ours = leaseFrom(clock, times);
      const snapshot = await reading(() => collection.doc(key).get());
      const kept = Kept.safeParse(snapshot.data());
      // One of a later version's is left to that version.
      if (!kept.success || kept.data.due === null || kept.data.due > clock.now()) return undefined;
      const { notice, state, at, quiet = false } = kept.data;
      const op = randomUUID();
      const batch = db.batch();
      const taken = { state: 'sending', op, quiet: false, due: clock.now() + leaseTime };
      batch.update(snapshot.ref, taken, { lastUpdateTime: snapshot.updateTime! });
      if (!(await landed(batch)) && (await reading(() => snapshot.ref.get())).get('op') !== op) return undefined;
      return { key, notice, unclear: state === 'sending', quiet, at, ours, op } satisfies Grip;
    },

    async mark(held, as) {
      const mine = async () => {
        const snapshot = await reading(() => collection.doc(held.key).get());
        if (snapshot.get('op') === (held as Grip).op) return snapshot;
        throw new LeaseLost(`The notice "${held.key}" is somebody else's to deliver now.`);
      };
      const { ref, updateTime } = await mine();
      const batch = db.batch();
      batch.update(ref, marked(as), { lastUpdateTime: updateTime! });
      // Somebody has taken it since, or it is marked and the answer was lost.
      if (!(await landed(batch))) await mine();
    },
  };
}

function marked(as: Delivery): Record<string, unknown> {
  switch (as.is) {
    case 'sending':
      return { state: 'sending', quiet: true, ...(as.notBefore !== undefined && { due: as.notBefore }) };
    case 'sent':
      return { state: 'sent', ts: as.ts, due: null };
    case 'put-off':
      return { state: 'pending', due: as.notBefore };
    case 'dead':
      return { state: 'dead', code: as.code, due: null };
    default:
      return as satisfies never;
  }
}
