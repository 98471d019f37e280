import { describe, expect, it } from 'vitest';
import { cancelWished, decided, submitted } from '../../src/job/change.ts';
import type { Job } from '../../src/job/job.ts';
import { advance, nextLook } from '../../src/steps/advance.ts';
import type { Jobs } from '../../src/world.ts';
import { approver, jobIn, requester, runWith, specWith, task } from '../job/sample-jobs.ts';
import { steadyWorld } from './steady-world.ts';

const id = 'abc123def456';

function begin({ jobs, clock }: ReturnType<typeof steadyWorld>, accelerator: 'TPU' | 'GPU' = 'TPU') {
  const spec = specWith({ accelerator });
  return jobs.create(
    submitted({ id, spec, digest: 'd', requester, channel: 'C1', uploads: {}, now: clock.now() }),
    'view:1',
  );
}

/** Does something once, just before a call of the store. */
function before(method: keyof Jobs, count: number, work: (jobs: Jobs) => Promise<unknown>) {
  let calls = 0;
  return (jobs: Jobs): Jobs => ({
    ...jobs,
    [method]: async (...args: never[]) => {
      if (++calls === count) await work(jobs);
      return (jobs[method] as (...all: never[]) => unknown)(...args);
    },
  });
}

const state = async ({ jobs }: { jobs: Jobs }) => (await jobs.get(id))?.state;

describe('advance()', () => {
  it('takes a job as far as the approval it needs, and on from there once it is given', async () => {
    const world = steadyWorld();
    await begin(world);
    await advance(id, world);
    expect(await state(world)).toBe('waiting');
    await world.jobs.record(id, (job, ledger) =>
      decided(job, { approve: true }, { by: approver, ledger, now: world.clock.now() }),
    );
    await advance(id, world);
    expect(await state(world)).toBe('running');
    expect(world.pipelineJobs.size).toBe(1);
  });

  it('compares the datasets it has read', async () => {
    const world = steadyWorld();
    await begin(world);
    await advance(id, world);
    expect(await world.jobs.get(id)).toMatchObject({
      checked: {
        findings: expect.arrayContaining([
          expect.objectContaining({ about: 'dataset', name: 'in-evaluation', count: 120 }),
          expect.objectContaining({ about: 'dataset', name: 'repeated-input', count: 119 }),
        ]),
      },
    });
  });

  it('sees to a wish that a door records at any moment while it works: none is left until the next look', async () => {
    const wish = (jobs: Jobs) => jobs.record(id, (job: Job) => cancelWished(job, { by: requester, now: 1 }));
    for (const method of ['commit', 'mark', 'posts', 'redrawn', 'release'] as const)
      for (let count = 1; count <= 8; count++) {
        let wished = false;
        const world = steadyWorld({
          weave: before(method, count, async jobs => {
            wished = true;
            await wish(jobs);
          }),
        });
        await begin(world);
        await advance(id, world);
        if (!wished) break;
        expect([method, count, await state(world)]).toEqual([method, count, 'cancelled']);
      }
  });

  it('does nothing where somebody else holds the job', async () => {
    const world = steadyWorld();
    await begin(world);
    await world.jobs.claim(id);
    await advance(id, world);
    expect(world.messages.size).toBe(0);
  });

  it('posts each message once and in order, however often it is called at the same time', async () => {
    const world = steadyWorld();
    await begin(world, 'GPU');
    await Promise.all(Array.from({ length: 10 }, () => advance(id, world)));
    await advance(id, world);
    const keys = [...world.messages.values()].map(({ key }) => key);
    expect(keys).toEqual(['0000', '0001', '0003']);
  });

  it('looks up a message whose sending has no known outcome before it sends it again', async () => {
    let cut = false;
    const world = steadyWorld({
      weave: jobs => ({
        ...jobs,
        async mark(held, owed, as) {
          if (as.is === 'sent' && !cut) {
            cut = true;
            throw new Error('The process died here.');
          }
          return jobs.mark(held, owed, as);
        },
      }),
    });
    await begin(world, 'GPU');
    await expect(advance(id, world)).rejects.toThrow('died');
    expect(world.messages.size).toBe(1);
    world.pass(120_000);
    // Whoever began may still be at it, by another clock: it is left alone at first.
    await advance(id, world);
    expect(world.messages.size).toBe(1);
    world.pass(world.settings.leaseTime);
    await advance(id, world);
    expect([...world.messages.values()].map(({ key }) => key)).toEqual(['0000', '0001', '0003']);
  });
});

describe('nextLook()', () => {
  const told = { owing: false, settlesAt: undefined, now: 1000, lookEvery: 55 };

  it('lets a waiting job rest until half time, then until its request expires, unless something is owed', () => {
    const job = jobIn('waiting');
    const { at, expiresAt } = job.request;
    expect(nextLook(job, told)).toBe((at + expiresAt) / 2);
    const reminded = { ...job, request: { ...job.request, remindedAt: at + 1 } };
    expect(nextLook(reminded, told)).toBe(expiresAt);
    expect(nextLook(job, { ...told, owing: true })).toBe(1055);
  });

  it('lets a running job rest for nine looks, three while its student is tuned, and none where something is wrong', () => {
    const job = jobIn('running', { observedAt: 1000 });
    const tuning = { ...job, run: runWith([task('2', 'tuner', { state: 'RUNNING' })]) };
    expect(nextLook(job, told)).toBe(1000 + 9 * 55);
    expect(nextLook(tuning, told)).toBe(1000 + 3 * 55);
    const soon = 1055;
    expect(nextLook(job, { ...told, owing: true })).toBe(soon);
    expect(nextLook({ ...job, cancel: { by: requester, at: 1 } }, told)).toBe(soon);
    expect(nextLook({ ...job, trouble: { why: 'no-answer', said: '' } }, told)).toBe(soon);
    expect(nextLook({ ...job, goneSince: 1 }, told)).toBe(soon);
    expect(nextLook(jobIn('cancelling'), told)).toBe(soon);
  });

  it('lets no running job rest until its news are old', () => {
    const minute = 60_000;
    const job = jobIn('running', { observedAt: 0 });
    const at = (now: number) => nextLook(job, { ...told, now, lookEvery: 55_000 });
    expect(at(0)).toBe(8 * minute);
    expect(at(5 * minute)).toBe(8 * minute);
    expect(at(8 * minute)).toBe(8 * minute + 55_000);
  });

  it('lets a job that has ended rest for ever, once its card was sent once more and nothing is owed', () => {
    const job = { ...jobIn('expired'), endedAt: 1000 };
    expect(nextLook(job, told)).toBeUndefined();
    expect(nextLook(job, { ...told, settlesAt: 1110 })).toBe(1110);
  });

  it('tries what Slack does not take ever more rarely after the end, and not for ever', () => {
    const job = { ...jobIn('failed'), endedAt: 0 };
    const hour = 3_600_000;
    expect(nextLook(job, { ...told, owing: true })).toBe(1125);
    expect(nextLook(job, { ...told, owing: true, now: 80 * hour })).toBe(90 * hour);
    expect(nextLook(job, { ...told, owing: true, settlesAt: 1110, now: 193 * hour })).toBeUndefined();
  });
});
