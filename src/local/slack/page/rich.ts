import { html, nothing, type TemplateResult } from 'lit-html';
import { copyButton } from './copy.ts';
import { asJson, asList, asText, type Json } from './json.ts';
import { safeUrl } from './mrkdwn.ts';
import { link, mention, moment } from './prose.ts';

/** A rich text block. */
export function richText(block: Json): TemplateResult {
  return html`<div class="rich">${asList(block.elements).map(part)}</div>`;
}

function part(element: Json): TemplateResult {
  const leaves = asList(element.elements);
  switch (element.type) {
    case 'rich_text_list': {
      const items = leaves.map(item => html`<li>${asList(item.elements).map(leaf)}</li>`);
      const depth = typeof element.indent === 'number' ? element.indent : 0;
      return element.style === 'ordered'
        ? html`<ol style="margin-left:${depth * 24}px">${items}</ol>`
        : html`<ul style="margin-left:${depth * 24}px">${items}</ul>`;
    }
    case 'rich_text_preformatted': {
      const text = leaves.map(one => asText(one.text) || asText(one.url)).join('');
      return html`<div class="codebox">
        <pre class="code" tabindex="0">${text}</pre>
        ${copyButton(text)}
      </div>`;
    }
    case 'rich_text_quote':
      return html`<blockquote>${leaves.map(leaf)}</blockquote>`;
    default:
      return html`<div class="plain">${leaves.map(leaf)}</div>`;
  }
}

function leaf(element: Json): TemplateResult | typeof nothing {
  const text = asText(element.text);
  switch (element.type) {
    case 'text':
      return styled(asJson(element.style), text);
    case 'link': {
      const url = safeUrl(asText(element.url));
      return url ? link(url, styled(asJson(element.style), text || url)) : html`${text}`;
    }
    case 'user':
      return mention('user', { id: asText(element.user_id), label: '' });
    case 'usergroup':
      return mention('group', { id: asText(element.usergroup_id), label: '' });
    case 'channel':
      return mention('channel', { id: asText(element.channel_id), label: '' });
    case 'broadcast':
      return html`<span class="mention mine">@${asText(element.range)}</span>`;
    case 'emoji':
      return html`${emoji(element)}`;
    case 'date':
      return moment({
        is: 'date',
        seconds: Number(element.timestamp),
        format: asText(element.format),
        url: safeUrl(asText(element.url)) ?? '',
        fallback: asText(element.fallback),
      });
    default:
      return nothing;
  }
}

function styled(style: Json, text: string): TemplateResult {
  let drawn = style.code ? html`<code>${text}</code>` : html`${text}`;
  if (style.bold) drawn = html`<strong>${drawn}</strong>`;
  if (style.italic) drawn = html`<em>${drawn}</em>`;
  if (style.strike) drawn = html`<s>${drawn}</s>`;
  return drawn;
}

function emoji(element: Json): string {
  const points = asText(element.unicode)
    .split('-')
    .map(point => Number.parseInt(point, 16));
  return points.every(point => point > 0) ? String.fromCodePoint(...points) : `:${asText(element.name)}:`;
}
