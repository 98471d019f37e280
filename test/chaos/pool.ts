/** Things that are costly to open, each used by one at a time. */
export interface Pool<Thing> {
  /** Lends one; it is kept for the next where `isWell` says that it is as good as new, and closed otherwise. */
  use<T>(work: (thing: Thing) => Promise<T>, isWell: (result: T) => boolean): Promise<T>;
  close(): Promise<void>;
}

/** A pool that opens what it has not got. */
export function poolOf<Thing extends { close(): Promise<void> }>(open: () => Promise<Thing>): Pool<Thing> {
  const free: Thing[] = [];
  return {
    async use(work, isWell) {
      const thing = free.pop() ?? (await open());
      let well = false;
      try {
        const result = await work(thing);
        well = isWell(result);
        return result;
      } finally {
        if (well) free.push(thing);
        else await thing.close();
      }
    },
    async close() {
      await Promise.all(free.splice(0).map(thing => thing.close()));
    },
  };
}
