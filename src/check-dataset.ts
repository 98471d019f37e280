import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { byteReader, leaks } from './job/dataset.ts';
import { findingsOfData, isBlocker } from './job/preflight.ts';
import type { RecipeId } from './job/recipe.ts';
import { recipeIds, recipeOf } from './job/recipe.ts';
import { readThrough } from './steps/check.ts';
import { datasetReport } from './views/dataset-report.ts';
import { wordsIn } from './views/words.ts';

/** The dataset check of the app as a command: the same reading, the same report. Exit code 1 where something is in the way, 2 where nothing could be read. */
const usage = `npm run check-dataset -- FILE [--eval FILE] [--recipe ID]

  FILE          a dataset, JSON Lines
  --eval FILE   its evaluation dataset
  --recipe ID   what it is to be used for: ${recipeIds.join(', ')}; palm, if left out
  --help        shows this
`;

const { file, evaluation, recipe } = options();
const { dataset: rules } = recipeOf(recipe);
const dataset = await read(file);
const evaluationDataset = evaluation === undefined ? undefined : await read(evaluation);
const found = {
  dataset: dataset.report,
  evaluationDataset: evaluationDataset?.report,
  leaks: evaluationDataset && leaks(dataset.rows, evaluationDataset.rows),
};
const findings = findingsOfData(found, rules);
const addresses = { recipe, dataset: file, evaluationDataset: evaluation };
process.stdout.write(datasetReport({ ...found, findings }, addresses, wordsIn('en')));
process.exitCode = findings.some(isBlocker) ? 1 : 0;

async function read(path: string) {
  const into = byteReader({ rules });
  try {
    const { size } = await stat(path);
    const leaving = new AbortController().signal;
    const report = await readThrough(createReadStream(path), { size, clock: Date, leaving, into });
    return { report, rows: into.kept() };
  } catch (error) {
    process.stderr.write(`Cannot read "${path}": ${error instanceof Error ? error.message : error}\n`);
    process.exit(2);
  }
}

function options(): { file: string; evaluation: string | undefined; recipe: RecipeId } {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { eval: { type: 'string' }, recipe: { type: 'string', default: 'palm' }, help: { type: 'boolean' } },
    });
    if (values.help) {
      process.stdout.write(usage);
      process.exit(0);
    }
    const [file, ...others] = positionals;
    const recipe = recipeIds.find(id => id === values.recipe);
    if (file !== undefined && !others.length && recipe) return { file, evaluation: values.eval, recipe };
  } catch {
    // What cannot be parsed is answered as what is not enough.
  }
  process.stderr.write(usage);
  process.exit(2);
}
