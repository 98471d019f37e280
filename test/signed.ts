import { createHmac } from 'node:crypto';
import type { Stack } from '../src/local/stack.ts';

/** A delivery to a program: what is not said is as Slack would have it. */
export interface Delivery {
  body: string | Uint8Array;
  type?: string;
  /** When it is signed, in seconds from now. */
  at?: number;
  secret?: string;
  /** In place of those headers, or besides them; without those that are undefined. */
  headers?: Record<string, string | undefined>;
}

/** What came back. */
export interface Answered {
  status: number;
  body: string;
}

const form = 'application/x-www-form-urlencoded';

/** A delivery's headers, signed. */
export function signedHeaders(
  stack: Pick<Stack, 'environment'>,
  { body, type = form, at = 0, secret = stack.environment.SLACK_SIGNING_SECRET ?? '', headers = {} }: Delivery,
): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1000) + at);
  const all = {
    'content-type': type,
    'x-slack-request-timestamp': timestamp,
    'x-slack-signature': `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest('hex')}`,
    ...headers,
  };
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** Delivers anything to a stack's program. */
export async function deliver(stack: Stack, delivery: Delivery): Promise<Answered> {
  const headers = signedHeaders(stack, delivery);
  const answer = await fetch(`${stack.program().url}/slack/events`, {
    method: 'POST',
    headers,
    body: Buffer.from(delivery.body),
  });
  return { status: answer.status, body: await answer.text() };
}

/** An interaction as Slack writes it; text as it is. */
export function interaction(payload: unknown): string {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return new URLSearchParams({ payload: text }).toString();
}

/** Sends a stack's program anything as an interaction, signed; text as it is. */
export function signedTo(stack: Stack, payload: unknown): Promise<Answered> {
  return deliver(stack, { body: interaction(payload) });
}
