import { setTimeout as wait } from 'node:timers/promises';
import pLimit from 'p-limit';
import { isFinal } from '../../src/job/job.ts';
import { startProgram } from '../../src/local/program.ts';
import type { Stack } from '../../src/local/stack.ts';
import { startStack } from '../../src/local/stack.ts';
import type { Jobs } from '../../src/world.ts';
import { ranked } from './measure.ts';
import type { Answered } from './open-loop.ts';
import { openLoop } from './open-loop.ts';
import type { WaitingJob } from './waiting-jobs.ts';
import { jobsOf, waitingJobs } from './waiting-jobs.ts';

const loads = [
  { perSecond: 50, seconds: 60 },
  { perSecond: 200, seconds: 20 },
];
const warmUp = { perSecond: 50, seconds: 2 };
/** How long Cloud Scheduler goes on knocking for what was left to it, in milliseconds. */
const longestRest = 45_000;

/**
 * Clicks at fixed times, each on a job of its own: Retort commits the wish to cancel to Firestore before it answers, the
 * floor does nothing. False where something acknowledged was lost.
 */
export async function load({ longest, floor }: { longest: number; floor: string }): Promise<boolean> {
  const stack = await startStack({ knockEvery: 0, slack: { rateLimits: false } });
  const empty = await startProgram(stack.environment, floor);
  const jobs = jobsOf(stack);
  const planned = loads.map(({ perSecond, seconds }) => ({ perSecond, seconds: Math.min(seconds, longest) }));
  const all = [warmUp, ...planned].reduce((sum, { perSecond, seconds }) => sum + perSecond * seconds, 0);
  const waiting = await waitingJobs(all, { stack, jobs, channel: 'ml-distillation' });
  const send = (url: string, clicked: WaitingJob[], perSecond: number) =>
    openLoop({
      url: `${url}/slack/events`,
      signingSecret: stack.environment.SLACK_SIGNING_SECRET ?? '',
      payloads: clicked.map(job => job.click),
      perSecond,
    });

  process.stdout.write(
    `\nClicks at fixed times, each measured from when it was due, on a warm process; the store is ${stack.firestore.name}.\n${heading}\n`,
  );
  let kept = true;
  for (const [i, { perSecond, seconds }] of [warmUp, ...planned].entries()) {
    const clicked = waiting.splice(0, perSecond * seconds);
    const below = await send(empty.url, clicked, perSecond);
    const answered = await send(stack.program().url, clicked, perSecond);
    const outcome = await outcomeOf(clicked, { answered, stack, jobs });
    if (i === 0) continue;
    kept &&= outcome.lost.length === 0;
    process.stdout.write(
      `${row(`${perSecond} clicks a second for ${seconds} s`, answered, below)}\n${sentence(outcome)}\n`,
    );
  }
  await Promise.all([empty.stop(), stack.close()]);
  return kept;
}

interface Outcome {
  /** How many were answered with success, and with no sentence to the contrary. */
  acknowledged: number;
  found: number;
  /** Acknowledged, and neither a wish to cancel nor a cancelled job in Firestore. */
  lost: string[];
  /** Whom a sentence told that the click came to nothing, or perhaps. */
  told: number;
  /** How many jobs had ended, by how long after the last answer. */
  ended: number;
  restMs: number;
  /** How late the generator itself was at worst. */
  lateMs: number;
}

async function outcomeOf(
  clicked: WaitingJob[],
  { answered, stack, jobs }: { answered: Answered[]; stack: Stack; jobs: Jobs },
): Promise<Outcome> {
  const limit = pLimit(32);
  const began = performance.now();
  const states = await limit.map(clicked, ({ id }) => jobs.get(id));
  const wished = new Set(states.flatMap(job => (job && (job.cancel || job.state === 'cancelled') ? job.id : [])));
  const unended = await rest([...wished], { stack, jobs, began });
  const restMs = performance.now() - began;
  // Sentences follow the acknowledgement: by now all of them have come.
  const threads = new Set(
    stack.slack
      .as('ana')
      .ephemerals()
      .map(one => one.threadTs),
  );
  const good = clicked.filter((_, i) => succeeded(answered[i]!));
  const acknowledged = good.filter(({ ts }) => !threads.has(ts));
  const lost = acknowledged.filter(({ id }) => !wished.has(id)).map(({ id }) => id);
  return {
    acknowledged: acknowledged.length,
    found: acknowledged.length - lost.length,
    lost,
    told: good.length - acknowledged.length,
    ended: wished.size - unended,
    restMs,
    lateMs: Math.max(...answered.map(({ late }) => late)),
  };
}

/** Knocks until every job has ended, so that one load is over before the next begins; gives up in time, and says how many had not. */
async function rest(
  ids: string[],
  { stack, jobs, began }: { stack: Stack; jobs: Jobs; began: number },
): Promise<number> {
  const limit = pLimit(32);
  let left = ids;
  while (left.length && performance.now() - began < longestRest) {
    await stack.scheduler.knock();
    const now = await limit.map(left, id => jobs.get(id));
    left = now.flatMap(job => (job && !isFinal(job) ? job.id : []));
    if (left.length) await wait(250);
  }
  return left.length;
}

const succeeded = ({ status }: Answered) => status >= 200 && status < 300;

const columns = ['median', '99 %', 'slowest', '< 1 s', 'not 2xx'];
const heading = `${''.padEnd(34)}${columns.map(name => name.padStart(9)).join('')}`;

function row(title: string, answered: Answered[], floor: Answered[]): string {
  const median = (which: Answered[]) => ranked(which.map(({ ms }) => ms))(0.5);
  const ratio = (median(answered) / median(floor)).toFixed(2).padStart(8);
  return `${title.padEnd(34)}${numbers(answered)}${ratio} ×\n${'  floor'.padEnd(34)}${numbers(floor)}`;
}

function numbers(answered: Answered[]): string {
  const at = ranked(answered.map(({ ms }) => ms));
  const quick = answered.filter(one => one.ms < 1000).length / answered.length;
  const failed = answered.filter(one => !succeeded(one)).length;
  const cells = [...[0.5, 0.99, 1].map(share => at(share).toFixed(1)), `${(quick * 100).toFixed(2)} %`, String(failed)];
  return cells.map(cell => cell.padStart(9)).join('');
}

function sentence({ acknowledged, found, lost, told, ended, restMs, lateMs }: Outcome): string {
  const parts = [
    `acknowledged ${acknowledged}, found in Firestore ${found}`,
    ...(lost.length ? [`LOST ${lost.length}: ${lost.slice(0, 10).join(', ')}`] : []),
    ...(told ? [`${told} told that it came to nothing, or perhaps`] : []),
    `${ended} ended ${(restMs / 1000).toFixed(1)} s after the last answer`,
    `sent ${lateMs.toFixed(0)} ms late at most`,
  ];
  return `  ${parts.join('; ')}`;
}
