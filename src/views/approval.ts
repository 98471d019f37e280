import type { ActionsBlock, KnownBlock, ModalView } from '@slack/types';
import { estimate } from '../job/estimate.ts';
import type { Job, JobId } from '../job/job.ts';
import { isBlocker } from '../job/preflight.ts';
import { recipeOf } from '../job/recipe.ts';
import type { PipelineSpec, Spec } from '../job/spec.ts';
import { isPipeline } from '../job/spec.ts';
import type { Message } from '../world.ts';
import type { Around } from './card.ts';
import type { Answered } from './question.ts';
import { questionForm, readAnswer } from './question.ts';
import type { Mrkdwn } from './text.ts';
import { button, context, group, join, limits, section, unformatted, user } from './text.ts';
import type { Words } from './words.ts';

/** The action ids of a request's two buttons, and the callback id of the form that asks why it is denied. */
export const approvalIds = { approve: 'approve', deny: 'deny', denial: 'denial' } as const;

/** The request for approval. Pending and resolved are one body: once it is resolved, a line stands where the buttons were. */
export function approval(job: Job, around: Around): Message {
  const { words, approvers } = around;
  const { approval: say } = words;
  const { spec } = job;
  const request = 'request' in job ? job.request : undefined;
  const known = [
    dataset(job, words),
    request && isPipeline(spec) && say.quota(spec.accelerator, request.quota),
    request && cost(job, around),
    request && isPending(job) ? say.expires(request.expiresAt) : undefined,
  ].filter(line => !!line);
  const blocks: KnownBlock[] = [
    section('request', [
      say.asks(mentions(approvers), job.requester.user, spec),
      amount(job, words),
      evaluations(spec, words),
      isPipeline(spec) ? differences(spec, around) : words.card.tuning(spec),
    ]),
    ...(known.length ? [context('known', known)] : []),
    ...(isPending(job) ? [approvalButtons(job, words)] : [section('decision', [decision(job, words)])]),
  ];
  return { text: unformatted(say.text(job.requester.user, spec.modelName, spec)), blocks };
}

function evaluations(spec: Spec, { approval: say }: Words): Mrkdwn {
  if (!spec.evaluate) return say.noEvaluation;
  if (!isPipeline(spec)) return say.evaluated;
  const interval = spec.evaluationInterval;
  return say.evaluation(interval, estimate({ ...spec, interval }).evaluations);
}

/** Approvers by id, so that they are notified: users and user groups. */
export function mentions(approvers: readonly string[]): Mrkdwn[] {
  return approvers.map(id => (id.startsWith('S') ? group(id) : user(id)));
}

/** What the job will likely cost, where the operator set a price and such jobs have been run. */
function cost(job: Job, { words: { approval: say }, prices }: Around): Mrkdwn | undefined {
  const price = isPipeline(job.spec) ? prices[job.spec.accelerator] : undefined;
  const took = 'request' in job ? job.request?.took : undefined;
  if (!price || !took) return undefined;
  const money = (ms: number) => say.money((ms / 3_600_000) * price.amount, price.currency);
  return say.cost(money(took.from), money(took.to), took.jobs);
}

function isPending(job: Job): boolean {
  return job.state === 'waiting' && !job.cancel;
}

function amount(job: Job, words: Words): Mrkdwn {
  const { approval: say } = words;
  const { spec } = job;
  const rows = 'checked' in job ? job.checked?.dataset.report.rows : undefined;
  return isPipeline(spec)
    ? say.amount(spec, { ...estimate({ ...spec, rows }), rows: rows ?? 0 })
    : words.card.title(spec);
}

function dataset(job: Job, { approval: say }: Words): Mrkdwn | undefined {
  const checked = 'checked' in job ? job.checked : undefined;
  return checked && say.dataset(checked.dataset.report, checked.findings.filter(it => !isBlocker(it)).length);
}

/** Every parameter that is not what the form opens with, and what that would have been. */
function differences(spec: PipelineSpec, { words: { approval: say, form }, proposed }: Around): Mrkdwn {
  const { defaults } = recipeOf(spec.recipe);
  const found: Mrkdwn[] = [];
  const tell = (name: keyof typeof say.names, is: string | number, was?: string | number) => {
    if (is !== was) found.push(say.difference(say.names[name], is, was));
  };
  tell('accelerator', spec.accelerator, defaults.accelerator);
  tell('region', spec.region, defaults.region);
  if (spec.uploadRegion !== spec.region) tell('uploadRegion', spec.uploadRegion);
  tell('steps', spec.steps, defaults.steps);
  tell('learningRateMultiplier', spec.learningRateMultiplier, defaults.learningRateMultiplier);
  if (spec.evaluate) {
    tell('evaluationInterval', spec.evaluationInterval, defaults.evaluationInterval);
    if (spec.earlyStopping !== defaults.earlyStopping) tell('earlyStopping', spec.earlyStopping ? say.yes : say.no);
  }
  if (spec.checkpoint !== 'default') tell('checkpoint', form.checkpoints[spec.checkpoint].toLowerCase());
  if (spec.encryptionKey) tell('encryptionKey', spec.encryptionKey);
  if (spec.serviceAccount !== proposed.serviceAccount) tell('serviceAccount', spec.serviceAccount ?? form.none);
  if (spec.pipelineRoot !== proposed.pipelineRoot) tell('pipelineRoot', spec.pipelineRoot);
  if (!spec.tensorboard) {
    if (Object.keys(proposed.tensorboards).length) tell('tensorboard', form.none);
  } else if (!Object.values(proposed.tensorboards).includes(spec.tensorboard)) tell('tensorboard', spec.tensorboard);
  if (spec.displayName !== spec.modelName) tell('displayName', spec.displayName);
  return found.length ? say.differs(found) : say.defaults;
}

/** What became of a request: by whom, when and why. */
export function decision(job: Job, { approval: say }: Words): Mrkdwn {
  if (job.state === 'denied') return say.denied(job.denial.by.user, job.denial.at, job.denial.reason);
  if (job.state === 'expired') return say.expired(job.endedAt);
  const given = 'approval' in job ? job.approval : undefined;
  if (job.state === 'replaced' && !given) return say.replaced(job.by);
  if (given)
    return join(
      [say.approved(given.by.user, given.at), job.state === 'replaced' ? say.overtaken(job.by) : undefined],
      ' ',
    );
  return job.cancel ? say.withdrawn(job.cancel.by.user, job.cancel.at) : say.closed;
}

/** The buttons by which a job's request is decided, wherever it is shown. */
export function approvalButtons({ id, spec }: Job, { approval: say }: Words): ActionsBlock {
  return {
    type: 'actions',
    block_id: 'decision',
    elements: [
      button(approvalIds.approve, {
        text: say.approve,
        value: id,
        style: 'primary',
        confirm: {
          title: say.confirm.title(spec),
          text: say.confirm.text(spec),
          confirm: say.confirm.confirm,
          deny: say.confirm.deny,
        },
      }),
      button(approvalIds.deny, { text: say.deny, value: id }),
    ],
  };
}

const reason = 'reason';

/** The form that asks an approver why a job is denied. */
export function denialForm(job: JobId, { approval: { form: words } }: Words): ModalView {
  const ids = { form: approvalIds.denial, field: reason };
  return questionForm({ ...ids, job, words, label: words.reason, longest: limits.reason });
}

/** Reads a submitted denial: the job, the reason, and the block that an error belongs beside. */
export function readDenial(view: Answered): { job: JobId; reason: string; block: string } {
  const { job, text } = readAnswer(view, reason);
  return { job, reason: text, block: reason };
}
