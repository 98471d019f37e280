import { Storage } from '@google-cloud/storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readingSettings, storageClient, storageSettings } from '../../src/clients/storage.ts';
import type { StorageServer } from '../../src/local/storage/server.ts';
import { startStorage } from '../../src/local/storage/server.ts';
import type { Opened } from '../../src/world.ts';
import { Unavailable } from '../../src/world.ts';
import type { Reply } from './answering.ts';
import { noAnswers, refusal, startAnswering } from './answering.ts';

const uri = 'gs://acme-ml/support/train.jsonl';
const mebibyte = 1 << 20;
let server: StorageServer;
let other: Awaited<ReturnType<typeof startAnswering>> | undefined;

beforeEach(async () => {
  server = await startStorage();
  server.createBucket('acme-ml', { projectNumber: '1' });
  server.createBucket('acme-retort', { projectNumber: '1' });
  server.createBucket('cloud-samples-data', { projectNumber: '2' });
});

afterEach(async () => {
  await server.close();
  await other?.close();
  other = undefined;
});

/** A client that does not wait long, and tries again only where it is told to. */
function client({ url = server.url, patience = 400, retryOptions = { autoRetry: false } as object } = {}) {
  const storage = new Storage({ ...storageSettings, apiEndpoint: url, projectId: 'acme-ml', retryOptions });
  const reading = new Storage({ ...readingSettings, apiEndpoint: url, projectId: 'acme-ml' });
  return storageClient({ storage, reading, datasetBucket: 'acme-retort', patience });
}

async function answering(reply: Reply) {
  other = await startAnswering(() => reply);
  return client({ url: other.url });
}

function open(opened: Opened): Extract<Opened, { is: 'open' }> {
  if (opened.is !== 'open') throw new Error(`The object is "${opened.is}".`);
  return opened;
}

async function whole(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

async function* pieces(bytes: Buffer, { of = 100_000, breakAfter = Number.POSITIVE_INFINITY } = {}) {
  for (let from = 0; from < bytes.length; from += of) {
    if (from >= breakAfter) throw new Error('The file could not be fetched from Slack.');
    yield bytes.subarray(from, from + of);
  }
}

/** Bytes that repeat nowhere near. */
function bytes(length: number): Buffer {
  return Buffer.from(
    Uint32Array.from({ length: Math.ceil(length / 4) }, (_, i) => i * 2_654_435_761).buffer,
    0,
    length,
  );
}

describe('open()', () => {
  it.each([
    ['a small object', 11],
    ['an empty object', 0],
    ['an object of several chunks', 3 * mebibyte + 1],
  ])('reads %s whole, and says its size and generation', async (_, length) => {
    const { generation } = server.put('acme-ml', 'support/train.jsonl', bytes(length));
    const opened = open(await client().open(uri));
    expect([opened.size, opened.generation, opened.elsewhere]).toEqual([length, generation, false]);
    expect((await whole(opened.chunks)).equals(bytes(length))).toBe(true);
  });

  it('reads a name with unusual characters', async () => {
    server.put('acme-ml', 'été/a b%2F+c&d.jsonl', 'one');
    const opened = open(await client().open('gs://acme-ml/été/a b%2F+c&d.jsonl'));
    expect(String(await whole(opened.chunks))).toBe('one');
  });

  it('reads what was opened and nothing newer', async () => {
    server.put('acme-ml', 'support/train.jsonl', 'old');
    const opened = open(await client().open(uri));
    server.put('acme-ml', 'support/train.jsonl', 'new');
    await expect(whole(opened.chunks)).rejects.toThrow(
      `Cannot read "${uri}": Cloud Storage gave no clear answer (404).`,
    );
  });

  it('says that an object or its bucket is missing', async () => {
    expect(await client().open(uri)).toEqual({ is: 'missing' });
    expect(await client().open('gs://nowhere/train.jsonl')).toEqual({ is: 'missing' });
  });

  it('says that an object may not be read', async () => {
    server.createBucket('secret', { deny: ['storage.objects.get'] });
    server.put('secret', 'train.jsonl', 'one');
    expect(await client().open('gs://secret/train.jsonl')).toEqual({ is: 'forbidden' });
  });

  it('refuses an object that is larger than asked for, and no other', async () => {
    server.put('acme-ml', 'support/train.jsonl', bytes(1000));
    expect(await client().open(uri, { most: 999 })).toEqual({ is: 'too-big', size: 1000 });
    expect(await client().open(uri, { most: 1000 })).toMatchObject({ is: 'open' });
  });

  it("sees that a bucket is of another project than the datasets'", async () => {
    server.put('cloud-samples-data', 'peft.jsonl', 'one');
    expect(await client().open('gs://cloud-samples-data/peft.jsonl')).toMatchObject({ elsewhere: true });
  });

  it('does not say where a bucket is while it does not know its own project', async () => {
    server.put('cloud-samples-data', 'peft.jsonl', 'one');
    server.fail({ request: /^GET \/b\/acme-retort$/, status: 403, times: 10 });
    expect(await client().open('gs://cloud-samples-data/peft.jsonl')).toMatchObject({ elsewhere: undefined });
  });

  it('does not say that a bucket is elsewhere where it may not ask', async () => {
    server.createBucket('closed', { projectNumber: '2', deny: ['storage.buckets.get'] });
    server.put('closed', 'train.jsonl', 'one');
    expect(await client().open('gs://closed/train.jsonl')).toMatchObject({ is: 'open', elsewhere: undefined });
  });

  it('remembers whose a bucket is', async () => {
    server.put('cloud-samples-data', 'peft.jsonl', 'one');
    const storage = client();
    await storage.open('gs://cloud-samples-data/peft.jsonl');
    server.fail({ request: /^GET \/b\/[^/]+$/, status: 403, times: 10 });
    expect(await storage.open('gs://cloud-samples-data/peft.jsonl')).toMatchObject({ elsewhere: true });
  });

  it('fails where the connection breaks in the middle', async () => {
    server.put('acme-ml', 'support/train.jsonl', bytes(3 * mebibyte));
    const opened = open(await client().open(uri));
    server.fail({ request: /^GET .*train/, cutAfter: mebibyte });
    await expect(whole(opened.chunks)).rejects.toThrow(`Cannot read "${uri}"`);
  });

  it.each([
    ['a page in place of the object', '<!doctype html><title>Sign in</title>'],
    ['as many bytes, and others', 'two'],
  ])('fails where what comes is not what is kept: %s', async (_, html) => {
    server.put('acme-ml', 'support/train.jsonl', 'one');
    const kept = await (await fetch(`${server.url}/storage/v1/b/acme-ml/o/support%2Ftrain.jsonl`)).json();
    other = await startAnswering(({ query, path }) => {
      if (query.get('alt') === 'media') return { html };
      return { json: path.endsWith('train.jsonl') ? kept : { projectNumber: '1' } };
    });
    const opened = open(await client({ url: other.url }).open(uri));
    await expect(whole(opened.chunks)).rejects.toThrow('what came is not what Cloud Storage keeps');
  });

  it('fails where nothing comes', async () => {
    server.put('acme-ml', 'support/train.jsonl', 'one');
    const opened = open(await client().open(uri));
    server.fail({ request: /^GET .*train/, silent: true });
    await expect(whole(opened.chunks)).rejects.toThrow(`Cannot read "${uri}"`);
  });

  it('lets a reader stop in the middle', async () => {
    server.put('acme-ml', 'support/train.jsonl', bytes(3 * mebibyte));
    // The client then closes all its connections, and tries again what was under way on them.
    const storage = client({ retryOptions: storageSettings.retryOptions, patience: 10_000 });
    for await (const chunk of open(await storage.open(uri)).chunks) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect(open(await storage.open(uri)).size).toBe(3 * mebibyte);
  });

  it.each([
    [401, 'credentials'],
    [429, 'said'],
    [500, 'said'],
    [503, 'said'],
  ])("fails with a %d, and hands on Google's own words", async (code, why) => {
    const words = 'Backend Error. '.repeat(1000);
    const message = `Cannot open "${uri}": Cloud Storage gave no clear answer (${code}).`;
    const error = { code, message: words, errors: [{ domain: 'global', reason: 'backendError', message: words }] };
    const storage = await answering({ status: code, json: { error } });
    const failure: unknown = await storage.open(uri).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Unavailable);
    expect(failure).toMatchObject({ message, trouble: { why, said: words.slice(0, 2000) } });
  });

  it.each(Object.entries(noAnswers).filter(([name]) => !name.includes('404')))(
    'fails with %s, which says nothing',
    async (_, reply) => {
      const failure: unknown = await (await answering(reply)).open(uri).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Unavailable);
      expect(failure).toMatchObject({ trouble: { why: 'no-answer', said: '' } });
    },
  );

  it('asks again where Cloud Storage was only busy', async () => {
    server.put('acme-ml', 'support/train.jsonl', 'one');
    server.fail({ status: 503 });
    const { retryOptions } = storageSettings;
    expect(await client({ retryOptions, patience: 10_000 }).open(uri)).toMatchObject({ is: 'open' });
  });

  it('refuses what names no object', async () => {
    await expect(client().open('gs://acme-ml/../secret')).rejects.toThrow(
      '"gs://acme-ml/../secret" does not name an object',
    );
  });
});

describe('keep()', () => {
  it.each([
    ['a small file', 11],
    ['an empty file', 0],
    ['a file of exactly one request', 8 * mebibyte],
    ['a file of several requests', 17 * mebibyte + 1],
  ])('writes %s', async (_, length) => {
    await client({ patience: 5000 }).keep(uri, pieces(bytes(length)));
    expect(server.get('acme-ml', 'support/train.jsonl')?.equals(bytes(length))).toBe(true);
  });

  it('goes on where Cloud Storage was busy in the middle', async () => {
    server.fail({ request: /^PUT/, status: 503 });
    const { retryOptions } = storageSettings;
    await client({ retryOptions, patience: 10_000 }).keep(uri, pieces(bytes(17 * mebibyte)));
    expect(server.get('acme-ml', 'support/train.jsonl')?.equals(bytes(17 * mebibyte))).toBe(true);
  });

  it('leaves what is there as it is', async () => {
    server.put('acme-ml', 'support/train.jsonl', 'old');
    await client().keep(uri, pieces(Buffer.from('new')));
    expect(String(server.get('acme-ml', 'support/train.jsonl'))).toBe('old');
  });

  it('is content where somebody else writes the object meanwhile', async () => {
    async function* overtaken() {
      yield Buffer.from('ours');
      server.put('acme-ml', 'support/train.jsonl', 'theirs');
      yield bytes(9 * mebibyte);
    }
    await client({ patience: 5000 }).keep(uri, overtaken());
    expect(String(server.get('acme-ml', 'support/train.jsonl'))).toBe('theirs');
  });

  it.each([
    ['at once', 0],
    ['in the first request', 3 * mebibyte],
    ['in a later request', 12 * mebibyte],
  ])("writes nothing where the file breaks off %s, and says the source's own trouble", async (_, breakAfter) => {
    const kept = client().keep(uri, pieces(bytes(20 * mebibyte), { breakAfter }));
    await expect(kept).rejects.toThrow('The file could not be fetched from Slack.');
    expect(server.names('acme-ml')).toEqual([]);
  });

  it('fails in our words where the bucket is missing', async () => {
    const kept = client().keep('gs://nowhere/train.jsonl', pieces(bytes(10)));
    await expect(kept).rejects.toThrow(
      'Cannot write "gs://nowhere/train.jsonl": Cloud Storage gave no clear answer (404).',
    );
    await expect(kept).rejects.toMatchObject({
      trouble: { why: 'said', said: 'The specified bucket does not exist.' },
    });
  });

  it('fails where nothing is answered', async () => {
    server.fail({ request: /^POST/, silent: true });
    await expect(client().keep(uri, pieces(bytes(10)))).rejects.toThrow(`Cannot write "${uri}"`);
  });

  it('waits for a file that comes slowly but steadily', async () => {
    async function* slowly() {
      for (let i = 0; i < 6; i++) {
        await new Promise(resolve => setTimeout(resolve, 100));
        yield Buffer.from(`${i}`);
      }
    }
    await client({ patience: 300 }).keep(uri, slowly());
    expect(String(server.get('acme-ml', 'support/train.jsonl'))).toBe('012345');
  });
});

describe('writable()', () => {
  it('is content with a bucket that may be written to', async () => {
    expect(await client().writable('gs://acme-ml/pipelines')).toEqual({ is: 'fine' });
    expect(await client().writable('gs://acme-ml')).toEqual({ is: 'fine' });
  });

  it('says that there is no such bucket', async () => {
    expect(await client().writable('gs://nowhere/x')).toEqual({ is: 'wrong', why: 'not-there', about: 'nowhere' });
  });

  it("does not know of the pipeline's account where we may not write", async () => {
    server.createBucket('theirs', { deny: ['storage.objects.create'] });
    expect(await client().writable('gs://theirs/x')).toEqual({ is: 'unknown', why: 'not-retort', about: 'theirs' });
  });

  it.each([
    [403, 'no-right'],
    [401, 'no-answer'],
    [429, 'no-answer'],
    [500, 'no-answer'],
  ])('does not know after a %d', async (status, why) => {
    expect(await (await answering(refusal(status))).writable('gs://b01/x')).toEqual({
      is: 'unknown',
      why,
      about: 'b01',
    });
  });

  it.each(Object.entries(noAnswers).filter(([name]) => !name.includes('404')))(
    'does not know after %s',
    async (_, reply) => {
      const answer = await (await answering(reply)).writable('gs://b01/x');
      expect(answer).toEqual({ is: 'unknown', why: 'no-answer', about: 'b01' });
    },
  );
});
