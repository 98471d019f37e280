import { setTimeout as wait } from 'node:timers/promises';

/** Gives up on a promise after a time, in milliseconds. */
export async function inTime<T>(promise: Promise<T>, timeout: number): Promise<T> {
  const done = new AbortController();
  const late = wait(timeout, undefined, { signal: done.signal }).then(() => {
    throw new Error(`There was no answer within ${timeout} ms.`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    done.abort();
  }
}
