import { randomBytes, randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import type { Bucket } from '@google-cloud/storage';
import { Storage } from '@google-cloud/storage';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startStorage } from '../../src/local/storage/server.ts';

// Cloud Storage's client hangs eleven listeners on one stream, which Node would call a leak.
EventEmitter.defaultMaxListeners = 20;

const server = await startStorage({ issued: token => token === 'good' });
let storage: Storage;
let name: string;
let bucket: Bucket;

beforeAll(() => {
  process.env.METADATA_SERVER_DETECTION = 'none';
  process.env.STORAGE_EMULATOR_HOST = server.url;
  storage = new Storage({ projectId: 'retort-test' });
});

beforeEach(() => {
  name = `bucket-${randomUUID()}`;
  server.createBucket(name, { projectNumber: '42', location: 'europe-west4' });
  bucket = storage.bucket(name);
});

afterAll(() => server.close());

describe('buckets', () => {
  it('tell where they are and whose', async () => {
    const [metadata] = await bucket.getMetadata();
    expect(metadata).toMatchObject({ name, projectNumber: '42', location: 'EUROPE-WEST4', locationType: 'region' });
  });

  it('that do not exist are not found', async () => {
    const missing = storage.bucket('no-such-bucket');
    await expect(missing.getMetadata()).rejects.toMatchObject({ code: 404 });
    await expect(missing.file('a').download()).rejects.toMatchObject({ code: 404 });
    await expect(missing.file('a').save('x', { resumable: false })).rejects.toMatchObject({ code: 404 });
    expect(await missing.exists()).toEqual([false]);
  });

  it('say which permissions a caller has', async () => {
    server.createBucket(`${name}-closed`, { deny: ['storage.objects.create'] });
    const [allowed] = await storage
      .bucket(`${name}-closed`)
      .iam.testPermissions(['storage.objects.get', 'storage.objects.create']);
    expect(allowed).toEqual({ 'storage.objects.get': true, 'storage.objects.create': false });
  });

  it('refuse what a caller may not do', async () => {
    const deny = ['storage.buckets.get', 'storage.objects.get', 'storage.objects.create', 'storage.objects.list'];
    server.createBucket(`${name}-closed`, { deny });
    server.put(`${name}-closed`, 'a', 'x');
    const closed = storage.bucket(`${name}-closed`);
    const refused = { code: 403 };
    await expect(closed.getMetadata()).rejects.toMatchObject(refused);
    await expect(closed.getFiles()).rejects.toMatchObject(refused);
    await expect(closed.file('a').getMetadata()).rejects.toMatchObject(refused);
    await expect(closed.file('a').download()).rejects.toMatchObject(refused);
    await expect(closed.file('b').save('x', { resumable: false })).rejects.toMatchObject(refused);
    await expect(closed.file('b').save('x', { resumable: true })).rejects.toMatchObject({ status: 403 });
    expect(server.names(`${name}-closed`)).toEqual(['a']);
  });

  it('do not tell who may not list whether an object exists', async () => {
    server.createBucket(`${name}-closed`, { deny: ['storage.objects.list'] });
    await expect(storage.bucket(`${name}-closed`).file('a').getMetadata()).rejects.toMatchObject({ code: 403 });
    await expect(bucket.file('a').getMetadata()).rejects.toMatchObject({ code: 404 });
  });
});

describe('uploads', () => {
  const content = randomBytes(700_000);

  it.each([
    ['in one request', { resumable: false }],
    ['in a resumable session', { resumable: true }],
    ['in a session of many chunks', { resumable: true, chunkSize: 256 * 1024 }],
  ])('arrive %s', async (_, options) => {
    const file = bucket.file('folder/données 1.jsonl');
    await file.save(content, { ...options, contentType: 'application/jsonl', metadata: { metadata: { by: 'me' } } });
    expect(server.get(name, 'folder/données 1.jsonl')?.equals(content)).toBe(true);
    const [metadata] = await file.getMetadata();
    expect(metadata).toMatchObject({ size: '700000', contentType: 'application/jsonl', metadata: { by: 'me' } });
  });

  it('may be empty', async () => {
    await bucket.file('a').save('', { resumable: false });
    await bucket.file('b').save('', { resumable: true });
    expect([server.get(name, 'a'), server.get(name, 'b')]).toEqual([Buffer.alloc(0), Buffer.alloc(0)]);
  });

  it('go on where they broke off', async () => {
    const [uri] = await bucket.file('a').createResumableUpload();
    const part = content.subarray(0, 512 * 1024);
    const range = `bytes 0-${part.length - 1}/${content.length}`;
    const sent = await fetch(uri, { method: 'PUT', body: part, headers: { 'content-range': range } });
    expect([sent.status, sent.headers.get('range')]).toEqual([308, `bytes=0-${part.length - 1}`]);
    const asked = await fetch(uri, { method: 'PUT', headers: { 'content-range': `bytes */${content.length}` } });
    expect([asked.status, asked.headers.get('range')]).toEqual([308, `bytes=0-${part.length - 1}`]);
    expect(server.get(name, 'a')).toBeUndefined();

    const rest = `bytes ${part.length}-${content.length - 1}/${content.length}`;
    const ended = await fetch(uri, {
      method: 'PUT',
      body: content.subarray(part.length),
      headers: { 'content-range': rest },
    });
    expect(ended.status).toBe(200);
    expect(server.get(name, 'a')?.equals(content)).toBe(true);
  });

  it('come in chunks of 256 KiB', async () => {
    const [uri] = await bucket.file('a').createResumableUpload();
    const sent = await fetch(uri, { method: 'PUT', body: 'short', headers: { 'content-range': 'bytes 0-4/*' } });
    expect(sent.status).toBe(400);
  });

  it('whose checksum is wrong are refused', async () => {
    const upload = bucket.file('a').save('x', { resumable: false, metadata: { md5Hash: 'wrong' } });
    await expect(upload).rejects.toMatchObject({ code: 400 });
    expect(server.get(name, 'a')).toBeUndefined();
  });

  it('that may only create do not overwrite', async () => {
    const onlyNew = { preconditionOpts: { ifGenerationMatch: 0 } };
    await bucket.file('a').save('first', { resumable: false, ...onlyNew });
    await expect(bucket.file('a').save('second', { resumable: false, ...onlyNew })).rejects.toMatchObject({
      code: 412,
    });
    await expect(bucket.file('a').save('third', { resumable: true, ...onlyNew })).rejects.toMatchObject({
      status: 412,
    });
    expect(server.get(name, 'a')?.toString()).toBe('first');
  });

  it('of which many may only create, let one win', async () => {
    const racers = Array.from({ length: 8 }, (_, n) =>
      bucket.file('a').save(String(n), { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } }),
    );
    const won = (await Promise.allSettled(racers)).flatMap((result, n) => (result.status === 'fulfilled' ? [n] : []));
    expect(won).toHaveLength(1);
    expect(server.get(name, 'a')?.toString()).toBe(String(won[0]));
  });
});

describe('objects', () => {
  it('know their size, generation and checksums', async () => {
    const { generation } = server.put(name, 'a', 'hello', { contentType: 'text/plain' });
    const [metadata] = await bucket.file('a').getMetadata();
    expect(metadata).toMatchObject({
      size: '5',
      generation,
      metageneration: '1',
      md5Hash: 'XUFAKrxLKna5cZ2REBfFkg==',
      crc32c: 'mnG7TA==',
      contentType: 'text/plain',
    });
  });

  it('that do not exist are not found', async () => {
    await expect(bucket.file('a').getMetadata()).rejects.toMatchObject({
      code: 404,
      message: expect.stringContaining(`No such object: ${name}/a`),
    });
    await expect(bucket.file('a').download()).rejects.toMatchObject({
      code: 404,
      message: `No such object: ${name}/a`,
    });
    expect(await bucket.file('a').exists()).toEqual([false]);
  });

  it('come whole, in parts, and from the end', async () => {
    server.put(name, 'a', '0123456789');
    const [whole] = await bucket.file('a').download();
    const [part] = await bucket.file('a').download({ start: 2, end: 4 });
    const open = await text(bucket.file('a').createReadStream({ start: 7 }));
    const tail = await text(bucket.file('a').createReadStream({ end: -2 }));
    expect([whole.toString(), part.toString(), open, tail]).toEqual(['0123456789', '234', '789', '89']);
    await expect(bucket.file('a').download({ start: 10 })).rejects.toMatchObject({ code: 416 });
  });

  it('come in the generation asked for, or not at all', async () => {
    const { generation } = server.put(name, 'a', 'old');
    const pinned = bucket.file('a', { generation });
    expect((await pinned.download()).toString()).toBe('old');
    const next = server.put(name, 'a', 'new');
    expect(BigInt(next.generation) > BigInt(generation)).toBe(true);
    await expect(pinned.download()).rejects.toMatchObject({ code: 404 });
    await expect(pinned.getMetadata()).rejects.toMatchObject({ code: 404 });
    expect((await bucket.file('a').download()).toString()).toBe('new');
  });

  it('come packed where they are kept packed', async () => {
    await bucket.file('a').save('packed', { gzip: true, resumable: false });
    expect(gunzipSync(server.get(name, 'a') ?? '').toString()).toBe('packed');
    expect((await bucket.file('a').download()).toString()).toBe('packed');
    const plain = await fetch(`${server.url}/b/${name}/o/a?alt=media`, { headers: { 'accept-encoding': 'identity' } });
    expect(await plain.text()).toBe('packed');
  });

  it('change what is said of them, and count that', async () => {
    server.put(name, 'a', 'x', { metadata: { kept: '1', gone: '2' } });
    await bucket.file('a').setMetadata({ contentType: 'text/csv', metadata: { gone: null, added: '3' } });
    const [metadata] = await bucket.file('a').getMetadata();
    expect(metadata).toMatchObject({ contentType: 'text/csv', metageneration: '2' });
    expect(metadata.metadata).toEqual({ kept: '1', added: '3' });
  });

  it('are deleted, in the generation asked for', async () => {
    const { generation } = server.put(name, 'a', 'x');
    await expect(bucket.file('a').delete({ ifGenerationMatch: 7 })).rejects.toMatchObject({ code: 412 });
    expect(server.names(name)).toEqual(['a']);
    await bucket.file('a').delete({ ifGenerationMatch: generation });
    expect(server.names(name)).toEqual([]);
    await expect(bucket.file('a').delete()).rejects.toMatchObject({ code: 404 });
  });

  it('are found under both of the API’s prefixes', async () => {
    server.put(name, 'a/b', 'x');
    const found = await fetch(`${server.url}/storage/v1/b/${name}/o/a%2Fb`);
    expect(await found.json()).toMatchObject({ name: 'a/b', bucket: name });
  });
});

describe('lists', () => {
  const fill = () => {
    for (const one of ['a/1', 'a/2', 'a/deep/3', 'b', 'é']) server.put(name, one, one);
  };

  it('hold all names, sorted, or those with a prefix', async () => {
    fill();
    const [all] = await bucket.getFiles();
    const [some] = await bucket.getFiles({ prefix: 'a/' });
    expect(all.map(file => file.name)).toEqual(['a/1', 'a/2', 'a/deep/3', 'b', 'é']);
    expect(some.map(file => file.name)).toEqual(['a/1', 'a/2', 'a/deep/3']);
  });

  it('gather by a delimiter', async () => {
    fill();
    const [files, , answer] = await bucket.getFiles({ prefix: 'a/', delimiter: '/', autoPaginate: false });
    expect(files.map(file => file.name)).toEqual(['a/1', 'a/2']);
    expect(answer).toMatchObject({ prefixes: ['a/deep/'] });
  });

  it('come in pages', async () => {
    fill();
    const [first, next] = await bucket.getFiles({ maxResults: 2, autoPaginate: false });
    const [second, after] = await bucket.getFiles({ ...next, autoPaginate: false });
    const [third, none] = await bucket.getFiles({ ...after, autoPaginate: false });
    expect(first.map(file => file.name)).toEqual(['a/1', 'a/2']);
    expect(second.map(file => file.name)).toEqual(['a/deep/3', 'b']);
    expect([third.map(file => file.name), none]).toEqual([['é'], null]);
  });
});

describe('faults', () => {
  it('strike as often as they are told, and the client tries again', async () => {
    server.put(name, 'a', 'x');
    server.fail({ request: new RegExp(`GET /b/${name}/o/a`), status: 503, times: 1 });
    const impatient = new Storage({ projectId: 'retort-test', retryOptions: { autoRetry: false } });
    await expect(impatient.bucket(name).file('a').getMetadata()).rejects.toMatchObject({ code: 503 });
    server.fail({ request: new RegExp(`GET /b/${name}/o/a`), status: 429 });
    // A client of its own: one that has made a write without preconditions may have stopped retrying (storage 8.4.0, file.js).
    const patient = new Storage({ projectId: 'retort-test' });
    const [metadata] = await patient.bucket(name).file('a').getMetadata();
    expect(metadata.name).toBe('a');
  });

  it('break a download in the middle', async () => {
    server.put(name, 'a', 'x'.repeat(100_000));
    server.fail({ request: new RegExp(`GET /b/${name}/o/a`), cutAfter: 10 });
    await expect(text(bucket.file('a').createReadStream())).rejects.toThrow();
    expect(await text(bucket.file('a').createReadStream())).toHaveLength(100_000);
  });

  it('can be silence', async () => {
    server.fail({ request: new RegExp(`GET /b/${name}$`), silent: true });
    const asked = fetch(`${server.url}/b/${name}`, { signal: AbortSignal.timeout(100) });
    await expect(asked).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});

describe('tokens', () => {
  const status = async (headers: Record<string, string>) =>
    (await fetch(`${server.url}/b/${name}`, { headers })).status;

  it('need not be sent, but must be good', async () => {
    expect(await status({})).toBe(200);
    expect(await status({ authorization: 'Bearer good' })).toBe(200);
    expect(await status({ authorization: 'Bearer stolen' })).toBe(401);
  });
});

it('says so when it does not do something', async () => {
  const answer = await fetch(`${server.url}/b/${name}/o/a/compose`, { method: 'POST' });
  expect([answer.status, await answer.json()]).toMatchObject([
    501,
    { error: { errors: [{ reason: 'notImplemented' }] } },
  ]);
});
