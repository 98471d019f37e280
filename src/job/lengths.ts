import { z } from 'zod';

/** How many places of a histogram lie between a length and its double. */
export const perDoubling = 4;

export const Spread = z.object({
  half: z.number(),
  most: z.number(),
  nearlyAll: z.number(),
  longest: z.number(),
  /** Rows above the limit, and how many tokens of theirs are beyond it. */
  over: z.number(),
  cut: z.number(),
  all: z.number(),
  /** Rows by length: at each place those up to so many tokens, which are doubled every four places, beginning with 1. */
  histogram: z.array(z.number()),
});
/** How long texts are, in estimated tokens: what half, nine in ten and ninety-nine in a hundred do not exceed. */
export type Spread = z.infer<typeof Spread>;

/** Sums up lengths in tokens. */
export function spreadOf(tokens: readonly number[], limit = Number.POSITIVE_INFINITY): Spread {
  const sorted = tokens.toSorted((a, b) => a - b);
  // The nearest rank: the least length that so many rows do not exceed.
  const rank = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  const histogram: number[] = [];
  let [over, cut, all] = [0, 0, 0];
  for (const length of tokens) {
    all += length;
    if (length > limit) {
      over++;
      cut += length - limit;
    }
    const place = Math.ceil(perDoubling * Math.log2(Math.max(1, length)));
    while (histogram.length <= place) histogram.push(0);
    histogram[place]!++;
  }
  return {
    half: rank(0.5),
    most: rank(0.9),
    nearlyAll: rank(0.99),
    longest: sorted.at(-1) ?? 0,
    over,
    cut,
    all,
    histogram,
  };
}
