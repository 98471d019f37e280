import type { Scheduler } from 'fast-check';
import fc from 'fast-check';
import type { Person } from '../../src/job/job.ts';
import type { Queue } from '../../src/job/recipe.ts';
import type { Spec } from '../../src/job/spec.ts';
import { advance } from '../../src/steps/advance.ts';
import type { Outcome } from '../../src/steps/decide.ts';
import { decide, wishCancel } from '../../src/steps/decide.ts';
import { poll } from '../../src/steps/poll.ts';
import { submit } from '../../src/steps/submit.ts';
import { draftOf } from '../../src/views/draft.ts';
import type { World } from '../../src/world.ts';
import { StoreUnavailable } from '../../src/world.ts';
import { tuningSpecs } from '../clients/tuning.ts';
import { specWith } from '../job/sample-jobs.ts';
import { memoryStore } from '../memory-jobs.ts';
import type { Guard } from './guards.ts';
import { without } from './guards.ts';
import type { Instance, Op, Scene, TroubleKind } from './instance.ts';
import { capacity, instance, troubles } from './instance.ts';
import { Outside } from './outside.ts';
import { steadyWorld } from './steady-world.ts';

/** What somebody does, or time. `on`: by which process. */
type Act =
  | { is: 'knock'; on: number }
  | { is: 'pass'; time: number }
  | { is: 'submit'; on: number; view: number }
  | { is: 'approve' | 'deny'; on: number; view: number; by: number }
  | { is: 'cancel'; on: number; view: number }
  | { is: 'leave'; on: number }
  | { is: 'freeze'; on: number }
  /** While another stands still: time passes and the process comes by, twice. */
  | { is: 'visit'; on: number };

/** One run, but for the order in which what is under way at the same time takes its turns. */
export interface Play {
  queue: Queue;
  /** How many forms are submitted: more than one compete for one seat. */
  views: number;
  /** How far each process's clock is ahead, in milliseconds. */
  ahead: number[];
  /** For how many turns each process lives, by place and generation; the last lives on. */
  lives: number[][];
  /** Which calls fail: of their kind, the so-manieth. */
  troubles: { op: Op; nth: number; is: TroubleKind }[];
  /** Pipeline jobs' course. */
  lasts: number;
  ends: 'SUCCEEDED' | 'FAILED';
  /** What a process does that comes by while another stands still, and after how long, in milliseconds. */
  meanwhile: { time: number; by: 'knock' | 'submit' };
  /** What happens, each after so many turns of whatever is under way. */
  acts: { after: number; act: Act }[];
}

const second = 1000;
const minute = 60 * second;
/** Time does not pass any more after so long: what follows upon knocks has its chance afterwards. */
const longestPlay = 30 * minute;
/** How many processes there are at a time. */
const places = 3;
const letters = 'ABC';
export const approvers: readonly Person[] = ['U0FIRST', 'U0SECOND'].map(user => ({ user, team: 'T0HOME' }));
export const requester: Person = { user: 'U0REQUESTER', team: 'T0HOME' };
export const channel = 'C0CHANNEL';
export const lookEvery = 55 * second;

/** Plays of jobs that stand in one line; `apart` is how far clocks may be ahead or behind, in milliseconds. */
export function plays(subject: Pick<Play, 'queue' | 'views'>, apart: number): fc.Arbitrary<Play> {
  const on = fc.nat(places - 1);
  const view = fc.nat(subject.views - 1);
  const by = fc.nat(approvers.length - 1);
  const time = fc.constantFrom(1, 10, 40, 75, 95, 200, 400).map(seconds => seconds * second);
  const act = fc.oneof(
    { weight: 6, arbitrary: fc.record({ is: fc.constant('knock' as const), on }) },
    { weight: 6, arbitrary: fc.record({ is: fc.constant('pass' as const), time }) },
    { weight: 3, arbitrary: fc.record({ is: fc.constant('submit' as const), on, view }) },
    {
      weight: subject.queue === 'TPU' ? 4 : 0,
      arbitrary: fc.record({ is: fc.constantFrom('approve' as const, 'approve', 'approve', 'deny'), on, view, by }),
    },
    { weight: 2, arbitrary: fc.record({ is: fc.constant('cancel' as const), on, view }) },
    { weight: 1, arbitrary: fc.record({ is: fc.constant('leave' as const), on }) },
    { weight: 2, arbitrary: fc.record({ is: fc.constant('freeze' as const), on }) },
  ) as fc.Arbitrary<Act>;
  const trouble = fc
    .constantFrom(...likely)
    .chain(([op, within, is]) =>
      fc.record({ op: fc.constant(op), nth: fc.nat(within), is: fc.constantFrom(...is) }).map(one => [one]),
    );
  // A creation that comes when the job has been given up.
  const orphan = fc.constant<Play['troubles']>([
    { op: 'create', nth: 0, is: 'very-late' },
    { op: 'create', nth: 1, is: 'refused' },
  ]);
  const inEachPlace = <T>(each: fc.Arbitrary<T>) => fc.array(each, { minLength: places, maxLength: places });
  return fc.record({
    queue: fc.constant(subject.queue),
    views: fc.constant(subject.views),
    ahead: inEachPlace(fc.integer({ min: -apart, max: apart })),
    lives: inEachPlace(fc.array(fc.nat(60), { maxLength: 2 })),
    troubles: fc
      .array(fc.oneof({ weight: 20, arbitrary: trouble }, { weight: 2, arbitrary: orphan }), { maxLength: 4 })
      .map(some => some.flat()),
    lasts: fc.constantFrom(1, 4, 8).map(minutes => minutes * minute),
    ends: fc.constantFrom('SUCCEEDED', 'FAILED'),
    meanwhile: fc.record({
      time: fc.constantFrom(15, 30, 95, 200).map(seconds => seconds * second),
      by: fc.constantFrom('knock' as const, 'submit'),
    }),
    acts: fc.array(fc.record({ after: fc.nat(20), act }), { minLength: 4, maxLength: 24 }),
  });
}

/** Which calls fail, how likely, and up to which of their kind. */
const likely: [op: Op, within: number, is: readonly TroubleKind[]][] = [
  ['send', 5, troubles.send],
  ['send', 5, troubles.send],
  ['send', 3, ['frozen']],
  ['send', 3, ['frozen']],
  ['redraw', 5, troubles.redraw],
  ['redraw', 5, ['late']],
  ['redraw', 5, ['late']],
  ['find', 2, troubles.find],
  ['profile', 5, troubles.profile],
  ['upload', 2, troubles.upload],
  ['remove', 1, troubles.remove],
  ['hand in', 1, troubles['hand in']],
  ['share', 1, troubles.share],
  ['look for a file', 1, troubles['look for a file']],
  ['curves', 2, troubles.curves],
  ['create', 1, troubles.create],
  ['create', 1, troubles.create],
  ['look', 5, troubles.look],
  ['cancel', 1, troubles.cancel],
  ['list', 5, troubles.list],
  ['changed', 8, troubles.changed],
  ['changed', 8, troubles.changed],
  ['store', 60, troubles.store],
  ['store', 60, troubles.store],
];

/** What somebody was told about their wish. */
export interface Told {
  wish: 'approve' | 'deny' | 'cancel';
  by: string;
  job: string;
  answer: Outcome['is'] | 'nothing recorded' | 'not certain';
}

/** How a play left the world. */
export interface Played extends Scene {
  told: Told[];
  /** Jobs that somebody was told of after submitting a form, by form. */
  begun: { view: number; job: string }[];
  /** Whether Retort came to rest. */
  rests: boolean;
}

/** Plays a play in an order that the scheduler chooses; then nothing fails any more, and knocks come until nothing is to be done. */
export async function perform(play: Play, scheduler: Scheduler, off?: Guard): Promise<Played> {
  const scene = sceneOf(play, scheduler);
  const { outside, store } = scene;
  const played: Played = Object.assign(scene, { told: [], begun: [], rests: false });
  const instances: Instance[] = [];
  const generations = play.ahead.map(() => 0);

  /** The process in a place: a new one, where the last has died or leaves. */
  function at(place: number): World {
    if (!instances[place]?.isUp) {
      const generation = generations[place]!++;
      const life = play.lives[place]?.[generation] ?? Infinity;
      const name = `${letters[place]}${generation || ''}`;
      instances[place] = instance(scene, { name, ahead: play.ahead[place] ?? 0, life });
    }
    return without(off, instances[place]!.world, store);
  }

  const jobOf = (view: number) => [...store.jobs.values()].find(({ job }) => job.spec.modelName === model(view))?.job;
  const isOf = (view: number) => (job: string) => store.jobs.get(job)?.job.spec.modelName === model(view);

  const began = outside.now;
  const pass = (time: number) => outside.now - began < longestPlay && outside.pass(time);

  async function carryOut(act: Act): Promise<unknown> {
    switch (act.is) {
      case 'pass':
        return pass(act.time);
      case 'leave':
        return instances[act.on]?.leave();
      case 'freeze':
        return instances[act.on]?.freeze();
      case 'visit':
        for (let visits = 0; visits < 2; visits++) {
          pass(play.meanwhile.time);
          if (play.meanwhile.by === 'knock') await carryOut({ is: 'knock', on: act.on });
          else for (let view = 0; view < play.views; view++) await carryOut({ is: 'submit', on: act.on, view });
        }
        return;
      case 'knock':
        await poll(at(act.on));
        return;
      case 'submit': {
        const world = at(act.on);
        const submission = await submit(viewOf(act.view, play), requester, hurried(world));
        if (submission.is !== 'accepted') throw new Error(`The form was refused: ${JSON.stringify(submission)}`);
        played.begun.push({ view: act.view, job: submission.job.id });
        await advance(submission.job.id, world);
        return;
      }
      case 'approve':
      case 'deny': {
        // Nobody presses a button that is not there.
        const isRequest = ({ job, message }: { job: string; message: object }) =>
          isOf(act.view)(job) && JSON.stringify(message).includes('"request"');
        const { job } = await outside.shown(isRequest);
        const verdict =
          act.is === 'approve' ? ({ approve: true } as const) : { approve: false as const, reason: 'No.' };
        const by = approvers[act.by]!;
        return wish(act.is, { job, by, world: at(act.on) }, world => decide(job, verdict, { by }, world));
      }
      case 'cancel': {
        const job = jobOf(act.view)?.id ?? (await outside.shown(({ job }) => isOf(act.view)(job))).job;
        const world = at(act.on);
        return wish(act.is, { job, by: requester, world }, hurried => wishCancel(job, { by: requester }, hurried));
      }
      default:
        act satisfies never;
    }
  }

  async function wish(
    is: Told['wish'],
    { job, by, world }: { job: string; by: Person; world: World },
    work: (world: World) => Promise<Outcome>,
  ) {
    const told = (answer: Told['answer']) => played.told.push({ wish: is, by: by.user, job, answer });
    try {
      const outcome = await work(hurried(world));
      told(outcome.is);
      if (outcome.is === 'late') scene.met.add('a decision that came too late');
    } catch (error) {
      if (error instanceof StoreUnavailable) told(error.sent ? 'not certain' : 'nothing recorded');
      throw error;
    }
    await advance(job, world);
  }

  const begin = (act: Act) =>
    void scene
      .turn(JSON.stringify(act))
      .then(() => carryOut(act))
      .catch((error: unknown) => {
        if (!(error instanceof Error) || !expected.has(error.name)) scene.surprises.push(`${act.is}: ${error}`);
      });

  scene.meanwhile = name => begin({ is: 'visit', on: (letters.indexOf(name.charAt(0)) + 1) % places });
  for (let view = 0; view < play.views; view++) begin({ is: 'submit', on: view % places, view });
  for (const { after, act } of play.acts) {
    for (let turns = 0; turns < after && scheduler.count() > 0; turns++) {
      await scheduler.waitNext(1);
      await everythingElse();
    }
    begin(act);
    await everythingElse();
  }
  await scheduler.waitIdle();
  scene.healed = true;
  await scheduler.waitIdle();
  for (let knocks = 0; knocks < mostKnocks && !atRest(scene); knocks++) {
    outside.pass(Math.max(lookEvery, nothingUntil(scene) - outside.now));
    await carryOut({ is: 'knock', on: knocks % places }).catch(error =>
      scene.surprises.push(`The last knocks: ${error}`),
    );
    await everythingElse();
  }
  played.rests = atRest(scene);
  return played;
}

const expected = new Set(['StoreUnavailable', 'SlackTrouble']);
/** How many knocks are enough for everything that has a patience: twice the regions, a request's expiry and a lost creation. */
const mostKnocks = 90;

/** Until when knocks would find nothing to do, in milliseconds since 1970. */
function nothingUntil({ store, notices, outside }: Scene): number {
  const goesOn = outside.isUnsettled || outside.pipelines().some(({ run }) => run.endedAt === undefined);
  const due = [...store.jobs.values(), ...notices.values()].map(one => one.due ?? Infinity);
  return goesOn ? 0 : Math.min(...due);
}

/** Whether nothing is due, and nothing goes on that would make it so. */
function atRest({ store, notices, outside }: Scene): boolean {
  return (
    !outside.isUnsettled &&
    [...store.jobs.values()].every(({ due }) => due === undefined) &&
    [...notices.values()].every(({ due }) => due === undefined) &&
    outside.pipelines().every(({ run }) => run.endedAt !== undefined)
  );
}

function sceneOf(play: Play, scheduler: Scheduler): Scene {
  const counts = new Map<Op, number>();
  const scene: Scene = {
    outside: new Outside(play),
    store: memoryStore(),
    notices: new Map(),
    settings: steadyWorld({
      settings: { approvers: approvers.map(({ user }) => user), approvalTime: 15 * minute, lookEvery, capacity },
    }).settings,
    turn: scheduler.scheduleFunction(async function turn(_: string) {}),
    meanwhile() {},
    troubleOf(op) {
      if (scene.healed) return undefined;
      const nth = counts.get(op) ?? 0;
      counts.set(op, nth + 1);
      return play.troubles.find(trouble => trouble.op === op && trouble.nth === nth)?.is;
    },
    healed: false,
    surprises: [],
    met: new Set(),
  };
  return scene;
}

/** Until whatever can go on without a turn has done so. */
function everythingElse(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}

/** For somebody who waits, as the doors have it. */
function hurried(world: World): World {
  return { ...world, jobs: world.jobs.hurried({ at: world.clock.steady() + 2300, sent: false }) };
}

export function model(view: number): string {
  return `model-${view}`;
}

function specIn(queue: Queue): Spec {
  const unevaluated = { evaluate: false, evaluationDataset: undefined };
  if (queue === 'tuning') return { ...tuningSpecs['open-model'], ...unevaluated };
  const spec = specWith({ accelerator: queue, ...unevaluated });
  // One of the region where GPUs tune: those jobs have curves.
  return { ...spec, tensorboard: queue === 'GPU' ? spec.tensorboard : undefined };
}

/** A form as it is submitted. */
function viewOf(view: number, { queue }: Play) {
  const { typed, memory } = draftOf({ ...specIn(queue), modelName: model(view) }, channel);
  const values = Object.fromEntries(Object.entries(typed).map(([field, value]) => [field, { input: { value } }]));
  return { id: `V${view}`, root: `V${view}`, hash: 'h', private_metadata: JSON.stringify(memory), state: { values } };
}
