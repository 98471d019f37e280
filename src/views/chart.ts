import type { Chart, ChartConfiguration, ChartDataset, ChartType, Plugin, Scale } from 'chart.js';
import { type Curves, end, furthest, type Series, tags, tidy } from '../job/curves.ts';

/** What a chart is drawn from: one run, its curves so far, and the steps it was planned for. */
export interface ChartRun {
  title: string;
  subtitle: string;
  curves: Curves;
  planned: number;
  running: boolean;
  /** The step at which early stopping ended the run. */
  stoppedEarly?: number | undefined;
  /** The step to mark as the best evaluation. */
  best?: { step: number } | undefined;
  theme?: Theme | undefined;
}

/** The words of a chart, in the language of whoever will see it. */
export interface ChartWords {
  loss: string;
  tokenAccuracy: string;
  train: string;
  eval: string;
  best: string;
  earlyStop: string;
  steps: string;
  startsAt: string;
  /** The language tag that numbers are written in; English where it is missing. */
  locale?: string | undefined;
}

/** The ground a chart is drawn on. */
export type Theme = 'light' | 'dark';

/** A chart's width and height in pixels. */
export const size = { width: 1200, height: 750 } as const;

/** A chart's colours; train and eval stay apart for every common colour blindness, and best and early stop also differ by dash and word. */
export const palette = {
  light: {
    card: '#FFFFFF',
    border: '#D5D9E2',
    ahead: '#F3F5FA',
    grid: '#E3E6EC',
    base: '#B4BAC5',
    strong: '#1A1D29',
    soft: '#5A6272',
    train: '#D97706',
    trainText: '#B45309',
    eval: '#0072B2',
    evalText: '#005A8E',
    best: '#047857',
    earlyStop: '#B42318',
  },
  dark: {
    card: '#1A1D21',
    border: '#3B4048',
    ahead: '#23272D',
    grid: '#31363D',
    base: '#59606B',
    strong: '#F4F5F7',
    soft: '#A9B0BC',
    train: '#E8930C',
    trainText: '#F5B041',
    eval: '#56B4E9',
    evalText: '#7CC7F2',
    best: '#34D399',
    earlyStop: '#F98080',
  },
} as const satisfies Record<Theme, Record<string, string>>;

type Colours = Record<keyof (typeof palette)['light'], string>;
type Split = 'train' | 'eval';
type PanelName = 'loss' | 'accuracy';

interface Point {
  x: number;
  y: number;
}

/** One line of text at a place in the picture; what does not fit into `width` ends in an ellipsis. */
export interface Writing {
  x: number;
  y: number;
  align: 'left' | 'right';
  width: number;
  halo: boolean;
  spans: { text: string; font: string; colour: string }[];
}

/** What Chart.js does not draw by itself: the card, the part not yet run, and every text but the axes'. */
export interface Lettering {
  card: string;
  border: string;
  ahead: { x: number; width: number; colour: string } | undefined;
  writings: Writing[];
}

declare module 'chart.js' {
  interface PluginOptionsByType<TType extends ChartType> {
    lettering?: Lettering;
  }
}

const none: Series = { steps: [], values: [] };

const margin = 36;
const plotLeft = 128;
const plotRight = size.width - margin;
const panels = {
  loss: { heading: 163, top: 184, bottom: 418 },
  accuracy: { heading: 467, top: 489, bottom: 685 },
} as const;
const axisEnd = size.height;
const labelGap = 16;
const labelLine = 34;
const markerRow = 34;

const family = 'Inter';
const fonts = {
  title: `700 38px ${family}`,
  subtitle: `400 27px ${family}`,
  heading: `600 29px ${family}`,
  note: `400 26px ${family}`,
  label: `600 28px ${family}`,
  marker: `600 26px ${family}`,
  tick: `400 26px ${family}`,
} as const;

/** Draws a run's loss and token accuracy as one picture of two panels over the steps planned. */
export function chart(asked: ChartRun, words: ChartWords): ChartConfiguration {
  const run = sound(asked);
  const colours: Colours = palette[run.theme ?? 'light'];
  const shown = { loss: panelOf(run, 'loss'), accuracy: panelOf(run, 'accuracy') };
  const written = numbers(words.locale);
  const labels = { loss: endLabels('loss', shown.loss), accuracy: endLabels('accuracy', shown.accuracy) };
  const frame = frameOf(run, width([...labels.loss, ...labels.accuracy], fonts.label));
  const marks = markers(run, frame);
  const ticks = stepTicks(frame);

  function endLabels(name: PanelName, { train, eval: evaluated }: Panel) {
    const ends: { split: Split; text: string; value: number }[] = [];
    for (const [split, series] of [
      ['eval', evaluated],
      ['train', smooth(train)],
    ] as const) {
      const last = end(series);
      if (last) ends.push({ split, text: `${words[split]} ${written.exact(name, last.value)}`, value: last.value });
    }
    return ends;
  }

  function stepTicks({ x, extent, right }: Frame) {
    const end = width([{ text: `${written.steps(extent)} ${words.steps}` }], fonts.tick);
    const { step } = nice(0, extent || 1, { least: 1 });
    const rounds = Array.from({ length: Math.ceil(extent / step) }, (_, i) => i * step);
    const apart = rounds.filter(at => x(at) + width([{ text: written.steps(at) }], fonts.tick) / 2 + 16 < right - end);
    return [...apart, extent];
  }

  function markers({ stoppedEarly, best }: ChartRun, { x, right, ahead }: Frame) {
    const stop = stoppedEarly === undefined ? undefined : marker('earlyStop', stoppedEarly, right);
    const top = best && marker('best', best.step, ahead ?? right);
    const under = stop && top && top.from < stop.to && stop.from < top.to;
    return { earlyStop: stop, best: top && { ...top, row: under ? 1 : 0 } };

    /** A line's label stands beside the line, within the limit; where there is no room on either side, beyond the limit. */
    function marker(kind: 'best' | 'earlyStop', step: number, limit: number) {
      const text = `${words[kind]} · ${written.steps(step)}`;
      const wide = width([{ text }], fonts.marker) + labelGap;
      const at = x(step);
      const fitsRight = at + wide <= limit;
      const fitsLeft = at - wide >= plotLeft;
      const late = kind === 'best' && at > (plotLeft + right) / 2;
      const align = fitsLeft && (late || !fitsRight) ? 'right' : 'left';
      const anchor = align === 'right' || fitsRight ? at : Math.min(limit, right - wide);
      const from = align === 'right' ? at - wide : Math.min(at, anchor) - labelGap;
      const to = align === 'right' ? at + labelGap : anchor + wide;
      return { step, text, align, row: 0, from, to, x: anchor + (align === 'right' ? -labelGap : labelGap) } as const;
    }
  }

  function writings(): Writing[] {
    const roomy = size.width - 2 * margin;
    const all = [
      write(margin, 64, roomy, [{ text: drawn(run.title), font: fonts.title, colour: colours.strong }]),
      write(margin, 106, roomy, [{ text: drawn(run.subtitle), font: fonts.subtitle, colour: colours.soft }]),
    ];
    for (const name of ['loss', 'accuracy'] as const) all.push(heading(name), ...ends(name));
    for (const kind of ['earlyStop', 'best'] as const) {
      const mark = marks[kind];
      if (!mark) continue;
      const y = panels.loss.top + 28 + mark.row * markerRow;
      const writing = write(mark.x, y, roomy, [{ text: mark.text, font: fonts.marker, colour: colours[kind] }]);
      all.push({ ...writing, align: mark.align, halo: mark.x <= (frame.ahead ?? frame.right) });
    }
    return all;
  }

  function heading(name: PanelName): Writing {
    const { range, first } = shown[name];
    const spans: Writing['spans'] = [
      { text: name === 'loss' ? words.loss : words.tokenAccuracy, font: fonts.heading, colour: colours.strong },
    ];
    if (first !== undefined && (first > range.max || first < range.min)) {
      const note = `   ${first > range.max ? '▲' : '▼'} ${words.startsAt} ${written.brief(name, first)}`;
      spans.push({ text: note, font: fonts.note, colour: colours.soft });
    }
    return write(margin, panels[name].heading, size.width - 2 * margin, spans);
  }

  function ends(name: PanelName): Writing[] {
    const { top, bottom } = panels[name];
    const { min, max } = shown[name].range;
    const beyond = [marks.earlyStop, marks.best].flatMap(mark => (mark && mark.to > frame.label ? [mark.row + 1] : []));
    const taken = name === 'loss' && beyond.length ? Math.max(...beyond) * markerRow + 6 : 0;
    const wanted = labels[name]
      .map(label => ({ ...label, y: bottom - ((label.value - min) / (max - min)) * (bottom - top) }))
      .sort((a, b) => a.y - b.y || (a.split === 'eval' ? -1 : 1));
    const placed = apart(
      wanted.map(label => label.y),
      { gap: labelLine, from: top + 14 + taken, to: bottom - 14 },
    );
    return wanted.map(({ split, text }, i) =>
      write(frame.label, placed[i]! + 10, size.width - 12 - frame.label, [
        { text, font: fonts.label, colour: colours[`${split}Text`] },
      ]),
    );
  }

  function datasets(name: PanelName): ChartDataset<'line', Point[]>[] {
    const { train, eval: evaluated, range } = shown[name];
    const smoothed = smooth(train);
    const lines = [
      line('eval', evaluated, { borderColor: colours.eval, borderWidth: 4.5, order: 3, ...dots(evaluated, 30) }),
      line('train', smoothed, { borderColor: colours.train, borderWidth: 3, order: 4, ...dots(train, 12) }),
    ];
    if (smoothed !== train) {
      lines.push(line('train, raw', train, { borderColor: `${colours.train}4D`, borderWidth: 2, order: 6 }));
    }
    for (const kind of ['best', 'earlyStop'] as const) {
      const mark = marks[kind];
      if (!mark) continue;
      const { top, bottom } = panels[name];
      const lowered = name === 'loss' ? (mark.row * (markerRow + 4) * (range.max - range.min)) / (bottom - top) : 0;
      const upright = { steps: [mark.step, mark.step], values: [range.max - lowered, range.min] };
      const style = kind === 'best' ? { borderDash: [7, 7] } : {};
      lines.push(line(kind, upright, { borderColor: colours[kind], borderWidth: 3, order: 5, ...style }));
      const value = kind === 'best' ? at(evaluated, mark.step) : undefined;
      if (value === undefined) continue;
      const ring = { pointRadius: 10, pointBorderWidth: 4.5, pointBackgroundColor: colours.card, order: 1 };
      lines.push(line('best, ring', { steps: [mark.step], values: [value] }, { borderColor: colours.best, ...ring }));
    }
    return lines.map(dataset => ({ ...dataset, yAxisID: name }));
  }

  function line(label: string, series: Series, style: Partial<ChartDataset<'line', Point[]>>) {
    const sides = label === 'best, ring' ? 14 : 8;
    const dataset: ChartDataset<'line', Point[]> = {
      label,
      data: series.steps.map((x, i) => ({ x, y: series.values[i]! })),
      pointRadius: 0,
      borderJoinStyle: 'round',
      clip: { left: sides, right: sides, top: sides - 8, bottom: sides - 8 },
      pointBorderColor: style.borderColor as string,
      pointBackgroundColor: style.borderColor as string,
      ...style,
    };
    return dataset;
  }

  function vertical(name: PanelName) {
    const { range, empty } = shown[name];
    return {
      type: 'linear' as const,
      position: 'left' as const,
      stack: 'panels',
      stackWeight: panels[name].bottom - panels[name].top,
      weight: name === 'loss' ? 3 : 1,
      min: range.min,
      max: range.max,
      afterFit: fixed({ width: plotLeft - margin }),
      border: { display: false },
      grid: { color: colours.grid, lineWidth: 1.5, drawTicks: false },
      ticks: {
        display: !(empty && name === 'loss'),
        stepSize: range.step,
        autoSkip: false,
        padding: 12,
        color: colours.soft,
        font: { family, size: 26 },
        callback: (value: number | string) => written.tick(name, Number(value), range.step),
      },
    };
  }

  const config: ChartConfiguration<'line', Point[]> = {
    type: 'line',
    data: { datasets: [...datasets('loss'), ...datasets('accuracy')] },
    options: {
      responsive: false,
      animation: false,
      parsing: false,
      normalized: true,
      locale: words.locale ?? 'en',
      layout: { autoPadding: false, padding: { left: margin, right: size.width - frame.right, top: panels.loss.top } },
      scales: {
        x: {
          type: 'linear',
          min: 0,
          max: frame.extent || 1,
          afterFit: fixed({ height: axisEnd - panels.accuracy.bottom }),
          afterBuildTicks: (scale: Scale) => {
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
            callback: value =>
              Number(value) === frame.extent
                ? `${written.steps(frame.extent)} ${words.steps}`
                : written.steps(Number(value)),
          },
        },
        loss: vertical('loss'),
        between: {
          type: 'linear',
          position: 'left',
          stack: 'panels',
          stackWeight: panels.accuracy.top - panels.loss.bottom,
          weight: 2,
          afterFit: fixed({ width: plotLeft - margin }),
          border: { display: false },
          grid: { display: false },
          ticks: { display: false },
        },
        accuracy: vertical('accuracy'),
      },
      plugins: {
        legend: { display: false },
        tooltip: { enabled: false },
        lettering: {
          card: colours.card,
          border: colours.border,
          ahead:
            frame.ahead === undefined
              ? undefined
              : { x: frame.ahead, width: frame.right - frame.ahead, colour: colours.ahead },
          writings: writings(),
        },
      },
    },
    plugins: [lettering],
  };
  return config as ChartConfiguration;
}

/** Smooths a series as TensorBoard does, by a debiased exponential average, the more so the longer it is; sixteen points or fewer are returned as they are. */
export function smooth(series: Series): Series {
  const weight = 1 - 4 / Math.sqrt(series.values.length);
  if (!(weight > 0)) return series;
  let sum = 0;
  let mass = 0;
  const values = series.values.map(value => {
    sum = weight * sum + (1 - weight) * value;
    mass = weight * mass + (1 - weight);
    return sum / mass;
  });
  return { steps: series.steps, values };
}

const blocks = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** Draws a series as a line of text, lowest ▁ to highest █, at most `width` characters long. */
export function sparkline(series: Series, width = 24): string {
  const values = series.values.filter(Number.isFinite);
  const count = Math.min(values.length, Math.max(0, Math.floor(width)));
  const means = Array.from({ length: count }, (_, i) => {
    const part = values.slice(Math.floor((i * values.length) / count), Math.floor(((i + 1) * values.length) / count));
    return part.reduce((sum, value) => sum + value / part.length, 0);
  });
  const low = Math.min(...means);
  const span = Math.max(...means) - low;
  return means.map(mean => blocks[span > 0 ? Math.round(((mean - low) / span) * 7) : 3]).join('');
}

interface Panel {
  train: Series;
  eval: Series;
  range: { min: number; max: number; step: number };
  first: number | undefined;
  empty: boolean;
}

function panelOf({ curves, best }: ChartRun, name: PanelName): Panel {
  const metric = name === 'loss' ? 'total_loss' : 'fraction_of_correct_next_step_preds';
  const train = curves[`train_${metric}`] ?? none;
  const evaluated = curves[`eval_${metric}`] ?? none;
  const kept = best && at(evaluated, best.step);
  const { low, high } = visible(train, evaluated, kept);
  const floor = Math.min(0, low);
  const bounds = name === 'loss' ? { floor, span: high * 0.1 } : { floor, span: 0.1, ceiling: Math.max(1, high) };
  const empty = !train.steps.length && !evaluated.steps.length;
  return {
    train,
    eval: evaluated,
    range: empty ? { min: 0, max: 1, step: 0.25 } : nice(...padded(low, high, bounds)),
    first: train.values[0] ?? evaluated.values[0],
    empty,
  };
}

/** The values to make room for: every line, and nearly all of the raw points, but not a steep start that would flatten the rest. */
function visible(train: Series, evaluated: Series, kept: number | undefined): { low: number; high: number } {
  const lines = [smooth(train), evaluated];
  const steps = lines.flatMap(({ steps }) => steps);
  const first = Math.min(...steps);
  const from = first + (Math.max(...steps) - first) * 0.08;
  const whole = extremes(Number.NEGATIVE_INFINITY);
  const later = extremes(from);
  return whole.high - whole.low > 1.3 * (later.high - later.low) && later.high > later.low ? later : whole;

  function extremes(since: number) {
    const raw = after(train, since).sort((a, b) => a - b);
    const most = raw.slice(Math.floor(raw.length * 0.01), Math.ceil(raw.length * 0.99));
    const values = [...lines.flatMap(line => after(line, since)), ...most.slice(0, 1), ...most.slice(-1)];
    if (kept !== undefined) values.push(kept);
    return { low: Math.min(...values), high: Math.max(...values) };
  }

  function after({ steps, values }: Series, since: number): number[] {
    return values.filter((_, i) => steps[i]! >= since);
  }
}

/** Two values with some air around them, and far enough apart that noise does not look like news. */
function padded(low: number, high: number, bounds: { floor: number; ceiling?: number; span: number }) {
  const air = Math.max((high - low) * 0.05, ((bounds.span > 1e-12 ? bounds.span : 0.1) - (high - low)) / 2);
  return [Math.max(bounds.floor, low - air), Math.min(bounds.ceiling ?? Infinity, high + air)] as const;
}

/** The tightest axis of round numbers around two values, in two to five intervals. */
function nice(low: number, high: number, { least = 0 } = {}): { min: number; max: number; step: number } {
  const magnitude = 10 ** Math.floor(Math.log10((high - low) / 5));
  const axes = [1, 2, 5, 10, 20]
    .map(digits => Math.max(least, digits * magnitude))
    .map(step => ({ step, min: Math.floor(low / step + 1e-9) * step, max: Math.ceil(high / step - 1e-9) * step }))
    .filter(({ step, min, max }) => Math.round((max - min) / step) <= 5 && (!least || Number.isInteger(step)));
  return axes.reduce((best, axis) => (axis.max - axis.min < best.max - best.min - axis.step * 1e-6 ? axis : best));
}

interface Frame {
  extent: number;
  right: number;
  /** Where the part not run begins, in pixels; nothing where all was run. */
  ahead: number | undefined;
  /** Where the labels of the lines' ends begin, in pixels. */
  label: number;
  x(step: number): number;
}

function frameOf({ curves, planned, running, stoppedEarly }: ChartRun, labelWidth: number): Frame {
  const reached = Math.max(0, furthest(curves) ?? 0, stoppedEarly ?? 0);
  const extent = Math.max(reached, planned);
  // A finished run reports its last point up to one interval before its last step.
  const unfinished = running || stoppedEarly !== undefined || reached + interval(curves) < extent;
  const partial = unfinished && reached < extent;
  const x = (right: number) => (step: number) => plotLeft + (step / (extent || 1)) * (right - plotLeft);
  const inside = partial && x(plotRight)(reached) + labelGap + labelWidth <= plotRight;
  const right = inside || !labelWidth ? plotRight : size.width - 22 - Math.min(labelWidth, 330) - labelGap;
  return {
    extent,
    right,
    ahead: partial ? x(right)(reached) : undefined,
    label: (inside ? x(right)(reached) : right) + labelGap,
    x: x(right),
  };
}

/** The steps between the last two reports of the series that got furthest. */
function interval(curves: Curves): number {
  const reached = furthest(curves);
  const gaps = Object.values(curves)
    .filter(series => end(series)?.step === reached && series.steps.length > 1)
    .map(({ steps }) => steps.at(-1)! - steps.at(-2)!);
  return gaps.length ? Math.max(...gaps) : 0;
}

/** A run without what cannot be drawn: steps and values that are not numbers or beyond all measure, marks outside the picture. */
function sound(run: ChartRun): ChartRun {
  const curves: Curves = {};
  for (const tag of tags) {
    const points = run.curves[tag]?.steps.map((step, i) => ({ step, value: run.curves[tag]!.values[i] ?? Number.NaN }));
    if (points)
      curves[tag] = tidy(points.filter(({ step, value }) => Number.isFinite(step) && Math.abs(value) < 1e100));
  }
  const stoppedEarly = run.stoppedEarly !== undefined && run.stoppedEarly >= 0 ? run.stoppedEarly : undefined;
  const planned = Number.isFinite(run.planned) ? run.planned : 0;
  const extent = Math.max(0, planned, furthest(curves) ?? 0, stoppedEarly ?? 0);
  const best = run.best && run.best.step >= 0 && run.best.step <= extent ? run.best : undefined;
  return { ...run, curves, stoppedEarly, planned, best };
}

/** A series' value at a step, on the straight line between its neighbours. */
function at({ steps, values }: Series, step: number): number | undefined {
  const i = steps.findIndex(known => known >= step);
  if (i < 0 || (i === 0 && steps[0] !== step)) return undefined;
  if (steps[i] === step) return values[i];
  const share = (step - steps[i - 1]!) / (steps[i]! - steps[i - 1]!);
  return values[i - 1]! + share * (values[i]! - values[i - 1]!);
}

function dots({ steps }: Series, most: number) {
  return { pointRadius: steps.length === 1 ? 8 : steps.length <= most ? 5 : 0 };
}

/** Moves sorted places down, then up, until each is a gap from the next and all lie within bounds. */
function apart(places: readonly number[], { gap, from, to }: { gap: number; from: number; to: number }): number[] {
  const middle = places.reduce((sum, place) => sum + place / places.length, 0);
  const close = places.some((place, i) => i > 0 && place - places[i - 1]! < gap);
  const spread = close ? places.map((_, i) => middle + (i - (places.length - 1) / 2) * gap) : places;
  const low = Math.max(0, from - (spread[0] ?? from));
  const high = Math.max(0, (spread.at(-1) ?? to) - to);
  return spread.map(place => place + low - high);
}

function numbers(locale = 'en') {
  function format(value: number, options: Intl.NumberFormatOptions) {
    return new Intl.NumberFormat(locale, options).format(value);
  }
  function significant(value: number): Intl.NumberFormatOptions {
    const size = Math.abs(value);
    const long = size >= 1e5 || (size > 0 && size < 1e-3);
    return long
      ? { notation: 'scientific', maximumSignificantDigits: 3 }
      : { minimumSignificantDigits: 3, maximumSignificantDigits: 3 };
  }
  return {
    steps: (value: number) => format(value, { maximumFractionDigits: 0 }),
    exact: (name: PanelName, value: number) =>
      name === 'loss'
        ? format(value, significant(value))
        : format(value, { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 }),
    brief: (name: PanelName, value: number) =>
      name === 'loss' ? format(value, significant(value)) : format(value, { style: 'percent' }),
    tick: (name: PanelName, value: number, step: number) => {
      const style = name === 'loss' ? ('decimal' as const) : ('percent' as const);
      const scaled = name === 'loss' ? step : step * 100;
      if (name === 'loss' && (step < 1e-3 || step >= 1e4)) return format(value, significant(step));
      const places =
        [0, 1, 2, 3, 4, 5].find(n => Math.abs(scaled * 10 ** n - Math.round(scaled * 10 ** n)) < 1e-6) ?? 6;
      return format(value, { style, minimumFractionDigits: places, maximumFractionDigits: places });
    },
  };
}

/** The width of the longest text in Inter, in pixels, estimated so that a view need not measure; a little more than it takes. */
function width(texts: readonly { text: string }[], font: string): number {
  const height = Number(/(\d+)px/.exec(font)?.[1]);
  const ems = texts.map(({ text }) => [...text].reduce((sum, letter) => sum + em(letter), 0));
  return Math.ceil(Math.max(0, ...ems) * height);
}

function em(letter: string): number {
  if (/[\s.,:;·'’iljtfr()|!-]/u.test(letter)) return 0.36;
  return /[mwMW%@]/u.test(letter) ? 0.92 : 0.63;
}

/** A person's words as this font can draw them: on one line, without emoji. */
function drawn(text: string): string {
  return text
    .replace(/\p{Emoji_Presentation}|\p{Extended_Pictographic}\uFE0F|[\u200D\uFE0F]/gu, '')
    .replace(/\s+/gu, ' ')
    .trim();
}

function write(x: number, y: number, width: number, spans: Writing['spans']): Writing {
  return { x, y, align: 'left', width, halo: false, spans };
}

function fixed(dimensions: { width?: number; height?: number }) {
  return (scale: Scale) => {
    Object.assign(scale, dimensions);
  };
}

interface Pen {
  font: string;
  fillStyle: string;
  strokeStyle: string;
  lineWidth: number;
  lineJoin: string;
  textAlign: string;
  textBaseline: string;
  save(): void;
  restore(): void;
  fillRect(x: number, y: number, width: number, height: number): void;
  strokeRect(x: number, y: number, width: number, height: number): void;
  fillText(text: string, x: number, y: number): void;
  strokeText(text: string, x: number, y: number): void;
  measureText(text: string): { width: number };
}

const lettering: Plugin<'line', Lettering> = {
  id: 'lettering',
  beforeDraw(chart: Chart<'line'>, _: unknown, { card, border, ahead }) {
    const pen: Pen = chart.ctx;
    pen.save();
    pen.fillStyle = card;
    pen.fillRect(0, 0, size.width, size.height);
    pen.strokeStyle = border;
    pen.lineWidth = 1;
    pen.strokeRect(0.5, 0.5, size.width - 1, size.height - 1);
    if (ahead) {
      pen.fillStyle = ahead.colour;
      for (const { top, bottom } of Object.values(panels)) pen.fillRect(ahead.x, top, ahead.width, bottom - top);
    }
    pen.restore();
  },
  afterDraw(chart: Chart<'line'>, _: unknown, { card, writings }) {
    const pen: Pen = chart.ctx;
    pen.save();
    pen.textAlign = 'left';
    pen.textBaseline = 'alphabetic';
    pen.strokeStyle = card;
    pen.lineWidth = 8;
    pen.lineJoin = 'round';
    for (const { x, y, align, width, halo, spans } of writings) {
      let left = align === 'left' ? x : x - spans.reduce((sum, span) => sum + measure(pen, span), 0);
      const limit = left + width;
      for (const span of spans) {
        const text = shortened(pen, span, limit - left);
        pen.font = span.font;
        pen.fillStyle = span.colour;
        if (halo) pen.strokeText(text, left, y);
        pen.fillText(text, left, y);
        left += pen.measureText(text).width;
      }
    }
    pen.restore();
  },
};

function measure(pen: Pen, { text, font }: { text: string; font: string }): number {
  pen.font = font;
  return pen.measureText(text).width;
}

function shortened(pen: Pen, { text, font }: { text: string; font: string }, width: number): string {
  if (measure(pen, { text, font }) <= width) return text;
  const letters = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
  while (letters.length && measure(pen, { text: `${letters.join('').trimEnd()}…`, font }) > width) letters.pop();
  return `${letters.join('').trimEnd()}…`;
}
