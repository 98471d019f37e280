import { EventEmitter } from 'node:events';
import { pipeline } from 'node:stream/promises';
import type { File, Storage, StorageOptions } from '@google-cloud/storage';
import { CRC32C, IdempotencyStrategy } from '@google-cloud/storage';
import { z } from 'zod';
import type { Place } from '../job/uri.ts';
import { parseFolder, parseUri } from '../job/uri.ts';
import type { Storage as StoragePort } from '../world.ts';
import { Unavailable } from '../world.ts';
import { inTime } from './in-time.ts';

const second = 1000;
const mebibyte = 1 << 20;

/** Settings of the Cloud Storage client: few attempts, soon after one another, and writes only where trying again cannot write twice. Its own go on for ten minutes. */
export const storageSettings = {
  retryOptions: {
    autoRetry: true,
    maxRetries: 2,
    maxRetryDelay: 1,
    totalTimeout: 60,
    idempotencyStrategy: IdempotencyStrategy.RetryConditional,
  },
} satisfies StorageOptions;

/** Settings of the client that reads objects: it tries nothing again, the next look at the job does. Where it tries a read again, retry-request destroys a stream into which teeny-request then pipes the late answer: that is thrown where nobody can catch it, and ends the process. */
export const readingSettings = {
  ...storageSettings,
  retryOptions: { ...storageSettings.retryOptions, autoRetry: false },
} satisfies StorageOptions;

const ObjectMetadata = z.looseObject({
  size: z.union([z.string().regex(/^\d+$/), z.number()]).transform(Number),
  generation: z.union([z.string(), z.number()]).transform(String),
  /** Of the bytes as they are kept, in base64. */
  crc32c: z.string().optional(),
  /** How the bytes are kept: whoever reads what is kept as gzip gets it unpacked. */
  contentEncoding: z.string().optional(),
});
type ObjectMetadata = z.infer<typeof ObjectMetadata>;
const BucketMetadata = z.looseObject({ projectNumber: z.union([z.string(), z.number()]).transform(String) });
// Without any, the list is left out.
const Permissions = z.looseObject({ permissions: z.array(z.string()).optional() });
const Trouble = z.object({
  code: z.union([z.number(), z.string()]).optional().catch(undefined),
  // Where the client keeps what Google said, but for resumable uploads; its own message may be a whole answer.
  errors: z.array(z.object({ message: z.string() })).catch([]),
  // Where it is kept of those.
  response: z
    .object({ data: z.object({ error: z.object({ message: z.string() }) }) })
    .optional()
    .catch(undefined),
});

/** The most that is kept of what Google says, in characters. */
const longest = 2000;

/** What is uploaded in one request, in bytes: the most that is kept in memory. */
const chunkSize = 8 * mebibyte;

/** Cloud Storage. `patience` is how long an answer, or the next piece of one, may take, in milliseconds. */
export function storageClient({
  storage,
  reading,
  datasetBucket,
  patience = 30 * second,
}: {
  storage: Storage;
  /** Reads what is in an object, with `readingSettings`. */
  reading: Storage;
  datasetBucket: string;
  patience?: number;
}): StoragePort {
  // teeny-request, beneath the client, hangs eleven listeners on one stream: Node would call that a leak.
  EventEmitter.defaultMaxListeners = Math.max(EventEmitter.defaultMaxListeners, 20);
  const projectNumbers = new Map<string, string>();

  async function projectNumber(bucket: string): Promise<string | undefined> {
    const known = projectNumbers.get(bucket);
    if (known) return known;
    try {
      // The client's own `timeout` has no effect: node-fetch 3, which it calls, knows no such option.
      const [metadata] = await inTime(storage.bucket(bucket).getMetadata(), patience);
      const number = BucketMetadata.parse(metadata).projectNumber;
      projectNumbers.set(bucket, number);
      return number;
    } catch {
      return undefined;
    }
  }

  /** Whether a bucket belongs to another project than the bucket of datasets; undefined where that is not known. */
  async function isElsewhere(bucket: string): Promise<boolean | undefined> {
    if (bucket === datasetBucket) return false;
    const [theirs, ours] = await Promise.all([projectNumber(bucket), projectNumber(datasetBucket)]);
    return theirs === undefined || ours === undefined ? undefined : theirs !== ours;
  }

  return {
    async open(uri, { most } = {}) {
      const { bucket, object } = place(uri);
      const file = storage.bucket(bucket).file(object);
      let found: ObjectMetadata;
      try {
        const [metadata] = await inTime(file.getMetadata(), patience);
        found = ObjectMetadata.parse(metadata);
      } catch (error) {
        const code = codeOf(error);
        if (code === 404) return { is: 'missing' };
        if (code === 403) return { is: 'forbidden' };
        throw trouble(`Cannot open "${uri}"`, error);
      }
      const { size, generation } = found;
      if (most !== undefined && size > most) return { is: 'too-big', size };
      const pinned = reading.bucket(bucket).file(object, { generation });
      return {
        is: 'open',
        generation,
        size,
        elsewhere: await isElsewhere(bucket),
        chunks: whole(chunksOf(pinned, { uri, patience }), found, uri),
      };
    },

    async keep(uri, chunks) {
      const { bucket, object } = place(uri);
      const silence = new AbortController();
      const timer = setTimeout(() => silence.abort(), patience);
      const source = watched(chunks, () => timer.refresh());
      const file = storage.bucket(bucket).file(object);
      const preconditionOpts = { ifGenerationMatch: 0 };
      try {
        const first = await source.chunks.next();
        // In pieces the client sends the last byte of an empty object as number -1, which is refused.
        if (first.done) return await inTime(file.save('', { resumable: false, preconditionOpts }), patience);
        const upload = file.createWriteStream({ resumable: true, chunkSize, preconditionOpts });
        upload.on('progress', () => timer.refresh());
        await pipeline(from(first.value, source.chunks), upload, { signal: silence.signal });
      } catch (error) {
        const [broken] = source.trouble;
        if (broken !== undefined) throw broken;
        if (codeOf(error) !== 412) throw trouble(`Cannot write "${uri}"`, error);
      } finally {
        clearTimeout(timer);
      }
    },

    async writable(folder) {
      const parsed = parseFolder(folder);
      if (!parsed) throw new Error(`"${folder}" is not a folder in Cloud Storage.`);
      const { bucket: about } = parsed;
      const permission = 'storage.objects.create';
      try {
        const [held, answer] = await inTime(storage.bucket(about).iam.testPermissions(permission), patience);
        if (!Permissions.safeParse(answer).success) return { is: 'unknown', why: 'no-answer', about };
        // The pipeline writes as another account, which may have the right all the same.
        return held[permission] ? { is: 'fine' } : { is: 'unknown', why: 'not-retort', about };
      } catch (error) {
        const code = codeOf(error);
        if (code === 404) return { is: 'wrong', why: 'not-there', about };
        return { is: 'unknown', why: code === 403 ? 'no-right' : 'no-answer', about };
      }
    },
  };
}

function place(uri: string): Place {
  const parsed = parseUri(uri);
  if (!parsed) throw new Error(`"${uri}" does not name an object in Cloud Storage.`);
  return parsed;
}

/** Passes chunks on, tells of each, and keeps what broke them off: that is the source's trouble, not Cloud Storage's. */
function watched(chunks: AsyncIterable<Uint8Array>, arrived: () => void) {
  const trouble: unknown[] = [];
  async function* through(): AsyncGenerator<Uint8Array, void> {
    try {
      for await (const chunk of chunks) {
        arrived();
        if (chunk.length) yield chunk;
      }
    } catch (error) {
      trouble.push(error);
      throw error;
    }
  }
  return { chunks: through(), trouble };
}

async function* from(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

/** Reads one generation of an object; gives up where no piece comes for too long. */
async function* chunksOf(file: File, { uri, patience }: { uri: string; patience: number }): AsyncGenerator<Uint8Array> {
  const stream = file.createReadStream();
  const pieces = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  try {
    for (;;) {
      const piece = await inTime(pieces.next(), patience);
      if (piece.done) return;
      yield piece.value;
    }
  } catch (error) {
    throw trouble(`Cannot read "${uri}"`, error);
  } finally {
    stream.destroy();
  }
}

/** Passes chunks on, and throws at their end where they are not what Cloud Storage keeps: something between may have answered in its place, and the client checks only against what the very answer says of itself. */
async function* whole(
  chunks: AsyncIterable<Uint8Array>,
  { size, crc32c, contentEncoding }: ObjectMetadata,
  uri: string,
): AsyncGenerator<Uint8Array> {
  const sum = new CRC32C();
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    sum.update(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
    yield chunk;
  }
  if (contentEncoding === 'gzip') return;
  if (length === size && (crc32c === undefined || sum.validate(crc32c))) return;
  throw new Unavailable(`Cannot read "${uri}": what came is not what Cloud Storage keeps.`, {
    trouble: { why: 'no-answer', said: '' },
  });
}

function codeOf(error: unknown): number | undefined {
  const code = Number(Trouble.safeParse(error).data?.code);
  return Number.isNaN(code) ? undefined : code;
}

/** With Google's own words, and without the library's, which may hold headers and whole answers. */
function trouble(what: string, error: unknown): Unavailable {
  const { code, errors, response } = Trouble.safeParse(error).data ?? { errors: [] };
  const said = (errors[0]?.message ?? response?.data.error.message ?? '').slice(0, longest);
  return new Unavailable(`${what}: Cloud Storage gave no clear answer${code === undefined ? '' : ` (${code})`}.`, {
    trouble: { why: Number(code) === 401 ? 'credentials' : said ? 'said' : 'no-answer', said },
  });
}
