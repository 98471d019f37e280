import { z } from 'zod';
import { estimate } from './estimate.ts';
import type { Region, Student } from './recipe.ts';
import { accelerators, hardware, limits, palm, recommended, regions, tasks } from './recipe.ts';
import { parseFolder, parseUri } from './uri.ts';

/** Which checkpoint becomes the tuned model: the service's own choice, the one with the best evaluation, or the last. */
export const checkpoints = ['default', 'best', 'last'] as const;

export const datasetFields = ['dataset', 'evaluationDataset'] as const;
/** The fields of a spec that name a dataset. */
export type DatasetField = (typeof datasetFields)[number];

export const Spec = z.object({
  modelName: z.string(),
  task: z.enum(tasks),
  dataset: z.string(),
  teacher: z.enum(palm.teachers),
  student: z.enum(Object.keys(palm.students) as [Student]),
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
/** What a person asks for. It never changes once it is a job. */
export type Spec = z.infer<typeof Spec>;

/** Something about a spec that can be said before anything is read: an error stops the form beside its field, a warning is said and passes. */
export type Problem = { field: keyof Spec } & (
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
);

const warnings: ReadonlySet<Problem['rule']> = new Set<Problem['rule']>([
  'tensorboard-one-region',
  'no-evaluation-point',
  'best-needs-evaluation',
  'no-curves',
  'steps-outside-range',
  'below-one-epoch',
]);

/** Whether a problem stops the form. */
export function isError(problem: Problem): boolean {
  return !warnings.has(problem.rule);
}

/** What the deployment and the dataset add to the rules: allowed buckets (undefined: any) and the number of rows, where known. */
export interface Surroundings {
  allowedBuckets?: readonly string[] | undefined;
  rows?: number | undefined;
}

const keyForm = /^projects\/[^/]+\/locations\/([a-z0-9-]+)\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/;
const tensorboardForm = /^projects\/[^/]+\/locations\/([a-z0-9-]+)\/tensorboards\/[0-9]+$/;
const serviceAccountForm = /^[a-z0-9.-]+@[a-z0-9.-]+\.gserviceaccount\.com$/;

/** The region in a TensorBoard's resource name. */
export function tensorboardRegion(name: string): string | undefined {
  return tensorboardForm.exec(name)?.[1];
}

/** Every rule of the page that can be judged from the spec alone. */
export function problems(spec: Spec, around: Surroundings = {}): Problem[] {
  return [
    ...name(spec, 'modelName'),
    ...name(spec, 'displayName'),
    ...object('dataset', spec.dataset, around),
    ...folder(spec.pipelineRoot),
    ...numbers(spec),
    ...evaluation(spec, around),
    ...tensorboard(spec),
    ...encryption(spec),
    ...account(spec),
    ...amount(spec, around),
  ];
}

function name(spec: Spec, field: 'modelName' | 'displayName'): Problem[] {
  if (!spec[field]) return [{ field, rule: 'missing' }];
  return spec[field].length > limits.displayName ? [{ field, rule: 'too-long', most: limits.displayName }] : [];
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

function folder(value: string): Problem[] {
  if (!value) return [{ field: 'pipelineRoot', rule: 'missing' }];
  if (value.startsWith('gs://gs://')) return [{ field: 'pipelineRoot', rule: 'twice-gs', value }];
  return parseFolder(value) ? [] : [{ field: 'pipelineRoot', rule: 'not-a-folder', value }];
}

function numbers(spec: Spec): Problem[] {
  const found: Problem[] = [];
  for (const field of ['steps', 'evaluationInterval'] as const)
    if (!Number.isSafeInteger(spec[field]) || spec[field] < 1) found.push({ field, rule: 'not-a-positive-integer' });
  if (!(Number.isFinite(spec.learningRateMultiplier) && spec.learningRateMultiplier > 0))
    found.push({ field: 'learningRateMultiplier', rule: 'not-a-positive-number' });
  return found;
}

function evaluation(spec: Spec, around: Surroundings): Problem[] {
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

function tensorboard(spec: Spec): Problem[] {
  const field = 'tensorboard';
  if (!spec.tensorboard) return [{ field, rule: 'no-curves' }];
  const is = tensorboardRegion(spec.tensorboard);
  if (!is) return [{ field, rule: 'tensorboard-form', value: spec.tensorboard }];
  const where = { is, pipeline: spec.region, tuning: hardware[spec.accelerator].region };
  const matches = [where.pipeline, where.tuning].filter(region => region === is).length;
  if (matches === 0) return [{ field, rule: 'tensorboard-elsewhere', ...where }];
  return matches === 1 ? [{ field, rule: 'tensorboard-one-region', ...where }] : [];
}

function encryption(spec: Spec): Problem[] {
  const field = 'encryptionKey';
  if (!spec.encryptionKey) return [];
  const location = keyForm.exec(spec.encryptionKey)?.[1];
  if (!location) return [{ field, rule: 'key-form', value: spec.encryptionKey }];
  const tuning = hardware[spec.accelerator].region;
  const places = { tuning, region: spec.region, uploadRegion: spec.uploadRegion, key: location };
  const elsewhere = (['tuning', 'region', 'uploadRegion', 'key'] as const)
    .map(what => ({ what, is: places[what] }))
    .filter(({ is }) => is !== palm.keyRegion);
  return elsewhere.length ? [{ field, rule: 'key-needs-region', elsewhere }] : [];
}

function account({ serviceAccount }: Spec): Problem[] {
  if (!serviceAccount || serviceAccountForm.test(serviceAccount)) return [];
  return [{ field: 'serviceAccount', rule: 'service-account-form', value: serviceAccount }];
}

function amount(spec: Spec, { rows }: Surroundings): Problem[] {
  const found: Problem[] = [];
  const range = recommended[spec.task]?.steps;
  if (range && (spec.steps < range[0] || spec.steps > range[1]))
    found.push({ field: 'steps', rule: 'steps-outside-range', steps: spec.steps, least: range[0], most: range[1] });
  const { epochs } = estimate({ ...spec, rows });
  if (epochs !== undefined && epochs < 1) found.push({ field: 'steps', rule: 'below-one-epoch', epochs });
  return found;
}
