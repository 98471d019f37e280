import type { Job } from '../../src/job/job.ts';
import { unitsHeld } from '../../src/job/quota.ts';
import { accelerators } from '../../src/job/recipe.ts';
import { isPipeline } from '../../src/job/spec.ts';
import type { Creation, Deadline, Jobs, LogFacts, Notices, Ours, Slack, Vertex, World } from '../../src/world.ts';
import { LeaseLost, SlackTrouble, StoreUnavailable, Unavailable } from '../../src/world.ts';
import type { MemoryStore } from '../memory-jobs.ts';
import { memoryJobs } from '../memory-jobs.ts';
import { memoryNotices } from '../memory-notices.ts';
import type { Outside } from './outside.ts';
import { pipelineName } from './outside.ts';
import { rowsAt, steadyWorld } from './steady-world.ts';

/** How an outside system may fail. `unclear`: no answer, nothing done; `lost`: done, and no answer; `late`: no answer, and done some time afterwards; `very-late`: when nobody waits for it any more. `stale`: an old answer. `frozen`: the process stands still with the call in its hand, and goes on. */
export const troubles = {
  send: ['unclear', 'lost', 'later', 'frozen'],
  redraw: ['unclear', 'lost', 'late', 'later'],
  find: ['unclear', 'later'],
  profile: ['later'],
  upload: ['unclear', 'lost', 'later'],
  remove: ['unclear', 'lost'],
  'hand in': ['unclear', 'lost', 'later'],
  share: ['unclear', 'lost', 'late', 'later', 'frozen'],
  'look for a file': ['unclear', 'lost', 'later'],
  curves: ['later'],
  create: ['unclear', 'lost', 'late', 'very-late', 'later', 'refused', 'foreign'],
  look: ['later'],
  cancel: ['unclear', 'lost', 'ignored'],
  list: ['later'],
  changed: ['later', 'stale'],
  store: ['unclear', 'lost'],
} as const;
export type Op = keyof typeof troubles;
export type TroubleKind = (typeof troubles)[Op][number];

/** All that the processes of one run share. */
export interface Scene {
  outside: Outside;
  store: MemoryStore;
  notices: Parameters<typeof memoryNotices>[1] & {};
  settings: World['settings'];
  /** Waits for one's turn among everything else that is under way. */
  turn(label: string): Promise<void>;
  /** What happens while a process stands still. */
  meanwhile(name: string): void;
  /** Whether the next call of a kind fails, and how. */
  troubleOf(op: Op): TroubleKind | undefined;
  /** From here on nothing fails, nobody dies and nobody waits. */
  healed: boolean;
  /** What must never be, at any moment. */
  surprises: string[];
  /** What this run was about, among that for which it is played. */
  met: Set<Met>;
}

/** What has to be met now and then, or nothing is learnt from playing. */
export const occasions = [
  'a death',
  'a lease that was lost',
  'a call that was not ours any more',
  'a message that had been sent after all',
  'a message that had not been sent',
  'a file that had been shown after all',
  'a file that had not been shown',
  'a pipeline job that had been created after all',
  'a pipeline job that nobody waited for',
  'a redrawing that came late',
  'a write whose answer was lost',
  'a decision that came too late',
] as const;
export type Met = (typeof occasions)[number];

/** One process of Retort. */
export interface Instance {
  readonly world: World;
  /** Whether it takes new work. */
  readonly isUp: boolean;
  /** Asks it to end, as SIGTERM does. */
  leave(): void;
  /** Lets others take many turns before it goes on, as SIGSTOP and SIGCONT do. */
  freeze(): void;
}

/** How long a lease lasts and a call may take, in milliseconds; how many units there are to share out. */
const leaseTime = 90_000;
const callTime = 8000;
export const capacity = { TPU: 64, GPU: 8 };
/** A pipeline job that comes of a call that was given up long ago: after how long it does, and how long it would go on, in milliseconds. */
const straggler = { comes: 900_000, lasts: 3_600_000 };

/** How many turns a frozen process lets pass, and one that was given up is on its way. */
const frost = 80;
const wandering = 15;

/** A process that waits for its turn before every call has its effect, and for calls to Slack and Vertex AI again before it has the answer. `life` is how many turns it lives; `ahead` is how far its clock is ahead, in milliseconds. */
export function instance(scene: Scene, { name, ahead, life }: { name: string; ahead: number; life: number }): Instance {
  const { outside, store } = scene;
  const leaving = new AbortController();
  let left = life;
  let frozen = 0;
  const clock = { now: () => ++outside.now + ahead, steady: () => outside.now };
  const times = { clock, leaseTime, callTime };

  /** One moment between two pieces of work. Who dies here never comes back from it. */
  async function point(label: string) {
    if (!scene.healed) {
      if (left > 0) await scene.turn(`${name} ${label}`);
      while (frozen-- > 0) await scene.turn(`${name} is frozen`);
      if (!scene.healed && left-- === 0) scene.met.add('a death');
    }
    if (left < 0) await new Promise(() => {});
  }

  function freeze() {
    frozen = frost;
    scene.meanwhile(name);
  }

  /** A call that was given up is on its way for a while. */
  async function wander(op: Op, arrive: () => void) {
    for (let turns = 0; turns < wandering && !scene.healed; turns++) await scene.turn(`a late ${op} is on its way`);
    arrive();
    if (op === 'redraw') scene.met.add('a redrawing that came late');
  }

  /** A call to Slack or Vertex AI: it leaves if it is still ours to make, has its effect, is answered. */
  async function call<T>(
    op: Op,
    effect: () => T,
    { ours = () => true, late = effect, failed }: { ours?: Ours; late?: () => T; failed: (kind: TroubleKind) => T },
  ): Promise<T> {
    await point(op);
    const trouble = scene.troubleOf(op);
    if (trouble === 'frozen') {
      freeze();
      await point(`${op} again`);
    }
    if (!ours()) {
      scene.met.add('a call that was not ours any more');
      throw new LeaseLost(`It was too late to ${op}.`);
    }
    const isDone = trouble === undefined || trouble === 'frozen';
    const value = isDone || trouble === 'lost' ? effect() : undefined;
    if (trouble === 'late') void wander(op, outside.later(effect, callTime));
    if (trouble === 'very-late') outside.later(late, straggler.comes);
    await point(`${op} answered`);
    return isDone ? (value as T) : failed(trouble);
  }

  const slackFails = (kind: TroubleKind) => {
    throw new SlackTrouble(kind === 'later' ? { kind, code: 'ratelimited' } : { kind: 'unclear', code: 'dropped' });
  };
  const silence = { why: 'no-answer', said: '' } as const;

  const unavailable = () => {
    throw new Unavailable('Vertex AI did not answer.', { trouble: silence });
  };

  const slack: Pick<
    Slack,
    'send' | 'redraw' | 'find' | 'profile' | 'upload' | 'removeFile' | 'handIn' | 'share' | 'shownAs'
  > = {
    send: (message, { channel, thread, job, key, ours }) =>
      call('send', () => outside.post(message, { channel, thread, job, key }), { ours, failed: slackFails }),
    redraw: (message, { ts, ours }) => call('redraw', () => outside.draw(message, ts), { ours, failed: slackFails }),
    find: ({ channel, thread, job, key }) =>
      call(
        'find',
        () => {
          const found = outside.find({ channel, thread, job, key });
          scene.met.add(found ? 'a message that had been sent after all' : 'a message that had not been sent');
          return found;
        },
        { failed: slackFails },
      ),
    profile: user =>
      call('profile', () => ({ person: { user, team: 'T0HOME' }, active: true, member: true }), { failed: slackFails }),
    upload: () => call('upload', () => outside.upload(), { failed: slackFails }),
    removeFile: file => call('remove', () => outside.remove(file), { failed: slackFails }),
    handIn: () => call('hand in', () => outside.handIn(), { failed: slackFails }),
    share: ({ id }, { channel, thread, ours }) =>
      call('share', () => outside.share(id, { channel, thread }), { ours, failed: slackFails }),
    shownAs: file =>
      call(
        'look for a file',
        () => {
          const found = outside.shownAs(file);
          scene.met.add(found ? 'a file that had been shown after all' : 'a file that had not been shown');
          return found;
        },
        { failed: slackFails },
      ),
  };

  const create = (job: Job, course?: { lasts: number }): Creation => {
    const asked = { job: job.id, region: job.spec.region, ...course };
    const run = isPipeline(job.spec)
      ? outside.begin({ ...asked, name: pipelineName(job), ours: true })
      : outside.beginTuning(asked);
    if (!run) scene.met.add('a pipeline job that had been created after all');
    return run ? { is: 'created', run } : { is: 'exists' };
  };
  const vertex: Pick<Vertex, 'create' | 'look' | 'cancel' | 'list' | 'changed' | 'curves'> = {
    create: (job, ours) =>
      call('create', () => create(job), {
        ours,
        late: () => create(job, straggler),
        failed(kind) {
          if (kind === 'refused') return { is: 'refused', message: 'No.' };
          if (kind === 'later') return { is: 'put-off', trouble: { why: 'busy', said: '' } };
          if (kind !== 'foreign' || !isPipeline(job.spec)) return { is: 'unclear', trouble: silence };
          outside.begin({ name: pipelineName(job), job: 'somebody-else', ours: false, region: job.spec.region });
          return { is: 'exists' };
        },
      }),
    look: job =>
      call<Awaited<ReturnType<Vertex['look']>>>(
        'look',
        () => {
          const known = 'run' in job ? job.run?.name : undefined;
          const searched = isPipeline(job.spec) ? outside.look(pipelineName(job)) : outside.labelled(job.id);
          const found = known ? outside.look(known) : searched;
          if (found && job.state === 'launching') scene.met.add('a pipeline job that had been created after all');
          return found ? { is: 'found', ...found } : { is: 'missing' };
        },
        { failed: () => ({ is: 'put-off', trouble: silence }) },
      ),
    cancel: run =>
      call<Awaited<ReturnType<Vertex['cancel']>>>(
        'cancel',
        () => {
          outside.cancel(run);
          return undefined;
        },
        { failed: kind => (kind === 'ignored' ? undefined : silence) },
      ),
    list: region =>
      call('list', () => outside.pipelines(region).filter(({ run }) => run.endedAt === undefined), {
        failed: unavailable,
      }),
    changed: (region, since) =>
      call('changed', () => outside.changed(region, since), {
        failed: kind => (kind === 'stale' ? [] : unavailable()),
      }),
    curves: job =>
      call('curves', () => ({ experiment: { is: 'none' }, curves: outside.curves(job.run?.name ?? '') }), {
        failed: unavailable,
      }),
  };

  const world = steadyWorld({ settings: scene.settings });
  return {
    world: {
      ...world,
      clock,
      leaving: leaving.signal,
      log: { ...world.log, error: (message, facts) => noted(scene, message, facts) },
      jobs: pointed(memoryJobs(store, times)),
      notices: pointed(memoryNotices(times, scene.notices)),
      slack: { ...world.slack, ...slack },
      vertex: { ...world.vertex, ...vertex },
      storage: {
        ...world.storage,
        async open(uri) {
          await point('open');
          const rows = rowsAt(uri, 12);
          return { is: 'open', generation: '1', size: rows.length, elsewhere: false, chunks: oneChunk(rows) };
        },
      },
    },
    get isUp() {
      return left > 0 && !leaving.signal.aborted;
    },
    leave: () => leaving.abort(),
    freeze,
  };

  /** The store's calls, each a point; what they did may not become known. */
  function pointed<Port extends Jobs | Notices>(port: Port): Port {
    const methods = Object.entries(port).map(([name, method]) => [name, stored(name, method)]);
    const { hurried } = port as Partial<Jobs>;
    return {
      ...Object.fromEntries(methods),
      ...(hurried && { hurried: (deadline: Deadline) => pointed(hurried(deadline)) }),
    };
  }

  function stored<Args extends unknown[], T>(label: string, method: (...args: Args) => Promise<T>) {
    return async (...args: Args): Promise<T> => {
      await point(label);
      const trouble = scene.troubleOf('store');
      if (trouble === 'unclear') throw new StoreUnavailable('Nothing was sent.', { sent: false });
      const value = await method(...args).catch((error: unknown) => {
        if (error instanceof LeaseLost) scene.met.add('a lease that was lost');
        throw error;
      });
      for (const accelerator of accelerators) {
        const ledger = store.ledgers.get(accelerator);
        if (ledger && unitsHeld(ledger) > capacity[accelerator])
          scene.surprises.push(`More than the quota of ${accelerator} was held.`);
      }
      if (trouble !== 'lost') return value;
      scene.met.add('a write whose answer was lost');
      throw new StoreUnavailable('The answer was lost.', { sent: true });
    };
  }
}

const expected = new Set<unknown>(['StoreUnavailable', 'SlackTrouble', 'Unavailable', undefined]);

/** What a knock could not do is told in the log alone: what it does not foresee is a surprise. */
function noted({ surprises, met }: Scene, message: string, { code, name }: LogFacts = {}) {
  if (name === 'orphan') met.add('a pipeline job that nobody waited for');
  if (message === 'A job could not be moved on' && !expected.has(code)) surprises.push(`${message}: ${code}.`);
}

async function* oneChunk(bytes: Uint8Array) {
  yield bytes;
}
