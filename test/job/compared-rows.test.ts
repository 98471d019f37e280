import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leaks, linesKept, Report, reader } from '../../src/job/dataset.ts';
import { lineSplitter } from '../../src/job/lines.ts';
import { counts, type Row, readRows, words } from './rows.ts';

const classes = ['billing', 'delivery', 'login'];
const instruction = 'Classify the message into one of these classes: [billing, delivery, login]';

/** Rows in which nothing is to be found: one instruction, three outputs, texts of their own. */
function sound(count: number): Row[] {
  return Array.from({ length: count }, (_, i) => ({
    input_text: `${instruction} Message: ${words(i, 30)}`,
    output_text: classes[i % 3]!,
  }));
}

function changed(rows: readonly Row[], at: Record<number, (row: Row) => Row>): Row[] {
  return rows.map((row, i) => at[i + 1]?.(row) ?? row);
}

const same = (line: number) => (rows: readonly Row[]) => rows[line - 1]!;
const text = (change: (text: string) => string) => (row: Row) => ({ ...row, input_text: change(row.input_text) });

describe('What all rows show together', () => {
  it('is nothing where nothing was planted', () => {
    const { report } = readRows(sound(300));
    expect(counts(report)).toEqual({});
    expect(report.balance).toEqual({ distinct: 3, counts: [100, 100, 100] });
    expect(report.shape).toEqual({ labels: ['classes', 'Message'], opening: true, closing: false });
  });

  it.each<[string, (rows: Row[]) => Row[], Record<string, { count: number; lines: number[] }>]>([
    [
      'rows said twice and three times',
      rows => changed(rows, { 50: () => same(3)(rows), 90: () => same(3)(rows), 99: () => same(8)(rows) }),
      { 'repeated-input': { count: 3, lines: [50, 90, 99] } },
    ],
    [
      'an input with another output',
      rows => changed(rows, { 60: () => ({ ...same(3)(rows), output_text: 'billing' }) }),
      { 'other-output': { count: 1, lines: [60] } },
    ],
    [
      'a row with a word changed, one in capitals, one with other punctuation',
      rows =>
        changed(rows, {
          20: () => text(it => it.replace(/w\d+$/, 'another'))(same(2)(rows)),
          31: () => text(it => it.replace(/Message: (.*)/, (_, own) => `Message: ${own.toUpperCase()}`))(same(4)(rows)),
          45: () => text(it => `${it}!`)(same(6)(rows)),
        }),
      { 'near-repeated': { count: 3, lines: [20, 31, 45] } },
    ],
    [
      'rows without the label that the others have',
      rows =>
        changed(rows, { 7: text(it => it.replace('Message: ', '')), 8: text(it => it.replace('Message:', 'Text:')) }),
      { 'without-label': { count: 2, lines: [7, 8] } },
    ],
    [
      'rows that do not begin as the others do',
      rows => changed(rows, { 12: text(it => `Please. ${it}`) }),
      { 'other-opening': { count: 1, lines: [12] } },
    ],
    [
      'an output that stands alone, and one with three rows',
      rows =>
        changed(rows, {
          5: row => ({ ...row, output_text: 'biling' }),
          6: row => ({ ...row, output_text: 'other' }),
          7: row => ({ ...row, output_text: 'other' }),
          80: row => ({ ...row, output_text: 'other' }),
        }),
      { 'lone-output': { count: 1, lines: [5] }, 'rare-output': { count: 3, lines: [6, 7, 80] } },
    ],
  ])('names %s', (_, plant, found) => {
    const { report } = readRows(plant(sound(120)));
    expect(report.faults).toEqual({});
    expect(report.oddities).toEqual(found);
  });

  it('names rows whose parts stand in another order', () => {
    const rows = Array.from({ length: 40 }, (_, i) => ({
      input_text: [`question: ${words(i, 20)}`, `context: ${words(i + 500, 20)}`]
        .toSorted(() => (i === 9 ? 1 : 0))
        .join('\n'),
    }));
    const [question, context] = rows[9]!.input_text.split('\n');
    rows[9] = { input_text: `${context}\n${question}` };
    const { report } = readRows(rows);
    expect(report.oddities).toEqual({ 'other-order': { count: 1, lines: [10] } });
    expect(report.shape?.labels).toEqual(['question', 'context']);
  });

  it('names short inputs that share no instruction, and few outputs', () => {
    const bare = sound(120).map(({ output_text }, i) => ({ input_text: words(i, 8), output_text: output_text! }));
    expect(counts(readRows(bare).report)).toEqual({ 'no-instruction': 120 });
    const own = bare.map(({ input_text }, i) => ({ input_text, output_text: `Answer ${i}` }));
    expect(counts(readRows(own).report)).toEqual({});
  });

  it('names a dataset that has one output alone', () => {
    expect(counts(readRows(sound(30).map(row => ({ ...row, output_text: 'login' }))).report)).toEqual({
      'one-output': 30,
    });
  });

  it('takes an instruction that rows share for no likeness, however short their own text', () => {
    const rows = Array.from({ length: 200 }, (_, i) => ({ input_text: `${words(0, 200)} Text: ${words(i + 1, 12)}` }));
    expect(counts(readRows(rows).report)).toEqual({});
  });

  it('finds no text near that shares three fifths, and every one that shares nine tenths', () => {
    const base = sound(100);
    const half = base.slice(0, 50).map(text(it => it.replace(/( w\d+){8}$/, ` ${words(it.length * 31 + 7, 8)}`)));
    expect(counts(readRows([...base, ...half]).report)).toEqual({});
    const most = base.slice(0, 50).map(text(it => it.replace(/ w\d+$/, ' end')));
    expect(counts(readRows([...base, ...most]).report)).toEqual({ 'near-repeated': 50 });
  });

  it.each([
    ['Chinese', 0x4e00, 0x9fff],
    ['Japanese', 0x3041, 0x30fa],
    ['Thai', 0x0e01, 0x0e2e],
    ['Khmer', 0x1780, 0x17a2],
  ])('compares %s, which has no spaces, by its characters', (_, from, to) => {
    const written = (seed: number) => {
      let state = seed + 1;
      return Array.from({ length: 120 }, () => {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        return String.fromCharCode(from + ((state >>> 8) % (to - from)));
      }).join('');
    };
    const base = Array.from({ length: 100 }, (_, i) => ({ input_text: `${written(i)}。` }));
    const other = String.fromCharCode(to);
    const withOther = (places: number[]) =>
      base.slice(0, 40).map(text(it => [...it].map((one, i) => (places.includes(i) ? other : one)).join('')));
    expect(counts(readRows([...base, ...withOther([60])]).report)).toEqual({ 'near-repeated': 40 });
    expect(counts(readRows([...base, ...withOther([10, 25, 40, 55, 70, 85, 100])]).report)).toEqual({});
    const signs = base.slice(0, 40).map(text(it => `${it.slice(0, 50)}、${it.slice(50)}！`));
    expect(counts(readRows([...base, ...signs]).report)).toEqual({ 'near-repeated': 40 });
  });

  it('takes capitals for small letters in every writing', () => {
    const base = Array.from({ length: 30 }, (_, i) => ({ input_text: words(i, 30).replaceAll('w', 'ёлка') }));
    const capitals = base.slice(0, 9).map(text(it => it.toUpperCase()));
    expect(counts(readRows([...base, ...capitals]).report)).toEqual({ 'near-repeated': 9 });
  });

  it('says how long texts are, how many are cut, and by how much', () => {
    const rows = [10, 20, 30, 40, 8000].map((tokens, i) => ({
      input_text: `${i}`.repeat(tokens * 4),
      output_text: `${i}`.repeat(4 * (i === 1 ? 1030 : 1)),
    }));
    const { report } = readRows(rows);
    expect(report.lengths?.input).toMatchObject({ half: 30, most: 8000, longest: 8000, over: 1, cut: 832, all: 8100 });
    expect(report.lengths?.output).toMatchObject({ half: 1, longest: 1030, over: 1, cut: 6 });
    expect(counts(report)).toMatchObject({ 'input-truncated': 1, 'output-truncated': 1 });
  });

  it('holds no text of a row but labels that most rows have', () => {
    const rows = sound(60);
    rows[4] = { input_text: `${rows[4]!.input_text} secretly: jane.doe@example.com`, output_text: 'confidential' };
    const { report } = readRows(rows);
    expect(JSON.stringify(report)).not.toMatch(/jane|confidential|secretly|w\d/);
    expect(Report.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
  });

  it('stays small however much is found', () => {
    const rows = Array.from({ length: 10_000 }, (_, i) => ({
      input_text: `a@b.de ${i % 7}`,
      output_text: `${i % 100}`,
    }));
    const { report } = readRows(rows);
    expect(report.oddities['other-output']!.lines).toHaveLength(linesKept);
    expect(JSON.stringify(report).length).toBeLessThan(6000);
  });
});

describe('A dataset far beyond the limit', () => {
  it('is counted and measured, and its rows are not compared', () => {
    const { report, rows } = readRows(Array.from({ length: 20_001 }, (_, i) => ({ input_text: `a@b.de ${i % 7}` })));
    expect(report.rows).toBe(20_001);
    expect(counts(report)).toEqual({ 'has-email': 20_001 });
    expect(report.lengths?.input).toMatchObject({ half: 2, longest: 2, all: 40_002 });
    expect(rows).toEqual({ all: [], distinct: [] });
  });
});

describe('leaks()', () => {
  it('finds the rows that stand in the evaluation dataset, exactly and nearly', () => {
    const rows = sound(150);
    const evaluation = changed(rows.slice(100, 120), { 3: text(it => it.replace(/w\d+$/, 'end')) });
    const { exact, near } = leaks(readRows([...rows, rows[100]!]).rows, readRows(evaluation).rows);
    expect(exact).toMatchObject({
      count: 20,
      lines: [101, 102, ...Array.from({ length: 17 }, (_, i) => 104 + i), 151],
    });
    expect(near).toEqual({ count: 1, lines: [103] });
  });

  it('finds none where there are none', () => {
    const rows = sound(150);
    expect(leaks(readRows(rows.slice(0, 120)).rows, readRows(rows.slice(120)).rows)).toEqual({});
  });
});

describe('The report', () => {
  const row = fc.oneof(
    fc.record({
      input_text: fc.oneof(
        fc.constantFrom('question: a\ncontext: b', 'context: b question: a', 'Say a b c d', 'Say a b c e', 'a@b.de'),
        fc.integer({ min: 0, max: 6 }).map(seed => words(seed, 12)),
        fc.string({ unit: 'binary' }).filter(it => it.trim() !== ''),
      ),
      output_text: fc.option(fc.constantFrom('x', 'y', ''), { nil: undefined }),
    }),
    fc.constantFrom({ prompt: 'a' }, { messages: [{ role: 'user', content: 'a' }] }, 3, null, { input_text: 1 }),
  );

  it('counts the same in whatever order rows stand', () => {
    fc.assert(
      fc.property(
        fc
          .array(row, { maxLength: 60 })
          .chain(rows => fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length }))),
        ([rows, shuffled]) => {
          const [one, two] = [rows, shuffled].map(those => readRows(those as Row[]).report);
          expect(counts(two!)).toEqual(counts(one!));
          expect({ ...two, faults: 0, oddities: 0, meant: 0 }).toEqual({ ...one, faults: 0, oddities: 0, meant: 0 });
        },
      ),
    );
  });

  it('is the same however the bytes were cut', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 30 }), fc.integer({ min: 1, max: 50 }), (rows, size) => {
        const bytes = Buffer.from(rows.map(it => `${JSON.stringify(it)}\n`).join(''));
        const splitter = lineSplitter();
        const dataset = reader();
        for (let at = 0; at < bytes.length; at += size)
          for (const line of splitter.push(bytes.subarray(at, at + size))) dataset.take(line);
        expect(dataset.report(bytes.length)).toEqual(readRows(rows as Row[]).report);
      }),
    );
  });
});
