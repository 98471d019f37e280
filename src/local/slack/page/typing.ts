import { html, nothing, type TemplateResult } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { settle, typedText, typeInto } from './drafts.ts';
import { entryId, type Field, fieldKey, ties } from './field.ts';
import { asJson, asText, textOf } from './json.ts';

/** A field one types into. */
export function typed(field: Field): TemplateResult {
  const { block, element, state, where } = field;
  const key = fieldKey(field);
  const text = typedText(key, asText(state.value));
  const { id, label, described, invalid } = ties(field);
  const placeholder = textOf(element.placeholder) || nothing;
  const focus = element.focus_on_load === true ? true : undefined;
  const type = asText(element.type);
  const onInput = (event: Event) =>
    typeInto(key, { where, id: entryId(field), text: (event.currentTarget as HTMLInputElement).value });
  const onBlur = () => void settle(key);
  if (element.multiline === true)
    return html`<textarea
        id=${id}
        class="typed"
        rows="4"
        aria-label=${label}
        aria-describedby=${described}
        aria-invalid=${invalid}
        placeholder=${placeholder}
        data-action=${asText(element.action_id)}
        ?data-focus=${focus}
        .value=${live(text)}
        @input=${onInput}
        @blur=${onBlur}
      ></textarea>
      ${counter(element.max_length, text)}`;
  const onEnter = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.isComposing || event.ctrlKey || event.metaKey) return;
    const moments = asJson(element.dispatch_action_config).trigger_actions_on;
    const asks = block.dispatch_action === true && (!Array.isArray(moments) || moments.includes('on_enter_pressed'));
    if (!asks) return;
    event.preventDefault();
    typeInto(key, { where, id: entryId(field), text: (event.currentTarget as HTMLInputElement).value });
    void settle(key, { enter: true });
  };
  return html`<input
      id=${id}
      class="typed"
      type=${type === 'email_text_input' ? 'email' : type === 'url_text_input' ? 'url' : 'text'}
      inputmode=${type !== 'number_input' ? nothing : element.is_decimal_allowed === true ? 'decimal' : 'numeric'}
      autocomplete="off"
      spellcheck="false"
      aria-label=${label}
      aria-describedby=${described}
      aria-invalid=${invalid}
      placeholder=${placeholder}
      data-action=${asText(element.action_id)}
      ?data-focus=${focus}
      .value=${live(text)}
      @input=${onInput}
      @blur=${onBlur}
      @keydown=${onEnter}
    />
    ${counter(element.max_length, text)}`;
}

/** How many characters are left, once few are. */
function counter(most: unknown, text: string): TemplateResult | typeof nothing {
  if (typeof most !== 'number' || text.length < most * 0.8) return nothing;
  const left = most - text.length;
  return html`<span class=${left < 0 ? 'counter over' : 'counter'}>${left}</span>`;
}
