import type { AggregateQuery } from '@google-cloud/firestore';
import { CollectionReference, DocumentReference, Firestore, Query, WriteBatch } from '@google-cloud/firestore';
import { GoogleAuth } from 'google-auth-library';
import pLimit from 'p-limit';
import { firestoreJobs } from '../../src/clients/firestore.ts';
import { firestoreSettings } from '../../src/clients/firestore-calls.ts';
import { firestoreNotices } from '../../src/clients/firestore-notices.ts';
import type { GoogleRequest } from '../../src/clients/google.ts';
import { googleRequests, googleSettings } from '../../src/clients/google.ts';
import { slackClient } from '../../src/clients/slack.ts';
import { tensorboardClient } from '../../src/clients/tensorboard.ts';
import { vertexClient } from '../../src/clients/vertex.ts';
import { readConfig } from '../../src/config.ts';
import type { JobIn } from '../../src/job/job.ts';
import type { StandIns } from '../../src/local/stack.ts';
import { startStandIns } from '../../src/local/stack.ts';
import { poll } from '../../src/steps/poll.ts';
import type { World } from '../../src/world.ts';
import { jobIn, specWith } from '../job/sample-jobs.ts';
import { steadyWorld } from '../steps/steady-world.ts';
import { timed } from './measure.ts';

const changing = 10;
const hour = 3_600_000;
const under = { validated: { 'validate-pipeline': 'SUCCEEDED' }, prepared: { 'prepare-dataset': 'SUCCEEDED' } };

/** What a knock costs over so many running jobs: where nothing changed, where ten did, right after that, and where every job is due for the look that comes anyway. */
export async function knocks(sizes: readonly number[]): Promise<void> {
  const before = { ...process.env };
  const counts = { vertex: 0, reads: 0, writes: 0 };
  countFirestore(counts);
  process.stdout.write(
    `${'One knock over running jobs'.padEnd(54)}${'Vertex AI'.padStart(10)}${'reads'.padStart(8)}${'writes'.padStart(8)}${'Slack'.padStart(8)}${'seconds'.padStart(9)}\n`,
  );
  for (const count of sizes) {
    const standIns = await startStandIns({ speed: 0, slack: { rateLimits: false } });
    Object.assign(process.env, standIns.environment);
    await over(count, { standIns, counts });
    await standIns.close();
    // The next stand-ins read the environment, too.
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

/** What was asked for so far: calls to Vertex AI, documents read and written. */
type Counts = Record<'vertex' | 'reads' | 'writes', number>;

async function over(count: number, { standIns, counts }: { standIns: StandIns; counts: Counts }) {
  const { world, tally, vertexSays, pass } = await worldOf(standIns, counts);
  const jobs = await runningJobs(count, { world, standIns });
  /** Knocks until one finds no more than what changes at a time: a knock has a budget, and may leave some to the next. */
  const knock = async () => {
    let count = 1;
    while ((await poll(world)).claimed > changing) count++;
    return count;
  };
  const measured = async (what: string) => {
    const from = tally();
    let count = 0;
    const ms = await timed(async () => {
      count = await knock();
    });
    const to = tally();
    const numbers = [to.vertex - from.vertex, to.reads - from.reads, to.writes - from.writes, to.slack - from.slack];
    const [vertex, ...rest] = numbers.map(number => number.toLocaleString('en'));
    process.stdout.write(
      `${`${jobs.length.toLocaleString('en')}, ${what}${count > 1 ? ` (${count} knocks)` : ''}`.padEnd(54)}${vertex!.padStart(10)}${rest.map(number => number.padStart(8)).join('')}${(ms / 1000).toFixed(2).padStart(9)}\n`,
    );
  };
  vertexSays(jobs, under.validated, Date.now() - hour);
  await knock();
  await measured('nothing changed');
  vertexSays(jobs.slice(0, changing), under.prepared, Date.now());
  await measured(`${changing} changed`);
  await measured('the next knock');
  pass(600_000);
  await measured('each looked at, after ten minutes');
}

/** Retort's own clients before the stand-ins, counting what they ask for. */
async function worldOf(standIns: StandIns, counts: Counts) {
  const patient = { LOOK_SECONDS: '55', CALL_SECONDS: '30', LEASE_SECONDS: '120' };
  const { settings, slack: connection, google } = readConfig({ ...standIns.environment, ...patient });
  let ahead = 0;
  const clock = { now: () => Date.now() + ahead, steady: () => performance.now() };
  const times = { clock, leaseTime: settings.leaseTime, callTime: settings.callTime };
  const db = new Firestore({ projectId: settings.project, ...firestoreSettings });
  const send = googleRequests({ auth: new GoogleAuth(googleSettings), timeout: settings.callTime });
  const request: GoogleRequest = asked => {
    counts.vertex++;
    return send(asked);
  };
  const endpoint = google.vertexEndpoint;
  const world: World = {
    ...steadyWorld(),
    clock,
    settings: { ...settings, version: '0.1.0', capacity: { TPU: 64, GPU: 1_000_000 } },
    jobs: firestoreJobs(db, times),
    notices: firestoreNotices(db, times),
    slack: await slackClient({ ...connection, callTime: settings.callTime, pause: settings.lookEvery }),
    events: { written: async () => ({ points: [], read: [] }) },
    vertex: vertexClient({ request, ...settings, endpoint, tensorboard: tensorboardClient({ request, endpoint }) }),
  };
  const runs = standIns.vertex.state.runs;
  return {
    world,
    tally: () => ({ ...counts, slack: standIns.slack.traffic.at(-1)?.id ?? 0 }),
    pass(milliseconds: number) {
      ahead += milliseconds;
    },
    /** Shows these runs under way, with tasks in these states, as they have been since a moment. */
    vertexSays(ids: readonly string[], tasks: Record<string, string>, at: number) {
      const named = new Set(ids.map(id => `retort-${id}`));
      for (const run of runs.values())
        if (named.has(run.id))
          Object.assign(run, { shown: { state: 'RUNNING', tasks }, updateTime: new Date(at).toISOString() });
    },
  };
}

/** Counts documents as Firestore bills them: each that is read, a query at least once, each that is written. */
export function countFirestore(counts: Counts) {
  const getAll = Firestore.prototype.getAll;
  const get = Query.prototype.get;
  Firestore.prototype.getAll = function counted(this: Firestore, ...which: Parameters<typeof getAll>) {
    counts.reads += which.filter(one => one instanceof DocumentReference).length;
    return getAll.apply(this, which);
  } as typeof getAll;
  CollectionReference.prototype.get = Query.prototype.get = async function counted(this: Query) {
    const found = await get.call(this);
    counts.reads += Math.max(1, found.size);
    return found;
  };
  // Its class is named by types alone.
  const aggregates: AggregateQuery<never> = Object.getPrototypeOf(
    new Firestore({ projectId: 'none' }).collection('none').count(),
  );
  const count = aggregates.get;
  aggregates.get = function counted(this: AggregateQuery<never>) {
    counts.reads++;
    return count.call(this);
  };
  const batch = WriteBatch.prototype;
  for (const name of ['create', 'set', 'update', 'delete'] as const) {
    const write = batch[name] as (...args: unknown[]) => WriteBatch;
    Object.assign(batch, {
      [name](this: WriteBatch, ...args: unknown[]) {
        counts.writes++;
        return write.apply(this, args);
      },
    });
  }
}

/** Puts running jobs into Firestore, their pipeline jobs into Vertex AI and their cards into Slack, as if Retort had. */
async function runningJobs(
  count: number,
  { world, standIns }: { world: World; standIns: StandIns },
): Promise<readonly string[]> {
  const { jobs, vertex, slack, clock } = world;
  const { buckets } = standIns;
  const channel = standIns.slack.channel('ml-distillation').id;
  const spec = specWith({
    tensorboard: undefined,
    dataset: `gs://${buckets.datasets}/support/train.jsonl`,
    evaluationDataset: `gs://${buckets.datasets}/support/eval.jsonl`,
    pipelineRoot: `gs://${buckets.pipelines}/retort`,
  });
  const ids = Array.from({ length: count }, (_, i) => `bench${i}`);
  await pLimit(16).map(ids, async id => {
    const at = clock.now();
    const common = { id, spec, channel, createdAt: at };
    const creation = await vertex.create(jobIn('launching', common), () => true);
    if (creation.is !== 'created') throw new Error(`Cannot create the pipeline job of "${id}": ${creation.is}.`);
    const job: JobIn<'running'> = jobIn('running', { ...common, run: creation.run, launchedAt: at, observedAt: at });
    await jobs.create({ job }, id);
    const ts = await slack.send(
      { text: id, blocks: [] },
      { channel, thread: undefined, job: id, key: '0000', ours: () => true },
    );
    const held = await jobs.claim(id);
    if (!held) throw new Error(`Cannot claim job "${id}", which was just created.`);
    await jobs.release(await jobs.redrawn(held, 'card', { ts, drawn: '' }), () => at);
  });
  const seat = { units: 8, since: clock.now(), by: 'UANA00001', region: spec.region };
  await jobs.govern((ledger, accelerator) =>
    accelerator === 'GPU' ? { ...ledger, held: Object.fromEntries(ids.map(id => [id, seat])) } : ledger,
  );
  return ids;
}
