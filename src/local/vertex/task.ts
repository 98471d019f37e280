import type { Project } from './resource.ts';
import { fullName, numericId, timestamp } from './resource.ts';
import type { RpcStatus } from './trouble.ts';

/** The states of a task (PipelineTaskDetail.State). */
export type TaskState = 'PENDING' | 'RUNNING' | 'SUCCEEDED' | 'CANCELLING' | 'CANCELLED' | 'FAILED' | 'NOT_TRIGGERED';

/** One node of a run's graph. */
export type Task = {
  id: string;
  name: string;
  kind: 'run' | 'graph' | 'leaf';
  parent?: Task;
  state: TaskState;
  createTime: string;
  startTime?: string;
  endTime?: string;
  error?: RpcStatus;
  statuses: { updateTime: string; state: TaskState; error?: RpcStatus }[];
  metadata: Record<string, unknown>;
  outputs: Record<string, { uri: string; schemaTitle: string }>;
  customJob?: string;
};

const ended: readonly TaskState[] = ['SUCCEEDED', 'CANCELLED', 'FAILED', 'NOT_TRIGGERED'];

/** Makes a task that has not begun. */
export function pendingTask(name: string, { kind, parent }: Pick<Task, 'kind' | 'parent'>): Task {
  const now = timestamp();
  return {
    id: numericId(),
    name,
    kind,
    ...(parent && { parent }),
    state: 'PENDING',
    createTime: now,
    statuses: [{ updateTime: now, state: 'PENDING' }],
    metadata: {},
    outputs: {},
  };
}

/** Puts a task into a state, and notes when. */
export function enter(task: Task, state: TaskState, error?: RpcStatus): void {
  const now = timestamp();
  task.state = state;
  if (state === 'RUNNING') task.startTime ??= now;
  if (ended.includes(state)) task.endTime = now;
  if (error && state === 'FAILED') task.error = error;
  task.statuses.push({ updateTime: now, state, ...(error && { error }) });
}

/** Draws a task as `jobDetail.taskDetails` shows it. */
export function taskDetail(task: Task, { project, region }: { project: Project; region: string }): object {
  const begun = task.startTime !== undefined;
  const named = (path: string) => fullName(project, { region, path });
  return {
    taskId: task.id,
    ...(task.parent && { parentTaskId: task.parent.id }),
    taskName: task.name,
    taskUniqueName: uniqueName(task),
    createTime: task.createTime,
    ...(task.startTime && { startTime: task.startTime }),
    ...(task.endTime && { endTime: task.endTime }),
    state: task.state,
    ...(task.error && { error: task.error }),
    pipelineTaskStatus: task.statuses,
    ...(task.customJob && { executorDetail: { customJobDetail: { job: task.customJob } } }),
    ...(begun && {
      execution: {
        name: named(`metadataStores/default/executions/${task.id}`),
        displayName: task.name,
        state: executionState(task.state),
        schemaTitle: { run: 'system.Run', graph: 'system.DagExecution', leaf: 'system.ContainerExecution' }[task.kind],
        schemaVersion: '0.0.1',
        createTime: task.startTime,
        metadata: task.metadata,
      },
    }),
    ...(Object.keys(task.outputs).length && {
      outputs: Object.fromEntries(
        Object.entries(task.outputs).map(([key, { uri, schemaTitle }]) => [
          key,
          {
            artifacts: [
              { name: named(`metadataStores/default/artifacts/${task.id}`), displayName: key, uri, schemaTitle },
            ],
          },
        ]),
      ),
    }),
  };
}

function uniqueName({ name, parent }: Task): string {
  return parent && parent.kind !== 'run' ? `${uniqueName(parent)}.${name}` : name;
}

function executionState(state: TaskState): string {
  if (state === 'SUCCEEDED') return 'COMPLETE';
  if (state === 'FAILED' || state === 'CANCELLED') return state;
  return 'RUNNING';
}
