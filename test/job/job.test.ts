import { describe, expect, it } from 'vitest';
import { isCancellable, isFinal, Job, states } from '../../src/job/job.ts';
import { tuningRecipes } from '../../src/job/recipe.ts';
import { fullJobIn, jobIn, tuningSpecWith, wish } from './sample-jobs.ts';

describe('Job', () => {
  it.each(states)('keeps all that a job can have that is %s', state => {
    const job = fullJobIn(state);
    expect(Job.parse(structuredClone(job))).toEqual(job);
  });

  it.each(states)('keeps a job that is %s and has only what it must', state => {
    expect(Job.parse(structuredClone(jobIn(state)))).toEqual(jobIn(state));
  });

  it('is nothing without its state, or in a state of another shape', () => {
    const { state: _, ...stateless } = jobIn('running');
    expect(Job.safeParse(stateless).success).toBe(false);
    expect(Job.safeParse({ ...jobIn('checking'), state: 'running' }).success).toBe(false);
    expect(Job.safeParse({ ...jobIn('checking'), schema: 4 }).success).toBe(false);
  });

  it.each(tuningRecipes)('keeps a tuning job of the recipe %s, with all that such a job can have', recipe => {
    const numbers = { epochs: 3, learningRate: 0.0002, batchSize: 4, adapterSize: '8', tuningMode: 'TUNING_MODE_FULL' };
    const more = { encryptionKey: 'k', serviceAccount: 's', evaluate: true, evaluationDataset: 'gs://e' };
    const job = jobIn('running', {
      schema: 3,
      spec: tuningSpecWith({ ...numbers, ...more, learningRateMultiplier: 0.5 }, recipe),
      run: {
        name: 'projects/123/locations/us-central1/tuningJobs/456',
        state: 'RUNNING',
        tasks: [{ id: 'TUNING', name: 'tuning', state: 'RUNNING', startedAt: 1 }],
        tuning: {
          epochs: 1,
          steps: 10,
          planned: 30,
          examples: 240,
          experiment: 'projects/123/locations/us-central1/metadataStores/default/contexts/tuning-experiment-1',
          model: 'projects/123/locations/us-central1/models/789',
          endpoint: 'projects/123/locations/us-central1/endpoints/321',
          checkpoints: [{ id: '1', epoch: 1, step: 10, endpoint: 'projects/123/locations/us-central1/endpoints/320' }],
        },
      },
    });
    expect(Job.parse(structuredClone(job))).toEqual(job);
  });
});

describe('isFinal()', () => {
  it('is true of the seven states that are never left', () => {
    expect(states.filter(state => isFinal({ state }))).toEqual([
      'refused',
      'denied',
      'expired',
      'succeeded',
      'failed',
      'cancelled',
      'replaced',
    ]);
  });
});

describe('isCancellable()', () => {
  it('is true before the end, until somebody wishes it', () => {
    const cancellable = states.filter(state => isCancellable(jobIn(state)));
    expect(cancellable).toEqual(['checking', 'waiting', 'queued', 'launching', 'running']);
    expect(states.filter(state => isCancellable(jobIn(state, wish)))).toEqual([]);
  });
});
