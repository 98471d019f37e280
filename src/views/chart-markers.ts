import { fonts, widthOf } from './chart-fonts.ts';
import type { Frame } from './chart-frame.ts';
import { labelGap, panels, plot } from './chart-layout.ts';
import { type Writing, write } from './chart-lettering.ts';
import type { Colours } from './chart-palette.ts';
import type { ChartRun } from './chart-run.ts';
import { type ChartWords, numbersIn } from './chart-words.ts';

/** What is marked by an upright line. */
export type MarkerKind = 'best' | 'earlyStop';

/** A marked step, and where its label stands. */
export interface Marker {
  step: number;
  text: string;
  align: 'left' | 'right';
  /** The row of its label, from the top of the loss panel. */
  row: number;
  /** The place that its label takes, in pixels. */
  from: number;
  to: number;
  /** Where the label's text begins, or ends where it is aligned to the right. */
  x: number;
}

/** The marked steps of a run. */
export type Markers = Record<MarkerKind, Marker | undefined>;

/** The height of a row of labels, in pixels. */
export const markerRow = 34;

/** Finds places for the labels of a run's marked steps: one row, or two where they would meet. */
export function markersOf(
  { stoppedEarly, best }: ChartRun,
  { frame: { x, right, ahead }, words }: { frame: Frame; words: ChartWords },
): Markers {
  const stop = stoppedEarly === undefined ? undefined : marker('earlyStop', stoppedEarly, right);
  const top = best && marker('best', best.step, ahead ?? right);
  const under = stop && top && top.from < stop.to && stop.from < top.to;
  return { earlyStop: stop, best: top && { ...top, row: under ? 1 : 0 } };

  /** A line's label stands beside the line, within the limit; where there is no room on either side, beyond the limit. */
  function marker(kind: MarkerKind, step: number, limit: number): Marker {
    const text = `${words[kind]} · ${numbersIn(words).steps(step)}`;
    const wide = widthOf([text], fonts.marker) + labelGap;
    const at = x(step);
    const fitsRight = at + wide <= limit;
    const fitsLeft = at - wide >= plot.left;
    const late = kind === 'best' && at > (plot.left + right) / 2;
    const align = fitsLeft && (late || !fitsRight) ? 'right' : 'left';
    const anchor = align === 'right' || fitsRight ? at : Math.min(limit, right - wide);
    const from = align === 'right' ? at - wide : Math.min(at, anchor) - labelGap;
    const to = align === 'right' ? at + labelGap : anchor + wide;
    return { step, text, align, row: 0, from, to, x: anchor + (align === 'right' ? -labelGap : labelGap) };
  }
}

/** The labels of the marked steps. */
export function markerLabels(markers: Markers, { frame, colours }: { frame: Frame; colours: Colours }): Writing[] {
  return (['earlyStop', 'best'] as const).flatMap(kind => {
    const marker = markers[kind];
    if (!marker) return [];
    const { x, align, row, text } = marker;
    const y = panels.loss.top + 28 + row * markerRow;
    const writing = write([{ text, font: fonts.marker, colour: colours[kind] }], { x, y });
    return [{ ...writing, align, halo: x <= (frame.ahead ?? frame.right) }];
  });
}
