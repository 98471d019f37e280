import { EventEmitter } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Storage } from '@google-cloud/storage';
import type { BoardSeed } from './boards.ts';
import { boards } from './boards.ts';
import type { Course } from './course.ts';
import { hold, release, show } from './course.ts';
import type { Accelerator } from './dag.ts';
import type { TaskFailure, TuningFailure } from './failures.ts';
import type { Fault } from './faults.ts';
import { faults } from './faults.ts';
import { gate } from './gate.ts';
import type { House } from './house.ts';
import { findRun } from './jobs.ts';
import type { Labelled } from './lesson.ts';
import type { Project } from './resource.ts';
import { route } from './routes.ts';
import type { Shown } from './run.ts';
import { pipelineJob } from './run.ts';
import type { Answer } from './spoil.ts';
import { spoil } from './spoil.ts';
import type { Teacher } from './teacher.ts';
import { educate } from './teacher.ts';
import { codes, Trouble, wire } from './trouble.ts';
import { tuningJobView } from './tuning-job.ts';
import { findTuningJob } from './tuning-jobs.ts';

/** What the stand-in needs to be told. */
export type VertexOptions = {
  /** Where Cloud Storage is, for its client's `apiEndpoint`. */
  storageUrl: string;
  /** Whether a bearer token is one that was given out. */
  issued: (token: string) => boolean;
  port?: number;
  project?: Project;
  /** How many pipeline seconds pass in a second. */
  speed?: number;
  /** Whether curves can be read while a run tunes, rather than when it has ended. */
  live?: boolean;
  /** Whether runs write event files under their pipeline root while they tune. */
  eventFiles?: boolean;
  /** How long a model takes to answer a prompt, in milliseconds. */
  answerTime?: number;
  tensorboards?: readonly BoardSeed[];
  /** What the teacher learns from; the samples' `teacher.jsonl` where it is not given. */
  teacherRows?: readonly Labelled[];
  quota?: Partial<Record<Accelerator, number>>;
  tuning?: Partial<TuningLimits>;
};

/** What bounds tuning jobs; nothing does, where nothing is said. */
export type TuningLimits = {
  /** How many may be at work at a time: those beyond wait in TUNING_JOB_STATE_WAITING_FOR_QUOTA, in the order in which they came. */
  quota: number;
  /** How many may tune at a time: those beyond wait in TUNING_JOB_STATE_WAITING_FOR_CAPACITY. */
  capacity: number;
  /** Whether the project was let into the Gemini distillation service. */
  earlyAccess: boolean;
};

/** A running stand-in. */
export type VertexStandIn = {
  url: string;
  state: House;
  /** Changes how many pipeline seconds pass in a second, for runs under way too; 0 stands still. */
  speed(n: number): void;
  /** Puts a fault on a call to come. */
  fault(f: Fault): void;
  /** Takes away all faults and planned failures. */
  heal(): void;
  /** Plans the failure of a task. */
  failTask(failure: TaskFailure): void;
  /** Plans the failure of a tuning job. */
  failTuning(failure: TuningFailure): void;
  /** Changes what bounds tuning jobs, for those under way too; who has a place keeps it. */
  limit(changed: Partial<TuningLimits>): void;
  /** Holds a run, or a tuning job, as PAUSED. */
  pause(job: string): void;
  resume(job: string): void;
  /** Has a run, and tasks of it by name, or a tuning job shown in any state at all, whatever they are in: until it is healed. */
  show(job: string, shown: Shown): void;
  /** All pipeline jobs as `get` shows them, the oldest first, and then all tuning jobs, as v1beta1 does. */
  jobs(): object[];
  close(): Promise<void>;
};

/** The most that a request's body may hold, in bytes. */
const longestBody = 10_000_000;

/** Starts the stand-in for Vertex AI: one address for all regions, with real training behind it. */
export async function startVertex(options: VertexOptions): Promise<VertexStandIn> {
  // Cloud Storage's client hangs eleven listeners on one stream, which Node would call a leak.
  EventEmitter.defaultMaxListeners = Math.max(EventEmitter.defaultMaxListeners, 20);
  const project = options.project ?? { id: 'acme-ml', number: '123456789012' };
  const closing = new AbortController();
  const wrong = faults();
  const answers = new Map<string, Answer>();
  let taught: Promise<Teacher> | undefined;
  const house: House = {
    project,
    storage: new Storage({ apiEndpoint: options.storageUrl, projectId: project.id, retryOptions: { maxRetries: 1 } }),
    live: options.live ?? false,
    eventFiles: options.eventFiles ?? false,
    speed: options.speed ?? 1,
    answerTime: options.answerTime ?? 0,
    quota: { TPU: 64, GPU: 8, ...options.quota },
    runs: new Map(),
    tuningJobs: new Map(),
    tuning: {
      quota: gate(options.tuning?.quota ?? Number.POSITIVE_INFINITY),
      capacity: gate(options.tuning?.capacity ?? Number.POSITIVE_INFINITY),
      earlyAccess: options.tuning?.earlyAccess ?? true,
      failures: [],
    },
    contexts: new Map(),
    models: { models: new Map(), endpoints: new Map() },
    boards: boards(project, { seeds: options.tensorboards ?? [] }),
    failures: [],
    teacher() {
      taught ??= teacher(options.teacherRows);
      return taught;
    },
    closing: closing.signal,
  };

  const server = createServer((request, response) => {
    answer(request, response).catch(() => request.destroy());
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://vertex');
    const body = await received(request);
    const found = route({ method: request.method ?? 'GET', path: decodeURIComponent(url.pathname) });
    const fault = found && wrong.due(found.op);
    const call = `${request.method} ${url.pathname}`;
    const last = answers.get(call);
    await spoil({ request, response, fault, last, closing: closing.signal }, async () => {
      const answer = await carriedOut();
      answers.set(call, answer);
      return answer;
    });

    async function carriedOut(): Promise<Answer> {
      try {
        if (!known(request)) throw unauthenticated();
        if (!found) throw new Trouble('NOT_FOUND', `The requested URL "${url.pathname}" was not found on this server.`);
        if (found.project !== project.id && found.project !== project.number)
          throw new Trouble('PERMISSION_DENIED', `Permission denied on resource project "${found.project}".`);
        const parsed = body ? json(body) : {};
        return { status: 200, body: await found.handle(house, { query: url.searchParams, body: parsed }) };
      } catch (error) {
        const trouble = error instanceof Trouble ? error : new Trouble('INTERNAL', `Internal error: ${error}`);
        return { status: codes[trouble.status].http, body: wire(trouble) };
      }
    }
  }

  function known({ headers }: IncomingMessage): boolean {
    const [, token] = /^Bearer (.+)$/i.exec(headers.authorization ?? '') ?? [];
    return token !== undefined && options.issued(token);
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve);
  });

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    state: house,
    speed(n) {
      house.speed = n;
      for (const job of courses(house)) if (job.state !== 'PAUSED') job.clock.rate(n);
    },
    fault: wrong.set,
    heal() {
      wrong.heal();
      house.failures = [];
      house.tuning.failures = [];
      for (const job of courses(house)) if (job.shown) show(job, undefined);
    },
    failTask(failure) {
      house.failures.push(failure);
    },
    failTuning(failure) {
      house.tuning.failures.push(failure);
    },
    limit({ quota, capacity, earlyAccess }) {
      if (quota !== undefined) house.tuning.quota.open(quota);
      if (capacity !== undefined) house.tuning.capacity.open(capacity);
      if (earlyAccess !== undefined) house.tuning.earlyAccess = earlyAccess;
    },
    pause(job) {
      hold(named(house, job));
    },
    resume(job) {
      release(named(house, job), house);
    },
    show(job, shown) {
      show(named(house, job), shown);
    },
    jobs: () => [
      ...[...house.runs.values()].map(run => pipelineJob(run, { detail: true })),
      ...[...house.tuningJobs.values()].map(job => tuningJobView(job, 'v1beta1')),
    ],
    async close() {
      closing.abort(new Error('The stand-in for Vertex AI is closing.'));
      const closed = new Promise<void>(resolve => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function named(house: House, id: string): Course {
  const found = findRun(house, { id }) ?? findTuningJob(house, id);
  if (!found) throw new Error(`There is no job "${id}".`);
  return found;
}

function courses({ runs, tuningJobs }: House): Course[] {
  return [...runs.values(), ...tuningJobs.values()];
}

async function teacher(rows: readonly Labelled[] | undefined): Promise<Teacher> {
  if (rows) return educate(rows);
  const text = await readFile(new URL('../samples/teacher.jsonl', import.meta.url), 'utf8');
  return educate(
    text
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line) as Labelled),
  );
}

async function received(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > longestBody) throw new Error(`The body of a request has more than ${longestBody} bytes.`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

function json(body: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    throw new Trouble('INVALID_ARGUMENT', `Invalid JSON payload received. ${(error as Error).message}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Trouble('INVALID_ARGUMENT', 'Invalid JSON payload received. The root must be an object.');
}

function unauthenticated(): Trouble {
  return new Trouble(
    'UNAUTHENTICATED',
    'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
  );
}
