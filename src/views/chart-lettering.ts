import type { Chart, ChartType, Plugin } from 'chart.js';
import { margin, panels, size } from './chart-layout.ts';

/** One line of text at a place in the picture; what does not fit into `width` ends in an ellipsis. */
export interface Writing {
  x: number;
  y: number;
  align: 'left' | 'right';
  width: number;
  halo: boolean;
  spans: { text: string; font: string; colour: string }[];
}

/** What Chart.js does not draw by itself: the card, the part not yet run, and every text but the axes'. */
export interface Lettering {
  card: string;
  border: string;
  ahead: { x: number; width: number; colour: string } | undefined;
  writings: Writing[];
}

declare module 'chart.js' {
  interface PluginOptionsByType<TType extends ChartType> {
    lettering?: Lettering;
  }
}

/** Writes spans one after the other, from the left margin and as far as the right one where nothing else is said. */
export function write(
  spans: Writing['spans'],
  { x = margin, y, width = size.width - 2 * margin }: { x?: number; y: number; width?: number },
): Writing {
  return { x, y, align: 'left', width, halo: false, spans };
}

/** The Chart.js plugin that draws a chart's lettering, with the card below everything and the texts above. */
export const lettering: Plugin<'line', Lettering> = {
  id: 'lettering',
  beforeDraw(chart: Chart<'line'>, _: unknown, { card, border, ahead }) {
    const pen: Pen = chart.ctx;
    pen.save();
    pen.fillStyle = card;
    pen.fillRect(0, 0, size.width, size.height);
    pen.strokeStyle = border;
    pen.lineWidth = 1;
    pen.strokeRect(0.5, 0.5, size.width - 1, size.height - 1);
    if (ahead) {
      pen.fillStyle = ahead.colour;
      for (const { top, bottom } of Object.values(panels)) pen.fillRect(ahead.x, top, ahead.width, bottom - top);
    }
    pen.restore();
  },
  afterDraw(chart: Chart<'line'>, _: unknown, { card, writings }) {
    const pen: Pen = chart.ctx;
    pen.save();
    pen.textAlign = 'left';
    pen.textBaseline = 'alphabetic';
    pen.strokeStyle = card;
    pen.lineWidth = 8;
    pen.lineJoin = 'round';
    for (const { x, y, align, width, halo, spans } of writings) {
      let left = align === 'left' ? x : x - spans.reduce((sum, span) => sum + measure(pen, span), 0);
      const limit = left + width;
      for (const span of spans) {
        const text = shortened(pen, span, limit - left);
        pen.font = span.font;
        pen.fillStyle = span.colour;
        if (halo) pen.strokeText(text, left, y);
        pen.fillText(text, left, y);
        left += pen.measureText(text).width;
      }
    }
    pen.restore();
  },
};

function measure(pen: Pen, { text, font }: { text: string; font: string }): number {
  pen.font = font;
  return pen.measureText(text).width;
}

function shortened(pen: Pen, { text, font }: { text: string; font: string }, width: number): string {
  if (measure(pen, { text, font }) <= width) return text;
  const letters = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
  while (letters.length && measure(pen, { text: `${letters.join('').trimEnd()}…`, font }) > width) letters.pop();
  return `${letters.join('').trimEnd()}…`;
}

interface Pen {
  font: string;
  fillStyle: string;
  strokeStyle: string;
  lineWidth: number;
  lineJoin: string;
  textAlign: string;
  textBaseline: string;
  save(): void;
  restore(): void;
  fillRect(x: number, y: number, width: number, height: number): void;
  strokeRect(x: number, y: number, width: number, height: number): void;
  fillText(text: string, x: number, y: number): void;
  strokeText(text: string, x: number, y: number): void;
  measureText(text: string): { width: number };
}
