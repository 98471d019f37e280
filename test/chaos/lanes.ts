import type { Outcome } from './trial.ts';

/** Something that is done with a world of its own, and comes to an outcome. */
export interface Case {
  name: string;
  run(): Promise<Outcome>;
}

/** How cases are run. */
export interface Running {
  /** How many at the same time: most of each is waiting. */
  lanes: number;
  /** Whether the first that goes wrong ends it all. */
  untilWrong?: boolean | undefined;
  /** Told of each as soon as it is over. */
  told?: ((outcome: Outcome) => void) | undefined;
}

/** Runs cases side by side. One that breaks off is wrong. */
export async function runAll(cases: readonly Case[], { lanes, untilWrong, told }: Running): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const left = [...cases];
  async function lane() {
    for (let next = left.shift(); next; next = left.shift()) {
      const outcome = await next.run().catch(error => brokenOff(next?.name ?? '', error));
      outcomes.push(outcome);
      told?.(outcome);
      if (untilWrong && outcome.wrong.length) left.length = 0;
    }
  }
  await Promise.all(Array.from({ length: Math.min(lanes, cases.length) }, lane));
  return outcomes;
}

/** What comes of a case that broke off. */
export function brokenOff(trial: string, error: unknown): Outcome {
  const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { trial, wrong: [`It broke off: ${said}`], missed: 0 };
}
