import { type Report, reader } from '../../src/job/dataset.ts';
import { lineSplitter } from '../../src/job/lines.ts';
import type { DatasetRules } from '../../src/job/recipe.ts';

/** A row as it may stand in a dataset. */
export interface Row {
  input_text: string;
  output_text?: string;
}

/** Words that no two texts of different numbers have in the same order. */
export function words(seed: number, count: number): string {
  let state = seed + 1;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return `w${(state >>> 8) % 5000}`;
  }).join(' ');
}

/** Reads rows as a file of them would be, for a recipe of these rules. */
export function readRows(rows: readonly object[], rules?: DatasetRules) {
  const text = rows.map(row => `${JSON.stringify(row)}\n`).join('');
  const dataset = reader(rules && { rules });
  for (const line of lineSplitter().push(Buffer.from(text))) dataset.take(line);
  return { report: dataset.report(Buffer.byteLength(text)), rows: dataset.kept() };
}

/** How often each thing was found, without its lines. */
export function counts(report: Report): Record<string, number> {
  return Object.fromEntries(
    [...Object.entries(report.faults), ...Object.entries(report.oddities)].map(([name, { count }]) => [name, count]),
  );
}
