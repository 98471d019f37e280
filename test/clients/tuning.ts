import type { JobIn } from '../../src/job/job.ts';
import { recipeOf, tuningRecipes } from '../../src/job/recipe.ts';
import type { TuningSpec } from '../../src/job/spec.ts';
import { launching } from './launching.ts';

/** A spec of every recipe that a tuning job carries out, with nothing unusual. */
export const tuningSpecs = Object.fromEntries(
  tuningRecipes.map(recipe => {
    const { teachers, students, regions, weights, dataset } = recipeOf(recipe);
    const folder = `gs://acme-ml/${dataset.formats[0]}`;
    const spec: TuningSpec = {
      recipe,
      modelName: 'support-intents',
      dataset: `${folder}/train.jsonl`,
      ...(teachers && { teacher: teachers.known[0] }),
      student: students.known[0],
      region: regions[0],
      epochs: 3,
      evaluate: true,
      evaluationDataset: `${folder}/eval.jsonl`,
      ...(weights && { outputs: 'gs://acme-pipelines/retort' }),
    };
    return [recipe, spec];
  }),
) as Record<(typeof tuningRecipes)[number], TuningSpec>;

/** A job whose tuning job is about to be created. */
export function launchingTuning(
  spec: TuningSpec,
  options?: Parameters<typeof launching>[1],
): JobIn<'launching'> & { spec: TuningSpec } {
  return { ...launching({}, options), schema: 3, spec };
}
