import { html, nothing, type TemplateResult } from 'lit-html';
import { faults, scheduler } from './faults.ts';
import { pipelines } from './pipelines.ts';
import { change, scene } from './scene.ts';
import { traffic } from './traffic.ts';

/** The drawer that shows what lies behind the page: what was sent and received, and the other stand-ins. */
export function drawer(): TemplateResult | typeof nothing {
  if (!scene.drawer) return nothing;
  const close = () => {
    change({ drawer: false });
    document.querySelector<HTMLElement>('.behind')?.focus();
  };
  const more = scene.extra !== undefined;
  return html`<section
    class="drawer ${more ? 'more' : ''}"
    id="drawer"
    aria-label="Behind the scenes"
    @keydown=${(event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented) close();
    }}
  >
    <header class="drawer-head">
      <h2>Behind the scenes</h2>
      <p>Stand-ins on this machine that speak the real protocols. Vertex AI is a miniature of itself.</p>
      <button type="button" class="plainbutton" aria-label="Close Behind the scenes" @click=${close}>✕</button>
    </header>
    <div class="drawer-body">
      ${traffic()}
      ${more ? html`<div class="panels" tabindex="0" role="region" aria-label="Stand-ins"><div>${pipelines()}</div><div>${faults()}${scheduler()}</div></div>` : nothing}
    </div>
  </section>`;
}
