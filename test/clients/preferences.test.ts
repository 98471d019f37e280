import { afterAll, describe, expect, it } from 'vitest';
import { firestorePreferences } from '../../src/clients/firestore-preferences.ts';
import type { Preferences } from '../../src/world.ts';
import { memoryPreferences } from '../memory-preferences.ts';
import { openDatabase } from './databases.ts';
import { startFirestores } from './firestore-servers.ts';

const times = { clock: { now: () => Date.now(), steady: () => performance.now() }, callTime: 8000 };
const { all } = await startFirestores();
const closing: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
});

preferencesSuite('memory', memoryPreferences);

for (const { name, host } of all) {
  const { connect, close } = openDatabase(host);
  closing.push(close);
  preferencesSuite(name, () => firestorePreferences(connect(), times));

  it(`Preferences in ${name} keep what a later version wrote beside them`, async () => {
    const db = connect();
    await db.collection('people').doc('U0CHI').set({ direct: true, digest: 'weekly' });
    await firestorePreferences(db, times).prefer('U0CHI', false);
    expect((await db.collection('people').doc('U0CHI').get()).data()).toEqual({ direct: false, digest: 'weekly' });
  });
}

/** What preferences hold to, wherever they are kept. */
function preferencesSuite(name: string, open: () => Preferences) {
  describe(`Preferences in ${name}`, () => {
    it('are of one person alone, and the last choice counts', async () => {
      const preferences = open();
      expect(await preferences.direct('U0ANA')).toBe(false);
      await preferences.prefer('U0ANA', true);
      expect([await preferences.direct('U0ANA'), await preferences.direct('U0BEN')]).toEqual([true, false]);
      await preferences.prefer('U0ANA', false);
      expect(await preferences.direct('U0ANA')).toBe(false);
    });
  });
}
