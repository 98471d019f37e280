import { describe, expect, it } from 'vitest';
import { smooth } from '../../src/views/smoothing.ts';
import { series } from './series.ts';

describe('smooth()', () => {
  it('begins at the first value, without the pull towards zero of a plain average', () => {
    expect(smooth(series(100, 1, () => 3)).values).toEqual(Array.from({ length: 100 }, () => expect.closeTo(3, 9)));
  });

  it('brings a jagged line closer to its middle', () => {
    const { values } = smooth(series(400, 1, step => (step % 2 ? 1 : -1)));
    expect(Math.max(...values.slice(50).map(Math.abs))).toBeLessThan(0.2);
  });

  it('returns a short series as it is', () => {
    const short = series(16, 1, step => step);
    expect(smooth(short)).toBe(short);
  });
});
