import type { PipelineClock } from './clock.ts';
import type { GraphName, LeafName } from './dag.ts';
import { dag } from './dag.ts';
import type { Parameters } from './parameters.ts';
import { pipelineSpec } from './parameters.ts';
import type { Project } from './resource.ts';
import { fullName } from './resource.ts';
import type { Task } from './task.ts';
import { pendingTask, taskDetail } from './task.ts';
import type { RpcStatus } from './trouble.ts';

/** The states of a pipeline job, without their prefix. */
export type RunState = 'PENDING' | 'RUNNING' | 'PAUSED' | 'CANCELLING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';

/** One pipeline job and how far it has got. */
export type Run = {
  id: string;
  /** The number that labels and errors know it by. */
  number: string;
  region: string;
  project: Project;
  asked: Asked;
  parameters: Parameters;
  state: RunState;
  createTime: string;
  updateTime: string;
  startTime?: string;
  endTime?: string;
  error?: RpcStatus;
  tasks: Tasks;
  /** The last step taken. */
  step: number;
  clock: PipelineClock;
  cancelling: AbortController;
  shown?: Shown;
};

/** The states to show a run and its tasks in, by the tasks' names, instead of those they are in; of a tuning job, its state and its phase. */
export type Shown = { state?: string; tasks?: Record<string, string>; phase?: string };

/** What a pipeline job was created with. */
export type Asked = {
  displayName: string;
  labels: Record<string, string>;
  runtimeConfig: { gcsOutputDirectory: string; parameterValues: Record<string, unknown> };
  encryptionSpec?: { kmsKeyName: string };
  serviceAccount: string;
  templateUri: string;
};

/** The nodes of a run's graph: itself, and the rest by name. */
export type Tasks = { run: Task } & Record<GraphName | LeafName, Task>;

/** The states in which a run stays. */
export const terminal: readonly RunState[] = ['SUCCEEDED', 'FAILED', 'CANCELLED'];

/** Lays out the graph of a run, nothing of it begun. */
export function graph(id: string): Tasks {
  const run = pendingTask(id, { kind: 'run' });
  const nodes = Object.entries(dag).flatMap(([name, inner]) => {
    const node = pendingTask(name, { kind: inner.length ? 'graph' : 'leaf', parent: run });
    return [node, ...inner.map(leaf => pendingTask(leaf, { kind: 'leaf', parent: node }))];
  });
  return { run, ...Object.fromEntries(nodes.map(node => [node.name, node])) } as Tasks;
}

/** The full name of a run's pipeline job. */
export function runName(run: Run): string {
  return fullName(run.project, { region: run.region, path: `pipelineJobs/${run.id}` });
}

/** Draws a run as Vertex AI shows it; the details of its tasks are left out of lists. */
export function pipelineJob(run: Run, { detail }: { detail: boolean }): object {
  const context = (id: string) => ({
    name: fullName(run.project, { region: run.region, path: `metadataStores/default/contexts/${id}` }),
  });
  return {
    name: runName(run),
    displayName: run.asked.displayName,
    createTime: run.createTime,
    ...(run.startTime && { startTime: run.startTime }),
    ...(run.endTime && { endTime: run.endTime }),
    updateTime: run.updateTime,
    pipelineSpec,
    state: `PIPELINE_STATE_${run.shown?.state ?? run.state}`,
    ...(run.error && { error: run.error }),
    labels: run.asked.labels,
    runtimeConfig: run.asked.runtimeConfig,
    ...(run.asked.encryptionSpec && { encryptionSpec: run.asked.encryptionSpec }),
    serviceAccount: run.asked.serviceAccount,
    templateUri: run.asked.templateUri,
    templateMetadata: { version: `sha256:${'0'.repeat(64)}` },
    ...(detail && {
      jobDetail: {
        pipelineContext: context(pipelineSpec.pipelineInfo.name),
        pipelineRunContext: context(run.id),
        taskDetails: Object.values(run.tasks).map(task => ({
          ...taskDetail(task, run),
          state: run.shown?.tasks?.[task.name] ?? task.state,
        })),
      },
    }),
  };
}
