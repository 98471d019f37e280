import type { Series } from '../../src/job/curves.ts';

/** A series with a value at every so many steps, up to the last. */
export function series(last: number, every: number, value: (step: number) => number): Series {
  const steps = Array.from({ length: Math.floor(last / every) }, (_, i) => (i + 1) * every);
  return { steps, values: steps.map(value) };
}
