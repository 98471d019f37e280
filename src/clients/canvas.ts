import { createRequire } from 'node:module';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { ChartConfiguration } from 'chart.js';
import type { ChartJSNodeCanvas } from 'chartjs-node-canvas';
import pLimit from 'p-limit';
import type { Canvas } from '../world.ts';
import { png } from './png.ts';

const size = { width: 1200, height: 750 };
const family = 'Inter';
const weights = ['400Regular', '600SemiBold', '700Bold'];
/** For how many times as long as a chart took nothing is drawn after it, and for how long at most, in milliseconds: whoever waits for an answer meanwhile gets it from the same thread. */
const rests = { times: 2, most: 100 };

const queue = pLimit(1);
let renderer: Promise<ChartJSNodeCanvas> | undefined;

/** Opens the process's one canvas, which loads its libraries at the first chart and draws one chart at a time, with a rest after each. */
export function createCanvas(): { draw(config: ChartConfiguration): Promise<Buffer> } {
  let rested: Promise<void> = setImmediate();
  return {
    draw: (config: ChartConfiguration) =>
      queue(async () => {
        await rested;
        renderer ??= open().catch(cause => {
          renderer = undefined;
          throw new Error('Cannot draw charts: the canvas did not open.', { cause });
        });
        const opened = await renderer;
        const began = performance.now();
        // The renderer writes into the configuration's options.
        const drawn = opened.renderToBuffer({ ...config, options: { ...config.options } });
        rested = setTimeout(Math.min(rests.most, rests.times * (performance.now() - began)));
        return drawn;
      }),
  } satisfies Canvas;
}

async function open(): Promise<ChartJSNodeCanvas> {
  const { ChartJSNodeCanvas } = await import('chartjs-node-canvas');
  const { default: skia } = await import('canvas/node-canvas.js');
  // The package `canvas` is Skia here: its own entry has neither registerFont nor toBuffer(callback), canvas/node-canvas.js has both.
  const { createCanvas, registerFont, GlobalFonts } = skia;
  const opened = new ChartJSNodeCanvas(size);
  Object.assign(opened, { _createCanvas: reused(createCanvas), _registerFont: registerFont });
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

interface Sheet {
  width: number;
  height: number;
  data(): Uint8Array;
}

/** Makes canvases whose PNG is written by us, most of it away from the thread that answers people. One that has been written is there for the next chart. */
function reused(create: (width: number, height: number) => Sheet): (width: number, height: number) => Sheet {
  let spare: Sheet | undefined;
  return (width, height) => {
    const sheet = spare ?? create(width, height);
    spare = undefined;
    const toBuffer = async (done: (error: unknown, written?: Buffer) => void) => {
      try {
        done(null, await png(sheet.data(), sheet));
        spare = sheet;
      } catch (error) {
        done(error);
      }
    };
    // Setting its size empties a canvas.
    return Object.assign(sheet, { width, height, toBuffer });
  };
}
