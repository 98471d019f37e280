import { once } from 'node:events';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Agent, request as call, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import type { Harm, Service } from './wire.ts';

/** Whose calls come through a gate, and what befalls them. */
export interface Keeper {
  harm(call: { service: Service; op: string }): Harm | undefined;
  /** How long a call takes on its way, in milliseconds; no time, where it is not said. */
  delay?(call: { service: Service }): number;
  kill(): Promise<void>;
  freeze(): Promise<void>;
}

/** A gate that stands open. */
export interface Gate {
  url: string;
  close(): Promise<void>;
}

/** An answer as it goes over the wire. */
export interface Answer {
  status: number;
  headers: OutgoingHttpHeaders;
  body: Buffer;
}

/** What a gate needs to know of the service behind it. */
export interface Behind {
  service: Service;
  /** Where the service itself listens. */
  target: string;
  opOf(request: { method: string; url: URL }): string;
  /** How this service words a refusal. */
  refusal(status: 429 | 500 | 503): Omit<Answer, 'status'>;
}

const page = Buffer.from('<!DOCTYPE html><html><head><title>Sign in</title></head><body>Sign in</body></html>');
const hopByHop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'host']);

/** Opens a gate before a service that speaks HTTP/1.1. Whole calls pass, one by one; addresses of the service in its answers become the gate's. */
export async function openGate({ service, target, opOf, refusal }: Behind, keeper: Keeper): Promise<Gate> {
  const agent = new Agent({ keepAlive: true });
  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const own = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/' } = request;
    const body = await buffer(request);
    const late = keeper.delay?.({ service }) ?? 0;
    if (late) await wait(late);
    const harm = keeper.harm({ service, op: opOf({ method, url: new URL(path, target) }) });
    switch (harm) {
      case 'kill before':
        return keeper.kill();
      case 'drop before':
        return void response.destroy();
      case '429':
        return write(response, { status: 429, ...refusal(429) });
      case '503':
        return write(response, { status: 503, ...refusal(503) });
      case 'html':
        return write(response, { status: 200, headers: { 'content-type': 'text/html' }, body: page });
    }
    const answer = await forward({ method, path, headers: request.headers, body });
    switch (harm) {
      case undefined:
        return write(response, answer);
      case 'kill after':
        return keeper.kill();
      case 'freeze after':
        await keeper.freeze();
        return write(response, answer);
      case 'freeze soon after':
        write(response, answer);
        return asleepSoon(keeper);
      case 'drop after':
        return void response.destroy();
      case 'hang after':
        return;
      case '500 after':
        return write(response, { status: 500, ...refusal(500) });
      case 'truncated':
        response.writeHead(answer.status, { ...answer.headers, 'content-length': answer.body.length + 1 });
        return void response.write(answer.body.subarray(0, answer.body.length / 2), () => response.destroy());
      default:
        return harm satisfies never;
    }
  }

  async function forward(sent: {
    method: string;
    path: string;
    headers: IncomingMessage['headers'];
    body: Buffer;
  }): Promise<Answer> {
    const headers = { ...kept(sent.headers), 'content-length': sent.body.length };
    const outgoing = call(new URL(sent.path, target), { method: sent.method, agent, headers });
    outgoing.end(sent.body);
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    return ours({ status: incoming.statusCode ?? 502, headers: kept(incoming.headers), body: await buffer(incoming) });
  }

  function ours({ status, headers, body }: Answer): Answer {
    const text = /json/.test(String(headers['content-type']));
    const location = headers.location && { location: String(headers.location).replace(target, own) };
    return {
      status,
      headers: { ...headers, ...location },
      body: text
        ? Buffer.from(body.toString().replaceAll(slashed(target), slashed(own)).replaceAll(target, own))
        : body,
    };
  }

  return {
    url: own,
    async close() {
      agent.destroy();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Lets a worker that has its answer go on for a moment, and puts it to sleep whatever it is doing. */
export async function asleepSoon({ freeze }: Pick<Keeper, 'freeze'>): Promise<void> {
  await wait(Math.random() * 6);
  await freeze();
}

function write(response: ServerResponse, { status, headers, body }: Answer): void {
  const bodiless = status === 204 || status === 304;
  response.writeHead(status, bodiless ? headers : { ...headers, 'content-length': body.length });
  response.end(body);
}

function kept(headers: IncomingMessage['headers']): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.has(name)));
}

function slashed(address: string): string {
  return address.replaceAll('/', '\\/');
}
