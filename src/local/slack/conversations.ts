import { type Call, flag, type Method, needed, optional, page } from './call.ts';
import { readable } from './chat.ts';
import type { Json } from './json.ts';
import { messageJson } from './posting.ts';
import { Refusal } from './refusal.ts';
import { type Channel, directChannel, type Message, messagesOf, type Workspace } from './workspace.ts';

/** The methods of the family `conversations`. */
export const conversations: Record<string, Method> = {
  'conversations.info': ({ workspace, args }) => {
    const channel = readable(workspace, needed(args, 'channel'));
    return { channel: channelJson(workspace, channel, { count: flag(args, 'include_num_members') }) };
  },
  'conversations.list': ({ workspace, args }) => {
    const kinds = (optional(args, 'types') ?? 'public_channel').split(',');
    const names = { public: 'public_channel', private: 'private_channel', im: 'im' };
    const seen = [...workspace.channels.values()]
      .filter(channel => kinds.includes(names[channel.kind]))
      .filter(channel => channel.kind === 'public' || channel.members.includes(workspace.app.botUser))
      .filter(channel => !(channel.archived && flag(args, 'exclude_archived')));
    const { items, next } = page(seen, args, { usual: 100, most: 1000 });
    return { channels: items.map(one => channelJson(workspace, one)), response_metadata: { next_cursor: next } };
  },
  'conversations.members': ({ workspace, args }) => {
    const channel = readable(workspace, needed(args, 'channel'));
    const { items, next } = page(channel.members, args, { usual: 100, most: 1000 });
    return { members: items, response_metadata: { next_cursor: next } };
  },
  'conversations.history': call => {
    const channel = listened(call);
    const messages = messagesOf(call.workspace, channel.id)
      .filter(message => !message.threadTs || message.threadTs === message.ts || message.broadcast)
      .reverse();
    return listing(call, messages, { usual: 100, most: 999 });
  },
  'conversations.replies': call => {
    const channel = listened(call);
    const ts = needed(call.args, 'ts');
    const all = messagesOf(call.workspace, channel.id);
    const root = all.find(message => message.ts === ts);
    const rootTs = root?.threadTs ?? ts;
    const thread = all.filter(message => message.ts === rootTs || message.threadTs === rootTs);
    if (!thread.length) throw new Refusal('thread_not_found');
    return listing(call, thread, { usual: 1000, most: 1000, always: rootTs });
  },
  'conversations.open': ({ workspace, args }) => {
    const channelId = optional(args, 'channel');
    if (channelId) return { channel: { id: readable(workspace, channelId).id } };
    const users = needed(args, 'users').split(',');
    if (users.length > 1) throw new Refusal('method_not_supported_for_channel_type');
    const person = workspace.people.get(users[0]!);
    if (!person || person.role === 'bot') throw new Refusal('user_not_found');
    if (person.deactivated) throw new Refusal('user_disabled');
    const known = workspace.channels.has(`D${person.id.slice(1)}`);
    return {
      ...(known ? { no_op: true, already_open: true } : {}),
      channel: { id: directChannel(workspace, person.id).id },
    };
  },
};

/** A channel as the Web API shows it. */
export function channelJson(workspace: Workspace, channel: Channel, { count = false } = {}): Json {
  if (channel.kind === 'im')
    return { id: channel.id, is_im: true, is_channel: false, user: channel.name, is_user_deleted: false, created: 0 };
  return {
    id: channel.id,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: true,
    is_group: false,
    is_im: false,
    is_mpim: false,
    is_private: channel.kind === 'private',
    is_archived: channel.archived === true,
    is_general: channel.name === 'general',
    is_member: channel.members.includes(workspace.app.botUser),
    is_shared: channel.shared === true,
    is_ext_shared: channel.shared === true,
    is_org_shared: false,
    context_team_id: workspace.team.id,
    created: 0,
    topic: { value: '', creator: '', last_set: 0 },
    purpose: { value: '', creator: '', last_set: 0 },
    ...(count ? { num_members: channel.members.length } : {}),
  };
}

function listened({ workspace, args }: Call): Channel {
  const channel = readable(workspace, needed(args, 'channel'));
  if (workspace.withheld.has(channel.kind === 'public' ? 'channels:history' : 'groups:history'))
    throw new Refusal('missing_scope');
  if (!channel.members.includes(workspace.app.botUser)) throw new Refusal('not_in_channel');
  return channel;
}

function listing(
  { workspace, args }: Call,
  messages: Message[],
  { usual, most, always }: { usual: number; most: number; always?: string },
): Json {
  const oldest = Number(optional(args, 'oldest') ?? 0);
  const latest = Number(optional(args, 'latest') ?? Infinity);
  const inclusive = flag(args, 'inclusive');
  const within = messages.filter(message => {
    const at = Number(message.ts);
    return message.ts === always || (at > oldest && at < latest) || (inclusive && (at === oldest || at === latest));
  });
  const { items, more, next } = page(within, args, { usual, most });
  const metadata = flag(args, 'include_all_metadata');
  return {
    messages: items.map(message => messageJson(workspace, message, { metadata })),
    has_more: more,
    ...(more ? { response_metadata: { next_cursor: next } } : {}),
  };
}
