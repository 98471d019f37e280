import { html, nothing, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import { messageTime } from './dates.ts';
import { ephemeralRow, messageRow } from './message.ts';
import { change } from './scene.ts';
import type { Channel, Ephemeral, Message } from './wire.ts';

const dismissed = new Set<string>();
const together = 5 * 60;

type Entry = { ts: string; message: Message } | { ts: string; ephemeral: Ephemeral };

/** Messages in the order they came, a line for each new day between them. */
export function log(
  messages: readonly Message[],
  { channel, ephemerals, inThread = false }: { channel: Channel; ephemerals: readonly Ephemeral[]; inThread?: boolean },
): TemplateResult {
  const entries: Entry[] = [
    ...messages.map(message => ({ ts: message.ts, message })),
    ...ephemerals.filter(one => !dismissed.has(one.ts)).map(ephemeral => ({ ts: ephemeral.ts, ephemeral })),
  ].sort((a, b) => (a.ts < b.ts ? -1 : 1));
  const rows = entries.map((entry, i) => ({ entry, before: entries[i - 1] }));
  return html`${repeat(
    rows,
    ({ entry }) => entry.ts,
    ({ entry, before }) =>
      html`${inThread ? nothing : dayLine(entry, before)}${
        'message' in entry
          ? messageRow(entry.message, { channel, inThread, compact: follows(entry.message, before) })
          : ephemeralRow(entry.ephemeral, () => {
              dismissed.add(entry.ts);
              change();
            })
      }`,
  )}`;
}

function dayLine(entry: Entry, before: Entry | undefined): TemplateResult | typeof nothing {
  const { day } = messageTime(entry.ts);
  if (before && messageTime(before.ts).day === day) return nothing;
  return html`<div class="day"><span>${day}</span></div>`;
}

/** Whether a message goes on where the one before it, by the same person, stopped. */
function follows(message: Message, before: Entry | undefined): boolean {
  if (!before || !('message' in before)) return false;
  const last = before.message;
  return (
    last.user === message.user &&
    Number(message.ts) - Number(last.ts) < together &&
    !last.reply_count &&
    !message.subtype &&
    !last.subtype &&
    messageTime(last.ts).day === messageTime(message.ts).day
  );
}
