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
  /** The `output:` entries of its execution's metadata, without that prefix. */
  outputs: z.record(z.string(), z.string()).optional(),
});
export type RunTask = z.infer<typeof RunTask>;

export const Run = z.object({
  /** Full resource name of the pipeline job. */
  name: z.string(),
  /** As Vertex AI says it, without its `PIPELINE_STATE_` prefix: RUNNING, PAUSED, SUCCEEDED … or something newer. */
  state: z.string(),
  startedAt: z.number().optional(),
  endedAt: z.number().optional(),
  /** Of a failed or cancelled pipeline job: often only a wrapper, the cause is a task's. */
  error: z.string().optional(),
  tasks: z.array(RunTask),
});
/** A pipeline job as it was last observed. */
export type Run = z.infer<typeof Run>;

const ended = new Set(['SUCCEEDED', 'FAILED', 'CANCELLED']);

/** Whether a pipeline job has reached a state that it will not leave. PAUSED is none: it can be resumed. */
export function hasEnded(run: Run): boolean {
  return ended.has(run.state);
}

/** How a stage is drawn. */
export type Mark = 'waiting' | 'running' | 'done' | 'skipped' | 'failed' | 'cancelled' | 'unknown';

/** One step of a pipeline as people see it. */
export interface Stage {
  id: string;
  title: string;
  mark: Mark;
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
  CANCEL_PENDING: 'cancelled',
  CANCELLING: 'cancelled',
  CANCELLED: 'cancelled',
};

/** The stages of a run: the tasks right below the root, or all that have no parent where there is no single root, in the order they came, without those whose condition was false. The tasks of a distillation run are not documented, so none is named here. */
export function stages(run: Run): Stage[] {
  const roots = run.tasks.filter(task => task.parent === undefined);
  const [root] = roots;
  const top = root && roots.length === 1 ? run.tasks.filter(task => task.parent === root.id) : roots;
  return top
    .filter(task => task.state !== 'NOT_TRIGGERED')
    .map(task => ({
      id: task.id,
      title: title(task.name),
      mark: marks[task.state] ?? 'unknown',
      startedAt: task.startedAt,
      endedAt: task.endedAt,
    }));
}

/** A task's name as a title: `upload-model` becomes `Upload model`. */
export function title(name: string): string {
  const words = name.replaceAll(/[-_]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Whether the stage in which the student is tuned is running: the one whose name says so. */
export function isTuning(run: Run): boolean {
  return run.tasks.some(task => task.state === 'RUNNING' && /\btun(er|ing|e)\b/.test(task.name));
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
  const named = run.tasks.filter(task => uploaders.has(task.name) && task.outputs?.model_resource_name);
  const any = run.tasks.filter(task => task.outputs?.model_resource_name);
  const from = named.length === 1 ? named : any;
  return from.length === 1 ? from[0]?.outputs?.model_resource_name?.trim() : undefined;
}

/** The endpoint's full resource name, where a finished run tells it. For distillation that is not documented. */
export function tunedEndpoint(run: Run): string | undefined {
  return run.tasks.find(task => task.outputs?.endpoint_resource_name)?.outputs?.endpoint_resource_name?.trim();
}
