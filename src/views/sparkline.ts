import type { Series } from '../job/curves.ts';

const blocks = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** Draws a series as a line of text, lowest ▁ to highest █, at most `width` characters long. */
export function sparkline(series: Series, width = 24): string {
  const values = series.values.filter(Number.isFinite);
  const count = Math.min(values.length, Math.max(0, Math.floor(width)));
  const means = Array.from({ length: count }, (_, i) => {
    const part = values.slice(Math.floor((i * values.length) / count), Math.floor(((i + 1) * values.length) / count));
    return part.reduce((sum, value) => sum + value / part.length, 0);
  });
  const low = Math.min(...means);
  const span = Math.max(...means) - low;
  return means.map(mean => blocks[span > 0 ? Math.round(((mean - low) / span) * 7) : 3]).join('');
}
