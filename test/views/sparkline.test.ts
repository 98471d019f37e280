import { describe, expect, it } from 'vitest';
import { sparkline } from '../../src/views/sparkline.ts';
import { series } from './series.ts';

describe('sparkline()', () => {
  it.each([
    { values: [0, 1, 2, 3, 4, 5, 6, 7], line: '▁▂▃▄▅▆▇█' },
    { values: [3, 1, 0.5, 0.4], line: '█▃▁▁' },
    { values: [2, 2, 2], line: '▄▄▄' },
    { values: [5], line: '▄' },
    { values: [1, Number.NaN, 2], line: '▁█' },
    { values: [], line: '' },
  ])('draws $values as $line', ({ values, line }) => {
    expect(sparkline({ steps: values.map((_, i) => i), values })).toBe(line);
  });

  it('is never longer than asked, and averages what shares a character', () => {
    expect(sparkline(series(1000, 1, step => -step))).toHaveLength(24);
    expect(
      sparkline(
        series(6, 1, step => (step <= 2 ? 0 : step <= 4 ? 1 : 7)),
        3,
      ),
    ).toBe('▁▂█');
    expect(
      sparkline(
        series(6, 1, step => step),
        0,
      ),
    ).toBe('');
  });
});
