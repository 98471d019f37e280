/** A number of places that are taken in turn. */
export type Gate = {
  /** Waits for a place, behind all who wait already; what comes back gives it up. */
  enter(stop: AbortSignal): Promise<() => void>;
  /** Changes how many places there are; who has one keeps it. */
  open(places: number): void;
};

/** Opens a gate to a number of places. */
export function gate(places: number): Gate {
  let taken = 0;
  let most = places;
  let waiting: (() => void)[] = [];

  function admit(): void {
    while (waiting.length && taken < most) {
      taken++;
      waiting.shift()!();
    }
  }

  function leaving(): () => void {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      taken--;
      admit();
    };
  }

  return {
    enter(stop) {
      return new Promise((resolve, reject) => {
        const enter = () => {
          stop.removeEventListener('abort', give);
          resolve(leaving());
        };
        const give = () => {
          waiting = waiting.filter(one => one !== enter);
          reject(stop.reason);
        };
        if (stop.aborted) return reject(stop.reason);
        stop.addEventListener('abort', give, { once: true });
        waiting.push(enter);
        admit();
      });
    },
    open(places) {
      most = places;
      admit();
    },
  };
}
