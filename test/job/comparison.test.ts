import { expect, test } from 'vitest';
import { differences, fromBeginning, valuesOf } from '../../src/job/comparison.ts';
import { jobIn, specWith, tuningSpecWith } from './sample-jobs.ts';

const job = (changes: Parameters<typeof specWith>[0] = {}) => jobIn('succeeded', { spec: specWith(changes) });

test('differences() finds nothing between a job and its like', () => {
  expect(differences(job(), job())).toEqual([]);
});

test('differences() names each field with both values, in the order of the form, and what one of them lacks', () => {
  const a = job({ steps: 300, evaluate: true, tensorboard: 'projects/p/locations/l/tensorboards/1' });
  const b = job({ steps: 500, evaluate: false, tensorboard: undefined });
  expect(differences(a, b)).toEqual([
    { field: 'steps', values: [300, 500] },
    { field: 'evaluate', values: [true, false] },
    { field: 'tensorboard', values: ['projects/p/locations/l/tensorboards/1', undefined] },
  ]);
});

test('differences() between jobs of two recipes are what either has and the other has not, too', () => {
  const numbers = { epochs: 3, learningRate: 0.0002, batchSize: 4, adapterSize: '8', tuningMode: 'TUNING_MODE_FULL' };
  const board = specWith().tensorboard;
  const a = job({ encryptionKey: 'k', serviceAccount: 's' });
  const b = jobIn('succeeded', { schema: 3, spec: tuningSpecWith(numbers) });
  expect(differences(a, b)).toEqual([
    { field: 'recipe', values: ['palm', 'open-model'] },
    { field: 'task', values: ['classification', undefined] },
    { field: 'teacher', values: ['text-unicorn@001', 'qwen/qwen3-next-80b-a3b-thinking-maas'] },
    { field: 'student', values: ['text-bison@002', 'qwen/qwen3@qwen3-4b'] },
    { field: 'accelerator', values: ['GPU', undefined] },
    { field: 'steps', values: [300, undefined] },
    { field: 'learningRateMultiplier', values: [1, undefined] },
    { field: 'evaluationInterval', values: [20, undefined] },
    { field: 'earlyStopping', values: [true, undefined] },
    { field: 'checkpoint', values: ['default', undefined] },
    { field: 'tensorboard', values: [board, undefined] },
    { field: 'uploadRegion', values: ['us-central1', undefined] },
    { field: 'pipelineRoot', values: ['gs://retort-pipelines/root', undefined] },
    { field: 'displayName', values: ['Support intents, first try', undefined] },
    { field: 'encryptionKey', values: ['k', undefined] },
    { field: 'serviceAccount', values: ['s', undefined] },
    { field: 'epochs', values: [undefined, 3] },
    { field: 'learningRate', values: [undefined, 0.0002] },
    { field: 'batchSize', values: [undefined, 4] },
    { field: 'adapterSize', values: [undefined, '8'] },
    { field: 'tuningMode', values: [undefined, 'TUNING_MODE_FULL'] },
    { field: 'outputs', values: [undefined, 'gs://retort-pipelines/weights'] },
  ]);
});

test('differences() between two tuning jobs are those of what both have', () => {
  const [a, b] = [tuningSpecWith({ epochs: 3 }), tuningSpecWith({ epochs: undefined, learningRate: 0.0002 })];
  const [one, other] = [a, b].map(spec => jobIn('succeeded', { schema: 3, spec }));
  expect(differences(one!, one!)).toEqual([]);
  expect(differences(one!, other!)).toEqual([
    { field: 'epochs', values: [3, undefined] },
    { field: 'learningRate', values: [undefined, 0.0002] },
  ]);
});

test('differences() tells that an address held another object', () => {
  const [a, b] = ['1', '2'].map(generation => {
    const one = job();
    return { ...one, checked: { ...one.checked, dataset: { ...one.checked.dataset, generation } } };
  });
  expect(differences(a!, b!)).toEqual([{ field: 'datasetRead', values: ['1', '2'] }]);
});

test('valuesOf() has the last and the best of each metric: the lowest loss, the highest token accuracy', () => {
  const curves = {
    eval_total_loss: { steps: [20, 40, 60], values: [0.5, 0.3, 0.4] },
    train_fraction_of_correct_next_step_preds: { steps: [1, 2], values: [0.9, 0.8] },
  };
  expect(valuesOf(curves, {})).toEqual([
    { tag: 'eval_total_loss', values: [{ last: { step: 60, value: 0.4 }, best: { step: 40, value: 0.3 } }, undefined] },
    {
      tag: 'train_fraction_of_correct_next_step_preds',
      values: [{ last: { step: 2, value: 0.8 }, best: { step: 1, value: 0.9 } }, undefined],
    },
  ]);
});

test('fromBeginning() counts steps from where a run began, wherever its log did', () => {
  const late = {
    train_total_loss: { steps: [217_810, 217_820], values: [2, 1] },
    eval_total_loss: { steps: [217_820], values: [1] },
  };
  expect(fromBeginning(late).train_total_loss?.steps).toEqual([10, 20]);
  expect(fromBeginning(late).eval_total_loss?.steps).toEqual([20]);
  expect(fromBeginning({ train_total_loss: { steps: [10, 20], values: [2, 1] } }).train_total_loss?.steps).toEqual([
    10, 20,
  ]);
});
