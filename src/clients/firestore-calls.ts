import type { WriteBatch } from '@google-cloud/firestore';
import type { Clock, Deadline, Ours } from '../world.ts';
import { StoreUnavailable } from '../world.ts';
import { inTime } from './in-time.ts';

// NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION, ABORTED: somebody else wrote first, or this very write landed and its answer was lost.
const overtaken = new Set<number | undefined>([5, 6, 9, 10]);

/** Client settings with an end in sight: five seconds for a try and eight in all, where the client's own go on for minutes. */
export const firestoreSettings = {
  ignoreUndefinedProperties: true,
  clientConfig: {
    interfaces: {
      'google.firestore.v1.Firestore': {
        retry_params: {
          default: {
            initial_retry_delay_millis: 100,
            retry_delay_multiplier: 1.3,
            max_retry_delay_millis: 1000,
            initial_rpc_timeout_millis: 5000,
            rpc_timeout_multiplier: 1,
            max_rpc_timeout_millis: 5000,
            total_timeout_millis: 8000,
          },
        },
      },
    },
  },
};

/** How many times as long as any other call one to Firestore may take where nobody waits: with the usual six seconds, about as long as its client goes on by itself. */
const longestWait = 1.25;

/** Calls to Firestore that end in time, and say of a failure whether something may have been written. */
export interface FirestoreCalls {
  /** Waits for an answer that changes nothing. Throws `StoreUnavailable`. */
  reading<T>(answer: () => Promise<T>): Promise<T>;
  /** Commits; false where a precondition failed, so that the document must be read again. Throws `StoreUnavailable`. */
  landed(batch: WriteBatch): Promise<boolean>;
}

/** Calls that wait as long as there is a point in it, or until a deadline, after which nothing is sent any more. */
export function firestoreCalls(
  { clock, callTime }: { clock: Clock; callTime: number },
  deadline?: Deadline,
): FirestoreCalls {
  const longest = longestWait * callTime;
  const left = () => (deadline ? deadline.at - clock.steady() : longest);

  function stillTime(): number {
    const time = left();
    if (time > 0) return time;
    throw new StoreUnavailable('There is no time left to ask Firestore.', { sent: false });
  }

  return {
    async reading(answer) {
      const time = stillTime();
      try {
        return await inTime(answer(), time);
      } catch (cause) {
        throw new StoreUnavailable('Firestore did not answer a read.', { sent: false, cause });
      }
    },

    async landed(batch) {
      const time = stillTime();
      if (deadline) deadline.sent = true;
      try {
        await inTime(batch.commit(), time);
        return true;
      } catch (cause) {
        if (overtaken.has(codeOf(cause))) return false;
        throw new StoreUnavailable('Firestore did not confirm a write.', { sent: true, cause });
      }
    },
  };
}

/** Remembers when a lease began, and tells whether a call that begins now is over before it ends. The wall clock may be set back and the steady one may stand still while a machine sleeps: whichever has moved on more counts. */
export function leaseFrom(clock: Clock, { leaseTime, callTime }: { leaseTime: number; callTime: number }): Ours {
  const [now, steady] = [clock.now(), clock.steady()];
  return () => Math.max(clock.now() - now, clock.steady() - steady) < leaseTime - 2 * callTime;
}

function codeOf(error: unknown): number | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'number'
    ? error.code
    : undefined;
}
