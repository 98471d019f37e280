import { describe, expect, it } from 'vitest';
import type { Job } from '../../src/job/job.ts';
import { isFinal, states } from '../../src/job/job.ts';
import { places, regions } from '../../src/job/recipe.ts';
import { astray, repair, sweep } from '../../src/steps/sweep.ts';
import { tell } from '../../src/steps/tell.ts';
import type { LogFacts } from '../../src/world.ts';
import { Newer, Unavailable } from '../../src/world.ts';
import { jobIn } from '../job/sample-jobs.ts';
import { steadyWorld } from './steady-world.ts';

const id = 'a1b2c3';
const name = `projects/1/locations/us-central1/pipelineJobs/retort-${id}`;

/** A steady world in which Vertex AI lists a pipeline job of this job's, whatever the region. */
function listing(job: string = id) {
  const world = steadyWorld();
  const swept: string[] = [];
  const cancelled: string[] = [];
  const warned: LogFacts[] = [];
  world.vertex.list = async region => {
    swept.push(region);
    return [{ job, run: { name, state: 'RUNNING', tasks: [] } }];
  };
  world.vertex.cancel = async run => {
    cancelled.push(run);
    return undefined;
  };
  world.log.warn = (_, facts = {}) => warned.push(facts);
  const keep = (job: Job) => world.jobs.create({ job: { ...job, id } }, 'view:1');
  const told = async () => {
    await tell(world, Number.MAX_SAFE_INTEGER);
    return [...world.messages.values()].map(({ message }) => message.text);
  };
  return { world, swept, cancelled, warned, keep, told };
}

describe('sweep()', () => {
  it('cancels a pipeline job that belongs to no job, and tells the operator which', async () => {
    const { world, cancelled, told } = listing();
    expect(await sweep(world)).toBe(1);
    expect(cancelled).toEqual([name]);
    expect(await told()).toEqual([expect.stringContaining(name)]);
  });

  it('asks for its cancellation again with each round, and tells the operator once', async () => {
    const { world, cancelled, told } = listing();
    for (let round = 0; round < 3; round++) {
      expect(await sweep(world)).toBe(1);
      world.pass(world.settings.lookEvery * places.length);
    }
    expect(cancelled).toEqual([name, name, name]);
    expect(await told()).toHaveLength(1);
  });

  it.each(states)('judges a pipeline job of a job %s by whether the job is waiting for it', async state => {
    const { world, cancelled, keep } = listing();
    await keep(jobIn(state));
    const awaited = ['launching', 'running', 'cancelling'].includes(state);
    expect(await sweep(world)).toBe(awaited ? 0 : 1);
    expect(cancelled).toEqual(awaited ? [] : [name]);
  });

  it.each(states.filter(state => isFinal({ state })))(
    'leaves a pipeline job alone whose job has only just ended: %s',
    async state => {
      const { world, cancelled, keep } = listing();
      await keep({ ...jobIn(state), endedAt: world.clock.now() } as Job);
      expect(await sweep(world)).toBe(0);
      world.pass(world.settings.lookEvery * 5 - 1000);
      expect(await sweep(world)).toBe(0);
      expect(cancelled).toEqual([]);
      world.pass(2000);
      expect(await sweep(world)).toBe(1);
      expect(cancelled).toEqual([name]);
    },
  );

  it('reads nothing of a job that holds a seat: it waits for its pipeline job', async () => {
    const { world, cancelled } = listing();
    await world.jobs.govern(ledger => ({ ...ledger, held: { [id]: { units: 64, since: 1 } } }));
    world.jobs.get = async () => {
      throw new Error('This is not to be read.');
    };
    expect(await sweep(world)).toBe(0);
    expect(cancelled).toEqual([]);
  });

  it('leaves the pipeline job of a newer version’s job to that version', async () => {
    const { world, cancelled, told } = listing();
    world.jobs.get = async () => {
      throw new Newer('Too new.');
    };
    expect(await sweep(world)).toBe(0);
    expect(cancelled).toEqual([]);
    expect(await told()).toEqual([]);
  });

  it.each(['', 'not_an_id', '../ledgers/TPU', 'a1b2c3-4', 'A1B2C3'])(
    'asks the store for no id that is none of ours: “%s”',
    async label => {
      const { world, cancelled } = listing(label);
      world.jobs.get = async () => {
        throw new Error('This is no id.');
      };
      expect(await sweep(world)).toBe(1);
      expect(cancelled).toEqual([name]);
    },
  );

  it('looks at every place where a job may run in turn, one at each knock', async () => {
    const { world, swept } = listing();
    for (let i = 0; i < places.length; i++) {
      await sweep(world);
      world.pass(world.settings.lookEvery);
    }
    expect([...swept].sort()).toEqual([...places].sort());
    expect(swept).toEqual(expect.arrayContaining([...regions, 'global', 'us-east5']));
  });

  it('finds nothing in a region that cannot be looked at, and says so in the log', async () => {
    const { world, warned } = listing();
    world.vertex.list = async () => {
      throw new Unavailable('No answer.', { trouble: { why: 'no-answer', said: '' } });
    };
    expect(await sweep(world)).toBe(0);
    expect(warned).toHaveLength(1);
  });

  it('passes on what is no trouble with Vertex AI', async () => {
    const { world } = listing();
    world.jobs.get = async () => {
      throw new RangeError('Too far.');
    };
    await expect(sweep(world)).rejects.toThrow('Too far.');
  });

  it('tells the operator of one that could not be cancelled, too, and goes on with the next', async () => {
    const { world, warned, told } = listing();
    world.vertex.list = async () =>
      ['one', 'two'].map(job => ({ job, run: { name: `pipelineJobs/${job}`, state: 'RUNNING', tasks: [] } }));
    world.vertex.cancel = async () => ({ why: 'forbidden', said: 'No.' });
    expect(await sweep(world)).toBe(2);
    expect(warned.map(({ job, code }) => [job, code])).toEqual([
      ['one', 'forbidden'],
      ['two', 'forbidden'],
    ]);
    expect(await told()).toHaveLength(2);
  });
});

describe('repair()', () => {
  const seat = { units: 64, since: 1, by: 'UANA00001' };

  it.each(states)('leaves a seat, and a place in line, to a job %s only while it has not ended', async state => {
    const world = steadyWorld();
    await world.jobs.create({ job: jobIn(state, { id }) }, 'view:1');
    const ledger = { held: { [id]: seat }, waiting: { [id]: seat } };
    await world.jobs.govern((_, accelerator) => (accelerator === 'TPU' ? ledger : _));
    const isOver = isFinal({ state });
    expect(await repair(world)).toBe(isOver ? 1 : 0);
    expect(await world.jobs.ledger('TPU')).toMatchObject(isOver ? { held: {}, waiting: {} } : ledger);
  });

  it('gives back the seat of a job that never was, and nobody else’s', async () => {
    const world = steadyWorld();
    await world.jobs.create({ job: jobIn('running', { id }) }, 'view:1');
    await world.jobs.govern(() => ({ held: { [id]: seat, nobody: seat }, waiting: {} }));
    expect(await repair(world)).toBe(1);
    expect(await world.jobs.ledger('GPU')).toEqual({ held: { [id]: seat }, waiting: {} });
  });

  it('looks at twenty of very many at a time, and at all of them in a while', async () => {
    const world = steadyWorld();
    const ids = Array.from({ length: 65 }, (_, i) => `job${i}`);
    await world.jobs.govern(() => ({ held: Object.fromEntries(ids.map(one => [one, seat])), waiting: {} }));
    const { get } = world.jobs;
    let reads = 0;
    world.jobs.get = async one => {
      reads++;
      return get(one);
    };
    expect(await repair(world)).toBe(20);
    expect(reads).toBe(20);
    for (let knock = 0; knock < 6; knock++) {
      world.pass(world.settings.lookEvery);
      await repair(world);
    }
    expect((await world.jobs.ledger('GPU')).held).toEqual({});
  });

  it('leaves a seat to the version that wrote its job', async () => {
    const world = steadyWorld();
    await world.jobs.govern(() => ({ held: { [id]: seat }, waiting: {} }));
    world.jobs.get = async () => {
      throw new Newer('Another version wrote it.');
    };
    expect(await repair(world)).toBe(0);
    expect((await world.jobs.ledger('GPU')).held).toHaveProperty(id);
  });
});

describe('astray()', () => {
  it.each(states)(
    'counts a job %s without a seat, and its seat without a job, where it should have both',
    async state => {
      const { world, keep } = listing();
      expect(await astray(world)).toBe(0);
      await keep(jobIn(state));
      const seated = ['launching', 'running', 'cancelling'].includes(state);
      expect(await astray(world)).toBe(seated ? 1 : 0);
      await world.jobs.govern((ledger, accelerator) =>
        accelerator === 'TPU' ? { ...ledger, held: { [id]: { units: 64, since: 0 } } } : ledger,
      );
      expect(await astray(world)).toBe(seated ? 0 : 1);
    },
  );
});
