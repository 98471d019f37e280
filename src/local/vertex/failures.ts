import type { LeafName } from './dag.ts';
import type { Fault } from './faults.ts';
import { Trouble } from './trouble.ts';
import type { Phase } from './tuning-job.ts';

/** A failure waiting for a task: of one pipeline job, or of whichever reaches the task next. */
export type TaskFailure = {
  task: LeafName;
  /** The gRPC number: 3 invalid argument, 7 permission denied, 8 resource exhausted, 13 internal … */
  code: number;
  message: string;
  job?: string;
  /** Where true, the error is one that the service gets over by itself: the task reports it and goes on. */
  retried?: boolean;
};

/** A failure waiting for a phase of a tuning job: of one, or of whichever comes to it next. */
export type TuningFailure = Pick<TaskFailure, 'code' | 'message' | 'job'> & { phase: Phase };

/** Refusals of a new pipeline job, with texts as they were seen in the world; to be given to `fault`. */
export const refusals = {
  /** Comes as INVALID_ARGUMENT, not as PERMISSION_DENIED (googleapis/python-aiplatform issue 1073). */
  missingActAs: {
    op: 'create',
    mode: 'refuse',
    status: 'INVALID_ARGUMENT',
    message:
      'You do not have permission to act as service_account: 123456789012-compute@developer.gserviceaccount.com. (or it may not exist).',
  },
  /** The text is from googleapis/python-aiplatform, gcs_utils.py; the status is not known. */
  bucketRights: {
    op: 'create',
    mode: 'refuse',
    status: 'FAILED_PRECONDITION',
    message: bucketRights('123456789012-compute@developer.gserviceaccount.com', 'acme-ml'),
  },
  quotaRefused: {
    op: 'create',
    mode: 'refuse',
    status: 'RESOURCE_EXHAUSTED',
    message:
      "Quota exceeded for quota metric 'Job or LRO submission requests' and limit 'Job or LRO submission requests per minute per region' of service 'aiplatform.googleapis.com'.",
  },
} as const satisfies Record<string, Fault>;

/** Failures of a task, with texts as they were seen in the world; to be given to `failTask`. */
export const failures = {
  tpuQuota: {
    task: 'large-language-model-tuner',
    code: 8,
    message: exhausted('restricted_image_training_tpu_v3_pod').message,
  },
  gpuQuota: {
    task: 'large-language-model-tuner',
    code: 8,
    message: exhausted('restricted_image_training_nvidia_a100_80gb_gpus').message,
  },
  badDataset: {
    task: 'dataset-encoder',
    code: 3,
    message: 'Line 7 of "gs://acme-ml/support/train.jsonl" is not JSON.',
  },
  internal: {
    task: 'large-language-model-tuner',
    code: 13,
    message: 'The replica workerpool0-0 exited with a non-zero status of 13. Internal error encountered.',
  },
  systemRetry: {
    task: 'large-language-model-tuner',
    code: 14,
    message: 'Internal error encountered; the task is being retried.',
    retried: true,
  },
} as const satisfies Record<string, TaskFailure>;

/** What a task fails with when a quota is used up (GoogleCloudPlatform/vertex-ai-samples issue 3479). */
export function exhausted(metric: string): Trouble {
  return new Trouble(
    'RESOURCE_EXHAUSTED',
    `com.google.cloud.ai.platform.common.errors.AiPlatformException: code=RESOURCE_EXHAUSTED, message=The following quota metrics exceed quota limits: aiplatform.googleapis.com/${metric}, cause=null`,
  );
}

/** What is said of a service account that may not use the working directory's bucket. */
export function bucketRights(account: string, bucket: string): string {
  return `Failed to create pipeline job. Error: Service account \`${account}\` does not have \`[storage.objects.get, storage.objects.create]\` IAM permission(s) to the bucket "${bucket}". Please either copy the files to the Google Cloud Storage bucket owned by your project, or grant the required IAM permission(s) to the service account.`;
}
