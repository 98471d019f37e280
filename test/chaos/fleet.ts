import { setTimeout as wait } from 'node:timers/promises';
import type { StandIns } from '../../src/local/stack.ts';
import type { Worker, WorkerOptions } from './worker.ts';
import { startWorker } from './worker.ts';

/** The workers of one theatre: those at work, a spare that takes the place of one that falls, and those that fell. */
export interface Fleet {
  /** The workers at work. */
  living(): Worker[];
  /** Leads Slack's next delivery to the next worker in turn. */
  turn(): void;
  /** Knocks at the next worker in turn. */
  knock(): Promise<void>;
  /** Knocks until something can be seen, and gives it back; nothing, where it cannot be seen in time. */
  until<Seen>(
    look: () => Seen | undefined | false | Promise<Seen | undefined | false>,
    ms: number,
  ): Promise<Seen | undefined>;
  /** Wakes every worker that was frozen. */
  wake(): void;
  /** Ends what has fallen, and waits until as many are at work as shall be. `fresh`: none that has worked before. */
  ready(options: { fresh: boolean }): Promise<void>;
  /** Why workers ended by themselves since this was last asked. */
  crashes(): string[];
  close(): Promise<void>;
}

/** How many are at work, whether one stands by, and how each is started: by its number. */
export interface FleetOptions {
  count: number;
  spare: boolean;
  worker(number: number): Pick<WorkerOptions, 'environment' | 'program'>;
  harm: WorkerOptions['harm'];
  delay?: WorkerOptions['delay'];
  /** The address by which Firestore is reached. */
  firestore: string;
}

/** Between two knocks, in milliseconds; after some of them more, as what is waited for then is the end of a lease. */
const pause = 60;

/** How often in a row a worker may fail to start before the theatre is given up. */
const patience = 10;

/** Starts workers, and sees to it that there are always as many. */
export async function startFleet(standIns: StandIns, options: FleetOptions): Promise<Fleet> {
  const { count, harm, delay, firestore } = options;
  const atWork: Worker[] = [];
  const spares: Worker[] = [];
  const fallen = new Set<Worker>();
  const crashes: string[] = [];
  const coming = new Set<Promise<void>>();
  let started = 0;
  let turns = 0;
  let broken: unknown;
  let failures = 0;
  let closing = false;

  function fill() {
    while (atWork.length < count && spares.length) atWork.push(spares.shift()!);
    lead();
    const wanted = count + (options.spare ? 1 : 0);
    for (let i = atWork.length + spares.length + coming.size; i < wanted && !closing; i++) begin(started++);
  }

  function begin(number: number) {
    const fell = (worker: Worker, why?: string) => {
      if (why) crashes.push(why);
      for (const list of [atWork, spares]) if (list.includes(worker)) list.splice(list.indexOf(worker), 1);
      fallen.add(worker);
      fill();
    };
    const begun = startWorker(standIns, { ...options.worker(number), firestore, harm, delay, fell })
      .then(worker => {
        failures = 0;
        if (worker.lives()) spares.push(worker);
      })
      // On a busy machine Slack may answer too late for a start; whoever runs workers starts them again.
      .catch(error => {
        if (++failures >= patience) broken = error;
        else if (!closing) begin(number);
      })
      .finally(() => {
        coming.delete(begun);
        if (!broken) fill();
      });
    coming.add(begun);
  }

  function next(): Worker | undefined {
    return atWork[turns++ % atWork.length];
  }

  function lead() {
    const worker = next();
    if (worker) standIns.slack.deliverTo(`${worker.url}/slack/events`);
  }

  async function knock() {
    await next()?.knock();
  }

  async function full() {
    while (atWork.length < count) {
      if (!coming.size) throw new Error(`No worker is at work, and none is coming: ${broken}.`, { cause: broken });
      await Promise.race(coming);
    }
  }

  async function bury() {
    const gone = [...fallen];
    fallen.clear();
    await Promise.all(gone.map(worker => worker.close()));
  }

  fill();
  await full();
  return {
    living: () => [...atWork],
    turn: lead,
    knock,
    async until(look, ms) {
      const deadline = performance.now() + ms;
      for (let knocks = 0; ; knocks++) {
        const seen = await look();
        if (seen) return seen;
        if (performance.now() > deadline) return undefined;
        await knock();
        await wait(knocks < 10 ? pause : 4 * pause);
      }
    },
    wake() {
      for (const worker of fallen) worker.wake();
    },
    crashes: () => crashes.splice(0),
    async ready({ fresh }) {
      if (fresh) for (const worker of [...atWork]) await worker.kill();
      await full();
      await bury();
    },
    async close() {
      closing = true;
      await Promise.allSettled(coming);
      await Promise.all([bury(), ...[...atWork, ...spares].map(worker => worker.close())]);
    },
  };
}
