import { afterAll, describe, expect, it } from 'vitest';
import { knockVerifier } from '../../src/clients/knock.ts';
import { startTokens } from '../../src/local/tokens/server.ts';
import { createKey } from '../../src/local/tokens/signing.ts';
import type { Reply } from './answering.ts';
import { startAnswering } from './answering.ts';
import { falseKnocks, trueKnock } from './knocks.ts';

const audience = 'https://retort.example/poll';
const email = 'knocker@retort-test.iam.gserviceaccount.com';
const caller = { audience, serviceAccount: email };

const tokens = await startTokens({ projectId: 'retort-test' });
const isOurs = knockVerifier(caller, tokens.certsUrl);
afterAll(() => tokens.close());

const right = tokens.idToken({ audience, email });
const [head = ''] = right.split('.');
const { kid } = JSON.parse(Buffer.from(head, 'base64url').toString()) as { kid: string };
const published = (await (await fetch(tokens.certsUrl)).json()) as Record<string, string>;

describe('knockVerifier()', () => {
  it.each(['first', 'second'] as const)('lets our own scheduler in, whose token the %s key signed', async key => {
    expect(await isOurs(`Bearer ${tokens.idToken({ audience, email, key })}`)).toBe(true);
  });

  it.each([
    ['of another service account', { email: 'other@retort-test.iam.gserviceaccount.com' }],
    ['for another audience', { audience: 'https://elsewhere.example/poll' }],
    ['signed by somebody else under a published key’s id', { key: 'forged' as const }],
  ])('lets nobody in with a token %s', async (_, lie) => {
    expect(await isOurs(`Bearer ${tokens.idToken({ audience, email, ...lie })}`)).toBe(false);
  });

  const key = createKey();
  it.each([...falseKnocks({ audience, email, key }), ['a line after the token', `Bearer ${right}\n`] as const])(
    'lets nobody in with %s',
    async (_, authorization) => {
      const { url, close } = await startAnswering(() => ({ json: { [key.id]: key.publicPem } }));
      const verify = knockVerifier(caller, url);
      expect(await verify(trueKnock({ audience, email, key }))).toBe(true);
      expect(await verify(authorization)).toBe(false);
      await close();
    },
  );

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

describe('knockVerifier() behind IAM', () => {
  const checked = (authorization: string) =>
    authorization.replace(/^(Bearer [\w-]+\.[\w-]+)\.[\w-]*$/, '$1.SIGNATURE_REMOVED_BY_GOOGLE');
  const knocker = { audience, email, key: createKey() };
  const verify = knockVerifier({ ...caller, behindIam: true });

  it('lets our own scheduler in, whose token Cloud Run has checked', async () => {
    expect(await verify(checked(trueKnock(knocker)))).toBe(true);
  });

  it('lets nobody in whose token Cloud Run has not checked', async () => {
    expect(await verify(trueKnock(knocker))).toBe(false);
  });

  // Whether a signature is true is what Cloud Run has checked by then.
  const ofSignatures = /sign|under (no|an) id|was cut off|a password|claims were changed/;
  it.each(falseKnocks(knocker).filter(([name]) => !ofSignatures.test(name)))(
    'lets nobody in with %s, checked or not',
    async (_, authorization) => {
      expect(await verify(authorization)).toBe(false);
      expect(await verify(authorization && checked(authorization))).toBe(false);
    },
  );

  it('is what no other service takes for a knock', async () => {
    expect(await isOurs(checked(`Bearer ${right}`))).toBe(false);
  });
});
