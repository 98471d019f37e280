import type { Format } from './format.ts';
import { answerOf } from './format.ts';
import type { DatasetFormat } from './recipe.ts';

/** What one turn says. `other`: neither of the two says it, but a tool, say. */
export interface Turn {
  by: 'user' | 'model' | 'other';
  text: string;
}

/** What a row says, whatever format it is in: what stands before it all, and turns in order. */
export interface Conversation {
  system?: string | undefined;
  turns: readonly Turn[];
}

/** What a row in a known format says; undefined where it holds something else than text, or no prompt. Read leniently: roles may be those of another format, and texts may be in parts. */
export function conversationOf(row: Row, format: Format): Conversation | undefined {
  const said = readers[format](row);
  return said && promptOf(said).trim() ? said : undefined;
}

/** All that stands before the answer, the system's words first. */
export function promptOf({ system, turns }: Conversation): string {
  const asked = turns.at(-1)?.by === 'model' ? turns.slice(0, -1) : turns;
  if (system === undefined && asked.length === 1) return asked[0]!.text;
  return [system ?? '', ...asked.map(({ text }) => text)].filter(Boolean).join('\n');
}

/** What the user says last: where an instruction belongs. */
export function questionOf({ turns }: Conversation): string {
  return turns.findLast(({ by }) => by === 'user')?.text ?? '';
}

/** The answer, where the model has the last word. */
export function labelOf({ turns }: Conversation): string | undefined {
  const last = turns.at(-1);
  return last?.by === 'model' ? last.text : undefined;
}

/** The same without its answer. */
export function unanswered(conversation: Conversation): Conversation {
  return labelOf(conversation) === undefined
    ? conversation
    : { ...conversation, turns: conversation.turns.slice(0, -1) };
}

/** A conversation as a row of a format; undefined where the format has no role for one of its turns. Where the format has one prompt, all before the answer becomes that. */
export function rowOf(conversation: Conversation, format: DatasetFormat): Row | undefined {
  const { system, turns } = conversation;
  const label = labelOf(conversation);
  switch (format) {
    case 'input-output':
      return { input_text: promptOf(conversation), ...(label !== undefined && { output_text: label }) };
    case 'prompt-completion':
      return { prompt: promptOf(conversation), ...(label !== undefined && { completion: label }) };
    case 'messages':
      if (!isBetweenTwo(turns)) return undefined;
      return {
        messages: [
          ...(system === undefined ? [] : [{ role: 'system', content: system }]),
          ...turns.map(({ by, text }) => ({ role: by === 'model' ? 'assistant' : 'user', content: text })),
        ],
      };
    case 'contents':
      if (!isBetweenTwo(turns)) return undefined;
      return {
        ...(system !== undefined && { systemInstruction: { parts: [{ text: system }] } }),
        contents: turns.map(({ by, text }) => ({ role: by, parts: [{ text }] })),
      };
    default:
      return format satisfies never;
  }
}

/** Only user and model take turns, and the user does at all. */
function isBetweenTwo(turns: readonly Turn[]): boolean {
  return turns.every(({ by }) => by !== 'other') && turns.some(({ by }) => by === 'user');
}

type Row = Record<string, unknown>;

const readers: Record<Format, (row: Row) => Conversation | undefined> = {
  'input-output': ({ input_text: input, output_text: output }) =>
    typeof input === 'string' && isTextOrNone(output) ? pair(input, output) : undefined,
  'prompt-completion': ({ prompt, completion }) =>
    typeof prompt === 'string' && isTextOrNone(completion) ? pair(prompt, completion) : undefined,
  messages: ({ messages }) => ofTurns(listOf(messages).map(({ role, content }) => said(role, content))),
  contents(row) {
    // No other format has a place for them.
    if (row.tools !== undefined) return undefined;
    const before = instructionOf(row);
    return ofTurns([
      ...(before === undefined ? [] : [said('system', textsOf(before))]),
      ...listOf(row.contents).map(({ role = 'user', parts }) => said(role, parts)),
    ]);
  },
  instruction({ instruction, input, context, output, response }) {
    const about = input ?? context;
    const asked = String(instruction);
    return pair(typeof about === 'string' && about.trim() ? `${asked}\n${about}` : asked, String(output ?? response));
  },
  question(row) {
    const { question, context } = row;
    // As Google's page has it: https://cloud.google.com/vertex-ai/generative-ai/docs/models/distill-text-models
    const asked = typeof context === 'string' ? `question: ${question} context: ${context}` : String(question);
    return pair(asked, answerOf(row));
  },
};

function isTextOrNone(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}

function pair(input: string, output: string | undefined): Conversation {
  const answer: Turn[] = output === undefined ? [] : [{ by: 'model', text: output }];
  return { turns: [{ by: 'user', text: input }, ...answer] };
}

/** The system's words of a row in Gemini's format, under either of the two names that JSON of a proto may have. */
export function instructionOf({ systemInstruction, system_instruction }: Row): unknown {
  return systemInstruction ?? system_instruction;
}

function textsOf(instruction: unknown): unknown {
  return typeof instruction === 'object' && instruction !== null ? (instruction as Row).parts : instruction;
}

function listOf(value: unknown): Row[] {
  if (!Array.isArray(value)) return [];
  return value.map(one => (typeof one === 'object' && one !== null ? (one as Row) : {}));
}

type Heard = { by: Turn['by'] | 'system'; text: string | undefined };

/** What the system says, wherever it does, stands before the turns. */
function ofTurns(heard: readonly Heard[]): Conversation | undefined {
  const all = heard.filter((one): one is Heard & { text: string } => one.text !== undefined);
  if (all.length < heard.length) return undefined;
  const system = all.filter(({ by }) => by === 'system').map(({ text }) => text);
  const turns = all.flatMap(({ by, text }) => (by === 'system' ? [] : [{ by, text }]));
  return { ...(system.length && { system: system.join('\n') }), turns };
}

const roles: Record<string, Heard['by']> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'model',
  model: 'model',
};

/** What one turn says: text, or parts of which each is text. */
function said(role: unknown, content: unknown): Heard {
  const by = typeof role === 'string' && Object.hasOwn(roles, role) ? roles[role]! : 'other';
  if (typeof content === 'string') return { by, text: content };
  if (!Array.isArray(content)) return { by, text: undefined };
  const parts = listOf(content).map(({ text }) => text);
  return { by, text: parts.every(part => typeof part === 'string') ? parts.join('') : undefined };
}
