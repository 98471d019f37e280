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

/** Takes lengths in tokens, and sums them up: however many there are, each is kept once. */
export function lengthsTaken() {
  const rows = new Map<number, number>();
  let count = 0;
  return {
    take(tokens: number) {
      rows.set(tokens, (rows.get(tokens) ?? 0) + 1);
      count++;
    },
    /** Undefined where nothing was taken. */
    spread(limit = Number.POSITIVE_INFINITY): Spread | undefined {
      if (!count) return undefined;
      const sorted = [...rows].sort(([a], [b]) => a - b);
      // The nearest rank: the least length that so many rows do not exceed.
      const rank = (share: number) => {
        let left = Math.ceil(share * count);
        for (const [length, some] of sorted) {
          left -= some;
          if (left <= 0) return length;
        }
        return 0;
      };
      const histogram: number[] = [];
      let [over, cut, all] = [0, 0, 0];
      for (const [length, some] of sorted) {
        all += length * some;
        if (length > limit) {
          over += some;
          cut += (length - limit) * some;
        }
        const place = Math.ceil(perDoubling * Math.log2(Math.max(1, length)));
        while (histogram.length <= place) histogram.push(0);
        histogram[place]! += some;
      }
      return {
        half: rank(0.5),
        most: rank(0.9),
        nearlyAll: rank(0.99),
        longest: sorted.at(-1)?.[0] ?? 0,
        over,
        cut,
        all,
        histogram,
      };
    },
  };
}
