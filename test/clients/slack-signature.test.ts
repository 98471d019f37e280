import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Delivered } from '../../src/clients/slack-signature.ts';
import { isSigned } from '../../src/clients/slack-signature.ts';

// docs.slack.dev/authentication/verifying-requests-from-slack
const documented = {
  secret: '8f742231b10e8888abcd99yyyzzz85a5',
  timestamp: '1531420618',
  body: 'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
  signature: 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
};
const { secret, timestamp, signature } = documented;
const body = Buffer.from(documented.body);
const then = Number(timestamp) * 1000;

const accepts = (changed: Partial<Delivered> = {}, { secrets = [secret], now = then } = {}) =>
  isSigned({ timestamp, signature, body, ...changed }, secrets, now);

/** Signed as Slack would, whatever it is that is signed. */
function signedAt(time: string, by = secret) {
  return {
    timestamp: time,
    signature: `v0=${createHmac('sha256', by).update(`v0:${time}:`).update(body).digest('hex')}`,
  };
}

/** Every way of changing one bit. */
function* flips(bytes: Uint8Array): Generator<Buffer> {
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    yield flipped;
  }
}

describe('isSigned()', () => {
  it('accepts the example of Slack’s documentation', () => {
    expect(accepts()).toBe(true);
  });

  it('accepts it with no other bit anywhere: in the body, in the time, in the signature', () => {
    const accepted = [
      ...[...flips(body)].filter(flipped => accepts({ body: flipped })),
      ...[...flips(Buffer.from(timestamp))].filter(flipped => accepts({ timestamp: flipped.toString('latin1') })),
      ...[...flips(Buffer.from(signature))].filter(flipped => accepts({ signature: flipped.toString('latin1') })),
    ];
    expect(accepted).toEqual([]);
  });

  it('signs the bytes as they came, whatever they are', () => {
    const odd = Buffer.from([0xff, 0x00, 0xc3, 0x28, 0x0d, 0x0a]);
    const of = createHmac('sha256', secret).update(`v0:${timestamp}:`).update(odd).digest('hex');
    expect(accepts({ body: odd, signature: `v0=${of}` })).toBe(true);
    expect(accepts({ body: Buffer.from(odd.toString()), signature: `v0=${of}` })).toBe(false);
  });

  it.each([
    [-300, true],
    [-301, false],
    [300, true],
    [301, false],
    [86_400, false],
  ])('with a time %i seconds from ours: %s', (seconds, is) => {
    expect(accepts(signedAt(String(Number(timestamp) + seconds)))).toBe(is);
  });

  it.each<[string, Partial<Delivered>]>([
    ['no signature', { signature: undefined }],
    ['an empty one', { signature: '' }],
    ['another version', { signature: signature.replace('v0', 'v1') }],
    ['a signature that goes on', { signature: `${signature}00` }],
    ['a signature and something more', { signature: `${signature}=junk` }],
    ['two signatures, as two headers come', { signature: `${signature}, ${signature}` }],
    ['half a signature', { signature: signature.slice(0, 35) }],
    ['capitals', { signature: signature.toUpperCase().replace('V0', 'v0') }],
    ['letters that are no digits', { signature: `v0=${'z'.repeat(64)}` }],
    ['no time', { timestamp: undefined }],
    ...['', ' 1531420618', '1531420618.0', '+1531420618', '0x5b47d4ca', '1e9', 'NaN', 'Infinity'].map(
      (time): [string, Partial<Delivered>] => [`the time "${time}"`, signedAt(time)],
    ),
  ])('refuses %s', (_, changed) => {
    expect(accepts(changed)).toBe(false);
  });

  it('accepts either of two secrets, in any order, and no third', () => {
    const old = signedAt(timestamp, 'the secret before');
    for (const secrets of [
      [secret, 'the secret before'],
      ['the secret before', secret],
    ]) {
      expect(accepts({}, { secrets })).toBe(true);
      expect(accepts(old, { secrets })).toBe(true);
      expect(accepts(signedAt(timestamp, 'a third'), { secrets })).toBe(false);
    }
    expect(accepts(old)).toBe(false);
    expect(accepts({}, { secrets: [] })).toBe(false);
  });
});
