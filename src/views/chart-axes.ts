import type { ChartOptions, Scale } from 'chart.js';
import { family, fonts, widthOf } from './chart-fonts.ts';
import type { Frame } from './chart-frame.ts';
import { margin, panels, plot, size } from './chart-layout.ts';
import type { Colours } from './chart-palette.ts';
import type { Panel } from './chart-panel.ts';
import { type ChartWords, numbersIn } from './chart-words.ts';
import { roundAxis } from './round-axis.ts';

type Axes = NonNullable<ChartOptions<'line'>['scales']>;

/** The axis of steps, with round steps and at its end the last one in words. */
export function stepAxis(
  frame: Frame,
  { words, colours }: { words: ChartWords; colours: Colours },
): NonNullable<Axes['x']> {
  const { x, from, extent, right } = frame;
  const written = numbersIn(words);
  const last = `${written.steps(extent)} ${words.steps}`;
  const ticks = [...rounds(), extent];
  return {
    type: 'linear',
    min: from,
    max: extent || 1,
    afterFit: fixed({ height: size.height - panels.accuracy.bottom }),
    afterBuildTicks: scale => {
      scale.ticks = ticks.map(value => ({ value }));
    },
    border: { color: colours.base, width: 2 },
    grid: { display: false },
    ticks: {
      align: 'inner',
      autoSkip: false,
      maxRotation: 0,
      padding: 8,
      color: colours.soft,
      font: { family, size: 26 },
      callback: value => (Number(value) === extent ? last : written.steps(Number(value))),
    },
  };

  /** The round steps whose labels leave room for the last one's. */
  function rounds(): number[] {
    const end = right - widthOf([last], fonts.tick);
    const { step } = roundAxis({ low: from, high: extent || 1 }, { least: 1 });
    const begin = Math.ceil(from / step) * step;
    const all = Array.from({ length: Math.ceil((extent - begin) / step) }, (_, i) => begin + i * step);
    return all.filter(at => x(at) + widthOf([written.steps(at)], fonts.tick) / 2 + 16 < end);
  }
}

/** The axis of a panel's values; both panels and the gap between them are one stack, loss on top. */
export function valueAxis(
  { name, range, empty }: Panel,
  { words, colours }: { words: ChartWords; colours: Colours },
): NonNullable<Axes['y']> {
  const written = numbersIn(words);
  return {
    type: 'linear',
    position: 'left',
    stack: 'panels',
    stackWeight: panels[name].bottom - panels[name].top,
    weight: name === 'loss' ? 3 : 1,
    min: range.min,
    max: range.max,
    afterFit: fixed({ width: plot.left - margin }),
    border: { display: false },
    grid: { color: colours.grid, lineWidth: 1.5, drawTicks: false },
    ticks: {
      display: !(empty && name === 'loss'),
      stepSize: range.step,
      autoSkip: false,
      padding: 12,
      color: colours.soft,
      font: { family, size: 26 },
      callback: value => written.tick(name, Number(value), range.step),
    },
  };
}

/** The axis that shows nothing and keeps the two panels apart. */
export function gapAxis(): NonNullable<Axes['y']> {
  return {
    type: 'linear',
    position: 'left',
    stack: 'panels',
    stackWeight: panels.accuracy.top - panels.loss.bottom,
    weight: 2,
    afterFit: fixed({ width: plot.left - margin }),
    border: { display: false },
    grid: { display: false },
    ticks: { display: false },
  };
}

function fixed(dimensions: { width?: number; height?: number }) {
  return (scale: Scale) => {
    Object.assign(scale, dimensions);
  };
}
