import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { best, drawable, end, furthest, pointsKept, tidy } from '../../src/job/curves.ts';

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
