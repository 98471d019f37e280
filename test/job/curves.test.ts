import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Curves } from '../../src/job/curves.ts';
import { best, continued, drawable, end, furthest, furthestOf, pointsKept, tags, tidy } from '../../src/job/curves.ts';

describe('tidy()', () => {
  it('sorts by step, as numbers', () => {
    const points = [10, 9, 100, 1].map(step => ({ step, value: step / 2 }));
    expect(tidy(points)).toEqual({ steps: [1, 9, 10, 100], values: [0.5, 4.5, 5, 50] });
  });

  it('keeps the last value of a repeated step', () => {
    const points = [
      { step: 1, value: 1 },
      { step: 2, value: 2 },
      { step: 1, value: 3 },
    ];
    expect(tidy(points)).toEqual({ steps: [1, 2], values: [3, 2] });
  });

  it('keeps the value of a repeated step that was written last, in whatever order they come', () => {
    const points = [
      { step: 1, value: 3, at: 30 },
      { step: 1, value: 1, at: 10 },
      { step: 2, value: 2, at: 20 },
    ];
    expect(tidy(points)).toEqual({ steps: [1, 2], values: [3, 2], times: [30, 20] });
  });

  it('knows when points were written only where it knows that of all of them', () => {
    expect(
      tidy([
        { step: 1, value: 1, at: 10 },
        { step: 2, value: 2 },
      ]),
    ).toEqual({ steps: [1, 2], values: [1, 2] });
    expect(tidy([])).toEqual({ steps: [], values: [] });
  });

  it('drops what is not a number, and keeps the number said before', () => {
    const points = [
      { step: 0, value: 0 },
      { step: 1, value: Number.NaN },
      { step: 2, value: Number.POSITIVE_INFINITY },
      { step: 3, value: 7 },
      { step: 3, value: Number.NaN },
    ];
    expect(tidy(points)).toEqual({ steps: [0, 3], values: [0, 7] });
  });

  it('says from where on nothing that came was a number', () => {
    const points = [1, Number.NaN, 3, Number.NaN, Number.NEGATIVE_INFINITY].map((value, step) => ({ step, value }));
    expect(tidy(points.toReversed())).toEqual({ steps: [0, 2], values: [1, 3], notANumberFrom: 3 });
    expect(tidy([{ step: 4, value: Number.NaN }])).toEqual({ steps: [], values: [], notANumberFrom: 4 });
  });

  it('keeps all there is, up to what is kept', () => {
    const points = Array.from({ length: pointsKept }, (_, step) => ({ step, value: step }));
    expect(tidy(points).steps).toHaveLength(pointsKept);
  });

  it('thins more than that evenly, and keeps the first and the last', () => {
    const points = Array.from({ length: 10_000 }, (_, i) => ({ step: i + 1, value: i }));
    const { steps, values } = tidy(points);
    expect(steps).toHaveLength(pointsKept);
    expect([steps[0], steps.at(-1)]).toEqual([1, 10_000]);
    expect(values).toEqual(steps.map(step => step - 1));
    const gaps = steps.slice(1).map((step, i) => step - steps[i]!);
    expect(new Set(gaps)).toEqual(new Set([10, 11]));
  });

  it('of any points is sorted, without repeats, of equal lengths, and made of what was there', () => {
    const points = fc.array(fc.record({ step: fc.nat(2000), value: fc.double() }), { maxLength: 3000, size: 'max' });
    fc.assert(
      fc.property(points, those => {
        const { steps, values } = tidy(those);
        expect(steps.length).toBe(values.length);
        expect(steps.length).toBeLessThanOrEqual(pointsKept);
        expect(steps.slice(1).every((step, i) => step > steps[i]!)).toBe(true);
        const said = those.filter(({ value }) => Number.isFinite(value));
        const last = new Map(said.map(({ step, value }) => [step, value]));
        expect(values).toEqual(steps.map(step => last.get(step)));
        if (!said.length) return;
        expect([steps[0], steps.at(-1)]).toEqual([Math.min(...last.keys()), Math.max(...last.keys())]);
      }),
      // Making thousands of points fewer takes minutes, and says no more.
      { numRuns: 20, endOnFailure: true },
    );
  });
});

describe('end(), best(), furthest() and drawable()', () => {
  const series = { steps: [1, 2, 3, 4], values: [0.5, 0.2, 0.9, 0.2] };

  it('find the last point', () => {
    expect(end(series)).toEqual({ step: 4, value: 0.2 });
    expect(end({ steps: [], values: [] })).toBeUndefined();
    expect(end(undefined)).toBeUndefined();
  });

  it('find the lowest or the highest, the first of equals', () => {
    expect(best(series)).toEqual({ step: 2, value: 0.2 });
    expect(best(series, { highest: true })).toEqual({ step: 3, value: 0.9 });
    expect(best({ steps: [], values: [] })).toBeUndefined();
    expect(best(undefined)).toBeUndefined();
  });

  it('find the furthest step of any series', () => {
    const curves = { train_total_loss: series, eval_total_loss: { steps: [20], values: [1] } };
    expect(furthest(curves)).toBe(20);
    expect(furthest({})).toBeUndefined();
    expect(furthest({ train_total_loss: { steps: [0], values: [1] } })).toBe(0);
  });

  it('know when there is something to draw', () => {
    expect(drawable({ eval_total_loss: series })).toBe(true);
    expect(drawable({ eval_total_loss: { steps: [], values: [] } })).toBe(false);
    expect(drawable({})).toBe(false);
  });
});

describe('continued()', () => {
  const point = fc.record({
    tag: fc.constantFrom(...tags.slice(0, 2)),
    step: fc.nat(40),
    value: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(Number.NaN)),
    at: fc.nat(1000),
  });

  it('does not depend on how often one looked', () => {
    fc.assert(
      fc.property(fc.array(point, { maxLength: 80 }), fc.array(fc.nat(80)), (points, cuts) => {
        const ends = [0, ...cuts.sort((a, b) => a - b), points.length];
        const parts = ends.slice(1).map((end, i) => points.slice(ends[i], end));
        const bySteps = parts.reduce<Curves>((curves, part) => continued(curves, part), {});
        expect(bySteps).toEqual(continued({}, points));
      }),
    );
  });

  it('keeps no more than is kept, evenly, with the first and the last, however often one looked', () => {
    const points = Array.from({ length: 12_345 }, (_, i) => ({
      tag: 'train_total_loss' as const,
      step: 217_811 + i,
      value: i,
      at: i,
    }));
    const whole = continued({}, points).train_total_loss!;
    expect(whole.steps.length).toBeLessThanOrEqual(pointsKept);
    expect(whole.steps.length).toBeGreaterThan(pointsKept / 2);
    expect([whole.steps[0], whole.steps.at(-1)]).toEqual([217_811, 217_811 + 12_344]);
    const gaps = whole.steps.slice(2, -1).map((step, i) => step - whole.steps[i + 1]!);
    expect(new Set(gaps)).toEqual(new Set([16]));
    let curves: Curves = {};
    for (let from = 0; from < points.length; from += 777) curves = continued(curves, points.slice(from, from + 777));
    expect(curves.train_total_loss).toEqual(whole);
  });

  it('forgets what a run that is begun again from an earlier step takes anew', () => {
    const of = (steps: number[], value: number) =>
      steps.map(step => ({ tag: 'train_total_loss' as const, step, value }));
    const curves = continued({}, [...of([1, 2, 3, 4], 1), ...of([3], 2)]);
    expect(curves).toEqual({ train_total_loss: { steps: [1, 2, 3], values: [1, 1, 2] } });
  });

  it('says from where on nothing that came was a number, until one comes', () => {
    const nan = { tag: 'train_total_loss' as const, step: 2, value: Number.NaN };
    const broken = continued({}, [{ ...nan, step: 1, value: 1 }, nan, { ...nan, step: 3 }]);
    expect(broken.train_total_loss).toMatchObject({ steps: [1], notANumberFrom: 2 });
    expect(continued(broken, [{ ...nan, step: 4, value: 1 }]).train_total_loss).toEqual({
      steps: [1, 4],
      values: [1, 1],
    });
  });
});

describe('furthestOf()', () => {
  it('takes of each metric what got further, and of equals the first', () => {
    const short = { steps: [1], values: [1] };
    const long = { steps: [1, 2], values: [1, 1] };
    const other = { steps: [1, 2], values: [2, 2] };
    expect(furthestOf({ train_total_loss: short, eval_total_loss: long }, { train_total_loss: other })).toEqual({
      train_total_loss: other,
      eval_total_loss: long,
    });
    expect(furthestOf({ train_total_loss: long }, { train_total_loss: other })).toEqual({ train_total_loss: long });
  });
});
