import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { OAuth2Client } from 'google-auth-library';
import { afterAll, describe, expect, it } from 'vitest';
import { startTokens } from '../../src/local/tokens/server.ts';

const run = promisify(execFile);
const tokens = await startTokens({ projectId: 'retort-test', projectNumber: '42' });
const client = new OAuth2Client({ endpoints: { oauth2FederatedSignonPemCertsUrl: tokens.certsUrl } });

const audience = 'https://retort.example/poll';
const email = 'knocker@retort-test.iam.gserviceaccount.com';

afterAll(() => tokens.close());

describe('identity tokens', () => {
  const verify = (idToken: string) => client.verifyIdToken({ idToken, audience });

  it('say who someone is', async () => {
    const ticket = await verify(tokens.idToken({ audience, email }));
    const now = Date.now() / 1000;
    const payload = ticket.getPayload();
    expect(payload).toMatchObject({ iss: 'https://accounts.google.com', aud: audience, email, email_verified: true });
    expect(payload?.azp).toBe(payload?.sub);
    expect(payload?.sub).toMatch(/^\d{21}$/);
    expect(Math.abs((payload?.exp ?? 0) - now - 3600)).toBeLessThan(60);
  });

  it('are good from either published key', async () => {
    const ticket = await verify(tokens.idToken({ audience, email, key: 'second' }));
    expect(ticket.getPayload()?.email).toBe(email);
  });

  it('can say that an address is not verified', async () => {
    const ticket = await verify(tokens.idToken({ audience, email, emailVerified: false }));
    expect(ticket.getPayload()?.email_verified).toBe(false);
  });

  it.each([
    ['for another audience', { audience: 'https://elsewhere.example' }, /Wrong recipient/],
    ['that have run out', { expiresIn: -400 }, /Token used too late/],
    ['of another issuer', { issuer: 'https://accounts.example' }, /Invalid issuer/],
    ['signed by someone else', { key: 'forged' as const }, /Invalid token signature/],
  ])('%s are refused', async (_, lie, message) => {
    await expect(verify(tokens.idToken({ audience, email, ...lie }))).rejects.toThrow(message);
  });

  it('without a signature are refused', async () => {
    const [header, payload] = tokens.idToken({ audience, email }).split('.');
    const { kid } = JSON.parse(Buffer.from(header ?? '', 'base64url').toString());
    const none = (more: object) => Buffer.from(JSON.stringify({ alg: 'none', ...more })).toString('base64url');
    await expect(verify(`${none({ kid })}.${payload}.`)).rejects.toThrow(/Invalid token signature/);
    await expect(verify(`${none({})}.${payload}.`)).rejects.toThrow(/No pem found/);
  });

  it('whose claims were changed are refused', async () => {
    const [header, , signature] = tokens.idToken({ audience, email }).split('.');
    const [, other] = tokens.idToken({ audience, email: 'someone@else.example' }).split('.');
    await expect(verify(`${header}.${other}.${signature}`)).rejects.toThrow(/Invalid token signature/);
  });
});

describe('the metadata server', () => {
  const ask = (path: string, headers: Record<string, string> = { 'metadata-flavor': 'Google' }) =>
    fetch(`${tokens.url}/computeMetadata/v1/${path}`, { headers });
  const account = 'instance/service-accounts/default';

  it('knows the project and the account', async () => {
    const paths = ['project/project-id', 'project/numeric-project-id', `${account}/email`];
    const answers = await Promise.all(paths.map(async path => (await ask(path)).text()));
    expect(answers).toEqual(['retort-test', '42', 'retort@retort-test.iam.gserviceaccount.com']);
    expect(await (await ask(`${account}/scopes`)).text()).toContain('https://www.googleapis.com/auth/cloud-platform');
  });

  it('answers only those who ask as its clients do', async () => {
    expect((await ask('project/project-id', {})).status).toBe(403);
    const forwarded = { 'metadata-flavor': 'Google', 'x-forwarded-for': '10.0.0.1' };
    expect((await ask('project/project-id', forwarded)).status).toBe(403);
    const answer = await ask('project/project-id');
    expect([answer.status, answer.headers.get('metadata-flavor')]).toEqual([200, 'Google']);
  });

  it('does not know what it does not know', async () => {
    expect((await ask('instance/attributes/startup-script')).status).toBe(404);
    expect((await ask('instance/service-accounts/other/token')).status).toBe(404);
  });

  it('gives access tokens that are known as issued, until they are taken back', async () => {
    const answer = await (await ask(`${account}/token`)).json();
    const { access_token: token, expires_in: left } = answer as { access_token: string; expires_in: number };
    expect(left).toBeGreaterThan(3500);
    expect([tokens.issued(token), tokens.issued('made up')]).toEqual([true, false]);
    tokens.revoke();
    const next = (await (await ask(`${account}/token`)).json()) as { access_token: string };
    expect([tokens.issued(token), tokens.issued(next.access_token)]).toEqual([false, true]);
  });

  it('gives the same access token until it is about to end', async () => {
    const token = async () => (await ask(`${account}/token`)).text();
    const [first, second] = [JSON.parse(await token()), JSON.parse(await token())];
    expect(second.access_token).toBe(first.access_token);
  });

  it('no longer knows a token that has run out', async () => {
    const brief = await startTokens({ lifetime: 0 });
    const path = '/computeMetadata/v1/instance/service-accounts/default/token';
    const answer = await fetch(brief.url + path, { headers: { 'metadata-flavor': 'Google' } });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    await brief.close();
    expect(brief.issued(token)).toBe(false);
  });

  it('gives identity tokens for the audience asked for', async () => {
    const idToken = await (await ask(`${account}/identity?audience=${audience}&format=full`)).text();
    const ticket = await client.verifyIdToken({ idToken, audience });
    expect(ticket.getPayload()?.email).toBe(tokens.serviceAccount);
    expect((await ask(`${account}/identity`)).status).toBe(400);
  });
});

describe('the variables', () => {
  it('lead the real library here, past a developer’s own credentials', async () => {
    const home = await mkdtemp(join(tmpdir(), 'retort-home-'));
    const gcloud = join(home, '.config', 'gcloud');
    await mkdir(gcloud, { recursive: true });
    const own = { type: 'authorized_user', client_id: 'x', client_secret: 'x', refresh_token: 'x' };
    await writeFile(join(gcloud, 'application_default_credentials.json'), JSON.stringify(own));
    const program = `
      import { GoogleAuth } from 'google-auth-library';
      const auth = new GoogleAuth({ scopes: 'https://www.googleapis.com/auth/cloud-platform' });
      const token = await auth.getAccessToken();
      const { client_email: email } = await auth.getCredentials();
      console.log(JSON.stringify({ token, project: await auth.getProjectId(), email }));`;
    const developer = {
      PATH: process.env.PATH,
      HOME: home,
      GOOGLE_APPLICATION_CREDENTIALS: join(home, 'missing.json'),
    };
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], {
      env: { ...developer, ...tokens.env },
    });
    await rm(home, { recursive: true });
    const { token, ...rest } = JSON.parse(stdout);
    expect(tokens.issued(token)).toBe(true);
    expect(rest).toEqual({ project: 'retort-test', email: tokens.serviceAccount });
  });
});
