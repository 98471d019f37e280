import { describe, expect, it } from 'vitest';
import { same } from '../../src/job/same.ts';

describe('same()', () => {
  it('does not mind the order of keys, at any depth', () => {
    expect(same({ a: 1, b: { c: [{ d: 1, e: 2 }], f: null } }, { b: { f: null, c: [{ e: 2, d: 1 }] }, a: 1 })).toBe(
      true,
    );
  });

  it('takes a field that is undefined for one that is not there', () => {
    expect(same({ a: 1, b: undefined }, { a: 1 })).toBe(true);
  });

  it.each([
    [{ a: 1 }, { a: 2 }],
    [{ a: 1 }, { a: '1' }],
    [{ a: 1 }, { a: 1, b: 2 }],
    [
      [1, 2],
      [2, 1],
    ],
    [{ a: null }, {}],
    [[{ a: { b: 1 } }], [{ a: { b: 2 } }]],
  ])('tells %j from %j', (a, b) => {
    expect(same(a, b)).toBe(false);
  });
});
