import { expect, test } from 'vitest';
import { differences, fromBeginning, valuesOf } from '../../src/job/comparison.ts';
import { jobIn, specWith } from './sample-jobs.ts';

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
