import { setImmediate as pause } from 'node:timers/promises';
import { hash } from './chance.ts';
import type { Example } from './softmax.ts';

/** How a text is taken apart: the size of the hashed vocabulary, the longest run of words kept together, and whether parts of words count. */
export type Cut = { dims: number; grams: number; parts?: boolean };

/** Turns a text into features, weighted by how rare they were in the texts it was made from. */
export type Reader = (text: string) => Omit<Example, 'label'>;

/** The feature that every text has, which learns how frequent the classes are. */
const always = { at: 0, weight: 0.3 };

/** Splits a text into lower-case words; what exceeds the limit of tokens is cut off, as the service does. */
export function words(text: string, { limit = 7168 } = {}): string[] {
  return (text.toLowerCase().match(/[\p{L}\p{N}][\p{L}\p{N}'’]*/gu) ?? []).slice(0, limit);
}

/** Makes a reader whose weights come from the given texts: what stands in all of them, such as the instruction, weighs next to nothing, and what stands in fewer than two weighs nothing. */
export async function reader(texts: readonly string[], cut: Cut): Promise<Reader> {
  const frequency = new Float32Array(cut.dims);
  for (const [i, text] of texts.entries()) {
    for (const at of places(text, cut)) frequency[at]! += 1;
    if (i % 20 === 0) await pause();
  }
  return text => {
    const present = places(text, cut);
    const at = new Uint32Array(present.length + 1);
    const weight = new Float32Array(present.length + 1);
    let square = 0;
    for (const [i, place] of present.entries()) {
      at[i + 1] = place;
      const seen = frequency[place]!;
      weight[i + 1] = seen < 2 ? 0 : Math.log((texts.length + 1) / seen);
      square += weight[i + 1]! ** 2;
    }
    const length = Math.sqrt(square) || 1;
    for (let i = 1; i < weight.length; i++) weight[i]! /= length;
    at[0] = always.at;
    weight[0] = always.weight;
    return { at, weight };
  };
}

/** The place of one feature in a hashed vocabulary. */
export function place(feature: string, { dims }: Pick<Cut, 'dims'>): number {
  return 1 + (hash(feature) % (dims - 1));
}

function places(text: string, cut: Cut): number[] {
  const found = new Set<number>();
  const all = words(text);
  for (let i = 0; i < all.length; i++) {
    let run = '';
    for (let n = 0; n < cut.grams && i + n < all.length; n++) {
      run = n ? `${run} ${all[i + n]}` : all[i]!;
      found.add(place(run, cut));
    }
    if (!cut.parts) continue;
    const word = ` ${all[i]} `;
    for (let start = 0; start + 4 <= word.length; start++) found.add(place(`~${word.slice(start, start + 4)}`, cut));
  }
  return [...found].sort((a, b) => a - b);
}
