import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { converter } from '../../src/job/convert.ts';
import { byteReader, leaks, Report, rowsCompared } from '../../src/job/dataset.ts';
import type { DatasetFormat, RecipeId } from '../../src/job/recipe.ts';
import { recipeIds, recipeOf } from '../../src/job/recipe.ts';
import { counts, readRows, words } from './rows.ts';

const instruction = 'Classify the message into one of these classes: [billing, delivery, login]';

/** Rows in which nothing is to be found, in a format. */
function sound(count: number, format: DatasetFormat, from = 0): object[] {
  return Array.from({ length: count }, (_, i) => {
    const output_text = ['billing', 'delivery', 'login'][i % 3];
    const row = { input_text: `${instruction} Message: ${words(i + from, 30)}`, output_text };
    return JSON.parse(converter(format)(JSON.stringify(row))!.text);
  });
}

const rulesOf = (recipe: RecipeId) => recipeOf(recipe).dataset;
const formats = recipeIds.flatMap(recipe => rulesOf(recipe).formats.map(format => [recipe, format] as const));
const chat = (...turns: [string, string][]) => ({ messages: turns.map(([role, content]) => ({ role, content })) });

describe('The X-ray', () => {
  it.each(formats)('of %s finds as much in %s as in the documented fields', (recipe, format) => {
    const rules = rulesOf(recipe);
    const planted = (of: DatasetFormat) => {
      const rows = sound(120, of);
      return [...rows, rows[3]!, ...sound(1, of, 7), ...sound(1, of, 500).map(row => mangled(row)), ...bare(of)];
    };
    const pairs = readRows(planted('input-output'));
    const { report, rows } = readRows(planted(format), rules);
    const expected = counts(pairs.report);
    expect(Object.keys(expected)).toEqual(
      expect.arrayContaining(['has-key', 'other-output', 'repeated-input', 'other-opening', 'without-label']),
    );
    expect(counts(report)).toEqual({
      ...expected,
      ...(rules.labels === 'unread' && { 'output-unread': report.rows }),
    });
    expect(report.balance).toEqual(pairs.report.balance);
    expect(report.shape).toEqual(pairs.report.shape);
    expect(report.format).toBe(format === 'input-output' ? undefined : format);
    expect(report.lengths?.input.all).toBe(pairs.report.lengths?.input.all);
    expect(report.lengths?.output?.all).toBe(pairs.report.lengths?.output?.all);
    expect(leaks(rows, readRows(sound(10, format, 5), rules).rows).exact).toMatchObject({ count: 11 });
    expect(Report.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
  });

  function bare(format: DatasetFormat): object[] {
    const row = { input_text: `Which one? ${words(900, 30)}`, output_text: 'login' };
    return [JSON.parse(converter(format)(JSON.stringify(row))!.text)];
  }

  function mangled(row: object): object {
    return JSON.parse(JSON.stringify(row).replace('Message: ', 'Message: AKIAIOSFODNN7EXAMPLE '));
  }

  it('comes to the same report however bytes are cut and rows are ordered, of every recipe', () => {
    const row = fc.oneof(
      ...formats.map(([, format]) => fc.nat(40).map(i => sound(1, format, i)[0]!)),
      fc.constantFrom<object>({ messages: [] }, { contents: 3 }, { prompt: 'Q' }, chat(['system', 'S'], ['user', ''])),
      fc.constantFrom<object>(chat(['user', 'Q'], ['model', 'A']), { contents: [{ parts: [{ inlineData: {} }] }] }),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...recipeIds),
        fc
          .array(row, { maxLength: 30 })
          .chain(rows => fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length }))),
        fc.integer({ min: 1, max: 300 }),
        (recipe, [rows, others], size) => {
          const bytes = Buffer.from(rows.map(one => `${JSON.stringify(one)}\n`).join(''));
          const reader = byteReader({ rules: rulesOf(recipe) });
          for (let at = 0; at < bytes.length; at += size) reader.take(bytes.subarray(at, at + size));
          const { report } = readRows(rows, rulesOf(recipe));
          expect(reader.report(bytes.length)).toEqual(report);
          expect(counts(readRows(others, rulesOf(recipe)).report)).toEqual(counts(report));
        },
      ),
    );
  });

  it.each(recipeIds)('holds %s to its own limits of length, and to no other', recipe => {
    const rules = rulesOf(recipe);
    const [format] = rules.formats;
    const row = (input: number, output: number) =>
      JSON.parse(
        converter(format)(JSON.stringify({ input_text: 'x'.repeat(input * 4), output_text: 'y'.repeat(output * 4) }))!
          .text,
      );
    const oddities = (input: number, output: number) =>
      Object.keys(counts(readRows([row(input, output)], rules).report)).filter(name => name !== 'output-unread');
    const { input, output, example } = rules.tokens;
    if (input !== undefined) {
      expect(oddities(input, 1)).toEqual([]);
      expect(oddities(input + 1, 1)).toEqual(['input-truncated']);
    }
    if (output !== undefined) {
      expect(oddities(1, output)).toEqual([]);
      expect(oddities(1, output + 1)).toEqual(['output-truncated']);
    }
    if (example !== undefined) {
      expect(oddities(example - 10, 10)).toEqual([]);
      expect(oddities(example - 10, 11)).toEqual(['example-too-long']);
      const { lengths } = readRows([row(example - 10, 11), row(1, 1)], rules).report;
      expect(lengths).toMatchObject({
        input: { over: 0, cut: 0 },
        output: { over: 0, cut: 0 },
        example: { over: 1, cut: 1, longest: example + 1, all: example + 3 },
      });
    } else expect(readRows([row(1, 1)], rules).report.lengths?.example).toBeUndefined();
    if (input === undefined && example === undefined) expect(oddities(200_000, 1)).toEqual([]);
  });

  it('names rows in another of the recipe’s formats than most, and which most are in', () => {
    const rows = [...sound(3, 'contents'), ...sound(20, 'prompt-completion', 100), ...sound(2, 'messages', 200)];
    const { report } = readRows(rows, rulesOf('open-model'));
    expect(report.oddities['mixed-formats']).toEqual({ count: 5, lines: [1, 2, 3, 24, 25] });
    expect(report.format).toBe('prompt-completion');
    expect(report.rows).toBe(25);
  });

  it('knows the format of a file in which every row is broken', () => {
    expect(readRows([{ contents: [] }, { contents: 3 }], rulesOf('open-model')).report.format).toBe('contents');
    expect(readRows([{ title: 3 }], rulesOf('open-model')).report.format).toBe('messages');
    expect(readRows([{ title: 3 }], rulesOf('palm')).report.format).toBeUndefined();
  });

  it('names turns that say nothing, and parts that are not text', () => {
    const picture = { contents: [{ role: 'user', parts: [{ text: 'Q' }, { fileData: { fileUri: 'a' } }] }] };
    const other = { contents: [{ role: 'user', parts: [{ text: 'Q' }, { fileData: { fileUri: 'b' } }] }] };
    const { report } = readRows([picture, other, picture, chat(['system', ''], ['user', 'R'])], rulesOf('open-model'));
    expect(counts(report)).toMatchObject({ 'parts-not-text': 3, 'empty-turn': 1, 'repeated-input': 1 });
    expect(report.oddities['repeated-input']?.lines).toEqual([3]);
    const answered = { contents: [{ parts: [{ text: 'Q' }] }, { role: 'model', parts: [{ functionCall: {} }] }] };
    expect(Object.keys(readRows([answered], rulesOf('gemini-tuning')).report.oddities)).toEqual(['parts-not-text']);
  });

  it('takes the system’s words for an instruction', () => {
    const short = (i: number): [string, string][] => [
      ['user', `${i} ${'abcdefgh'[i % 8]} came ${i * 7} late`],
      ['assistant', i % 2 ? 'yes' : 'no'],
    ];
    const oddities = (instructed: number) =>
      Object.keys(
        readRows(
          Array.from({ length: 20 }, (_, i) =>
            i < instructed ? chat(['system', `Say yes or no, ${i}.`], ...short(i)) : chat(...short(i)),
          ),
          rulesOf('open-model'),
        ).report.oddities,
      );
    expect(oddities(0)).toEqual(['no-instruction']);
    expect(oddities(15)).toEqual(['no-instruction']);
    expect(oddities(16)).toEqual([]);
  });

  it('says so where there are more rows than it compares, unless so many are refused', () => {
    const many = Array.from({ length: rowsCompared + 1 }, () => ({ prompt: 'Q', completion: 'A' }));
    const { report, rows } = readRows(many, rulesOf('open-model'));
    expect(counts(report)).toEqual({ 'not-compared': rowsCompared + 1 });
    expect(rows).toEqual({ all: [], distinct: [] });
    expect(report.lengths?.example).toMatchObject({ longest: 2, all: 2 * report.rows });
  });
});
