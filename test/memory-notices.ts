import { randomUUID } from 'node:crypto';
import { leaseFrom } from '../src/clients/firestore-calls.ts';
import type { Notice } from '../src/job/notice.ts';
import type { HeldNotice, Notices } from '../src/world.ts';
import { LeaseLost } from '../src/world.ts';
import type { MemoryTimes } from './memory-jobs.ts';

interface Kept {
  notice: Notice;
  state: 'pending' | 'sending' | 'sent' | 'dead';
  at: number;
  op: string;
  quiet: boolean;
  due: number | undefined;
}

interface Grip extends HeldNotice {
  readonly op: string;
}

/** Notices in memory: the same port as Firestore's, held by the same suite. */
export function memoryNotices(times: MemoryTimes, kept = new Map<string, Kept>()): Notices {
  const { clock, leaseTime } = times;
  return {
    async owe(key, notice, { again } = {}) {
      const before = kept.get(key);
      const at = clock.now();
      if (before && (again === undefined || before.due !== undefined || at - before.at < again)) return false;
      const fresh = { state: 'pending', at, op: randomUUID(), quiet: false, due: at } as const;
      kept.set(key, { notice: structuredClone(notice), ...fresh });
      return true;
    },

    async due(now, limit) {
      const due = [...kept].flatMap(([key, { due }]) => (due !== undefined && due <= now ? { key, due } : []));
      return due
        .sort((a, b) => a.due - b.due)
        .slice(0, limit)
        .map(({ key }) => key);
    },

    async claim(key) {
      const one = kept.get(key);
      const now = clock.now();
      if (one?.due === undefined || one.due > now) return undefined;
      const unclear = one.state === 'sending';
      const { quiet } = one;
      const op = randomUUID();
      Object.assign(one, { state: 'sending', op, quiet: false, due: now + leaseTime });
      const ours = leaseFrom(clock, times);
      return { key, notice: structuredClone(one.notice), unclear, quiet, at: one.at, ours, op } satisfies Grip;
    },

    async mark(held, as) {
      const one = kept.get(held.key);
      if (!one || one.op !== (held as Grip).op) throw new LeaseLost(`The notice "${held.key}" is somebody else's.`);
      if (as.is === 'sending') Object.assign(one, { quiet: true, due: as.notBefore ?? one.due });
      else if (as.is === 'put-off') Object.assign(one, { state: 'pending', due: as.notBefore });
      else Object.assign(one, { state: as.is, due: undefined });
    },
  };
}
