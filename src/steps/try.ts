import type { ModalView } from '@slack/types';
import { tryWished } from '../job/change.ts';
import { isServed } from '../job/follow-up.ts';
import type { JobId } from '../job/job.ts';
import { sentence } from '../views/answer.ts';
import { trialForm } from '../views/trial.ts';
import { wordsIn } from '../views/words.ts';
import type { Message, World } from '../world.ts';
import { threadBrake } from './brake.ts';
import type { Wisher } from './decide.ts';
import { known } from './decide.ts';
import { maySee } from './may.ts';

type Touches = Pick<World, 'jobs' | 'slack' | 'settings' | 'clock'>;

/** The form that asks for a prompt; or why the tuned model cannot be asked. */
export async function openTrial(id: JobId, wisher: Wisher, world: Touches): Promise<ModalView | Message> {
  const words = wordsIn(world.settings.language);
  const job = await known(id, wisher, world);
  if (!job) return sentence(words.answers.noSuchJob(id));
  const permission = await maySee(wisher.by.user, world);
  if (permission !== 'yes') return sentence(words.permission(permission));
  if (!isServed(job)) return sentence(words.trial.notServed);
  const braked = await threadBrake(id, world);
  return braked ? sentence(words.brake(braked)) : trialForm(job, words);
}

/** Has a prompt answered in the job's thread. Says why not, where it is not; the same form sent twice is answered once. */
export async function wishTrial(
  id: JobId,
  { form, prompt, line }: { form: string; prompt: string; line: number | undefined },
  wisher: Wisher,
  world: Touches,
): Promise<Message | undefined> {
  const { trial: say, ...words } = wordsIn(world.settings.language);
  const job = await known(id, wisher, world);
  if (!job) return sentence(words.answers.noSuchJob(id));
  const permission = await maySee(wisher.by.user, world);
  if (permission !== 'yes') return sentence(words.permission(permission));
  const braked = await threadBrake(id, world);
  if (braked) return sentence(words.brake(braked));
  const trial = { id: form, by: wisher.by.user, at: world.clock.now(), prompt, ...(line !== undefined && { line }) };
  const after = await world.jobs.record(id, current => tryWished(current, trial));
  if (!after || !isServed(after)) return sentence(say.notServed);
  const isTaken = after.trials?.some(one => one.id === form) || after.tried?.includes(form);
  return isTaken ? undefined : sentence(say.tooMany);
}
