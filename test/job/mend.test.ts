import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { byteMender } from '../../src/job/byte-mender.ts';
import { converter } from '../../src/job/convert.ts';
import type { Report, Rows } from '../../src/job/dataset.ts';
import { byteReader, faults, leaks } from '../../src/job/dataset.ts';
import type { Mending } from '../../src/job/mend.ts';
import { looksFirst, mendings } from '../../src/job/mend.ts';
import type { DatasetField } from '../../src/job/spec.ts';
import { words } from './rows.ts';

const encoder = new TextEncoder();
const classify = 'Classify the following text into one of [a, b]. Text:';

/** Bytes cut into pieces of a size. */
function piecesOf(bytes: Uint8Array, size: number) {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

function mended(
  mending: Mending,
  text: string,
  { into = 'dataset' as DatasetField, size = 1 << 16, instruction = classify } = {},
) {
  const pieces = piecesOf(encoder.encode(text), size);
  const mender = byteMender({ mending, instruction });
  if (looksFirst[mending]) for (const piece of pieces) mender.look(piece);
  mender.begin(into);
  const rows = pieces.map(piece => mender.take(piece));
  const { bytes, count } = mender.end();
  return { text: Buffer.concat([...rows, bytes]).toString(), count };
}

function checked(text: string): { report: Report; rows: Rows } {
  const dataset = byteReader();
  dataset.take(encoder.encode(text));
  return { report: dataset.report(text.length), rows: dataset.kept() };
}

const row = (input: unknown, output?: unknown) => JSON.stringify({ input_text: input, output_text: output });

const lines = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom('one', 'two ', 'TWO', 'q: x c: y', 'c: y q: x', 'é'), fc.nat(30))
      .map(([text, i]) => row(`${text} ${i}`, i % 3 ? 'a' : undefined)),
  },
  { weight: 2, arbitrary: fc.string({ unit: 'binary' }).map(text => row(text, 'b')) },
  fc.constantFrom(
    '',
    '{',
    '[]',
    '3',
    '{"input_text": ""}',
    '{"input_text": 1}',
    row('x', 3),
    '{"__proto__": 1, "input_text": "p"}',
  ),
  fc.constant(
    JSON.stringify({
      messages: [
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: 'yes' },
      ],
    }),
  ),
);
const files = fc
  .tuple(fc.array(lines, { maxLength: 80 }), fc.constantFrom('\n', '\r\n'), fc.boolean(), fc.boolean())
  .map(([all, end, bom, ended]) => `${bom ? '\ufeff' : ''}${all.join(end)}${ended ? end : ''}`);

const gone: Record<Exclude<Mending, 'cut-evaluation' | 'add-instruction'>, readonly string[]> = {
  'drop-unusable': faults,
  convert: faults,
  'drop-duplicates': ['repeated-input'],
  'drop-misshapen': ['without-label', 'other-order', 'other-opening'],
};

describe('A mended dataset', () => {
  it.each(Object.entries(gone))('checked after "%s" has nothing of what was mended', (mending, names) => {
    fc.assert(
      fc.property(files, text => {
        const { report } = checked(mended(mending as Mending, text).text);
        expect(Object.keys({ ...report.faults, ...report.oddities }).filter(name => names.includes(name))).toEqual([]);
      }),
    );
  });

  it('has an instruction once one was added, however short that is', () => {
    const rows = fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.constantFrom('a', 'b')), {
      minLength: 10,
      maxLength: 40,
    });
    const added = fc.constantFrom('Sort', 'Sort this', 'Is it a or b:', classify);
    let without = 0;
    fc.assert(
      fc.property(rows, added, (all, instruction) => {
        const text = all.map(([input, output]) => row(`${input}.`, output)).join('\n');
        if (checked(text).report.oddities['no-instruction']) without++;
        const { report } = checked(mended('add-instruction', text, { instruction }).text);
        expect(report.oddities['no-instruction']).toBeUndefined();
      }),
    );
    expect(without).toBeGreaterThan(10);
  });

  it.each(mendings)('is the same after "%s" however its bytes were cut', mending => {
    fc.assert(
      fc.property(files, fc.integer({ min: 1, max: 40 }), (text, size) => {
        expect(mended(mending, text, { size })).toEqual(mended(mending, text));
      }),
    );
  });

  it.each(mendings.filter(it => it !== 'cut-evaluation'))('stays as it is when "%s" is done again', mending => {
    fc.assert(
      fc.property(files, text => {
        const once = mended(mending, text).text;
        expect(mended(mending, once).text).toBe(once);
      }),
    );
  });

  it('has every count add up', () => {
    fc.assert(
      fc.property(files, fc.constantFrom(...mendings), (text, mending) => {
        const { text: after, count } = mended(mending, text);
        expect(checked(after).report.rows).toBe(count.kept);
        expect(count.kept).toBeLessThanOrEqual(count.rows);
      }),
    );
  });
});

describe('A cut evaluation dataset', () => {
  const cut = (text: string) =>
    (['dataset', 'evaluationDataset'] as const).map(into => mended('cut-evaluation', text, { into }));

  const near = fc
    .array(fc.tuple(fc.nat(20), fc.nat(200)), { minLength: 12, maxLength: 120, size: 'max' })
    .map(all => all.map(([text, i]) => row(`${words(text, 40)} ${words(i + 1000, 3)}`, 'a')).join('\n'));

  it('shares no input with the dataset, nor one that is near, whatever repeats, and together they are all rows', () => {
    fc.assert(
      fc.property(fc.oneof(files, near), text => {
        const [train, evaluation] = cut(text);
        expect(leaks(checked(train!.text).rows, checked(evaluation!.text).rows)).toEqual({});
        expect(train!.count.kept + evaluation!.count.kept).toBe(train!.count.rows);
      }),
    );
  });

  it.each([
    [30, 10],
    [480, 48],
    [2000, 200],
    [9000, 250],
  ])('of %i rows has %i, the same each time', (rows, expected) => {
    const text = Array.from({ length: rows }, (_, i) => row(`Classify: ${i}`, 'a')).join('\n');
    const [, evaluation] = cut(text);
    expect(evaluation!.count.kept).toBe(expected);
    expect(cut(text)[1]).toEqual(evaluation);
  });
});

test('what is dropped and kept is counted', () => {
  const text = [row('a', 'x'), row('a', 'x'), row('a', 'y'), row('a'), '{', row('b', 'x')].join('\n');
  expect(mended('drop-duplicates', text).count).toEqual({ rows: 5, kept: 3, changed: 0, unusable: 1 });
  expect(mended('drop-unusable', text).count).toEqual({ rows: 5, kept: 5, changed: 0, unusable: 1 });
});

test('an instruction stands before every input once, and other fields stay', () => {
  const text = `{"id": 7, "input_text": "x"}\n${row(`${classify} y`)}`;
  const { text: after, count } = mended('add-instruction', text);
  expect(count.changed).toBe(1);
  expect(JSON.parse(after.split('\n')[0]!)).toEqual({ id: 7, input_text: `${classify} x` });
});

test.each([
  [
    {
      messages: [
        { role: 'system', content: 'S' },
        { role: 'user', content: 'U' },
        { role: 'assistant', content: 'A' },
      ],
    },
    { input_text: 'S\nU', output_text: 'A' },
  ],
  [{ messages: [{ role: 'user', content: [{ type: 'text', text: 'U' }] }] }, { input_text: 'U' }],
  [
    {
      systemInstruction: { parts: [{ text: 'S' }] },
      contents: [
        { role: 'user', parts: [{ text: 'U' }] },
        { role: 'model', parts: [{ text: 'A' }] },
      ],
    },
    { input_text: 'S\nU', output_text: 'A' },
  ],
  [
    { prompt: 'U ', completion: ' A' },
    { input_text: 'U ', output_text: ' A' },
  ],
  [
    { instruction: 'I', input: 'i', output: 'O' },
    { input_text: 'I\ni', output_text: 'O' },
  ],
  [
    { instruction: 'I', context: ' ', response: 'O', category: 'c' },
    { input_text: 'I', output_text: 'O' },
  ],
  [{ question: 'Q', context: 'C', answers: { text: [], answer_start: [] } }, { input_text: 'question: Q context: C' }],
  [
    { question: 'Q', context: 'C', answers: { text: ['A', 'B'] } },
    { input_text: 'question: Q context: C', output_text: 'A' },
  ],
  [
    { question: 'Q', answer: 'A' },
    { input_text: 'Q', output_text: 'A' },
  ],
  [{ contents: [{ role: 'user', parts: [{ inlineData: {} }] }] }, undefined],
  [{ question: 'U' }, undefined],
])('%j is converted to what distillation reads', (other, expected) => {
  const converted = converter('input-output')(JSON.stringify(other))?.text;
  expect(converted && JSON.parse(converted)).toEqual(expected);
});
