import { html, nothing, type TemplateResult } from 'lit-html';
import { composer } from './composer.ts';
import { log } from './log.ts';
import { messageRow } from './message.ts';
import { closeThread } from './place.ts';
import { channelTitle } from './scene.ts';
import type { Channel } from './wire.ts';

/** A thread, in the column at the right. */
export function threadView(channel: Channel, ts: string): TemplateResult {
  const root = channel.messages.find(one => one.ts === ts);
  const replies = channel.messages.filter(one => one.thread_ts === ts && one.ts !== ts);
  const ephemerals = channel.ephemerals.filter(one => one.threadTs === ts);
  return html`<aside
    class="thread"
    aria-label="Thread"
    @keydown=${(event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented) closeThread();
    }}
  >
    <header class="place-head">
      <h2>Thread <small>${channelTitle(channel)}</small></h2>
      <button type="button" class="plainbutton" aria-label="Close thread" @click=${closeThread}>✕</button>
    </header>
    <div class="scroller" role="log" aria-label="Replies" tabindex="0">
      <div class="log">
        ${root ? messageRow(root, { channel, inThread: true }) : html`<p class="gone">The message is not there any more.</p>`}
        ${
          replies.length
            ? html`<div class="day"><span>${replies.length} ${replies.length === 1 ? 'reply' : 'replies'}</span></div>`
            : nothing
        }
        ${log(replies, { channel, ephemerals, inThread: true })}
      </div>
    </div>
    ${channel.member && !channel.archived ? composer(channel, { thread: ts }) : nothing}
  </aside>`;
}
