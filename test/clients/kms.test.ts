import { afterEach, describe, expect, it } from 'vitest';
import { kmsClient } from '../../src/clients/kms.ts';
import { startPermissions } from '../../src/local/permissions/server.ts';
import type { Reply } from './answering.ts';
import { impatient, noAnswers, refusal, startAnswering, token } from './answering.ts';

const key = 'projects/acme-ml/locations/us-central1/keyRings/ml/cryptoKeys/tuning';
let server: Awaited<ReturnType<typeof startAnswering>> | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function answered(reply: Reply, { name = key } = {}) {
  server = await startAnswering(() => reply);
  return kmsClient({ request: impatient(), endpoint: server.url }).key(name);
}

describe('key()', () => {
  it('tells a key that is there from one that is not, and from one that may not be seen', async () => {
    const permissions = await startPermissions({ issued: one => one === token });
    const hidden = `${key}-hidden`;
    permissions.cryptoKey(key);
    permissions.cryptoKey(hidden, { readable: false });
    const kms = kmsClient({ request: impatient(), endpoint: permissions.url });
    expect(await kms.key(key)).toEqual({ is: 'fine' });
    expect(await kms.key(hidden)).toEqual({ is: 'unknown', why: 'no-right', about: hidden });
    expect(await kms.key(`${key}-2`)).toEqual({ is: 'wrong', why: 'not-there', about: `${key}-2` });
    await permissions.close();
  });

  it('never lets a name step out of its place', async () => {
    const name = 'projects/../../secret/locations/us-central1/keyRings/ml/cryptoKeys/tuning';
    expect(await answered({ json: { name } }, { name })).toEqual({ is: 'wrong', why: 'not-there', about: name });
  });

  it('takes a question mark in a name as a part of the name', async () => {
    const name = 'projects/a?b=c/locations/us-central1/keyRings/ml/cryptoKeys/tuning';
    await answered({ json: { name } }, { name });
    expect(server?.arrived[0]?.path).toBe(`/v1/${name}`);
  });

  it('does not know where it may not ask', async () => {
    expect(await answered(refusal(403))).toEqual({ is: 'unknown', why: 'no-right', about: key });
  });

  it.each([400, 401, 429, 500, 503])('does not know after a %d', async status => {
    expect(await answered(refusal(status))).toEqual({ is: 'unknown', why: 'no-answer', about: key });
  });

  it.each(Object.entries(noAnswers))('does not know after %s', async (_, reply) => {
    expect(await answered(reply)).toEqual({ is: 'unknown', why: 'no-answer', about: key });
  });

  it('asks again where Google was only busy', async () => {
    let asked = 0;
    server = await startAnswering(() => (asked++ === 0 ? refusal(503) : { json: { name: key } }));
    expect(await kmsClient({ request: impatient(), endpoint: server.url }).key(key)).toEqual({ is: 'fine' });
  });
});
