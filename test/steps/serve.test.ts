import { describe, expect, it } from 'vitest';
import type { JobIn, Person } from '../../src/job/job.ts';
import { wishPassport } from '../../src/steps/browse.ts';
import { wishUndeploy } from '../../src/steps/decide.ts';
import { poll } from '../../src/steps/poll.ts';
import { openTrial, wishTrial } from '../../src/steps/try.ts';
import { trialIds } from '../../src/views/trial.ts';
import { undeployId } from '../../src/views/undeploy.ts';
import type { Deployment, Prediction, World } from '../../src/world.ts';
import { Unavailable } from '../../src/world.ts';
import { ana, ben, endpoint, jobIn, verdict } from '../views/jobs.ts';
import { pressable, said } from '../views/slack.ts';
import { steadyWorld } from './steady-world.ts';

const finished = { ...jobIn('succeeded'), verdict };
const { id } = finished;
const minute = 60_000;
const day = 24 * 60 * minute;
const silence = { why: 'no-answer', said: '' } as const;
const there: Deployment = { is: 'there', id: '17', alone: true };
const generation = finished.checked.evaluationDataset!.generation;
const rows = ['delivery', 'refund'].map((output_text, i) =>
  JSON.stringify({ input_text: `Classify: ${i}`, output_text }),
);

interface Outside {
  predict?: (whom: string, prompt: string) => Prediction;
  deployment?: () => Deployment;
  undeploy?: World['vertex']['undeploy'];
  open?: () => never;
  approvers?: string[];
}

/** A world in which a job has succeeded and its model is deployed; it has its verdict. */
async function served(outside: Outside = {}) {
  const base = steadyWorld({ settings: { approvers: outside.approvers ?? ['U0APPROVER'] } });
  const calls: string[] = [];
  const bytes = new TextEncoder().encode(rows.join('\n'));
  async function* chunks() {
    yield bytes;
  }
  const world = {
    ...base,
    calls,
    slack: {
      ...base.slack,
      profile: async (user: string) => ({ person: { user, team: ana.team }, active: true, member: user !== 'U0GUEST' }),
    },
    storage: {
      ...base.storage,
      open: async () =>
        outside.open?.() ??
        ({ is: 'open', generation, size: bytes.length, elsewhere: false, chunks: chunks() } as const),
    },
    vertex: {
      ...base.vertex,
      async predict(whom: string, prompt: string) {
        calls.push(`predict ${whom === endpoint ? 'tuned' : whom} ${prompt}`);
        base.pass(240);
        return outside.predict?.(whom, prompt) ?? { is: 'answered' as const, text: 'delivery\n' };
      },
      deployment: async () => {
        calls.push('deployment');
        return outside.deployment?.() ?? there;
      },
      undeploy: async (from: string, which: string) => {
        calls.push(`undeploy ${which}`);
        return outside.undeploy?.(from, which);
      },
    },
  };
  await world.jobs.create({ job: { ...finished, endedAt: world.clock.now() }, posts: [{ kind: 'card' }] }, 'view:1');
  await poll(world);
  return world;
}
type Served = Awaited<ReturnType<typeof served>>;

async function knock(world: Served, times = 1) {
  for (let i = 0; i < times; i++) {
    world.pass(minute);
    await poll(world);
  }
}

const job = async ({ jobs }: Served) => (await jobs.get(id)) as JobIn<'succeeded'>;
const replies = ({ messages }: Served) =>
  [...messages.values()].filter(({ key }) => key !== '0000').map(one => one.message);
const told = (world: Served) => replies(world).map(message => said(message));
const cardOf = ({ messages }: Served) => [...messages.values()].find(({ key }) => key === '0000')!.message;
const asks = (world: Served, asked: { form?: string; prompt?: string; line?: number }, by: Person = ana) =>
  wishTrial(id, { form: asked.form ?? 'V1', prompt: asked.prompt ?? '', line: asked.line }, { by }, world);

describe('Try it', () => {
  it('answers a prompt in the thread, once, however often the form is sent', async () => {
    const world = await served();
    expect(await asks(world, { prompt: 'Classify: my parcel' })).toBeUndefined();
    expect(await asks(world, { prompt: 'Classify: my parcel' })).toBeUndefined();
    await knock(world);
    expect(await asks(world, { prompt: 'Classify: my parcel' })).toBeUndefined();
    await knock(world, 2);
    expect(world.calls).toEqual(['predict tuned Classify: my parcel']);
    expect(told(world)).toEqual([
      expect.stringMatching(
        /^🧪 <@U0ANA> asked the tuned model\nPrompt\nClassify: my parcel\nAnswer, after 24\d ms\ndelivery\n?$/,
      ),
    ]);
  });

  it.each([
    [1, 'Expected: the answer is the same\ndelivery', 'Classify: 0'],
    [2, 'Expected: the answer is another\nrefund', 'Classify: 1'],
  ])('shows beside the answer what line %i of the evaluation dataset expects', async (line, expected, prompt) => {
    const world = await served();
    await asks(world, { line });
    await knock(world);
    expect(world.calls).toEqual([`predict tuned ${prompt}`]);
    expect(told(world)[0]).toContain(`about line ${line} of the evaluation dataset`);
    expect(told(world)[0]).toContain(expected);
  });

  it('says so where there is no such row', async () => {
    const world = await served();
    await asks(world, { line: 3 });
    await knock(world);
    expect([world.calls, told(world)]).toEqual([[], [expect.stringContaining('There is no such row')]]);
  });

  it.each<[string, Outside, RegExp]>([
    [
      'the model has none',
      { predict: () => ({ is: 'unanswered', trouble: { why: 'said', said: 'Too long.' } }) },
      /No answer\. Vertex AI says: Too long\./,
    ],
    ['none comes', { predict: () => ({ is: 'put-off', trouble: silence }) }, /No answer came\./],
    [
      'the evaluation dataset cannot be read',
      {
        open: () => {
          throw new Unavailable('Away.', { trouble: silence });
        },
      },
      /No answer came\./,
    ],
  ])('tells that there is no answer where %s, after asking again a few times', async (_, outside, words) => {
    const world = await served(outside);
    await asks(world, { line: 1 });
    await knock(world, 8);
    expect(told(world)).toEqual([expect.stringMatching(words)]);
    expect(await job(world)).toMatchObject({ trials: [], tried: ['V1'] });
  });

  it('is put off where the thread has got many messages within the hour, and says so where it was asked for', async () => {
    const world = await served();
    world.settings.postsPerHour = 3;
    for (const form of ['V1', 'V2']) {
      expect(await asks(world, { form, prompt: form })).toBeUndefined();
      await knock(world);
    }
    const full = expect.stringMatching(/got 3 messages within the last hour/);
    expect(await asks(world, { form: 'V3', prompt: 'x' })).toMatchObject({ text: full });
    expect(await openTrial(id, { by: ana }, world)).toMatchObject({ text: full });
    await knock(world);
    expect(told(world)).toHaveLength(2);
    world.pass(60 * minute);
    expect(await openTrial(id, { by: ana }, world)).toMatchObject({ callback_id: trialIds.form });
    expect(await asks(world, { form: 'V3', prompt: 'x' })).toBeUndefined();
  });

  it('lets nobody have a passport posted either, where the thread has got many messages within the hour', async () => {
    const world = await served();
    expect(await wishPassport(id, ana, world)).toMatchObject({ isNew: true });
    world.settings.postsPerHour = 1;
    world.pass(2 * minute);
    const full = { text: expect.stringMatching(/got 1 message within the last hour/) };
    expect(await wishPassport(id, ana, world)).toMatchObject({ isNew: false, message: full });
    world.pass(60 * minute);
    expect(await wishPassport(id, ana, world)).toMatchObject({ isNew: true });
  });

  it('shows its form to members, while the model is deployed', async () => {
    const world = await served();
    expect(await openTrial(id, { by: ana }, world)).toMatchObject({ callback_id: trialIds.form });
    expect(await openTrial(id, { by: { ...ana, user: 'U0GUEST' } }, world)).toHaveProperty('text');
    expect(await asks(world, { prompt: 'x' }, { ...ana, user: 'U0GUEST' })).toHaveProperty('text');
    expect(await openTrial(id, { by: { ...ana, team: 'T0ELSE' } }, world)).toHaveProperty('text');
    await wishUndeploy(id, { by: ana }, { ...world });
    world.vertex.deployment = async () => ({ is: 'not-there' });
    await knock(world);
    expect(await openTrial(id, { by: ana }, world)).toHaveProperty('text');
    expect(await asks(world, { prompt: 'x' })).toHaveProperty('text');
  });
});

describe('Undeploy', () => {
  it('takes the model off its endpoint, tells the thread, and takes the buttons away', async () => {
    let deployed = true;
    const world = await served({ deployment: () => (deployed ? there : { is: 'not-there' }) });
    expect(pressable(cardOf(world))).toEqual(expect.arrayContaining([trialIds.open, undeployId]));
    expect(await wishUndeploy(id, { by: ana }, world)).toMatchObject({ is: 'done' });
    expect(await wishUndeploy(id, { by: ana }, world)).toMatchObject({ is: 'late' });
    await knock(world);
    expect(said(cardOf(world))).toContain('asked at');
    expect(pressable(cardOf(world))).not.toContain(undeployId);
    await knock(world, 2);
    deployed = false;
    await knock(world, 2);
    expect(world.calls.filter(call => call !== 'deployment')).toEqual(['undeploy 17']);
    expect(told(world)).toEqual([expect.stringContaining('⏏️ *Undeployed* by <@U0ANA>.')]);
    expect(pressable(cardOf(world))).not.toContain(trialIds.open);
    expect((await world.jobs.decisions(id)).map(({ action, by }) => [action, by?.user])).toEqual([
      ['undeploy', 'U0ANA'],
    ]);
  });

  it('asks again where nothing has come of it for a while', async () => {
    const world = await served();
    await wishUndeploy(id, { by: ana }, world);
    await knock(world, 6);
    expect(world.calls.filter(call => call === 'undeploy 17')).toHaveLength(2);
  });

  it.each<[string, Outside, RegExp]>([
    ['others are served there', { deployment: () => ({ ...there, alone: false }) }, /serves others, too/],
    [
      'Google refuses',
      { undeploy: async () => ({ refused: true, trouble: { why: 'forbidden', said: 'Permission denied.' } }) },
      /Vertex AI says: Permission denied\./,
    ],
    ['there is no answer for an hour', { deployment: () => ({ is: 'put-off', trouble: silence }) }, /within an hour/],
    ['it stays there for an hour', {}, /within an hour/],
  ])('leaves the model where it is, and says so, where %s', async (_, outside, words) => {
    const world = await served(outside);
    await wishUndeploy(id, { by: ana }, world);
    await knock(world, 70);
    expect(told(world)).toEqual([expect.stringMatching(words)]);
    expect(await job(world)).not.toHaveProperty('undeploy');
    expect(pressable(cardOf(world))).toContain(undeployId);
  });

  it.each([
    ['the requester', ana, [], 'done'],
    ['an approver', ben, [ben.user], 'done'],
    ['somebody else', ben, [], 'refused'],
    ['somebody of another workspace', { ...ana, team: 'T0ELSE' }, [], 'no-such-job'],
  ] as const)('is for requester and approvers: %s', async (_, by, approvers, is) => {
    const world = await served({ approvers: [...approvers] });
    expect(await wishUndeploy(id, { by }, world)).toMatchObject({ is });
  });
});

describe('A model that nobody has asked anything through Retort', () => {
  it('is told of after two weeks, once, with what can be done', async () => {
    const world = await served();
    world.pass(13 * day);
    await knock(world);
    expect([told(world), world.calls]).toEqual([[], []]);
    world.pass(day);
    await knock(world, 3);
    world.pass(30 * day);
    await knock(world);
    expect(told(world)).toEqual([
      expect.stringMatching(/💤 <@U0ANA>, .*through Retort\. What others asked it elsewhere is not seen/s),
    ]);
    expect(pressable(replies(world)[0]!)).toEqual([trialIds.open, undeployId]);
  });

  it('has two weeks more from each answer', async () => {
    const world = await served();
    world.pass(10 * day);
    await asks(world, { prompt: 'x' });
    await knock(world);
    world.pass(10 * day);
    await knock(world);
    expect(told(world)).toHaveLength(1);
    world.pass(4 * day);
    await knock(world);
    expect(told(world)).toEqual([expect.stringContaining('🧪'), expect.stringContaining('💤')]);
  });

  it('is found undeployed where that was done elsewhere', async () => {
    const world = await served({ deployment: () => ({ is: 'not-there' }) });
    world.pass(14 * day);
    await knock(world);
    expect(told(world)).toEqual([expect.stringContaining('That was not done from here.')]);
  });

  it('is looked for again the next day where Google does not say', async () => {
    let answers = false;
    const world = await served({ deployment: () => (answers ? there : { is: 'put-off', trouble: silence }) });
    world.pass(14 * day);
    await knock(world, 3);
    expect([world.calls, told(world)]).toEqual([['deployment'], []]);
    answers = true;
    world.pass(day);
    await knock(world);
    expect(told(world)).toEqual([expect.stringContaining('💤')]);
  });
});
