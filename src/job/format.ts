import { meantBy } from './fields.ts';

/** Formats of datasets, those of recipes first: pairs of input and output, chat messages, Gemini's contents, pairs of prompt and completion; then, of public datasets, instructions as in Alpaca and Dolly, and questions as in SQuAD. */
export const formats = [
  'input-output',
  'messages',
  'contents',
  'prompt-completion',
  'instruction',
  'question',
] as const;
export type Format = (typeof formats)[number];

/** The format that a row is in. */
export function formatOf(row: Record<string, unknown>): Format | undefined {
  if (typeof row.input_text === 'string') return 'input-output';
  if (turns(row.messages, ({ role, content }) => typeof role === 'string' && content !== undefined)) return 'messages';
  if (turns(row.contents, ({ parts }) => Array.isArray(parts))) return 'contents';
  if (typeof row.prompt === 'string' && isCompletion(row)) return 'prompt-completion';
  if (typeof row.instruction === 'string' && typeof (row.output ?? row.response) === 'string') return 'instruction';
  const told = typeof row.context === 'string' || answerOf(row) !== undefined;
  return typeof row.question === 'string' && told ? 'question' : undefined;
}

/** A prompt may stand alone, unless another field is the answer to it. */
function isCompletion({ completion, ...others }: Record<string, unknown>): boolean {
  if (completion !== undefined) return typeof completion === 'string';
  return !Object.keys(others).some(name => meantBy(name) === 'output_text');
}

/** The answer to a question: of several, the first. */
export function answerOf({ answer, answers }: Record<string, unknown>): string | undefined {
  if (typeof answer === 'string' || typeof answer === 'boolean' || typeof answer === 'number') return String(answer);
  const texts = typeof answers === 'object' && answers !== null && 'text' in answers ? answers.text : answers;
  const [first] = Array.isArray(texts) ? texts : [];
  return typeof first === 'string' ? first : undefined;
}

function turns(value: unknown, isTurn: (turn: Record<string, unknown>) => boolean): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every(turn => typeof turn === 'object' && turn !== null && isTurn(turn))
  );
}
