import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  admit,
  capacityOf,
  emptyLedger,
  forecast,
  Ledger,
  line,
  measured,
  paused,
  queue,
  release,
} from '../../src/job/quota.ts';

const units = 64;
const oneSeat = { capacity: units, now: 1000 };
const ben = { user: 'U0BEN', team: 'T0HOME' };

/** A ledger in which these wait, each as `[id, by, since]`. */
function waitingLine(...all: [id: string, by: string | undefined, since: number][]): Ledger {
  return all.reduce((ledger, [id, by, since]) => queue(ledger, id, { units, since, ...(by && { by }) }), emptyLedger);
}

/** The ledger as it comes back from its document. */
function stored(ledger: Ledger): Ledger {
  return Ledger.parse(JSON.parse(JSON.stringify(ledger)));
}

describe('line()', () => {
  it.each<[string, Ledger, string[]]>([
    ['nobody', emptyLedger, []],
    [
      'one person’s jobs in the order in which they came',
      waitingLine(['a3', 'ana', 3], ['a1', 'ana', 1], ['a2', 'ana', 2]),
      ['a1', 'a2', 'a3'],
    ],
    [
      'two people by turns, though all of one came first',
      waitingLine(['a1', 'ana', 1], ['a2', 'ana', 2], ['a3', 'ana', 3], ['b1', 'ben', 4], ['b2', 'ben', 5]),
      ['a1', 'b1', 'a2', 'b2', 'a3'],
    ],
    [
      'three people by turns, in the order in which they came',
      waitingLine(['a1', 'ana', 1], ['a2', 'ana', 2], ['c1', 'chi', 3], ['b1', 'ben', 4], ['c2', 'chi', 5]),
      ['a1', 'c1', 'b1', 'a2', 'c2'],
    ],
    [
      'whoever was served the longest ago first, though they came last',
      { ...waitingLine(['a1', 'ana', 1], ['b1', 'ben', 2], ['c1', 'chi', 3]), served: { ana: 30, ben: 20, chi: 10 } },
      ['c1', 'b1', 'a1'],
    ],
    [
      'whoever was never served before those who were',
      { ...waitingLine(['a1', 'ana', 1], ['b1', 'ben', 2]), served: { ana: 10 } },
      ['b1', 'a1'],
    ],
    [
      'jobs whose person is not known as if each had one of its own',
      waitingLine(['x1', undefined, 1], ['a1', 'ana', 2], ['a2', 'ana', 3], ['x2', undefined, 4]),
      ['x1', 'a1', 'x2', 'a2'],
    ],
  ])('holds %s', (_, ledger, order) => {
    expect(line(ledger)).toEqual(order);
    expect(line(stored(ledger))).toEqual(order);
  });

  const people = ['ana', 'ben', 'chi', 'dee'];
  const lines = fc.record({
    waiting: fc.array(fc.record({ by: fc.constantFrom(...people), since: fc.nat(20) }), { maxLength: 12 }),
    served: fc.dictionary(fc.constantFrom(...people), fc.nat(20)),
  });
  type Waiting = { by: string; since: number }[];
  const ledgerOf = (waiting: Waiting, served: Record<string, number>): Ledger => ({
    ...waitingLine(...waiting.map(({ by, since }, i): [string, string, number] => [`j${i}`, by, since])),
    served,
  });

  it('names everybody once, a person’s jobs in their order, and nobody twice before everybody else once', () => {
    fc.assert(
      fc.property(lines, ({ waiting, served }) => {
        const ledger = ledgerOf(waiting, served);
        const order = line(ledger);
        expect([...order].sort()).toEqual(Object.keys(ledger.waiting).sort());
        const by = (id: string) => ledger.waiting[id]!.by!;
        const since = (id: string) => ledger.waiting[id]!.since;
        for (const [i, id] of order.entries()) {
          const next = order.findIndex((other, j) => j > i && by(other) === by(id));
          if (next < 0) continue;
          expect(since(order[next]!)).toBeGreaterThanOrEqual(since(id));
          const between = new Set(order.slice(i + 1, next).map(by));
          const others = new Set(order.slice(i + 1).map(by));
          others.delete(by(id));
          expect(between).toEqual(others);
        }
      }),
    );
  });

  it('is the same for everyone, in whatever order the ledger was written', () => {
    fc.assert(
      fc.property(lines, fc.infiniteStream(fc.nat()), ({ waiting, served }, dice) => {
        const ledger = ledgerOf(waiting, served);
        const shuffled = Object.entries(ledger.waiting)
          .map(entry => ({ entry, at: dice.next().value as number }))
          .sort((a, b) => a.at - b.at)
          .map(({ entry }) => entry);
        expect(line({ ...ledger, waiting: Object.fromEntries(shuffled) })).toEqual(line(ledger));
      }),
    );
  });
});

describe('queue()', () => {
  it('tells apart two that came in the same instant, by their ids', () => {
    expect(line(waitingLine(['b', 'ben', 1], ['a', 'ana', 1]))).toEqual(['a', 'b']);
  });
});

describe('admit()', () => {
  const waiting = waitingLine(['a1', 'ana', 1], ['a2', 'ana', 2], ['b1', 'ben', 3]);

  it('seats from now on, and remembers when whose turn it was', () => {
    expect(admit(waiting, 'a1', oneSeat)).toEqual({
      held: { a1: { units, since: 1000, by: 'ana' } },
      waiting: { a2: { units, since: 2, by: 'ana' }, b1: { units, since: 3, by: 'ben' } },
      served: { ana: 1000 },
    });
  });

  it('gives the next seat to the next person, not to the next job', () => {
    const ledger = admit(waiting, 'a1', oneSeat)!;
    expect(admit(ledger, 'a2', { capacity: 2 * units, now: 1001 })).toBeUndefined();
    expect(admit(ledger, 'b1', { capacity: 2 * units, now: 1001 })).toBeDefined();
  });

  it.each([
    ['to the last unit', 64, true],
    ['with one unit less', 63, false],
    ['with none', 0, false],
  ])('takes what there is %s', (_, capacity, seats) => {
    expect(admit(waiting, 'a1', { capacity, now: 1000 }) !== undefined).toBe(seats);
  });

  it('keeps the turns apart, though two seats were given in one instant, or the clock was set back', () => {
    const ledger = admit(admit(waiting, 'a1', oneSeat)!, 'b1', { capacity: 2 * units, now: 900 })!;
    const both = queue(queue(ledger, 'b2', { units, since: 4, by: 'ben' }), 'a3', { units, since: 5, by: 'ana' });
    expect(line(both)).toEqual(['a2', 'b2', 'a3']);
  });

  it('remembers the turns of the hundred people who were served last', () => {
    let ledger = emptyLedger;
    for (let i = 0; i < 130; i++) {
      const id = `j${i}`;
      ledger = release(admit(queue(ledger, id, { units, since: i, by: `p${i}` }), id, { ...oneSeat, now: i })!, id);
    }
    expect(Object.keys(ledger.served ?? {}).sort()).toEqual(Array.from({ length: 100 }, (_, i) => `p${i + 30}`).sort());
  });

  it('keeps what the ledger knows besides', () => {
    const known = { took: [5], capacity: { units: 128, at: 7 } };
    expect(admit({ ...waiting, ...known }, 'a1', oneSeat)).toMatchObject(known);
  });
});

describe('release()', () => {
  const both = admit(admit(waitingLine(['a1', 'ana', 1], ['b1', 'ben', 2], ['a2', 'ana', 3]), 'a1', oneSeat)!, 'b1', {
    capacity: 2 * units,
    now: 1001,
  })!;

  it('remembers whose turn it was when they have gone', () => {
    expect(release(release(release(both, 'a1'), 'b1'), 'a2').served).toEqual({ ana: 1000, ben: 1001 });
  });

  it('remembers how long the last ten took that ended well, the newest last', () => {
    const held = { a1: { units, since: 1 } };
    let ledger = emptyLedger;
    for (let took = 1; took <= 12; took++) ledger = release({ ...ledger, held }, 'a1', { took });
    expect(ledger.took).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(stored(ledger)).toEqual(ledger);
  });

  it('learns nothing from a job that did not end well', () => {
    expect(release(both, 'a1').took).toBeUndefined();
    expect(release({ ...both, took: [7] }, 'a1').took).toEqual([7]);
    expect(release({ ...both, took: [7] }, 'a1', { took: 0 }).took).toEqual([7, 0]);
  });

  it('leaves a ledger in which the job does not stand alone', () => {
    expect(release(both, 'stranger', { took: 5 })).toBe(both);
    expect(release(emptyLedger, 'stranger')).toBe(emptyLedger);
  });
});

describe('turns over time', () => {
  const acts = fc.array(
    fc.record({
      act: fc.constantFrom('ask', 'ask', 'seat', 'seat', 'end'),
      by: fc.constantFrom('ana', 'ben', 'chi'),
    }),
    { maxLength: 40, size: 'max' },
  );

  it('nobody is given two seats while somebody waits for one', () => {
    fc.assert(
      fc.property(acts, fc.integer({ min: 1, max: 2 }), (schedule, seats) => {
        let ledger: Ledger = emptyLedger;
        const given: { by: string; at: number }[] = [];
        for (const [now, { act, by }] of schedule.entries()) {
          const first = line(ledger)[0];
          if (act === 'ask') ledger = queue(ledger, `${by}${now}`, { units, since: now, by });
          if (act === 'end') ledger = release(ledger, Object.keys(ledger.held).find(id => id.startsWith(by)) ?? '');
          const after = act === 'seat' && first && admit(ledger, first, { capacity: seats * units, now });
          if (!after) continue;
          const whose = ledger.waiting[first]!.by!;
          const last = given.findLast(one => one.by === whose);
          if (last)
            for (const seat of Object.values(ledger.waiting))
              if (seat.by !== whose && seat.since < last.at)
                expect(given.some(one => one.by === seat.by && one.at > last.at)).toBe(true);
          given.push({ by: whose, at: now });
          ledger = after;
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('whoever held the last seat and asks again goes behind those who have waited meanwhile', () => {
    const before = { ...waitingLine(['a1', 'ana', 1], ['b2', 'ben', 2]), served: { ben: 0 } };
    const ledger = release(admit(before, 'a1', oneSeat)!, 'a1');
    expect(line(queue(ledger, 'a2', { units, since: 2000, by: 'ana' }))).toEqual(['b2', 'a2']);
  });
});

describe('capacityOf()', () => {
  const read = { ...emptyLedger, capacity: { units: 128, at: 1 } };
  it.each([
    ['what the operator set', read, { TPU: 32 }, 32],
    ['none, where the operator set none', read, { TPU: 0 }, 0],
    ['what Cloud Quotas said, where the operator set nothing', read, {}, 128],
    ['what Cloud Quotas said, where the operator set only the other', read, { GPU: 16 }, 128],
    ['none, where Cloud Quotas said none', { ...emptyLedger, capacity: { units: 0, at: 1 } }, {}, 0],
    ['what one job takes, where nobody said anything', emptyLedger, {}, 64],
  ])('is %s', (_, ledger, capacity, units) => {
    expect(capacityOf(ledger, 'TPU', { capacity })).toBe(units);
  });

  it('is what one job takes on the accelerator asked for', () => {
    expect(capacityOf(emptyLedger, 'GPU', { capacity: {} })).toBe(8);
  });
});

describe('measured()', () => {
  const before = measured(waitingLine(['a1', 'ana', 1]), 128, 10);

  it.each([
    ['keeps what Cloud Quotas says, and when', 64, { units: 64, at: 20 }],
    ['takes none for none', 0, { units: 0, at: 20 }],
    ['takes what is not known for no news', undefined, { units: 128, at: 10 }],
  ])('%s', (_, units, capacity) => {
    expect(measured(before, units, 20)).toEqual({ ...before, capacity });
  });

  it('knows of no capacity where none was ever said', () => {
    expect(measured(emptyLedger, undefined, 20)).toEqual(emptyLedger);
  });

  it('keeps an unlimited quota through its document', () => {
    const ledger = stored(measured(emptyLedger, Number.MAX_SAFE_INTEGER, 20));
    expect(capacityOf(ledger, 'TPU', { capacity: {} })).toBe(Number.MAX_SAFE_INTEGER);
  });
});

describe('paused()', () => {
  const before = waitingLine(['a1', 'ana', 1]);

  it('notes by whom and since when, and nothing else changes', () => {
    expect(paused(before, ben, 10)).toEqual({ ...before, paused: { by: ben, at: 10 } });
  });

  it('leaves no trace once launches go on', () => {
    expect(paused(paused(before, ben, 10), undefined, 20)).toEqual(before);
    expect(paused(before, undefined, 20)).toEqual(before);
  });

  it('stays through queueing, ends and what Cloud Quotas says', () => {
    const ledger = paused(before, ben, 10);
    for (const after of [queue(ledger, 'b1', { units, since: 2 }), release(ledger, 'a1'), measured(ledger, 64, 11)])
      expect(after.paused).toEqual({ by: ben, at: 10 });
  });
});

describe('forecast()', () => {
  const [fast, slow] = [100, 300];
  const took = [fast, 200, slow];
  const now = 1000;
  const seat = (since: number) => ({ units, since });

  it.each<[string, Ledger, number, Record<string, [number, number]>, Record<string, [number, number]>]>([
    ['nothing of an empty ledger', { ...emptyLedger, took }, 1, {}, {}],
    [
      'when a holder is done, as fast and as slow as the past jobs',
      { held: { h: seat(950) }, waiting: {}, took },
      1,
      { h: [1050, 1250] },
      {},
    ],
    [
      'that a holder who takes longer than all of them may be done any moment',
      { held: { h: seat(100) }, waiting: {}, took },
      1,
      { h: [1000, 1000] },
      {},
    ],
    [
      'that the first in line may start now where a seat is free',
      { held: {}, waiting: { w: seat(900) }, took },
      1,
      {},
      { w: [1000, 1000] },
    ],
    [
      'that each in line starts when the one before ends',
      { held: { h: seat(950) }, waiting: { w1: seat(960), w2: seat(970) }, took },
      1,
      { h: [1050, 1250] },
      { w1: [1050, 1250], w2: [1150, 1550] },
    ],
    [
      'that of several seats the one that falls free first is taken first',
      { held: { h1: seat(950), h2: seat(990) }, waiting: { w1: seat(991), w2: seat(992), w3: seat(993) }, took },
      2,
      { h1: [1050, 1250], h2: [1090, 1290] },
      { w1: [1050, 1250], w2: [1090, 1290], w3: [1150, 1550] },
    ],
    [
      'when enough holders are done together, where one is not enough',
      { held: { h1: { units: 32, since: 950 }, h2: { units: 32, since: 990 } }, waiting: { w: seat(991) }, took },
      1,
      { h1: [1050, 1250], h2: [1090, 1290] },
      { w: [1090, 1290] },
    ],
    ['no start where there is no quota at all', { held: {}, waiting: { w: seat(900) }, took }, 0, {}, {}],
  ])('says %s', (_, ledger, seats, ends, starts) => {
    const range = (all: Record<string, [number, number]>) =>
      Object.fromEntries(Object.entries(all).map(([id, [from, to]]) => [id, { from, to }]));
    expect(forecast(ledger, { capacity: seats * units, now })).toEqual({ ends: range(ends), starts: range(starts) });
  });

  it('says nothing where no job has ended well yet', () => {
    expect(forecast({ held: { h: seat(950) }, waiting: {} }, { capacity: units, now })).toBeUndefined();
    expect(forecast({ held: { h: seat(950) }, waiting: {}, took: [] }, { capacity: units, now })).toBeUndefined();
  });

  it('follows the turns between people', () => {
    const ledger = { ...waitingLine(['a1', 'ana', 1], ['a2', 'ana', 2], ['b1', 'ben', 3]), took: [100] };
    expect(forecast(ledger, { capacity: units, now })?.starts).toEqual({
      a1: { from: 1000, to: 1000 },
      b1: { from: 1100, to: 1100 },
      a2: { from: 1200, to: 1200 },
    });
  });
});
