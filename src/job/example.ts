import type { Conversation, Turn } from './conversation.ts';
import { conversationOf, instructionOf, labelOf, promptOf, questionOf, rowOf } from './conversation.ts';
import { meantBy } from './fields.ts';
import type { Format } from './format.ts';
import { formatOf, formats } from './format.ts';
import type { DatasetFormat, DatasetRules } from './recipe.ts';
import { palm } from './recipe.ts';

/** A row as the student learns it: what it is asked, and what it is to answer. */
export interface Example {
  /** All that stands before the answer. */
  input: string;
  output: string | undefined;
  /** Fields that the format does not have. */
  unknown: string[];
  /** Which of the recipe's formats it is in. */
  format: DatasetFormat;
  /** What the user says last, where that is not all of the input. */
  question?: string;
  /** The system says something before. */
  isInstructed?: boolean;
  /** A turn says nothing. */
  hasEmptyTurn?: boolean;
  /** Its parts that are not text, as JSON: nobody looks into them, but by them two rows differ. */
  besides?: string;
}

const formatFault = Object.fromEntries(formats.map(format => [format, `format-${format}`])) as FormatFaults;
type FormatFaults = { [F in Format]: `format-${F}` };

/** Why a row is no example. */
export type RowFault =
  | FormatFaults[Format]
  | 'format-variant'
  | 'nul'
  | 'not-json'
  | 'cut-off'
  | 'not-an-object'
  | 'no-input'
  | 'wrong-role'
  | 'no-content'
  | 'empty-input'
  | 'input-not-text'
  | 'output-not-text'
  | 'no-output';

/** With a fault come the recipe's format that the row is in, if it is in one, and the names of fields that the prompt was probably meant by. */
export type Read = Example | { fault: RowFault; format?: DatasetFormat; meant?: string[] };

/** What a recipe's rows have to be. */
export type RowRules = Pick<DatasetRules, 'formats' | 'labels'>;

/** Reads one line as an example of a recipe's, or says what is wrong with it. */
export function readExample(text: string, options: { last?: boolean; rules?: RowRules } = {}): Example | RowFault {
  const row = readRow(text, options);
  return 'fault' in row ? row.fault : row;
}

/** Reads one line. `last`: it has no newline, so it may have been cut off. */
export function readRow(
  text: string,
  { last = false, rules = palm.dataset }: { last?: boolean; rules?: RowRules } = {},
): Read {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { fault: text.includes('\0') ? 'nul' : last ? 'cut-off' : 'not-json' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { fault: 'not-an-object' };
  const row = value as Row;
  const own = rules.formats.find(format => row[sign[format]] !== undefined);
  if (!own) {
    const format = formatOf(row);
    if (format) return { fault: formatFault[format] };
    return { fault: 'no-input', meant: Object.keys(row).filter(name => meantBy(name) === 'input_text') };
  }
  const read = readers[own](row);
  if ('fault' in read) return { ...read, format: own };
  return rules.labels === 'needed' && read.output === undefined ? { fault: 'no-output', format: own } : read;
}

/** What tells a row from others: all it asks, parts that are not text and all. */
export function comparedText({ input, besides }: Pick<Example, 'input' | 'besides'>): string {
  return besides === undefined ? input : `${input}\n${besides}`;
}

type Row = Record<string, unknown>;

/** The field by which a row shows that it is in a format. */
const sign: Record<DatasetFormat, string> = {
  'input-output': 'input_text',
  messages: 'messages',
  contents: 'contents',
  'prompt-completion': 'prompt',
};

const readers: Record<DatasetFormat, (row: Row) => Read> = {
  'input-output': ({ input_text, output_text, ...others }) => pair('input-output', input_text, output_text, others),
  'prompt-completion': ({ prompt, completion, ...others }) => pair('prompt-completion', prompt, completion, others),
  messages: row => chat(row, 'messages'),
  contents: row => chat(row, 'contents'),
};

function pair(format: DatasetFormat, input: unknown, output: unknown, others: Row): Read {
  if (typeof input !== 'string') return { fault: 'input-not-text' };
  if (!input.trim()) return { fault: 'empty-input' };
  if (output !== undefined && typeof output !== 'string') return { fault: 'output-not-text' };
  return { input, output, unknown: Object.keys(others), format };
}

/** How the turns of a format are written. */
interface Turns {
  /** The fields of a row. */
  fields: ReadonlySet<string>;
  roles: Readonly<Record<string, Turn['by'] | 'system'>>;
  /** Who speaks where no role is named; undefined: that is a fault. */
  unnamed?: string;
  /** The field of a turn that holds what is said. */
  content: string;
  read(content: unknown): Said | undefined;
}

const chats: Record<'messages' | 'contents', Turns> = {
  // https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/open-model-tuning
  messages: {
    fields: new Set(['messages']),
    roles: { system: 'system', user: 'user', assistant: 'model' },
    content: 'content',
    read: content => (typeof content === 'string' ? { text: content } : undefined),
  },
  // The fields of a row: https://cloud.google.com/vertex-ai/generative-ai/docs/models/gemini-supervised-tuning-prepare.
  // The roles, as the service itself names them where another is used, and who speaks without one: google/cloud/aiplatform/v1/content.proto.
  contents: {
    fields: new Set(['contents', 'systemInstruction', 'system_instruction', 'tools']),
    roles: { user: 'user', model: 'model', function: 'other' },
    unnamed: 'user',
    content: 'parts',
    read: partsIn,
  },
};

interface Said {
  text: string;
  besides?: unknown[];
}

interface Heard {
  by: Turn['by'] | 'system';
  said: Said | undefined;
}

function chat(row: Row, format: 'messages' | 'contents'): Read {
  const { fields } = chats[format];
  const heard = heardIn(row, format);
  if (typeof heard === 'string') return { fault: isVariant(row, format, heard) ? 'format-variant' : heard };
  const conversation = saidBy(heard);
  if (!conversation.turns.some(({ by }) => by === 'user')) return { fault: 'no-input' };
  const besides = heard.flatMap(({ said }) => said?.besides ?? []);
  const input = promptOf(conversation);
  const question = questionOf(conversation);
  if (!input.trim() && !besides.length) return { fault: 'empty-input' };
  return {
    input,
    output: labelOf(conversation),
    unknown: Object.keys(row).filter(name => !fields.has(name)),
    format,
    ...(question !== input && { question }),
    ...(conversation.system?.trim() && { isInstructed: true }),
    ...(hasEmptyTurn(heard) && { hasEmptyTurn: true }),
    ...(besides.length && { besides: JSON.stringify(besides) }),
  };
}

/** What is said in a row, one after the other; or what is wrong with it. */
function heardIn(row: Row, format: 'messages' | 'contents'): Heard[] | RowFault {
  const { roles, unnamed, content, read } = chats[format];
  const turns = row[format];
  if (!Array.isArray(turns)) return 'input-not-text';
  const heard: Heard[] = [];
  const instruction = format === 'contents' ? instructionOf(row) : undefined;
  if (instruction !== undefined) {
    const parts = isObject(instruction) ? instruction.parts : instruction;
    if (isNothing(parts)) return 'no-content';
    heard.push({ by: 'system', said: read(parts) });
  }
  for (const turn of turns) {
    if (!isObject(turn)) return 'input-not-text';
    const { role = unnamed } = turn;
    if (typeof role !== 'string' || !Object.hasOwn(roles, role)) return 'wrong-role';
    if (isNothing(turn[content])) return 'no-content';
    heard.push({ by: roles[role]!, said: read(turn[content]) });
  }
  const unread = heard.findLastIndex(({ said }) => !said);
  if (unread === -1) return heard;
  return unread === heard.length - 1 && heard[unread]!.by === 'model' ? 'output-not-text' : 'input-not-text';
}

function saidBy(heard: readonly Heard[]): Conversation {
  const system = heard.flatMap(({ by, said }) => (by === 'system' ? [said!.text] : []));
  const turns = heard.flatMap(({ by, said }) => (by === 'system' ? [] : [{ by, text: said!.text }]));
  return { ...(system.length && { system: system.join('\n') }), turns };
}

/** An answer that says nothing is a label all the same, and told of as one. */
function hasEmptyTurn(heard: readonly Heard[]): boolean {
  const asked = heard.at(-1)?.by === 'model' ? heard.slice(0, -1) : heard;
  return asked.some(({ said }) => !said!.text.trim() && !said!.besides);
}

/** Whether it is only written as another service has it, and can be written as it should be. */
function isVariant(row: Row, format: 'messages' | 'contents', fault: RowFault): boolean {
  if (fault === 'no-content' || formatOf(row) !== format) return false;
  const conversation = conversationOf(row, format);
  return conversation !== undefined && rowOf(conversation, format) !== undefined;
}

/** Gemini's parts: each is text, or something else of which only that it is there is known. */
function partsIn(parts: unknown): Said | undefined {
  if (!Array.isArray(parts) || !parts.every(isObject)) return undefined;
  const texts = parts.map(({ text }) => text).filter(text => text !== undefined);
  if (!texts.every(text => typeof text === 'string')) return undefined;
  const besides = parts.filter(({ text }) => text === undefined);
  return { text: texts.join(''), ...(besides.length && { besides }) };
}

function isObject(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && !value.length);
}
