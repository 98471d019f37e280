import type { Language } from '../world.ts';
import { english } from './words-en.ts';

export type { Measure } from './words-en.ts';

/** The catalogue's shape: a second language has the same entries. */
export type Words = typeof english;

const catalogues: Record<Language, Words> = { en: english };

/** The catalogue of a language. */
export function wordsIn(language: Language): Words {
  return catalogues[language];
}
