import { createHash } from 'node:crypto';
import { cancelAsked, neverCreated, observed, putOff } from '../job/change.ts';
import type { Curves } from '../job/curves.ts';
import { drawable } from '../job/curves.ts';
import type { JobIn } from '../job/job.ts';
import type { Run } from '../job/run.ts';
import { hasEnded, isTuning, tunedEndpoint, tunedModel } from '../job/run.ts';
import { same } from '../job/same.ts';
import { chartOf } from '../views/figure.ts';
import { wordsIn } from '../views/words.ts';
import type { Held, World } from '../world.ts';
import { SlackTrouble } from '../world.ts';

type Touches = Pick<World, 'jobs' | 'vertex' | 'slack' | 'canvas' | 'settings' | 'clock' | 'log'>;
type Under = JobIn<'running' | 'cancelling'>;

const minute = 60_000;
/** A cancellation is best effort, so it is asked for again. */
const askAgain = 5 * minute;
/** A request to create a pipeline job that has not shown up by now never will. */
const lateCreation = 10 * minute;

/** Looks at a pipeline job, its curves and its model, and follows what was seen. */
export async function observe(held: Held, job: Under, world: Touches): Promise<Held> {
  const { jobs, vertex, clock } = world;
  const look = await vertex.look(job);
  if (look.is === 'put-off')
    return jobs.commit(held, now => putOff(now, { trouble: look.message, retryAt: clock.now() }));
  if (look.is === 'missing') return missing(held, job, world);
  const { run } = look;
  const curves = (await curvesOf(job, run, world)) ?? job.curves ?? {};
  const chart = await picture(job, { run, curves }, world);
  const endpoint = run.state === 'SUCCEEDED' ? await endpointOf(run, world) : undefined;
  return jobs.commit(held, (now, ledger) =>
    observed(now, { run, curves, chart, endpoint }, { ledger, now: clock.now() }),
  );
}

/** Sees to it that a pipeline job ends. */
export async function cancel(held: Held, job: JobIn<'cancelling'>, world: Touches): Promise<Held> {
  const now = world.clock.now();
  if (job.askedAt !== undefined && now - job.askedAt < askAgain) return observe(held, job, world);
  const look = await world.vertex.look(job);
  if (look.is === 'found' && look.ours && !hasEnded(look.run)) {
    await world.vertex.cancel(job);
    const asked = await world.jobs.commit(held, current => cancelAsked(current, now));
    return asked.job.state === 'cancelling' ? observe(asked, asked.job, world) : asked;
  }
  return observe(held, job, world);
}

function missing(held: Held, job: Under, { jobs, clock, log }: Touches): Promise<Held> | Held {
  if (job.state === 'cancelling' && !job.run && clock.now() - (job.attemptedAt ?? 0) >= lateCreation)
    return jobs.commit(held, (now, ledger) => neverCreated(now, { ledger, now: clock.now() }));
  log.warn('Vertex AI does not know the pipeline job', { job: job.id });
  return held;
}

/** Curves are read while the student is tuned, and once more at the end. */
async function curvesOf(job: Under, run: Run, { vertex, log }: Touches): Promise<Curves | undefined> {
  if (!job.spec.tensorboard || job.state !== 'running' || !(isTuning(run) || hasEnded(run))) return undefined;
  try {
    const curves = await vertex.curves({ ...job, run });
    return drawable(curves) ? curves : undefined;
  } catch {
    log.warn('The curves could not be read', { job: job.id });
    return undefined;
  }
}

async function endpointOf(run: Run, { vertex, log }: Touches): Promise<string | undefined> {
  const model = tunedModel(run);
  if (!model || tunedEndpoint(run)) return undefined;
  try {
    return await vertex.endpointOf(model);
  } catch {
    log.warn('The endpoint could not be looked up', { name: model });
    return undefined;
  }
}

/** Draws the curves where they show something new, and hands the picture to Slack. Without a picture the job goes on. */
async function picture(
  job: Under,
  { run, curves }: { run: Run; curves: Curves },
  { slack, canvas, settings, log }: Touches,
): Promise<Under['chart']> {
  if (!drawable(curves)) return job.chart;
  const of = createHash('sha256')
    .update(JSON.stringify([run.state, curves]))
    .digest('hex');
  if (job.chart?.of === of || (job.chart && !hasEnded(run) && same(job.curves, curves))) return job.chart;
  const words = wordsIn(settings.language);
  const { configuration, alt } = chartOf({ ...job, run }, curves, words);
  try {
    const bytes = await canvas.draw(configuration);
    const file = await slack.upload({ name: `${job.spec.modelName}-curves.png`, bytes });
    if (job.chart?.before) await slack.removeFile(job.chart.before);
    return { file, of, alt, before: job.chart?.file };
  } catch (error) {
    log.warn('The chart was not drawn', { job: job.id, code: error instanceof SlackTrouble ? error.code : 'canvas' });
    return job.chart;
  }
}
