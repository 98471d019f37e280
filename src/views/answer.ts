import type { JobId } from '../job/job.ts';
import type { Message } from '../world.ts';
import { form } from './form.ts';
import { button, esc, group, section, user } from './text.ts';
import type { Words } from './words.ts';

/** One sentence for one person. */
export function sentence(text: string): Message {
  return { text, blocks: [section('answer', [esc(text)])] };
}

/** One sentence for somebody who may not decide, and who may. Nobody is notified: only they see it. */
export function whoMay(text: string, approvers: readonly string[], words: Words): Message {
  const named = approvers.map(id => (id.startsWith('S') ? group(id) : user(id)));
  const line = named.length ? words.answers.approvers(named) : undefined;
  return { text, blocks: [section('answer', [esc(text), line])] };
}

/** For somebody whose three seconds passed before the form could open: a press on this gives three new ones. */
export function openAgain(words: Words, job?: JobId): Message {
  const { text, blocks } = sentence(words.answers.formTooLate);
  const open = button(form.open, { text: words.form.open, style: 'primary', ...(job && { value: job }) });
  return { text, blocks: [...blocks, { type: 'actions', block_id: 'open', elements: [open] }] };
}
