import { expect, test } from 'vitest';
import type { Cause } from '../../src/job/cause.ts';
import { changedFields, secondTry } from '../../src/job/second-try.ts';
import type { PipelineSpec, TuningSpec } from '../../src/job/spec.ts';
import { isError, problems, specFields } from '../../src/job/spec.ts';
import { spec } from '../views/jobs.ts';
import { specWith, tuningSpecWith } from './sample-jobs.ts';

const board = (region: string) => `projects/acme/locations/${region}/tensorboards/8123`;
const key = (region: string) => `projects/acme/locations/${region}/keyRings/r/cryptoKeys/k`;
const offered = {
  pipelineRoot: 'gs://acme-ml/pipelines',
  serviceAccount: 'pipeline@acme.iam.gserviceaccount.com',
  tensorboards: { 'us-central1': board('us-central1'), 'europe-west4': board('europe-west4') },
};
const none = { ...offered, serviceAccount: undefined, tensorboards: {} };
const tpuInEurope = {
  region: 'europe-west4',
  uploadRegion: 'europe-west4',
  tensorboard: board('europe-west4'),
} satisfies Partial<PipelineSpec>;

test.each<[string, Cause | undefined, Partial<PipelineSpec>, Partial<PipelineSpec>, typeof offered | typeof none]>([
  ['goes to the other accelerator where quota was short', 'quota', {}, { accelerator: 'GPU' }, offered],
  [
    'takes the TensorBoard of the place it moves to',
    'quota',
    { ...tpuInEurope, region: 'us-east4', uploadRegion: 'us-east4' },
    { accelerator: 'GPU', tensorboard: board('us-central1') },
    offered,
  ],
  [
    'goes without curves where there is no TensorBoard for that place',
    'quota',
    { ...tpuInEurope, region: 'us-east4', uploadRegion: 'us-east4' },
    { accelerator: 'GPU', tensorboard: undefined },
    none,
  ],
  [
    'keeps the encryption key and moves to where it works',
    'encryption',
    { ...tpuInEurope, encryptionKey: key('us-central1') },
    { accelerator: 'GPU', region: 'us-central1', uploadRegion: 'us-central1', tensorboard: board('us-central1') },
    offered,
  ],
  [
    'gives up a key that works nowhere',
    'encryption',
    { encryptionKey: key('europe-west4') },
    { accelerator: 'GPU', encryptionKey: undefined },
    offered,
  ],
  [
    'takes the operator’s TensorBoard for the region',
    'tensorboard',
    { tensorboard: 'projects/acme/locations/us-central1/tensorboards/1' },
    { tensorboard: board('us-central1') },
    offered,
  ],
  ['takes no TensorBoard where none is at hand', 'tensorboard', {}, { tensorboard: undefined }, none],
  [
    'runs as the account the operator proposes',
    'actAs',
    { serviceAccount: 'mine@acme.iam.gserviceaccount.com' },
    { serviceAccount: offered.serviceAccount },
    offered,
  ],
  [
    'runs as the project’s default where the proposed account was refused',
    'actAs',
    { serviceAccount: offered.serviceAccount },
    { serviceAccount: undefined },
    offered,
  ],
  [
    'works in the operator’s pipeline root',
    'bucket',
    { pipelineRoot: 'gs://mine/root' },
    { pipelineRoot: offered.pipelineRoot },
    offered,
  ],
])('a second try %s', (_, cause, asked, mended, at) => {
  const before = spec(asked);
  const after = secondTry(before, cause, at);
  expect(after).toEqual({ ...before, ...mended });
  expect(changedFields(before, after).sort()).toEqual(Object.keys(mended).sort());
  expect(problems(after).filter(isError)).toEqual([]);
});

test.each<[string, Cause | undefined, Partial<PipelineSpec>]>([
  ['nothing in what was asked explains it', 'internal', {}],
  ['nothing is known of it', undefined, {}],
  ['the dataset has to be chosen by a person', 'dataset', {}],
  ['the operator’s own pipeline root was refused', 'bucket', {}],
  ['moving would cost the encryption key', 'quota', { accelerator: 'GPU', encryptionKey: key('us-central1') }],
])('a second try asks for the very same where %s', (_, cause, asked) => {
  const before = spec(asked);
  expect(secondTry(before, cause, offered)).toBe(before);
});

const account = 'mine@acme.iam.gserviceaccount.com';
type Changes = Partial<Omit<TuningSpec, 'recipe'>>;

test.each<[string, Cause, Changes, Changes, typeof offered | typeof none]>([
  ['gives up a key', 'encryption', { encryptionKey: key('us-central1') }, { encryptionKey: undefined }, offered],
  [
    'runs as Google’s own agent, not as the account that is proposed for pipeline jobs',
    'actAs',
    { serviceAccount: account },
    { serviceAccount: undefined },
    offered,
  ],
  [
    'writes into the operator’s folder',
    'bucket',
    { outputs: 'gs://mine/weights' },
    { outputs: offered.pipelineRoot },
    offered,
  ],
  [
    'leaves the learning rate to Vertex AI',
    'multiplier',
    { learningRateMultiplier: 2 },
    { learningRateMultiplier: undefined },
    offered,
  ],
  ['leaves the adapter size to Vertex AI', 'adapter', { adapterSize: '32' }, { adapterSize: undefined }, offered],
])('a second try of a tuning job %s', (_, cause, asked, mended, at) => {
  const before = tuningSpecWith(asked);
  const after = secondTry(before, cause, at);
  expect(after).toEqual({ ...before, ...mended });
  expect(changedFields(before, after)).toEqual(Object.keys(mended));
  expect(problems(after).filter(isError)).toEqual([]);
});

test.each<[string, Cause | undefined, TuningSpec]>([
  ['quota was short: there is no other accelerator', 'quota', tuningSpecWith()],
  ['nothing in what was asked explains it', 'internal', tuningSpecWith()],
  ['nothing is known of it', undefined, tuningSpecWith()],
  ['the dataset has to be chosen by a person', 'dataset', tuningSpecWith()],
  ['it writes nowhere', 'bucket', tuningSpecWith({}, 'gemini-tuning')],
])('a second try of a tuning job asks for the very same where %s', (_, cause, before) => {
  expect(secondTry(before, cause, offered)).toBe(before);
});

test('changedFields() of specs of two recipes are all that differ, in the order of specFields', () => {
  const [before, after] = [specWith({ evaluate: false, evaluationDataset: undefined }), tuningSpecWith()];
  const changed = changedFields(before, after);
  expect(changed).toEqual(specFields.filter(field => changed.includes(field)));
  expect(changed).toEqual(expect.arrayContaining(['recipe', 'student', 'accelerator', 'steps', 'epochs', 'outputs']));
  for (const same of ['modelName', 'dataset', 'region', 'encryptionKey'] as const) expect(changed).not.toContain(same);
  expect([...changed].sort()).toEqual([...changedFields(after, before)].sort());
});
