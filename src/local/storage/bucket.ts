import { createHash } from 'node:crypto';
import { CRC32C } from '@google-cloud/storage';
import { forbidden, invalid, noObject, preconditionFailed, Refusal } from './refusal.ts';

/** What a writer may say of an object. */
export interface Description {
  contentType?: string | undefined;
  contentEncoding?: string | undefined;
  cacheControl?: string | undefined;
  metadata?: Record<string, string> | undefined;
}

/** One generation of an object. */
export interface StoredObject extends Description {
  name: string;
  content: Buffer;
  generation: string;
  metageneration: number;
  md5Hash: string;
  crc32c: string;
  created: Date;
  updated: Date;
}

/** A bucket with the live generation of each of its objects. */
export interface Bucket {
  name: string;
  projectNumber: string;
  location: string;
  /** Permissions that callers do not have. */
  deny: Set<string>;
  /** Rules by which objects are deleted, as they were set: nothing is deleted here. */
  lifecycle?: object | undefined;
  created: Date;
  objects: Map<string, StoredObject>;
}

const longestName = 1024;
let lastGeneration = 0;

/** Throws unless callers have a permission on the bucket. */
export function demand(bucket: Bucket, permission: string): void {
  if (bucket.deny.has(permission)) throw forbidden(permission, bucket.name);
}

/**
 * The live object of this name, if it is of the generation asked for.
 * Who may not list is not told whether an object exists (https://cloud.google.com/storage/docs/json_api/v1/status-codes).
 */
export function find(bucket: Bucket, name: string, query: URLSearchParams): StoredObject {
  const found = bucket.objects.get(name);
  const generation = query.get('generation');
  if (!found || (generation !== null && generation !== found.generation)) {
    demand(bucket, 'storage.objects.list');
    throw noObject(bucket.name, name);
  }
  return found;
}

/** Throws where a precondition of the request does not hold for the live object, or the lack of one. */
export function checkPreconditions(object: StoredObject | undefined, query: URLSearchParams, reading = false): void {
  const failed = reading ? new Refusal(304, 'notModified', 'Not Modified') : preconditionFailed();
  // Generation 0 stands for no object (https://cloud.google.com/storage/docs/request-preconditions).
  const generation = object?.generation ?? '0';
  const metageneration = object ? String(object.metageneration) : undefined;
  const [match, notMatch] = [query.get('ifGenerationMatch'), query.get('ifGenerationNotMatch')];
  const [metaMatch, metaNotMatch] = [query.get('ifMetagenerationMatch'), query.get('ifMetagenerationNotMatch')];
  if (match !== null && match !== generation) throw preconditionFailed();
  if (notMatch !== null && notMatch === generation) throw failed;
  if (metaMatch !== null && metaMatch !== metageneration) throw preconditionFailed();
  if (metaNotMatch !== null && metaNotMatch === metageneration) throw failed;
}

/** Makes the content the object's next generation. */
export function put(
  bucket: Bucket,
  name: string,
  { content, ...said }: Description & { content: Buffer },
): StoredObject {
  if (name === '' || Buffer.byteLength(name) > longestName || /[\r\n]/.test(name)) {
    throw invalid(`Object name "${name}" is not valid: it needs 1 to ${longestName} bytes, and no line breaks.`);
  }
  lastGeneration = Math.max(Date.now() * 1000, lastGeneration + 1);
  const crc32c = new CRC32C();
  crc32c.update(content);
  const now = new Date();
  const object: StoredObject = {
    contentType: said.contentType,
    contentEncoding: said.contentEncoding,
    cacheControl: said.cacheControl,
    metadata: said.metadata,
    name,
    content,
    generation: String(lastGeneration),
    metageneration: 1,
    md5Hash: createHash('md5').update(content).digest('base64'),
    crc32c: crc32c.toString(),
    created: now,
    updated: now,
  };
  bucket.objects.set(name, object);
  return object;
}

/** Changes what is said of an object; `null` takes a word back. */
export function describe(object: StoredObject, changes: Record<keyof Description, unknown>): void {
  const text = (key: 'contentType' | 'contentEncoding' | 'cacheControl') =>
    key in changes ? ((changes[key] as string | null) ?? undefined) : object[key];
  object.contentType = text('contentType');
  object.contentEncoding = text('contentEncoding');
  object.cacheControl = text('cacheControl');
  if ('metadata' in changes) {
    const entries = Object.entries({
      ...object.metadata,
      ...(changes.metadata as Record<string, string | null> | null),
    });
    const kept = entries.filter((entry): entry is [string, string] => entry[1] !== null);
    object.metadata = changes.metadata === null ? undefined : Object.fromEntries(kept);
  }
  object.metageneration += 1;
  object.updated = new Date();
}

/** The object as the JSON API shows it. */
export function objectResource(bucket: Bucket, object: StoredObject) {
  return {
    kind: 'storage#object',
    id: `${bucket.name}/${object.name}/${object.generation}`,
    name: object.name,
    bucket: bucket.name,
    generation: object.generation,
    metageneration: String(object.metageneration),
    contentType: object.contentType,
    contentEncoding: object.contentEncoding,
    cacheControl: object.cacheControl,
    storageClass: 'STANDARD',
    size: String(object.content.length),
    md5Hash: object.md5Hash,
    crc32c: object.crc32c,
    etag: etag(object),
    timeCreated: object.created.toISOString(),
    updated: object.updated.toISOString(),
    metadata: object.metadata,
  };
}

/** A tag that changes with the object's content and with what is said of it. */
export function etag(object: StoredObject): string {
  return Buffer.from(`${object.generation}/${object.metageneration}`).toString('base64');
}

/** The bucket as the JSON API shows it. */
export function bucketResource(bucket: Bucket) {
  return {
    kind: 'storage#bucket',
    id: bucket.name,
    name: bucket.name,
    projectNumber: bucket.projectNumber,
    location: bucket.location.toUpperCase(),
    locationType: /^(US|EU|ASIA)$/i.test(bucket.location) ? 'multi-region' : 'region',
    storageClass: 'STANDARD',
    metageneration: '1',
    etag: 'CAE=',
    timeCreated: bucket.created.toISOString(),
    updated: bucket.created.toISOString(),
    ...(bucket.lifecycle && { lifecycle: bucket.lifecycle }),
  };
}
