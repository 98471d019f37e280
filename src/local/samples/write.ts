import { readFileSync, writeFileSync } from 'node:fs';
import { type Fault, faults } from './faults.ts';
import { type Intent, intents, prompt } from './prompt.ts';
import { asides, closers, openers, slips, slots, topics } from './wording.ts';

/** A support message and what it is about. */
export type Labelled = { intent: Intent; message: string };

/** Every file that is put together from parts, by name, with its whole content; the same on every call. */
export function written(): Record<string, string> {
  const taken = new Set<string>();
  const teacher = mixed(labelled('teacher', { each: 1, seed: 1, taken }), { seed: 2 });
  const unlabelled = mixed(labelled('unlabelled', { each: 4, seed: 3, taken }), { seed: 4 });
  const train = readFileSync(new URL('train.jsonl', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');
  return {
    'teacher.jsonl': lines(teacher.map(row)),
    'unlabelled.jsonl': lines(unlabelled.map(({ message }) => ({ input_text: prompt(message) }))),
    'hidden-labels.jsonl': lines(unlabelled.map(({ intent }) => ({ output_text: intent }))),
    'broken.jsonl': broken(train),
    'broken.json': `${JSON.stringify(faults.map(listed), null, 2)}\n`,
  };
}

/** The rows of all classes in rounds, one of each class to a round, so that every stretch of them is balanced. */
export function mixed(rows: readonly Labelled[], { seed }: { seed: number }): Labelled[] {
  const random = generator(seed);
  const piles = intents.map(intent =>
    shuffled(
      rows.filter(one => one.intent === intent),
      { random },
    ),
  );
  const rounds = Math.max(...piles.map(pile => pile.length));
  return Array.from({ length: rounds }, (_, round) =>
    shuffled(
      piles.flatMap(pile => pile.slice(round, round + 1)),
      { random },
    ),
  ).flat();
}

/** A message and its class as a line of a labelled dataset has them. */
export function row({ intent, message }: Labelled): { input_text: string; output_text: Intent } {
  return { input_text: prompt(message), output_text: intent };
}

/** Values as JSON Lines. */
export function lines(values: readonly unknown[]): string {
  return values.map(value => `${JSON.stringify(value)}\n`).join('');
}

function labelled(
  folder: 'teacher' | 'unlabelled',
  { each, seed, taken }: { each: number; seed: number; taken: Set<string> },
): Labelled[] {
  const random = generator(seed);
  return intents.flatMap(intent =>
    situations(folder, { intent }).flatMap(situation =>
      Array.from({ length: each }, () => {
        let message = worded(situation, { intent, random });
        while (taken.has(message)) message = worded(situation, { intent, random });
        taken.add(message);
        return { intent, message };
      }),
    ),
  );
}

function situations(folder: string, { intent }: { intent: Intent }): string[] {
  const file = new URL(`situations/${folder}/${intent}.txt`, import.meta.url);
  return readFileSync(file, 'utf8').trimEnd().split('\n');
}

function worded(situation: string, { intent, random }: { intent: Intent; random: () => number }): string {
  const others = intents.filter(other => other !== intent);
  const opener = random() < 0.4 ? pick(openers, { random }) : '';
  const aside = random() < 0.12 ? pick(asides, { random }).replace('{other}', topics[pick(others, { random })]) : '';
  const closer = random() < 0.4 ? pick(closers, { random }) : '';
  const body = [filled(situation, { random }), aside, closer].filter(part => part !== '').join(' ');
  const gap = opener === '' ? '' : opener.endsWith(',') ? '\n' : ' ';
  return typed(`${opener}${gap}${body}`, { random });
}

function filled(situation: string, { random }: { random: () => number }): string {
  const chosen = new Map<string, string>();
  return situation.replace(/\{(\w+)\}/g, (_, name: string) => {
    const words = slots[name];
    if (!words) throw new Error(`Cannot fill situation "${situation}": there is no slot "${name}"`);
    const word = chosen.get(name) ?? pick(words, { random });
    chosen.set(name, word);
    return word;
  });
}

function typed(message: string, { random }: { random: () => number }): string {
  const mood = random();
  if (mood < 0.12) return message.toLowerCase().replace(/\.$/, '');
  if (mood > 0.24) return message;
  const slip = shuffled(slips, { random }).find(([meant]) => new RegExp(`\\b${meant}\\b`).test(message));
  return slip ? message.replace(new RegExp(`\\b${slip[0]}\\b`), slip[1]) : message;
}

function broken(train: readonly string[]): string {
  const last = faults.at(-1)!.line;
  return train
    .slice(0, last)
    .map((line, at) => {
      const fault = faults.find(one => one.line === at + 1);
      if (!fault) return line;
      const source = fault.of ? train[fault.of - 1]! : line;
      return fault.plant(JSON.parse(source), source);
    })
    .join('\n');
}

function listed({ line, fault, detail, of }: Fault): Omit<Fault, 'plant'> {
  return of ? { line, fault, detail, of } : { line, fault, detail };
}

function pick<T>(from: readonly T[], { random }: { random: () => number }): T {
  return from[Math.floor(random() * from.length)]!;
}

function shuffled<T>(from: readonly T[], { random }: { random: () => number }): T[] {
  return from
    .map(one => ({ one, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);
}

/** Mulberry32, a generator of 32 bits of state: the same numbers for the same seed on every machine. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

if (import.meta.main) {
  for (const [name, content] of Object.entries(written())) writeFileSync(new URL(name, import.meta.url), content);
}
