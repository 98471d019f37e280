import type { Button, KnownBlock } from '@slack/types';
import { causeOf } from '../job/cause.ts';
import { furthest } from '../job/curves.ts';
import { probablyStoppedEarly } from '../job/estimate.ts';
import type { Served } from '../job/follow-up.ts';
import { isServed, isUndeployable } from '../job/follow-up.ts';
import type { Alarm } from '../job/guard-rails.ts';
import { alarms } from '../job/guard-rails.ts';
import type { Job, JobIn } from '../job/job.ts';
import { plannedOf } from '../job/planned.ts';
import type { Post, Said } from '../job/post.ts';
import type { Finding } from '../job/preflight.ts';
import { isBlocker } from '../job/preflight.ts';
import { recipeOf } from '../job/recipe.ts';
import { labelledDatasetOf, weightsOf } from '../job/request.ts';
import { changedFields, secondTry } from '../job/second-try.ts';
import { isPipeline } from '../job/spec.ts';
import type { Message } from '../world.ts';
import { approval, mentions } from './approval.ts';
import type { Around } from './card.ts';
import { cancelButton, card, cardIds, consoleUrl, measure, runOf, stateLine, stateText, tookOf } from './card.ts';
import type { Snippets } from './code.ts';
import { snippets } from './code.ts';
import { geminiSnippets } from './gemini-code.ts';
import { mendButtons } from './mend.ts';
import { quotasUrl } from './quota.ts';
import { registryUrl } from './registry.ts';
import { tensorboardUrl } from './tensorboard.ts';
import type { Mrkdwn } from './text.ts';
import {
  button,
  clip,
  context,
  esc,
  join,
  limits,
  link,
  md,
  picture,
  preformatted,
  section,
  unformatted,
} from './text.ts';
import { trialIds, triedWords } from './trial.ts';
import { undeployButton } from './undeploy.ts';
import { unmentioned } from './unmentioned.ts';
import { verdictWords } from './verdict.ts';
import { weightsSnippets } from './weights-code.ts';
import type { Words } from './words.ts';

/** The action ids of what can be pressed where a request came to nothing: ask again for the same, or for something changed. */
export const followIds = { again: 'ask-again', changed: 'ask-changed' } as const;

/** The action id of the button that opens the form filled in, mended where a failure's cause can be. */
export const secondTryId = 'second-try';

/** Draws a message owed, from the job as it is when the message is sent. Where the job is no longer in the state the message speaks of, it says where the job stands. */
export function post(job: Job, owed: Said, around: Around): Message {
  return unmentioned(drawn(job, owed, around), job.muted);
}

function drawn(job: Job, owed: Said, around: Around): Message {
  switch (owed.kind) {
    case 'card':
      return card(job, around);
    case 'approval':
      return approval(job, around);
    case 'refusal':
      return job.state === 'refused' ? refusal(job, around) : standing(job, around);
    case 'dataset':
      return dataset(job, around);
    case 'outdated':
      return message(job, [around.words.posts.outdated(owed.about.map(field => job.spec[field] ?? ''))]);
    case 'mended':
      return message(job, [around.words.mend.mended(owed.mending, owed, job.spec)]);
    case 'reminder':
      return job.state === 'waiting' ? reminder(job, around) : standing(job, around);
    case 'denial':
      return job.state === 'denied' ? denial(job, around) : standing(job, around);
    case 'expiry':
      return job.state === 'expired' ? expiry(job, around) : standing(job, around);
    case 'delay':
      return job.state === 'launching' && job.trouble
        ? message(job, [around.words.posts.delay(job.requester.user, job.trouble)])
        : standing(job, around);
    case 'launch':
      return launch(job, around);
    case 'stage':
      return stage(job, owed, around);
    case 'overtime':
      return job.state === 'running' ? overtime(job, owed, around) : standing(job, around);
    case 'stall':
      return message(job, [around.words.posts.stalled(owed)]);
    case 'alarm':
      return alarm(job, owed.of, around);
    case 'result':
      return job.state === 'succeeded' ? result(job, around) : standing(job, around);
    case 'code':
      return job.state === 'succeeded' ? loading(job, around) : standing(job, around);
    case 'verdict':
      return verdict(job, around);
    case 'trial': {
      const { title, blocks } = triedWords(owed, around.words);
      return message(job, [title], blocks);
    }
    case 'undeployed':
      return message(job, [around.words.undeploy.done(owed.by, servedAt(job))]);
    case 'still-deployed':
      return message(job, [around.words.undeploy.still[owed.why](owed.by, owed.said)]);
    case 'idle':
      return isUndeployable(job) ? idle(job, around) : standing(job, around);
    case 'failure':
      return job.state === 'failed' ? failure(job, around) : standing(job, around);
    case 'cancellation':
      return job.state === 'cancelled' ? cancellation(job, around) : standing(job, around);
    default:
      return owed satisfies never;
  }
}

/** A message whose first lines are also its text. */
function message(job: Job, lines: readonly (Mrkdwn | undefined)[], blocks: readonly KnownBlock[] = []): Message {
  const name = clip(esc(job.spec.modelName), limits.name);
  return {
    text: unformatted(clip(md`${name} · ${join(lines, ' ')}`, limits.messageText)),
    blocks: [section('said', lines), ...blocks],
  };
}

function standing(job: Job, { words }: Around): Message {
  return { text: stateText(job, words), blocks: [section('said', [stateLine(job, words)])] };
}

// ─── the dataset ─────────────────────────────────────────────────────────────────────────────────────────────────────

const findingsShown = 8;

function refusal(job: JobIn<'refused'>, { words }: Around): Message {
  const { posts } = words;
  const blockers = job.findings.filter(isBlocker);
  const headline = refusedRows(job, words) ?? posts.refused.things(blockers.length || 1);
  return message(
    job,
    [headline],
    [
      ...findingsBlock(job, job.findings, words),
      section('advice', [posts.refused.advice(job.requester.user)]),
      ...mendButtons(job, words),
      ...(job.heir ? [] : [pressed(button(followIds.changed, { text: words.mend.other, value: job.id }))]),
    ],
  );
}

/** Where rows of one dataset are all that is wrong: how many of how many. */
function refusedRows({ findings, readings }: JobIn<'refused'>, { posts }: Words): Mrkdwn | undefined {
  const blockers = findings.filter(isBlocker);
  const [first] = blockers;
  if (!first || blockers.some(({ lines, about }) => !lines || about !== first.about)) return undefined;
  const reading = readings[first.about === 'dataset' ? 0 : 1];
  const bad = blockers.reduce((sum, { count = 0 }) => sum + count, 0);
  return reading?.is === 'read' ? posts.refused.rows(bad, bad + reading.report.rows) : undefined;
}

function dataset(job: Job, { words }: Around): Message {
  const checked = 'checked' in job ? job.checked : undefined;
  if (!checked) return standing(job, { words } as Around);
  const { dataset: say } = words.posts;
  const { dataset: main, evaluationDataset, findings } = checked;
  return message(
    job,
    [
      say.checked(main.report, findings.filter(it => !isBlocker(it)).length),
      evaluationDataset && say.evaluation(evaluationDataset.report),
    ],
    [
      ...findingsBlock(job, findings, words),
      ...(checked.lengths ? [picture('lengths', checked.lengths)] : []),
      context('numbers', [
        main.report.lengths ? say.lengths(main.report.lengths, job.spec) : say.tokens(main.report.tokens, job.spec),
        say.pinned(job.spec.dataset, main.generation),
      ]),
      ...mendButtons(job, words),
    ],
  );
}

function findingsBlock({ spec }: Job, findings: readonly Finding[], words: Words): KnownBlock[] {
  const { posts } = words;
  const more = findings.length - findingsShown;
  const lines = findings.slice(0, findingsShown).map(finding => {
    const sentence = clip(words.finding(finding, spec), limits.line);
    return isBlocker(finding) ? posts.blocker(sentence) : posts.warning(sentence);
  });
  // Eight of the longest lines are more than one section holds.
  const half = Math.ceil(findingsShown / 2);
  const parts = [lines.slice(0, half), [...lines.slice(half), ...(more > 0 ? [posts.more(more)] : [])]];
  return parts.filter(part => part.length).map((part, i) => section(`findings-${i + 1}`, part));
}

// ─── decisions ───────────────────────────────────────────────────────────────────────────────────────────────────────

function reminder(job: JobIn<'waiting'>, { words: { posts }, approvers }: Around): Message {
  return message(job, [posts.reminder(mentions(approvers), job.requester.user, job.request.expiresAt)]);
}

function denial(job: JobIn<'denied'>, { words: { posts } }: Around): Message {
  const { by, reason } = job.denial;
  return message(
    job,
    [posts.denied(job.requester.user, by.user, reason), job.heir ? posts.followed(job.heir) : posts.deniedThen],
    job.heir ? [] : [pressed(button(followIds.changed, { text: posts.askChanged, value: job.id }))],
  );
}

function expiry(job: JobIn<'expired'>, { words: { posts } }: Around): Message {
  return message(
    job,
    [posts.expired(job.requester.user, job.endedAt), job.heir ? posts.followed(job.heir) : undefined],
    job.heir
      ? []
      : [
          pressed(
            button(followIds.again, { text: posts.askAgain, value: job.id, style: 'primary' }),
            button(followIds.changed, { text: posts.askChanged, value: job.id }),
          ),
        ],
  );
}

function pressed(...elements: Button[]): KnownBlock {
  return { type: 'actions', block_id: 'next', elements };
}

// ─── the run ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What a job's pipeline job or tuning job is called. */
function nameOf(job: Job): string {
  return (!isPipeline(job.spec) && runOf(job)?.name.split('/').at(-1)) || `retort-${job.id}`;
}

function launch(job: Job, { words: { posts }, project }: Around): Message {
  return message(job, [join([posts.launched(nameOf(job), job.spec), consoleLink(job, { words: posts, project })])]);
}

function stage(
  { spec, ...job }: Job,
  { title, done, tuning }: Extract<Post, { kind: 'stage' }>,
  { words }: Around,
): Message {
  const { posts } = words;
  const named = words.stage(title, spec);
  const waits = !isPipeline(spec) && Object.hasOwn(posts.waits, title) ? posts.waits[title] : undefined;
  const sentence = done ? posts.done(named) : (waits ?? posts.began(named));
  const evaluation =
    tuning && !done && isPipeline(spec) && spec.evaluate ? posts.firstEvaluation(spec.evaluationInterval) : undefined;
  return message({ spec, ...job } as Job, [join([sentence, evaluation], ' ')]);
}

function overtime(job: JobIn<'running'>, { longest }: Extract<Post, { kind: 'overtime' }>, { words }: Around): Message {
  const { posts } = words;
  const cancel = cancelButton(job, posts.alarms.cancel, words);
  const since = posts.overtime(job.requester.user, { since: job.launchedAt, longest }, job.spec);
  return message(job, [since], cancel.length ? [pressed(...cancel)] : []);
}

function alarm(job: Job, kind: Alarm['kind'], { words }: Around): Message {
  const raised = 'alarms' in job ? job.alarms?.find(({ what }) => what.kind === kind) : undefined;
  if (!raised) return standing(job, { words } as Around);
  const { alarms: say } = words.posts;
  const cancel = cancelButton(job, say.cancel, words);
  return message(
    job,
    [say.told(job.requester.user, raised.what), say.means[kind]],
    [...(raised.chart ? [picture('curves', raised.chart)] : []), ...(cancel.length ? [pressed(...cancel)] : [])],
  );
}

function result(job: JobIn<'succeeded'>, { words, project }: Around): Message {
  const { result: say } = words.posts;
  const { spec, model, endpoint, curves, experiment } = job;
  const planned = plannedOf(job);
  const partly = job.run.state === 'PARTIALLY_SUCCEEDED';
  const weights = weightsOf(job);
  const accuracy = measure(curves, 'accuracy', words);
  const loss = measure(curves, 'loss', words);
  const step = furthest(curves);
  const tensorboard = experiment?.is === 'found' ? tensorboardUrl(experiment.name) : undefined;
  const registry = model === undefined ? undefined : registryUrl(model, project);
  return message(
    job,
    [
      say.done(job.requester.user, tookOf(job), partly),
      partly ? say.partly : undefined,
      accuracy && say.accuracy(accuracy),
      loss && say.loss(loss),
      step !== undefined && probablyStoppedEarly(step, planned) ? say.earlyStop(step, planned.steps) : undefined,
      ...alarms(curves, planned)
        .filter(({ kind }) => kind !== 'plateau')
        .map(what => words.posts.alarms.seen(what)),
    ],
    [
      section('model', [
        ...named(job, say),
        endpoint ? say.endpoint(endpoint) : isPipeline(spec) || weights !== undefined ? undefined : say.noEndpoint,
        join([
          registry ? link(registry, say.registry) : undefined,
          consoleLink(job, { words: words.posts, project }),
          weights === undefined ? undefined : link(recipeOf(spec.recipe).page, say.deploying),
          tensorboard ? link(tensorboard, say.tensorboard) : undefined,
        ]),
      ]),
      ...checkpoints(job, words),
      ...(job.chart ? [picture('curves', job.chart)] : []),
      pressed(
        ...(isServed(job) ? [tryButton(job, words)] : []),
        button(cardIds.again, { text: words.card.again, value: job.id }),
      ),
    ],
  );
}

const checkpointsShown = 10;

/** What a tuning job has kept of its student on the way. */
function checkpoints({ run, endpoint }: JobIn<'succeeded'>, { posts }: Words): KnownBlock[] {
  const { result: say } = posts;
  const all = run.tuning?.checkpoints ?? [];
  if (!all.length) return [];
  const served = all.every(one => one.endpoint !== undefined);
  const more = all.length - checkpointsShown;
  return [
    section('checkpoints', [
      say.checkpoints(all.length, served),
      ...all
        .slice(0, checkpointsShown)
        .map(one => say.checkpoint(one, one.endpoint !== undefined && one.endpoint === endpoint)),
      more > 0 ? posts.more(more) : undefined,
    ]),
  ];
}

/** The tuned model's name, or where its weights are. */
function named(job: JobIn<'succeeded'>, say: Words['posts']['result']): Mrkdwn[] {
  const weights = weightsOf(job);
  const answered = labelledDatasetOf(job);
  return [
    ...(job.model === undefined ? [] : [say.model(job.model)]),
    ...(weights === undefined ? [] : [say.weights(weights, job.endpoint !== undefined)]),
    ...(answered === undefined ? [] : [say.labelledDataset(answered)]),
    ...(job.model === undefined && weights === undefined ? [say.noModel(job.spec.modelName)] : []),
  ];
}

function loading(job: JobIn<'succeeded'>, around: Around): Message {
  const { code: say } = around.words.posts;
  const weights = weightsOf(job);
  const fetching = weights === undefined ? undefined : weightsSnippets(weights, say);
  if (fetching) return message(job, [say.weights], programs(fetching, say));
  const code = calling(job, say);
  if (!code) return standing(job, around);
  return message(job, [say.title, job.endpoint ? undefined : say.noEndpoint], programs(code, say));
}

/** How a tuned model that answers is called. */
function calling({ spec, model, endpoint }: JobIn<'succeeded'>, say: Words['posts']['code']): Snippets | undefined {
  if (!isPipeline(spec)) return endpoint === undefined ? undefined : geminiSnippets(endpoint, say);
  return model === undefined ? undefined : snippets(model, say, { endpoint });
}

function programs(code: Partial<Record<keyof Words['posts']['code'], string>>, say: Words['posts']['code']) {
  return (['python', 'node', 'curl', 'gcloud'] as const).flatMap(language => {
    const text = code[language];
    if (text === undefined) return [];
    return [context(`${language}-title`, [say[language]]), preformatted(language, text, limits.snippet)];
  });
}

function servedAt(job: Job): string {
  return (job.state === 'succeeded' && job.endpoint) || '';
}

function idle(job: Served, { words }: Around): Message {
  const { undeploy: say } = words;
  return message(
    job,
    [say.idle(job.requester.user, job.endpoint)],
    [pressed(tryButton(job, words), undeployButton(job, words))],
  );
}

function tryButton({ id }: Job, { trial: say }: Words): Button {
  return button(trialIds.open, { text: say.button, value: id });
}

function verdict(job: Job, around: Around): Message {
  if (job.state !== 'succeeded' || !job.verdict) return standing(job, around);
  const { title, blocks } = verdictWords(job.verdict, job.spec, around.words);
  return message(job, [title], blocks);
}

function failure(job: JobIn<'failed'>, { words, project, proposed, recipes }: Around): Message {
  const { failure: say, ...posts } = words.posts;
  const { message: said, stage: where } = job.failure;
  const known = causeOf(job);
  const cause = known && say.causes[known];
  const { spec } = job;
  const instead = recipes.filter(id => !recipeOf(id).retired);
  const next = secondTry(spec, known, proposed);
  const run = runOf(job);
  const begun = run
    ? say.run(job.requester.user, where && words.stage(where, spec), tookOf(job))
    : say.launch(job.requester.user);
  return message(
    job,
    [
      cause ? say.because(begun, cause.cause(spec)) : md`${begun}.`,
      cause?.todo(spec, instead),
      said || known ? undefined : say.silent,
    ],
    [
      ...(said ? [context('says', [say.says]), preformatted('message', said, limits.wholePassage)] : []),
      ...(run || known === 'quota'
        ? [
            context('links', [
              join([
                run && consoleLink(job, { words: posts, project }),
                known === 'quota' && isPipeline(spec) ? link(quotaUrl(job, project), say.quotaPage) : undefined,
              ]),
            ]),
          ]
        : []),
      pressed(button(secondTryId, { text: say.open(changedFields(spec, next), next), value: job.id })),
    ],
  );
}

function quotaUrl({ spec, ...job }: JobIn<'failed'>, project: string): string {
  const metric = /aiplatform\.googleapis\.com\/([a-z0-9_]+)/.exec(job.failure.message)?.[1];
  return quotasUrl(isPipeline(spec) ? spec.accelerator : 'GPU', project, metric);
}

function cancellation(job: JobIn<'cancelled'>, { words: { posts } }: Around): Message {
  const { cancelled: say } = posts;
  return message(job, [
    job.cancel ? say.by(job.cancel.by.user) : say.there(job.requester.user),
    runOf(job) ? say.after(tookOf(job), job.spec) : say.before,
  ]);
}

function consoleLink(job: Job, { words, project }: { words: { console: string }; project: string }): Mrkdwn {
  return link(consoleUrl(job, project), words.console);
}
