import type { ChartConfiguration, ChartDataset, Point } from 'chart.js';
import { fromBeginning } from '../job/comparison.ts';
import type { Curves, Series, Tag } from '../job/curves.ts';
import { end, furthest } from '../job/curves.ts';
import { gapAxis, stepAxis, valueAxis } from './chart-axes.ts';
import type { EndLabel } from './chart-end-labels.ts';
import { placeEndLabels } from './chart-end-labels.ts';
import { fonts, widthOf } from './chart-fonts.ts';
import { frameOf } from './chart-frame.ts';
import { heading, titles } from './chart-headings.ts';
import type { PanelName } from './chart-layout.ts';
import { lettering } from './chart-lettering.ts';
import type { Markers } from './chart-markers.ts';
import { chartOptions } from './chart-options.ts';
import type { Colours } from './chart-palette.ts';
import { palette } from './chart-palette.ts';
import type { Panel } from './chart-panel.ts';
import { panelOf } from './chart-panel.ts';
import type { ChartRun } from './chart-run.ts';
import { sound } from './chart-run.ts';
import { numbersIn } from './chart-words.ts';
import { smooth } from './smoothing.ts';
import type { Words } from './words.ts';

/** One of the two runs: what it is called, and its curves. */
export interface Contender {
  name: string;
  curves: Curves;
}

/** What both have and is therefore compared: evaluation where both were evaluated, else training, smoothed. */
export type Basis = 'eval' | 'train';

/** The curves of two runs in one picture, counted from where each began, and on what they were measured; undefined where they have no metric in common. */
export function comparisonChart(
  contenders: readonly [Contender, Contender],
  { compare: say, chart }: Words,
): { configuration: ChartConfiguration; basis: Basis } | undefined {
  const [a, b] = contenders.map(({ curves }) => fromBeginning(sound({ ...plain, curves }).curves)) as [Curves, Curves];
  const basis = (['eval', 'train'] as const).find(on => has(a, on) && has(b, on));
  if (!basis) return undefined;
  const line = (curves: Curves, name: PanelName) => seriesOf(curves, tagOf(basis, name), basis);
  // The first of the two stands where a chart of one run has its training, the second where it has its evaluation.
  const curves: Curves = {
    train_total_loss: line(a, 'loss'),
    eval_total_loss: line(b, 'loss'),
    train_fraction_of_correct_next_step_preds: line(a, 'accuracy'),
    eval_fraction_of_correct_next_step_preds: line(b, 'accuracy'),
  };
  const run: ChartRun = {
    ...plain,
    title: say.title(contenders[0].name, contenders[1].name),
    subtitle: say.subtitle[basis],
    curves,
    planned: furthest(curves) ?? 0,
  };
  const words = { ...chart, train: 'A', eval: 'B' };
  const colours: Colours = palette.light;
  const shown = (['loss', 'accuracy'] as const).map(name => {
    const panel = { ...panelOf(name, run), smoothed: line(a, name), train: line(a, name) };
    return { panel, labels: labelsOf(panel) };
  });
  const texts = shown.flatMap(({ labels }) => labels.map(({ text }) => text));
  const frame = frameOf(run, { labelWidth: widthOf(texts, fonts.label) });
  const configuration: ChartConfiguration<'line', Point[]> = {
    type: 'line',
    data: { datasets: shown.flatMap(({ panel }) => linesOf(panel, colours)) },
    options: chartOptions({
      words,
      colours,
      right: frame.right,
      scales: {
        x: stepAxis(frame, { words, colours }),
        loss: valueAxis(shown[0]!.panel, { words, colours }),
        between: gapAxis(),
        accuracy: valueAxis(shown[1]!.panel, { words, colours }),
      },
      writings: [
        ...titles(run, { colours }),
        ...shown.flatMap(({ panel, labels }) => [
          heading(panel, { run, words, colours }),
          ...placeEndLabels(labels, { panel, frame, markers: unmarked, colours }),
        ]),
      ],
    }),
    plugins: [lettering],
  };
  return { configuration: configuration as ChartConfiguration, basis };

  function labelsOf({ name, train, eval: second }: Panel): EndLabel[] {
    return (
      [
        ['train', train],
        ['eval', second],
      ] as const
    ).flatMap(([split, series]) => {
      const value = end(series)?.value;
      return value === undefined
        ? []
        : [{ split, text: `${words[split]} ${numbersIn(words).exact(name, value)}`, value }];
    });
  }
}

const unmarked: Markers = { best: undefined, earlyStop: undefined };
const plain = { title: '', subtitle: '', planned: 0, running: false };

function tagOf(basis: Basis, name: PanelName): Tag {
  return `${basis}_${name === 'loss' ? 'total_loss' : 'fraction_of_correct_next_step_preds'}`;
}

function has(curves: Curves, basis: Basis): boolean {
  return (['loss', 'accuracy'] as const).some(name => curves[tagOf(basis, name)]?.steps.length);
}

function seriesOf(curves: Curves, tag: Tag, basis: Basis): Series {
  const series = curves[tag] ?? { steps: [], values: [] };
  return basis === 'train' ? smooth(series) : series;
}

/** Both lines of a panel, alike but for colour and dash. */
function linesOf({ name, train, eval: second }: Panel, colours: Colours): ChartDataset<'line', Point[]>[] {
  return (
    [
      ['A', train, colours.train, []],
      ['B', second, colours.eval, [14, 7]],
    ] as const
  ).map(([label, { steps, values }, colour, dash]) => ({
    label,
    data: steps.map((x, i) => ({ x, y: values[i]! })),
    yAxisID: name,
    borderColor: colour,
    borderWidth: 4,
    borderDash: [...dash],
    borderJoinStyle: 'round',
    pointRadius: steps.length === 1 ? 8 : 0,
    pointBackgroundColor: colour,
    clip: 8,
  }));
}
