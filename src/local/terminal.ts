import type { SlackStandIn } from './slack/server.ts';

/** A message's text as a terminal shows it: names for mentions, the fallback for dates, no markup. */
export function inTerminal(text: string, { people, groups }: Pick<SlackStandIn, 'people' | 'groups'>): string {
  return text
    .replaceAll(/<@(\w+)>/g, (whole, id) => named(people.find(person => person.id === id)?.name, whole))
    .replaceAll(/<!subteam\^(\w+)>/g, (whole, id) => named(groups.find(group => group.id === id)?.handle, whole))
    .replaceAll(/<!date\^[^|>]*\|([^>]*)>/g, '$1')
    .replaceAll(/<https?:[^|>]*\|([^>]*)>/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

function named(name: string | undefined, whole: string): string {
  return name ? `@${name}` : whole;
}
