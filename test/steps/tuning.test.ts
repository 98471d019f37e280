import { describe, expect, it } from 'vitest';
import { submitted } from '../../src/job/change.ts';
import type { Job } from '../../src/job/job.ts';
import type { Run } from '../../src/job/run.ts';
import { stages } from '../../src/job/run.ts';
import type { TuningSpec } from '../../src/job/spec.ts';
import { advance } from '../../src/steps/advance.ts';
import { pause } from '../../src/steps/govern.ts';
import { sweep } from '../../src/steps/sweep.ts';
import type { Creation } from '../../src/world.ts';
import { tuningSpecs } from '../clients/tuning.ts';
import { approver, requester } from '../job/sample-jobs.ts';
import { steadyWorld } from './steady-world.ts';

const id = 'a1b2c3';
const place = 'projects/1/locations/us-central1/tuningJobs';

function runOf(changes: Partial<Run> = {}): Run {
  return { name: `${place}/1`, state: 'RUNNING', tasks: [], tuning: { checkpoints: [] }, ...changes };
}

function inPhase(phase: string, changes: Partial<Run> = {}): Run {
  return runOf({
    tasks: [{ id: phase, name: phase.toLowerCase().replaceAll('_', '-'), state: 'RUNNING' }],
    ...changes,
  });
}

/** A world whose Vertex AI has tuning jobs, and what was asked of it. */
function tuningWorld(
  spec: TuningSpec = { ...tuningSpecs['open-model'], evaluate: false, evaluationDataset: undefined },
) {
  const world = steadyWorld({ settings: { approvers: [approver.user] } });
  const asked: string[] = [];
  /** Those that there are, in the order they came. */
  const there: Run[] = [];
  let answer: (run: Run) => Creation = run => ({ is: 'created', run });
  world.vertex.create = async () => {
    asked.push('create');
    const run = runOf({ name: `${place}/${there.length + 1}` });
    there.push(run);
    return answer(run);
  };
  world.vertex.look = async job => {
    const known = 'run' in job ? job.run?.name : undefined;
    asked.push(known ? 'get' : 'search');
    const run = known ? there.find(({ name }) => name === known) : there[0];
    return run ? { is: 'found', run, ours: true } : { is: 'missing' };
  };
  world.vertex.list = async () => there.map(run => ({ job: id, run }));
  world.vertex.cancel = async name => {
    asked.push(`cancel ${name}`);
    return undefined;
  };
  const now = world.clock.now();
  const { job } = submitted({ id, spec, digest: 'd', requester, channel: 'C0', uploads: {}, now });
  return {
    world,
    asked,
    there,
    answerWith(next: typeof answer) {
      answer = next;
    },
    begin: () => world.jobs.create({ job, posts: [{ kind: 'card' }] }, 'view:1'),
    async look(): Promise<Job> {
      await advance(id, world);
      return (await world.jobs.get(id))!;
    },
    said: () => [...world.messages.values()].map(({ message }) => message.text),
  };
}

describe('a tuning job is launched', () => {
  it('without a seat of ours, after it was looked for by its label', async () => {
    const { begin, look, asked } = tuningWorld();
    await begin();
    expect(await look()).toMatchObject({ state: 'running', schema: 3, run: { name: `${place}/1` } });
    expect(asked.slice(0, 2)).toEqual(['search', 'create']);
  });

  it('once, where the answer to its creation gets lost: the search finds it', async () => {
    const { begin, look, asked, there, answerWith, world } = tuningWorld();
    answerWith(() => ({ is: 'unclear', trouble: { why: 'no-answer', said: '' } }));
    await begin();
    expect(await look()).toMatchObject({ state: 'launching', attempts: 1 });
    world.pass(10 * world.settings.lookEvery);
    expect(await look()).toMatchObject({ state: 'running', run: { name: `${place}/1` } });
    expect([asked.filter(what => what === 'create').length, there.length]).toEqual([1, 1]);
  });

  it('anew not before two looks have passed, where nothing has come of a request: lists may lag behind', async () => {
    const { begin, look, asked, there, answerWith, world } = tuningWorld();
    answerWith(() => {
      there.pop();
      return { is: 'unclear', trouble: { why: 'no-answer', said: '' } };
    });
    await begin();
    await look();
    world.pass(1.9 * world.settings.lookEvery);
    await look();
    expect(asked).toEqual(['search', 'create']);
    world.pass(0.2 * world.settings.lookEvery);
    expect(await look()).toMatchObject({ attempts: 2 });
    expect(asked).toEqual(['search', 'create', 'search', 'create']);
  });

  it('never, where Vertex AI refuses it: the job ends with what was said', async () => {
    const { begin, look, answerWith, world } = tuningWorld();
    answerWith(() => ({ is: 'refused', message: 'The output_uri field is required for this model.' }));
    await begin();
    expect(await look()).toMatchObject({ state: 'failed', failure: { message: /output_uri/ } });
    expect((await world.jobs.ledger('tuning')).held).toEqual({});
  });

  it('not while launches are paused', async () => {
    const { begin, look, asked, world } = tuningWorld();
    await pause('pause', { by: approver, inbox: 'pause:1' }, world);
    await begin();
    expect(await look()).toMatchObject({ state: 'queued', paused: { by: approver } });
    expect(asked).toEqual([]);
    await pause('resume', { by: approver, inbox: 'resume:1' }, world);
    expect((await look()).state).toBe('running');
  });

  it('after an approval, where the operator asks for one', async () => {
    const { begin, look, asked, world } = tuningWorld();
    world.settings.approvalFor = ['tuning'];
    await begin();
    expect((await look()).state).toBe('waiting');
    expect(asked).toEqual([]);
  });
});

describe('a tuning job that runs', () => {
  it('is followed phase by phase, each told once, and those that are over are remembered', async () => {
    const { begin, look, there, world, said } = tuningWorld();
    await begin();
    await look();
    const phases = ['WAITING_FOR_QUOTA', 'PROCESSING_DATASET', 'WAITING_FOR_CAPACITY', 'TUNING', 'POST_PROCESSING'];
    for (const phase of phases) {
      there[0] = inPhase(phase, { updatedAt: world.clock.now() });
      for (let again = 0; again < 2; again++) {
        world.pass(4 * world.settings.lookEvery);
        await look();
      }
    }
    there[0] = runOf({ state: 'SUCCEEDED', endedAt: world.clock.now(), updatedAt: world.clock.now() });
    world.pass(4 * world.settings.lookEvery);
    const job = await look();
    expect(job.state).toBe('succeeded');
    const run = 'run' in job ? job.run : undefined;
    expect(run && stages(run).map(({ id: phase, mark }) => [phase, mark])).toEqual(phases.map(one => [one, 'done']));
    for (const title of ['Waiting for quota', 'Processing the dataset', 'Waiting for capacity', 'Post-processing'])
      expect(said().filter(text => text.toLowerCase().includes(title.toLowerCase()))).toHaveLength(1);
  });

  it('is looked at with every knock while it waits, and every third while it tunes', async () => {
    const { begin, look, there, asked, world } = tuningWorld();
    await begin();
    await look();
    const looks = async (phase: string) => {
      there[0] = inPhase(phase);
      await look();
      const from = asked.length;
      for (let knocks = 0; knocks < 6; knocks++) {
        world.pass(1.01 * world.settings.lookEvery);
        const due = await world.jobs.due(world.clock.now(), 10);
        if (due.length) await look();
      }
      return asked.length - from;
    };
    expect(await looks('WAITING_FOR_CAPACITY')).toBe(6);
    expect(await looks('TUNING')).toBe(2);
  });

  it.each([
    ['FAILED', 'failed', 'failed'],
    ['EXPIRED', 'failed', 'failed'],
    ['CANCELLED', 'cancelled', 'cancelled'],
    ['SUCCEEDED', 'succeeded', 'done'],
    ['PARTIALLY_SUCCEEDED', 'succeeded', 'done'],
  ])('ends as it ends: %s', async (state, is, mark) => {
    const { begin, look, there, world } = tuningWorld();
    await begin();
    await look();
    there[0] = inPhase('TUNING');
    world.pass(4 * world.settings.lookEvery);
    await look();
    there[0] = runOf({ state, error: 'Because.', endedAt: world.clock.now() });
    world.pass(4 * world.settings.lookEvery);
    const job = await look();
    expect(job.state).toBe(is);
    const run = 'run' in job ? job.run : undefined;
    expect(run && stages(run).map(stage => stage.mark)).toEqual([mark]);
    if (job.state === 'failed') expect(job.failure).toMatchObject({ stage: 'Tuning', message: 'Because.' });
  });
});

describe('where a lost answer has brought about two tuning jobs', () => {
  it('the second is cancelled, and the operator told', async () => {
    const { begin, look, there, asked, world } = tuningWorld();
    await begin();
    await look();
    there.push(runOf({ name: `${place}/2` }));
    expect(await sweep(world)).toBe(1);
    expect(asked.filter(what => what.startsWith('cancel'))).toEqual([`cancel ${place}/2`]);
  });

  it('one in another place is left alone: a job in “global” makes one in a region', async () => {
    const { begin, look, there, asked, world } = tuningWorld();
    await begin();
    await look();
    there.push(runOf({ name: 'projects/1/locations/europe-west4/tuningJobs/2' }));
    expect(await sweep(world)).toBe(0);
    expect(asked.filter(what => what.startsWith('cancel'))).toEqual([]);
  });

  it('none is touched before one of them is known to be the job’s own', async () => {
    const { begin, look, there, world, answerWith } = tuningWorld();
    answerWith(() => ({ is: 'unclear', trouble: { why: 'no-answer', said: '' } }));
    await begin();
    await look();
    there.push(runOf({ name: `${place}/2` }));
    expect(await sweep(world)).toBe(0);
  });
});
