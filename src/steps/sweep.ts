import type { JobId } from '../job/job.ts';
import { endOf, isFinal } from '../job/job.ts';
import { release } from '../job/quota.ts';
import { places, queues } from '../job/recipe.ts';
import type { Run } from '../job/run.ts';
import type { World } from '../world.ts';
import { Newer, Unavailable } from '../world.ts';
import { owe } from './tell.ts';

type Touches = Pick<World, 'jobs' | 'notices' | 'vertex' | 'settings' | 'clock' | 'log'>;

/** How long ago a job must have ended for its run to have ended too, in looks. */
const longEnough = 5;
/** How many jobs in the ledgers are looked at in one knock. */
const atOnce = 20;

/** Looks in one region, each knock in the next, for pipeline jobs and tuning jobs that carry this deployment's label and that no job is waiting for: a creation that came after all. They are cancelled, and the operator is told. Returns how many there were. */
export async function sweep(world: Touches): Promise<number> {
  const { vertex, settings, clock, log } = world;
  const region = places[Math.floor(clock.now() / settings.lookEvery) % places.length] ?? '';
  let orphans = 0;
  try {
    const listed = await vertex.list(region);
    const seated = listed.length ? await seats(world) : new Set<string>();
    for (const { job: id, run } of listed) {
      // Whoever holds a seat waits for its run.
      if (await isAwaited(id, run, { seated, world })) continue;
      orphans++;
      await owe({ kind: 'orphan', job: id, run: run.name }, world);
      const trouble = await vertex.cancel(run.name);
      if (trouble) log.warn('An orphan was not cancelled', { job: id, code: trouble.why });
    }
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    log.warn('A region could not be swept', { name: region, code: error.name });
  }
  return orphans;
}

async function seats({ jobs }: Touches): Promise<ReadonlySet<string>> {
  const ledgers = await Promise.all(queues.map(queue => jobs.ledger(queue)));
  return new Set(ledgers.flatMap(({ held }) => Object.keys(held)));
}

/** Whether a job waits for this very run, or ended so short a time ago that the list may be older. Of two tuning jobs of one job, which an answer that got lost may have brought about, one is waited for. What a newer version wrote is that version's to judge. */
async function isAwaited(
  id: string,
  run: Run,
  { seated, world }: { seated: ReadonlySet<string>; world: Touches },
): Promise<boolean> {
  const { jobs, settings, clock } = world;
  // A label may be anything; what is no id of ours is no job of ours.
  if (!/^[a-z0-9]+$/.test(id)) return false;
  // Whoever holds a seat waits for its pipeline job, which can be only one.
  if (seated.has(id) && !run.tuning) return true;
  try {
    const job = await jobs.get(id);
    if (!job) return false;
    const known = 'run' in job ? job.run : undefined;
    if (run.tuning && known && isAnother(run, known)) return false;
    if (!isFinal(job)) return job.state === 'launching' || job.state === 'running' || job.state === 'cancelling';
    return clock.now() - endOf(job) < longEnough * settings.lookEvery;
  } catch (error) {
    if (error instanceof Newer) return true;
    throw error;
  }
}

/** Whether a tuning job is a second one beside the job's own. One in another place is none: a job in `global` makes one in a region, with the same labels. */
function isAnother(run: Run, own: Run): boolean {
  const [place, known] = [run, own].map(({ name }) => name.split('/tuningJobs/')[0]);
  return run.name !== own.name && place === known;
}

/** Gives back what an accident left in the ledgers: seats, and places in line, of jobs that have ended or never were. Of very many some are looked at with each knock. Returns how many there were. */
export async function repair(world: Pick<World, 'jobs' | 'settings' | 'clock' | 'log'>): Promise<number> {
  const { jobs, settings, clock, log } = world;
  const ledgers = await Promise.all(queues.map(queue => jobs.ledger(queue)));
  const named = [
    ...new Set(ledgers.flatMap(({ held, waiting }) => [...Object.keys(held), ...Object.keys(waiting)])),
  ].sort();
  const from = named.length > atOnce ? (Math.floor(clock.now() / settings.lookEvery) * atOnce) % named.length : 0;
  const left: JobId[] = [];
  for (const id of [...named.slice(from), ...named.slice(0, from)].slice(0, atOnce))
    if (await isOver(id, jobs)) left.push(id);
  if (!left.length) return 0;
  log.warn('Seats that nobody needs any more were given back', { job: left.join(', ') });
  await jobs.govern(ledger => left.reduce((rest, id) => release(rest, id), ledger));
  return left.length;
}

/** By how many the seats in the ledgers differ from the jobs that should have one. What is on its way from one to the other while both are read makes a difference that is gone at the next look. */
export async function astray({ jobs }: Pick<World, 'jobs'>): Promise<number> {
  const [counts, ledgers] = await Promise.all([
    Promise.all((['launching', 'running', 'cancelling'] as const).map(state => jobs.count(state))),
    Promise.all(queues.map(queue => jobs.ledger(queue))),
  ]);
  const seats = ledgers.flatMap(({ held }) => Object.keys(held));
  return Math.abs(seats.length - counts.reduce((sum, count) => sum + count, 0));
}

/** Whether a job has ended, which is for good, or there is none. One that a newer version wrote is that version's to judge. */
async function isOver(id: JobId, jobs: World['jobs']): Promise<boolean> {
  try {
    const job = await jobs.get(id);
    return !job || isFinal(job);
  } catch (error) {
    if (error instanceof Newer) return false;
    throw error;
  }
}
