import { meantBy } from './fields.ts';
import type { Format } from './format.ts';
import { formatOf, formats } from './format.ts';
import type { DatasetFormat, DatasetRules } from './recipe.ts';
import { palm } from './recipe.ts';

/** A row as the student learns it: what it is asked, and what it is to answer. */
export interface Example {
  input: string;
  output: string | undefined;
  /** Fields that Vertex AI does not know. */
  unknown: string[];
  /** Which of the recipe's formats it is in. */
  format: DatasetFormat;
  /** It has parts that are no text, which are not looked at. */
  partly?: boolean;
}

const formatFault = Object.fromEntries(formats.map(format => [format, `format-${format}`])) as FormatFaults;
type FormatFaults = { [F in Format]: `format-${F}` };

/** Why a row is no example. */
export type RowFault =
  | FormatFaults[Format]
  | 'nul'
  | 'not-json'
  | 'cut-off'
  | 'not-an-object'
  | 'no-input'
  | 'empty-input'
  | 'input-not-text'
  | 'output-not-text'
  | 'wrong-role'
  | 'no-output';

/** With a fault come the names of fields that the prompt was probably meant by. */
export type Read = Example | { fault: RowFault; meant?: string[] };

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
  const row = value as Record<string, unknown>;
  const own = rules.formats.find(format => row[sign[format]] !== undefined);
  if (!own) {
    const format = formatOf(row);
    if (format) return { fault: formatFault[format] };
    return { fault: 'no-input', meant: Object.keys(row).filter(name => meantBy(name) === 'input_text') };
  }
  const read = readers[own](row);
  if (!('fault' in read) && rules.labels === 'needed' && read.output === undefined) return { fault: 'no-output' };
  return read;
}

/** The field by which a row shows that it is in a format. */
const sign: Record<DatasetFormat, string> = {
  'input-output': 'input_text',
  messages: 'messages',
  contents: 'contents',
  'prompt-completion': 'prompt',
};

const readers: Record<DatasetFormat, (row: Record<string, unknown>) => Read> = {
  'input-output': ({ input_text, output_text, ...others }) => pair('input-output', input_text, output_text, others),
  'prompt-completion': ({ prompt, completion, ...others }) => pair('prompt-completion', prompt, completion, others),
  messages({ messages, ...others }) {
    const turns = turnsOf(messages, ({ role, content }) => ({ role, said: textIn(content) }));
    return conversation('messages', { turns, roles: chatRoles, model: 'assistant', unknown: Object.keys(others) });
  },
  contents({ contents, systemInstruction, system_instruction: other, ...others }) {
    const before = systemInstruction ?? other;
    const turns = turnsOf(contents, ({ role = 'user', parts }) => ({ role, said: partsIn(parts) }));
    const system = before === undefined ? [] : [{ role: 'system', said: partsIn((before as Row | null)?.parts) }];
    const unknown = Object.keys(others).filter(name => !besides.has(name));
    return conversation('contents', {
      turns: turns && [...system, ...turns],
      roles: geminiRoles,
      model: 'model',
      unknown,
    });
  },
};

type Row = Record<string, unknown>;

// docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/open-model-tuning
const chatRoles: ReadonlySet<unknown> = new Set(['system', 'user', 'assistant']);
// google/cloud/aiplatform/v1/content.proto; what else a request may hold, google/cloud/aiplatform/v1/prediction_service.proto.
const geminiRoles: ReadonlySet<unknown> = new Set(['system', 'user', 'model', 'function']);
const besides: ReadonlySet<string> = new Set(['tools', 'toolConfig', 'generationConfig', 'safetySettings', 'labels']);

function pair(format: DatasetFormat, input: unknown, output: unknown, others: Row): Read {
  if (typeof input !== 'string') return { fault: 'input-not-text' };
  if (!input.trim()) return { fault: 'empty-input' };
  if (output !== undefined && typeof output !== 'string') return { fault: 'output-not-text' };
  return { input, output, unknown: Object.keys(others), format };
}

interface Turn {
  role: unknown;
  /** Undefined: it is not what the format has there. */
  said: { text: string; partly: boolean } | undefined;
}

function turnsOf(value: unknown, read: (turn: Row) => Turn): Turn[] | undefined {
  if (!Array.isArray(value) || !value.length) return undefined;
  return value.map(turn =>
    typeof turn === 'object' && turn !== null ? read(turn as Row) : { role: undefined, said: undefined },
  );
}

function conversation(
  format: DatasetFormat,
  {
    turns,
    roles,
    model,
    unknown,
  }: { turns: Turn[] | undefined; roles: ReadonlySet<unknown>; model: string; unknown: string[] },
): Read {
  if (!turns) return { fault: 'no-input' };
  if (turns.some(({ role }) => !roles.has(role))) return { fault: 'wrong-role' };
  const answer = turns.at(-1)?.role === model ? turns.at(-1) : undefined;
  const asked = answer ? turns.slice(0, -1) : turns;
  if (asked.some(({ said }) => !said)) return { fault: 'input-not-text' };
  if (answer && !answer.said) return { fault: 'output-not-text' };
  if (!asked.some(({ role }) => role !== 'system')) return { fault: 'no-input' };
  const input = asked.map(({ said }) => said!.text).join('\n');
  const partly = turns.some(({ said }) => said?.partly);
  if (!input.trim() && !partly) return { fault: 'empty-input' };
  return { input, output: answer?.said?.text, unknown, format, ...(partly && { partly }) };
}

function textIn(content: unknown): Turn['said'] {
  return typeof content === 'string' ? { text: content, partly: false } : undefined;
}

/** Gemini's parts: of those that are no text, only that they are there. */
function partsIn(parts: unknown): Turn['said'] {
  if (!Array.isArray(parts) || !parts.length) return undefined;
  if (parts.some(part => typeof part !== 'object' || part === null)) return undefined;
  const texts = (parts as Row[]).map(({ text }) => text);
  if (texts.some(text => text !== undefined && typeof text !== 'string')) return undefined;
  return { text: texts.join(''), partly: texts.includes(undefined) };
}
