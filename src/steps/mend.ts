import { mended } from '../job/change.ts';
import type { Job, JobId, Person } from '../job/job.ts';
import type { Line } from '../job/lines.ts';
import { lineSplitter } from '../job/lines.ts';
import type { Mend, MendCount, Mender, Pass } from '../job/mend.ts';
import { menderOf } from '../job/mend.ts';
import type { Reading } from '../job/preflight.ts';
import { limits } from '../job/recipe.ts';
import { mendedSpec, mendOf } from '../job/remedy.ts';
import type { DatasetField } from '../job/spec.ts';
import { sentence } from '../views/answer.ts';
import { instructionForm } from '../views/mend.ts';
import { wordsIn } from '../views/words.ts';
import type { Held, Message, World } from '../world.ts';
import type { Followed } from './follow.ts';
import { follow } from './follow.ts';
import { mayFollow } from './may.ts';

type Touches = Pick<World, 'jobs' | 'storage' | 'settings' | 'clock' | 'leaving'>;

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

/** Carries out the mending that a job begins with, and tells what came of it; or says why it could not be. Begun again after a crash, it writes no second object. */
export async function carryOut(held: Held, world: Touches): Promise<{ held: Held; hindrance?: Reading }> {
  const { job } = held;
  if (!job.mend || job.mend.done) return { held };
  let newest = held;
  let last = world.clock.now();
  const alive = async () => {
    world.leaving.throwIfAborted();
    if (world.clock.now() - last < renewEvery) return;
    last = world.clock.now();
    newest = await world.jobs.renew(newest);
  };
  const counts: Partial<Record<DatasetField, MendCount>> = {};
  for (const about of ['evaluationDataset', 'dataset'] as const) {
    const source = job.mend.of[about];
    if (!source) continue;
    const hindrance = await mendOne(job, source, { about, counts, alive, storage: world.storage });
    if (hindrance) return { held: newest, hindrance };
  }
  return { held: await world.jobs.commit(newest, now => mended(now, counts)) };
}

interface Work {
  about: DatasetField;
  counts: Partial<Record<DatasetField, MendCount>>;
  alive: () => Promise<void>;
  storage: World['storage'];
}

async function mendOne(
  job: Job,
  source: Source,
  { about, counts, alive, storage }: Work,
): Promise<Reading | undefined> {
  const { mending } = job.mend!;
  const mender = menderOf(job.mend!);
  const open = () => linesOf(source, storage);
  try {
    await lookFirst(mender, open, alive);
    const cut = mending === 'cut-evaluation';
    // The dataset itself is written last: where it is there, so is the other.
    for (const into of cut ? (['evaluationDataset', 'dataset'] as const) : [about]) {
      let pass = mender.pass(into);
      const uri = job.spec[into]!;
      const rows = (of: Pass) => rowsOf(of, open, alive);
      const there = await storage.open(uri, { most: 0 });
      let whole = false;
      if (there.is === 'missing') {
        const bytes = rows(pass);
        await storage.keep(
          uri,
          (async function* () {
            yield* bytes;
            whole = true;
          })(),
        );
      }
      if (!whole) {
        // Somebody wrote it before: it is only counted.
        pass = mender.pass(into);
        for await (const _ of rows(pass));
      }
      if (cut && into === 'evaluationDataset' && pass.count.kept < limits.evaluationExamples[0])
        return { is: 'not-mended', why: 'too-few', uri: source.uri };
      counts[into] = pass.count;
    }
    return undefined;
  } catch (error) {
    if (error instanceof Changed) return { is: 'not-mended', why: 'changed', uri: source.uri };
    throw error;
  }
}

type Source = NonNullable<Mend['of'][DatasetField]>;

/** Thrown where an object is not what was checked any more. */
class Changed extends Error {
  override name = 'Changed';
}

/** The lines of one generation of an object, as many as come at once. */
async function* linesOf({ uri, generation }: Source, storage: World['storage']): AsyncGenerator<Line[]> {
  const opened = await storage.open(uri);
  if (opened.is !== 'open' || opened.generation !== generation)
    throw new Changed(`The object "${uri}" is not of generation ${generation} any more.`);
  const splitter = lineSplitter();
  for await (const chunk of opened.chunks) yield splitter.push(chunk);
  yield splitter.end();
}

async function lookFirst(mender: Mender, open: () => AsyncIterable<Line[]>, alive: () => Promise<void>): Promise<void> {
  if (!mender.looksFirst) return;
  for await (const lines of open()) {
    for (const line of lines) mender.look(line);
    await alive();
  }
}

async function* rowsOf(
  pass: Pass,
  open: () => AsyncIterable<Line[]>,
  alive: () => Promise<void>,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const lines of open()) {
    const rows = lines.flatMap(line => pass.take(line) ?? []);
    await alive();
    if (rows.length) yield encoder.encode(`${rows.join('\n')}\n`);
  }
}
