import type { JobIn } from '../../src/job/job.ts';
import type { PipelineSpec } from '../../src/job/spec.ts';

/** A spec with nothing unusual. */
export const plainSpec: PipelineSpec = {
  recipe: 'palm',
  modelName: 'support-intents',
  task: 'classification',
  dataset: 'gs://acme-ml/support/train.jsonl',
  teacher: 'text-unicorn@001',
  student: 'text-bison@002',
  region: 'europe-west4',
  accelerator: 'TPU',
  steps: 40,
  learningRateMultiplier: 1,
  evaluate: true,
  evaluationDataset: 'gs://acme-ml/support/eval.jsonl',
  evaluationInterval: 10,
  earlyStopping: false,
  checkpoint: 'default',
  uploadRegion: 'europe-west4',
  pipelineRoot: 'gs://acme-pipelines/retort',
  displayName: 'Support intents',
};

/** A job that is about to be launched. */
export function launching(
  spec: Partial<PipelineSpec> = {},
  { id = 'h7k2mq' } = {},
): JobIn<'launching'> & { spec: PipelineSpec } {
  const report = {
    rows: 240,
    labelled: 240,
    bytes: 60_000,
    tokens: { mean: 60, longest: 120 },
    faults: {},
    oddities: {},
    unknownFields: [],
  };
  return {
    schema: 1,
    state: 'launching',
    id,
    spec: { ...plainSpec, ...spec },
    digest: 'digest',
    requester: { user: 'U01', team: 'T01' },
    channel: 'C01',
    createdAt: 0,
    uploads: {},
    checked: { dataset: { is: 'read', report, generation: '1', elsewhere: false }, findings: [] },
    queuedAt: 0,
    seatedAt: 0,
    attempts: 1,
  };
}
