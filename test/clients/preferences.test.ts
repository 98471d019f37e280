import { afterAll, describe, expect, it } from 'vitest';
import { firestorePreferences } from '../../src/clients/firestore-preferences.ts';
import { startOfficial } from '../../src/local/firestore/official.ts';
import { startFirestore } from '../../src/local/firestore/server.ts';
import { openDatabase } from './databases.ts';

const times = { clock: { now: () => Date.now(), steady: () => performance.now() }, callTime: 8000 };
const embedded = await startFirestore();
const official = await startOfficial();
const closing: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
  await embedded.close();
  await official?.close();
});

for (const [name, server] of [
  ['the embedded Firestore', embedded],
  ['the official emulator', official],
] as const)
  if (server)
    describe(`Preferences in ${name}`, () => {
      const { connect, close } = openDatabase(server.host);
      closing.push(close);

      it('are of one person alone, and the last choice counts', async () => {
        const preferences = firestorePreferences(connect(), times);
        expect(await preferences.direct('U0ANA')).toBe(false);
        await preferences.prefer('U0ANA', true);
        expect([await preferences.direct('U0ANA'), await preferences.direct('U0BEN')]).toEqual([true, false]);
        await preferences.prefer('U0ANA', false);
        expect(await preferences.direct('U0ANA')).toBe(false);
      });

      it('keep what a later version wrote beside them', async () => {
        const db = connect();
        await db.collection('people').doc('U0CHI').set({ direct: true, digest: 'weekly' });
        await firestorePreferences(db, times).prefer('U0CHI', false);
        expect((await db.collection('people').doc('U0CHI').get()).data()).toEqual({ direct: false, digest: 'weekly' });
      });
    });
