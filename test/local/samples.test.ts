import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { intents, prompt } from '../../src/local/samples/prompt.ts';
import { written } from '../../src/local/samples/write.ts';

type Row = { input_text: string; output_text: string };
type Case = { message: string; label: string };

const folder = new URL('../../src/local/samples/', import.meta.url);
const specialties = ['Cardiology', 'Gastroenterology', 'Neurology', 'Orthopedics', 'Radiology', 'Urology'];
const transcription = `Classify the following medical transcription into one of the following specialties: [${specialties.join(', ')}] Transcription: `;

const labelledFiles = [
  { name: 'train.jsonl', least: 360, most: 10_000, instruction: prompt(''), classes: [...intents] },
  { name: 'eval.jsonl', least: 60, most: 60, instruction: prompt(''), classes: [...intents] },
  { name: 'teacher.jsonl', least: 500, most: 10_000, instruction: prompt(''), classes: [...intents] },
  { name: 'peft-train.jsonl', least: 120, most: 120, instruction: transcription, classes: specialties },
  { name: 'peft-eval.jsonl', least: 24, most: 24, instruction: transcription, classes: specialties },
];

describe.each(labelledFiles)('$name', ({ name, least, most, instruction, classes }) => {
  const rows = read(name) as Row[];

  test('has as many rows as its task needs', () => {
    expect(rows.length).toBeGreaterThanOrEqual(least);
    expect(rows.length).toBeLessThanOrEqual(most);
  });

  test('has a prompt and a label in every row, and nothing else', () => {
    for (const row of rows) expect(Object.keys(row)).toEqual(['input_text', 'output_text']);
  });

  test('has the instruction and then a message in every prompt', () => {
    for (const { input_text } of rows) {
      expect(input_text.slice(0, instruction.length)).toBe(instruction);
      const message = input_text.slice(instruction.length);
      expect(message.length).toBeGreaterThan(10);
      expect(message).toBe(message.trim());
    }
  });

  test('has labels that the instruction names, each about equally often', () => {
    const counts = classes.map(one => rows.filter(row => row.output_text === one).length);
    expect(counts.reduce((a, b) => a + b)).toBe(rows.length);
    expect(Math.max(...counts)).toBeLessThanOrEqual(Math.min(...counts) * 1.1);
  });

  test('has each class equally often in its first rows', () => {
    const first = rows.slice(0, classes.length * 4);
    for (const one of classes) expect(first.filter(row => row.output_text === one).length).toBe(4);
  });

  test('never has the same prompt twice', () => {
    expect(new Set(rows.map(row => row.input_text)).size).toBe(rows.length);
  });
});

describe('unlabelled.jsonl', () => {
  const rows = read('unlabelled.jsonl');

  test('has at least 1,050 different prompts, with the instruction and without a label', () => {
    expect(new Set(rows.map(row => row.input_text)).size).toBe(rows.length);
    expect(rows.length).toBeGreaterThanOrEqual(1050);
    for (const row of rows) {
      expect(Object.keys(row)).toEqual(['input_text']);
      expect(row.input_text?.slice(0, prompt('').length)).toBe(prompt(''));
    }
  });

  test('has its labels in hidden-labels.jsonl, line for line', () => {
    const hidden = read('hidden-labels.jsonl');
    for (const row of hidden) expect(Object.keys(row)).toEqual(['output_text']);
    expect(hidden.length).toBe(rows.length);
    const cases = rows.map((row, at) => ({
      message: messageOf(row.input_text!),
      label: hidden[at]!.output_text!,
    }));
    expect(accuracy({ from: casesOf('teacher.jsonl'), on: cases })).toBeGreaterThan(0.7);
  });
});

test.each([...labelledFiles.map(file => file.name), 'unlabelled.jsonl', 'hidden-labels.jsonl'])(
  '%s is UTF-8 without a byte order mark, and every line of it ends in a newline alone',
  name => {
    const bytes = readFileSync(new URL(name, folder));
    const content = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    expect(content.startsWith('\uFEFF')).toBe(false);
    expect(content.includes('\r')).toBe(false);
    expect(content.endsWith('}\n')).toBe(true);
  },
);

test('No prompt is in two files', () => {
  const files = [...labelledFiles.map(file => file.name), 'unlabelled.jsonl'];
  const all = files.flatMap(name => read(name).map(row => simplified(row.input_text!)));
  const perFile = files.map(name => new Set(read(name).map(row => simplified(row.input_text!))).size);
  expect(new Set(all).size).toBe(perFile.reduce((a, b) => a + b));
});

test('Nothing close to a row of eval.jsonl is in another file', () => {
  const evaluated = casesOf('eval.jsonl').map(one => one.message);
  const others = ['train.jsonl', 'teacher.jsonl', 'unlabelled.jsonl'].flatMap(name =>
    read(name).map(row => messageOf(row.input_text!)),
  );
  expect(closest(evaluated, { others: [...others, ...situations()] }).likeness).toBeLessThan(0.55);
  const changed = evaluated[0]!.replace(/\w+$/, 'indeed');
  expect(closest([changed], { others: evaluated }).likeness).toBeGreaterThan(0.55);
});

test('No situation is given to both the teacher and the unlabelled rows', () => {
  const all = situations();
  expect(new Set(all.map(simplified)).size).toBe(all.length);
});

test('Each class has at least 60 situations', () => {
  for (const intent of intents) {
    const count = ['teacher', 'unlabelled'].flatMap(kind => situationsIn(`situations/${kind}/${intent}.txt`)).length;
    expect(count).toBeGreaterThanOrEqual(60);
  }
});

test('Words alone tell most of the classes in eval.jsonl, and not all', () => {
  for (const from of [casesOf('train.jsonl'), casesOf('teacher.jsonl')]) {
    const share = accuracy({ from, on: casesOf('eval.jsonl') });
    expect(share).toBeGreaterThan(0.7);
    expect(share).toBeLessThan(0.97);
  }
});

test('written() gives the files that stand in the folder', () => {
  for (const [name, content] of Object.entries(written())) {
    expect(content === readFileSync(new URL(name, folder), 'utf8'), name).toBe(true);
  }
});

test('broken.jsonl has the faults that broken.json lists, on those lines and on no others', () => {
  const content = readFileSync(new URL('broken.jsonl', folder), 'utf8');
  const listed = JSON.parse(readFileSync(new URL('broken.json', folder), 'utf8')) as { line: number; fault: string }[];
  const lines = content.split('\n');
  const found = lines
    .map((line, at) => ({ line: at + 1, fault: faultOf(line, { at, lines }) }))
    .filter(one => one.fault !== undefined);
  expect(content.startsWith('\uFEFF')).toBe(false);
  expect(lines.length).toBe(120);
  expect(found).toEqual(listed.map(({ line, fault }) => ({ line, fault })));
  expect(listed).toContainEqual(expect.objectContaining({ fault: 'duplicate', line: 92, of: 15 }));
  expect(lines[91]).toBe(lines[14]);
});

function faultOf(line: string, { at, lines }: { at: number; lines: readonly string[] }): string | undefined {
  if (line === '') return 'blank';
  if (line.endsWith('\r')) return 'carriage-return';
  if (lines.indexOf(line) < at) return 'duplicate';
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return at === lines.length - 1 ? 'cut-at-end' : 'cut-in-string';
  }
  if (Array.isArray(value)) return 'list';
  const { input_text: input, output_text: output, ...rest } = value as Record<string, unknown>;
  if (Object.keys(rest).length > 0) return 'unknown-field';
  if (input === undefined) return 'input-missing';
  if (input === '') return 'input-empty';
  if (typeof input === 'number') return 'input-number';
  return typeof output === 'number' ? 'output-number' : undefined;
}

function read(name: string): Partial<Row>[] {
  const content = readFileSync(new URL(name, folder), 'utf8');
  return content
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Partial<Row>);
}

function casesOf(name: string): Case[] {
  return (read(name) as Row[]).map(row => ({ message: messageOf(row.input_text), label: row.output_text }));
}

function messageOf(input: string): string {
  return input.slice(prompt('').length);
}

function situations(): string[] {
  return ['teacher', 'unlabelled'].flatMap(kind =>
    readdirSync(new URL(`situations/${kind}/`, folder)).flatMap(name => situationsIn(`situations/${kind}/${name}`)),
  );
}

function situationsIn(name: string): string[] {
  return readFileSync(new URL(name, folder), 'utf8').trimEnd().split('\n');
}

function wordsOf(message: string): Set<string> {
  return new Set(message.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []);
}

function simplified(message: string): string {
  return (message.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).join(' ');
}

/** The pair with the largest share of words in common. */
function closest(messages: readonly string[], { others }: { others: readonly string[] }) {
  const bags = others.map(other => ({ other, words: wordsOf(other) }));
  let best = { message: '', other: '', likeness: 0 };
  for (const message of messages) {
    const words = wordsOf(message);
    for (const bag of bags) {
      const common = [...words].filter(word => bag.words.has(word)).length;
      const likeness = common / (words.size + bag.words.size - common);
      if (likeness > best.likeness) best = { message, other: bag.other, likeness };
    }
  }
  return best;
}

/** The share of cases that naive Bayes over words gets right. */
function accuracy({ from, on }: { from: readonly Case[]; on: readonly Case[] }): number {
  const classes = intents.map(label => {
    const bags = from.filter(one => one.label === label).map(one => wordsOf(one.message));
    const counts = new Map<string, number>();
    for (const bag of bags) for (const word of bag) counts.set(word, (counts.get(word) ?? 0) + 1);
    return { label, counts, size: bags.length };
  });
  const right = on.filter(({ message, label }) => {
    const words = [...wordsOf(message)].filter(word => classes.some(one => one.counts.has(word)));
    const scored = classes.map(({ label: guess, counts, size }) => ({
      guess,
      score: words.reduce((sum, word) => sum + Math.log(((counts.get(word) ?? 0) + 0.5) / (size + 1)), Math.log(size)),
    }));
    return scored.reduce((a, b) => (b.score > a.score ? b : a)).guess === label;
  });
  return right.length / on.length;
}
