import { pace } from './clock.ts';
import type { GraphName, LeafName } from './dag.ts';
import { minutes } from './dag.ts';
import type { House } from './house.ts';
import { timestamp } from './resource.ts';
import type { Run } from './run.ts';
import type { Task, TaskState } from './task.ts';
import { enter } from './task.ts';
import type { RpcStatus } from './trouble.ts';
import { rpc, Trouble } from './trouble.ts';

/** Where a run's tasks are worked on: each ends in a state of its own, whatever its work does. */
export type Floor = {
  run: Run;
  house: House;
  /** Ends the work of every task: the run is being cancelled, or the stand-in closes. */
  stop: AbortSignal;
  leaf<T>(name: LeafName, work: (task: Task) => Promise<T>): Promise<T>;
  graph<T>(name: GraphName, work: () => Promise<T>): Promise<T>;
  skip(name: LeafName): void;
  /** Puts a task into a state; the run was changed by it. */
  put(task: Task, state: TaskState, error?: RpcStatus): void;
  /** The failure that is planned for a task, if any; it is used up. */
  planned(name: LeafName): RpcStatus | undefined;
  /** Lets pipeline minutes pass, on top of all that were let pass before. */
  wait(nominal: number, signal?: AbortSignal): Promise<void>;
};

/** Thrown through a run by the task that failed; the cause stays with the task. */
export class LeafFailed extends Error {
  readonly leaf: LeafName;

  constructor(leaf: LeafName) {
    super(`Task "${leaf}" failed.`);
    this.leaf = leaf;
  }
}

/** What every wrapper around a failed task says, seen so in failed pipelines everywhere. */
export function dagFailed({ leaf }: LeafFailed): string {
  return `The DAG failed because some tasks failed. The failed tasks are: [${leaf}].`;
}

/** Opens the floor of one run. */
export function floor(run: Run, house: House): Floor {
  const stop = AbortSignal.any([run.cancelling.signal, house.closing]);
  const { wait } = pace(run.clock, stop);
  return { run, house, stop, leaf, graph, skip, put, planned, wait };

  async function leaf<T>(name: LeafName, work: (task: Task) => Promise<T>): Promise<T> {
    const task = run.tasks[name];
    put(task, 'RUNNING');
    const failure = planned(name);
    try {
      if (failure) {
        await wait(minutes[name] / 2);
        throw new Trouble('UNKNOWN', failure.message);
      }
      const result = await work(task);
      put(task, 'SUCCEEDED');
      return result;
    } catch (error) {
      if (stop.aborted) throw error;
      put(task, 'FAILED', failure ?? rpc(error));
      throw new LeafFailed(name);
    }
  }

  async function graph<T>(name: GraphName, work: () => Promise<T>): Promise<T> {
    put(run.tasks[name], 'RUNNING');
    try {
      const result = await work();
      put(run.tasks[name], 'SUCCEEDED');
      return result;
    } catch (error) {
      if (error instanceof LeafFailed) put(run.tasks[name], 'FAILED', { code: 9, message: dagFailed(error) });
      throw error;
    }
  }

  function skip(name: LeafName): void {
    put(run.tasks[name], 'NOT_TRIGGERED');
  }

  function put(task: Task, state: TaskState, error?: RpcStatus): void {
    enter(task, state, error);
    run.updateTime = timestamp();
  }

  function planned(name: LeafName): RpcStatus | undefined {
    const at = house.failures.findIndex(({ task, job }) => task === name && (job === undefined || job === run.id));
    const [found] = at < 0 ? [] : house.failures.splice(at, 1);
    if (!found) return undefined;
    const error = { code: found.code, message: found.message };
    if (!found.retried) return error;
    put(run.tasks[name], 'RUNNING', error);
    return planned(name);
  }
}
