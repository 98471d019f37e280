import { describe, expect, it } from 'vitest';
import { estimate } from '../../src/job/estimate.ts';

const student = 'text-bison@002';

describe('estimate()', () => {
  it('counts 480 examples and 2 epochs for 20 steps over 240 examples on TPU', () => {
    expect(estimate({ student, accelerator: 'TPU', steps: 20, rows: 240 })).toEqual({
      batch: 24,
      trained: 480,
      epochs: 2,
      evaluations: 0,
    });
  });

  it('counts 120 examples and half an epoch for 15 steps over 240 examples on GPU', () => {
    expect(estimate({ student, accelerator: 'GPU', steps: 15, rows: 240 })).toEqual({
      batch: 8,
      trained: 120,
      epochs: 0.5,
      evaluations: 0,
    });
  });

  it('knows no epochs where the number of rows is not known, or is none', () => {
    expect(estimate({ student, accelerator: 'GPU', steps: 15 }).epochs).toBeUndefined();
    expect(estimate({ student, accelerator: 'GPU', steps: 15, rows: 0 }).epochs).toBeUndefined();
  });

  it.each([
    { steps: 200, interval: 100, evaluations: 2 },
    { steps: 199, interval: 100, evaluations: 1 },
    { steps: 99, interval: 100, evaluations: 0 },
    { steps: 300, interval: 20, evaluations: 15 },
    { steps: 300, interval: undefined, evaluations: 0 },
  ])(
    'counts $evaluations evaluations in $steps steps at an interval of $interval',
    ({ steps, interval, evaluations }) => {
      expect(estimate({ student, accelerator: 'GPU', steps, interval }).evaluations).toBe(evaluations);
    },
  );
});
