import { type Answer, sendInteraction } from './dispatch.ts';
import { elementsOf, findElement, type Placed, valuesOf } from './elements.ts';
import { asJson, asText, type Json } from './json.ts';
import { messageJson } from './posting.ts';
import { stackOf, viewJson } from './view-stack.ts';
import {
  type Channel,
  channelNamed,
  type Ephemeral,
  issueTrigger,
  type Message,
  messageAt,
  type Person,
  type Values,
  type View,
  type Workspace,
} from './workspace.ts';

/** What a person acts on. */
export type Where = { channel: string; ts: string } | { viewId: string } | { ephemeral: string } | 'home';

/** What Slack lets a person know once they have done something. */
export interface Told {
  /** Whether the app was asked at all; it is not when a dialog has to be confirmed or a field is wrong. */
  sent: boolean;
  ackMs?: number;
  status?: number;
  /** What Slack says went wrong between it and the app. */
  problem?: string;
  /** The dialog to confirm first: act again with `confirmed`. */
  confirm?: Json;
  /** What is wrong, by block id, beside the fields. */
  errors?: Record<string, string>;
  /** The modals that opened before the app had answered. */
  opened: ShownView[];
}

/** A view as a person sees it. */
export interface ShownView {
  id: string;
  type: 'modal' | 'home';
  title: string;
  submit?: string;
  close: string;
  callbackId: string;
  blocks: Json[];
  values: Values;
  errors: Record<string, string>;
  trouble?: string;
}

/** One person in one workspace. */
export interface Hand {
  workspace: Workspace;
  person: Person;
}

/** What lies under a person's hand: a view or a message, with what is entered there. */
export interface Spot {
  blocks: Json[];
  values: Values;
  view?: View;
  message?: Message;
  ephemeral?: Ephemeral;
  channel?: Channel;
}

/** The channel, if the person is in it. */
export function present({ person }: Hand, channel: Channel): Channel {
  if (!channel.members.includes(person.id))
    throw new Error(`"${person.name}" is not in the channel "${channel.name}".`);
  return channel;
}

/** Finds what a person acts on, among what they can see. */
export function spotOf(hand: Hand, given: Where | string): Spot {
  const { workspace, person } = hand;
  const where: Where = typeof given === 'string' && given !== 'home' ? { viewId: given } : (given as Where);
  if (where === 'home' || 'viewId' in where) {
    const home = workspace.homes.get(person.id);
    const view =
      where === 'home' || home?.id === where.viewId
        ? home
        : stackOf(workspace, person.id).find(one => one.id === where.viewId);
    if (!view) throw new Error(`"${person.name}" has no view ${JSON.stringify(where)} open.`);
    return { blocks: view.blocks, values: view.values, view };
  }
  if ('ephemeral' in where) {
    const ephemeral = workspace.ephemerals.find(one => one.ts === where.ephemeral && one.person === person.id);
    if (!ephemeral) throw new Error(`"${person.name}" sees no ephemeral message "${where.ephemeral}".`);
    const channel = workspace.channels.get(ephemeral.channel)!;
    return {
      blocks: ephemeral.blocks,
      values: heldValues(hand, { ts: ephemeral.ts, blocks: ephemeral.blocks }),
      ephemeral,
      channel,
    };
  }
  const channel = present(hand, channelNamed(workspace, where.channel));
  const message = messageAt(workspace, channel.id, where.ts);
  if (!message) throw new Error(`There is no message "${where.ts}" in the channel "${channel.name}".`);
  return {
    blocks: message.blocks,
    values: heldValues(hand, { ts: message.ts, blocks: message.blocks }),
    message,
    channel,
  };
}

function heldValues({ workspace, person }: Hand, { ts, blocks }: { ts: string; blocks: Json[] }): Values {
  const key = `${person.id} ${ts}`;
  const values = valuesOf(blocks, { before: workspace.messageValues.get(key) ?? {} });
  workspace.messageValues.set(key, values);
  return values;
}

/** Finds an element of what a person acts on. */
export function placed(
  spot: Spot,
  id: string,
  options: { blockId?: string | undefined; value?: string | undefined } = {},
): Placed {
  const found = findElement(spot.blocks, id, options);
  if (found) return found;
  const known = elementsOf(spot.blocks).map(({ element }) => `"${asText(element.action_id)}"`);
  throw new Error(`Nothing here is called "${id}"; there is ${known.join(', ') || 'nothing to act on'}.`);
}

/** What a payload says of the place of an element. */
export function surroundings({ workspace }: Hand, { view, message, ephemeral, channel }: Spot): Json {
  if (view) return { container: { type: 'view', view_id: view.id }, view: viewJson(workspace, view) };
  const ts = message?.ts ?? ephemeral?.ts;
  const threadTs = message?.threadTs ?? ephemeral?.threadTs;
  return {
    container: {
      type: 'message',
      message_ts: ts,
      channel_id: channel!.id,
      is_ephemeral: ephemeral !== undefined,
      ...(threadTs ? { thread_ts: threadTs } : {}),
    },
    channel: { id: channel!.id, name: channel!.kind === 'im' ? 'directmessage' : channel!.name },
    ...(message ? { message: messageJson(workspace, message) } : {}),
  };
}

/** What every payload says of its sender. */
export function who({ workspace, person }: Hand): Json {
  return {
    team: { id: workspace.team.id, domain: workspace.team.domain },
    user: { id: person.id, username: person.name, name: person.name, team_id: person.team ?? workspace.team.id },
    api_app_id: workspace.app.id,
    token: 'verification-token',
    enterprise: null,
    is_enterprise_install: false,
  };
}

/** A new trigger for what this person just did. */
export function trigger(
  { workspace, person }: Hand,
  { viewId, channel }: { viewId?: string | undefined; channel?: string | undefined },
): string {
  return issueTrigger(workspace, { person: person.id, ...(viewId ? { viewId } : {}), ...(channel ? { channel } : {}) });
}

/** Sends an interaction of this person and says what came of it. */
export async function interact(hand: Hand, payload: Json): Promise<Told> {
  return told(await watch(hand, () => sendInteraction(hand.workspace, { ...who(hand), ...payload })));
}

/** Sends something and notes the modals that opened before the app answered. */
export async function watch(hand: Hand, run: () => Promise<Answer>): Promise<Answer & { opened: ShownView[] }> {
  const { workspace, person } = hand;
  const before = new Set(workspace.stacks.get(person.id));
  const answer = await run();
  const opened = stackOf(workspace, person.id).filter(view => !before.has(view.id));
  return { ...answer, opened: opened.map(shownView) };
}

/** What Slack lets a person know of an answer. */
export function told({ ackMs, status, problem, opened }: Answer & { opened: ShownView[] }): Told {
  return { sent: true, ackMs, opened, ...(status ? { status } : {}), ...(problem ? { problem } : {}) };
}

/** A view with what is entered in it and what is wrong with that. */
export function shownView(view: View): ShownView {
  const { definition } = view;
  const submit = asText(asJson(definition.submit).text);
  return {
    id: view.id,
    type: view.type,
    title: asText(asJson(definition.title).text),
    ...(submit ? { submit } : {}),
    close: asText(asJson(definition.close).text) || 'Cancel',
    callbackId: asText(definition.callback_id),
    blocks: structuredClone(view.blocks),
    values: structuredClone(view.values),
    errors: { ...view.errors },
    ...(view.trouble ? { trouble: view.trouble } : {}),
  };
}
