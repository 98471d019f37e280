import { html, nothing, type TemplateResult } from 'lit-html';
import { blocks } from './blocks.ts';
import { dialog } from './dialog.ts';
import { during, tell } from './doing.ts';
import { settleAll } from './drafts.ts';
import { avatar } from './names.ts';
import { perform, personOf, scene } from './scene.ts';
import type { Told, View } from './wire.ts';

/** The modal in front. */
export function modal(view: View, { depth, covered }: { depth: number; covered: boolean }): TemplateResult {
  const { id } = view;
  const busy = scene.busy.has(`submit ${id}`);
  const close = () => void perform<Told>({ do: 'close', viewId: id });
  const wrong = Object.keys(view.errors).length;
  return dialog({
    label: view.title,
    kind: 'modal',
    close,
    covered,
    content: html`<form
      class="modal-form"
      novalidate
      @submit=${(event: Event) => {
        event.preventDefault();
        void submit(view);
      }}
      @keydown=${(event: KeyboardEvent) => {
        if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        void submit(view);
      }}
    >
      <header class="dialog-head">
        ${avatar(personOf(scene.snapshot?.app.botUser ?? ''), { size: 'small' })}
        <h2>${view.title}</h2>
        <button type="button" class="plainbutton" aria-label="Close" @click=${close}>✕</button>
      </header>
      <div class="dialog-body" data-view=${id}>
        ${view.trouble ? html`<div class="alert error" role="alert">${view.trouble}</div>` : nothing}
        ${blocks(view.blocks, { where: { viewId: id }, values: view.values, errors: view.errors })}
      </div>
      <footer class="dialog-foot">
        <span class="wrongs" role="status"
          >${wrong ? (wrong === 1 ? 'One field needs another look.' : `${wrong} fields need another look.`) : ''}</span
        >
        <button type="button" class="button" @click=${close}>${depth > 1 && view.close === 'Cancel' ? 'Back' : view.close}</button>
        ${
          view.submit
            ? html`<button type="submit" class="button primary" aria-disabled=${busy ? 'true' : 'false'}>
                ${busy ? html`<span class="spinner" aria-hidden="true"></span>` : nothing}${view.submit}
              </button>`
            : nothing
        }
      </footer>
    </form>`,
  });
}

async function submit({ id, submit: can }: View): Promise<void> {
  if (!can || scene.busy.has(`submit ${id}`)) return;
  await during(`submit ${id}`, async () => {
    await settleAll(id);
    const told = tell(await perform<Told>({ do: 'submit', viewId: id }));
    if (told?.errors) requestAnimationFrame(showFirstError);
  });
}

function showFirstError(): void {
  const wrong = document.querySelector<HTMLElement>('.modal .field.wrong');
  wrong?.scrollIntoView({ block: 'center' });
  wrong?.querySelector<HTMLElement>('input, select, textarea')?.focus({ preventScroll: true });
}

let held: { view: string; action: string; at: number | null } | undefined;

/** Notes where the typing hand is, before a view is drawn anew. */
export function noteHand(): void {
  const at = document.activeElement;
  const view = at?.closest<HTMLElement>('[data-view]')?.dataset.view;
  const action = at instanceof HTMLElement ? at.dataset.action : undefined;
  const caret = at instanceof HTMLInputElement && at.type === 'text' ? at.selectionStart : null;
  held = view && action ? { view, action, at: caret } : undefined;
}

/** Puts the typing hand back where it was: a field that the app gave another id is a new one to the browser. */
export function returnHand(): void {
  if (!held || (document.activeElement !== document.body && document.activeElement !== null)) return;
  const again = document.querySelector<HTMLElement>(
    `[data-view="${CSS.escape(held.view)}"] [data-action="${CSS.escape(held.action)}"]`,
  );
  again?.focus({ preventScroll: true });
  if (held.at !== null && again instanceof HTMLInputElement) again.setSelectionRange(held.at, held.at);
}
