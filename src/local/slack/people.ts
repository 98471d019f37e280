import { attach, enter, type Pressing, press, suggest } from './clicks.ts';
import { command } from './commands.ts';
import { tell } from './events.ts';
import {
  type Hand,
  interact,
  present,
  type ShownView,
  shownView,
  type Told,
  told,
  trigger,
  type Where,
  watch,
} from './hand.ts';
import type { Json } from './json.ts';
import { post } from './posting.ts';
import { close, submit } from './submissions.ts';
import { stackOf, viewJson } from './view-stack.ts';
import {
  channelNamed,
  directChannel,
  type Ephemeral,
  type Message,
  messagesOf,
  nextTs,
  personNamed,
  type Workspace,
} from './workspace.ts';

/** What one person can do and see. */
export interface Acting {
  id: string;
  command: (channel: string, line: string) => Promise<Told>;
  press: (where: Where, actionId: string, options?: Pressing) => Promise<Told>;
  choose: (
    where: Where | string,
    id: string,
    value: unknown,
    options?: { enter?: boolean; confirmed?: boolean },
  ) => Promise<Told>;
  type: (where: Where | string, id: string, value: string, options?: { enter?: boolean }) => Promise<Told>;
  attach: (viewId: string, id: string, file: { name: string; bytes: Uint8Array }) => Promise<Told>;
  suggest: (where: Where | string, id: string, query: string) => Promise<Json[]>;
  submit: (viewId: string) => Promise<Told>;
  close: (viewId: string, options?: { all?: boolean }) => Promise<Told>;
  openHome: () => Promise<Told>;
  shortcut: (callbackId: string) => Promise<Told>;
  say: (channel: string, text: string, options?: { threadTs?: string }) => string;
  views: () => ShownView[];
  home: () => ShownView | undefined;
  ephemerals: (channel?: string) => Ephemeral[];
  dms: () => Message[];
}

/** The hands and eyes of one person. */
export function actAs(workspace: Workspace, name: string): Acting {
  const person = personNamed(workspace, name);
  const hand = { workspace, person };
  return {
    id: person.id,
    command: (channel, line) => command(hand, { channel: channelNamed(workspace, channel), line }),
    press: (where, actionId, options = {}) => press(hand, { where, actionId, options }),
    choose: (where, id, value, options = {}) => enter(hand, { where, id, value, ...options }),
    type: (where, id, value, options = {}) => enter(hand, { where, id, value, ...options }),
    attach: (viewId, id, file) => attach(hand, { viewId, id, file }),
    suggest: (where, id, query) => suggest(hand, { where, id, query }),
    submit: viewId => submit(hand, viewId),
    close: (viewId, { all = false } = {}) => close(hand, { viewId, all }),
    openHome: () => openHome(hand),
    shortcut: callbackId =>
      interact(hand, {
        type: 'shortcut',
        callback_id: callbackId,
        action_ts: nextTs(workspace),
        trigger_id: trigger(hand, {}),
      }),
    say: (channel, text, { threadTs } = {}) =>
      post(workspace, {
        channel: present(hand, channelNamed(workspace, channel)).id,
        user: person.id,
        text,
        ...(threadTs ? { threadTs } : {}),
      }).ts,
    views: () => stackOf(workspace, person.id).map(shownView),
    home: () => {
      const home = workspace.homes.get(person.id);
      return home && shownView(home);
    },
    ephemerals: channel =>
      structuredClone(
        workspace.ephemerals.filter(
          one => one.person === person.id && (!channel || one.channel === channelNamed(workspace, channel).id),
        ),
      ),
    dms: () => structuredClone(messagesOf(workspace, directChannel(workspace, person.id).id)),
  };
}

async function openHome(hand: Hand): Promise<Told> {
  const { workspace, person } = hand;
  const home = workspace.homes.get(person.id);
  const answer = await watch(hand, () =>
    tell(workspace, {
      type: 'app_home_opened',
      user: person.id,
      channel: directChannel(workspace, person.id).id,
      tab: 'home',
      ...(home ? { view: viewJson(workspace, home) } : {}),
    }),
  );
  return told(answer);
}
