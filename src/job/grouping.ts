/** Which of some things belong together, by index. */
export interface Groups {
  /** The first of the group that a thing belongs to: itself, where it stands alone. */
  first(thing: number): number;
  join(one: number, other: number): void;
}

/** Begins with each of so many things in a group of its own. */
export function grouping(count: number): Groups {
  const before = Int32Array.from({ length: count }, (_, i) => i);
  const first = (thing: number): number => {
    let at = thing;
    while (before[at] !== at) {
      before[at] = before[before[at]!]!;
      at = before[at]!;
    }
    return at;
  };
  return {
    first,
    join(one, other) {
      const [a, b] = [first(one), first(other)];
      before[Math.max(a, b)] = Math.min(a, b);
    },
  };
}
