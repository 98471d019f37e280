import { createRequire } from 'node:module';
import { setImmediate } from 'node:timers/promises';
import type { ChartConfiguration } from 'chart.js';
import type { ChartJSNodeCanvas } from 'chartjs-node-canvas';
import pLimit from 'p-limit';
import type { Canvas } from '../world.ts';

const size = { width: 1200, height: 750 };
const family = 'Inter';
const weights = ['400Regular', '600SemiBold', '700Bold'];

const queue = pLimit(1);
let renderer: Promise<ChartJSNodeCanvas> | undefined;

/** Opens the process's one canvas, which loads its libraries at the first chart and draws one chart at a time, with a turn of the event loop before each. */
export function createCanvas(): { draw(config: ChartConfiguration): Promise<Buffer> } {
  return {
    draw: (config: ChartConfiguration) =>
      queue(async () => {
        await setImmediate();
        renderer ??= open().catch(cause => {
          renderer = undefined;
          throw new Error('Cannot draw charts: the canvas did not open.', { cause });
        });
        // The renderer writes into the configuration's options.
        return (await renderer).renderToBuffer({ ...config, options: { ...config.options } });
      }),
  } satisfies Canvas;
}

async function open(): Promise<ChartJSNodeCanvas> {
  const { ChartJSNodeCanvas } = await import('chartjs-node-canvas');
  const { default: skia } = await import('canvas/node-canvas.js');
  // The package `canvas` is Skia here: its own entry has neither registerFont nor toBuffer(callback), canvas/node-canvas.js has both.
  const { createCanvas, registerFont, GlobalFonts } = skia;
  const opened = new ChartJSNodeCanvas(size);
  Object.assign(opened, { _createCanvas: createCanvas, _registerFont: registerFont });
  const { resolve } = createRequire(import.meta.url);
  for (const weight of weights) {
    opened.registerFont(resolve(`@expo-google-fonts/inter/${weight}/Inter_${weight}.ttf`), { family });
  }
  const pen = createCanvas(10, 10).getContext('2d');
  pen.font = `16px ${family}`;
  // Without a font Skia draws no text at all, and says nothing.
  if (!GlobalFonts.has(family) || !(pen.measureText('Hello').width > 0)) {
    throw new Error(`Cannot write with the font "${family}": text has no width.`);
  }
  return opened;
}
