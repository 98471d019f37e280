import { mended } from '../job/change.ts';
import type { Job, JobId, Person } from '../job/job.ts';
import type { Mend, MendCount } from '../job/mend.ts';
import { looksFirst } from '../job/mend.ts';
import type { Reading } from '../job/preflight.ts';
import { recipeOf } from '../job/recipe.ts';
import { mendedSpec, mendOf } from '../job/remedy.ts';
import type { DatasetField } from '../job/spec.ts';
import { sentence } from '../views/answer.ts';
import { instructionForm } from '../views/mend.ts';
import { wordsIn } from '../views/words.ts';
import type { Held, Message, World } from '../world.ts';
import type { Followed } from './follow.ts';
import { follow } from './follow.ts';
import { mayFollow } from './may.ts';

type Touches = Pick<World, 'jobs' | 'storage' | 'datasets' | 'settings' | 'clock' | 'leaving'>;

/** How often the lease is renewed while a dataset is mended, in milliseconds. */
const renewEvery = 15_000;

/** Has a job followed by one that begins with a mending of its datasets, in its place. Pressed twice, it makes one. */
export function mend(
  id: JobId,
  asked: Pick<Mend, 'mending' | 'instruction'>,
  by: Person,
  world: Pick<World, 'jobs' | 'slack' | 'settings' | 'clock'>,
): Promise<Followed> {
  const bucket = world.settings.datasetBucket;
  return follow(
    id,
    {
      by,
      action: 'mend',
      mend: job => mendOf(job, asked),
      spec: (job, heir) => {
        const wish = mendOf(job, asked);
        return wish ? mendedSpec(job.spec, wish, { bucket, job: heir }) : job.spec;
      },
    },
    world,
  );
}

/** The form that asks for an instruction; or why it cannot be added. */
export async function askInstruction(
  id: JobId,
  by: Person,
  { jobs, ...world }: Pick<World, 'jobs' | 'slack' | 'settings'>,
): Promise<ReturnType<typeof instructionForm> | Message> {
  const words = wordsIn(world.settings.language);
  const job = await jobs.get(id);
  if (!job || job.requester.team !== by.team) return sentence(words.answers.noSuchJob(id));
  const permission = await mayFollow(by.user, job, world);
  if (permission !== 'yes') return sentence(words.permission(permission));
  return job.heir ? sentence(words.answers.alreadyFollowed(job.heir)) : instructionForm(job, words);
}

/** Carries out the mending that a job begins with, and tells what came of it; or says why it could not be. Begun again after a crash, it writes no second object. Where the job is not to go on any more, it stops in between: `stopped`. */
export async function carryOut(
  held: Held,
  world: Touches,
): Promise<{ held: Held; hindrance?: Reading; stopped?: boolean }> {
  const { job } = held;
  if (!job.mend || job.mend.done) return { held };
  let newest = held;
  let last = world.clock.now();
  const alive = async () => {
    world.leaving.throwIfAborted();
    if (world.clock.now() - last < renewEvery) return;
    last = world.clock.now();
    newest = await world.jobs.renew(newest);
    if (newest.job.state !== 'checking' || newest.job.cancel) throw new Stopped(`Job "${job.id}" shall not go on.`);
  };
  const counts: Counts = {};
  try {
    for (const about of ['evaluationDataset', 'dataset'] as const) {
      const source = job.mend.of[about];
      if (source) Object.assign(counts, await mendOne(job, source, { about, alive, ...world }));
    }
  } catch (error) {
    if (error instanceof Stopped) return { held: newest, stopped: true };
    if (error instanceof Hindered) return { held: newest, hindrance: error.reading };
    throw error;
  }
  return { held: await world.jobs.commit(newest, now => mended(now, counts)) };
}

type Source = NonNullable<Mend['of'][DatasetField]>;
type Counts = Partial<Record<DatasetField, MendCount>>;

async function mendOne(
  job: Job,
  source: Source,
  {
    about,
    alive,
    storage,
    datasets,
  }: Pick<World, 'storage' | 'datasets'> & { about: DatasetField; alive: () => Promise<void> },
): Promise<Counts> {
  const { mending, instruction } = job.mend!;
  const counts: Counts = {};
  const work = datasets.mend({ mending, ...(instruction !== undefined && { instruction }) }, job.spec.recipe);
  async function* passed(into: DatasetField) {
    await work.begin(into);
    for await (const bytes of bytesOf(source, storage)) {
      const rows = await work.take(bytes);
      await alive();
      if (rows.length) yield rows;
    }
    const { bytes, count } = await work.end();
    if (bytes.length) yield bytes;
    counts[into] = count;
  }
  try {
    if (looksFirst[mending])
      for await (const bytes of bytesOf(source, storage)) {
        await work.look(bytes);
        await alive();
      }
    const cut = mending === 'cut-evaluation';
    // The dataset itself is written last: where it is there, so is the other.
    for (const into of cut ? (['evaluationDataset', 'dataset'] as const) : [about]) {
      const uri = job.spec[into]!;
      const there = await storage.open(uri, { most: 0 });
      if (there.is === 'missing') await storage.keep(uri, passed(into));
      // Where somebody wrote it before, it is only counted.
      if (!counts[into]) for await (const _ of passed(into));
      if (
        cut &&
        into === 'evaluationDataset' &&
        counts[into]!.kept < (recipeOf(job.spec.recipe).dataset.evaluation.least ?? 1)
      )
        throw new Hindered({ is: 'not-mended', why: 'too-few', uri: source.uri });
    }
    return counts;
  } finally {
    work.close();
  }
}

/** The bytes of one generation of an object. */
async function* bytesOf({ uri, generation }: Source, storage: World['storage']): AsyncGenerator<Uint8Array> {
  const opened = await storage.open(uri);
  if (opened.is !== 'open' || opened.generation !== generation)
    throw new Hindered({ is: 'not-mended', why: 'changed', uri });
  yield* opened.chunks;
}

/** Thrown where a dataset cannot be mended. */
class Hindered extends Error {
  override name = 'Hindered';
  readonly reading: Reading;

  constructor(reading: Reading) {
    super('The dataset cannot be mended.');
    this.reading = reading;
  }
}

/** Thrown where a job is not to go on any more. */
class Stopped extends Error {
  override name = 'Stopped';
}
