import { type Curves, furthest, tags, tidy } from '../job/curves.ts';
import type { Theme } from './chart-palette.ts';

/** What a chart is drawn from: one run, its curves so far, and the steps it was planned for. */
export interface ChartRun {
  title: string;
  subtitle: string;
  curves: Curves;
  planned: number;
  running: boolean;
  /** There is no evaluation dataset, so training is all there is to see. */
  unevaluated?: boolean | undefined;
  /** The step at which early stopping ended the run. */
  stoppedEarly?: number | undefined;
  /** The step to mark as the best evaluation. */
  best?: { step: number } | undefined;
  theme?: Theme | undefined;
}

/** A run without what cannot be drawn: steps and values that are not numbers or beyond all measure, marks outside the picture. */
export function sound(run: ChartRun): ChartRun {
  const curves: Curves = {};
  for (const tag of tags) {
    const points = run.curves[tag]?.steps.map((step, i) => ({ step, value: run.curves[tag]!.values[i] ?? Number.NaN }));
    if (points)
      curves[tag] = tidy(points.filter(({ step, value }) => Number.isFinite(step) && Math.abs(value) < 1e100));
  }
  const stoppedEarly = run.stoppedEarly !== undefined && run.stoppedEarly >= 0 ? run.stoppedEarly : undefined;
  const planned = Number.isFinite(run.planned) ? run.planned : 0;
  const extent = Math.max(0, planned, furthest(curves) ?? 0, stoppedEarly ?? 0);
  const best = run.best && run.best.step >= 0 && run.best.step <= extent ? run.best : undefined;
  return { ...run, curves, stoppedEarly, planned, best };
}
