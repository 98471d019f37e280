/** How the rows fall to a few outputs. */
export interface Balance {
  /** How many rows each output has, the largest first; at most `countsKept`. */
  counts: number[];
  distinct: number;
  /** Indices of rows whose output no other row has. */
  alone: number[];
  /** Indices of rows whose output has few rows, though more than one. */
  rare: number[];
}

const countsKept = 20;
/** Outputs are few where each has this many rows on average, and there are at most this many. */
const few = { rows: 5, outputs: 200 };
/** An output with fewer rows than this, and less than half of an even share, is rare. */
const enough = 5;

/** How rows are spread over outputs, where outputs are few; nothing where they are texts of their own. */
export function balanceOf(outputs: readonly (number | undefined)[]): Balance | undefined {
  const rows = new Map<number, number[]>();
  let labelled = 0;
  outputs.forEach((output, i) => {
    if (output === undefined) return;
    labelled++;
    const those = rows.get(output);
    if (those) those.push(i);
    else rows.set(output, [i]);
  });
  const distinct = rows.size;
  if (!distinct || distinct > few.outputs || labelled < few.rows * distinct) return undefined;
  const groups = [...rows.values()];
  const even = labelled / distinct;
  const small = groups.filter(({ length }) => length > 1 && length < enough && length < even / 2);
  return {
    distinct,
    counts: groups
      .map(({ length }) => length)
      .sort((a, b) => b - a)
      .slice(0, countsKept),
    alone: groups.flatMap(group => (group.length === 1 ? group : [])).sort((a, b) => a - b),
    rare: small.flat().sort((a, b) => a - b),
  };
}
