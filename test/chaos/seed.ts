/** Numbers that look random and are the same for the same seed. */
export interface Dice {
  /** A whole number from 0, below `most`. */
  below(most: number): number;
  one<T>(of: readonly T[]): T;
  /** So many of them, each once, in any order. */
  some<T>(count: number, of: readonly T[]): T[];
}

/** Dice for a seed: mulberry32, which is short and good enough to choose by. */
export function diceOf(seed: number): Dice {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }
  const below = (most: number) => Math.floor(next() * most);
  return {
    below,
    one: of => of[below(of.length)]!,
    some(count, of) {
      const left = [...of];
      return Array.from({ length: Math.min(count, left.length) }, () => left.splice(below(left.length), 1)[0]!);
    },
  };
}
