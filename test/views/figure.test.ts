import { expect, test } from 'vitest';
import type { Curves } from '../../src/job/curves.ts';
import { chartOf } from '../../src/views/figure.ts';
import { wordsIn } from '../../src/views/words.ts';
import { run, spec } from './jobs.ts';
import { series } from './series.ts';

const moved = (curves: Curves, by: number): Curves =>
  Object.fromEntries(
    Object.entries(curves).map(([tag, { steps, values }]) => [tag, { values, steps: steps.map(step => step + by) }]),
  );
const loss = { train_total_loss: series(180, 1, step => 1 / step), eval_total_loss: series(180, 20, step => 2 / step) };
const alt = (curves: Curves, changes: Parameters<typeof spec>[0] = {}) =>
  chartOf({ spec: spec(changes), run: run() }, curves, wordsIn('en')).alt;

test.each([0, 217_800])(
  'a picture tells in words how far its run is, from step %d on, and its last and best values',
  by => {
    const words = alt(moved(loss, by));
    expect(words).toContain('up to step 180 of 300.');
    expect(words).toContain('Loss 0.0111 in evaluation');
    expect(words).toContain(`at step ${by ? '217,980' : '180'}.`);
  },
);

test('a picture of training alone says why', () => {
  const why = 'There is no evaluation dataset, so these are of training alone.';
  expect(alt({ train_total_loss: loss.train_total_loss }, { evaluate: false })).toContain(why);
  expect(alt(loss)).not.toContain(why);
});
