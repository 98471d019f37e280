import { describe, expect, it } from 'vitest';
import { palette } from '../../src/views/chart-palette.ts';

describe('the palette', () => {
  const themes = ['light', 'dark'] as const;

  it.each(themes)('has text of at least 4.5 to 1 on the card and on the grey: %s', theme => {
    const { card, ahead, ...colours } = palette[theme];
    for (const text of ['strong', 'soft', 'trainText', 'evalText', 'best', 'earlyStop'] as const) {
      for (const ground of [card, ahead]) expect(contrast(colours[text], ground), text).toBeGreaterThanOrEqual(4.5);
    }
  });

  it.each(themes)('has lines of at least 3 to 1 on the card: %s', theme => {
    const colours = palette[theme];
    for (const line of ['train', 'eval', 'best', 'earlyStop'] as const) {
      expect(contrast(colours[line], colours.card), line).toBeGreaterThanOrEqual(3);
    }
  });
});

/** The contrast of two colours as WCAG 2 defines it. */
function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map(at => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
