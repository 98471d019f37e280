import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Chaos, Scenario } from './scenarios.ts';
import { openChaos } from './scenarios.ts';

// Another seed is another sample: CHAOS_SEED=7 npx vitest run test/chaos
const seed = Number(process.env.CHAOS_SEED ?? 1);
const minutes = 60_000;

let chaos: Chaos;

beforeAll(async () => {
  chaos = await openChaos();
});
afterAll(() => chaos.close());

/** All that went wrong, each with the case it went wrong in. */
async function wrongIn(scenario: Scenario, count: number): Promise<string[]> {
  const outcomes = await chaos.run(scenario, { seed, count });
  expect(outcomes).toHaveLength(count);
  return outcomes.filter(({ wrong }) => wrong.length).map(({ trial, wrong }) => `${trial}: ${wrong.join(' ')}`);
}

describe(`whatever dies, every effect is there once and nothing is forgotten (seed ${seed})`, () => {
  it('where a worker is killed before or after a call', { timeout: 10 * minutes }, async () => {
    expect(await wrongIn('kills', 10)).toEqual([]);
  });

  it('where a call is dropped, hangs, fails, or is answered with nonsense', { timeout: 10 * minutes }, async () => {
    expect(await wrongIn('faults', 16)).toEqual([]);
  });

  it('where three kills and three faults come at random', { timeout: 20 * minutes }, async () => {
    expect(await wrongIn('random', 60)).toEqual([]);
  });

  it('where a worker sleeps longer than its lease, and wakes', { timeout: 10 * minutes }, async () => {
    expect(await wrongIn('freezes', 4)).toEqual([]);
  });

  it('where many are at work on the same jobs at once, or their clocks differ', { timeout: 10 * minutes }, async () => {
    expect(await wrongIn('races', 5)).toEqual([]);
  });

  it('where the line to Firestore loses answers, hangs, or is cut', { timeout: 10 * minutes }, async () => {
    expect(await wrongIn('line', 3)).toEqual([]);
  });
});
