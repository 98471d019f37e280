import { createHmac } from 'node:crypto';
import type { SigningKey } from '../../src/local/tokens/signing.ts';
import { createKey, signed } from '../../src/local/tokens/signing.ts';

/** Who may knock, and the key that signs for them. */
export interface Knocker {
  audience: string;
  email: string;
  key: SigningKey;
}

/** The header with which our own scheduler knocks. */
export function trueKnock(knocker: Knocker): string {
  return `Bearer ${token(knocker)}`;
}

/** Headers of everybody else, each with its name. Wherever it can be, the token is truly signed. */
export function falseKnocks(knocker: Knocker): [name: string, authorization: string | undefined][] {
  const { audience, email, key } = knocker;
  const right = token(knocker);
  const [head = '', body = '', signature = ''] = right.split('.');
  const lies: [string, Record<string, unknown>][] = [
    ['for another audience', { aud: 'https://elsewhere.example/poll' }],
    ['for our audience with a slash more', { aud: `${audience}/` }],
    ['for our audience in capitals', { aud: audience.toUpperCase() }],
    ['for the door itself', { aud: `${audience}/poll` }],
    ['for many audiences, ours among them', { aud: [audience, 'https://elsewhere.example'] }],
    ['for no audience', { aud: undefined }],
    ['of another service account', { email: email.replace(/^\w+/, 'other') }],
    ['of our service account in capitals', { email: email.toUpperCase() }],
    ['of an address that ours begins', { email: `${email}.example` }],
    ['of no address', { email: undefined }],
    ['of a list of addresses, ours alone', { email: [email] }],
    ['of an address nobody verified', { email_verified: false }],
    ['with a word about its address in place of a truth', { email_verified: 'true' }],
    ['with no word about its address', { email_verified: undefined }],
    ['of another issuer', { iss: 'https://accounts.example' }],
    ['of Google’s issuer without encryption', { iss: 'http://accounts.google.com' }],
    ['of no issuer', { iss: undefined }],
    ['that ran out longer ago than clocks differ', { iat: now() - 4000, exp: now() - 400 }],
    ['without an end', { exp: undefined }],
    ['with an end in a month', { exp: now() + 30 * 86_400 }],
    ['with a beginning in an hour', { iat: now() + 3600, exp: now() + 7200 }],
  ];
  const forged: [string, string][] = [
    ['signed by somebody else under a published key’s id', token({ ...knocker, key: { ...createKey(), id: key.id } })],
    ['signed by somebody else under an id nobody published', token({ ...knocker, key: createKey() })],
    ['under no id', `${json({ alg: 'RS256', typ: 'JWT' })}.${body}.${signature}`],
    ['under an id every object has', `${json({ alg: 'RS256', kid: 'constructor' })}.${body}.${signature}`],
    ['that wants no signature and has none', `${json({ alg: 'none', kid: key.id })}.${body}.`],
    ['that wants no signature and has one', `${json({ alg: 'none', kid: key.id })}.${body}.${signature}`],
    ['signed with the public key as a password', withPassword(key, body)],
    ['whose claims were changed', `${head}.${json({ ...claims(knocker), exp: now() + 7200 })}.${signature}`],
    ['whose signature was changed', `${head}.${body}.${flipped(signature)}`],
    ['that was cut off', right.slice(0, -20)],
    ['without a signature', `${head}.${body}`],
    ['whose claims are no JSON', `${head}.${Buffer.from('{"aud":').toString('base64url')}.${signature}`],
    ['of nothing', `${json(null)}.${json(null)}.${signature}`],
  ];
  return [
    ['no header', undefined],
    ['an empty header', ''],
    ['a scheme alone', 'Bearer '],
    ['another scheme', `Basic ${right}`],
    ['no scheme', right],
    ['words', 'Bearer let me in'],
    ['three words with dots', 'Bearer let.me.in'],
    ['two tokens', `Bearer ${right} ${right}`],
    ['two headers in one', `Bearer ${right}, Bearer ${right}`],
    ['a fourth part', `Bearer ${right}.${signature}`],
    ['an access token', 'Bearer ya29.local-0123456789abcdef'],
    ...lies.map(([name, lie]): [string, string] => [
      `a token ${name}`,
      `Bearer ${signed({ ...claims(knocker), ...lie }, key)}`,
    ]),
    ...forged.map(([name, text]): [string, string] => [`a token ${name}`, `Bearer ${text}`]),
  ];
}

function token(knocker: Knocker): string {
  return signed(claims(knocker), knocker.key);
}

function claims({ audience, email }: Knocker): Record<string, unknown> {
  const iss = 'https://accounts.google.com';
  return { iss, aud: audience, email, email_verified: true, iat: now(), exp: now() + 3600 };
}

function json(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}

function withPassword({ id, publicPem }: SigningKey, body: string): string {
  const text = `${json({ alg: 'HS256', kid: id, typ: 'JWT' })}.${body}`;
  return `${text}.${createHmac('sha256', publicPem).update(text).digest('base64url')}`;
}

/** The last letters of base64url carry bits that nobody reads: the first is changed. */
function flipped(text: string): string {
  return (text.startsWith('A') ? 'B' : 'A') + text.slice(1);
}
