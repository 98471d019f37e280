import type { Firestore } from '@google-cloud/firestore';
import { z } from 'zod';
import type { Preferences } from '../world.ts';
import { StoreUnavailable } from '../world.ts';
import type { StoreTimes } from './firestore.ts';
import { firestoreCalls } from './firestore-calls.ts';

const Kept = z.object({ direct: z.boolean().default(false) });

/** What people have chosen, in Firestore: a document for each who has chosen anything. The last choice counts. */
export function firestorePreferences(db: Firestore, times: Pick<StoreTimes, 'clock' | 'callTime'>): Preferences {
  const { reading, landed } = firestoreCalls(times);
  const people = db.collection('people');

  return {
    async direct(user) {
      const snapshot = await reading(() => people.doc(user).get());
      return Kept.safeParse(snapshot.data()).data?.direct ?? false;
    },

    async prefer(user, direct) {
      const batch = db.batch();
      batch.set(people.doc(user), { direct }, { merge: true });
      if (!(await landed(batch))) throw new StoreUnavailable('A choice was not recorded.', { sent: false });
    },
  };
}
