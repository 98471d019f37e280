const services = ['Slack', 'Vertex', 'Storage', 'Firestore'] as const;
/** What stands behind a gate. */
export type Service = (typeof services)[number];

/** One call that crosses a wire: the how manieth of its kind since the story began. */
export interface Call {
  service: Service;
  op: string;
  nth: number;
}

/** What can befall a call whose worker lives on. `after` means that it took effect all the same. */
export const faults = [
  'drop before',
  'drop after',
  'hang after',
  '500 after',
  '429',
  '503',
  'html',
  'truncated',
] as const;
export type Fault = (typeof faults)[number];

const harms = [...faults, 'kill before', 'kill after', 'freeze after', 'freeze soon after'] as const;
/** What can befall a call: a fault, or the worker's death before the call is forwarded, its death before it hears of the answer, or its sleep at that moment or while it goes on from there. */
export type Harm = (typeof harms)[number];

/** A harm that is to befall one call. */
export interface Mishap extends Call {
  harm: Harm;
}

/** All the wires of one story. */
export interface Wire {
  /** Counts a call, and says what befalls it. */
  harm(call: { service: Service; op: string }): Harm | undefined;
  /** Every call so far, in order. */
  readonly calls: readonly Call[];
  /** The harms that befell a call. */
  readonly struck: readonly Mishap[];
  /** Notes where a story leaves the way it has in common with the main one. */
  turn(): void;
  /** The calls since then; all of them, where it never left. */
  own(): readonly Call[];
}

/** Wires on which the given mishaps happen, each once. */
export function wireWith(mishaps: readonly Mishap[] = []): Wire {
  const calls: Call[] = [];
  const struck: Mishap[] = [];
  const counts = new Map<string, number>();
  let turned = 0;
  return {
    calls,
    struck,
    harm({ service, op }) {
      const kind = `${service} ${op}`;
      const nth = (counts.get(kind) ?? 0) + 1;
      counts.set(kind, nth);
      calls.push({ service, op, nth });
      const mishap = mishaps.find(one => one.service === service && one.op === op && one.nth === nth);
      if (mishap) struck.push(mishap);
      return mishap?.harm;
    },
    turn() {
      turned = calls.length;
    },
    own: () => calls.slice(turned),
  };
}

/** A mishap in words. */
export function inWords({ service, op, nth, harm }: Mishap): string {
  return `${harm}, ${service} ${op} ${nth}`;
}

/** The mishap that these words tell of. */
export function mishapFrom(words: string): Mishap {
  const [, said, whose, op = '', nth] = /^([^,]+), (\w+) (.+) (\d+)$/.exec(words) ?? [];
  const harm = harms.find(one => one === said);
  const service = services.find(one => one === whose);
  if (!harm || !service) throw new Error(`"${words}" is no mishap.`);
  return { service, op, nth: Number(nth), harm };
}
