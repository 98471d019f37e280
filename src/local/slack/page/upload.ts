import { html, nothing, type TemplateResult } from 'lit-html';
import { during } from './doing.ts';
import { choose, entryId, type Field, fieldKey, ties } from './field.ts';
import { asList, asText } from './json.ts';
import { change, perform, scene } from './scene.ts';
import type { Told } from './wire.ts';

/** A field for files: one drops them, or picks them. */
export function upload(field: Field): TemplateResult {
  const { element, state } = field;
  const { id, label, described, invalid } = ties(field);
  const held = asList(state.files);
  const kinds = Array.isArray(element.filetypes) ? (element.filetypes as string[]) : [];
  const most = typeof element.max_files === 'number' ? element.max_files : 10;
  const busy = scene.busy.has(fieldKey(field));
  const take = (files: FileList | null | undefined) => {
    if (files?.length && 'viewId' in field.where) void attach(field, field.where.viewId, [...files]);
  };
  const over = (event: DragEvent, on: boolean) => {
    event.preventDefault();
    (event.currentTarget as HTMLElement).classList.toggle('over', on);
  };
  const drop = html`<span
    class="drop"
    @dragenter=${(event: DragEvent) => over(event, true)}
    @dragover=${(event: DragEvent) => over(event, true)}
    @dragleave=${(event: DragEvent) => over(event, false)}
    @drop=${(event: DragEvent) => {
      over(event, false);
      take(event.dataTransfer?.files);
    }}
  >
    <input
      id=${id}
      type="file"
      accept=${kinds.map(kind => `.${kind}`).join(',')}
      ?multiple=${most > 1}
      aria-label=${label}
      aria-describedby=${described}
      aria-invalid=${invalid}
      data-action=${asText(element.action_id)}
      @change=${(event: Event) => {
        const input = event.currentTarget as HTMLInputElement;
        take(input.files);
        input.value = '';
      }}
    />
    <span class="drop-words" aria-hidden="true"
      >${busy ? 'Uploading …' : `Drop a ${kinds.map(kind => `.${kind}`).join(' or ') || 'file'} here, or choose one`}</span
    >
  </span>`;
  return html`<span class="upload">
    ${held.map(
      file => html`<span class="file">
        <span aria-hidden="true">▤</span>
        <span class="file-name">${asText(file.name)}</span>
        <small>${sizeText(Number(file.size))}</small>
        <button
          type="button"
          class="plainbutton"
          aria-label="Remove ${asText(file.name)}"
          @click=${() =>
            choose(
              field,
              held.filter(one => one !== file),
            )}
        >
          ✕
        </button>
      </span>`,
    )}
    ${held.length >= most ? nothing : drop}
  </span>`;
}

/** A file's size in the unit that suits it. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

async function attach(field: Field, viewId: string, files: File[]): Promise<void> {
  const key = fieldKey(field);
  scene.fileErrors.delete(key);
  await during(key, async () => {
    for (const file of files) {
      const told = await perform<Told>({
        do: 'attach',
        viewId,
        id: entryId(field),
        name: file.name,
        base64: await base64(file),
      });
      const [error] = Object.values(told?.errors ?? {});
      if (error) scene.fileErrors.set(key, error);
    }
  });
  change();
}

function base64(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).split(',')[1] ?? '');
    reader.onerror = () => reject(new Error(`The file "${file.name}" could not be read.`, { cause: reader.error }));
    reader.readAsDataURL(file);
  });
}
