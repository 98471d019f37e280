import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteMender } from '../../src/job/byte-mender.ts';
import { converter } from '../../src/job/convert.ts';
import { toCut } from '../../src/job/cut.ts';
import { byteReader, faults, leaks } from '../../src/job/dataset.ts';
import type { Mending } from '../../src/job/mend.ts';
import { looksFirst, mendings } from '../../src/job/mend.ts';
import type { DatasetFormat, DatasetRules } from '../../src/job/recipe.ts';
import { datasetFormats, mostEvaluated, recipeIds, recipeOf } from '../../src/job/recipe.ts';
import type { DatasetField } from '../../src/job/spec.ts';
import { words } from './rows.ts';

const instruction = 'Say a or b. Text:';

function mended(
  mending: Mending,
  text: string,
  { rules, into = 'dataset', size = 1 << 16 }: { rules: DatasetRules; into?: DatasetField; size?: number },
) {
  const bytes = new TextEncoder().encode(text);
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
  const mender = byteMender({ mending, instruction, rules });
  if (looksFirst[mending]) for (const piece of pieces) mender.look(piece);
  mender.begin(into);
  const rows = pieces.map(piece => mender.take(piece));
  const { bytes: last, count } = mender.end();
  const after = Buffer.concat([...rows, last]).toString();
  return {
    text: after,
    rows: after
      .split('\n')
      .filter(Boolean)
      .map(row => JSON.parse(row)),
    count,
  };
}

function checked(text: string, rules: DatasetRules) {
  const dataset = byteReader({ rules });
  dataset.take(new TextEncoder().encode(text));
  return { report: dataset.report(text.length), rows: dataset.kept() };
}

function inFormat(format: DatasetFormat, input: string, output?: string): string {
  return converter(format)(JSON.stringify({ input_text: input, output_text: output }))!.text;
}

const chat = (...turns: [string, string][]) =>
  JSON.stringify({ messages: turns.map(([role, content]) => ({ role, content })) });

/** Lines in every format, sound and broken. */
const lines = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(fc.constantFrom(...datasetFormats), fc.constantFrom('one', 'TWO', 'q: x c: y', 'c: y q: x'), fc.nat(20))
      .map(([format, text, i]) => inFormat(format, `${text} ${i}`, i % 3 ? 'a' : undefined)),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom('assistant', 'model', 'tool', 'user'), fc.string({ unit: 'binary' }), fc.nat(9))
      .map(([role, text, i]) => chat(['system', text], ['user', `x ${i}`], [role, text], ['user', text])),
  },
  fc.constantFrom(
    ...['', '{', '[]', '{"messages": []}', '{"contents": [{"parts": []}]}', '{"prompt": 3}', '{"input_text": ""}'],
    '{"contents": [{"role": "user", "parts": [{"text": "p"}, {"inlineData": {}}]}, {"role": "model", "parts": [{"text": "a"}]}]}',
    '{"contents": [{"role": "user", "parts": [{"text": "p"}]}, {"role": "model", "parts": [{"text": "a"}]}], "tools": [{}]}',
    '{"id": 7, "contents": [{"role": "user", "parts": [{"text": "p"}]}, {"role": "assistant", "parts": [{"text": "a"}]}]}',
    '{"instruction": "i", "output": "o"}',
  ),
);
const files = fc
  .tuple(fc.array(lines, { maxLength: 60 }), fc.boolean())
  .map(([all, bom]) => `${bom ? '\ufeff' : ''}${all.join('\n')}`);

const gone: Partial<Record<Mending, readonly string[]>> = {
  'drop-unusable': faults,
  convert: faults,
  'drop-duplicates': ['repeated-input'],
  'drop-misshapen': ['without-label', 'other-order', 'other-opening'],
};

describe.each(recipeIds)('A dataset of %s', recipe => {
  const rules: DatasetRules = recipeOf(recipe).dataset;

  it.each(Object.entries(gone))('checked after "%s" has nothing of what was mended', (mending, names) => {
    fc.assert(
      fc.property(files, text => {
        const { report } = checked(mended(mending as Mending, text, { rules }).text, rules);
        expect(Object.keys({ ...report.faults, ...report.oddities }).filter(name => names.includes(name))).toEqual([]);
      }),
    );
  });

  it.each(mendings)('is the same after "%s" however its bytes were cut, and every count adds up', mending => {
    fc.assert(
      fc.property(files, fc.integer({ min: 1, max: 40 }), (text, size) => {
        const { text: after, count } = mended(mending, text, { rules });
        expect(mended(mending, text, { rules, size })).toMatchObject({ text: after, count });
        expect(checked(after, rules).report.rows).toBe(count.kept);
        expect(count.kept).toBeLessThanOrEqual(count.rows);
        expect(count.changed).toBeLessThanOrEqual(count.kept);
      }),
    );
  });

  it.each(mendings.filter(it => it !== 'cut-evaluation'))('stays as it is when "%s" is done again', mending => {
    fc.assert(
      fc.property(files, text => {
        const once = mended(mending, text, { rules });
        expect(mended(mending, once.text, { rules }).text).toBe(once.text);
      }),
    );
  });

  it.each(mendings.filter(it => it !== 'convert'))(
    'keeps the format of its rows, and their other fields: "%s"',
    mending => {
      const [format] = rules.formats.slice(-1);
      const rows = Array.from({ length: 40 }, (_, i) => ({
        ...JSON.parse(inFormat(format!, `${words(i, 20)}.`, i % 2 ? 'a' : 'b')),
        id: i,
      }));
      const after = mended(mending, rows.map(row => JSON.stringify(row)).join('\n'), { rules });
      expect(after.rows.length).toBeGreaterThan(0);
      for (const row of after.rows) {
        expect(Object.keys(row)).toEqual(Object.keys(rows[0]!));
        if (mending !== 'add-instruction') expect(row).toEqual(rows[row.id]);
      }
    },
  );

  it('has an instruction once one was added', () => {
    const rows = Array.from({ length: 20 }, (_, i) =>
      inFormat(rules.formats[0], `${i} came ${i * 7} late`, i % 2 ? 'a' : 'b'),
    );
    expect(Object.keys(checked(rows.join('\n'), rules).report.oddities)).toContain('no-instruction');
    const { text, count } = mended('add-instruction', rows.join('\n'), { rules });
    expect(count).toEqual({ rows: 20, kept: 20, changed: 20, unusable: 0 });
    expect(Object.keys(checked(text, rules).report.oddities)).not.toContain('no-instruction');
    expect(text.split('\n')[3]).toBe(inFormat(rules.formats[0], `${instruction} 3 came 21 late`, 'a'));
  });

  it('is cut within the limits of its evaluation dataset, and nothing leaks', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 150 }), fc.nat(5), (size, repeated) => {
        const rows = Array.from({ length: size }, (_, i) =>
          inFormat(rules.formats[0], words(i % (size - repeated || 1), 12), 'a'),
        );
        const [train, evaluation] = (['dataset', 'evaluationDataset'] as const).map(into =>
          mended('cut-evaluation', rows.join('\n'), { rules, into }),
        );
        expect(train!.count.kept + evaluation!.count.kept).toBe(size);
        expect(evaluation!.count.kept).toBeLessThanOrEqual(mostEvaluated(rules, train!.count.kept));
        expect(leaks(checked(train!.text, rules).rows, checked(evaluation!.text, rules).rows)).toEqual({});
      }),
    );
  });
});

describe('toCut()', () => {
  it.each([
    ['palm', 30, 10],
    ['palm', 480, 48],
    ['palm', 9000, 250],
    ['open-model', 3, 0],
    ['open-model', 5, 1],
    ['open-model', 480, 48],
    ['open-model', 1_000_000, 4999],
    ['gemini-tuning', 20_000, 2000],
    ['gemini-tuning', 1_000_000, 5000],
    ['gemini-distillation', 100_000, 10_000],
  ] as const)('of a dataset of %s with %i rows are %i', (recipe, rows, expected) => {
    expect(toCut(rows, recipeOf(recipe).dataset)).toBe(expected);
  });
});

describe('Conversion', () => {
  const open = recipeOf('open-model').dataset;
  const prompts = recipeOf('gemini-distillation').dataset;
  const labels = recipeOf('gemini-tuning').dataset;

  it('leaves rows of the first format byte for byte, and brings the others there', () => {
    const own = '{ "messages": [{"content":"Q","role":"user"}], "id": 1 }';
    const text = [
      own,
      '{"prompt": "P"}',
      '{"input_text": "I", "output_text": "O"}',
      '{"contents": [{"parts": [{"text": "C"}]}]}',
    ];
    const { text: after, count } = mended('convert', text.join('\n'), { rules: open });
    expect(after.split('\n')).toEqual([
      own,
      chat(['user', 'P']),
      chat(['user', 'I'], ['assistant', 'O']),
      chat(['user', 'C']),
      '',
    ]);
    expect(count).toEqual({ rows: 4, kept: 4, changed: 3, unusable: 0 });
  });

  it('leaves a row that the recipe reads where it cannot be said in the first format', () => {
    const picture = '{"contents": [{"parts": [{"text": "Q"}, {"inlineData": {}}]}]}';
    const tool = '{"contents": [{"parts": [{"text": "Q"}]}], "tools": [{}]}';
    const { text, count } = mended('convert', `${picture}\n${tool}\n`, { rules: open });
    expect(text).toBe(`${picture}\n${tool}\n`);
    expect(count).toEqual({ rows: 2, kept: 2, changed: 0, unusable: 0 });
  });

  it('leaves answers out that are not read, but not those that Retort compares with, and counts them', () => {
    const text = `${inFormat('messages', 'Q', 'A')}\n${inFormat('messages', 'R')}\n`;
    const train = mended('convert', text, { rules: prompts });
    expect(train.text).toBe(`${inFormat('contents', 'Q')}\n${inFormat('contents', 'R')}\n`);
    expect(train.count).toEqual({ rows: 2, kept: 2, changed: 2, unusable: 0, unlabelled: 1 });
    const evaluation = mended('convert', text, { rules: prompts, into: 'evaluationDataset' });
    expect(evaluation.text).toBe(`${inFormat('contents', 'Q', 'A')}\n${inFormat('contents', 'R')}\n`);
    expect(evaluation.count).toEqual({ rows: 2, kept: 2, changed: 2, unusable: 0 });
  });

  it('leaves rows out that lack the answer they need, and counts them', () => {
    const text = `${inFormat('messages', 'Q', 'A')}\n${inFormat('messages', 'R')}\n${inFormat('contents', 'S')}\n`;
    const { text: after, count } = mended('convert', text, { rules: labels });
    expect(after).toBe(`${inFormat('contents', 'Q', 'A')}\n`);
    expect(count).toEqual({ rows: 1, kept: 1, changed: 1, unusable: 2 });
  });

  it('does not let two rows repeat each other that differ in what is not text', () => {
    const picture = (uri: string) => `{"contents": [{"parts": [{"text": "Q"}, {"fileData": {"fileUri": "${uri}"}}]}]}`;
    const { count } = mended('drop-duplicates', [picture('a'), picture('b'), picture('a')].join('\n'), {
      rules: prompts,
    });
    expect(count).toMatchObject({ rows: 3, kept: 2 });
  });
});

describe('An instruction', () => {
  it('stands before what the user says last, in a chat', () => {
    const rows = [
      chat(['system', 'S'], ['user', 'Q'], ['assistant', 'A'], ['user', 'R'], ['assistant', 'B']),
      chat(['user', `${instruction} Q`], ['assistant', 'A']),
    ];
    const { text, count } = mended('add-instruction', rows.join('\n'), { rules: recipeOf('open-model').dataset });
    expect(text.split('\n').slice(0, 2)).toEqual([
      chat(['system', 'S'], ['user', 'Q'], ['assistant', 'A'], ['user', `${instruction} R`], ['assistant', 'B']),
      rows[1],
    ]);
    expect(count).toMatchObject({ rows: 2, changed: 1 });
  });

  it('stands before the text of contents, among parts that are none, and before them where there is no text', () => {
    const row = (...parts: object[]) => JSON.stringify({ contents: [{ parts, note: 1 }], id: 2 });
    const file = { fileData: { fileUri: 'a' } };
    const { text } = mended('add-instruction', `${row(file, { text: 'Q' })}\n${row(file)}\n`, {
      rules: recipeOf('gemini-distillation').dataset,
    });
    expect(text).toBe(`${row(file, { text: `${instruction} Q` })}\n${row({ text: instruction }, file)}\n`);
  });
});
