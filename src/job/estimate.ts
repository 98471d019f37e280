import type { Accelerator } from './recipe.ts';
import { batchSize } from './recipe.ts';

/** What follows from steps, batch size, dataset size and evaluation interval. */
export interface Estimate {
  batch: number;
  /** Examples trained in all: steps × batch size. */
  trained: number;
  /** Passes over the dataset; unknown until its size is. */
  epochs: number | undefined;
  /** How many evaluations there will be; none without an evaluation dataset. */
  evaluations: number;
}

/** Computes what a choice of steps means. `rows` is the dataset's number of examples, where known. */
export function estimate(choice: {
  student: string;
  accelerator: Accelerator;
  steps: number;
  rows?: number | undefined;
  interval?: number | undefined;
}): Estimate {
  const batch = batchSize(choice.student, choice.accelerator);
  const trained = choice.steps * batch;
  return {
    batch,
    trained,
    epochs: choice.rows ? trained / choice.rows : undefined,
    evaluations: choice.interval ? Math.floor(choice.steps / choice.interval) : 0,
  };
}

/** Whether a run that succeeded ended so far before its planned steps that early stopping probably ended it: by one evaluation interval or more. */
export function probablyStoppedEarly(
  step: number | undefined,
  spec: { evaluate: boolean; earlyStopping: boolean; evaluationInterval: number; steps: number },
): boolean {
  return step !== undefined && spec.evaluate && spec.earlyStopping && step + spec.evaluationInterval <= spec.steps;
}
