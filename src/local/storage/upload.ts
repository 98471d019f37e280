import { createHash, randomUUID } from 'node:crypto';
import { CRC32C } from '@google-cloud/storage';
import type { Bucket, Description, StoredObject } from './bucket.ts';
import { checkPreconditions, demand, put } from './bucket.ts';
import { invalid, Refusal } from './refusal.ts';

type Headers = Record<string, string | string[] | undefined>;
type Said = Description & { name?: string; md5Hash?: string; crc32c?: string };

/** A resumable upload under way. */
export interface Session {
  id: string;
  bucket: Bucket;
  query: URLSearchParams;
  said: Said;
  received: Buffer;
  done?: StoredObject;
}

const chunkUnit = 256 * 1024;

/** Stores an object that came in one request: alone, or behind its metadata as `multipart/related`. */
export function upload(
  bucket: Bucket,
  { query, headers, body }: { query: URLSearchParams; headers: Headers; body: Buffer },
): StoredObject {
  if (query.get('uploadType') === 'media') {
    return store(bucket, { query, headers, content: body, said: { contentType: header(headers, 'content-type') } });
  }
  const [metadata, media] = parts(header(headers, 'content-type') ?? '', body);
  if (!metadata || !media) throw invalid('A multipart upload needs two parts: metadata and media.');
  const said = parse(metadata.content);
  return store(bucket, {
    query,
    headers,
    content: media.content,
    said: { ...said, contentType: said.contentType ?? media.contentType },
  });
}

/** Begins a resumable upload; preconditions are looked at now, and again at its end. */
export function begin(
  bucket: Bucket,
  { query, headers, body }: { query: URLSearchParams; headers: Headers; body: Buffer },
): Session {
  const said = parse(body);
  const name = nameOf(query, said);
  demand(bucket, 'storage.objects.create');
  checkPreconditions(bucket.objects.get(name), query);
  return {
    id: randomUUID(),
    bucket,
    query,
    said: { ...said, contentType: said.contentType ?? header(headers, 'x-upload-content-type') },
    received: Buffer.alloc(0),
  };
}

/** Takes the next bytes of a resumable upload; the object is there once the last of them is. */
export function proceed(
  session: Session,
  { headers, body }: { headers: Headers; body: Buffer },
): StoredObject | undefined {
  if (session.done) return session.done;
  const range = header(headers, 'content-range') ?? `bytes 0-*/${body.length}`;
  const [, asked, from, to, total] = /^bytes (?:(\*)|(\d+)-(\d+|\*))\/(\d+|\*)$/.exec(range) ?? [];
  if (!asked && !from) throw invalid(`Content-Range "${range}" is not valid.`);
  const size = total === '*' ? undefined : Number(total);
  if (!asked) {
    const start = Number(from);
    if (start > session.received.length) {
      throw new Refusal(503, 'backendError', `Bytes from ${session.received.length} to ${start} are missing.`);
    }
    const whole = to === '*';
    const ends = whole || (size !== undefined && start + body.length === size);
    if (!ends && body.length % chunkUnit !== 0) {
      throw invalid(`A chunk of ${body.length} bytes is not a multiple of ${chunkUnit}, and not the last.`);
    }
    session.received = Buffer.concat([session.received.subarray(0, start), body]);
    if (!ends || (size !== undefined && session.received.length < size)) return undefined;
  } else if (size === undefined || session.received.length !== size) {
    return undefined;
  }
  const { bucket, query, said, received } = session;
  session.done = store(bucket, { query, headers, content: received, said });
  session.received = Buffer.alloc(0);
  return session.done;
}

function store(
  bucket: Bucket,
  { query, headers, content, said }: { query: URLSearchParams; headers: Headers; content: Buffer; said: Said },
): StoredObject {
  const name = nameOf(query, said);
  demand(bucket, 'storage.objects.create');
  checkPreconditions(bucket.objects.get(name), query);
  if (bucket.objects.has(name)) demand(bucket, 'storage.objects.delete');
  checkHashes(content, { ...hashes(header(headers, 'x-goog-hash')), ...said });
  const contentEncoding = query.get('contentEncoding') ?? said.contentEncoding;
  return put(bucket, name, { ...said, contentEncoding, content });
}

function nameOf(query: URLSearchParams, said: Said): string {
  const name = query.get('name') ?? said.name;
  if (!name) throw new Refusal(400, 'required', 'Required: an object name.');
  return name;
}

function hashes(text = ''): { md5Hash?: string; crc32c?: string } {
  const [md5Hash, crc32c] = ['md5', 'crc32c'].map(kind => new RegExp(`(?:^|,)${kind}=([^,]+)`).exec(text)?.[1]);
  return { ...(md5Hash && { md5Hash }), ...(crc32c && { crc32c }) };
}

function checkHashes(content: Buffer, { md5Hash, crc32c }: { md5Hash?: string; crc32c?: string }): void {
  if (md5Hash && createHash('md5').update(content).digest('base64') !== md5Hash) {
    throw invalid(`Provided MD5 hash "${md5Hash}" doesn't match the calculated one.`);
  }
  const sum = new CRC32C();
  sum.update(content);
  if (crc32c && sum.toString() !== crc32c) {
    throw invalid(`Provided CRC32C "${crc32c}" doesn't match calculated CRC32C "${sum}".`);
  }
}

function parts(contentType: string, body: Buffer): { contentType: string | undefined; content: Buffer }[] {
  const boundary = /boundary="?([^";]+)"?/.exec(contentType)?.[1];
  if (!boundary) throw invalid(`Content-Type "${contentType}" names no boundary.`);
  const found = [];
  const line = `--${boundary}`;
  let at = body.indexOf(line);
  while (at >= 0) {
    const start = at + line.length;
    if (body.subarray(start, start + 2).toString() === '--') break;
    const head = body.indexOf('\r\n\r\n', start);
    at = body.indexOf(`\r\n${line}`, head);
    if (head < 0 || at < 0) throw invalid('A part of a multipart upload does not end.');
    const type = /content-type:\s*([^\r\n]+)/i.exec(body.subarray(start, head).toString())?.[1];
    found.push({ contentType: type, content: body.subarray(head + 4, at) });
    at += 2;
  }
  return found;
}

function parse(json: Buffer): Said {
  if (json.length === 0) return {};
  try {
    return JSON.parse(json.toString()) as Said;
  } catch (cause) {
    throw Object.assign(invalid(`Cannot read object metadata "${json}".`), { cause });
  }
}

function header(headers: Headers, name: string): string | undefined {
  return [headers[name]].flat().join(',') || undefined;
}
