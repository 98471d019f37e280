import type { google } from '@google-cloud/firestore-api/protos';
import protos from '@google-cloud/firestore-api/protos';

/** Firestore's messages, as the real client encodes and decodes them. */
export const messages = protos.google.firestore.v1;

/** One value of a document, as it goes over the wire. */
export type Value = google.firestore.v1.IValue;

/** The fields of a document or of a map. */
export type Fields = Record<string, Value>;

/** One write of a commit. */
export type Write = google.firestore.v1.IWrite;

/** A query, as it goes over the wire. */
export type Query = google.firestore.v1.IStructuredQuery;

/** One of a query's filters, simple or composite. */
export type Filter = google.firestore.v1.StructuredQuery.IFilter;

interface Codec<Message, Input> {
  encode(message: Input): { finish(): Uint8Array };
  decode(bytes: Uint8Array): Message;
}

function method<Request, RequestInput, Response, ResponseInput>(
  name: string,
  codecs: { request: Codec<Request, RequestInput>; response: Codec<Response, ResponseInput> },
  { responseStream = false } = {},
) {
  return {
    path: `/google.firestore.v1.Firestore/${name}`,
    requestStream: false,
    responseStream,
    requestSerialize: (message: RequestInput) => Buffer.from(codecs.request.encode(message).finish()),
    requestDeserialize: (bytes: Buffer) => codecs.request.decode(bytes),
    responseSerialize: (message: ResponseInput) => Buffer.from(codecs.response.encode(message).finish()),
    responseDeserialize: (bytes: Buffer) => codecs.response.decode(bytes),
  };
}

const stream = { responseStream: true };

/** The methods of `google.firestore.v1.Firestore` that this server knows by name, the unsupported ones included. */
export const service = {
  BatchGetDocuments: method(
    'BatchGetDocuments',
    { request: messages.BatchGetDocumentsRequest, response: messages.BatchGetDocumentsResponse },
    stream,
  ),
  Commit: method('Commit', { request: messages.CommitRequest, response: messages.CommitResponse }),
  RunQuery: method('RunQuery', { request: messages.RunQueryRequest, response: messages.RunQueryResponse }, stream),
  RunAggregationQuery: method(
    'RunAggregationQuery',
    { request: messages.RunAggregationQueryRequest, response: messages.RunAggregationQueryResponse },
    stream,
  ),
  ListDocuments: method('ListDocuments', {
    request: messages.ListDocumentsRequest,
    response: messages.ListDocumentsResponse,
  }),
  ListCollectionIds: method('ListCollectionIds', {
    request: messages.ListCollectionIdsRequest,
    response: messages.ListCollectionIdsResponse,
  }),
  BeginTransaction: method('BeginTransaction', {
    request: messages.BeginTransactionRequest,
    response: messages.BeginTransactionResponse,
  }),
  BatchWrite: method('BatchWrite', { request: messages.BatchWriteRequest, response: messages.BatchWriteResponse }),
};
