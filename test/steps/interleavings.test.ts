import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Guard } from './guards.ts';
import { guards } from './guards.ts';
import type { Met } from './instance.ts';
import { occasions } from './instance.ts';
import { perform, plays } from './play.ts';
import { wrongs } from './wrongs.ts';

/** What is played. To play one again: the seed and the path that its failure names, here. */
const replay: { seed: number; path?: string } = { seed: 20_261_124 };
/** How many orders each is played in. */
const runs = 1000;
/** Where a play goes wrong it is made smaller for so long, in milliseconds. */
const patience = 200_000;

const second = 1000;
/** Clocks may differ by less than the time that is kept between the last call under a lease and its end: twice the longest call. */
const nearly = 7 * second;
const minutes = 150 * second;

const subjects = {
  'a job that needs approval': { queue: 'TPU', views: 1 },
  'a job that needs none': { queue: 'GPU', views: 1 },
  'two jobs that want one seat': { queue: 'GPU', views: 2 },
  'a tuning job': { queue: 'tuning', views: 1 },
} as const;
type Subject = keyof typeof subjects;

/** That nothing is wrong in the end, in whatever order everything happens. `met` learns what the plays were about. */
function endsWell(subject: Subject, { apart = nearly, off, met }: { apart?: number; off?: Guard; met?: Met[] } = {}) {
  return fc.asyncProperty(plays(subjects[subject], apart), fc.scheduler(), async (play, scheduler) => {
    const played = await perform(play, scheduler, off);
    met?.push(...played.met);
    expect(wrongs(played)).toEqual([]);
  });
}

const thorough = { ...replay, numRuns: runs, interruptAfterTimeLimit: patience, markInterruptAsFailure: true };

describe('Everything once, in order, and nothing forgotten, whatever dies, freezes, fails or comes late:', () => {
  for (const subject of Object.keys(subjects) as Subject[])
    it(
      `${subject}, in ${runs} interleavings`,
      async () => {
        const met: Met[] = [];
        await fc.assert(endsWell(subject, { met }), thorough);
        // Nothing is learnt where that never happens which might go wrong.
        const often = occasions.filter(one => met.filter(other => other === one).length >= 5);
        expect(often).toEqual(occasions);
      },
      patience * 1.2,
    );

  it(
    `processes whose clocks are up to five minutes apart, in ${runs / 2} interleavings`,
    () => fc.assert(endsWell('a job that needs approval', { apart: minutes }), { ...thorough, numRuns: runs / 2 }),
    patience * 1.2,
  );
});

/** Of what each guard keeps a play from going wrong. */
const guarded = {
  'the lease': 'a job that needs approval',
  'the fence': 'a job that needs none',
  'the last question': 'a job that needs approval',
  'compare-and-set': 'a job that needs approval',
  'the ledger in the same commit': 'two jobs that want one seat',
  'the inbox': 'a job that needs none',
  'one commit of a change and its posts': 'a job that needs approval',
  'the mark before sending': 'a job that needs none',
  'the look-up': 'a job that needs none',
  'telling unclear from undone': 'a job that needs none',
  'the fixed id': 'two jobs that want one seat',
  'the search by label': 'a tuning job',
  'the sweep': 'a job that needs none',
  'the sweep of a second one': 'a tuning job',
  'the look that comes anyway': 'a job that needs none',
  'the last redrawing': 'a job that needs approval',
} satisfies Record<Guard, Subject>;

describe('The same is noticed to be wrong, within as many interleavings, without', () => {
  for (const guard of Object.keys(guards) as Guard[])
    it(
      guard,
      async () => {
        const outcome = await fc.check(endsWell(guarded[guard], { off: guard }), { ...thorough, endOnFailure: true });
        expect(outcome).toMatchObject({ failed: true, interrupted: false });
      },
      patience * 1.2,
    );
});
