import { describe, expect, it } from 'vitest';
import { submitted } from '../../src/job/change.ts';
import type { Person } from '../../src/job/job.ts';
import { brake } from '../../src/steps/brake.ts';
import { askAgain } from '../../src/steps/follow.ts';
import { approver, requester, specWith } from '../job/sample-jobs.ts';
import { steadyWorld } from './steady-world.ts';

/** A world in which these jobs were asked for, so many milliseconds ago. */
async function world(asked: { by: Person; ago: number; ended?: boolean }[]) {
  const it = steadyWorld();
  for (const [i, { by, ago, ended = false }] of asked.entries()) {
    const id = `job${i}`;
    const now = it.clock.now() - ago;
    const job = submitted({ id, spec: specWith(), digest: 'd', requester: by, channel: 'C1', uploads: {}, now });
    await it.jobs.create(job, id);
    if (ended)
      await it.jobs.record(id, ({ id, ...rest }) => ({
        job: { ...rest, id, state: 'refused', readings: [], findings: [], endedAt: now } as never,
      }));
  }
  return it;
}

const minute = 60_000;

describe('brake()', () => {
  it('lets somebody begin as many jobs as they may have open, and not one more', async () => {
    const open = (count: number) => world(Array.from({ length: count }, () => ({ by: requester, ago: 2 * minute })));
    expect(await brake(requester, await open(4))).toBeUndefined();
    expect(await brake(requester, await open(5))).toEqual({ is: 'open', open: 5, most: 5 });
    expect(await brake(approver, await open(5))).toBeUndefined();
  });

  it('counts no job that has ended, and none whose place is taken', async () => {
    const by = requester;
    const ended = await world(Array.from({ length: 9 }, () => ({ by, ago: 2 * minute, ended: true })));
    expect(await brake(by, ended)).toBeUndefined();
    const open = await world(Array.from({ length: 5 }, () => ({ by, ago: 2 * minute })));
    expect(await brake(by, open, { replaces: true })).toBeUndefined();
  });

  it('lets only so many jobs begin within a minute, whoever asks', async () => {
    const crowded = await world([
      { by: approver, ago: 10_000 },
      { by: requester, ago: 50_000, ended: true },
      { by: requester, ago: 70_000 },
    ]);
    crowded.settings.launchesPerMinute = 3;
    expect(await brake(requester, crowded)).toBeUndefined();
    crowded.settings.launchesPerMinute = 2;
    expect(await brake(requester, crowded)).toEqual({ is: 'minute', most: 2 });
    expect(await brake(requester, crowded, { replaces: true })).toEqual({ is: 'minute', most: 2 });
  });
});

describe('askAgain()', () => {
  it('begins none where no more may begin just now, and says why', async () => {
    const by = requester;
    const it = await world([{ by, ago: 2 * minute, ended: true }]);
    it.settings.launchesPerMinute = 1;
    expect(await askAgain('job0', by, it)).toMatchObject({ is: 'done' });
    const crowded = await world([{ by, ago: 1000, ended: true }]);
    crowded.settings.launchesPerMinute = 1;
    expect(await askAgain('job0', by, crowded)).toMatchObject({ is: 'braked', brake: { is: 'minute', most: 1 } });
    expect(await crowded.jobs.list({ limit: 9 })).toHaveLength(1);
  });

  it('begins none in a channel that people of other companies are in', async () => {
    const it = await world([{ by: requester, ago: 2 * minute, ended: true }]);
    it.slack.channel = async () => ({ name: 'with-others', member: true, shared: true });
    expect(await askAgain('job0', requester, it)).toMatchObject({ is: 'refused', why: 'shared-channel' });
    expect(await it.jobs.list({ limit: 9 })).toHaveLength(1);
  });
});
