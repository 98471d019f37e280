import type { ChartOptions } from 'chart.js';
import { margin, panels, size } from './chart-layout.ts';
import type { Lettering } from './chart-lettering.ts';
import type { Colours } from './chart-palette.ts';
import type { ChartWords } from './chart-words.ts';

/** What every picture has in common: a fixed size, no animation, and our own lettering in the place of Chart.js's legend and tooltips. `right` is where the panels end, in pixels. */
export function chartOptions({
  words: { locale = 'en' },
  colours: { card, border },
  right,
  scales,
  ahead,
  writings,
}: {
  words: Pick<ChartWords, 'locale'>;
  colours: Colours;
  right: number;
  scales: NonNullable<ChartOptions<'line'>['scales']>;
  ahead?: Lettering['ahead'];
  writings: Lettering['writings'];
}): ChartOptions<'line'> {
  return {
    responsive: false,
    animation: false,
    parsing: false,
    normalized: true,
    locale,
    layout: { autoPadding: false, padding: { left: margin, right: size.width - right, top: panels.loss.top } },
    scales,
    plugins: {
      legend: { display: false },
      tooltip: { enabled: false },
      lettering: { card, border, ahead, writings },
    },
  };
}
