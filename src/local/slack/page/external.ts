import { html, nothing, type TemplateResult } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { choose, entryId, type Field, fieldKey, ties } from './field.ts';
import { asJson, asText, type Json, textOf } from './json.ts';
import { change, perform } from './scene.ts';

interface Query {
  /** What has been typed; undefined, where the menu was only opened. */
  text: string | undefined;
  options: Json[];
  active: number;
  timer?: ReturnType<typeof setTimeout>;
}

const rest = 250;
const queries = new Map<string, Query>();

/** A select whose options the app is asked for while one types. */
export function external(field: Field): TemplateResult {
  const { element, state, where } = field;
  const key = fieldKey(field);
  const query = queries.get(key);
  const { id, label, described, invalid } = ties(field);
  const held = asJson(state.selected_option);
  const options = query?.options ?? [];
  const least = typeof element.min_query_length === 'number' ? element.min_query_length : 3;
  function open(): void {
    if (!query && !least) ask();
  }
  function ask(text?: string): void {
    clearTimeout(query?.timer);
    const next: Query = { text, options, active: 0 };
    next.timer = setTimeout(async () => {
      const found = await perform<{ options: Json[] }>({ do: 'suggest', where, id: entryId(field), query: text ?? '' });
      if (queries.get(key) !== next) return;
      next.options = found?.options ?? [];
      change();
    }, rest);
    queries.set(key, next);
    change();
  }
  function take(option: Json | undefined): void {
    queries.delete(key);
    if (option) choose(field, option);
    change();
  }
  function onKey(event: KeyboardEvent): void {
    if (!query && event.key === 'ArrowDown') open();
    if (!query || !options.length) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) query.active = (query.active + step + options.length) % options.length;
    else if (event.key === 'Enter') take(options[query.active]);
    else if (event.key === 'Escape') take(undefined);
    else return;
    event.preventDefault();
    event.stopPropagation();
    change();
  }
  return html`<span class="external">
    <input
      id=${id}
      class="typed"
      role="combobox"
      autocomplete="off"
      aria-label=${label}
      aria-describedby=${described}
      aria-invalid=${invalid}
      aria-expanded=${options.length ? 'true' : 'false'}
      aria-controls="${id}-list"
      aria-activedescendant=${options.length ? `${id}-${query?.active}` : nothing}
      placeholder=${textOf(element.placeholder) || 'Type to search'}
      data-action=${asText(element.action_id)}
      .value=${live(query?.text ?? textOf(held.text))}
      @input=${(event: Event) => ask((event.currentTarget as HTMLInputElement).value)}
      @click=${open}
      @keydown=${onKey}
      @blur=${() => take(undefined)}
    />
    <span class="menu hints" role="listbox" id="${id}-list" aria-label="Found" ?hidden=${!options.length}>
      ${options.map(
        (option, i) =>
          html`<span
            role="option"
            id="${id}-${i}"
            aria-selected=${i === query?.active ? 'true' : 'false'}
            @mousedown=${(event: Event) => {
              event.preventDefault();
              take(option);
            }}
            >${textOf(option.text)}</span
          >`,
      )}
    </span>
  </span>`;
}
