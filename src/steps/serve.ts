import { foundIdle, stillDeployed, tried, undeployAsked, undeployed } from '../job/change.ts';
import type { Served } from '../job/follow-up.ts';
import { idleAt, isServed } from '../job/follow-up.ts';
import type { JobIn } from '../job/job.ts';
import { answering } from '../job/spec.ts';
import type { Trial, Tried } from '../job/trial.ts';
import { isToBeJudged, markOf, marks } from '../job/verdict.ts';
import type { Held, World } from '../world.ts';
import { Unavailable } from '../world.ts';
import type { EvaluationRow } from './evaluation-rows.ts';
import { evaluationRow } from './evaluation-rows.ts';
import { judge } from './judge.ts';

type Touches = Pick<World, 'jobs' | 'storage' | 'vertex' | 'settings' | 'clock' | 'log' | 'leaving'>;

/** For how many looks a prompt is asked again that gets no answer. */
const asksAgain = 5;
/** How many looks lie between two wishes to undeploy, and after how many of them nothing came of it. */
const undeploysAgain = 5;
const undeploysFor = 60;

/** Sees to what follows a job's success: prompts that somebody wants answered, the wish to undeploy, a model that nobody uses, and the verdict. */
export async function serve(held: Held, job: JobIn<'succeeded'>, world: Touches): Promise<Held> {
  let newest = held;
  for (const trial of job.trials ?? []) newest = await answer(newest, trial, world);
  const { job: now } = newest;
  if (isServed(now) && now.undeploy) return takeOff(newest, now, world);
  if (isToBeJudged(now)) return judge(newest, now, world);
  return isServed(now) ? remind(newest, now, world) : newest;
}

/** Asks the tuned model what somebody wants to know of it. */
async function answer(held: Held, trial: Trial, world: Touches): Promise<Held> {
  const { jobs, clock, settings } = world;
  const came = await ask(held.job, trial, world);
  if (came.hindrance === 'silent' && clock.now() - trial.at < asksAgain * settings.lookEvery) return held;
  return jobs.commit(held, now => tried(now, trial.id, came, clock.now()));
}

async function ask(job: Held['job'], { by, prompt, line }: Trial, world: Touches): Promise<Tried> {
  const asked = { by, prompt, ...(line !== undefined && { line }) };
  if (!isServed(job)) return { ...asked, hindrance: 'gone' };
  let row: EvaluationRow | undefined;
  try {
    row = line === undefined ? undefined : await evaluationRow(job, line, world);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    return { ...asked, hindrance: 'silent', said: error.trouble.said };
  }
  if (line !== undefined && !row) return { ...asked, hindrance: 'no-row' };
  const whole = prompt || (row?.input ?? '');
  const expected = row?.expected;
  const began = world.clock.steady();
  const prediction = await world.vertex.predict(job.endpoint, whole, { how: answering(job.spec) });
  const ms = Math.round(world.clock.steady() - began);
  const told = { ...asked, prompt: whole, ...(expected !== undefined && { expected }) };
  switch (prediction.is) {
    case 'answered': {
      const { text } = prediction;
      const same = expected === undefined ? undefined : markOf(text, expected) === marks.same;
      return { ...told, answer: text, ms, ...(same !== undefined && { same }) };
    }
    case 'unanswered':
    case 'closed':
      return { ...told, hindrance: 'unanswered', said: prediction.trouble.said };
    case 'put-off':
      return { ...told, hindrance: 'silent', said: prediction.trouble.said };
    default:
      return prediction satisfies never;
  }
}

/** Takes the tuned model off its endpoint, where nothing else is served; looked at again until it is gone. */
async function takeOff(held: Held, job: Served, { jobs, vertex, settings, clock }: Touches): Promise<Held> {
  const { undeploy: wish, model, endpoint } = job;
  if (!wish) return held;
  const looks = (since: number) => (clock.now() - since) / settings.lookEvery;
  const found = await vertex.deployment(model, endpoint);
  if (found.is === 'not-there') return jobs.commit(held, now => undeployed(now, clock.now()));
  const isLate = looks(wish.at) >= undeploysFor;
  if (found.is === 'put-off')
    return isLate ? jobs.commit(held, now => stillDeployed(now, 'silent', found.trouble.said)) : held;
  if (!found.alone) return jobs.commit(held, now => stillDeployed(now, 'shared'));
  if (isLate) return jobs.commit(held, now => stillDeployed(now, 'silent'));
  if (wish.askedAt !== undefined && looks(wish.askedAt) < undeploysAgain) return held;
  const hindrance = await vertex.undeploy(endpoint, found.id);
  if (!hindrance) return jobs.commit(held, now => undeployAsked(now, clock.now()));
  return hindrance.refused ? jobs.commit(held, now => stillDeployed(now, 'refused', hindrance.trouble.said)) : held;
}

/** Reminds the requester of a model that is deployed and unused, once it has been for long. */
async function remind(held: Held, job: Served, { jobs, vertex, clock }: Touches): Promise<Held> {
  const at = idleAt(job);
  if (at === undefined || clock.now() < at) return held;
  const found = await vertex.deployment(job.model, job.endpoint);
  if (found.is === 'not-there') return jobs.commit(held, now => undeployed(now, clock.now()));
  return jobs.commit(held, now => foundIdle(now, { isThere: found.is === 'there', now: clock.now() }));
}
