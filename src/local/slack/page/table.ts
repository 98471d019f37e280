import { html, type TemplateResult } from 'lit-html';
import { asList, asText, type Json } from './json.ts';
import { richText } from './rich.ts';

/** A table block; its first row is the header. */
export function table(block: Json): TemplateResult {
  const [head = [], ...rows] = Array.isArray(block.rows) ? (block.rows as unknown[]).map(asList) : [];
  return html`<div class="tablebox" tabindex="0" role="region" aria-label=${asText(block.caption) || 'Table'}>
    <table>
      <thead>
        <tr>
          ${head.map(one => html`<th scope="col">${cell(one)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          row =>
            html`<tr>
              ${row.map(one => html`<td>${cell(one)}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function cell(one: Json): TemplateResult {
  if (one.type === 'rich_text') return richText(one);
  return html`${one.type === 'raw_number' ? String(one.value ?? one.text ?? '') : asText(one.text)}`;
}
