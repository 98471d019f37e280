import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// A recipe of either backend is added to a copy of the program, in the one file that is meant to change.
const root = join(import.meta.dirname, '..');
const copy = mkdtempSync(join(tmpdir(), 'retort-recipe-'));
afterAll(() => rmSync(copy, { recursive: true }));

const added = `
  'made-up-tuning': {
    backend: 'tuningJobs',
    title: { en: 'Made up', fr: 'Inventé' },
    about: { en: 'A made-up model learns labels.', fr: 'Un modèle inventé apprend des étiquettes.' },
    page: 'https://example.com/made-up',
    teachers: undefined,
    students: { known: ['made/up@1'], others: false },
    regions: ['asia-east9', 'us-central1'],
    dataset: {
      formats: ['messages'],
      labels: 'needed',
      tokens: { example: 4096 },
      evaluation: { most: 100 },
    },
    encryption: undefined,
    version: 'v1',
    method: 'supervisedTuningSpec',
    parameters: {
      epochs: { whole: true, least: 1, most: 5, usual: 2 },
      tuningMode: { of: ['TUNING_MODE_FULL', 'TUNING_MODE_PEFT_ADAPTER'], usual: 'TUNING_MODE_FULL' },
    },
    weights: 'there/weights',
    answers: undefined,
  },
  'made-up-pipeline': {
    ...palm,
    title: { en: 'Made up, step by step', fr: 'Inventé, pas à pas' },
    teachers: { known: ['made-up-teacher'], others: true },
    students: { known: ['made-up-student'], others: false },
    retired: undefined,
    template: 'https://example.com/template',
    contexts: { 'made-up-student': '32k' },
    defaults: { ...palm.defaults, accelerator: 'TPU', steps: 70 },
    sample: { dataset: 'gs://made-up/train', evaluationDataset: 'gs://made-up/eval' },
  },`;

/** What the program makes of both, asked as the form's steps ask it. */
const probe = `
import { readConfig } from './src/config.ts';
import { places, recipeOf } from './src/job/recipe.ts';
import { requestBody } from './src/job/request.ts';
import type { Spec } from './src/job/spec.ts';
import { isError, problems, queueOf, Spec as Shape } from './src/job/spec.ts';
import type { Json } from './src/local/slack/json.ts';
import { valuesOf } from './src/local/slack/elements.ts';
import { emptyDraft, withSample, withTaskSteps } from './src/views/draft.ts';
import type { ViewValues } from './src/views/form.ts';
import { drawForm, readForm, specOf } from './src/views/form.ts';
import { wordsIn } from './src/views/words.ts';

const { settings: read } = readConfig({
  ...{ SLACK_BOT_TOKEN: 'x', SLACK_SIGNING_SECRET: 'x', GOOGLE_CLOUD_PROJECT: 'acme', APPROVERS: 'U1' },
  ...{ PIPELINE_ROOT: 'gs://acme/root', DATASET_BUCKET: 'gs://acme', POLL_AUDIENCE: 'https://acme.example' },
  ...{ POLL_SERVICE_ACCOUNT: 'a@b.iam.gserviceaccount.com', RECIPES: 'made-up-tuning,made-up-pipeline,palm' },
});
const settings = { ...read, version: '1' };
const words = wordsIn('en');
const around = { project: 'acme', deployment: 'retort' };
const found = (['made-up-tuning', 'made-up-pipeline'] as const).map(id => {
  const drawn = drawForm({ ...emptyDraft('C1', settings, id), live: {}, settings, words });
  const values = valuesOf(drawn.blocks as unknown as Json[]) as unknown as ViewValues;
  const empty = specOf(readForm({ private_metadata: drawn.private_metadata ?? '', state: { values } }));
  const named = { modelName: 'm', dataset: 'gs://acme/a', evaluate: false, displayName: 'm', task: 'other' };
  const spec = { ...empty, ...Object.fromEntries(Object.entries(named).filter(([field]) => field in empty)) } as Spec;
  const wrong = { ...spec, student: 'nobody', region: 'mars', epochs: 6 } as Spec;
  const rules = (of: Spec) => problems(of).filter(isError).map(({ field, rule }) => field + ': ' + rule);
  return {
    form: JSON.stringify(drawn.blocks),
    fields: drawn.blocks.flatMap(block => (block.type === 'input' ? [block.block_id] : [])),
    kept: Shape.parse(spec),
    spec,
    empty: rules(empty),
    named: rules(spec),
    wrong: rules(wrong),
    body: requestBody({ id: 'a1', spec }, around),
    sample: withSample(emptyDraft('C1', settings, id)).typed,
    steps: (['other', 'summarization'] as const).map(task => {
      const draft = emptyDraft('C1', settings, id);
      return withTaskSteps({ ...draft, typed: { ...draft.typed, task } }).typed.steps;
    }),
    queue: queueOf(spec),
    swept: recipeOf(id).regions.every(region => places.includes(region)),
  };
});
console.log(JSON.stringify([settings.recipes, ...found]));
`;

function run(...args: string[]) {
  return spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8', maxBuffer: 2 ** 26 });
}

beforeAll(() => {
  cpSync(join(root, 'src'), join(copy, 'src'), { recursive: true });
  cpSync(join(root, 'package.json'), join(copy, 'package.json'));
  const { compilerOptions } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'));
  const files = ['src/main.ts', 'src/doctor/main.ts', 'src/probe.ts'];
  writeFileSync(join(copy, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const table = join(copy, 'src/job/recipe.ts');
  const before = readFileSync(table, 'utf8');
  const end = '\n  palm,\n}';
  expect(before.split(end)).toHaveLength(2);
  writeFileSync(
    table,
    before.replace(end, () => `${added}${end}`),
  );
  writeFileSync(join(copy, 'src/probe.ts'), probe.replaceAll("'./src/", "'./"));
});

describe('A recipe that is added to the table', () => {
  it('is all the compiler asks for', () => {
    const { status, stdout } = run(join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.json');
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });

  it('is offered, has a form, a spec, rules and a request', () => {
    const { stdout, stderr } = run('src/probe.ts');
    expect(stderr).toBe('');
    const [offered, tuning, pipeline] = JSON.parse(stdout);
    expect(offered).toEqual(['made-up-tuning', 'made-up-pipeline', 'palm']);

    expect(tuning.form).toContain('A made-up model learns labels. <https://example.com/made-up|Google’s page>');
    expect(tuning.fields).toEqual(
      expect.arrayContaining(['recipe', 'student', 'region', 'epochs', 'tuningMode', 'outputs']),
    );
    for (const other of ['teacher', 'task', 'steps', 'accelerator', 'learningRate', 'adapterSize', 'encryptionKey'])
      expect(tuning.fields).not.toContain(other);
    expect(tuning.kept).toEqual(tuning.spec);
    expect(tuning.empty).toEqual(['modelName: missing', 'dataset: missing', 'evaluationDataset: missing']);
    expect(tuning.named).toEqual([]);
    expect(tuning.wrong).toEqual(['student: not-offered', 'region: not-offered', 'epochs: not-in-range']);
    expect(tuning).toMatchObject({ queue: 'tuning', swept: true });
    expect(tuning.body).toEqual({
      baseModel: 'made/up@1',
      tunedModelDisplayName: 'm',
      labels: { 'retort-job': 'a1', 'retort-deployment': 'retort' },
      supervisedTuningSpec: {
        trainingDatasetUri: 'gs://acme/a',
        tuningMode: 'TUNING_MODE_FULL',
        hyperParameters: { epochCount: '2' },
      },
      outputUri: 'gs://acme/root/retort-a1',
    });

    expect(pipeline.form).toContain('Made up, step by step');
    expect(pipeline.fields).toEqual(
      expect.arrayContaining(['recipe', 'teacher', 'steps', 'accelerator', 'uploadRegion']),
    );
    expect(pipeline.kept).toEqual(pipeline.spec);
    expect(pipeline.named).toEqual([]);
    expect(pipeline.wrong).toEqual(['student: not-offered']);
    expect(pipeline.queue).toBe('TPU');
    expect(pipeline.sample).toMatchObject({ dataset: 'gs://made-up/train', evaluationDataset: 'gs://made-up/eval' });
    expect(pipeline.steps).toEqual(['70', '1000']);
    expect(tuning.sample).not.toHaveProperty('dataset');
    expect(pipeline.body).toMatchObject({
      templateUri: 'https://example.com/template',
      runtimeConfig: {
        parameterValues: {
          student_model_reference: 'made-up-student',
          teacher_model_reference: 'made-up-teacher',
          accelerator_type: 'TPU',
          train_steps: 70,
        },
      },
    });
  });
});
