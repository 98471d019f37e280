import { isTopLevel, scene } from './scene.ts';
import type { Channel, Message } from './wire.ts';

type Marks = Record<string, string>;

const known = new Map<string, Marks>();

/** Notes that a person has seen a channel, or a thread of it, to its end. */
export function markRead(person: string, { channel, thread }: { channel: Channel; thread?: string | undefined }): void {
  const last = channel.messages.filter(one => (thread ? one.thread_ts === thread : isTopLevel(one))).at(-1);
  const marks = marksOf(person);
  const key = thread ?? channel.id;
  if (!last || (marks[key] ?? '') >= last.ts) return;
  marks[key] = last.ts;
  localStorage.setItem(`read.${person}`, JSON.stringify(marks));
}

/** Whether something stands in a channel that a person has not seen. */
export function isUnread(person: string, channel: Channel): boolean {
  const mark = marksOf(person)[channel.id] ?? '';
  return channel.messages.some(one => isTopLevel(one) && one.user !== person && one.ts > mark);
}

/** How often a person is spoken to in a channel, or in one thread of it, without having seen it. */
export function unseenMentions(
  person: string,
  { channel, thread }: { channel: Channel; thread?: string | undefined },
): number {
  if (!channel.members.includes(person)) return 0;
  const marks = marksOf(person);
  return channel.messages.filter(message => {
    const inThread = message.thread_ts && message.thread_ts !== message.ts ? message.thread_ts : undefined;
    if (thread && inThread !== thread) return false;
    const seen = (inThread && marks[inThread]) || (isTopLevel(message) && marks[channel.id]) || '';
    return message.ts > seen && message.user !== person && speaksTo(person, { channel, message });
  }).length;
}

/** Whether a message speaks to a person: in their own conversation, by name, or by a group they are in. */
export function speaksTo(person: string, { channel, message }: { channel: Channel; message: Message }): boolean {
  if (channel.kind === 'im') return true;
  const said = message.text + JSON.stringify(message.blocks ?? []);
  if (
    said.includes(`<@${person}`) ||
    said.includes(`"user_id":"${person}"`) ||
    /<!(?:here|channel|everyone)/.test(said)
  )
    return true;
  return (scene.snapshot?.groups ?? []).some(
    group =>
      group.people.includes(person) &&
      (said.includes(`<!subteam^${group.id}`) || said.includes(`"usergroup_id":"${group.id}"`)),
  );
}

function marksOf(person: string): Marks {
  let marks = known.get(person);
  if (!marks) {
    try {
      marks = JSON.parse(localStorage.getItem(`read.${person}`) ?? '{}') as Marks;
    } catch {
      marks = {};
    }
    known.set(person, marks);
  }
  return marks;
}
