import type { ChartConfiguration } from 'chart.js';
import { describe, expect, it } from 'vitest';
import type { Curves } from '../../src/job/curves.ts';
import { chart } from '../../src/views/chart.ts';
import { size } from '../../src/views/chart-layout.ts';
import type { Lettering } from '../../src/views/chart-lettering.ts';
import { palette } from '../../src/views/chart-palette.ts';
import type { ChartRun } from '../../src/views/chart-run.ts';
import type { ChartWords } from '../../src/views/chart-words.ts';
import { smooth } from '../../src/views/smoothing.ts';
import { wordsIn } from '../../src/views/words.ts';
import { series } from './series.ts';

const words = wordsIn('en').chart;

function curves(last: number, { every = 20 } = {}): Curves {
  const wobble = (step: number) => ((step * 37) % 11) / 100 - 0.05;
  return {
    train_total_loss: series(last, 1, step => 0.6 + 3 * Math.exp(-step / 40) + wobble(step)),
    train_fraction_of_correct_next_step_preds: series(
      last,
      1,
      step => 0.85 - 0.5 * Math.exp(-step / 40) + wobble(step),
    ),
    eval_total_loss: series(last, every, step => 0.7 + 3 * Math.exp(-step / 40)),
    eval_fraction_of_correct_next_step_preds: series(last, every, step => 0.8 - 0.5 * Math.exp(-step / 40)),
  };
}

function run(changes: Partial<ChartRun> = {}): ChartRun {
  return {
    title: 'intents',
    subtitle: 'step 300 of 300',
    curves: curves(300),
    planned: 300,
    running: false,
    ...changes,
  };
}

interface Drawn {
  label: string;
  yAxisID: 'loss' | 'accuracy';
  data: { x: number; y: number }[];
  borderColor: string;
  borderWidth: number;
  borderDash?: number[];
  order: number;
  pointRadius: number;
}

interface Axis {
  min: number;
  max: number;
  ticks: { stepSize: number; display: boolean; callback(value: number): string; font: { size: number } };
  afterBuildTicks(scale: { ticks: { value: number }[] }): void;
}

function datasets(config: ChartConfiguration): Drawn[] {
  return config.data.datasets as unknown as Drawn[];
}

function dataset(config: ChartConfiguration, label: string, panel: Drawn['yAxisID'] = 'loss'): Drawn | undefined {
  return datasets(config).find(each => each.label === label && each.yAxisID === panel);
}

function axis(config: ChartConfiguration, name: 'x' | 'loss' | 'accuracy'): Axis {
  return config.options!.scales![name] as unknown as Axis;
}

function lettering(config: ChartConfiguration): Lettering {
  return config.options!.plugins!.lettering as Lettering;
}

function texts(config: ChartConfiguration): string[] {
  return lettering(config).writings.map(({ spans }) => spans.map(({ text }) => text).join(''));
}

function place(config: ChartConfiguration, text: RegExp) {
  return lettering(config).writings.find(({ spans }) => text.test(spans.map(span => span.text).join('')))!;
}

function stepLabels(config: ChartConfiguration): string[] {
  const scale: { ticks: { value: number }[] } = { ticks: [] };
  axis(config, 'x').afterBuildTicks(scale);
  return scale.ticks.map(({ value }) => axis(config, 'x').ticks.callback(value));
}

describe('chart()', () => {
  it.each(['loss', 'accuracy'] as const)(
    'draws raw training pale, its smoothing over it, and evaluation boldest: %s',
    panel => {
      const config = chart(run(), words);
      const raw = dataset(config, 'train, raw', panel)!;
      const smoothed = dataset(config, 'train', panel)!;
      const evaluated = dataset(config, 'eval', panel)!;
      expect(raw.borderColor).toBe(`${palette.light.train}4D`);
      expect([smoothed.borderColor, evaluated.borderColor]).toEqual([palette.light.train, palette.light.eval]);
      expect(evaluated.borderWidth).toBeGreaterThan(smoothed.borderWidth);
      expect(smoothed.borderWidth).toBeGreaterThan(raw.borderWidth);
      // Chart.js draws the lowest order last, on top.
      expect([raw, smoothed, evaluated].map(({ order }) => order)).toEqual([6, 4, 3]);
    },
  );

  it('draws every raw point that was reported, and the evaluation as it is', () => {
    const config = chart(run(), words);
    const { eval_total_loss: evaluated, train_total_loss: train } = curves(300);
    expect(dataset(config, 'train, raw')!.data.map(({ y }) => y)).toEqual(train!.values);
    expect(dataset(config, 'eval')!.data.map(({ x }) => x)).toEqual(evaluated!.steps);
    expect(dataset(config, 'eval')!.data.map(({ y }) => y)).toEqual(evaluated!.values);
  });

  it.each([
    { planned: 300, curves: curves(120), extent: 300 },
    { planned: 300, curves: curves(320), extent: 320 },
    { planned: 300, curves: {}, extent: 300 },
    { planned: 0, curves: curves(40), extent: 40 },
    { planned: 0, curves: {}, extent: 1 },
    { planned: Number.NaN, curves: {}, extent: 1 },
  ])(
    'is as wide as the steps planned, or as far as the run went: $planned planned, $extent wide',
    ({ extent, ...rest }) => {
      const { min, max } = axis(chart(run(rest), words), 'x');
      expect([min, max]).toEqual([0, extent]);
    },
  );

  it('begins where a run goes on counting from an earlier one, and is as wide as what is planned from there', () => {
    const moved = Object.fromEntries(
      Object.entries(curves(120)).map(([tag, { steps, values }]) => [
        tag,
        { values, steps: steps.map(step => 217_800 + step) },
      ]),
    );
    const config = chart(run({ curves: moved, planned: 300, running: true }), words);
    const { min, max } = axis(config, 'x');
    expect([min, max]).toEqual([217_800, 218_100]);
    expect(stepLabels(config)).toEqual(['217,800', '217,900', '218,000', '218,100 steps']);
    const { ahead } = lettering(config);
    const whole = lettering(chart(run({ curves: curves(120), planned: 300, running: true }), words)).ahead;
    expect(ahead).toEqual(whole);
  });

  it('says why there is training alone, once and only then', () => {
    const { train_total_loss, train_fraction_of_correct_next_step_preds } = curves(300);
    const alone = { train_total_loss, train_fraction_of_correct_next_step_preds } as Curves;
    const reasons = (changes: Partial<ChartRun>) =>
      texts(chart(run(changes), words)).filter(text => text.includes('there is no evaluation dataset'));
    expect(reasons({ curves: alone, unevaluated: true })).toHaveLength(1);
    expect(reasons({ curves: alone })).toEqual([]);
  });

  it('says the planned steps at the end of the axis, with round steps before', () => {
    expect(stepLabels(chart(run({ planned: 2000, running: true }), words))).toEqual([
      '0',
      '500',
      '1,000',
      '1,500',
      '2,000 steps',
    ]);
    expect(stepLabels(chart(run({ planned: 0, curves: {} }), words))).toEqual(['0 steps']);
    expect(stepLabels(chart(run({ planned: 1, curves: {} }), words))).toEqual(['0', '1 steps']);
  });

  it('greys the part of a running job that has not run', () => {
    const { ahead } = lettering(chart(run({ curves: curves(120), running: true }), words));
    const whole = 128 + 1036;
    expect(ahead).toEqual({
      x: 128 + 0.4 * 1036,
      width: expect.closeTo(whole - (128 + 0.4 * 1036), 6),
      colour: '#F3F5FA',
    });
  });

  it.each([
    { name: 'finished', grey: false, changes: {} },
    { name: 'finished, last report one interval before the end', grey: false, changes: { curves: curves(299) } },
    { name: 'cancelled long before the end', grey: true, changes: { curves: curves(120) } },
    { name: 'running, nothing reported', grey: true, changes: { curves: {}, running: true } },
    { name: 'stopped early', grey: true, changes: { curves: curves(220), stoppedEarly: 220 } },
    { name: 'stopped early at the very end', grey: false, changes: { stoppedEarly: 300 } },
  ])('greys only what did not run: $name', ({ grey, changes }) => {
    expect(lettering(chart(run(changes), words)).ahead !== undefined).toBe(grey);
  });

  it('labels the ends of the lines with their last values, training smoothed', () => {
    const all = curves(300);
    const written = texts(chart(run(), words));
    expect(written).toContain(`eval ${all.eval_total_loss!.values.at(-1)!.toFixed(3)}`);
    expect(written).toContain(`train ${smooth(all.train_total_loss!).values.at(-1)!.toFixed(3)}`);
    const accuracy = smooth(all.train_fraction_of_correct_next_step_preds!).values.at(-1)!;
    expect(written).toContain(`train ${(accuracy * 100).toFixed(1)}%`);
  });

  it('moves the labels of ends that coincide apart, and keeps them within their panel', () => {
    const same = { steps: [1, 2, 3], values: [0.5, 0.2, 0] };
    const config = chart(run({ curves: { train_total_loss: same, eval_total_loss: same }, planned: 3 }), words);
    const [evaluated, train] = [place(config, /^eval/), place(config, /^train/)];
    expect(train.y - evaluated.y).toBeGreaterThanOrEqual(30);
    expect(train.y).toBeLessThanOrEqual(418);
    expect(evaluated.y).toBeGreaterThan(184);
  });

  it('puts the labels beside the ends where the part not run has room, and in the margin where not', () => {
    const half = chart(run({ curves: curves(120), running: true }), words);
    expect(place(half, /^eval/).x).toBeCloseTo(lettering(half).ahead!.x + 16);
    const nearly = chart(run({ curves: curves(290), running: true }), words);
    const { x, width } = lettering(nearly).ahead!;
    expect(place(nearly, /^eval/).x).toBeCloseTo(x + width + 16);
  });

  it('marks the best evaluation only where one is given', () => {
    const without = chart(run(), words);
    expect(dataset(without, 'best')).toBeUndefined();
    expect(texts(without).join()).not.toContain('best evaluation');
    const config = chart(run({ best: { step: 240 } }), words);
    expect(texts(config)).toContain('best evaluation · 240');
    for (const panel of ['loss', 'accuracy'] as const) {
      const upright = dataset(config, 'best', panel)!;
      expect(upright.data.map(({ x }) => x)).toEqual([240, 240]);
      expect(upright.borderDash).toEqual([7, 7]);
    }
  });

  it('rings the evaluation at the best step, and rings nothing without an evaluation', () => {
    const config = chart(run({ best: { step: 240 } }), words);
    const evaluated = dataset(config, 'eval')!.data.find(({ x }) => x === 240);
    expect(dataset(config, 'best, ring')!.data).toEqual([evaluated]);
    const { train_total_loss } = curves(300);
    const alone = chart(run({ curves: { train_total_loss: train_total_loss! }, best: { step: 240 } }), words);
    expect(dataset(alone, 'best, ring')).toBeUndefined();
    expect(dataset(alone, 'best')).toBeDefined();
  });

  it('leaves out a best step that lies outside the picture', () => {
    for (const step of [-1, 301, Number.NaN]) {
      expect(dataset(chart(run({ best: { step } }), words), 'best')).toBeUndefined();
    }
  });

  it('marks an early stop with a solid line and its step', () => {
    const config = chart(run({ curves: curves(220), stoppedEarly: 220 }), words);
    expect(texts(config)).toContain('early stop · 220');
    const upright = dataset(config, 'earlyStop', 'accuracy')!;
    expect(upright.data.map(({ x }) => x)).toEqual([220, 220]);
    expect(upright.borderDash).toBeUndefined();
    expect(lettering(config).ahead!.x).toBeCloseTo(128 + (220 / 300) * 1036);
  });

  it('keeps the labels of close marks on two rows, the dashed line below the first', () => {
    const config = chart(run({ curves: curves(270), stoppedEarly: 270, best: { step: 240 } }), words);
    expect(place(config, /^best/).y - place(config, /^early/).y).toBeGreaterThanOrEqual(30);
    const { max } = axis(config, 'loss');
    expect(dataset(config, 'best')!.data[0]!.y).toBeLessThan(max);
    expect(dataset(config, 'best', 'accuracy')!.data[0]!.y).toBe(axis(config, 'accuracy').max);
  });

  it('keeps every marker label within the card', () => {
    for (const step of [20, 80, 160, 300]) {
      const config = chart(run({ curves: curves(step), stoppedEarly: step, best: { step: 20 } }), words);
      for (const mark of [place(config, /^early/), place(config, /^best/)]) {
        const length = mark.spans[0]!.text.length * 15;
        expect(mark.align === 'left' ? mark.x + length : mark.x).toBeLessThan(size.width);
        expect(mark.align === 'left' ? mark.x : mark.x - length).toBeGreaterThan(100);
      }
    }
  });

  it('says in words where a line starts that the panel does not show', () => {
    const config = chart(run(), words);
    const first = curves(300).train_total_loss!.values[0]!;
    expect(first).toBeGreaterThan(axis(config, 'loss').max);
    expect(texts(config)).toContain(`Loss   ▲ starts at ${first.toFixed(2)}`);
    expect(texts(config).find(text => text.startsWith('Token accuracy'))).toMatch(/▼ starts at \d\d%$/);
  });

  it('says nothing of the start where the panel shows it', () => {
    const slow = { train_total_loss: series(300, 1, step => 2 - step / 300) };
    const config = chart(run({ curves: slow }), words);
    expect(axis(config, 'loss').max).toBeGreaterThanOrEqual(slow.train_total_loss.values[0]!);
    expect(texts(config)).toContain('Loss');
  });

  it('makes room for a loss that rises at the end', () => {
    const diverging = { eval_total_loss: series(300, 10, step => (step > 200 ? step / 10 : 1)) };
    expect(axis(chart(run({ curves: diverging }), words), 'loss').max).toBeGreaterThanOrEqual(30);
  });

  it('does not stretch a constant until its noise looks like news', () => {
    const flat = { eval_fraction_of_correct_next_step_preds: series(300, 10, step => 0.9 + (step % 20) / 1e5) };
    const { min, max } = axis(chart(run({ curves: flat }), words), 'accuracy');
    expect(max - min).toBeGreaterThanOrEqual(0.1 - 1e-9);
  });

  it('takes all its words and its numbers from those it is given', () => {
    const marked: ChartWords = {
      loss: '«1»',
      tokenAccuracy: '«2»',
      train: '«3»',
      eval: '«4»',
      best: '«5»',
      earlyStop: '«6»',
      steps: '«7»',
      startsAt: '«8»',
      unevaluated: '«9»',
      locale: 'fr',
    };
    const config = chart(
      run({
        title: '',
        subtitle: '',
        planned: 2000,
        stoppedEarly: 1640,
        curves: curves(1640),
        best: { step: 1420 },
        unevaluated: true,
      }),
      marked,
    );
    const all = [...texts(config), ...stepLabels(config)].join('\n');
    for (const word of Object.values(marked)) if (word !== 'fr') expect(all).toContain(word);
    expect(all.replaceAll(/«\d»/g, '')).not.toMatch(/\p{Letter}/u);
    expect(all).toMatch(/2\s000 «7»/u);
    expect(all).toMatch(/«4» 0,700/);
    expect(all).toMatch(/«4» 80,0\s%/u);
  });

  it('writes a title on one line and without emoji', () => {
    expect(texts(chart(run({ title: 'déjà 🚀\nvu ✔️ №1' }), words))[0]).toBe('déjà vu №1');
  });

  it('writes nothing smaller than 26 pixels', () => {
    const config = chart(run({ best: { step: 240 }, stoppedEarly: 290 }), words);
    const sizes = lettering(config).writings.flatMap(({ spans }) =>
      spans.map(({ font }) => /(\d+)px Inter$/.exec(font)?.[1]),
    );
    const ticks = (['x', 'loss', 'accuracy'] as const).map(name => axis(config, name).ticks.font.size);
    for (const each of [...sizes, ...ticks]) expect(Number(each)).toBeGreaterThanOrEqual(26);
  });

  it.each<[string, Partial<ChartRun>]>([
    ['nothing', { curves: {}, planned: 0 }],
    ['empty series', { curves: { train_total_loss: { steps: [], values: [] } } }],
    ['one step', { curves: curves(1, { every: 1 }), running: true }],
    ['one step of one', { curves: curves(1, { every: 1 }), planned: 1, best: { step: 1 } }],
    ['step 0', { curves: { eval_total_loss: { steps: [0], values: [0] } }, planned: 0, best: { step: 0 } }],
    ['no evaluation', { curves: { train_total_loss: series(300, 1, () => 1) } }],
    ['evaluation alone', { curves: { eval_total_loss: series(300, 20, step => step) } }],
    ['NaN', { curves: { train_total_loss: { steps: [1, 2, Number.NaN, 4], values: [1, Number.NaN, 3, 2] } } }],
    ['infinite', { curves: { train_total_loss: { steps: [1, 2, 3], values: [1, Number.POSITIVE_INFINITY, 1e308] } } }],
    ['negative', { curves: { eval_total_loss: series(3, 1, () => -2) }, stoppedEarly: -5 }],
    ['tiny and huge', { curves: { train_total_loss: { steps: [1, 2, 3], values: [1e-320, 1e-9, 1e20] } } }],
    ['almost zero', { curves: { train_total_loss: series(3, 1, () => 1e-320) } }],
    ['values missing', { curves: { train_total_loss: { steps: [1, 2, 3], values: [1] } } }],
    ['accuracy beyond 1', { curves: { eval_fraction_of_correct_next_step_preds: series(3, 1, () => 1.5) } }],
  ])('has finite axes, ends and points whatever it is given: %s', (_, changes) => {
    const config = chart(run(changes), words);
    for (const name of ['x', 'loss', 'accuracy'] as const) {
      const { min, max } = axis(config, name);
      expect(Number.isFinite(max - min) && max > min, `${name}: ${min} to ${max}`).toBe(true);
    }
    for (const panel of ['loss', 'accuracy'] as const) {
      const { min, max, ticks } = axis(config, panel);
      const intervals = (max - min) / ticks.stepSize;
      expect(intervals).toBeCloseTo(Math.round(intervals));
      expect(intervals).toBeLessThanOrEqual(5 + 1e-6);
    }
    for (const { data } of datasets(config)) for (const { x, y } of data) expect(Number.isFinite(x + y)).toBe(true);
    for (const { x, y } of lettering(config).writings) expect(Number.isFinite(x + y)).toBe(true);
  });

  it('shows no numbers beside a loss panel without a loss', () => {
    expect(axis(chart(run({ curves: {} }), words), 'loss').ticks.display).toBe(false);
    expect(axis(chart(run(), words), 'loss').ticks.display).toBe(true);
  });

  it('shows one point as a dot, and a short evaluation with its points', () => {
    const one = chart(run({ curves: curves(1, { every: 1 }), running: true }), words);
    expect(dataset(one, 'eval')!.pointRadius).toBe(8);
    expect(dataset(chart(run(), words), 'eval')!.pointRadius).toBe(5);
    expect(dataset(chart(run({ curves: curves(300, { every: 2 }) }), words), 'eval')!.pointRadius).toBe(0);
  });

  it('leaves the run it is given as it is', () => {
    const given = run({ best: { step: 240 } });
    const before = structuredClone(given);
    chart(given, words);
    expect(given).toEqual(before);
  });
});
