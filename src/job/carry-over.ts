import { estimate } from './estimate.ts';
import type { DatasetFormat, RecipeId, Task, TuningRecipe } from './recipe.ts';
import { recipeOf, tuningRecipes } from './recipe.ts';
import type { PipelineSpec, Spec, TuningSpec } from './spec.ts';
import { isPipeline, problems } from './spec.ts';

type TuningRecipeId = (typeof tuningRecipes)[number];

/** What of a spec has no place in its successor's, or another one. `is`: what stands there now; undefined: nothing. */
export type Left =
  | { field: 'task'; was: Task }
  /** How rows are written, and how they are to be. */
  | { field: 'dataset'; was: DatasetFormat; is: readonly DatasetFormat[] }
  /** Rows without the label that the successor learns from. */
  | { field: 'labels'; missing: number }
  | { field: 'teacher'; was: string; is: string | undefined }
  | { field: 'student'; was: string; is: string }
  | { field: 'region'; was: string; is: string }
  | { field: 'accelerator'; was: PipelineSpec['accelerator'] }
  /** What the steps come to in epochs, where the number of rows is known, and how many stand there now. */
  | { field: 'steps'; was: number; batch: number; over: { rows: number; epochs: number } | undefined; is?: number }
  | { field: 'learningRateMultiplier'; was: number }
  | { field: 'evaluationInterval'; was: number }
  | { field: 'earlyStopping' }
  | { field: 'checkpoint'; was: 'best' | 'last' }
  | { field: 'tensorboard'; was: string }
  | { field: 'uploadRegion'; was: string }
  | { field: 'pipelineRoot'; was: string; is: string | undefined }
  | { field: 'displayName'; was: string }
  /** `region`: where no key works; undefined: the successor, or its student, takes none anywhere. */
  | { field: 'encryptionKey'; was: string; region: string | undefined }
  /** A tuning job's account has to have a service agent's role (https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/models/tuning): another one than a pipeline job's. */
  | { field: 'serviceAccount'; was: string };

/** What is known of the dataset from having read it. */
export interface Known {
  rows?: number | undefined;
  labelled?: number | undefined;
}

/** Whether a spec is one to be moved to another recipe: its own is retired. */
export function isMovable(spec: Spec): spec is PipelineSpec {
  return isPipeline(spec) && recipeOf(spec.recipe).retired !== undefined;
}

/** Whether a spec can be moved to a recipe: it runs today. */
export function isSuccessor(id: RecipeId): id is TuningRecipeId {
  return tuningRecipes.some(tuning => tuning === id) && !recipeOf(id).retired;
}

/** A pipeline job's spec as a tuning job's, and what could not be carried over, in the order of the form. */
export function carriedOver(spec: PipelineSpec, recipe: TuningRecipeId, known: Known = {}) {
  const to = recipeOf(recipe);
  const region = nearest(spec.region, to.regions);
  const { epochs, learningRateMultiplier, adapterSize, tuningMode } = to.parameters;
  const over = known.rows ? { rows: known.rows, epochs: estimate({ ...spec, ...known }).epochs ?? 0 } : undefined;
  const successor: TuningSpec = {
    recipe,
    modelName: spec.modelName,
    dataset: spec.dataset,
    student: to.students.known[0],
    region,
    evaluate: spec.evaluate,
    ...given({
      teacher: to.teachers?.known[0],
      epochs: epochs && (over ? within(over.epochs, epochs) : epochs.usual),
      // 1 is what is left out.
      learningRateMultiplier:
        learningRateMultiplier && spec.learningRateMultiplier !== 1 ? spec.learningRateMultiplier : undefined,
      adapterSize: adapterSize?.usual,
      tuningMode: tuningMode?.usual,
      evaluationDataset: spec.evaluationDataset,
      outputs: to.weights === undefined ? undefined : spec.pipelineRoot,
    }),
  };
  const { encryptionKey } = spec;
  if (encryptionKey && !keyRefused({ ...successor, encryptionKey })) successor.encryptionKey = encryptionKey;
  const left = Object.values(losses).flatMap(loss => loss({ was: spec, is: successor, to, over, known }) ?? []);
  return { spec: successor, left };
}

interface Move {
  was: PipelineSpec;
  is: TuningSpec;
  to: TuningRecipe;
  over: { rows: number; epochs: number } | undefined;
  known: Known;
}

/** What is lost of each field, if anything. */
const losses: { [F in Left['field']]: (move: Move) => Extract<Left, { field: F }> | undefined } = {
  task: ({ was }) => ({ field: 'task', was: was.task }),
  dataset({ was, to }) {
    const [format] = recipeOf(was.recipe).dataset.formats;
    return to.dataset.formats.includes(format) ? undefined : { field: 'dataset', was: format, is: to.dataset.formats };
  },
  labels({ to, known: { rows = 0, labelled = rows } }) {
    return to.dataset.labels === 'needed' && labelled < rows
      ? { field: 'labels', missing: rows - labelled }
      : undefined;
  },
  teacher: ({ was: { teacher: was }, is: { teacher: is } }) => (was === is ? undefined : { field: 'teacher', was, is }),
  student: ({ was: { student: was }, is: { student: is } }) => (was === is ? undefined : { field: 'student', was, is }),
  region: ({ was: { region: was }, is: { region: is } }) => (was === is ? undefined : { field: 'region', was, is }),
  accelerator: ({ was }) => ({ field: 'accelerator', was: was.accelerator }),
  steps: ({ was, is, over }) => ({
    field: 'steps',
    was: was.steps,
    batch: estimate(was).batch,
    over,
    ...(is.epochs !== undefined && { is: is.epochs }),
  }),
  learningRateMultiplier: ({ was: { learningRateMultiplier: was }, to }) =>
    was === 1 || to.parameters.learningRateMultiplier ? undefined : { field: 'learningRateMultiplier', was },
  evaluationInterval: ({ was }) =>
    was.evaluate ? { field: 'evaluationInterval', was: was.evaluationInterval } : undefined,
  earlyStopping: ({ was }) => (was.evaluate && was.earlyStopping ? { field: 'earlyStopping' } : undefined),
  checkpoint: ({ was: { checkpoint: was } }) => (was === 'default' ? undefined : { field: 'checkpoint', was }),
  tensorboard: ({ was: { tensorboard: was } }) => (was ? { field: 'tensorboard', was } : undefined),
  uploadRegion: ({ was, is }) =>
    was.uploadRegion === is.region ? undefined : { field: 'uploadRegion', was: was.uploadRegion },
  pipelineRoot: ({ was, is }) => ({ field: 'pipelineRoot', was: was.pipelineRoot, is: is.outputs }),
  displayName: ({ was: { displayName: was, modelName } }) =>
    was === modelName ? undefined : { field: 'displayName', was },
  encryptionKey({ was: { encryptionKey: was }, is }) {
    if (!was || is.encryptionKey) return undefined;
    return { field: 'encryptionKey', was, region: keyRefused({ ...is, encryptionKey: was })?.region };
  },
  serviceAccount: ({ was: { serviceAccount: was } }) => (was ? { field: 'serviceAccount', was } : undefined),
};

/** Why a spec may not have the key it names. */
function keyRefused(spec: TuningSpec) {
  return problems(spec).find(problem => problem.rule === 'no-key-here');
}

/** Whole epochs, as near as a recipe takes them. */
function within(epochs: number, { least = 1, most = Infinity }: { least?: number; most?: number }): number {
  return Math.min(most, Math.max(least, Math.round(epochs)));
}

/** The region itself where it is on offer, else one of the same part of the world, else the one that is proposed. */
function nearest(region: string, offered: TuningRecipe['regions']): string {
  if (offered.includes(region)) return region;
  return offered.find(other => part(other) === part(region)) ?? offered[0];
}

/** The part of the world that a region is in, by its name: North America has two. */
function part(region: string): string {
  const [name = ''] = region.split('-');
  return name === 'northamerica' ? 'us' : name;
}

function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
