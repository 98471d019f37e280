import { z } from 'zod';

const JobId = z.string();

/** The ends that a requester may be told of directly. */
export const tellable = ['refused', 'denied', 'expired', 'succeeded', 'failed', 'cancelled'] as const;
export type Tellable = (typeof tellable)[number];

export const Notice = z.discriminatedUnion('kind', [
  /** Slack does not let Retort speak in a job's channel, by Slack's own code. For the requester. */
  z.object({
    kind: z.literal('channel'),
    job: JobId,
    model: z.string(),
    requester: z.string(),
    channel: z.string(),
    code: z.string(),
  }),
  /** A job has ended so, and its requester wants to be told directly. `link` leads to its card. */
  z.object({
    kind: z.literal('ended'),
    job: JobId,
    model: z.string(),
    requester: z.string(),
    state: z.enum(tellable),
    link: z.string().optional(),
  }),
  /** Whether a message was posted cannot be known, as Retort may not read the channel: it was not sent again. */
  z.object({ kind: z.literal('unclear'), job: JobId, key: z.string(), code: z.string() }),
  /** For so long now a message could not be posted, or it is not known whether it was. */
  z.object({ kind: z.literal('stuck'), job: JobId, key: z.string(), code: z.string() }),
  /** What a job owed was given up, so many messages: Slack did not take them for a week after its end. */
  z.object({ kind: z.literal('given-up'), job: JobId, code: z.string() }),
  /** A requester could not be told that their job cannot be told of in its channel, or it is not known whether they were. */
  z.object({ kind: z.literal('untold'), job: JobId, requester: z.string(), channel: z.string(), code: z.string() }),
  /** Slack refuses a message for what it says, even in plain words. */
  z.object({ kind: z.literal('unsaid'), job: JobId, key: z.string(), code: z.string() }),
  /** Slack does not take the bot's token, or it lacks a scope. */
  z.object({ kind: z.literal('credentials'), code: z.string() }),
  /** A pipeline job under a job's name carries other labels than ours: it was left alone. */
  z.object({ kind: z.literal('foreign'), job: JobId, region: z.string() }),
  /** A pipeline job carries this deployment's label, and no job of it is waiting for it: it is being cancelled. */
  z.object({ kind: z.literal('orphan'), job: JobId, run: z.string() }),
]);
/** What somebody is told outside of any thread: the operator, or where it says so the requester. */
export type Notice = z.infer<typeof Notice>;

/** Whether a notice is for one person rather than for the operator. */
export function isPersonal(notice: Notice): notice is Extract<Notice, { kind: 'channel' | 'ended' }> {
  return notice.kind === 'channel' || notice.kind === 'ended';
}

/** Under which key a notice is owed: one that was owed is not owed again. */
export function noticeKey(notice: Notice): string {
  switch (notice.kind) {
    case 'channel':
    case 'ended':
    case 'foreign':
    case 'stuck':
    case 'given-up':
    case 'untold':
      return `${notice.kind} ${notice.job}`;
    case 'unclear':
    case 'unsaid':
      return `${notice.kind} ${notice.job} ${notice.key}`;
    case 'credentials':
      return `${notice.kind} ${notice.code}`;
    case 'orphan':
      return `${notice.kind} ${notice.run}`;
    default:
      return notice satisfies never;
  }
}
