import { createHmac } from 'node:crypto';
import type { Stack } from '../src/local/stack.ts';

/** Sends a stack's program anything as an interaction, signed; text as it is. */
export async function signedTo(stack: Stack, payload: unknown): Promise<{ status: number; body: string }> {
  const body = new URLSearchParams({
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
  }).toString();
  const timestamp = String(Math.floor(Date.now() / 1000));
  const secret = stack.environment.SLACK_SIGNING_SECRET ?? '';
  const signature = `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
  const answer = await fetch(`${stack.program().url}/slack/events`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': signature,
    },
    body,
  });
  return { status: answer.status, body: await answer.text() };
}
