import { html, nothing, type TemplateResult } from 'lit-html';
import { blocks } from './blocks.ts';
import { messageTime } from './dates.ts';
import { folded } from './fold.ts';
import { avatar } from './names.ts';
import { enlargeable } from './picture.ts';
import { go } from './place.ts';
import { mrkdwn, plainWords } from './prose.ts';
import { unseenMentions } from './reading.ts';
import { channelOf, me, personOf, scene } from './scene.ts';
import { sizeText } from './upload.ts';
import type { Channel, Ephemeral, Message } from './wire.ts';

/** A message in its channel, or in its thread. */
export function messageRow(
  message: Message,
  { channel, inThread = false, compact = false }: { channel: Channel; inThread?: boolean; compact?: boolean },
): TemplateResult {
  const { ts } = message;
  const replies = message.reply_count ?? 0;
  const marked = scene.place.is === 'channel' && scene.place.mark === ts;
  const root = message.thread_ts && message.thread_ts !== ts ? message.thread_ts : undefined;
  const thread = root ?? ts;
  const openThread = () => go({ is: 'channel', id: channel.id, thread });
  const content =
    message.subtype === 'tombstone'
      ? html`<div class="gone">${message.text}</div>`
      : html`${root && !inThread ? repliedTo(channel, root, openThread) : nothing}
      ${inThread ? body(message, { channel }) : folded(message, body(message, { channel }))}`;
  return html`<article
    class="message ${compact ? 'compact' : ''} ${marked ? 'marked' : ''}"
    aria-label=${labelOf(message)}
    data-ts=${ts}
  >
    ${side({ from: message.user, ts, compact })}
    <div class="said">
      ${compact ? nothing : heading({ from: message.user, ts })} ${content}
      ${message.edited ? html`<small class="edited">(edited)</small>` : nothing}
      ${!inThread && replies ? repliesLine(message, { channel, openThread }) : nothing}
    </div>
    ${
      inThread || message.subtype === 'tombstone'
        ? nothing
        : html`<div class="hover">
            <button type="button" class="plainbutton" @click=${openThread}>Reply in thread</button>
          </div>`
    }
  </article>`;
}

/** A message that only its reader sees. */
export function ephemeralRow(ephemeral: Ephemeral, dismiss: () => void): TemplateResult {
  const { ts, from, text, blocks: list } = ephemeral;
  return html`<article class="message ephemeral" aria-label="Only visible to you: ${plainWords(text)}" data-ts=${ts}>
    ${side({ from, ts, compact: false })}
    <div class="said">
      <div class="private"><span aria-hidden="true">◉</span> Only visible to you</div>
      ${heading({ from, ts })}
      ${
        list.length
          ? blocks(list, { where: { ephemeral: ts }, values: {}, errors: {} })
          : html`<div class="text">${mrkdwn(text)}</div>`
      }
      <button type="button" class="dismiss" @click=${dismiss}>Dismiss message</button>
    </div>
  </article>`;
}

function body(message: Message, { channel }: { channel: Channel }): TemplateResult {
  const { ts, text, blocks: list = [], files = [] } = message;
  const values = channel.values[ts] ?? {};
  return html`${
    list.length
      ? blocks(list, { where: { channel: channel.id, ts }, values, errors: {} })
      : text
        ? html`<div class="text">${mrkdwn(text)}</div>`
        : nothing
  }
  ${files.map(({ id }) => attached(id))}`;
}

function attached(id: string): TemplateResult {
  const file = scene.snapshot?.files[id];
  if (!file) return html`<span class="missing">This file is not there any more.</span>`;
  if (file.mimetype.startsWith('image/'))
    return html`<figure class="picture">
      <figcaption>${file.title}</figcaption>
      ${enlargeable(file, file.title)}
    </figure>`;
  return html`<a class="file" href=${file.look} download=${file.name}>
    <span aria-hidden="true">▤</span><span class="file-name">${file.title}</span>
    <small>${sizeText(file.size)}</small>
  </a>`;
}

function side({ from, ts, compact }: { from: string; ts: string; compact: boolean }): TemplateResult {
  if (!compact) return html`<div class="side">${avatar(personOf(from))}</div>`;
  return html`<div class="side"><time datetime=${messageTime(ts).iso}>${messageTime(ts).time}</time></div>`;
}

function heading({ from, ts }: { from: string; ts: string }): TemplateResult {
  const person = personOf(from);
  const when = messageTime(ts);
  return html`<div class="heading">
    <strong>${person.realName}</strong>${person.role === 'bot' ? html`<span class="tag">APP</span>` : nothing}
    <time datetime=${when.iso} title=${when.full}>${when.time}</time>
  </div>`;
}

function repliedTo(channel: Channel, root: string, openThread: () => void): TemplateResult {
  const parent = channelOf(channel.id)?.messages.find(one => one.ts === root);
  return html`<div class="replied">
    replied to a thread:
    <button type="button" class="linkbutton" @click=${openThread}>
      ${parent ? clipped(plainWords(parent.text)) : 'the thread'}
    </button>
  </div>`;
}

function repliesLine(
  message: Message,
  { channel, openThread }: { channel: Channel; openThread: () => void },
): TemplateResult {
  const count = message.reply_count ?? 0;
  const mentions = unseenMentions(me().id, { channel, thread: message.ts });
  const last = messageTime(message.latest_reply ?? message.ts);
  return html`<button type="button" class="replies" @click=${openThread}>
    ${(message.reply_users ?? []).slice(0, 4).map(id => avatar(personOf(id), { size: 'tiny' }))}
    <span class="count">${count} ${count === 1 ? 'reply' : 'replies'}</span>
    ${mentions ? html`<span class="badge">${mentions} for you</span>` : nothing}
    <span class="last">Last reply ${last.time}</span>
  </button>`;
}

function labelOf(message: Message): string {
  return `${personOf(message.user).realName}, ${messageTime(message.ts).time}: ${clipped(plainWords(message.text))}`;
}

function clipped(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text || 'message';
}
