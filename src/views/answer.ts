import type { ModalView } from '@slack/types';
import type { Job, JobId } from '../job/job.ts';
import type { Message } from '../world.ts';
import { decision, mentions } from './approval.ts';
import { form } from './form.ts';
import { button, esc, limits, plain, section, unformatted } from './text.ts';
import type { Words } from './words.ts';

/** One sentence for one person. */
export function sentence(text: string): Message {
  return { text: unformatted(esc(text)), blocks: [section('answer', [esc(text)])] };
}

/** One sentence for somebody who may not decide, and who may. Nobody is notified: only they see it. */
export function whoMay(text: string, approvers: readonly string[], words: Words): Message {
  const named = mentions(approvers);
  const line = named.length ? words.answers.approvers(named) : undefined;
  return { text: unformatted(esc(text)), blocks: [section('answer', [esc(text), line])] };
}

/** One sentence for somebody who came too late to decide, and who decided, when and why. */
export function whoDecided(text: string, job: Job, words: Words): Message {
  return {
    text: unformatted(esc(text)),
    blocks: [section('answer', [esc(text), 'request' in job && job.request ? decision(job, words) : undefined])],
  };
}

/** For somebody whose three seconds passed before the form could open: a press on this gives three new ones. `action` is what the press is to do. */
export function openAgain(words: Words, job?: JobId, action: string = form.open): Message {
  const { text, blocks } = sentence(words.answers.formTooLate);
  const open = button(action, { text: words.form.open, style: 'primary', ...(job && { value: job }) });
  return { text, blocks: [...blocks, { type: 'actions', block_id: 'open', elements: [open] }] };
}

/** An answer in a window of its own, where there is no channel to show it in. */
export function inWindow({ blocks }: Message, { answers }: Words): ModalView {
  return {
    type: 'modal',
    title: plain(answers.window, limits.modalTitle),
    close: plain(answers.close, limits.modalButton),
    blocks,
  };
}
