import type { ActionsBlock, Button, KnownBlock } from '@slack/types';
import { isMovable } from '../job/carry-over.ts';
import { causeOf } from '../job/cause.ts';
import type { Curves } from '../job/curves.ts';
import { best, drawable, end, furthest } from '../job/curves.ts';
import { estimate } from '../job/estimate.ts';
import { isServed, isUndeployable } from '../job/follow-up.ts';
import type { Job, JobIn } from '../job/job.ts';
import { isCancellable, isFinal } from '../job/job.ts';
import { plannedOf } from '../job/planned.ts';
import { isBlocker } from '../job/preflight.ts';
import { progress } from '../job/progress.ts';
import type { RecipeId } from '../job/recipe.ts';
import { otherThan } from '../job/recipe.ts';
import type { Run, Stage } from '../job/run.ts';
import { stages } from '../job/run.ts';
import type { Offered } from '../job/second-try.ts';
import type { Spec } from '../job/spec.ts';
import { isPipeline } from '../job/spec.ts';
import { scoreOf } from '../job/verdict.ts';
import type { Message, Settings } from '../world.ts';
import { moveId } from './move-id.ts';
import { muteIds } from './mute-ids.ts';
import { passportId } from './passport-id.ts';
import { sparkline } from './sparkline.ts';
import { switchIds } from './switch-ids.ts';
import type { Mrkdwn } from './text.ts';
import { button, clip, context, esc, join, limits, md, picture, plain, section, unformatted } from './text.ts';
import { trialIds } from './trial.ts';
import { undeployButton } from './undeploy.ts';
import type { Measure, Words } from './words.ts';

/** What a message about a job is drawn with, besides the job. */
export interface Around {
  words: Words;
  project: string;
  approvers: readonly string[];
  deployment: string;
  /** Retort's own version. */
  version: string;
  /** What an hour of the units that one job takes costs, where the operator said so. */
  prices: Settings['prices'];
  /** What the operator has the form propose: not worth telling an approver of. */
  proposed: Offered;
  /** Which recipes are offered. */
  recipes: readonly RecipeId[];
}

/** The action ids of what can be pressed on a card; `again` opens the form filled in, `console` is a link, and `more` a menu whose one choice shows the request. */
export const cardIds = { cancel: 'cancel', again: 'again', console: 'console', more: 'more' } as const;

/** The message that stands for a job, whatever its state. */
export function card(job: Job, around: Around): Message {
  const { words } = around;
  const blocks = [
    section('state', [words.card.title(job.spec), stateLine(job, words), stageLine(job, words), ...notes(job, words)]),
    ...curves(job, words),
    context('facts', facts(job, words)),
    actions(job, around),
  ];
  return { text: stateText(job, words), blocks };
}

/** A job's state in one line: what it is, and the little that matters most in it. */
export function stateLine(job: Job, words: Words): Mrkdwn {
  const { icon, name, by, details } = headline(job, words);
  return join([md`${icon} *${name}*${by ? md` ${by}` : ''}`, ...details]);
}

/** The same line with the model's name and without formatting, for notifications and screen readers. */
export function stateText(job: Job, words: Words): string {
  const name = clip(esc(job.spec.modelName), limits.name);
  return unformatted(clip(md`${name} · ${stateLine(job, words)}`, limits.messageText));
}

/** The page of a job's pipeline job or tuning job in Google Cloud's console. */
export function consoleUrl(job: Job, project: string): string {
  const { id, spec } = job;
  const tuning = runOf(job);
  // https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/open-model-tuning
  const [, region, number] = /\/locations\/([^/]+)\/tuningJobs\/([^/]+)$/.exec(tuning?.name ?? '') ?? [];
  if (region && number)
    return `https://console.cloud.google.com/agent-platform/tuning/locations/${region}/tuningJob/${encodeURIComponent(number)}/monitor?project=${encodeURIComponent(project)}`;
  const run = encodeURIComponent(`retort-${id}`);
  return `https://console.cloud.google.com/vertex-ai/locations/${spec.region}/pipelines/runs/${run}?project=${encodeURIComponent(project)}`;
}

/** One metric of a run with its end and its best, on the evaluation dataset where there is one. */
export function measure(curves: Curves, metric: 'loss' | 'accuracy', words: Words): Measure | undefined {
  const highest = metric === 'accuracy';
  const name = highest ? 'fraction_of_correct_next_step_preds' : 'total_loss';
  for (const on of ['eval', 'train'] as const) {
    const series = curves[`${on}_${name}`];
    const last = end(series);
    const top = best(series, { highest });
    if (last && top) return { on: words.posts.result.on[on], last, best: top };
  }
  return undefined;
}

interface Headline {
  icon: string;
  name: string;
  /** What belongs to the state's name: by whom, until when, where. */
  by?: Mrkdwn | undefined;
  details: (Mrkdwn | undefined)[];
}

function headline(job: Job, words: Words): Headline {
  const { line } = words;
  const state = words.states[job.state];
  switch (job.state) {
    case 'checking':
      return { ...state, details: [job.rowsRead === undefined ? undefined : line.rowsSoFar(job.rowsRead)] };
    case 'refused': {
      const blockers = job.findings.filter(isBlocker);
      const ofRows = blockers.every(blocker => blocker.lines);
      const count = blockers.reduce((sum, blocker) => sum + (blocker.count ?? 0), 0);
      return { ...state, details: [ofRows && count ? line.rowsUnusable(count) : line.inTheWay(blockers.length || 1)] };
    }
    case 'waiting':
      return { ...state, by: line.until(job.request.expiresAt), details: [] };
    case 'denied':
      return { ...state, by: line.by(job.denial.by.user), details: [] };
    case 'expired':
      return { ...state, details: [line.nobodyDecided] };
    case 'queued':
      return {
        ...state,
        details: [
          line.place(job.ahead),
          job.likely && line.likely(job.likely),
          job.paused
            ? line.heldBack(job.paused.by.user, job.paused.at)
            : isPipeline(job.spec)
              ? line.heldBy(job.spec.accelerator, job.holders)
              : undefined,
        ],
      };
    case 'launching':
      return { ...state, details: [line.attempt(job.attempts)] };
    case 'running':
      return running(job, words);
    case 'cancelling':
      return {
        ...state,
        details: [
          job.cancel && line.askedBy(job.cancel.by.user),
          job.askedAt === undefined ? undefined : line.askedToStop(job.askedAt),
          job.run && howItStands(job.run, words),
        ],
      };
    case 'succeeded': {
      const accuracy = measure(job.curves, 'accuracy', words);
      const took = tookOf(job);
      return {
        ...(job.run.state === 'PARTIALLY_SUCCEEDED' ? line.partly : state),
        by: took === undefined ? undefined : line.took(took),
        details: [accuracy && line.accuracy(accuracy.last.value)],
      };
    }
    case 'failed':
      return {
        ...state,
        by: job.failure.stage
          ? line.failedIn(words.stage(job.failure.stage, job.spec))
          : runOf(job)
            ? undefined
            : line.atLaunch,
        details: [runOf(job)?.state === 'EXPIRED' ? line.inVertex.EXPIRED : undefined],
      };
    case 'cancelled':
      return { ...state, by: job.cancel ? line.by(job.cancel.by.user) : line.there, details: [] };
    case 'replaced':
      return { ...state, by: line.byJob(job.by), details: [] };
    default:
      return job satisfies never;
  }
}

/** States of a pipeline job that it has not begun to run in. */
const before = new Set(['QUEUED', 'PENDING', 'UNSPECIFIED']);

function running(job: JobIn<'running'>, words: Words): Headline {
  const { line, states } = words;
  const { run, launchedAt } = job;
  const since = line.since(launchedAt);
  if (run.state === 'PAUSED') return { ...line.paused, details: [...tuned(job, words), since] };
  if (run.state === 'CANCELLING') return { ...states.cancelling, by: line.there, details: [since] };
  const far = tuned(job, words);
  const now = stages(run).filter(({ mark }) => mark === 'running' || mark === 'retrying');
  const told = now
    .slice(0, 2)
    .map(({ title, startedAt }) => line.stage(words.stage(title, job.spec), far.length ? undefined : startedAt));
  const waits = waiting(run, now, words);
  if (waits) return { ...waits, details: [...waits.details, since] };
  // A tuning job is in a phase before it is said to run.
  if (before.has(run.state))
    return {
      ...states.running,
      name: line.begins,
      by: line.ago(launchedAt),
      details: [(run.tuning && told[0]) ?? howItStands(run, words)],
    };
  return { ...states.running, details: [howItStands(run, words), ...told, ...far, since] };
}

/** That a tuning job waits for what is Google's to share out. */
function waiting(run: Run, [now]: readonly Stage[], { line }: Words): Headline | undefined {
  if (!run.tuning || !now || !Object.hasOwn(line.waits, now.title)) return undefined;
  const { where, ...waits } = line.waits[now.title]!;
  return {
    ...waits,
    by: now.startedAt === undefined ? undefined : line.sinceThen(now.startedAt),
    details: [before.has(run.state) ? undefined : howItStands(run, { line }), where],
  };
}

/** What Vertex AI says of a pipeline job, where that is more than that it runs. */
function howItStands({ state }: Run, { line }: Pick<Words, 'line'>): Mrkdwn | undefined {
  if (state === 'RUNNING') return undefined;
  return Object.hasOwn(line.inVertex, state) ? line.inVertex[state] : line.otherState(state);
}

/** Steps and epochs, and how much longer tuning is likely to take: as far as they are known, from the curves before what a tuning job says of itself. */
function tuned({ curves, spec, run, stall, observedAt }: JobIn<'running'>, { line }: Words): Mrkdwn[] {
  const planned = plannedOf({ spec, run });
  const { steps, epochs } = run.tuning ?? {};
  const counted = steps ? { done: steps, share: planned.steps ? Math.min(1, steps / planned.steps) : 0 } : undefined;
  const far = progress(curves, planned);
  const known = far ?? counted;
  const since = observedAt - (far?.at ?? observedAt);
  const isStill = stall?.step === furthest(curves);
  return [
    ...(known ? [line.step(known.done, planned.steps, known.share)] : []),
    ...(epochs ? [line.epochs(epochs, isPipeline(spec) ? undefined : spec.epochs)] : []),
    ...(far?.left && !isStill ? [line.left({ from: far.left.from - since, to: far.left.to - since })] : []),
  ];
}

/** How long a launched job took, in milliseconds. */
export function tookOf(job: Job): number | undefined {
  const from = runOf(job)?.startedAt ?? ('launchedAt' in job ? job.launchedAt : undefined);
  const to = 'endedAt' in job ? job.endedAt : undefined;
  return from === undefined || to === undefined ? undefined : Math.max(0, to - from);
}

/** A job's pipeline job, where there is one. */
export function runOf(job: Job): Run | undefined {
  return 'run' in job ? job.run : undefined;
}

// ─── stages ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const stagesShown = 12;

function stageLine(job: Job, words: Words): Mrkdwn | undefined {
  const run = runOf(job);
  if (!run || job.state === 'succeeded') return undefined;
  const all = stages(run);
  const shown = nearest(all).map(stage => words.card.stage({ ...stage, title: words.stage(stage.title, job.spec) }));
  const more = all.length - shown.length;
  return all.length ? join([...shown, more ? words.card.moreStages(more) : undefined], '  ') : undefined;
}

/** The stages around the one that runs, where there are more than fit. */
function nearest(all: readonly Stage[]): readonly Stage[] {
  const now = all.findLastIndex(stage => stage.mark !== 'waiting');
  const from = Math.max(0, Math.min(now - stagesShown / 2, all.length - stagesShown));
  return all.slice(from, from + stagesShown);
}

// ─── what else is to be known ────────────────────────────────────────────────────────────────────────────────────────

function notes(job: Job, words: Words): (Mrkdwn | undefined)[] {
  const { card } = words;
  const wish = job.cancel;
  switch (job.state) {
    case 'checking':
      return [job.trouble && card.trouble(job.trouble), wish && card.cancelWished(wish.by.user, wish.at)];
    case 'launching':
      return [
        job.trouble && card.launchTrouble(job.trouble, job.retryAt),
        wish && card.cancelWished(wish.by.user, wish.at),
      ];
    case 'running':
      return [...missing(job, words), wish && card.cancelWished(wish.by.user, wish.at)];
    case 'cancelling':
      return missing(job, words);
    case 'waiting':
    case 'queued':
      return [wish && card.cancelWished(wish.by.user, wish.at)];
    case 'failed':
      return [...why(job, words), runOf(job) && wish && card.finishedFirst(wish.by.user, wish.at, job.spec)];
    case 'succeeded':
      return [verdict(job, words), deployment(job, words), wish && card.finishedFirst(wish.by.user, wish.at, job.spec)];
    case 'replaced':
      return [card.replacedBy(job.by)];
    default:
      return [];
  }
}

function deployment({ undeploy, undeployedAt }: JobIn<'succeeded'>, { undeploy: say }: Words): Mrkdwn | undefined {
  if (undeployedAt !== undefined) return say.since(undeployedAt);
  return undeploy && say.wished(undeploy.by.user, undeploy.at);
}

function verdict(job: JobIn<'succeeded'>, { card }: Words): Mrkdwn | undefined {
  const { endedAt, sheets } = job.verdict ?? {};
  const tuned = endedAt === undefined ? undefined : scoreOf(sheets?.tuned);
  return tuned && card.verdict(tuned, scoreOf(sheets?.student));
}

function missing(job: JobIn<'running' | 'cancelling'>, { card }: Words): (Mrkdwn | undefined)[] {
  const isStill = job.state === 'running' && job.stall?.step === furthest(job.curves);
  return [
    isStill && job.stall ? card.stalled(job.stall) : undefined,
    job.trouble && card.trouble(job.trouble),
    job.goneSince === undefined ? undefined : card.gone(job.goneSince, job.spec),
  ];
}

/** Why a job failed: its cause in plain words where the like has been seen, and what Vertex AI said. */
function why(job: JobIn<'failed'>, { card, posts }: Words): (Mrkdwn | undefined)[] {
  const { failure, spec } = job;
  const known = causeOf(job);
  const cause = known && posts.failure.causes[known].cause(spec);
  return [cause ? card.cause(cause) : undefined, failure.message ? card.says(failure.message) : undefined];
}

function curves(job: Job, words: Words): KnownBlock[] {
  const chart = 'chart' in job ? job.chart : undefined;
  if (chart) return [picture('curves', chart)];
  const { card, chart: names } = words;
  const drawn = ('curves' in job && job.curves) || {};
  if (drawable(drawn)) {
    const accuracy = drawn.eval_fraction_of_correct_next_step_preds ?? drawn.train_fraction_of_correct_next_step_preds;
    const loss = drawn.eval_total_loss ?? drawn.train_total_loss;
    const lines = [
      { name: names.tokenAccuracy, series: accuracy, written: names.percent },
      { name: names.loss, series: loss, written: names.number },
    ].map(({ name, series, written }) => {
      const last = end(series);
      return series && last && card.curvesInText(name, sparkline(series), written(last.value), last.step);
    });
    return lines.some(line => line) ? [context('curves', lines)] : [];
  }
  if (job.state === 'running' || job.state === 'cancelling')
    return [context('curves', [hasCurves(job.spec) ? card.curvesLater(job.spec) : card.noTensorboard])];
  if (job.state === 'succeeded') return [context('curves', [noCurves(job, words)])];
  return [];
}

/** Whether Vertex AI is asked to report curves: of a tuning job it does so unasked. */
function hasCurves(spec: Spec): boolean {
  return !isPipeline(spec) || !!spec.tensorboard;
}

/** Why a finished run has no curves. */
function noCurves({ spec, experiment }: JobIn<'succeeded'>, { card }: Words): Mrkdwn {
  if (!hasCurves(spec)) return card.noTensorboard;
  if (!experiment || experiment.is === 'found') return card.noCurves;
  return experiment.is === 'none' ? card.noExperiment : card.severalExperiments;
}

/** What a job is made of, and who did what when. */
export function facts(job: Job, words: Words): Mrkdwn[] {
  const { card } = words;
  const { spec } = job;
  const checked = 'checked' in job ? job.checked : undefined;
  const upload = job.uploads.dataset;
  const rows = checked?.dataset.report.rows;
  const interval = isPipeline(spec) ? spec.evaluationInterval : undefined;
  const data = [
    checked ? card.dataset(checked.dataset.report) : upload ? card.uploaded(upload.name) : card.datasetAt(spec.dataset),
    !spec.evaluate
      ? card.noEvaluation
      : checked?.evaluationDataset
        ? card.evaluation(checked.evaluationDataset.report.rows, interval)
        : card.evaluationPlanned(interval),
  ];
  const approval = 'approval' in job ? job.approval : undefined;
  const launchedAt = 'launchedAt' in job ? job.launchedAt : undefined;
  const observedAt = 'observedAt' in job ? job.observedAt : undefined;
  const people = [
    card.asked(job.requester.user, job.createdAt),
    approval && card.approved(approval.by.user, approval.at),
    launchedAt === undefined ? undefined : card.launched(launchedAt),
    'endedAt' in job ? card.ended(job.endedAt) : observedAt === undefined ? undefined : card.news(observedAt),
    card.id(job.id),
    job.from ? card.from(job.from) : undefined,
  ];
  return [
    join(data),
    isPipeline(spec)
      ? join([card.amount(spec.steps, estimate({ ...spec, rows }).epochs), card.hardware(spec)])
      : join([card.tuning(spec), card.counted(runOf(job)?.tuning ?? {})]),
    join(people),
  ];
}

/** The button that cancels a job, after a question; none where that means nothing any more. */
export function cancelButton(job: Job, text: string, { card }: Words): Button[] {
  if (!isCancellable(job)) return [];
  const { before, after, ...dialog } = card.confirmCancel;
  const launched = runOf(job) !== undefined || job.state === 'launching';
  const question = (launched ? after : before)(job.spec.modelName, job.spec);
  return [
    button(cardIds.cancel, {
      text,
      value: job.id,
      style: 'danger',
      confirm: { ...dialog, style: 'danger', text: question },
    }),
  ];
}

function actions(job: Job, { words, project }: Around): ActionsBlock {
  const { card, switch: switching, trial } = words;
  return {
    type: 'actions',
    block_id: 'actions',
    elements: [
      ...cancelButton(job, card.cancel, words),
      ...(isServed(job) ? [button(trialIds.open, { text: trial.button, value: job.id })] : []),
      ...(isFinal(job) ? [button(cardIds.again, { text: card.again, value: job.id })] : []),
      ...(runOf(job)
        ? [button(cardIds.console, { text: card.console, url: consoleUrl(job, project), value: job.id })]
        : []),
      ...(isUndeployable(job) && !job.undeploy ? [undeployButton(job, words)] : []),
      {
        type: 'overflow',
        action_id: cardIds.more,
        options: [
          { text: plain(card.request, limits.option), value: job.id },
          { text: plain(words.passport.button, limits.option), value: `${passportId} ${job.id}` },
          { text: plain(words.mute.on, limits.option), value: `${muteIds.on} ${job.id}` },
          { text: plain(words.mute.off, limits.option), value: `${muteIds.off} ${job.id}` },
          // The value says which choice it was.
          ...(isFinal(job) && isMovable(job.spec)
            ? [{ text: plain(words.carryOver.choose, limits.option), value: `${moveId} ${job.id}` }]
            : []),
          ...(job.state === 'queued' && isPipeline(job.spec)
            ? [
                {
                  text: plain(switching.choose(otherThan(job.spec.accelerator)), limits.option),
                  value: `${switchIds.open} ${job.id}`,
                },
              ]
            : []),
        ],
      },
    ],
  };
}
