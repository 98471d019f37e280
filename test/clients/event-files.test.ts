import { Storage } from '@google-cloud/storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventFiles } from '../../src/clients/event-files.ts';
import { readingSettings } from '../../src/clients/storage.ts';
import { continued } from '../../src/job/curves.ts';
import type { JobIn } from '../../src/job/job.ts';
import type { StorageServer } from '../../src/local/storage/server.ts';
import { startStorage } from '../../src/local/storage/server.ts';
import { header, record, scalar } from '../../src/local/vertex/event-file.ts';
import { Unavailable } from '../../src/world.ts';
import { launching } from './launching.ts';

const at = Date.UTC(2026, 10, 24, 10);
const name = 'events.out.tfevents.1795510800.host';
const loss = (step: number, tag = '/train_total_loss') => scalar({ tag, step, value: 1 / step, at: at + step });
const point = (step: number) => ({ tag: 'train_total_loss', step, value: Math.fround(1 / step), at: at + step });

let storage: StorageServer;
beforeEach(async () => {
  storage = await startStorage();
  storage.createBucket('acme-pipelines');
});
afterEach(() => storage.close());

function client() {
  const reading = new Storage({ ...readingSettings, apiEndpoint: storage.url, projectId: 'acme-ml' });
  return eventFiles({ storage: reading, patience: 2000 });
}

function running(changes: Partial<JobIn<'running'>> = {}): JobIn<'running'> {
  const { attempts: _, ...job } = launching({ pipelineRoot: 'gs://acme-pipelines/root' });
  const run = { name: 'projects/123456789012/locations/europe-west4/pipelineJobs/x', state: 'RUNNING', tasks: [] };
  return { ...job, state: 'running', run, launchedAt: 0, observedAt: 0, curves: {}, ...changes };
}

const folder = 'root/123456789012/retort-h7k2mq/tuner_1/';

describe('written()', () => {
  it('finds nothing, and says nothing, where a run writes no event files', async () => {
    storage.put('acme-pipelines', `${folder}model.bin`, 'x');
    storage.put('acme-pipelines', `root/123456789012/retort-other/${name}`, Buffer.concat([header(at), loss(1)]));
    expect(await client().written(running())).toEqual({ points: [], read: [] });
  });

  it('reads what was written, wherever under its folder, and from then on the new bytes alone', async () => {
    const begin = Buffer.concat([header(at), loss(1), loss(2), loss(3, 'learning_rate')]);
    storage.put('acme-pipelines', `${folder}${name}`, begin);
    const first = await client().written(running());
    expect(first.points).toEqual([point(1), point(2)]);
    expect(first.read).toEqual([{ name: `${folder}${name}`, read: begin.length, tells: true }]);
    const torn = Buffer.concat([begin, loss(4), loss(5).subarray(0, 20)]);
    storage.put('acme-pipelines', `${folder}${name}`, torn);
    const job = running({ events: [...first.read] });
    const second = await client().written(job);
    expect(second.points).toEqual([point(4)]);
    expect(second.read).toEqual([{ name: `${folder}${name}`, read: torn.length - 20, tells: true }]);
    storage.put('acme-pipelines', `${folder}${name}`, Buffer.concat([begin, loss(4), loss(5)]));
    const third = await client().written(running({ events: [...second.read] }));
    expect(third.points).toEqual([point(5)]);
  });

  it('asks for nothing where a file has not grown', async () => {
    const file = Buffer.concat([header(at), loss(1)]);
    storage.put('acme-pipelines', `${folder}${name}`, file);
    const { read } = await client().written(running());
    expect(await client().written(running({ events: [...read] }))).toEqual({ points: [], read });
  });

  it('reads a file anew that has become shorter', async () => {
    storage.put('acme-pipelines', `${folder}${name}`, Buffer.concat([header(at), loss(1)]));
    const events = [{ name: `${folder}${name}`, read: 5000, tells: true }];
    expect((await client().written(running({ events }))).points).toEqual([point(1)]);
  });

  it('reads a run that was begun again in the order in which its files were', async () => {
    const later = `${folder}events.out.tfevents.1795510900.a`;
    storage.put('acme-pipelines', later, Buffer.concat([header(at), loss(2)]));
    storage.put('acme-pipelines', `${folder}${name}`, Buffer.concat([header(at), loss(1), loss(2), loss(3)]));
    const { points } = await client().written(running());
    expect(points.map(({ step }) => step)).toEqual([1, 2, 3, 2]);
    expect(continued({}, points).train_total_loss?.steps).toEqual([1, 2]);
  });

  it('leaves a file alone whose records are longer than any scalar', async () => {
    const long = record(new Uint8Array(5 << 20));
    storage.put('acme-pipelines', `${folder}${name}`, long);
    const { points, read } = await client().written(running());
    expect([points, read]).toEqual([[], [{ name: `${folder}${name}`, read: long.length, tells: false }]]);
  });

  it('finds them where the folder of a run is named for its pipeline job alone', async () => {
    storage.put('acme-pipelines', `root/retort-h7k2mq/${name}`, Buffer.concat([header(at), loss(1)]));
    expect((await client().written(running())).points).toEqual([point(1)]);
  });

  it('says so where Cloud Storage gives no answer', async () => {
    await storage.close();
    await expect(client().written(running())).rejects.toBeInstanceOf(Unavailable);
    storage = await startStorage();
  });
});
