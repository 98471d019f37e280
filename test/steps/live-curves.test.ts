import { expect, test } from 'vitest';
import type { EventFile, JobIn } from '../../src/job/job.ts';
import { advance } from '../../src/steps/advance.ts';
import type { Reported, Written } from '../../src/world.ts';
import { Unavailable } from '../../src/world.ts';
import { jobIn, task } from '../job/sample-jobs.ts';
import { steadyWorld } from './steady-world.ts';

const points = (from: number, to: number): Written['points'] =>
  Array.from({ length: to - from + 1 }, (_, i) => ({
    tag: 'train_total_loss',
    step: from + i,
    value: 1,
    at: from + i,
  }));
const file = (read: number, tells = true): EventFile => ({ name: 'root/events.out.tfevents.1.x', read, tells });
const told: Reported = {
  experiment: { is: 'found', name: 'e' },
  curves: { train_total_loss: { steps: [1, 2, 3], values: [2, 2, 2] } },
};

/** A job whose student is being tuned, in a world that is looked at once for each of these answers. */
async function looks(answers: (Written | Unavailable)[], { board = told, ends = false } = {}) {
  const made = steadyWorld();
  const asked = { tensorboard: 0, since: [] as (number | undefined)[] };
  made.vertex.curves = async () => {
    asked.tensorboard++;
    return board;
  };
  made.events.written = async ({ events }) => {
    asked.since.push(events?.[0]?.read);
    const answer = answers.shift();
    if (!answer || answer instanceof Unavailable) throw answer ?? new Error('There were more looks than answers.');
    return answer;
  };
  const { curves: _, ...running } = jobIn('running');
  const tuning = [task('1', 'root'), task('2', 'large-language-model-tuner', { state: 'RUNNING', parent: '1' })];
  const run = { ...running.run, tasks: tuning };
  await made.jobs.create({ job: { ...running, run, curves: {} }, posts: [{ kind: 'card' }] }, 'view:1');
  for (let last = answers.length - 1; last >= 0; last--) {
    const ended = ends && last === 0;
    made.pipelineJobs.set(running.id, { ...run, ...(ended && { state: 'SUCCEEDED', endedAt: made.clock.now() }) });
    made.pass(600_000);
    await advance(running.id, made);
  }
  return { job: (await made.jobs.get(running.id)) as JobIn<'running'>, asked };
}

const silent = () => new Unavailable('No answer.', { trouble: { why: 'no-answer', said: '' } });

test('curves come from event files where a run writes any, and each byte is read once', async () => {
  const { job, asked } = await looks([
    { points: points(1, 4), read: [file(100)] },
    { points: points(5, 6), read: [file(150)] },
  ]);
  expect(job.curves.train_total_loss?.steps).toEqual([1, 2, 3, 4, 5, 6]);
  expect(job.events).toEqual([file(150)]);
  expect(asked).toEqual({ tensorboard: 0, since: [undefined, 100] });
});

test('where there are none, or they hold no curves, TensorBoard is asked', async () => {
  const { job, asked } = await looks([
    { points: [], read: [] },
    { points: [], read: [file(100, false)] },
  ]);
  expect(job.curves).toEqual(told.curves);
  expect(asked.tensorboard).toBe(2);
});

test('a look at event files that brings no answer changes nothing, and the next goes on from there', async () => {
  const { job, asked } = await looks([
    { points: points(1, 4), read: [file(100)] },
    silent(),
    { points: points(5, 5), read: [file(120)] },
  ]);
  expect(job.curves.train_total_loss?.steps).toEqual([1, 2, 3, 4, 5]);
  expect(job).not.toHaveProperty('trouble');
  expect(asked).toEqual({ tensorboard: 0, since: [undefined, 100, 100] });
});

test('at the end both are read, and of each metric is kept what got further', async () => {
  const further = await looks(
    [
      { points: points(1, 2), read: [file(1)] },
      { points: [], read: [file(1)] },
    ],
    { ends: true },
  );
  expect(further.job.curves).toEqual(told.curves);
  expect(further.job.experiment).toEqual(told.experiment);
  const less = await looks(
    [
      { points: points(1, 2), read: [file(1)] },
      { points: points(3, 5), read: [file(2)] },
    ],
    {
      ends: true,
    },
  );
  expect(less.job.curves.train_total_loss?.steps).toEqual([1, 2, 3, 4, 5]);
});
