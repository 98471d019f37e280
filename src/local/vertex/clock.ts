/** The pipeline's own time, in milliseconds since its start, which runs faster or slower than the wall's. */
export type PipelineClock = {
  now(): number;
  /** Changes how many pipeline seconds pass in a second; at 0 no wait ends, not even one that is due. Time already passed stays passed. */
  rate(value: number): void;
  /** Waits until the clock shows the given time, whatever happens to its rate; rejects with the signal's reason where that comes first. */
  until(time: number, signal?: AbortSignal): Promise<void>;
};

/** The longest delay a timer takes (Node.js timers: 2^31 - 1 milliseconds). */
const longestTimer = 2_147_483_647;

/** Starts a clock; `wall` replaces the wall's milliseconds. */
export function startClock(rate: number, { wall = () => performance.now() } = {}): PipelineClock {
  let current = rate;
  let passed = 0;
  let since = wall();
  const waiting = new Set<() => void>();

  function now(): number {
    return passed + (wall() - since) * current;
  }

  return {
    now,
    rate(value) {
      passed = now();
      since = wall();
      current = value;
      for (const look of [...waiting]) look();
    },
    until(time, signal) {
      return new Promise((resolve, reject) => {
        let timer: NodeJS.Timeout | undefined;
        let immediate: NodeJS.Immediate | undefined;
        function end(): void {
          clearTimeout(timer);
          clearImmediate(immediate);
          waiting.delete(look);
          signal?.removeEventListener('abort', abort);
        }
        function abort(): void {
          end();
          reject(signal?.reason);
        }
        function look(): void {
          clearTimeout(timer);
          clearImmediate(immediate);
          if (current <= 0) return;
          const left = time - now();
          if (left <= 0) {
            immediate = setImmediate(() => {
              end();
              resolve();
            });
          } else timer = setTimeout(look, Math.min(Math.ceil(left / current), longestTimer));
        }
        if (signal?.aborted) return abort();
        signal?.addEventListener('abort', abort);
        waiting.add(look);
        look();
      });
    },
  };
}

/** Waits that follow one another, whatever is done between them. */
export type Pace = {
  /** Lets minutes of the clock pass, on top of all that were let pass before. */
  wait(nominal: number, signal?: AbortSignal): Promise<void>;
  /** Takes the present for the end of the last wait, after one whose end nobody could foresee. */
  catchUp(): void;
};

/** Begins to wait on a clock. */
export function pace(clock: PipelineClock, stop: AbortSignal): Pace {
  let due = 0;
  return {
    async wait(nominal, signal = stop) {
      due += nominal * 60_000;
      await clock.until(due, signal);
    },
    catchUp() {
      due = Math.max(due, clock.now());
    },
  };
}
