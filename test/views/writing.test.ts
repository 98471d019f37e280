import { expect, test } from 'vitest';
import { rounded, writingIn } from '../../src/views/writing.ts';
import type { Language } from '../../src/world.ts';

const minute = 60_000;

/** What is written, with plain spaces: which space stands before a unit is the language's own affair. */
function plainly(text: string): string {
  return text.replace(/\s/g, ' ');
}

test.each<[Language, number, string]>([
  ['en', 20_000, 'an instant'],
  ['en', 42 * minute, '42 min'],
  ['en', 72 * minute, '1 hr 12 min'],
  ['en', 25 * 60 * minute + minute, '1 day 1 hr'],
  ['fr', 20_000, 'an instant'],
  ['fr', 42 * minute, '42 min'],
  ['fr', 72 * minute, '1 h 12 min'],
  ['fr', 48 * 60 * minute, '2 j'],
])('in %s, %i milliseconds last %s', (language, ms, written) => {
  expect(plainly(writingIn(language).duration(ms, 'an instant'))).toBe(written);
});

test.each<[Language, number, string]>([
  ['en', 0, 'rows'],
  ['en', 1, 'row'],
  ['en', 2, 'rows'],
  ['fr', 0, 'row'],
  ['fr', 1, 'row'],
  ['fr', 2, 'rows'],
])('in %s, %i goes with %s', (language, count, word) => {
  expect(writingIn(language).plural(count, 'row', 'rows')).toBe(word);
});

test.each<[Language, string, string, string]>([
  ['en', '217,810', '91.2%', '1.3 sec'],
  ['fr', '217 810', '91,2 %', '1,3 s'],
])('in %s, numbers are written %s, %s and %s', (language, count, share, time) => {
  const writing = writingIn(language);
  expect([writing.n(217_810), writing.share.format(0.912), writing.brief(1300)].map(plainly)).toEqual([
    count,
    share,
    time,
  ]);
});

test('a range of time is rounded as coarsely as it is known', () => {
  expect(rounded(31 * minute, 44 * minute)).toEqual({ least: 30 * minute, most: 45 * minute });
  expect(rounded(0, 90 * 60 * minute)).toEqual({ least: 0, most: 92 * 60 * minute });
});
