import type { Json } from './slack/json.ts';
import type { SlackStandIn } from './slack/server.ts';

type Names = Pick<SlackStandIn, 'people' | 'groups'>;

/** A message's text as a terminal shows it: names for mentions, the fallback for dates, no markup. */
export function inTerminal(text: string, { people, groups }: Names): string {
  return text
    .replaceAll(/<@(\w+)>/g, (whole, id) => named(people.find(person => person.id === id)?.name, whole))
    .replaceAll(/<!subteam\^(\w+)>/g, (whole, id) => named(groups.find(group => group.id === id)?.handle, whole))
    .replaceAll(/<!date\^[^|>]*\|([^>]*)>/g, '$1')
    .replaceAll(/<https?:[^|>]*\|([^>]*)>/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

/** Of a message about something that did not go well: all that its blocks say, line by line. */
export function reasons({ text, blocks }: { text: string; blocks: Json[] }, names: Names): string[] {
  if (!/⛔|❌/.test(text)) return [];
  return blocks.slice(1).flatMap(block => textsIn(block).flatMap(said => inTerminal(said, names).split('\n')));
}

function textsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'text' && typeof inner === 'string' ? [inner] : textsIn(inner),
  );
}

function named(name: string | undefined, whole: string): string {
  return name ? `@${name}` : whole;
}
