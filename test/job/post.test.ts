import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { doneWith, Post, postKey, shownInChannel, standing } from '../../src/job/post.ts';

describe('postKey()', () => {
  it('keeps the order of telling among texts', () => {
    fc.assert(
      fc.property(fc.nat(9998), fc.nat(9998), (a, b) => {
        expect(postKey(a) < postKey(b)).toBe(a < b);
      }),
    );
  });

  it('is 0000 for the card', () => {
    expect(postKey(0)).toBe('0000');
  });
});

describe('doneWith()', () => {
  it.each([
    ['counts on from one to the next', { delivered: 2, early: [] }, 2, { delivered: 3, early: [] }],
    ['remembers one out of turn, and waits', { delivered: 1, early: [] }, 3, { delivered: 1, early: [3] }],
    ['remembers several', { delivered: 1, early: [3] }, 5, { delivered: 1, early: [3, 5] }],
    ['jumps over those out of turn', { delivered: 1, early: [2, 3] }, 1, { delivered: 4, early: [] }],
    ['jumps as far as the next that is missing', { delivered: 1, early: [2, 4] }, 1, { delivered: 3, early: [4] }],
    ['counts none twice', { delivered: 3, early: [5] }, 1, { delivered: 3, early: [5] }],
    ['remembers none twice', { delivered: 1, early: [3] }, 3, { delivered: 1, early: [3] }],
  ])('%s', (_, before, sequence, after) => {
    expect(doneWith(before, sequence)).toEqual(after);
  });

  it('forgets none and waits for all, in whatever order they are done with', () => {
    const orders = fc.nat(12).chain(last => fc.shuffledSubarray(Array.from({ length: last + 1 }, (_, i) => i)));
    fc.assert(
      fc.property(orders, order => {
        let state: ReturnType<typeof doneWith> = { delivered: 0, early: [] };
        for (const [i, sequence] of order.entries()) {
          state = doneWith(state, sequence);
          const done = new Set(order.slice(0, i + 1));
          let first = 0;
          while (done.has(first)) first++;
          expect(state.delivered).toBe(first);
          expect(state.early.toSorted((a, b) => a - b)).toEqual(
            [...done].filter(one => one > first).toSorted((a, b) => a - b),
          );
        }
      }),
    );
  });
});

describe('A post', () => {
  it.each([...standing, ...shownInChannel])('of kind %s is one', kind => {
    expect(Post.safeParse({ kind }).success).toBe(true);
  });

  it('of a kind of tomorrow is none', () => {
    expect(Post.safeParse({ kind: 'telegram' }).success).toBe(false);
  });
});
