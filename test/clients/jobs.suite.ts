import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Change, Decision } from '../../src/job/change.ts';
import { decided, seated } from '../../src/job/change.ts';
import type { Job, JobIn } from '../../src/job/job.ts';
import { states } from '../../src/job/job.ts';
import type { Post } from '../../src/job/post.ts';
import { capacityOf, emptyLedger, line, paused, queue, unitsHeld, unitsIn } from '../../src/job/quota.ts';
import type { Clock, Deadline, Delivery, Fact, Held, Jobs, Owed } from '../../src/world.ts';
import { LeaseLost, StoreUnavailable } from '../../src/world.ts';
import { fullJobIn, jobIn, specWith, tuningSpecWith } from '../job/sample-jobs.ts';

/** A store that holds nothing yet, and clients of it: each call of `jobs` is one more process. */
export interface JobsStore {
  jobs(options?: { clock?: Clock; leaseTime?: number; callTime?: number }): Jobs;
  /** The audit records of a job, which the port writes and never reads. */
  decisions(id: string): Promise<Decision[]>;
  close(): Promise<void>;
}

const leaseTime = 90_000;
const callTime = 8_000;
const card: Post = { kind: 'card' };
const stay: Fact = job => ({ job });

/** What holds of every implementation of `Jobs`. */
export function jobsSuite(name: string, make: () => Promise<JobsStore>): void {
  describe(`Jobs in ${name}`, () => {
    let store: JobsStore;
    let jobs: Jobs;
    let time: number;
    let steady: number;
    const clock: Clock = { now: () => time, steady: () => steady };

    beforeAll(async () => {
      store = await make();
    });
    afterAll(() => store.close());

    let count = 0;
    beforeEach(() => {
      time = Date.UTC(2026, 0, 5, 9);
      steady = 0;
      jobs = store.jobs({ clock, leaseTime, callTime });
    });

    function pass(milliseconds: number) {
      time += milliseconds;
      steady += milliseconds;
    }

    /** A job of its own name, requester and id, so that no test sees another's. */
    function fresh(changes: Partial<JobIn<'checking'>> = {}): JobIn<'checking'> {
      count++;
      const requester = { user: `U${count}`, team: 'T0HOME' };
      const spec = specWith({ modelName: `model-${count}` });
      return jobIn('checking', { id: `job${count}`, requester, spec, createdAt: time, ...changes });
    }

    async function begun(job: Job = fresh(), owes: Omit<Change, 'job'> = { posts: [card] }): Promise<Job> {
      return jobs.create({ job, ...owes }, `inbox of ${job.id}`);
    }

    async function held(id: string): Promise<Held> {
      const claimed = await jobs.claim(id);
      if (!claimed) throw new Error(`Cannot claim job "${id}".`);
      return claimed;
    }

    async function idsDue(at: number): Promise<string[]> {
      return (await jobs.due(at, 1000)).map(({ id }) => id);
    }

    const rows = (by: number) => (job: Job) => ({
      job: job.state === 'checking' ? { ...job, rowsRead: (job.rowsRead ?? 0) + by } : job,
    });
    const owing =
      (...posts: Post[]): Fact =>
      job => ({ job, posts });
    /** Everything that is written under a lease. */
    const writes: { name: string; write(mine: Held): Promise<Held> }[] = [
      { name: 'a commit', write: mine => jobs.commit(mine, rows(1)) },
      { name: 'a renewal', write: mine => jobs.renew(mine) },
      { name: 'an attempt that begins', write: mine => marked(mine, { is: 'sending' }) },
      { name: 'a message put off', write: mine => marked(mine, { is: 'put-off', notBefore: time }) },
      { name: 'a message sent', write: mine => marked(mine, { is: 'sent', ts: '1.1' }) },
      { name: 'a message that never will be', write: mine => marked(mine, { is: 'dead', code: 'x' }) },
      { name: 'a card redrawn', write: mine => jobs.redrawn(mine, 'card', { ts: '1.1', drawn: 'x' }) },
    ];
    async function marked(mine: Held, as: Delivery): Promise<Held> {
      const [owed] = await jobs.posts(mine);
      return jobs.mark(mine, owed!, as);
    }
    const keys = (owed: Owed[]) => owed.map(({ key, post, state }) => `${key} ${post.kind} ${state}`);

    describe('create()', () => {
      it('begins a job that is due at once, owes its first post and is on record', async () => {
        const job = fresh();
        const audit = { action: 'submit', by: job.requester, at: time, digest: job.digest } as const;
        expect(await begun(job, { posts: [card], audit })).toEqual(job);
        expect(await jobs.get(job.id)).toEqual(job);
        expect(await idsDue(time)).toContain(job.id);
        expect(await store.decisions(job.id)).toEqual([audit]);
        const mine = await held(job.id);
        expect(mine.owing).toBe(true);
        expect(await jobs.posts(mine)).toEqual([{ key: '0000', post: card, state: 'pending', at: time }]);
      });

      it('takes a delivery once: the second makes no job, and gets the first', async () => {
        const [first, second] = [fresh(), fresh()];
        await jobs.create({ job: first, posts: [card] }, 'one view');
        expect(await jobs.create({ job: second, posts: [card] }, 'one view')).toEqual(first);
        expect(await jobs.get(second.id)).toBeUndefined();
        expect(await jobs.list({ requester: second.requester.user, limit: 10 })).toEqual([]);
      });

      it('takes a delivery once, though it comes ten times at once', async () => {
        const drafts = Array.from({ length: 10 }, () => fresh());
        const made = await Promise.all(drafts.map(job => jobs.create({ job }, 'one other view')));
        expect(new Set(made.map(job => job.id)).size).toBe(1);
        const kept = await Promise.all(drafts.map(({ id }) => jobs.get(id)));
        expect(kept.filter(job => job !== undefined)).toEqual([made[0]]);
      });

      it('does not write over a job', async () => {
        const job = await begun();
        await expect(jobs.create({ job: { ...job, channel: 'C0OTHER' } }, 'another view')).rejects.toThrow(job.id);
        expect(await jobs.get(job.id)).toEqual(job);
      });
    });

    describe('A job', () => {
      it.each(states)('comes back as it was, with everything set, when it is %s', async state => {
        const job = fullJobIn(state, { id: `${fresh().id}-full` });
        await begun(job);
        expect(await jobs.get(job.id)).toEqual(job);
      });

      it('comes back without fields that were undefined', async () => {
        const { id } = await begun(fresh({ from: undefined, spec: specWith({ serviceAccount: undefined }) }));
        const back = await jobs.get(id);
        expect(back).not.toHaveProperty('from');
        expect(back?.spec).not.toHaveProperty('serviceAccount');
        const next = await jobs.record(id, job => ({ job: { ...job, from: 'x', uploads: { dataset: undefined } } }));
        expect(next).toMatchObject({ from: 'x' });
        expect((await jobs.get(id))?.uploads).not.toHaveProperty('dataset');
      });

      it('loses what a fact took away', async () => {
        const { id } = await begun(fresh({ rowsRead: 5, from: 'x' }));
        await jobs.record(id, job => {
          const { from: _, ...rest } = job;
          return { job: rest };
        });
        expect(await jobs.get(id)).not.toHaveProperty('from');
        expect(await jobs.get(id)).toMatchObject({ rowsRead: 5 });
      });

      it('is nobody where there is none', async () => {
        expect(await jobs.get('nobody')).toBeUndefined();
        expect(await jobs.cardOf('nobody')).toBeUndefined();
        expect(await jobs.claim('nobody')).toBeUndefined();
        expect(await jobs.record('nobody', stay)).toBeUndefined();
      });
    });

    describe('record()', () => {
      it('applies each of 20 facts that come at once, once', async () => {
        const { id } = await begun();
        await Promise.all(Array.from({ length: 20 }, (_, i) => jobs.record(id, rows(2 ** i))));
        expect(await jobs.get(id)).toMatchObject({ rowsRead: 2 ** 20 - 1 });
      });

      it('lets one of 20 approvers approve who come at once', async () => {
        const { id } = await begun({ ...jobIn('waiting'), ...pick(fresh()) });
        const after = await Promise.all(
          Array.from({ length: 20 }, (_, i) =>
            jobs.record(id, (job, ledger) =>
              decided(job, { approve: true }, { by: { user: `A${i}`, team: 'T0HOME' }, ledger, now: time }),
            ),
          ),
        );
        const [audit, ...others] = await store.decisions(id);
        expect(others).toEqual([]);
        expect(audit).toMatchObject({ action: 'approve' });
        const job = await jobs.get(id);
        expect(job).toMatchObject({ state: 'queued', approval: { by: audit?.by } });
        expect(after).toEqual(after.map(() => job));
        expect(Object.keys((await jobs.ledger('GPU')).waiting).filter(one => one === id)).toEqual([id]);
      });

      it('makes the job due now, where it changes it, and not where it does not', async () => {
        const { id } = await begun();
        expect(await jobs.release(await held(id), () => undefined)).toBeUndefined();
        await jobs.record(id, stay);
        expect(await idsDue(time + 1e9)).not.toContain(id);
        await jobs.record(id, rows(1));
        expect(await idsDue(time - 1)).not.toContain(id);
        expect(await idsDue(time)).toContain(id);
      });

      it('owes posts after those owed before', async () => {
        const { id } = await begun();
        await jobs.record(id, owing({ kind: 'dataset' }, { kind: 'approval' }));
        expect(keys(await jobs.posts(await held(id)))).toEqual([
          '0000 card pending',
          '0001 dataset pending',
          '0002 approval pending',
        ]);
      });

      it('writes nothing where the fact throws', async () => {
        const { id } = await begun();
        const before = await jobs.get(id);
        const refuse = () => {
          throw new Error('Not like this.');
        };
        await expect(jobs.record(id, refuse)).rejects.toThrow('Not like this.');
        expect(await jobs.get(id)).toEqual(before);
      });
    });

    describe('claim()', () => {
      it('gives the lease to one of ten who ask at once', async () => {
        const { id } = await begun();
        const processes = Array.from({ length: 10 }, () => store.jobs({ clock, leaseTime }));
        const claims = await Promise.all(processes.map(one => one.claim(id)));
        expect(claims.filter(claim => claim !== undefined)).toHaveLength(1);
      });

      it('puts the next look at the end of the lease', async () => {
        const { id } = await begun();
        await held(id);
        expect(await idsDue(time + leaseTime - 1)).not.toContain(id);
        expect(await idsDue(time + leaseTime)).toContain(id);
      });

      it('gives the lease away again when it has ended, and not before', async () => {
        const { id } = await begun();
        await held(id);
        pass(leaseTime - 1);
        expect(await jobs.claim(id)).toBeUndefined();
        pass(1);
        expect((await jobs.claim(id))?.job.id).toBe(id);
      });

      it('brings the job, its ledger and where its messages stand', async () => {
        const spec = specWith({ accelerator: 'TPU' });
        const { id } = await begun(fresh({ spec }));
        await jobs.record(id, (job, ledger) => ({ job, ledger: queue(ledger, job.id, { units: 64, since: 5 }) }));
        const mine = await held(id);
        expect(mine.job).toEqual(await jobs.get(id));
        expect(mine.ledger).toEqual(await jobs.ledger('TPU'));
        expect(mine.ledger.waiting).toMatchObject({ [id]: { units: 64, since: 5 } });
        expect(mine.sent).toEqual({});
      });
    });

    describe('commit() and renew()', () => {
      it('commit job, posts, ledger and audit together', async () => {
        const job = fresh();
        await begun(job, {});
        const audit = { action: 'cancel', by: job.requester, at: time, digest: job.digest } as const;
        const seat = { units: 8, since: time };
        const next = await jobs.commit(await held(job.id), (now, ledger) => ({
          ...rows(7)(now),
          posts: [card],
          ledger: queue(ledger, job.id, seat),
          audit,
        }));
        expect(next.job).toEqual({ ...job, rowsRead: 7 });
        expect(next.owing).toBe(true);
        expect(next.ledger.waiting[job.id]).toEqual(seat);
        expect(await jobs.get(job.id)).toEqual(next.job);
        expect((await jobs.ledger('GPU')).waiting[job.id]).toEqual(seat);
        expect(await store.decisions(job.id)).toEqual([audit]);
        expect(keys(await jobs.posts(next))).toEqual(['0000 card pending']);
      });

      it('see what a door recorded meanwhile', async () => {
        const { id } = await begun();
        const mine = await held(id);
        await jobs.record(id, rows(1));
        expect((await jobs.commit(mine, rows(10))).job).toMatchObject({ rowsRead: 11 });
      });

      it('change nothing under a lease that somebody else has taken', async () => {
        const { id } = await begun();
        const lost = await held(id);
        pass(leaseTime);
        const mine = await held(id);
        await expect(jobs.commit(lost, rows(1))).rejects.toThrow(LeaseLost);
        await expect(jobs.renew(lost)).rejects.toThrow(LeaseLost);
        const [owed] = await jobs.posts(mine);
        await expect(jobs.mark(lost, owed!, { is: 'dead', code: 'x' })).rejects.toThrow(LeaseLost);
        await expect(jobs.redrawn(lost, 'card', { ts: '1', drawn: 'x' })).rejects.toThrow(LeaseLost);
        expect(await jobs.release(lost, () => undefined)).toBeUndefined();
        expect(await jobs.get(id)).toEqual(mine.job);
        expect(keys(await jobs.posts(mine))).toEqual(['0000 card pending']);
        expect(await jobs.cardOf(id)).toBeUndefined();
        expect((await jobs.commit(mine, rows(1))).job).toMatchObject({ rowsRead: 1 });
      });

      it('change nothing after the lease was given back', async () => {
        const { id } = await begun();
        const mine = await held(id);
        await jobs.release(mine, () => time);
        await expect(jobs.commit(mine, rows(1))).rejects.toThrow(LeaseLost);
      });

      it.each(writes)('make the lease last from now, and the next look wait for its end: $name', async ({ write }) => {
        const { id } = await begun();
        const mine = await held(id);
        pass(leaseTime - 1);
        await write(mine);
        pass(leaseTime - 1);
        expect(await jobs.claim(id)).toBeUndefined();
        expect(await idsDue(time)).not.toContain(id);
        pass(1);
        expect(await idsDue(time)).toContain(id);
        expect(await jobs.claim(id)).toBeDefined();
      });

      it('leave the lease as it was where nothing was to be written', async () => {
        const { id } = await begun();
        const mine = await held(id);
        pass(leaseTime - 1);
        await jobs.commit(mine, stay);
        pass(1);
        expect(await jobs.claim(id)).toBeDefined();
      });

      it('see another version where a door has recorded a fact, and only there', async () => {
        const { id } = await begun();
        const first = await held(id);
        const [owed] = await jobs.posts(first);
        let mine = await jobs.renew(await jobs.commit(first, rows(1)));
        mine = await jobs.mark(mine, owed!, { is: 'sent', ts: '1.1', drawn: 'a' });
        mine = await jobs.redrawn(mine, 'card', { ts: '1.1', drawn: 'b' });
        await jobs.record(id, stay);
        mine = await jobs.commit(mine, stay);
        expect(mine.version).toBe(first.version);
        await jobs.record(id, rows(1));
        expect((await jobs.commit(mine, stay)).version).not.toBe(first.version);
      });
    });

    describe('ours() of what is held', () => {
      const enough = leaseTime - 2 * callTime;

      it('holds until a call that begins now could go on after the lease', async () => {
        const mine = await held((await begun()).id);
        expect(mine.ours()).toBe(true);
        pass(enough - 1);
        expect(mine.ours()).toBe(true);
        pass(1);
        expect(mine.ours()).toBe(false);
      });

      it('ends where the wall clock alone has moved on, as after a sleep', async () => {
        const mine = await held((await begun()).id);
        time += enough;
        expect(mine.ours()).toBe(false);
      });

      it('ends where the steady clock alone has moved on, the wall clock having been set back', async () => {
        const mine = await held((await begun()).id);
        steady += enough;
        time -= 3_600_000;
        expect(mine.ours()).toBe(false);
      });

      it.each(writes)('begins anew with $name', async ({ write }) => {
        const mine = await held((await begun()).id);
        pass(enough);
        const next = await write(mine);
        expect([mine.ours(), next.ours()]).toEqual([false, true]);
        pass(enough - 1);
        expect(next.ours()).toBe(true);
        pass(1);
        expect(next.ours()).toBe(false);
      });

      it('goes on as it was where nothing was written', async () => {
        const { id } = await begun();
        const mine = await held(id);
        pass(enough - 1);
        const next = await jobs.commit(mine, stay);
        await jobs.record(id, rows(1));
        const still = await jobs.release(next, () => undefined);
        expect([next.ours(), still?.ours()]).toEqual([true, true]);
        pass(1);
        expect([next.ours(), still?.ours()]).toEqual([false, false]);
      });
    });

    describe('hurried()', () => {
      const patience = 5_000;
      const until = (): Deadline => ({ at: steady + patience, sent: false });

      it('does the same as long as there is time, and notes when a write is sent', async () => {
        const { id } = await begun();
        const deadline = until();
        const quick = jobs.hurried(deadline);
        expect(await quick.get(id)).toEqual(await jobs.get(id));
        expect(await quick.list({ requester: `U${count}`, limit: 10 })).toHaveLength(1);
        expect(deadline.sent).toBe(false);
        expect(await quick.record(id, rows(1))).toMatchObject({ rowsRead: 1 });
        expect(deadline.sent).toBe(true);
      });

      it('notes a write that begins a job', async () => {
        const deadline = until();
        await jobs.hurried(deadline).create({ job: fresh() }, `hurried ${count}`);
        expect(deadline.sent).toBe(true);
      });

      it('notes none where a fact changes nothing', async () => {
        const { id } = await begun();
        const deadline = until();
        await jobs.hurried(deadline).record(id, stay);
        expect(deadline.sent).toBe(false);
      });

      it('reads nothing and writes nothing after the deadline, and says that nothing was sent', async () => {
        const { id } = await begun();
        const before = await jobs.get(id);
        const late = fresh();
        const deadline = until();
        const quick = jobs.hurried(deadline);
        steady += patience;
        const calls = [
          () => quick.get(id),
          () => quick.list({ limit: 1 }),
          () => quick.taken(`inbox of ${id}`),
          () => quick.cardOf(id),
          () => quick.ledger('GPU'),
          () => quick.record(id, rows(1)),
          () => quick.create({ job: late, posts: [card] }, `inbox of ${late.id}`),
        ];
        for (const call of calls) {
          const failure: unknown = await call().catch((error: unknown) => error);
          expect(failure).toBeInstanceOf(StoreUnavailable);
          expect(failure).toMatchObject({ sent: false });
        }
        expect(deadline.sent).toBe(false);
        expect(await jobs.get(id)).toEqual(before);
        expect(await jobs.get(late.id)).toBeUndefined();
        expect(await jobs.taken(`inbox of ${late.id}`)).toBeUndefined();
      });

      it('writes nothing where the deadline passes between reading and writing', async () => {
        const { id } = await begun();
        const before = await jobs.get(id);
        const deadline = until();
        const recording = jobs.hurried(deadline).record(id, job => {
          steady += patience;
          return rows(1)(job);
        });
        await expect(recording).rejects.toMatchObject({ name: 'StoreUnavailable', sent: false });
        expect(deadline.sent).toBe(false);
        expect(await jobs.get(id)).toEqual(before);
      });

      it('hurries nobody else', async () => {
        const { id } = await begun();
        jobs.hurried(until());
        steady += patience;
        expect(await jobs.record(id, rows(1))).toMatchObject({ rowsRead: 1 });
      });
    });

    describe('The ledger', () => {
      it('is empty before anybody queues', async () => {
        const other = await make();
        expect(await other.jobs().ledger('TPU')).toEqual(emptyLedger);
        await other.close();
      });

      it('gives the last seat to one of two jobs that take it at once, the one first in line', async () => {
        const other = await make();
        const processes = [other.jobs({ clock, leaseTime }), other.jobs({ clock, leaseTime })];
        const spec = specWith({ accelerator: 'TPU' });
        const pair = processes.map((mine, i) => ({
          mine,
          job: { ...jobIn('queued'), ...pick(fresh({ spec })), queuedAt: time + i },
        }));
        for (const { mine, job } of pair) {
          const seat = { units: 64, since: job.queuedAt };
          await mine.create({ job }, job.id);
          await mine.record(job.id, (now, ledger) => ({ job: now, ledger: queue(ledger, job.id, seat) }));
        }
        const after = await Promise.all(
          pair.map(async ({ mine, job }) => {
            const claimed = await mine.claim(job.id);
            return mine.commit(claimed!, (now, ledger) => seated(now, { ledger, capacity: 64, now: time }));
          }),
        );
        expect(after.map(({ job }) => job.state)).toEqual(['launching', 'queued']);
        const ledger = await processes[0]!.ledger('TPU');
        expect(Object.keys(ledger.held)).toEqual([pair[0]?.job.id]);
        expect(unitsHeld(ledger)).toBe(64);
        expect(line(ledger)).toEqual([pair[1]?.job.id]);
        await other.close();
      });

      it('gives the last seat to one of ten that each believe it is theirs', async () => {
        const other = await make();
        const ten = Array.from({ length: 10 }, () => ({ mine: other.jobs({ clock, leaseTime }), job: fresh() }));
        for (const { mine, job } of ten) await mine.create({ job }, job.id);
        await Promise.all(
          ten.map(({ mine, job }) =>
            mine.record(job.id, (now, ledger) => {
              if (unitsHeld(ledger) + 8 > 8) return { job: now };
              return {
                ...rows(1)(now),
                ledger: { ...ledger, held: { ...ledger.held, [job.id]: { units: 8, since: time } } },
              };
            }),
          ),
        );
        const [alone] = ten;
        const ledger = await alone!.mine.ledger('GPU');
        expect(unitsHeld(ledger)).toBe(8);
        const kept = await Promise.all(ten.map(({ mine, job }) => mine.get(job.id)));
        const winners = kept.filter(job => job?.state === 'checking' && job.rowsRead === 1);
        expect(winners.map(job => job?.id)).toEqual(Object.keys(ledger.held));
        await other.close();
      });

      it('of tuning jobs has a seat for each of ten at once, and none while launches are paused', async () => {
        const other = await make();
        const spec = tuningSpecWith();
        const capacity = capacityOf(emptyLedger, 'tuning', { capacity: { TPU: 64, GPU: 8 } });
        const ten = Array.from({ length: 10 }, (_, i) => ({
          mine: other.jobs({ clock, leaseTime }),
          job: { ...jobIn('queued', { schema: 3 }), ...pick(fresh({ spec })), queuedAt: time + i },
        }));
        const by = { user: 'UBEN', team: 'T0HOME' };
        const govern = (wish: typeof by | undefined) => ten[0]!.mine.govern(ledger => paused(ledger, wish, time));
        for (const { mine, job } of ten) {
          await mine.create({ job }, job.id);
          const seat = { units: unitsIn('tuning'), since: job.queuedAt, by: job.requester.user };
          await mine.record(job.id, (now, ledger) => ({ job: now, ledger: queue(ledger, job.id, seat) }));
        }
        const seating = async ({ mine, job }: (typeof ten)[number]) => {
          const claimed = await mine.claim(job.id);
          const next = await mine.commit(claimed!, (now, ledger) => seated(now, { ledger, capacity, now: time }));
          await mine.release(next, () => undefined);
          return next.job;
        };

        await govern(by);
        expect(await seating(ten[0]!)).toMatchObject({ state: 'queued', paused: { by } });
        await govern(undefined);
        for (const one of ten) expect((await seating(one)).state).toBe('launching');
        const { held, waiting } = await ten[0]!.mine.ledger('tuning');
        expect(Object.keys(held).sort()).toEqual(ten.map(({ job }) => job.id).sort());
        expect(waiting).toEqual({});
        for (const accelerator of ['TPU', 'GPU'] as const)
          expect(await ten[0]!.mine.ledger(accelerator)).toMatchObject({ held: {}, waiting: {} });
        await other.close();
      });

      it('loses nothing where ten jobs of one accelerator change it at once', async () => {
        const ten = Array.from({ length: 10 }, () => fresh());
        await Promise.all(ten.map(job => begun(job)));
        await Promise.all(
          ten.map(({ id }) =>
            jobs.record(id, (job, ledger) => ({ job, ledger: queue(ledger, id, { units: 8, since: time }) })),
          ),
        );
        const { waiting } = await jobs.ledger('GPU');
        expect(ten.filter(({ id }) => !(id in waiting))).toEqual([]);
      });
    });

    describe('release()', () => {
      it('sets when the next look is due, and lets the next one claim at once', async () => {
        const { id } = await begun();
        expect(await jobs.release(await held(id), () => time + 60_000)).toBeUndefined();
        expect(await idsDue(time + 59_999)).not.toContain(id);
        expect(await idsDue(time + 60_000)).toContain(id);
        expect(await jobs.claim(id)).toBeDefined();
      });

      it('leaves a job that is finished undue for ever', async () => {
        const { id } = await begun();
        await jobs.release(await held(id), () => undefined);
        expect(await idsDue(Number.MAX_SAFE_INTEGER)).not.toContain(id);
      });

      it('asks with the job as it is, and whether posts are owed', async () => {
        const { id } = await begun();
        const asked: unknown[] = [];
        const note = ({ job, owing }: Held) => {
          asked.push([job, owing]);
          return time;
        };
        const job = await jobs.get(id);
        await jobs.release(await held(id), note);
        const mine = await held(id);
        const [owed] = await jobs.posts(mine);
        await jobs.release(await jobs.mark(mine, owed!, { is: 'sent', ts: '1.1' }), note);
        expect(asked).toEqual([
          [job, true],
          [job, false],
        ]);
      });

      it('keeps the lease where a door recorded something meanwhile', async () => {
        const { id } = await begun();
        const mine = await held(id);
        await jobs.record(id, rows(3));
        const still = await jobs.release(mine, () => undefined);
        expect(still?.job).toMatchObject({ rowsRead: 3 });
        expect(await jobs.claim(id)).toBeUndefined();
        expect((await jobs.commit(still!, rows(1))).job).toMatchObject({ rowsRead: 4 });
        expect(await jobs.release(still!, () => undefined)).toBeUndefined();
        expect(await jobs.claim(id)).toBeDefined();
      });

      it('keeps the lease for what a door recorded while a message was on its way', async () => {
        const { id } = await begun();
        const mine = await held(id);
        const [owed] = await jobs.posts(mine);
        await jobs.record(id, rows(3));
        await jobs.mark(mine, owed!, { is: 'sent', ts: '1.1' });
        expect((await jobs.release(mine, () => undefined))?.job).toMatchObject({ rowsRead: 3 });
      });

      it('gives the lease back though its holder has written since', async () => {
        const { id } = await begun();
        const mine = await held(id);
        await jobs.commit(mine, rows(1));
        expect(await jobs.release(mine, () => undefined)).toBeUndefined();
        expect((await jobs.claim(id))?.job).toMatchObject({ rowsRead: 1 });
      });

      it('leaves the job to whoever has taken over', async () => {
        const { id } = await begun();
        const lost = await held(id);
        pass(leaseTime);
        await held(id);
        expect(await jobs.release(lost, () => undefined)).toBeUndefined();
        expect(await jobs.claim(id)).toBeUndefined();
        expect(await idsDue(time + leaseTime)).toContain(id);
      });
    });

    describe('due()', () => {
      it('names the longest due first and since when, and no more than asked for', async () => {
        const other = await make();
        const alone = other.jobs({ clock, leaseTime });
        for (const [id, due] of [
          ['late', 3000],
          ['early', 1000],
          ['never', undefined],
          ['middle', 2000],
          ['future', 9000],
        ] as const) {
          await alone.create({ job: fresh({ id }) }, id);
          const claimed = await alone.claim(id);
          await alone.release(claimed!, () => due && time + due);
        }
        const [early, middle, late] = ['early', 'middle', 'late'].map((id, i) => ({ id, at: time + 1000 * (i + 1) }));
        expect(await alone.due(time + 5000, 10)).toEqual([early, middle, late]);
        expect(await alone.due(time + 5000, 2)).toEqual([early, middle]);
        expect(await alone.due(time + 999, 10)).toEqual([]);
        await other.close();
      });
    });

    describe('posts() and mark()', () => {
      const three: Post[] = [card, { kind: 'dataset' }, { kind: 'stage', title: 'Tuner', done: false, tuning: true }];

      it('tell in order what is owed, twelve of a kind too', async () => {
        const { id } = await begun(fresh(), { posts: three });
        let mine = await held(id);
        mine = await jobs.commit(mine, owing(...Array.from({ length: 10 }, () => ({ kind: 'launch' }) as const)));
        const owed = await jobs.posts(mine);
        expect(owed.map(({ key }) => key)).toEqual(Array.from({ length: 13 }, (_, i) => String(i).padStart(4, '0')));
        expect(owed.map(({ post }) => post).slice(0, 4)).toEqual([...three, { kind: 'launch' }]);
      });

      it('remember that an attempt began', async () => {
        const { id } = await begun(fresh(), { posts: three });
        const mine = await held(id);
        const [first] = await jobs.posts(mine);
        const next = await jobs.mark(mine, first!, { is: 'sending' });
        expect(keys(await jobs.posts(next))).toEqual([
          '0000 card sending',
          '0001 dataset pending',
          '0002 stage pending',
        ]);
        expect(next.owing).toBe(true);
      });

      it('owe no more what was sent, or will never be', async () => {
        const { id } = await begun(fresh(), { posts: three });
        let mine = await held(id);
        const [first, second, third] = await jobs.posts(mine);
        mine = await jobs.mark(mine, first!, { is: 'sent', ts: '1.1', drawn: 'digest' });
        expect(keys(await jobs.posts(mine))).toEqual(['0001 dataset pending', '0002 stage pending']);
        mine = await jobs.mark(mine, second!, { is: 'dead', code: 'is_archived' });
        expect(keys(await jobs.posts(mine))).toEqual(['0002 stage pending']);
        expect(mine.owing).toBe(true);
        mine = await jobs.mark(mine, third!, { is: 'sent', ts: '1.3' });
        expect(await jobs.posts(mine)).toEqual([]);
        expect(mine.owing).toBe(false);
        mine = await jobs.commit(mine, owing({ kind: 'result' }));
        expect(keys(await jobs.posts(mine))).toEqual(['0003 result pending']);
        expect(mine.owing).toBe(true);
      });

      it('put off what is to be tried later', async () => {
        const { id } = await begun();
        const mine = await held(id);
        const [owed] = await jobs.posts(mine);
        const sending = await jobs.mark(mine, owed!, { is: 'sending' });
        const later = await jobs.mark(sending, owed!, { is: 'put-off', notBefore: time + 30_000 });
        expect(await jobs.posts(later)).toEqual([
          { key: '0000', post: card, state: 'pending', at: time, notBefore: time + 30_000 },
        ]);
        expect(later.owing).toBe(true);
      });

      it('remember where what is redrawn stands, and what it shows', async () => {
        const { id } = await begun(fresh(), { posts: [card, { kind: 'approval' }, { kind: 'launch' }] });
        let mine = await held(id);
        const [first, second, third] = await jobs.posts(mine);
        mine = await jobs.mark(mine, first!, { is: 'sent', ts: '1.1', drawn: 'a' });
        expect(await jobs.cardOf(id)).toEqual({ ts: '1.1', drawn: 'a' });
        mine = await jobs.mark(mine, second!, { is: 'sent', ts: '1.2', drawn: 'b' });
        mine = await jobs.mark(mine, third!, { is: 'sent', ts: '1.3', drawn: 'c' });
        expect(mine.sent).toEqual({ card: { ts: '1.1', drawn: 'a' }, approval: { ts: '1.2', drawn: 'b' } });
        const redrawn = { ts: '1.1', drawn: 'd', picture: 'F1' };
        mine = await jobs.redrawn(mine, 'card', redrawn);
        expect(mine.sent).toEqual({ card: redrawn, approval: { ts: '1.2', drawn: 'b' } });
        await jobs.release(mine, () => undefined);
        expect((await held(id)).sent).toEqual(mine.sent);
        expect(await jobs.cardOf(id)).toEqual(redrawn);
      });

      it('remember that a card was sent once more after the end', async () => {
        const { id } = await begun();
        const settled = { ts: '1.1', drawn: 'a', settled: true };
        const mine = await jobs.redrawn(await held(id), 'card', settled);
        expect(mine.sent).toEqual({ card: settled });
        expect(await jobs.cardOf(id)).toEqual(settled);
        const drawn = await jobs.redrawn(mine, 'card', { ts: '1.1', drawn: 'b' });
        expect(drawn.sent).toEqual({ card: { ts: '1.1', drawn: 'b' } });
      });

      it('send a new card out of turn, which neither skips a reply nor is sent again', async () => {
        const { id } = await begun(fresh(), { posts: three });
        let mine = await marked(await held(id), { is: 'sent', ts: '1.1', drawn: 'a' });
        mine = await jobs.commit(mine, owing(card));
        const [, , again] = await jobs.posts(mine);
        expect(again).toMatchObject({ key: '0003', post: card });
        mine = await jobs.mark(mine, again!, { is: 'sent', ts: '9.9', drawn: 'z' });
        expect(mine.sent.card).toEqual({ ts: '9.9', drawn: 'z' });
        expect(keys(await jobs.posts(mine))).toEqual(['0001 dataset pending', '0002 stage pending']);
        expect(mine.owing).toBe(true);
        await jobs.release(mine, () => time);
        mine = await held(id);
        expect(keys(await jobs.posts(mine))).toEqual(['0001 dataset pending', '0002 stage pending']);
        const [second, third] = await jobs.posts(mine);
        mine = await jobs.mark(mine, second!, { is: 'sent', ts: '1.2' });
        expect(keys(await jobs.posts(mine))).toEqual(['0002 stage pending']);
        expect(mine.owing).toBe(true);
        mine = await jobs.mark(mine, third!, { is: 'dead', code: 'x' });
        expect(await jobs.posts(mine)).toEqual([]);
        expect(mine.owing).toBe(false);
        mine = await jobs.commit(mine, owing({ kind: 'result' }));
        expect(keys(await jobs.posts(mine))).toEqual(['0004 result pending']);
      });

      it('keep an attempt for a while from being looked for', async () => {
        const { id } = await begun();
        const mine = await marked(await held(id), { is: 'sending', notBefore: time + 5_000 });
        expect(await jobs.posts(mine)).toEqual([
          { key: '0000', post: card, state: 'sending', at: time, notBefore: time + 5_000 },
        ]);
        await jobs.release(mine, () => time);
        expect(await jobs.posts(await held(id))).toMatchObject([{ state: 'sending', notBefore: time + 5_000 }]);
      });

      it('do not remember a card that could not be sent', async () => {
        const { id } = await begun();
        const mine = await held(id);
        const [owed] = await jobs.posts(mine);
        expect((await jobs.mark(mine, owed!, { is: 'dead', code: 'channel_not_found' })).sent).toEqual({});
        expect(await jobs.cardOf(id)).toBeUndefined();
      });
    });

    describe('get()', () => {
      it.each(['', '.', '..', '../jobs/x', 'a/b', '__proto__', '__name__', 'x'.repeat(5000), '\u0000', 'ä'])(
        'knows no job "%s", and says so at once',
        async id => {
          expect(await jobs.get(id)).toBeUndefined();
        },
      );
    });

    describe('govern()', () => {
      it('changes the ledgers once for each delivery, also where the first time changed nothing', async () => {
        const by = { user: 'UBEN', team: 'T0HOME' };
        const count = async () => (await jobs.decisions('')).length;
        const before = await count();
        const pausedAt = async () => (await jobs.ledger('GPU')).paused?.at;
        const wish = (inbox: string, at: number | undefined) =>
          jobs.govern(({ paused: _, ...ledger }) => (at ? { ...ledger, paused: { by, at } } : ledger), {
            decision: { action: at ? 'pause' : 'resume', by, at: time, digest: '' },
            inbox,
          });
        await wish('a command that changes nothing', undefined);
        await wish('a command', 5);
        await wish('a command that changes nothing', undefined);
        expect(await pausedAt()).toBe(5);
        await wish('a third', undefined);
        await wish('a command', 7);
        expect(await pausedAt()).toBeUndefined();
        expect((await count()) - before).toBe(2);
      });
    });

    describe('posted()', () => {
      it('counts messages that a job has owed after a moment, and no more than asked for', async () => {
        const { id } = await begun();
        const since = time;
        for (const _ of [1, 2, 3]) {
          pass(1000);
          await jobs.record(id, owing({ kind: 'launch' }));
        }
        expect(await jobs.posted(id, since, 10)).toBe(3);
        expect(await jobs.posted(id, since + 1000, 10)).toBe(2);
        expect(await jobs.posted(id, since, 2)).toBe(2);
        expect(await jobs.posted(id, since - 1, 10)).toBe(4);
        expect(await jobs.posted(id, time, 10)).toBe(0);
        expect(await jobs.posted('nobody', 0, 10)).toBe(0);
      });
    });

    describe('begun()', () => {
      it('counts jobs that began after a moment, and no more than asked for', async () => {
        time += 86_400_000;
        const since = time;
        await begun();
        for (const _ of [1, 2, 3]) {
          pass(1000);
          await begun();
        }
        expect(await jobs.begun(since, 10)).toBe(3);
        expect(await jobs.begun(since + 1000, 10)).toBe(2);
        expect(await jobs.begun(since, 2)).toBe(2);
        expect(await jobs.begun(time, 10)).toBe(0);
      });
    });

    describe('count()', () => {
      it('counts the jobs in a state, and nothing else', async () => {
        const other = await make();
        const alone = other.jobs({ clock });
        expect(await alone.count('running')).toBe(0);
        for (const [id, state] of [
          ['a', 'running'],
          ['b', 'running'],
          ['c', 'waiting'],
        ] as const)
          await alone.create({ job: { ...jobIn(state), id } }, id);
        expect(await alone.count('running')).toBe(2);
        expect(await alone.count('waiting')).toBe(1);
        expect(await alone.count('launching')).toBe(0);
        await other.close();
      });
    });

    describe('list()', () => {
      it('names the newest first, by requester, by name, and no more than asked for', async () => {
        const other = await make();
        const alone = other.jobs({ clock });
        const [ann, bob] = ['U0ANN', 'U0BOB'].map(user => ({ user, team: 'T0HOME' }));
        for (const [id, requester, modelName, createdAt] of [
          ['b', ann, 'intents', 2],
          ['d', bob, 'intents', 4],
          ['a', ann, 'summaries', 1],
          ['c', ann, 'intents', 3],
        ] as const)
          await alone.create({ job: fresh({ id, requester, createdAt, spec: specWith({ modelName }) }) }, id);
        const ids = async (which: Parameters<Jobs['list']>[0]) => (await alone.list(which)).map(job => job.id);
        expect(await ids({ limit: 10 })).toEqual(['d', 'c', 'b', 'a']);
        expect(await ids({ limit: 2 })).toEqual(['d', 'c']);
        expect(await ids({ requester: 'U0ANN', limit: 10 })).toEqual(['c', 'b', 'a']);
        expect(await ids({ name: 'intents', limit: 10 })).toEqual(['d', 'c', 'b']);
        expect(await ids({ requester: 'U0ANN', name: 'intents', limit: 1 })).toEqual(['c']);
        expect(await ids({ requester: 'U0NOBODY', limit: 10 })).toEqual([]);
        await other.close();
      });
    });

    describe('page()', () => {
      it('goes on after the last one of the page before, by requester, states and name, and says whether there is more', async () => {
        const other = await make();
        const alone = other.jobs({ clock });
        const [ann, bob] = ['U0ANN', 'U0BOB'].map(user => ({ user, team: 'T0HOME' }));
        for (const [id, requester, modelName, createdAt] of [
          ['b', ann, 'intents', 2],
          ['d', bob, 'intents', 4],
          ['a', ann, 'summaries', 1],
          ['c', ann, 'intents', 3],
          // Begun at the same moment as another.
          ['e', bob, 'intents', 4],
        ] as const)
          await alone.create({ job: fresh({ id, requester, createdAt, spec: specWith({ modelName }) }) }, id);
        await alone.record('b', job => ({ job: { ...jobIn('denied'), ...pick(job), createdAt: job.createdAt } }));
        const page = async (which: Parameters<Jobs['page']>[0]) => {
          const { listed, more } = await alone.page(which);
          return [...listed.map(({ job }) => job.id), ...(more ? ['…'] : [])];
        };
        expect(await page({ limit: 10 })).toEqual(['e', 'd', 'c', 'b', 'a']);
        expect(await page({ limit: 1 })).toEqual(['e', '…']);
        expect(await page({ after: 'e', limit: 2 })).toEqual(['d', 'c', '…']);
        expect(await page({ after: 'c', limit: 2 })).toEqual(['b', 'a']);
        expect(await page({ after: 'a', limit: 2 })).toEqual([]);
        expect(await page({ after: 'nobody', limit: 5 })).toEqual(['e', 'd', 'c', 'b', 'a']);
        expect(await page({ after: '__x__', limit: 5 })).toEqual(['e', 'd', 'c', 'b', 'a']);
        expect(await page({ requester: 'U0ANN', after: 'c', limit: 1 })).toEqual(['b', '…']);
        expect(await page({ states: ['denied', 'failed'], limit: 5 })).toEqual(['b']);
        expect(await page({ states: ['checking'], limit: 9 })).toEqual(['e', 'd', 'c', 'a']);
        expect(await page({ requester: 'U0ANN', states: ['checking'], limit: 9 })).toEqual(['c', 'a']);
        expect(await page({ name: 'summaries', limit: 9 })).toEqual(['a']);
        await other.close();
      });

      it('says where each card stands', async () => {
        const job = fresh();
        await jobs.create({ job, posts: [{ kind: 'card' }] }, job.id);
        const requester = job.requester.user;
        const card = async () => (await jobs.page({ requester, limit: 1 })).listed[0]?.card?.ts;
        expect(await card()).toBeUndefined();
        const held = (await jobs.claim(job.id))!;
        const [owed] = await jobs.posts(held);
        await jobs.mark(held, owed!, { is: 'sent', ts: '1.1', drawn: 'x' });
        expect(await card()).toBe('1.1');
      });
    });
  });
}

/** What makes a fresh job its own. */
function pick({ id, requester, spec }: Job): Pick<Job, 'id' | 'requester' | 'spec'> {
  return { id, requester, spec };
}
