import type { Curves } from '../job/curves.ts';
import { tags } from '../job/curves.ts';

/** All six series as a table of comma-separated values: a line a step that any of them has, a column a series, and nothing where it has no value there. Numbers are written as programs read them, in no language. */
export function curvesCsv(curves: Curves): string {
  const columns = tags.map(tag => {
    const { steps, values } = curves[tag] ?? { steps: [], values: [] };
    return new Map(steps.map((step, i) => [step, values[i]]));
  });
  const steps = [...new Set(columns.flatMap(column => [...column.keys()]))].sort((a, b) => a - b);
  const lines = steps.map(step => [step, ...columns.map(column => column.get(step) ?? '')].join(','));
  return `${[['step', ...tags].join(','), ...lines].join('\n')}\n`;
}
