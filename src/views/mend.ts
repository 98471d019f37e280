import type { KnownBlock, ModalView } from '@slack/types';
import type { Job, JobId } from '../job/job.ts';
import type { Mending } from '../job/mend.ts';
import { mendings } from '../job/mend.ts';
import { offered } from '../job/remedy.ts';
import { button, limits, plain } from './text.ts';
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
export function instructionForm(job: Job, { mend: { form: say } }: Words): ModalView {
  return {
    type: 'modal',
    callback_id: instructionId,
    private_metadata: job.id,
    title: plain(say.title, limits.modalTitle),
    submit: plain(say.submit, limits.modalButton),
    close: plain(say.close, limits.modalButton),
    blocks: [
      {
        type: 'input',
        block_id: instructionId,
        label: plain(say.label, limits.label),
        hint: plain(say.hint, limits.hint),
        element: {
          type: 'plain_text_input',
          action_id: instructionId,
          multiline: true,
          min_length: 1,
          max_length: limits.instruction,
          focus_on_load: true,
          placeholder: plain(say.placeholder, limits.placeholder),
        },
      },
    ],
  };
}

/** Reads a submitted instruction: the job, the text, and the block that an error belongs beside. */
export function readInstruction(view: {
  private_metadata: string;
  state: { values: Record<string, Record<string, { value?: string | null | undefined }>> };
}): { job: JobId; instruction: string; block: string } {
  const written = view.state.values[instructionId]?.[instructionId]?.value ?? '';
  return { job: view.private_metadata, instruction: written.trim(), block: instructionId };
}
