/** As much of a row as is kept to compare it with others. */
export interface Compared {
  line: number;
  /** Digest of its input. */
  input: number;
  /** Digest of its output; none where it is not labelled. */
  output: number | undefined;
}

/**
 * The lines of rows that say again what an earlier row said (`again`), and of those that give another output for an
 * input that had one (`otherwise`). An unlabelled row contradicts none. However rows are ordered, there are as many.
 */
export function repeats(rows: readonly Compared[]): { again: number[]; otherwise: number[] } {
  const outputs = new Map<number, Set<number>>();
  const again: number[] = [];
  const otherwise: number[] = [];
  for (const { line, input, output } of rows) {
    const before = outputs.get(input);
    if (!before) {
      outputs.set(input, new Set(output === undefined ? [] : [output]));
      continue;
    }
    const contradicts = output !== undefined && before.size > 0 && !before.has(output);
    (contradicts ? otherwise : again).push(line);
    if (output !== undefined) before.add(output);
  }
  return { again, otherwise };
}
