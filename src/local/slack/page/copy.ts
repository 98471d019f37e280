import { html, type TemplateResult } from 'lit-html';
import { report } from './scene.ts';

/** A button that copies a text and says so on itself. */
export function copyButton(text: string): TemplateResult {
  return html`<button
    type="button"
    class="copy"
    @click=${(event: Event) => void copy(event.currentTarget as HTMLButtonElement, text)}
  >
    <span aria-live="polite">Copy</span>
  </button>`;
}

async function copy(button: HTMLButtonElement, text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch (error) {
    report('Nothing was copied', error instanceof Error ? error.message : String(error));
    return;
  }
  const word = button.querySelector('span')!;
  word.textContent = 'Copied';
  setTimeout(() => {
    word.textContent = 'Copy';
  }, 1500);
}
