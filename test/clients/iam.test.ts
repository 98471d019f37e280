import { GoogleAuth } from 'google-auth-library';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { googleRequests, googleSettings } from '../../src/clients/google.ts';
import { iamClient } from '../../src/clients/iam.ts';
import { startPermissions } from '../../src/local/permissions/server.ts';
import { startTokens } from '../../src/local/tokens/server.ts';
import type { Reply } from './answering.ts';
import { impatient, noAnswers, refusal, startAnswering, token } from './answering.ts';

const email = 'pipelines@acme-ml.iam.gserviceaccount.com';
let server: Awaited<ReturnType<typeof startAnswering>> | undefined;
afterEach(async () => {
  vi.unstubAllEnvs();
  await server?.close();
  server = undefined;
});

async function answered(reply: Reply) {
  server = await startAnswering(() => reply);
  return iamClient({ request: impatient(), endpoint: server.url }).actAs(email);
}

describe('actAs()', () => {
  it('asks IAM for the one permission, with a token', async () => {
    server = await startAnswering(({ method, path, body, authorization }) => {
      const asked = (body as { permissions: string[] }).permissions;
      const granted = authorization === `Bearer ${token}` && method === 'POST' ? asked : [];
      if (path !== `/v1/projects/acme-ml/serviceAccounts/${email}:testIamPermissions`) return refusal(404);
      return { json: { permissions: granted, etag: 'of a later version' } };
    });
    const iam = iamClient({ request: impatient(), endpoint: `${server.url}/` });
    expect(await iam.actAs(email)).toEqual({ is: 'fine' });
  });

  it('says that there is no right where IAM grants nothing', async () => {
    expect(await answered({ json: {} })).toEqual({ is: 'wrong', why: 'no-right', about: email });
  });

  it('says that there is no right where IAM grants something else', async () => {
    const other = { permissions: ['iam.serviceAccounts.get'] };
    expect(await answered({ json: other })).toEqual({ is: 'wrong', why: 'no-right', about: email });
  });

  it('says that there is no such service account', async () => {
    expect(await answered(refusal(404))).toEqual({ is: 'wrong', why: 'not-there', about: email });
  });

  it('does not know where it may not ask', async () => {
    expect(await answered(refusal(403))).toEqual({ is: 'unknown', why: 'no-right', about: email });
  });

  it.each([400, 401, 429, 500, 503])('does not know after a %d', async status => {
    expect(await answered(refusal(status))).toEqual({ is: 'unknown', why: 'no-answer', about: email });
  });

  it.each(Object.entries(noAnswers))('does not know after %s', async (_, reply) => {
    expect(await answered(reply)).toEqual({ is: 'unknown', why: 'no-answer', about: email });
  });

  it("works with the metadata server's tokens, and gets a new one where the old one is not accepted any more", async () => {
    const tokens = await startTokens();
    const permissions = await startPermissions({ issued: tokens.issued });
    for (const [name, value] of Object.entries(tokens.env)) vi.stubEnv(name, value);
    permissions.serviceAccount(email);
    permissions.serviceAccount('theirs@acme-ml.iam.gserviceaccount.com', []);
    const request = googleRequests({ auth: new GoogleAuth(googleSettings), timeout: 2000 });
    const iam = iamClient({ request, endpoint: permissions.url });
    expect(await iam.actAs(email)).toEqual({ is: 'fine' });
    tokens.revoke();
    expect(await iam.actAs(email)).toEqual({ is: 'fine' });
    expect(await iam.actAs('theirs@acme-ml.iam.gserviceaccount.com')).toMatchObject({ is: 'wrong', why: 'no-right' });
    expect(await iam.actAs('nobody@acme-ml.iam.gserviceaccount.com')).toMatchObject({ is: 'wrong', why: 'not-there' });
    // Where an address does not tell its project, IAM does not tell what is missing from what is forbidden.
    const unplaced = '123456789012-compute@developer.gserviceaccount.com';
    expect(await iam.actAs(unplaced)).toMatchObject({ is: 'unknown', why: 'no-right' });
    await permissions.close();
    await tokens.close();
  });
});
