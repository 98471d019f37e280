import type { ChartConfiguration, ChartDataset, ChartOptions, Point, Scale } from 'chart.js';
import type { Report } from '../job/dataset.ts';
import { perDoubling, type Spread } from '../job/lengths.ts';
import type { DatasetRules } from '../job/recipe.ts';
import { palm } from '../job/recipe.ts';
import { drawn, family, fonts, widthOf } from './chart-fonts.ts';
import { labelGap, margin, panels, plot, size } from './chart-layout.ts';
import type { Writing } from './chart-lettering.ts';
import { lettering, write } from './chart-lettering.ts';
import { chartOptions } from './chart-options.ts';
import { type Colours, palette, type Theme } from './chart-palette.ts';
import { roundAxis } from './round-axis.ts';
import type { Words } from './words.ts';

type Lengths = NonNullable<Report['lengths']>;
type Text = 'input' | 'output' | 'example';

/** One of the histograms: whose lengths, where Vertex AI cuts or documents no more, if that is known, and where it stands in the picture. */
interface Panel {
  of: Text;
  spread: Spread;
  limit: number | undefined;
  heading: number;
  top: number;
  bottom: number;
}

/** How long a dataset's texts are, as a picture, and the same in words for those who do not see it; nothing where no length is known. */
export function lengthsChart(
  {
    modelName,
    lengths,
    tokens = palm.dataset.tokens,
    theme = 'light',
  }: { modelName: string; lengths: Report['lengths']; tokens?: DatasetRules['tokens']; theme?: Theme },
  { lengths: say, chart }: Words,
): { configuration: ChartConfiguration; alt: string } | undefined {
  if (!lengths?.input.all) return undefined;
  const colours = palette[theme];
  const shown = panelsOf(lengths, tokens);
  const reach = Math.max(...shown.map(({ spread, limit }) => Math.max(spread.longest, limit ?? 2)));
  const extent = Math.ceil(Math.log2(reach));
  const x = (tokens: number) => plot.left + (Math.log2(Math.max(1, tokens)) / extent) * (plot.right - plot.left);
  const width = (x(2) - x(1)) / perDoubling;
  const configuration: ChartConfiguration<'bar' | 'line', Point[]> = {
    type: 'bar',
    data: {
      datasets: shown.flatMap(panel => [
        ...barsOf(panel, { colours, width }),
        ...(isLimited(panel) ? [limitLine(panel, colours)] : []),
      ]),
    },
    options: chartOptions({
      words: chart,
      colours,
      right: plot.right,
      scales: { x: tokenAxis(extent, { say, colours, bottom: shown.at(-1)!.bottom }), ...rowAxes(shown, colours) },
      writings: [
        write([{ text: drawn(modelName), font: fonts.title, colour: colours.strong }], { y: 64 }),
        write([{ text: say.subtitle, font: fonts.subtitle, colour: colours.soft }], { y: 106 }),
        ...shown.flatMap(panel => [
          headingOf(panel, { say, colours }),
          ...(isLimited(panel) ? [limitOf(panel, { say, colours, at: x(panel.limit) })] : []),
        ]),
      ],
    }) as ChartOptions<'bar' | 'line'>,
    plugins: [lettering as never],
  };
  return { configuration: configuration as ChartConfiguration, alt: say.alt(modelName, shown) };
}

function isLimited(panel: Panel): panel is Limited {
  return panel.limit !== undefined;
}

type Limited = Panel & { limit: number };

/** What the limit is of comes first: inputs, or whole examples. */
function panelsOf({ input, output, example }: Lengths, tokens: DatasetRules['tokens']): Panel[] {
  const whole = { heading: panels.loss.heading, top: panels.loss.top, bottom: panels.accuracy.bottom };
  const first = example
    ? ({ of: 'example', spread: example, limit: tokens.example } as const)
    : ({ of: 'input', spread: input, limit: tokens.input } as const);
  if (!output?.all) return [{ ...first, ...whole }];
  return [
    { ...first, ...panels.loss },
    { of: 'output', spread: output, limit: tokens.output, ...panels.accuracy },
  ];
}

/** The bars of a panel: each as wide as its lengths, and in another colour where they are beyond the limit. */
function barsOf(
  { of, spread, limit }: Panel,
  { colours, width }: { colours: Colours; width: number },
): ChartDataset<'bar', Point[]>[] {
  const line = limit === undefined ? Number.POSITIVE_INFINITY : Math.ceil(perDoubling * Math.log2(limit));
  const bar = (label: string, colour: string, holds: (place: number) => boolean) => ({
    label,
    yAxisID: of,
    data: spread.histogram.flatMap((rows, place) =>
      rows && holds(place) ? [{ x: Math.max(0, place - 0.5) / perDoubling, y: rows }] : [],
    ),
    backgroundColor: colour,
    barThickness: Math.max(2, width - 3),
    grouped: false,
  });
  return [
    bar(of, colours.eval, place => place <= line),
    bar(`${of}, beyond the limit`, colours.earlyStop, place => place > line),
  ];
}

function tokenAxis(
  extent: number,
  { say, colours, bottom }: { say: Words['lengths']; colours: Colours; bottom: number },
): object {
  const all = Array.from({ length: extent + 1 }, (_, i) => i);
  const every = extent > 9 ? 2 : 1;
  return {
    type: 'linear',
    min: 0,
    max: extent,
    offset: false,
    afterFit: (scale: Scale) => {
      Object.assign(scale, { height: size.height - bottom });
    },
    afterBuildTicks: (scale: Scale) => {
      scale.ticks = all.filter(place => place % every === 0).map(value => ({ value }));
    },
    border: { color: colours.base, width: 2 },
    grid: { display: false },
    ticks: {
      autoSkip: false,
      maxRotation: 0,
      padding: 8,
      color: colours.soft,
      font: { family, size: 26 },
      callback: (value: number | string) => say.tokens(2 ** Number(value)),
    },
  };
}

function rowAxes(shown: readonly Panel[], colours: Colours): Record<string, object> {
  const width = (scale: Scale) => {
    Object.assign(scale, { width: plot.left - margin });
  };
  const stacked = { type: 'linear', position: 'left', stack: 'panels', afterFit: width, border: { display: false } };
  const axes = shown.map(({ of, spread, top, bottom }, i) => {
    const { max, step } = rowsIn(spread);
    return [
      of,
      {
        ...stacked,
        weight: 3 - 2 * i,
        stackWeight: bottom - top,
        min: 0,
        max,
        grid: { color: colours.grid, lineWidth: 1.5, drawTicks: false },
        ticks: { stepSize: step, autoSkip: false, padding: 12, color: colours.soft, font: { family, size: 26 } },
      },
    ];
  });
  const gap = {
    ...stacked,
    weight: 2,
    stackWeight: panels.accuracy.top - panels.loss.bottom,
    grid: { display: false },
    ticks: { display: false },
  };
  return Object.fromEntries(shown.length > 1 ? [...axes, ['between', gap]] : axes);
}

function rowsIn({ histogram }: Spread) {
  return roundAxis({ low: 0, high: Math.max(1, ...histogram) }, { least: 1 });
}

/** An upright line where Vertex AI cuts. */
function limitLine({ of, spread, limit }: Limited, colours: Colours): ChartDataset<'line', Point[]> {
  const at = Math.log2(limit);
  return {
    type: 'line',
    label: `${of}, limit`,
    yAxisID: of,
    data: [
      { x: at, y: 0 },
      { x: at, y: rowsIn(spread).max },
    ],
    borderColor: spread.over ? colours.earlyStop : colours.base,
    borderWidth: 3,
    borderDash: [7, 7],
    pointRadius: 0,
  };
}

function headingOf(
  { of, spread, heading }: Panel,
  { say, colours }: { say: Words['lengths']; colours: Colours },
): Writing {
  return write(
    [
      { text: say.of[of], font: fonts.heading, colour: colours.strong },
      { text: `   ${say.summary(spread)}`, font: fonts.note, colour: colours.soft },
    ],
    { y: heading },
  );
}

/** The limit, written where it lies: to its left, unless there is no room. */
function limitOf(
  { of, spread, limit, top }: Limited,
  { say, colours, at }: { say: Words['lengths']; colours: Colours; at: number },
): Writing {
  const text = say.limit(limit, spread, of !== 'example');
  const colour = spread.over ? colours.earlyStop : colours.soft;
  const wide = widthOf([text], fonts.marker) + labelGap;
  const left = at - wide >= plot.left;
  const writing = write([{ text, font: fonts.marker, colour }], {
    x: left ? at - labelGap : at + labelGap,
    y: top + 28,
  });
  return { ...writing, align: left ? 'right' : 'left', halo: true };
}
