import { readExample } from '../job/example.ts';
import type { JobIn } from '../job/job.ts';
import { lineSplitter } from '../job/lines.ts';
import { limits, recipeOf } from '../job/recipe.ts';
import type { World } from '../world.ts';

/** One row of an evaluation dataset. */
export interface EvaluationRow {
  line: number;
  input: string;
  /** Undefined where the row has no label. */
  expected: string | undefined;
}

/** Evaluation datasets larger than this are not read again: no 250 examples within the documented pipeline's token limits are. In bytes. */
const largest = 20_000_000;

/** The rows of a job's evaluation dataset, as it was checked; undefined where there is none, or it is not that one any more. Throws `Unavailable`. */
export async function evaluationRows(
  { spec, checked }: JobIn<'succeeded'>,
  { storage }: Pick<World, 'storage'>,
): Promise<EvaluationRow[] | undefined> {
  const { evaluationDataset: uri } = spec;
  const generation = checked.evaluationDataset?.generation;
  if (!spec.evaluate || !uri || generation === undefined) return undefined;
  const opened = await storage.open(uri, { most: largest });
  if (opened.is !== 'open' || opened.generation !== generation) return undefined;
  const splitter = lineSplitter();
  const rows: EvaluationRow[] = [];
  const rules = recipeOf(spec.recipe).dataset;
  const [, most] = limits.evaluationExamples;
  const take = (lines: ReturnType<typeof splitter.push>) => {
    for (const { number: line, text } of lines) {
      const row = text === undefined || !text.trim() ? undefined : readExample(text, { rules });
      if (row && typeof row === 'object' && rows.length < most)
        rows.push({ line, input: row.input, expected: row.output });
    }
  };
  for await (const chunk of opened.chunks) take(splitter.push(chunk));
  take(splitter.end());
  return rows;
}
