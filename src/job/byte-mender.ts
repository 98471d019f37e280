import type { Line } from './lines.ts';
import { lineSplitter } from './lines.ts';
import type { MendCount, MendWish, Pass } from './mend.ts';
import { menderOf } from './mend.ts';
import type { DatasetField } from './spec.ts';

/** Mends a dataset from its bytes, however they are cut. */
export function byteMender(wish: MendWish) {
  const mender = menderOf(wish);
  let splitter = lineSplitter();
  let pass: Pass | undefined;

  function through(lines: readonly Line[]): { bytes: Uint8Array; count: MendCount } {
    if (!pass) throw new Error('Cannot mend before a pass has begun.');
    const { take, count } = pass;
    const rows = lines.flatMap(line => take(line) ?? []);
    return { bytes: encoder.encode(rows.map(row => `${row}\n`).join('')), count };
  }

  return {
    /** Looks at the next bytes, before any pass. */
    look(bytes: Uint8Array) {
      for (const line of splitter.push(bytes)) mender.look(line);
    },
    /** Begins a pass: what was to be looked at has been. */
    begin(into: DatasetField) {
      if (!pass) for (const line of splitter.end()) mender.look(line);
      splitter = lineSplitter();
      pass = mender.pass(into);
    },
    /** What these bytes go on as. */
    take: (bytes: Uint8Array) => through(splitter.push(bytes)).bytes,
    /** The last of the pass, and what it came to. */
    end: () => through(splitter.end()),
  };
}

const encoder = new TextEncoder();
