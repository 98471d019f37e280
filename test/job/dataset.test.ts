import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fault, Oddity, Report } from '../../src/job/dataset.ts';
import { estimatedTokens, linesKept, reader } from '../../src/job/dataset.ts';
import { readExample } from '../../src/job/example.ts';
import { digestOf } from '../../src/job/hash.ts';
import { lineSplitter } from '../../src/job/lines.ts';

const good = '{"input_text": "Which of [a, b]? Text: one", "output_text": "a"}';
const another = good.replace('one', 'two');
const encode = (text: string | Uint8Array) => (typeof text === 'string' ? Buffer.from(text) : text);

function read(...chunks: (string | Uint8Array)[]): Report {
  const splitter = lineSplitter();
  const reading = reader();
  for (const chunk of chunks) for (const line of splitter.push(encode(chunk))) reading.take(line);
  for (const line of splitter.end()) reading.take(line);
  return reading.report(chunks.reduce((sum, chunk) => sum + encode(chunk).length, 0));
}

describe('reader()', () => {
  it('counts rows, labels, bytes and tokens', () => {
    const short = JSON.stringify({ input_text: 'x'.repeat(8) });
    const long = JSON.stringify({ input_text: 'y'.repeat(17), output_text: 'z' });
    const histogram = (...rows: number[]) => ({ histogram: rows });
    expect(read(`${short}\n${long}\n`)).toEqual({
      rows: 2,
      labelled: 1,
      bytes: short.length + long.length + 2,
      tokens: { mean: 4, longest: 5 },
      faults: {},
      oddities: {},
      unknownFields: [],
      lengths: {
        input: {
          half: 2,
          most: 5,
          nearlyAll: 5,
          longest: 5,
          over: 0,
          cut: 0,
          all: 7,
          ...histogram(0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1),
        },
        output: { half: 1, most: 1, nearlyAll: 1, longest: 1, over: 0, cut: 0, all: 1, ...histogram(1) },
      },
    });
  });

  it('finds nothing in nothing', () => {
    expect(read('')).toEqual({
      rows: 0,
      labelled: 0,
      bytes: 0,
      tokens: { mean: 0, longest: 0 },
      faults: {},
      oddities: {},
      unknownFields: [],
    });
  });

  it.each<[Fault, string | Uint8Array]>([
    ['not-json', '{"input_text": }'],
    ['not-json', 'input_text,output_text'],
    ['not-an-object', '["input_text"]'],
    ['not-an-object', 'null'],
    ['not-an-object', '3'],
    ['not-an-object', '"input_text"'],
    ['no-input', '{}'],
    ['no-input', '{"output_text": "a"}'],
    ['no-input', '{"Input_Text": "a"}'],
    ['format-messages', '{"messages": [{"role": "user", "content": "a"}]}'],
    ['format-contents', '{"contents": [{"role": "user", "parts": [{"text": "a"}]}]}'],
    ['format-prompt-completion', '{"prompt": "a", "completion": "b"}'],
    ['format-instruction', '{"instruction": "a", "input": "", "output": "b"}'],
    ['format-question', '{"question": "a", "context": "b"}'],
    ['nul', '{"input_text": "a\0"}'],
    ['nul', '\0{'],
    ['empty-input', '{"input_text": ""}'],
    ['empty-input', '{"input_text": " \\n\\t"}'],
    ['input-not-text', '{"input_text": 3}'],
    ['input-not-text', '{"input_text": null}'],
    ['input-not-text', '{"input_text": ["a"]}'],
    ['output-not-text', '{"input_text": "a", "output_text": 1}'],
    ['output-not-text', '{"input_text": "a", "output_text": null}'],
    ['too-long', JSON.stringify({ input_text: 'x'.repeat(1 << 20) })],
    ['not-utf8', Uint8Array.of(0x22, 0xff, 0x22)],
  ])('notes %s on its line, and counts the line out', (fault, line) => {
    const report = read(`${good}\n`, line, `\n${another}\n`, line, '\n');
    expect(report.faults).toEqual({ [fault]: { count: 2, lines: [2, 4] } });
    expect(report.rows).toBe(2);
    expect(report.oddities).toEqual({});
  });

  it('tells a file that was cut off from one whose last line is wrong', () => {
    expect(read(`${good}\n{"input_te`).faults).toEqual({ 'cut-off': { count: 1, lines: [2] } });
    expect(read(`${good}\n{"input_te\n`).faults).toEqual({ 'not-json': { count: 1, lines: [2] } });
  });

  it('reads a good last line without a newline, and says so', () => {
    expect(read(`${good}\n${another}`)).toMatchObject({
      rows: 2,
      faults: {},
      oddities: { 'no-last-newline': { count: 1, lines: [2] } },
    });
  });

  it.each<[Oddity, string]>([
    ['blank-line', '   '],
    ['blank-line', ''],
    ['unknown-field', '{"input_text": "b", "comment": 1}'],
    ['repeated-input', good],
    ['other-output', good.replace('"a"', '"b"')],
    ['repeated-input', good.replace(', "output_text": "a"', '')],
    ['proto-key', '{"input_text": "b", "__proto__": {"input_text": "c"}}'],
    ['lone-surrogate', '{"input_text": "b \\ud83d"}'],
    ['lone-surrogate', '{"input_text": "b", "output_text": "\\ude00"}'],
    ['nul-in-text', '{"input_text": "b \\u0000"}'],
    ['has-email', '{"input_text": "Write to jane.doe@example.com now"}'],
    ['has-phone', '{"input_text": "Call +33 6 12 34 56 78 now"}'],
    ['has-card-number', '{"input_text": "b", "output_text": "4111 1111 1111 1111"}'],
    ['has-identity-number', '{"input_text": "SSN 078-05-1120"}'],
    ['has-key', '{"input_text": "AKIAIOSFODNN7EXAMPLE is the key"}'],
    ['input-truncated', JSON.stringify({ input_text: 'x'.repeat(7168 * 4 + 1) })],
    ['output-truncated', JSON.stringify({ input_text: 'b', output_text: 'x'.repeat(1024 * 4 + 1) })],
  ])('notes %s on its line, and keeps what can be used', (oddity, line) => {
    const report = read(`${good}\n${line}\n`);
    expect(report.oddities).toEqual({ [oddity]: { count: 1, lines: [2] } });
    expect(report.faults).toEqual({});
    expect(report.rows).toBe(oddity === 'blank-line' ? 1 : 2);
  });

  it('finds nothing odd in texts of exactly the length allowed', () => {
    const row = { input_text: 'x'.repeat(7168 * 4), output_text: 'y'.repeat(1024 * 4) };
    expect(read(`${JSON.stringify(row)}\n`).oddities).toEqual({});
  });

  it('names a byte order mark, at the start of the file alone', () => {
    expect(read(`\ufeff${good}\n${another}\n`)).toMatchObject({
      rows: 1,
      faults: { 'byte-order-mark': { count: 1, lines: [1] } },
      oddities: {},
    });
    expect(read(`${good}\n\ufeff${good}\n`)).toMatchObject({
      rows: 1,
      faults: { 'not-json': { count: 1, lines: [2] } },
      oddities: {},
    });
  });

  it('counts an empty label as a label, and names it', () => {
    const empty = JSON.stringify({ input_text: 'y', output_text: ' ' });
    expect(read(`${good}\n${empty}\n`)).toMatchObject({
      rows: 2,
      labelled: 2,
      oddities: { 'empty-output': { count: 1, lines: [2] } },
    });
  });

  it('reads lines that end as on Windows, and says so', () => {
    expect(read(`${good}\r\n${another}\r\n`)).toMatchObject({
      rows: 2,
      faults: {},
      oddities: { crlf: { count: 2, lines: [1, 2] } },
    });
  });

  it('names five unknown fields, each once', () => {
    const rows = ['a', 'b', 'a', 'c', 'd', 'e', 'f'].map((field, i) =>
      JSON.stringify({ input_text: `${i}`, [field]: 1 }),
    );
    const report = read(`${rows.join('\n')}\n`);
    expect(report.unknownFields).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(report.oddities['unknown-field']?.count).toBe(7);
  });

  it('names the fields that rows without input_text probably mean it by', () => {
    const rows = ['query', 'question', 'inputText', 'comment'].map(field => JSON.stringify({ [field]: 'a' }));
    expect(read(`${rows.join('\n')}\n`)).toMatchObject({
      meant: ['query', 'question', 'inputText'],
      faults: { 'no-input': { count: 4 } },
    });
  });

  it('counts every fault, and keeps the first line numbers', () => {
    const report = read('?\n'.repeat(linesKept + 5));
    expect(report.faults['not-json']).toEqual({
      count: linesKept + 5,
      lines: Array.from({ length: linesKept }, (_, i) => i + 1),
    });
  });

  it('comes to the same report however the bytes were cut', () => {
    const line = fc.oneof(
      fc.constantFrom(good, '', '{', '\ufeff', '[]', '{"input_text": "é😀"}', '{"input_text": "a", "b": 1}\r'),
      fc.string({ unit: 'grapheme' }).map(input_text => JSON.stringify({ input_text })),
      fc.string(),
    );
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 12 }),
        fc.constantFrom('', '\n'),
        fc.array(fc.nat(400), { maxLength: 20 }),
        (lines, ending, cuts) => {
          const whole = Buffer.from(lines.join('\n') + ending);
          const edges = [0, ...cuts.map(edge => Math.min(edge, whole.length)).sort((a, b) => a - b), whole.length];
          const chunks = edges.slice(1).map((edge, i) => whole.subarray(edges[i], edge));
          expect(read(...chunks)).toEqual(read(whole));
        },
      ),
    );
  });

  it('reads past a line of 5 MiB that comes in small chunks', () => {
    const start = '{"input_text": "';
    const chunk = 'x'.repeat(8192);
    const chunks = Array.from({ length: (5 << 20) / chunk.length }, () => chunk);
    const report = read(`${good}\n${start}`, ...chunks, `"}\n${another}\n`);
    expect(report).toMatchObject({ rows: 2, faults: { 'too-long': { count: 1, lines: [2] } }, oddities: {} });
  });
});

describe('readExample()', () => {
  it('gives input, label and the names of fields it does not know', () => {
    expect(readExample('{"input_text": " a ", "output_text": "b", "c": 1}')).toEqual({
      input: ' a ',
      output: 'b',
      unknown: ['c'],
      format: 'input-output',
    });
    expect(readExample('{"input_text": "a"}')).toEqual({
      input: 'a',
      output: undefined,
      unknown: [],
      format: 'input-output',
    });
  });
});

describe('estimatedTokens()', () => {
  // Recorded answers of PaLM 2 on Vertex AI, with the tokens it counted.
  it.each([
    ['I am doing well, thank you for asking!', 10, 10],
    ['A car is a wheeled, self-propelled motor vehicle used for transportation.', 15, 19],
    ["The first computer program to return 'Hello World' was written in BCPL by Martin Richards in 1967.", 25, 25],
  ])('makes of %j, which has %i, %i', (text, _, estimated) => {
    expect(estimatedTokens(digestOf(text))).toBe(estimated);
  });

  it('counts writing beyond ASCII by its bytes', () => {
    expect(estimatedTokens(digestOf('犬'.repeat(8)))).toBe(6);
    expect(estimatedTokens(digestOf('é'.repeat(8)))).toBe(4);
  });

  it.each([
    [0, 0],
    [1, 1],
    [4, 1],
    [5, 2],
  ])('takes %i characters for %i tokens', (characters, tokens) => {
    expect(estimatedTokens(digestOf('x'.repeat(characters)))).toBe(tokens);
  });
});
