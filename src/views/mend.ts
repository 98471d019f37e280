import type { KnownBlock, ModalView } from '@slack/types';
import type { Job, JobId } from '../job/job.ts';
import type { Mending } from '../job/mend.ts';
import { mendings } from '../job/mend.ts';
import { offered } from '../job/remedy.ts';
import type { Answered } from './question.ts';
import { questionForm, readAnswer } from './question.ts';
import { button, limits } from './text.ts';
import type { Words } from './words.ts';

/** The action ids of the buttons that mend a dataset. */
export const mendIds = Object.fromEntries(mendings.map(mending => [mending, `mend-${mending}`])) as Record<
  Mending,
  `mend-${Mending}`
>;

/** The callback id of the form that asks for an instruction. */
export const instructionId = 'instruction';

/** The buttons that mend what was found in a job's datasets; none where nothing can be mended. */
export function mendButtons(job: Job, { mend: say }: Words): KnownBlock[] {
  const elements = offered(job).map(mending => button(mendIds[mending], { text: say.buttons[mending], value: job.id }));
  return elements.length ? [{ type: 'actions', block_id: 'mend', elements }] : [];
}

/** The form that asks for the instruction that every row gets. */
export function instructionForm({ id: job }: Job, { mend: { form: words } }: Words): ModalView {
  const ids = { form: instructionId, field: instructionId };
  return questionForm({ ...ids, job, words, label: words.label, longest: limits.instruction });
}

/** Reads a submitted instruction: the job, the text, and the block that an error belongs beside. */
export function readInstruction(view: Answered): { job: JobId; instruction: string; block: string } {
  const { job, text } = readAnswer(view, instructionId);
  return { job, instruction: text, block: instructionId };
}
