import type { ChartConfiguration } from 'chart.js';
import type { Curves } from '../job/curves.ts';
import { best, end, furthest } from '../job/curves.ts';
import { probablyStoppedEarly } from '../job/estimate.ts';
import type { Job } from '../job/job.ts';
import { plannedOf } from '../job/planned.ts';
import { progress } from '../job/progress.ts';
import type { Run } from '../job/run.ts';
import { hasEnded } from '../job/run.ts';
import { chart } from './chart.ts';
import { smooth } from './smoothing.ts';
import type { Words } from './words.ts';

/** A job's curves as a picture, and the same in words for those who do not see it. */
export function chartOf(
  { spec, run }: Pick<Job, 'spec'> & { run: Run | undefined },
  curves: Curves,
  words: Words,
): { configuration: ChartConfiguration; alt: string } {
  const last = furthest(curves) ?? 0;
  // Counted from where the run began, which need not be 0.
  const planned = plannedOf({ spec, run });
  const step = progress(curves, planned)?.done ?? last;
  const ended = run !== undefined && hasEnded(run);
  const stopped = run?.state === 'SUCCEEDED' && probablyStoppedEarly(step, planned) ? last : undefined;
  const bestAt = best(curves.eval_total_loss);
  const numbers = {
    step,
    planned: planned.steps,
    ended,
    stoppedEarly: stopped,
    trainLoss: curves.train_total_loss && end(smooth(curves.train_total_loss))?.value,
    evalLoss: end(curves.eval_total_loss)?.value,
    trainAccuracy:
      curves.train_fraction_of_correct_next_step_preds &&
      end(smooth(curves.train_fraction_of_correct_next_step_preds))?.value,
    evalAccuracy: end(curves.eval_fraction_of_correct_next_step_preds)?.value,
    best: bestAt,
    unevaluated: !spec.evaluate,
  };
  return {
    configuration: chart(
      {
        title: spec.modelName,
        subtitle: words.chart.subtitle({ teacher: spec.teacher, student: spec.student, ...numbers }),
        curves,
        planned: planned.steps,
        running: !ended,
        unevaluated: !spec.evaluate,
        ...(stopped !== undefined && { stoppedEarly: stopped }),
        ...(bestAt && { best: bestAt }),
      },
      words.chart,
    ),
    alt: words.chart.alt({ model: spec.modelName, ...numbers }),
  };
}
