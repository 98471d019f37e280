import type { HomeView, KnownBlock, ModalView } from '@slack/types';
import type { ChartConfiguration } from 'chart.js';
import type { Change, Decision } from './job/change.ts';
import type { Curves, TaggedPoint } from './job/curves.ts';
import type { Leaks, Report } from './job/dataset.ts';
import type { EventFile, Experiment, Job, JobId, JobIn, Person, State, Trouble } from './job/job.ts';
import type { Mend, MendCount } from './job/mend.ts';
import type { Notice } from './job/notice.ts';
import type { Post, Standing } from './job/post.ts';
import type { Answer } from './job/preflight.ts';
import type { Ledger } from './job/quota.ts';
import type { Accelerator, Queue, RecipeId, Region } from './job/recipe.ts';
import type { Run } from './job/run.ts';
import type { DatasetField } from './job/spec.ts';

/** All that the steps touch: a step names the ports it uses in its signature. */
export interface World {
  jobs: Jobs;
  notices: Notices;
  preferences: Preferences;
  storage: Storage;
  datasets: Datasets;
  vertex: Vertex;
  events: Events;
  quotas: Quotas;
  rights: Rights;
  slack: Slack;
  canvas: Canvas;
  clock: Clock;
  settings: Settings;
  log: Log;
  /** Aborted when this process has been asked to end: nothing new is begun, and what is held is given back. */
  leaving: AbortSignal;
}

// ─── time, words, choices ────────────────────────────────────────────────────────────────────────────────────────────

export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number;
  /** Milliseconds since some moment of this process, which no change of the clock sets back. */
  steady(): number;
}

/** Structured logging; `facts` are the only fields besides the message. */
export interface Log {
  info(message: string, facts?: LogFacts): void;
  warn(message: string, facts?: LogFacts): void;
  /** `cause`: whose place is told, and never its words. */
  error(message: string, facts?: LogFacts, cause?: unknown): void;
}
/** What may stand in a log: never a token, a row of a dataset, an e-mail address or a library's own words. */
export interface LogFacts {
  job?: JobId;
  door?: string;
  name?: string;
  code?: string | number;
  count?: number;
  milliseconds?: number;
  /** Numbers that are watched, each by its name. */
  measures?: Readonly<Record<string, number>>;
}

/** The operator's choices, as far as steps and views need them. */
export interface Settings {
  project: string;
  deployment: string;
  /** Retort's own version. */
  version: string;
  pipelineRoot: string;
  /** The service account the form proposes; undefined: the project's default. */
  serviceAccount: string | undefined;
  datasetBucket: string;
  /** Buckets datasets may come from; undefined: any. */
  allowedBuckets: readonly string[] | undefined;
  tensorboards: Partial<Record<string, string>>;
  approvers: readonly string[];
  approvalFor: readonly Queue[];
  /** Which recipes are offered, the first of which the form opens with. */
  recipes: readonly RecipeId[];
  launchers: readonly string[];
  selfApproval: boolean;
  /** How long a request for approval stays open, in milliseconds. */
  approvalTime: number;
  /** Units of quota to share out, where the operator set them. */
  capacity: Partial<Record<Accelerator, number>>;
  /** What an hour of the units that one job takes costs, in a named currency. */
  prices: Partial<Record<Accelerator, { amount: number; currency: string }>>;
  openJobsPerPerson: number;
  /** How many jobs may begin within a minute, whoever asks for them. */
  launchesPerMinute: number;
  /** How many messages a job's thread may get within an hour before nobody can ask for more. */
  postsPerHour: number;
  /** How long a job is meant to run at most, in milliseconds: then it is asked about. Undefined: as long as it takes. */
  longestRun: number | undefined;
  /** Where the operator is told; undefined: in the log alone. */
  alarmChannel: string | undefined;
  /** How long to wait between two looks at an unfinished job, in milliseconds: at a running one, several times as long where nothing changes. Every other patience is a multiple of it, too. */
  lookEvery: number;
  /** How long one call to Slack or Google may take, in milliseconds. */
  callTime: number;
  /** How long a job stays with one process without a sign of life, in milliseconds. */
  leaseTime: number;
  language: Language;
}
export type Language = 'en' | 'fr';

// ─── Firestore ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** What something that happened does to a job; called again on the newest job where another writer came first. */
export type Fact = (job: Job, ledger: Ledger) => Change;

/** What happens to two jobs at once, where one takes the other's place; undefined: it does not. */
export type Succession = (before: Job, ledger: Ledger) => { before: Change; heir: Change } | undefined;

/** A message owed, with its key in the job, and how far its delivery has got. */
export interface Owed {
  key: string;
  post: Post;
  /** `sending`: an attempt was begun and its outcome never recorded. */
  state: 'pending' | 'sending';
  /** When it was first owed. */
  at: number;
  /** The thread it was to be posted into, when it was last begun. */
  thread?: string | undefined;
  /** The file that it was to show, when it was last begun. */
  file?: string | undefined;
  /** Not to be tried before. Where sending was begun: none, until somebody has seen that its outcome was not recorded. */
  notBefore?: number;
}

/** How far a message has got. */
export type Delivery =
  /** Begun, or begun without a known outcome: then it is looked for, but not before a while. */
  | { is: 'sending'; thread?: string | undefined; file?: string | undefined; notBefore?: number }
  | { is: 'sent'; ts: string; drawn?: string; at?: number }
  | { is: 'put-off'; notBefore: number }
  | { is: 'dead'; code: string };

/** A message that stands in Slack and is redrawn: where, and the digest of what it last showed. `settled`: it was sent once more some time after the job's end, in case a late answer had overwritten it. */
export interface Sent {
  ts: string;
  drawn: string;
  settled?: boolean | undefined;
  /** The file of the curves it shows. */
  picture?: string | undefined;
  /** When it was last drawn, in milliseconds since 1970. */
  at?: number | undefined;
  /** It is another job's card now. */
  passedOn?: boolean | undefined;
}

/** Whether a call that begins now is over before the lease ends; asked once more when its bytes are about to leave. */
export type Ours = () => boolean;

/** A job that this process alone may move on, until the lease ends. */
export interface Held {
  readonly job: Job;
  readonly ledger: Ledger;
  readonly sent: Partial<Record<Standing, Sent>>;
  /** Whether posts are owed. */
  readonly owing: boolean;
  /** Changes with every fact that a door records. */
  readonly version: string;
  readonly ours: Ours;
}

/** A job whose next look is due, and since when. */
export interface Due {
  id: JobId;
  at: number;
}

/** Which jobs a list is of: each part narrows it. */
export interface Which {
  requester?: string | undefined;
  states?: readonly State[] | undefined;
  name?: string | undefined;
}

/** Some jobs of a list, the newest first, each with where its card stands, once it does; and whether there are more. */
export interface Page {
  listed: { job: Job; card: Sent | undefined }[];
  more: boolean;
}

/** Until when somebody waits for an answer, on the steady clock, and whether a write has been sent for them. */
export interface Deadline {
  readonly at: number;
  sent: boolean;
}

/** Jobs and everything that is committed with them. Every write is atomic and compare-and-set. */
export interface Jobs {
  /** The same jobs for somebody who waits: no answer is waited for after the deadline, and no write is begun after it. */
  hurried(deadline: Deadline): Jobs;
  /** Begins a job with its first posts and audit record. `inbox` is the delivery's key: where it was taken before, the job it made is returned. */
  create(change: Change, inbox: string): Promise<Job>;
  /** Begins a job in the place of another, in one commit with the other's change: it has the other's card and thread, where there is a card. Undefined where there is no such job or it cannot be followed; where the delivery was taken before, the job it made is returned. */
  succeed(id: JobId, succession: Succession, inbox: string): Promise<Job | undefined>;
  /** Changes the ledgers of all lines at once; what was decided stands in the audit. Where the delivery of this key was taken before, nothing changes. */
  govern(
    change: (ledger: Ledger, queue: Queue) => Ledger,
    decided?: { decision: Decision; inbox: string },
  ): Promise<void>;
  /** Every decision about a job, the oldest first. */
  decisions(id: JobId): Promise<Decision[]>;
  get(id: JobId): Promise<Job | undefined>;
  /** The newest jobs first: of one person, in one state, or whose model has this display `name`, where given. */
  list(which: { requester?: string; state?: State; name?: string; limit: number }): Promise<Job[]>;
  /** A page of such a list, after the job that the page before ended with. Costs a read for each job and two more at most. */
  page(which: Which & { after?: JobId | undefined; limit: number }): Promise<Page>;
  /** How many jobs are in a state: read for next to nothing, however many they are. */
  count(state: State): Promise<number>;
  /** How many messages a job has owed its thread after a moment, `most` at most. */
  posted(id: JobId, since: number, most: number): Promise<number>;
  /** How many jobs have begun after a moment, `most` at most. */
  begun(since: number, most: number): Promise<number>;
  /** The job that a delivery of this key began, where it was taken before. */
  taken(inbox: string): Promise<Job | undefined>;
  /** Where a job's card stands, once it does. */
  cardOf(id: JobId): Promise<Sent | undefined>;
  ledger(queue: Queue): Promise<Ledger>;
  /** A door's fact. Needs no lease; undefined where there is no such job. */
  record(id: JobId, fact: Fact): Promise<Job | undefined>;
  /** Jobs whose next look is due, the longest due first. */
  due(now: number, limit: number): Promise<Due[]>;
  /** Takes the lease and puts the next look after its end, in one write. Undefined where somebody else holds it. Throws `Newer`. */
  claim(id: JobId): Promise<Held | undefined>;
  /** Commits a fact under the lease, which lasts from now where something was written: so with every write below. Throws `LeaseLost` where it is not ours any more. */
  commit(held: Held, fact: Fact): Promise<Held>;
  /** Makes the lease last from now. Throws `LeaseLost`. */
  renew(held: Held): Promise<Held>;
  /** Messages owed, in order. */
  posts(held: Held): Promise<Owed[]>;
  mark(held: Held, owed: Owed, as: Delivery): Promise<Held>;
  /** Remembers what a standing message now shows. */
  redrawn(held: Held, which: Standing, sent: Sent): Promise<Held>;
  /** Gives the lease back and sets when the next look is due (undefined: never). Where a door has recorded a fact since this was read, the job is still held and there is more to do. */
  release(held: Held, due: (newest: Held) => number | undefined): Promise<Held | undefined>;
}

/** Thrown where a process goes on after its lease ended and somebody else took over. */
export class LeaseLost extends Error {
  override name = 'LeaseLost';
}

/** Thrown where a document was written by a version of Retort that knows more: it is left as it is. */
export class Newer extends Error {
  override name = 'Newer';
}

/** Thrown where the store cannot be reached. `sent`: the write may have arrived all the same. */
export class StoreUnavailable extends Error {
  override name = 'StoreUnavailable';
  readonly sent: boolean;
  constructor(message: string, options: { sent: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.sent = options.sent;
  }
}

/** Thrown where the store answers, and others were quicker many times in a row: nothing was written. */
export class Contended extends StoreUnavailable {
  override name = 'Contended';
  constructor(message: string) {
    super(message, { sent: false });
  }
}

/** Thrown by the ports of Google's services where an answer is needed and none came that says yes or no. */
export class Unavailable extends Error {
  override name = 'Unavailable';
  readonly trouble: Trouble;
  constructor(message: string, options: { trouble: Trouble; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.trouble = options.trouble;
  }
}

/** A notice owed, and this process alone may deliver. */
export interface HeldNotice {
  readonly key: string;
  readonly notice: Notice;
  /** Whether an attempt was begun before and its outcome never recorded; `quiet`: and long enough ago for it to be over. */
  readonly unclear: boolean;
  readonly quiet: boolean;
  /** When it was first owed. */
  readonly at: number;
  readonly ours: Ours;
}

/** What people are told outside of any thread. */
export interface Notices {
  /** Owes a notice, once for each key; whether it was new. One that was delivered longer ago than `again`, in milliseconds, is owed anew. */
  owe(key: string, notice: Notice, options?: { again?: number | undefined }): Promise<boolean>;
  /** Keys of those to be delivered now, the longest due first. */
  due(now: number, limit: number): Promise<string[]>;
  /** Takes one for delivery. Undefined where somebody else has. */
  claim(key: string): Promise<HeldNotice | undefined>;
  /** Records what came of a delivery. Throws `LeaseLost` where somebody else has taken it. */
  mark(held: HeldNotice, as: Delivery): Promise<void>;
}

/** What people have chosen for themselves. */
export interface Preferences {
  /** Whether somebody wants to be told by direct message when a job of theirs ends. */
  direct(user: string): Promise<boolean>;
  /** Remembers whether they do. */
  prefer(user: string, direct: boolean): Promise<void>;
}

// ─── Google ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Cloud Storage. Everything here, and reading the chunks, throws `Unavailable` where no clear answer came. */
export interface Storage {
  /** Opens an object for one reading; `most` refuses larger ones, in bytes. `elsewhere`: it is in another project's bucket; undefined where that could not be learnt. */
  open(uri: string, options?: { most?: number }): Promise<Opened>;
  /** Writes an object where there is none; one that is there already is left as it is. */
  keep(uri: string, chunks: AsyncIterable<Uint8Array>): Promise<void>;
  /** Whether a folder's bucket is there and may be written to. */
  writable(folder: string): Promise<Answer>;
}
export type Opened =
  | { is: 'open'; generation: string; size: number; elsewhere: boolean | undefined; chunks: AsyncIterable<Uint8Array> }
  | { is: 'missing' }
  | { is: 'forbidden' }
  | { is: 'too-big'; size: number };

/** Takes datasets to pieces, away from whatever answers people: comparing ten thousand rows takes most of a second. */
export interface Datasets {
  /** Begins to read a dataset of a recipe's and, where there is one, its evaluation dataset. To be closed in the end. */
  open(recipe: RecipeId): DatasetReading;
  /** Begins to mend a dataset. To be closed in the end. */
  mend(wish: Pick<Mend, 'mending' | 'instruction'>, recipe: RecipeId): DatasetMending;
}

/** One reading of both datasets. */
export interface DatasetReading {
  /** Takes the next bytes, and says how many rows there have been. */
  take(which: DatasetField, bytes: Uint8Array): Promise<number>;
  /** What was found, once all has been taken; `bytes` is the size of what was read. */
  report(which: DatasetField, bytes: number): Promise<Report>;
  /** SHA-256 of all that was taken, in hexadecimal. */
  sha256(which: DatasetField): Promise<string>;
  /** Rows of the dataset that stand in the evaluation dataset, too. */
  leaks(): Promise<Leaks>;
  close(): void;
}

/** One mending of one dataset, from its bytes: looked at first where the mending needs it, then passed once for each new object. */
export interface DatasetMending {
  look(bytes: Uint8Array): Promise<void>;
  /** Begins a pass, which makes one new object. */
  begin(into: DatasetField): Promise<void>;
  /** What these bytes go on as. */
  take(bytes: Uint8Array): Promise<Uint8Array>;
  /** The last of the pass, and what it came to. */
  end(): Promise<{ bytes: Uint8Array; count: MendCount }>;
  close(): void;
}

/** What Vertex AI said to a request to create a pipeline job. */
export type Creation =
  | { is: 'created'; run: Run }
  /** There is one of that name: ours, or somebody else's. */
  | { is: 'exists' }
  /** It will never be created as it was asked for. */
  | { is: 'refused'; message: string }
  /** It was not created, and may be later. */
  | { is: 'put-off'; trouble: Trouble }
  /** No clear answer: it may exist. */
  | { is: 'unclear'; trouble: Trouble };

export type Look = { is: 'found'; run: Run; ours: boolean } | { is: 'missing' } | { is: 'put-off'; trouble: Trouble };

/** What TensorBoard has of a run: its experiment, and the curves in it. */
export interface Reported {
  experiment: Experiment;
  curves: Curves;
}

/** What a model said to a prompt. */
export type Prediction =
  | { is: 'answered'; text: string }
  /** It has none for this prompt. */
  | { is: 'unanswered'; trouble: Trouble }
  /** There is nothing to ask, or Retort may not ask it. */
  | { is: 'closed'; trouble: Trouble }
  | { is: 'put-off'; trouble: Trouble };

/** Whether a model is at an endpoint: by which id there, and whether it is the only one. */
export type Deployment =
  | { is: 'there'; id: string; alone: boolean }
  | { is: 'not-there' }
  | { is: 'put-off'; trouble: Trouble };

/** A model in the Model Registry, as far as it is known there. */
export interface Registered {
  name: string;
  displayName: string;
  /** In milliseconds since 1970. */
  createdAt: number | undefined;
  /** The job of this deployment whose run it carries the labels of. */
  job: JobId | undefined;
  deployed: boolean;
}

/** What a run has written to event files since it was last looked, in its order, and how far each file was read. */
export interface Written {
  points: readonly TaggedPoint[];
  read: readonly EventFile[];
}

/** The files that a run writes for TensorBoard while it tunes, where it does. */
export interface Events {
  /** What a run has written under its pipeline root since it was last looked. Throws `Unavailable`. */
  written(job: JobIn<'running'>): Promise<Written>;
}

export interface Vertex {
  /** Creates a job's pipeline job, or its tuning job. Throws `LeaseLost` where the job is not `ours` any more when the bytes are about to leave. */
  create(job: JobIn<'launching'>, ours: Ours): Promise<Creation>;
  look(job: Job): Promise<Look>;
  /** Asks for a pipeline job's or a tuning job's cancellation, by its full resource name. It is best effort: the run's state tells what came of it. Says why, where it could not be asked. */
  cancel(name: string): Promise<Trouble | undefined>;
  /** Every pipeline job and tuning job of this deployment in a region that has not ended. */
  list(region: string): Promise<{ job: JobId; run: Run }[]>;
  /** Pipeline jobs of this deployment in a region that Vertex AI has changed since a moment, whatever became of them, and when it last did. */
  changed(region: string, since: number): Promise<{ job: JobId; updatedAt: number }[]>;
  /** Pipeline jobs of the distillation template in a region that have not ended and are not this deployment's. */
  others(region: Region): Promise<{ name: string; displayName: string; accelerator: Accelerator }[]>;
  /** What TensorBoard has of a run. */
  curves(job: JobIn<'running' | 'cancelling'>): Promise<Reported>;
  /** Asks an endpoint, or a publisher's model, by full resource name. */
  predict(whom: string, prompt: string, options: { how: 'predict' | 'generateContent' }): Promise<Prediction>;
  /** Whether a model is at an endpoint, both by full resource name. */
  deployment(model: string, endpoint: string): Promise<Deployment>;
  /** Asks for what is deployed at an endpoint under an id to be taken off it: it is gone some time later. Says why, where it could not be asked; `refused`: and will not be. */
  undeploy(endpoint: string, id: string): Promise<{ trouble: Trouble; refused: boolean } | undefined>;
  /** The endpoint a model is deployed to, where that can be learnt. */
  endpointOf(model: string): Promise<string | undefined>;
  /** The newest models in a region's Model Registry, whoever made them. */
  models(region: string): Promise<Registered[]>;
  /** The TensorBoard instances of a region. */
  tensorboards(region: Region): Promise<{ name: string; displayName: string }[]>;
  tensorboard(name: string): Promise<Answer>;
}

/** What Cloud Quotas says of an accelerator where it tunes; `unknown` is not none. */
export type QuotaSaid =
  | { is: 'known'; units: number }
  | { is: 'unlimited' }
  | { is: 'unknown'; why: 'no-right' | 'no-answer' | 'not-listed' };

export interface Quotas {
  capacity(accelerator: Accelerator): Promise<QuotaSaid>;
}

export interface Rights {
  /** Whether Retort may act as a service account. */
  actAs(serviceAccount: string): Promise<Answer>;
  /** Whether an encryption key is there. */
  key(name: string): Promise<Answer>;
}

// ─── Slack ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A message as it is sent: blocks, and the same in plain words for notifications and screen readers. */
export interface Message {
  text: string;
  blocks: KnownBlock[];
}

/** What is known of somebody in Slack. */
export interface Profile {
  person: Person;
  active: boolean;
  /** What they are called. */
  name?: string | undefined;
  /** A full member of our own workspace: no guest, no bot, nobody from elsewhere. */
  member: boolean;
  /** The language their Slack is set to, as Slack writes it: `fr-FR`. */
  locale?: string | undefined;
}

export interface Channel {
  name: string;
  /** Whether Retort is in it. */
  member: boolean;
  /** Whether people of other companies are in it, or are invited to be. */
  shared: boolean;
}

export interface Slack {
  /** Posts a message under a key that can be found again; to a person, where the channel is one. Throws `LeaseLost` where what is said is not `ours` any more when the bytes are about to leave. */
  send(
    message: Message,
    to: { channel: string; thread?: string | undefined; inChannel?: boolean; job: JobId; key: string; ours: Ours },
  ): Promise<string>;
  /** Draws a message anew. Throws `LeaseLost` as `send` does. */
  redraw(message: Message, at: { channel: string; ts: string; ours: Ours }): Promise<void>;
  /** Finds a message by its key, where an attempt to send it had no clear outcome. */
  find(which: {
    channel: string;
    thread?: string;
    job: JobId;
    key: string;
    since: number;
  }): Promise<string | undefined>;
  /** Shows a message to one person, once: in the channel, or in a thread of it. */
  whisper(message: Message, to: { channel: string; thread?: string | undefined; user: string }): Promise<void>;
  openView(view: ModalView, trigger: string): Promise<{ id: string; hash: string } | 'expired'>;
  updateView(view: ModalView, which: { id: string; hash: string }): Promise<string | 'conflict'>;
  publishHome(view: HomeView, user: string): Promise<void>;
  /** Uploads a picture for Retort's own messages and waits until it can be shown. Returns its file id. */
  upload(file: { name: string; bytes: Uint8Array }): Promise<string>;
  removeFile(id: string): Promise<void>;
  /** Hands in a file that `share` is to show: nobody sees it before. Returns its file id. */
  handIn(file: { name: string; bytes: Uint8Array }): Promise<string>;
  /** Shows a file that was handed in, with a sentence above it. Returns the message's timestamp once it is there. Throws `LeaseLost` as `send` does. */
  share(
    file: { id: string; name: string; comment: string },
    to: { channel: string; thread?: string | undefined; ours: Ours },
  ): Promise<string>;
  /** The message of a channel that shows a file, where an attempt to share it had no clear outcome; where there is none, the file is removed, so that none comes later. */
  shownAs(file: string, at: { channel: string }): Promise<string | undefined>;
  /** Opens a file that a person uploaded in the form: nobody else's, and none that is larger than a form takes. */
  fetch(file: string, options: { by: string }): Promise<AsyncIterable<Uint8Array>>;
  profile(user: string): Promise<Profile>;
  /** The user ids of a user group. */
  group(id: string): Promise<string[]>;
  channel(id: string): Promise<Channel | undefined>;
  /** A link to a message. */
  link(at: { channel: string; ts: string }): string;
}

/** What trouble with Slack is about: Retort's credentials or scopes, the channel, a message or thread that is gone, or what the message says. */
export type SlackMatter = 'credentials' | 'scope' | 'channel' | 'gone' | 'content';

/** Thrown by Slack's port. `later`: not done, try again after `retryAfter` milliseconds. `unclear`: it may have been done. `refused`: it will not be done as asked while things are as they are. */
export class SlackTrouble extends Error {
  override name = 'SlackTrouble';
  readonly kind: 'later' | 'unclear' | 'refused';
  /** Slack's own error code, or what stands for it. */
  readonly code: string;
  readonly about: SlackMatter | undefined;
  readonly retryAfter: number;
  constructor(trouble: {
    kind: 'later' | 'unclear' | 'refused';
    code: string;
    about?: SlackMatter | undefined;
    retryAfter?: number;
    cause?: unknown;
  }) {
    super(`Slack answered "${trouble.code}".`, { cause: trouble.cause });
    this.kind = trouble.kind;
    this.code = trouble.code;
    this.about = trouble.about;
    this.retryAfter = trouble.retryAfter ?? 30_000;
  }
}

// ─── pictures ────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Canvas {
  /** Draws a chart as a PNG. */
  draw(chart: ChartConfiguration): Promise<Uint8Array>;
}
