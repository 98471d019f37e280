import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import skia from 'canvas/node-canvas.js';
import type { Curves, Series } from '../../src/job/curves.ts';

/** The size of a picture, in pixels. */
const width = 1200;
const height = 750;

/** Something else that draws the same curves: two panels, four lines, axes, titles and names, as a PNG of the same size. */
export interface Rival {
  draw(): Promise<Uint8Array>;
  close(): void;
}

const panels = [
  {
    title: 'Loss',
    lines: [
      { tag: 'train_total_loss', name: 'train', colour: '#D97706' },
      { tag: 'eval_total_loss', name: 'eval', colour: '#0072B2' },
    ],
  },
  {
    title: 'Token accuracy',
    lines: [
      { tag: 'train_fraction_of_correct_next_step_preds', name: 'train', colour: '#D97706' },
      { tag: 'eval_fraction_of_correct_next_step_preds', name: 'eval', colour: '#0072B2' },
    ],
  },
] as const;

/** All that are present on this machine, by name; the others with the reason why not. */
export async function rivals(curves: Curves): Promise<Record<string, Rival | string>> {
  const all = { uPlot, 'ECharts on Skia': echarts, gnuplot, matplotlib };
  const found: Record<string, Rival | string> = {};
  for (const [name, open] of Object.entries(all)) {
    try {
      const rival = await open(curves);
      await rival.draw();
      found[name] = rival;
    } catch (error) {
      found[name] = `absent (${error instanceof Error ? error.message.split('\n')[0] : error})`;
    }
  }
  return found;
}

function columns(curves: Curves, { lines }: (typeof panels)[number]): Series[] {
  return lines.map(({ tag }) => curves[tag] ?? { steps: [], values: [] });
}

// ─── in this process, on the same canvas ─────────────────────────────────────────────────────────────────────────────

/** uPlot draws into a document, of which it gets as much as it asks for. */
async function uPlot(curves: Curves): Promise<Rival> {
  const canvases: ReturnType<typeof skia.createCanvas>[] = [];
  setStage(() => {
    const canvas = skia.createCanvas(width, height / 2);
    canvases.push(canvas);
    return canvas;
  });
  const { default: Plot } = await import('uplot');
  // It keeps what it found. To Chart.js a document would mean a browser.
  Object.assign(globalThis, { window: undefined, document: undefined });
  const draw = async () => {
    const sheet = skia.createCanvas(width, height);
    const pen = sheet.getContext('2d');
    pen.fillStyle = '#fff';
    pen.fillRect(0, 0, width, height);
    for (const [i, panel] of panels.entries()) {
      canvases.length = 0;
      const [first, second] = columns(curves, panel);
      const series = panel.lines.map(({ name, colour }) => ({ label: name, stroke: colour, width: 3 }));
      const font = { font: '26px Inter', labelFont: '26px Inter', stroke: '#5A6272' };
      const plot = new Plot(
        {
          width,
          height: height / 2,
          title: panel.title,
          pxAlign: 0,
          legend: { show: false },
          cursor: { show: false },
          scales: { x: { time: false } },
          axes: [
            { ...font, label: 'steps', size: 60 },
            { ...font, label: panel.title, size: 100 },
          ],
          series: [{}, ...series],
        },
        [first?.steps ?? [], first?.values ?? [], second?.values ?? []],
        (_: unknown, begin: () => void) => begin(),
      );
      // It draws when the task that made it has ended.
      await Promise.resolve();
      if (canvases[0]) pen.drawImage(canvases[0], 0, (i * height) / 2);
      plot.destroy();
    }
    return sheet.encode('png');
  };
  return { draw, close() {} };
}

/** Puts as much of a document into the global scope as uPlot touches. */
function setStage(canvas: () => object) {
  const style = { setProperty() {} };
  const element = (name: string): object => {
    const made = name === 'canvas' ? canvas() : {};
    const child = () => element('div');
    return Object.assign(made, {
      style,
      classList: { add() {}, remove() {}, contains: () => false },
      childNodes: [],
      appendChild: (node: object) => node,
      insertBefore: (node: object) => node,
      removeChild() {},
      remove() {},
      setAttribute() {},
      addEventListener() {},
      removeEventListener() {},
      querySelector: child,
      getBoundingClientRect: () => ({ left: 0, top: 0, width, height }),
      ...(name === 'canvas' ? {} : { parentNode: { removeChild() {} } }),
    });
  };
  const page = {
    createElement: element,
    body: element('body'),
    addEventListener() {},
    removeEventListener() {},
    documentElement: element('html'),
  };
  const target = { addEventListener() {}, removeEventListener() {}, dispatchEvent() {} };
  Object.assign(globalThis, {
    window: globalThis,
    document: page,
    devicePixelRatio: 1,
    ...target,
    matchMedia: () => target,
    CustomEvent: class {},
    HTMLElement: class {},
    Path2D: skia.Path2D,
    requestAnimationFrame: (work: () => void) => setImmediate(work),
  });
}

async function echarts(curves: Curves): Promise<Rival> {
  const library = await import('echarts');
  library.setPlatformAPI({ createCanvas: () => skia.createCanvas(32, 32) as never });
  const draw = async () => {
    const canvas = skia.createCanvas(width, height);
    const plot = library.init(canvas as never, null, { width, height, devicePixelRatio: 1 });
    const font = { fontFamily: 'Inter', fontSize: 26 };
    plot.setOption({
      animation: false,
      backgroundColor: '#fff',
      title: panels.map(({ title }, i) => ({ text: title, top: 10 + i * 375, textStyle: font })),
      grid: panels.map((_, i) => ({ left: 128, right: 140, top: 60 + i * 375, height: 240 })),
      xAxis: panels.map((_, i) => ({ type: 'value', gridIndex: i, max: 2000, axisLabel: font })),
      yAxis: panels.map((_, i) => ({ type: 'value', gridIndex: i, axisLabel: font })),
      series: panels.flatMap(({ lines }, i) =>
        lines.map(({ tag, name, colour }) => ({
          type: 'line' as const,
          xAxisIndex: i,
          yAxisIndex: i,
          showSymbol: false,
          lineStyle: { color: colour, width: 3 },
          endLabel: { show: true, formatter: name, ...font },
          data: curves[tag]?.steps.map((step, at) => [step, curves[tag]!.values[at]!]) ?? [],
        })),
      ),
    });
    const picture = await canvas.encode('png');
    plot.dispose();
    return picture;
  };
  return { draw, close() {} };
}

// ─── in a process of their own, kept running ─────────────────────────────────────────────────────────────────────────

/** Opens a program that draws a picture whenever it is told to, and says "drawn" on a line of its own. */
function warm(
  program: string,
  args: string[],
  { begin, again, picture }: { begin: string; again: string; picture: string },
) {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  const lines = createInterface(child.stdout);
  child.stdin.write(begin);
  const draw = async () => {
    const drawn = once(lines, 'line', { signal: AbortSignal.timeout(30_000) });
    child.stdin.write(again);
    await drawn;
    return readFileSync(picture);
  };
  return { draw, close: () => void child.kill() };
}

/** A folder with the curves as tables that both programs read, each time anew. */
function folderWith(curves: Curves) {
  const folder = mkdtempSync(join(tmpdir(), 'retort-bench-'));
  for (const [i, panel] of panels.entries()) {
    const [first, second] = columns(curves, panel);
    const rows = first?.steps.map((step, at) => `${step} ${first.values[at]} ${second?.values[at]}`) ?? [];
    writeFileSync(join(folder, `${i}.txt`), rows.join('\n'));
  }
  return folder;
}

async function gnuplot(curves: Curves): Promise<Rival> {
  execFileSync('gnuplot', ['--version'], { stdio: 'ignore' });
  const folder = folderWith(curves);
  const picture = join(folder, 'picture.png');
  const plots = panels.map(
    ({ title, lines }, i) =>
      `set title "${title}"; plot ${lines
        .map(
          ({ name, colour }, at) =>
            `"${folder}/${i}.txt" using 1:${at + 2} with lines lw 3 lc rgb "${colour}" title "${name}"`,
        )
        .join(', ')}`,
  );
  const rival = warm('gnuplot', [], {
    picture,
    begin: `set terminal pngcairo size ${width},${height} font "Inter,20"\nset print "-"\n`,
    again: `set output "${picture}"; set multiplot layout 2,1; ${plots.join('; ')}; unset multiplot; set output; print "drawn"\n`,
  });
  return closing(rival, folder);
}

const python = `
import sys, numpy
import matplotlib
matplotlib.use('Agg')
import matplotlib.pyplot as plt
folder, panels = sys.argv[1], [('Loss', 0), ('Token accuracy', 1)]
for _ in sys.stdin:
    figure, axes = plt.subplots(2, 1, figsize=(12, 7.5), dpi=100)
    for axis, (title, i) in zip(axes, panels):
        steps, train, evaluation = numpy.loadtxt(f'{folder}/{i}.txt').T
        axis.plot(steps, train, color='#D97706', linewidth=2, label='train')
        axis.plot(steps, evaluation, color='#0072B2', linewidth=2, label='eval')
        axis.set_title(title)
        axis.legend()
    figure.savefig(f'{folder}/picture.png')
    plt.close(figure)
    print('drawn', flush=True)
`;

async function matplotlib(curves: Curves): Promise<Rival> {
  const interpreter = ['python3', '/usr/bin/python3'].find(program => {
    try {
      execFileSync(program, ['-c', 'import matplotlib'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
  if (!interpreter) throw new Error('no Python has matplotlib');
  const folder = folderWith(curves);
  const rival = warm(interpreter, ['-c', python, folder], {
    picture: join(folder, 'picture.png'),
    begin: '',
    again: 'again\n',
  });
  return closing(rival, folder);
}

function closing(rival: Rival, folder: string): Rival {
  return {
    draw: rival.draw,
    close() {
      rival.close();
      rmSync(folder, { recursive: true });
    },
  };
}
