import { describe, expect, it } from 'vitest';
import type { Run, RunTask } from '../../src/job/run.ts';
import {
  failedTask,
  following,
  hasEnded,
  hasSucceeded,
  isTuning,
  mayBeTuning,
  stages,
  title,
  tunedEndpoint,
  tunedModel,
} from '../../src/job/run.ts';
import { runWith, task } from './sample-jobs.ts';

const root = { id: '1', name: 'retort-a1b2c3', state: 'RUNNING' };

function shown(tasks: RunTask[]): string[] {
  return stages({ ...runWith([]), tasks }).map(stage => `${stage.title}: ${stage.mark}`);
}

describe('stages()', () => {
  it('are the tasks right below the root, in the order they came', () => {
    expect(
      shown([
        root,
        task('2', 'validate-inputs', { state: 'SUCCEEDED' }),
        task('5', 'tuning-graph', { state: 'RUNNING' }),
        task('6', 'large-language-model-tuner', { parent: '5', state: 'RUNNING' }),
        task('3', 'upload-model'),
      ]),
    ).toEqual(['Validate inputs: done', 'Tuning graph: running', 'Upload model: waiting']);
  });

  it('are all tasks where none stands above the others', () => {
    expect(shown([task('2', 'a', { parent: undefined }), task('3', 'b', { parent: undefined })])).toEqual([
      'A: waiting',
      'B: waiting',
    ]);
  });

  it('are none before there are tasks', () => {
    expect(shown([])).toEqual([]);
  });

  it('leave out what a false condition kept from running', () => {
    expect(shown([root, task('2', 'a'), task('3', 'evaluate', { state: 'NOT_TRIGGERED' })])).toEqual(['A: waiting']);
  });

  it.each([
    ['PENDING', 'waiting'],
    ['STATE_UNSPECIFIED', 'waiting'],
    ['RUNNING', 'running'],
    ['SUCCEEDED', 'done'],
    ['SKIPPED', 'skipped'],
    ['FAILED', 'failed'],
    ['CANCEL_PENDING', 'cancelling'],
    ['CANCELLING', 'cancelling'],
    ['CANCELLED', 'cancelled'],
    ['HIBERNATING', 'unknown'],
  ])('mark a task that is %s as %s', (state, mark) => {
    expect(shown([root, task('2', 'a', { state })])).toEqual([`A: ${mark}`]);
  });

  it('know when they began and ended', () => {
    const times = { startedAt: 5, endedAt: 7 };
    expect(stages(runWith([task('2', 'a', { state: 'SUCCEEDED', ...times })]))).toEqual([
      { id: '2', title: 'A', mark: 'done', state: 'SUCCEEDED', retries: 0, ...times },
    ]);
  });

  it('are retried where Vertex AI gets over a system error in them, or in a task within them, however deep', () => {
    const tasks = (state: string, retries?: number) => [
      root,
      task('4', 'tuner', { parent: '3', state, ...(retries && { retries }) }),
      task('2', 'tuning-graph', { state }),
      task('3', 'inner-graph', { parent: '2', state }),
    ];
    const marked = (state: string, retries?: number) => {
      const [stage] = stages({ ...runWith([]), tasks: tasks(state, retries) });
      return [stage?.mark, stage?.retries];
    };
    expect(marked('RUNNING', 2)).toEqual(['retrying', 2]);
    expect(marked('RUNNING')).toEqual(['running', 0]);
    expect(marked('SUCCEEDED', 2)).toEqual(['done', 2]);
    expect(marked('FAILED', 2)).toEqual(['failed', 2]);
  });

  it('come to an end where two tasks claim to be within each other', () => {
    const circle = [root, task('2', 'a', { parent: '3' }), task('3', 'b', { parent: '2' }), task('4', 'c')];
    expect(shown(circle)).toEqual(['C: waiting']);
  });
});

describe('hasEnded()', () => {
  it.each([
    ['SUCCEEDED', true],
    ['FAILED', true],
    ['CANCELLED', true],
    // It can be resumed.
    ['PAUSED', false],
    ['QUEUED', false],
    ['PENDING', false],
    ['RUNNING', false],
    ['CANCELLING', false],
    ['UNSPECIFIED', false],
    ['HIBERNATING', false],
  ])('of %s is %s', (state, ended) => {
    expect(hasEnded(runWith([], { state }))).toBe(ended);
  });
});

describe('hasSucceeded()', () => {
  it.each([
    ['SUCCEEDED', true],
    ['PARTIALLY_SUCCEEDED', true],
    ['FAILED', false],
    ['EXPIRED', false],
    ['CANCELLED', false],
    ['RUNNING', false],
  ])('of %s is %s', (state, well) => {
    expect(hasSucceeded(runWith([], { state }))).toBe(well);
  });
});

describe('following()', () => {
  const seen = (at: number, phase: string | undefined, changes: Partial<Run> = {}): Run => ({
    name: 'projects/123/locations/us-central1/tuningJobs/456',
    state: 'RUNNING',
    updatedAt: at,
    tasks: phase === undefined ? [] : [{ id: phase, name: phase, state: 'RUNNING' }],
    tuning: { checkpoints: [] },
    ...changes,
  });
  const after = (...looks: Run[]) =>
    looks
      .reduce<Run | undefined>(following, undefined)!
      .tasks.map(({ id, state, startedAt, endedAt }) => `${id} ${state} ${startedAt}–${endedAt ?? ''}`);

  it.each<[string, Run[], string[]]>([
    ['is first seen', [seen(1, 'WAITING')], ['WAITING RUNNING 1–']],
    ['stays in a phase, since it was first seen there', [seen(1, 'A'), seen(5, 'A')], ['A RUNNING 1–']],
    [
      'goes from phase to phase: each ends where the next begins',
      [seen(1, 'A'), seen(5, 'B'), seen(7, 'C')],
      ['A SUCCEEDED 1–5', 'B SUCCEEDED 5–7', 'C RUNNING 7–'],
    ],
    [
      'comes back to a phase, which begins anew',
      [seen(1, 'A'), seen(5, 'B'), seen(7, 'A')],
      ['B SUCCEEDED 5–7', 'A RUNNING 7–'],
    ],
    ['tells of no phase for a while', [seen(1, 'A'), seen(5, undefined), seen(7, 'A')], ['A RUNNING 1–']],
    [
      'succeeds',
      [seen(1, 'A'), seen(5, 'B'), seen(9, undefined, { state: 'SUCCEEDED' })],
      ['A SUCCEEDED 1–5', 'B SUCCEEDED 5–9'],
    ],
    ['succeeds in part', [seen(1, 'A'), seen(9, undefined, { state: 'PARTIALLY_SUCCEEDED' })], ['A SUCCEEDED 1–9']],
    [
      'fails: in the phase it was in',
      [seen(1, 'A'), seen(5, 'B'), seen(9, undefined, { state: 'FAILED' })],
      ['A SUCCEEDED 1–5', 'B FAILED 5–9'],
    ],
    ['expires', [seen(1, 'A'), seen(9, undefined, { state: 'EXPIRED' })], ['A FAILED 1–9']],
    [
      'is cancelled: the phase goes on until it is',
      [seen(1, 'A'), seen(5, undefined, { state: 'CANCELLING' }), seen(9, undefined, { state: 'CANCELLED' })],
      ['A CANCELLED 1–9'],
    ],
    ['is being cancelled', [seen(1, 'A'), seen(5, undefined, { state: 'CANCELLING' })], ['A RUNNING 1–']],
    [
      'ends without saying when it changed',
      [seen(1, 'A'), seen(9, undefined, { state: 'SUCCEEDED', updatedAt: undefined })],
      ['A SUCCEEDED 1–'],
    ],
  ])('of a tuning job that %s', (_, looks, phases) => {
    expect(after(...looks)).toEqual(phases);
  });

  it('takes a pipeline job, which tells of all its tasks, as it is', () => {
    const now = runWith([task('2', 'tuner', { state: 'RUNNING' })]);
    expect(following(runWith([task('9', 'other', { state: 'RUNNING' })]), now)).toBe(now);
  });

  it('has what is true of the run now, but for the phases', () => {
    const now = seen(5, 'B', { tuning: { steps: 10, planned: 30, checkpoints: [] } });
    const { tasks, ...rest } = following(seen(1, 'A'), now);
    expect({ ...rest, tasks: now.tasks }).toEqual(now);
    expect(stages({ ...rest, tasks }).map(({ title, mark }) => `${title}: ${mark}`)).toEqual(['A: done', 'B: running']);
  });
});

describe('title()', () => {
  it.each([
    ['upload-model', 'Upload model'],
    ['large_language-model__tuner', 'Large language model tuner'],
    ['-x-', 'X'],
    ['', ''],
  ])('of %j is %j', (name, words) => {
    expect(title(name)).toBe(words);
  });
});

describe('isTuning()', () => {
  it.each(['large-language-model-tuner', 'tuning-graph', 'tune-large-model', 'tuner', 'student-trainer', 'reinforcer'])(
    'is true while %s runs',
    name => {
      expect(isTuning(runWith([task('2', name, { state: 'RUNNING' })]))).toBe(true);
      expect(isTuning(runWith([task('2', name, { state: 'SUCCEEDED' })]))).toBe(false);
    },
  );

  it('does not take the run itself for a task that tunes', () => {
    const run = (state: string) =>
      runWith([task('2', 'tuner', { state })], {
        tasks: [{ id: '1', name: 'tune-large-model', state: 'RUNNING' }, task('2', 'tuner', { state })],
      });
    expect([isTuning(run('RUNNING')), isTuning(run('SUCCEEDED'))]).toEqual([true, false]);
  });

  it.each(['fortune-teller', 'upload-model', 'untuned', 'train-dataset-encoder'])('is false while %s runs', name => {
    expect(isTuning(runWith([task('2', name, { state: 'RUNNING' })]))).toBe(false);
  });
});

describe('mayBeTuning()', () => {
  const tuningJob = (state: string, phase?: string): Run => ({
    name: 'projects/123/locations/us-central1/tuningJobs/456',
    state,
    tasks: phase === undefined ? [] : [{ id: phase, name: phase, state: 'RUNNING' }],
    tuning: { checkpoints: [] },
  });
  const names = (...tasks: [name: string, state: string][]) =>
    runWith(tasks.map(([name, state], i) => task(`${i + 2}`, name, { state })));

  it.each([
    ['the task that tunes runs', names(['encoder', 'SUCCEEDED'], ['tuner', 'RUNNING']), true],
    ['another than the task that tunes runs', names(['encoder', 'RUNNING'], ['tuner', 'PENDING']), false],
    ['the task that tunes is done', names(['tuner', 'SUCCEEDED'], ['upload-model', 'RUNNING']), false],
    ['something runs, and nobody knows what tunes', names(['distillation-core', 'RUNNING']), true],
    ['nothing runs', names(['distillation-core', 'PENDING']), false],
    ['there are no tasks yet', names(), false],
    ['a tuning job is in the phase that tunes', tuningJob('RUNNING', 'tuning'), true],
    ['a tuning job is in another phase', tuningJob('RUNNING', 'post-processing'), false],
    ['a tuning job that runs tells of no phase', tuningJob('RUNNING'), true],
    ['a tuning job waits, and tells of no phase', tuningJob('PENDING'), false],
    ['a tuning job has ended', tuningJob('SUCCEEDED'), false],
  ])('where %s', (_, run, may) => {
    expect(mayBeTuning(run)).toBe(may);
  });
});

describe('failedTask()', () => {
  it('is none where none has failed', () => {
    expect(failedTask(runWith([task('2', 'a', { state: 'CANCELLED' })]))).toBeUndefined();
  });

  it('is the deepest, whose message is the cause', () => {
    const wrapper = 'The DAG failed because some tasks failed.';
    const run = runWith(
      [
        task('2', 'tuning-graph', { state: 'FAILED', error: wrapper, endedAt: 8 }),
        task('3', 'tuner', { parent: '2', state: 'FAILED', error: 'Out of memory.', endedAt: 8 }),
        task('4', 'tensorboard-uploader', { parent: '2', state: 'CANCELLED' }),
      ],
      { state: 'FAILED', error: wrapper },
    );
    expect(failedTask(run)).toMatchObject({ id: '3', error: 'Out of memory.' });
  });

  it('is the one that failed first, of several', () => {
    const run = runWith([
      task('2', 'unfinished', { state: 'FAILED' }),
      task('3', 'late', { state: 'FAILED', endedAt: 9 }),
      task('4', 'early', { state: 'FAILED', endedAt: 8 }),
    ]);
    expect(failedTask(run)?.name).toBe('early');
  });

  it('is the root, where no other failed', () => {
    expect(failedTask(runWith([], { state: 'FAILED' }))?.id).toBe('1');
  });
});

describe('tunedModel()', () => {
  const model = (id: number) => ({
    state: 'SUCCEEDED',
    outputs: { model_resource_name: `projects/123/locations/us-central1/models/${id}` },
  });

  it.each<[string, RunTask[], number | undefined]>([
    ['the output of upload-model', [task('2', 'tuner', model(1)), task('3', 'upload-model', model(2))], 2],
    ['the output of upload-llm-model', [task('2', 'tuner', model(1)), task('3', 'upload-llm-model', model(2))], 2],
    ['the only output there is, whatever its task is called', [task('2', 'refined-upload', model(3))], 3],
    ['none, where no task tells it', [task('2', 'upload-model', { state: 'SUCCEEDED', outputs: {} })], undefined],
    [
      'none, where two uploads tell it',
      [task('2', 'upload-model', model(1)), task('3', 'upload-model', model(2))],
      undefined,
    ],
    ['none, where two other tasks tell it', [task('2', 'a', model(1)), task('3', 'b', model(2))], undefined],
  ])('is %s', (_, tasks, id) => {
    expect(tunedModel(runWith(tasks, { state: 'SUCCEEDED' }))).toBe(
      id && `projects/123/locations/us-central1/models/${id}`,
    );
  });

  it('keeps the version and loses the space around it', () => {
    const name = 'projects/123/locations/us-central1/models/7@1';
    const run = runWith([task('2', 'upload-model', { outputs: { model_resource_name: ` ${name}\n` } })]);
    expect(tunedModel(run)).toBe(name);
  });

  it('is what a tuning job tells, which has no tasks that do', () => {
    const run = (tuning: Run['tuning']) => ({ name: 'r', state: 'SUCCEEDED', tasks: [], tuning });
    const model = 'projects/123/locations/us-central1/models/7@1';
    const endpoint = 'projects/123/locations/us-central1/endpoints/5';
    expect(tunedModel(run({ model, endpoint, checkpoints: [] }))).toBe(model);
    expect(tunedEndpoint(run({ model, endpoint, checkpoints: [] }))).toBe(endpoint);
    expect(tunedModel(run({ checkpoints: [] }))).toBeUndefined();
    expect(tunedEndpoint(run({ checkpoints: [] }))).toBeUndefined();
  });
});

describe('tunedEndpoint()', () => {
  it('is what a task tells, where one does', () => {
    const endpoint = 'projects/123/locations/us-central1/endpoints/5';
    expect(tunedEndpoint(runWith([task('2', 'deploy', { outputs: { endpoint_resource_name: `${endpoint} ` } })]))).toBe(
      endpoint,
    );
    expect(tunedEndpoint(runWith([task('2', 'deploy')]))).toBeUndefined();
  });
});
