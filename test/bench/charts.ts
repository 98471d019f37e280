import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createCanvas } from '../../src/clients/canvas.ts';
import type { Curves } from '../../src/job/curves.ts';
import { chart } from '../../src/views/chart.ts';
import type { ChartRun } from '../../src/views/chart-run.ts';
import { wordsIn } from '../../src/views/words.ts';
import { rivals } from './chart-rivals.ts';
import { inTurn, ranked, row, timed } from './measure.ts';
import { openLoop } from './open-loop.ts';

const words = wordsIn('en').chart;
const rounds = 30;

/** A run of 2,000 steps whose four series have a point for each of them. */
export const benchRun: ChartRun = {
  title: 'bench',
  subtitle: 'teacher → student · step 2,000 of 2,000',
  planned: 2000,
  running: false,
  curves: curves(2000),
  best: { step: 1500 },
};

/** One chart beside what others draw of the same curves, each against an empty picture on the same canvas; its memory over many charts; and answers while many are drawn. */
export async function charts() {
  await beside();
  await overMany();
  await whileDrawing();
}

async function beside() {
  // A canvas rests after it has drawn: one for each, so that nobody waits for another's.
  const [drawing, emptied, stripped] = [createCanvas(), createCanvas(), createCanvas()];
  const draw = () => drawing.draw(chart(benchRun, words));
  const empty = () => emptied.draw({ type: 'line', data: { datasets: [] }, options: { scales: {} } });
  // Opened first, so that the font is there for all.
  await draw();
  const found = await rivals(benchRun.curves);
  const present = Object.entries(found).flatMap(([name, rival]) =>
    typeof rival === 'string' ? [] : [[name, rival] as const],
  );
  const drawn = await inTurn(rounds, {
    retort: () => timed(draw),
    floor: () => timed(empty),
    configured: () => timed(async () => chart(benchRun, words)),
    bare: () => timed(() => stripped.draw(withoutLines())),
    ...Object.fromEntries(present.map(([name, rival]) => [name, () => timed(rival.draw)])),
  });
  const { retort, floor, configured, bare } = drawn;
  write(row('a chart of 4 × 2,000 points', retort, floor));
  for (const [name, rival] of Object.entries(found)) {
    const sample = (drawn as Record<string, typeof retort>)[name];
    write(sample ? row(`  ${name}`, sample, floor) : `  ${name}: ${rival}`);
    if (typeof rival !== 'string') rival.close();
  }
  const above = [
    ['to say what is drawn', configured.median],
    ['axes, words and the writing of them', bare.median - floor.median],
    ['lines', retort.median - bare.median - configured.median],
  ] as const;
  write(`  above the floor: ${above.map(([what, ms]) => `${ms.toFixed(1)} ms ${what}`).join(', ')}`);
}

/** The same picture, but for its lines. */
function withoutLines() {
  const whole = chart(benchRun, words);
  return { ...whole, data: { datasets: [] } };
}

async function overMany() {
  const process = await drawingProcess();
  const resident: number[] = [];
  for (let drawn = 0; drawn < 500; drawn += 50) resident.push((await process.draw(50)).resident / 2 ** 20);
  process.close();
  write(`resident memory after 50, 100 … 500 charts, in MB: ${resident.map(mb => mb.toFixed(0)).join(' ')}`);
  const later = resident.slice(-5);
  write(`  its plateau, over the last 250: ${Math.min(...later).toFixed(0)} to ${Math.max(...later).toFixed(0)} MB`);
}

async function whileDrawing() {
  const process = await drawingProcess();
  await process.draw(5);
  const load = (seconds: number) => ({
    url: `http://127.0.0.1:${process.port}/`,
    signingSecret: '',
    perSecond: 50,
    payloads: Array.from({ length: 50 * seconds }, () => '{}'),
  });
  await openLoop(load(1));
  const idle = await openLoop(load(4));
  const drawn = process.draw(50);
  const answered: number[] = [];
  let done = false;
  void drawn.then(() => {
    done = true;
  });
  while (!done) answered.push(...(await openLoop(load(1))).map(({ ms }) => ms));
  process.close();
  const [rest, busy] = [ranked(idle.map(({ ms }) => ms)), ranked(answered)];
  write(
    `an answer while 50 charts are drawn: median ${busy(0.5).toFixed(1)} ms, 95th percentile ${busy(0.95).toFixed(1)}, slowest ${busy(1).toFixed(1)}; idle ${rest(0.5).toFixed(1)}, ${rest(0.95).toFixed(1)}, ${rest(1).toFixed(1)}: ${(busy(0.5) / rest(0.5)).toFixed(2)} × and ${(busy(0.95) / rest(0.95)).toFixed(2)} ×`,
  );
}

async function drawingProcess() {
  const child = fork(fileURLToPath(new URL('drawing.ts', import.meta.url)));
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return {
    port,
    async draw(count: number): Promise<{ resident: number }> {
      const told = once(child, 'message');
      child.send(count);
      const [answer] = (await told) as [{ resident: number }];
      return answer;
    },
    close: () => void child.kill(),
  };
}

function curves(last: number): Curves {
  const steps = Array.from({ length: last }, (_, i) => i + 1);
  const noise = (step: number) => ((step * 7919) % 101) / 101 - 0.5;
  const loss = (step: number) => 0.4 + 3 * Math.exp(-step / 300) + 0.1 * noise(step);
  const accuracy = (step: number) => 0.9 - 0.6 * Math.exp(-step / 300) + 0.04 * noise(step + 7);
  return {
    train_total_loss: { steps, values: steps.map(loss) },
    train_fraction_of_correct_next_step_preds: { steps, values: steps.map(accuracy) },
    eval_total_loss: { steps, values: steps.map(step => 0.1 + loss(step)) },
    eval_fraction_of_correct_next_step_preds: { steps, values: steps.map(step => accuracy(step) - 0.05) },
  };
}

function write(line: string) {
  process.stdout.write(`${line}\n`);
}
