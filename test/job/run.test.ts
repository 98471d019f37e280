import { describe, expect, it } from 'vitest';
import type { RunTask } from '../../src/job/run.ts';
import {
  failedTask,
  hasEnded,
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
  const names = (...tasks: [name: string, state: string][]) =>
    runWith(tasks.map(([name, state], i) => task(`${i + 2}`, name, { state })));

  it.each([
    ['the task that tunes runs', names(['encoder', 'SUCCEEDED'], ['tuner', 'RUNNING']), true],
    ['another than the task that tunes runs', names(['encoder', 'RUNNING'], ['tuner', 'PENDING']), false],
    ['the task that tunes is done', names(['tuner', 'SUCCEEDED'], ['upload-model', 'RUNNING']), false],
    ['something runs, and nobody knows what tunes', names(['distillation-core', 'RUNNING']), true],
    ['nothing runs', names(['distillation-core', 'PENDING']), false],
    ['there are no tasks yet', names(), false],
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
