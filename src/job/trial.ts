import { z } from 'zod';

/** The longest parts of a trial that are kept, in characters: a job has to fit its document. */
export const longestTrial = { prompt: 3000, shown: 2000 } as const;

/** How many prompts of one job may wait for their answers, and how many answered ones are remembered, so that a form sent twice is answered once. */
export const trialsKept = { waiting: 5, answered: 20 } as const;

export const Trial = z.object({
  /** Of the form it was asked in. */
  id: z.string(),
  by: z.string(),
  at: z.number(),
  /** Empty where the evaluation dataset's row is the prompt. */
  prompt: z.string(),
  /** A row of the evaluation dataset. */
  line: z.number().optional(),
});
/** A prompt that somebody wants the tuned model to answer. */
export type Trial = z.infer<typeof Trial>;

export const Tried = z.object({
  by: z.string(),
  prompt: z.string(),
  line: z.number().optional(),
  /** What the evaluation dataset expects there. */
  expected: z.string().optional(),
  answer: z.string().optional(),
  /** Whether the whole answer is what is expected, but for space around it. */
  same: z.boolean().optional(),
  /** How long the answer took, in milliseconds. */
  ms: z.number().optional(),
  /** Why there is no answer: the row is not there, the model is not at its endpoint any more, it has none for this prompt, or none came. */
  hindrance: z.enum(['no-row', 'gone', 'unanswered', 'silent']).optional(),
  /** Google's own words. */
  said: z.string().optional(),
});
/** What came of a trial. */
export type Tried = z.infer<typeof Tried>;

/** What came of a trial, no longer than it can be kept and shown. */
export function kept({ prompt, expected, answer, said, ...rest }: Tried): Tried {
  const cut = (text: string) => text.slice(0, longestTrial.shown);
  return {
    ...rest,
    prompt: cut(prompt),
    ...(expected !== undefined && { expected: cut(expected) }),
    ...(answer !== undefined && { answer: cut(answer) }),
    ...(said && { said: cut(said) }),
  };
}
