import { describe, expect, it } from 'vitest';
import type { Accelerator } from '../../src/job/recipe.ts';
import { hardware, palm, recipeIds, recipeOf, regions, tuningRecipes } from '../../src/job/recipe.ts';
import type { PipelineSpec, Problem, Surroundings, TuningSpec } from '../../src/job/spec.ts';
import {
  answering,
  isError,
  isModelName,
  isPipeline,
  problems,
  queueOf,
  Spec,
  servingRegion,
  specFields,
  tensorboardRegion,
  valueIn,
} from '../../src/job/spec.ts';
import { specWith, tuningSpecWith } from './sample-jobs.ts';

const keyIn = (location: string) => `projects/retort/locations/${location}/keyRings/ring/cryptoKeys/key`;
const tensorboardIn = (region: string) => `projects/123/locations/${region}/tensorboards/456`;

/** What a rule says of the sample spec with changes: the field, the rule, and whether it stops the form. */
function said(changes: Partial<PipelineSpec>, around: Surroundings = {}): string[] {
  return inShort(toBeMended(specWith(changes), around));
}

/** The same of the sample spec of a recipe of tuning jobs. */
function saidOfTuning(changes: Changes, recipe: TuningSpec['recipe'], around: Surroundings = {}): string[] {
  return inShort(toBeMended(tuningSpecWith(changes, recipe), around));
}

function inShort(found: Problem[]): string[] {
  return found.map(problem => `${problem.field}: ${problem.rule}${isError(problem) ? '' : ' (warning)'}`);
}

/** Problems but for those that lie in the recipe, and that no other choice would mend. */
function toBeMended(spec: Spec, around?: Surroundings): Problem[] {
  return problems(spec, around).filter(({ field }) => field !== 'recipe');
}

type Changes = Partial<Omit<TuningSpec, 'recipe'>>;

describe('problems()', () => {
  it('finds nothing wrong with a sound spec', () => {
    expect(said({}, { rows: 240, allowedBuckets: ['retort-datasets'] })).toEqual([]);
  });

  type Broken = { around?: Surroundings; says: string[] } & (
    | { recipe?: never; changes: Partial<PipelineSpec> }
    | { recipe: TuningSpec['recipe']; changes: Changes }
  );
  const broken: Record<Exclude<Problem['rule'], 'retired' | 'early-access'>, Broken[]> = {
    missing: [
      { changes: { modelName: '' }, says: ['modelName: missing'] },
      { changes: { displayName: '' }, says: ['displayName: missing'] },
      { changes: { dataset: '' }, says: ['dataset: missing'] },
      { changes: { pipelineRoot: '' }, says: ['pipelineRoot: missing'] },
      { changes: { evaluationDataset: undefined }, says: ['evaluationDataset: missing'] },
      { changes: { evaluationDataset: '' }, says: ['evaluationDataset: missing'] },
      { recipe: 'open-model', changes: { outputs: undefined }, says: ['outputs: missing'] },
      { recipe: 'open-model', changes: { teacher: undefined }, says: ['teacher: missing'] },
      { recipe: 'gemini-distillation', changes: { teacher: undefined }, says: ['teacher: missing'] },
      ...tuningRecipes.flatMap((recipe): Broken[] => [
        { recipe, changes: { modelName: '' }, says: ['modelName: missing'] },
        { recipe, changes: { dataset: '' }, says: ['dataset: missing'] },
        { recipe, changes: { student: '' }, says: ['student: missing'] },
        { recipe, changes: { evaluate: true, evaluationDataset: undefined }, says: ['evaluationDataset: missing'] },
      ]),
    ],
    // Whether a file was given besides is known to the form alone.
    'two-sources': [],
    'too-long': [
      { changes: { modelName: 'm'.repeat(129) }, says: ['modelName: too-long'] },
      { changes: { displayName: 'm'.repeat(129) }, says: ['displayName: too-long'] },
    ],
    'not-an-object': [
      { changes: { dataset: 'train.jsonl' }, says: ['dataset: not-an-object'] },
      { changes: { dataset: 'gs://retort-datasets' }, says: ['dataset: not-an-object'] },
      { changes: { dataset: 'gs://retort-datasets/a/../b' }, says: ['dataset: not-an-object'] },
      { changes: { evaluationDataset: 'gs://retort-datasets/a//b' }, says: ['evaluationDataset: not-an-object'] },
      { changes: { evaluationDataset: 'gs://b\u2024t/a' }, says: ['evaluationDataset: not-an-object'] },
    ],
    'not-a-folder': [
      { changes: { pipelineRoot: 'root' }, says: ['pipelineRoot: not-a-folder'] },
      { changes: { pipelineRoot: 'gs://retort-pipelines/../x' }, says: ['pipelineRoot: not-a-folder'] },
      { recipe: 'open-model', changes: { outputs: 'weights' }, says: ['outputs: not-a-folder'] },
    ],
    'twice-gs': [
      { changes: { dataset: 'gs://gs://retort-datasets/a' }, says: ['dataset: twice-gs'] },
      { changes: { evaluationDataset: 'gs://gs://retort-datasets/a' }, says: ['evaluationDataset: twice-gs'] },
      { changes: { pipelineRoot: 'gs://gs://retort-pipelines' }, says: ['pipelineRoot: twice-gs'] },
      { recipe: 'open-model', changes: { outputs: 'gs://gs://retort-pipelines' }, says: ['outputs: twice-gs'] },
    ],
    'bucket-not-allowed': [
      {
        changes: { dataset: 'gs://retort-datasets.evil/a' },
        around: { allowedBuckets: ['retort-datasets'] },
        says: ['dataset: bucket-not-allowed'],
      },
      {
        changes: { evaluationDataset: 'gs://other/a' },
        around: { allowedBuckets: ['retort-datasets'] },
        says: ['evaluationDataset: bucket-not-allowed'],
      },
    ],
    'not-a-positive-integer': [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53].flatMap(value => {
      const off = { task: 'other', evaluate: false, evaluationDataset: undefined } as const;
      return [
        { changes: { ...off, steps: value }, says: ['steps: not-a-positive-integer'] },
        { changes: { ...off, evaluationInterval: value }, says: ['evaluationInterval: not-a-positive-integer'] },
      ];
    }),
    'not-a-positive-number': [0, -0.1, Number.NaN, Number.POSITIVE_INFINITY].map(value => ({
      changes: { learningRateMultiplier: value },
      says: ['learningRateMultiplier: not-a-positive-number'],
    })),
    'evaluation-is-off': [
      { changes: { evaluate: false }, says: ['evaluationDataset: evaluation-is-off'] },
      { recipe: 'open-model', changes: { evaluate: false }, says: ['evaluationDataset: evaluation-is-off'] },
    ],
    'key-form': [
      { changes: { encryptionKey: 'key' }, says: ['encryptionKey: key-form'] },
      { changes: { encryptionKey: `${keyIn('us-central1')}/cryptoKeyVersions/1` }, says: ['encryptionKey: key-form'] },
      { changes: { encryptionKey: ` ${keyIn('us-central1')}` }, says: ['encryptionKey: key-form'] },
      ...tuningRecipes.map(recipe => ({
        recipe,
        changes: { encryptionKey: 'key' },
        says: ['encryptionKey: key-form'],
      })),
    ],
    'key-needs-region': [
      { changes: { encryptionKey: keyIn('global') }, says: ['encryptionKey: key-needs-region'] },
      {
        changes: { encryptionKey: keyIn('us-central1'), accelerator: 'TPU' },
        says: ['tensorboard: tensorboard-one-region (warning)', 'encryptionKey: key-needs-region'],
      },
    ],
    'tensorboard-form': [
      { changes: { tensorboard: '456' }, says: ['tensorboard: tensorboard-form'] },
      { changes: { tensorboard: `${tensorboardIn('us-central1')}x` }, says: ['tensorboard: tensorboard-form'] },
      {
        changes: { tensorboard: `${tensorboardIn('us-central1')}/experiments/1` },
        says: ['tensorboard: tensorboard-form'],
      },
    ],
    'tensorboard-elsewhere': [
      { changes: { tensorboard: tensorboardIn('europe-west4') }, says: ['tensorboard: tensorboard-elsewhere'] },
    ],
    'tensorboard-one-region': [
      { changes: { region: 'europe-west4' }, says: ['tensorboard: tensorboard-one-region (warning)'] },
    ],
    'service-account-form': [
      'me@example.com',
      'pipelines',
      'a@b.gserviceaccount.com.evil.com',
      'a b@c.gserviceaccount.com',
    ].map(value => ({ changes: { serviceAccount: value }, says: ['serviceAccount: service-account-form'] })),
    'no-evaluation-point': [
      { changes: { evaluationInterval: 301 }, says: ['evaluationInterval: no-evaluation-point (warning)'] },
    ],
    'best-needs-evaluation': [
      {
        changes: { evaluate: false, evaluationDataset: undefined, checkpoint: 'best' },
        says: ['checkpoint: best-needs-evaluation (warning)'],
      },
    ],
    'no-curves': [{ changes: { tensorboard: undefined }, says: ['tensorboard: no-curves (warning)'] }],
    'steps-outside-range': [
      { changes: { steps: 199 }, says: ['steps: steps-outside-range (warning)'] },
      { changes: { steps: 1001 }, says: ['steps: steps-outside-range (warning)'] },
      { changes: { task: 'summarization', steps: 300 }, says: ['steps: steps-outside-range (warning)'] },
      { changes: { task: 'summarization', steps: 1501 }, says: ['steps: steps-outside-range (warning)'] },
      { changes: { task: 'extraction', steps: 801 }, says: ['steps: steps-outside-range (warning)'] },
    ],
    'below-one-epoch': [{ changes: {}, around: { rows: 2401 }, says: ['steps: below-one-epoch (warning)'] }],
    'not-offered': [
      { changes: { teacher: 'text-bison@002' }, says: ['teacher: not-offered'] },
      { changes: { student: 'text-unicorn@001' }, says: ['student: not-offered'] },
      { recipe: 'gemini-distillation', changes: { teacher: 'gemini-2.5-flash' }, says: ['teacher: not-offered'] },
      { recipe: 'gemini-distillation', changes: { student: 'gemini-2.5-pro' }, says: ['student: not-offered'] },
      { recipe: 'gemini-distillation', changes: { region: 'europe-west4' }, says: ['region: not-offered'] },
      { recipe: 'open-model', changes: { region: 'europe-west9' }, says: ['region: not-offered'] },
      { recipe: 'gemini-tuning', changes: { region: 'global' }, says: ['region: not-offered'] },
      { recipe: 'gemini-tuning', changes: { adapterSize: '32' }, says: ['adapterSize: not-offered'] },
      { recipe: 'open-model', changes: { adapterSize: '3' }, says: ['adapterSize: not-offered'] },
      { recipe: 'open-model', changes: { tuningMode: 'TUNING_MODE_HALF' }, says: ['tuningMode: not-offered'] },
    ],
    'model-form': ['a b', 'qwen/qwen3/qwen3-4b', 'qwen3-4b@', '@1', '../x', 'x'.repeat(76)].flatMap(
      (name): Broken[] => [
        { recipe: 'open-model', changes: { teacher: name }, says: ['teacher: model-form'] },
        { recipe: 'open-model', changes: { student: name }, says: ['student: model-form'] },
        { recipe: 'gemini-tuning', changes: { student: name }, says: ['student: model-form'] },
      ],
    ),
    'not-in-range': [
      ...[0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53].flatMap((value): Broken[] => [
        ...tuningRecipes.map(recipe => ({ recipe, changes: { epochs: value }, says: ['epochs: not-in-range'] })),
        { recipe: 'open-model', changes: { batchSize: value }, says: ['batchSize: not-in-range'] },
      ]),
      ...[0, -0.1, Number.NaN, Number.POSITIVE_INFINITY].flatMap((value): Broken[] => [
        ...tuningRecipes.map(recipe => ({
          recipe,
          changes: { learningRateMultiplier: value },
          says: ['learningRateMultiplier: not-in-range'],
        })),
        { recipe: 'open-model', changes: { learningRate: value }, says: ['learningRate: not-in-range'] },
      ]),
    ],
    'two-rates': [
      {
        recipe: 'open-model',
        changes: { learningRate: 0.0002, learningRateMultiplier: 1 },
        says: ['learningRate: two-rates'],
      },
    ],
    'no-key-here': [
      {
        recipe: 'open-model',
        changes: { encryptionKey: keyIn('us-central1'), region: 'global' },
        says: ['encryptionKey: no-key-here'],
      },
      {
        recipe: 'gemini-tuning',
        changes: { encryptionKey: keyIn('us-central1'), student: 'gemini-3.5-flash' },
        says: ['encryptionKey: no-key-here'],
      },
    ],
  };
  const cases = Object.entries(broken).flatMap(([rule, those]) => those.map(one => ({ rule, ...one })));

  it.each(cases)('says $rule of $changes', ({ recipe, changes, around, says }) => {
    const found = recipe ? saidOfTuning(changes, recipe, around) : said(changes as Partial<PipelineSpec>, around);
    expect(found).toEqual(says);
  });

  it.each<{ kept: string; changes: Partial<PipelineSpec>; around?: Surroundings }>([
    { kept: 'names of 128 characters', changes: { modelName: 'm'.repeat(128), displayName: 'd'.repeat(128) } },
    { kept: 'any bucket, where none is named', changes: { dataset: 'gs://anywhere/a' } },
    { kept: 'a bucket as working directory', changes: { pipelineRoot: 'gs://retort-pipelines/' } },
    {
      kept: 'the working directory outside the allowed buckets',
      changes: {},
      around: { allowedBuckets: ['retort-datasets'] },
    },
    { kept: 'one step, where no range is recommended', changes: { task: 'other', steps: 1, evaluationInterval: 1 } },
    { kept: 'a small multiplier', changes: { learningRateMultiplier: 1e-9 } },
    { kept: 'no evaluation', changes: { evaluate: false, evaluationDataset: undefined } },
    {
      kept: 'the last checkpoint without evaluation',
      changes: { evaluate: false, evaluationDataset: undefined, checkpoint: 'last' },
    },
    { kept: 'the best checkpoint with evaluation', changes: { checkpoint: 'best' } },
    { kept: 'one evaluation, at the last step', changes: { evaluationInterval: 300 } },
    { kept: 'the ends of the range for classification', changes: { steps: 200 } },
    { kept: 'the other end of it', changes: { steps: 1000 } },
    { kept: 'the ends of the range for summarization', changes: { task: 'summarization', steps: 1000 } },
    { kept: 'the other end of that', changes: { task: 'summarization', steps: 1500 } },
    { kept: 'the upper end of the range for extraction', changes: { task: 'extraction', steps: 800 } },
    { kept: 'exactly one epoch', changes: {}, around: { rows: 2400 } },
    { kept: 'a key of ours', changes: { encryptionKey: keyIn('us-central1') } },
    { kept: 'a service account', changes: { serviceAccount: 'pipelines@retort.iam.gserviceaccount.com' } },
    { kept: 'the default service account', changes: { serviceAccount: '123-compute@developer.gserviceaccount.com' } },
  ])('finds nothing wrong with $kept', ({ changes, around }) => {
    expect(said(changes, around)).toEqual([]);
  });

  it.each<{ kept: string; changes: Changes; recipe?: TuningSpec['recipe']; around?: Surroundings }>([
    { kept: 'any bucket for the weights', changes: {}, around: { allowedBuckets: ['retort-datasets'] } },
    { kept: 'all left to Vertex AI', changes: { epochs: undefined } },
    {
      kept: 'all that can be chosen',
      changes: { epochs: 1, learningRate: 1e-9, batchSize: 1, adapterSize: '32', tuningMode: 'TUNING_MODE_FULL' },
    },
    { kept: 'a multiplier in place of a rate', changes: { learningRateMultiplier: 0.5 } },
    { kept: 'no evaluation', changes: { evaluate: false, evaluationDataset: undefined } },
    { kept: 'another teacher and student', changes: { teacher: 'moonshotai/kimi-k2-maas', student: 'x/y@z-1.0' } },
    { kept: 'the longest name of a model', changes: { student: 'x'.repeat(75) } },
    { kept: 'a key where the job is', changes: { encryptionKey: keyIn('us-central1') } },
    { kept: 'a service account', changes: { serviceAccount: 'pipelines@retort.iam.gserviceaccount.com' } },
    { kept: 'another Gemini', changes: { student: 'gemini-2.5-pro' }, recipe: 'gemini-tuning' },
    { kept: 'what it has', changes: {}, recipe: 'gemini-tuning' },
    { kept: 'what it has', changes: {}, recipe: 'gemini-distillation' },
    { kept: 'a key', changes: { encryptionKey: keyIn('us-central1') }, recipe: 'gemini-distillation' },
  ])('finds nothing wrong with a tuning job with $kept', ({ changes, recipe = 'open-model', around }) => {
    expect(saidOfTuning(changes, recipe, around)).toEqual([]);
  });

  const samples = [specWith(), ...tuningRecipes.map(recipe => tuningSpecWith({}, recipe))];
  it.each(samples.map(spec => [spec.recipe, spec] as const))('says how the recipe %s stands today', (recipe, spec) => {
    const stands: Partial<Record<typeof recipe, Problem>> = {
      palm: { field: 'recipe', rule: 'retired', newJobs: '2024-10-09', models: '2025-04-09' },
      'gemini-distillation': { field: 'recipe', rule: 'early-access' },
    };
    const found = problems(spec).filter(({ field }) => field === 'recipe');
    expect(found).toEqual([stands[recipe]].filter(Boolean));
    expect(found.filter(isError)).toEqual([]);
    expect(samples.map(({ recipe }) => recipe).sort()).toEqual([...recipeIds].sort());
  });

  it('offers what the recipe has, where something else was asked for', () => {
    expect(toBeMended(specWith({ student: 'text-bison' }))).toEqual([
      { field: 'student', rule: 'not-offered', value: 'text-bison', offered: palm.students.known },
    ]);
    expect(toBeMended(tuningSpecWith({ region: 'x' }))).toEqual([
      { field: 'region', rule: 'not-offered', value: 'x', offered: recipeOf('open-model').regions },
    ]);
    expect(toBeMended(tuningSpecWith({ epochs: 0 }))).toEqual([
      { field: 'epochs', rule: 'not-in-range', range: { whole: true, least: 1, usual: 3 } },
    ]);
    const key = { encryptionKey: keyIn('us-central1') };
    expect(toBeMended(tuningSpecWith({ ...key, region: 'global' }))).toEqual([
      { field: 'encryptionKey', rule: 'no-key-here', region: 'global' },
    ]);
    expect(toBeMended(tuningSpecWith({ ...key, student: 'gemini-3.5-flash' }, 'gemini-tuning'))).toEqual([
      { field: 'encryptionKey', rule: 'no-key-here', region: undefined },
    ]);
    expect(toBeMended(tuningSpecWith(key, 'gemini-tuning'))).toEqual([]);
  });

  it('says what it needs to be said: values, limits, regions', () => {
    expect(toBeMended(specWith({ modelName: 'm'.repeat(129) }))).toEqual([
      { field: 'modelName', rule: 'too-long', most: 128 },
    ]);
    expect(toBeMended(specWith({ dataset: 'gs://other/a' }), { allowedBuckets: ['retort-datasets'] })).toEqual([
      { field: 'dataset', rule: 'bucket-not-allowed', bucket: 'other', allowed: ['retort-datasets'] },
    ]);
    expect(toBeMended(specWith({ evaluationInterval: 400 }))).toEqual([
      { field: 'evaluationInterval', rule: 'no-evaluation-point', steps: 300, interval: 400 },
    ]);
    expect(toBeMended(specWith({ task: 'summarization' }))).toEqual([
      { field: 'steps', rule: 'steps-outside-range', steps: 300, least: 1000, most: 1500 },
    ]);
    expect(toBeMended(specWith(), { rows: 4800 })).toEqual([{ field: 'steps', rule: 'below-one-epoch', epochs: 0.5 }]);
    expect(toBeMended(specWith({ tensorboard: tensorboardIn('us-west1') }))).toEqual([
      {
        field: 'tensorboard',
        rule: 'tensorboard-elsewhere',
        is: 'us-west1',
        pipeline: 'us-central1',
        tuning: 'us-central1',
      },
    ]);
  });

  describe('of an encryption key', () => {
    const places = (['GPU', 'TPU'] as const).flatMap(accelerator =>
      regions.flatMap(region => ['us-central1', 'europe-west4', 'global'].map(key => ({ accelerator, region, key }))),
    );

    it('are none on GPU in us-central1 alone, of all accelerators, regions and places of keys', () => {
      const works = places.filter(({ accelerator, region, key }) => {
        const spec = specWith({
          accelerator,
          region,
          uploadRegion: region,
          encryptionKey: keyIn(key),
          tensorboard: undefined,
        });
        return !problems(spec).some(isError);
      });
      expect(works).toEqual([{ accelerator: 'GPU', region: 'us-central1', key: 'us-central1' }]);
    });

    it.each(regions.filter(region => region !== 'us-central1'))('name each place that is in %s, at once', is => {
      const elsewhere = (changes: Partial<PipelineSpec>) =>
        toBeMended(specWith({ encryptionKey: keyIn('us-central1'), tensorboard: undefined, ...changes }))
          .filter(isError)
          .map(problem => problem.rule === 'key-needs-region' && problem.elsewhere);
      expect(elsewhere({ region: is })).toEqual([[{ what: 'region', is }]]);
      expect(elsewhere({ uploadRegion: is })).toEqual([[{ what: 'uploadRegion', is }]]);
      expect(elsewhere({ encryptionKey: keyIn(is) })).toEqual([[{ what: 'key', is }]]);
      expect(elsewhere({ accelerator: 'TPU' })).toEqual([[{ what: 'tuning', is: 'europe-west4' }]]);
      const all = { accelerator: 'TPU', region: is, uploadRegion: is, encryptionKey: keyIn(is) } as const;
      expect(elsewhere(all)[0]).toHaveLength(4);
    });

    it('are none where there is no key, wherever the job runs', () => {
      for (const { accelerator, region } of places)
        expect(
          toBeMended(specWith({ accelerator, region, uploadRegion: region, tensorboard: undefined })).filter(isError),
        ).toEqual([]);
    });
  });

  describe('of a TensorBoard', () => {
    const verdict = (region: (typeof regions)[number], accelerator: Accelerator, board: string) =>
      toBeMended(specWith({ region, accelerator, tensorboard: tensorboardIn(board) })).map(problem => problem.rule);

    it.each(['GPU', 'TPU'] as const)(
      'are an error in neither region, a warning in one, nothing in both, on %s',
      accelerator => {
        const tuning = hardware[accelerator].region;
        for (const region of regions)
          for (const board of regions) {
            const matches = [region, tuning].filter(one => one === board).length;
            expect({ region, board, says: verdict(region, accelerator, board) }).toEqual({
              region,
              board,
              says: [['tensorboard-elsewhere'], ['tensorboard-one-region'], []][matches],
            });
          }
      },
    );

    it('stand for themselves: us-central1 tunes on GPU, europe-west4 on TPU', () => {
      expect(verdict('us-central1', 'GPU', 'us-central1')).toEqual([]);
      expect(verdict('europe-west4', 'TPU', 'europe-west4')).toEqual([]);
      expect(verdict('us-central1', 'TPU', 'us-central1')).toEqual(['tensorboard-one-region']);
      expect(verdict('us-central1', 'TPU', 'europe-west4')).toEqual(['tensorboard-one-region']);
      expect(verdict('us-central1', 'TPU', 'us-west1')).toEqual(['tensorboard-elsewhere']);
    });
  });

  it('finds everything wrong at once', () => {
    expect(said({ modelName: '', dataset: 'x', steps: 0, serviceAccount: 'y', tensorboard: 'z' })).toEqual([
      'modelName: missing',
      'dataset: not-an-object',
      'steps: not-a-positive-integer',
      'evaluationInterval: no-evaluation-point (warning)',
      'tensorboard: tensorboard-form',
      'steps: steps-outside-range (warning)',
      'serviceAccount: service-account-form',
    ]);
  });
});

describe('Spec', () => {
  it('knows the thirteen regions, and no other', () => {
    expect(regions).toHaveLength(13);
    expect(Spec.safeParse(specWith()).success).toBe(true);
    expect(Spec.safeParse({ ...specWith(), region: 'us-east1' }).success).toBe(false);
  });

  it('takes a spec without a recipe for one of the time when there was one alone', () => {
    const { recipe, ...before } = specWith();
    expect(Spec.parse(before)).toEqual({ recipe, ...before });
    expect(recipe).toBe('palm');
  });

  it.each(tuningRecipes)('knows what a tuning job is asked for: %s', recipe => {
    const spec = tuningSpecWith({}, recipe);
    expect(Spec.parse(spec)).toEqual(spec);
    expect(Spec.safeParse({ ...spec, recipe: 'none' }).success).toBe(false);
    expect(Spec.safeParse({ ...spec, recipe: 'palm' }).success).toBe(false);
    expect(Spec.safeParse({ ...specWith(), recipe }).data).not.toHaveProperty('accelerator');
  });
});

describe('What a spec is carried out by', () => {
  it.each<[string, Spec, { pipeline: boolean; queue: string; serving: string; answering: string }]>([
    [
      'a pipeline job on TPU, whose model is elsewhere',
      specWith({ accelerator: 'TPU', uploadRegion: 'europe-west9' }),
      { pipeline: true, queue: 'TPU', serving: 'europe-west9', answering: 'predict' },
    ],
    [
      'a pipeline job on GPU',
      specWith(),
      { pipeline: true, queue: 'GPU', serving: 'us-central1', answering: 'predict' },
    ],
    [
      'a tuning job, whose model answers where it was tuned',
      tuningSpecWith({ region: 'europe-west4' }, 'gemini-tuning'),
      { pipeline: false, queue: 'tuning', serving: 'europe-west4', answering: 'generateContent' },
    ],
    [
      'a tuning job of the distillation service',
      tuningSpecWith({}, 'gemini-distillation'),
      { pipeline: false, queue: 'tuning', serving: 'us-central1', answering: 'generateContent' },
    ],
    [
      'a tuning job whose model is deployed nowhere: its student can be asked as it was',
      tuningSpecWith({ region: 'global' }),
      { pipeline: false, queue: 'tuning', serving: 'global', answering: 'generateContent' },
    ],
  ])('is %s', (_, spec, { pipeline, queue, serving, answering: how }) => {
    expect([isPipeline(spec), queueOf(spec), servingRegion(spec), answering(spec)]).toEqual([
      pipeline,
      queue,
      serving,
      how,
    ]);
  });
});

describe('specFields', () => {
  it('are all that any spec can have, each once, and every value can be read by them', () => {
    const numbers = { epochs: 3, learningRate: 0.1, batchSize: 4, adapterSize: '8', tuningMode: 'TUNING_MODE_FULL' };
    for (const spec of [specWith(), ...tuningRecipes.map(recipe => tuningSpecWith(numbers, recipe))]) {
      expect(specFields).toEqual(expect.arrayContaining(Object.keys(spec)));
      const read = specFields.flatMap(field => {
        const value = valueIn(spec, field);
        return value === undefined ? [] : [[field, value]];
      });
      expect(Object.fromEntries(read)).toEqual(spec);
    }
    expect(new Set(specFields).size).toBe(specFields.length);
  });
});

describe('isModelName()', () => {
  const known = recipeIds.flatMap(id => {
    const { teachers, students } = recipeOf(id);
    return [...(teachers?.known ?? []), ...students.known];
  });
  it.each(known)('takes every model that is known: %s', name => {
    expect(isModelName(name)).toBe(true);
  });

  it.each(['', ' ', 'a b', '<!channel>', 'gs://a/b', 'a/b/c', 'a@b@c', 'https://x', 'é', 'a\n', 'x'.repeat(76)])(
    'takes no other text for one: %j',
    name => {
      expect(isModelName(name)).toBe(false);
    },
  );
});

describe('tensorboardRegion()', () => {
  it('reads the region in a resource name', () => {
    expect(tensorboardRegion(tensorboardIn('europe-west4'))).toBe('europe-west4');
    expect(tensorboardRegion('456')).toBeUndefined();
  });
});
