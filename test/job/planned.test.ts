import { describe, expect, it } from 'vitest';
import { alarms } from '../../src/job/guard-rails.ts';
import { plannedOf } from '../../src/job/planned.ts';
import { progress, stalled } from '../../src/job/progress.ts';
import type { Tuning } from '../../src/job/run.ts';
import { runWith, specWith, tuningSpecWith } from './sample-jobs.ts';

const spec = tuningSpecWith();
const ran = (tuning: Omit<Tuning, 'checkpoints'>) => runWith([], { tuning: { ...tuning, checkpoints: [] } });

describe('plannedOf()', () => {
  it('is what a pipeline job was asked for, whatever its run tells', () => {
    const asked = { steps: 40, evaluate: false, evaluationInterval: 7, earlyStopping: false };
    expect(plannedOf({ spec: specWith(asked) })).toMatchObject(asked);
    expect(plannedOf({ spec: specWith(asked), run: ran({ planned: 9 }) })).toMatchObject(asked);
  });

  it.each([
    ['has not begun', undefined, 0],
    ['has not read its dataset', ran({ steps: 3 }), 0],
    ['tells how many steps it will take', ran({ planned: 120, steps: 3 }), 120],
  ])('is, of a tuning job that %s, what that tells', (_, run, steps) => {
    expect(plannedOf({ spec, run })).toEqual({
      steps,
      evaluate: false,
      evaluationInterval: 0,
      earlyStopping: false,
    });
  });
});

describe('A run of which nobody knows how far it goes', () => {
  const steps = Array.from({ length: 100 }, (_, i) => i + 1);
  const curves = { train_total_loss: { steps, values: steps.map(() => 1), times: steps.map(step => step * 1000) } };
  const planned = plannedOf({ spec });

  it('has steps that are done, and no share of a whole, and no end in sight', () => {
    expect(progress(curves, planned)).toEqual({ done: 100, share: 0, at: 100_000, left: undefined });
  });

  it('stalls like any other', () => {
    expect(stalled(curves, { planned, patience: 60_000, now: 100_500 })).toBeUndefined();
    expect(stalled(curves, { planned, patience: 60_000, now: 1_000_000 })).toMatchObject({ step: 100 });
  });

  it('is on no plateau: of what share of it would that be', () => {
    expect(alarms(curves, planned)).toEqual([]);
    expect(alarms(curves, { ...planned, steps: 130 })).toMatchObject([{ kind: 'plateau' }]);
  });
});
