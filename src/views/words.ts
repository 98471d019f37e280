import type { Language } from '../world.ts';
import { english } from './words-en.ts';
import { french } from './words-fr.ts';

export type { FieldWords, Measure } from './words-en.ts';

/** The catalogue's shape: every language has the same entries. */
export type Words = typeof english;

const catalogues: Record<Language, Words> = { en: english, fr: french };

/** The languages there are words in. */
export const languages = Object.keys(catalogues) as Language[];

/** The catalogue of a language. */
export function wordsIn(language: Language): Words {
  return catalogues[language];
}

/** The language of a locale such as `fr-CA`, where there is a catalogue in it. */
export function languageOf(locale: string | undefined): Language | undefined {
  const [language = ''] = (locale ?? '').toLowerCase().split(/[-_]/);
  return Object.hasOwn(catalogues, language) ? (language as Language) : undefined;
}
