import { FieldValue } from '@google-cloud/firestore';
import { afterEach, describe, expect, it } from 'vitest';
import { firestoreJobs } from '../../src/clients/firestore.ts';
import type { Change, Decision } from '../../src/job/change.ts';
import type { Job } from '../../src/job/job.ts';
import type { Clock, Deadline, Jobs, Owed } from '../../src/world.ts';
import { Newer } from '../../src/world.ts';
import { jobIn } from '../job/sample-jobs.ts';
import { memoryJobs, memoryStore } from '../memory-jobs.ts';
import { openDatabase } from './databases.ts';
import { startFirestores } from './firestore-servers.ts';
import type { JobsStore } from './jobs.suite.ts';
import { jobsSuite } from './jobs.suite.ts';
import { lossyLine } from './lossy-line.ts';

const clock: Clock = { now: () => Date.now(), steady: () => performance.now() };
const defaults = { clock, leaseTime: 90_000, callTime: 8_000 };
const id = 'a1b2c3';
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

jobsSuite('memory', async () => {
  const store = memoryStore();
  return {
    jobs: options => memoryJobs(store, { ...defaults, ...options }),
    decisions: async id => store.decisions.flatMap(({ job, decision }) => (job === id ? decision : [])),
    close: async () => {},
  };
});

const { embedded, all } = await startFirestores();
for (const { name, host } of all) {
  jobsSuite(name, async () => inFirestore(host));
  besideAnotherVersion(name, host);
}

/** What holds where another version of Retort writes into the same database. */
function besideAnotherVersion(name: string, host: string) {
  describe(`Jobs in ${name}, beside another version of Retort`, () => {
    it.each([
      ['schema', { 'job.schema': 4 }],
      ['state', { 'job.state': 'dreaming' }],
    ])('leave a job alone whose %s they do not know', async (_, changes) => {
      const { jobs, document } = await begun(host);
      const mine = await jobs.claim(id);
      const [owed] = await jobs.posts(mine!);
      await jobs.create({ job: jobIn('checking', { id: 'other' }) }, 'another view');
      await document().update({ ...changes, lease: null, due: 0 });
      const before = (await document().get()).data();

      for (const call of [
        () => jobs.claim(id),
        () => jobs.get(id),
        () => jobs.cardOf(id),
        () => jobs.taken('a view'),
        () => jobs.record(id, louder),
        () => jobs.commit(mine!, louder),
        () => jobs.mark(mine!, owed!, { is: 'sending' }),
        () => jobs.release(mine!, () => undefined),
      ])
        await expect(call()).rejects.toThrow(Newer);
      expect((await jobs.list({ limit: 10 })).map(job => job.id)).toEqual(['other']);
      expect(await jobs.due(Date.now(), 10)).toMatchObject([{ id, at: 0 }, { id: 'other' }]);
      expect((await document().get()).data()).toEqual(before);
      expect((await document('/posts/0000').get()).get('state')).toBe('pending');
    });

    it('keep fields that they do not know through everything they write', async () => {
      const { jobs, document } = await begun(host);
      const mood = { is: 'curious', since: [1, 2] };
      await document().update({ mood, 'job.mood': mood, 'job.rowsRead': 5 });
      await document('/posts/0000').update({ mood });
      const kept: unknown[] = [];
      const look = async () => {
        const data = (await document().get()).data();
        kept.push([data?.mood, data?.job.mood]);
      };
      await jobs.record(id, louder);
      await look();
      let mine = (await jobs.claim(id))!;
      await look();
      expect(mine.job).not.toHaveProperty('mood');
      const [owed] = await jobs.posts(mine);
      mine = await jobs.mark(mine, owed!, { is: 'sending' });
      mine = await jobs.mark(mine, owed!, { is: 'sent', ts: '1.1', drawn: 'a' });
      mine = await jobs.redrawn(mine, 'card', { ts: '1.1', drawn: 'b' });
      await look();
      // What is known and taken away does not come back with what is not.
      mine = await jobs.commit(mine, job => ({ job: jobIn('waiting', { channel: job.channel }) }));
      await look();
      await jobs.release(mine, () => undefined);
      await look();
      expect(kept).toEqual(kept.map(() => [mood, mood]));
      expect((await document().get()).get('job')).toMatchObject({ state: 'waiting', channel: 'C0CHANNEL+' });
      expect((await document().get()).get('job')).not.toHaveProperty('rowsRead');
      expect((await document('/posts/0000').get()).data()).toMatchObject({ mood, state: 'sent' });
    });

    it.each([
      ['kind', { post: { kind: 'telegram' } }],
      ['state', { state: 'whispered' }],
    ])('leave a post pending whose %s they do not know, and those after it', async (_, changes) => {
      const { jobs, document } = await begun(host);
      await jobs.record(id, job => ({ job, posts: [{ kind: 'dataset' }, { kind: 'approval' }] }));
      await document('/posts/0001').update(changes);
      const before = (await document('/posts/0001').get()).data();
      let mine = (await jobs.claim(id))!;
      expect(keys(await jobs.posts(mine))).toEqual(['0000']);
      const [owed] = await jobs.posts(mine);
      mine = await jobs.mark(mine, owed!, { is: 'sent', ts: '1.1', drawn: 'a' });
      expect(await jobs.posts(mine)).toEqual([]);
      expect(mine.owing).toBe(true);
      expect((await document('/posts/0001').get()).data()).toEqual(before);
      expect((await document('/posts/0002').get()).get('state')).toBe('pending');
    });

    it('read a document of before posts were sent out of turn', async () => {
      const { jobs, document } = await begun(host);
      await document().update({ early: FieldValue.delete() });
      const mine = (await jobs.claim(id))!;
      const [owed] = await jobs.posts(mine);
      expect((await jobs.mark(mine, owed!, { is: 'sent', ts: '1.1' })).owing).toBe(false);
    });
  });
}

describe('Jobs in a Firestore whose answer gets lost', () => {
  it('know their own write when they meet it again, and apply a fact once', async () => {
    const { line, jobs } = await behindLine();
    const after = await jobs.record(id, job => {
      line.loseNext();
      return { ...louder(job), posts: [{ kind: 'dataset' }] };
    });
    expect(after?.channel).toBe('C0CHANNEL+');
    expect(await jobs.get(id)).toEqual(after);
    expect(keys(await jobs.posts((await jobs.claim(id))!))).toEqual(['0000', '0001']);
    expect(line.lost()).toBe(1);
  });

  it('know the job they created', async () => {
    const { line, jobs } = await behindLine();
    const job = jobIn('checking', { id: 'other' });
    line.loseNext();
    expect(await jobs.create({ job }, 'another view')).toEqual(job);
    expect(await jobs.list({ limit: 10 })).toHaveLength(2);
    expect(line.lost()).toBe(1);
  });

  it('know what they committed under the lease, and go on with it', async () => {
    const { line, jobs } = await behindLine();
    const mine = (await jobs.claim(id))!;
    const next = await jobs.commit(mine, job => {
      line.loseNext();
      return louder(job);
    });
    expect([next.job.channel, next.ours()]).toEqual(['C0CHANNEL+', true]);
    expect((await jobs.commit(next, louder)).job.channel).toBe('C0CHANNEL++');
    expect(line.lost()).toBe(1);
  });

  it('say that a write may have arrived where there is no time left to look for it', async () => {
    const { line, jobs } = await behindLine({ steady: line => (line.lost() ? 1e9 : 0) });
    const deadline: Deadline = { at: 10_000, sent: false };
    const recording = jobs.hurried(deadline).record(id, job => {
      line.loseNext();
      return louder(job);
    });
    await expect(recording).rejects.toMatchObject({ name: 'StoreUnavailable', sent: true });
    expect(deadline.sent).toBe(true);
    expect((await jobs.get(id))?.channel).toBe('C0CHANNEL+');
  });

  it('say so of a job that was to begin, too', async () => {
    const { line, jobs } = await behindLine({ steady: line => (line.lost() ? 1e9 : 0) });
    const job = jobIn('checking', { id: 'other' });
    line.loseNext();
    const creating = jobs.hurried({ at: 10_000, sent: false }).create({ job }, 'another view');
    await expect(creating).rejects.toMatchObject({ name: 'StoreUnavailable', sent: true });
    expect(await jobs.taken('another view')).toEqual(job);
  });
});

describe('Jobs in a Firestore that falls silent, with somebody waiting', () => {
  it('say in time that nothing was sent, where it was while they read', async () => {
    const { line, jobs } = await behindLine();
    line.swallow('answers');
    const { failure, deadline } = await inTime(jobs, quick => quick.record(id, louder));
    expect(failure).toMatchObject({ name: 'StoreUnavailable', sent: false });
    expect(deadline.sent).toBe(false);
    line.heal();
    expect((await jobs.get(id))?.channel).toBe('C0CHANNEL');
    expect((await jobs.record(id, louder))?.channel).toBe('C0CHANNEL+');
  });

  it('say in time that a write may have arrived, and it has', async () => {
    const { line, jobs } = await behindLine();
    const { failure, deadline } = await inTime(jobs, quick =>
      quick.record(id, job => {
        line.swallow('answers');
        return louder(job);
      }),
    );
    expect(failure).toMatchObject({ name: 'StoreUnavailable', sent: true });
    expect(deadline.sent).toBe(true);
    line.heal();
    expect((await jobs.get(id))?.channel).toBe('C0CHANNEL+');
  });

  it('say in time that a write may have arrived, and it has not, as somebody else came first', async () => {
    const { line, jobs, direct, hangUp } = await behindLine();
    const { failure, deadline } = await inTime(jobs, quick =>
      quick.record(id, job => {
        line.swallow('requests');
        return louder(job);
      }),
    );
    expect(failure).toMatchObject({ name: 'StoreUnavailable', sent: true });
    expect(deadline.sent).toBe(true);
    // The client sends it once more when it can, in vain.
    await direct.record(id, job => ({ job: { ...job, from: 'z9y8x7' } }));
    line.heal();
    await hangUp();
    expect(await direct.get(id)).toMatchObject({ from: 'z9y8x7', channel: 'C0CHANNEL' });
  });

  it('say so of a job that was to begin, which is found by its delivery', async () => {
    const { line, jobs } = await behindLine();
    const job = jobIn('checking', { id: 'other' });
    line.swallow('answers');
    const { failure } = await inTime(jobs, quick => quick.create({ job }, 'another view'));
    expect(failure).toMatchObject({ name: 'StoreUnavailable', sent: true });
    line.heal();
    expect(await jobs.taken('another view')).toEqual(job);
  });

  /** Somebody who waits a moment, and what became of what they asked for: not later than a good while after. */
  async function inTime(jobs: Jobs, ask: (quick: Jobs) => Promise<unknown>) {
    const began = performance.now();
    const deadline: Deadline = { at: began + 1_000, sent: false };
    const failure: unknown = await ask(jobs.hurried(deadline)).catch((error: unknown) => error);
    expect(performance.now() - began).toBeLessThan(4_000);
    return { failure, deadline };
  }
});

const louder = (job: Job): Change => ({ job: { ...job, channel: `${job.channel}+` } });

function keys(owed: Owed[]): string[] {
  return owed.map(({ key }) => key);
}

/** A database of its own in a Firestore. */
function inFirestore(host: string): JobsStore {
  const { connect, close } = openDatabase(host);
  const db = connect();
  return {
    jobs: options => firestoreJobs(connect(), { ...defaults, ...options }),
    async decisions(id) {
      const found = await db.collection('audit').where('job', '==', id).get();
      return found.docs.map(document => {
        const { job: _, ...decision } = document.data();
        return decision as Decision;
      });
    },
    close,
  };
}

/** A database with one job in it that owes its card, and a way to its documents that no port offers. */
async function begun(host: string) {
  const { connect, close } = openDatabase(host);
  closing.push(close);
  const db = connect();
  const jobs = firestoreJobs(connect(), defaults);
  await jobs.create({ job: jobIn('checking'), posts: [{ kind: 'card' }] }, 'a view');
  return { jobs, document: (below = '') => db.doc(`jobs/${id}${below}`) };
}

/** The same, behind a line that does not bring everything across. */
async function behindLine({ steady }: { steady?: (line: Awaited<ReturnType<typeof lossyLine>>) => number } = {}) {
  const line = await lossyLine(embedded.host);
  const { connect, close, projectId } = openDatabase(line.host);
  const beside = openDatabase(embedded.host, { projectId });
  closing.push(
    () => line.close(),
    close,
    beside.close,
    async () => line.heal(),
  );
  const times = steady ? { ...defaults, clock: { now: clock.now, steady: () => steady(line) } } : defaults;
  const jobs = firestoreJobs(connect(), times);
  await jobs.create({ job: jobIn('checking'), posts: [{ kind: 'card' }] }, 'a view');
  return { line, jobs, direct: firestoreJobs(beside.connect(), defaults), hangUp: close };
}
