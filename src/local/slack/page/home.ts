import { html, type TemplateResult } from 'lit-html';
import { blocks } from './blocks.ts';
import { appTabs } from './channel.ts';
import { directChannel, scene } from './scene.ts';

/** The App Home of whoever looks. */
export function homeView(): TemplateResult {
  const home = scene.snapshot?.home;
  return html`<section class="place" aria-label="App Home">
    <header class="place-head">${appTabs(directChannel(), 'home')}</header>
    <div class="scroller homely" tabindex="0" role="region" aria-label="Home">
      <div class="home">
        ${
          home
            ? blocks(home.blocks, { where: { viewId: home.id }, values: home.values, errors: home.errors })
            : html`<div class="empty">
                <h2>Nothing here yet</h2>
                <p>Retort draws this page when it is told that you opened it.</p>
              </div>`
        }
      </div>
    </div>
  </section>`;
}
