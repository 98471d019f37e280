import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Known, Left } from '../../src/job/carry-over.ts';
import { carriedOver, isMovable, isSuccessor } from '../../src/job/carry-over.ts';
import { accelerators, recipeIds, recipeOf, regions, tasks, tuningRecipes } from '../../src/job/recipe.ts';
import type { PipelineSpec, TuningSpec } from '../../src/job/spec.ts';
import { checkpoints, isError, problems, Spec } from '../../src/job/spec.ts';
import { specWith, tuningSpecWith } from './sample-jobs.ts';

type Recipe = TuningSpec['recipe'];
const key = 'projects/retort/locations/us-central1/keyRings/ring/cryptoKeys/key';

/** What is left behind of a field, where anything is. */
function leftOf(field: Left['field'], changes: Partial<PipelineSpec>, to: Recipe = 'open-model', known: Known = {}) {
  return carriedOver(specWith(changes), to, known).left.filter(left => left.field === field);
}

const carried = (changes: Partial<PipelineSpec>, to: Recipe = 'open-model', known: Known = {}) =>
  carriedOver(specWith(changes), to, known).spec;

const uri = fc.constantFrom('gs://retort-datasets/support/train.jsonl', 'gs://retort-datasets/b/eval.jsonl');
const maybe = <T>(it: fc.Arbitrary<T>) => fc.option(it, { nil: undefined });
const changes: fc.Arbitrary<Partial<PipelineSpec>> = fc.record({
  modelName: fc.constantFrom('m', 'support-intents-v3'),
  displayName: fc.constantFrom('m', 'first try'),
  task: fc.constantFrom(...tasks),
  dataset: uri,
  region: fc.constantFrom(...regions),
  accelerator: fc.constantFrom(...accelerators),
  steps: fc.integer({ min: 1, max: 1e6 }),
  learningRateMultiplier: fc.constantFrom(0.1, 1, 2.5),
  evaluate: fc.boolean(),
  earlyStopping: fc.boolean(),
  checkpoint: fc.constantFrom(...checkpoints),
  tensorboard: maybe(fc.constant('projects/1/locations/us-central1/tensorboards/2')),
  uploadRegion: fc.constantFrom(...regions),
  pipelineRoot: fc.constantFrom('gs://retort-pipelines', 'gs://retort-pipelines/root'),
  encryptionKey: maybe(fc.constant(key)),
  serviceAccount: maybe(fc.constant('me@retort.iam.gserviceaccount.com')),
});

describe('carriedOver()', () => {
  it('makes a spec of every recipe that breaks no rule, whatever the job asked for', () => {
    const known = fc.record({ rows: maybe(fc.nat(100_000)), labelled: maybe(fc.nat(100_000)) });
    fc.assert(
      fc.property(changes, fc.constantFrom(...tuningRecipes), known, (changed, to, read) => {
        const evaluationDataset = changed.evaluate ? 'gs://retort-datasets/support/eval.jsonl' : undefined;
        const spec = carried({ ...changed, evaluationDataset }, to, read);
        expect(problems(spec).filter(isError)).toEqual([]);
        expect(Spec.parse(spec)).toEqual(spec);
        expect(spec).toMatchObject({ recipe: to, dataset: changed.dataset, modelName: changed.modelName });
      }),
    );
  });

  it('says of every value that is not there any more that it was left', () => {
    fc.assert(
      fc.property(changes, fc.constantFrom(...tuningRecipes), (changed, to) => {
        const was = specWith(changed);
        const { spec, left } = carriedOver(was, to);
        const values = new Set(Object.values(spec).map(String));
        const said = JSON.stringify(left);
        for (const [field, value] of Object.entries(was)) {
          // What is left out because it is what Vertex AI does anyway.
          const usual = {
            learningRateMultiplier: 1,
            checkpoint: 'default',
            recipe: 'palm',
            displayName: was.modelName,
          };
          const off = field === 'earlyStopping' || field === 'evaluationInterval' ? !was.evaluate : false;
          if (value === undefined || value === false || off || values.has(String(value))) continue;
          if (usual[field as keyof typeof usual] === value) continue;
          expect({ field, said }).toEqual({ field, said: expect.stringContaining(`"field":"${field}"`) });
        }
        expect(new Set(left.map(({ field }) => field)).size).toBe(left.length);
      }),
    );
  });

  it.each<[string, Partial<PipelineSpec>, Known, { epochs: number | undefined; over?: object }]>([
    ['as many as the steps come to', { steps: 300 }, { rows: 480 }, { epochs: 5, over: { rows: 480, epochs: 5 } }],
    ['in whole numbers', { steps: 300 }, { rows: 420 }, { epochs: 6, over: { rows: 420, epochs: 2400 / 420 } }],
    ['on TPU, too', { steps: 300, accelerator: 'TPU' }, { rows: 480 }, { epochs: 15, over: { rows: 480, epochs: 15 } }],
    ['at least one', { steps: 1 }, { rows: 480 }, { epochs: 1, over: { rows: 480, epochs: 8 / 480 } }],
    ['what pages begin with, where the rows are not known', {}, {}, { epochs: 3 }],
    ['and where there are none', {}, { rows: 0 }, { epochs: 3 }],
  ])('reckons epochs: %s', (_, changed, known, { epochs, over }) => {
    expect(carried(changed, 'open-model', known).epochs).toBe(epochs);
    const { steps = 300, accelerator } = changed;
    const left = { field: 'steps', was: steps, batch: accelerator === 'TPU' ? 24 : 8, over, is: epochs };
    expect(leftOf('steps', changed, 'open-model', known)).toEqual([left]);
  });

  it('leaves epochs to Vertex AI where no page names any and the rows are not known', () => {
    expect(carried({}, 'gemini-tuning')).not.toHaveProperty('epochs');
    expect(leftOf('steps', {}, 'gemini-tuning')).toEqual([{ field: 'steps', was: 300, batch: 8, over: undefined }]);
    expect(carried({}, 'gemini-tuning', { rows: 480 }).epochs).toBe(5);
  });

  it.each<[PipelineSpec['region'], Recipe, string]>([
    ['us-central1', 'open-model', 'us-central1'],
    ['europe-west4', 'gemini-tuning', 'europe-west4'],
    ['europe-west9', 'open-model', 'europe-west4'],
    ['asia-northeast1', 'open-model', 'asia-southeast1'],
    ['asia-northeast1', 'gemini-tuning', 'us-central1'],
    ['northamerica-northeast1', 'open-model', 'us-central1'],
    ['us-east4', 'gemini-distillation', 'us-central1'],
    ['europe-west4', 'gemini-distillation', 'us-central1'],
  ])('moves a job in %s to %s in %s, and says so where that is another', (was, to, is) => {
    expect(carried({ region: was }, to).region).toBe(is);
    expect(leftOf('region', { region: was }, to)).toEqual(was === is ? [] : [{ field: 'region', was, is }]);
  });

  it.each(tuningRecipes)('keeps a key where %s takes it, and says where it does not', to => {
    const spec = carried({ encryptionKey: key }, to);
    const isTaken = problems({ ...spec, encryptionKey: key }).every(problem => problem.rule !== 'no-key-here');
    expect(spec.encryptionKey).toBe(isTaken ? key : undefined);
    expect(leftOf('encryptionKey', { encryptionKey: key }, to)).toHaveLength(isTaken ? 0 : 1);
    expect(leftOf('encryptionKey', {}, to)).toEqual([]);
  });

  it.each<[Left['field'], Partial<PipelineSpec>, Left[], Recipe?]>([
    ['teacher', {}, [{ field: 'teacher', was: 'text-unicorn@001', is: recipeOf('open-model').teachers!.known[0] }]],
    ['teacher', {}, [{ field: 'teacher', was: 'text-unicorn@001', is: undefined }], 'gemini-tuning'],
    ['student', {}, [{ field: 'student', was: 'text-bison@002', is: 'gemini-2.5-flash' }], 'gemini-tuning'],
    ['task', { task: 'other' }, [{ field: 'task', was: 'other' }]],
    ['dataset', {}, [{ field: 'dataset', was: 'input-output', is: ['contents'] }], 'gemini-tuning'],
    ['accelerator', { accelerator: 'TPU' }, [{ field: 'accelerator', was: 'TPU' }]],
    ['evaluationInterval', {}, [{ field: 'evaluationInterval', was: 20 }]],
    ['evaluationInterval', { evaluate: false }, []],
    ['earlyStopping', {}, [{ field: 'earlyStopping' }]],
    ['earlyStopping', { earlyStopping: false }, []],
    ['earlyStopping', { evaluate: false }, []],
    ['checkpoint', { checkpoint: 'best' }, [{ field: 'checkpoint', was: 'best' }]],
    ['checkpoint', {}, []],
    ['tensorboard', { tensorboard: undefined }, []],
    ['tensorboard', {}, [{ field: 'tensorboard', was: 'projects/123/locations/us-central1/tensorboards/456' }]],
    ['uploadRegion', {}, []],
    ['uploadRegion', { uploadRegion: 'europe-west2' }, [{ field: 'uploadRegion', was: 'europe-west2' }]],
    [
      'pipelineRoot',
      {},
      [{ field: 'pipelineRoot', was: 'gs://retort-pipelines/root', is: 'gs://retort-pipelines/root' }],
    ],
    [
      'pipelineRoot',
      {},
      [{ field: 'pipelineRoot', was: 'gs://retort-pipelines/root', is: undefined }],
      'gemini-tuning',
    ],
    ['displayName', { displayName: 'first try' }, [{ field: 'displayName', was: 'first try' }]],
    ['displayName', { displayName: specWith().modelName }, []],
    [
      'serviceAccount',
      { serviceAccount: 'me@x.iam.gserviceaccount.com' },
      [{ field: 'serviceAccount', was: 'me@x.iam.gserviceaccount.com' }],
    ],
    ['serviceAccount', {}, []],
  ])('says what becomes of %s: %o', (field, changed, left, to) => {
    expect(leftOf(field, changed, to)).toEqual(left);
  });

  it('says how many labels are missing, where the recipe learns from them', () => {
    const known = { rows: 480, labelled: 300 };
    expect(leftOf('labels', {}, 'gemini-tuning', known)).toEqual([{ field: 'labels', missing: 180 }]);
    expect(leftOf('labels', {}, 'gemini-tuning', { rows: 480, labelled: 480 })).toEqual([]);
    expect(leftOf('labels', {}, 'gemini-tuning', { rows: 480 })).toEqual([]);
    expect(leftOf('labels', {}, 'open-model', known)).toEqual([]);
  });

  it('carries a multiplier over, but one that changes nothing', () => {
    expect(carried({ learningRateMultiplier: 0.5 }).learningRateMultiplier).toBe(0.5);
    expect(carried({ learningRateMultiplier: 1 })).not.toHaveProperty('learningRateMultiplier');
  });
});

describe('isMovable() and isSuccessor()', () => {
  it('moves what is retired to what runs today', () => {
    expect(isMovable(specWith())).toBe(true);
    for (const recipe of tuningRecipes) expect(isMovable(tuningSpecWith({}, recipe))).toBe(false);
    expect(recipeIds.filter(isSuccessor)).toEqual(tuningRecipes.filter(id => !recipeOf(id).retired));
    expect(isSuccessor('palm')).toBe(false);
  });
});
