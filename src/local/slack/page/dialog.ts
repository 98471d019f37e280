import { html, type TemplateResult } from 'lit-html';
import { ref } from 'lit-html/directives/ref.js';

const focusable =
  'a[href], button:not([disabled]), input:not([disabled]), select:not([disabled]), textarea:not([disabled]), [tabindex="0"]';

const opened: { element: HTMLElement; before: Element | undefined }[] = [];

/** Where the focus last was: what lies below a dialog loses it before the dialog opens. */
let lastFocus: Element | undefined;
document.addEventListener('focusin', ({ target }) => {
  if (target instanceof Element) lastFocus = target;
});

/** A dialog above the dimmed page: it takes the focus, keeps it, gives it back, and closes on Escape. */
export function dialog({
  label,
  kind,
  close,
  content,
  covered = false,
}: {
  label: string;
  kind: string;
  close: () => void;
  content: TemplateResult;
  /** Whether another dialog lies above. */
  covered?: boolean;
}): TemplateResult {
  return html`<div class="veil ${kind}" ?inert=${covered}>
    <div
      class="dialog"
      role="dialog"
      aria-modal="true"
      aria-label=${label}
      tabindex="-1"
      ${ref(watch)}
      @keydown=${(event: KeyboardEvent) => onKey(event, close)}
    >
      ${content}
    </div>
  </div>`;
}

function watch(element: Element | undefined): void {
  if (element instanceof HTMLElement) {
    opened.push({ element, before: lastFocus });
    queueMicrotask(() => {
      if (!element.contains(document.activeElement)) firstField(element).focus();
    });
  } else
    queueMicrotask(() => {
      const gone = opened.filter(one => !one.element.isConnected);
      for (const one of gone) opened.splice(opened.indexOf(one), 1);
      const before = gone[0]?.before;
      const left = opened.at(-1)?.element;
      if (before instanceof HTMLElement && before.isConnected && before !== document.body) before.focus();
      else if (left) firstField(left).focus();
    });
}

function firstField(dialog: HTMLElement): HTMLElement {
  return (
    dialog.querySelector<HTMLElement>('[data-focus]') ??
    dialog.querySelector<HTMLElement>('.dialog-body :is(input, select, textarea):not([type="file"])') ??
    dialog
  );
}

function onKey(event: KeyboardEvent, close: () => void): void {
  if (event.defaultPrevented || event.isComposing) return;
  if (event.key === 'Escape') {
    event.preventDefault();
    event.stopPropagation();
    close();
  } else if (event.key === 'Tab') keepInside(event);
}

function keepInside(event: KeyboardEvent): void {
  const dialog = event.currentTarget as HTMLElement;
  const stops = [...dialog.querySelectorAll<HTMLElement>(focusable)].filter(one => one.checkVisibility());
  const [first, last] = [stops[0], stops.at(-1)];
  const at = document.activeElement;
  if (event.shiftKey ? at === first || at === dialog : at === last) {
    event.preventDefault();
    (event.shiftKey ? last : first)?.focus();
  }
}
