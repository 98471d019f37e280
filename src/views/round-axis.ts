/** The ends of an axis, and the interval between its numbers. */
export interface RoundAxis {
  min: number;
  max: number;
  step: number;
}

/** The tightest axis of round numbers around two values, in two to five intervals. */
export function roundAxis({ low, high }: { low: number; high: number }, { least = 0 } = {}): RoundAxis {
  const magnitude = 10 ** Math.floor(Math.log10((high - low) / 5));
  const axes = [1, 2, 5, 10, 20]
    .map(digits => Math.max(least, digits * magnitude))
    .map(step => ({ step, min: Math.floor(low / step + 1e-9) * step, max: Math.ceil(high / step - 1e-9) * step }))
    .filter(({ step, min, max }) => Math.round((max - min) / step) <= 5 && (!least || Number.isInteger(step)));
  return axes.reduce((best, axis) => (axis.max - axis.min < best.max - best.min - axis.step * 1e-6 ? axis : best));
}
