import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { JsonAnswer } from '../json-server.ts';
import { refuse, startJsonServer } from '../json-server.ts';

/** A key, and whether it can be used. */
export interface CryptoKey {
  /** The state of its primary version. Default: `ENABLED`. */
  state?: 'ENABLED' | 'DISABLED' | 'DESTROYED';
  /** Whether callers may look at it. Default: true. */
  readable?: boolean;
}

/** A local IAM and KMS. */
export interface PermissionServer {
  /** In the place of both `https://iam.googleapis.com` and `https://cloudkms.googleapis.com`. */
  url: string;
  /** Makes a service account on which callers have these permissions; without any it exists, but they may not act as it. */
  serviceAccount(email: string, permissions?: string[]): void;
  /** Makes a key, by its full name. */
  cryptoKey(name: string, key?: CryptoKey): void;
  /** Ends the server at once, with all its connections. */
  close(): Promise<void>;
}

interface State {
  issued: (token: string) => boolean;
  accounts: Map<string, string[]>;
  keys: Map<string, Required<CryptoKey>>;
}

/** What allows running a job as a service account. */
export const actAs = 'iam.serviceAccounts.actAs';

/** Starts our own IAM and KMS, for those whose access token was issued. */
export async function startPermissions(options: {
  issued: (token: string) => boolean;
  port?: number;
}): Promise<PermissionServer> {
  const state: State = { issued: options.issued, accounts: new Map(), keys: new Map() };
  const { url, close } = await startJsonServer(request => answer(request, state), options.port ?? 0);
  return {
    url,
    serviceAccount(email, permissions = [actAs]) {
      state.accounts.set(email, permissions);
    },
    cryptoKey(name, { state: primary = 'ENABLED', readable = true } = {}) {
      state.keys.set(name, { state: primary, readable });
    },
    close,
  };
}

async function answer(request: IncomingMessage, state: State): Promise<JsonAnswer> {
  const body = await text(request);
  const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (!token || !state.issued(token)) {
    return refuse(
      401,
      'UNAUTHENTICATED',
      'Request had invalid authentication credentials. Expected OAuth 2 access token.',
    );
  }
  const [, project, email] = /^\/v1\/projects\/([^/]+)\/serviceAccounts\/([^/:]+):testIamPermissions$/.exec(path) ?? [];
  if (request.method === 'POST' && project && email) return testPermissions(body, { project, email, state });
  const [, key] = /^\/v1\/(projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+)$/.exec(path) ?? [];
  if (request.method === 'GET' && key) return getKey(key, state);
  return refuse(404, 'NOT_FOUND', `The local IAM and KMS do not do "${request.method} ${path}".`);
}

function testPermissions(
  body: string,
  { project, email, state }: { project: string; email: string; state: State },
): JsonAnswer {
  const asked = permissionsIn(body);
  if (!asked) return refuse(400, 'INVALID_ARGUMENT', `Request body "${body}" does not hold a list of permissions.`);
  const [, home] = /@([^.]+)\.iam\.gserviceaccount\.com$/.exec(email) ?? [];
  const granted = state.accounts.get(email);
  // Behind the wildcard "-", what does not exist is forbidden (https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts/testIamPermissions).
  if (!granted && project === '-') {
    const message = `Permission 'iam.serviceAccounts.get' denied on service account "${email}" (or it may not exist).`;
    return refuse(403, 'PERMISSION_DENIED', message);
  }
  if (!granted || (project !== '-' && home && home !== project)) {
    return refuse(404, 'NOT_FOUND', `Unknown service account: "${email}".`);
  }
  const permissions = asked.filter(permission => granted.includes(permission));
  // An empty list is left out, as in all of Google's JSON.
  return { status: 200, body: permissions.length > 0 ? { permissions } : {} };
}

function permissionsIn(body: string): string[] | undefined {
  try {
    const { permissions } = JSON.parse(body) as { permissions?: unknown };
    return Array.isArray(permissions) && permissions.every(one => typeof one === 'string') ? permissions : undefined;
  } catch {
    return undefined;
  }
}

function getKey(name: string, { keys }: State): JsonAnswer {
  const key = keys.get(name);
  if (!key) return refuse(404, 'NOT_FOUND', `CryptoKey ${name} not found.`);
  if (!key.readable) {
    const message = `Permission 'cloudkms.cryptoKeys.get' denied on resource '${name}' (or it may not exist).`;
    return refuse(403, 'PERMISSION_DENIED', message);
  }
  return {
    status: 200,
    body: {
      name,
      primary: { name: `${name}/cryptoKeyVersions/1`, state: key.state, protectionLevel: 'SOFTWARE' },
      purpose: 'ENCRYPT_DECRYPT',
    },
  };
}
