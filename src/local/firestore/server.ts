import type { ServerUnaryCall, ServerWritableStream, sendUnaryData } from '@grpc/grpc-js';
import { Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { maskFields, parsePath } from './field.ts';
import type { Indexes } from './indexes.ts';
import { demandIndex } from './indexes.ts';
import { comparePaths, compareStrings } from './order.ts';
import type { Fields, Query } from './protocol.ts';
import { type messages, service } from './protocol.ts';
import { run, selected } from './query.ts';
import { invalid, Refusal, unimplemented } from './refusal.ts';
import { Store } from './store.ts';
import { timestamp } from './time.ts';
import type { Stored } from './write.ts';

/** A local Firestore. */
export interface FirestoreServer {
  /** What `FIRESTORE_EMULATOR_HOST` is set to: host and port. */
  host: string;
  /** Forgets every document of every project. */
  clear(): Promise<void>;
  /** Ends the server at once, with all its connections. */
  close(): Promise<void>;
}

const largestRequest = 10 * 1024 * 1024;
const pageOfDocuments = 300;

/** Starts our own Firestore, which keeps everything in memory. Where it is told which `indexes` there are, a query that needs another is refused. */
export async function startFirestore(options: { port?: number; indexes?: Indexes } = {}): Promise<FirestoreServer> {
  const store = new Store();
  const server = new Server({
    'grpc.max_receive_message_length': largestRequest,
    'grpc.max_send_message_length': -1,
  });
  server.addService(service, {
    BatchGetDocuments: streaming(request => getDocuments(request, store)),
    Commit: unary(request => commit(request, store)),
    RunQuery: streaming(request => {
      if (options.indexes) demandIndex(request.structuredQuery ?? {}, options.indexes);
      return runQuery(request, store);
    }),
    RunAggregationQuery: streaming(request => aggregate(request, store)),
    ListDocuments: unary(request => listDocuments(request, store)),
    ListCollectionIds: unary(request => listCollections(request, store)),
    BeginTransaction: unary(() => {
      throw unimplemented('transactions: use a batch with preconditions');
    }),
    BatchWrite: unary(() => {
      throw unimplemented('bulk writes: use a batch');
    }),
  });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync(`127.0.0.1:${options.port ?? 0}`, ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return {
    host: `127.0.0.1:${port}`,
    async clear() {
      store.clear();
    },
    async close() {
      server.forceShutdown();
    },
  };
}

function* getDocuments(request: InstanceType<typeof messages.BatchGetDocumentsRequest>, store: Store) {
  refuseSnapshot(request);
  const readTime = timestamp(store.now());
  const mask = request.mask?.fieldPaths?.map(parsePath);
  for (const name of new Set(request.documents)) {
    const found = store.get(name);
    yield found
      ? { found: message(found, mask ? maskFields(found.fields, mask) : found.fields), readTime }
      : { missing: name, readTime };
  }
}

function commit(request: InstanceType<typeof messages.CommitRequest>, store: Store) {
  if (request.transaction.length > 0) throw unimplemented('transactions: use a batch with preconditions');
  const { time, written } = store.commit(request.writes);
  return {
    commitTime: timestamp(time),
    writeResults: written.map(({ after, results }) => ({
      updateTime: after ? timestamp(after.updateTime) : null,
      transformResults: results,
    })),
  };
}

function* runQuery(request: InstanceType<typeof messages.RunQueryRequest>, store: Store) {
  refuseSnapshot(request);
  if (request.explainOptions) throw unimplemented('explaining queries');
  const query = request.structuredQuery ?? {};
  const { documents, skipped } = run(query, candidates(request.parent, { query, store }));
  const readTime = timestamp(store.now());
  for (const document of documents) yield { document: message(document, selected(document, query)), readTime };
  yield { readTime, skippedResults: skipped };
}

function* aggregate(request: InstanceType<typeof messages.RunAggregationQueryRequest>, store: Store) {
  refuseSnapshot(request);
  const { structuredQuery: query, aggregations } = request.structuredAggregationQuery ?? {};
  const { documents } = run(query ?? {}, candidates(request.parent, { query: query ?? {}, store }));
  const counts = (aggregations ?? []).map(({ alias, count }) => {
    if (!count) throw unimplemented('sums and averages: counting is all it knows');
    const most = count.upTo?.value ? Number(count.upTo.value) : documents.length;
    return [alias ?? '', { integerValue: Math.min(most, documents.length) }] as const;
  });
  yield { result: { aggregateFields: Object.fromEntries(counts) }, readTime: timestamp(store.now()) };
}

function listDocuments(request: InstanceType<typeof messages.ListDocumentsRequest>, store: Store) {
  refuseSnapshot(request);
  if (request.orderBy) throw unimplemented('listing documents in an order: use a query');
  const path = `${request.parent}/${request.collectionId}`;
  const mask = request.mask?.fieldPaths?.map(parsePath);
  const names = new Set([...store.collection(path)].map(({ name }) => name));
  if (request.showMissing) {
    for (const other of store.collections()) {
      if (other.startsWith(`${path}/`)) names.add(`${path}/${other.slice(path.length + 1).split('/')[0]}`);
    }
  }
  const { items, nextPageToken } = page([...names].sort(comparePaths), request, pageOfDocuments);
  const documents = items.map(name => {
    const found = store.get(name);
    return found ? message(found, mask ? maskFields(found.fields, mask) : found.fields) : { name };
  });
  return { documents, nextPageToken };
}

function listCollections(request: InstanceType<typeof messages.ListCollectionIdsRequest>, store: Store) {
  refuseSnapshot(request);
  const ids = new Set<string>();
  for (const path of store.collections()) {
    if (path.startsWith(`${request.parent}/`)) ids.add(path.slice(request.parent.length + 1).split('/')[0] as string);
  }
  const { items, nextPageToken } = page([...ids].sort(compareStrings), request, pageOfDocuments);
  return { collectionIds: items, nextPageToken };
}

function page(all: string[], { pageSize, pageToken }: { pageSize: number; pageToken: string }, usual: number) {
  const rest = all.slice(pageToken ? all.indexOf(pageToken) + 1 : 0);
  const items = rest.slice(0, pageSize || usual);
  return { items, nextPageToken: items.length < rest.length ? (items.at(-1) ?? '') : '' };
}

function candidates(parent: string, { query, store }: { query: Query; store: Store }): Iterable<Stored> {
  const [from, ...others] = query.from ?? [];
  if (!from || others.length > 0) throw invalid('A query names exactly one collection.');
  if (!from.allDescendants) return store.collection(`${parent}/${from.collectionId}`);
  return store.documents(
    path => path.startsWith(`${parent}/`) && (!from.collectionId || path.endsWith(`/${from.collectionId}`)),
  );
}

function message(document: Stored, fields: Fields) {
  return {
    name: document.name,
    fields,
    createTime: timestamp(document.createTime),
    updateTime: timestamp(document.updateTime),
  };
}

function refuseSnapshot(request: { transaction?: unknown; newTransaction?: unknown; readTime?: unknown }): void {
  const { transaction } = request;
  if (request.newTransaction || (transaction instanceof Uint8Array && transaction.length > 0)) {
    throw unimplemented('transactions: use a batch with preconditions');
  }
  if (request.readTime) throw unimplemented('reading the past');
}

function unary<Request, Response>(answer: (request: Request) => Response) {
  return (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>) => {
    try {
      callback(null, answer(call.request));
    } catch (error) {
      callback(refusal(error));
    }
  };
}

function streaming<Request, Response>(answer: (request: Request) => Iterable<Response>) {
  return (call: ServerWritableStream<Request, Response>) => {
    // The client takes an error without headers for silence, and asks twice more before it believes it.
    call.sendMetadata(new Metadata());
    try {
      // All of it before the first word: nothing may change between two documents of one answer.
      for (const one of [...answer(call.request)]) call.write(one);
      call.end();
    } catch (error) {
      call.emit('error', refusal(error));
    }
  };
}

function refusal(error: unknown): { code: status; details: string } {
  if (error instanceof Refusal) return { code: error.code, details: error.message };
  return { code: status.INTERNAL, details: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
