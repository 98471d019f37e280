import type { Parameters } from './parameters.ts';

/** The miniature's own graph: Google does not publish the distillation pipeline's, of which only `upload-model` is known. */
export const dag = {
  'validate-pipeline': [],
  'prepare-dataset': ['dataset-encoder', 'evaluation-dataset-encoder'],
  'teacher-labels': [],
  'tuning-graph': ['large-language-model-tuner', 'evaluation'],
  'tensorboard-uploader': [],
  'deployment-graph': ['upload-model', 'deploy-model'],
} as const;

type Node = keyof typeof dag;

/** A part of the graph that contains others. */
export type GraphName = { [N in Node]: (typeof dag)[N] extends readonly [] ? never : N }[Node];

/** A task that does work. */
export type LeafName = { [N in Node]: (typeof dag)[N] extends readonly [] ? N : (typeof dag)[N][number] }[Node];

/** How many pipeline minutes things take, so that 300 steps on TPU with an evaluation every 20 come to about 70. */
export const minutes = {
  pending: 0.5,
  'validate-pipeline': 1.5,
  'dataset-encoder': 3,
  'evaluation-dataset-encoder': 2,
  'teacher-labels': 6,
  /** On top of `teacher-labels`, for each row the teacher labels. */
  perLabel: 0.005,
  /** Before the first step: machines, weights. A run of a single step is known to take about an hour (GoogleCloudPlatform/python-docs-samples, the test of generative_ai/distillation.py). */
  'large-language-model-tuner': 20,
  perStep: { TPU: 0.05, GPU: 0.1 },
  perEvaluation: 0.2,
  evaluation: 3,
  'tensorboard-uploader': 0,
  'upload-model': 4,
  'deploy-model': 12,
  cancelling: 0.5,
} as const satisfies Record<LeafName, number> & Record<string, unknown>;

/** What an accelerator computes with, and where. Source: kubeflow/pipelines, _implementation/llm/function_based.py, resolve_machine_spec. */
export const hardware = {
  GPU: {
    machine: 'a2-ultragpu-8g',
    units: 8,
    region: 'us-central1',
    metric: 'restricted_image_training_nvidia_a100_80gb_gpus',
  },
  /** The quota's metric is a guess: no public source names it. */
  TPU: { machine: 'cloud-tpu', units: 64, region: 'europe-west4', metric: 'restricted_image_training_tpu_v3_pod' },
} as const;

/** An accelerator that can tune. */
export type Accelerator = keyof typeof hardware;

/** Examples in one step: 24 for an 8k model on TPU, 8 everywhere else. */
export function batchSize({ accelerator_type, student_model_reference, max_context_length }: Parameters): number {
  const long = max_context_length === '32k' || student_model_reference.includes('-32k');
  return accelerator_type === 'TPU' && !long ? 24 : 8;
}
