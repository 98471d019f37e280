import type { Storage } from '@google-cloud/storage';
import type { Boards } from './boards.ts';
import type { Contexts } from './contexts.ts';
import type { Accelerator } from './dag.ts';
import type { TaskFailure, TuningFailure } from './failures.ts';
import type { Gate } from './gate.ts';
import type { Models } from './models.ts';
import type { Project } from './resource.ts';
import type { Run } from './run.ts';
import type { Teacher } from './teacher.ts';
import type { TuningJob } from './tuning-job.ts';

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
  tuningJobs: Map<string, TuningJob>;
  tuning: {
    /** Places of the project's quota for tuning jobs, and of the hardware they tune on. */
    quota: Gate;
    capacity: Gate;
    /** Whether the project was let into the Gemini distillation service. */
    earlyAccess: boolean;
    failures: TuningFailure[];
  };
  models: Models;
  boards: Boards;
  contexts: Contexts;
  failures: TaskFailure[];
  teacher(): Promise<Teacher>;
  /** Ends everything when the stand-in closes. */
  closing: AbortSignal;
};
