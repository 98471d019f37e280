import { html, nothing, type TemplateResult } from 'lit-html';
import { dateText } from './dates.ts';
import { asJson, asText } from './json.ts';
import { type Inline, type Piece, parseMrkdwn, wordsOf } from './mrkdwn.ts';
import { nameOf } from './names.ts';
import { addressOf } from './place.ts';
import { me, scene } from './scene.ts';

type Drawn = TemplateResult | string | typeof nothing;

/** A text object, formatted where it is mrkdwn. */
export function prose(text: unknown): Drawn {
  const { type, text: source } = asJson(text);
  return type === 'mrkdwn' ? mrkdwn(asText(source)) : plain(asText(source));
}

/** mrkdwn, drawn; whatever it says reaches the page as text and never as HTML. */
export function mrkdwn(source: string): TemplateResult {
  return html`${parseMrkdwn(source).map(piece)}`;
}

/** mrkdwn as one line of plain words. */
export function plainWords(source: string): string {
  return wordsOf(source, part => {
    if (part.is === 'user' || part.is === 'group' || part.is === 'channel') return nameOf(part.is, part);
    if (part.is === 'date') return dateText(part.seconds, part.format);
    return part.is === 'broadcast' ? `@${part.name}` : '';
  });
}

/** A link that opens beside the page. */
export function link(url: string, content: unknown): TemplateResult {
  return html`<a href=${url} target="_blank" rel="noopener noreferrer">${content}</a>`;
}

/** A mention of somebody, a group or a channel. */
export function mention(kind: 'user' | 'group' | 'channel', named: { id: string; label: string }): TemplateResult {
  const name = nameOf(kind, named);
  if (kind === 'channel' && scene.snapshot?.channels.some(one => one.id === named.id))
    return html`<a class="mention" href=${addressOf({ is: 'channel', id: named.id })}>${name}</a>`;
  const group = scene.snapshot?.groups.find(one => one.id === named.id);
  const mine = named.id === me().id || group?.people.includes(me().id);
  return html`<span class=${mine ? 'mention mine' : 'mention'}>${name}</span>`;
}

/** A moment, in the reader's own zone. */
export function moment({ seconds, format, url, fallback }: Extract<Inline, { is: 'date' }>): TemplateResult {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return html`${fallback}`;
  const time = html`<time datetime=${date.toISOString()} title=${dateText(seconds, '{date_long}, {time_secs}')}
    >${dateText(seconds, format)}</time
  >`;
  return url ? link(url, time) : time;
}

function plain(source: string): Drawn {
  return source ? html`<span class="plain">${source}</span>` : nothing;
}

function piece(part: Piece): TemplateResult {
  if (part.is === 'pre') return html`<pre class="code" tabindex="0">${part.text}</pre>`;
  const drawn = part.of.map((line, i) => html`${i ? html`<br />` : nothing}${line.map(inline)}`);
  return part.is === 'quote' ? html`<blockquote>${drawn}</blockquote>` : html`<span class="lines">${drawn}</span>`;
}

function inline(part: Inline): TemplateResult | string {
  switch (part.is) {
    case 'text':
      return part.text;
    case 'bold':
      return html`<strong>${part.of.map(inline)}</strong>`;
    case 'italic':
      return html`<em>${part.of.map(inline)}</em>`;
    case 'strike':
      return html`<s>${part.of.map(inline)}</s>`;
    case 'code':
      return html`<code>${part.text}</code>`;
    case 'link':
      return link(part.url, part.of.map(inline));
    case 'user':
    case 'group':
    case 'channel':
      return mention(part.is, part);
    case 'broadcast':
      return html`<span class="mention mine">@${part.name}</span>`;
    case 'date':
      return moment(part);
  }
}
