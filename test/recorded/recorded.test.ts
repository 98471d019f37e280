import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Firestore } from '@google-cloud/firestore';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { firestoreJobs } from '../../src/clients/firestore.ts';
import { decided } from '../../src/job/change.ts';
import { isFinal } from '../../src/job/job.ts';
import { startFirestore } from '../../src/local/firestore/server.ts';
import { advance } from '../../src/steps/advance.ts';
import { openDatabase } from '../clients/databases.ts';
import { approver } from '../job/sample-jobs.ts';
import { steadyWorld } from '../steps/steady-world.ts';

interface Generation {
  generation: string;
}

interface Recorded {
  job: {
    job: {
      id: string;
      state: string;
      createdAt: number;
      spec: { accelerator: string; dataset: string };
      checked?: { dataset: Generation; evaluationDataset?: Generation };
    };
    posts: number;
    delivered: number;
  };
  posts: { sequence: number }[];
  ledger: object | null;
}

const folder = join(import.meta.dirname, 'schema-1');
const files = readdirSync(folder);
const recorded = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Recorded;
const firestore = await startFirestore();
afterAll(() => firestore.close());

const day = 86_400_000;

/** A Firestore that holds one recorded job, and a world that goes on with it the day after. */
async function resumed({ job, posts, ledger }: Recorded, { also = {} }: { also?: object } = {}) {
  const database = openDatabase(firestore.host);
  const db = database.connect();
  const { id, spec } = job.job;
  await db
    .collection('jobs')
    .doc(id)
    .set({ ...job, ...also, job: { ...job.job, ...also } });
  for (const post of posts)
    await db.collection('jobs').doc(id).collection('posts').doc(String(post.sequence).padStart(4, '0')).set(post);
  if (ledger)
    await db
      .collection('ledgers')
      .doc(spec.accelerator)
      .set({ ...ledger });
  const world = steadyWorld();
  world.pass(day);
  const jobs = firestoreJobs(db, { clock: world.clock, leaseTime: 90_000, callTime: 8000 });
  return { db, id, world: { ...world, jobs }, close: () => database.close() };
}

/** What Cloud Storage tells of a dataset that is still what it was when a recorded job's check read it, where one did. */
function asChecked({ job: { job } }: Recorded, uri: string): Partial<Generation> {
  const read = uri === job.spec.dataset ? job.checked?.dataset : job.checked?.evaluationDataset;
  return read ? { generation: read.generation } : {};
}

describe.each(files)('A job as it was stored: %s', file => {
  const before = recorded(file);
  const { id, state } = before.job.job;
  let now: Awaited<ReturnType<typeof resumed>>;
  const stored = async (db: Firestore) => (await db.collection('jobs').doc(id).get()).data() as Recorded['job'];

  beforeEach(async () => {
    now = await resumed(before);
    return () => now.close();
  });

  it('is read, and listed', async () => {
    const { world } = now;
    expect(await world.jobs.get(id)).toMatchObject({ id, state });
    expect((await world.jobs.list({ limit: 5 })).map(job => job.id)).toEqual([id]);
    expect(await world.jobs.cardOf(id)).toMatchObject({ ts: expect.any(String) });
  });

  it('goes on to its end, telling nothing twice', async () => {
    const { world, db } = now;
    const { pipelineJobs, messages, jobs, storage } = world;
    const { open } = storage;
    storage.open = async uri => Object.assign(await open(uri), asChecked(before, uri));
    const pipeline = { name: `pipelineJobs/retort-${id}`, tasks: [] };
    if (state === 'running' || state === 'cancelling') pipelineJobs.set(id, { ...pipeline, state: 'RUNNING' });
    if (state === 'waiting')
      await jobs.record(id, (job, ledger) =>
        decided(job, { approve: true }, { by: approver, ledger, now: before.job.job.createdAt }),
      );
    // Whoever holds the seat in the recorded ledger is not in this database.
    await db
      .collection('ledgers')
      .doc(before.job.job.spec.accelerator)
      .set({ held: {}, waiting: waits(state, id) });
    for (let look = 0; look < 40; look++) {
      await advance(id, world);
      const run = pipelineJobs.get(id);
      if (run?.state === 'RUNNING' && look > 3) pipelineJobs.set(id, { ...run, state: 'SUCCEEDED' });
      world.pass(60_000);
    }
    const after = await jobs.get(id);
    expect(after && isFinal(after)).toBe(true);
    if (isFinal({ state } as never)) expect(after?.state).toBe(state);
    expect((await stored(db)).delivered).toBe((await stored(db)).posts);
    const keys = [...messages.values()].map(({ key }) => Number(key));
    expect(keys).toEqual([...new Set(keys)]);
    expect(keys.every(key => key >= before.job.delivered)).toBe(true);
  });

  it('keeps the fields of a later version, whoever writes it', async () => {
    const { db, world, close } = await resumed(before, { also: { future: { of: 'a later version' } } });
    await advance(id, world);
    await world.jobs.record(id, job => ({ job, posts: [{ kind: 'launch' }] }));
    expect(await stored(db)).toMatchObject({
      future: { of: 'a later version' },
      job: { future: { of: 'a later version' } },
      posts: expect.any(Number),
    });
    await close();
  });
});

function waits(state: string, id: string) {
  return state === 'queued' ? { [id]: { units: 8, since: 1 } } : {};
}

it('Every state in which a job could rest was recorded', () => {
  const states = files.map(file => recorded(file).job.job.state);
  expect([...new Set(states)].sort()).toEqual([
    'cancelled',
    'cancelling',
    'checking',
    'denied',
    'failed',
    'launching',
    'queued',
    'refused',
    'running',
    'succeeded',
    'waiting',
  ]);
});
