/** The one typeface of a chart. */
export const family = 'Inter';

/** The weights and sizes a chart is written in, by what they write. */
export const fonts = {
  title: `700 38px ${family}`,
  subtitle: `400 27px ${family}`,
  heading: `600 29px ${family}`,
  note: `400 26px ${family}`,
  label: `600 28px ${family}`,
  marker: `600 26px ${family}`,
  tick: `400 26px ${family}`,
} as const;

/** The width of the longest text in Inter, in pixels, estimated so that a view need not measure; a little more than it takes. */
export function widthOf(texts: readonly string[], font: string): number {
  const height = Number(/(\d+)px/.exec(font)?.[1]);
  const ems = texts.map(text => [...text].reduce((sum, letter) => sum + em(letter), 0));
  return Math.ceil(Math.max(0, ...ems) * height);
}

function em(letter: string): number {
  if (/[\s.,:;·'’iljtfr()|!-]/u.test(letter)) return 0.36;
  return /[mwMW%@]/u.test(letter) ? 0.92 : 0.63;
}

/** A person's words as this font can draw them: on one line, without emoji. */
export function drawn(text: string): string {
  return text
    .replace(/\p{Emoji_Presentation}|\p{Extended_Pictographic}\uFE0F|[\u200D\uFE0F]/gu, '')
    .replace(/\s+/gu, ' ')
    .trim();
}
