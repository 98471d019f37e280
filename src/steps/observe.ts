import { cancelAsked, gone, neverCreated, observed, putOff } from '../job/change.ts';
import type { Curves } from '../job/curves.ts';
import { continued, drawable, furthestOf, isEmpty } from '../job/curves.ts';
import type { EventFile, Experiment, JobIn, Trouble } from '../job/job.ts';
import { plannedOf } from '../job/planned.ts';
import type { Stall } from '../job/progress.ts';
import { stalled } from '../job/progress.ts';
import type { Run } from '../job/run.ts';
import { following, hasEnded, hasSucceeded, isTuning, mayBeTuning, tunedEndpoint, tunedModel } from '../job/run.ts';
import { same } from '../job/same.ts';
import { isPipeline } from '../job/spec.ts';
import { chartOf } from '../views/figure.ts';
import { fileName } from '../views/file-name.ts';
import { wordsIn } from '../views/words.ts';
import type { Held, World } from '../world.ts';
import { SlackTrouble, Unavailable } from '../world.ts';
import { digest } from './digest.ts';
import { removeOldPicture } from './old-picture.ts';
import { owe } from './tell.ts';

type Touches = Pick<
  World,
  'jobs' | 'notices' | 'vertex' | 'events' | 'slack' | 'canvas' | 'settings' | 'clock' | 'log'
>;
type Under = JobIn<'running' | 'cancelling'>;

/** How many looks lie between two wishes to cancel, which is best effort. */
const askAgain = 5;
/** For how many looks after its end a run's curves are asked for again, where they could not be read or shown. */
const lastChances = 5;
/** A request to create a pipeline job that has not shown up after so many looks is taken to be lost; should it come later, the sweep finds it. */
const lateCreation = 10;
/** For how many looks no step must come before it is said that none does. */
const stillAfter = 11;
/** For how many looks a pipeline job may be unknown to Vertex AI before it is given up. */
const lost = 10;

/** Looks at a pipeline job, its curves and its model, and follows what was seen. */
export async function observe(held: Held, job: Under, world: Touches): Promise<Held> {
  const { jobs, vertex, settings, clock } = world;
  const look = await vertex.look(job);
  if (look.is === 'put-off') return jobs.commit(held, now => putOff(now, look.trouble));
  if (look.is === 'found' && !look.ours) await owe({ kind: 'foreign', job: job.id, region: job.spec.region }, world);
  if (look.is === 'missing' || !look.ours) return missing(held, job, world);
  const run = following(job.run, look.run);
  const curves = await curvesOf(job, run, world);
  // Where Slack did not redraw the card with the last picture, that one is of no use, and the one before it is.
  const { file: last, before } = job.chart ?? {};
  const [shown, old] = before && held.sent.card?.picture === before ? [before, last] : [last, before];
  const chart = await picture(job, { run, curves: curves.read ?? job.curves ?? {}, shown }, world);
  // The last look at what ended would be the last chance: where it failed for a reason that may pass, there is another.
  const trouble = curves.trouble ?? chart.trouble;
  if (trouble && hasEnded(run) && clock.now() - (run.endedAt ?? 0) < lastChances * settings.lookEvery)
    return jobs.commit(held, now => putOff(now, trouble));
  const endpoint = hasSucceeded(run) ? await endpointOf(run, world) : undefined;
  const { read, experiment, events } = curves;
  const stall = read && stallOf(job, { run, curves: read }, world);
  const seen = { run, curves: read, experiment, events, chart: chart.drawn, stall, endpoint };
  const after = await jobs.commit(held, (now, ledger) => observed(now, seen, { ledger, now: clock.now() }));
  if (chart.drawn?.file !== job.chart?.file) await removeOldPicture(old, job, world);
  return after;
}

/** Sees to it that a pipeline job ends. */
export async function cancel(held: Held, job: JobIn<'cancelling'>, world: Touches): Promise<Held> {
  const { jobs, vertex, settings, clock } = world;
  const now = clock.now();
  if (job.askedAt !== undefined && now - job.askedAt < askAgain * settings.lookEvery) return observe(held, job, world);
  const look = await vertex.look(job);
  if (look.is !== 'found' || !look.ours || hasEnded(look.run)) return observe(held, job, world);
  const trouble = await vertex.cancel(look.run.name);
  const asked = await jobs.commit(held, current => (trouble ? putOff(current, trouble) : cancelAsked(current, now)));
  return asked.job.state === 'cancelling' && !trouble ? observe(asked, asked.job, world) : asked;
}

function missing(held: Held, job: Under, { jobs, settings, clock, log }: Touches): Promise<Held> | Held {
  const { lookEvery } = settings;
  log.warn('Vertex AI does not know the pipeline job', { job: job.id });
  if (job.run)
    return jobs.commit(held, (now, ledger) => gone(now, { ledger, now: clock.now(), patience: lost * lookEvery }));
  if (job.state !== 'cancelling' || clock.now() - (job.attemptedAt ?? 0) < lateCreation * lookEvery) return held;
  return jobs.commit(held, (now, ledger) => neverCreated(now, { ledger, now: clock.now() }));
}

interface Read {
  read?: Curves;
  experiment?: Experiment;
  events?: readonly EventFile[];
  trouble?: Trouble;
}

/** Curves are read while the student is tuned, and once more at the end: from the run's event files, where it writes any that can be read, and from TensorBoard, where the run goes on only if there are none. */
async function curvesOf(job: Under, run: Run, world: Touches): Promise<Read> {
  if (job.state !== 'running' || !(mayBeTuning(run) || hasEnded(run))) return {};
  const live = await written({ ...job, run }, world);
  if (live.read && !hasEnded(run)) return live;
  const told = isReported(job, run) ? await reported({ ...job, run }, world) : {};
  return { ...live, ...told, ...(live.read && { read: furthestOf(told.read ?? {}, live.read) }) };
}

/** Whether a run reports its curves anywhere. */
function isReported({ spec }: Under, { tuning }: Run): boolean {
  return isPipeline(spec) ? !!spec.tensorboard : !!tuning?.experiment;
}

/** What the event files of a run tell; nothing, and not a word, where there are none. */
async function written(job: JobIn<'running'>, world: Touches): Promise<Pick<Read, 'read' | 'events'>> {
  const told = job.events?.some(({ tells }) => tells) && { read: job.curves };
  try {
    const { points, read } = await world.events.written(job);
    return { ...((told || points.length > 0) && { read: continued(job.curves, points) }), events: read };
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    world.log.info('Event files could not be read', { job: job.id });
    return { ...told };
  }
}

async function reported(job: JobIn<'running'>, { vertex, log }: Touches): Promise<Read> {
  try {
    const { curves, experiment } = await vertex.curves(job);
    return isEmpty(curves) ? { experiment } : { read: curves, experiment };
  } catch (error) {
    log.warn('The curves could not be read', { job: job.id });
    return { trouble: error instanceof Unavailable ? error.trouble : silence };
  }
}

/** The stall of a run whose curves were just read; none while it is held, or does something else than tune. */
function stallOf(
  job: Under,
  { run, curves }: { run: Run; curves: Curves },
  { settings, clock }: Touches,
): Stall | undefined {
  if (run.state !== 'RUNNING' || !isTuning(run)) return undefined;
  return stalled(curves, {
    planned: plannedOf({ ...job, run }),
    now: clock.now(),
    patience: stillAfter * settings.lookEvery,
  });
}

async function endpointOf(run: Run, { vertex, log }: Touches): Promise<string | undefined> {
  const model = tunedModel(run);
  // A tuning job tells its endpoint itself, where it has one.
  if (!model || run.tuning || tunedEndpoint(run)) return undefined;
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
  { run, curves, shown }: { run: Run; curves: Curves; shown: string | undefined },
  { slack, canvas, settings, log }: Touches,
): Promise<{ drawn?: Under['chart']; trouble?: Trouble }> {
  if (!drawable(curves)) return { drawn: job.chart };
  const of = digest([run.state, curves]);
  if (job.chart && (job.chart.of === of || (!hasEnded(run) && same(job.curves, curves)))) return { drawn: job.chart };
  const { configuration, alt } = chartOf({ ...job, run }, curves, wordsIn(settings.language));
  try {
    const bytes = await canvas.draw(configuration);
    const file = await slack.upload({ name: `${fileName(job.spec.modelName)}-curves.png`, bytes });
    return { drawn: { file, of, alt, before: shown } };
  } catch (error) {
    const passing = error instanceof SlackTrouble && error.kind !== 'refused';
    log.warn('The chart was not drawn', { job: job.id, code: error instanceof SlackTrouble ? error.code : 'canvas' });
    return { drawn: job.chart, ...(passing && { trouble: silence }) };
  }
}

const silence: Trouble = { why: 'no-answer', said: '' };
