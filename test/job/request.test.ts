import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import {
  asCurl,
  identity,
  parameterValues,
  pipelineJobBody,
  pipelineJobName,
  tuningJobBody,
  weightsOf,
} from '../../src/job/request.ts';
import type { PipelineSpec } from '../../src/job/spec.ts';
import { specWith, tuningSpecWith } from './sample-jobs.ts';
import { template } from './template.ts';

const around = { project: 'retort-project', deployment: 'retort' };
const key = 'projects/retort/locations/us-central1/keyRings/ring/cryptoKeys/key';
const everything = specWith({ encryptionKey: key, serviceAccount: 'pipelines@retort.iam.gserviceaccount.com' });

const isOfType = {
  STRING: (value: unknown) => typeof value === 'string' && value !== '',
  NUMBER_INTEGER: Number.isInteger,
  NUMBER_DOUBLE: Number.isFinite,
  BOOLEAN: (value: unknown) => typeof value === 'boolean',
};

describe('tuningJobBody()', () => {
  it.each(['gs://retort-pipelines', 'gs://retort-pipelines/weights', 'gs://retort-pipelines/weights/'])(
    'gives each job a folder of its own below %s, and that is where its weights are',
    outputs => {
      const spec = tuningSpecWith({ outputs });
      const folders = ['k3v9x1m4q7tz', 'another'].map(id => tuningJobBody({ id, spec }, around).outputUri);
      expect(new Set(folders).size).toBe(2);
      for (const folder of folders) expect(folder).toMatch(/^gs:\/\/retort-pipelines\/[a-z0-9/-]*[^/]$/);
      expect(weightsOf({ id: 'another', spec })).toBe(`${folders[1]}/postprocess/node-0/checkpoints/final`);
    },
  );
});

describe('parameterValues()', () => {
  it('gives everything a spec has, by the names the template has, and nothing else', () => {
    const values = parameterValues(everything, 'retort-project');
    expect(Object.keys(values).sort()).toEqual(Object.keys(template).sort());
  });

  it.each<[string, Partial<PipelineSpec>]>([
    ['with evaluation', {}],
    ['on TPU', { accelerator: 'TPU', learningRateMultiplier: 0.5 }],
    ['without evaluation', { evaluate: false, evaluationDataset: undefined }],
    ['without early stopping', { earlyStopping: false, checkpoint: 'last' }],
  ])('gives values of the types the template has, %s', (_, changes) => {
    const values = parameterValues({ ...everything, ...changes }, 'retort-project');
    for (const [name, value] of Object.entries(values))
      expect({ name, value, fits: isOfType[template[name]!](value) }).toEqual({ name, value, fits: true });
  });

  it('gives what was asked for', () => {
    const spec = specWith({
      uploadRegion: 'europe-west4',
      accelerator: 'TPU',
      evaluationInterval: 50,
      earlyStopping: false,
      learningRateMultiplier: 0.5,
    });
    expect(parameterValues(spec, 'retort-project')).toEqual({
      project: 'retort-project',
      model_display_name: 'support-intents',
      dataset_uri: 'gs://retort-datasets/support/train.jsonl',
      location: 'europe-west4',
      accelerator_type: 'TPU',
      teacher_model_reference: 'text-unicorn@001',
      student_model_reference: 'text-bison@002',
      train_steps: 300,
      learning_rate_multiplier: 0.5,
      evaluation_data_uri: 'gs://retort-datasets/support/eval.jsonl',
      evaluation_interval: 50,
      enable_early_stopping: false,
      enable_checkpoint_selection: 'default',
      tensorboard_resource_id: 'projects/123/locations/us-central1/tensorboards/456',
    });
  });

  it.each<[string, Partial<PipelineSpec>, string[]]>([
    [
      'evaluation',
      { evaluate: false, evaluationDataset: undefined },
      ['evaluation_data_uri', 'evaluation_interval', 'enable_early_stopping'],
    ],
    [
      'evaluation that is off, though its dataset is named',
      { evaluate: false },
      ['evaluation_data_uri', 'evaluation_interval', 'enable_early_stopping'],
    ],
    ['a TensorBoard', { tensorboard: undefined }, ['tensorboard_resource_id']],
    ['an encryption key', { encryptionKey: undefined }, ['encryption_spec_key_name']],
  ])('leaves out what depends on %s where there is none', (_, changes, left) => {
    const values = parameterValues({ ...everything, ...changes }, 'retort-project');
    expect(
      Object.keys(template)
        .filter(name => !(name in values))
        .sort(),
    ).toEqual(left.sort());
  });

  it.each([
    ['default', 'default'],
    ['best', 'true'],
    ['last', 'false'],
  ] as const)('says the checkpoint %s as the string %j', (checkpoint, said) => {
    expect(parameterValues(specWith({ checkpoint }), 'p').enable_checkpoint_selection).toBe(said);
  });
});

describe('pipelineJobBody()', () => {
  it('is the body the page shows, with our labels', () => {
    const spec = specWith();
    expect(pipelineJobBody({ id: 'a1b2c3', spec }, around)).toEqual({
      displayName: 'Support intents, first try',
      labels: { 'retort-job': 'a1b2c3', 'retort-deployment': 'retort' },
      runtimeConfig: {
        gcsOutputDirectory: 'gs://retort-pipelines/root',
        parameterValues: parameterValues(spec, 'retort-project'),
      },
      templateUri: 'https://us-kfp.pkg.dev/ml-pipeline/distillation/distillation/v1.0.0',
    });
  });

  it('names the key twice: for the pipeline, and for the model', () => {
    const body = pipelineJobBody({ id: 'a1b2c3', spec: everything }, around);
    expect(body.encryptionSpec).toEqual({ kmsKeyName: key });
    expect(body.runtimeConfig.parameterValues.encryption_spec_key_name).toBe(key);
  });

  it('names a service account beside the parameters, where one is given', () => {
    expect(pipelineJobBody({ id: 'a', spec: everything }, around).serviceAccount).toBe(everything.serviceAccount);
    expect(pipelineJobBody({ id: 'a', spec: specWith() }, around)).not.toHaveProperty('serviceAccount');
  });
});

describe('identity()', () => {
  it('is what Vertex AI takes for an id and for labels', () => {
    const { pipelineJobId, labels } = identity({ id: 'a1b2c3' }, 'retort');
    expect(pipelineJobId).toBe('retort-a1b2c3');
    expect(pipelineJobId).toMatch(/^[a-z][-a-z0-9]{0,126}$/);
    for (const [name, value] of Object.entries(labels))
      expect(`${name}=${value}`).toMatch(/^[a-z0-9_-]{1,63}=[a-z0-9_-]{0,63}$/);
  });

  it('is in the resource name', () => {
    expect(pipelineJobName({ id: 'a1b2c3', spec: specWith({ region: 'us-west1' }) }, 'retort-project')).toBe(
      'projects/retort-project/locations/us-west1/pipelineJobs/retort-a1b2c3',
    );
  });
});

describe('asCurl()', () => {
  // What a shell makes of the command, with two programs of our own in place of curl and gcloud.
  function inShell(command: string): string[] {
    const programs = `curl() { printf '%s\\0' "$@"; }; gcloud() { printf 'token of %s' "$*"; };`;
    return execFileSync('sh', ['-c', `${programs}\n${command}`], { encoding: 'utf8' })
      .split('\0')
      .slice(0, -1);
  }

  it.each([
    'Support intents, first try',
    `It's "quoted" and 'quoted'`,
    '$(touch x) `touch y` $HOME \\ ! # & ; | %s',
    'two\nlines, é 😀',
  ])('sends the very request, whatever the name: %j', displayName => {
    const job = { id: 'a1b2c3', spec: specWith({ region: 'us-west1', displayName }) };
    const args = inShell(asCurl(job, around));
    expect(JSON.parse(args[args.indexOf('-d') + 1]!)).toEqual(pipelineJobBody(job, around));
    expect(args.filter((_, i) => args[i - 1] !== '-d')).toEqual([
      '-X',
      'POST',
      '-H',
      'Authorization: Bearer token of auth print-access-token',
      '-H',
      'Content-Type: application/json; charset=utf-8',
      '-d',
      'https://us-west1-aiplatform.googleapis.com/v1/projects/retort-project/locations/us-west1/pipelineJobs?pipelineJobId=retort-a1b2c3',
    ]);
  });
});
