import { enter } from './doing.ts';
import { change } from './scene.ts';
import type { Where } from './wire.ts';

/** How long typing rests before the app is told, as in Slack's own clients. */
const rest = 250;

interface Draft {
  where: Where;
  id: string;
  text: string;
  timer?: ReturnType<typeof setTimeout> | undefined;
  sending?: Promise<void> | undefined;
}

const drafts = new Map<string, Draft>();

/** What stands in a field: what the hand has typed, until the workspace holds the same, else what the workspace holds. */
export function typedText(key: string, held: string): string {
  const draft = drafts.get(key);
  if (!draft) return held;
  if (draft.text === held && !draft.timer && !draft.sending) drafts.delete(key);
  return draft.text;
}

/** Notes what was typed, and passes it on once typing rests. */
export function typeInto(key: string, { where, id, text }: { where: Where; id: string; text: string }): void {
  const draft = drafts.get(key) ?? { where, id, text };
  draft.text = text;
  clearTimeout(draft.timer);
  draft.timer = setTimeout(() => void pass(key, draft), rest);
  drafts.set(key, draft);
  change();
}

/** Passes on at once what was typed into a field, as when Enter is pressed there. */
export async function settle(key: string, { enter = false } = {}): Promise<void> {
  const draft = drafts.get(key);
  if (draft) await pass(key, draft, { enter });
}

/** Passes on everything typed into a view and waits until the workspace has it. */
export async function settleAll(viewId: string): Promise<void> {
  const mine = [...drafts].filter(([, { where }]) => 'viewId' in where && where.viewId === viewId);
  await Promise.all(mine.map(([key, draft]) => (draft.timer ? pass(key, draft) : draft.sending)));
}

/** Forgets what was typed into views that are gone. */
export function forgetExcept(viewIds: readonly string[]): void {
  for (const [key, { where }] of drafts)
    if ('viewId' in where && !viewIds.includes(where.viewId)) {
      clearTimeout(drafts.get(key)?.timer);
      drafts.delete(key);
    }
}

async function pass(key: string, draft: Draft, { enter: pressed = false } = {}): Promise<void> {
  clearTimeout(draft.timer);
  draft.timer = undefined;
  const { where, id, text } = draft;
  const sending = enter({ where, id, value: text, enter: pressed }, key);
  draft.sending = sending;
  await sending;
  if (draft.sending === sending) draft.sending = undefined;
  change();
}
