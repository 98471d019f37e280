import type { Series } from '../job/curves.ts';

/** Smooths a series as TensorBoard does, by a debiased exponential average, the more so the longer it is; sixteen points or fewer are returned as they are. */
export function smooth(series: Series): Series {
  const weight = 1 - 4 / Math.sqrt(series.values.length);
  if (!(weight > 0)) return series;
  let sum = 0;
  let mass = 0;
  const values = series.values.map(value => {
    sum = weight * sum + (1 - weight) * value;
    mass = weight * mass + (1 - weight);
    return sum / mass;
  });
  return { steps: series.steps, values };
}
