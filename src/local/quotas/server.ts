import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Quota } from './quota.ts';
import { quotaResource, usual } from './quota.ts';

/** What happens to a request instead of an answer. */
export interface Fault {
  /** Which requests, as method and path: `GET /v1/projects/…/quotaInfos`. All, if unset. */
  request?: RegExp;
  /** How many of them, one after the other. Default: 1. */
  times?: number;
  /** Answer this status with Google's error body. */
  status?: number;
  /** Answer a page of HTML, as something in between would; with `status`, or 200. */
  html?: boolean;
  /** Never answer. */
  silent?: boolean;
}

/** A local Cloud Quotas. */
export interface QuotaServer {
  /** What `QUOTAS_ENDPOINT` is set to. */
  url: string;
  /** Makes a quota of Vertex AI, or changes what is said of the one with this id. */
  set(quotaId: string, said: Partial<Quota>): void;
  /** Takes a quota away. */
  remove(quotaId: string): void;
  /** Whether callers have no right to look at quotas. Until the first call they have. */
  deny(denied?: boolean): void;
  /** Lets requests fail. */
  fail(fault: Fault): void;
  /** Ends the server at once, with all its connections. */
  close(): Promise<void>;
}

interface State {
  issued: (token: string) => boolean;
  quotas: Map<string, Quota>;
  denied: boolean;
  faults: (Fault & { times: number })[];
}

interface Answer {
  status: number;
  body: object;
}

// Google does not say how many it puts on a page, only that it may be fewer than were asked for. With so few, every list has pages.
const mostOnPage = 5;

/** Starts our own Cloud Quotas, for those whose access token was issued. */
export async function startQuotas(options: {
  issued: (token: string) => boolean;
  port?: number;
}): Promise<QuotaServer> {
  const state: State = { issued: options.issued, quotas: new Map(Object.entries(usual)), denied: false, faults: [] };
  const server = createServer((request, response) => serve(request, response, state));
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    set(quotaId, said) {
      const fresh = { metric: `aiplatform.googleapis.com/${quotaId}`, metricDisplayName: quotaId, limits: {} };
      state.quotas.set(quotaId, { ...(state.quotas.get(quotaId) ?? fresh), ...said });
    },
    remove(quotaId) {
      state.quotas.delete(quotaId);
    },
    deny(denied = true) {
      state.denied = denied;
    },
    fail(fault) {
      state.faults.push({ times: 1, ...fault });
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function serve(request: IncomingMessage, response: ServerResponse, state: State): void {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const path = `${request.method} ${decoded(url.pathname)}`;
  const fault = state.faults.find(one => !one.request || one.request.test(path));
  if (fault) {
    fault.times -= 1;
    if (fault.times <= 0) state.faults.splice(state.faults.indexOf(fault), 1);
  }
  if (fault?.silent) return;
  if (fault?.html) {
    response.writeHead(fault.status ?? 200, { 'content-type': 'text/html' });
    response.end('<!DOCTYPE html><html><body>This is not Cloud Quotas.</body></html>');
    return;
  }
  const { status, body } = fault?.status
    ? refuse(fault.status, `The local Cloud Quotas was told to answer ${fault.status}.`)
    : answer(path, { query: url.searchParams, authorization: request.headers.authorization, state });
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' });
  response.end(JSON.stringify(body));
}

const quotaInfos = /^GET \/v1\/(projects\/([^/]+)\/locations\/global\/services\/([^/]+))\/quotaInfos(?:\/([^/]+))?$/;

function answer(
  path: string,
  { query, authorization = '', state }: { query: URLSearchParams; authorization: string | undefined; state: State },
): Answer {
  const token = /^Bearer (.+)$/.exec(authorization)?.[1];
  if (!token || !state.issued(token)) {
    return refuse(401, 'Request had invalid authentication credentials. Expected OAuth 2 access token.');
  }
  const [, parent, project, service, quotaId] = quotaInfos.exec(path) ?? [];
  if (!parent) return refuse(404, `The local Cloud Quotas does not do "${path}".`);
  if (project === '-') return refuse(400, `Invalid parent "${parent}": a wildcard is not allowed.`);
  if (state.denied) {
    return refuse(403, `Permission 'cloudquotas.quotas.get' denied on resource '${parent}' (or it may not exist).`);
  }
  if (service !== 'aiplatform.googleapis.com') return refuse(404, `The local Cloud Quotas knows no "${service}".`);
  if (quotaId === undefined) return list(parent, { query, quotas: state.quotas });
  const quota = state.quotas.get(quotaId);
  if (!quota) return refuse(404, `Quota '${quotaId}' does not exist or is not visible in the service '${service}'.`);
  return { status: 200, body: quotaResource(quota, { parent, quotaId }) };
}

/** One page of all quotas. A page token holds only for the parent it was given out for. */
function list(
  parent: string,
  { query, quotas }: { query: URLSearchParams; quotas: ReadonlyMap<string, Quota> },
): Answer {
  const size = query.get('pageSize') ?? '0';
  if (!/^\d+$/.test(size)) return refuse(400, `Invalid page size "${size}": it must not be negative.`);
  const start = offsetIn(query.get('pageToken') ?? '', parent);
  if (start === undefined) return refuse(400, `Invalid page token "${query.get('pageToken')}".`);
  const all = [...quotas].map(([quotaId, quota]) => quotaResource(quota, { parent, quotaId }));
  const end = start + Math.min(Number(size) || mostOnPage, mostOnPage);
  const page = all.slice(start, end);
  return {
    status: 200,
    body: {
      // An empty list is left out, as in all of Google's JSON.
      ...(page.length > 0 && { quotaInfos: page }),
      ...(end < all.length && { nextPageToken: Buffer.from(JSON.stringify([end, parent])).toString('base64url') }),
    },
  };
}

function offsetIn(token: string, parent: string): number | undefined {
  if (!token) return 0;
  try {
    const [offset, of] = JSON.parse(Buffer.from(token, 'base64url').toString()) as [unknown, unknown];
    return Number.isInteger(offset) && of === parent ? Number(offset) : undefined;
  } catch {
    return undefined;
  }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

const names: Partial<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
};

function refuse(code: number, message: string): Answer {
  return { status: code, body: { error: { code, message, status: names[code] ?? 'UNKNOWN' } } };
}
