import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { GoogleAuth, OAuth2Client } from 'google-auth-library';
import { googleRequests } from '../../src/clients/google.ts';

/** The bearer token that the tests' requests carry. */
export const token = 'ya29.token-of-the-tests';

/** A request as it arrived: its path without the query, and its body read as JSON. */
export interface Arrived {
  method: string;
  path: string;
  query: URLSearchParams;
  body: unknown;
  authorization: string | undefined;
}

/** What a server does with a request. */
export type Reply =
  | { status?: number; json: unknown }
  | { status?: number; html: string }
  | { status?: number; raw: string }
  | 'half'
  | 'reset'
  | 'silence';

/** Starts a server that answers as it is told, and keeps what arrived. */
export async function startAnswering(answer: (arrived: Arrived) => Reply) {
  const arrived: Arrived[] = [];
  const server = createServer(async (request, response) => {
    const one = await read(request);
    arrived.push(one);
    const reply = answer(one);
    if (reply === 'silence') return;
    if (reply === 'reset') return request.socket.destroy();
    if (reply === 'half') {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 });
      return response.write('{"name": "projects/', () => request.socket.destroy());
    }
    const html = 'html' in reply;
    response.writeHead(reply.status ?? 200, { 'content-type': html ? 'text/html' : 'application/json' });
    response.end(html ? reply.html : 'raw' in reply ? reply.raw : JSON.stringify(reply.json));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrived,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function read(request: IncomingMessage): Promise<Arrived> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://server');
  const body = await text(request);
  return {
    method: request.method ?? '',
    path: decodeURIComponent(pathname),
    query: searchParams,
    body: body ? JSON.parse(body) : undefined,
    authorization: request.headers.authorization,
  };
}

/** Google's way of refusing. */
export function refusal(code: number, { status = '', message = '' } = {}): Reply {
  return { status: code, json: { error: { code, message, status } } };
}

/** Answers that are none. */
export const noAnswers: Record<string, Reply> = {
  'a page of HTML': { html: '<html><body>Sign in</body></html>' },
  'a page of HTML with status 404': { status: 404, html: '<html><body>Not here</body></html>' },
  'half of an answer': 'half',
  'an answer that is not JSON': { raw: '{"name": "projects/' },
  'an answer of another kind': { json: ['projects'] },
  'a broken connection': 'reset',
  silence: 'silence',
};

/** A way to Google's services with a token of the tests, and with little patience. */
export function impatient({ timeout = 250 } = {}) {
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: token });
  return googleRequests({ auth: new GoogleAuth({ authClient }), timeout });
}
