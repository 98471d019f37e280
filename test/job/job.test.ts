import { describe, expect, it } from 'vitest';
import { isCancellable, isFinal, Job, states } from '../../src/job/job.ts';
import { fullJobIn, jobIn, wish } from './sample-jobs.ts';

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
    expect(Job.safeParse({ ...jobIn('checking'), schema: 3 }).success).toBe(false);
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
