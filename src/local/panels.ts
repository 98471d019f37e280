import type { Scheduler } from './scheduler/server.ts';
import type { SlackStandIn } from './slack/server.ts';
import type { Extra } from './slack/surface.ts';
import type { Run } from './vertex/run.ts';
import type { VertexStandIn } from './vertex/server.ts';
import type { TuningJob } from './vertex/tuning-job.ts';
import { phases } from './vertex/tuning-job.ts';

/** What the panels show and turn; each may come later than the panels themselves, and shows once it is there. */
export interface Parts {
  slack: Pick<SlackStandIn, 'fault' | 'clearFaults' | 'traffic'>;
  vertex: Pick<VertexStandIn, 'state' | 'speed' | 'fault' | 'heal' | 'jobs' | 'pause' | 'resume'>;
  scheduler: Pick<Scheduler, 'knock' | 'pause' | 'resume'>;
  /** Kills the program in the middle of whatever it does, and starts it anew. */
  restart: () => Promise<void>;
}

/** The panels as the stand-in for Slack takes them. */
export interface Panels extends Extra {
  state: () => PanelsState;
}

/** Everything the panels show. */
export interface PanelsState {
  time?: { speed: number };
  jobs?: JobShown[];
  switches: { name: SwitchName; title: string; says: string; on: boolean }[];
  scheduler?: { paused: boolean; knocking: boolean; last?: Knocked };
  program?: { restarting: boolean; restarts: number };
}

/** A pipeline job or a tuning job as the panels show it, a tuning job's phases as tasks. */
export interface JobShown {
  id: string;
  title: string;
  state: string;
  retortJob?: string;
  step: number;
  steps: number;
  error?: string;
  tasks: { name: string; state: string; inner: boolean; error?: string }[];
}

interface Knocked {
  at: string;
  ms: number;
  status?: number;
  said: string;
}

interface Switch {
  of: 'slack' | 'vertex';
  title: string;
  says: string;
  /** Puts the fault on. */
  set: (parts: Partial<Parts>) => void;
  /** A count that grows once a fault that strikes only once has struck. */
  struck?: (parts: Partial<Parts>) => number;
}

const switches = {
  'slack-rate-limit': {
    of: 'slack',
    title: 'Slack limits the rate',
    says: 'Every call is answered 429, try again in 3 s',
    set: ({ slack }) => slack?.fault({ method: '*', mode: '429', retryAfter: 3, times: Number.POSITIVE_INFINITY }),
  },
  'slack-lost-answer': {
    of: 'slack',
    title: 'Slack loses one answer',
    says: 'The next message is posted, but its answer never arrives',
    set: ({ slack }) => slack?.fault({ method: 'chat.postMessage', mode: 'apply-drop' }),
    struck: ({ slack }) =>
      slack?.traffic.findLast(one => one.what === 'chat.postMessage' && one.response === 'fault: apply-drop')?.id ?? 0,
  },
  'vertex-down': {
    of: 'vertex',
    title: 'Vertex AI is down',
    says: 'Every call is answered 500',
    set: ({ vertex }) => vertex?.fault({ op: '*', mode: '500', times: Number.POSITIVE_INFINITY }),
  },
  'vertex-lost-create': {
    of: 'vertex',
    title: 'Vertex AI loses one answer',
    says: 'The next job is created, but the answer never arrives',
    set: ({ vertex }) => vertex?.fault({ op: ['create', 'tuningJobs.create'], mode: 'apply-drop' }),
    struck: ({ vertex }) => vertex?.jobs().length ?? 0,
  },
} as const satisfies Record<string, Switch>;

type SwitchName = keyof typeof switches;

/** The panels that the page of the Slack stand-in shows for the rest of the local world. */
export function panels(parts: Partial<Parts>): Panels {
  /** The switches that are on, with the count their fault had struck by then. */
  const on = new Map<SwitchName, number>();
  let paused = false;
  let knocking = false;
  let last: Knocked | undefined;
  let restarting = false;
  let restarts = 0;

  function settle(): void {
    for (const [name, before] of on) {
      const { struck }: Switch = switches[name];
      if (struck && struck(parts) > before) on.delete(name);
    }
  }

  function turn(name: SwitchName, wanted: boolean): void {
    settle();
    if (wanted === on.has(name)) return;
    const { of, set, struck }: Switch = switches[name];
    if (wanted) {
      on.set(name, struck?.(parts) ?? 0);
      set(parts);
      return;
    }
    on.delete(name);
    if (of === 'slack') parts.slack?.clearFaults();
    else parts.vertex?.heal();
    for (const other of on.keys()) if (switches[other].of === of) switches[other].set(parts);
  }

  async function knock(): Promise<void> {
    if (!parts.scheduler) throw new Error('Nobody knocks here: the scheduler has not been started.');
    const began = performance.now();
    const at = new Date().toISOString();
    knocking = true;
    try {
      const { status, body } = await parts.scheduler.knock();
      last = { at, status, said: body.slice(0, 500), ms: Math.round(performance.now() - began) };
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      last = { at, said, ms: Math.round(performance.now() - began) };
    } finally {
      knocking = false;
    }
  }

  async function restart(): Promise<void> {
    if (!parts.restart) throw new Error('The program that runs here cannot be restarted from the page.');
    if (restarting) return;
    restarting = true;
    try {
      await parts.restart();
      restarts += 1;
    } finally {
      restarting = false;
    }
  }

  return {
    state() {
      settle();
      return {
        ...(parts.vertex && { time: { speed: parts.vertex.state.speed }, jobs: jobsShown(parts.vertex) }),
        switches: Object.entries(switches)
          .filter(([, { of }]) => parts[of] !== undefined)
          .map(([name, { title, says }]) => ({
            name: name as SwitchName,
            title,
            says,
            on: on.has(name as SwitchName),
          })),
        ...(parts.scheduler && { scheduler: { paused, knocking, ...(last && { last }) } }),
        ...(parts.restart && { program: { restarting, restarts } }),
      };
    },
    async act(name, body) {
      const given = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
      switch (name) {
        case 'speed': {
          const speed = Number(given.speed);
          if (!(speed >= 0 && speed <= 3600))
            throw new Error(`Pipeline time runs 0 to 3600 times as fast, not "${String(given.speed)}".`);
          parts.vertex?.speed(speed);
          return;
        }
        case 'switch': {
          const { name: which } = given;
          if (!(String(which) in switches)) throw new Error(`There is no switch "${String(which)}".`);
          return turn(which as SwitchName, given.on === true);
        }
        case 'pause-job':
          return parts.vertex?.pause(String(given.id));
        case 'resume-job':
          return parts.vertex?.resume(String(given.id));
        case 'knock':
          return knock();
        case 'pause-scheduler':
          paused = true;
          return parts.scheduler?.pause();
        case 'resume-scheduler':
          paused = false;
          return parts.scheduler?.resume();
        case 'restart':
          return restart();
        default:
          throw new Error(`No panel knows how to do "${name}".`);
      }
    },
  };
}

/** The jobs of the miniature, the newest first. */
function jobsShown({ state }: Pick<VertexStandIn, 'state'>): JobShown[] {
  return [...[...state.runs.values()].map(pipelineShown), ...[...state.tuningJobs.values()].map(tuningShown)]
    .reverse()
    .sort((a, b) => b.createTime.localeCompare(a.createTime))
    .map(({ createTime: _, ...shown }) => shown);
}

type Begun = JobShown & { createTime: string };

function pipelineShown(run: Run): Begun {
  return {
    ...always(run, run.asked.labels),
    title: run.asked.displayName,
    step: run.step,
    steps: run.parameters.train_steps,
    tasks: Object.values(run.tasks)
      .filter(task => task.kind !== 'run')
      .map(task => ({
        name: task.name,
        state: task.state,
        inner: task.parent?.kind === 'graph',
        ...(task.error && { error: task.error.message }),
      })),
  };
}

function tuningShown(job: TuningJob): Begun {
  const { body, student } = job.order;
  const at = job.phase ? phases.indexOf(job.phase) : -1;
  const ended = job.endTime !== undefined;
  return {
    ...always(job, body.labels),
    title: body.tunedModelDisplayName || student,
    step: job.step,
    steps: job.steps,
    tasks: phases.map((phase, i) => ({
      name: phase.toLowerCase().replaceAll('_', '-'),
      state: i < at ? 'SUCCEEDED' : i > at ? (ended ? 'NOT_TRIGGERED' : 'PENDING') : ended ? job.state : 'RUNNING',
      inner: false,
    })),
  };
}

function always({ id, state, createTime, error }: Run | TuningJob, labels: Record<string, string> = {}) {
  const retortJob = labels['retort-job'];
  return { id, state, createTime, ...(retortJob && { retortJob }), ...(error && { error: error.message }) };
}
