import { html, nothing, type TemplateResult } from 'lit-html';
import { composer } from './composer.ts';
import { log } from './log.ts';
import { avatar } from './names.ts';
import { addressOf } from './place.ts';
import { channelTitle, isTopLevel, personOf, scene } from './scene.ts';
import type { Channel } from './wire.ts';

/** A channel, or the conversation with the app: its messages, and the field one writes in. */
export function channelView(channel: Channel): TemplateResult {
  const title = channelTitle(channel);
  const members = channel.members.map(personOf);
  return html`<section class="place" aria-label=${title}>
    <header class="place-head">
      ${
        channel.kind === 'im'
          ? appTabs(channel, 'messages')
          : html`<h1>${title}${channel.kind === 'private' ? html` <small>private</small>` : nothing}</h1>
              <span class="members" title=${members.map(one => one.realName).join(', ')}>
                ${members.slice(0, 4).map(one => avatar(one, { size: 'small' }))}
                <span>${members.length} members</span>
              </span>`
      }
    </header>
    ${logBox(channel, { title })} ${foot(channel)}
  </section>`;
}

/** The app's two tabs: its home, and the conversation with it. */
export function appTabs(direct: Channel | undefined, here: 'home' | 'messages'): TemplateResult {
  const app = personOf(scene.snapshot?.app.botUser ?? '');
  const tab = (name: string, href: string, current: boolean) =>
    html`<a class="tab" href=${href} aria-current=${current ? 'page' : nothing}>${name}</a>`;
  return html`<h1>${avatar(app, { size: 'small' })} ${app.realName} <span class="tag">APP</span></h1>
    <nav class="tabs" aria-label="Retort">
      ${tab('Home', addressOf({ is: 'home' }), here === 'home')}
      ${tab('Messages', addressOf({ is: 'channel', id: direct?.id ?? '' }), here === 'messages')}
    </nav>`;
}

function logBox(channel: Channel, { title }: { title: string }): TemplateResult {
  const shown = channel.messages.filter(isTopLevel);
  const ephemerals = channel.ephemerals.filter(one => !one.threadTs);
  const empty = !shown.length && !ephemerals.length;
  return html`<div class="scroller" role="log" aria-label="Messages in ${title}" tabindex="0">
    <div class="log">${empty ? emptyChannel(channel) : log(shown, { channel, ephemerals })}</div>
  </div>`;
}

function emptyChannel(channel: Channel): TemplateResult {
  if (channel.kind === 'im')
    return html`<div class="empty"><h2>Nothing from Retort yet</h2><p>What it tells only you arrives here.</p></div>`;
  const here = channel.members.includes(scene.snapshot?.app.botUser ?? '');
  return html`<div class="empty">
    <h2>This is the very beginning of ${channelTitle(channel)}</h2>
    <p>
      ${
        here
          ? html`Type <code>/distill</code> below to train a small model on the answers of a large one.`
          : 'Retort is not a member of this channel.'
      }
    </p>
  </div>`;
}

function foot(channel: Channel): TemplateResult {
  if (channel.archived) return html`<div class="closed">This channel is archived.</div>`;
  if (!channel.member) return html`<div class="closed">You are not a member of ${channelTitle(channel)}.</div>`;
  return html`${scene.busy.has(`command ${channel.id}`) ? html`<div class="waiting" role="status">Retort was asked …</div>` : nothing}
  ${composer(channel)}`;
}
