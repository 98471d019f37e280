import { html, nothing, type TemplateResult } from 'lit-html';
import { avatar } from './names.ts';
import { addressOf } from './place.ts';
import { isUnread, unseenMentions } from './reading.ts';
import { directChannel, me, personOf, scene } from './scene.ts';
import type { Channel } from './wire.ts';

/** The column at the left: where one can go, and where something is new. */
export function sidebar(): TemplateResult {
  const { snapshot, place } = scene;
  const channels = (snapshot?.channels ?? []).filter(one => one.kind !== 'im');
  const direct = directChannel();
  const app = personOf(snapshot?.app.botUser ?? '');
  return html`<nav class="sidebar" aria-label="Channels and apps">
    <div class="workspace">
      <strong>${snapshot?.team.name ?? ''}</strong>
      <small>a workspace on this machine</small>
    </div>
    <h2>Channels</h2>
    <ul>
      ${channels.map(channel => html`<li>${channelLink(channel)}</li>`)}
    </ul>
    <h2>Direct messages</h2>
    <ul>
      ${direct ? html`<li>${channelLink(direct)}</li>` : nothing}
    </ul>
    <h2>Apps</h2>
    <ul>
      <li>
        <a class="goto" href=${addressOf({ is: 'home' })} aria-current=${place.is === 'home' ? 'page' : nothing}>
          ${avatar(app, { size: 'tiny' })}<span class="goto-name">${app.realName} Home</span>
        </a>
      </li>
    </ul>
  </nav>`;
}

function channelLink(channel: Channel): TemplateResult {
  const { place } = scene;
  const here = place.is === 'channel' && place.id === channel.id;
  const mentions = unseenMentions(me().id, { channel });
  const unread = isUnread(me().id, channel);
  const app = personOf(scene.snapshot?.app.botUser ?? '');
  return html`<a
    class="goto ${unread || mentions ? 'unread' : ''}"
    href=${addressOf({ is: 'channel', id: channel.id })}
    aria-current=${here ? 'page' : nothing}
  >
    ${
      channel.kind === 'im'
        ? avatar(app, { size: 'tiny' })
        : html`<span class="sign" aria-hidden="true">${channel.kind === 'private' ? '◆' : '#'}</span>`
    }
    <span class="goto-name">${channel.kind === 'im' ? app.realName : channel.name}</span>
    ${
      mentions
        ? html`<span class="badge">${mentions}<span class="unseen"> for you</span></span>`
        : unread
          ? html`<span class="dot"><span class="unseen">unread</span></span>`
          : nothing
    }
  </a>`;
}
