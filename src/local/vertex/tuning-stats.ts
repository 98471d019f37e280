import type { Turns } from './conversation.ts';
import { words } from './words.ts';

/** What is told of a dataset (SupervisedTuningDataStats, or DatasetStats of a distillation). */
export type DataStats = object;

/** How many examples are shown. */
const shown = 3;
/** How many buckets a distribution has. */
const buckets = 10;

/** Counts a dataset: tokens are words here. The two messages differ in how they write some numbers. */
export function dataStats(
  rows: readonly Turns[],
  { steps, distilled }: { steps: number; distilled: boolean },
): DataStats {
  const tokens = (text: string) => words(text, { limit: Number.POSITIVE_INFINITY }).length;
  const outputs = rows.flatMap(({ output }) => (output === undefined ? [] : [output]));
  const characters = rows.reduce((sum, { input, output = '' }) => sum + input.length + output.length, 0);
  const spread = (values: number[]) => distribution(values, distilled);
  const input = rows.map(row => tokens(row.input));
  const output = outputs.map(tokens);
  return {
    tuningDatasetExampleCount: String(rows.length),
    totalTuningCharacterCount: String(characters),
    totalBillableTokenCount: String([...input, ...output].reduce((sum, count) => sum + count, 0)),
    tuningStepCount: String(steps),
    userInputTokenDistribution: spread(input),
    ...(outputs.length && { userOutputTokenDistribution: spread(output) }),
    userMessagePerExampleDistribution: spread(rows.map(({ asked }) => asked.length)),
    userDatasetExamples: rows.slice(0, shown).map(({ asked }) => ({ role: 'user', parts: [{ text: asked[0] }] })),
  };
}

function distribution(values: readonly number[], distilled: boolean): object {
  const sorted = values.toSorted((a, b) => a - b);
  const [min, max] = [sorted[0] ?? 0, sorted.at(-1) ?? 0];
  const sum = sorted.reduce((all, value) => all + value, 0);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))];
  const width = (max - min) / buckets;
  const bounds = width ? Array.from({ length: buckets }, (_, i) => min + i * width) : [min];
  const whole = distilled ? { sum } : { sum: String(sum), billableSum: String(sum) };
  return written({
    ...whole,
    min,
    max,
    mean: sum / Math.max(sorted.length, 1),
    median: at(0.5),
    p5: at(0.05),
    p95: at(0.95),
    buckets: bounds.map((left, i) => {
      const last = i === bounds.length - 1;
      const count = sorted.filter(value => value >= left && (last || value < left + width)).length;
      return written({ count: distilled ? String(count) : count, left, right: last ? max : left + width });
    }),
  });
}

/** Leaves out what is nought, as proto3 does. */
function written(message: object): object {
  return Object.fromEntries(Object.entries(message).filter(([, value]) => value !== 0 && value !== '0'));
}
