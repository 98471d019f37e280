import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Labelled } from '../../src/local/vertex/lesson.ts';
import { lesson } from '../../src/local/vertex/lesson.ts';
import type { Tuned } from '../../src/local/vertex/student.ts';
import { tuning } from '../../src/local/vertex/student.ts';
import { educate } from '../../src/local/vertex/teacher.ts';

const fruit = ['sweet', 'ripe', 'juicy', 'orchard', 'peel'];
const tools = ['steel', 'handle', 'drill', 'rusty', 'workshop'];

test('the same rows and the same seed train the same student, another seed another', async () => {
  const { model } = await trained('a');
  expect((await trained('a')).model.weights).toEqual(model.weights);
  expect((await trained('b')).model.weights).not.toEqual(model.weights);
});

test('a student learns to tell texts apart that it has not seen', async () => {
  const { model, lesson: taught } = await trained('a');
  expect(taught.answer(model, about('a ripe and juicy one, peel and all'))).toBe('fruit');
  expect(taught.answer(model, about('rusty steel in the workshop'))).toBe('tool');
});

test('a student of free text says words that it was taught', async () => {
  const rows = Array.from({ length: 250 }, (_, i) => ({
    input_text: `case ${i}`,
    output_text: `the case is number ${i}`,
  }));
  const { model, lesson: taught } = await trained('a', rows);
  expect(taught.kind).toBe('text');
  expect(taught.answer(model, 'case 7')).toMatch(/^the case is number/);
});

test('the teacher is better on rows it has not seen than a student of fewer rows', async () => {
  const rows = sample('eval');
  const teacher = await educate(sample('teacher'));
  const taught = await trained('a', sample('train').slice(0, 60));
  const share = (answer: (prompt: string) => string) =>
    rows.filter(row => answer(row.input_text) === row.output_text).length / rows.length;
  const theirs = share(prompt => teacher.lecture(prompt).output_text);
  expect(theirs).toBeGreaterThan(0.7);
  expect(theirs).toBeGreaterThan(share(prompt => taught.lesson.answer(taught.model, prompt)));
});

test('the teacher picks among the classes that the instruction lists', async () => {
  const teacher = await educate(rowsOf(fruit, tools));
  const text = 'Sort the following text into one of the following classes: [tool] Text: sweet and ripe';
  expect(teacher.lecture(text).output_text).toBe('tool');
});

test('the teacher looks for class names in a field it does not know', async () => {
  const teacher = await educate(rowsOf(fruit, tools));
  const ask = (text: string) =>
    teacher.lecture(`Sort this into one of the following genres: [comedy, tragedy, western] Text: ${text}`);
  expect(ask('A comedian inherits a shop.')).toEqual({
    output_text: 'comedy',
    rationale: '"comedian" points to "comedy".',
  });
  const guess = ask('Two people wait for a train.');
  expect(['comedy', 'tragedy', 'western']).toContain(guess.output_text);
  expect(guess.rationale).toContain('guess');
});

async function trained(seed: string, rows = rowsOf(fruit, tools)): Promise<Tuned> {
  const work = tuning({
    lesson: await lesson(rows),
    rows,
    evaluation: [],
    steps: 100,
    batch: 8,
    learningRateMultiplier: 1,
    interval: 20,
    earlyStopping: true,
    checkpoint: 'last',
    seed,
  });
  let next = work.next();
  while (!next.done) next = work.next();
  return next.value;
}

function rowsOf(a: readonly string[], b: readonly string[]): Labelled[] {
  return [a, b].flatMap((list, kind) =>
    list.flatMap(x =>
      list.map(y => ({ input_text: about(`it was ${x} and ${y} then`), output_text: kind === 0 ? 'fruit' : 'tool' })),
    ),
  );
}

function about(text: string): string {
  return `Sort the following text into one of the following classes: [fruit, tool] Text: ${text}`;
}

function sample(name: string): Labelled[] {
  return readFileSync(new URL(`../../src/local/samples/${name}.jsonl`, import.meta.url), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as Labelled);
}
