/** What can be distilled, as data. Each recipe names the page that its numbers are from; where a page says nothing, nothing is filled in, and the form says so. */

/** A few words, in every language that Retort speaks. */
export interface Said {
  en: string;
  fr: string;
}

/** The accelerators a pipeline job can tune on. */
export const accelerators = ['GPU', 'TPU'] as const;
export type Accelerator = (typeof accelerators)[number];

/** The one that is not this one. */
export function otherThan(accelerator: Accelerator): Accelerator {
  return accelerator === 'TPU' ? 'GPU' : 'TPU';
}

/** The lines that jobs stand in before they are launched: one for each accelerator of ours, and one for tuning jobs, whose quota is Google's own to share out. */
export const queues = [...accelerators, 'tuning'] as const;
export type Queue = (typeof queues)[number];

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

/** Limits of the documented pipeline's datasets, and of names. */
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
  /** The longest name of a model that can be chosen: Slack's limit for the value of an option is the same. */
  modelName: 75,
  /** A line beyond this is a fault of its own: no example within the token limits is longer. */
  lineBytes: 1 << 20,
} as const;

// ─── recipes ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** How rows of a dataset may be written. */
export const datasetFormats = ['input-output', 'messages', 'prompt-completion', 'contents'] as const;
export type DatasetFormat = (typeof datasetFormats)[number];

/** What a recipe's datasets have to be. What is left out is not documented. */
export interface DatasetRules {
  /** Formats that are read as they are. Others are converted to the first. */
  formats: readonly [DatasetFormat, ...DatasetFormat[]];
  /** Whether a row's label may be left out, has to be there, or is not read at all: the teacher writes its own. */
  labels: 'optional' | 'needed' | 'unread';
  /** The most examples. */
  examples?: number;
  /** The most bytes of one file. */
  bytes?: number;
  /** How many tokens of an input, of an output or of a whole example are read. */
  tokens: { input?: number; output?: number; example?: number };
  evaluation: {
    least?: number;
    most?: number;
    /** The largest share of the dataset's number of examples, and from how many evaluation examples on it counts. */
    share?: { most: number; above: number };
  };
  /** From how many examples on, where all have a label and where none has. */
  recommended?: { labelled: number; unlabelled: number };
}

/** The most examples of an evaluation dataset beside so many of the dataset. */
export function mostEvaluated({ evaluation: { most = Infinity, share } }: DatasetRules, examples: number): number {
  return share ? Math.min(most, Math.max(share.above, Math.floor(share.most * examples))) : most;
}

/** Models that can be chosen. `others`: which else go is not documented, so another name may be typed. */
export interface Models {
  known: readonly [string, ...string[]];
  others: boolean;
}

/** A number that may be asked for. Without `usual`, Vertex AI chooses, and what it chooses is not documented. */
export interface NumberRule {
  whole: boolean;
  /** The least and the most, where they are documented. */
  least?: number;
  most?: number;
  usual?: number;
}

/** A few values of which one may be asked for; without `usual`, Vertex AI chooses. */
export interface ChoiceRule {
  of: readonly [string, ...string[]];
  usual?: string;
}

/** What every recipe says of itself. */
interface Always {
  title: Said;
  /** One sentence: what goes in, and what comes out. */
  about: Said;
  /** The page that says so. */
  page: string;
  /** None: the labels at hand are what is learnt. */
  teachers: Models | undefined;
  students: Models;
  /** Where it can run; the first is proposed. */
  regions: readonly [string, ...string[]];
  dataset: DatasetRules;
  /** Whether a customer-managed encryption key can be named: everywhere but in the regions, and for the students, named here. */
  encryption: { not: readonly string[]; notFor?: readonly string[] } | undefined;
  /** Since when Vertex AI refuses new jobs, and since when the models are gone; days, UTC. */
  retired?: { newJobs: string; models: string };
  /** Only projects that Google has let in may use it, and not in production. */
  earlyAccess?: boolean;
}

/** A recipe that a public pipeline template carries out, on an accelerator whose quota is ours to share out. */
export interface PipelineRecipe extends Always {
  backend: 'pipelineJobs';
  template: string;
  /** How much context each student has, which decides on the batch size. */
  contexts: Readonly<Record<string, '8k' | '32k'>>;
  sample: { dataset: string; evaluationDataset: string };
  defaults: {
    accelerator: Accelerator;
    region: Region;
    steps: number;
    learningRateMultiplier: number;
    evaluationInterval: number;
    earlyStopping: boolean;
  };
  /** Where alone an encryption key works, with GPU alone. */
  keyRegion: Region;
  /** How the tuned model answers at its endpoint. */
  answers: 'predict';
}

/** The numbers and choices that a tuning job may be asked for, in the order of the form. */
export interface TuningParameters {
  epochs?: NumberRule;
  learningRateMultiplier?: NumberRule;
  learningRate?: NumberRule;
  batchSize?: NumberRule;
  adapterSize?: ChoiceRule;
  tuningMode?: ChoiceRule;
}

/** A recipe that Vertex AI's tuning service carries out, in a queue of its own. */
export interface TuningRecipe extends Always {
  backend: 'tuningJobs';
  /** The version of the API that has it, and the part of a tuning job that says what is to be done. */
  version: 'v1' | 'v1beta1';
  method: 'distillationSpec' | 'supervisedTuningSpec';
  parameters: TuningParameters;
  /** Where the weights are, below the folder that is named for them; undefined: nothing is written there, and no folder is asked for. */
  weights: string | undefined;
  /** How the tuned model answers at its endpoint; undefined: it is deployed nowhere. */
  answers: 'generateContent' | undefined;
}

export type Recipe = PipelineRecipe | TuningRecipe;

/** The documented recipe: a PaLM teacher distilled into a PaLM student by a public pipeline template. The template's schema is quoted where it differs from the page. */
export const palm = {
  backend: 'pipelineJobs',
  title: { en: 'PaLM, step by step', fr: 'PaLM, pas à pas' },
  about: {
    en: 'text-unicorn teaches text-bison, in a pipeline job on your accelerators.',
    fr: 'text-unicorn instruit text-bison, dans un job de pipeline sur vos accélérateurs.',
  },
  page: 'https://cloud.google.com/vertex-ai/generative-ai/docs/models/distill-text-models',
  teachers: { known: ['text-unicorn@001'], others: false },
  students: { known: ['text-bison@002'], others: false },
  regions,
  dataset: {
    formats: ['input-output'],
    labels: 'optional',
    examples: limits.examples,
    tokens: { input: limits.inputTokens, output: limits.outputTokens },
    evaluation: { least: limits.evaluationExamples[0], most: limits.evaluationExamples[1] },
    recommended: { labelled: limits.labelledExamples, unlabelled: limits.unlabelledExamples },
  },
  encryption: { not: [] },
  // https://cloud.google.com/vertex-ai/generative-ai/docs/deprecations/palm
  retired: { newJobs: '2024-10-09', models: '2025-04-09' },
  template: 'https://us-kfp.pkg.dev/ml-pipeline/distillation/distillation/v1.0.0',
  contexts: { 'text-bison@002': '8k' },
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
  keyRegion: 'us-central1',
  answers: 'predict',
} as const satisfies PipelineRecipe;

/** Every recipe, in the order in which they are offered unless the operator chooses: those that run today first. */
export const recipes = {
  'open-model': {
    backend: 'tuningJobs',
    title: { en: 'Open models', fr: 'Modèles ouverts' },
    about: {
      en: 'A large open model teaches a small one. You get its weights in Cloud Storage; nothing is deployed.',
      fr: 'Un grand modèle ouvert en instruit un petit. Vous recevez ses poids dans Cloud Storage ; rien n’est déployé.',
    },
    page: 'https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/open-model-tuning',
    teachers: {
      // The page's own three, and one that only the tests of Google's SDK name (googleapis/js-genai).
      known: [
        'qwen/qwen3-next-80b-a3b-thinking-maas',
        'deepseek-ai/deepseek-v3.2-maas',
        'deepseek-ai/deepseek-r1-0528-maas',
        'deepseek-ai/deepseek-v3.1-maas',
      ],
      others: true,
    },
    students: {
      // The page's own eight, and one that only the tests of Google's SDK name (googleapis/js-genai).
      known: [
        'qwen/qwen3@qwen3-4b',
        'qwen/qwen3@qwen3-8b',
        'qwen/qwen3@qwen3-14b',
        'qwen/qwen3@qwen3-32b',
        'google/gemma3@gemma-3-1b-it',
        'google/gemma3@gemma-3-4b-it',
        'google/gemma3@gemma-3-12b-it',
        'google/gemma3@gemma-3-27b-it',
        'meta/llama3_1@llama-3.1-8b-instruct',
      ],
      others: true,
    },
    regions: ['global', 'us-central1', 'europe-west4', 'us-west1', 'us-east5', 'asia-southeast1', 'asia-southeast2'],
    dataset: {
      formats: ['messages', 'prompt-completion', 'contents'],
      labels: 'optional',
      // Of all the students above.
      tokens: { example: 8192 },
      evaluation: { most: 4999, share: { most: 0.25, above: 0 } },
    },
    encryption: { not: ['global'] },
    version: 'v1beta1',
    method: 'distillationSpec',
    parameters: {
      epochs: { whole: true, least: 1, usual: 3 },
      learningRateMultiplier: { whole: false },
      learningRate: { whole: false },
      batchSize: { whole: true, least: 1 },
      adapterSize: { of: ['1', '2', '4', '8', '16', '32'] },
      tuningMode: { of: ['TUNING_MODE_FULL', 'TUNING_MODE_PEFT_ADAPTER'] },
    },
    weights: 'postprocess/node-0/checkpoints/final',
    answers: undefined,
  },
  'gemini-tuning': {
    backend: 'tuningJobs',
    title: { en: 'Gemini, supervised tuning', fr: 'Gemini, réglage supervisé' },
    about: {
      en: 'A Gemini student learns the labels at hand; no teacher is asked. It is served at an endpoint of its own.',
      fr: 'Un modèle élève Gemini apprend les étiquettes données ; aucun enseignant n’est interrogé. Il répond à son propre point de terminaison.',
    },
    page: 'https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/gemini-supervised-tuning',
    teachers: undefined,
    students: {
      known: ['gemini-2.5-flash', 'gemini-2.5-flash-lite', 'gemini-2.5-pro', 'gemini-3.5-flash'],
      others: true,
    },
    regions: ['us-central1', 'europe-west4'],
    dataset: {
      formats: ['contents'],
      labels: 'needed',
      examples: 10_000_000,
      bytes: 2 ** 30,
      tokens: { example: 131_072 },
      evaluation: { most: 5000, share: { most: 0.3, above: 1000 } },
    },
    encryption: { not: [], notFor: ['gemini-3.5-flash', 'gemini-3.1-flash-lite'] },
    version: 'v1',
    method: 'supervisedTuningSpec',
    parameters: {
      epochs: { whole: true, least: 1 },
      learningRateMultiplier: { whole: false },
      adapterSize: { of: ['1', '2', '4', '8', '16'] },
    },
    weights: undefined,
    answers: 'generateContent',
  },
  'gemini-distillation': {
    backend: 'tuningJobs',
    title: { en: 'Gemini, distillation service', fr: 'Gemini, service de distillation' },
    about: {
      en: 'Gemini Pro answers your prompts and teaches Gemini Flash.',
      fr: 'Gemini Pro répond à vos invites et instruit Gemini Flash.',
    },
    page: 'https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/distillation',
    teachers: { known: ['gemini-3.1-pro'], others: false },
    students: { known: ['gemini-2.5-flash'], others: false },
    regions: ['us-central1'],
    dataset: { formats: ['contents'], labels: 'unread', tokens: {}, evaluation: {} },
    encryption: { not: [] },
    earlyAccess: true,
    version: 'v1beta1',
    method: 'distillationSpec',
    parameters: {
      epochs: { whole: true, least: 1 },
      learningRateMultiplier: { whole: false },
      adapterSize: { of: ['1', '2', '4', '8', '16'] },
    },
    weights: undefined,
    answers: 'generateContent',
  },
  palm,
} as const satisfies Record<string, Recipe>;

export type RecipeId = keyof typeof recipes;
type IdsOf<Backend extends Recipe['backend']> = {
  [Id in RecipeId]: (typeof recipes)[Id]['backend'] extends Backend ? Id : never;
}[RecipeId];

/** The ids of all recipes, in the order in which they are offered. */
export const recipeIds = Object.keys(recipes) as RecipeId[];
/** The ids of those that a pipeline job carries out, and of those that a tuning job does. */
export const pipelineRecipes = recipeIds.filter(id => recipes[id].backend === 'pipelineJobs') as [
  IdsOf<'pipelineJobs'>,
];
export const tuningRecipes = recipeIds.filter(id => recipes[id].backend === 'tuningJobs') as [IdsOf<'tuningJobs'>];

/** A recipe by its id. */
export function recipeOf(id: IdsOf<'pipelineJobs'>): PipelineRecipe;
export function recipeOf(id: IdsOf<'tuningJobs'>): TuningRecipe;
export function recipeOf(id: RecipeId): Recipe;
export function recipeOf(id: RecipeId): Recipe {
  return recipes[id];
}

/** Every place where a job of some recipe may run. */
export const places: readonly string[] = [...new Set(recipeIds.flatMap(id => recipeOf(id).regions))];

const contexts: Readonly<Record<string, '8k' | '32k'>> = Object.assign(
  {},
  ...pipelineRecipes.map(id => recipeOf(id).contexts),
);

/** Examples in one step of a pipeline's student on an accelerator. */
export function batchSize(student: string, accelerator: Accelerator): number {
  return hardware[accelerator].batch[contexts[student] ?? '8k'];
}
