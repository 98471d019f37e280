import { createHmac, timingSafeEqual } from 'node:crypto';

/** By how much a delivery's time may differ from ours, in seconds, whichever of the two is ahead. */
const farthest = 300;

/** A delivery as it came: two of its headers, and the bytes of its body. */
export interface Delivered {
  timestamp: string | undefined;
  signature: string | undefined;
  body: Uint8Array;
}

/** Whether Slack signed a delivery, and just now, with one of our secrets: there are two while one takes the other's place. `now` is in milliseconds since 1970. */
export function isSigned({ timestamp, signature, body }: Delivered, secrets: readonly string[], now: number): boolean {
  if (!timestamp || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(now / 1000 - Number(timestamp)) > farthest) return false;
  const given = /^v0=([0-9a-f]{64})$/.exec(signature ?? '')?.[1];
  if (!given) return false;
  const theirs = Buffer.from(given, 'hex');
  // Every secret is tried, whichever fits: how long it takes tells nothing.
  return secrets.map(secret => timingSafeEqual(theirs, signed(secret, { timestamp, body }))).includes(true);
}

function signed(secret: string, { timestamp, body }: { timestamp: string; body: Uint8Array }): Buffer {
  return createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest();
}
