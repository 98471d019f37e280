import { expect, test } from 'vitest';
import type { Finding } from '../../src/job/preflight.ts';
import { wordsIn } from '../../src/views/words.ts';
import { minute, spec, start } from './jobs.ts';

const french = wordsIn('fr');
/** With plain spaces: where they may not break is held for every sentence at once. */
const plainly = (text: unknown) => String(text).replace(/[\u00a0\u202f]/g, ' ');

test.each([
  [
    { steps: 300, rows: 480, batch: 24, trained: 7200, epochs: 15 },
    '300 étapes × 24 = 7 200 exemples = 15 époques de 480 lignes',
  ],
  [
    { steps: 15, rows: 240, batch: 8, trained: 120, epochs: 0.5 },
    '15 étapes × 8 = 120 exemples = 0,5 époque de 240 lignes',
  ],
  [
    { steps: 46, rows: 240, batch: 8, trained: 368, epochs: 1.53 },
    '46 étapes × 8 = 368 exemples = 1,5 époque de 240 lignes',
  ],
  [
    { steps: 59, rows: 240, batch: 8, trained: 472, epochs: 1.97 },
    '59 étapes × 8 = 472 exemples = 2 époques de 240 lignes',
  ],
  [{ steps: 1, rows: 8, batch: 8, trained: 8, epochs: 1 }, '1 étape × 8 = 8 exemples = 1 époque de 8 lignes'],
])('less than two is singular: %#', (facts, line) => {
  expect(plainly(french.form.steps(facts))).toBe(line);
});

test.each([
  [
    { is: 'counted', rows: 480, labelled: 480, meanTokens: 310, faulty: 0 },
    '480 lignes, toutes étiquetées, environ 310 jetons en moyenne (estimation).',
  ],
  [
    { is: 'counted', rows: 480, labelled: 1, meanTokens: 310, faulty: 1 },
    '480 lignes, 1 étiquetée, environ 310 jetons en moyenne (estimation). ⚠ 1 ligne inutilisable.',
  ],
  [
    { is: 'counted', rows: 1, labelled: 0, meanTokens: 1, faulty: 2 },
    '1 ligne, non étiquetée, environ 1 jeton en moyenne (estimation). ⚠ 2 lignes inutilisables.',
  ],
] as const)('a dataset is summed up, with participles that agree: %#', (counted, line) => {
  expect(plainly(french.form.counted(counted))).toBe(line);
});

test.each([
  [0, 'en tête de la file'],
  [1, '2e de la file'],
  [20, '21e de la file'],
])('a place behind %d others is told in words', (ahead, told) => {
  expect(plainly(french.line.place(ahead))).toBe(told);
});

test.each([
  [0, 0, 'il reste moins d’une minute de réglage'],
  [0, 5 * minute, 'il reste au plus 5 min de réglage'],
  [20 * minute, 35 * minute, 'il reste 20 à 35 min de réglage'],
  [60 * minute, 90 * minute, 'il reste 1 h à 1 h 30 min de réglage'],
])('what is left, from %d to %d milliseconds, is told as coarsely as it is known', (from, to, told) => {
  expect(plainly(french.line.left({ from, to }))).toBe(told);
});

test.each([
  [64, 64, [], 'Quota au moment de la demande : 0 cœur libre sur 64 · personne n’attend'],
  [64, 0, [], 'Quota au moment de la demande : 64 cœurs libres sur 64 · personne n’attend'],
  [
    64,
    64,
    ['h1', 'h2', 'h3', 'h4'],
    'Quota au moment de la demande : 0 cœur libre sur 64 · occupé par `h1` ; `h2` ; `h3` et 1 autre · personne n’attend',
  ],
  [Number.MAX_SAFE_INTEGER, 1, [], 'Quota au moment de la demande : sans limite, 1 cœur occupé · personne n’attend'],
])('of %d units %d are held', (capacity, held, holders, told) => {
  const then = { capacity, held, waiting: 0, holders: holders.map(job => ({ job })) };
  expect(plainly(french.approval.quota('TPU', then))).toBe(told);
});

test('findings of the evaluation dataset say so', () => {
  const finding: Finding = { level: 'blocker', about: 'evaluationDataset', name: 'not-json', count: 1, lines: [7] };
  expect(plainly(french.finding(finding, spec()))).toBe(
    'Jeu de données d’évaluation : 1 ligne n’est pas du JSON (ligne 7). Chaque ligne est un objet à part entière.',
  );
});

test('line numbers beyond the first eight are counted, not listed', () => {
  const lines = Array.from({ length: 20 }, (_, i) => i + 1);
  const finding: Finding = { level: 'blocker', about: 'dataset', name: 'no-input', count: 1240, lines };
  expect(plainly(french.finding(finding, spec()))).toBe(
    '1 240 lignes n’ont pas de champ `input_text`, l’invite (lignes 1, 2, 3, 4, 5, 6, 7, 8 et 1 232 autres).',
  );
});

test('a moment is a day and a time, in the reader’s own time', () => {
  expect(String(french.approval.expires(start))).toBe(
    `Expire le <!date^${start / 1000}^{date_short} à {time}|2026-11-24 13:50 UTC>`,
  );
});
