import { checked, putOff, rowsRead } from '../job/change.ts';
import type { Report } from '../job/dataset.ts';
import type { Job, JobIn, Picture, Trouble, Upload } from '../job/job.ts';
import type { Answer, Known, Named, Reading } from '../job/preflight.ts';
import { capacityOf } from '../job/quota.ts';
import { recipeOf } from '../job/recipe.ts';
import type { DatasetField, Spec } from '../job/spec.ts';
import { isPipeline, queueOf } from '../job/spec.ts';
import { fileName } from '../views/file-name.ts';
import { lengthsChart } from '../views/lengths-chart.ts';
import { wordsIn } from '../views/words.ts';
import type { Held, World } from '../world.ts';
import { SlackTrouble, Unavailable } from '../world.ts';
import { digest } from './digest.ts';
import { carryOut } from './mend.ts';
import { report } from './report.ts';

type Touches = Pick<
  World,
  | 'jobs'
  | 'notices'
  | 'preferences'
  | 'storage'
  | 'datasets'
  | 'slack'
  | 'canvas'
  | 'vertex'
  | 'rights'
  | 'settings'
  | 'clock'
  | 'log'
  | 'leaving'
>;

/** How often the lease is renewed and the card told how far the reading has got, in milliseconds. */
const renewEvery = 15_000;

/** Reads the datasets whole, looks up what else the spec names, and says what came of it. */
export async function check(held: Held, job: JobIn<'checking'>, world: Touches): Promise<Held> {
  const { jobs, settings, clock } = world;
  let newest = held;
  /** Tells the card, which renews the lease; whether to go on. */
  const progress = async (rows: number) => {
    newest = await report(await jobs.commit(newest, now => rowsRead(now, rows)), world);
    return newest.job.state === 'checking' && !newest.job.cancel;
  };
  let known: Known;
  try {
    const mending = await carryOut(newest, world);
    newest = mending.held;
    if (mending.stopped) return newest;
    known = mending.hindrance ? { dataset: mending.hindrance, named: {} } : await look(job, { ...world, progress });
  } catch (error) {
    const trouble = troubleOf(error);
    if (!trouble) throw error;
    return jobs.commit(newest, now => putOff(now, trouble));
  }
  const lengths = await picture(newest.job, known, world);
  return jobs.commit(newest, (now, ledger) =>
    checked(now, known, {
      needsApproval: settings.approvalFor.includes(queueOf(now.spec)),
      approvalTime: settings.approvalTime,
      capacity: capacityOf(ledger, queueOf(now.spec), settings),
      digest: askedFor(now.spec, known),
      lengths,
      ledger,
      now: clock.now(),
    }),
  );
}

/** Draws how long a dataset's texts are, and hands the picture to Slack. Without a picture the job goes on. */
async function picture(
  { id, spec }: Job,
  { dataset }: Known,
  { slack, canvas, settings, log }: Touches,
): Promise<Picture | undefined> {
  const lengths = dataset.is === 'read' ? dataset.report.lengths : undefined;
  const chart = lengthsChart(
    { modelName: spec.modelName, lengths, tokens: recipeOf(spec.recipe).dataset.tokens },
    wordsIn(settings.language),
  );
  if (!chart) return undefined;
  try {
    const bytes = await canvas.draw(chart.configuration);
    const file = await slack.upload({ name: `${fileName(spec.modelName)}-lengths.png`, bytes });
    return { file, of: digest({ lengths }), alt: chart.alt };
  } catch (error) {
    log.warn('The lengths were not drawn', { job: id, code: error instanceof SlackTrouble ? error.code : 'canvas' });
    return undefined;
  }
}

/** What an approval binds to: the exact spec, and the generations of the datasets that were read. */
function askedFor(spec: Spec, { dataset, evaluationDataset }: Known): string {
  const generation = (reading: Reading | undefined) => (reading?.is === 'read' ? reading.generation : undefined);
  return digest({
    spec,
    generations: { dataset: generation(dataset), evaluationDataset: generation(evaluationDataset) },
  });
}

function troubleOf(error: unknown): Trouble | undefined {
  if (error instanceof Unavailable) return error.trouble;
  return error instanceof SlackTrouble ? { why: 'slack', said: '' } : undefined;
}

type Progress = (rows: number) => Promise<boolean>;

async function look(job: JobIn<'checking'>, world: Touches & { progress: Progress }): Promise<Known> {
  const { spec, uploads, requester } = job;
  const by = requester.user;
  const reading = world.datasets.open(spec.recipe);
  const into = (which: DatasetField): Digested => ({
    take: bytes => reading.take(which, bytes),
    report: bytes => reading.report(which, bytes),
    sha256: () => reading.sha256(which),
  });
  try {
    const dataset = await read(spec.dataset, uploads.dataset, { ...world, by, into: into('dataset') });
    const evaluationDataset =
      spec.evaluate && spec.evaluationDataset
        ? await read(spec.evaluationDataset, uploads.evaluationDataset, {
            ...world,
            by,
            into: into('evaluationDataset'),
          })
        : undefined;
    const both = dataset.is === 'read' && evaluationDataset?.is === 'read';
    const leaks = both ? await reading.leaks() : undefined;
    return { dataset, evaluationDataset, leaks, named: await lookUp(spec, world) };
  } finally {
    reading.close();
  }
}

async function read(
  uri: string,
  upload: Upload | undefined,
  world: Pick<World, 'storage' | 'slack' | 'clock' | 'leaving'> & { progress: Progress; into: Digested; by: string },
): Promise<Reading> {
  if (upload) {
    const trouble = await bring(uri, upload, world);
    if (trouble) return { is: 'not-fetched', why: trouble };
  }
  const opened = await world.storage.open(uri);
  if (opened.is === 'too-big')
    throw new Error(`The object "${uri}" was refused for its size, though no limit was given.`);
  if (opened.is !== 'open') return opened;
  return {
    is: 'read',
    report: await readThrough(opened.chunks, { size: opened.size, ...world }),
    generation: opened.generation,
    sha256: await world.into.sha256(),
    elsewhere: opened.elsewhere,
  };
}

/** Who takes a dataset's bytes, says how many rows there have been, and in the end what was found. */
interface Into {
  take(bytes: Uint8Array): number | Promise<number>;
  report(bytes: number): Report | Promise<Report>;
}

/** Who takes a dataset's bytes and makes a digest of them. */
interface Digested extends Into {
  sha256(): Promise<string>;
}

/** Reads a dataset's bytes to their end, or as long as `progress` says to go on: it is asked now and then. Throws where the process is `leaving`: another reads it anew. */
export async function readThrough(
  chunks: AsyncIterable<Uint8Array>,
  {
    size,
    clock,
    leaving,
    progress,
    into,
  }: {
    size: number;
    clock: Pick<World['clock'], 'now'>;
    leaving: AbortSignal;
    progress?: Progress;
    into: Into;
  },
): Promise<Report> {
  let last = clock.now();
  for await (const chunk of chunks) {
    leaving.throwIfAborted();
    const rows = await into.take(chunk);
    if (progress && clock.now() - last >= renewEvery) {
      last = clock.now();
      if (!(await progress(rows))) break;
    }
  }
  return into.report(size);
}

/** Brings an uploaded file from Slack to where the spec's URI points. Says what went wrong for good; trouble that may pass is thrown. */
async function bring(
  uri: string,
  upload: Upload,
  { storage, slack, by }: Pick<World, 'storage' | 'slack'> & { by: string },
): Promise<string | undefined> {
  const there = await storage.open(uri, { most: 0 });
  if (there.is === 'open' || there.is === 'too-big') return undefined;
  try {
    await storage.keep(uri, await slack.fetch(upload.file, { by }));
    return undefined;
  } catch (error) {
    if (error instanceof SlackTrouble && error.kind === 'refused') return error.code;
    throw error;
  }
}

const unnamed = Promise.resolve<Answer>({ is: 'unknown', why: 'not-named', about: '' });

async function lookUp(
  spec: Spec,
  { storage, vertex, rights }: Pick<World, 'storage' | 'vertex' | 'rights'>,
): Promise<Known['named']> {
  const questions: Partial<Record<Named, Promise<Answer>>> = {
    ...(isPipeline(spec)
      ? {
          pipelineRoot: storage.writable(spec.pipelineRoot),
          serviceAccount: unnamed,
          ...(spec.tensorboard && { tensorboard: vertex.tensorboard(spec.tensorboard) }),
        }
      : { ...(spec.outputs && { outputs: storage.writable(spec.outputs) }) }),
    ...(spec.serviceAccount && { serviceAccount: rights.actAs(spec.serviceAccount) }),
    ...(spec.encryptionKey && { encryptionKey: rights.key(spec.encryptionKey) }),
  };
  const answers = await Promise.all(Object.entries(questions).map(async ([about, answer]) => [about, await answer]));
  return Object.fromEntries(answers);
}
