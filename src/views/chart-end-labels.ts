import { end } from '../job/curves.ts';
import { fonts } from './chart-fonts.ts';
import type { Frame } from './chart-frame.ts';
import { panels, size } from './chart-layout.ts';
import { type Writing, write } from './chart-lettering.ts';
import { type Markers, markerRow } from './chart-markers.ts';
import type { Colours } from './chart-palette.ts';
import type { Panel } from './chart-panel.ts';
import { type ChartWords, numbersIn } from './chart-words.ts';

/** The last value of a line, and the words that stand beside it. */
export interface EndLabel {
  split: 'train' | 'eval';
  text: string;
  value: number;
}

const lineHeight = 34;

/** Names the lines of a panel and their last values, training smoothed. */
export function endLabels({ name, eval: evaluated, smoothed }: Panel, words: ChartWords): EndLabel[] {
  const lines = { eval: evaluated, train: smoothed };
  return (['eval', 'train'] as const).flatMap(split => {
    const value = end(lines[split])?.value;
    return value === undefined
      ? []
      : [{ split, text: `${words[split]} ${numbersIn(words).exact(name, value)}`, value }];
  });
}

/** Puts a panel's labels beside the ends of its lines, clear of each other and of the markers' labels. */
export function placeEndLabels(
  labels: readonly EndLabel[],
  { panel, frame, markers, colours }: { panel: Panel; frame: Frame; markers: Markers; colours: Colours },
): Writing[] {
  const { top, bottom } = panels[panel.name];
  const { min, max } = panel.range;
  const beyond = [markers.earlyStop, markers.best].flatMap(marker =>
    marker && marker.to > frame.label ? [marker.row + 1] : [],
  );
  const taken = panel.name === 'loss' && beyond.length ? Math.max(...beyond) * markerRow + 6 : 0;
  const wanted = labels
    .map(label => ({ ...label, y: bottom - ((label.value - min) / (max - min)) * (bottom - top) }))
    .sort((a, b) => a.y - b.y || (a.split === 'eval' ? -1 : 1));
  const placed = apart(
    wanted.map(label => label.y),
    { gap: lineHeight, from: top + 14 + taken, to: bottom - 14 },
  );
  return wanted.map(({ split, text }, i) =>
    write([{ text, font: fonts.label, colour: colours[`${split}Text`] }], {
      x: frame.label,
      y: placed[i]! + 10,
      width: size.width - 12 - frame.label,
    }),
  );
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
