import { estimate } from '../job/estimate.ts';
import type { Format } from '../job/format.ts';
import type { Accelerator, Task } from '../job/recipe.ts';
import { hardware, palm, recipeOf, recommended } from '../job/recipe.ts';
import { parseFolder } from '../job/uri.ts';
import type { Counted, Drawing, Typed } from './draft.ts';
import { isTuningRecipe } from './draft.ts';
import type { Mrkdwn } from './text.ts';

/** What the recipe makes of what, and the page that says so; `chosen`: its name stands above it already. */
export function recipeLine({ memory, words }: Drawing, chosen: boolean): Mrkdwn {
  return words.form.about(recipeOf(memory.recipe), chosen);
}

/** What the epochs come to, where the dataset’s size is known. */
export function epochsLine({ typed, live, words }: Drawing): string {
  const [epochs, rows, batch] = [Number(typed.epochs), rowsOf(live.dataset), Number(typed.batchSize)];
  return epochs > 0 && rows ? words.form.epochs({ epochs, rows, ...(batch > 0 && { batch }) }) : '';
}

/** What is recommended for the chosen task. */
export function taskLine({ typed, words }: Drawing): string {
  const range = typed.task ? recommended[typed.task as Task] : undefined;
  if (!typed.task) return words.form.chooseTask;
  return range ? words.form.recommended(range.examples, range.steps[0], range.steps[1]) : words.form.noRecommendation;
}

/** What a look at a dataset brought. */
export function countLine(counted: Counted | undefined, { words }: Drawing): string {
  if (counted?.is !== 'counted') return counted ? words.form.counted(counted) : '';
  const written = Object.entries(counted.formats ?? {}) as [Format, number][];
  return [
    ...(counted.rows || counted.faulty || !written.length ? [words.form.counted(counted)] : []),
    ...written.map(([format, rows]) => words.form.written(format, rows)),
    ...(counted.unlabelled ? [words.form.unlabelled(counted.unlabelled)] : []),
  ].join(' ');
}

/** Where the weights will be. */
export function weightsLine({ typed, memory, words }: Drawing): string {
  const { outputs = '' } = typed;
  const weights = isTuningRecipe(memory.recipe) ? recipeOf(memory.recipe).weights : undefined;
  return weights && parseFolder(outputs.trim()) ? words.form.weights(weights) : '';
}

/** Where the accelerator tunes, in what batches, and how much of it is free. */
export function acceleratorLine({ typed, live, settings, words }: Drawing): string {
  const accelerator = typed.accelerator as Accelerator | undefined;
  if (!accelerator) return '';
  const { region } = hardware[accelerator];
  const { batch } = estimate({ ...chosen(typed), accelerator });
  const quota = live.quota?.[accelerator];
  return words.form.accelerator({
    accelerator,
    region,
    batch,
    approval: settings.approvalFor.includes(accelerator),
    ...(quota && { quota: { free: Math.max(0, quota.capacity - quota.held), capacity: quota.capacity } }),
  });
}

/** What the steps come to: examples trained, and epochs where the dataset’s size is known. */
export function stepsLine({ typed, live, words }: Drawing): string {
  const { steps, ...rest } = chosen(typed);
  const rows = rowsOf(live.dataset);
  return steps > 0 ? words.form.steps({ steps, rows, ...estimate({ ...rest, steps, rows }) }) : '';
}

/** How many evaluations there will be. */
export function intervalLine({ typed, words }: Drawing): string {
  const { steps, ...rest } = chosen(typed);
  const interval = Number(typed.evaluationInterval);
  if (typed.evaluate !== 'yes') return words.form.evaluationOff;
  return steps > 0 && interval > 0 ? words.form.evaluations(estimate({ ...rest, steps, interval }).evaluations) : '';
}

function chosen(typed: Typed): { student: string; accelerator: Accelerator; steps: number } {
  return {
    student: typed.student || palm.students.known[0],
    accelerator: (typed.accelerator || palm.defaults.accelerator) as Accelerator,
    steps: Number(typed.steps),
  };
}

/** The number of rows of a dataset that was counted, with those that can be converted. */
export function rowsOf(counted: Counted | undefined): number | undefined {
  if (counted?.is !== 'counted') return undefined;
  return Object.values(counted.formats ?? {}).reduce((sum, rows) => sum + rows, counted.rows);
}

/** What stands against an evaluation dataset that was counted: its size, or that it is the dataset itself. */
export function evaluationLine({ typed, memory, live, words }: Drawing): string {
  const counted = live.evaluationDataset;
  const { least = 0, most = Infinity, share } = recipeOf(memory.recipe).dataset.evaluation;
  if (counted?.is === 'counted') {
    const rows = rowsOf(counted) ?? 0;
    if (rows < least || rows > most) return words.form.evaluationSize(rows, { least, most });
    const all = rowsOf(live.dataset);
    if (share && all !== undefined && rows > share.above && rows > share.most * all)
      return words.form.evaluationShare(rows, all, share.most);
  }
  return typed.dataset && typed.dataset === typed.evaluationDataset ? words.form.sameDataset : '';
}
