import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Job } from '../../src/job/job.ts';
import type { RecipeId } from '../../src/job/recipe.ts';
import { accelerators, hardware, recipeIds, recipeOf, regions, tasks, tuningRecipes } from '../../src/job/recipe.ts';
import type { PipelineSpec, Spec, TuningSpec } from '../../src/job/spec.ts';
import { checkpoints, isError, problems } from '../../src/job/spec.ts';
import { checkBlocks } from '../../src/local/slack/blocks.ts';
import { valuesOf } from '../../src/local/slack/elements.ts';
import type { Json } from '../../src/local/slack/json.ts';
import type { Draft } from '../../src/views/draft.ts';
import {
  carriedTo,
  draftOf,
  emptyDraft,
  movedDraft,
  withRecipe,
  withSample,
  withTaskSteps,
  withTensorboard,
} from '../../src/views/draft.ts';
import type { ViewValues } from '../../src/views/form.ts';
import { drawForm, errorsBeside, form, readForm, specOf, suggested } from '../../src/views/form.ts';
import { limits } from '../../src/views/text.ts';
import { languages, wordsIn } from '../../src/views/words.ts';
import type { Settings } from '../../src/world.ts';
import { steadyWorld } from '../steps/steady-world.ts';
import { jobIn } from './jobs.ts';

const words = wordsIn('en');
const board = (region: string) => `projects/123456789012/locations/${region}/tensorboards/8123456789012345678`;
const settings: Settings = {
  ...steadyWorld().settings,
  tensorboards: { 'europe-west4': board('europe-west4'), 'us-central1': board('us-central1') },
};

const drawn = (draft: Draft, live = {}) => drawForm({ ...draft, live, settings, words });
/** What an untouched form holds, read the way Slack hands it back. */
const submitted = (draft: Draft) => {
  const view = drawn(draft);
  const values = valuesOf(view.blocks as unknown as Json[], { before: {} }) as unknown as ViewValues;
  return readForm({ private_metadata: view.private_metadata ?? '', state: { values } });
};
const inputs = (draft: Draft, live = {}) =>
  drawn(draft, live).blocks.flatMap(block => (block.type === 'input' ? [block] : []));
const said = (draft: Draft, live = {}) =>
  JSON.stringify(drawn(draft, live).blocks.filter(block => block.type === 'context'));

const text = fc
  .string({ minLength: 1, maxLength: 100 })
  .map(it => it.trim())
  .filter(it => it !== '');
const pipelineSpec: fc.Arbitrary<PipelineSpec> = fc.record({
  recipe: fc.constant('palm' as const),
  modelName: text,
  task: fc.constantFrom(...tasks),
  dataset: text,
  teacher: fc.constant('text-unicorn@001' as const),
  student: fc.constant('text-bison@002' as const),
  region: fc.constantFrom(...regions),
  accelerator: fc.constantFrom(...accelerators),
  steps: fc.integer({ min: 1, max: 1e6 }),
  learningRateMultiplier: fc.constantFrom(0.1, 0.5, 1, 2.25),
  evaluate: fc.boolean(),
  evaluationDataset: fc.option(text, { nil: undefined }),
  evaluationInterval: fc.integer({ min: 1, max: 1000 }),
  earlyStopping: fc.boolean(),
  checkpoint: fc.constantFrom(...checkpoints),
  tensorboard: fc.option(fc.constantFrom(...regions).map(board), { nil: undefined }),
  uploadRegion: fc.constantFrom(...regions),
  pipelineRoot: text,
  displayName: text,
  encryptionKey: fc.option(text, { nil: undefined }),
  serviceAccount: fc.option(text, { nil: undefined }),
});

const models = fc.constantFrom('qwen/qwen3@qwen3-4b', 'gemini-3.5-flash', `${'x'.repeat(36)}/${'y'.repeat(38)}`);
/** Any spec of a recipe of tuning jobs: what it asks for, and some of what may be left out. */
const tuningSpec = fc.constantFrom(...tuningRecipes).chain((recipe): fc.Arbitrary<TuningSpec> => {
  const { teachers, students, regions: places, parameters, weights, encryption } = recipeOf(recipe);
  const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
  const model = ({ known, others }: typeof students) =>
    others ? fc.oneof(fc.constantFrom(...known), models) : fc.constantFrom(...known);
  const numbers = Object.entries(parameters).map(([field, rule]) => {
    const value = 'of' in rule ? fc.constantFrom(...rule.of) : rule.whole ? fc.integer({ min: 1 }) : decimal;
    return [field, maybe(value as fc.Arbitrary<string | number>)] as const;
  });
  return fc.record({
    recipe: fc.constant(recipe),
    modelName: text,
    dataset: text,
    ...(teachers && { teacher: model(teachers) }),
    student: model(students),
    region: fc.constantFrom(...places),
    ...Object.fromEntries(numbers),
    evaluate: fc.boolean(),
    evaluationDataset: maybe(text),
    ...(weights && { outputs: text }),
    ...(encryption && { encryptionKey: maybe(text) }),
    serviceAccount: maybe(text),
  }) as fc.Arbitrary<TuningSpec>;
});
const decimal = fc.double({ min: 1e-9, max: 1e6, noNaN: true });
const spec: fc.Arbitrary<Spec> = fc.oneof(pipelineSpec, tuningSpec);

describe('the form', () => {
  it('gives back the spec it was opened again for, whatever that is', () => {
    fc.assert(
      fc.property(spec, asked => {
        const draft = submitted(draftOf(asked, 'C1'));
        expect(specOf(draft)).toEqual(asked);
        expect(draft.typed.channel).toBe('C1');
      }),
    );
  });

  it('shows beside a mended field what stood there, until it is sent', () => {
    const before = { ...fc.sample(pipelineSpec, 1)[0]!, accelerator: 'TPU' } as const;
    const draft = draftOf({ ...before, accelerator: 'GPU' }, 'C1', { before });
    expect(said(draft)).toContain('Mended: it was “TPU”');
    expect(said(submitted(draft))).toContain('Mended: it was “TPU”');
    expect(said(draftOf(before, 'C1'))).not.toContain('Mended');
  });

  it.each(languages)('stays within Slack’s limits for a modal, whatever it holds: %s', language => {
    fc.assert(
      fc.property(spec, spec, (asked, other) => {
        const view = drawForm({
          ...draftOf(asked, 'C1', { before: { ...other, modelName: 'x'.repeat(128) } }),
          live: { dataset: { is: 'counted', rows: 10, labelled: 3, meanTokens: 9, faulty: 1 } },
          settings,
          words: wordsIn(language),
        });
        expect(checkBlocks(view.blocks, { surface: 'modal', pointer: '', image: () => false, submit: true })).toEqual(
          [],
        );
        expect(view.blocks.length).toBeLessThanOrEqual(limits.modalBlocks);
        expect(view.private_metadata?.length).toBeLessThanOrEqual(limits.privateMetadata);
        expect(view.title.text.length).toBeLessThanOrEqual(limits.modalTitle);
        const ids = view.blocks.flatMap(block => block.block_id ?? []);
        expect(new Set(ids).size).toBe(ids.length);
        for (const value of JSON.stringify(view.blocks).matchAll(/"value":"([^"]*)"/g))
          expect(value[1]?.length).toBeLessThanOrEqual(limits.optionValue);
      }),
    );
  });

  it('opens with the page’s defaults, and no error but what only the person knows', () => {
    const asked = specOf(submitted(emptyDraft('C1', settings))) as PipelineSpec;
    expect(asked).toMatchObject({
      steps: 300,
      learningRateMultiplier: 1,
      evaluationInterval: 20,
      earlyStopping: true,
      accelerator: 'GPU',
      region: 'us-central1',
      checkpoint: 'default',
    });
    expect(asked.tensorboard).toBe(board('us-central1'));
    const found = problems({ ...asked, task: 'classification' }).filter(isError);
    expect(found.map(problem => problem.field).sort()).toEqual([
      'dataset',
      'displayName',
      'evaluationDataset',
      'modelName',
    ]);
  });

  it('says what is wrong with a field that the form has not beside the model’s name', () => {
    const values: ViewValues = { 'modelName~1': {}, region: {} };
    expect(errorsBeside({ recipe: 'a', region: 'b' }, values)).toEqual({ 'modelName~1': 'a', region: 'b' });
    expect(errorsBeside({ modelName: 'a', recipe: 'b' }, values)).toEqual({ 'modelName~1': 'a b' });
  });

  it('says each error beside its field, wherever a redraw has moved it', () => {
    const values: ViewValues = { modelName: {}, 'steps~2': {}, 'dataset~1': {}, 'dataset.file': {} };
    expect(errorsBeside({ steps: 'a', dataset: 'b', modelName: 'c' }, values)).toEqual({
      'steps~2': 'a',
      'dataset~1': 'b',
      modelName: 'c',
    });
  });

  it('fills the steps with a task’s lower end as long as nobody typed any', () => {
    const empty = emptyDraft('C1', settings);
    const chose = (draft: Draft, task: PipelineSpec['task']) =>
      withTaskSteps({ ...draft, typed: { ...draft.typed, task } });
    const summarization = chose(empty, 'summarization');
    expect(summarization.typed.steps).toBe('1000');
    expect(chose(summarization, 'classification').typed.steps).toBe('200');
    expect(chose(summarization, 'other').typed.steps).toBe('300');
    const typed = { ...summarization, typed: { ...summarization.typed, steps: '42' } };
    expect(chose(typed, 'classification').typed.steps).toBe('42');
    // A block with the old id would keep what it held.
    expect(inputs(summarization).map(block => block.block_id)).toContain('steps~1');
  });

  it('fills both datasets with the page’s samples', () => {
    const { typed } = withSample({ ...emptyDraft('C1', settings), typed: { evaluate: '' } });
    expect([typed.dataset, typed.evaluationDataset]).toEqual([
      'gs://cloud-samples-data/vertex-ai/model-evaluation/peft_train_sample.jsonl',
      'gs://cloud-samples-data/vertex-ai/model-evaluation/peft_eval_sample.jsonl',
    ]);
    expect(typed.evaluate).toBe('yes');
  });

  it('proposes the operator’s TensorBoard of the regions in question, keeps one that fits, and leaves none at none', () => {
    const start = emptyDraft('C1', settings);
    const moved = (typed: Draft['typed']) =>
      withTensorboard({ ...start, typed: { ...start.typed, ...typed } }, settings).typed.tensorboard;
    expect(moved({ region: 'europe-west4', accelerator: 'TPU' })).toBe(board('europe-west4'));
    expect(moved({ region: 'us-central1', accelerator: 'TPU' })).toBe(board('us-central1'));
    expect(moved({ region: 'us-central1', accelerator: 'TPU', tensorboard: board('europe-west4') })).toBe(
      board('europe-west4'),
    );
    expect(moved({ region: 'europe-west4', accelerator: 'TPU', tensorboard: 'none' })).toBe('none');
    expect(moved({ region: 'asia-northeast1', accelerator: 'TPU', tensorboard: board('us-central1') })).toBe(
      board('europe-west4'),
    );
  });

  it.each([
    ['TPU', 20, 240, '20 steps × 24 = 480 examples = 2 epochs over 240 rows'],
    ['GPU', 15, 240, '15 steps × 8 = 120 examples = 0.5 epochs over 240 rows'],
  ] as const)('reckons as the page does: %s, %d steps, %d rows', (accelerator, steps, rows, sentence) => {
    const start = emptyDraft('C1', settings);
    const draft = { ...start, typed: { ...start.typed, accelerator, steps: String(steps) } };
    expect(said(draft, { dataset: { is: 'counted', rows, labelled: rows, meanTokens: 1, faulty: 0 } })).toContain(
      sentence,
    );
    expect(said(draft)).toContain(`Tunes in ${hardware[accelerator].region}`);
  });

  it('says that no TensorBoard means no curves, and warns of what the page does not settle', () => {
    const start = emptyDraft('C1', settings);
    const none = { ...start, typed: { ...start.typed, tensorboard: 'none' } };
    expect(said(none)).toContain('Vertex AI reports no curves for this job');
    const apart = { ...start, typed: { ...start.typed, accelerator: 'TPU' } };
    expect(said(apart)).toContain('runs in us-central1 and tunes in europe-west4');
  });
});

describe('a form of several recipes', () => {
  const start = emptyDraft('C1', {
    ...settings,
    recipes: ['open-model', 'gemini-tuning', 'gemini-distillation', 'palm'],
  });
  const chose = (draft: Draft, recipe: string, more: Draft['typed'] = {}) =>
    withRecipe({ ...draft, typed: { ...draft.typed, ...more, recipe } }, it => emptyDraft('C1', settings, it));
  const blockOf = (draft: Draft, field: string) =>
    inputs(draft).find(block => block.block_id?.split('~')[0] === field)?.block_id;

  it.each(recipeIds)('asks for what %s takes, under a fitting title, and reads it back', recipe => {
    const draft = submitted(emptyDraft('C1', settings, recipe));
    const { title, submit } = drawn(draft);
    expect(specOf(draft)).toMatchObject({ recipe, evaluate: true });
    expect(title.text).toBe(recipe === 'gemini-tuning' ? 'New tuning job' : 'New distillation job');
    expect(submit?.text).toBe('Check and launch');
    const wrong = problems(specOf(draft)).filter(isError);
    expect(new Set(wrong.map(({ rule }) => rule))).toEqual(new Set(['missing']));
    for (const { field } of wrong) expect(blockOf(draft, field)).toBe(field);
  });

  it('proposes the account of pipeline jobs for those alone, and keeps one that was typed', () => {
    const proposing = { ...settings, serviceAccount: 'pipeline@acme-ml.iam.gserviceaccount.com' };
    const opens = (recipe: RecipeId) => emptyDraft('C1', proposing, recipe);
    const switched = (draft: Draft, recipe: RecipeId) =>
      withRecipe({ ...draft, typed: { ...draft.typed, recipe } }, opens);
    for (const recipe of tuningRecipes) {
      const there = switched(opens('palm'), recipe);
      expect(specOf(submitted(there)).serviceAccount).toBeUndefined();
      expect(specOf(submitted(switched(there, 'palm'))).serviceAccount).toBe(proposing.serviceAccount);
      const typed = { ...opens('palm').typed, serviceAccount: 'me@acme-ml.iam.gserviceaccount.com' };
      const mine = switched({ ...opens('palm'), typed }, recipe);
      expect(specOf(submitted(mine)).serviceAccount).toBe(typed.serviceAccount);
    }
  });

  it.each(recipeIds)('keeps what any recipe asks for where %s is chosen', recipe => {
    const typed = {
      modelName: 'support-intents-v3',
      dataset: 'gs://acme-ml/train.jsonl',
      evaluationDataset: 'gs://acme-ml/eval.jsonl',
      evaluate: '',
      serviceAccount: 'me@acme-ml.iam.gserviceaccount.com',
    };
    for (const from of recipeIds) {
      const before = { ...emptyDraft('C1', settings, from), files: { dataset: { file: 'F1', name: 'a.jsonl' } } };
      const after = chose(before, recipe, typed);
      expect(after).toMatchObject({ typed, files: before.files, memory: { recipe } });
      // Slack keeps what stands in a block, an upload too, only while its id stays.
      for (const field of [...Object.keys(typed), 'channel', 'dataset.file', 'evaluationDataset.file'])
        expect(blockOf(after, field)).toBe(field);
      expect(specOf(submitted(after))).toMatchObject({ recipe, modelName: typed.modelName, evaluate: false });
    }
  });

  it('gives a field another block where its value is ours again', () => {
    const gemini = chose(start, 'gemini-tuning');
    expect(gemini.typed).toMatchObject({ student: 'gemini-2.5-flash', region: 'us-central1' });
    expect([blockOf(gemini, 'student'), blockOf(gemini, 'region')]).toEqual(['student~1', 'region~1']);
    expect(blockOf(chose(gemini, 'open-model'), 'student')).toBe('student~2');
  });

  it('keeps what was chosen besides, where the other recipe takes it', () => {
    const chosen = { region: 'europe-west4', epochs: '7', adapterSize: '32', teacher: 'moonshotai/kimi-k2-maas' };
    const gemini = chose(start, 'gemini-tuning', chosen);
    expect(gemini.typed).toMatchObject({ region: 'europe-west4', epochs: '7' });
    expect(gemini.typed).not.toHaveProperty('adapterSize');
    expect(specOf(submitted(gemini))).not.toHaveProperty('teacher');
    const distillation = chose(gemini, 'gemini-distillation');
    expect(distillation.typed).toMatchObject({ region: 'us-central1', epochs: '7', teacher: 'gemini-3.1-pro' });
  });

  it('brings back what was chosen for a recipe that is chosen again', () => {
    const chosen = {
      ...{ student: 'google/gemma3@gemma-3-4b-it', region: 'asia-southeast1', learningRate: '0.0000001' },
      ...{ adapterSize: '32', outputs: 'gs://elsewhere/weights', encryptionKey: 'projects/p/key' },
    };
    const away = submitted(chose(start, 'gemini-tuning', chosen));
    expect(away.typed).not.toHaveProperty('learningRate');
    const back = submitted(chose(submitted(chose(away, 'palm')), 'open-model'));
    expect(back.typed).toMatchObject(chosen);
    const palm = chose(chose(start, 'palm'), 'open-model', { task: 'summarization', steps: '42', tensorboard: 'none' });
    expect(submitted(chose(submitted(palm), 'palm')).typed).toMatchObject({
      ...{ task: 'summarization', steps: '42', tensorboard: 'none' },
    });
  });

  it('fits Slack however often another recipe is chosen, and whatever stood there', () => {
    const recipe = fc.constantFrom(...recipeIds);
    const long = fc.constantFrom('x'.repeat(3000), '"'.repeat(700), 'gs://bucket/folder', '7');
    const field = fc.constantFrom('outputs', 'encryptionKey', 'teacher', 'pipelineRoot', 'displayName', 'learningRate');
    fc.assert(
      fc.property(fc.array(fc.tuple(recipe, field, long), { maxLength: 8 }), switches => {
        let draft = start;
        for (const [id, name, value] of switches) draft = chose(draft, id, { [name]: value });
        expect(drawn(draft).private_metadata?.length).toBeLessThanOrEqual(limits.privateMetadata);
      }),
    );
  });

  it('stays as it is where something that is no recipe was chosen', () => {
    expect(chose(start, 'no-recipe')).toEqual(start);
    expect(chose(start, 'constructor').memory.recipe).toBe('open-model');
  });

  it('offers no choice where one recipe is offered, and says what it is', () => {
    const alone = { ...settings, recipes: ['gemini-tuning'] as const };
    const view = drawForm({ ...emptyDraft('C1', alone), live: {}, settings: alone, words });
    expect(view.blocks.map(block => block.block_id)).not.toContain('recipe');
    expect(JSON.stringify(view.blocks[0])).toContain('*Gemini, supervised tuning.* A Gemini student learns');
    const values = valuesOf(view.blocks as unknown as Json[], { before: {} }) as unknown as ViewValues;
    const draft = readForm({ private_metadata: view.private_metadata ?? '', state: { values } });
    expect(specOf(draft).recipe).toBe('gemini-tuning');
  });

  it('shows a recipe that is not offered any more beside those that are', () => {
    const without = { ...settings, recipes: ['open-model'] as const };
    const draft = emptyDraft('C1', settings, 'palm');
    const [first] = drawForm({ ...draft, live: {}, settings: without, words }).blocks;
    const offered = [{ value: 'open-model' }, { value: 'palm' }];
    expect(first).toMatchObject({ element: { options: offered, initial_option: { value: 'palm' } } });
  });

  it.each([
    [
      'palm',
      'Retired: Vertex AI has refused new jobs since October 9, 2024, and the models have been gone since April 9, 2025. Choose one that runs today: “Open models”, “Gemini, supervised tuning”, or “Gemini, distillation service”.',
    ],
    ['gemini-distillation', 'Early access: Google has to let your project in'],
  ] as const)('says how %s stands today', (recipe, sentence) => {
    expect(said(emptyDraft('C1', settings, recipe))).toContain(sentence);
    expect(said(start)).not.toContain(sentence);
  });

  it('says so where nothing that runs today is offered', () => {
    const alone = { ...settings, recipes: ['palm'] as const };
    const view = drawForm({ ...emptyDraft('C1', alone), live: {}, settings: alone, words });
    expect(JSON.stringify(view.blocks)).toContain('No recipe that runs today is offered here');
  });

  it('reckons with the dataset of a tuning job', () => {
    const draft = (typed: Draft['typed']) => ({ ...start, typed: { ...start.typed, ...typed } });
    const counted = (rows: number, rest = {}) => ({
      is: 'counted',
      rows,
      labelled: rows,
      meanTokens: 1,
      faulty: 0,
      ...rest,
    });
    const live = { dataset: counted(420) };
    expect(said(draft({ epochs: '3' }), live)).toContain('3 epochs over 420 rows = 1,260 examples"');
    expect(said(draft({ epochs: '3', batchSize: '8' }), live)).toContain('1,260 examples, 158 steps of 8');
    expect(said(draft({ epochs: '' }), live)).not.toContain('epochs over');
    const evaluation = (rows: number, of = 420) =>
      said(start, { dataset: counted(of), evaluationDataset: counted(rows) });
    expect(evaluation(105)).not.toContain('⚠');
    expect(evaluation(106)).toContain('⚠ 106 rows: more than 25% of the dataset’s 420.');
    expect(evaluation(5000, 100_000)).toContain('⚠ 5,000 rows; Vertex AI takes at most 4,999.');
    const gemini = chose(start, 'gemini-tuning');
    const sized = (rows: number) => said(gemini, { dataset: counted(2000), evaluationDataset: counted(rows) });
    expect(sized(1000)).not.toContain('⚠');
    expect(sized(1001)).toContain('more than 30%');
    expect(said(gemini, { dataset: counted(400, { unlabelled: 20 }) })).toContain('⚠ 20 rows have no label');
    expect(said(start, { dataset: counted(420, { labelled: 400 }) })).not.toContain('⚠');
  });

  it('counts rows in another format, and says that they can be converted', () => {
    const formats = { 'input-output': 420 };
    const counted = { is: 'counted', rows: 0, labelled: 0, meanTokens: 0, faulty: 0, formats };
    expect(said(start, { dataset: counted })).toContain(
      '"420 rows written as pairs of input_text and output_text: the check offers to convert them."',
    );
    expect(said(start, { dataset: counted })).toContain('3 epochs over 420 rows');
    expect(said(start, { dataset: { ...counted, faulty: 2 } })).toContain('No usable rows. ⚠ 2 rows cannot be used.');
  });

  it('says where the weights will be', () => {
    expect(said(start)).toContain('with the weights under postprocess/node-0/checkpoints/final.');
    expect(said({ ...start, typed: { ...start.typed, outputs: 'weights' } })).not.toContain('weights under');
    expect(said(chose(start, 'gemini-tuning'))).not.toContain('weights under');
  });
});

describe('a form that moves a job', () => {
  const job = jobIn('succeeded', { spec: { region: 'europe-west9', uploadRegion: 'us-west4', steps: 300 } });
  const recipes = ['open-model', 'gemini-tuning', 'palm'] as const;
  const offering = { ...settings, recipes };
  const opens = (recipe: RecipeId) => movedDraft(job, 'C1', offering, recipe);
  const form = (draft: Draft) => {
    const left = carriedTo(job, draft.memory.recipe)?.left;
    return drawForm({ ...draft, live: {}, moved: left && { job, left }, settings: offering, words });
  };

  it.each(['open-model', 'gemini-tuning'] as const)(
    'opens as %s has it, and lists what could not be carried over',
    to => {
      const draft = opens(to);
      const view = form(draft);
      const [intro, left] = view.blocks.map(block => JSON.stringify(block));
      expect(intro).toContain(`*support-intents-v3* (job \`${job.id}\`) is moved from “PaLM, step by step” to`);
      expect(intro).toContain(recipeOf(to).title.en);
      expect(left?.split('•')).toHaveLength(1 + carriedTo(job, to)!.left.length);
      for (const line of ['Steps: no equivalent', 'Region, europe-west9', 'Early stopping'])
        expect(left).toContain(line);
      const values = valuesOf(view.blocks as unknown as Json[]) as unknown as ViewValues;
      const read = readForm({ private_metadata: view.private_metadata ?? '', state: { values } });
      expect(specOf(read)).toEqual(carriedTo(job, to)!.spec);
      expect(read.memory).toMatchObject({ moved: job.id, recipe: to });
      expect(read.memory).not.toHaveProperty('after');
    },
  );

  it('is another’s, where another successor is chosen, and the job’s own, where its recipe is', () => {
    const draft = opens('open-model');
    const typed = { ...draft.typed, modelName: 'support-intents-v4', recipe: 'gemini-tuning' };
    const other = withRecipe({ ...draft, typed }, opens);
    expect(specOf(other)).toEqual({ ...carriedTo(job, 'gemini-tuning')!.spec, modelName: 'support-intents-v4' });
    expect(other.memory.moved).toBe(job.id);
    const back = withRecipe({ ...other, typed: { ...other.typed, recipe: 'palm' } }, opens);
    expect(specOf(back)).toMatchObject({
      ...job.spec,
      modelName: 'support-intents-v4',
      displayName: expect.any(String),
    });
    expect(JSON.stringify(form(back).blocks)).not.toContain('carried over');
  });

  it('carries nothing over from a job of a recipe that runs today, nor to one that does not', () => {
    expect(carriedTo(job, 'palm')).toBeUndefined();
    const today = { ...job, spec: { ...opens('open-model'), ...carriedTo(job, 'open-model')!.spec } } as Job;
    expect(carriedTo(today, 'gemini-tuning')).toBeUndefined();
  });
});

describe('suggested()', () => {
  const metadata = (recipe: string) => JSON.stringify({ filled: {}, times: {}, recipe });
  const named = (typed: string, { recipe = 'open-model', field = 'student' } = {}) =>
    suggested({ callback_id: form.callback, private_metadata: metadata(recipe) }, { field, typed }).map(it => it.value);

  it('shows all that are known where nothing was typed, and those with all its words where something was', () => {
    const { teachers, students } = recipeOf('open-model');
    expect(named('')).toEqual(students.known);
    expect(named('', { field: 'teacher' })).toEqual(teachers?.known);
    expect(named(' Gemma 4B ')).toEqual(['google/gemma3@gemma-3-4b-it']);
    expect(named('qwen/qwen3@qwen3-4b')).toEqual(['qwen/qwen3@qwen3-4b']);
    expect(named('QWEN/qwen3@qwen3-4b')).toEqual(['qwen/qwen3@qwen3-4b']);
  });

  it('shows what was typed, too, where others may go and it may be a model’s name', () => {
    expect(named('gemma3@gemma')).toEqual([...named('gemma'), 'gemma3@gemma'].filter(it => it !== 'gemma'));
    expect(named('meta/llama3-3@llama-3.3-70b-instruct')).toEqual(['meta/llama3-3@llama-3.3-70b-instruct']);
    expect(named('x'.repeat(75))).toEqual(['x'.repeat(75)]);
    for (const typed of ['x'.repeat(76), 'no name', 'a//b', '<!channel>']) expect(named(typed)).toEqual([]);
    expect(named('gemini-3.1-pro-x', { recipe: 'gemini-distillation', field: 'teacher' })).toEqual([]);
    expect(named('gemini-3.5-flash', { recipe: 'gemini-tuning' })).toEqual(['gemini-3.5-flash']);
    expect(named('anything', { recipe: 'gemini-tuning', field: 'teacher' })).toEqual([]);
  });

  it('never shows more or longer than Slack takes, whatever is typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.constantFrom(...recipeIds), (typed, recipe) => {
        const options = suggested(
          { callback_id: form.callback, private_metadata: metadata(recipe) },
          { field: 'student', typed },
        );
        expect(options.length).toBeLessThanOrEqual(100);
        for (const { text: shown, value = '' } of options)
          for (const said of [shown.text, value]) expect(said).toMatch(/^.{1,75}$/);
      }),
    );
  });

  it('shows nothing in what is not ours, and throws nothing', () => {
    const field = 'student';
    const typed = '';
    for (const private_metadata of [
      '',
      '{',
      'null',
      '[]',
      '{"recipe":"none"}',
      '{"recipe":"__proto__"}',
      metadata('x'),
    ])
      expect(suggested({ callback_id: form.callback, private_metadata }, { field, typed })).toEqual([]);
    expect(suggested({ callback_id: 'another', private_metadata: metadata('palm') }, { field, typed })).toEqual([]);
    expect(suggested({}, { field, typed })).toEqual([]);
    expect(named('', { field: 'region' })).toEqual([]);
    expect(named('', { field: 'constructor' })).toEqual([]);
  });
});
