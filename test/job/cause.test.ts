import { describe, expect, it, test } from 'vitest';
import type { Cause, Failed } from '../../src/job/cause.ts';
import { causeOf } from '../../src/job/cause.ts';
import { failures, refusals } from '../../src/local/vertex/failures.ts';
import { jobIn } from '../views/jobs.ts';
import { tuningRun } from '../views/tuning-jobs.ts';
import { specWith, tuningSpecWith } from './sample-jobs.ts';

test.each([
  ['quota', failures.tpuQuota.message],
  ['quota', failures.gpuQuota.message],
  ['dataset', failures.badDataset.message],
  ['internal', failures.internal.message],
  ['actAs', refusals.missingActAs.message],
  ['bucket', refusals.bucketRights.message],
  ['requests', refusals.quotaRefused.message],
  [
    'encryption',
    'encryption_spec_key_name (CMEK) is only supported for GPU training in us-central1. Please either unset encryption_spec_key_name or create your pipeline in us-central1 to use GPU instead.',
  ],
  ['tensorboard', 'The Tensorboard must be in the same location as the tuning job.'],
  [
    'wrapper',
    'The DAG failed because some tasks failed. The failed tasks are: [create-dataproc-cluster].; Job (project_id = x, job_id = 9) is failed due to the above error.',
  ],
  [undefined, 'Something new.'],
  [undefined, ''],
])('causeOf() knows %s from its text', (cause, message) => {
  expect(causeOf({ ...jobIn('failed'), failure: { why: 'said', message } })).toBe(cause);
});

const [open, gemini, service] = [
  tuningSpecWith(),
  tuningSpecWith({}, 'gemini-tuning'),
  tuningSpecWith({}, 'gemini-distillation'),
];

/** A job that Vertex AI refused, saying this. */
function refused(spec: Failed['spec'], message: string): Failed {
  return { spec, failure: { why: 'said', message } };
}

test.each<[Cause | undefined, string]>([
  ['outputs', 'The output_uri field is required for this model.'],
  ['model-name', 'Invalid open source publisher model resource name: qwen/qwen3'],
  ['multiplier', 'Learning rate multiplier is not supported for base model google/gemma4@gemma-4-e2b-it.'],
  ['adapter', 'The adapter size is not supported for this base model.'],
  [
    'dataset',
    'List of found errors:\t1.Field: tuning_job.supervised_tuning_spec.training_dataset_uri; Message: training_dataset_uri should be a GCS object of type JSONL.\t',
  ],
  ['dataset', 'Row 1: Supported roles are: user, model, function.'],
  ['capacity', 'The job could not be run because of high demand in this region.'],
  ['quota', 'Quota exceeded for quota metric "Global concurrent tuning jobs".'],
  ['encryption', 'CMEK is not supported for tuning jobs in the location "global".'],
  [
    'no-model',
    'Project `123` is not allowed to use Publisher Model `projects/p/locations/us-central1/publishers/google/models/gemini-2.5-flash`.',
  ],
  [
    'no-model',
    'Publisher Model `projects/p/locations/us-central1/publishers/google/models/gemini-0` was not found or your project does not have access to it.',
  ],
  [
    'denied',
    "Permission 'aiplatform.tuningJobs.create' denied on resource '//aiplatform.googleapis.com/projects/p/locations/us-central1' (or it may not exist).",
  ],
  [undefined, 'Base model made-up@1 is not supported.'],
])('causeOf() knows %s from what is said of a tuning job', (cause, message) => {
  for (const spec of [open, gemini]) expect(causeOf(refused(spec, message))).toBe(cause);
});

describe('what is said of the models of a retired recipe', () => {
  const palm = specWith();

  it.each([
    'Project `123` is not allowed to use Publisher Model `projects/p/locations/us-central1/publishers/google/models/text-bison@002`',
    'Something that nobody has seen yet.',
    '',
  ])('is that it is retired, where a job was refused: %s', message => {
    expect(causeOf(refused(palm, message))).toBe('retired');
  });

  it('is what it always was, where its like is known', () => {
    expect(causeOf(refused(palm, refusals.missingActAs.message))).toBe('actAs');
    expect(causeOf({ ...refused(palm, ''), failure: { why: 'foreign', message: '' } })).toBe('foreign');
  });

  it('is nothing known, where a job that ran says what nobody has seen', () => {
    expect(causeOf({ ...jobIn('failed'), failure: { why: 'said', message: 'Flux.' } })).toBeUndefined();
  });
});

describe('a refusal of a recipe in early access', () => {
  it.each([
    'The project is not on the allow-list of the Gemini distillation service.',
    "Permission 'aiplatform.tuningJobs.create' denied on resource '//aiplatform.googleapis.com/projects/p' (or it may not exist).",
    'Project `123` is not allowed to use Publisher Model `x`',
  ])('means that the project was not let in: %s', message => {
    expect(causeOf(refused(service, message))).toBe('not-let-in');
    expect(causeOf(refused(gemini, message))).not.toBe('not-let-in');
  });

  it('means what it says, where it speaks of something else', () => {
    expect(causeOf(refused(service, 'The adapter size is not supported for this base model.'))).toBe('adapter');
    expect(causeOf(refused(service, 'The year is not a leap year.'))).toBeUndefined();
  });
});

test('a tuning job that expired without a word has expired', () => {
  const run = tuningRun(88, undefined, { state: 'EXPIRED' });
  expect(causeOf({ ...refused(open, ''), run })).toBe('expired');
  expect(causeOf({ ...refused(open, 'high demand in this region'), run })).toBe('capacity');
});
