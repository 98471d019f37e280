import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accelerators, hardware, regions, tasks } from '../../src/job/recipe.ts';
import type { PipelineSpec } from '../../src/job/spec.ts';
import { checkpoints, isError, problems } from '../../src/job/spec.ts';
import { checkBlocks } from '../../src/local/slack/blocks.ts';
import { valuesOf } from '../../src/local/slack/elements.ts';
import type { Json } from '../../src/local/slack/json.ts';
import type { Draft } from '../../src/views/draft.ts';
import { draftOf, emptyDraft, withSample, withTaskSteps, withTensorboard } from '../../src/views/draft.ts';
import type { ViewValues } from '../../src/views/form.ts';
import { drawForm, errorsBeside, readForm, specOf } from '../../src/views/form.ts';
import { limits } from '../../src/views/text.ts';
import { languages, wordsIn } from '../../src/views/words.ts';
import type { Settings } from '../../src/world.ts';
import { steadyWorld } from '../steps/steady-world.ts';

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
const spec: fc.Arbitrary<PipelineSpec> = fc.record({
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
    const before = { ...fc.sample(spec, 1)[0]!, accelerator: 'TPU' } as const;
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
