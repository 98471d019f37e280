import type { Of } from './message.ts';
import { list, message, oneOf, string } from './message.ts';

const parts = list(message({ text: string }));
/** What is told to a Gemini model before anybody speaks, and what is said by turns: only texts, here (google/cloud/aiplatform/v1/content.proto). */
export const instruction = message({ role: string, parts });
export const contents = list(message({ role: oneOf('Role', ['user', 'model']), parts }));

/** A conversation: all that is said before the last answer, that answer, where there is one, and what its user says. */
export type Turns = { input: string; output?: string; asked: string[] };

type Said = { who: 'system' | 'user' | 'model'; text: string };

/** Takes a conversation apart; undefined, where user and model do not take turns, the user first, or where somebody says nothing. */
export function turns(said: readonly Said[]): Turns | undefined {
  const spoken = said.filter(({ who }) => who !== 'system');
  const inTurn = spoken.length > 0 && spoken.every(({ who }, i) => who === (i % 2 ? 'model' : 'user'));
  if (!inTurn || said.some(({ text }) => !text.trim())) return undefined;
  const last = said.at(-1)!;
  const answered = last.who === 'model';
  return {
    input: (answered ? said.slice(0, -1) : said).map(({ text }) => text).join('\n'),
    ...(answered && { output: last.text }),
    asked: spoken.filter(({ who }) => who === 'user').map(({ text }) => text),
  };
}

/** What is said in a conversation with a Gemini model. */
export function said({
  systemInstruction,
  contents: all = [],
}: {
  systemInstruction?: Of<typeof instruction>;
  contents?: Of<typeof contents>;
}): Said[] {
  const textOf = (from: { parts?: { text?: string }[] }) => (from.parts ?? []).map(({ text = '' }) => text).join('');
  return [
    ...(systemInstruction ? [{ who: 'system' as const, text: textOf(systemInstruction) }] : []),
    ...all.map(one => ({ who: one.role ?? ('user' as const), text: textOf(one) })),
  ];
}
