import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, connect as dial } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { Firestore } from '@google-cloud/firestore';
import { afterAll, describe, expect, it } from 'vitest';
import { firestoreJobs, firestoreSettings } from '../../src/clients/firestore.ts';
import type { Decision } from '../../src/job/change.ts';
import { startOfficial } from '../../src/local/firestore/official.ts';
import type { FirestoreServer } from '../../src/local/firestore/server.ts';
import { startFirestore } from '../../src/local/firestore/server.ts';
import { jobIn } from '../job/sample-jobs.ts';
import { memoryJobs, memoryStore } from '../memory-jobs.ts';
import type { JobsStore } from './jobs.suite.ts';
import { jobsSuite } from './jobs.suite.ts';

// Without it the client asks the network for Google's metadata server before its first call.
process.env.METADATA_SERVER_DETECTION = 'none';

const defaults = { clock: { now: () => Date.now() }, leaseTime: 90_000 };

jobsSuite('memory', async () => {
  const store = memoryStore();
  return {
    jobs: options => memoryJobs(store, { ...defaults, ...options }),
    decisions: async id => store.decisions.flatMap(({ job, decision }) => (job === id ? decision : [])),
    close: async () => {},
  };
});

const embedded = await startFirestore();
const official = await startOfficial();
jobsSuite('the embedded Firestore', () => inFirestore(embedded));
if (official) jobsSuite('the official emulator', () => inFirestore(official));

describe('Jobs in a Firestore whose answer gets lost', () => {
  it('know their own write when they meet it again, and apply a fact once', async () => {
    const line = await lossyLine(embedded.host);
    const store = await inFirestore(line);
    const jobs = store.jobs();
    await jobs.create({ job: jobIn('checking') }, 'a view');
    const after = await jobs.record('a1b2c3', job => {
      line.loseNext();
      return { job: { ...job, channel: `${job.channel}+` }, posts: [{ kind: 'card' }] };
    });
    expect(after?.channel).toBe('C0CHANNEL+');
    expect(await jobs.get('a1b2c3')).toEqual(after);
    expect(await jobs.posts((await jobs.claim('a1b2c3'))!)).toHaveLength(1);
    expect(line.lost()).toBe(1);
    await store.close();
    await line.close();
  });

  it('know the job they created', async () => {
    const line = await lossyLine(embedded.host);
    const store = await inFirestore(line);
    const jobs = store.jobs();
    expect(await jobs.list({ limit: 1 })).toEqual([]);
    line.loseNext();
    expect(await jobs.create({ job: jobIn('checking') }, 'a view')).toEqual(jobIn('checking'));
    expect(await jobs.list({ limit: 10 })).toEqual([jobIn('checking')]);
    expect(line.lost()).toBe(1);
    await store.close();
    await line.close();
  });
});

afterAll(async () => {
  await embedded.close();
  await official?.close();
});

/** A database of its own in a Firestore: each store has a project to itself. */
async function inFirestore(server: Pick<FirestoreServer, 'host'>): Promise<JobsStore> {
  const projectId = `retort-${randomUUID()}`;
  const clients: Firestore[] = [];
  function connect(): Firestore {
    const db = new Firestore({ projectId, host: server.host, ssl: false, ...firestoreSettings });
    clients.push(db);
    return db;
  }
  const db = connect();
  return {
    jobs: options => firestoreJobs(connect(), { ...defaults, ...options }),
    async decisions(id) {
      const found = await db.collection('audit').where('job', '==', id).get();
      return found.docs.map(document => {
        const { job: _, ...decision } = document.data();
        return decision as Decision;
      });
    },
    async close() {
      await Promise.all(clients.map(client => client.terminate()));
    },
  };
}

/** A line to a server that can lose an answer: the request arrives, the connection ends, and nothing comes back. */
async function lossyLine(to: string) {
  const [address, port] = to.split(':');
  let losing = false;
  let lost = 0;
  const server = createServer(near => {
    const far = dial(Number(port), address);
    let silent = false;
    near.on('data', bytes => {
      far.write(bytes);
      if (!losing) return;
      losing = false;
      silent = true;
      // Long enough for a server in this process to have carried out what it was asked.
      void wait(100).then(() => {
        lost++;
        near.destroy();
      });
    });
    far.on('data', bytes => silent || near.write(bytes));
    near.on('close', () => far.destroy()).on('error', () => far.destroy());
    far.on('close', () => near.destroy()).on('error', () => near.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error(`Cannot listen: got "${bound}".`);
  return {
    host: `127.0.0.1:${bound.port}`,
    loseNext() {
      losing = true;
    },
    lost: () => lost,
    async close() {
      server.close();
      await once(server, 'close');
    },
  };
}
