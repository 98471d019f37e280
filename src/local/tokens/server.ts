import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { devNull } from 'node:os';
import { answerMetadata } from './metadata.ts';
import type { SigningKey } from './signing.ts';
import { createKey, signed } from './signing.ts';

/** What an identity token says, and how it lies. */
export interface Claims {
  audience: string;
  email: string;
  /** Default: true. */
  emailVerified?: boolean;
  /** Default: `https://accounts.google.com`. */
  issuer?: string;
  /** Seconds; negative for a token that has run out. Default: 3600. */
  expiresIn?: number;
  /** Which of the published keys signs; `forged` is a key of someone else's, under the first one's id. Default: `first`. */
  key?: 'first' | 'second' | 'forged';
}

/** A local source of Google's tokens. */
export interface TokenServer {
  url: string;
  /** Where the certificates are, as in `GOOGLE_CERTS_URL`. */
  certsUrl: string;
  serviceAccount: string;
  /** An identity token as Google would sign it. */
  idToken(claims: Claims): string;
  /** Whether an access token was given out here and still holds. */
  issued(token: string): boolean;
  /** An access token that holds, as the metadata server gives it out. */
  accessToken(): string;
  /** Takes back all access tokens given out so far. */
  revoke(): void;
  /** The variables that point Google's libraries here, and away from a developer's own credentials. */
  env: Record<string, string>;
  /** Ends the server at once, with all its connections. */
  close(): Promise<void>;
}

interface Options {
  port?: number;
  serviceAccount?: string;
  projectId?: string;
  projectNumber?: string;
  /** Seconds an access token holds. Default: 3599. */
  lifetime?: number;
}

// A cached token is given out again until so many seconds before its end (https://cloud.google.com/compute/docs/access/authenticate-workloads).
const renewal = 300;

/** Starts our own metadata server and sign-on certificates. */
export async function startTokens({
  port = 0,
  projectId = 'retort-local',
  projectNumber = '123456789012',
  serviceAccount = `retort@${projectId}.iam.gserviceaccount.com`,
  lifetime = 3599,
}: Options = {}): Promise<TokenServer> {
  const keys = { first: createKey(), second: createKey() };
  let stranger: SigningKey | undefined;
  const issuedUntil = new Map<string, number>();
  let current: { token: string; until: number } | undefined;

  const accessToken = () => {
    const now = Date.now();
    if (!current || current.until - now < Math.min(renewal, lifetime / 2) * 1000) {
      current = { token: `ya29.local-${randomBytes(24).toString('base64url')}`, until: now + lifetime * 1000 };
      issuedUntil.set(current.token, current.until);
    }
    return { access_token: current.token, expires_in: Math.ceil((current.until - now) / 1000), token_type: 'Bearer' };
  };
  const idToken = (claims: Claims, format: 'full' | 'standard' = 'full') => {
    const { audience, email, emailVerified = true, issuer = 'https://accounts.google.com', expiresIn = 3600 } = claims;
    const now = Math.floor(Date.now() / 1000);
    const key = claims.key ?? 'first';
    if (key === 'forged') stranger ??= { ...createKey(), id: keys.first.id };
    const account = numericId(email);
    return signed(
      {
        iss: issuer,
        azp: account,
        aud: audience,
        sub: account,
        ...(format === 'full' && { email, email_verified: emailVerified }),
        iat: Math.min(now, now + expiresIn - 3600),
        exp: now + expiresIn,
      },
      key === 'forged' ? (stranger as SigningKey) : keys[key],
    );
  };

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (request.method === 'GET' && url.pathname === '/certs') {
      const certs = { [keys.first.id]: keys.first.publicPem, [keys.second.id]: keys.second.publicPem };
      response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'public, max-age=3600' });
      response.end(JSON.stringify(certs));
      return;
    }
    const { status, type, body } = answerMetadata(
      { method: request.method ?? 'GET', url, headers: request.headers },
      { projectId, projectNumber, serviceAccount, accessToken, idToken },
    );
    response.writeHead(status, { 'content-type': type, 'metadata-flavor': 'Google', server: 'Metadata Server for VM' });
    response.end(body);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const certsUrl = `http://${host}/certs`;

  return {
    url: `http://${host}`,
    certsUrl,
    serviceAccount,
    idToken,
    accessToken: () => accessToken().access_token,
    issued: token => (issuedUntil.get(token) ?? 0) > Date.now(),
    revoke() {
      issuedUntil.clear();
      current = undefined;
    },
    env: {
      GCE_METADATA_HOST: host,
      // Would go before GCE_METADATA_HOST.
      GCE_METADATA_IP: '',
      METADATA_SERVER_DETECTION: 'assume-present',
      GOOGLE_CLOUD_PROJECT: projectId,
      GOOGLE_CERTS_URL: certsUrl,
      // The places where google-auth-library looks first: a file named by either variable, then gcloud's own.
      GOOGLE_APPLICATION_CREDENTIALS: '',
      google_application_credentials: '',
      CLOUDSDK_CONFIG: devNull,
      GOOGLE_CLOUD_QUOTA_PROJECT: '',
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function numericId(email: string): string {
  const digest = createHash('sha256').update(email).digest();
  return `1${String(digest.readBigUInt64BE()).padStart(20, '0')}`;
}
