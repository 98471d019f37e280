import { html, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import { avatar } from './names.ts';
import { go } from './place.ts';
import { dropToast, personOf, scene, type Toast } from './scene.ts';

/** Notifications, at the corner of the page. */
export function toasts(): TemplateResult {
  return html`<div class="toasts" role="status" aria-live="polite">
    ${repeat(
      scene.toasts,
      one => one.id,
      one => toastView(one),
    )}
  </div>`;
}

function toastView(one: Toast): TemplateResult {
  const follow = () => {
    if (one.open) go(one.open);
    dropToast(one.id);
  };
  const words = html`<span class="toast-words"><strong>${one.title}</strong><span>${one.text}</span></span>`;
  return html`<div class=${one.kind === 'problem' ? 'toast wrong' : 'toast'}>
    ${
      one.open
        ? html`<button type="button" class="toast-open" @click=${follow}>
            ${one.from ? avatar(personOf(one.from), { size: 'small' }) : ''}${words}
          </button>`
        : words
    }
    <button type="button" class="plainbutton" aria-label="Dismiss" @click=${() => dropToast(one.id)}>✕</button>
  </div>`;
}
