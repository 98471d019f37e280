import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';

/** One door: what comes to exactly this path, by this method. */
export interface Route {
  path: string;
  method: 'GET' | 'POST';
  handle(request: IncomingMessage, response: ServerResponse): Promise<void> | void;
}

/** What listens. */
export interface Listening {
  port: number;
  /** Stops listening, lets go of connections as they fall idle, and waits for requests under way. */
  close(): Promise<void>;
}

/** How long a request's headers may take to come, and all of it, in milliseconds. */
const usual = { headers: 10_000, request: 15_000 };
/** The most that a request's headers may hold, in bytes: a token of Google's and what load balancers add are a quarter of it. */
const longestHeaders = 16_384;

/** Listens for HTTP. What names no door is refused, and what goes wrong behind one is an empty answer. */
export async function listen(
  routes: readonly Route[],
  {
    port,
    failed,
    within = (_, work) => work(),
    patience = usual,
  }: {
    port: number;
    failed: (error: unknown) => void;
    /** In which all of a request's work is done. */
    within?: (headers: IncomingHttpHeaders, work: () => Promise<void>) => Promise<void>;
    patience?: typeof usual;
  },
): Promise<Listening> {
  const server = createServer(
    {
      headersTimeout: patience.headers,
      requestTimeout: patience.request,
      connectionsCheckingInterval: patience.headers / 5,
      maxHeaderSize: longestHeaders,
    },
    async (request, response) => {
      try {
        await within(request.headers, () => routed(routes, request, response));
      } catch (error) {
        // Whoever went away in the middle is told nothing, and nobody else need know.
        if (request.errored) return;
        failed(error);
        if (response.headersSent) response.destroy();
        else empty(response, 500);
      }
    },
  );
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : port,
    async close() {
      const idle = setInterval(() => server.closeIdleConnections(), 50);
      await new Promise(resolve => server.close(resolve));
      clearInterval(idle);
    },
  };
}

async function routed(routes: readonly Route[], request: IncomingMessage, response: ServerResponse): Promise<void> {
  const here = routes.filter(({ path }) => path === request.url);
  if (!here.length) return empty(response, 404);
  const route = here.find(({ method }) => method === request.method);
  if (!route) return empty(response, 405, { allow: here.map(({ method }) => method).join(', ') });
  await route.handle(request, response);
}

/** Answers with a status alone. */
export function empty(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, headers).end();
}

/** The bytes of a request; undefined where there are more than `most`. */
export async function bytesOf(request: IncomingMessage, most: number): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > most) return undefined;
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request.iterator({ destroyOnReturn: false })) {
    length += part.length;
    if (length > most) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}
