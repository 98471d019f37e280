import type { Run } from './run.ts';
import type { Spec } from './spec.ts';
import { isPipeline } from './spec.ts';

/** How far a run is to go. */
export interface Planned {
  /** 0, where that is not known: a tuning job tells it once it has read its dataset. */
  steps: number;
  evaluate: boolean;
  /** Steps from one evaluation to the next; 0, where that is not known. */
  evaluationInterval: number;
  earlyStopping: boolean;
}

/** How far a job's run is to go, as far as its spec and the run itself tell. */
export function plannedOf({ spec, run }: { spec: Spec; run?: Run | undefined }): Planned {
  if (isPipeline(spec)) return spec;
  return { steps: run?.tuning?.planned ?? 0, evaluate: false, evaluationInterval: 0, earlyStopping: false };
}
