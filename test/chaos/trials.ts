import { diceOf } from './seed.ts';
import type { Story } from './story.ts';
import { stories } from './story.ts';
import type { Trace, Trial } from './trial.ts';
import type { Harm, Mishap } from './wire.ts';
import { faults } from './wire.ts';

/** What each story is like when nothing happens. */
export type Traces = Record<Story, Trace>;

/** The worker dies before and after each call. */
export function kills(traces: Traces): Trial[] {
  return each(traces, ['kill before', 'kill after']);
}

/** Everything that can befall a call of Slack's, Vertex AI's or Storage's befalls each of them. */
export function faultsOf(traces: Traces): Trial[] {
  return each(traces, faults).filter(({ mishaps }) => mishaps[0]?.service !== 'Firestore');
}

/** The worker sleeps when it is about to hear of an answer or has just heard of it, for longer than its lease, while another one goes on. */
export function freezes(traces: Traces): Trial[] {
  return each(traces, ['freeze after', 'freeze soon after']);
}

/** Three kills and three faults, at random. */
export function random(traces: Traces, seed: number): Trial {
  const dice = diceOf(seed);
  const story = dice.one(stories);
  const kill = (): Harm => dice.one(['kill before', 'kill after']);
  const fault = (): Harm => dice.one(faults);
  const points = dice.some(6, traces[story].warm);
  return { story, seed, mishaps: points.map((point, i): Mishap => ({ ...point, harm: i < 3 ? kill() : fault() })) };
}

function each(traces: Traces, harms: readonly Harm[]): Trial[] {
  return (Object.entries(traces) as [Story, Trace][]).flatMap(([story, { fresh, warm }]) =>
    fresh.flatMap(call => {
      const again = warm.some(one => one.service === call.service && one.op === call.op && one.nth === call.nth);
      return harms.map(harm => ({ story, mishaps: [{ ...call, harm }], fresh: !again }));
    }),
  );
}
