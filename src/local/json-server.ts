import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What is answered in one piece. */
export interface JsonAnswer {
  status: number;
  body: object;
}

/** A server on this machine that answers each request with JSON, as Google's APIs do; 0 for any port. */
export async function startJsonServer(answer: (request: IncomingMessage) => Promise<JsonAnswer>, port: number) {
  const server = createServer((request, response) => {
    answer(request)
      .then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' });
        response.end(JSON.stringify(body));
      })
      .catch(error => response.destroy(error));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Ends the server at once, with all its connections. */
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** An error as Google writes it (https://cloud.google.com/apis/design/errors). */
export function refuse(code: number, status: string, message: string, details?: object[]): JsonAnswer {
  return { status: code, body: { error: { code, message, status, ...(details && { details }) } } };
}
