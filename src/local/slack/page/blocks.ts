import { html, nothing, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import { element, grouped, type Spot, undrawn } from './elements.ts';
import { errorOf, type Field, fieldId } from './field.ts';
import { asJson, asList, asText, isJson, type Json, textOf } from './json.ts';
import { picture } from './picture.ts';
import { mrkdwn, prose } from './prose.ts';
import { richText } from './rich.ts';
import { table } from './table.ts';

type Drawn = TemplateResult | typeof nothing;

/** Blocks, one below the other. A block that is drawn anew keeps its place, focus and all, as long as it is the same one. */
export function blocks(list: readonly Json[], spot: Spot): Drawn {
  const seen = new Map<string, number>();
  const keyed = list.map(block => {
    const like = identity(block);
    const nth = seen.get(like) ?? 0;
    seen.set(like, nth + 1);
    return { block, key: `${like} ${nth}` };
  });
  return html`${repeat(
    keyed,
    ({ key }) => key,
    ({ block }) =>
      html`<div class="block ${asText(block.type)}" data-block=${asText(block.block_id)}>${drawn(block, spot)}</div>`,
  )}`;
}

/** What makes a block the same one: an input's own id; elsewhere what it holds, for ids left out are new at every redraw. */
function identity(block: Json): string {
  const type = asText(block.type);
  if (type === 'input') return `${type} ${asText(block.block_id)}`;
  const actions = [block.accessory, ...asList(block.elements)].map(one => asText(asJson(one).action_id));
  return `${type} ${actions.join(' ')}`;
}

function drawn(block: Json, spot: Spot): Drawn {
  const type = asText(block.type);
  switch (type) {
    case 'section':
      return section(block, spot);
    case 'context':
      return html`${asList(block.elements).map(one =>
        one.type === 'image' ? picture(one, { small: true }) : html`<span class="bit">${prose(one)}</span>`,
      )}`;
    case 'header':
      return html`<h3>${textOf(block.text)}</h3>`;
    case 'divider':
      return html`<hr />`;
    case 'actions':
    case 'context_actions':
      return html`${asList(block.elements).map(one => element(one, { spot, block }))}`;
    case 'image':
      return picture(block);
    case 'input':
      return input(block, spot);
    case 'rich_text':
      return richText(block);
    case 'markdown':
      return mrkdwn(asText(block.text));
    case 'alert':
      return html`<div class="alert ${asText(block.level)}" role="note">${prose(block.text)}</div>`;
    case 'table':
    case 'data_table':
      return table(block);
    default:
      return undrawn(`block of type "${type}"`);
  }
}

function section(block: Json, spot: Spot): TemplateResult {
  return html`<div class="words">
      ${block.text ? html`<div>${prose(block.text)}</div>` : nothing}
      ${
        block.fields
          ? html`<div class="fields">${asList(block.fields).map(one => html`<div>${prose(one)}</div>`)}</div>`
          : nothing
      }
    </div>
    ${isJson(block.accessory) ? html`<div class="accessory">${element(block.accessory, { spot, block })}</div>` : nothing}`;
}

function input(block: Json, spot: Spot): TemplateResult {
  const inner = asJson(block.element);
  const field: Field = {
    where: spot.where,
    block,
    element: inner,
    state: {},
    error: spot.errors[asText(block.block_id)],
  };
  const id = fieldId(field);
  const wrong = errorOf(field);
  const name = html`${textOf(block.label)}${block.optional === true ? html` <small class="optional">(optional)</small>` : nothing}`;
  const below = html`${wrong ? html`<span class="error" id="${id}-error"><span aria-hidden="true">⚠</span> ${wrong}</span>` : nothing}
  ${block.hint ? html`<span class="hint" id="${id}-hint">${textOf(block.hint)}</span>` : nothing}`;
  if (grouped.has(asText(inner.type)) || asText(inner.type).startsWith('multi_'))
    return html`<fieldset
      class=${wrong ? 'field wrong' : 'field'}
      aria-describedby=${[wrong ? `${id}-error` : '', block.hint ? `${id}-hint` : ''].filter(Boolean).join(' ') || nothing}
    >
      <legend>${name}</legend>
      ${element(inner, { spot, block })} ${below}
    </fieldset>`;
  return html`<div class=${wrong ? 'field wrong' : 'field'}>
    <label for=${id}>${name}</label>
    ${element(inner, { spot, block })} ${below}
  </div>`;
}
