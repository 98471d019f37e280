import { html, nothing, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import { change, scene } from './scene.ts';
import type { Exchange } from './wire.ts';

const shown = 150;
const late = 3000;
const opened = new Set<number>();
let wanted = '';

/** What passed between the workspace and the app, the newest first; the bodies on demand. */
export function traffic(): TemplateResult {
  const found = scene.traffic
    .filter(one => one.what.toLowerCase().includes(wanted))
    .slice(-shown)
    .reverse();
  return html`<section class="traffic" aria-label="Sent and received">
    <div class="traffic-head">
      <h3>Sent and received</h3>
      <input
        type="search"
        class="typed"
        aria-label="Filter by name"
        placeholder="Filter, for example chat.update"
        @input=${(event: Event) => {
          wanted = (event.currentTarget as HTMLInputElement).value.trim().toLowerCase();
          change();
        }}
      />
    </div>
    <div class="traffic-list" tabindex="0" role="region" aria-label="Exchanges, the newest first">
      ${found.length ? nothing : html`<p class="quiet">Nothing yet.</p>`}
      ${repeat(
        found,
        one => one.id,
        one => row(one),
      )}
    </div>
  </section>`;
}

function row(one: Exchange): TemplateResult {
  const out = one.from === 'app';
  const failed = refusal(one);
  return html`<details
    class="exchange"
    @toggle=${(event: Event) => {
      if ((event.currentTarget as HTMLDetailsElement).open) opened.add(one.id);
      else opened.delete(one.id);
      change();
    }}
  >
    <summary>
      <span class="way ${out ? 'out' : 'in'}">${out ? 'Retort → Slack' : 'Slack → Retort'}</span>
      <span class="what">${one.what}</span>
      ${failed ? html`<span class="failed">${failed}</span>` : nothing}
      <span class=${one.ms > late ? 'ms failed' : 'ms'}>${one.ms} ms</span>
      <span class=${(one.status ?? 0) >= 200 && (one.status ?? 0) < 300 ? 'status' : 'status failed'}>${one.status ?? 'none'}</span>
      <time datetime=${one.at}>${new Date(one.at).toLocaleTimeString('en-GB')}</time>
    </summary>
    ${
      opened.has(one.id)
        ? html`<div class="bodies">
            ${bodyBox('Request', one.request)} ${bodyBox(out ? 'Answer' : 'Acknowledgement', one.response)}
          </div>`
        : nothing
    }
  </details>`;
}

function bodyBox(title: string, body: unknown): TemplateResult {
  const text =
    body === undefined || body === ''
      ? '(empty)'
      : typeof body === 'string'
        ? body
        : JSON.stringify(unwrapped(body), null, 2);
  return html`<div>
    <h4>${title}</h4>
    <pre class="code" tabindex="0">${text}</pre>
  </div>`;
}

/** Arguments that travel as JSON inside a form, as the objects they are. */
function unwrapped(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body;
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => {
      if (typeof value !== 'string' || !/^[[{]/.test(value)) return [name, value as unknown];
      try {
        return [name, JSON.parse(value) as unknown];
      } catch {
        return [name, value];
      }
    }),
  );
}

/** Why an exchange failed, in a word or two. */
function refusal({ response, status }: Exchange): string | undefined {
  if (typeof response === 'string') return !status || status >= 400 ? response.slice(0, 60) : undefined;
  const { ok, error } = (response ?? {}) as { ok?: unknown; error?: unknown };
  return ok === false ? String(error) : undefined;
}
