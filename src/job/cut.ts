import { limits } from './recipe.ts';

/** The share of a dataset's rows that an evaluation dataset is cut of. */
const share = 0.1;

/** Chooses which inputs become the evaluation dataset, by their digests: about a tenth of the rows, within Vertex AI's limits, the same each time, labelled ones and such that stand alone first. */
export function chosen(inputs: ReadonlyMap<number, { rows: number; labelled: number }>): Set<number> {
  const [least, most] = limits.evaluationExamples;
  const all = [...inputs].map(([input, { rows, labelled }]) => ({ input, rows, labelled: labelled === rows }));
  const whole = all.reduce((sum, { rows }) => sum + rows, 0);
  const wanted = Math.min(most, Math.max(least, Math.round(whole * share)));
  // Digests are spread evenly: their order is a draw that comes out the same each time.
  const order = all.toSorted((a, b) => Number(b.labelled) - Number(a.labelled) || a.rows - b.rows || a.input - b.input);
  const cut = new Set<number>();
  let count = 0;
  for (const { input, rows } of order) {
    if (count + rows > wanted) continue;
    cut.add(input);
    count += rows;
  }
  return cut;
}
