import { z } from 'zod';
import { alarmKinds } from './guard-rails.ts';
import { MendCount, mendings } from './mend.ts';
import { datasetFields } from './spec.ts';
import { Tried } from './trial.ts';

/** What a file in the thread may hold. */
export const attachments = ['dataset-report', 'curves-chart', 'curves-csv', 'passport'] as const;
export type Attachment = (typeof attachments)[number];

export const Post = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('card') }),
  z.object({ kind: z.literal('refusal') }),
  z.object({ kind: z.literal('dataset') }),
  /** A file in the thread: everything that a post has no room for. */
  z.object({ kind: z.literal('attachment'), of: z.enum(attachments) }),
  /** These were overwritten after they had been checked for the job before. */
  z.object({ kind: z.literal('outdated'), about: z.array(z.enum(datasetFields)) }),
  /** A dataset was mended: what came of it, for each new object. */
  z.object({
    kind: z.literal('mended'),
    mending: z.enum(mendings),
    dataset: MendCount.optional(),
    evaluationDataset: MendCount.optional(),
  }),
  z.object({ kind: z.literal('approval') }),
  /** Half the time for an answer has passed. */
  z.object({ kind: z.literal('reminder') }),
  z.object({ kind: z.literal('denial') }),
  z.object({ kind: z.literal('expiry') }),
  /** The pipeline job could not be created for a whole day. */
  z.object({ kind: z.literal('delay') }),
  z.object({ kind: z.literal('launch') }),
  /** A stage began, or was over before it could be seen to begin. */
  z.object({ kind: z.literal('stage'), title: z.string(), done: z.boolean(), tuning: z.boolean() }),
  /** It has been running for longer than the operator means any to, in milliseconds. */
  z.object({ kind: z.literal('overtime'), longest: z.number() }),
  /** No new step came for several times as long as usual: after which, since when, and how long there usually was between two reports, in milliseconds. */
  z.object({ kind: z.literal('stall'), step: z.number(), since: z.number(), usual: z.number() }),
  /** Something about the curves is alarming. */
  z.object({ kind: z.literal('alarm'), of: z.enum(alarmKinds) }),
  z.object({ kind: z.literal('result') }),
  /** How to load the tuned model or call its endpoint: in the thread alone. */
  z.object({ kind: z.literal('code') }),
  /** How the tuned model does on the evaluation dataset, beside the student it was made from and the teacher. */
  z.object({ kind: z.literal('verdict') }),
  /** What the tuned model answered to somebody's prompt. */
  Tried.extend({ kind: z.literal('trial') }),
  /** The tuned model is not at its endpoint any more: somebody wished it so here, or it was done elsewhere. */
  z.object({ kind: z.literal('undeployed'), by: z.string().optional() }),
  /** The tuned model could not be taken off its endpoint: others are served there, Google refused, or gave no answer. */
  z.object({
    kind: z.literal('still-deployed'),
    by: z.string(),
    why: z.enum(['shared', 'refused', 'silent']),
    said: z.string(),
  }),
  /** The tuned model is deployed, and nobody has asked it anything through Retort for two weeks. */
  z.object({ kind: z.literal('idle') }),
  z.object({ kind: z.literal('failure') }),
  z.object({ kind: z.literal('cancellation') }),
]);
/** A message owed to the channel or the thread, as facts: the words are found when it is sent. */
export type Post = z.infer<typeof Post>;
export type PostKind = Post['kind'];
/** A post that is a message; the others are files. */
export type Said = Exclude<Post, { kind: 'attachment' }>;

/** Posts that are redrawn whole whenever the job changes: what was pressed on one may not be pressed again. */
export const standing = ['card', 'approval', 'dataset', 'refusal', 'denial', 'expiry'] as const;
export type Standing = (typeof standing)[number];

/** Whether a post of this kind is redrawn. */
export function isStanding(kind: PostKind): kind is Standing {
  return (standing as readonly PostKind[]).includes(kind);
}

/** Posts of the end, which are shown in the channel as well as in the thread. */
export const shownInChannel: ReadonlySet<PostKind> = new Set<PostKind>(['result', 'failure', 'refusal']);

/** The key of a post in its job, `0000` for the card: in order of telling, and told to Slack as metadata. */
export function postKey(sequence: number): string {
  return String(sequence).padStart(4, '0');
}

/** How many posts from the first on are done with, and which after those, once this one is too. */
export function doneWith(
  { delivered, early }: { delivered: number; early: readonly number[] },
  sequence: number,
): { delivered: number; early: number[] } {
  const done = new Set([...early, sequence]);
  let count = delivered;
  while (done.delete(count)) count++;
  return { delivered: count, early: [...done].filter(one => one > count) };
}
