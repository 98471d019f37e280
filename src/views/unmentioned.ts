import type { Message } from '../world.ts';
import { clip, esc } from './text.ts';

/** No name is longer in Slack, in characters. */
const longestName = 80;

/** A message in which these people are called by their names, so that Slack does not notify them. */
export function unmentioned(message: Message, people: readonly { user: string; name: string }[] = []): Message {
  if (!people.length) return message;
  const names = new Map(people.map(({ user, name }) => [`<@${user}>`, String(clip(esc(name), longestName))]));
  return quiet(message);

  function quiet<T>(part: T): T {
    if (typeof part === 'string') return part.replace(/<@[A-Z0-9]+>/g, mention => names.get(mention) ?? mention) as T;
    if (Array.isArray(part)) return part.map(quiet) as T;
    // What is shown letter by letter mentions nobody.
    if (typeof part !== 'object' || part === null || ('type' in part && part.type === 'rich_text')) return part;
    return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, quiet(value)])) as T;
  }
}
