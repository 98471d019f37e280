import { nothing } from 'lit-html';
import { enter, keyOf } from './doing.ts';
import { asText, type Json, textOf } from './json.ts';
import { scene } from './scene.ts';
import type { Where } from './wire.ts';

/** An element one enters something into, where it stands and what it holds. */
export interface Field {
  where: Where;
  block: Json;
  element: Json;
  /** What the workspace holds for it. */
  state: Json;
  error: string | undefined;
}

/** The key of a field. */
export function fieldKey({ where, block, element }: Field): string {
  return keyOf(where, { blockId: asText(block.block_id), actionId: asText(element.action_id) });
}

/** The id of a field in the page, which labels and descriptions refer to. */
export function fieldId(field: Field): string {
  return `f-${fieldKey(field).replaceAll(/[^\w-]+/g, '-')}`;
}

/** The name a field is known by when something is entered: its block's, where the block holds nothing else. */
export function entryId({ block, element }: Field): string {
  return asText(block.type === 'input' ? block.block_id : element.action_id);
}

/** Enters a choice, which the app is told at once where it asks for that. */
export function choose(field: Field, value: unknown): void {
  void enter({ where: field.where, id: entryId(field), value }, fieldKey(field));
}

/** What is wrong with a field, by the app's word or because of a file. */
export function errorOf(field: Field): string | undefined {
  return field.error ?? scene.fileErrors.get(fieldKey(field));
}

/** The attributes that tie a field to its label, hint and error. */
export function ties(field: Field): {
  id: string;
  label: string | typeof nothing;
  described: string | typeof nothing;
  invalid: 'true' | 'false';
} {
  const id = fieldId(field);
  const { block, element } = field;
  const described = [block.hint ? `${id}-hint` : '', errorOf(field) ? `${id}-error` : ''].filter(Boolean).join(' ');
  return {
    id,
    label:
      block.type === 'input' ? nothing : textOf(element.placeholder) || textOf(block.text) || asText(element.action_id),
    described: described || nothing,
    invalid: errorOf(field) ? 'true' : 'false',
  };
}
