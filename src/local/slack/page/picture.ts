import { html, nothing, type TemplateResult } from 'lit-html';
import { dialog } from './dialog.ts';
import { asJson, asText, type Json, textOf } from './json.ts';
import { change, type Overlay, scene } from './scene.ts';
import type { FileShown } from './wire.ts';

/** An image block or element; one click enlarges it. */
export function picture(element: Json, { small = false } = {}): TemplateResult {
  const alt = asText(element.alt_text);
  const file = fileOf(asJson(element.slack_file));
  const title = textOf(element.title);
  if (!file)
    return html`<span class="missing">${element.image_url ? 'A picture from elsewhere is not fetched here' : 'This picture is not there any more'}${alt ? `: ${alt}` : ''}</span>`;
  if (small) return html`<img class="thumb" src=${file.look} alt=${alt} />`;
  return html`<figure class="picture">
    ${title ? html`<figcaption>${title}</figcaption>` : nothing}
    ${enlargeable(file, alt)}
  </figure>`;
}

/** A picture that is shared as a file. */
export function enlargeable(file: FileShown, alt: string): TemplateResult {
  const open = () => change({ overlay: { is: 'picture', look: file.look, alt, title: file.title } });
  return html`<button type="button" class="enlarge" title="Enlarge" @click=${open}>
    <img
      src=${file.look}
      alt=${alt || file.title}
      width=${file.original_w ?? nothing}
      height=${file.original_h ?? nothing}
    />
  </button>`;
}

/** A picture as large as the page. */
export function lightbox({ look, alt, title }: Extract<Overlay, { is: 'picture' }>): TemplateResult {
  const close = () => change({ overlay: undefined });
  return dialog({
    label: title || 'Picture',
    kind: 'lightbox',
    close,
    content: html`<img src=${look} alt=${alt} />
      <p>${alt}</p>
      <div class="row">
        <a class="button" href=${look} download=${title}>Download</a>
        <button type="button" class="button" data-focus @click=${close}>Close</button>
      </div>`,
  });
}

function fileOf(reference: Json): FileShown | undefined {
  const id = asText(reference.id) || /-(F[0-9A-Z]+)\//.exec(asText(reference.url))?.[1] || '';
  return scene.snapshot?.files[id];
}
