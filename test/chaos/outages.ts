import { setTimeout as wait } from 'node:timers/promises';
import type { FirestoreServer } from '../../src/local/firestore/server.ts';
import { wrongs } from './checker.ts';
import type { Line } from './line.ts';
import { layLine } from './line.ts';
import { diceOf } from './seed.ts';
import { play, stories } from './story.ts';
import type { Theatre } from './theatre.ts';
import { openTheatre } from './theatre.ts';

/** What can happen to the line before Firestore. */
export const outages = ['swallow', 'hang', 'cut'] as const;
export type Outage = (typeof outages)[number];

/** A theatre whose workers reach Firestore over one line. */
export async function openOverLine(
  firestore: FirestoreServer & { name: string },
  options: { program?: string | undefined } = {},
): Promise<{ theatre: Theatre; line: Line; close(): Promise<void> }> {
  const line = await layLine(firestore.host);
  const theatre = await openTheatre(firestore, { ...options, through: line.host });
  return {
    theatre,
    line,
    async close() {
      await theatre.close();
      await line.close();
    },
  };
}

/** A job's life while the line before Firestore fails three times, at moments and for as long as the seed has it. */
export async function outage(
  { theatre, line }: { theatre: Theatre; line: Line },
  { kind, seed }: { kind: Outage; seed: number },
): Promise<string[]> {
  const dice = diceOf(seed);
  await theatre.begin([]);
  let ended = false;
  const failing = (async () => {
    for (let i = 0; i < 3 && !ended; i++) {
      await wait(200 + dice.below(1500));
      line[kind]();
      await wait(100 + dice.below(1500));
      line.heal();
    }
  })();
  const played = await play(dice.one(stories), theatre);
  ended = true;
  await failing;
  return wrongs([played], theatre);
}
