import { afterAll, describe, expect, it } from 'vitest';
import { firestorePreferences } from '../../src/clients/firestore-preferences.ts';
import { openDatabase } from './databases.ts';
import { startFirestores } from './firestore-servers.ts';

const times = { clock: { now: () => Date.now(), steady: () => performance.now() }, callTime: 8000 };
const { all } = await startFirestores();
const closing: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
});

for (const { name, host } of all)
  describe(`Preferences in ${name}`, () => {
    const { connect, close } = openDatabase(host);
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
