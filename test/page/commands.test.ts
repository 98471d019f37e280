import { expect, test } from 'vitest';
import { hintsFor, isComplete } from '../../src/local/slack/page/commands.ts';

const commands = ['/distill', '/other'];

test('the first letters of a command bring it up, and a message brings up nothing', () => {
  expect(hintsFor('/dis', commands)[0]?.line).toBe('/distill');
  expect(hintsFor('/distill st', commands).map(({ line }) => line)).toEqual(['/distill status']);
  expect(hintsFor('/oth', commands).map(({ line }) => line)).toEqual(['/other']);
  expect(hintsFor('hello /distill', commands)).toEqual([]);
});

test('a command that takes a job stays in sight while its job is typed', () => {
  expect(hintsFor('/distill cancel job-1', commands).map(({ rest }) => rest)).toEqual(['<job>']);
});

test('Enter sends what is whole and completes what is not', () => {
  expect(isComplete('/distill', commands)).toBe(true);
  expect(isComplete('/distill status x', commands)).toBe(true);
  expect(isComplete('/dis', commands)).toBe(false);
  expect(isComplete('hello', commands)).toBe(true);
  expect(isComplete('/unknown', commands)).toBe(true);
});
