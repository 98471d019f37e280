import { setTimeout as wait } from 'node:timers/promises';
import { isFinal } from '../../src/job/job.ts';
import { fill, open } from '../../src/local/play.ts';
import { startStack } from '../../src/local/stack.ts';
import type { Jobs } from '../../src/world.ts';
import { rowsOf } from './datasets.ts';
import { ranked } from './measure.ts';
import type { Answered } from './open-loop.ts';
import { openLoop } from './open-loop.ts';
import { jobsOf, waitingJobs } from './waiting-jobs.ts';

const channel = 'ml-distillation';
const perSecond = 10;
const clicks = 30;
/** How long what clicks set off may take, in milliseconds. */
const patience = 60_000;
/** As large as the extreme file, and evaluated on, too: the check goes on for longer than the clicks do. */
const extreme = { rows: 10_000, bytes: 32_000 };

/** How long clicks wait for their answer while the real program checks the largest datasets, against when it checks none: the same clicks, each on a job of its own. */
export async function clicksWhileChecking() {
  const stack = await startStack({
    knockEvery: 0,
    slack: { rateLimits: false },
    environment: { OPEN_JOBS_PER_PERSON: '1000' },
  });
  const jobs = jobsOf(stack);
  const waiting = await waitingJobs(3 * clicks, { stack, jobs, channel });
  /** Clicks, and waits until all that they set off is over. */
  const click = async () => {
    const clicked = waiting.splice(0, clicks);
    const answered = await openLoop({
      url: `${stack.program().url}/slack/events`,
      signingSecret: stack.environment.SLACK_SIGNING_SECRET ?? '',
      payloads: clicked.map(job => job.click),
      perSecond,
    });
    return {
      answered,
      over: () =>
        settled(
          clicked.map(({ id }) => id),
          jobs,
        ),
    };
  };
  stack.storage.put(stack.buckets.datasets, 'extreme.jsonl', Buffer.from([...rowsOf(extreme)].join('')));
  const dataset = `gs://${stack.buckets.datasets}/extreme.jsonl`;

  const ana = stack.slack.as('ana');
  const view = await open(stack, 'ana');
  await fill(stack, view, {
    modelName: 'bench-extreme',
    dataset,
    evaluationDataset: dataset,
    accelerator: 'TPU',
    steps: 300,
  });

  await (await click()).over();
  const idle = await click();
  await idle.over();
  const { errors } = await ana.submit(view);
  if (errors) throw new Error(`The form was not accepted: ${JSON.stringify(errors)}`);
  const busy = await click();
  const card = stack.slack.messages(channel).find(({ blocks }) => JSON.stringify(blocks).includes('bench-extreme'));
  const ended = !card || stack.slack.thread(channel, card.ts).some(({ text }) => /dataset/i.test(text ?? ''));

  const told = (name: string, answered: Answered[]) => {
    const at = ranked(answered.map(({ ms }) => ms));
    const times = [0.5, 0.95, 1].map(share => at(share).toFixed(1).padStart(8)).join('');
    const failed = answered.filter(({ status }) => status !== 200).length;
    process.stdout.write(`${`  ${name}`.padEnd(34)}${times}${failed ? `   ${failed} not answered` : ''}\n`);
    return at;
  };
  process.stdout.write(`${clicks} clicks, ${perSecond} a second, each committed before it is answered\n`);
  const before = told('while nothing is checked', idle.answered);
  const meanwhile = told('while 640 MB are checked', busy.answered);
  const ratio = (share: number) => (meanwhile(share) / before(share)).toFixed(2);
  process.stdout.write(
    `  the slowest ${ratio(1)} × the slowest, the median ${ratio(0.5)} ×${ended ? '; the check ended before the clicks did' : ''}\n`,
  );
  await stack.close();
}

/** Waits until these jobs have ended. */
async function settled(ids: readonly string[], jobs: Jobs): Promise<void> {
  const until = performance.now() + patience;
  let left = ids;
  while (left.length && performance.now() < until) {
    await wait(250);
    const now = await Promise.all(left.map(id => jobs.get(id)));
    left = now.flatMap(job => (job && !isFinal(job) ? job.id : []));
  }
}
