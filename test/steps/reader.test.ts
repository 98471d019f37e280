import { expect, test } from 'vitest';
import { readBy } from '../../src/steps/reader.ts';
import type { Profile, Settings } from '../../src/world.ts';
import { SlackTrouble } from '../../src/world.ts';

type Told = Pick<Profile, 'locale'> | 'silence' | 'trouble';

/** The language somebody reads, where Slack says this of them and the deployment speaks that. */
async function languageRead(told: Told, language: Settings['language']): Promise<string> {
  const profile = async (user: string): Promise<Profile> => {
    if (told === 'silence') return new Promise(() => {});
    if (told === 'trouble') throw new SlackTrouble({ kind: 'later', code: 'ratelimited' });
    return { person: { user, team: 'T1' }, active: true, member: true, ...told };
  };
  const slack = { profile } as Parameters<typeof readBy>[1]['slack'];
  const theirs = await readBy('U1', { slack, settings: { language } as Settings });
  return theirs.settings.language;
}

test.each<[Told, Settings['language'], string]>([
  [{ locale: 'fr-FR' }, 'en', 'fr'],
  [{ locale: 'fr-CA' }, 'en', 'fr'],
  [{ locale: 'en-GB' }, 'fr', 'en'],
  [{ locale: 'de-DE' }, 'fr', 'fr'],
  [{ locale: 'constructor' }, 'en', 'en'],
  [{ locale: undefined }, 'fr', 'fr'],
  ['trouble', 'fr', 'fr'],
  ['silence', 'fr', 'fr'],
])('a reader of whom Slack says %j reads, where %s is spoken, %s', async (told, spoken, read) => {
  expect(await languageRead(told, spoken)).toBe(read);
});
