import { readFileSync } from 'node:fs';

/** What many runs of the same thing took, in milliseconds. */
export interface Sample {
  median: number;
  p95: number;
  slowest: number;
}

/** Runs several things in turn, round after round, so that whatever else the machine does falls on all alike. */
export async function inTurn<Name extends string>(
  rounds: number,
  things: Record<Name, () => Promise<number>>,
): Promise<Record<Name, Sample>> {
  const names = Object.keys(things) as Name[];
  const took = Object.fromEntries(names.map(name => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < rounds; round++) for (const name of names) took[name].push(await things[name]());
  return Object.fromEntries(names.map(name => [name, sample(took[name])])) as Record<Name, Sample>;
}

/** How long something takes, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const before = performance.now();
  await work();
  return performance.now() - before;
}

/** A line of a table: a thing, its floor, and how many times the floor it takes. */
export function row(title: string, thing: Sample, floor: Sample): string {
  const numbers = ({ median, p95, slowest }: Sample) =>
    [median, p95, slowest].map(ms => ms.toFixed(1).padStart(8)).join('');
  return `${title.padEnd(34)}${numbers(thing)}   floor${numbers(floor)}   ${(thing.median / floor.median).toFixed(2).padStart(6)} ×`;
}

/** What a share of these numbers does not exceed. */
export function ranked(numbers: number[]): (share: number) => number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return share => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}

function sample(took: number[]): Sample {
  const at = ranked(took);
  return { median: at(0.5), p95: at(0.95), slowest: at(1) };
}

/** How much memory a process has resident, in megabytes. */
export function residentMegabytes(pid: number): number {
  const [, kilobytes = ''] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kilobytes) / 1024);
}
