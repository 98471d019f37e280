import { setTimeout as wait } from 'node:timers/promises';
import { wrongs } from './checker.ts';
import type { Story } from './story.ts';
import { play, stories } from './story.ts';
import type { Theatre } from './theatre.ts';
import type { Call, Mishap, Wire } from './wire.ts';
import { inWords, mishapFrom } from './wire.ts';

/** A story, and what is to befall it. */
export interface Trial {
  story: Story;
  mishaps: readonly Mishap[];
  /** Whether it needs a worker that remembers nothing: one that has worked before would not make the call. */
  fresh?: boolean;
  /** By which it can be drawn again. */
  seed?: number;
}

/** What came of a trial. */
export interface Outcome {
  trial: string;
  /** What was wrong with the world afterwards; nothing, where all was well. */
  wrong: string[];
  /** How many of its mishaps never had their occasion. */
  missed: number;
}

/** Plays a trial's story to its end, wakes whoever was frozen, and reads the world. */
export async function perform(trial: Trial, theatre: Theatre): Promise<Outcome> {
  const { story, mishaps, fresh } = trial;
  const wire = await theatre.begin(mishaps, { fresh });
  const played = await play(story, theatre);
  if (wire.struck.some(({ harm }) => harm.startsWith('freeze'))) {
    theatre.fleet.wake();
    await quiet(wire);
  }
  return {
    trial: inTrial(trial),
    wrong: await wrongs([played], theatre),
    missed: mishaps.length - wire.struck.length,
  };
}

/** A trial in words. */
export function inTrial({ story, mishaps, seed }: Trial): string {
  const what = `${story}: ${mishaps.map(inWords).join(' · ') || 'nothing happens'}`;
  return seed === undefined ? what : `${what} · seed ${seed}`;
}

/** The trial that these words tell of. */
export function trialFrom(words: string): Trial {
  const [, story, rest = ''] = /^(\w+): (.*)$/.exec(words) ?? [];
  if (!isStory(story)) throw new Error(`"${words}" begins with none of the stories ${stories.join(', ')}.`);
  return {
    story,
    mishaps: rest
      .split(' · ')
      .filter(part => !/^seed |^nothing happens$/.test(part))
      .map(mishapFrom),
  };
}

function isStory(word: string | undefined): word is Story {
  return stories.some(story => story === word);
}

/** The calls of a story in which nothing happens: of a worker that remembers nothing, and of one that has worked before. */
export interface Trace {
  fresh: readonly Call[];
  warm: readonly Call[];
}

/** Plays a story in which nothing happens, twice. Throws where even that goes wrong. */
export async function trace(story: Story, theatre: Theatre): Promise<Trace> {
  const once = async (fresh: boolean) => {
    const { wrong } = await perform({ story, mishaps: [], fresh }, theatre);
    if (wrong.length) throw new Error(`Nothing happened, and yet it went wrong: ${wrong.join(' ')}`);
    return theatre.wire().own();
  };
  return { fresh: await once(true), warm: await once(false) };
}

/** Waits until nobody has called anybody for a while. */
async function quiet(wire: Wire): Promise<void> {
  for (let before = -1; before !== wire.calls.length; await wait(1200)) before = wire.calls.length;
}
