import type { JobIn } from './job.ts';

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
  | 'foreign';

// In this order: the first that fits is the plainest. The texts are those seen in the world: python-aiplatform issue
// 1073 (actAs), its gcs_utils.py (bucket) and _language_models.py (TensorBoard), vertex-ai-samples issue 3479 (quota);
// from kubeflow/pipelines: validate_pipeline.py (encryption), and that a task's component exits with 13 on errors that
// are not the user's.
const causes: readonly (readonly [RegExp, Cause])[] = [
  [/permission to act as service_account/i, 'actAs'],
  [/IAM permission\(s\) to the bucket/i, 'bucket'],
  [/requests per minute/i, 'requests'],
  [/exceed quota limits|RESOURCE_EXHAUSTED/i, 'quota'],
  [/encryption_spec_key_name/i, 'encryption'],
  [/tensorboard_resource_id|tensorboard must be in the same location/i, 'tensorboard'],
  [/\.jsonl?"? is not JSON|invalid (?:json|dataset)/i, 'dataset'],
  [/non-zero status of 13\b|internal error encountered/i, 'internal'],
  [/the DAG failed because some tasks failed/i, 'wrapper'],
];

/** What a failure means, where its like has been seen. */
export function causeOf({ why, message }: JobIn<'failed'>['failure']): Cause | undefined {
  return why === 'said' ? causes.find(([pattern]) => pattern.test(message))?.[1] : why;
}
