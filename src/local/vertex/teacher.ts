import { setImmediate as pause } from 'node:timers/promises';
import { chance, hash, shuffled } from './chance.ts';
import type { Labelled } from './lesson.ts';
import type { Example } from './softmax.ts';
import { learn, probabilities, untrained } from './softmax.ts';
import { place, reader, words } from './words.ts';

/** What the teacher writes for a row: its label and why. */
export type Lecture = { output_text: string; rationale: string };

/** A model that writes labels and rationales for rows that have none. */
export type Teacher = { lecture(prompt: string): Lecture };

const cut = { dims: 1 << 16, grams: 2, parts: true };
const epochs = 30;
const batch = 16;
const rate = 6;

/** Trains the teacher on labelled rows held apart: more features and more passes than a student gets. */
export async function educate(rows: readonly Labelled[]): Promise<Teacher> {
  const classes = [...new Set(rows.map(row => row.output_text.trim()))].sort();
  const read = await reader(
    rows.map(row => row.input_text),
    cut,
  );
  const examples: Example[] = [];
  for (const [i, row] of rows.entries()) {
    examples.push({ ...read(row.input_text), label: classes.indexOf(row.output_text.trim()) });
    if (i % 20 === 0) await pause();
  }
  const model = untrained({ dims: cut.dims, classes: classes.length });
  const random = chance('teacher');
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = shuffled(examples, random);
    for (let i = 0; i < order.length; i += batch) {
      learn(model, order.slice(i, i + batch), { rate });
      if (i % (batch * 8) === 0) await pause();
    }
  }
  return {
    lecture(prompt) {
      const asked = listed(prompt);
      if (classes.length === 0 || !asked.every(name => classes.includes(name))) return byName(prompt, asked);
      const chances = probabilities(model, read(prompt));
      const open = asked.length ? asked : classes;
      const label = open.reduce((a, b) => (chances[classes.indexOf(b)]! > chances[classes.indexOf(a)]! ? b : a));
      return { output_text: label, rationale: because(label, telling(prompt, label)) };
    },
  };

  function telling(prompt: string, label: string): string[] {
    const { at, weight } = read(prompt);
    const own = classes.indexOf(label);
    const pull = (word: string): number => {
      const spot = place(word, cut);
      const w = weight[at.indexOf(spot)] ?? 0;
      const row = model.weights.subarray(spot * classes.length, (spot + 1) * classes.length);
      return w * (row[own]! - row.reduce((a, b) => a + b, 0) / row.length);
    };
    return [...new Set(words(message(prompt)))]
      .map(word => ({ word, pull: pull(word) }))
      .filter(found => found.pull > 0)
      .sort((a, b) => b.pull - a.pull)
      .slice(0, 3)
      .map(found => found.word);
  }
}

/** How an instruction lists its classes, as in "one of the following classes: [business, entertainment]". */
const list = /one of the following [\p{L} ]+:?\s*\[([^\]]+)\]/iu;

/** The classes that an instruction lists. */
export function listed(prompt: string): string[] {
  const found = list.exec(prompt)?.[1] ?? '';
  return found
    .split(',')
    .map(name => name.trim().replace(/^["']|["']$/g, ''))
    .filter(Boolean);
}

/** What a model answers that was taught nothing of this: the class whose name the text mentions, of those that the instruction lists, or a guess. */
export function zeroShot(prompt: string): string {
  return byName(prompt, listed(prompt)).output_text;
}

function byName(prompt: string, classes: readonly string[]): Lecture {
  const said = [...new Set(words(message(prompt)))];
  const matches = classes.map(name => ({ name, by: said.filter(word => words(name).some(part => kin(word, part))) }));
  const best = matches.reduce((a, b) => (b.by.length > a.by.length ? b : a), { name: '', by: [] as string[] });
  if (best.by.length) return { output_text: best.name, rationale: because(best.name, best.by) };
  const guess = classes[hash(prompt) % Math.max(classes.length, 1)] ?? 'unknown';
  return { output_text: guess, rationale: `Nothing in the text names a class; "${guess}" is a guess.` };
}

function because(label: string, by: readonly string[]): string {
  if (by.length === 0) return `No single word decides; taken together they point to "${label}".`;
  return `${by.map(word => `"${word}"`).join(', ')} ${by.length > 1 ? 'point' : 'points'} to "${label}".`;
}

function kin(a: string, b: string): boolean {
  return a === b || (a.length > 3 && b.length > 3 && a.slice(0, 4) === b.slice(0, 4));
}

function message(prompt: string): string {
  const found = list.exec(prompt);
  return found ? prompt.slice(found.index + found[0].length).replace(/^\s*\p{L}+:/u, '') : prompt;
}
