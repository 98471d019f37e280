import type { Status } from './trouble.ts';

/** The calls that a fault can be put on. */
export const operations = [
  'create',
  'get',
  'list',
  'cancel',
  'tensorboards',
  'tensorboard',
  'experiments',
  'runs',
  'series',
  'read',
  'batchRead',
  'models',
  'model',
  'endpoints',
  'endpoint',
  'predict',
  'undeploy',
  'tuningJobs.create',
  'tuningJobs.get',
  'tuningJobs.list',
  'tuningJobs.cancel',
  'contexts.get',
  'contexts.list',
  'generateContent',
] as const;
export type Operation = (typeof operations)[number];

/** What goes wrong: before the call is carried out, after it, or with its answer; `stale` gives the answer that was given last, or an empty one. */
export type Mode =
  | 'drop-before'
  | 'apply-drop'
  | 'hang'
  | 'apply-hang'
  | 'apply-500'
  | 'trunc'
  | 'stall-body'
  | 'slow'
  | 'html200'
  | 'stale'
  | '429'
  | '500'
  | '503'
  | 'refuse';

/** A fault of the wire: on which call, from the nth from now (1 is the next), for how many of them. */
export type Fault = {
  op: Operation | '*' | readonly Operation[];
  mode: Mode;
  nth?: number;
  times?: number;
  /** For `429`, in seconds. */
  retryAfter?: number | string;
  /** For `slow`, in milliseconds; 1500 where it is not given. */
  delay?: number;
  /** For `refuse`: Google's error. */
  status?: Status;
  message?: string;
};

/** The faults that are set, each counting down to its call. */
export type Faults = { set(fault: Fault): void; heal(): void; due(op: Operation): Fault | undefined };

/** Keeps faults until their calls come. */
export function faults(): Faults {
  let waiting: { fault: Fault; before: number; left: number }[] = [];
  return {
    set(fault) {
      waiting.push({ fault, before: (fault.nth ?? 1) - 1, left: fault.times ?? 1 });
    },
    heal() {
      waiting = [];
    },
    due(op) {
      let hit: Fault | undefined;
      for (const entry of waiting) {
        const ops = [entry.fault.op].flat();
        if (!ops.includes('*') && !ops.includes(op)) continue;
        if (entry.before > 0) entry.before--;
        else if (!hit) {
          hit = entry.fault;
          entry.left--;
        }
      }
      waiting = waiting.filter(({ left }) => left > 0);
      return hit;
    },
  };
}
