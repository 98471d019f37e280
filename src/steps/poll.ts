import pLimit from 'p-limit';
import type { World } from '../world.ts';
import { advance } from './advance.ts';

/** How many jobs are moved on at once, how many are asked for at a time, and how long one knock may work. */
const together = 16;
const batch = 50;
const budget = 45_000;

export interface Knock {
  due: number;
  failed: number;
}

/** Moves on every job that is due, until none is or the budget ends. A job that fails is told of in the log and stays due. */
export async function poll(world: World): Promise<Knock> {
  const { jobs, clock, log } = world;
  const limit = pLimit(together);
  const began = clock.now();
  const seen = new Set<string>();
  const knock: Knock = { due: 0, failed: 0 };
  while (clock.now() - began < budget) {
    const due = (await jobs.due(clock.now(), batch)).filter(id => !seen.has(id));
    if (!due.length) break;
    knock.due += due.length;
    await limit.map(due, async id => {
      seen.add(id);
      try {
        await advance(id, world);
      } catch (error) {
        knock.failed++;
        log.error('A job could not be moved on', { job: id, code: error instanceof Error ? error.name : 'unknown' });
      }
    });
  }
  return knock;
}
