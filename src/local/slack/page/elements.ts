import { html, type TemplateResult } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { button, overflow } from './buttons.ts';
import { checkboxes, radios, select, selectMany } from './choices.ts';
import { external } from './external.ts';
import { choose, type Field, ties } from './field.ts';
import { asJson, asText, type Json, textOf } from './json.ts';
import { picture } from './picture.ts';
import { typed } from './typing.ts';
import { upload } from './upload.ts';
import type { Values, Where } from './wire.ts';

/** Where blocks stand, and what is entered in them. */
export interface Spot {
  where: Where;
  values: Values;
  errors: Record<string, string>;
}

/** The elements that are several controls under one name. */
export const grouped = new Set(['radio_buttons', 'checkboxes']);

/** One element of a block. */
export function element(given: Json, { spot, block }: { spot: Spot; block: Json }): TemplateResult {
  const { where } = spot;
  const placed = { where, block, element: given };
  const type = asText(given.type);
  if (type === 'button' || type === 'icon_button' || type === 'workflow_button') return button(placed);
  if (type === 'overflow') return overflow(placed);
  if (type === 'image') return picture(given, { small: true });
  const blockId = asText(block.block_id);
  const state = asJson(spot.values[blockId]?.[asText(given.action_id)]);
  return control({ ...placed, state, error: spot.errors[blockId] });
}

function control(field: Field): TemplateResult {
  const type = asText(field.element.type);
  switch (type) {
    case 'plain_text_input':
    case 'number_input':
    case 'email_text_input':
    case 'url_text_input':
      return typed(field);
    case 'static_select':
    case 'users_select':
    case 'channels_select':
    case 'conversations_select':
      return select(field);
    case 'external_select':
      return external(field);
    case 'multi_static_select':
    case 'multi_users_select':
    case 'multi_channels_select':
    case 'multi_conversations_select':
      return selectMany(field);
    case 'radio_buttons':
      return radios(field);
    case 'checkboxes':
      return checkboxes(field);
    case 'file_input':
      return upload(field);
    case 'datepicker':
      return picker(field, { type: 'date', held: asText(field.state.selected_date) });
    case 'timepicker':
      return picker(field, { type: 'time', held: asText(field.state.selected_time) });
    default:
      return undrawn(type);
  }
}

/** Says that this page does not draw something, rather than leaving it out. */
export function undrawn(type: string): TemplateResult {
  return html`<span class="missing">Not drawn on this page: ${type}</span>`;
}

function picker(field: Field, { type, held }: { type: 'date' | 'time'; held: string }): TemplateResult {
  const { id, label, described, invalid } = ties(field);
  return html`<input
    id=${id}
    class="typed"
    type=${type}
    aria-label=${label}
    aria-describedby=${described}
    aria-invalid=${invalid}
    title=${textOf(field.element.placeholder)}
    data-action=${asText(field.element.action_id)}
    .value=${live(held)}
    @change=${(event: Event) => choose(field, (event.currentTarget as HTMLInputElement).value || null)}
  />`;
}
