import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Program } from '../src/local/program.ts';
import { startProgram } from '../src/local/program.ts';
import { startStack } from '../src/local/stack.ts';
import { deliver, signedHeaders } from './signed.ts';

/** The recommended form: what Slack calls is open to everyone, what Cloud Scheduler calls is guarded by IAM. */
const stack = await startStack({ knockEvery: 0, environment: { DOORS: 'slack' } });
const { POLL_AUDIENCE: audience = '', POLL_SERVICE_ACCOUNT: email = '' } = stack.environment;
let guarded: Program;
beforeAll(async () => {
  guarded = await startProgram({ ...stack.environment, PORT: '0', DOORS: 'poll-behind-iam' });
});
afterAll(async () => {
  await guarded.stop();
  await stack.close();
});

/** What Cloud Run makes of a request that IAM lets in: the token's signature is taken away. */
const checked = (claims: { audience: string; email: string }) =>
  stack.tokens.idToken(claims).replace(/[^.]*$/, 'SIGNATURE_REMOVED_BY_GOOGLE');

async function knock(url: string, token: string) {
  const { status } = await fetch(`${url}/poll`, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
  return status;
}

describe('Two services of one image', () => {
  it('are both well', async () => {
    for (const { url } of [stack.program(), guarded]) expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  it('share one knock: the guarded one answers it, and says in its log what it found', async () => {
    expect(await knock(guarded.url, checked({ audience, email }))).toBe(200);
    const said = () => guarded.logs.find(line => line.includes('"Knocked"'));
    await expect.poll(said).toBeDefined();
    expect(JSON.parse(said()!)).toMatchObject({
      measures: { claimed: 0, oldestDueSeconds: 0, astray: 0, orphans: 0 },
    });
  });

  it('answer no knock of anybody else, and none that did not come through IAM', async () => {
    expect(await knock(guarded.url, checked({ audience, email: 'other@acme-ml.iam.gserviceaccount.com' }))).toBe(401);
    expect(await knock(guarded.url, checked({ audience: 'https://elsewhere.example', email }))).toBe(401);
    expect(await knock(guarded.url, stack.tokens.idToken({ audience, email }))).toBe(401);
  });

  it('have Slack’s door where everyone may call, and nowhere else', async () => {
    const body = JSON.stringify({ type: 'url_verification', challenge: 'say this' });
    const delivery = { body, type: 'application/json' };
    expect((await deliver(stack, delivery)).status).toBe(200);
    const headers = signedHeaders(stack, delivery);
    const { status } = await fetch(`${guarded.url}/slack/events`, { method: 'POST', headers, body });
    expect(status).toBe(404);
  });

  it('have no door for a knock where everyone may call', async () => {
    expect(await knock(stack.program().url, stack.tokens.idToken({ audience, email }))).toBe(404);
    expect(await knock(stack.program().url, checked({ audience, email }))).toBe(404);
  });
});
