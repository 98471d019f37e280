/** Formats of other services that a dataset may be in: chat messages, Gemini's contents, pairs of prompt and completion. */
export const formats = ['messages', 'contents', 'prompt-completion'] as const;
export type Format = (typeof formats)[number];

/** The format that a row of another service is in. */
export function formatOf(row: Record<string, unknown>): Format | undefined {
  if (turns(row.messages, ({ role, content }) => typeof role === 'string' && content !== undefined)) return 'messages';
  if (turns(row.contents, ({ parts }) => Array.isArray(parts))) return 'contents';
  const pair = typeof row.prompt === 'string' && typeof row.completion === 'string';
  return pair ? 'prompt-completion' : undefined;
}

function turns(value: unknown, isTurn: (turn: Record<string, unknown>) => boolean): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every(turn => typeof turn === 'object' && turn !== null && isTurn(turn))
  );
}
