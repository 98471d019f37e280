import { z } from 'zod';
import type { Job, JobIn } from './job.ts';
import type { Spec } from './spec.ts';

/** Who is asked: the tuned model, the student as it was before, and the teacher. */
export const contestants = ['tuned', 'student', 'teacher'] as const;
export type Contestant = (typeof contestants)[number];

/** Whom a job's tuned model is compared with, and itself: a recipe may have no teacher. */
export function contestantsOf({ teacher }: Pick<Spec, 'teacher'>): Contestant[] {
  return contestants.filter(who => who !== 'teacher' || teacher !== undefined);
}

/** How an answer compares with what the evaluation dataset expects: the same but for space around it, another, or none. */
export const marks = { same: '1', other: '0', none: '-' } as const;

export const Sheet = z.object({
  /** A mark for each row so far, in order. */
  marks: z.string(),
  /** How long each answer took, in milliseconds. */
  ms: z.array(z.number()),
  /** It answers no more: in Google's own words, empty where there were none. */
  out: z.string().optional(),
});
/** What one of the contestants made of the evaluation dataset so far. */
export type Sheet = z.infer<typeof Sheet>;

/** Why nothing could be compared: the evaluation dataset is not the one any more that was checked, none of its rows has a label, or it could not be read for too long. */
export const hindrances = ['changed', 'unlabelled', 'unread'] as const;

export const Verdict = z.object({
  beganAt: z.number(),
  /** When an answer last came. */
  learntAt: z.number().optional(),
  endedAt: z.number().optional(),
  /** The lines of the evaluation dataset that are asked about, in order. */
  lines: z.array(z.number()),
  sheets: z.partialRecord(z.enum(contestants), Sheet),
  hindrance: z.enum(hindrances).optional(),
});
/** How the tuned model compares with the student it was made from, and with its teacher, on the evaluation dataset. */
export type Verdict = z.infer<typeof Verdict>;

/** A finished job whose tuned model can be asked, and compared on an evaluation dataset. */
export type Judgeable = JobIn<'succeeded'> & { model: string; endpoint: string };

/** Whether a job's tuned model is still to be compared on its evaluation dataset. */
export function isToBeJudged(job: Job): job is Judgeable {
  if (job.state !== 'succeeded' || !job.model || !job.endpoint || job.undeployedAt !== undefined) return false;
  return job.spec.evaluate && job.spec.evaluationDataset !== undefined && job.verdict?.endedAt === undefined;
}

/** Rows that a contestant still has to be asked about, by their places; none where it answers no more. */
export function stillToAsk(verdict: Pick<Verdict, 'sheets'>, who: Contestant, rows: number): number[] {
  const { marks: done = '', out } = verdict.sheets[who] ?? {};
  return out === undefined ? Array.from({ length: rows - done.length }, (_, i) => done.length + i) : [];
}

/** A sheet continued with what came after it. */
export function continued(before: Sheet | undefined, after: Sheet): Sheet {
  return { ...after, marks: `${before?.marks ?? ''}${after.marks}`, ms: [...(before?.ms ?? []), ...after.ms] };
}

/** How an answer compares with what is expected. */
export function markOf(answer: string | undefined, expected: string): string {
  if (answer === undefined) return marks.none;
  return answer.trim() === expected.trim() ? marks.same : marks.other;
}

/** How many of a contestant's answers were the expected ones, with the interval in which the share lies, and how long an answer took. */
export interface Score {
  asked: number;
  same: number;
  unanswered: number;
  /** Of all rows like these, with 95 % confidence: Wilson's interval. */
  from: number;
  to: number;
  /** Half of the answers took no longer, in milliseconds. */
  median: number | undefined;
}

/** The score of a sheet; undefined where nothing was answered at all. */
export function scoreOf(sheet: Sheet | undefined): Score | undefined {
  const asked = sheet?.marks.length ?? 0;
  if (!sheet || !asked) return undefined;
  const count = (mark: string) => sheet.marks.split(mark).length - 1;
  const unanswered = count(marks.none);
  if (unanswered === asked) return undefined;
  const right = count(marks.same);
  return { asked, same: right, unanswered, ...wilson(right, asked), median: median(sheet.ms) };
}

/** Wilson's interval for a share, at 95 % confidence: it holds for few rows, and for shares near none and all (E. B. Wilson, 1927). */
export function wilson(hits: number, of: number): { from: number; to: number } {
  const z = 1.959964;
  const share = hits / of;
  const middle = share + z ** 2 / (2 * of);
  const half = z * Math.sqrt((share * (1 - share)) / of + z ** 2 / (4 * of ** 2));
  const whole = 1 + z ** 2 / of;
  return { from: Math.max(0, (middle - half) / whole), to: Math.min(1, (middle + half) / whole) };
}

/** The lines where one contestant's answer was the expected one and another's was not. */
export function aheadAt(verdict: Verdict, one: Contestant, other: Contestant): number[] {
  const [a = '', b = ''] = [verdict.sheets[one]?.marks, verdict.sheets[other]?.marks];
  return verdict.lines.filter((_, i) => i < b.length && a[i] === marks.same && b[i] !== marks.same);
}

/** The lines where a contestant's answer was not the expected one. */
export function missedAt(verdict: Verdict, who: Contestant): number[] {
  const { marks: done = '' } = verdict.sheets[who] ?? {};
  return verdict.lines.filter((_, i) => i < done.length && done[i] !== marks.same);
}

function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}
