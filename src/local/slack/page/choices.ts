import { html, nothing, type TemplateResult } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { choose, type Field, fieldId, ties } from './field.ts';
import { asJson, asList, asText, isJson, type Json, textOf } from './json.ts';
import { prose } from './prose.ts';
import { channelTitle, scene } from './scene.ts';

interface Option {
  value: string;
  text: string;
}

/** A select: static, of people, of conversations or of channels. */
export function select(field: Field): TemplateResult {
  const { block, element, state } = field;
  const { id, label, described, invalid } = ties(field);
  const held = heldIn(state);
  const groups = asList(element.option_groups);
  const entry = ({ value, text }: Option) =>
    html`<option value=${value} ?selected=${live(value === held)}>${text}</option>`;
  const empty = textOf(element.placeholder) || 'Choose …';
  return html`<span class="select">
    <select
      id=${id}
      aria-label=${label}
      aria-describedby=${described}
      aria-invalid=${invalid}
      data-action=${asText(element.action_id)}
      ?data-focus=${element.focus_on_load === true}
      @change=${(event: Event) => choose(field, (event.currentTarget as HTMLSelectElement).value || null)}
    >
      ${held && block.optional !== true ? nothing : html`<option value="" ?selected=${live(!held)}>${empty}</option>`}
      ${
        groups.length
          ? groups.map(
              group =>
                html`<optgroup label=${textOf(group.label)}>${asList(group.options).map(shown).map(entry)}</optgroup>`,
            )
          : offered(element).map(entry)
      }
    </select>
  </span>`;
}

/** Several of many: a list of boxes. */
export function selectMany(field: Field): TemplateResult {
  const { element, state } = field;
  const list = Object.entries(state).find(([name]) => name !== 'type')?.[1];
  const held = (Array.isArray(list) ? list : []).map(one => (isJson(one) ? asText(one.value) : String(one)));
  const options = [
    ...offered(element),
    ...asList(element.option_groups)
      .flatMap(group => asList(group.options))
      .map(shown),
  ];
  return html`<span class="many">
    ${options.map(
      ({ value, text }) => html`<label class="choice">
        <input
          type="checkbox"
          .checked=${live(held.includes(value))}
          @change=${() => choose(field, held.includes(value) ? held.filter(one => one !== value) : [...held, value])}
        />
        <span>${text}</span>
      </label>`,
    )}
  </span>`;
}

/** Radio buttons. */
export function radios(field: Field): TemplateResult {
  const held = asText(asJson(field.state.selected_option).value);
  return boxes(field, {
    kind: 'radio',
    checked: value => value === held,
    toggle: value => choose(field, value),
  });
}

/** Checkboxes. */
export function checkboxes(field: Field): TemplateResult {
  const held = asList(field.state.selected_options).map(option => asText(option.value));
  return boxes(field, {
    kind: 'checkbox',
    checked: value => held.includes(value),
    toggle: value => choose(field, held.includes(value) ? held.filter(one => one !== value) : [...held, value]),
  });
}

function boxes(
  field: Field,
  {
    kind,
    checked,
    toggle,
  }: { kind: 'radio' | 'checkbox'; checked: (value: string) => boolean; toggle: (value: string) => void },
): TemplateResult {
  const id = fieldId(field);
  const action = asText(field.element.action_id);
  return html`<span class="choices">
    ${asList(field.element.options).map(option => {
      const value = asText(option.value);
      return html`<label class="choice">
        <input
          type=${kind}
          name=${id}
          value=${value}
          data-action="${action} ${value}"
          .checked=${live(checked(value))}
          @change=${() => toggle(value)}
        />
        <span>${prose(option.text)}${option.description ? html`<small>${prose(option.description)}</small>` : nothing}</span>
      </label>`;
    })}
  </span>`;
}

function offered(element: Json): Option[] {
  const type = asText(element.type);
  const people = scene.snapshot?.people ?? [];
  const channels = scene.snapshot?.channels ?? [];
  if (type.endsWith('users_select'))
    return people
      .filter(one => one.role !== 'bot' && !one.deactivated)
      .map(one => ({ value: one.id, text: one.realName }));
  if (type.endsWith('channels_select'))
    return channels.filter(one => one.kind === 'public').map(one => ({ value: one.id, text: channelTitle(one) }));
  if (type.endsWith('conversations_select')) {
    const included = asJson(element.filter).include;
    const kinds = Array.isArray(included) ? included : ['public', 'private', 'im'];
    return channels
      .filter(one => kinds.includes(one.kind) && !one.archived)
      .map(one => ({ value: one.id, text: channelTitle(one) }));
  }
  return asList(element.options).map(shown);
}

function shown(option: Json): Option {
  return { value: asText(option.value), text: textOf(option.text) };
}

function heldIn(state: Json): string {
  const [, held] = Object.entries(state).find(([name]) => name.startsWith('selected_')) ?? [];
  return isJson(held) ? asText(held.value) : asText(held);
}
