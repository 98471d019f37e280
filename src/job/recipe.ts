/** What can be distilled, as data. Source of every number: the Vertex AI page "Distill text models"; the template's schema is quoted where it differs from the page. */

/** The accelerators a pipeline job can tune on. */
export const accelerators = ['GPU', 'TPU'] as const;
export type Accelerator = (typeof accelerators)[number];

/** The one that is not this one. */
export function otherThan(accelerator: Accelerator): Accelerator {
  return accelerator === 'TPU' ? 'GPU' : 'TPU';
}

/** The kinds of work for which the page recommends a range of examples and steps. */
export const tasks = ['classification', 'summarization', 'extraction', 'other'] as const;
export type Task = (typeof tasks)[number];

/** Regions where a pipeline job may run and where a model may be uploaded. */
export const regions = [
  'us-central1',
  'europe-west4',
  'asia-southeast1',
  'us-west1',
  'europe-west3',
  'europe-west2',
  'asia-northeast1',
  'us-east4',
  'us-west4',
  'northamerica-northeast1',
  'europe-west9',
  'europe-west1',
  'asia-northeast3',
] as const;
export type Region = (typeof regions)[number];

/** What tunes, where, in what batches, and how many units of quota one job takes. */
export const hardware = {
  GPU: { chips: '8 × A100 80 GB', units: 8, unit: 'GPUs', region: 'us-central1', batch: { '8k': 8, '32k': 8 } },
  TPU: { chips: '64 v3 cores', units: 64, unit: 'cores', region: 'europe-west4', batch: { '8k': 24, '32k': 8 } },
} as const satisfies Record<
  Accelerator,
  { chips: string; units: number; unit: string; region: Region; batch: Record<'8k' | '32k', number> }
>;

/** The page's recommended numbers of examples and steps for a task. */
export const recommended: Record<Task, { examples: number; steps: readonly [number, number] } | undefined> = {
  classification: { examples: 100, steps: [200, 1000] },
  summarization: { examples: 100, steps: [1000, 1500] },
  extraction: { examples: 100, steps: [200, 800] },
  other: undefined,
};

/** The documented recipe: a PaLM teacher distilled into a PaLM student by a public pipeline template. */
export const palm = {
  template: 'https://us-kfp.pkg.dev/ml-pipeline/distillation/distillation/v1.0.0',
  teachers: ['text-unicorn@001'],
  students: { 'text-bison@002': '8k' },
  sample: {
    dataset: 'gs://cloud-samples-data/vertex-ai/model-evaluation/peft_train_sample.jsonl',
    evaluationDataset: 'gs://cloud-samples-data/vertex-ai/model-evaluation/peft_eval_sample.jsonl',
  },
  defaults: {
    accelerator: 'GPU',
    region: 'us-central1',
    steps: 300,
    learningRateMultiplier: 1,
    /** The page's default. The template's own is 100, so the value is always sent. */
    evaluationInterval: 20,
    earlyStopping: true,
  },
  /** CMEK works only with GPU, and only where pipeline, tuning and upload are all here. */
  keyRegion: 'us-central1',
} as const;

/** Limits of datasets and names. */
export const limits = {
  examples: 10_000,
  evaluationExamples: [10, 250],
  inputTokens: 7168,
  outputTokens: 1024,
  /** Below this, an unlabelled dataset is smaller than the page recommends. */
  unlabelledExamples: 1000,
  labelledExamples: 100,
  /** The most that the page's own recommendations come to: 1,500 steps of 24 over 100 examples. */
  epochs: 360,
  /** Vertex AI's limit for a display name. */
  displayName: 128,
  /** A line beyond this is a fault of its own: no example within the token limits is longer. */
  lineBytes: 1 << 20,
} as const;

export type Student = keyof typeof palm.students;

/** Examples in one step of a student on an accelerator. */
export function batchSize(student: Student, accelerator: Accelerator): number {
  return hardware[accelerator].batch[palm.students[student]];
}
