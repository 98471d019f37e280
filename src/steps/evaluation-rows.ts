import { readExample } from '../job/example.ts';
import { digestOf } from '../job/hash.ts';
import type { JobIn } from '../job/job.ts';
import type { Line } from '../job/lines.ts';
import { lineSplitter } from '../job/lines.ts';
import { recipeOf } from '../job/recipe.ts';
import type { World } from '../world.ts';

/** One row of an evaluation dataset. */
export interface EvaluationRow {
  line: number;
  input: string;
  /** Undefined where the row has no label. */
  expected: string | undefined;
}

/** No more of an evaluation dataset is read again, in bytes: the largest of the documented pipeline, 250 examples within its token limits, is smaller. */
const mostRead = 20_000_000;
/** No more rows are compared: so many an evaluation dataset of the documented pipeline can have. */
const mostRows = 250;

type Touches = Pick<World, 'storage'>;

/** The labelled rows of a job's evaluation dataset, as it was checked; of many, a draw that comes out the same each time. Undefined where there is none, or it is not that one any more. Throws `Unavailable`. */
export async function evaluationRows(job: JobIn<'succeeded'>, world: Touches): Promise<EvaluationRow[] | undefined> {
  const chunks = await opened(job, world);
  if (!chunks) return undefined;
  const rows: EvaluationRow[] = [];
  for await (const row of rowsIn(upTo(mostRead, chunks), job)) if (row.expected !== undefined) rows.push(row);
  return drawn(rows);
}

/** The row on one line of a job's evaluation dataset, as it was checked. Throws `Unavailable`. */
export async function evaluationRow(
  job: JobIn<'succeeded'>,
  line: number,
  world: Touches,
): Promise<EvaluationRow | undefined> {
  const chunks = await opened(job, world);
  if (!chunks) return undefined;
  for await (const row of rowsIn(chunks, job)) if (row.line >= line) return row.line === line ? row : undefined;
  return undefined;
}

async function opened({ spec, checked }: JobIn<'succeeded'>, { storage }: Touches) {
  const { evaluationDataset: uri } = spec;
  const generation = checked.evaluationDataset?.generation;
  if (!spec.evaluate || !uri || generation === undefined) return undefined;
  const found = await storage.open(uri);
  return found.is === 'open' && found.generation === generation ? found.chunks : undefined;
}

async function* rowsIn(chunks: AsyncIterable<Uint8Array>, { spec }: JobIn<'succeeded'>): AsyncGenerator<EvaluationRow> {
  const { dataset: rules } = recipeOf(spec.recipe);
  const splitter = lineSplitter();
  const rowsOf = (lines: readonly Line[]) =>
    lines.flatMap(({ number: line, text }) => {
      const row = text === undefined || !text.trim() ? undefined : readExample(text, { rules });
      // A question that is not text alone cannot be put as it was.
      if (typeof row !== 'object' || row.besides !== undefined) return [];
      return [{ line, input: row.input, expected: row.output }];
    });
  for await (const chunk of chunks) yield* rowsOf(splitter.push(chunk));
  yield* rowsOf(splitter.end());
}

/** The whole lines among the first bytes. */
async function* upTo(most: number, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let read = 0;
  for await (const chunk of chunks) {
    read += chunk.length;
    if (read > most) return yield chunk.subarray(0, chunk.lastIndexOf(newline) + 1);
    yield chunk;
  }
}

const newline = 0x0a;

/** Digests are spread evenly: their order is the draw. */
function drawn(rows: readonly EvaluationRow[]): EvaluationRow[] {
  if (rows.length <= mostRows) return [...rows];
  const placed = rows.map(row => ({ row, place: digestOf(row.input).hash }));
  const chosen = placed.sort((a, b) => a.place - b.place || a.row.line - b.row.line).slice(0, mostRows);
  return chosen.map(({ row }) => row).sort((a, b) => a.line - b.line);
}
