import type { Series } from '../job/curves.ts';
import type { PanelName } from './chart-layout.ts';
import type { ChartRun } from './chart-run.ts';
import { type RoundAxis, roundAxis } from './round-axis.ts';
import { smooth } from './smoothing.ts';

/** What one panel shows: the lines, and the values that its axis makes room for. */
export interface Panel {
  name: PanelName;
  train: Series;
  /** The series itself where it is too short to smooth. */
  smoothed: Series;
  eval: Series;
  range: RoundAxis;
  /** The value its first line starts at. */
  first: number | undefined;
  /** The evaluation at the best step. */
  best: number | undefined;
  empty: boolean;
}

const none: Series = { steps: [], values: [] };

/** Picks what one panel shows of a run. */
export function panelOf(name: PanelName, { curves, best }: ChartRun): Panel {
  const metric = name === 'loss' ? 'total_loss' : 'fraction_of_correct_next_step_preds';
  const train = curves[`train_${metric}`] ?? none;
  const smoothed = smooth(train);
  const evaluated = curves[`eval_${metric}`] ?? none;
  const kept = best && at(evaluated, best.step);
  const { low, high } = visible({ train, smoothed, eval: evaluated, best: kept });
  const floor = Math.min(0, low);
  const bounds = name === 'loss' ? { floor, span: high * 0.1 } : { floor, span: 0.1, ceiling: Math.max(1, high) };
  const empty = !train.steps.length && !evaluated.steps.length;
  return {
    name,
    train,
    smoothed,
    eval: evaluated,
    range: empty ? { min: 0, max: 1, step: 0.25 } : roundAxis(padded({ low, high }, bounds)),
    first: train.values[0] ?? evaluated.values[0],
    best: kept,
    empty,
  };
}

/** The values to make room for: every line, and nearly all of the raw points, but not a steep start that would flatten the rest. */
function visible(shown: Pick<Panel, 'train' | 'smoothed' | 'eval' | 'best'>): Extent {
  const lines = [shown.smoothed, shown.eval];
  const steps = lines.flatMap(({ steps }) => steps);
  const first = Math.min(...steps);
  const from = first + (Math.max(...steps) - first) * 0.08;
  const whole = extremes(Number.NEGATIVE_INFINITY);
  const later = extremes(from);
  return whole.high - whole.low > 1.3 * (later.high - later.low) && later.high > later.low ? later : whole;

  function extremes(since: number): Extent {
    const raw = after(shown.train, since).sort((a, b) => a - b);
    const most = raw.slice(Math.floor(raw.length * 0.01), Math.ceil(raw.length * 0.99));
    const values = [...lines.flatMap(line => after(line, since)), ...most.slice(0, 1), ...most.slice(-1)];
    if (shown.best !== undefined) values.push(shown.best);
    return { low: Math.min(...values), high: Math.max(...values) };
  }

  function after({ steps, values }: Series, since: number): number[] {
    return values.filter((_, i) => steps[i]! >= since);
  }
}

/** Two values with some air around them, and far enough apart that noise does not look like news. */
function padded({ low, high }: Extent, bounds: { floor: number; ceiling?: number; span: number }): Extent {
  const air = Math.max((high - low) * 0.05, ((bounds.span > 1e-12 ? bounds.span : 0.1) - (high - low)) / 2);
  return { low: Math.max(bounds.floor, low - air), high: Math.min(bounds.ceiling ?? Infinity, high + air) };
}

/** A series' value at a step, on the straight line between its neighbours. */
function at({ steps, values }: Series, step: number): number | undefined {
  const i = steps.findIndex(known => known >= step);
  if (i < 0 || (i === 0 && steps[0] !== step)) return undefined;
  if (steps[i] === step) return values[i];
  const share = (step - steps[i - 1]!) / (steps[i]! - steps[i - 1]!);
  return values[i - 1]! + share * (values[i]! - values[i - 1]!);
}

interface Extent {
  low: number;
  high: number;
}
