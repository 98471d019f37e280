/** Where an object lies in Cloud Storage. */
export interface Place {
  bucket: string;
  object: string;
}

const bucketName = /^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/;
// Control characters end a header or a log line early, and marks of direction show another name than there is; the others are wildcards in Google's own tools.
// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing control characters is what this is for
const forbidden = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff?#*[\]]/;
/** The longest name of an object, in bytes of UTF-8 (cloud.google.com/storage/docs/objects#naming). */
const longest = 1024;

/** Reads `gs://bucket/object`; undefined where it is anything else, or where a segment could step out of its folder. */
export function parseUri(uri: string): Place | undefined {
  if (!uri.startsWith('gs://')) return undefined;
  const [bucket = '', ...segments] = uri.slice('gs://'.length).split('/');
  const object = segments.join('/');
  if (!bucketName.test(bucket) || bucket.includes('..') || !object || forbidden.test(object)) return undefined;
  if (!object.isWellFormed() || new TextEncoder().encode(object).length > longest) return undefined;
  if (segments.some(segment => segment === '' || segment === '.' || segment === '..')) return undefined;
  return { bucket, object };
}

/** Reads `gs://bucket` or `gs://bucket/folder`, with or without a last slash, as a folder; undefined where it is anything else. */
export function parseFolder(uri: string): { bucket: string; folder: string } | undefined {
  const place = parseUri(`${uri.replace(/\/$/, '')}/x`);
  return place && { bucket: place.bucket, folder: place.object.replace(/\/?x$/, '') };
}
