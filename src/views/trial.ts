import type { KnownBlock, ModalView } from '@slack/types';
import type { Job, JobId } from '../job/job.ts';
import type { Tried } from '../job/trial.ts';
import { longestTrial } from '../job/trial.ts';
import type { Mrkdwn } from './text.ts';
import { context, limits, plain, preformatted } from './text.ts';
import type { Words } from './words.ts';

/** The action id of the button that opens the form, the form's callback id, and the ids of its fields. */
export const trialIds = { open: 'try', form: 'try-form', prompt: 'prompt', line: 'line' } as const;

/** The form that asks for a prompt, and where there is an evaluation dataset, for a row of it. */
export function trialForm({ id, spec }: Job, { trial: say }: Words): ModalView {
  const hasRows = spec.evaluate && spec.evaluationDataset !== undefined;
  const row: KnownBlock = {
    type: 'input',
    block_id: trialIds.line,
    optional: true,
    label: plain(say.line, limits.label),
    hint: plain(say.lineHint, limits.hint),
    element: { type: 'number_input', action_id: trialIds.line, is_decimal_allowed: false, min_value: '1' },
  };
  return {
    type: 'modal',
    callback_id: trialIds.form,
    private_metadata: id,
    title: plain(say.title, limits.modalTitle),
    submit: plain(say.submit, limits.modalButton),
    close: plain(say.close, limits.modalButton),
    blocks: [
      context('shown', [say.shown]),
      {
        type: 'input',
        block_id: trialIds.prompt,
        optional: hasRows,
        label: plain(say.prompt, limits.label),
        hint: plain(say.promptHint, limits.hint),
        element: {
          type: 'plain_text_input',
          action_id: trialIds.prompt,
          multiline: true,
          max_length: longestTrial.prompt,
          focus_on_load: true,
        },
      },
      ...(hasRows ? [row] : []),
    ],
  };
}

/** A submitted form as Slack sends it. */
interface Submitted {
  private_metadata: string;
  state: { values: Record<string, Record<string, { value?: string | null | undefined }>> };
}

/** Reads a submitted prompt; a line that is no line is NaN. */
export function readTrial({ private_metadata, state }: Submitted): {
  job: JobId;
  prompt: string;
  line: number | undefined;
} {
  const value = (id: string) => state.values[id]?.[id]?.value?.trim() ?? '';
  const line = value(trialIds.line);
  const number = /^[1-9]\d{0,8}$/.test(line) ? Number(line) : Number.NaN;
  return { job: private_metadata, prompt: value(trialIds.prompt), line: line ? number : undefined };
}

/** What is wrong with a submitted prompt, beside its field. */
export function wrongIn(
  { prompt, line }: { prompt: string; line: number | undefined },
  { trial: say }: Words,
): Record<string, string> | undefined {
  if (Number.isNaN(line)) return { [trialIds.line]: say.noLine };
  return prompt || line !== undefined ? undefined : { [trialIds.prompt]: say.needed };
}

/** What came of a prompt, in words: its first line, and what stands below it. */
export function triedWords(tried: Tried, { trial: say }: Words): { title: Mrkdwn; blocks: KnownBlock[] } {
  const { by, prompt, line, expected, answer, ms, same, hindrance, said } = tried;
  const box = (id: string, title: Mrkdwn, text: string) => [
    context(`${id}-title`, [title]),
    preformatted(id, text, limits.passage),
  ];
  return {
    title: say.asked(by, line),
    blocks: [
      ...(prompt ? box('prompt', say.boxes.prompt, prompt) : []),
      ...(answer === undefined ? [] : box('answer', say.boxes.answer(ms), answer)),
      ...(hindrance ? [context('hindrance', [say.hindrances[hindrance](said)])] : []),
      ...(expected === undefined ? [] : box('expected', say.boxes.expected(same), expected)),
    ],
  };
}
