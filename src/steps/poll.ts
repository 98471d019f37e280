import pLimit from 'p-limit';
import type { World } from '../world.ts';
import { Contended, StoreUnavailable } from '../world.ts';
import { advance } from './advance.ts';
import { measure } from './govern.ts';
import { astray, repair, sweep } from './sweep.ts';
import { tell } from './tell.ts';
import { changedJobs } from './watch.ts';

/** How many jobs are moved on at once, how many are asked for at a time, and how long one knock may work. */
const together = 16;
const batch = 50;
const budget = 45_000;
/** How much longer notices may be delivered. */
const farewell = 15_000;

/** What one knock found and did: the operator's one place to look. */
export interface Knock {
  /** Jobs that were due and taken; others had them in hand, or a newer version has to see to them. */
  claimed: number;
  /** Of those: how many have another state now, and how many could not be moved on or be told of as they should. */
  moved: number;
  troubled: number;
  /** How many times curves were read. */
  curves: number;
  /** How long the job that was due the longest had been due when the knock came, in seconds. */
  oldestDueSeconds: number;
  /** Seats, and places in line, that were given back for jobs that need none. */
  repaired: number;
  /** By how many the seats in the ledgers differ from the jobs that should have one. */
  astray: number;
  /** Pipeline jobs found that belong to nobody, in the region that was looked at. */
  orphans: number;
  /** Notices delivered. */
  told: number;
}

/** Answers a knock: moves on what has changed and what is due, mends what accidents left, and says in the log what was found. Throws `StoreUnavailable`. */
export async function poll(world: World): Promise<Knock> {
  const { clock, log } = world;
  const began = clock.steady();
  const knock = await work(world, began);
  log.info('Knocked', { milliseconds: Math.round(clock.steady() - began), measures: { ...knock } });
  return knock;
}

/** Moves on every job whose pipeline job has changed, and then every one that is due, until none is or the budget ends. A job that fails is told of in the log and stays due. */
async function work(outside: World, began: number): Promise<Knock> {
  const { jobs, clock, log, leaving } = outside;
  const limit = pLimit(together);
  const seen = new Set<string>();
  const knock: Knock = {
    ...{ claimed: 0, moved: 0, troubled: 0, curves: 0 },
    ...{ oldestDueSeconds: 0, repaired: 0, astray: 0, orphans: 0, told: 0 },
  };
  const world: World = {
    ...outside,
    // Whoever reads curves begins with the run's event files.
    events: {
      ...outside.events,
      written(job) {
        knock.curves++;
        return outside.events.written(job);
      },
    },
  };
  let gone: StoreUnavailable | undefined;
  const step = async (id: string) => {
    if (gone) return;
    seen.add(id);
    try {
      const { claimed, moved, troubled } = await advance(id, world);
      knock.claimed += Number(claimed);
      knock.moved += Number(moved);
      knock.troubled += Number(troubled);
    } catch (error) {
      if (error instanceof StoreUnavailable && !(error instanceof Contended)) gone = error;
      knock.troubled++;
      log.error(
        'A job could not be moved on',
        { job: id, code: error instanceof Error ? error.name : 'unknown' },
        error,
      );
    }
  };
  await limit.map(leaving.aborted ? [] : await changedJobs(world), step);
  if (gone) throw gone;
  for (let first = true; clock.steady() - began < budget && !leaving.aborted; first = false) {
    const now = clock.now();
    const due = (await jobs.due(now, batch + seen.size)).filter(({ id }) => !seen.has(id));
    if (!due.length) break;
    if (first) knock.oldestDueSeconds = Math.max(0, Math.round((now - due[0]!.at) / 1000));
    await limit.map(due, ({ id }) => step(id));
    if (gone) throw gone;
  }
  if (leaving.aborted) return knock;
  await measure(world);
  knock.repaired = await repair(world);
  knock.astray = await astray(world);
  knock.orphans = await sweep(world);
  knock.told = await tell(world, began + budget + farewell);
  return knock;
}
