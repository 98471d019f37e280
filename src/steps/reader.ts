import { setTimeout as wait } from 'node:timers/promises';
import { languageOf } from '../views/words.ts';
import type { World } from '../world.ts';

/** How long somebody's language is waited for before they are answered in the deployment's, in milliseconds. */
const patience = 600;

/** The world as one person reads it: what is drawn for them alone is in the language of their Slack, where there are words in it. */
export async function readBy<Part extends Pick<World, 'slack' | 'settings'>>(user: string, world: Part): Promise<Part> {
  const answered = new AbortController();
  const late = wait(patience, undefined, { signal: answered.signal }).catch(() => undefined);
  const profile = world.slack.profile(user).catch(() => undefined);
  const locale = (await Promise.race([profile, late]))?.locale;
  answered.abort();
  return { ...world, settings: { ...world.settings, language: languageOf(locale) ?? world.settings.language } };
}
