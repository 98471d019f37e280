import type { JobIn } from '../job/job.ts';
import type { Words } from './words.ts';

type Cause = keyof Words['posts']['failure']['causes'];

// In this order: the first that fits is the plainest. The texts are those seen in the world: python-aiplatform issue
// 1073 (actAs), its gcs_utils.py (bucket), vertex-ai-samples issue 3479 (quota); a task's component exits with 13 on
// errors that are not the user's (kubeflow/pipelines).
const causes: readonly (readonly [RegExp, Cause])[] = [
  [/permission to act as service_account/i, 'actAs'],
  [/IAM permission\(s\) to the bucket/i, 'bucket'],
  [/requests per minute/i, 'requests'],
  [/exceed quota limits|RESOURCE_EXHAUSTED/i, 'quota'],
  [/\.jsonl?"? is not JSON|invalid (?:json|dataset)/i, 'dataset'],
  [/non-zero status of 13\b|internal error encountered/i, 'internal'],
  [/the DAG failed because some tasks failed/i, 'wrapper'],
];

/** What a failure means, where its like has been seen. */
export function causeOf({ why, message }: JobIn<'failed'>['failure']): Cause | undefined {
  return why === 'said' ? causes.find(([pattern]) => pattern.test(message))?.[1] : why;
}
