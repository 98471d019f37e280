import { flag, type Method, needed, optional, structuredObject } from './call.ts';
import { asText, isJson, type Json } from './json.ts';
import { limits } from './limits.ts';
import { acceptBlocks, checkThread, erase, messageJson, permalink, post, whisper, writable } from './posting.ts';
import { Refusal } from './refusal.ts';
import { type Channel, changed, directChannel, type Message, messageAt, nextTs, type Workspace } from './workspace.ts';

/** The methods of the family `chat`. */
export const chat: Record<string, Method> = {
  'chat.postMessage': ({ workspace, args }) => {
    const channel = writable(workspace, addressed(workspace, needed(args, 'channel')));
    const content = contentOf(workspace, args);
    const metadata = metadataOf(args);
    const threadTs = optional(args, 'thread_ts');
    if (threadTs) checkThread(workspace, { channel: channel.id, threadTs });
    const message = post(workspace, {
      channel: channel.id,
      user: workspace.app.botUser,
      text: content.text.slice(0, limits.text),
      blocks: content.blocks ?? [],
      ...(threadTs ? { threadTs, broadcast: flag(args, 'reply_broadcast') } : {}),
      ...(metadata ? { metadata } : {}),
    });
    return {
      channel: channel.id,
      ts: message.ts,
      message: messageJson(workspace, message, { metadata: true }),
    };
  },
  'chat.update': ({ workspace, args }) => {
    const channel = readable(workspace, needed(args, 'channel'));
    if (channel.archived) throw new Refusal('is_archived');
    const message = own(workspace, {
      channel: channel.id,
      ts: needed(args, 'ts'),
      refusal: 'cant_update_message',
    });
    const content = contentOf(workspace, args);
    if (content.text.length > limits.updateText) throw new Refusal('msg_too_long');
    const metadata = metadataOf(args);
    const wasRich = message.blocks.length > 0 && message.blocks.every(block => block.type === 'rich_text');
    if (wasRich && content.blocks?.length && !content.blocks.some(block => block.type === 'rich_text'))
      throw new Refusal('block_mismatch');
    // Text without blocks takes the old blocks away; blocks leave no "(edited)" mark: docs.slack.dev, chat.update.
    message.text = content.text;
    message.blocks = content.blocks ?? [];
    if (metadata) message.metadata = metadata;
    if (!content.blocks) message.edited = nextTs(workspace);
    changed(workspace, { what: 'message', channel: channel.id });
    return {
      channel: channel.id,
      ts: message.ts,
      text: message.text,
      message: messageJson(workspace, message, { metadata: true }),
    };
  },
  'chat.delete': ({ workspace, args }) => {
    const channel = readable(workspace, needed(args, 'channel'));
    const message = own(workspace, {
      channel: channel.id,
      ts: needed(args, 'ts'),
      refusal: 'cant_delete_message',
    });
    erase(workspace, message);
    return { channel: channel.id, ts: message.ts };
  },
  'chat.postEphemeral': ({ workspace, args }) => {
    const channel = writable(workspace, addressed(workspace, needed(args, 'channel')));
    const person = needed(args, 'user');
    if (!channel.members.includes(person)) throw new Refusal('user_not_in_channel');
    const content = contentOf(workspace, args);
    const threadTs = optional(args, 'thread_ts');
    const shown = whisper(workspace, {
      channel: channel.id,
      person,
      text: content.text,
      blocks: content.blocks ?? [],
      ...(threadTs ? { threadTs } : {}),
    });
    return { message_ts: shown.ts };
  },
  'chat.getPermalink': ({ workspace, args }) => {
    const channel = readable(workspace, needed(args, 'channel'));
    const message = messageAt(workspace, channel.id, needed(args, 'message_ts'));
    if (!message) throw new Refusal('message_not_found');
    return { channel: channel.id, permalink: permalink(workspace, message) };
  },
};

/** A channel the bot can see, or a refusal. */
export function readable(workspace: Workspace, id: string): Channel {
  const channel = workspace.channels.get(id);
  if (!channel || (channel.kind !== 'public' && !channel.members.includes(workspace.app.botUser)))
    throw new Refusal('channel_not_found');
  return channel;
}

function addressed(workspace: Workspace, to: string): Channel | undefined {
  const person = workspace.people.get(to);
  if (person?.role === 'bot') return undefined;
  if (person) return directChannel(workspace, person.id);
  const byName = [...workspace.channels.values()].find(channel => `#${channel.name}` === to);
  return workspace.channels.get(to) ?? byName;
}

function own(
  workspace: Workspace,
  { channel, ts, refusal }: { channel: string; ts: string; refusal: string },
): Message {
  const message = messageAt(workspace, channel, ts);
  if (!message || message.tombstone) throw new Refusal('message_not_found');
  if (message.user !== workspace.app.botUser) throw new Refusal(refusal);
  return message;
}

function contentOf(workspace: Workspace, args: Json): { text: string; blocks?: Json[] } {
  const text = asText(args.text);
  const blocks = args.blocks === undefined ? undefined : acceptBlocks(workspace, { blocks: args.blocks });
  if (args.attachments !== undefined) throw new Refusal('invalid_attachments', { messages: ['not kept here'] });
  if (!text && !blocks?.length) throw new Refusal('no_text');
  return { text, ...(blocks ? { blocks } : {}) };
}

function metadataOf(args: Json): Json | undefined {
  const metadata = structuredObject(args, 'metadata', 'invalid_metadata_format');
  if (!metadata) return undefined;
  if (typeof metadata.event_type !== 'string' || !isJson(metadata.event_payload))
    throw new Refusal('invalid_metadata_schema');
  return metadata;
}
