import pLimit from 'p-limit';
import type { JobId } from '../job/job.ts';
import { accelerators, regions } from '../job/recipe.ts';
import type { World } from '../world.ts';
import { Newer, Unavailable } from '../world.ts';

type Touches = Pick<World, 'jobs' | 'vertex' | 'settings' | 'clock' | 'log'>;

/** How far back, in looks, changes are asked for: knocks may be left out or late, and clocks differ. */
const asFarAs = 4;
/** How many jobs are read at once. */
const together = 16;

/** The jobs whose pipeline job Vertex AI has changed since it was last looked at: one list a region in which one runs. A list that fails, or is old, makes nobody forgotten: a look comes anyway, only later. */
export async function changedJobs(world: Touches): Promise<JobId[]> {
  const { jobs, clock, settings } = world;
  const ledgers = await Promise.all(accelerators.map(accelerator => jobs.ledger(accelerator)));
  const held = Object.assign({}, ...ledgers.map(ledger => ledger.held)) as (typeof ledgers)[number]['held'];
  const since = clock.now() - asFarAs * settings.lookEvery;
  const listed = (await Promise.all(regionsOf(held).map(region => changedIn(region, since, world)))).flat();
  const mine = listed.filter(({ job }) => Object.hasOwn(held, job));
  const isNew = await pLimit(together).map(mine, ({ job, updatedAt }) => isUnseen(job, updatedAt, world));
  return mine.filter((_, i) => isNew[i]).map(({ job }) => job);
}

/** The regions of these seats; all, where an earlier version has not written down that of one. */
function regionsOf(held: Record<string, { region?: string | undefined }>): readonly string[] {
  const named = Object.values(held).map(({ region }) => region);
  return named.includes(undefined) ? regions : [...new Set(named as string[])];
}

async function changedIn(region: string, since: number, { vertex, log }: Touches) {
  try {
    return await vertex.changed(region, since);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    log.warn('What has changed in a region could not be listed', { name: region, code: error.trouble.why });
    return [];
  }
}

/** Whether a pipeline job was last looked at before this change. */
async function isUnseen(id: JobId, updatedAt: number, { jobs }: Touches): Promise<boolean> {
  try {
    const job = await jobs.get(id);
    if (job?.state !== 'running' && job?.state !== 'cancelling') return false;
    return job.run !== undefined && (job.run.updatedAt ?? 0) < updatedAt;
  } catch (error) {
    if (error instanceof Newer) return false;
    throw error;
  }
}
