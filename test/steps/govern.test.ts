import { describe, expect, it } from 'vitest';
import { submitted } from '../../src/job/change.ts';
import type { Person } from '../../src/job/job.ts';
import { capacityOf } from '../../src/job/quota.ts';
import type { Accelerator } from '../../src/job/recipe.ts';
import { advance } from '../../src/steps/advance.ts';
import { decide } from '../../src/steps/decide.ts';
import { measure, pause } from '../../src/steps/govern.ts';
import { poll } from '../../src/steps/poll.ts';
import type { LogFacts, QuotaSaid, Settings } from '../../src/world.ts';
import { approver, requester, specWith } from '../job/sample-jobs.ts';
import { steadyWorld } from './steady-world.ts';

const id = 'a1b2c3';
type Steady = ReturnType<typeof steadyWorld>;

let deliveries = 0;
/** Whose command it is, each another one. */
const from = (by: Person) => ({ by, inbox: `command:${deliveries++}` });

const ledgers = async ({ jobs }: Steady) => [await jobs.ledger('GPU'), await jobs.ledger('TPU')];

/** A job is asked for, and gets as far as it can. */
async function ask(world: Steady, accelerator: Accelerator, job = id) {
  const spec = specWith({ accelerator, tensorboard: undefined });
  const now = world.clock.now();
  const asked = { id: job, spec, digest: 'd', requester, channel: 'C1', uploads: {}, now };
  await world.jobs.create(submitted(asked), `view:${job}`);
  await advance(job, world);
}

const stateOf = async ({ jobs }: Steady, job = id) => (await jobs.get(job))?.state;

describe('pause()', () => {
  it('pauses launches on every accelerator, with who and when, and resumes them without a trace', async () => {
    const world = steadyWorld();
    const before = await ledgers(world);
    expect(await pause('pause', from(approver), world)).toBe('yes');
    for (const ledger of await ledgers(world)) expect(ledger.paused).toEqual({ by: approver, at: expect.any(Number) });
    expect(await pause('resume', from(approver), world)).toBe('yes');
    expect(await ledgers(world)).toEqual(before);
  });

  it('keeps in the audit who paused and who resumed, and when', async () => {
    const world = steadyWorld();
    const other = { ...approver, user: 'U0SECOND' };
    world.settings.approvers = [approver.user, other.user];
    await pause('pause', from(approver), world);
    await pause('resume', from(other), world);
    expect(await world.jobs.decisions('')).toMatchObject([
      { action: 'pause', by: approver, at: expect.any(Number) },
      { action: 'resume', by: other, at: expect.any(Number) },
    ]);
  });

  it('does nothing a second time for the same command, even where it did nothing the first time', async () => {
    const world = steadyWorld();
    const [resumed, pausing] = [from(approver), from(approver)];
    await pause('resume', resumed, world);
    await pause('pause', pausing, world);
    await pause('resume', resumed, world);
    for (const ledger of await ledgers(world)) expect(ledger.paused).toBeDefined();
    await pause('resume', from(approver), world);
    await pause('pause', pausing, world);
    for (const ledger of await ledgers(world)) expect(ledger.paused).toBeUndefined();
  });

  it('changes nothing the second time: the first who paused is remembered', async () => {
    const world = steadyWorld();
    world.settings.approvers = [approver.user, 'U0SECOND'];
    await pause('pause', from(approver), world);
    const before = await ledgers(world);
    expect(await pause('pause', from({ ...approver, user: 'U0SECOND' }), world)).toBe('yes');
    expect(await ledgers(world)).toEqual(before);
    expect(await world.jobs.decisions('')).toHaveLength(1);
  });

  it('resumes what is not paused without a word', async () => {
    const world = steadyWorld();
    expect(await pause('resume', from(approver), world)).toBe('yes');
    expect(await world.jobs.decisions('')).toEqual([]);
  });

  it.each(['pause', 'resume'] as const)('lets nobody %s who may not approve', async wish => {
    for (const { by, profile, why } of [
      { by: requester, profile: {}, why: 'not-a-governor' },
      { by: approver, profile: { active: false }, why: 'not-a-member' },
      { by: approver, profile: { member: false }, why: 'not-a-member' },
    ]) {
      const world = steadyWorld();
      if (wish === 'resume') await pause('pause', from(approver), world);
      const before = await ledgers(world);
      const known = world.slack.profile;
      world.slack.profile = async user => ({ ...(await known(user)), ...profile });
      expect(await pause(wish, from(by), world)).toBe(why);
      expect(await ledgers(world)).toEqual(before);
    }
  });

  it('lets a user group’s members pause', async () => {
    const world = steadyWorld({ settings: { approvers: ['S0GROUP'] } });
    world.slack.group = async () => [approver.user];
    expect(await pause('pause', from(approver), world)).toBe('yes');
    expect(await pause('pause', from(requester), world)).toBe('not-a-governor');
  });
});

describe('While launches are paused', () => {
  it('an approved job stays in line and its card says why; once they go on it starts by itself', async () => {
    const world = steadyWorld();
    await ask(world, 'TPU');
    await pause('pause', from(approver), world);
    expect(await decide(id, { approve: true }, { by: approver }, world)).toMatchObject({
      is: 'done',
      job: { state: 'queued', paused: { by: approver } },
    });
    await advance(id, world);
    expect(await stateOf(world)).toBe('queued');
    const card = () => [...world.messages.values()].find(({ key }) => key === '0000')?.message.text;
    expect(card()).toMatch(/Queued.*paused.*<@U0APPROVER>/);
    await pause('resume', from(approver), world);
    world.pass(60_000);
    await poll(world);
    expect(await stateOf(world)).toBe('running');
    expect(card()).not.toContain('paused');
  });

  it('a job that needs no approval stays in line as well', async () => {
    const world = steadyWorld();
    await pause('pause', from(approver), world);
    await ask(world, 'GPU');
    expect(await stateOf(world)).toBe('queued');
    expect(world.pipelineJobs.size).toBe(0);
  });

  it('whatever runs goes on to its end, and gives its seat back', async () => {
    const world = steadyWorld();
    await ask(world, 'GPU');
    await pause('pause', from(approver), world);
    await ask(world, 'GPU', 'd4e5f6');
    world.pipelineJobs.set(id, { ...world.pipelineJobs.get(id)!, state: 'SUCCEEDED', endedAt: world.clock.now() });
    world.pass(60_000);
    await poll(world);
    expect([await stateOf(world), await stateOf(world, 'd4e5f6')]).toEqual(['succeeded', 'queued']);
    expect(await world.jobs.ledger('GPU')).toMatchObject({ held: {}, paused: { by: approver } });
  });
});

describe('measure()', () => {
  /** A world in which Cloud Quotas says these, and every question is counted. */
  function asking(says: Partial<Record<Accelerator, QuotaSaid>>, settings: Partial<Settings> = {}) {
    const world = steadyWorld({ settings: { capacity: {}, ...settings } });
    const asked: Accelerator[] = [];
    const logged: LogFacts[] = [];
    const answers = { ...says };
    world.quotas.capacity = async accelerator => {
      asked.push(accelerator);
      return answers[accelerator] ?? { is: 'unknown', why: 'no-answer' };
    };
    world.log.info = (_, facts = {}) => logged.push(facts);
    const shared = async (accelerator: Accelerator) =>
      capacityOf(await world.jobs.ledger(accelerator), accelerator, world.settings);
    return { world, asked, answers, logged, shared };
  }

  it('shares out what Cloud Quotas says, with the moment it said so', async () => {
    const { world, shared } = asking({ TPU: { is: 'known', units: 128 }, GPU: { is: 'known', units: 16 } });
    const before = world.clock.now();
    await measure(world);
    expect([await shared('TPU'), await shared('GPU')]).toEqual([128, 16]);
    const { capacity } = await world.jobs.ledger('TPU');
    expect(capacity?.at).toBeGreaterThan(before);
    expect(capacity?.at).toBeLessThan(world.clock.now());
  });

  it('takes a quota of none for none, and one without a limit for more than anybody needs', async () => {
    const { world, shared } = asking({ TPU: { is: 'known', units: 0 }, GPU: { is: 'unlimited' } });
    await measure(world);
    expect(await shared('TPU')).toBe(0);
    expect(await shared('GPU')).toBeGreaterThan(1_000_000);
  });

  it.each(['no-right', 'no-answer', 'not-listed'] as const)(
    'keeps what is known, or what one job takes, where Cloud Quotas does not say: %s',
    async why => {
      const { world, answers, logged, shared } = asking({
        TPU: { is: 'known', units: 128 },
        GPU: { is: 'unknown', why },
      });
      await measure(world);
      expect([await shared('TPU'), await shared('GPU')]).toEqual([128, 8]);
      expect(logged).toEqual([{ name: 'GPU', code: why }]);
      answers.TPU = { is: 'unknown', why };
      world.pass(11 * world.settings.lookEvery);
      await measure(world);
      expect([await shared('TPU'), await shared('GPU')]).toEqual([128, 8]);
    },
  );

  it('does not ask for what the operator set', async () => {
    const { world, asked, shared } = asking({ TPU: { is: 'known', units: 128 } }, { capacity: { TPU: 32 } });
    await measure(world);
    expect(asked).toEqual(['GPU']);
    expect(await shared('TPU')).toBe(32);
  });

  it('asks every ten looks, not with each', async () => {
    const { world, asked } = asking({ TPU: { is: 'known', units: 64 }, GPU: { is: 'known', units: 8 } });
    for (let look = 0; look < 21; look++) {
      await measure(world);
      world.pass(world.settings.lookEvery);
    }
    expect(asked.filter(one => one === 'TPU')).toHaveLength(3);
    expect(asked.filter(one => one === 'GPU')).toHaveLength(3);
  });

  it('asks no more often where Cloud Quotas does not say', async () => {
    const { world, asked, logged } = asking({});
    for (let look = 0; look < 21; look++) {
      await measure(world);
      world.pass(world.settings.lookEvery);
    }
    expect(asked.length).toBeLessThanOrEqual(6);
    expect(logged.length).toBeLessThanOrEqual(6);
  });

  it('lets jobs start that a larger quota has room for, and none where there is none', async () => {
    const { world, answers } = asking({ GPU: { is: 'known', units: 0 } });
    await measure(world);
    await ask(world, 'GPU');
    expect(await stateOf(world)).toBe('queued');
    answers.GPU = { is: 'known', units: 16 };
    world.pass(11 * world.settings.lookEvery);
    await measure(world);
    await ask(world, 'GPU', 'd4e5f6');
    await advance(id, world);
    await advance('d4e5f6', world);
    expect([await stateOf(world), await stateOf(world, 'd4e5f6')]).toEqual(['running', 'running']);
  });

  it('leaves who holds, who waits and a pause as they are', async () => {
    const { world } = asking({ GPU: { is: 'known', units: 8 } });
    await ask(world, 'GPU');
    await pause('pause', from(approver), world);
    await ask(world, 'GPU', 'd4e5f6');
    const before = await world.jobs.ledger('GPU');
    await measure(world);
    expect(await world.jobs.ledger('GPU')).toEqual({
      ...before,
      capacity: { units: 8, at: expect.any(Number) },
      askedAt: expect.any(Number),
    });
    expect(Object.keys(before.waiting)).toEqual(['d4e5f6']);
  });
});
