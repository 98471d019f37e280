import { z } from 'zod';
import type { Curves } from './curves.ts';
import { drawable } from './curves.ts';
import { idleAt, isServed, isUndeployable } from './follow-up.ts';
import type { Alarm } from './guard-rails.ts';
import { alarms } from './guard-rails.ts';
import type { EventFile, Experiment, Job, JobId, JobIn, Picture, Trouble, Upload } from './job.ts';
import { isCancellable, isFinal, Person } from './job.ts';
import type { Mend, MendCount } from './mend.ts';
import { plannedOf } from './planned.ts';
import type { Post } from './post.ts';
import type { Known, Reading } from './preflight.ts';
import { findings, isBlocker } from './preflight.ts';
import type { Stall } from './progress.ts';
import type { Ledger } from './quota.ts';
import { admit, forecast, line, queue, release, unitsHeld, unitsIn } from './quota.ts';
import { weightsOf } from './request.ts';
import type { Run, Stage } from './run.ts';
import { failedTask, hasEnded, isTuning, stages, title, tunedEndpoint, tunedModel } from './run.ts';
import { same } from './same.ts';
import type { DatasetField, Spec } from './spec.ts';
import { isPipeline, queueOf } from './spec.ts';
import type { Trial, Tried } from './trial.ts';
import { kept, trialsKept } from './trial.ts';
import type { Contestant, Sheet, Verdict } from './verdict.ts';
import { contestants, contestantsOf, continued, isToBeJudged, stillToAsk } from './verdict.ts';

export const Decision = z.object({
  action: z.enum([
    'submit',
    'ask',
    'approve',
    'deny',
    'cancel',
    'withdraw',
    'expire',
    'succeed',
    'move',
    'recheck',
    'mend',
    'undeploy',
    'pause',
    'resume',
  ]),
  /** Nobody, where time decided. */
  by: Person.optional(),
  /** Milliseconds since 1970, UTC. */
  at: z.number(),
  digest: z.string(),
  reason: z.string().optional(),
});
/** A decision that somebody took, kept for ever. */
export type Decision = z.infer<typeof Decision>;

/** A changed job with all it owes, committed at once. A change whose job is the very job it was given, and which owes nothing, is none. */
export interface Change {
  job: Job;
  posts?: Post[];
  /** The ledger as it shall be; the very one that was given stays as it is. */
  ledger?: Ledger | undefined;
  audit?: Decision;
}

const minute = 60_000;

/** How old the news on a card may get before it is redrawn without any other change: with the next look, which may be two minutes away, less than ten minutes. */
export const newsKept = 8 * minute;

/** A job as it begins. */
export function submitted(asked: {
  id: JobId;
  spec: Spec;
  digest: string;
  requester: Person;
  channel: string;
  uploads: { dataset?: Upload | undefined; evaluationDataset?: Upload | undefined };
  /** The job that this one takes the place of: whoever muted that has muted this one, too. */
  from?: Pick<Job, 'id' | 'muted'> | undefined;
  /** What is done to the datasets before they are read. */
  mend?: Mend | undefined;
  now: number;
}): Change {
  const { now, from, ...rest } = asked;
  const after = from && { from: from.id, ...(from.muted && { muted: from.muted }) };
  return {
    job: { ...rest, ...after, schema: schemaOf(asked), state: 'checking', createdAt: now },
    posts: [{ kind: 'card' }],
    audit: { action: 'submit', by: asked.requester, at: now, digest: asked.digest },
  };
}

/** The least version of Retort's documents that knows all a job begins with. */
function schemaOf({ spec, mend }: { spec: Spec; mend?: Mend | undefined }): Job['schema'] {
  if (!isPipeline(spec)) return 3;
  return mend ? 2 : 1;
}

/** Whether another job may take this one's place: none that Vertex AI was asked to run, and none that was followed before. */
export function isReplaceable(job: Job): boolean {
  if (job.heir) return false;
  switch (job.state) {
    case 'checking':
    case 'waiting':
    case 'queued':
      return !job.cancel;
    case 'refused':
    case 'denied':
    case 'expired':
      return true;
    case 'launching':
      return !job.cancel && job.attempts === 0;
    default:
      return false;
  }
}

/** Another job takes this one's place, its card and its thread: one that has not ended is replaced, one that has keeps its end. */
export function followed(
  job: Job,
  heir: JobId,
  {
    by,
    action,
    ledger,
    now,
  }: {
    /** Nobody, where Retort saw that it must be. */
    by?: Person;
    action: 'succeed' | 'move' | 'mend' | 'recheck';
    ledger: Ledger;
    now: number;
  },
): Change {
  if (!isReplaceable(job)) return { job };
  const audit = { action, by, at: now, digest: askedFor(job) };
  switch (job.state) {
    case 'checking':
    case 'waiting':
    case 'queued':
    case 'launching': {
      const { state: _, ...rest } = unlaunched(job);
      return {
        job: { ...rest, state: 'replaced', heir, by: heir, endedAt: now },
        ledger: release(ledger, job.id),
        audit,
      };
    }
    default:
      return { job: { ...job, heir }, audit };
  }
}

/** What is decided about: the digest that approval was asked for, or of the spec alone where it was not. */
function askedFor(job: Job): string {
  return ('request' in job && job.request?.digest) || job.digest;
}

/** A dataset is another object than the one that was checked: before anything is launched, a successor checks it anew, and asks anew where approval is needed. None where the job has asked Vertex AI for anything, or is to be cancelled. */
export function outdated(
  job: Job,
  heir: JobId,
  { about, ledger, now }: { about: DatasetField[]; ledger: Ledger; now: number },
): { before: Change; heir: Change } | undefined {
  if (job.state !== 'launching' || !isReplaceable(job)) return undefined;
  const { spec, digest, requester, channel } = job;
  const begun = submitted({ id: heir, spec, digest, requester, channel, uploads: {}, from: job, now });
  return {
    before: followed(job, heir, { action: 'recheck', ledger, now }),
    heir: {
      job: begun.job,
      posts: [{ kind: 'card' }, { kind: 'outdated', about }],
      audit: { action: 'recheck', at: now, digest },
    },
  };
}

/** The mending that a job began with has been carried out: what came of it is told. */
export function mended(job: Job, counts: Partial<Record<DatasetField, MendCount>>): Change {
  if (job.state !== 'checking' || !job.mend || job.mend.done) return { job };
  const { mending } = job.mend;
  return { job: { ...job, mend: { ...job.mend, done: true } }, posts: [{ kind: 'mended', mending, ...counts }] };
}

/** So many rows of the dataset have been read. */
export function rowsRead(job: Job, rows: number): Change {
  return { job: job.state === 'checking' ? { ...job, rowsRead: rows } : job };
}

/** The dataset and what else the spec names have been looked at. */
export function checked(
  job: Job,
  known: Known,
  {
    needsApproval,
    approvalTime,
    capacity,
    digest,
    lengths,
    ledger,
    now,
  }: {
    needsApproval: boolean;
    approvalTime: number;
    capacity: number;
    /** Of the spec and of the generations that were read: what an approval binds to. */
    digest: string;
    /** How long the dataset's texts are, where that was drawn. */
    lengths?: Picture | undefined;
    ledger: Ledger;
    now: number;
  },
): Change {
  if (job.state !== 'checking') return { job };
  if (job.cancel) return cancelledUnlaunched(job, { ledger, now });
  const always = without(job, 'rowsRead', 'trouble');
  const found = findings(job.spec, known);
  const readings: Reading[] = known.evaluationDataset ? [known.dataset, known.evaluationDataset] : [known.dataset];
  if (
    known.dataset.is !== 'read' ||
    (known.evaluationDataset && known.evaluationDataset.is !== 'read') ||
    found.some(isBlocker)
  )
    return {
      job: { ...always, state: 'refused', readings, findings: found, endedAt: now },
      posts: [{ kind: 'refusal' }, ...(readings.some(({ is }) => is === 'read') ? [reportOwed] : [])],
    };
  const after = {
    ...always,
    checked: {
      dataset: known.dataset,
      evaluationDataset: known.evaluationDataset,
      findings: found,
      ...(lengths && { lengths }),
    },
  };
  if (needsApproval)
    return {
      job: {
        ...after,
        state: 'waiting',
        request: {
          at: now,
          expiresAt: now + approvalTime,
          digest,
          ...quotaNow(ledger, { capacity, now }),
        },
      },
      posts: [{ kind: 'dataset' }, reportOwed, { kind: 'approval' }],
      audit: { action: 'ask', by: job.requester, at: now, digest },
    };
  return {
    ...inLine({ ...after, state: 'queued', queuedAt: now, ahead: 0, holders: [] }, ledger),
    posts: [{ kind: 'dataset' }, reportOwed],
  };
}

const reportOwed: Post = { kind: 'attachment', of: 'dataset-report' };

/** What a request says of the quota: who holds it and until when, who waits, and how long such jobs took. */
function quotaNow(ledger: Ledger, around: { capacity: number; now: number }) {
  const likely = forecast(ledger, around)?.ends;
  const { took = [] } = ledger;
  const holders = Object.keys(ledger.held)
    .sort()
    .map(job => ({ job, ...(likely?.[job] && { until: likely[job] }) }));
  return {
    quota: { capacity: around.capacity, held: unitsHeld(ledger), waiting: line(ledger).length, holders },
    ...(took.length && { took: { from: Math.min(...took), to: Math.max(...took), jobs: took.length } }),
  };
}

/** Somebody who may decide has decided. A job that is not waiting any more is left alone, so a second click changes nothing. */
export function decided(
  job: Job,
  verdict: { approve: true } | { approve: false; reason: string },
  { by, ledger, now }: { by: Person; ledger: Ledger; now: number },
): Change {
  if (job.state !== 'waiting' || job.cancel) return { job };
  if (now >= job.request.expiresAt) return expired(job, now);
  const digest = askedFor(job);
  const audit = { by, at: now, digest };
  if (!verdict.approve)
    return {
      job: { ...job, state: 'denied', denial: { by, at: now, reason: verdict.reason }, endedAt: now },
      posts: [{ kind: 'denial' }],
      audit: { ...audit, action: 'deny', reason: verdict.reason },
    };
  const approval = { by, at: now, digest };
  return {
    ...inLine({ ...job, state: 'queued', approval, queuedAt: now, ahead: 0, holders: [] }, ledger),
    audit: { ...audit, action: 'approve' },
  };
}

/** When approvers are reminded of a request, in milliseconds since 1970: at half time. */
export function reminderAt({ request }: JobIn<'waiting'>): number {
  return request.at + (request.expiresAt - request.at) / 2;
}

/** Half the time for an answer has passed: approvers are reminded, once. */
export function reminded(job: Job, now: number): Change {
  if (job.state !== 'waiting' || job.cancel || job.request.remindedAt !== undefined) return { job };
  if (now < reminderAt(job) || now >= job.request.expiresAt) return { job };
  return { job: { ...job, request: { ...job.request, remindedAt: now } }, posts: [{ kind: 'reminder' }] };
}

/** Time has passed; a request that nobody answered expires. */
export function expired(job: Job, now: number): Change {
  // A wish to cancel comes first.
  if (job.state !== 'waiting' || job.cancel || now < job.request.expiresAt) return { job };
  return {
    job: { ...job, state: 'expired', endedAt: now },
    posts: [{ kind: 'expiry' }],
    audit: { action: 'expire', by: undefined, at: now, digest: askedFor(job) },
  };
}

/** The job's card is gone from Slack: it is owed once more, while the job goes on. Deleted a second time, it stays away. */
export function cardGone(job: Job): Change {
  if (isFinal(job) || job.cardAgain) return { job };
  return { job: { ...job, cardAgain: true }, posts: [{ kind: 'card' }] };
}

/** How many may mute one job. */
const mostMuted = 200;

/** Somebody wants no more mentions in this job's posts, or wants them again. */
export function muted(job: Job, { user, name }: { user: string; name: string }, on: boolean): Change {
  const before = job.muted ?? [];
  if (before.some(one => one.user === user) === on || (on && before.length >= mostMuted)) return { job };
  return { job: { ...job, muted: on ? [...before, { user, name }] : before.filter(one => one.user !== user) } };
}

/** Somebody wishes the job cancelled; `advance` does it. */
export function cancelWished(job: Job, { by, now }: { by: Person; now: number }): Change {
  if (!isCancellable(job)) return { job };
  const withdrawn = job.state === 'waiting' && by.user === job.requester.user;
  const action = withdrawn ? 'withdraw' : 'cancel';
  return { job: { ...job, cancel: { by, at: now } }, audit: { action, by, at: now, digest: askedFor(job) } };
}

/** A job that was to be cancelled and has never asked Vertex AI for anything ends at once. */
export function cancelledUnlaunched(job: Job, { ledger, now }: { ledger: Ledger; now: number }): Change {
  if (!job.cancel) return { job };
  switch (job.state) {
    case 'launching':
      if (job.attempts > 0) return { job };
      break;
    case 'checking':
    case 'waiting':
    case 'queued':
      break;
    default:
      return { job };
  }
  return {
    job: { ...unlaunched(job), state: 'cancelled', endedAt: now },
    posts: [{ kind: 'cancellation' }],
    ledger: release(ledger, job.id),
  };
}

function unlaunched(job: JobIn<'checking' | 'waiting' | 'queued' | 'launching'>) {
  switch (job.state) {
    case 'checking':
      return without(job, 'rowsRead', 'trouble');
    case 'waiting':
      return job;
    case 'queued':
      return without(job, 'ahead', 'holders', 'likely', 'paused');
    case 'launching':
      return without(job, 'attempts', 'attemptedAt', 'trouble', 'retryAt', 'delayToldAt');
    default:
      return job satisfies never;
  }
}

/** A queued job takes its seat where it is first in line and the units are free; else it learns who is before it. */
export function seated(job: Job, { ledger, capacity, now }: { ledger: Ledger; capacity: number; now: number }): Change {
  if (job.state !== 'queued') return { job };
  const admitted = !ledger.paused && admit(ledger, job.id, { capacity, now });
  if (admitted) {
    const rest = without(job, 'ahead', 'holders', 'likely', 'paused');
    return { job: { ...rest, state: 'launching', seatedAt: now, attempts: 0 }, ledger: admitted };
  }
  if (!(job.id in ledger.waiting)) return inLine(job, ledger);
  return { job: withPlace(job, ledger, { capacity, now }) };
}

/** The pipeline job is about to be created: recorded before the attempt, so that its answer may get lost. */
export function attempted(job: Job, now: number): Change {
  if (job.state !== 'launching' || job.cancel) return { job };
  return { job: { ...without(job, 'retryAt'), attempts: job.attempts + 1, attemptedAt: now } };
}

/** Something outside could not be asked, or put us off: the job waits where it is, and the card says why. */
export function putOff(job: Job, trouble: Trouble): Change {
  switch (job.state) {
    case 'checking':
    case 'running':
    case 'cancelling':
      return { job: same(job.trouble, trouble) ? job : { ...job, trouble } };
    default:
      return { job };
  }
}

/** How long a launch is tried before the requester is asked whether to go on, in milliseconds. */
const triedSilently = 24 * 60 * minute;

/** The pipeline job could not be created yet: it is tried again at `retryAt`, and the card says why. After a day of that the requester is asked, once, whether to go on. */
export function launchPutOff(job: Job, trouble: Trouble, { retryAt, now }: { retryAt: number; now: number }): Change {
  if (job.state !== 'launching') return { job };
  const next = { ...job, trouble, retryAt };
  if (job.delayToldAt !== undefined || now - job.seatedAt < triedSilently) return { job: next };
  return { job: { ...next, delayToldAt: now }, posts: [{ kind: 'delay' }] };
}

/** The pipeline job exists. A wish to cancel that came meanwhile is carried out next. */
export function launched(job: Job, run: Run, now: number): Change {
  if (job.state !== 'launching') return { job };
  const rest = without(job, 'attempts', 'attemptedAt', 'trouble', 'retryAt', 'delayToldAt');
  return {
    job: { ...rest, state: 'running', run, launchedAt: now, observedAt: now, curves: {} },
    posts: [{ kind: 'launch' }],
  };
}

/** The pipeline job will never be created: Vertex AI refused it, in its own words, or its name is somebody else's. */
export function launchRefused(
  job: Job,
  failure: Pick<JobIn<'failed'>['failure'], 'why' | 'message'>,
  { ledger, now }: { ledger: Ledger; now: number },
): Change {
  if (job.state !== 'launching') return { job };
  const rest = without(job, 'attempts', 'attemptedAt', 'trouble', 'retryAt', 'delayToldAt');
  return {
    job: { ...rest, state: 'failed', failure, endedAt: now },
    posts: [{ kind: 'failure' }],
    ledger: release(ledger, job.id),
  };
}

/** Vertex AI does not know a pipeline job that it knew. It may be a passing fault; after `patience`, in milliseconds, it is the end. */
export function gone(job: Job, { ledger, now, patience }: { ledger: Ledger; now: number; patience: number }): Change {
  if ((job.state !== 'running' && job.state !== 'cancelling') || !job.run) return { job };
  if (job.goneSince === undefined) return { job: { ...job, goneSince: now } };
  if (now - job.goneSince < patience) return { job };
  const rest = ending(job);
  return {
    ...(job.cancel
      ? { job: { ...rest, state: 'cancelled', endedAt: now }, posts: [{ kind: 'cancellation' }] }
      : {
          job: { ...rest, state: 'failed', failure: { why: 'gone', message: '' }, endedAt: now },
          posts: [{ kind: 'failure' }],
        }),
    ledger: release(ledger, job.id),
  };
}

/** The wish to cancel has reached a job that Vertex AI knows, or may know, of. */
export function cancelling(job: Job): Change {
  if (!job.cancel || (job.state !== 'launching' && job.state !== 'running')) return { job };
  if (job.state === 'running') return { job: { ...job, state: 'cancelling' } };
  return { job: { ...without(job, 'attempts', 'trouble', 'retryAt', 'delayToldAt'), state: 'cancelling' } };
}

/** Vertex AI has been asked to cancel. */
export function cancelAsked(job: Job, now: number): Change {
  return { job: job.state === 'cancelling' ? { ...job, askedAt: now } : job };
}

/** No pipeline job has come of our attempts, and none will: a cancelled launch is over. */
export function neverCreated(job: Job, { ledger, now }: { ledger: Ledger; now: number }): Change {
  if (job.state !== 'cancelling' || job.run) return { job };
  return {
    job: { ...ending(job), state: 'cancelled', endedAt: now },
    posts: [{ kind: 'cancellation' }],
    ledger: release(ledger, job.id),
  };
}

/** The curves at the end, to be taken away. */
const curvesOwed: readonly Post[] = [
  { kind: 'attachment', of: 'curves-chart' },
  { kind: 'attachment', of: 'curves-csv' },
];

/** What one look at a pipeline job brought. */
export interface Seen {
  run: Run;
  curves?: Curves | undefined;
  experiment?: Experiment | undefined;
  /** How far the run's event files were read. */
  events?: readonly EventFile[] | undefined;
  chart?: JobIn<'running'>['chart'];
  /** No new step has come for long. */
  stall?: Stall | undefined;
  /** Where the run does not tell it itself. */
  endpoint?: string | undefined;
}

/** A job that runs for longer than any is meant to is asked about, once, and goes on. */
export function overtime(job: Job, { longest, now }: { longest: number; now: number }): Change {
  if (job.state !== 'running' || job.overtimeToldAt !== undefined || now - job.launchedAt <= longest) return { job };
  return { job: { ...job, overtimeToldAt: now }, posts: [{ kind: 'overtime', longest }] };
}

/** The pipeline job has been looked at: the job follows what was seen, and what is worth telling is owed. */
export function observed(job: Job, seen: Seen, { ledger, now }: { ledger: Ledger; now: number }): Change {
  if (job.state !== 'running' && job.state !== 'cancelling') return { job };
  const { run } = seen;
  const launched = {
    ...without(job, 'trouble', 'goneSince'),
    run,
    launchedAt: job.launchedAt ?? now,
    observedAt: now,
    curves: seen.curves ?? job.curves ?? {},
    ...(seen.experiment && { experiment: seen.experiment }),
    ...(seen.events?.length && { events: [...seen.events] }),
    ...(seen.chart && { chart: seen.chart }),
    ...(seen.stall && { stall: { step: seen.stall.step, since: seen.stall.since } }),
  };
  if (hasEnded(run)) {
    const { job: last, posts = [] } = ended(launched, seen, now);
    const took = last.state === 'succeeded' ? last.endedAt - last.seatedAt : undefined;
    const files = drawable(launched.curves) ? curvesOwed : [];
    return {
      job: last,
      posts: [...newStages(job, run), ...posts, ...files],
      ledger: release(ledger, job.id, { took }),
    };
  }
  if (isNews(job, launched)) {
    const stall: Post[] = seen.stall && !job.stall ? [{ kind: 'stall', ...seen.stall }] : [];
    const raised = newAlarms(job, seen).map(what => ({ what, chart: launched.chart }));
    const alarmed = raised.length ? { ...launched, alarms: [...(job.alarms ?? []), ...raised] } : launched;
    const alarms = raised.map(({ what }): Post => ({ kind: 'alarm', of: what.kind }));
    return { job: alarmed as Job, posts: [...newStages(job, run), ...stall, ...alarms] };
  }
  // That Vertex AI changed something which nobody sees is no news, but has been looked at.
  return { job: same(job.run, run) ? job : ({ ...job, run } as Job) };
}

/** What is owed once the verdict is there. */
const afterVerdict: Post[] = [{ kind: 'verdict' }, { kind: 'attachment', of: 'passport' }];

/** What asking about the evaluation dataset brought: answers to some more of its rows, nothing for now, or that it cannot be asked about at all. */
export type Judged =
  | { is: 'answers'; lines: number[]; sheets: Partial<Record<Contestant, Sheet>> }
  | { is: 'put-off' }
  | { is: 'hindered'; hindrance: NonNullable<Verdict['hindrance']> };

/** The tuned model, and whom it is compared with, have been asked about more rows of the evaluation dataset. Once nobody has given an answer for longer than `patience`, in milliseconds, nobody is asked any more. */
export function judged(job: Job, seen: Judged, { now, patience }: { now: number; patience: number }): Change {
  if (!isToBeJudged(job)) return { job };
  const before: Verdict = job.verdict ?? { beganAt: now, lines: [], sheets: {} };
  const learnt =
    seen.is === 'answers' && Object.values(seen.sheets).some(({ marks, out }) => marks || out !== undefined);
  const late = !learnt && now - (before.learntAt ?? before.beganAt) >= patience;
  const hindered = (hindrance: NonNullable<Verdict['hindrance']>): Change => ({
    job: { ...job, verdict: { ...before, hindrance, endedAt: now } },
    posts: afterVerdict,
  });
  if (seen.is === 'hindered') return hindered(seen.hindrance);
  if (seen.is === 'put-off') return late ? hindered('unread') : { job: { ...job, verdict: before } };
  const sheets = { ...before.sheets };
  for (const who of contestants) {
    const { [who]: more } = seen.sheets;
    if (more) sheets[who] = continued(sheets[who], more);
  }
  const open = contestantsOf(job.spec).filter(who => stillToAsk({ sheets }, who, seen.lines.length).length);
  if (late) for (const who of open) sheets[who] = continued(sheets[who], { marks: '', ms: [], out: '' });
  const answered = seen.sheets.tuned?.ms.length ? { answeredAt: now } : {};
  const verdict = { ...before, ...(learnt && { learntAt: now }), lines: seen.lines, sheets };
  const judged = { ...job, ...answered, verdict: open.length && !late ? verdict : { ...verdict, endedAt: now } };
  return { job: judged, ...(judged.verdict.endedAt !== undefined && { posts: afterVerdict }) };
}

/** How long a passport is not posted again, in milliseconds. */
const passportKept = minute;

/** Somebody wants the job's passport in its thread; asked for again at once, it is not posted twice. */
export function passportWished(job: Job, now: number): Change {
  if (job.passportAt !== undefined && now - job.passportAt < passportKept) return { job };
  return { job: { ...job, passportAt: now }, posts: [{ kind: 'attachment', of: 'passport' }] };
}

/** Somebody wants the tuned model to answer a prompt. The same form sent again changes nothing, nor does one too many. */
export function tryWished(job: Job, trial: Trial): Change {
  if (!isServed(job)) return { job };
  const { trials = [], tried = [] } = job;
  const isKnown = tried.includes(trial.id) || trials.some(({ id }) => id === trial.id);
  if (isKnown || trials.length >= trialsKept.waiting) return { job };
  return { job: { ...job, trials: [...trials, trial] } };
}

/** A prompt has had its answer, or will have none. */
export function tried(job: Job, id: Trial['id'], came: Tried, now: number): Change {
  if (job.state !== 'succeeded' || !job.trials?.some(trial => trial.id === id)) return { job };
  const trials = job.trials.filter(trial => trial.id !== id);
  return {
    job: {
      ...job,
      trials,
      tried: [...(job.tried ?? []), id].slice(-trialsKept.answered),
      ...(came.answer !== undefined && { answeredAt: now }),
    },
    posts: [{ kind: 'trial', ...kept(came) }],
  };
}

/** Somebody wishes the tuned model taken off its endpoint; `advance` does it. */
export function undeployWished(job: Job, { by, now }: { by: Person; now: number }): Change {
  if (!isUndeployable(job) || job.undeploy) return { job };
  return { job: { ...job, undeploy: { by, at: now } }, audit: { action: 'undeploy', by, at: now, digest: job.digest } };
}

/** Vertex AI has been asked to take the tuned model off its endpoint. */
export function undeployAsked(job: Job, now: number): Change {
  if (!isServed(job) || !job.undeploy) return { job };
  return { job: { ...job, undeploy: { ...job.undeploy, askedAt: now } } };
}

/** The tuned model was looked for at its endpoint, and is not there any more. Who still waits for an answer gets none. */
export function undeployed(job: Job, now: number): Change {
  if (!isServed(job)) return { job };
  return {
    job: { ...without(job, 'undeploy'), undeployedAt: now },
    // Without its model, there will be no verdict that the passport could wait for.
    posts: [
      { kind: 'undeployed', by: job.undeploy?.by.user },
      ...(isToBeJudged(job) ? [{ kind: 'attachment', of: 'passport' } as const] : []),
    ],
  };
}

/** The tuned model stays where it is, for a reason that does not pass by itself. */
export function stillDeployed(job: Job, why: 'shared' | 'refused' | 'silent', said = ''): Change {
  if (!isServed(job) || !job.undeploy) return { job };
  return {
    job: without(job, 'undeploy'),
    posts: [
      { kind: 'still-deployed', by: job.undeploy.by.user, why, said: kept({ by: '', prompt: '', said }).said ?? '' },
    ],
  };
}

/** The tuned model was looked for at its endpoint, as nobody has asked it anything for long: it is there, or that could not be learnt. */
export function foundIdle(job: Job, { isThere, now }: { isThere: boolean; now: number }): Change {
  if (!isServed(job) || (idleAt(job) ?? Infinity) > now) return { job };
  if (!isThere) return { job: { ...job, idle: { ...job.idle, lookedAt: now } } };
  return { job: { ...job, idle: { toldAt: now } }, posts: [{ kind: 'idle' }] };
}

function ended(job: JobIn<'running' | 'cancelling'>, seen: Seen, now: number): Change {
  const endedAt = seen.run.endedAt ?? now;
  const rest = { ...ending(job), run: seen.run, endedAt };
  switch (seen.run.state) {
    case 'SUCCEEDED':
    case 'PARTIALLY_SUCCEEDED': {
      const model = tunedModel(seen.run);
      const endpoint = tunedEndpoint(seen.run) ?? seen.endpoint;
      const done: JobIn<'succeeded'> = { ...(rest as JobIn<'running'>), state: 'succeeded', model, endpoint, endedAt };
      return {
        job: done,
        posts: [
          { kind: 'result' },
          ...(hasCode(done) ? [{ kind: 'code' } as const] : []),
          // Where there is to be a verdict, the passport tells of it.
          ...(isToBeJudged(done) ? [] : [{ kind: 'attachment', of: 'passport' } as const]),
        ],
      };
    }
    case 'CANCELLED':
      return { job: { ...rest, state: 'cancelled' }, posts: [{ kind: 'cancellation' }] };
    default: {
      const task = failedTask(seen.run);
      const message = task?.error ?? seen.run.error ?? '';
      return {
        job: { ...rest, state: 'failed', failure: { why: 'said', stage: task && title(task.name), message } },
        posts: [{ kind: 'failure' }],
      };
    }
  }
}

/** Whether there is something to fetch or to call: weights, a PaLM model by its name, another at its endpoint. */
function hasCode(job: JobIn<'succeeded'>): boolean {
  return weightsOf(job) !== undefined || (isPipeline(job.spec) ? job.model : job.endpoint) !== undefined;
}

function ending(job: JobIn<'running' | 'cancelling'>) {
  return job.state === 'running'
    ? without(job, 'trouble', 'goneSince')
    : without(job, 'trouble', 'goneSince', 'attemptedAt', 'askedAt');
}

function isNews(
  before: JobIn<'running' | 'cancelling'>,
  after: { run: Run; curves: Curves; chart?: unknown; stall?: unknown; observedAt: number },
) {
  if (
    before.trouble ||
    before.goneSince ||
    before.observedAt === undefined ||
    after.observedAt - before.observedAt >= newsKept
  )
    return true;
  const shown = ({ run, curves, chart, stall }: typeof after | typeof before) => [
    run && without(run, 'updatedAt'),
    curves,
    chart,
    stall,
  ];
  return !same(shown(before), shown(after));
}

/** What is alarming about curves that were just read and was not told before. Whoever wishes to cancel knows enough. */
function newAlarms(job: JobIn<'running' | 'cancelling'>, { curves, run }: Seen): Alarm[] {
  if (!curves || job.state !== 'running' || job.cancel) return [];
  const told = new Set(job.alarms?.map(({ what }) => what.kind));
  return alarms(curves, plannedOf({ ...job, run })).filter(({ kind }) => !told.has(kind));
}

function newStages(job: JobIn<'running' | 'cancelling'>, run: Run): Post[] {
  const known = new Set((job.run ? stages(job.run) : []).filter(hasBegun).map(stage => stage.id));
  return stages(run)
    .filter(stage => hasBegun(stage) && !known.has(stage.id))
    .map(stage => ({
      kind: 'stage',
      title: stage.title,
      done: stage.mark === 'done',
      tuning: isTuning({ ...run, tasks: run.tasks.filter(task => task.id === stage.id) }),
    }));
}

function hasBegun({ mark }: Stage): boolean {
  return mark === 'running' || mark === 'retrying' || mark === 'done';
}

function inLine(job: JobIn<'queued'>, before: Ledger): Change {
  const units = unitsIn(queueOf(job.spec));
  const { region } = job.spec;
  const ledger = queue(before, job.id, { units, since: job.queuedAt, by: job.requester.user, region });
  return { job: withPlace(job, ledger), ledger };
}

/** A queued job with what its card says of others: who is before it, who holds the seat, when its turn is likely to come. */
function withPlace(job: JobIn<'queued'>, ledger: Ledger, around?: { capacity: number; now: number }): JobIn<'queued'> {
  const likely = around && forecast(ledger, around)?.starts[job.id];
  const place = {
    ahead: Math.max(0, line(ledger).indexOf(job.id)),
    holders: Object.keys(ledger.held).sort(),
    ...(likely && { likely: { from: minutes(likely.from), to: minutes(likely.to) } }),
    ...(ledger.paused && { paused: ledger.paused }),
  };
  const { ahead, holders, likely: before, paused } = job;
  if (same(place, { ahead, holders, likely: before, paused })) return job;
  return { ...without(job, 'likely', 'paused'), ...place };
}

/** A prediction to five minutes: more is not known, and a card is not redrawn for less. */
function minutes(at: number): number {
  return Math.round(at / (5 * minute)) * 5 * minute;
}

function without<T extends object, Key extends keyof T>(whole: T, ...keys: Key[]): Omit<T, Key> {
  const rest = { ...whole };
  for (const key of keys) delete rest[key];
  return rest;
}
