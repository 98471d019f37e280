import { html, type TemplateResult } from 'lit-html';
import { during } from './doing.ts';
import type { Json } from './json.ts';
import { followExtra } from './live.ts';
import { report, scene } from './scene.ts';
import { actExtra } from './wire.ts';

/** Does something on a panel of another stand-in, and shows what came of it. */
export function turn(name: string, body: Json = {}): Promise<void> {
  return during(`panel ${name}`, async () => {
    try {
      await actExtra(name, body);
    } catch (error) {
      report('That did not work', error instanceof Error ? error.message : String(error));
    }
    await followExtra();
  });
}

/** A panel with its heading. */
export function panel(title: string, content: unknown): TemplateResult {
  return html`<section class="panel" aria-label=${title}>
    <h3>${title}</h3>
    ${content}
  </section>`;
}

/** Whether something that was begun on a panel is still under way. */
export function isTurning(name: string): boolean {
  return scene.busy.has(`panel ${name}`);
}
