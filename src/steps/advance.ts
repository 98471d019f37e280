import {
  cancelledUnlaunched,
  cancelling,
  expired,
  newsKept,
  overtime,
  reminded,
  reminderAt,
  seated,
} from '../job/change.ts';
import { followUpAt } from '../job/follow-up.ts';
import type { Job, JobId, JobIn } from '../job/job.ts';
import { endOf, isFinal } from '../job/job.ts';
import { capacityOf, line } from '../job/quota.ts';
import { mayBeTuning } from '../job/run.ts';
import { queueOf } from '../job/spec.ts';
import type { Held, Settings, World } from '../world.ts';
import { LeaseLost, Newer } from '../world.ts';
import { check } from './check.ts';
import { launch } from './launch.ts';
import { cancel, observe } from './observe.ts';
import { report, settlesAt, showsIt } from './report.ts';
import { serve } from './serve.ts';

/** What came of moving a job on: whether it was ours to move, whether its state changed, and whether something stood in the way. */
export interface Advanced {
  claimed: boolean;
  moved: boolean;
  troubled: boolean;
}

/** Moves a job on as far as it can get, and delivers what it owes. Safe to call at any time, any number of times, from anywhere: whoever holds the job's lease works, everybody else returns at once. */
export async function advance(id: JobId, world: World): Promise<Advanced> {
  const nothing = { claimed: false, moved: false, troubled: false };
  if (world.leaving.aborted) return nothing;
  const claimed = await claim(id, world);
  if (claimed === 'newer') return { ...nothing, troubled: true };
  if (!claimed) return nothing;
  const wasFinal = isFinal(claimed.job);
  let last = claimed;
  try {
    let held: Held | undefined = claimed;
    while (held) {
      const moved = await moveOn(await report(held, world), world);
      last = moved;
      last = await report(moved, world);
      // A door may have recorded a fact while messages were on their way: it is seen to before the lease is given back.
      held = last.version === moved.version ? await giveBack(last, world) : last;
      if (held && world.leaving.aborted) held = await letGo(held, world);
    }
  } catch (error) {
    if (error instanceof LeaseLost) return { claimed: true, moved: false, troubled: false };
    await letGo(last, world);
    if (world.leaving.aborted) return { claimed: true, moved: false, troubled: false };
    throw error;
  }
  const next = line(last.ledger)[0];
  if (isFinal(last.job) && !wasFinal) {
    if (last.job.heir) await advance(last.job.heir, world);
    if (next && next !== id) await advance(next, world);
  }
  return {
    claimed: true,
    moved: last.job.state !== claimed.job.state,
    troubled: last.owing || !showsIt(last, world.settings) || ('trouble' in last.job && last.job.trouble !== undefined),
  };
}

/** Takes a job, unless somebody else has it. What another version wrote is that version's to move on. */
async function claim(id: JobId, { jobs, log }: World): Promise<Held | 'newer' | undefined> {
  try {
    return await jobs.claim(id);
  } catch (error) {
    if (!(error instanceof Newer)) throw error;
    log.warn('A job is left to the version that wrote it', { job: id });
    return 'newer';
  }
}

function giveBack(held: Held, { jobs, settings, clock, leaving }: World): Promise<Held | undefined> {
  return jobs.release(held, newest => {
    const { job, owing } = newest;
    const around = { owing: owing || !showsIt(newest, settings), settlesAt: settlesAt(newest, settings) };
    const next = nextLook(job, { ...settings, ...around, now: clock.now() });
    // Whoever stays takes it over at once.
    return leaving.aborted && next !== undefined ? clock.now() : next;
  });
}

/** Gives the lease back after a failure, or on leaving, so that a wish need not wait for its end. Where even that fails, the lease ends by itself. */
async function letGo(last: Held, world: World): Promise<undefined> {
  try {
    for (let held: Held | undefined = last; held; ) held = await giveBack(held, world);
  } catch {
    world.log.warn('A lease was not given back', { job: last.job.id });
  }
}

/** Takes steps until nothing changes: neither by the step itself, nor by a door while it was taken. */
async function moveOn(held: Held, world: World): Promise<Held> {
  let newest = held;
  for (;;) {
    const { job, version } = newest;
    newest = await step(newest, world);
    const still = newest.job.state === job.state && newest.version === version;
    if (still || isFinal(newest.job) || world.leaving.aborted) return newest;
  }
}

/** Asks about a job that has been running for too long. */
function askAbout(held: Held, { jobs, clock, settings }: Pick<World, 'jobs' | 'clock' | 'settings'>) {
  const fact = (job: Job) => overtime(job, { longest: settings.longestRun ?? Infinity, now: clock.now() });
  return fact(held.job).posts ? jobs.commit(held, fact) : held;
}

/** One step: ask the world, and let a pure function say what that means for the job. */
async function step(held: Held, world: World): Promise<Held> {
  const { jobs, clock, settings } = world;
  const { job } = held;
  const unlaunched =
    job.cancel && (await jobs.commit(held, (now, ledger) => cancelledUnlaunched(now, { ledger, now: clock.now() })));
  if (unlaunched && isFinal(unlaunched.job)) return unlaunched;
  switch (job.state) {
    case 'checking':
      return check(held, job, world);
    case 'waiting':
      return jobs.commit(held, now => {
        const change = expired(now, clock.now());
        return change.job === now ? reminded(now, clock.now()) : change;
      });
    case 'queued': {
      const queue = queueOf(job.spec);
      return jobs.commit(held, (now, ledger) =>
        seated(now, { ledger, capacity: capacityOf(ledger, queue, settings), now: clock.now() }),
      );
    }
    case 'launching':
      return job.cancel ? jobs.commit(held, cancelling) : launch(held, job, world);
    case 'running':
      return job.cancel ? jobs.commit(held, cancelling) : observe(await askAbout(held, world), job, world);
    case 'cancelling':
      return cancel(held, job, world);
    case 'succeeded':
      return serve(held, job, world);
    case 'refused':
    case 'denied':
    case 'expired':
    case 'failed':
    case 'cancelled':
    case 'replaced':
      return held;
    default:
      return job satisfies never;
  }
}

/** How many looks lie between two at a pipeline job of which no list says that it has changed, and between two readings of its curves while its student is tuned. */
const [regardless, whileTuning] = [9, 3];
/** For how long after its end a job is looked at for a card that Slack does not redraw, in milliseconds. */
const longestTry = 8 * 86_400_000;

/** When a job is to be looked at again, in milliseconds since 1970; never, where it has ended and nothing is left to say. `owing`: something is to be posted or redrawn; `settlesAt`: when what stands for it is to be sent once more after its end. */
export function nextLook(
  job: Job,
  {
    owing,
    settlesAt,
    now,
    lookEvery,
  }: Pick<Settings, 'lookEvery'> & { owing: boolean; settlesAt: number | undefined; now: number },
): number | undefined {
  const soon = now + lookEvery;
  if (isFinal(job)) {
    const ended = endOf(job);
    const follows = followUpAt(job, { soon });
    if (!owing) return earliest(settlesAt && Math.max(settlesAt, soon), follows);
    // Ever more rarely, the longer Slack does not take it.
    const again = now - ended > longestTry ? undefined : Math.max(soon, now + (now - ended) / 8);
    return earliest(again, follows);
  }
  // A wish to cancel is carried out at the next look, whatever else the job rests for.
  if (owing || job.cancel) return soon;
  if (job.state === 'waiting') return job.request.remindedAt === undefined ? reminderAt(job) : job.request.expiresAt;
  if (job.state === 'launching') return job.retryAt ?? soon;
  if (job.state === 'running' && !job.trouble && job.goneSince === undefined) {
    const rested = now + looksAhead(job) * lookEvery;
    return Math.min(rested, Math.max(soon, job.observedAt + newsKept));
  }
  return soon;
}

/** In how many looks a running job is looked at again, unless a list says before that it has changed: tuning jobs are in none. */
function looksAhead({ run }: JobIn<'running'>): number {
  if (mayBeTuning(run)) return whileTuning;
  return run.tuning ? 1 : regardless;
}

function earliest(...times: (number | undefined)[]): number | undefined {
  const known = times.filter(time => time !== undefined);
  return known.length ? Math.min(...known) : undefined;
}
