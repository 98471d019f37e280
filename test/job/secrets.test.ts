import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/job/hash.ts';
import { type Secret, secretsIn } from '../../src/job/secrets.ts';

const found = (text: string) => [...secretsIn(text, digestOf(text).digits)];
/** Put together here, so that nothing that looks like a key stands in the repository. */
const token = (beginning: string, rest: string) => beginning + rest;

describe('secretsIn()', () => {
  it.each<[Secret, string]>([
    ['email', 'jane.doe+tag@mail.example.co.uk'],
    ['phone', '+44 20 7946 0958'],
    ['phone', '(415) 555-0132'],
    ['phone', '415-555-0132'],
    ['phone', '800.555.0132x6'],
    ['phone', '+44 (0)20 7946 0958'],
    ['phone', '06 12 34 56 78'],
    ['card-number', '4111111111111111'],
    ['card-number', '4111 1111 1111 1111 12/26'],
    ['card-number', 'order 123456: 4111111111111111'],
    ['card-number', '6011 1111 1111 1117'],
    ['card-number', '3566002020360505'],
    ['card-number', '30569309025904'],
    ['card-number', '5500-0000-0000-0004'],
    ['card-number', '3782 822463 10005'],
    ['identity-number', '078-05-1120'],
    ['identity-number', '1 85 05 78 006 084 91'],
    ['identity-number', '185057800608491'],
    ['identity-number', 'GB82 WEST 1234 5698 7654 32'],
    ['identity-number', 'MRN: 1234567'],
    ['identity-number', 'Medical Record No. 12345'],
    ['identity-number', 'medical record number 12345'],
    ['key', token('AKIA', 'IOSFODNN7EXAMPLE')],
    ['key', token('AIza', 'x'.repeat(35))],
    ['key', token('ghp_', 'a'.repeat(36))],
    ['key', token('xoxb-', '1234567890-abcdef')],
    ['key', token('sk_live_', 'a'.repeat(24))],
    ['key', token('sk-', 'a'.repeat(40))],
    ['key', token('-----BEGIN RSA ', 'PRIVATE KEY-----')],
  ])('finds %s in %j, wherever it stands', (secret, text) => {
    expect(found(text)).toEqual([secret]);
    expect(found(`Before, ${text} and after.`)).toEqual([secret]);
    expect(found(`é ${'words '.repeat(500)}${text}\n${'more '.repeat(500)}`)).toEqual([secret]);
  });

  it.each([
    'Meet @ana at 10:30 on 2026-11-24.',
    'Order 4111111111111112 was shipped.',
    // Real ones, of names of messages and files: all with a good check digit.
    'Message-Id: <1030649409.4818.4.camel@lamp>',
    'Message-Id: <4058.1028618719@lamp>',
    'from cpe3439333139383434.example.net',
    'Received: 3439333139383434',
    '.a22481297401040-section { }',
    'false positives 4 0.363636363636 in all',
    'https://example.com/click-471546-487847',
    'kevin+dated+1029066979.c30bc3@example.com'.replace('@', ' at '),
    'Stylus Color 440/460/640/660/670',
    'Invoice 000-12-3456, total 1,234,567.89',
    'Part 1111 1111 1111 1111',
    'ISBN 978-3-16-148410-0',
    'GB82 WEST 1234 5698 7654 33',
    'The variable hf_name, ghp_ and sk-learn',
    'between 1 and 2 and 3 and 4 and 5 and 6 and 7 and 8 and 9',
    '12345678',
  ])('finds nothing in %j', text => {
    expect(found(text)).toEqual([]);
  });
});

describe('digestOf()', () => {
  it.each(['', 'a', 'ab', 'abcdefg', 'abcdefgh', 'é1', '😀', 'x'.repeat(100_001)])('counts the bytes of %j', text => {
    expect(digestOf(text).bytes).toBe(Buffer.byteLength(text));
  });

  it('counts no fewer digits than any number has, wherever it stands', () => {
    for (const between of ['', ' ', ') ', '.-'])
      for (let at = 0; at < 17; at++) {
        const text = (digits: number) => `${'é'.repeat(at)}${Array(digits).fill(7).join(between)}${'/:é'.repeat(9)}`;
        for (const digits of [0, 1, 5, 8, 30]) expect(digestOf(text(digits)).digits).toBe(digits);
      }
    expect(digestOf('1 of 2 words, then 3, 4, 555 more, '.repeat(99)).digits).toBeLessThan(8);
  });

  it('is another for every one of 200,000 texts that differ in four bytes', () => {
    const hashes = [0, 4].flatMap(at =>
      Array.from(
        { length: 100_000 },
        (_, i) => digestOf(`${' '.repeat(at)}${String.fromCharCode(i & 127, i >> 7, at)}`).hash,
      ),
    );
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(hashes.every(Number.isSafeInteger)).toBe(true);
  });
});
