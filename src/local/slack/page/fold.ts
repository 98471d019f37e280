import { html, type TemplateResult } from 'lit-html';
import { change } from './scene.ts';
import type { Message } from './wire.ts';

/** From how many characters of blocks on a message in the channel shows only its beginning. */
const long = 4500;
const unfolded = new Set<string>();

/** A long message in the channel, folded until somebody wants the whole of it; its thread always shows the whole. */
export function folded({ ts, blocks = [] }: Message, content: TemplateResult): TemplateResult {
  if (JSON.stringify(blocks).length < long) return content;
  const open = unfolded.has(ts);
  const toggle = () => {
    if (open) unfolded.delete(ts);
    else unfolded.add(ts);
    change();
  };
  return html`<div class=${open ? '' : 'folded'}>${content}</div>
    <button type="button" class="linkbutton fold" aria-expanded=${open ? 'true' : 'false'} @click=${toggle}>
      ${open ? 'Show less' : 'Show more'}
    </button>`;
}
