import { shuffled } from './chance.ts';
import type { Field } from './filter.ts';
import { filter } from './filter.ts';
import { page } from './page.ts';
import type { Project } from './resource.ts';
import { fullName, numericId, timestamp } from './resource.ts';
import type { Score } from './softmax.ts';
import { Trouble } from './trouble.ts';

/** A TensorBoard instance that exists before any run. */
export type BoardSeed = { region: string; id: string; displayName: string };

type Point = { step: number; value: number; wallTime: string };
type Series = { name: string; tag: string; createTime: string; points: Point[] };
type Experiment = {
  name: string;
  /** The name of its only run. */
  run: string;
  displayName: string;
  labels: Record<string, string>;
  createTime: string;
  series: Series[];
};
type Board = BoardSeed & {
  name: string;
  /** Whether the service made it for itself. */
  own?: true;
  createTime: string;
  experiments: Map<string, Experiment>;
};

/** The TensorBoard instances of a project, by full name. */
export type Boards = Map<string, Board>;

/** Where one run's scores are published. */
export type Experimenter = {
  publish(at: { kind: 'train' | 'eval'; step: number; wallTime: string }, score: Score): void;
};

/** The six metrics: their tags begin with a slash, which is part of the display name (GoogleCloudPlatform/generative-ai, sft_gemini_summarization.ipynb). */
const tags = {
  total_loss: (score: Score) => score.loss,
  fraction_of_correct_next_step_preds: (score: Score) => score.correct,
  num_predictions: (score: Score) => score.predictions,
};

/** Points of a series in one answer, beyond which they are picked at random (tensorboard_service.proto). */
const mostPoints = 1000;

/** Opens the project's TensorBoard instances. */
export function boards(project: Project, { seeds }: { seeds: readonly BoardSeed[] }): Boards {
  return new Map(
    seeds.map(seed => {
      const name = fullName(project, { region: seed.region, path: `tensorboards/${seed.id}` });
      return [name, { ...seed, name, createTime: timestamp(), experiments: new Map() }];
    }),
  );
}

/** The TensorBoard instance that the service itself keeps in a region, made when it is first needed. */
export function servicesOwn(all: Boards, { project, region }: { project: Project; region: string }): Board {
  const displayName = 'Tuning jobs';
  for (const board of all.values()) if (board.region === region && board.own) return board;
  const seed = { region, id: numericId(), displayName };
  const name = fullName(project, { region, path: `tensorboards/${seed.id}` });
  const made: Board = { ...seed, name, own: true, createTime: timestamp(), experiments: new Map() };
  all.set(name, made);
  return made;
}

/** Begins an experiment with one run in a TensorBoard instance. */
export function experiment(
  board: Board,
  {
    id,
    displayName,
    labels,
    run = 'default',
  }: { id: string; displayName: string; labels: Record<string, string>; run?: string },
): Experimenter {
  const name = `${board.name}/experiments/${id}`;
  const begun: Experiment = {
    name,
    run: `${name}/runs/${run}`,
    displayName,
    labels,
    createTime: timestamp(),
    series: [],
  };
  board.experiments.set(id, begun);
  return {
    publish({ kind, step, wallTime }, score) {
      for (const [metric, value] of Object.entries(tags)) {
        const tag = `/${kind}_${metric}`;
        let series = begun.series.find(one => one.tag === tag);
        if (!series) {
          series = { name: `${begun.run}/timeSeries/${numericId()}`, tag, createTime: timestamp(), points: [] };
          begun.series.push(series);
        }
        series.points.push({ step, value: value(score), wallTime });
      }
    },
  };
}

/** Lists the TensorBoard instances of a region. */
export function listBoards(all: Boards, { region, query }: { region: string; query: URLSearchParams }): object {
  const passes = filter<Board>(query.get('filter') ?? '', { display_name: { kind: 'text', of: b => b.displayName } });
  const found = [...all.values()].filter(board => board.region === region && passes(board));
  return page(found, { name: 'tensorboards', view: boardView, query, most: 100 });
}

/** Shows one TensorBoard instance. */
export function getBoard(all: Boards, { name }: { name: string }): object {
  return boardView(board(all, name));
}

/** Lists the experiments of a TensorBoard instance. */
export function listExperiments(all: Boards, { name, query }: { name: string; query: URLSearchParams }): object {
  const fields: Record<string, Field<Experiment>> = {
    display_name: { kind: 'text', of: e => e.displayName },
    create_time: { kind: 'time', of: e => e.createTime },
    labels: { kind: 'labels', of: e => e.labels },
  };
  const found = [...board(all, name).experiments.values()].filter(filter(query.get('filter') ?? '', fields));
  const view = ({ series: _, run: _run, ...shown }: Experiment) => ({ ...shown, updateTime: shown.createTime });
  return page(found, { name: 'tensorboardExperiments', view, query, most: 1000, usual: 50 });
}

/** Lists the runs of an experiment: there is one. */
export function listRuns(all: Boards, { name, query }: { name: string; query: URLSearchParams }): object {
  const { run, createTime, labels } = experimentOf(all, name);
  const displayName = run.slice(run.lastIndexOf('/') + 1);
  const runs = [{ name: run, displayName, createTime, updateTime: createTime, labels }];
  return page(runs, { name: 'tensorboardRuns', view: run => run, query, most: 1000, usual: 50 });
}

/** Lists the time series of a run. */
export function listSeries(all: Boards, { name, query }: { name: string; query: URLSearchParams }): object {
  const { run, series } = experimentOf(all, name.replace(/\/runs\/[^/]+$/, ''));
  if (run !== name) throw missing(name);
  const passes = filter<Series>(query.get('filter') ?? '', { display_name: { kind: 'text', of: s => s.tag } });
  const found = series.filter(passes);
  return page(found, { name: 'tensorboardTimeSeries', view: seriesView, query, most: 1000, usual: 50 });
}

/** Reads one time series; without a limit, a thousand points picked at random where there are more. */
export function readSeries(all: Boards, { name, query }: { name: string; query: URLSearchParams }): object {
  const asked = query.get('maxDataPoints');
  const most = asked === null || asked === '0' ? mostPoints : Number(asked);
  if (!Number.isInteger(most) || most < -1 || most > 10_000)
    throw new Trouble('INVALID_ARGUMENT', `Invalid maxDataPoints "${asked}": it must be between 1 and 10000, or -1.`);
  return { timeSeriesData: data(series(all, name), most === -1 ? Number.POSITIVE_INFINITY : most) };
}

/** Reads several time series of one TensorBoard instance. */
export function batchRead(all: Boards, { name, query }: { name: string; query: URLSearchParams }): object {
  const { name: canonical } = board(all, name);
  const names = query.getAll('timeSeries');
  if (names.length === 0) throw new Trouble('INVALID_ARGUMENT', 'At least one "timeSeries" must be given.');
  return {
    timeSeriesData: names.map(one => {
      const within = `${canonical}${one.replace(/^projects\/[^/]+\/locations\/[^/]+\/tensorboards\/[^/]+/, '')}`;
      return data(series(all, within), mostPoints);
    }),
  };
}

/** Finds a TensorBoard instance by full name, or by its bare id in a region. */
export function findBoard(
  all: Boards,
  { reference, project, region }: { reference: string; project: Project; region: string },
): Board | undefined {
  if (/^\d+$/.test(reference)) return all.get(fullName(project, { region, path: `tensorboards/${reference}` }));
  return all.get(reference.replace(`projects/${project.id}/`, `projects/${project.number}/`));
}

function board(all: Boards, name: string): Board {
  const found = all.get(name);
  if (!found) throw missing(name);
  return found;
}

function experimentOf(all: Boards, name: string): Experiment {
  const [of, id] = name.split('/experiments/') as [string, string?];
  const found = board(all, of).experiments.get(id ?? '');
  if (!found) throw missing(name);
  return found;
}

function series(all: Boards, name: string): Series {
  const found = experimentOf(all, name.split('/runs/')[0]!).series.find(one => one.name === name);
  if (!found) throw missing(name);
  return found;
}

function missing(name: string): Trouble {
  return new Trouble('NOT_FOUND', `The resource "${name}" was not found.`);
}

function boardView({ name, displayName, createTime, experiments }: Board): object {
  return {
    name,
    displayName,
    createTime,
    updateTime: createTime,
    ...(experiments.size && { runCount: experiments.size }),
  };
}

function seriesView({ name, tag, createTime, points }: Series): object {
  const last = points.at(-1);
  return {
    name,
    displayName: tag,
    valueType: 'SCALAR',
    pluginName: 'scalars',
    createTime,
    updateTime: last?.wallTime ?? createTime,
    metadata: { maxStep: String(last?.step ?? 0), ...(last && { maxWallTime: last.wallTime }) },
  };
}

/** Vertex AI promises no order of points, so they come in none. Zeros are left out, as proto3's JSON does. */
function data({ name, points }: Series, most: number): object {
  return {
    tensorboardTimeSeriesId: name.split('/').at(-1),
    valueType: 'SCALAR',
    values: shuffled(points, Math.random)
      .slice(0, most)
      .map(({ step, value, wallTime }) => ({
        scalar: value === 0 ? {} : { value },
        wallTime,
        ...(step !== 0 && { step: String(step) }),
      })),
  };
}
