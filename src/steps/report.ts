import { createHash } from 'node:crypto';
import type { Job } from '../job/job.ts';
import type { Standing } from '../job/post.ts';
import { shownInChannel, standing } from '../job/post.ts';
import { approval } from '../views/approval.ts';
import type { Around } from '../views/card.ts';
import { card } from '../views/card.ts';
import { post } from '../views/post.ts';
import { wordsIn } from '../views/words.ts';
import type { Delivery, Held, Message, Owed, Settings, World } from '../world.ts';
import { SlackTrouble } from '../world.ts';

type Touches = Pick<World, 'jobs' | 'slack' | 'settings' | 'clock' | 'log'>;

const stands = { card, approval } satisfies Record<Standing, (job: Job, around: Around) => Message>;

/** What a message about a job is drawn with, besides the job. */
export function around(settings: Settings): Around {
  const { project, approvers, deployment, language, pipelineRoot, serviceAccount } = settings;
  const tensorboards = Object.values(settings.tensorboards).filter(name => name !== undefined);
  const proposed = { pipelineRoot, serviceAccount, tensorboards };
  return { words: wordsIn(language), project, approvers, deployment, proposed };
}

/** Delivers what a job owes to the channel and its thread, in order, and redraws what stands there. The only step that speaks in channels. */
export async function report(held: Held, world: Touches): Promise<Held> {
  let newest = held;
  if (newest.owing)
    for (const owed of await world.jobs.posts(newest)) {
      const outcome = await deliver(newest, owed, world);
      newest = await world.jobs.mark(newest, owed, outcome);
      if (outcome.is === 'put-off' || outcome.is === 'sending') return newest;
    }
  for (const which of standing) newest = await redraw(newest, which, world);
  return newest;
}

async function deliver(held: Held, owed: Owed, world: Touches): Promise<Delivery> {
  const { slack, clock } = world;
  if (owed.notBefore !== undefined && clock.now() < owed.notBefore) return { is: 'put-off', notBefore: owed.notBefore };
  const { job, sent } = held;
  const isCard = owed.post.kind === 'card';
  if (!isCard && !sent.card) return { is: 'dead', code: 'no_card' };
  const to = { channel: job.channel, thread: isCard ? undefined : sent.card?.ts, job: job.id, key: owed.key };
  const message = post(job, owed.post, around(world.settings));
  const drawn = digest(message);
  try {
    const before = owed.state === 'sending' ? await slack.find({ ...to, since: owed.at }) : undefined;
    if (before) return { is: 'sent', ts: before, drawn: '' };
    await world.jobs.mark(held, owed, { is: 'sending' });
    return {
      is: 'sent',
      ts: await slack.send(message, { ...to, inChannel: shownInChannel.has(owed.post.kind) }),
      drawn,
    };
  } catch (error) {
    if (!(error instanceof SlackTrouble)) throw error;
    world.log.warn('A post was not delivered', { job: job.id, name: owed.post.kind, code: error.code });
    switch (error.kind) {
      case 'later':
        return { is: 'put-off', notBefore: clock.now() + error.retryAfter };
      case 'unclear':
        return { is: 'sending' };
      case 'refused':
        return { is: 'dead', code: error.code };
      default:
        return error.kind satisfies never;
    }
  }
}

async function redraw(held: Held, which: Standing, world: Touches): Promise<Held> {
  const { job } = held;
  const stood = held.sent[which];
  if (!stood) return held;
  const message = stands[which](job, around(world.settings));
  const drawn = digest(message);
  if (drawn === stood.drawn) return held;
  try {
    await world.slack.redraw(message, { channel: job.channel, ts: stood.ts });
  } catch (error) {
    if (!(error instanceof SlackTrouble)) throw error;
    world.log.warn('A message was not redrawn', { job: job.id, name: which, code: error.code });
    if (error.kind !== 'refused') return held;
  }
  return world.jobs.redrawn(held, which, { ts: stood.ts, drawn });
}

function digest(message: Message): string {
  return createHash('sha256').update(JSON.stringify(message)).digest('hex');
}
