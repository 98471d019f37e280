import { named } from './body.ts';
import { address } from './dataset.ts';
import type { Of, Reader } from './message.ts';
import { bool, double, int64, labelled, message, oneOf, output, string } from './message.ts';
import { Trouble } from './trouble.ts';
import type { Family } from './tuning-models.ts';
import { familyOf, isTeacher, places, service } from './tuning-models.ts';

/** The versions of the API that serve tuning jobs. */
export const versions = ['v1', 'v1beta1'] as const;
export type Version = (typeof versions)[number];

/** What the API knows, and the miniature does not do. */
const unserved: Reader<never> = (_, where) => {
  throw new Trouble('UNIMPLEMENTED', `This miniature of Vertex AI does not serve "${where}".`);
};

const sizes = ['ONE', 'TWO', 'FOUR', 'EIGHT', 'SIXTEEN', 'THIRTY_TWO'].map(size => `ADAPTER_SIZE_${size}`);
const numbers = {
  epochCount: int64,
  learningRateMultiplier: double,
  adapterSize: oneOf('SupervisedHyperParameters.AdapterSize', sizes),
};
const numbersOfOpenModels = message({ ...numbers, learningRate: double, batchSize: int64 });
const tuningMode = oneOf('SupervisedTuningSpec.TuningMode', ['TUNING_MODE_FULL', 'TUNING_MODE_PEFT_ADAPTER']);
const supervised = {
  trainingDatasetUri: string,
  validationDatasetUri: string,
  hyperParameters: message(numbers),
  exportLastCheckpointOnly: bool,
  evaluationConfig: unserved,
};
const always = {
  baseModel: string,
  tunedModelDisplayName: string,
  description: string,
  labels: labelled,
  encryptionSpec: message({ kmsKeyName: string }),
  serviceAccount: string,
  preTunedModel: unserved,
  preferenceOptimizationSpec: unserved,
  name: output,
  state: output,
  createTime: output,
  startTime: output,
  endTime: output,
  updateTime: output,
  error: output,
  experiment: output,
  tunedModel: output,
  tuningDataStats: output,
  evaluateDatasetRuns: output,
};

/**
 * The body of `tuningJobs.create` in each version: google/cloud/aiplatform/{v1,v1beta1}/tuning_job.proto, and for
 * `distillationSpec` the discovery document, which is ahead of it and calls three of its fields deprecated
 * (googleapis/google-api-python-client, docs/dyn/aiplatform_v1beta1.projects.locations.tuningJobs.html).
 */
const bodies = {
  v1: message({ ...always, supervisedTuningSpec: message(supervised) }),
  v1beta1: message({
    ...always,
    supervisedTuningSpec: message({ ...supervised, hyperParameters: numbersOfOpenModels, tuningMode }),
    distillationSpec: message({
      promptDatasetUri: string,
      baseTeacherModel: string,
      tunedTeacherModelSource: unserved,
      validationDatasetUri: string,
      tuningMode,
      hyperParameters: numbersOfOpenModels,
      studentModel: string,
      trainingDatasetUri: string,
      pipelineRootDirectory: string,
    }),
    outputUri: string,
    customBaseModel: unserved,
    partnerModelTuningSpec: unserved,
    veoTuningSpec: unserved,
    veoLoraTuningSpec: unserved,
    pipelineJob: output,
    tuningJobState: output,
    tuningJobMetadata: output,
  }),
};

/** A tuning job as it was asked for, 64-bit integers as texts. */
export type TuningBody = Of<(typeof bodies)['v1beta1']>;

/** What a tuning job is to do. */
export type TuningOrder = {
  /** As it was asked for, to be shown. */
  body: TuningBody;
  family: Family;
  student: string;
  /** Where there is one, it answers the prompts; else the labels of the rows are learnt. */
  teacher?: string;
  dataset: string;
  validation?: string;
  outputUri?: string;
  epochs?: number;
  batchSize?: number;
  learningRateMultiplier?: number;
  learningRate?: number;
  /** Whether only the model at the end is kept. */
  lastOnly: boolean;
};

/** Reads the body of a creation, and refuses what the API does not know, what has another type, and what does not go together. */
export function order(
  given: Record<string, unknown>,
  { version, place, earlyAccess }: { version: Version; place: string; earlyAccess: boolean },
): TuningOrder {
  const body: TuningBody = bodies[version](given, 'tuning_job');
  const { supervisedTuningSpec, distillationSpec } = body;
  demand(!(supervisedTuningSpec && distillationSpec), 'oneof field "tuning_spec" is already set');
  named(body.tunedModelDisplayName ?? '', 'tunedModelDisplayName');
  const read = supervisedTuningSpec
    ? { ...supervisedTuningSpec, teacher: undefined, dataset: supervisedTuningSpec.trainingDatasetUri }
    : distillationSpec && {
        ...distillationSpec,
        exportLastCheckpointOnly: false,
        teacher: distillationSpec.baseTeacherModel ?? '',
        dataset: distillationSpec.promptDatasetUri ?? distillationSpec.trainingDatasetUri,
      };
  if (!read) throw refused('one tuning spec is required');
  const { teacher, dataset, validationDatasetUri, hyperParameters = {}, exportLastCheckpointOnly = false } = read;
  const student = body.baseModel ?? distillationSpec?.studentModel ?? '';
  const family = familyOf(student);
  if (!family) throw refused(`base model "${student}" is not supported`);
  demand(teacher === undefined || isTeacher(teacher, family), `teacher model "${teacher}" is not supported`);
  if (family === 'gemini' && teacher !== undefined) admit({ student, place, earlyAccess });
  demand(places[family].includes(place), `base model "${student}" cannot be tuned in "${place}"`);
  checkKey(body, { family, teacher, place });
  checkNumbers(hyperParameters, family);
  if (family === 'open' && !body.outputUri)
    throw new Trouble('INVALID_ARGUMENT', 'The output_uri field is required for this model.');
  demand(family === 'open' || !body.outputUri, 'output_uri is for open models alone');
  const outputs = body.outputUri?.replace(/\/*$/, '');
  for (const uri of [dataset ?? '', validationDatasetUri, outputs && `${outputs}/x`])
    if (uri !== undefined) address(uri);
  const { epochCount, batchSize, learningRate, learningRateMultiplier } = hyperParameters;
  return {
    body,
    family,
    student,
    ...(teacher !== undefined && { teacher }),
    dataset: dataset ?? '',
    ...(validationDatasetUri !== undefined && { validation: validationDatasetUri }),
    ...(outputs !== undefined && { outputUri: outputs }),
    ...(epochCount !== undefined && { epochs: Number(epochCount) }),
    ...(batchSize !== undefined && { batchSize: Number(batchSize) }),
    ...(learningRate !== undefined && { learningRate }),
    ...(learningRateMultiplier !== undefined && { learningRateMultiplier }),
    lastOnly: exportLastCheckpointOnly,
  };
}

/** Lets only those into the Gemini distillation service whom Google has let in, and only with its own student. */
function admit({ student, place, earlyAccess }: { student: string; place: string; earlyAccess: boolean }): void {
  if (!earlyAccess)
    throw new Trouble('PERMISSION_DENIED', 'The project is not on the allow-list of the Gemini distillation service.');
  demand(student === service.student, `student model "${student}" is not supported`);
  demand(place === service.place, `base model "${student}" cannot be distilled in "${place}"`);
}

function checkKey(
  { encryptionSpec }: TuningBody,
  { family, teacher, place }: { family: Family; teacher: string | undefined; place: string },
): void {
  if (!encryptionSpec) return;
  demand(encryptionSpec.kmsKeyName, 'encryption_spec has no kms_key_name');
  if (place === 'global')
    throw new Trouble('FAILED_PRECONDITION', 'CMEK is not supported for tuning jobs in the location "global".');
  demand(family === 'open' || teacher !== undefined, 'CMEK is not supported for this model');
}

function checkNumbers(given: Of<typeof numbersOfOpenModels>, family: Family): void {
  const { epochCount, batchSize, learningRate, learningRateMultiplier, adapterSize } = given;
  demand(epochCount === undefined || Number(epochCount) > 0, 'epoch_count must be positive');
  demand(batchSize === undefined || Number(batchSize) > 0, 'batch_size must be positive');
  demand(learningRate === undefined || learningRate > 0, 'learning_rate must be positive');
  demand(
    learningRateMultiplier === undefined || learningRateMultiplier > 0,
    'learning_rate_multiplier must be positive',
  );
  demand(
    learningRate === undefined || learningRateMultiplier === undefined,
    'learning_rate and learning_rate_multiplier exclude each other',
  );
  if (family === 'open') return;
  demand(
    learningRate === undefined && batchSize === undefined,
    'learning_rate and batch_size are for open models alone',
  );
  demand(adapterSize !== 'ADAPTER_SIZE_THIRTY_TWO', 'adapter_size must be between 1 and 16');
}

function demand(holds: unknown, otherwise: string): void {
  if (!holds) throw refused(otherwise);
}

function refused(why: string): Trouble {
  return new Trouble('INVALID_ARGUMENT', `Invalid tuning job: ${why}.`);
}
