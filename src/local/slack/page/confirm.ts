import { html, type TemplateResult } from 'lit-html';
import { dialog } from './dialog.ts';
import { textOf } from './json.ts';
import { prose } from './prose.ts';
import type { Overlay } from './scene.ts';

/** The dialog that asks whether somebody means what they pressed. */
export function confirmDialog({ confirm, answer }: Extract<Overlay, { is: 'confirm' }>): TemplateResult {
  const look = confirm.style === 'danger' ? 'danger' : 'primary';
  return dialog({
    label: textOf(confirm.title),
    kind: 'confirm',
    close: () => answer(false),
    content: html`<h2>${textOf(confirm.title)}</h2>
      <div class="confirm-words">${prose(confirm.text)}</div>
      <div class="row end">
        <button type="button" class="button" @click=${() => answer(false)}>${textOf(confirm.deny)}</button>
        <button type="button" class="button ${look}" data-focus @click=${() => answer(true)}>${textOf(confirm.confirm)}</button>
      </div>`,
  });
}
