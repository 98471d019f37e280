import { once } from 'node:events';
import type { ClientHttp2Session, IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import { connect, constants, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Keeper } from './gate.ts';
import { asleepSoon } from './gate.ts';

/** A gate before Firestore. */
export interface FirestoreGate {
  /** What `FIRESTORE_EMULATOR_HOST` is set to. */
  host: string;
  close(): Promise<void>;
}

interface Answer {
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** None where the headers are all there is, as gRPC has it for an error. */
  trailers: IncomingHttpHeaders | undefined;
}

/** Opens a gate before a server that speaks gRPC without encryption: every stream is one call, and passes whole. */
export async function openFirestoreGate(target: string, keeper: Keeper): Promise<FirestoreGate> {
  let upstream: ClientHttp2Session | undefined;
  const sessions = new Set<ServerHttp2Session>();
  const server = createServer();
  server.on('session', session => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
    session.on('error', () => {});
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    pass(stream, headers).catch(() => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  async function pass(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    const body = await buffer(stream);
    const harm = keeper.harm({ service: 'Firestore', op: headers[':path']?.split('/').at(-1) ?? '' });
    switch (harm) {
      case 'kill before':
        return keeper.kill();
      case 'drop before':
        return stream.session?.destroy();
      case '429':
        return refuse(stream, 8);
      case '503':
        return refuse(stream, 14);
      case 'html':
        return write(stream, { headers: { ':status': 200, 'content-type': 'text/html' } as never, body, trailers: {} });
    }
    const answer = await forward(headers, body);
    switch (harm) {
      case undefined:
        return write(stream, answer);
      case 'kill after':
        return keeper.kill();
      case 'freeze after':
        await keeper.freeze();
        return write(stream, answer);
      case 'freeze soon after':
        write(stream, answer);
        return asleepSoon(keeper);
      case 'drop after':
        return stream.session?.destroy();
      case 'hang after':
        return;
      case '500 after':
        return refuse(stream, 14);
      case 'truncated':
        return stream.close(constants.NGHTTP2_CANCEL);
      default:
        return harm satisfies never;
    }
  }

  async function forward(headers: IncomingHttpHeaders, body: Buffer): Promise<Answer> {
    if (!upstream || upstream.closed || upstream.destroyed) {
      upstream = connect(`http://${target}`);
      upstream.on('error', () => {});
    }
    const outgoing = upstream.request({ ...headers, ':authority': target });
    outgoing.end(body);
    let trailers: IncomingHttpHeaders | undefined;
    outgoing.on('trailers', came => {
      trailers = came;
    });
    const [came, flags] = (await once(outgoing, 'response')) as [IncomingHttpHeaders, number];
    if (flags & constants.NGHTTP2_FLAG_END_STREAM) return { headers: came, body: Buffer.alloc(0), trailers: undefined };
    const received = await buffer(outgoing);
    return { headers: came, body: received, trailers: trailers ?? {} };
  }

  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    async close() {
      upstream?.destroy();
      for (const session of sessions) session.destroy();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}

function write(stream: ServerHttp2Stream, { headers, body, trailers }: Answer): void {
  if (stream.closed || stream.destroyed) return;
  if (!trailers) {
    stream.respond(headers, { endStream: true });
    return;
  }
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.respond(headers, { waitForTrailers: true });
  stream.end(body);
}

/** Answers with a status of gRPC's. */
function refuse(stream: ServerHttp2Stream, status: 8 | 14): void {
  stream.respond(
    {
      ':status': 200,
      'content-type': 'application/grpc',
      'grpc-status': String(status),
      'grpc-message': status === 14 ? 'The service is currently unavailable.' : 'Quota exceeded.',
    },
    { endStream: true },
  );
}
