import { afterEach, describe, expect, it } from 'vitest';
import { tensorboardClient } from '../../src/clients/tensorboard.ts';
import type { JobIn } from '../../src/job/job.ts';
import type { Run } from '../../src/job/run.ts';
import type { Arrived, Reply } from './answering.ts';
import { impatient, noAnswers, refusal, startAnswering, token } from './answering.ts';
import { launching, plainSpec } from './launching.ts';

const board = 'projects/123456789012/locations/europe-west4/tensorboards/8100000000000000002';
const begun = '2026-11-24T10:00:00.123456Z';
const during = '2026-11-24T10:20:00Z';
const ended = '2026-11-24T11:00:00Z';
const after = '2026-11-24T12:00:00Z';

type Value = { step?: string; scalar?: { value?: number | string }; tensor?: object };
type Experiment = {
  createTime: string;
  labels?: Record<string, string>;
  runs: Record<string, Record<string, Value[]>>;
};

/** A TensorBoard that pages by twos, picks a thousand points where there are more, and has no order. */
function boardWith(experiments: Record<string, Experiment>) {
  function list({ query }: Arrived, [name, items]: [string, object[]]): Reply {
    const from = Number(query.get('pageToken') ?? 0);
    const shown = items.slice(from, from + 2);
    const more = from + 2 < items.length && { nextPageToken: String(from + 2) };
    return { json: { ...(shown.length && { [name]: shown }), ...more } };
  }
  function data(name: string, limit: number): object | undefined {
    const [, experiment = '', run = '', id = ''] = /experiments\/(.+)\/runs\/(.+)\/timeSeries\/(.+)$/.exec(name) ?? [];
    const values = Object.values(experiments[experiment]?.runs[run] ?? {})[Number(id)];
    return values && { tensorboardTimeSeriesId: id, valueType: 'SCALAR', values: values.toReversed().slice(0, limit) };
  }
  return (arrived: Arrived): Reply => {
    const { path, query, authorization } = arrived;
    if (authorization !== `Bearer ${token}`) return refusal(401);
    const name = path.replace('/v1/', '');
    if (name === `${board}/experiments`) {
      const items = Object.entries(experiments).map(([id, { runs: _, ...shown }]) => ({
        name: `${name}/${id}`,
        ...shown,
      }));
      return list(arrived, ['tensorboardExperiments', items]);
    }
    const [, experiment = '', run, series] =
      /\/experiments\/([^/]+)\/runs(?:\/([^/]+)\/timeSeries)?(?:\/([^/]+):read)?$/.exec(name) ?? [];
    const runs = experiments[experiment]?.runs;
    if (runs && !run) {
      const items = Object.keys(runs).map(id => ({ name: `${name}/${id}`, displayName: id }));
      return list(arrived, ['tensorboardRuns', items]);
    }
    if (runs && run && !series) {
      const items = Object.keys(runs[run] ?? {}).map((displayName, id) => ({ name: `${name}/${id}`, displayName }));
      return list(arrived, ['tensorboardTimeSeries', items]);
    }
    if (series) {
      const limit = Number(query.get('maxDataPoints') ?? 1000);
      return { json: { timeSeriesData: data(name.replace(/:read$/, ''), limit) } };
    }
    if (name === `${board}:batchRead`) {
      const names = query.getAll('timeSeries');
      if (names.length > 20) return refusal(400);
      return { json: { timeSeriesData: names.map(one => data(one, 1000)).toReversed() } };
    }
    return refusal(404);
  };
}

const run: Run = {
  name: 'projects/123456789012/locations/europe-west4/pipelineJobs/retort-h7k2mq',
  state: 'SUCCEEDED',
  startedAt: Date.parse(begun),
  endedAt: Date.parse(ended),
  tasks: [],
};

function running(changes: Partial<Run> = {}): JobIn<'running'> {
  const { attempts: _, ...job } = launching({ tensorboard: board });
  return { ...job, state: 'running', run: { ...run, ...changes }, launchedAt: 0, observedAt: 0, curves: {} };
}

const points = (values: number[]): Value[] =>
  values.map((value, i) => ({ step: String(i + 1), scalar: { value }, wallTime: during }));
/** The moment at which each of so many points was written. */
const times = (count: number) => Array.from({ length: count }, () => Date.parse(during));

let server: Awaited<ReturnType<typeof startAnswering>> | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function reported(answer: (arrived: Arrived) => Reply, job: JobIn<'running' | 'cancelling'> = running()) {
  server = await startAnswering(answer);
  return tensorboardClient({ request: impatient({ timeout: 2000 }), endpoint: server.url }).curves(job);
}

async function curves(...asked: Parameters<typeof reported>) {
  return (await reported(...asked)).curves;
}

const loss = { '/train_total_loss': points([3, 2, 1]) };
const theirs = { '/train_total_loss': points([9, 9]) };
const lossDrawn = { train_total_loss: { steps: [1, 2, 3], values: [3, 2, 1], times: times(3) } };

describe('curves()', () => {
  it('reads all six metrics, sorted by step, with and without the leading slash', async () => {
    const series = {
      '/train_total_loss': points([3, 2, 1]),
      train_fraction_of_correct_next_step_preds: points([0.1, 0.2, 0.3]),
      '/train_num_predictions': points([24, 24, 24]),
      '/eval_total_loss': points([2]),
      eval_fraction_of_correct_next_step_preds: points([0.4]),
      '/eval_num_predictions': points([60]),
      '/learning_rate': points([7]),
    };
    const found = await curves(
      boardWith({ e1: { createTime: during, labels: { 'retort-job': 'h7k2mq' }, runs: { default: series } } }),
    );
    expect(found).toEqual({
      train_total_loss: { steps: [1, 2, 3], values: [3, 2, 1], times: times(3) },
      train_fraction_of_correct_next_step_preds: { steps: [1, 2, 3], values: [0.1, 0.2, 0.3], times: times(3) },
      train_num_predictions: { steps: [1, 2, 3], values: [24, 24, 24], times: times(3) },
      eval_total_loss: { steps: [1], values: [2], times: times(1) },
      eval_fraction_of_correct_next_step_preds: { steps: [1], values: [0.4], times: times(1) },
      eval_num_predictions: { steps: [1], values: [60], times: times(1) },
    });
  });

  it('takes a step or a value that is left out as nought, and leaves out what is no number', async () => {
    const values: Value[] = [
      { scalar: { value: 4 } },
      { step: '1', scalar: {} },
      { step: '2', scalar: { value: 'NaN' } },
      { step: '3', tensor: {} },
    ];
    const labels = { 'retort-job': 'h7k2mq' };
    const found = await curves(
      boardWith({ e1: { createTime: during, labels, runs: { default: { '/train_total_loss': values } } } }),
    );
    expect(found).toEqual({ train_total_loss: { steps: [0, 1], values: [4, 0], notANumberFrom: 2 } });
  });

  it('prefers the experiment that is labelled with the job, whenever it was begun and on whatever page it is', async () => {
    const labels = { 'retort-job': 'h7k2mq', 'retort-deployment': 'retort' };
    const other = { createTime: during, runs: { default: theirs } };
    const found = await curves(
      boardWith({ a: other, b: other, c: other, d: { createTime: after, labels, runs: { default: loss } } }),
    );
    expect(found).toEqual(lossDrawn);
  });

  it('takes the only unlabelled experiment that was begun during the run', async () => {
    const found = await curves(
      boardWith({
        before: { createTime: '2026-11-24T09:59:00Z', runs: { default: theirs } },
        another: { createTime: during, labels: { 'retort-job': 'another' }, runs: { default: theirs } },
        ours: { createTime: during, runs: { default: loss } },
        after: { createTime: after, runs: { default: theirs } },
      }),
    );
    expect(found).toEqual(lossDrawn);
  });

  it.each([
    ['a resource name', `${board}/experiments/theirs-2`],
    [
      "the address of the experiment's page",
      'https://europe-west4.tensorboard.googleusercontent.com/experiment/projects+123456789012+locations+europe-west4+tensorboards+8100000000000000002+experiments+theirs-2/#scalars',
    ],
  ])('takes, of several, the one that a task of the run names as its output: %s', async (_, uri) => {
    const experiments = {
      theirs: { createTime: during, runs: { default: theirs } },
      'theirs-2': { createTime: during, runs: { default: loss } },
    };
    const uploader = { id: '7', name: 'tensorboard-uploader', state: 'SUCCEEDED', outputs: { tensorboard_uri: uri } };
    const found = await reported(boardWith(experiments), running({ tasks: [uploader] }));
    expect(found).toEqual({
      experiment: { is: 'found', name: `${board}/experiments/theirs-2` },
      curves: lossDrawn,
    });
  });

  it("never takes another job's experiment, whatever a task names", async () => {
    const labels = { 'retort-job': 'another' };
    const outputs = { tensorboard_uri: `${board}/experiments/e1` };
    const uploader = { id: '7', name: 'tensorboard-uploader', state: 'SUCCEEDED', outputs };
    const experiments = { e1: { createTime: during, labels, runs: { default: theirs } } };
    const found = await reported(boardWith(experiments), running({ tasks: [uploader] }));
    expect(found).toEqual({ experiment: { is: 'none' }, curves: {} });
  });

  it('finds an experiment of a run that has not ended', async () => {
    const { endedAt: _, ...still } = run;
    const job = running();
    const found = await curves(boardWith({ e1: { createTime: after, runs: { default: loss } } }), {
      ...job,
      run: still,
    });
    expect(found).toEqual(lossDrawn);
  });

  it('does not guess between two experiments that were begun during the run', async () => {
    const one = { createTime: during, runs: { default: loss } };
    expect(await reported(boardWith({ one, two: one }))).toEqual({ experiment: { is: 'several' }, curves: {} });
  });

  it('does not guess for a run that has not begun', async () => {
    const job = running();
    const { startedAt: _, ...unbegun } = run;
    const experiments = { one: { createTime: during, runs: { default: loss } } };
    expect(await curves(boardWith(experiments), { ...job, run: unbegun })).toEqual({});
  });

  it('joins what several runs of an experiment have written', async () => {
    const runs = {
      train: loss,
      eval: { '/eval_total_loss': points([5]) },
      later: { '/eval_total_loss': [{ step: '2', scalar: { value: 4 } }] },
    };
    const found = await curves(boardWith({ e1: { createTime: during, runs } }));
    expect(found).toEqual({ ...lossDrawn, eval_total_loss: { steps: [1, 2], values: [5, 4] } });
  });

  it('tells an experiment in which nothing was written from none', async () => {
    const found = await reported(boardWith({ e1: { createTime: during, runs: { default: {} } } }));
    expect(found).toEqual({ experiment: { is: 'found', name: `${board}/experiments/e1` }, curves: {} });
  });

  it('asks for the whole of a series of more than a thousand points', async () => {
    const values = points(Array.from({ length: 3000 }, (_, i) => 3000 - i));
    const found = await curves(
      boardWith({ e1: { createTime: during, runs: { default: { '/train_total_loss': values } } } }),
    );
    const { steps = [], values: drawn = [] } = found.train_total_loss ?? {};
    expect([steps.length, steps[0], steps.at(-1)]).toEqual([1000, 1, 3000]);
    expect([drawn[0], drawn.at(-1)]).toEqual([3000, 1]);
  });

  it('reads one series at a time where they cannot be read together', async () => {
    const whole = boardWith({ e1: { createTime: during, runs: { default: loss } } });
    const found = await curves(arrived => (arrived.path.endsWith(':batchRead') ? refusal(501) : whole(arrived)));
    expect(found).toEqual(lossDrawn);
  });

  it('finds nothing where there is nothing', async () => {
    expect(await reported(boardWith({}))).toEqual({ experiment: { is: 'none' }, curves: {} });
  });

  it('finds nothing for a job without a TensorBoard', async () => {
    const job = running();
    const { tensorboard: _, ...spec } = plainSpec;
    expect(await curves(boardWith({ e1: { createTime: during, runs: { default: loss } } }), { ...job, spec })).toEqual(
      {},
    );
  });

  it.each([
    ['is not there', refusal(404, { message: 'No such TensorBoard.' }), { why: 'said', said: 'No such TensorBoard.' }],
    ['answers with HTML', noAnswers['a page of HTML']!, { why: 'no-answer', said: '' }],
  ])('says so where the TensorBoard %s', async (_, reply, trouble) => {
    await expect(curves(() => reply)).rejects.toMatchObject({ trouble });
  });

  it('gives up on a list without end', async () => {
    const endless = { json: { tensorboardExperiments: [], nextPageToken: 'again' } };
    expect(await curves(() => endless)).toEqual({});
  });
});
