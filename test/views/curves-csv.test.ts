import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Curves, Tag } from '../../src/job/curves.ts';
import { tags, tidy } from '../../src/job/curves.ts';
import { curvesCsv } from '../../src/views/curves-csv.ts';

/** A table read as programs read it. */
function read(csv: string): Curves {
  const [header = '', ...lines] = csv.trimEnd().split('\n');
  const [step, ...names] = header.split(',');
  expect([step, names]).toEqual(['step', [...tags]]);
  const rows = lines.map(line => line.split(','));
  return Object.fromEntries(
    names.flatMap((name, i) => {
      const points = rows
        .filter(row => row[i + 1] !== '')
        .map(row => ({ step: Number(row[0]), value: Number(row[i + 1]) }));
      return points.length ? [[name as Tag, tidy(points)]] : [];
    }),
  );
}

test('the table has a line a step and a column a series, with nothing where there was no value', () => {
  const curves = {
    train_total_loss: { steps: [1, 2, 20], values: [3.5, 0.1, 1e-7] },
    eval_num_predictions: { steps: [20], values: [60] },
  };
  expect(curvesCsv(curves)).toBe(
    [
      'step,train_total_loss,train_fraction_of_correct_next_step_preds,train_num_predictions,eval_total_loss,eval_fraction_of_correct_next_step_preds,eval_num_predictions',
      '1,3.5,,,,,',
      '2,0.1,,,,,',
      '20,1e-7,,,,,60',
      '',
    ].join('\n'),
  );
});

test('without any curve it is a header', () => {
  expect(read(curvesCsv({}))).toEqual({});
});

test('whatever is read back is what was there', () => {
  const value = fc.double({ noNaN: true, noDefaultInfinity: true }).filter(it => !Object.is(it, -0));
  const points = fc.array(fc.record({ step: fc.nat(300), value }), { minLength: 1, maxLength: 50 });
  const some = fc.record(Object.fromEntries(tags.map(tag => [tag, points.map(tidy)])), { requiredKeys: [] });
  fc.assert(
    fc.property(some, curves => {
      expect(read(curvesCsv(curves))).toEqual(curves);
    }),
  );
});
