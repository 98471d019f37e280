import { answerOf, formatOf } from './format.ts';

/** A row as Vertex AI's distillation reads it. */
export interface Converted {
  input_text: string;
  output_text?: string;
}

interface Turn {
  by: string;
  text: string | undefined;
}

/** A row of another format as an example; undefined where it is in none, or holds what is not text. What several turns say is joined, the system's words first; the last answer is the output. */
export function asExample(text: string): Converted | undefined {
  let row: unknown;
  try {
    row = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return undefined;
  const fields = row as Record<string, unknown>;
  switch (formatOf(fields)) {
    case 'messages':
      return ofTurns((fields.messages as Record<string, unknown>[]).map(turn => said(turn.role, turn.content)));
    case 'contents': {
      const { systemInstruction = fields.system_instruction } = fields;
      const system = object(systemInstruction)?.parts;
      const turns = (fields.contents as Record<string, unknown>[]).map(turn => said(turn.role ?? 'user', turn.parts));
      return ofTurns(system === undefined ? turns : [said('system', system), ...turns]);
    }
    case 'prompt-completion':
      return example(String(fields.prompt), String(fields.completion).trim());
    case 'instruction': {
      const { input: about = fields.context, output = fields.response } = fields;
      const asked = String(fields.instruction);
      return example(typeof about === 'string' && about.trim() ? `${asked}\n${about}` : asked, String(output));
    }
    case 'question': {
      const { question, context } = fields;
      // As Google's page has it: https://cloud.google.com/vertex-ai/generative-ai/docs/models/distill-text-models
      return example(
        typeof context === 'string' ? `question: ${question} context: ${context}` : String(question),
        answerOf(fields),
      );
    }
    default:
      return undefined;
  }
}

function ofTurns(turns: readonly Turn[]): Converted | undefined {
  if (turns.some(({ text }) => text === undefined)) return undefined;
  const last = turns.at(-1);
  const answered = last?.by === 'assistant' || last?.by === 'model';
  const asked = answered ? turns.slice(0, -1) : turns;
  const input = asked.map(({ text }) => text).join('\n');
  return example(input, answered ? last.text : undefined);
}

function example(input: string, output: string | undefined): Converted | undefined {
  if (!input.trim()) return undefined;
  return { input_text: input, ...(output !== undefined && { output_text: output }) };
}

/** What one turn says: text, or parts of which each is text. */
function said(role: unknown, content: unknown): Turn {
  const by = String(role);
  if (typeof content === 'string') return { by, text: content };
  if (!Array.isArray(content)) return { by, text: undefined };
  const parts = content.map(part => object(part)?.text);
  return { by, text: parts.every(part => typeof part === 'string') ? parts.join('') : undefined };
}

function object(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}
