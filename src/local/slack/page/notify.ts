import { plainWords } from './prose.ts';
import { speaksTo, unseenMentions } from './reading.ts';
import { channelTitle, isTopLevel, personOf, scene, toast } from './scene.ts';
import type { Channel, Message, Snapshot } from './wire.ts';

let last: { person: string; ts: string } | undefined;

/** Announces messages that are new since the last look and speak to whoever looks, unless they stand before their eyes. */
export function announce(snapshot: Snapshot): void {
  const newest = snapshot.channels
    .flatMap(one => one.messages.map(({ ts }) => ts))
    .reduce((a, b) => (a > b ? a : b), '');
  const since = last?.person === snapshot.me ? last.ts : newest;
  last = { person: snapshot.me, ts: newest };
  for (const channel of snapshot.channels)
    for (const message of channel.messages)
      if (message.ts > since && message.user !== snapshot.me && concerns(snapshot.me, { channel, message }))
        tell(message, channel);
}

function concerns(person: string, { channel, message }: { channel: Channel; message: Message }): boolean {
  if (inView(message, channel)) return false;
  if (speaksTo(person, { channel, message })) return true;
  const root = channel.messages.find(one => one.ts === message.thread_ts);
  return root !== undefined && root !== message && takesPart(person, { channel, root });
}

/** Whether a person hears of a thread's replies: it began with them, speaks to them, or they wrote in it. */
function takesPart(person: string, { channel, root }: { channel: Channel; root: Message }): boolean {
  return (
    root.user === person ||
    (root.reply_users ?? []).includes(person) ||
    (channel.kind !== 'im' && speaksTo(person, { channel, message: root }))
  );
}

function inView(message: Message, channel: Channel): boolean {
  const { place } = scene;
  if (document.hidden || place.is !== 'channel' || place.id !== channel.id) return false;
  return isTopLevel(message) || place.thread === message.thread_ts;
}

function tell(message: Message, channel: Channel): void {
  const thread = isTopLevel(message) ? undefined : message.thread_ts;
  toast({
    kind: 'message',
    title: `${personOf(message.user).realName} in ${thread ? 'a thread of ' : ''}${channelTitle(channel)}`,
    text: plainWords(message.text) || 'A message without words',
    from: message.user,
    open: { is: 'channel', id: channel.id, ...(thread ? { thread } : {}) },
  });
}

/** The page's title, with how much waits for whoever looks. */
export function pageTitle(snapshot: Snapshot): string {
  const waiting = snapshot.channels.reduce((sum, channel) => sum + unseenMentions(snapshot.me, { channel }), 0);
  return `${waiting ? `(${waiting}) ` : ''}${snapshot.team.name}, as ${personOf(snapshot.me).realName}`;
}
