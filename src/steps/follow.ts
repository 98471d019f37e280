import type { ModalView } from '@slack/types';
import { followed, isReplaceable, submitted } from '../job/change.ts';
import type { Job, JobId, Person } from '../job/job.ts';
import { isFinal } from '../job/job.ts';
import type { Mend } from '../job/mend.ts';
import { otherThan } from '../job/recipe.ts';
import type { Problem } from '../job/spec.ts';
import { isError, isPipeline, problems, type Spec } from '../job/spec.ts';
import { sentence } from '../views/answer.ts';
import { around } from '../views/around.ts';
import { switchView } from '../views/switch.ts';
import { wordsIn } from '../views/words.ts';
import type { Message, World } from '../world.ts';
import type { Brake } from './brake.ts';
import { brake } from './brake.ts';
import type { Outcome } from './decide.ts';
import { digest } from './digest.ts';
import { newId } from './id.ts';
import { mayFollow } from './may.ts';

type Touches = Pick<World, 'jobs' | 'slack' | 'settings' | 'clock'>;

/** What came of a wish to have a job followed by another. `wrong`: the other could not run as it would be; `braked`: not just now. */
export type Followed =
  | Outcome
  | { is: 'wrong'; job: Job; problems: Problem[] }
  | { is: 'braked'; job: Job; brake: Brake };

/** Asks again for what a job asked for: its successor has the same spec, and its card and thread. Pressed twice, it makes one. */
export function askAgain(id: JobId, by: Person, world: Touches): Promise<Followed> {
  return follow(id, { by, action: 'succeed', spec: ({ spec }) => spec }, world);
}

/** Switches a queued job to the other accelerator: a successor, as its spec is another one. */
export function switchOver(id: JobId, by: Person, world: Touches): Promise<Followed> {
  return follow(id, { by, action: 'move', spec: switched }, world);
}

/** A job's spec on the other accelerator. */
export function switched({ spec }: Job): Spec {
  if (!isPipeline(spec)) return spec;
  return { ...spec, accelerator: otherThan(spec.accelerator) };
}

/** What keeps a spec from being launched here. */
function hindrances(spec: Spec, settings: Touches['settings']): Problem[] {
  const { recipe } = spec;
  const left: Problem = { field: 'recipe', rule: 'not-offered', value: recipe, offered: settings.recipes };
  return [...(settings.recipes.includes(recipe) ? [] : [left]), ...problems(spec, settings).filter(isError)];
}

/** Begins a job in the place of another. Pressed twice, it makes one. */
export async function follow(
  id: JobId,
  wish: {
    by: Person;
    action: 'succeed' | 'move' | 'mend';
    spec: (job: Job, heir: JobId) => Spec;
    mend?: (job: Job) => Mend | undefined;
  },
  world: Touches,
): Promise<Followed> {
  const { jobs, clock, settings } = world;
  const { by, action } = wish;
  const job = await jobs.get(id);
  if (!job || job.requester.team !== by.team) return { is: 'no-such-job' };
  const permission = await mayFollow(by.user, job, world);
  if (permission !== 'yes') return { is: 'refused', why: permission, job };
  const heir = newId();
  const mend = wish.mend?.(job);
  // There is nothing read that could be mended, or it is under way already.
  if (action === 'mend' && !mend) return { is: 'late', job };
  const spec = wish.spec(job, heir);
  const wrong = hindrances(spec, settings);
  if (wrong.length) return { is: 'wrong', job, problems: wrong };
  const braked = !job.heir && (await brake(by, world, { replaces: !isFinal(job) }));
  if (braked) return { is: 'braked', job, brake: braked };
  const begun = await jobs.succeed(
    id,
    (before, ledger) => {
      if (!isReplaceable(before) || (action === 'move' && before.state !== 'queued')) return undefined;
      const now = clock.now();
      const { channel, requester } = before;
      return {
        before: followed(before, heir, { by, action, ledger, now }),
        heir: submitted({
          id: heir,
          spec,
          digest: digest(spec),
          requester,
          channel,
          uploads: {},
          from: before,
          mend,
          now,
        }),
      };
    },
    `after:${id}`,
  );
  if (begun?.id === heir) return { is: 'done', job: begun };
  return { is: 'late', job: (await jobs.get(id)) ?? job };
}

/** What switching a job to the other accelerator would change, to be agreed to; or why it cannot be switched. */
export async function switchPlan(id: JobId, by: Person, world: Touches): Promise<ModalView | Message> {
  const { jobs, settings } = world;
  const words = wordsIn(settings.language);
  const job = await jobs.get(id);
  if (!job || job.requester.team !== by.team) return sentence(words.answers.noSuchJob(id));
  const permission = await mayFollow(by.user, job, world);
  if (permission !== 'yes') return sentence(words.permission(permission));
  if (job.state !== 'queued') return sentence(words.switch.notQueued);
  const spec = switched(job);
  if (!isPipeline(spec)) return sentence(words.switch.notQueued);
  return switchView(job, { spec, wrong: hindrances(spec, settings) }, around(settings), settings);
}
