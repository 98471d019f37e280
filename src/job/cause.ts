import type { JobIn } from './job.ts';
import { recipeOf } from './recipe.ts';
import type { Run } from './run.ts';

/** Why a job failed, where the like has been seen. */
export type Cause =
  | 'actAs'
  | 'bucket'
  | 'requests'
  | 'quota'
  | 'encryption'
  | 'tensorboard'
  | 'dataset'
  | 'internal'
  | 'wrapper'
  | 'gone'
  | 'foreign'
  | 'expired'
  | 'retired'
  | 'not-let-in'
  | 'no-model'
  | 'model-name'
  | 'outputs'
  | 'multiplier'
  | 'adapter'
  | 'capacity'
  | 'denied';

// In this order: the first that fits is the plainest. The texts are those seen in the world. Of pipeline jobs:
// python-aiplatform issue 1073 (actAs), its gcs_utils.py (bucket) and _language_models.py (TensorBoard),
// vertex-ai-samples issue 3479 (quota); from kubeflow/pipelines: validate_pipeline.py (encryption), and that a task's
// component exits with 13 on errors that are not the user's. Of tuning jobs: google/skills, agent-platform-tuning
// (outputs, model name, and that a key is refused in `global`); python-genai issue 908 (adapter size);
// GoogleCloudPlatform/generative-ai issue 2081 (the dataset's address); field notes of four tuning jobs of August 2026
// (multiplier, roles in a dataset, capacity). Of models that are retired, or of which a project has not been let use:
// cloudsql-jump-start-solution-for-genai issue 41 and Open_Data_QnA issue 77, both of GoogleCloudPlatform. What is
// said of a right that is missing: t5x-on-vertex-ai issue 5.
const causes: readonly (readonly [RegExp, Cause])[] = [
  [/permission to act as service_account/i, 'actAs'],
  [/IAM permission\(s\) to the bucket/i, 'bucket'],
  [/requests per minute/i, 'requests'],
  [/exceed quota limits|quota exceeded|RESOURCE_EXHAUSTED/i, 'quota'],
  [/encryption_spec_key_name|\bCMEK\b/i, 'encryption'],
  [/tensorboard_resource_id|tensorboard must be in the same location/i, 'tensorboard'],
  [/not allowed to use publisher model|publisher model\b.*\bnot found/is, 'no-model'],
  [/invalid open source publisher model resource name/i, 'model-name'],
  [/output_uri field is required/i, 'outputs'],
  [/learning rate multiplier is not supported/i, 'multiplier'],
  [/adapter size is not supported/i, 'adapter'],
  [
    /\.jsonl?"? is not JSON|invalid (?:json|dataset)|(?:training|validation|prompt)_dataset_uri|supported roles are/i,
    'dataset',
  ],
  [/high demand in this region/i, 'capacity'],
  [/permission '[^']*' denied/i, 'denied'],
  [/non-zero status of 13\b|internal error encountered/i, 'internal'],
  [/the DAG failed because some tasks failed/i, 'wrapper'],
];

/** What is said of a project that has not been let in: the words are not documented, nor have any been seen. */
const closed = /permission|not (?:been )?(?:allowed|authorized|enabled)|allow-?list/i;

/** A failed job, as far as its cause is to be found in it. */
export type Failed = Pick<JobIn<'failed'>, 'spec' | 'failure'> & { run?: Run | undefined };

/** What a failure means, where its like has been seen. */
export function causeOf({ spec, failure: { why, message }, run }: Failed): Cause | undefined {
  if (why !== 'said') return why;
  const { retired, earlyAccess } = recipeOf(spec.recipe);
  const known = causes.find(([pattern]) => pattern.test(message))?.[1];
  if (retired && (known === 'no-model' || (!known && !run))) return 'retired';
  if (earlyAccess && !run && (known === 'no-model' || known === 'denied' || (!known && closed.test(message))))
    return 'not-let-in';
  return known ?? (run?.state === 'EXPIRED' ? 'expired' : undefined);
}
