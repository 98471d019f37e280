import { charactersIn, checkBlocks } from './blocks.ts';
import { asList, asText, isJson, type Json, parseJson } from './json.ts';
import { limits } from './limits.ts';
import { Refusal } from './refusal.ts';
import {
  type Channel,
  changed,
  type Ephemeral,
  type Message,
  messageAt,
  messagesOf,
  newId,
  nextTs,
  type StoredFile,
  type Workspace,
} from './workspace.ts';

/** The blocks of a message as Slack keeps them, or a refusal; `unbounded` leaves their total size unchecked. */
export function acceptBlocks(
  workspace: Workspace,
  { blocks, unbounded = false }: { blocks: unknown; unbounded?: boolean },
): Json[] {
  const given = typeof blocks === 'string' ? parseJson(blocks) : blocks;
  if (!Array.isArray(given)) throw new Refusal('invalid_blocks_format');
  const wrong = checkBlocks(given, {
    surface: 'message',
    pointer: '/blocks',
    image: file => isImageReady(workspace, file),
  });
  if (wrong.length) throw new Refusal('invalid_blocks', { messages: wrong });
  if (!unbounded && charactersIn(given) > limits.messageCharacters) throw new Refusal('msg_blocks_too_long');
  return settle(asList(given));
}

/** Gives blocks and elements the ids and texts the defaults that Slack adds where an app leaves them out. */
export function settle(blocks: Json[]): Json[] {
  return blocks.map(block => {
    const settled = settleTexts(block);
    settled.block_id ??= newId('').slice(0, 5);
    return settled;
  });
}

const interactive = new Set(['button', 'checkboxes', 'overflow', 'radio_buttons', 'datepicker', 'timepicker']);

function settleTexts(value: Json): Json {
  const copy: Json = {};
  for (const [name, part] of Object.entries(value)) {
    if (Array.isArray(part)) copy[name] = part.map(one => (isJson(one) ? settleTexts(one) : one));
    else copy[name] = isJson(part) ? settleTexts(part) : part;
  }
  const type = asText(copy.type);
  if (type === 'plain_text' && typeof copy.text === 'string') copy.emoji ??= true;
  if (type === 'mrkdwn' && typeof copy.text === 'string') copy.verbatim ??= false;
  if (interactive.has(type) || type.endsWith('_select') || type.endsWith('_input'))
    copy.action_id ??= newId('').slice(0, 5);
  return copy;
}

/** Whether a `slack_file` names a picture that has been processed. */
export function isImageReady(workspace: Workspace, reference: Json): boolean {
  const file = fileNamed(workspace, reference);
  return file?.state === 'ready' && ['image/png', 'image/jpeg', 'image/gif'].includes(file.mimetype);
}

/** The file a `slack_file` names by id or by its private address. */
export function fileNamed(workspace: Workspace, reference: Json): StoredFile | undefined {
  if (typeof reference.id === 'string') return workspace.files.get(reference.id);
  const id = /\/files\/[^/]*-(F[0-9A-Z]+)\//.exec(asText(reference.url))?.[1];
  return id ? workspace.files.get(id) : undefined;
}

/** The channel the bot may post to, or the refusal Slack gives. */
export function writable(workspace: Workspace, channel: Channel | undefined): Channel {
  const member = channel?.members.includes(workspace.app.botUser);
  if (!channel || (channel.kind !== 'public' && !member)) throw new Refusal('channel_not_found');
  if (channel.archived) throw new Refusal('is_archived');
  if (!member) throw new Refusal('not_in_channel');
  return channel;
}

/** Refuses a `thread_ts` that names no message, or a reply. */
export function checkThread(workspace: Workspace, { channel, threadTs }: { channel: string; threadTs: string }): void {
  const root = messageAt(workspace, channel, threadTs);
  const known = root ?? messagesOf(workspace, channel).find(message => message.threadTs === threadTs);
  if (!known) throw new Refusal('thread_not_found');
  if (root?.threadTs && root.threadTs !== root.ts) throw new Refusal('cannot_reply_to_message');
}

/** Puts a message into a channel. */
export function post(
  workspace: Workspace,
  message: Pick<Message, 'channel' | 'user' | 'text'> & Partial<Omit<Message, 'ts'>>,
): Message {
  const posted: Message = { blocks: [], fileIds: [], ...message, ts: nextTs(workspace) };
  messagesOf(workspace, posted.channel).push(posted);
  changed(workspace, { what: 'message', channel: posted.channel });
  return posted;
}

/** Shows a message to one person only. */
export function whisper(
  workspace: Workspace,
  ephemeral: Pick<Ephemeral, 'channel' | 'person' | 'text'> & Partial<Ephemeral>,
): Ephemeral {
  const shown: Ephemeral = { blocks: [], from: workspace.app.botUser, ...ephemeral, ts: nextTs(workspace) };
  workspace.ephemerals.push(shown);
  changed(workspace, { what: 'ephemeral', channel: shown.channel, person: shown.person });
  return shown;
}

/** Removes a message; the root of a thread that has replies leaves a tombstone. */
export function erase(workspace: Workspace, message: Message): void {
  const messages = messagesOf(workspace, message.channel);
  if (messages.some(other => other !== message && other.threadTs === message.ts)) {
    Object.assign(message, { tombstone: true, text: 'This message was deleted.', blocks: [], fileIds: [] });
    delete message.metadata;
  } else messages.splice(messages.indexOf(message), 1);
  changed(workspace, { what: 'message', channel: message.channel });
}

/** A message as the Web API and payloads show it; metadata only where asked for. */
export function messageJson(workspace: Workspace, message: Message, { metadata = false } = {}): Json {
  if (message.tombstone)
    return {
      type: 'message',
      subtype: 'tombstone',
      user: 'USLACKBOT',
      ts: message.ts,
      text: message.text,
      thread_ts: message.ts,
    };
  const fromApp = message.user === workspace.app.botUser;
  const replies = messagesOf(workspace, message.channel).filter(
    other => other.threadTs === message.ts && other.ts !== message.ts,
  );
  const root = message.threadTs ? messageAt(workspace, message.channel, message.threadTs) : undefined;
  return {
    type: 'message',
    ...(message.broadcast ? { subtype: 'thread_broadcast' } : {}),
    user: message.user,
    ts: message.ts,
    ...(fromApp
      ? {
          bot_id: workspace.app.botId,
          app_id: workspace.app.id,
          bot_profile: { id: workspace.app.botId, app_id: workspace.app.id, name: 'retort', deleted: false },
        }
      : {}),
    text: message.text,
    team: workspace.team.id,
    ...(message.blocks.length ? { blocks: structuredClone(message.blocks) } : {}),
    ...(message.fileIds.length ? { files: message.fileIds.map(id => ({ id })) } : {}),
    ...(message.edited ? { edited: { user: message.user, ts: message.edited } } : {}),
    ...(metadata && message.metadata ? { metadata: message.metadata } : {}),
    ...(message.threadTs ? { thread_ts: message.threadTs, ...(root ? { parent_user_id: root.user } : {}) } : {}),
    ...(replies.length
      ? {
          thread_ts: message.ts,
          reply_count: replies.length,
          reply_users_count: new Set(replies.map(reply => reply.user)).size,
          reply_users: [...new Set(replies.map(reply => reply.user))],
          latest_reply: replies.at(-1)!.ts,
        }
      : {}),
  };
}

/** The address of a message. */
export function permalink(workspace: Workspace, message: Message): string {
  const base = `${workspace.origin}/archives/${message.channel}/p${message.ts.replace('.', '')}`;
  return message.threadTs ? `${base}?thread_ts=${message.threadTs}&cid=${message.channel}` : base;
}
