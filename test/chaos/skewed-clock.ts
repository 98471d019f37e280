// Preloaded into a worker (NODE_OPTIONS=--import=…): its wall clock goes CLOCK_SKEW_MS before or behind everybody else's.
const skew = Number(process.env.CLOCK_SKEW_MS ?? 0);
const { now } = Date;

class SkewedDate extends Date {
  constructor(...given: unknown[]) {
    super(...((given.length ? given : [now() + skew]) as [number]));
  }
  static override now() {
    return now() + skew;
  }
}

globalThis.Date = SkewedDate as DateConstructor;
