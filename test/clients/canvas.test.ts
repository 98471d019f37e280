import type { ChartConfiguration } from 'chart.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { createCanvas } from '../../src/clients/canvas.ts';
import type { Curves } from '../../src/job/curves.ts';
import { chart } from '../../src/views/chart.ts';
import { size } from '../../src/views/chart-layout.ts';
import type { Lettering } from '../../src/views/chart-lettering.ts';
import { palette } from '../../src/views/chart-palette.ts';
import type { ChartRun } from '../../src/views/chart-run.ts';
import { wordsIn } from '../../src/views/words.ts';
import { series } from '../views/series.ts';

const canvas = createCanvas();

function curves(last: number): Curves {
  return {
    train_total_loss: series(last, 1, step => 0.6 + Math.exp(-step / 40)),
    train_fraction_of_correct_next_step_preds: series(last, 1, step => 0.85 - 0.5 * Math.exp(-step / 40)),
    eval_total_loss: series(last, 20, step => 0.9 + Math.exp(-step / 40)),
    eval_fraction_of_correct_next_step_preds: series(last, 20, () => 0.5),
  };
}

function run(changes: Partial<ChartRun> = {}): ChartConfiguration {
  const whole = { title: 'intents', subtitle: 'done', curves: curves(300), planned: 300, running: false };
  return chart({ ...whole, ...changes }, wordsIn('en').chart);
}

interface Picture {
  width: number;
  height: number;
  /** The colour at a place, as #RRGGBBAA. */
  at(x: number, y: number): string;
  /** The places within a rectangle that have a colour. */
  find(colour: string, area: Area): { x: number; y: number }[];
  /** How many colours a rectangle has. */
  colours(area: Area): number;
  /** All that a rectangle shows. */
  bytes(area: Area): string;
}

interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}

const titleBand: Area = { x: 2, y: 20, width: 1196, height: 60 };
const lossPanel: Area = { x: 128, y: 184, width: 1036, height: 234 };
const accuracyPanel: Area = { x: 128, y: 489, width: 1036, height: 196 };

async function decode(png: Buffer): Promise<Picture> {
  const { createCanvas: blank, loadImage } = await import('canvas');
  const image = await loadImage(png);
  const pen = blank(image.width, image.height).getContext('2d');
  pen.drawImage(image, 0, 0);
  const { data } = pen.getImageData(0, 0, image.width, image.height);
  const at = (x: number, y: number) => {
    const start = 4 * (y * image.width + x);
    return `#${Buffer.from(data.subarray(start, start + 4))
      .toString('hex')
      .toUpperCase()}`;
  };
  function places({ x, y, width, height }: Area) {
    return Array.from({ length: width * height }, (_, i) => ({ x: x + (i % width), y: y + Math.floor(i / width) }));
  }
  return {
    width: image.width,
    height: image.height,
    at,
    find: (colour, area) => places(area).filter(place => at(place.x, place.y) === `${colour}FF`),
    colours: area => new Set(places(area).map(place => at(place.x, place.y))).size,
    bytes: area =>
      places(area)
        .map(place => at(place.x, place.y))
        .join(''),
  };
}

async function draw(changes: Partial<ChartRun> = {}): Promise<Picture> {
  return decode(await canvas.draw(run(changes)));
}

describe('canvas.draw()', () => {
  let picture: Picture;
  beforeAll(async () => {
    picture = await draw();
  });

  it('makes a PNG of the size the view draws for', async () => {
    const png = await canvas.draw(run());
    expect(png.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
    expect([picture.width, picture.height]).toEqual([size.width, size.height]);
  });

  it('fills the whole card, with a border one pixel wide', () => {
    for (const [x, y] of [
      [0, 0],
      [1199, 0],
      [0, 749],
      [1199, 749],
      [600, 0],
      [600, 749],
    ] as const) {
      expect(picture.at(x, y)).toBe(`${palette.light.border}FF`);
    }
    expect(picture.at(1, 1)).toBe(`${palette.light.card}FF`);
    expect(picture.at(1198, 748)).toBe(`${palette.light.card}FF`);
  });

  it('shows evaluation and training in both panels', () => {
    for (const panel of [lossPanel, accuracyPanel]) {
      expect(picture.find(palette.light.eval, panel).length).toBeGreaterThan(500);
      expect(picture.find(palette.light.train, panel).length).toBeGreaterThan(300);
    }
  });

  it('draws a value where the axis says it is', () => {
    const { min, max } = run().options!.scales!.accuracy as { min: number; max: number };
    const height = 685 - ((0.5 - min) / (max - min)) * (685 - 489);
    const rows = picture.find(palette.light.eval, { ...accuracyPanel, x: 500, width: 1 }).map(({ y }) => y + 0.5);
    expect(rows.length).toBeGreaterThan(2);
    expect(rows.reduce((sum, y) => sum + y / rows.length, 0)).toBeCloseTo(height, -0.5);
  });

  it('greys the part not run, from the step that was reached', async () => {
    const config = run({ curves: curves(120), running: true });
    const { x } = (config.options!.plugins!.lettering as Lettering).ahead!;
    const partial = await decode(await canvas.draw(config));
    expect(partial.at(Math.ceil(x) + 300, 300)).toBe(`${palette.light.ahead}FF`);
    expect(partial.at(Math.floor(x) - 100, 210)).toBe(`${palette.light.card}FF`);
    const drawn = partial.find(palette.light.eval, lossPanel).map(place => place.x);
    expect(Math.abs(Math.max(...drawn) - x)).toBeLessThan(8);
  });

  it('writes the title, the headings and the labels of both axes', () => {
    const areas: Record<string, Area> = {
      title: { x: 36, y: 30, width: 120, height: 40 },
      loss: { x: 36, y: 140, width: 70, height: 26 },
      accuracy: { x: 36, y: 444, width: 220, height: 26 },
      values: { x: 60, y: 176, width: 56, height: 20 },
      steps: { x: 850, y: 700, width: 150, height: 30 },
    };
    for (const [name, area] of Object.entries(areas)) expect(picture.colours(area), name).toBeGreaterThan(10);
  });

  it('writes letters, not boxes: an accent, a letter and an unknown sign all differ', async () => {
    const titles = ['é', 'e', 'i', '\u{10FFFD}'];
    const pictures = await Promise.all(titles.map(title => draw({ title })));
    expect(new Set(pictures.map(each => each.bytes(titleBand))).size).toBe(titles.length);
    expect(pictures[0]!.find(palette.light.strong, titleBand).length).toBeGreaterThan(20);
  });

  it('has each weight of the font', async () => {
    const { createCanvas: blank } = await import('canvas');
    const pen = blank(10, 10).getContext('2d');
    const widths = [400, 600, 700].map(weight => {
      pen.font = `${weight} 40px Inter`;
      return pen.measureText('distillation').width;
    });
    expect(new Set(widths).size).toBe(3);
  });

  it('ends a title that is too long before the edge of the card', async () => {
    const long = await draw({ title: 'wide '.repeat(60) });
    expect(long.colours({ ...titleBand, x: 1166, width: 32 })).toBe(1);
    expect(long.colours({ ...titleBand, x: 1000, width: 164 })).toBeGreaterThan(10);
  });

  it('draws on a dark card', async () => {
    const dark = await draw({ theme: 'dark' });
    expect(dark.at(1, 1)).toBe(`${palette.dark.card}FF`);
    expect(dark.find(palette.dark.eval, lossPanel).length).toBeGreaterThan(500);
  });

  it.each<[string, Partial<ChartRun>]>([
    ['nothing', { curves: {}, planned: 0 }],
    ['one step', { curves: { eval_total_loss: { steps: [1], values: [2] } }, planned: 300, running: true }],
    ['no evaluation', { curves: { train_total_loss: series(300, 1, () => 1) }, best: { step: 20 } }],
    ['not a number', { curves: { eval_total_loss: { steps: [1, 2, 3], values: [1, Number.NaN, 2] } }, planned: 3 }],
    ['an early stop', { curves: curves(220), stoppedEarly: 220, best: { step: 200 } }],
  ])('draws whatever it is given: %s', async (_, changes) => {
    const odd = await draw(changes);
    expect([odd.width, odd.height]).toEqual([size.width, size.height]);
    expect(odd.colours(titleBand)).toBeGreaterThan(10);
  });

  it('draws the same picture of the same run, and leaves the configuration as it is', async () => {
    const config: ChartConfiguration = { type: 'line', data: { datasets: [{ data: [{ x: 1, y: 1 }] }] }, options: {} };
    const [first, second] = await Promise.all([canvas.draw(run()), createCanvas().draw(run())]);
    await canvas.draw(config);
    expect(first.equals(second)).toBe(true);
    expect(config.options).toEqual({});
  });

  it('lets the event loop turn between charts that were asked for at once', async () => {
    let turns = 0;
    let counting = true;
    const count = () => {
      turns++;
      if (counting) setImmediate(count);
    };
    setImmediate(count);
    const seen: number[] = [];
    const watched = Array.from({ length: 50 }, () => {
      const config = run({ curves: {} });
      config.plugins!.push({ id: 'watch', beforeInit: () => void seen.push(turns) });
      return canvas.draw(config);
    });
    await Promise.all(watched);
    counting = false;
    expect(seen).toHaveLength(50);
    for (let i = 1; i < seen.length; i++) expect(seen[i]).toBeGreaterThan(seen[i - 1]!);
  }, 60_000);

  it('draws with twice the pixels where it is asked to, and with as many as ever after that', async () => {
    const whole = run();
    const sharp = { ...whole, options: { ...whole.options, devicePixelRatio: 2 } };
    const [large, usual] = await Promise.all([decode(await canvas.draw(sharp)), decode(await canvas.draw(run()))]);
    expect([large.width, large.height]).toEqual([2 * size.width, 2 * size.height]);
    expect([usual.width, usual.height]).toEqual([size.width, size.height]);
    expect(usual.bytes(titleBand)).toBe(picture.bytes(titleBand));
    expect(large.find(palette.light.eval, { x: 256, y: 368, width: 2072, height: 468 }).length).toBeGreaterThan(2000);
  });

  it('goes on after a chart that cannot be drawn', async () => {
    const broken = run();
    broken.plugins!.push({
      id: 'broken',
      beforeDraw() {
        throw new Error('The pen broke.');
      },
    });
    const [failed, drawn] = await Promise.allSettled([canvas.draw(broken), canvas.draw(run())]);
    expect(failed).toMatchObject({ status: 'rejected', reason: { message: 'The pen broke.' } });
    expect(drawn.status).toBe('fulfilled');
  });
});
