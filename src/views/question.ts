import type { ModalView } from '@slack/types';
import type { JobId } from '../job/job.ts';
import { limits, plain } from './text.ts';

/** A form that asks one question about a job, to be answered in a few sentences. */
export interface Question {
  job: JobId;
  /** The form's callback id. */
  form: string;
  /** The id of its one field. */
  field: string;
  /** The longest answer, in characters. */
  longest: number;
  words: Record<'title' | 'submit' | 'close' | 'placeholder' | 'hint', string>;
  label: string;
}

/** Draws a form that asks one question. */
export function questionForm({ job, form, field, longest, words, label }: Question): ModalView {
  return {
    type: 'modal',
    callback_id: form,
    private_metadata: job,
    title: plain(words.title, limits.modalTitle),
    submit: plain(words.submit, limits.modalButton),
    close: plain(words.close, limits.modalButton),
    blocks: [
      {
        type: 'input',
        block_id: field,
        label: plain(label, limits.label),
        hint: plain(words.hint, limits.hint),
        element: {
          type: 'plain_text_input',
          action_id: field,
          multiline: true,
          min_length: 1,
          max_length: longest,
          focus_on_load: true,
          placeholder: plain(words.placeholder, limits.placeholder),
        },
      },
    ],
  };
}

/** What Slack sends of a submitted form. */
export interface Answered {
  private_metadata: string;
  state: { values: Record<string, Record<string, { value?: string | null | undefined }>> };
}

/** Reads a submitted answer: the job, and the text without space around it. */
export function readAnswer(view: Answered, field: string): { job: JobId; text: string } {
  return { job: view.private_metadata, text: (view.state.values[field]?.[field]?.value ?? '').trim() };
}
