import { describe, expect, it } from 'vitest';
import { cancelWished, decided, submitted } from '../../src/job/change.ts';
import { advance } from '../../src/steps/advance.ts';
import { poll } from '../../src/steps/poll.ts';
import type { Jobs } from '../../src/world.ts';
import { LeaseLost, SlackTrouble, StoreUnavailable } from '../../src/world.ts';
import { approver, requester, specWith } from '../job/sample-jobs.ts';
import { memoryStore } from '../memory-jobs.ts';
import { steadyWorld } from './steady-world.ts';

// What the interleavings have found, each made as small as it gets.

const id = 'abc123def456';
const minute = 60_000;

async function begun({ weave, accelerator }: { weave?: (jobs: Jobs) => Jobs; accelerator: 'TPU' | 'GPU' }) {
  const world = steadyWorld(weave && { weave });
  await submit(world, accelerator);
  await advance(id, world);
  return world;
}

function submit({ jobs, clock }: ReturnType<typeof steadyWorld>, accelerator: 'TPU' | 'GPU') {
  const spec = specWith({ accelerator, tensorboard: undefined });
  const asked = { id, spec, digest: 'd', requester, channel: 'C1', uploads: {}, now: clock.now() };
  return jobs.create(submitted(asked), 'view:1');
}

/** Lets knocks come for so many minutes. */
async function knocks(count: number, world: ReturnType<typeof steadyWorld>) {
  for (let i = 0; i < count; i++) {
    world.pass(minute);
    await poll(world).catch(error => expect(error).toBeInstanceOf(StoreUnavailable));
  }
}

const posted = ({ messages }: ReturnType<typeof steadyWorld>, key: string) =>
  [...messages.values()].find(message => message.key === key)!;

describe('What overtakes something else', () => {
  it('a message is posted once, though whoever begins it stands still until a process whose clock is ahead has looked for it', async () => {
    const store = memoryStore();
    const world = steadyWorld({ store });
    const ahead = steadyWorld({ store });
    ahead.pass(5 * minute);
    const { send } = world.slack;
    ahead.slack = { ...world.slack };
    ahead.vertex = world.vertex;
    world.slack.send = async (message, to) => {
      world.slack.send = send;
      // Half a minute, within the lease by its own clock.
      for (let visits = 0; visits < 2; visits++) {
        for (const one of [world, ahead]) one.pass(15_000);
        await advance(id, ahead);
      }
      if (!to.ours()) throw new LeaseLost('It was too late to send.');
      return send(message, to);
    };
    await submit(world, 'GPU');
    await advance(id, world);
    for (const one of [world, ahead]) await knocks(5, one);
    const keys = [...world.messages.values()].map(({ key }) => key);
    expect(keys).toEqual(['0000', '0001', '0003']);
  });

  it('a wish to cancel is carried out, though it comes while the request expires', async () => {
    let expiring = false;
    const world = await begun({
      accelerator: 'TPU',
      weave: jobs => ({
        ...jobs,
        async commit(held, fact) {
          if (expiring) await jobs.record(id, job => cancelWished(job, { by: requester, now: 1 }));
          expiring = false;
          return jobs.commit(held, fact);
        },
      }),
    });
    world.pass(world.settings.approvalTime);
    expiring = true;
    await advance(id, world);
    expect((await world.jobs.get(id))?.state).toBe('cancelled');
  });

  it('a card that is overwritten late shows the end again, though the end itself was seen late', async () => {
    const world = await begun({ accelerator: 'GPU' });
    const before = posted(world, '0000').message;
    world.pipelineJobs.set(id, { ...world.pipelineJobs.get(id)!, state: 'SUCCEEDED', endedAt: world.clock.now() });
    world.pass(10 * minute);
    await poll(world);
    const after = posted(world, '0000').message;
    expect(after).not.toEqual(before);
    posted(world, '0000').message = before;
    await knocks(10, world);
    expect(posted(world, '0000').message).toEqual(after);
  });

  it('a card that is found half-sent after the end shows the end, though the next thing that was written had no answer', async () => {
    let cut = false;
    const world = steadyWorld({
      weave: jobs => ({
        ...jobs,
        async mark(held, owed, as) {
          const after = await jobs.mark(held, owed, as);
          if (owed.post.kind !== 'cancellation' || as.is !== 'sent' || cut) return after;
          cut = true;
          throw new StoreUnavailable('The answer was lost.', { sent: true });
        },
      }),
    });
    const { send } = world.slack;
    world.slack.send = async (message, to) => {
      world.slack.send = send;
      await send(message, to);
      await world.jobs.record(id, job => cancelWished(job, { by: requester, now: 1 }));
      throw new SlackTrouble({ kind: 'unclear', code: 'dropped' });
    };
    await submit(world, 'GPU');
    await advance(id, world);
    await knocks(10, world);
    expect([cut, (await world.jobs.get(id))?.state]).toEqual([true, 'cancelled']);
    expect(posted(world, '0000').message.text).toContain('Cancelled');
  });

  it('a request that is overwritten late shows the decision again, once the job has ended', async () => {
    const world = await begun({ accelerator: 'TPU' });
    const before = posted(world, '0003').message;
    const now = world.clock.now();
    await world.jobs.record(id, (job, ledger) =>
      decided(job, { approve: false, reason: 'No.' }, { by: approver, ledger, now }),
    );
    await advance(id, world);
    const after = posted(world, '0003').message;
    expect(after).not.toEqual(before);
    posted(world, '0003').message = before;
    await knocks(10, world);
    expect(posted(world, '0003').message).toEqual(after);
  });
});
