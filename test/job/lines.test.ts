import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Line } from '../../src/job/lines.ts';
import { lineSplitter } from '../../src/job/lines.ts';

function cut(chunks: readonly (string | Uint8Array)[], most?: number): Line[] {
  const splitter = lineSplitter(most);
  const bytes = chunks.map(chunk => (typeof chunk === 'string' ? Buffer.from(chunk) : chunk));
  return [...bytes.flatMap(chunk => splitter.push(chunk)), ...splitter.end()];
}

describe('lineSplitter()', () => {
  it('numbers lines from 1 and leaves their ends out', () => {
    expect(cut(['a\nb\r\n\nc\n'])).toEqual([
      { number: 1, text: 'a' },
      { number: 2, text: 'b', crlf: true },
      { number: 3, text: '' },
      { number: 4, text: 'c' },
    ]);
  });

  it('finds no line in an empty file', () => {
    expect(cut([])).toEqual([]);
    expect(cut([''])).toEqual([]);
  });

  it('says that the last line has no end', () => {
    expect(cut(['a\nb'])).toEqual([
      { number: 1, text: 'a' },
      { number: 2, text: 'b', unended: true },
    ]);
  });

  it('joins a line, and a character, that came in pieces', () => {
    const bytes = Buffer.from('é😀\n');
    expect(cut([...bytes].map(byte => Uint8Array.of(byte)))).toEqual([{ number: 1, text: 'é😀' }]);
  });

  it('keeps a byte order mark, which its reader wants to know of', () => {
    expect(cut(['\ufeffa\n'])).toEqual([{ number: 1, text: '\ufeffa' }]);
  });

  it('keeps carriage returns within a line', () => {
    expect(cut(['a\rb\r\r\n'])).toEqual([{ number: 1, text: 'a\rb\r', crlf: true }]);
  });

  it('says which lines are not UTF-8, and goes on', () => {
    expect(cut([Uint8Array.of(0xff, 0x0a), 'b\n', Uint8Array.of(0xc3)])).toEqual([
      { number: 1, text: undefined, fault: 'not-utf8' },
      { number: 2, text: 'b' },
      { number: 3, text: undefined, fault: 'not-utf8', unended: true },
    ]);
  });

  it('keeps a line of exactly the length allowed, and none that is longer', () => {
    expect(cut(['abcd\nabcde\nab\n'], 4)).toEqual([
      { number: 1, text: 'abcd' },
      { number: 2, text: undefined, fault: 'too-long' },
      { number: 3, text: 'ab' },
    ]);
    expect(cut(['abcde'], 4)).toEqual([{ number: 1, text: undefined, fault: 'too-long', unended: true }]);
  });

  it('gives nothing of a line of 5 MiB that comes in small chunks, and all of the next', () => {
    const splitter = lineSplitter();
    const chunk = new Uint8Array(4096).fill(0x61);
    for (let i = 0; i < (5 << 20) / chunk.length; i++) expect(splitter.push(chunk)).toEqual([]);
    expect(splitter.push(Buffer.from('\nnext\n'))).toEqual([
      { number: 1, text: undefined, fault: 'too-long' },
      { number: 2, text: 'next' },
    ]);
    expect(splitter.end()).toEqual([]);
  });

  it('does not look again at bytes that were handed over, which their owner may write anew', () => {
    const splitter = lineSplitter();
    const chunk = Buffer.from('abc');
    splitter.push(chunk);
    chunk.fill(0x7a);
    expect(splitter.push(Buffer.from('d\n'))).toEqual([{ number: 1, text: 'abcd' }]);
  });

  it('finds the same lines however the bytes were cut', () => {
    const bytes = fc.array(fc.oneof(fc.constantFrom(0x0a, 0x0d, 0x61, 0xc3, 0xa9), fc.nat(255)), { maxLength: 60 });
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(60), { maxLength: 8 }), (all, cuts) => {
        const whole = Uint8Array.from(all);
        const edges = [0, ...cuts.sort((a, b) => a - b), whole.length];
        const chunks = edges.slice(1).map((edge, i) => whole.subarray(edges[i], edge));
        expect(cut(chunks, 8)).toEqual(cut([whole], 8));
      }),
    );
  });

  it('finds the lines that splitting the whole text would', () => {
    const texts = fc.array(
      fc.string({ unit: 'grapheme' }).filter(text => !/[\r\n]/.test(text)),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(texts, lines => {
        expect(cut([lines.map(line => `${line}\n`).join('')]).map(line => line.text)).toEqual(lines);
      }),
    );
  });
});
