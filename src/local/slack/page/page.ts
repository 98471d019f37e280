import { html, nothing, render, type TemplateResult } from 'lit-html';
import { keyed } from 'lit-html/directives/keyed.js';
import { channelView } from './channel.ts';
import { confirmDialog } from './confirm.ts';
import { forgetExcept } from './drafts.ts';
import { drawer } from './drawer.ts';
import { homeView } from './home.ts';
import { follow } from './live.ts';
import { modal, noteHand, returnHand } from './modal.ts';
import { announce, pageTitle } from './notify.ts';
import { lightbox } from './picture.ts';
import { arrive } from './place.ts';
import { markRead } from './reading.ts';
import { channelHere, drawWith, refresh, scene } from './scene.ts';
import { sidebar } from './sidebar.ts';
import { applyTheme } from './theme.ts';
import { threadView } from './thread.ts';
import { toasts } from './toasts.ts';
import { topbar } from './topbar.ts';
import type { Snapshot } from './wire.ts';

let seen: Snapshot | undefined;

function draw(): void {
  const { snapshot, place } = scene;
  if (!snapshot) return;
  if (snapshot !== seen) announce(snapshot);
  seen = snapshot;
  forgetExcept([...snapshot.views.map(one => one.id), ...(snapshot.home ? [snapshot.home.id] : [])]);
  const channel = channelHere();
  if (channel && place.is === 'channel' && !document.hidden) {
    markRead(snapshot.me, { channel });
    if (place.thread) markRead(snapshot.me, { channel, thread: place.thread });
  }
  noteHand();
  render(page(snapshot), document.body);
  returnHand();
  document.title = pageTitle(snapshot);
}

function page(snapshot: Snapshot): TemplateResult {
  const { overlay, place } = scene;
  const channel = channelHere();
  const thread = place.is === 'channel' ? place.thread : undefined;
  const view = snapshot.views.at(-1);
  return html`${topbar()}
    <div class="client">
      <div class="columns ${thread ? 'with-thread' : ''}" ?inert=${view !== undefined || overlay !== undefined}>
        ${sidebar()}
        <main class="main">${place.is === 'home' ? homeView() : channel ? channelView(channel) : nothing}</main>
        ${channel && thread ? threadView(channel, thread) : nothing}
      </div>
      ${view ? keyed(view.id, modal(view, { depth: snapshot.views.length, covered: overlay !== undefined })) : nothing}
      ${overlay?.is === 'confirm' ? confirmDialog(overlay) : nothing}
      ${overlay?.is === 'picture' ? lightbox(overlay) : nothing}
    </div>
    ${drawer()} ${toasts()}`;
}

drawWith(draw);
applyTheme();
scene.as = new URL(location.href).searchParams.get('as') ?? scene.as;
addEventListener('hashchange', arrive);
document.addEventListener('visibilitychange', () => void refresh());
await refresh();
arrive();
follow();
