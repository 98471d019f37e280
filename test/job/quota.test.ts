import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/job/quota.ts';
import {
  admit,
  capacityOf,
  emptyLedger,
  forecast,
  line,
  paused,
  queue,
  release,
  unitsHeld,
  unitsIn,
  unlimited,
} from '../../src/job/quota.ts';
import { hardware, queues } from '../../src/job/recipe.ts';

const seat = (since: number, units = 64) => ({ units, since });

describe('line()', () => {
  it('is first come, first served', () => {
    const ledger = [
      ['late', 3],
      ['early', 1],
      ['middle', 2],
    ].reduce((before, [id, since]) => queue(before, id as string, seat(since as number)), emptyLedger);
    expect(line(ledger)).toEqual(['early', 'middle', 'late']);
  });

  it('orders two of one instant alike, whoever was written first', () => {
    const one = queue(queue(emptyLedger, 'b', seat(1)), 'a', seat(1));
    const other = queue(queue(emptyLedger, 'a', seat(1)), 'b', seat(1));
    expect(line(one)).toEqual(['a', 'b']);
    expect(line(other)).toEqual(['a', 'b']);
  });
});

describe('capacityOf()', () => {
  it.each<[string, Ledger, Partial<Record<'TPU' | 'GPU', number>>, Record<'TPU' | 'GPU', number>]>([
    ['what one job takes, where nothing else is known', emptyLedger, {}, { TPU: 64, GPU: 8 }],
    ['what Cloud Quotas said', { ...emptyLedger, capacity: { units: 128, at: 1 } }, {}, { TPU: 128, GPU: 128 }],
    [
      'what the operator set',
      { ...emptyLedger, capacity: { units: 128, at: 1 } },
      { TPU: 256, GPU: 16 },
      { TPU: 256, GPU: 16 },
    ],
  ])('is %s; for tuning jobs there is no limit in any case', (_, ledger, capacity, expected) => {
    for (const accelerator of ['TPU', 'GPU'] as const)
      expect(capacityOf(ledger, accelerator, { capacity })).toBe(expected[accelerator]);
    expect(capacityOf(ledger, 'tuning', { capacity })).toBe(unlimited);
  });
});

describe('unitsIn()', () => {
  it('is what a job takes of an accelerator, and one of a line without a limit', () => {
    expect(Object.fromEntries(queues.map(queue => [queue, unitsIn(queue)]))).toEqual({
      TPU: hardware.TPU.units,
      GPU: hardware.GPU.units,
      tuning: 1,
    });
  });
});

describe('A line without a limit', () => {
  it('seats whoever is first in it, however many are seated, and tells everybody to begin at once', () => {
    const ids = Array.from({ length: 500 }, (_, i) => `job${String(i).padStart(3, '0')}`);
    let ledger: Ledger = { ...emptyLedger, took: [3_600_000] };
    for (const id of ids) ledger = queue(ledger, id, { units: unitsIn('tuning'), since: 5, by: id });
    const starts = forecast(ledger, { capacity: unlimited, now: 9 })?.starts;
    expect(Object.values(starts ?? {})).toEqual(ids.map(() => ({ from: 9, to: 9 })));
    for (const id of line(ledger)) ledger = admit(ledger, id, { capacity: unlimited, now: 9 })!;
    expect(Object.keys(ledger.held).sort()).toEqual(ids);
    expect(unitsHeld(ledger)).toBe(500);
    expect(paused(ledger, { user: 'U', team: 'T' }, 9).paused).toEqual({ by: { user: 'U', team: 'T' }, at: 9 });
  });
});

describe('admit()', () => {
  const waiting = queue(queue(emptyLedger, 'first', seat(1)), 'second', seat(2));

  it('seats the first in line where its units are free', () => {
    const ledger = admit(waiting, 'first', { capacity: 64, now: 9 });
    expect(ledger).toMatchObject({
      held: { first: { units: 64, since: 9 } },
      waiting: { second: { units: 64, since: 2 } },
    });
  });

  it('seats nobody out of turn, even where there is room', () => {
    expect(admit(waiting, 'second', { capacity: 640, now: 9 })).toBeUndefined();
  });

  it('lets a small job wait behind a large one', () => {
    const ledger = queue(queue(emptyLedger, 'large', seat(1, 64)), 'small', seat(2, 8));
    expect(admit(ledger, 'large', { capacity: 32, now: 9 })).toBeUndefined();
    expect(admit(ledger, 'small', { capacity: 32, now: 9 })).toBeUndefined();
  });

  it('seats nobody who is not in line, or is seated already', () => {
    const ledger = admit(waiting, 'first', { capacity: 64, now: 9 })!;
    expect(admit(ledger, 'first', { capacity: 640, now: 9 })).toBeUndefined();
    expect(admit(ledger, 'stranger', { capacity: 640, now: 9 })).toBeUndefined();
  });

  it('leaves the ledger it was given as it was', () => {
    const before = structuredClone(waiting);
    admit(waiting, 'first', { capacity: 64, now: 9 });
    release(waiting, 'first');
    queue(waiting, 'third', seat(3));
    expect(waiting).toEqual(before);
  });
});

describe('release()', () => {
  it('forgets a job that held units, and one that waited', () => {
    const ledger: Ledger = { held: { a: seat(1) }, waiting: { b: seat(2) } };
    expect(release(ledger, 'a')).toEqual({ held: {}, waiting: { b: seat(2) } });
    expect(release(ledger, 'b')).toEqual({ held: { a: seat(1) }, waiting: {} });
  });
});

describe('any schedule of queueing, admitting and releasing', () => {
  const ids = ['a', 'b', 'c', 'd', 'e'] as const;
  const schedule = fc.record({
    capacity: fc.integer({ min: 0, max: 24 }),
    turns: fc.array(
      fc.record({
        act: fc.constantFrom('queue', 'admit', 'admit', 'release'),
        id: fc.constantFrom(...ids),
        units: fc.constantFrom(4, 8, 16),
        later: fc.nat(1),
      }),
      { maxLength: 60 },
    ),
  });

  it('never holds more than there is, lets nobody be overtaken, and releases as well twice as once', () => {
    fc.assert(
      fc.property(schedule, ({ capacity, turns }) => {
        let ledger: Ledger = emptyLedger;
        let now = 0;
        const came = new Map<string, number>();
        for (const { act, id, units, later } of turns) {
          now += later;
          if (act === 'queue' && !(id in ledger.held) && !came.has(id)) {
            ledger = queue(ledger, id, { units, since: now });
            came.set(id, now);
          } else if (act === 'admit') {
            const after = admit(ledger, id, { capacity, now });
            const first = line(ledger)[0];
            const fits = first !== undefined && unitsHeld(ledger) + ledger.waiting[first]!.units <= capacity;
            expect(after !== undefined).toBe(id === first && fits);
            if (!after) continue;
            const before = came.get(id)!;
            came.delete(id);
            for (const since of came.values()) expect(since).toBeGreaterThanOrEqual(before);
            ledger = after;
          } else if (act === 'release') {
            const once = release(ledger, id);
            expect(release(once, id)).toEqual(once);
            came.delete(id);
            ledger = once;
          }
          expect(unitsHeld(ledger)).toBeLessThanOrEqual(capacity);
          expect(new Set(line(ledger))).toEqual(new Set(came.keys()));
          expect(Object.keys(ledger.held).filter(held => held in ledger.waiting)).toEqual([]);
        }
      }),
    );
  });

  it('seats everybody in the end, where everybody leaves again', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...ids]),
        fc.array(fc.constantFrom(4, 8, 16), { minLength: 5, maxLength: 5 }),
        (order, units) => {
          let ledger = order.reduce(
            (before, id, i) => queue(before, id, { units: units[i]!, since: i }),
            emptyLedger as Ledger,
          );
          const served: string[] = [];
          for (let round = 0; round < order.length; round++) {
            const first = line(ledger)[0]!;
            ledger = release(admit(ledger, first, { capacity: 16, now: 99 })!, first);
            served.push(first);
          }
          expect(served).toEqual(order);
          expect(ledger).toMatchObject(emptyLedger);
        },
      ),
    );
  });
});
