import { isDeepStrictEqual } from 'node:util';
import { asJson, asList, asText, isJson, type Json } from './json.ts';
import type { Values } from './workspace.ts';

/** An interactive element with the block that holds it. */
export interface Placed {
  block: Json;
  element: Json;
}

/** Every interactive element of a message or view, in the order shown. */
export function elementsOf(blocks: readonly Json[]): Placed[] {
  return blocks.flatMap(block => {
    const nested = elementsOf([
      ...asList(block.child_blocks),
      ...(block.type === 'carousel' ? asList(block.elements) : []),
    ]);
    const own = [block.element, block.accessory, ...asList(block.elements), ...asList(block.actions)]
      .filter(isJson)
      .filter(element => typeof element.action_id === 'string')
      .map(element => ({ block, element }));
    return [...own, ...nested];
  });
}

const singleFields: Record<string, string> = {
  plain_text_input: 'value',
  number_input: 'value',
  email_text_input: 'value',
  url_text_input: 'value',
  static_select: 'selected_option',
  external_select: 'selected_option',
  radio_buttons: 'selected_option',
  users_select: 'selected_user',
  conversations_select: 'selected_conversation',
  channels_select: 'selected_channel',
  datepicker: 'selected_date',
  timepicker: 'selected_time',
  datetimepicker: 'selected_date_time',
  rich_text_input: 'rich_text_value',
};
const listFields: Record<string, string> = {
  checkboxes: 'selected_options',
  multi_static_select: 'selected_options',
  multi_external_select: 'selected_options',
  multi_users_select: 'selected_users',
  multi_conversations_select: 'selected_conversations',
  multi_channels_select: 'selected_channels',
  file_input: 'files',
};

/** The field of `state.values` that holds an element's value, or nothing for buttons and the like. */
export function valueField(type: unknown): string | undefined {
  return singleFields[asText(type)] ?? listFields[asText(type)];
}

/** Whether an element holds a list of values. */
export function holdsMany(type: unknown): boolean {
  return asText(type) in listFields;
}

/** Whether one types into an element, rather than choosing. */
export function isTyped(type: unknown): boolean {
  return singleFields[asText(type)] === 'value' || type === 'rich_text_input';
}

/** The options of a select, its groups included. */
export function optionsOf(element: Json): Json[] {
  return [...asList(element.options), ...asList(element.option_groups).flatMap(group => asList(group.options))];
}

/** The value an element starts with. */
export function initialValue(element: Json, { channel }: { channel?: string | undefined } = {}): Json {
  const type = asText(element.type);
  const field = valueField(type)!;
  if (holdsMany(type)) {
    const given = element[field.replace('selected_', 'initial_')];
    return { type, [field]: Array.isArray(given) ? given : [] };
  }
  const name =
    field === 'value' || field === 'rich_text_value' ? 'initial_value' : field.replace('selected_', 'initial_');
  const current =
    type === 'conversations_select' && element.default_to_current_conversation === true ? channel : undefined;
  return { type, [field]: current ?? element[name] ?? null };
}

/** The values of a form, keeping what was entered wherever block id, action id and type are still the same. */
export function valuesOf(
  blocks: readonly Json[],
  { before = {}, channel }: { before?: Values; channel?: string | undefined } = {},
): Values {
  const values: Values = {};
  for (const { block, element } of elementsOf(blocks)) {
    if (!valueField(element.type)) continue;
    const blockId = asText(block.block_id);
    const actionId = asText(element.action_id);
    const kept = before[blockId]?.[actionId];
    values[blockId] ??= {};
    values[blockId][actionId] = kept && stillPossible(element, kept) ? kept : initialValue(element, { channel });
  }
  return values;
}

function stillPossible(element: Json, value: Json): boolean {
  if (value.type !== element.type) return false;
  if (!('options' in element) && !('option_groups' in element)) return true;
  const options = optionsOf(element).map(option => option.value);
  const chosen = isJson(value.selected_option) ? [value.selected_option] : asList(value.selected_options);
  return chosen.every(option => options.includes(option.value));
}

/** Finds an element by its action id, or by the id of its block; of several, the one whose value or block is named. */
export function findElement(
  blocks: readonly Json[],
  id: string,
  { blockId, value }: { blockId?: string | undefined; value?: string | undefined } = {},
): Placed | undefined {
  const all = elementsOf(blocks).filter(
    ({ block, element }) =>
      (blockId === undefined || block.block_id === blockId) && (value === undefined || element.value === value),
  );
  return all.find(({ element }) => element.action_id === id) ?? all.find(({ block }) => block.block_id === id);
}

/** What `state.values` holds once a person has entered something. */
export function enteredValue(element: Json, entered: unknown): Json {
  const type = asText(element.type);
  const field = valueField(type);
  if (!field) throw new Error(`Nothing can be entered into an element of type "${type}".`);
  if (holdsMany(type)) {
    const items = Array.isArray(entered) ? entered : [];
    return { type, [field]: field === 'selected_options' ? items.map(item => optionFor(element, item)) : items };
  }
  if (field === 'value') return { type, value: entered === '' || entered === undefined ? null : entered };
  if (field === 'selected_option')
    return { type, selected_option: entered === null || entered === undefined ? null : optionFor(element, entered) };
  return { type, [field]: entered ?? null };
}

function optionFor(element: Json, wanted: unknown): Json {
  const external = asText(element.type).endsWith('external_select');
  if (external && isJson(wanted)) return wanted;
  const value = isJson(wanted) ? wanted.value : wanted;
  const option = optionsOf(element).find(one => one.value === value || isDeepStrictEqual(one, wanted));
  if (!option) {
    const known = optionsOf(element).map(one => `"${asText(one.value)}"`);
    throw new Error(
      `"${String(value)}" is not among the options of "${asText(element.action_id)}": ${known.join(', ')}.`,
    );
  }
  return option;
}

/** What the client itself finds wrong before it would send a form, by block id, in Slack's manner. */
export function entryErrors(blocks: readonly Json[], values: Values): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const { block, element } of elementsOf(blocks)) {
    if (block.type !== 'input') continue;
    const blockId = asText(block.block_id);
    const state = asJson(values[blockId]?.[asText(element.action_id)]);
    const value = state[valueField(element.type) ?? ''];
    const empty = value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
    if (empty) {
      if (block.optional !== true) errors[blockId] = 'Please complete this required field.';
      continue;
    }
    const wrong = typedError(element, asText(value));
    if (wrong) errors[blockId] = wrong;
  }
  return errors;
}

function typedError(element: Json, value: string): string | undefined {
  if (element.type === 'plain_text_input') {
    const { min_length: least, max_length: most } = element;
    if (typeof least === 'number' && value.length < least) return `Please enter at least ${least} characters.`;
    if (typeof most === 'number' && value.length > most) return `Please enter at most ${most} characters.`;
    if (value.length > 3000) return 'Please enter at most 3000 characters.';
  }
  if (element.type === 'number_input') {
    const number = Number(value);
    if (value.trim() === '' || !Number.isFinite(number)) return 'Please enter a valid number.';
    if (element.is_decimal_allowed !== true && !Number.isInteger(number)) return 'Please enter a whole number.';
    if (typeof element.min_value === 'string' && number < Number(element.min_value))
      return `Please enter a number of at least ${element.min_value}.`;
    if (typeof element.max_value === 'string' && number > Number(element.max_value))
      return `Please enter a number of at most ${element.max_value}.`;
  }
  if (element.type === 'email_text_input' && !/^[^@\s]+@[^@\s]+$/.test(value)) return 'Please enter a valid email.';
  if (element.type === 'url_text_input' && !URL.canParse(value)) return 'Please enter a valid URL.';
  return undefined;
}
