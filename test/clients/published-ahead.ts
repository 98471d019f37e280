/*
 * What is known of `TuningJob` beyond the protos of the library: the service's other descriptions are ahead of them. A row
 * of this table goes when the protos have it, too.
 */

/** Where it is described. */
const sources = {
  reference:
    'docs.cloud.google.com/gemini-enterprise-agent-platform/reference/rest/v1beta1/projects.locations.tuningJobs, as of September 2026',
  discovery:
    'googleapis/google-api-python-client, docs/dyn/aiplatform_v1beta1.projects.locations.tuningJobs.html, 02b63f250b1f9b84ac02ce5de3afd08f06a9dbd0',
  olderDiscovery: 'googleapis 178.0.0, build/src/apis/aiplatform/v1beta1.d.ts',
  sdk: '@google/genai 2.32.0, dist/node/node.d.ts',
} as const;
type Source = keyof typeof sources;

type Row = {
  message: string;
  field: string;
  /** A scalar's type, or a type of Vertex AI's v1beta1. */
  type: string;
  repeated?: true;
  /** Whether the service alone writes it, or clients should not any more. */
  but?: 'output only' | 'deprecated';
  in: Source[];
};

const output = { but: 'output only' } as const;
const deprecated = { but: 'deprecated' } as const;

/** Fields that the protos do not have, or still have as required. */
export const fields: Row[] = [
  { message: 'DistillationSpec', field: 'promptDatasetUri', type: 'string', in: ['discovery', 'reference', 'sdk'] },
  {
    message: 'DistillationSpec',
    field: 'tuningMode',
    type: 'SupervisedTuningSpec.TuningMode',
    in: ['discovery', 'reference', 'sdk'],
  },
  {
    message: 'DistillationSpec',
    field: 'trainingDatasetUri',
    type: 'string',
    ...deprecated,
    in: ['discovery', 'reference'],
  },
  {
    message: 'DistillationSpec',
    field: 'pipelineRootDirectory',
    type: 'string',
    ...deprecated,
    in: ['discovery', 'reference'],
  },
  { message: 'DistillationSpec', field: 'studentModel', type: 'string', ...deprecated, in: ['discovery', 'reference'] },
  {
    message: 'DistillationHyperParameters',
    field: 'learningRate',
    type: 'double',
    in: ['discovery', 'reference', 'sdk'],
  },
  { message: 'DistillationHyperParameters', field: 'batchSize', type: 'int64', in: ['discovery', 'reference'] },
  { message: 'TuningJob', field: 'gcsMetricsUri', type: 'string', ...output, in: ['reference', 'sdk'] },
  { message: 'TuningJob', field: 'satisfiesPzs', type: 'bool', ...output, in: ['reference', 'olderDiscovery'] },
  { message: 'TuningJob', field: 'satisfiesPzi', type: 'bool', ...output, in: ['reference', 'olderDiscovery'] },
  { message: 'TuningJob', field: 'tuningJobState', type: 'TuningJobState', ...output, in: ['olderDiscovery', 'sdk'] },
  { message: 'TuningJob', field: 'tuningJobMetadata', type: 'TuningJobMetadata', ...output, in: ['sdk'] },
  { message: 'TuningJobMetadata', field: 'completedEpochCount', type: 'int64', ...output, in: ['sdk'] },
  { message: 'TuningJobMetadata', field: 'completedStepCount', type: 'int64', ...output, in: ['sdk'] },
  { message: 'DatasetStats', field: 'totalBillableTokenCount', type: 'int64', ...output, in: ['reference', 'sdk'] },
  {
    message: 'DatasetStats',
    field: 'droppedExampleIndices',
    type: 'int64',
    repeated: true,
    ...output,
    in: ['reference', 'sdk'],
  },
  {
    message: 'DatasetStats',
    field: 'droppedExampleReasons',
    type: 'string',
    repeated: true,
    ...output,
    in: ['reference', 'sdk'],
  },
];

/** Enums that the protos do not have. */
export const enums: { name: string; values: string[]; in: Source[] }[] = [
  {
    name: 'TuningJobState',
    values: [
      'TUNING_JOB_STATE_UNSPECIFIED',
      'TUNING_JOB_STATE_WAITING_FOR_QUOTA',
      'TUNING_JOB_STATE_PROCESSING_DATASET',
      'TUNING_JOB_STATE_WAITING_FOR_CAPACITY',
      'TUNING_JOB_STATE_TUNING',
      'TUNING_JOB_STATE_POST_PROCESSING',
    ],
    in: ['sdk'],
  },
];

/** Fields of which one is given at most: the protos say so in comments only. */
export const exclusive: { message: string; fields: string[]; in: Source[] }[] = [
  {
    message: 'SupervisedHyperParameters',
    fields: ['learningRate', 'learningRateMultiplier'],
    in: ['discovery', 'reference', 'sdk'],
  },
  {
    message: 'DistillationHyperParameters',
    fields: ['learningRate', 'learningRateMultiplier'],
    in: ['discovery', 'reference'],
  },
];
