import type { Groups } from './grouping.ts';
import type { DatasetRules } from './recipe.ts';
import { mostEvaluated } from './recipe.ts';

/** The share of a dataset's rows that an evaluation dataset is cut of. */
const share = 0.1;

/** An input, and how many rows have it. */
export interface Repeated {
  digest: number;
  rows: number;
  labelled: number;
}

/** How many of so many rows become the evaluation dataset, within the recipe's limits. */
export function toCut(rows: number, rules: DatasetRules): number {
  const { least = 1, most = Infinity } = rules.evaluation;
  let wanted = Math.min(most, Math.max(least, Math.round(rows * share)));
  while (wanted > 0 && wanted > mostEvaluated(rules, rows - wanted)) wanted--;
  return wanted;
}

/** Chooses which inputs become the evaluation dataset, by index, groups whole: about a tenth of the rows, the same each time, labelled ones and such that stand alone first. */
export function chosen(inputs: readonly Repeated[], groups: Groups, rules: DatasetRules): Set<number> {
  const all = [...Map.groupBy(inputs.keys(), i => groups.first(i))].map(([first, members]) => {
    const sum = (of: 'rows' | 'labelled') => members.reduce((all, i) => all + inputs[i]![of], 0);
    const rows = sum('rows');
    return { members, rows, labelled: sum('labelled') === rows, draw: inputs[first]!.digest };
  });
  const whole = all.reduce((sum, { rows }) => sum + rows, 0);
  const wanted = toCut(whole, rules);
  // Digests are spread evenly: their order is a draw that comes out the same each time.
  const order = all.toSorted((a, b) => Number(b.labelled) - Number(a.labelled) || a.rows - b.rows || a.draw - b.draw);
  const cut = new Set<number>();
  let count = 0;
  for (const { members, rows } of order) {
    if (count + rows > wanted) continue;
    for (const i of members) cut.add(i);
    count += rows;
  }
  return cut;
}
