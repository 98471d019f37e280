import type { ChartConfiguration, Point } from 'chart.js';
import { gapAxis, stepAxis, valueAxis } from './chart-axes.ts';
import { endLabels, placeEndLabels } from './chart-end-labels.ts';
import { fonts, widthOf } from './chart-fonts.ts';
import { frameOf } from './chart-frame.ts';
import { heading, titles } from './chart-headings.ts';
import { lettering } from './chart-lettering.ts';
import { linesOf } from './chart-lines.ts';
import { markerLabels, markersOf } from './chart-markers.ts';
import { chartOptions } from './chart-options.ts';
import { type Colours, palette } from './chart-palette.ts';
import { panelOf } from './chart-panel.ts';
import { type ChartRun, sound } from './chart-run.ts';
import type { ChartWords } from './chart-words.ts';

/** Draws a run's loss and token accuracy as one picture of two panels over the steps planned. */
export function chart(asked: ChartRun, words: ChartWords): ChartConfiguration {
  const run = sound(asked);
  const colours: Colours = palette[run.theme ?? 'light'];
  const loss = panelOf('loss', run);
  const accuracy = panelOf('accuracy', run);
  const labels = { loss: endLabels(loss, words), accuracy: endLabels(accuracy, words) };
  const texts = [...labels.loss, ...labels.accuracy].map(({ text }) => text);
  const frame = frameOf(run, { labelWidth: widthOf(texts, fonts.label) });
  const markers = markersOf(run, { frame, words });
  const { ahead, right } = frame;
  const config: ChartConfiguration<'line', Point[]> = {
    type: 'line',
    data: { datasets: [loss, accuracy].flatMap(panel => linesOf(panel, { markers, colours })) },
    options: chartOptions({
      words,
      colours,
      right,
      scales: {
        x: stepAxis(frame, { words, colours }),
        loss: valueAxis(loss, { words, colours }),
        between: gapAxis(),
        accuracy: valueAxis(accuracy, { words, colours }),
      },
      ahead: ahead === undefined ? undefined : { x: ahead, width: right - ahead, colour: colours.ahead },
      writings: [
        ...titles(run, { colours }),
        ...[loss, accuracy].flatMap(panel => [
          heading(panel, { run, words, colours }),
          ...placeEndLabels(labels[panel.name], { panel, frame, markers, colours }),
        ]),
        ...markerLabels(markers, { frame, colours }),
      ],
    }),
    plugins: [lettering],
  };
  return config as ChartConfiguration;
}
