import type { ChartDataset, Point } from 'chart.js';
import type { Series } from '../job/curves.ts';
import { panels } from './chart-layout.ts';
import { type Markers, markerRow } from './chart-markers.ts';
import type { Colours } from './chart-palette.ts';
import type { Panel } from './chart-panel.ts';

/** One line of a chart, as Chart.js draws it. */
export type Line = ChartDataset<'line', Point[]>;

/** The lines of a panel: evaluation, training smoothed and raw, and the marked steps. */
export function linesOf(panel: Panel, { markers, colours }: { markers: Markers; colours: Colours }): Line[] {
  const { train, smoothed, eval: evaluated } = panel;
  const lines = [
    line('eval', evaluated, { borderColor: colours.eval, borderWidth: 4.5, order: 3, ...dots(evaluated, 30) }),
    line('train', smoothed, { borderColor: colours.train, borderWidth: 3, order: 4, ...dots(train, 12) }),
  ];
  if (smoothed !== train) {
    lines.push(line('train, raw', train, { borderColor: `${colours.train}4D`, borderWidth: 2, order: 6 }));
  }
  lines.push(...uprights(panel, { markers, colours }));
  return lines.map(each => ({ ...each, yAxisID: panel.name }));
}

function uprights({ name, range, best }: Panel, { markers, colours }: { markers: Markers; colours: Colours }): Line[] {
  const { top, bottom } = panels[name];
  return (['best', 'earlyStop'] as const).flatMap(kind => {
    const marker = markers[kind];
    if (!marker) return [];
    const { step, row } = marker;
    const lowered = name === 'loss' ? (row * (markerRow + 4) * (range.max - range.min)) / (bottom - top) : 0;
    const upright = { steps: [step, step], values: [range.max - lowered, range.min] };
    const dashes = kind === 'best' ? { borderDash: [7, 7] } : {};
    const drawn = line(kind, upright, { borderColor: colours[kind], borderWidth: 3, order: 5, ...dashes });
    if (kind !== 'best' || best === undefined) return [drawn];
    const ring = { pointRadius: 10, pointBorderWidth: 4.5, pointBackgroundColor: colours.card, order: 1 };
    return [drawn, line('best, ring', { steps: [step], values: [best] }, { borderColor: colours.best, ...ring })];
  });
}

function line(label: string, { steps, values }: Series, style: Partial<Line>): Line {
  const sides = label === 'best, ring' ? 14 : 8;
  return {
    label,
    data: steps.map((x, i) => ({ x, y: values[i]! })),
    pointRadius: 0,
    borderJoinStyle: 'round',
    clip: { left: sides, right: sides, top: sides - 8, bottom: sides - 8 },
    pointBorderColor: style.borderColor as string,
    pointBackgroundColor: style.borderColor as string,
    ...style,
  };
}

function dots({ steps }: Series, most: number) {
  return { pointRadius: steps.length === 1 ? 8 : steps.length <= most ? 5 : 0 };
}
