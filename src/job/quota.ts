import { z } from 'zod';
import type { Accelerator, Queue } from './recipe.ts';
import { hardware } from './recipe.ts';

/** Milliseconds since 1970, UTC. */
const At = z.number();

const Seat = z.object({
  units: z.number(),
  since: At,
  /** Whose job it is; unknown of seats that an earlier version wrote. */
  by: z.string().optional(),
  /** Where its pipeline job runs; unknown of seats that an earlier version wrote. */
  region: z.string().optional(),
});
type Seat = z.infer<typeof Seat>;

const Capacity = z.object({
  units: z.number(),
  at: At,
});
/** How many units Cloud Quotas says there are, and when it said so. */
export type Capacity = z.infer<typeof Capacity>;

export const Ledger = z.object({
  /** Who holds how many units, by job id. */
  held: z.record(z.string(), Seat),
  /** Who waits for how many, by job id. */
  waiting: z.record(z.string(), Seat),
  /** When each person was last given a seat. */
  served: z.record(z.string(), At).optional(),
  /** How long the last jobs held their seats that ended well, in milliseconds, the newest last. */
  took: z.array(z.number()).optional(),
  capacity: Capacity.optional(),
  /** When Cloud Quotas was last asked, whatever it said. */
  askedAt: At.optional(),
  /** Nobody is given a seat while this stands: by whom, and since when. */
  paused: z.object({ by: z.object({ user: z.string(), team: z.string() }), at: At }).optional(),
});
/** Who holds how much of one accelerator's quota, and who is next. */
export type Ledger = z.infer<typeof Ledger>;

export const emptyLedger: Ledger = { held: {}, waiting: {} };

/** How many past jobs a prediction is made from. */
const remembered = 10;
/** Of how many people it is remembered when they were last given a seat. */
const people = 100;

/** What there is where there is no limit of ours. */
export const unlimited = Number.MAX_SAFE_INTEGER;

/** Units to share out: what the operator set, else what Cloud Quotas said, else what one job takes. Tuning jobs stand in Google's own line, and in none of ours. */
export function capacityOf(
  ledger: Ledger,
  accelerator: Queue,
  { capacity }: { capacity: Partial<Record<Accelerator, number>> },
): number {
  if (accelerator === 'tuning') return unlimited;
  return capacity[accelerator] ?? ledger.capacity?.units ?? hardware[accelerator].units;
}

/** The ledger with what is known of the quota now. What Cloud Quotas said before is kept where it says nothing now: not known is never none. */
export function measured(ledger: Ledger, units: number | undefined, now: number): Ledger {
  return units === undefined ? ledger : { ...ledger, capacity: { units, at: now } };
}

/** The ledger with launches paused, or going on. */
export function paused(ledger: Ledger, by: { user: string; team: string } | undefined, now: number): Ledger {
  if (by) return { ...ledger, paused: { by, at: now } };
  const { paused: _, ...rest } = ledger;
  return rest;
}

/** How many units one job in a line takes. */
export function unitsIn(queue: Queue): number {
  return queue === 'tuning' ? 1 : hardware[queue].units;
}

/** Units taken by all holders together. */
export function unitsHeld(ledger: Ledger): number {
  return Object.values(ledger.held).reduce((sum, seat) => sum + seat.units, 0);
}

/**
 * The jobs in line. Within a person, first come is first served; between people turns are taken: next is whoever was
 * given a seat the longest ago, or never. Equals are ordered by when they came, then by id, so that everyone computes
 * the same line.
 */
export function line(ledger: Ledger): string[] {
  const served = new Map(Object.entries(ledger.served ?? {}));
  const left = Object.entries(ledger.waiting).sort(
    ([a, one], [b, other]) => one.since - other.since || (a < b ? -1 : 1),
  );
  const order: string[] = [];
  for (let turn = 1; left.length; turn++) {
    const last = ([id, seat]: [string, Seat]) => served.get(whose(id, seat)) ?? Number.NEGATIVE_INFINITY;
    const next = left.reduce((first, one) => (last(one) < last(first) ? one : first));
    left.splice(left.indexOf(next), 1);
    order.push(next[0]);
    // Later than any moment, and in the order of the turns.
    served.set(whose(...next), 2 ** 50 + turn);
  }
  return order;
}

function whose(id: string, { by }: Seat): string {
  return by ?? `the one who asked for ${id}`;
}

/** The ledger with a job in line. One that is in line already keeps its place. */
export function queue(ledger: Ledger, id: string, seat: Seat): Ledger {
  return { ...ledger, waiting: { ...ledger.waiting, [id]: seat } };
}

/** The ledger with the job seated, where it is first in line and its units are free; else undefined. */
export function admit(
  ledger: Ledger,
  id: string,
  { capacity, now }: { capacity: number; now: number },
): Ledger | undefined {
  const { [id]: seat, ...waiting } = ledger.waiting;
  if (!seat || line(ledger)[0] !== id || unitsHeld(ledger) + seat.units > capacity) return undefined;
  const held = { ...ledger.held, [id]: { ...seat, since: now } };
  return { ...ledger, held, waiting, served: servedNow(ledger.served, whose(id, seat), now) };
}

/** The ledger without the job, whether it held units or waited for them; the very same where it did neither. `took`: how long it held them, where it ended well. */
export function release(ledger: Ledger, id: string, { took }: { took?: number | undefined } = {}): Ledger {
  if (!(id in ledger.held) && !(id in ledger.waiting)) return ledger;
  const { [id]: _seat, ...held } = ledger.held;
  const { [id]: _place, ...waiting } = ledger.waiting;
  const known = took === undefined ? ledger.took : [...(ledger.took ?? []), took].slice(-remembered);
  return { ...ledger, held, waiting, ...(known && { took: known }) };
}

/** Who was given a seat last, and the others before, as many as are remembered. Two of one instant keep their order. */
function servedNow(served: Ledger['served'] = {}, person: string, now: number): Record<string, number> {
  const at = Math.max(now, ...Object.values(served).map(before => before + 1));
  const newest = Object.entries({ ...served, [person]: at }).sort(([, a], [, b]) => b - a);
  return Object.fromEntries(newest.slice(0, people));
}

/** From when until when something is likely, in milliseconds since 1970. */
export interface Range {
  from: number;
  to: number;
}

/** When each holder is likely to be done, and each job in line to be seated: as if all went as fast, and as slow, as the past jobs did. Nothing where there are none. */
export function forecast(
  ledger: Ledger,
  { capacity, now }: { capacity: number; now: number },
): { ends: Record<string, Range>; starts: Record<string, Range> } | undefined {
  const { took = [] } = ledger;
  if (!took.length) return undefined;
  const fast = schedule(ledger, { capacity, now, takes: Math.min(...took) });
  const slow = schedule(ledger, { capacity, now, takes: Math.max(...took) });
  const ranges = (early: Map<string, number>, late: Map<string, number>) =>
    Object.fromEntries([...early].map(([id, from]) => [id, { from, to: Math.max(from, late.get(id) ?? from) }]));
  return { ends: ranges(fast.ends, slow.ends), starts: ranges(fast.starts, slow.starts) };
}

/** When everybody ends and is seated, if each job takes so long, in milliseconds. */
function schedule(ledger: Ledger, { capacity, now, takes }: { capacity: number; now: number; takes: number }) {
  const running = Object.entries(ledger.held).map(([id, { units, since }]) => ({
    id,
    units,
    ends: Math.max(now, since + takes),
  }));
  const ends = new Map(running.map(({ id, ends }) => [id, ends]));
  const starts = new Map<string, number>();
  let at = now;
  for (const id of line(ledger)) {
    const { units } = ledger.waiting[id]!;
    // A job that wants more than there is never starts, and nobody behind it does.
    if (units > capacity) break;
    running.sort((a, b) => a.ends - b.ends);
    let held = running.filter(({ ends }) => ends > at).reduce((sum, job) => sum + job.units, 0);
    for (const job of running) {
      if (held + units <= capacity) break;
      if (job.ends <= at) continue;
      at = job.ends;
      held = running.filter(({ ends }) => ends > at).reduce((sum, one) => sum + one.units, 0);
    }
    starts.set(id, at);
    running.push({ id, units, ends: at + takes });
  }
  return { ends, starts };
}
