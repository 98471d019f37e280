import { spawn } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { byteReader } from '../../src/job/dataset.ts';
import { readThrough } from '../../src/steps/check.ts';
import { inTurn, row, timed } from './measure.ts';

const ways = ['floor', 'without', 'whole'] as const;
type Way = (typeof ways)[number];

const files = {
  'typical, 2,000 rows of 2.5 kB': { rows: 2000, bytes: 2500, rounds: 15 },
  'extreme, 10,000 rows of 32 kB': { rows: 10_000, bytes: 32_000, rounds: 3 },
};

/** The X-ray of a dataset against reading, splitting and `JSON.parse` alone, and what memory each takes: in processes of their own, one after the other. */
export async function datasets() {
  const folder = await mkdtemp(join(tmpdir(), 'retort-bench-'));
  const memory: Record<Way, number>[] = [];
  for (const [title, { rows, bytes, rounds }] of Object.entries(files)) {
    const path = join(folder, `${rows}.jsonl`);
    await pipeline(Readable.from(rowsOf({ rows, bytes })), createWriteStream(path));
    for (const way of ways) await read(way, path);
    const took = await inTurn(rounds, {
      floor: () => timed(() => read('floor', path)),
      without: () => timed(() => read('without', path)),
      whole: () => timed(() => read('whole', path)),
    });
    process.stdout.write(`${row(`X-ray: ${title}`, took.without, took.floor)}\n`);
    process.stdout.write(`${row('  with near-duplicates', took.whole, took.floor)}\n`);
    const share = (way: 'without' | 'whole') => (took.floor.median / took[way].median).toFixed(2);
    process.stdout.write(`  of the floor's speed: ${share('without')}, with near-duplicates ${share('whole')}\n`);
    memory.push({
      floor: await residentAfter('floor', path),
      without: await residentAfter('without', path),
      whole: await residentAfter('whole', path),
    });
  }
  for (const way of ways) {
    const [typical, extreme] = memory.map(those => those[way]);
    process.stdout.write(
      `  resident, ${way.padEnd(8)} ${typical} MB typical, ${extreme} MB extreme, ${extreme! - typical!} MB more\n`,
    );
  }
  await growth(folder);
  await rm(folder, { recursive: true });
}

/** How time grows with the number of rows: twice and four times as many take so many times as long. */
async function growth(folder: string) {
  const counts = [2500, 5000, 10_000] as const;
  const paths = counts.map(rows => join(folder, `${rows}-rows.jsonl`));
  for (const [i, rows] of counts.entries())
    await pipeline(Readable.from(rowsOf({ rows, bytes: 2500 })), createWriteStream(paths[i]!));
  const [one, two, four] = paths.map(path => () => timed(() => read('whole', path)));
  const took = await inTurn(7, { one: one!, two: two!, four: four! });
  const times = (of: 'two' | 'four') => (took[of].median / took.one.median).toFixed(2);
  process.stdout.write(
    `  2,500 rows ${took.one.median.toFixed(1)} ms, twice as many ${times('two')} × as long, four times as many ${times('four')} ×\n`,
  );
}

async function read(way: Way, path: string): Promise<unknown> {
  if (way === 'floor') return floor(path);
  const { size } = await stat(path);
  const into = byteReader({ near: way === 'whole' });
  return readThrough(createReadStream(path), { size, clock: Date, leaving: new AbortController().signal, into });
}

/** The least that has to be done to see every row: bytes read, cut at newlines, decoded and parsed. */
async function floor(path: string): Promise<number> {
  let rest: Buffer = Buffer.alloc(0);
  let rows = 0;
  for await (const chunk of createReadStream(path)) {
    const bytes: Buffer = rest.length ? Buffer.concat([rest, chunk]) : chunk;
    let from = 0;
    for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, from)) {
      if (JSON.parse(bytes.toString('utf8', from, at)).input_text) rows++;
      from = at + 1;
    }
    rest = bytes.subarray(from);
  }
  return rows;
}

/** The most memory, in megabytes, of a process that reads a file this way and does nothing else. */
function residentAfter(way: Way, path: string): Promise<number> {
  const program = spawn(process.execPath, [fileURLToPath(import.meta.url), way, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise(resolve => program.stdout.on('data', told => resolve(Number(told))));
}

/** Rows as support teams have them: an instruction they share, and a text of words that no two share in this order. */
export function* rowsOf({ rows, bytes }: { rows: number; bytes: number }): Generator<string> {
  const words = Array.from({ length: 3000 }, (_, i) => `word${i.toString(36)}`);
  let seed = 1;
  const next = (most: number) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed % most;
  };
  for (let i = 0; i < rows; i++) {
    let text = `Classify the message into one of these classes: [billing, delivery, login] Message: order ${i}`;
    while (text.length < bytes) text += `${next(12) ? ' ' : '.\n'}${words[next(words.length)]}`;
    yield `${JSON.stringify({ input_text: text, output_text: ['billing', 'delivery', 'login'][next(3)] })}\n`;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , way, path] = process.argv;
  await read(way as Way, path!);
  process.stdout.write(String(Math.round(process.resourceUsage().maxRSS / 1024)));
}
