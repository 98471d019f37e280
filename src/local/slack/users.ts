import { flag, type Method, needed, page } from './call.ts';
import type { Json } from './json.ts';
import { Refusal } from './refusal.ts';
import type { Group, Person, Workspace } from './workspace.ts';

/** The methods of the families `users`, `bots` and `usergroups`. */
export const users: Record<string, Method> = {
  'users.info': ({ workspace, args }) => {
    const person = workspace.people.get(needed(args, 'user'));
    if (!person) throw new Refusal('user_not_found');
    return { user: personJson(workspace, person, { locale: flag(args, 'include_locale') }) };
  },
  'users.list': ({ workspace, args }) => {
    const { items, next } = page([...workspace.people.values()], args, { usual: 1000, most: 1000 });
    const locale = flag(args, 'include_locale');
    return {
      members: items.map(person => personJson(workspace, person, { locale })),
      cache_ts: Math.floor(Date.now() / 1000),
      response_metadata: { next_cursor: next },
    };
  },
  'bots.info': ({ workspace, args }) => {
    const { botId, botUser, id } = workspace.app;
    if (needed(args, 'bot') !== botId) throw new Refusal('bot_not_found');
    const { name } = workspace.people.get(botUser)!;
    return { bot: { id: botId, app_id: id, user_id: botUser, name, deleted: false, updated: 0, icons: {} } };
  },
  'usergroups.list': ({ workspace, args }) => ({
    usergroups: [...workspace.groups.values()].map(group => ({
      ...groupJson(workspace, group),
      ...(flag(args, 'include_users') ? { users: group.people } : {}),
    })),
  }),
  'usergroups.users.list': ({ workspace, args }) => {
    const group = workspace.groups.get(needed(args, 'usergroup'));
    if (!group) throw new Refusal('no_such_subteam');
    return { users: group.people.filter(id => !workspace.people.get(id)?.deactivated) };
  },
};

function personJson(workspace: Workspace, person: Person, { locale }: { locale: boolean }): Json {
  return {
    id: person.id,
    team_id: person.team ?? workspace.team.id,
    name: person.name,
    real_name: person.realName,
    deleted: person.deactivated === true,
    profile: {
      real_name: person.realName,
      real_name_normalized: person.realName,
      display_name: person.name,
      display_name_normalized: person.name,
      team: person.team ?? workspace.team.id,
      ...(person.role === 'bot' ? { bot_id: workspace.app.botId, api_app_id: workspace.app.id } : {}),
    },
    ...(person.deactivated
      ? {}
      : {
          tz: person.zone ?? 'UTC',
          tz_label: person.zone ?? 'UTC',
          tz_offset: person.zoneOffset ?? 0,
          is_admin: false,
          is_owner: false,
          is_primary_owner: false,
          is_restricted: person.role === 'guest',
          is_ultra_restricted: false,
        }),
    is_bot: person.role === 'bot',
    is_app_user: false,
    updated: 0,
    ...(locale ? { locale: person.locale ?? 'en-US' } : {}),
  };
}

function groupJson(workspace: Workspace, group: Group): Json {
  return {
    id: group.id,
    team_id: workspace.team.id,
    is_usergroup: true,
    name: group.name,
    handle: group.handle,
    description: '',
    is_external: false,
    date_create: 0,
    date_update: 0,
    date_delete: 0,
    auto_type: null,
    user_count: group.people.length,
  };
}
