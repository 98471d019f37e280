import type { Storage } from '@google-cloud/storage';
import type { Boards } from './boards.ts';
import type { Accelerator } from './dag.ts';
import type { TaskFailure } from './failures.ts';
import type { Models } from './models.ts';
import type { Project } from './resource.ts';
import type { Run } from './run.ts';
import type { Teacher } from './teacher.ts';

/** All that the stand-in remembers, and what its parts need of one another. */
export type House = {
  project: Project;
  storage: Storage;
  /** Whether curves can be read while a run tunes, rather than when it has ended. */
  live: boolean;
  /** Whether runs write event files under their pipeline root while they tune. */
  eventFiles: boolean;
  /** How many pipeline seconds pass in a second. */
  speed: number;
  /** How long a model takes to answer, in milliseconds. */
  answerTime: number;
  /** Units of hardware that runs may tune on at a time. */
  quota: Record<Accelerator, number>;
  runs: Map<string, Run>;
  models: Models;
  boards: Boards;
  failures: TaskFailure[];
  teacher(): Promise<Teacher>;
  /** Ends everything when the stand-in closes. */
  closing: AbortSignal;
};
