import type { Format } from './format.ts';
import { answerOf } from './format.ts';
import type { DatasetFormat } from './recipe.ts';

/** What one turn says. */
interface Turn {
  by: 'user' | 'model';
  text: string;
}

/** What a row says, whatever format it is in: what stands before it all, and turns in order. */
export interface Conversation {
  system?: string | undefined;
  turns: readonly Turn[];
}

/** What a row in a known format says; undefined where it holds something else than text, or no prompt. */
export function conversationOf(row: Record<string, unknown>, format: Format): Conversation | undefined {
  const said = readers[format](row);
  return said && promptOf(said).trim() ? said : undefined;
}

/** All that stands before the answer, the system's words first. */
export function promptOf({ system, turns }: Conversation): string {
  const asked = turns.at(-1)?.by === 'model' ? turns.slice(0, -1) : turns;
  return [...(system === undefined ? [] : [system]), ...asked.map(({ text }) => text)].join('\n');
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

/** A conversation as a row of a format. Where the format has one prompt, all before the answer becomes that. */
export function rowOf(conversation: Conversation, format: DatasetFormat): Record<string, unknown> {
  const { system, turns } = conversation;
  const label = labelOf(conversation);
  switch (format) {
    case 'input-output':
      return { input_text: promptOf(conversation), ...(label !== undefined && { output_text: label }) };
    case 'prompt-completion':
      return { prompt: promptOf(conversation), ...(label !== undefined && { completion: label }) };
    case 'messages':
      return {
        messages: [
          ...(system === undefined ? [] : [{ role: 'system', content: system }]),
          ...turns.map(({ by, text }) => ({ role: by === 'model' ? 'assistant' : 'user', content: text })),
        ],
      };
    case 'contents':
      return {
        ...(system !== undefined && { systemInstruction: { parts: [{ text: system }] } }),
        contents: turns.map(({ by, text }) => ({ role: by, parts: [{ text }] })),
      };
    default:
      return format satisfies never;
  }
}

const readers: Record<Format, (row: Record<string, unknown>) => Conversation | undefined> = {
  'input-output': ({ input_text: input, output_text: output }) =>
    typeof input === 'string' && (output === undefined || typeof output === 'string') ? pair(input, output) : undefined,
  'prompt-completion': ({ prompt, completion }) =>
    pair(String(prompt), completion === undefined ? undefined : String(completion).trim()),
  messages: ({ messages }) => ofTurns((messages as Row[]).map(({ role, content }) => said(role, content))),
  contents(row) {
    const { contents, systemInstruction = row.system_instruction } = row;
    const before = object(systemInstruction)?.parts;
    return ofTurns([
      ...(before === undefined ? [] : [said('system', before)]),
      ...(contents as Row[]).map(({ role = 'user', parts }) => said(role, parts)),
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

type Row = Record<string, unknown>;

function pair(input: string, output: string | undefined): Conversation {
  const answer: Turn[] = output === undefined ? [] : [{ by: 'model', text: output }];
  return { turns: [{ by: 'user', text: input }, ...answer] };
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

/** What one turn says: text, or parts of which each is text. */
function said(role: unknown, content: unknown): Heard {
  const by =
    role === 'system' || role === 'developer' ? 'system' : role === 'assistant' || role === 'model' ? 'model' : 'user';
  if (typeof content === 'string') return { by, text: content };
  if (!Array.isArray(content)) return { by, text: undefined };
  const parts = content.map(part => object(part)?.text);
  return { by, text: parts.every(part => typeof part === 'string') ? parts.join('') : undefined };
}

function object(value: unknown): Row | undefined {
  return typeof value === 'object' && value !== null ? (value as Row) : undefined;
}
