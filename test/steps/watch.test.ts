import { describe, expect, it } from 'vitest';
import { submitted } from '../../src/job/change.ts';
import type { Job } from '../../src/job/job.ts';
import { regions } from '../../src/job/recipe.ts';
import type { Run } from '../../src/job/run.ts';
import { advance } from '../../src/steps/advance.ts';
import { poll } from '../../src/steps/poll.ts';
import { changedJobs } from '../../src/steps/watch.ts';
import { Newer, Unavailable } from '../../src/world.ts';
import { jobIn, requester, runWith, specWith, task } from '../job/sample-jobs.ts';
import { steadyWorld } from './steady-world.ts';

const minute = 60_000;
const seat = { units: 8, since: 1, by: 'UANA00001' };

/** A world that counts what it is asked for: calls of the store, of Slack and of Vertex AI, by name. */
function counting() {
  const world = steadyWorld({ settings: { capacity: { TPU: 64, GPU: 8000 }, openJobsPerPerson: 100 } });
  const asked = new Map<string, number>();
  const counted = <Port extends object>(port: Port): Port =>
    Object.fromEntries(
      Object.entries(port).map(([name, method]) => [
        name,
        (...args: unknown[]) => {
          asked.set(name, (asked.get(name) ?? 0) + 1);
          return (method as (...all: unknown[]) => unknown)(...args);
        },
      ]),
    ) as Port;
  Object.assign(world, { jobs: counted(world.jobs), vertex: counted(world.vertex), slack: counted(world.slack) });
  const since = async (work: () => Promise<unknown>) => {
    asked.clear();
    await work();
    return Object.fromEntries(asked);
  };
  return { world, since };
}

async function running({ jobs, clock, ...world }: ReturnType<typeof steadyWorld>, id: string, region = 'us-central1') {
  const spec = specWith({ accelerator: 'GPU', region: region as 'us-central1', modelName: id, tensorboard: undefined });
  const asked = { id, spec, digest: 'd', requester, channel: 'C1', uploads: {}, now: clock.now() };
  await jobs.create(submitted(asked), id);
  await advance(id, { jobs, clock, ...world });
  expect((await jobs.get(id))?.state).toBe('running');
}

/** Vertex AI changes something about a pipeline job. */
function change({ pipelineJobs, clock }: ReturnType<typeof steadyWorld>, id: string, to: Partial<Run>) {
  pipelineJobs.set(id, { ...pipelineJobs.get(id)!, updatedAt: clock.now(), ...to });
}

describe('changedJobs()', () => {
  /** A world in which a job holds a seat, and lists say that it was changed at a moment. */
  async function listing(job: Job, { updatedAt, region }: { updatedAt: number; region?: string }) {
    const world = steadyWorld();
    const listed: { region: string; since: number }[] = [];
    await world.jobs.create({ job }, 'view:1');
    await world.jobs.govern((ledger, accelerator) =>
      accelerator === 'GPU' ? { ...ledger, held: { [job.id]: { ...seat, ...(region && { region }) } } } : ledger,
    );
    world.vertex.changed = async (region, since) => {
      listed.push({ region, since });
      return region === 'us-central1' ? [{ job: job.id, updatedAt }] : [];
    };
    return { world, listed };
  }
  const at = 1_000_000;
  const looked = (updatedAt: number | undefined) =>
    jobIn('running', { run: { ...runWith([]), ...(updatedAt !== undefined && { updatedAt }) } });

  it.each([
    ['was looked at before that', looked(at - 1), ['a1b2c3']],
    ['was looked at when an earlier version did not ask', looked(undefined), ['a1b2c3']],
    ['was looked at as it is', looked(at), []],
    ['is being cancelled', jobIn('cancelling'), ['a1b2c3']],
    ['has ended', jobIn('succeeded'), []],
    ['is being launched', jobIn('launching'), []],
  ])('names a job that %s', async (_, job, named) => {
    const { world } = await listing(job, { updatedAt: at, region: 'us-central1' });
    expect(await changedJobs(world)).toEqual(named);
  });

  it('lists the regions where jobs hold seats, and so far back that a knock may be left out', async () => {
    const { world, listed } = await listing(looked(at), { updatedAt: at, region: 'us-central1' });
    await changedJobs(world);
    expect(listed.map(({ region }) => region)).toEqual(['us-central1']);
    expect(world.clock.now() - listed[0]!.since).toBeGreaterThan(3 * world.settings.lookEvery);
  });

  it('lists every region where it does not know that of a seat', async () => {
    const { world, listed } = await listing(looked(at), { updatedAt: at });
    await changedJobs(world);
    expect(listed.map(({ region }) => region)).toEqual(regions);
  });

  it('lists nothing where no seat is held', async () => {
    const world = steadyWorld();
    world.vertex.changed = async () => {
      throw new Error('Nobody is waiting.');
    };
    expect(await changedJobs(world)).toEqual([]);
  });

  it('reads nothing of a pipeline job that holds no seat: that has ended, or is the sweep’s', async () => {
    const { world } = await listing(looked(at - 1), { updatedAt: at, region: 'us-central1' });
    await world.jobs.govern(ledger => ({ ...ledger, held: { other: { ...seat, region: 'us-central1' } } }));
    world.jobs.get = async () => {
      throw new Error('This is not to be read.');
    };
    expect(await changedJobs(world)).toEqual([]);
  });

  it('leaves the job of a newer version to that version', async () => {
    const { world } = await listing(looked(at - 1), { updatedAt: at, region: 'us-central1' });
    world.jobs.get = async () => {
      throw new Newer('Too new.');
    };
    expect(await changedJobs(world)).toEqual([]);
  });
});

describe('A knock', () => {
  it('looks at what changed, and leaves alone what did not: no call to Slack, to Vertex AI or to write', async () => {
    const { world, since } = counting();
    for (const id of ['one', 'two', 'three']) await running(world, id);
    for (const id of ['one', 'two', 'three']) change(world, id, {});
    await poll(world);
    world.pass(minute);
    change(world, 'two', runWith([task('2', 'tuner', { state: 'RUNNING' })]));
    const asked = await since(() => poll(world));
    expect(asked).toMatchObject({ changed: 1, claim: 1, look: 1, redraw: 1, send: 1 });
    world.pass(minute);
    const nothing = await since(() => poll(world));
    for (const call of ['claim', 'commit', 'release', 'mark', 'look', 'curves', 'redraw', 'send'])
      expect([call, nothing[call]]).toEqual([call, undefined]);
  });

  it('looks at each job every ten minutes at least, whatever the lists say, and redraws its card', async () => {
    for (const list of [
      async () => [],
      async () => {
        throw new Unavailable('No list.', { trouble: { why: 'no-answer', said: '' } });
      },
    ]) {
      const world = steadyWorld();
      world.vertex.changed = list;
      await running(world, 'one');
      const card = [...world.messages.values()].find(({ key }) => key === '0000')!;
      const drawn = () => [...world.messages.values()].find(({ key }) => key === '0000')!.message;
      let before = drawn();
      let longest = 0;
      let still = 0;
      for (let knock = 0; knock < 60; knock++) {
        world.pass(minute);
        await poll(world);
        still = drawn() === before ? still + 1 : 0;
        longest = Math.max(longest, still);
        before = drawn();
      }
      expect([longest > 5, longest < 10]).toEqual([true, true]);
      expect(card.job).toBe('one');
      world.pipelineJobs.set('one', { ...world.pipelineJobs.get('one')!, state: 'SUCCEEDED' });
      for (let knock = 0; knock < 10; knock++) {
        world.pass(minute);
        await poll(world);
      }
      expect((await world.jobs.get('one'))?.state).toBe('succeeded');
    }
  });

  it('reads curves every three minutes while the student is tuned, and counts that apart', async () => {
    const { world } = counting();
    const spec = specWith({ accelerator: 'GPU' });
    const asked = { id: 'one', spec, digest: 'd', requester, channel: 'C1', uploads: {}, now: world.clock.now() };
    await world.jobs.create(submitted(asked), 'one');
    await advance('one', world);
    const read: number[] = [];
    const knocks = async (count: number) => {
      read.length = 0;
      for (let knock = 0; knock < count; knock++) {
        world.pass(minute);
        read.push((await poll(world)).curves);
      }
      return read.reduce((sum, one) => sum + one, 0);
    };
    expect(await knocks(9)).toBe(0);
    change(world, 'one', runWith([task('2', 'tuner', { state: 'RUNNING' })]));
    expect(await knocks(10)).toBe(4);
  });

  it('says once that no step comes, where curves show it', async () => {
    const { world } = counting();
    const spec = specWith({ accelerator: 'GPU' });
    const asked = { id: 'one', spec, digest: 'd', requester, channel: 'C1', uploads: {}, now: world.clock.now() };
    await world.jobs.create(submitted(asked), 'one');
    await advance('one', world);
    const began = world.clock.now();
    const steps = Array.from({ length: 40 }, (_, i) => i + 1);
    const until = (last: number) => {
      const reported = steps.filter(step => step <= last);
      const now = world.clock.now();
      const times = reported.map(step => (step > 30 ? now : began) + step * 5000);
      const series = { steps: reported, values: reported.map(() => 1), times };
      world.vertex.curves = async () => ({ experiment: { is: 'none' }, curves: { train_total_loss: series } });
    };
    until(30);
    change(world, 'one', runWith([task('2', 'tuner', { state: 'RUNNING' })]));
    const told = () => [...world.messages.values()].filter(({ message }) => message.text.includes('No new step'));
    for (let knock = 0; knock < 40; knock++) {
      world.pass(minute);
      await poll(world);
      if (knock === 9) expect(told()).toEqual([]);
    }
    expect(told()).toHaveLength(1);
    const card = () => [...world.messages.values()].find(({ key }) => key === '0000')!.message;
    expect(JSON.stringify(card())).toContain('No new step');
    until(40);
    for (let knock = 0; knock < 4; knock++) {
      world.pass(minute);
      await poll(world);
    }
    expect(JSON.stringify(card())).not.toContain('No new step since');
    expect(told()).toHaveLength(1);
  });
});
