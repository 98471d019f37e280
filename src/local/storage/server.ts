import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Bucket, Description } from './bucket.ts';
import { bucketResource, checkPreconditions, demand, describe, find, objectResource, put } from './bucket.ts';
import { download } from './download.ts';
import { list } from './list.ts';
import { errorBody, invalid, noBucket, Refusal } from './refusal.ts';
import type { Session } from './upload.ts';
import { begin, proceed, upload } from './upload.ts';

/** What happens to a request instead of, or besides, an answer. */
export interface Fault {
  /** Which requests, as method and path without the API's prefix: `GET /b/data/o/train.jsonl`, `POST /upload/b/data/o`. All, if unset. */
  request?: RegExp;
  /** How many of them, one after the other. Default: 1. */
  times?: number;
  /** Answer this status with Google's error body, and do nothing. */
  status?: number;
  /** Break the connection after this many bytes of the answer's body. */
  cutAfter?: number;
  /** Never answer. */
  silent?: boolean;
}

/** A local Cloud Storage. */
export interface StorageServer {
  /** What `STORAGE_EMULATOR_HOST` is set to. */
  url: string;
  /** Makes a bucket; `deny` are the permissions callers do not have on it. */
  createBucket(
    name: string,
    options?: { projectNumber?: string; location?: string; deny?: string[]; lifecycle?: object },
  ): void;
  /** Takes permissions on a bucket away from callers, or gives all back. */
  deny(bucket: string, ...permissions: string[]): void;
  /** Puts an object there as if someone had uploaded it, and says its generation. */
  put(bucket: string, name: string, content: Uint8Array | string, said?: Description): { generation: string };
  /** An object's content, if it exists. */
  get(bucket: string, name: string): Buffer | undefined;
  /** The names of a bucket's objects, sorted. */
  names(bucket: string): string[];
  /** Takes an object away. */
  remove(bucket: string, name: string): void;
  /** Lets requests fail. */
  fail(fault: Fault): void;
  /** Ends the server at once, with all its connections. */
  close(): Promise<void>;
}

type Due = Fault & { times: number };

interface Request {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: Buffer | object;
}

interface State {
  url: string;
  buckets: Map<string, Bucket>;
  sessions: Map<string, Session>;
  issued: ((token: string) => boolean) | undefined;
}

/**
 * Starts our own Cloud Storage, which keeps everything in memory. Callers without a token are let in, because with
 * `STORAGE_EMULATOR_HOST` the client sends none; with `issued`, a token that is sent has to be a good one.
 */
export async function startStorage(
  options: { port?: number; issued?: (token: string) => boolean } = {},
): Promise<StorageServer> {
  const state: State = { url: '', buckets: new Map(), sessions: new Map(), issued: options.issued };
  const faults: Due[] = [];
  const server = createServer((request, response) => {
    serve(request, response, { state, faults }).catch(error => response.destroy(error));
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const named = (name: string): Bucket => {
    const bucket = state.buckets.get(name);
    if (!bucket) throw new Error(`Cannot use bucket "${name}": it has not been created`);
    return bucket;
  };
  return {
    url: state.url,
    createBucket(name, { projectNumber = '123456789012', location = 'US', deny = [], lifecycle } = {}) {
      if (state.buckets.has(name)) throw new Error(`Cannot create bucket "${name}": it exists`);
      const bucket = {
        name,
        projectNumber,
        location,
        deny: new Set(deny),
        lifecycle,
        created: new Date(),
        objects: new Map(),
      };
      state.buckets.set(name, bucket);
    },
    deny(bucket, ...permissions) {
      named(bucket).deny = new Set(permissions);
    },
    put(bucket, name, content, said = {}) {
      const { generation } = put(named(bucket), name, { ...said, content: Buffer.from(content as Uint8Array) });
      return { generation };
    },
    get: (bucket, name) => named(bucket).objects.get(name)?.content,
    names: bucket => [...named(bucket).objects.keys()].sort(),
    remove(bucket, name) {
      named(bucket).objects.delete(name);
    },
    fail(fault) {
      faults.push({ times: 1, ...fault });
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function serve(
  incoming: IncomingMessage,
  response: ServerResponse,
  { state, faults }: { state: State; faults: Due[] },
): Promise<void> {
  const url = new URL(incoming.url ?? '/', state.url);
  // With STORAGE_EMULATOR_HOST the client asks for /b/…, with apiEndpoint for /storage/v1/b/…; uploads and downloads have prefixes of their own.
  const path = url.pathname.replace('/storage/v1/', '/').replace(/^\/download\//, '/');
  const { method = 'GET', headers } = incoming;
  const body = await buffer(incoming);
  const fault = faults.find(({ request }) => !request || request.test(`${method} ${decodeURIComponent(path)}`));
  if (fault) {
    fault.times -= 1;
    if (fault.times <= 0) faults.splice(faults.indexOf(fault), 1);
  }
  if (fault?.silent) return;

  let answered: Answer;
  try {
    if (fault?.status) {
      const message = `The local Cloud Storage was told to answer ${fault.status}.`;
      throw new Refusal(fault.status, fault.status === 429 ? 'rateLimitExceeded' : 'backendError', message);
    }
    answered = answer({ method, path, query: url.searchParams, headers, body }, state);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // The message alone is what a download answers, not JSON.
    const media = url.searchParams.get('alt') === 'media';
    answered = { status: error.status, body: media ? Buffer.from(error.message) : errorBody(error) };
  }
  send(response, answered, { head: method === 'HEAD', cutAfter: fault?.cutAfter });
}

function send(
  response: ServerResponse,
  { status, headers, body }: Answer,
  { head, cutAfter }: { head: boolean; cutAfter: number | undefined },
): void {
  const json = body !== undefined && !Buffer.isBuffer(body);
  const bytes = json ? Buffer.from(JSON.stringify(body)) : (body ?? Buffer.alloc(0));
  response.writeHead(status, {
    ...(json && { 'content-type': 'application/json; charset=UTF-8' }),
    ...headers,
    ...(status !== 204 && status !== 304 && { 'content-length': bytes.length }),
  });
  if (cutAfter === undefined) response.end(head || status === 304 ? undefined : bytes);
  else response.write(bytes.subarray(0, cutAfter), () => response.destroy());
}

function answer(request: Request, state: State): Answer {
  const { method, path, query } = request;
  const token = /^Bearer (.*)$/.exec(request.headers.authorization ?? '')?.[1];
  if (token !== undefined && state.issued && !state.issued(token)) {
    throw new Refusal(401, 'authError', 'Invalid Credentials');
  }
  const [, uploads, bucketName, rest] = /^(\/upload)?\/b\/([^/]+)(\/.*)?$/.exec(path) ?? [];
  const [, objectName] = /^\/o\/([^/]+)$/.exec(rest ?? '') ?? [];
  if (uploads && rest === '/o') return receive(request, { state, bucketName: decode(bucketName) });
  if (!uploads && bucketName) {
    const bucket = state.buckets.get(decode(bucketName));
    if (!bucket) throw noBucket();
    if (objectName) return answerObject(request, { bucket, name: decode(objectName) });
    if (method === 'GET' && !rest) {
      demand(bucket, 'storage.buckets.get');
      return { status: 200, body: bucketResource(bucket) };
    }
    if (method === 'GET' && rest === '/o') {
      demand(bucket, 'storage.objects.list');
      return { status: 200, body: list(bucket, query) };
    }
    if (method === 'GET' && rest === '/iam/testPermissions') {
      const permissions = query.getAll('permissions').filter(permission => !bucket.deny.has(permission));
      return { status: 200, body: { kind: 'storage#testIamPermissionsResponse', permissions } };
    }
  }
  throw new Refusal(501, 'notImplemented', `The local Cloud Storage does not do "${method} ${path}".`);
}

function answerObject(
  { method, query, headers, body }: Request,
  { bucket, name }: { bucket: Bucket; name: string },
): Answer {
  switch (method) {
    case 'HEAD':
    case 'GET': {
      demand(bucket, 'storage.objects.get');
      const object = find(bucket, name, query);
      checkPreconditions(object, query, true);
      if (query.get('alt') !== 'media') return { status: 200, body: objectResource(bucket, object) };
      const acceptEncoding = [headers['accept-encoding']].flat().join(',');
      return download(object, { range: headers.range, acceptEncoding });
    }
    case 'PATCH': {
      demand(bucket, 'storage.objects.update');
      const object = find(bucket, name, query);
      checkPreconditions(object, query);
      describe(object, JSON.parse(body.toString()));
      return { status: 200, body: objectResource(bucket, object) };
    }
    case 'DELETE': {
      demand(bucket, 'storage.objects.delete');
      const object = find(bucket, name, query);
      checkPreconditions(object, query);
      bucket.objects.delete(name);
      return { status: 204 };
    }
    default:
      throw new Refusal(501, 'notImplemented', `The local Cloud Storage does not do "${method}" of an object.`);
  }
}

function receive(request: Request, { state, bucketName }: { state: State; bucketName: string }): Answer {
  const { method, query, headers } = request;
  const session = state.sessions.get(query.get('upload_id') ?? '');
  if (method === 'PUT' || method === 'DELETE') {
    if (!session) throw new Refusal(404, 'notFound', `No such upload: "${query.get('upload_id')}".`);
    if (method === 'DELETE') {
      state.sessions.delete(session.id);
      return { status: 499 };
    }
    const object = proceed(session, request);
    if (object) return { status: 200, body: objectResource(session.bucket, object) };
    const have = session.received.length;
    return { status: 308, headers: have > 0 ? { range: `bytes=0-${have - 1}` } : {} };
  }
  const bucket = state.buckets.get(bucketName);
  if (!bucket) throw noBucket();
  const type = query.get('uploadType');
  if (type === 'resumable') {
    const begun = begin(bucket, request);
    state.sessions.set(begun.id, begun);
    const host = headers.host ? `http://${headers.host}` : state.url;
    const location = `${host}/upload/storage/v1/b/${bucketName}/o?uploadType=resumable&upload_id=${begun.id}`;
    return { status: 200, headers: { location } };
  }
  if (type === 'media' || type === 'multipart') {
    return { status: 200, body: objectResource(bucket, upload(bucket, request)) };
  }
  throw invalid(`Upload type "${type}" is not valid.`);
}

function decode(segment = ''): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw Object.assign(invalid(`Cannot read the name "${segment}".`), { cause });
  }
}
