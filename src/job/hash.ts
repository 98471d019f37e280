/** What one pass over a text learns of it. */
export interface Digest {
  /** 53 bits, kept instead of the text: two texts of the same digest are taken for the same. */
  hash: number;
  digits: number;
  /** Bytes of UTF-8 beyond one a character. */
  extra: number;
}

/**
 * Digests a text in one pass: two lanes of multiply and mix over two characters at a time, as in cyrb53, which is in the
 * public domain. Not for secrets. Among 100,000 texts the chance that any two meet is below one in a million.
 */
export function digestOf(text: string): Digest {
  const { length } = text;
  let one = 0xdeadbeef ^ length;
  let two = 0x41c6ce57 ^ length;
  let digits = 0;
  let extra = 0;
  for (let i = 0; i < length; i++) {
    let code = text.charCodeAt(i);
    if ((code - 48) >>> 0 < 10) digits++;
    else if (code > 0x7f) extra += bytesBeyondOne(code);
    if (++i < length) {
      const next = text.charCodeAt(i);
      if ((next - 48) >>> 0 < 10) digits++;
      else if (next > 0x7f) extra += bytesBeyondOne(next);
      code |= next << 16;
    }
    one = Math.imul(one ^ code, 0x9e3779b1);
    two = Math.imul(two ^ code, 0x5f356495);
    one ^= one >>> 15;
    two ^= two >>> 13;
  }
  one = Math.imul(one ^ (one >>> 16), 0x85ebca6b) ^ Math.imul(two ^ (two >>> 13), 0xc2b2ae35);
  two = Math.imul(two ^ (two >>> 16), 0x85ebca6b) ^ Math.imul(one ^ (one >>> 13), 0xc2b2ae35);
  return { hash: (two >>> 11) * 0x1_0000_0000 + (one >>> 0), digits, extra };
}

/** Half of a pair of surrogates stands for two of the four bytes. */
function bytesBeyondOne(code: number): number {
  return code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 1 : 2;
}

/** One digest of two. */
export function together(one: number, two: number): number {
  const low = Math.imul((one >>> 0) ^ 0x9e3779b1, 0x85ebca6b) ^ (two >>> 0);
  const high = Math.imul(Math.floor(one / 0x1_0000_0000) + 0x5f35, 0xc2b2ae35) ^ Math.floor(two / 0x1_0000_0000);
  return (Math.imul(high ^ low, 0x27d4eb2f) >>> 11) * 0x1_0000_0000 + (Math.imul(low ^ (low >>> 15), 0x9e3779b1) >>> 0);
}
