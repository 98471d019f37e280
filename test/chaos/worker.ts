import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import pLimit from 'p-limit';
import { startProgram } from '../../src/local/program.ts';
import { startScheduler } from '../../src/local/scheduler/server.ts';
import type { StandIns } from '../../src/local/stack.ts';
import { behindGates } from './behind-gates.ts';
import { openFirestoreGate } from './firestore-gate.ts';
import type { Keeper } from './gate.ts';
import { openGate } from './gate.ts';

/** The app as one process, with gates of its own around it. */
export interface Worker {
  url: string;
  logs: readonly string[];
  /** Whether it can be asked anything. */
  lives(): boolean;
  /** Knocks, and waits until it is answered, or the worker is killed or frozen. */
  knock(): Promise<void>;
  kill(): Promise<void>;
  freeze(): Promise<void>;
  wake(): void;
  /** Ends it and its gates. */
  close(): Promise<void>;
}

/** How a worker is started. */
export interface WorkerOptions {
  environment: Record<string, string>;
  /** Another `main.ts` than the repository's. */
  program?: string | undefined;
  /** The address by which Firestore is reached. */
  firestore: string;
  harm: Keeper['harm'];
  delay?: Keeper['delay'] | undefined;
  /** Told when it has been killed or frozen, or has ended by itself: then with the reason. */
  fell(worker: Worker, why?: string): void;
}

/** The longest that a knock is waited for, in milliseconds. */
const patience = 20_000;

/** The longest that a start may take, in milliseconds. */
const longestStart = 20_000;

/** Starting takes all that a core has: more at a time take longer than their calls may. */
const starting = pLimit(2);

/** Starts a worker that reaches Slack, Vertex AI, Storage and Firestore through gates alone. */
export async function startWorker(standIns: StandIns, options: WorkerOptions): Promise<Worker> {
  const { harm, delay, fell } = options;
  let is: 'starting' | 'well' | 'frozen' | 'dead' = 'starting';
  const gone = Promise.withResolvers<void>();
  const keeper: Keeper = {
    // What it does before it listens is no part of the story.
    harm: call => (is === 'starting' ? undefined : harm(call)),
    delay: call => (is === 'starting' ? 0 : (delay?.(call) ?? 0)),
    kill: () => worker.kill(),
    freeze: () => worker.freeze(),
  };
  const behind = behindGates(standIns);
  const [slack, vertex, storage, firestore] = await Promise.all([
    openGate(behind.slack, keeper),
    openGate(behind.vertex, keeper),
    openGate(behind.storage, keeper),
    openFirestoreGate(options.firestore, keeper),
  ]);
  const gates = [slack, vertex, storage, firestore];
  const environment = {
    ...standIns.environment,
    SLACK_API_URL: `${slack.url}/api/`,
    VERTEX_ENDPOINT: vertex.url,
    STORAGE_EMULATOR_HOST: storage.url,
    FIRESTORE_EMULATOR_HOST: firestore.host,
    ...options.environment,
  };
  const program = await starting(() => startProgram(environment, options.program, { patience: longestStart })).catch(
    async error => {
      await Promise.all(gates.map(gate => gate.close()));
      throw error;
    },
  );
  is = 'well';

  function fallen(why?: string): void {
    gone.resolve();
    fell(worker, why);
  }

  const worker: Worker = {
    url: program.url,
    logs: program.logs,
    lives: () => is === 'well',
    async knock() {
      const scheduler = startScheduler({ target: `${program.url}/poll`, ...standIns.knocks });
      await Promise.race([scheduler.knock().catch(() => {}), gone.promise, wait(patience, undefined, { ref: false })]);
      void scheduler.close();
    },
    async kill() {
      if (is === 'dead') return;
      is = 'dead';
      await program.kill();
      fallen();
    },
    async freeze() {
      if (is !== 'well') return;
      is = 'frozen';
      process.kill(program.pid, 'SIGSTOP');
      while (!(await isStopped(program.pid))) await wait(1);
      fallen();
    },
    wake() {
      if (is === 'frozen') process.kill(program.pid, 'SIGCONT');
    },
    async close() {
      const wasDead = is === 'dead';
      is = 'dead';
      gone.resolve();
      if (!wasDead) await program.kill();
      await Promise.all(gates.map(gate => gate.close()));
    },
  };
  void program.ended.then(code => {
    if (is === 'dead') return;
    is = 'dead';
    fallen(`A worker ended by itself with code ${code}: ${program.logs.slice(-12).join(' ')}`);
  });
  return worker;
}

async function isStopped(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
}
