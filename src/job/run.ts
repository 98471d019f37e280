import { z } from 'zod';

export const RunTask = z.object({
  id: z.string(),
  parent: z.string().optional(),
  name: z.string(),
  /** As Vertex AI says it: PENDING, RUNNING, SUCCEEDED, SKIPPED, NOT_TRIGGERED, FAILED … or something newer. */
  state: z.string(),
  startedAt: z.number().optional(),
  endedAt: z.number().optional(),
  error: z.string().optional(),
  /** How many times a system error was met that Vertex AI got over, or tries to, by itself. */
  retries: z.number().optional(),
  /** The `output:` entries of its execution's metadata, without that prefix. */
  outputs: z.record(z.string(), z.string()).optional(),
});
export type RunTask = z.infer<typeof RunTask>;

const Checkpoint = z.object({
  id: z.string(),
  epoch: z.number().optional(),
  step: z.number().optional(),
  endpoint: z.string().optional(),
});
/** A student as it was at some step of a tuning job. */
export type Checkpoint = z.infer<typeof Checkpoint>;

const Tuning = z.object({
  /** Epochs and steps that are done. */
  epochs: z.number().optional(),
  steps: z.number().optional(),
  /** Steps and examples that Vertex AI counted in the dataset. */
  planned: z.number().optional(),
  examples: z.number().optional(),
  /** Full resource name of the context that stands for its experiment. */
  experiment: z.string().optional(),
  model: z.string().optional(),
  endpoint: z.string().optional(),
  checkpoints: z.array(Checkpoint),
});
/** What only a tuning job tells of itself. */
export type Tuning = z.infer<typeof Tuning>;

export const Run = z.object({
  /** Full resource name of the pipeline job, or of the tuning job. */
  name: z.string(),
  /** As Vertex AI says it, without its `PIPELINE_STATE_` or `JOB_STATE_` prefix: RUNNING, PAUSED, SUCCEEDED … or something newer. */
  state: z.string(),
  startedAt: z.number().optional(),
  endedAt: z.number().optional(),
  /** When Vertex AI last changed anything about it. */
  updatedAt: z.number().optional(),
  /** Of a failed or cancelled pipeline job: often only a wrapper, the cause is a task's. */
  error: z.string().optional(),
  /** The version of its template, as Vertex AI resolved it. */
  template: z.string().optional(),
  /** Of a pipeline job: its tasks. Of a tuning job: the phases that it was seen in. */
  tasks: z.array(RunTask),
  tuning: Tuning.optional(),
});
/** A pipeline job or a tuning job as it was last observed. */
export type Run = z.infer<typeof Run>;

const ended = new Set(['SUCCEEDED', 'PARTIALLY_SUCCEEDED', 'FAILED', 'EXPIRED', 'CANCELLED']);

/** Whether a run has reached a state that it will not leave. PAUSED is none: it can be resumed. */
export function hasEnded(run: Run): boolean {
  return ended.has(run.state);
}

/** Whether a run has ended well, though some of its results may be missing. */
export function hasSucceeded({ state }: Run): boolean {
  return state === 'SUCCEEDED' || state === 'PARTIALLY_SUCCEEDED';
}

/** A run as it is now, after it was seen before: a tuning job tells only of the phase it is in, so those before are remembered. Where it tells of none and has not ended, the one before goes on. */
export function following(before: Run | undefined, now: Run): Run {
  if (!now.tuning) return now;
  const seen = before?.tasks ?? [];
  const moved = now.tasks.length > 0 || hasEnded(now);
  const isNow = new Set(now.tasks.map(({ id }) => id));
  const at = now.updatedAt !== undefined && { endedAt: now.updatedAt };
  const past = seen
    .filter(({ id }) => !isNow.has(id))
    .map(task => (task.state === 'RUNNING' && moved ? { ...task, state: endOf(now), ...at } : task));
  const present = now.tasks.map(task => {
    const first = seen.find(({ id, state }) => id === task.id && state === 'RUNNING');
    return { ...task, startedAt: first?.startedAt ?? now.updatedAt };
  });
  return { ...now, tasks: [...past, ...present] };
}

/** How the phase ended that a run was in before it got to where it is now. */
function endOf(now: Run): string {
  if (!hasEnded(now) || hasSucceeded(now)) return 'SUCCEEDED';
  return now.state === 'CANCELLED' ? 'CANCELLED' : 'FAILED';
}

/** How a stage is drawn. */
export type Mark =
  | 'waiting'
  | 'running'
  | 'retrying'
  | 'done'
  | 'skipped'
  | 'failed'
  | 'cancelling'
  | 'cancelled'
  | 'unknown';

/** One step of a pipeline as people see it. */
export interface Stage {
  id: string;
  title: string;
  mark: Mark;
  /** As Vertex AI says it. */
  state: string;
  /** How many system errors it, or a task within it, has met that were no failure. */
  retries: number;
  startedAt: number | undefined;
  endedAt: number | undefined;
}

const marks: Record<string, Mark> = {
  PENDING: 'waiting',
  STATE_UNSPECIFIED: 'waiting',
  RUNNING: 'running',
  SUCCEEDED: 'done',
  SKIPPED: 'skipped',
  FAILED: 'failed',
  CANCEL_PENDING: 'cancelling',
  CANCELLING: 'cancelling',
  CANCELLED: 'cancelled',
};

/** The stages of a run: the tasks right below the root, or all that have no parent where there is no single root, as a tuning job has none, in the order they came, without those whose condition was false. The tasks of a distillation run are not documented, so none is named here. */
export function stages(run: Run): Stage[] {
  const roots = run.tasks.filter(task => task.parent === undefined);
  const [root] = roots;
  const top = root && roots.length === 1 && !run.tuning ? run.tasks.filter(task => task.parent === root.id) : roots;
  return top.filter(task => task.state !== 'NOT_TRIGGERED').map(task => stage(task, run));
}

function stage({ id, name, state, startedAt, endedAt }: RunTask, run: Run): Stage {
  const retries = within(id, run).reduce((sum, task) => sum + (task.retries ?? 0), 0);
  const mark = marks[state] ?? 'unknown';
  return {
    id,
    title: title(name),
    mark: retries && mark === 'running' ? 'retrying' : mark,
    state,
    retries,
    startedAt,
    endedAt,
  };
}

/** A task and all that are below it. */
function within(id: string, { tasks }: Run): RunTask[] {
  const found = new Set([id]);
  // Children may come before their parents.
  for (let before = 0; before < found.size; ) {
    before = found.size;
    for (const task of tasks) if (task.parent !== undefined && found.has(task.parent)) found.add(task.id);
  }
  return tasks.filter(task => found.has(task.id));
}

/** A task's name as a title: `upload-model` becomes `Upload model`. */
export function title(name: string): string {
  const words = name.replaceAll(/[-_]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The words that Google's pipelines have for tuning, in names of tasks. */
const tuning = /\b(tun(er|ing|e)|train(er|ing)|reinforcer)\b/;

/** Whether the stage in which the student is tuned is running: the one whose name says so. */
export function isTuning(run: Run): boolean {
  return tuners(run).some(({ state }) => state === 'RUNNING');
}

/** The tasks that tune the student, by their names; never the run itself, which is a task above the others and may be called after what it is for. */
function tuners({ tasks }: Run): RunTask[] {
  const parents = new Set(tasks.map(({ parent }) => parent));
  return tasks.filter(({ id, parent, name }) => tuning.test(name) && (parent !== undefined || !parents.has(id)));
}

/** Whether steps may be taken just now: the student is tuned, or something runs and no name says which task would tune it. The tasks of a distillation are not documented. */
export function mayBeTuning(run: Run): boolean {
  if (run.tuning)
    return isTuning(run) || (run.state === 'RUNNING' && !run.tasks.some(({ state }) => state === 'RUNNING'));
  if (tuners(run).length) return isTuning(run);
  return stages(run).some(({ mark }) => mark === 'running' || mark === 'retrying');
}

/** The deepest failed task, whose message is the cause; of several, the one that failed first. */
export function failedTask(run: Run): RunTask | undefined {
  const failed = run.tasks.filter(task => task.state === 'FAILED');
  const parents = new Set(failed.map(task => task.parent));
  const leaves = failed.filter(task => !parents.has(task.id));
  return leaves.sort((a, b) => (a.endedAt ?? Infinity) - (b.endedAt ?? Infinity))[0];
}

// The names that Google's Python SDK looks for: the present one, the older one.
const uploaders = new Set(['upload-model', 'upload-llm-model']);

/** The tuned model's full resource name, where a finished run tells it. */
export function tunedModel(run: Run): string | undefined {
  if (run.tuning) return run.tuning.model;
  const named = run.tasks.filter(task => uploaders.has(task.name) && task.outputs?.model_resource_name);
  const any = run.tasks.filter(task => task.outputs?.model_resource_name);
  const from = named.length === 1 ? named : any;
  return from.length === 1 ? from[0]?.outputs?.model_resource_name?.trim() : undefined;
}

/** The endpoint's full resource name, where a finished run tells it. For distillation that is not documented. */
export function tunedEndpoint(run: Run): string | undefined {
  if (run.tuning) return run.tuning.endpoint;
  return run.tasks.find(task => task.outputs?.endpoint_resource_name)?.outputs?.endpoint_resource_name?.trim();
}
