import { describe, expect, it } from 'vitest';
import { decided, submitted } from '../../src/job/change.ts';
import type { Job } from '../../src/job/job.ts';
import { states } from '../../src/job/job.ts';
import type { PipelineSpec } from '../../src/job/spec.ts';
import { advance } from '../../src/steps/advance.ts';
import { decide } from '../../src/steps/decide.ts';
import { askAgain, switched, switchOver, switchPlan } from '../../src/steps/follow.ts';
import { poll } from '../../src/steps/poll.ts';
import type { Settings } from '../../src/world.ts';
import { approver, jobIn, requester, specWith } from '../job/sample-jobs.ts';
import { steadyWorld } from './steady-world.ts';

const id = 'a1b2c3';
const stranger = { user: 'U0STRANGER', team: 'T0HOME' };
type Steady = ReturnType<typeof steadyWorld>;

/** A world in which a job has been asked for, and has got as far as it can by itself. */
async function begun({ spec, settings }: { spec?: Partial<PipelineSpec>; settings?: Partial<Settings> } = {}) {
  const world = steadyWorld({ settings: settings ?? {} });
  const asked = specWith({ accelerator: 'TPU', tensorboard: undefined, ...spec });
  const now = world.clock.now();
  await world.jobs.create(
    submitted({ id, spec: asked, digest: 'd', requester, channel: 'C1', uploads: {}, now }),
    'view:1',
  );
  await advance(id, world);
  return world;
}

async function expiredIn(settings: Partial<Settings> = {}) {
  const world = await begun({ settings });
  world.pass(world.settings.approvalTime);
  await advance(id, world);
  return world;
}

async function deniedIn() {
  const world = await begun();
  await decide(id, { approve: false, reason: 'Not this week.' }, { by: approver }, world);
  await advance(id, world);
  return world;
}

/** A world in which a job waits in line, as somebody else holds what there is. */
async function queuedIn({ spec, settings }: { spec?: Partial<PipelineSpec>; settings?: Partial<Settings> } = {}) {
  const world = await begun({ ...(spec && { spec }), settings: { capacity: { TPU: 0, GPU: 0 }, ...settings } });
  await decide(id, { approve: true }, { by: approver }, world);
  await advance(id, world);
  expect((await world.jobs.get(id))?.state).toBe('queued');
  Object.assign(world.settings.capacity, { TPU: 64, GPU: 8 });
  return world;
}

const heirOf = async ({ jobs }: Steady): Promise<Job> => {
  const { heir = '' } = (await jobs.get(id))!;
  return (await jobs.get(heir))!;
};
const jobsIn = ({ jobs }: Steady) => jobs.list({ limit: 50 });
const actions = async ({ jobs }: Steady, of: string) => (await jobs.decisions(of)).map(({ action }) => action);
const cards = ({ messages }: Steady) => [...messages].filter(([, { key }]) => key === '0000');

describe('askAgain()', () => {
  it.each([
    ['expired', expiredIn, ['submit', 'ask', 'expire', 'succeed']],
    ['denied', deniedIn, ['submit', 'ask', 'deny', 'succeed']],
  ] as const)('asks again for what a job asked for that is %s, which keeps its end', async (state, make, decisions) => {
    const world = await make();
    const before = (await world.jobs.get(id))!;
    const outcome = await askAgain(id, requester, world);
    const { spec, requester: by, channel } = before;
    expect(outcome).toMatchObject({ is: 'done', job: { state: 'checking', from: id, spec, requester: by, channel } });
    const heir = await heirOf(world);
    expect(outcome).toMatchObject({ job: { id: heir.id } });
    expect(await world.jobs.get(id)).toEqual({ ...before, heir: heir.id });
    expect(before.state).toBe(state);
    expect(await actions(world, id)).toEqual(decisions);
    expect(await actions(world, heir.id)).toEqual(['submit']);
  });

  it('has the card and the thread of the first, which lets go of them', async () => {
    const world = await expiredIn();
    const [[card] = []] = cards(world);
    await askAgain(id, requester, world);
    const heir = await heirOf(world);
    await poll(world);
    world.pass(60_000);
    await poll(world);
    expect(cards(world)).toHaveLength(1);
    expect(cards(world)[0]?.[1].message.text).toContain('Waiting for approval');
    const posts = [...world.messages.values()].filter(({ job }) => job === heir.id);
    expect(posts.length).toBeGreaterThan(0);
    expect(posts.map(({ thread }) => thread)).toEqual(posts.map(() => card));
  });

  it('asks approvers anew: what was decided about the first is not about this one', async () => {
    const world = await deniedIn();
    await askAgain(id, requester, world);
    const { id: heir } = await heirOf(world);
    await advance(heir, world);
    expect(await world.jobs.get(heir)).toMatchObject({ state: 'waiting', request: { at: expect.any(Number) } });
    expect(await decide(heir, { approve: true }, { by: approver }, world)).toMatchObject({ is: 'done' });
    expect(await decide(id, { approve: true }, { by: approver }, world)).toMatchObject({ is: 'late' });
  });

  it('is offered in the thread once a request has expired, and answers a later press with the job that goes on', async () => {
    const world = await expiredIn();
    const pressable = [...world.messages.values()].filter(({ message }) =>
      JSON.stringify(message).includes('ask-again'),
    );
    expect(pressable).toMatchObject([{ job: id }]);
    await askAgain(id, requester, world);
    await poll(world);
    const { id: heir } = await heirOf(world);
    expect(await askAgain(id, requester, world)).toMatchObject({ is: 'late', job: { id, heir } });
  });

  it('makes one successor of two presses, one after the other or at once', async () => {
    const world = await expiredIn();
    const outcomes = await Promise.all([askAgain(id, requester, world), askAgain(id, requester, world)]);
    outcomes.push(await askAgain(id, requester, world));
    expect(outcomes.map(({ is }) => is).sort()).toEqual(['done', 'late', 'late']);
    const heir = await heirOf(world);
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ job: outcome.is === 'done' ? { id: heir.id } : { id, heir: heir.id } });
    expect(await jobsIn(world)).toHaveLength(2);
  });

  it('can be asked for again and again, each time in the place of the last', async () => {
    const world = await expiredIn();
    let last = id;
    for (let i = 0; i < 3; i++) {
      const outcome = await askAgain(last, requester, world);
      expect(outcome).toMatchObject({ is: 'done', job: { from: last } });
      last = (outcome as { job: Job }).job.id;
      await advance(last, world);
      world.pass(world.settings.approvalTime);
      await advance(last, world);
    }
    expect(await jobsIn(world)).toHaveLength(4);
    expect(cards(world)).toHaveLength(1);
  });

  it.each([
    ['somebody else', stranger, {}, { is: 'refused', why: 'not-the-requester' }],
    ['an approver', approver, {}, { is: 'refused', why: 'not-the-requester' }],
    ['somebody of another workspace', { ...requester, team: 'T0OTHER' }, {}, { is: 'no-such-job' }],
    [
      'whoever asked, but may not launch any more',
      requester,
      { launchers: ['U0X'] },
      { is: 'refused', why: 'not-a-launcher' },
    ],
  ] as const)('is not for %s', async (_, by, settings, outcome) => {
    const world = await expiredIn(settings);
    const before = await world.jobs.get(id);
    expect(await askAgain(id, by, world)).toMatchObject(outcome);
    expect(await world.jobs.get(id)).toEqual(before);
    expect(await jobsIn(world)).toHaveLength(1);
  });

  it('is not for whoever asked, once they are deactivated or a guest', async () => {
    for (const changes of [{ active: false }, { member: false }]) {
      const world = await expiredIn();
      const { profile } = world.slack;
      world.slack.profile = async user => ({ ...(await profile(user)), ...changes });
      expect(await askAgain(id, requester, world)).toMatchObject({ is: 'refused', why: 'not-a-member' });
      expect(await jobsIn(world)).toHaveLength(1);
    }
  });

  it('begins nothing that the operator’s rules of today do not allow', async () => {
    const world = await expiredIn();
    world.settings.allowedBuckets = ['elsewhere'];
    expect(await askAgain(id, requester, world)).toMatchObject({
      is: 'wrong',
      job: { id },
      problems: [{ rule: 'bucket-not-allowed' }, { rule: 'bucket-not-allowed' }],
    });
    expect(await jobsIn(world)).toHaveLength(1);
    world.settings.allowedBuckets = undefined;
    expect(await askAgain(id, requester, world)).toMatchObject({ is: 'done' });
  });

  it('knows no job of an id that is none', async () => {
    expect(await askAgain('nobody', requester, steadyWorld())).toEqual({ is: 'no-such-job' });
  });

  it.each(
    states.filter(state =>
      ['launching', 'running', 'cancelling', 'succeeded', 'failed', 'cancelled', 'replaced'].includes(state),
    ),
  )('does not take the place of a job %s', async state => {
    const world = steadyWorld();
    await world.jobs.create({ job: jobIn(state) }, 'view:1');
    expect(await askAgain(id, requester, world)).toMatchObject({ is: 'late', job: { state } });
    expect(await jobsIn(world)).toHaveLength(1);
  });
});

describe('switchOver()', () => {
  it('begins a queued job anew on the other accelerator, and gives its place in line away', async () => {
    const world = await queuedIn();
    expect(await switchOver(id, requester, world)).toMatchObject({
      is: 'done',
      job: { from: id, spec: { accelerator: 'GPU' } },
    });
    const heir = await heirOf(world);
    expect(await world.jobs.get(id)).toMatchObject({ state: 'replaced', by: heir.id, heir: heir.id });
    expect(await world.jobs.ledger('TPU')).toMatchObject({ held: {}, waiting: {} });
    expect(await actions(world, id)).toEqual(['submit', 'ask', 'approve', 'move']);
    await advance(heir.id, world);
    expect(await world.jobs.get(heir.id)).toMatchObject({ state: 'running' });
    expect(Object.keys((await world.jobs.ledger('GPU')).held)).toEqual([heir.id]);
    expect(cards(world)).toHaveLength(1);
  });

  it('changes nothing else of what was asked for, and has another digest', async () => {
    const world = await queuedIn();
    const before = (await world.jobs.get(id))!;
    await switchOver(id, requester, world);
    const heir = await heirOf(world);
    expect({ ...heir.spec, accelerator: 'TPU' }).toEqual(before.spec);
    expect(heir.digest).not.toBe(before.digest);
  });

  it('is asked for again, where the other accelerator needs approval', async () => {
    const world = await queuedIn({ spec: { accelerator: 'GPU' } });
    await switchOver(id, requester, world);
    const { id: heir } = await heirOf(world);
    await advance(heir, world);
    expect(await world.jobs.get(heir)).toMatchObject({ state: 'waiting', spec: { accelerator: 'TPU' } });
    expect(world.pipelineJobs.size).toBe(0);
  });

  it('carries no approval over, even where both need one', async () => {
    const world = await queuedIn({ settings: { approvalFor: ['TPU', 'GPU'] } });
    await switchOver(id, requester, world);
    const { id: heir } = await heirOf(world);
    await advance(heir, world);
    expect((await world.jobs.get(heir))?.state).toBe('waiting');
  });

  it('is refused with what is wrong, where the job cannot run there', async () => {
    const encryptionKey = 'projects/acme/locations/us-central1/keyRings/ring/cryptoKeys/key';
    const world = await queuedIn({ spec: { accelerator: 'GPU', encryptionKey } });
    expect(await switchOver(id, requester, world)).toMatchObject({
      is: 'wrong',
      problems: [{ rule: 'key-needs-region' }],
    });
    expect((await world.jobs.get(id))?.state).toBe('queued');
    expect(Object.keys((await world.jobs.ledger('GPU')).waiting)).toEqual([id]);
  });

  it('switches a job once, pressed twice', async () => {
    const world = await queuedIn();
    const outcomes = await Promise.all([switchOver(id, requester, world), switchOver(id, requester, world)]);
    expect(outcomes.map(({ is }) => is).sort()).toEqual(['done', 'late']);
    expect(await jobsIn(world)).toHaveLength(2);
  });

  it('switches no job that has taken its seat meanwhile', async () => {
    const world = await queuedIn();
    await advance(id, world);
    expect(await switchOver(id, requester, world)).toMatchObject({ is: 'late', job: { id, state: 'running' } });
    expect(await jobsIn(world)).toHaveLength(1);
  });

  it('switches no job that has only expired or waits for approval', async () => {
    for (const world of [await expiredIn(), await begun()]) {
      expect(await switchOver(id, requester, world)).toMatchObject({ is: 'late', job: { id } });
      expect(await jobsIn(world)).toHaveLength(1);
    }
  });

  it.each([
    ['somebody else', stranger, { is: 'refused', why: 'not-the-requester' }],
    ['an approver', approver, { is: 'refused', why: 'not-the-requester' }],
    ['somebody of another workspace', { ...requester, team: 'T0OTHER' }, { is: 'no-such-job' }],
  ] as const)('is not for %s', async (_, by, outcome) => {
    const world = await queuedIn();
    expect(await switchOver(id, by, world)).toMatchObject(outcome);
    expect((await world.jobs.get(id))?.state).toBe('queued');
  });

  it('a place that was given away is not taken by an approval that comes late', async () => {
    const world = await queuedIn();
    await switchOver(id, requester, world);
    const now = world.clock.now();
    await world.jobs.record(id, (job, ledger) => decided(job, { approve: true }, { by: approver, ledger, now }));
    await advance(id, world);
    expect((await world.jobs.get(id))?.state).toBe('replaced');
    expect((await world.jobs.ledger('TPU')).held).toEqual({});
  });
});

describe('switched()', () => {
  it('is the same spec on the other accelerator, there and back', () => {
    const job = jobIn('queued');
    expect(switched(job)).toEqual({ ...job.spec, accelerator: 'TPU' });
    expect(switched({ ...job, spec: switched(job) })).toEqual(job.spec);
  });
});

describe('switchPlan()', () => {
  it('shows what would change, and changes nothing', async () => {
    const world = await queuedIn();
    const before = await world.jobs.get(id);
    expect(await switchPlan(id, requester, world)).toMatchObject({
      type: 'modal',
      title: { text: 'Switch to GPU' },
      private_metadata: id,
      submit: { text: 'Switch' },
    });
    expect(await world.jobs.get(id)).toEqual(before);
  });

  it('shows why a job cannot be switched, and offers no button', async () => {
    const encryptionKey = 'projects/acme/locations/us-central1/keyRings/ring/cryptoKeys/key';
    const view = await switchPlan(id, requester, await queuedIn({ spec: { accelerator: 'GPU', encryptionKey } }));
    expect(view).not.toHaveProperty('submit');
    expect(JSON.stringify(view)).toContain('CMEK works only');
  });

  it.each([
    ['somebody else', stranger, /Only who asked for this job/],
    ['somebody of another workspace', { ...requester, team: 'T0OTHER' }, /There is no job/],
  ])('answers %s with a sentence', async (_, by, text) => {
    expect(await switchPlan(id, by, await queuedIn())).toMatchObject({ text: expect.stringMatching(text) });
  });

  it('answers with a sentence where the job does not wait in line', async () => {
    expect(await switchPlan(id, requester, await begun())).toMatchObject({
      text: 'Only a job that waits in line can be switched to the other accelerator.',
    });
  });
});

describe('decide()', () => {
  it('approves nothing in a channel that people of other companies have come into, where it can still be denied', async () => {
    const world = await begun();
    world.slack.channel = async () => ({ name: 'with-others', member: true, shared: true });
    const refused = { is: 'refused', why: 'shared-channel' };
    expect(await decide(id, { approve: true }, { by: approver }, world)).toMatchObject(refused);
    expect((await world.jobs.get(id))?.state).toBe('waiting');
    expect(await decide(id, { approve: false, reason: 'Not here.' }, { by: approver }, world)).toMatchObject({
      is: 'done',
    });
  });
});
