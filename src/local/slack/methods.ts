import { checkBlocks } from './blocks.ts';
import type { Method } from './call.ts';
import { structured } from './call.ts';
import { chat } from './chat.ts';
import { conversations } from './conversations.ts';
import { files } from './files.ts';
import { asJson, isJson, type Json } from './json.ts';
import { isImageReady } from './posting.ts';
import { Refusal } from './refusal.ts';
import { socketMethods } from './sockets.ts';
import { users } from './users.ts';
import { checkView } from './view-stack.ts';
import { views } from './views.ts';

const open: Record<string, Method> = {
  'api.test': ({ args }) => {
    if (typeof args.error === 'string') throw new Refusal(args.error);
    return { args };
  },
  'blocks.validate': ({ workspace, args }) => {
    const given = ['blocks', 'message', 'view'].filter(name => args[name] !== undefined);
    if (given.length !== 1) throw new Refusal('invalid_arguments');
    const value = structured(args, given[0]!);
    const found =
      given[0] === 'view'
        ? checkView(workspace, asJson(value))
        : checkBlocks(isJson(value) ? value.blocks : value, {
            surface: 'message',
            pointer: '/blocks',
            image: file => isImageReady(workspace, file),
          });
    if (!found.length) return {};
    throw new Refusal('invalid_blocks', { messages: found });
  },
};

const identity: Record<string, Method> = {
  'auth.test': ({ workspace }): Json => ({
    url: `${workspace.origin}/`,
    team: workspace.team.name,
    user: workspace.people.get(workspace.app.botUser)!.name,
    team_id: workspace.team.id,
    user_id: workspace.app.botUser,
    bot_id: workspace.app.botId,
    is_enterprise_install: false,
  }),
};

/** The methods that need no token. */
export const openMethods = new Set(Object.keys(open));

/** Every Web API method of the stand-in, by name. */
export const methods: Record<string, Method> = {
  ...open,
  ...identity,
  ...chat,
  ...conversations,
  ...files,
  ...socketMethods,
  ...users,
  ...views,
};
