import { setImmediate as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startClock } from '../../src/local/vertex/clock.ts';

test('a clock keeps what has passed when its rate changes', () => {
  let wall = 0;
  const clock = startClock(10, { wall: () => wall });
  wall = 100;
  expect(clock.now()).toBe(1000);
  clock.rate(2);
  wall = 150;
  expect(clock.now()).toBe(1100);
  clock.rate(0);
  wall = 1_000_000;
  expect(clock.now()).toBe(1100);
});

test('a wait ends when the rate brings its time within reach', async () => {
  const clock = startClock(1e-6);
  const waited = clock.until(1000);
  clock.rate(1e9);
  await waited;
  expect(clock.now()).toBeGreaterThanOrEqual(1000);
});

test('no wait ends while the clock stands still, not even one that is due', async () => {
  const clock = startClock(0);
  let ended = false;
  const waited = clock.until(-1).then(() => {
    ended = true;
  });
  for (let i = 0; i < 10; i++) await pause();
  expect(ended).toBe(false);
  clock.rate(1);
  await waited;
  expect(ended).toBe(true);
});

test('a wait is rejected with the reason of its signal', async () => {
  const clock = startClock(0);
  const stop = new AbortController();
  const waited = clock.until(1000, stop.signal);
  stop.abort(new Error('The run is being cancelled.'));
  await expect(waited).rejects.toThrow('The run is being cancelled.');
  await expect(clock.until(1000, stop.signal)).rejects.toThrow('The run is being cancelled.');
});
