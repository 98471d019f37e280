import { sendInteraction } from './dispatch.ts';
import { enteredValue, isTyped, type Placed, valueField } from './elements.ts';
import { attachFile, fileJson } from './files.ts';
import {
  type Hand,
  interact,
  placed,
  type Spot,
  spotOf,
  surroundings,
  type Told,
  trigger,
  type Where,
  who,
} from './hand.ts';
import { asJson, asList, asText, isJson, type Json } from './json.ts';
import { limits } from './limits.ts';
import { changed, issueResponseUrl, nextTs } from './workspace.ts';

/** Which of several elements is meant, and what is chosen with it. */
export interface Pressing {
  blockId?: string;
  value?: string;
  /** The value of the option chosen from an overflow menu. */
  option?: string;
  /** Whether the dialog has been confirmed. */
  confirmed?: boolean;
}

/** What Slack writes on a view whose app did not answer. */
export const trouble = 'We had some trouble connecting. Try again?';

/** Presses a button or chooses from an overflow menu. */
export async function press(
  hand: Hand,
  { where, actionId, options }: { where: Where; actionId: string; options: Pressing },
): Promise<Told> {
  const spot = spotOf(hand, where);
  const { block, element } = placed(spot, actionId, options);
  const action: Json = { text: element.text, value: element.value, url: element.url };
  if (element.type === 'overflow') {
    const option = asList(element.options).find(one => one.value === options.option);
    if (!option) throw new Error(`"${String(options.option)}" is not among the options of "${actionId}".`);
    action.selected_option = option;
  } else if (element.type !== 'button' && element.type !== 'icon_button')
    throw new Error(`"${actionId}" is not a button but an element of type "${asText(element.type)}".`);
  if (isJson(element.confirm) && !options.confirmed) return { sent: false, confirm: element.confirm, opened: [] };
  return act(hand, { spot, placed: { block, element }, action });
}

/** Types or chooses, and tells the app where the element asks for it. */
export async function enter(
  hand: Hand,
  {
    where,
    id,
    value,
    enter = false,
    confirmed = false,
  }: { where: Where | string; id: string; value: unknown; enter?: boolean; confirmed?: boolean },
): Promise<Told> {
  const spot = spotOf(hand, where);
  const { block, element } = placed(spot, id);
  const entered = enteredValue(element, value);
  const direct = block.type !== 'input';
  if (direct && isJson(element.confirm) && !confirmed) return { sent: false, confirm: element.confirm, opened: [] };
  hold(hand, { spot, placed: { block, element }, entered });
  const config = asJson(element.dispatch_action_config).trigger_actions_on;
  const moments = Array.isArray(config) ? config : ['on_enter_pressed'];
  const asked = isTyped(element.type)
    ? moments.includes('on_character_entered') || (enter && moments.includes('on_enter_pressed'))
    : true;
  if (!direct && !(block.dispatch_action === true && asked)) return { sent: false, opened: [] };
  const { type: _, ...action } = entered;
  return act(hand, { spot, placed: { block, element }, action });
}

function hold(
  { workspace }: Hand,
  { spot, placed: { block, element }, entered }: { spot: Spot; placed: Placed; entered: Json },
): void {
  const blockId = asText(block.block_id);
  spot.values[blockId] ??= {};
  spot.values[blockId][asText(element.action_id)] = entered;
  if (!spot.view) return;
  delete spot.view.errors[blockId];
  changed(workspace, { what: spot.view.type === 'home' ? 'home' : 'view', person: spot.view.person });
}

async function act(
  hand: Hand,
  { spot, placed: { block, element }, action }: { spot: Spot; placed: Placed; action: Json },
): Promise<Told> {
  const { workspace, person } = hand;
  const done = JSON.parse(
    JSON.stringify({
      type: element.type,
      action_id: element.action_id,
      block_id: block.block_id,
      ...action,
      ...(valueField(element.type) ? { placeholder: element.placeholder } : {}),
      action_ts: nextTs(workspace),
    }),
  ) as Json;
  const response = spot.channel && {
    person: person.id,
    channel: spot.channel.id,
    ...(spot.message ? { message: spot.message.ts } : {}),
    ...(spot.ephemeral ? { ephemeral: spot.ephemeral.ts } : {}),
  };
  const told = await interact(hand, {
    type: 'block_actions',
    trigger_id: trigger(hand, {
      viewId: spot.view?.type === 'modal' ? spot.view.id : undefined,
      channel: spot.channel?.id,
    }),
    ...surroundings(hand, spot),
    ...(response ? { response_url: issueResponseUrl(workspace, response), state: { values: spot.values } } : {}),
    actions: [done],
  });
  if (told.problem && spot.view) {
    spot.view.trouble = trouble;
    changed(workspace, { what: 'view', person: person.id });
  }
  return told;
}

/** Asks the app for the options of an external select. */
export async function suggest(
  hand: Hand,
  { where, id, query }: { where: Where | string; id: string; query: string },
): Promise<Json[]> {
  const spot = spotOf(hand, where);
  const { block, element } = placed(spot, id);
  const least = typeof element.min_query_length === 'number' ? element.min_query_length : 3;
  if (query.length < least) return [];
  const answer = await sendInteraction(hand.workspace, {
    ...who(hand),
    type: 'block_suggestion',
    action_id: element.action_id,
    block_id: block.block_id,
    value: query,
    ...surroundings(hand, spot),
  });
  const { options, option_groups: groups } = asJson(answer.json);
  const offered = [...asList(options), ...asList(groups).flatMap(group => asList(group.options))];
  return offered.length > limits.selectOptions ? [] : offered;
}

/** Adds a file to a field for files. */
export async function attach(
  hand: Hand,
  { viewId, id, file }: { viewId: string; id: string; file: { name: string; bytes: Uint8Array } },
): Promise<Told> {
  const spot = spotOf(hand, { viewId });
  const { block, element } = placed(spot, id);
  if (element.type !== 'file_input')
    throw new Error(`"${id}" takes no files: it is of type "${asText(element.type)}".`);
  const blockId = asText(block.block_id);
  const held = asList(spot.values[blockId]?.[asText(element.action_id)]?.files);
  const ending = file.name.split('.').at(-1)?.toLowerCase();
  const wanted = element.filetypes as string[] | undefined;
  const refused =
    file.bytes.length > limits.fileInputBytes
      ? 'File is too large: 10 MB at most.'
      : wanted && !wanted.includes(ending ?? '')
        ? `This file type is not supported. Use ${wanted.join(', ')}.`
        : held.length >= (typeof element.max_files === 'number' ? element.max_files : limits.files)
          ? 'No more files can be added.'
          : undefined;
  if (refused) return { sent: false, errors: { [blockId]: refused }, opened: [] };
  const { workspace, person } = hand;
  const stored = attachFile(workspace, { name: file.name, bytes: Buffer.from(file.bytes), owner: person.id });
  return enter(hand, { where: { viewId }, id, value: [...held, fileJson(workspace, stored)] });
}
