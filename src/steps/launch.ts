import { attempted, launched, launchPutOff, launchRefused, outdated } from '../job/change.ts';
import type { JobIn, Trouble } from '../job/job.ts';
import { following } from '../job/run.ts';
import type { DatasetField } from '../job/spec.ts';
import { isPipeline } from '../job/spec.ts';
import type { Held, World } from '../world.ts';
import { Unavailable } from '../world.ts';
import { newId } from './id.ts';
import { owe } from './tell.ts';

type Touches = Pick<World, 'jobs' | 'notices' | 'storage' | 'vertex' | 'settings' | 'clock' | 'log'>;

/** The longest wait between two attempts, in looks: a quarter of an hour where a look is a minute. */
const longestWait = 16;

/** A tuning job has no id of ours, so whether a lost request arrived shows in a list alone, which may lag behind: as many attempts are counted besides before the next. */
const patienceWithLists = 2;

/** Creates the pipeline job or the tuning job, once: the attempt is recorded first, and after any attempt Vertex AI is asked what became of it before the next. A tuning job is looked for before the first, too. */
export async function launch(held: Held, job: JobIn<'launching'>, world: Touches): Promise<Held> {
  const { jobs, vertex, clock } = world;
  if (job.retryAt !== undefined && clock.now() < job.retryAt) return held;
  if (job.attempts > 0 || !isPipeline(job.spec)) {
    const look = await vertex.look(job);
    if (look.is === 'put-off') return wait(held, job, look.trouble, world);
    if (look.is === 'found') return look.ours ? adopt(held, look.run, world) : leaveAlone(held, job, world);
  }
  if (job.attempts === 0) {
    try {
      const about = await overwritten(job, world);
      if (about.length) return await checkAnew(held, about, world);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      return wait(held, job, error.trouble, world);
    }
  }
  const trying = await jobs.commit(held, now => attempted(now, clock.now()));
  if (trying.job.state !== 'launching' || trying.job.attempts === job.attempts) return trying;
  const creation = await vertex.create(trying.job, trying.ours);
  switch (creation.is) {
    case 'created':
      return adopt(trying, creation.run, world);
    case 'exists':
      return launchExisting(trying, trying.job, world);
    case 'refused':
      return refuse(trying, { why: 'said', message: creation.message }, world);
    case 'put-off':
    case 'unclear':
      return wait(trying, trying.job, creation.trouble, world);
    default:
      return creation satisfies never;
  }
}

/** Which of a job's datasets are not the objects any more that were checked, and that an approval was given for. */
async function overwritten({ spec, checked }: JobIn<'launching'>, { storage }: Touches): Promise<DatasetField[]> {
  const found = await Promise.all(
    (['dataset', 'evaluationDataset'] as const).map(async field => {
      const [uri, then] = [spec[field], checked[field]];
      if (!uri || !then) return [];
      const now = await storage.open(uri);
      return now.is === 'open' && now.generation === then.generation ? [] : [field];
    }),
  );
  return found.flat();
}

/** Ends the job in favour of a successor, which begins with the check. */
async function checkAnew(held: Held, about: DatasetField[], { jobs, clock, log }: Touches): Promise<Held> {
  const { id } = held.job;
  const heir = newId();
  log.info('A dataset changed after it was checked', { job: id });
  await jobs.succeed(id, (job, ledger) => outdated(job, heir, { about, ledger, now: clock.now() }), `after:${id}`);
  return jobs.commit(held, job => ({ job }));
}

async function launchExisting(held: Held, job: JobIn<'launching'>, world: Touches): Promise<Held> {
  const look = await world.vertex.look(job);
  if (look.is === 'found') return look.ours ? adopt(held, look.run, world) : leaveAlone(held, job, world);
  // It was there a moment ago, and is not now: the next look tells.
  return wait(held, job, look.is === 'put-off' ? look.trouble : { why: 'no-answer', said: '' }, world);
}

function adopt(held: Held, run: Parameters<typeof launched>[1], { jobs, clock }: Touches): Promise<Held> {
  return jobs.commit(held, now => launched(now, following(undefined, run), clock.now()));
}

function refuse(held: Held, failure: Parameters<typeof launchRefused>[1], { jobs, clock }: Touches): Promise<Held> {
  return jobs.commit(held, (now, ledger) => launchRefused(now, failure, { ledger, now: clock.now() }));
}

function wait(
  held: Held,
  job: JobIn<'launching'>,
  trouble: Trouble,
  { jobs, settings, clock, log }: Touches,
): Promise<Held> {
  const attempts = isPipeline(job.spec) ? job.attempts : job.attempts + patienceWithLists;
  const pause = settings.lookEvery * Math.min(longestWait, 2 ** Math.max(0, attempts - 2));
  log.warn('The pipeline job was not created yet', { job: job.id, milliseconds: pause });
  return jobs.commit(held, current =>
    launchPutOff(current, trouble, { retryAt: clock.now() + pause, now: clock.now() }),
  );
}

/** A pipeline job of that name exists and does not carry this deployment's labels. */
async function leaveAlone(held: Held, { id, spec }: JobIn<'launching'>, world: Touches): Promise<Held> {
  await owe({ kind: 'foreign', job: id, region: spec.region }, world);
  return refuse(held, { why: 'foreign', message: '' }, world);
}
