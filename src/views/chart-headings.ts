import { drawn, fonts } from './chart-fonts.ts';
import { panels } from './chart-layout.ts';
import { type Writing, write } from './chart-lettering.ts';
import type { Colours } from './chart-palette.ts';
import type { Panel } from './chart-panel.ts';
import type { ChartRun } from './chart-run.ts';
import { type ChartWords, numbersIn } from './chart-words.ts';

/** The title and the subtitle of a chart. */
export function titles({ title, subtitle }: ChartRun, { colours }: { colours: Colours }): Writing[] {
  return [
    write([{ text: drawn(title), font: fonts.title, colour: colours.strong }], { y: 64 }),
    write([{ text: drawn(subtitle), font: fonts.subtitle, colour: colours.soft }], { y: 106 }),
  ];
}

/** A panel's name, and beside it where its first line starts if the panel does not show it; above both panels, why there is no evaluation. */
export function heading(
  { name, range, first }: Panel,
  { run, words, colours }: { run: ChartRun; words: ChartWords; colours: Colours },
): Writing {
  const text = name === 'loss' ? words.loss : words.tokenAccuracy;
  const spans: Writing['spans'] = [{ text, font: fonts.heading, colour: colours.strong }];
  const note = (text: string) => spans.push({ text: `   ${text}`, font: fonts.note, colour: colours.soft });
  if (first !== undefined && (first > range.max || first < range.min)) {
    const arrow = first > range.max ? '▲' : '▼';
    note(`${arrow} ${words.startsAt} ${numbersIn(words).brief(name, first)}`);
  }
  if (run.unevaluated && name === 'loss') note(words.unevaluated);
  return write(spans, { y: panels[name].heading });
}
