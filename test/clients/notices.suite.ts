import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Notice } from '../../src/job/notice.ts';
import type { Clock, HeldNotice, Notices } from '../../src/world.ts';
import { LeaseLost } from '../../src/world.ts';

/** A store that holds nothing yet, and clients of it: each call of `notices` is one more process. */
export interface NoticesStore {
  notices(times: { clock: Clock; leaseTime: number; callTime: number }): Notices;
  close(): Promise<void>;
}

const leaseTime = 90_000;
const callTime = 8_000;
const credentials: Notice = { kind: 'credentials', code: 'token_revoked' };
const orphan: Notice = { kind: 'orphan', job: 'a1b2c3', run: 'projects/1/locations/us-central1/pipelineJobs/2' };

/** What holds of every implementation of `Notices`. */
export function noticesSuite(name: string, make: () => Promise<NoticesStore>): void {
  describe(`Notices in ${name}`, () => {
    let store: NoticesStore;
    let notices: Notices;
    let time: number;
    let steady: number;
    const clock: Clock = { now: () => time, steady: () => steady };
    const another = () => store.notices({ clock, leaseTime, callTime });

    beforeEach(async () => {
      time = Date.UTC(2026, 0, 5, 9);
      steady = 0;
      store = await make();
      notices = another();
    });
    afterEach(() => store.close());

    function pass(milliseconds: number) {
      time += milliseconds;
      steady += milliseconds;
    }

    /** Owes a notice and gives back its key among those that are due. */
    async function owed(key: string, notice: Notice = credentials): Promise<string> {
      const before = await notices.due(time, 1000);
      await notices.owe(key, notice);
      const [added] = (await notices.due(time, 1000)).filter(one => !before.includes(one));
      if (!added) throw new Error(`No notice is due under "${key}".`);
      return added;
    }

    async function held(key: string): Promise<HeldNotice> {
      const claimed = await notices.claim(key);
      if (!claimed) throw new Error(`Cannot claim the notice "${key}".`);
      return claimed;
    }

    const ever = Number.MAX_SAFE_INTEGER;

    it('are owed once for each key, whatever they say', async () => {
      expect(await notices.owe('credentials token_revoked 2026-01-05', credentials)).toBe(true);
      expect(await notices.owe('credentials token_revoked 2026-01-05', orphan)).toBe(false);
      expect(await notices.owe('credentials token_revoked 2026-01-06', credentials)).toBe(true);
      const due = await notices.due(time, 10);
      expect(due).toHaveLength(2);
      expect((await Promise.all(due.map(held))).map(({ notice }) => notice)).toEqual([credentials, credentials]);
    });

    it('are owed by one of ten who owe the same at once', async () => {
      const news = await Promise.all(Array.from({ length: 10 }, () => another().owe('the same', orphan)));
      expect(news.filter(isNew => isNew)).toHaveLength(1);
      expect(await notices.due(time, 10)).toHaveLength(1);
    });

    it('are due at once, the longest due first, and no more than asked for', async () => {
      const first = await owed('first');
      pass(1000);
      const second = await owed('second');
      pass(1000);
      const third = await owed('third');
      expect(await notices.due(time, 10)).toEqual([first, second, third]);
      expect(await notices.due(time, 2)).toEqual([first, second]);
      expect(await notices.due(time - 1, 10)).toEqual([first, second]);
      expect(await notices.due(time - 2001, 10)).toEqual([]);
    });

    it('come to whoever claims them as they were owed', async () => {
      const key = await owed('one', orphan);
      const since = time;
      pass(5000);
      const mine = await held(key);
      expect(mine).toMatchObject({ key, notice: orphan, unclear: false, at: since });
    });

    it('cannot be claimed where there are none', async () => {
      expect(await notices.claim('nobody')).toBeUndefined();
    });

    it('come to one of ten who claim them at once', async () => {
      const key = await owed('one');
      const claims = await Promise.all(Array.from({ length: 10 }, () => another().claim(key)));
      expect(claims.filter(claim => claim !== undefined)).toHaveLength(1);
    });

    it('are nobody else’s until the lease ends, and then of an unclear outcome', async () => {
      const key = await owed('one');
      const since = time;
      await held(key);
      pass(leaseTime - 1);
      expect(await notices.due(time, 10)).toEqual([]);
      expect(await notices.claim(key)).toBeUndefined();
      pass(1);
      expect(await notices.due(time, 10)).toEqual([key]);
      expect(await held(key)).toMatchObject({ notice: credentials, unclear: true, at: since });
    });

    it.each([
      ['sent', { is: 'sent', ts: '1.1' }],
      ['never to be', { is: 'dead', code: 'channel_not_found' }],
    ] as const)('are done with where they are %s, and not owed again', async (_, as) => {
      const key = await owed('one');
      await notices.mark(await held(key), as);
      expect(await notices.due(ever, 10)).toEqual([]);
      pass(leaseTime);
      expect(await notices.claim(key)).toBeUndefined();
      expect(await notices.owe('one', credentials)).toBe(false);
      expect(await notices.due(ever, 10)).toEqual([]);
    });

    it('are due again when they were put off to, and then clear', async () => {
      const key = await owed('one');
      const since = time;
      await notices.mark(await held(key), { is: 'put-off', notBefore: time + 30_000 });
      pass(29_999);
      expect(await notices.due(time, 10)).toEqual([]);
      expect(await notices.claim(key)).toBeUndefined();
      pass(1);
      expect(await notices.due(time, 10)).toEqual([key]);
      expect(await held(key)).toMatchObject({ unclear: false, at: since });
    });

    it('may be put off for longer than a lease', async () => {
      const key = await owed('one');
      await notices.mark(await held(key), { is: 'put-off', notBefore: time + 10 * leaseTime });
      pass(2 * leaseTime);
      expect(await notices.claim(key)).toBeUndefined();
    });

    it.each([
      { is: 'sent', ts: '1.1' },
      { is: 'put-off', notBefore: 0 },
      { is: 'dead', code: 'x' },
    ] as const)('are not marked as $is by somebody who was overtaken', async as => {
      const key = await owed('one');
      const lost = await held(key);
      pass(leaseTime);
      const mine = await held(key);
      await expect(notices.mark(lost, as)).rejects.toThrow(LeaseLost);
      expect(await notices.due(time + leaseTime - 1, 10)).toEqual([]);
      expect(await notices.due(time + leaseTime, 10)).toEqual([key]);
      await notices.mark(mine, { is: 'sent', ts: '2.2' });
      expect(await notices.due(ever, 10)).toEqual([]);
      await expect(notices.mark(lost, as)).rejects.toThrow(LeaseLost);
      expect(await notices.due(ever, 10)).toEqual([]);
    });

    it('are ours until a call that begins now could go on after the lease, by either clock', async () => {
      const enough = leaseTime - 2 * callTime;
      const mine = await held(await owed('one'));
      pass(enough - 1);
      expect(mine.ours()).toBe(true);
      pass(1);
      expect(mine.ours()).toBe(false);
      const second = await held(await owed('second'));
      time += enough;
      expect(second.ours()).toBe(false);
      const third = await held(await owed('third'));
      steady += enough;
      time -= 3_600_000;
      expect(third.ours()).toBe(false);
    });
  });
}
