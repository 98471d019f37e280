import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { JsonAnswer } from '../json-server.ts';
import { refuse, startJsonServer } from '../json-server.ts';

/** A local stand-in for what Google tells the operator of a project. */
export interface ProjectServer {
  /** What `ADMIN_ENDPOINT` is set to; `{service}` in it is filled in. */
  url: string;
  /** Leaves a resource at a service's path, such as `/v2/projects/…/services/retort`; undefined takes it away. */
  put(service: string, path: string, resource: object | undefined): void;
  /** Keeps a version of a secret. */
  secret(name: string, version: string, value: string): void;
  /** Takes permissions on the project away from callers. */
  withhold(...permissions: string[]): void;
  /** Answers for a service that callers may not, that it is not enabled, or that it is unwell. */
  deny(service: string): void;
  disable(service: string): void;
  fail(service: string): void;
  /** Ends the server at once, with all its connections. */
  close(): Promise<void>;
}

interface Options {
  issued: (token: string) => boolean;
  accessToken: () => string;
}

interface State extends Options {
  resources: Map<string, object>;
  withheld: Set<string>;
  refused: Map<string, JsonAnswer>;
}

/** Starts a project's administration, for those whose access token was issued. */
export async function startProject(options: Options): Promise<ProjectServer> {
  const state: State = { ...options, resources: new Map(), withheld: new Set(), refused: new Map() };
  const { url, close } = await startJsonServer(request => answer(request, state), 0);
  const put = (service: string, path: string, resource: object | undefined) => {
    if (resource) state.resources.set(`${service} ${path}`, resource);
    else state.resources.delete(`${service} ${path}`);
  };
  return {
    url: `${url}/{service}`,
    put,
    secret(name, version, value) {
      const payload = { data: Buffer.from(value).toString('base64') };
      put('secretmanager', `/v1/${name}/versions/${version}:access`, { name, payload });
    },
    withhold(...permissions) {
      for (const permission of permissions) state.withheld.add(permission);
    },
    deny: service => void state.refused.set(service, refuse(403, 'PERMISSION_DENIED', 'The caller has no permission.')),
    disable: service => void state.refused.set(service, notEnabled(service)),
    fail: service => void state.refused.set(service, refuse(503, 'UNAVAILABLE', 'The service is unwell.')),
    close,
  };
}

async function answer(request: IncomingMessage, state: State): Promise<JsonAnswer> {
  const body = await text(request);
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const [, service = '', path = ''] = /^\/([^/]+)(\/.*)$/.exec(decodeURIComponent(pathname)) ?? [];
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (!token || !state.issued(token)) return refuse(401, 'UNAUTHENTICATED', 'Request had invalid credentials.');
  const refused = state.refused.get(service);
  if (refused) return refused;
  if (request.method === 'POST' && service === 'iamcredentials' && path.endsWith(':generateAccessToken')) {
    const expireTime = new Date(Date.now() + 3_600_000).toISOString();
    return { status: 200, body: { accessToken: state.accessToken(), expireTime } };
  }
  if (request.method === 'POST' && service === 'cloudresourcemanager' && path.endsWith(':testIamPermissions')) {
    const { permissions } = JSON.parse(body) as { permissions: string[] };
    const held = permissions.filter(permission => !state.withheld.has(permission));
    // An empty list is left out, as in all of Google's JSON.
    return { status: 200, body: held.length ? { permissions: held } : {} };
  }
  const isRead = request.method === 'GET' || (request.method === 'POST' && path.endsWith(':getIamPolicy'));
  const found = isRead ? state.resources.get(`${service} ${path}`) : undefined;
  if (found) return { status: 200, body: found };
  return refuse(404, 'NOT_FOUND', `There is no "${path}" of "${service}" here.`);
}

function notEnabled(service: string): JsonAnswer {
  const api = `${service}.googleapis.com`;
  return refuse(403, 'PERMISSION_DENIED', `${api} has not been used in this project before or it is disabled.`, [
    { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'SERVICE_DISABLED', metadata: { service: api } },
  ]);
}
