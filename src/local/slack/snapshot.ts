import { plannedFaults } from './faults.ts';
import { fileJson } from './files.ts';
import type { Json } from './json.ts';
import { actAs } from './people.ts';
import { messageJson } from './posting.ts';
import { type Channel, directChannel, messagesOf, personNamed, type Workspace } from './workspace.ts';

/** Everything one person sees, as the page draws it. */
export function snapshot(workspace: Workspace, name: string): Json {
  const me = personNamed(workspace, name);
  directChannel(workspace, me.id);
  const acting = actAs(workspace, me.id);
  const channels = [...workspace.channels.values()].filter(
    channel => channel.members.includes(me.id) || (channel.kind === 'public' && me.role === 'member'),
  );
  const shown = channels.map(channel => channelShown(workspace, { channel, me: me.id }));
  return {
    seq: workspace.seq,
    team: workspace.team,
    app: workspace.app,
    me: me.id,
    people: [...workspace.people.values()],
    groups: [...workspace.groups.values()],
    commands: workspace.settings.commands,
    channels: shown,
    views: acting.views(),
    home: acting.home() ?? null,
    files: Object.fromEntries(
      [...workspace.files.values()]
        .filter(file => file.state === 'processing' || file.state === 'ready')
        .map(file => [file.id, { ...fileJson(workspace, file), look: `/look/${file.id}` }]),
    ),
    faults: plannedFaults(workspace),
  };
}

function channelShown(workspace: Workspace, { channel, me }: { channel: Channel; me: string }): Json {
  const member = channel.members.includes(me);
  return {
    ...channel,
    member,
    messages: member
      ? messagesOf(workspace, channel.id).map(message => messageJson(workspace, message, { metadata: true }))
      : [],
    ephemerals: workspace.ephemerals.filter(one => one.person === me && one.channel === channel.id),
    values: member ? valuesByMessage(workspace, { channel: channel.id, me }) : {},
  };
}

function valuesByMessage(workspace: Workspace, { channel, me }: { channel: string; me: string }): Json {
  const held = messagesOf(workspace, channel).map(
    ({ ts }) => [ts, workspace.messageValues.get(`${me} ${ts}`)] as const,
  );
  return Object.fromEntries(held.filter(([, values]) => values));
}
