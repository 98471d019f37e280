import { type Curves, end, furthest } from '../job/curves.ts';
import { labelGap, plot, size } from './chart-layout.ts';
import type { ChartRun } from './chart-run.ts';

/** Where a run's steps lie across the picture, and how much of it is still ahead. */
export interface Frame {
  /** The step it begins at: 0, unless the run goes on counting from an earlier one. */
  from: number;
  /** The step it ends at. */
  extent: number;
  right: number;
  /** Where the part not run begins, in pixels; nothing where all was run. */
  ahead: number | undefined;
  /** Where the labels of the lines' ends begin, in pixels. */
  label: number;
  x(step: number): number;
}

/** Lays a run's steps out across the picture, with room for labels of that width at the ends of the lines. */
export function frameOf(
  { curves, planned, running, stoppedEarly }: ChartRun,
  { labelWidth }: { labelWidth: number },
): Frame {
  const reached = Math.max(0, furthest(curves) ?? 0, stoppedEarly ?? 0);
  const from = reached > planned && planned > 0 ? begun(curves) : 0;
  const extent = Math.max(reached, from + planned);
  // A finished run reports its last point up to one interval before its last step.
  const unfinished = running || stoppedEarly !== undefined || reached + interval(curves) < extent;
  const partial = unfinished && reached < extent;
  const x = (right: number) => (step: number) =>
    plot.left + ((step - from) / (extent - from || 1)) * (right - plot.left);
  const inside = partial && x(plot.right)(reached) + labelGap + labelWidth <= plot.right;
  const right = inside || !labelWidth ? plot.right : size.width - 22 - Math.min(labelWidth, 330) - labelGap;
  return {
    from,
    extent,
    right,
    ahead: partial ? x(right)(reached) : undefined,
    label: (inside ? x(right)(reached) : right) + labelGap,
    x: x(right),
  };
}

/** The step before the first report: real runs go on from step 217,800 and the like. */
function begun(curves: Curves): number {
  const all = Object.values(curves).filter(({ steps }) => steps.length > 1);
  const before = all.map(({ steps }) => 2 * steps[0]! - steps[1]!);
  return before.length ? Math.max(0, ...before) : 0;
}

/** The steps between the last two reports of the series that got furthest. */
function interval(curves: Curves): number {
  const reached = furthest(curves);
  const gaps = Object.values(curves)
    .filter(series => end(series)?.step === reached && series.steps.length > 1)
    .map(({ steps }) => steps.at(-1)! - steps.at(-2)!);
  return gaps.length ? Math.max(...gaps) : 0;
}
