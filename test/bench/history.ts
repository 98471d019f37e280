import { Firestore } from '@google-cloud/firestore';
import { firestoreJobs } from '../../src/clients/firestore.ts';
import { firestoreSettings } from '../../src/clients/firestore-calls.ts';
import type { Job } from '../../src/job/job.ts';
import { startStandIns } from '../../src/local/stack.ts';
import { listJobs } from '../../src/steps/browse.ts';
import { homeOf } from '../../src/steps/home.ts';
import { jobIn } from '../job/sample-jobs.ts';
import { steadyWorld } from '../steps/steady-world.ts';
import { countFirestore } from './knocks.ts';
import { inTurn, row, timed } from './measure.ts';

const ana = 'U0ANA';
/** As many as a write of Firestore's may have. */
const together = 500;
const rounds = 5;

/** What `/distill list` and App Home cost over so many past jobs, a tenth of them one person's: the floor is one bare query for as many documents as a page reads. */
export async function history(count: number): Promise<void> {
  process.env.METADATA_SERVER_DETECTION = 'none';
  const standIns = await startStandIns({ slack: { rateLimits: false } });
  const counts = { vertex: 0, reads: 0, writes: 0 };
  countFirestore(counts);
  const db = new Firestore({
    projectId: standIns.project.id,
    host: standIns.firestore.host,
    ssl: false,
    ...firestoreSettings,
  });
  const clock = { now: Date.now, steady: () => performance.now() };
  const world = { ...steadyWorld(), jobs: firestoreJobs(db, { clock, leaseTime: 90_000, callTime: 60_000 }) };
  await past(count, { db, jobs: world.jobs });

  const list = (of: string, after?: string) => async () => void (await listJobs({ of, user: ana, after }, world));
  const work = {
    floor: async () => void (await db.collection('jobs').orderBy('job.createdAt', 'desc').limit(11).get()),
    list: list('all'),
    mine: list('mine'),
    failed: list('failed'),
    older: list('all', idOf(Math.floor(count / 2))),
    home: async () => void (await homeOf(ana, world)),
  };
  const reads: Partial<Record<keyof typeof work, number>> = {};
  for (const [name, run] of Object.entries(work)) {
    const before = counts.reads;
    await run();
    reads[name as keyof typeof work] = counts.reads - before;
  }
  const took = await inTurn(
    rounds,
    Object.fromEntries(Object.entries(work).map(([name, run]) => [name, () => timed(run)])) as Record<
      keyof typeof work,
      () => Promise<number>
    >,
  );
  const titles = {
    list: '/distill list',
    mine: '/distill list mine',
    failed: '/distill list failed',
    older: 'a page from the middle',
    home: 'App Home',
  };
  process.stdout.write(`Over ${count} past jobs; the floor is one bare query, and reads ${reads.floor}\n`);
  for (const [name, title] of Object.entries(titles) as [keyof typeof titles, string][])
    process.stdout.write(`${row(title, took[name], took.floor)}   reads ${reads[name]}\n`);
  await db.terminate();
  await standIns.close();
}

const idOf = (i: number) => `past${String(i).padStart(6, '0')}`;

/** Puts jobs that have ended into Firestore, as if Retort had: with the curves of a usual run. */
async function past(count: number, { db, jobs }: { db: Firestore; jobs: ReturnType<typeof firestoreJobs> }) {
  const steps = Array.from({ length: 60 }, (_, i) => (i + 1) * 5);
  const series = { steps, values: steps.map(step => 1 + 1 / step) };
  const job: Job = {
    ...jobIn('succeeded'),
    id: idOf(0),
    curves: { train_total_loss: series, train_fraction_of_correct_next_step_preds: series, eval_total_loss: series },
  };
  await jobs.create({ job }, job.id);
  const first = (await db.collection('jobs').doc(job.id).get()).data()!;
  for (let from = 0; from < count; from += together) {
    const batch = db.batch();
    for (let i = from; i < Math.min(count, from + together); i++) {
      const own = {
        id: idOf(i),
        createdAt: job.createdAt + i * 60_000,
        requester: { user: i % 10 ? `U${i % 97}` : ana, team: 'T0HOME' },
        ...(i % 7 === 0 && { state: 'failed', failure: { why: 'said', message: 'No such object.' } }),
      };
      batch.set(db.collection('jobs').doc(idOf(i)), { ...first, due: null, job: { ...first.job, ...own } });
    }
    await batch.commit();
  }
}
