import { describe, expect, it } from 'vitest';
import { cancelWished, decided, submitted } from '../../src/job/change.ts';
import type { Tellable } from '../../src/job/notice.ts';
import type { Post, PostKind } from '../../src/job/post.ts';
import { advance } from '../../src/steps/advance.ts';
import { poll } from '../../src/steps/poll.ts';
import { SlackTrouble } from '../../src/world.ts';
import { approver, jobIn, requester, specWith } from '../job/sample-jobs.ts';
import { steadyWorld } from './steady-world.ts';

const id = 'abc123def456';

async function asked() {
  const world = steadyWorld();
  const told: string[] = [];
  const { send } = world.slack;
  world.slack.send = async (message, to) => {
    if (to.channel === requester.user) told.push(message.text);
    return send(message, to);
  };
  const spec = specWith({ accelerator: 'TPU', tensorboard: undefined });
  const begun = { id, spec, digest: 'd', requester, channel: 'C1', uploads: {}, now: world.clock.now() };
  await world.jobs.create(submitted(begun), 'view:1');
  await advance(id, world);
  const deny = () =>
    world.jobs.record(id, (job, ledger) =>
      decided(job, { approve: false, reason: 'No.' }, { by: approver, ledger, now: world.clock.now() }),
    );
  const cancel = (by = requester) => world.jobs.record(id, job => cancelWished(job, { by, now: world.clock.now() }));
  const knocks = async () => {
    for (let i = 0; i < 4; i++) {
      world.pass(60_000);
      await poll(world);
    }
  };
  return { world, told, deny, cancel, knocks };
}

describe('A direct message at a job’s end', () => {
  const ends: Record<Tellable, PostKind> = {
    refused: 'refusal',
    denied: 'denial',
    expired: 'expiry',
    succeeded: 'result',
    failed: 'failure',
    cancelled: 'cancellation',
  };

  it.each(Object.entries(ends) as [Tellable, PostKind][])('tells of a job that is %s', async (state, kind) => {
    const { world, told, knocks } = await asked();
    await world.preferences.prefer(requester.user, true);
    const job = { ...jobIn(state), id: 'ended', endedAt: world.clock.now() };
    await world.jobs.create({ job, posts: [{ kind: 'card' }, { kind } as Post] }, 'view:2');
    await knocks();
    expect(told).toHaveLength(1);
  });

  it('is sent where Slack takes nothing in the job’s channel', async () => {
    const { world, told, deny, knocks } = await asked();
    await world.preferences.prefer(requester.user, true);
    const { send } = world.slack;
    world.slack.send = async (message, to) => {
      if (to.channel === 'C1') throw new SlackTrouble({ kind: 'refused', code: 'not_in_channel', about: 'channel' });
      return send(message, to);
    };
    world.slack.share = async () => {
      throw new SlackTrouble({ kind: 'refused', code: 'not_in_channel', about: 'channel' });
    };
    await world.jobs.record(id, job => ({ job, posts: [{ kind: 'card' }] }));
    await deny();
    await knocks();
    expect(told.filter(text => text.startsWith('🚫'))).toHaveLength(1);
  });

  it('is sent of an end that was recorded while messages were on their way', async () => {
    const { world, told, deny, knocks } = await asked();
    await world.preferences.prefer(requester.user, true);
    const { posts } = world.jobs;
    world.jobs.posts = async held => {
      world.jobs.posts = posts;
      await deny();
      return posts(held);
    };
    await world.jobs.record(id, job => ({ job, posts: [{ kind: 'reminder' }] }));
    await knocks();
    expect(told).toHaveLength(1);
  });

  it('is sent of an end that somebody else made', async () => {
    const { world, told, cancel, knocks } = await asked();
    await world.preferences.prefer(requester.user, true);
    await cancel(approver);
    await knocks();
    expect(told).toEqual([expect.stringMatching(/support-intents · Cancelled/)]);
  });

  it('is sent once to a requester who wants it, with the way to the card', async () => {
    const { world, told, deny, knocks } = await asked();
    await world.preferences.prefer(requester.user, true);
    await deny();
    await Promise.all([advance(id, world), advance(id, world)]);
    await knocks();
    expect(told).toEqual([expect.stringMatching(/^🚫 support-intents · Denied · its card and thread .*App Home/)]);
  });

  it('is not sent to somebody who never asked for it, or does not want it any more', async () => {
    const { world, told, deny, knocks } = await asked();
    await world.preferences.prefer(requester.user, true);
    await world.preferences.prefer(requester.user, false);
    await deny();
    await knocks();
    expect(told).toEqual([]);
  });

  it('is not sent of an end that the requester made', async () => {
    const { world, told, cancel, knocks } = await asked();
    await world.preferences.prefer(requester.user, true);
    await cancel();
    await knocks();
    expect((await world.jobs.get(id))?.state).toBe('cancelled');
    expect(told).toEqual([]);
  });

  it('is owed before the thread tells the same, so that a death in between loses nothing', async () => {
    const { world, told, deny, knocks } = await asked();
    await world.preferences.prefer(requester.user, true);
    const { mark } = world.jobs;
    world.jobs.mark = async (held, owed, as) => {
      if (owed.post.kind !== 'denial' || as.is !== 'sending') return mark(held, owed, as);
      world.jobs.mark = mark;
      throw new Error('The process died here.');
    };
    await deny();
    await expect(advance(id, world)).rejects.toThrow('died');
    await knocks();
    expect(told).toHaveLength(1);
  });
});
