import { gunzipSync } from 'node:zlib';
import type { StoredObject } from './bucket.ts';
import { etag } from './bucket.ts';
import { Refusal } from './refusal.ts';

/** An answer that carries an object's content, or the part of it that a `Range` header asks for. */
export function download(
  object: StoredObject,
  { range, acceptEncoding = '' }: { range?: string | undefined; acceptEncoding?: string | undefined },
): { status: number; headers: Record<string, string>; body: Buffer } {
  const headers: Record<string, string> = {
    'content-type': object.contentType ?? 'application/octet-stream',
    'accept-ranges': 'bytes',
    etag: etag(object),
    'last-modified': object.updated.toUTCString(),
    'x-goog-generation': object.generation,
    'x-goog-metageneration': String(object.metageneration),
    'x-goog-stored-content-encoding': object.contentEncoding ?? 'identity',
    'x-goog-stored-content-length': String(object.content.length),
    'x-goog-hash': `crc32c=${object.crc32c},md5=${object.md5Hash}`,
  };
  if (object.contentEncoding === 'gzip' && !acceptEncoding.includes('gzip')) {
    // Whoever does not accept gzip gets it unpacked, and whole (https://cloud.google.com/storage/docs/transcoding).
    return { status: 200, headers, body: gunzipSync(object.content) };
  }
  if (object.contentEncoding) headers['content-encoding'] = object.contentEncoding;

  const size = object.content.length;
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(range ?? '') ?? [];
  if (!first && !last) return { status: 200, headers, body: object.content };
  const start = first ? Number(first) : Math.max(0, size - Number(last));
  const end = first && last ? Math.min(Number(last), size - 1) : size - 1;
  if (start > end) {
    throw new Refusal(416, 'requestedRangeNotSatisfiable', `The requested range "${range}" cannot be satisfied.`);
  }
  headers['content-range'] = `bytes ${start}-${end}/${size}`;
  return { status: 206, headers, body: object.content.subarray(start, end + 1) };
}
