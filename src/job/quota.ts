import { z } from 'zod';

const Seat = z.object({ units: z.number(), since: z.number() });

export const Ledger = z.object({
  /** Who holds how many units, by job id. */
  held: z.record(z.string(), Seat),
  /** Who waits for how many, by job id; the earliest is first in line. */
  waiting: z.record(z.string(), Seat),
});
/** Who holds how much of one accelerator's quota, and who is next. */
export type Ledger = z.infer<typeof Ledger>;

export const emptyLedger: Ledger = { held: {}, waiting: {} };

/** Units taken by all holders together. */
export function unitsHeld(ledger: Ledger): number {
  return Object.values(ledger.held).reduce((sum, seat) => sum + seat.units, 0);
}

/** The jobs in line, first come first. Two of the same instant are ordered by id, so that everyone computes the same line. */
export function line(ledger: Ledger): string[] {
  return Object.entries(ledger.waiting)
    .sort(([a, { since }], [b, { since: other }]) => since - other || (a < b ? -1 : 1))
    .map(([id]) => id);
}

/** The ledger with a job at the end of the line. */
export function queue(ledger: Ledger, id: string, seat: { units: number; since: number }): Ledger {
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
  return { held: { ...ledger.held, [id]: { units: seat.units, since: now } }, waiting };
}

/** The ledger without the job, whether it held units or waited for them. */
export function release(ledger: Ledger, id: string): Ledger {
  const { [id]: _seat, ...held } = ledger.held;
  const { [id]: _place, ...waiting } = ledger.waiting;
  return { held, waiting };
}
