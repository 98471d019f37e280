import { z } from 'zod';
import { Curves } from './curves.ts';
import { Alarm } from './guard-rails.ts';
import { Mend } from './mend.ts';
import { Finding, Reading } from './preflight.ts';
import { Run } from './run.ts';
import { Spec } from './spec.ts';
import { Trial } from './trial.ts';
import { Verdict } from './verdict.ts';

/*
 *             submit                  findings: blockers
 *   (none) ───────────▶ checking ───────────────────────▶ refused
 *                          │ fine
 *           needs approval │ needs none
 *              ┌───────────┴─────────┐
 *              ▼                     ▼
 *           waiting ──approved──▶ queued ──seat taken──▶ launching ──▶ running ──▶ succeeded
 *              │                     │                       │   └───▶ failed ◀───┤
 *              ├─▶ denied                                    │                     │
 *              ├─▶ expired                         cancel ───┴──▶ cancelling ──▶ cancelled
 *              └─▶ cancelled  (also from checking, queued, and launching before its first attempt)
 *    any state before launching ──▶ replaced (by a successor)
 *
 * People write a wish (`cancel`); only `advance` writes states. A terminal state of a launched job comes from what
 * was observed: a pipeline job that succeeds while it is being cancelled has succeeded.
 */

export type JobId = string;

/** Milliseconds since 1970, UTC. */
const At = z.number();

export const Person = z.object({ user: z.string(), team: z.string() });
/** Somebody in Slack: user id and team id. */
export type Person = z.infer<typeof Person>;

const Act = z.object({ by: Person, at: At });

const Upload = z.object({ file: z.string(), name: z.string() });
/** A file given in the form: Slack's file id, and the name it had. */
export type Upload = z.infer<typeof Upload>;

export const Trouble = z.object({
  /** Google gave no answer, did not take our credentials, did not let us, had no room just now, or said something else; or Slack did not hand over an upload. */
  why: z.enum(['no-answer', 'credentials', 'forbidden', 'busy', 'said', 'slack']),
  /** Google's own words; empty where it said nothing. */
  said: z.string(),
});
/** Why something outside could not be asked or done just now. */
export type Trouble = z.infer<typeof Trouble>;

const Failure = z.object({
  /** What Google said, a pipeline job of somebody else's under our name, or one that is gone. */
  why: z.enum(['said', 'foreign', 'gone']),
  stage: z.string().optional(),
  message: z.string(),
});

const Picture = z.object({
  /** Slack's file id. */
  file: z.string(),
  /** Digest of what is drawn. */
  of: z.string(),
  alt: z.string(),
  /** The file that the card was last known to show before this one: kept until the card is known to show another. */
  before: z.string().optional(),
});
/** A picture that was handed to Slack, and the same in words. */
export type Picture = z.infer<typeof Picture>;

const Experiment = z.discriminatedUnion('is', [
  /** `name` is its full resource name. */
  z.object({ is: z.literal('found'), name: z.string() }),
  /** None, or several of which any could be the run's. */
  z.object({ is: z.literal('none') }),
  z.object({ is: z.literal('several') }),
]);
/** What looking for a run's experiment in TensorBoard brought. */
export type Experiment = z.infer<typeof Experiment>;

const EventFile = z.object({ name: z.string(), read: z.number(), tells: z.boolean() });
/** A file that a run writes for TensorBoard, by its name in its bucket; how many of its bytes were read, and whether there were any curves in them. */
export type EventFile = z.infer<typeof EventFile>;

const Always = z.object({
  /** 2: it begins with a mending; 3: it is a tuning job. Versions that know only what is less would leave that out; so they leave such a job alone. */
  schema: z.union([z.literal(1), z.literal(2), z.literal(3)]),
  id: z.string(),
  spec: Spec,
  /** SHA-256 of the spec in canonical JSON; an approval binds to it. */
  digest: z.string(),
  requester: Person,
  channel: z.string(),
  createdAt: At,
  /** Files given in the form, still to be brought to where the spec's URIs point. */
  uploads: z.object({ dataset: Upload.optional(), evaluationDataset: Upload.optional() }),
  /** A mending still to be carried out, or carried out, before the datasets are read. */
  mend: Mend.optional(),
  /** The job that this one succeeds, whose card and thread it has. */
  from: z.string().optional(),
  /** The job that succeeds this one, and has its card and thread. */
  heir: z.string().optional(),
  /** The wish to cancel. */
  cancel: Act.optional(),
  /** When somebody last asked for its passport. */
  passportAt: At.optional(),
  /** Who is not to be mentioned in its posts, and what they are called there instead. */
  muted: z.array(z.object({ user: z.string(), name: z.string() })).optional(),
  /** Somebody deleted its card, and it was posted anew. */
  cardAgain: z.boolean().optional(),
});

const Checked = z.object({
  dataset: Reading.options[0],
  evaluationDataset: Reading.options[0].optional(),
  findings: z.array(Finding),
  /** How long the dataset's texts are, where that could be drawn. */
  lengths: Picture.optional(),
});
/** What the dataset check left behind, in every job that passed it. */
export type Checked = z.infer<typeof Checked>;

const AfterCheck = Always.extend({ checked: Checked });
const Approval = Act.extend({ digest: z.string() });
const Queued = AfterCheck.extend({ approval: Approval.optional(), queuedAt: At });
const Seated = Queued.extend({ seatedAt: At });
const Launched = Seated.extend({
  run: Run,
  launchedAt: At,
  /** When Vertex AI was last asked with an answer. */
  observedAt: At,
  curves: Curves,
  /** Event files of the run, as far as they were read. */
  events: z.array(EventFile).optional(),
  /** Where TensorBoard was asked. */
  experiment: Experiment.optional(),
  chart: Picture.optional(),
  /** What was alarming about the curves, each kind once, with the picture that showed it. */
  alarms: z.array(z.object({ what: Alarm, chart: Picture.optional() })).optional(),
  /** The last step after which none came for long, and when it came: said once. */
  stall: z.object({ step: z.number(), since: At }).optional(),
  /** When it was asked whether it is to run this long. */
  overtimeToldAt: At.optional(),
  /** Since when Vertex AI does not know the pipeline job any more. */
  goneSince: At.optional(),
});
/** From when until when something is likely. */
const Between = z.object({ from: At, to: At });
const Request = z.object({
  at: At,
  expiresAt: At,
  /** Of the spec and of the datasets' generations: what an approval binds to. */
  digest: z.string().optional(),
  /** When approvers were reminded. */
  remindedAt: At.optional(),
  /** The quota when it was asked for: units in all, units held, jobs waiting. */
  quota: z.object({
    capacity: z.number(),
    held: z.number(),
    waiting: z.number(),
    /** Which jobs held it, and until when they were likely to. */
    holders: z.array(z.object({ job: z.string(), until: Between.optional() })).optional(),
  }),
  /** How long the last jobs took on this accelerator: the shortest and the longest, in milliseconds, and how many there were. */
  took: z.object({ from: z.number(), to: z.number(), jobs: z.number() }).optional(),
});

const state = <S extends string>(name: S) => z.object({ state: z.literal(name) });

export const Job = z.discriminatedUnion('state', [
  Always.extend(state('checking').shape).extend({ rowsRead: z.number().optional(), trouble: Trouble.optional() }),
  Always.extend(state('refused').shape).extend({ readings: z.array(Reading), findings: z.array(Finding), endedAt: At }),
  AfterCheck.extend(state('waiting').shape).extend({ request: Request }),
  AfterCheck.extend(state('denied').shape).extend({
    request: Request,
    denial: Act.extend({ reason: z.string() }),
    endedAt: At,
  }),
  AfterCheck.extend(state('expired').shape).extend({ request: Request, endedAt: At }),
  Queued.extend(state('queued').shape).extend({
    request: Request.optional(),
    /** What the card says of other jobs, copied here: how many stand before this one, and who holds the seat. */
    ahead: z.number(),
    holders: z.array(z.string()),
    /** When its turn is likely to come. */
    likely: Between.optional(),
    /** Launches are paused, by whom and since when. */
    paused: Act.optional(),
  }),
  Seated.extend(state('launching').shape).extend({
    request: Request.optional(),
    attempts: z.number(),
    /** When the last attempt to create the pipeline job began. */
    attemptedAt: At.optional(),
    trouble: Trouble.optional(),
    retryAt: At.optional(),
    /** When the requester was asked whether to go on trying. */
    delayToldAt: At.optional(),
  }),
  Launched.extend(state('running').shape).extend({ request: Request.optional(), trouble: Trouble.optional() }),
  Launched.partial({ run: true, launchedAt: true, observedAt: true, curves: true })
    .extend(state('cancelling').shape)
    .extend({
      request: Request.optional(),
      attemptedAt: At.optional(),
      askedAt: At.optional(),
      trouble: Trouble.optional(),
    }),
  Launched.extend(state('succeeded').shape).extend({
    request: Request.optional(),
    model: z.string().optional(),
    endpoint: z.string().optional(),
    endedAt: At,
    verdict: Verdict.optional(),
    /** When the tuned model last answered Retort. */
    answeredAt: At.optional(),
    /** Prompts that wait for an answer, the oldest first, and the ids of those that have had theirs. */
    trials: z.array(Trial).optional(),
    tried: z.array(z.string()).optional(),
    /** The wish to take the model off its endpoint, and when Vertex AI was last asked to. */
    undeploy: Act.extend({ askedAt: At.optional() }).optional(),
    /** Since when it is known not to be at its endpoint. */
    undeployedAt: At.optional(),
    /** When somebody was told that it is deployed and unused, and when that was last looked at in vain. */
    idle: z.object({ toldAt: At.optional(), lookedAt: At.optional() }).optional(),
  }),
  Launched.partial({ run: true, launchedAt: true, observedAt: true, curves: true })
    .extend(state('failed').shape)
    .extend({
      request: Request.optional(),
      failure: Failure,
      endedAt: At,
    }),
  Launched.partial({
    run: true,
    launchedAt: true,
    observedAt: true,
    curves: true,
    seatedAt: true,
    queuedAt: true,
    checked: true,
  })
    .extend(state('cancelled').shape)
    .extend({ request: Request.optional(), endedAt: At }),
  AfterCheck.partial({ checked: true })
    .extend(state('replaced').shape)
    .extend({ by: z.string(), request: Request.optional(), approval: Approval.optional(), endedAt: At }),
]);
/** A spec and how far it has got: one shape per state. */
export type Job = z.infer<typeof Job>;
export type State = Job['state'];

/** A job in one of the named states. Steps take the narrowest they can work with: only a launching job can be launched. */
export type JobIn<S extends State> = Extract<Job, { state: S }>;

const final = {
  checking: false,
  refused: true,
  waiting: false,
  denied: true,
  expired: true,
  queued: false,
  launching: false,
  running: false,
  cancelling: false,
  succeeded: true,
  failed: true,
  cancelled: true,
  replaced: true,
} as const satisfies Record<State, boolean>;

/** Every state, in the order a job may meet them. */
export const states = Object.keys(final) as State[];

/** Whether a job has ended. */
export function isFinal(job: Pick<Job, 'state'>): boolean {
  return final[job.state];
}

/** When a job ended, in milliseconds since 1970; 0 where it has not. */
export function endOf(job: Job): number {
  return 'endedAt' in job ? job.endedAt : 0;
}

const cancellable = new Set<State>(['checking', 'waiting', 'queued', 'launching', 'running']);

/** Whether cancelling still means something. */
export function isCancellable(job: Job): boolean {
  return cancellable.has(job.state) && !job.cancel;
}
