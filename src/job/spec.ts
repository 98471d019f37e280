import { z } from 'zod';
import { estimate } from './estimate.ts';
import type { NumberRule, Queue, RecipeId, Region } from './recipe.ts';
import {
  accelerators,
  hardware,
  limits,
  pipelineRecipes,
  recipeOf,
  recommended,
  regions,
  tasks,
  tuningRecipes,
} from './recipe.ts';
import { parseFolder, parseUri } from './uri.ts';

/** Which checkpoint becomes the tuned model: the service's own choice, the one with the best evaluation, or the last. */
export const checkpoints = ['default', 'best', 'last'] as const;

export const datasetFields = ['dataset', 'evaluationDataset'] as const;
/** The fields of a spec that name a dataset. */
export type DatasetField = (typeof datasetFields)[number];

export const PipelineSpec = z.object({
  /** Jobs that were asked for before there was a choice name none: there was this one. */
  recipe: z.enum(pipelineRecipes).default('palm'),
  modelName: z.string(),
  task: z.enum(tasks),
  dataset: z.string(),
  teacher: z.string(),
  student: z.string(),
  region: z.enum(regions),
  accelerator: z.enum(accelerators),
  steps: z.number(),
  learningRateMultiplier: z.number(),
  evaluate: z.boolean(),
  evaluationDataset: z.string().optional(),
  evaluationInterval: z.number(),
  earlyStopping: z.boolean(),
  checkpoint: z.enum(checkpoints),
  tensorboard: z.string().optional(),
  uploadRegion: z.enum(regions),
  pipelineRoot: z.string(),
  displayName: z.string(),
  encryptionKey: z.string().optional(),
  serviceAccount: z.string().optional(),
});
/** What a person asks of a pipeline job. */
export type PipelineSpec = z.infer<typeof PipelineSpec>;

export const TuningSpec = z.object({
  recipe: z.enum(tuningRecipes),
  modelName: z.string(),
  dataset: z.string(),
  /** None, where the recipe has none. */
  teacher: z.string().optional(),
  student: z.string(),
  region: z.string(),
  epochs: z.number().optional(),
  learningRateMultiplier: z.number().optional(),
  learningRate: z.number().optional(),
  batchSize: z.number().optional(),
  adapterSize: z.string().optional(),
  tuningMode: z.string().optional(),
  evaluate: z.boolean(),
  evaluationDataset: z.string().optional(),
  /** Where the weights are written, for a recipe that writes any. */
  outputs: z.string().optional(),
  encryptionKey: z.string().optional(),
  serviceAccount: z.string().optional(),
});
/** What a person asks of a tuning job. What is left out is left to Vertex AI. */
export type TuningSpec = z.infer<typeof TuningSpec>;

export const Spec = z.union([PipelineSpec, TuningSpec]);
/** What a person asks for. It never changes once it is a job. */
export type Spec = z.infer<typeof Spec>;

/** A field of some spec. */
export type SpecField = keyof PipelineSpec | keyof TuningSpec;

/** Every field of every spec: a pipeline job's in the order of the form, then what only a tuning job has. */
export const specFields = [
  ...new Set([...Object.keys(PipelineSpec.shape), ...Object.keys(TuningSpec.shape)]),
] as SpecField[];

/** Whether a spec has a field at all, filled in or not. */
export function hasField(spec: Spec, field: SpecField): boolean {
  return field in (isPipeline(spec) ? PipelineSpec : TuningSpec).shape;
}

/** Whether a spec asks for a pipeline job, on an accelerator of ours. */
export function isPipeline(spec: Spec): spec is PipelineSpec {
  return recipeOf(spec.recipe).backend === 'pipelineJobs';
}

/** What a spec has in a field, whichever fields it has. */
export function valueIn(spec: Spec, field: SpecField): string | number | boolean | undefined {
  return (spec as Partial<Record<SpecField, string | number | boolean>>)[field];
}

/** Where a spec's models answer: in a pipeline's upload region, or where the tuning job is. */
export function servingRegion(spec: Spec): string {
  return isPipeline(spec) ? spec.uploadRegion : spec.region;
}

/** How a model of this spec's recipe is asked: the student as it was, and the tuned one where it answers at all. */
export function answering({ recipe }: Spec): 'predict' | 'generateContent' {
  return recipeOf(recipe).answers ?? 'generateContent';
}

/** The line that a job of this spec stands in before it is launched. */
export function queueOf(spec: Spec): Queue {
  return isPipeline(spec) ? spec.accelerator : 'tuning';
}

/** Something about a spec that can be said before anything is read: an error stops the form beside its field, a warning is said and passes. */
export type Problem = { field: SpecField } & (
  | { rule: 'missing' }
  /** Both a URI and a file were given. */
  | { rule: 'two-sources' }
  | { rule: 'too-long'; most: number }
  | { rule: 'not-an-object'; value: string }
  | { rule: 'not-a-folder'; value: string }
  | { rule: 'twice-gs'; value: string }
  | { rule: 'bucket-not-allowed'; bucket: string; allowed: readonly string[] }
  | { rule: 'not-a-positive-integer' }
  | { rule: 'not-a-positive-number' }
  | { rule: 'evaluation-is-off' }
  | { rule: 'key-form'; value: string }
  /** Everything that is not where CMEK works, each with the region it is in. */
  | { rule: 'key-needs-region'; elsewhere: { what: 'tuning' | 'region' | 'uploadRegion' | 'key'; is: string }[] }
  | { rule: 'tensorboard-form'; value: string }
  | { rule: 'tensorboard-elsewhere'; is: string; pipeline: Region; tuning: Region }
  | { rule: 'tensorboard-one-region'; is: string; pipeline: Region; tuning: Region }
  | { rule: 'service-account-form'; value: string }
  | { rule: 'no-evaluation-point'; steps: number; interval: number }
  | { rule: 'best-needs-evaluation' }
  | { rule: 'no-curves' }
  | { rule: 'steps-outside-range'; steps: number; least: number; most: number }
  | { rule: 'below-one-epoch'; epochs: number }
  /** Not among what the recipe offers. */
  | { rule: 'not-offered'; value: string; offered: readonly string[] }
  /** Typed, and no name of a model. */
  | { rule: 'model-form'; value: string }
  | { rule: 'not-in-range'; range: NumberRule }
  /** A learning rate and what it is to be multiplied by were both given. */
  | { rule: 'two-rates' }
  /** The recipe takes no key, or none in this region. */
  | { rule: 'no-key-here'; region: string | undefined }
  /** Vertex AI refuses new jobs of this recipe; `instead`: those that are offered and run today, where that is known. */
  | { rule: 'retired'; newJobs: string; models: string; instead?: readonly RecipeId[] | undefined }
  /** Only projects that Google has let in may use it. */
  | { rule: 'early-access' }
);

const warnings: ReadonlySet<Problem['rule']> = new Set<Problem['rule']>([
  'tensorboard-one-region',
  'no-evaluation-point',
  'best-needs-evaluation',
  'no-curves',
  'steps-outside-range',
  'below-one-epoch',
  'retired',
  'early-access',
]);

/** Whether a problem stops the form. */
export function isError(problem: Problem): boolean {
  return !warnings.has(problem.rule);
}

/** What the deployment and the dataset add to the rules: allowed buckets (undefined: any), and, where known, which recipes are offered and the number of rows. */
export interface Surroundings {
  allowedBuckets?: readonly string[] | undefined;
  recipes?: readonly RecipeId[] | undefined;
  rows?: number | undefined;
}

const keyForm = /^projects\/[^/]+\/locations\/([a-z0-9-]+)\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/;
const tensorboardForm = /^projects\/[^/]+\/locations\/([a-z0-9-]+)\/tensorboards\/[0-9]+$/;
const serviceAccountForm = /^[a-z0-9.-]+@[a-z0-9.-]+\.gserviceaccount\.com$/;

/** The region in a TensorBoard's resource name. */
export function tensorboardRegion(name: string): string | undefined {
  return tensorboardForm.exec(name)?.[1];
}

/** Every rule that can be judged from the spec alone. */
export function problems(spec: Spec, around: Surroundings = {}): Problem[] {
  return [
    ...name(spec.modelName, 'modelName'),
    ...standing(spec, around),
    ...object('dataset', spec.dataset, around),
    ...(isPipeline(spec) ? ofPipeline(spec, around) : ofTuning(spec, around)),
    ...account(spec),
  ];
}

/** Whether the recipe can be used today. */
function standing({ recipe }: Spec, { recipes }: Surroundings): Problem[] {
  const { retired, earlyAccess } = recipeOf(recipe);
  const instead = recipes?.filter(id => !recipeOf(id).retired);
  return [
    ...(retired ? [{ field: 'recipe', rule: 'retired', ...retired, instead } as const] : []),
    ...(earlyAccess ? [{ field: 'recipe', rule: 'early-access' } as const] : []),
  ];
}

function ofPipeline(spec: PipelineSpec, around: Surroundings): Problem[] {
  return [
    ...name(spec.displayName, 'displayName'),
    ...models(spec),
    ...folder('pipelineRoot', spec.pipelineRoot),
    ...numbers(spec),
    ...evaluation(spec, around),
    ...tensorboard(spec),
    ...encryption(spec),
    ...amount(spec, around),
  ];
}

function ofTuning(spec: TuningSpec, around: Surroundings): Problem[] {
  const { regions: offered, weights } = recipeOf(spec.recipe);
  return [
    ...models(spec),
    ...(offered.includes(spec.region)
      ? []
      : [{ field: 'region', rule: 'not-offered', value: spec.region, offered } as const]),
    ...parameters(spec),
    ...evaluated(spec, around),
    ...(weights === undefined ? [] : folder('outputs', spec.outputs ?? '')),
    ...keyOf(spec),
  ];
}

// The names of publishers' models, as Google's pages write them: publishers, versions and all.
const modelForm = /^[a-z0-9][a-z0-9._-]*(\/[a-z0-9][a-z0-9._-]*)?(@[a-z0-9][a-z0-9._-]*)?$/i;

/** Whether a name that was typed may be a model's. */
export function isModelName(name: string): boolean {
  return name.length <= limits.modelName && modelForm.test(name);
}

/** Teacher and student are among those of the recipe, or look like one where others may go, too. */
function models(spec: Spec): Problem[] {
  const { teachers, students } = recipeOf(spec.recipe);
  return (
    [
      ['teacher', teachers],
      ['student', students],
    ] as const
  ).flatMap(([field, models]): Problem[] => {
    const value = spec[field] ?? '';
    if (!models || models.known.includes(value)) return [];
    if (!value) return [{ field, rule: 'missing' }];
    if (!models.others) return [{ field, rule: 'not-offered', value, offered: models.known }];
    return isModelName(value) ? [] : [{ field, rule: 'model-form', value }];
  });
}

/** The numbers and choices of a tuning job: each may be left out. */
function parameters(spec: TuningSpec): Problem[] {
  const rules = recipeOf(spec.recipe).parameters;
  const found: Problem[] = [];
  for (const field of Object.keys(rules) as (keyof typeof rules)[]) {
    const value = spec[field];
    const rule = rules[field];
    if (value === undefined || !rule) continue;
    if ('of' in rule) {
      if (!rule.of.includes(String(value)))
        found.push({ field, rule: 'not-offered', value: String(value), offered: rule.of });
    } else if (!isWithin(Number(value), rule)) found.push({ field, rule: 'not-in-range', range: rule });
  }
  if (spec.learningRate !== undefined && spec.learningRateMultiplier !== undefined)
    found.push({ field: 'learningRate', rule: 'two-rates' });
  return found;
}

function isWithin(value: number, { whole, least, most = Infinity }: NumberRule): boolean {
  if (!Number.isFinite(value) || value <= 0 || (whole && !Number.isSafeInteger(value))) return false;
  return (least === undefined || value >= least) && value <= most;
}

function evaluated(spec: TuningSpec, around: Surroundings): Problem[] {
  const field = 'evaluationDataset';
  if (spec.evaluate) return object(field, spec.evaluationDataset ?? '', around);
  return spec.evaluationDataset ? [{ field, rule: 'evaluation-is-off' }] : [];
}

function keyOf({ recipe, region, student, encryptionKey }: TuningSpec): Problem[] {
  const field = 'encryptionKey';
  if (!encryptionKey) return [];
  const location = keyForm.exec(encryptionKey)?.[1];
  if (!location) return [{ field, rule: 'key-form', value: encryptionKey }];
  const { encryption } = recipeOf(recipe);
  if (!encryption || encryption.notFor?.includes(student)) return [{ field, rule: 'no-key-here', region: undefined }];
  return encryption.not.includes(region) ? [{ field, rule: 'no-key-here', region }] : [];
}

function name(value: string, field: 'modelName' | 'displayName'): Problem[] {
  if (!value) return [{ field, rule: 'missing' }];
  return value.length > limits.displayName ? [{ field, rule: 'too-long', most: limits.displayName }] : [];
}

function object(field: 'dataset' | 'evaluationDataset', value: string, around: Surroundings): Problem[] {
  if (!value) return [{ field, rule: 'missing' }];
  if (value.startsWith('gs://gs://')) return [{ field, rule: 'twice-gs', value }];
  const place = parseUri(value);
  if (!place) return [{ field, rule: 'not-an-object', value }];
  if (around.allowedBuckets && !around.allowedBuckets.includes(place.bucket))
    return [{ field, rule: 'bucket-not-allowed', bucket: place.bucket, allowed: around.allowedBuckets }];
  return [];
}

function folder(field: 'pipelineRoot' | 'outputs', value: string): Problem[] {
  if (!value) return [{ field, rule: 'missing' }];
  if (value.startsWith('gs://gs://')) return [{ field, rule: 'twice-gs', value }];
  return parseFolder(value) ? [] : [{ field, rule: 'not-a-folder', value }];
}

function numbers(spec: PipelineSpec): Problem[] {
  const found: Problem[] = [];
  for (const field of ['steps', 'evaluationInterval'] as const)
    if (!Number.isSafeInteger(spec[field]) || spec[field] < 1) found.push({ field, rule: 'not-a-positive-integer' });
  if (!(Number.isFinite(spec.learningRateMultiplier) && spec.learningRateMultiplier > 0))
    found.push({ field: 'learningRateMultiplier', rule: 'not-a-positive-number' });
  return found;
}

function evaluation(spec: PipelineSpec, around: Surroundings): Problem[] {
  const field = 'evaluationDataset';
  if (!spec.evaluate) {
    const found: Problem[] = spec.evaluationDataset ? [{ field, rule: 'evaluation-is-off' }] : [];
    if (spec.checkpoint === 'best') found.push({ field: 'checkpoint', rule: 'best-needs-evaluation' });
    return found;
  }
  const found = object(field, spec.evaluationDataset ?? '', around);
  if (spec.evaluationInterval > spec.steps)
    found.push({
      field: 'evaluationInterval',
      rule: 'no-evaluation-point',
      steps: spec.steps,
      interval: spec.evaluationInterval,
    });
  return found;
}

function tensorboard(spec: PipelineSpec): Problem[] {
  const field = 'tensorboard';
  if (!spec.tensorboard) return [{ field, rule: 'no-curves' }];
  const is = tensorboardRegion(spec.tensorboard);
  if (!is) return [{ field, rule: 'tensorboard-form', value: spec.tensorboard }];
  const where = { is, pipeline: spec.region, tuning: hardware[spec.accelerator].region };
  const matches = [where.pipeline, where.tuning].filter(region => region === is).length;
  if (matches === 0) return [{ field, rule: 'tensorboard-elsewhere', ...where }];
  return matches === 1 ? [{ field, rule: 'tensorboard-one-region', ...where }] : [];
}

function encryption(spec: PipelineSpec): Problem[] {
  const field = 'encryptionKey';
  if (!spec.encryptionKey) return [];
  const location = keyForm.exec(spec.encryptionKey)?.[1];
  if (!location) return [{ field, rule: 'key-form', value: spec.encryptionKey }];
  const tuning = hardware[spec.accelerator].region;
  const places = { tuning, region: spec.region, uploadRegion: spec.uploadRegion, key: location };
  const elsewhere = (['tuning', 'region', 'uploadRegion', 'key'] as const)
    .map(what => ({ what, is: places[what] }))
    .filter(({ is }) => is !== recipeOf(spec.recipe).keyRegion);
  return elsewhere.length ? [{ field, rule: 'key-needs-region', elsewhere }] : [];
}

function account({ serviceAccount }: Spec): Problem[] {
  if (!serviceAccount || serviceAccountForm.test(serviceAccount)) return [];
  return [{ field: 'serviceAccount', rule: 'service-account-form', value: serviceAccount }];
}

function amount(spec: PipelineSpec, { rows }: Surroundings): Problem[] {
  const found: Problem[] = [];
  const range = recommended[spec.task]?.steps;
  if (range && (spec.steps < range[0] || spec.steps > range[1]))
    found.push({ field: 'steps', rule: 'steps-outside-range', steps: spec.steps, least: range[0], most: range[1] });
  const { epochs } = estimate({ ...spec, rows });
  if (epochs !== undefined && epochs < 1) found.push({ field: 'steps', rule: 'below-one-epoch', epochs });
  return found;
}
