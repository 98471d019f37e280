import { html, nothing, type TemplateResult } from 'lit-html';
import { keyOf, press } from './doing.ts';
import { asList, asText, type Json, textOf } from './json.ts';
import { safeUrl } from './mrkdwn.ts';
import { menuKey, openMenu } from './popup.ts';
import { scene } from './scene.ts';
import type { Where } from './wire.ts';

interface Placed {
  where: Where;
  block: Json;
  element: Json;
}

/** A button; one with an address opens it beside the page, and the app is told all the same. */
export function button({ where, block, element }: Placed): TemplateResult {
  const blockId = asText(block.block_id);
  const actionId = asText(element.action_id);
  const value = typeof element.value === 'string' ? element.value : undefined;
  const key = keyOf(where, { blockId, actionId });
  const busy = scene.busy.has(key);
  const look = `button ${asText(element.style)}`;
  const label = asText(element.accessibility_label) || nothing;
  const url = safeUrl(asText(element.url));
  const run = () => {
    if (!scene.busy.has(key)) void press({ where, actionId, blockId, value }, key);
  };
  if (url)
    return html`<a class=${look} href=${url} target="_blank" rel="noopener noreferrer" aria-label=${label} @click=${run}
      >${textOf(element.text)}</a
    >`;
  return html`<button type="button" class=${look} aria-label=${label} aria-disabled=${busy ? 'true' : 'false'} data-action=${actionId} @click=${run}>
    ${textOf(element.text)}
  </button>`;
}

/** An overflow menu. */
export function overflow({ where, block, element }: Placed): TemplateResult {
  const blockId = asText(block.block_id);
  const actionId = asText(element.action_id);
  const key = keyOf(where, { blockId, actionId });
  const choose = (event: Event, option: Json) => {
    const menu = (event.currentTarget as HTMLElement).closest<HTMLElement>('[popover]')!;
    menu.hidePopover();
    (menu.previousElementSibling as HTMLElement).focus();
    const url = safeUrl(asText(option.url));
    if (url) open(url, '_blank', 'noopener');
    void press({ where, actionId, blockId, option: asText(option.value) }, key);
  };
  return html`<span class="overflow">
    <button
      type="button"
      class="button more"
      aria-label="More"
      aria-haspopup="menu"
      data-action=${actionId}
      @click=${(event: Event) => {
        const at = event.currentTarget as HTMLElement;
        openMenu(at, at.nextElementSibling as HTMLElement);
      }}
    >
      <span aria-hidden="true">⋯</span>
    </button>
    <span
      class="menu"
      role="menu"
      popover="auto"
      aria-label="More"
      @keydown=${(event: KeyboardEvent) => {
        const menu = event.currentTarget as HTMLElement;
        menuKey(event, { menu, button: menu.previousElementSibling as HTMLElement });
      }}
    >
      ${asList(element.options).map(
        option =>
          html`<button type="button" role="menuitem" tabindex="-1" @click=${(event: Event) => choose(event, option)}>
            ${textOf(option.text)}${option.description ? html`<small>${textOf(option.description)}</small>` : nothing}
          </button>`,
      )}
    </span>
  </span>`;
}
