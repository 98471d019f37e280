import type { Conversation } from './conversation.ts';
import { conversationOf, labelOf, rowOf, unanswered } from './conversation.ts';
import { formatOf } from './format.ts';
import type { DatasetFormat } from './recipe.ts';

/** A row of another format, and what it says. */
export interface Converted {
  text: string;
  said: Conversation;
  /** It had a label, which is left out. */
  unlabelled: boolean;
}

/** Converts rows of any known format to this one, `prompts` of them alone: undefined where a row is in no known format, holds what is not text, or has a turn that this format has no role for. */
export function converter(to: DatasetFormat, { prompts = false } = {}) {
  return (text: string): Converted | undefined => {
    let row: unknown;
    try {
      row = JSON.parse(text);
    } catch {
      return undefined;
    }
    if (typeof row !== 'object' || row === null || Array.isArray(row)) return undefined;
    const fields = row as Record<string, unknown>;
    const format = formatOf(fields);
    const whole = format && conversationOf(fields, format);
    if (!whole) return undefined;
    const unlabelled = prompts && labelOf(whole) !== undefined;
    const said = unlabelled ? unanswered(whole) : whole;
    const written = rowOf(said, to);
    return written && { text: JSON.stringify(written), said, unlabelled };
  };
}
