import { html, nothing, type TemplateResult } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { type Hint, hintsFor, isComplete } from './commands.ts';
import { during, tell } from './doing.ts';
import { change, channelTitle, me, perform, scene } from './scene.ts';
import type { Channel, Told } from './wire.ts';

interface Draft {
  text: string;
  /** The hint one has moved to; the first, unless Enter sends. */
  active: number;
  note?: string;
}

const drafts = new Map<string, Draft>();

/** The field one writes in, at the foot of a channel or thread. */
export function composer(channel: Channel, { thread }: { thread?: string } = {}): TemplateResult {
  const key = `${me().id} ${channel.id} ${thread ?? ''}`;
  const id = `composer-${thread ? 'thread' : 'channel'}`;
  const commands = scene.snapshot?.commands ?? [];
  const draft = drafts.get(key) ?? { text: '', active: -1 };
  const hints = thread ? [] : hintsFor(draft.text, commands);
  const active = draft.active < 0 && !isComplete(draft.text, commands) ? 0 : draft.active;
  const label = thread ? 'Reply in this thread' : `Message ${channelTitle(channel)}`;
  function set(next: Partial<Draft>): void {
    drafts.set(key, { ...draft, active: -1, ...next });
    change();
  }
  function moveTo(next: number): void {
    set({ active: next });
    requestAnimationFrame(() => document.getElementById(`${id}-hint-${next}`)?.scrollIntoView({ block: 'nearest' }));
  }
  function complete(hint: Hint): void {
    set({ text: hint.rest ? `${hint.line} ` : hint.line });
    document.getElementById(id)?.focus();
  }
  function submit(): void {
    const text = draft.text.trim();
    if (!text) return;
    if (thread && text.startsWith('/')) {
      set({ note: `${text.split(/\s/)[0]} is not supported in threads. Use it in the channel.` });
      return;
    }
    drafts.set(key, { text: '', active: -1 });
    change();
    void send(channel, { text, thread });
  }
  function onKey(event: KeyboardEvent): void {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (hints.length && step) moveTo((Math.max(active, step < 0 ? 0 : -1) + step + hints.length) % hints.length);
    else if (hints.length && event.key === 'Tab' && !event.shiftKey && draft.text !== hints[Math.max(active, 0)]?.line)
      complete(hints[Math.max(active, 0)]!);
    else if (event.key === 'Enter' && !event.shiftKey) {
      const hint = hints[active];
      if (hint && draft.text.trimEnd() !== hint.line && !draft.text.startsWith(`${hint.line} `)) complete(hint);
      else submit();
    } else if (event.key === 'Escape' && draft.text.startsWith('/')) set({ text: '' });
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
  return html`<div class="composer">
    ${hints.length ? hintList(hints, { id, active, complete }) : nothing}
    ${draft.note ? html`<div class="note" role="status">${draft.note}</div>` : nothing}
    <div class="composer-box">
      <textarea
        id=${id}
        rows=${Math.min(8, draft.text.split('\n').length)}
        aria-label=${label}
        aria-autocomplete=${thread ? nothing : 'list'}
        aria-controls=${hints.length ? `${id}-hints` : nothing}
        aria-activedescendant=${hints.length && active >= 0 ? `${id}-hint-${active}` : nothing}
        placeholder=${thread ? 'Reply …' : `${label}, or type /distill`}
        .value=${live(draft.text)}
        @input=${(event: Event) => {
          const text = (event.currentTarget as HTMLTextAreaElement).value;
          drafts.set(key, { text, active: -1 });
          change();
        }}
        @keydown=${onKey}
      ></textarea>
      <button type="button" class="send" aria-label="Send" ?disabled=${!draft.text.trim()} @click=${submit}>
        <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
          <path d="M2.5 3 18 10 2.5 17l1.7-5.7L11 10 4.2 8.7z" fill="currentColor" />
        </svg>
      </button>
    </div>
  </div>`;
}

function hintList(
  hints: readonly Hint[],
  { id, active, complete }: { id: string; active: number; complete: (hint: Hint) => void },
): TemplateResult {
  return html`<div class="hints" role="listbox" tabindex="0" id="${id}-hints" aria-label="Commands">
    ${hints.map(
      (hint, i) =>
        html`<div
          class="hint-row"
          role="option"
          id="${id}-hint-${i}"
          aria-selected=${i === active ? 'true' : 'false'}
          @mousedown=${(event: Event) => {
            event.preventDefault();
            complete(hint);
          }}
        >
          <code>${hint.line}${hint.rest ? html` <em>${hint.rest}</em>` : nothing}</code><span class="hint-says">${hint.says}</span>
        </div>`,
    )}
  </div>`;
}

async function send(channel: Channel, { text, thread }: { text: string; thread?: string | undefined }): Promise<void> {
  if (!thread && text.startsWith('/'))
    await during(`command ${channel.id}`, async () =>
      tell(await perform<Told>({ do: 'command', channel: channel.id, line: text })),
    );
  else await perform({ do: 'say', channel: channel.id, text: written(text), ...(thread ? { threadTs: thread } : {}) });
}

/** A text as Slack keeps it: its own signs escaped, names turned into mentions. */
function written(text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const { people = [], groups = [], channels = [] } = scene.snapshot ?? {};
  return escaped.replaceAll(/(^|[\s(])([@#])([\w.-]*\w)/g, (whole, before: string, sign: string, name: string) => {
    const person = sign === '@' && people.find(one => one.name === name);
    if (person) return `${before}<@${person.id}>`;
    const group = sign === '@' && groups.find(one => one.handle === name);
    if (group) return `${before}<!subteam^${group.id}|@${name}>`;
    const channel = sign === '#' && channels.find(one => one.name === name);
    return channel ? `${before}<#${channel.id}|${name}>` : whole;
  });
}
