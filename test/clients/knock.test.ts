import { createHmac } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { knockVerifier } from '../../src/clients/knock.ts';
import { startTokens } from '../../src/local/tokens/server.ts';
import { createKey, signed } from '../../src/local/tokens/signing.ts';
import type { Reply } from './answering.ts';
import { startAnswering } from './answering.ts';

const audience = 'https://retort.example/poll';
const email = 'knocker@retort-test.iam.gserviceaccount.com';
const caller = { audience, serviceAccount: email };

const tokens = await startTokens({ projectId: 'retort-test' });
const isOurs = knockVerifier(caller, tokens.certsUrl);
afterAll(() => tokens.close());

const right = tokens.idToken({ audience, email });
const [head = '', body = '', signature = ''] = right.split('.');
const { kid } = JSON.parse(Buffer.from(head, 'base64url').toString()) as { kid: string };
const published = (await (await fetch(tokens.certsUrl)).json()) as Record<string, string>;

describe('knockVerifier()', () => {
  it.each(['first', 'second'] as const)('lets our own scheduler in, whose token the %s key signed', async key => {
    expect(await isOurs(`Bearer ${tokens.idToken({ audience, email, key })}`)).toBe(true);
  });

  it.each([
    ['no header', undefined],
    ['an empty header', ''],
    ['a scheme alone', 'Bearer '],
    ['another scheme', `Basic ${right}`],
    ['no scheme', right],
    ['words', 'Bearer let me in'],
    ['three words with dots', 'Bearer let.me.in'],
    ['two tokens', `Bearer ${right} ${right}`],
    ['two headers in one', `Bearer ${right}, Bearer ${right}`],
    ['a line after the token', `Bearer ${right}\n`],
    ['a fourth part', `Bearer ${right}.${signature}`],
    ['an access token', 'Bearer ya29.local-0123456789abcdef'],
  ])('lets nobody in with %s', async (_, authorization) => {
    expect(await isOurs(authorization)).toBe(false);
  });

  it.each([
    ['for another audience', { audience: 'https://elsewhere.example/poll' }],
    ['for our audience with a slash more', { audience: `${audience}/` }],
    ['for our audience in capitals', { audience: audience.toUpperCase() }],
    ['of another service account', { email: 'other@retort-test.iam.gserviceaccount.com' }],
    ['of our service account in capitals', { email: email.toUpperCase() }],
    ['of an address that ours begins', { email: `${email}.example` }],
    ['of an address nobody verified', { emailVerified: false }],
    ['of another issuer', { issuer: 'https://accounts.example' }],
    ['that ran out longer ago than clocks differ', { expiresIn: -400 }],
    ['signed by somebody else under a published key’s id', { key: 'forged' as const }],
  ])('lets nobody in with a token %s', async (_, lie) => {
    expect(await isOurs(`Bearer ${tokens.idToken({ audience, email, ...lie })}`)).toBe(false);
  });

  it.each([
    ['under an id nobody published', `${json({ alg: 'RS256', kid: 'unknown', typ: 'JWT' })}.${body}.${signature}`],
    ['under no id', `${json({ alg: 'RS256', typ: 'JWT' })}.${body}.${signature}`],
    ['under an id every object has', `${json({ alg: 'RS256', kid: 'constructor' })}.${body}.${signature}`],
    ['that wants no signature and has none', `${json({ alg: 'none', kid })}.${body}.`],
    ['that wants no signature and has one', `${json({ alg: 'none', kid })}.${body}.${signature}`],
    ['signed with the public key as a password', withPassword(published[kid] ?? '')],
    ['whose claims were changed', `${head}.${changedClaims()}.${signature}`],
    ['whose signature was changed', `${head}.${body}.${flipped(signature)}`],
    ['that was cut off', right.slice(0, -20)],
    ['without a signature', `${head}.${body}`],
    ['whose claims are no JSON', `${head}.${Buffer.from('{"aud":').toString('base64url')}.${signature}`],
    ['of nothing', `${json(null)}.${json(null)}.${signature}`],
  ])('lets nobody in with a token %s', async (_, token) => {
    expect(await isOurs(`Bearer ${token}`)).toBe(false);
  });

  it.each([
    ['many audiences, ours among them', { aud: [audience, 'https://elsewhere.example'] }],
    ['no audience', { aud: undefined }],
    ['no address', { email: undefined }],
    ['a list of addresses, ours alone', { email: [email] }],
    ['a word about its address in place of a truth', { email_verified: 'true' }],
    ['no word about its address', { email_verified: undefined }],
    ['no issuer', { iss: undefined }],
    ['no end', { exp: undefined }],
    ['an end in a month', { exp: now() + 30 * 86_400 }],
    ['a beginning in an hour', { iat: now() + 3600, exp: now() + 7200 }],
  ])('lets nobody in whose token, truly signed, has %s', async (_, lie) => {
    const key = createKey();
    const { url, close } = await startAnswering(() => ({ json: { [key.id]: key.publicPem } }));
    const verify = knockVerifier(caller, url);
    const truth = {
      iss: 'https://accounts.google.com',
      aud: audience,
      email,
      email_verified: true,
      iat: now(),
      exp: now() + 3600,
    };
    expect(await verify(`Bearer ${signed(truth, key)}`)).toBe(true);
    expect(await verify(`Bearer ${signed({ ...truth, ...lie }, key)}`)).toBe(false);
    await close();
  });

  it('lets nobody in while the certificates cannot be reached', async () => {
    const { url, close } = await startAnswering(() => 'reset');
    await close();
    expect(await knockVerifier(caller, url)(`Bearer ${right}`)).toBe(false);
  });

  it.each<[string, Reply]>([
    ['a page of HTML', { html: '<html><body>Sign in</body></html>' }],
    ['an error', { status: 403, json: {} }],
    ['no certificates', { json: {} }],
    ['half of them', { raw: `{"${kid}": "-----BEGIN` }],
    ['something else under the key’s id', { json: { [kid]: 'not a certificate' } }],
  ])('lets nobody in while there is %s in the certificates’ place', async (_, reply) => {
    const { url, close } = await startAnswering(() => reply);
    expect(await knockVerifier(caller, url)(`Bearer ${right}`)).toBe(false);
    await close();
  });

  it('lets our own scheduler in as soon as the certificates are back', async () => {
    let away = true;
    const { url, close } = await startAnswering(() => (away ? { status: 403, json: {} } : { json: published }));
    const verify = knockVerifier(caller, url);
    expect(await verify(`Bearer ${right}`)).toBe(false);
    away = false;
    expect(await verify(`Bearer ${right}`)).toBe(true);
    await close();
  });
});

function json(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}

function withPassword(password: string): string {
  const text = `${json({ alg: 'HS256', kid, typ: 'JWT' })}.${body}`;
  return `${text}.${createHmac('sha256', password).update(text).digest('base64url')}`;
}

/** Another's claims made ours, without the key to sign them anew. */
function changedClaims(): string {
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as object;
  return json({ ...claims, exp: now() + 7200 });
}

/** The last letters of base64url carry bits that nobody reads: the first is changed. */
function flipped(text: string): string {
  return (text.startsWith('A') ? 'B' : 'A') + text.slice(1);
}
