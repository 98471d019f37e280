import { setTimeout as wait } from 'node:timers/promises';
import { approvalIds } from '../../src/views/approval.ts';
import { wrongs } from './checker.ts';
import { channel, has, ofJob, play, stories } from './story.ts';
import type { Theatre, TheatreOptions } from './theatre.ts';

/** Where many race: four workers at work, all of whom are knocked at all the time. */
export const crowded: TheatreOptions = { count: 4, spare: false };

/** Four workers again, to whom Slack takes its time. */
export const unhurried: TheatreOptions = { ...crowded, slackTakes: 300 };

/** Two workers whose clocks are five minutes apart. */
export const skewed: TheatreOptions = {
  count: 2,
  spare: false,
  environment: number => ({
    NODE_OPTIONS: `--import=${new URL('skewed-clock.ts', import.meta.url).href}`,
    CLOCK_SKEW_MS: String(number % 2 ? 150_000 : -150_000),
  }),
};

/** Every story at once, each form delivered twice, and all workers at once on the same jobs. */
export async function race(theatre: Theatre): Promise<string[]> {
  await theatre.begin([]);
  const stop = crowd(theatre);
  const played = await Promise.all(stories.map(story => play(story, theatre, { twice: true }))).finally(stop);
  return wrongs(played, theatre);
}

/** Ten knocks at the same instant, again and again, while one job makes its way. */
export async function tenKnocks(theatre: Theatre): Promise<string[]> {
  await theatre.begin([]);
  let ended = false;
  const knocking = (async () => {
    while (!ended) await Promise.all(Array.from({ length: 10 }, () => theatre.fleet.knock()));
  })();
  const played = await play('approved', theatre);
  ended = true;
  await knocking;
  return wrongs([played], theatre);
}

/** Everybody who may decide does so at the same instant, some of them twice, by way of different workers. */
export async function manyPresses(theatre: Theatre): Promise<string[]> {
  await theatre.begin([]);
  let ended = false;
  const { slack, fleet } = theatre;
  const pressing = (async () => {
    while (!ended) {
      const asked = slack.messages(channel).flatMap(({ ts }) => slack.thread(channel, ts));
      const open = asked.filter(message => has(message, approvalIds.approve));
      const press = (person: string, ts: string) => {
        fleet.turn();
        return slack.as(person).press({ channel, ts }, approvalIds.approve, { confirmed: true });
      };
      // The button goes as soon as one of them was heard.
      await Promise.allSettled(open.flatMap(({ ts }) => ['ben', 'chi', 'ben', 'chi'].map(person => press(person, ts))));
      await wait(20);
    }
  })();
  const played = await play('approved', theatre);
  ended = true;
  await pressing;
  return wrongs([played], theatre);
}

/** Somebody who may not cancel wishes it all the time, by way of every worker. */
export async function nagging(theatre: Theatre): Promise<string[]> {
  await theatre.begin([]);
  let ended = false;
  const { slack, fleet } = theatre;
  const nag = async () => {
    while (!ended) {
      const jobs = new Set(slack.messages(channel).flatMap(message => ofJob(message) ?? []));
      for (const job of jobs)
        await Promise.all(
          fleet.living().map(() => {
            fleet.turn();
            return slack.as('oz').command(channel, `/distill cancel ${job}`);
          }),
        );
      await wait(20);
    }
  };
  const nags = [nag(), nag()];
  const played = await play('free', theatre);
  ended = true;
  await Promise.all(nags);
  return wrongs([played], theatre);
}

/** Knocks at every worker all the time. Returns what ends that. */
function crowd({ fleet }: Theatre): () => Promise<void> {
  let ended = false;
  const knocking = fleet.living().map(async worker => {
    while (!ended) {
      await worker.knock();
      await wait(30);
    }
  });
  return async () => {
    ended = true;
    await Promise.all(knocking);
  };
}
