import type { Conversation } from './conversation.ts';
import { conversationOf, rowOf, unanswered } from './conversation.ts';
import { formatOf } from './format.ts';
import type { DatasetRules } from './recipe.ts';

/** A row of any known format, and what it says. */
export interface Converted {
  row: Record<string, unknown>;
  said: Conversation;
}

/** A row of a known format as a recipe reads it; undefined where it is in none, or holds what is not text. An answer that the recipe does not read is left out. */
export function asRowOf(
  { formats, labels }: Pick<DatasetRules, 'formats' | 'labels'>,
  text: string,
): Converted | undefined {
  let row: unknown;
  try {
    row = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return undefined;
  const format = formatOf(row as Record<string, unknown>);
  const whole = format && conversationOf(row as Record<string, unknown>, format);
  if (!whole) return undefined;
  const said = labels === 'unread' ? unanswered(whole) : whole;
  return { row: rowOf(said, formats[0]), said };
}
