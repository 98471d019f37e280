import { afterEach, describe, expect, it } from 'vitest';
import { firestoreNotices } from '../../src/clients/firestore-notices.ts';
import type { Notice } from '../../src/job/notice.ts';
import { memoryNotices } from '../memory-notices.ts';
import { openDatabase } from './databases.ts';
import { startFirestores } from './firestore-servers.ts';
import { lossyLine } from './lossy-line.ts';
import { noticesSuite } from './notices.suite.ts';

const times = {
  clock: { now: () => Date.now(), steady: () => performance.now() },
  leaseTime: 90_000,
  callTime: 8_000,
};
const owed: Notice = { kind: 'credentials', code: 'token_revoked' };
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

noticesSuite('memory', async () => {
  const kept: Parameters<typeof memoryNotices>[1] = new Map();
  return { notices: own => memoryNotices(own, kept), close: async () => {} };
});

const { embedded, all } = await startFirestores();
for (const { name, host } of all) {
  noticesSuite(name, async () => {
    const { connect, close } = openDatabase(host);
    return { notices: own => firestoreNotices(connect(), own), close };
  });
  describe(`Notices in ${name}, beside another version of Retort`, () => {
    it.each([
      ['kind', { notice: { kind: 'telegram' } }],
      ['state', { state: 'whispered' }],
    ])('are left alone where their %s is not known', async (_, changes) => {
      const { notices, documents } = await begun(host);
      const [document] = await documents();
      await document!.ref.update(changes);
      const [before] = await documents();
      expect(await notices.claim(document!.id)).toBeUndefined();
      expect(await notices.due(Date.now(), 10)).toEqual([document!.id]);
      const [after] = await documents();
      expect(after?.data()).toEqual(before?.data());
    });

    it('keep fields that are not known', async () => {
      const { notices, documents } = await begun(host);
      const [document] = await documents();
      await document!.ref.update({ mood: 'curious' });
      await notices.mark((await notices.claim(document!.id))!, { is: 'sent', ts: '1.1' });
      const [after] = await documents();
      expect(after?.data()).toMatchObject({ mood: 'curious', state: 'sent', ts: '1.1', due: null });
    });

    it('are forgotten some day', async () => {
      const { documents } = await begun(host);
      const [document] = await documents();
      const days = (document!.get('expireAt').toMillis() - Date.now()) / 86_400_000;
      expect(Math.round(days)).toBe(30);
    });
  });
}

describe('Notices in a Firestore whose answer gets lost', () => {
  it('know what they owed, claimed and marked', async () => {
    const line = await lossyLine(embedded.host);
    closing.push(() => line.close());
    const { notices } = await begun(line.host);
    line.loseNext();
    expect(await notices.owe('another', owed)).toBe(true);
    expect(await notices.owe('another', owed)).toBe(false);
    const [first, second] = await notices.due(Date.now(), 10);
    const mine = await notices.claim(first!);
    line.loseNext();
    await notices.mark(mine!, { is: 'sent', ts: '1.1' });
    expect(await notices.due(Number.MAX_SAFE_INTEGER, 10)).toEqual([second]);
    expect(line.lost()).toBe(2);
  });
});

/** A database with one notice in it, and its documents as they are. */
async function begun(host: string) {
  const { connect, close } = openDatabase(host);
  closing.push(close);
  const db = connect();
  const notices = firestoreNotices(connect(), times);
  await notices.owe('one', owed);
  return { notices, documents: async () => (await db.collection('notices').get()).docs };
}
