import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { folderOf } from '../../src/local/samples/formats.ts';
import { approvalIds } from '../../src/views/approval.ts';
import { cardIds } from '../../src/views/card.ts';
import type { Theatre } from './theatre.ts';

/** Where the jobs are asked for. */
export const channel = 'ml-distillation';

/** How a story ends, and what for. */
export const stories = ['approved', 'free', 'tuned', 'stopped', 'cancelled', 'denied', 'withdrawn'] as const;
/** One job's life: approved TPUs; GPUs, which need no approval, with an uploaded dataset; a tuning job, and another that is cancelled while it tunes; GPUs again, cancelled while they tune; TPUs that are denied; and TPUs cancelled before anybody has decided. */
export type Story = (typeof stories)[number];

/** A story that was played: the model's name by which it is told from others, and where people gave up. */
export interface Played {
  story: Story;
  name: string;
  /** Sentences; none where it ended as it should. */
  stuck: string[];
}

/** How long a person waits for Slack to show something, at first, and how often they press at least: as often as there are mishaps, and once or twice while a worker starts. */
const glance = 1500;
const presses = 8;
/** How long anything else may take: many leases. */
const patience = 120_000;

class Stuck extends Error {}

let told = 0;

/** Plays a job's life to its end, as people who look and press again where Slack says that it failed. `twice`: the form is delivered twice at the same time, to two workers. */
export async function play(story: Story, theatre: Theatre, { twice = false } = {}): Promise<Played> {
  const name = `chaos-${story}-${told++}`;
  try {
    await inTurn(theatre, () => ask({ story, name, twice }, theatre));
    const job = await begun(name, theatre);
    if (story === 'approved') await approve(job, theatre);
    if (story === 'denied') await deny(job, theatre);
    if (story === 'approved' || story === 'free' || story === 'tuned') await tune(job, theatre);
    if (story === 'cancelled' || story === 'stopped') await cancel(job, theatre);
    if (story === 'withdrawn') await withdraw(job, theatre);
    await seen(theatre, 'The job did not come to rest', () => isAtRest(job, theatre));
    return { story, name, stuck: [] };
  } catch (error) {
    if (!(error instanceof Stuck)) throw error;
    return { story, name, stuck: [error.message] };
  }
}

const asking = new WeakMap<Theatre, Promise<unknown>>();

/** Ana fills in one form at a time. */
async function inTurn(theatre: Theatre, work: () => Promise<void>): Promise<void> {
  const before = asking.get(theatre) ?? Promise.resolve();
  const mine = before.then(work);
  asking.set(
    theatre,
    mine.catch(() => {}),
  );
  return mine;
}

// ─── Ana asks ────────────────────────────────────────────────────────────────────────────────────────────────────────

async function ask(
  { story, name, twice }: { story: Story; name: string; twice: boolean },
  theatre: Theatre,
): Promise<void> {
  const { slack, fleet } = theatre;
  const ana = slack.as('ana');
  const view = await filled(story, name, theatre);
  if (story !== 'approved') theatre.wire().turn();
  let said = '';
  for (const deadline = performance.now() + patience; performance.now() < deadline; await wait(200)) {
    const deliver = () => {
      fleet.turn();
      return ana.submit(view);
    };
    const [{ problem, errors }] = await Promise.all([deliver(), ...(twice ? [deliver()] : [])]);
    if (!ana.views().some(one => one.id === view)) return;
    said = problem ?? JSON.stringify(errors);
    // Where the form was redrawn after its answer got lost, it holds something else by now: it is said which job it began.
    if (/has begun job \w+ already/.test(said)) return void (await ana.close(view));
  }
  throw new Stuck(`Ana could not submit the form: ${said}.`);
}

/** Opens the form and fills it in; a form that does not answer is closed, and another one opened. */
async function filled(story: Story, name: string, theatre: Theatre): Promise<string> {
  const { slack, buckets } = theatre;
  const ana = slack.as('ana');
  const isTuning = story === 'tuned' || story === 'stopped';
  const onTpu = story !== 'free' && story !== 'cancelled';
  const support = `gs://${buckets.datasets}/support${isTuning ? folderOf('messages') : ''}`;
  for (const deadline = performance.now() + patience; performance.now() < deadline; ) {
    const view = await opened(theatre);
    if (!view) continue;
    try {
      await ana.type(view, 'modelName', name);
      if (!(await redrawn(view, isTuning ? tuningForm : taskForm, theatre))) continue;
      theatre.fleet.turn();
      if (!isTuning) {
        await ana.choose(view, 'accelerator', onTpu ? 'TPU' : 'GPU');
        await ana.type(view, 'steps', '60');
      }
      if (story === 'free') await ana.attach(view, 'dataset.file', { name: 'mine.jsonl', bytes: await sample() });
      else await ana.type(view, 'dataset', `${support}/train.jsonl`);
      await ana.type(view, 'evaluationDataset', `${support}/eval.jsonl`);
      return view;
    } catch (error) {
      // The form was opened, and its fields never came.
      if (!/Nothing here is called/.test(String(error))) throw error;
    }
  }
  throw new Stuck('Ana could not open and fill in the form.');
}

async function opened({ slack, fleet }: Theatre): Promise<string | undefined> {
  const ana = slack.as('ana');
  for (const view of ana.views().reverse()) await ana.close(view.id);
  fleet.turn();
  await ana.command(channel, '/distill');
  const view = await glimpse(() => ana.views().at(-1));
  return view?.id;
}

/** What is chosen in turns until the form has a block that follows from it. */
interface Following {
  field: string;
  choices: readonly [string, string];
  block: RegExp;
}
const taskForm: Following = { field: 'task', choices: ['classification', 'other'], block: /^steps~1$/ };
const tuningForm: Following = { field: 'recipe', choices: ['open-model', 'open-model'], block: /^outputs\b/ };

/** Chooses what the form is to follow, and again where it does not. */
async function redrawn(
  view: string,
  { field, choices, block }: Following,
  { slack, fleet }: Theatre,
): Promise<boolean> {
  const ana = slack.as('ana');
  const followed = () =>
    ana.views().some(one => one.id === view && Object.keys(one.values).some(name => block.test(name)));
  for (let i = 0; i < 3; i++) {
    fleet.turn();
    await ana.choose(view, field, choices[i % 2]!);
    if (await glimpse(followed)) return true;
  }
  return false;
}

async function sample(): Promise<Buffer> {
  return readFile(new URL('../../src/local/samples/train.jsonl', import.meta.url));
}

/** The job that was acknowledged. */
async function begun(name: string, theatre: Theatre): Promise<string> {
  const { docs } = await theatre.store.collection('jobs').where('job.spec.modelName', '==', name).get();
  const [job] = docs;
  if (!job) throw new Stuck('Slack took the form for accepted, and no job was recorded.');
  return job.id;
}

// ─── Ben decides ─────────────────────────────────────────────────────────────────────────────────────────────────────

async function request(job: string, theatre: Theatre) {
  return seen(theatre, 'Ben was never asked', () =>
    messagesOf(job, theatre).find(one => has(one, approvalIds.approve)),
  );
}

async function approve(job: string, theatre: Theatre): Promise<void> {
  const { slack } = theatre;
  const { ts } = await request(job, theatre);
  await press(theatre, 'The request still has its buttons after Ben approved', {
    press: () => slack.as('ben').press({ channel, ts }, approvalIds.approve, { confirmed: true }),
    done: () => !has(slack.message(channel, ts), approvalIds.approve),
  });
}

async function deny(job: string, theatre: Theatre): Promise<void> {
  const { slack, fleet } = theatre;
  const ben = slack.as('ben');
  const { ts } = await request(job, theatre);
  theatre.wire().turn();
  await press(theatre, 'The request still has its buttons after Ben denied', {
    async press() {
      for (const view of ben.views().reverse()) await ben.close(view.id);
      await ben.press({ channel, ts }, approvalIds.deny);
      const view = await glimpse(() => ben.views().at(-1));
      // Where it was decided already, Slack shows who did, and nothing to submit.
      if (!view?.submit) return;
      await ben.type(view.id, 'reason', 'Not this week');
      for (let i = 0; i < presses && ben.views().some(one => one.id === view.id && one.submit); i++) {
        fleet.turn();
        await ben.submit(view.id);
        await wait(200);
      }
    },
    done: () => !has(slack.message(channel, ts), approvalIds.deny),
  });
}

// ─── the pipeline runs ───────────────────────────────────────────────────────────────────────────────────────────────

/** As much of a pipeline job or a tuning job as is looked at here. */
export interface PipelineJob {
  name: string;
  state: string;
  labels?: Record<string, string>;
}

const ended = ({ state }: PipelineJob) => /SUCCEEDED|FAILED|CANCELLED/.test(state);

/** The pipeline jobs and tuning jobs that carry a job's label. */
export function runsOf(job: string, { vertex }: Pick<Theatre, 'vertex'>): PipelineJob[] {
  return (vertex.jobs() as PipelineJob[]).filter(run => run.labels?.['retort-job'] === job);
}

/** Sees the job to where its pipeline job tunes, and stays there. */
async function tuning(job: string, theatre: Theatre): Promise<void> {
  await seen(theatre, 'No pipeline job was created', () => runsOf(job, theatre).length);
  await seen(theatre, 'The job was launched and never runs', async () => (await stateOf(job, theatre)) === 'running');
  for (const run of clocked(job, theatre))
    for (let minute = 0; minute < 500 && run.step === 0; minute++) await leap(run);
  await seen(theatre, 'The card never shows the curves of a run that tunes', () =>
    messagesOf(job, theatre).some(one => !one.threadTs && /"slack_file"/.test(JSON.stringify(one.blocks))),
  );
}

/** A job's pipeline jobs and tuning jobs, with their clocks. They stand still until somebody lets them run. */
function clocked(job: string, { vertex }: Theatre) {
  const { runs, tuningJobs } = vertex.state;
  return [
    ...[...runs.values()].filter(run => run.asked.labels['retort-job'] === job),
    ...[...tuningJobs.values()].filter(({ order }) => order.body.labels?.['retort-job'] === job),
  ];
}

/** Lets one minute pass in a pipeline, however busy this machine is, and stops its clock again. */
async function leap({ clock }: { clock: { rate(speed: number): void } }): Promise<void> {
  const until = performance.now() + 1;
  clock.rate(60_000);
  while (performance.now() < until);
  clock.rate(1);
  await wait(2);
  clock.rate(0);
}

/** The name of a tuned model, or where its weights are. */
const tunedModel = /projects\/\d+\/locations\/[^/]+\/models\/|gs:\/\/[^"\s]+\/checkpoints\/final/;

async function tune(job: string, theatre: Theatre): Promise<void> {
  await tuning(job, theatre);
  await toItsEnd(job, theatre);
  await seen(theatre, "The tuned model's name never arrived", () =>
    messagesOf(job, theatre).some(one => tunedModel.test(JSON.stringify(one.blocks))),
  );
}

async function cancel(job: string, theatre: Theatre): Promise<void> {
  await tuning(job, theatre);
  await wishCancelled(job, theatre);
  await seen(theatre, 'Vertex AI was never asked to cancel', () =>
    runsOf(job, theatre).every(run => /CANCELL/.test(run.state)),
  );
  await toItsEnd(job, theatre);
}

async function withdraw(job: string, theatre: Theatre): Promise<void> {
  await request(job, theatre);
  await wishCancelled(job, theatre);
}

async function wishCancelled(job: string, theatre: Theatre): Promise<void> {
  const { slack } = theatre;
  theatre.wire().turn();
  const ts = messagesOf(job, theatre).find(one => !one.threadTs)?.ts ?? '';
  await press(theatre, 'The card still has its button after Ana cancelled', {
    press: () => slack.as('ana').press({ channel, ts }, cardIds.cancel, { confirmed: true }),
    done: () => !has(slack.message(channel, ts), cardIds.cancel),
  });
}

/** Lets the pipeline run on, and waits for its end without a knock: what is seen of it is its end. */
async function toItsEnd(job: string, theatre: Theatre): Promise<void> {
  for (const { clock } of clocked(job, theatre)) clock.rate(20_000);
  if (!(await glimpse(() => runsOf(job, theatre).every(ended), 20_000)))
    throw new Stuck('The pipeline job never ended.');
}

// ─── looking ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The messages that stand for a job or are about it, and the files in its thread, in the order they were posted. */
export function messagesOf(job: string, { slack }: Pick<Theatre, 'slack'>) {
  const roots = slack.messages(channel).filter(message => !message.threadTs && ofJob(message) === job);
  const replies = roots.flatMap(root => slack.thread(channel, root.ts));
  return [...roots, ...replies.filter(reply => ofJob(reply) === job || reply.fileIds.length)];
}

/** The job that a message's metadata names. */
export function ofJob({ metadata }: { metadata?: unknown }): string | undefined {
  return (metadata as { event_payload?: { job?: string } } | undefined)?.event_payload?.job;
}

/** Whether a message has a button. */
export function has(message: { blocks: unknown } | undefined, button: string): boolean {
  return JSON.stringify(message?.blocks ?? []).includes(`"action_id":"${button}"`);
}

async function stateOf(job: string, { store }: Theatre): Promise<unknown> {
  return (await store.collection('jobs').doc(job).get()).get('job.state');
}

/** Whether a job is not due any more, or only when two weeks have passed and its model may be forgotten. */
export function isFarOff(due: number | null): boolean {
  return due === null || due > Date.now() + 86_400_000;
}

async function isAtRest(job: string, { store }: Theatre): Promise<boolean> {
  const found = await store.collection('jobs').doc(job).get();
  return isFarOff(found.get('due')) && found.get('lease') === null && found.get('posts') === found.get('delivered');
}

/** Presses until it shows: again, where it does not. */
async function press(
  theatre: Theatre,
  otherwise: string,
  { press, done }: { press: () => Promise<unknown>; done: () => boolean },
): Promise<void> {
  const deadline = performance.now() + patience;
  for (let i = 0; !done() && (i < presses || performance.now() < deadline); i++) {
    theatre.fleet.turn();
    // The button may have gone between looking and pressing.
    await press().catch(error => {
      if (!/Nothing here is called|not a button/.test(String(error))) throw error;
    });
    await theatre.fleet.until(done, glimpseOf(i));
  }
  if (!done()) throw new Stuck(`${otherwise}.`);
}

const glimpseOf = (attempt: number) => glance * Math.min(presses, 1 + attempt);

/** Knocks until something can be seen. */
async function seen<Seen>(
  { fleet }: Theatre,
  otherwise: string,
  look: () => Seen | undefined | false | Promise<Seen | undefined | false>,
): Promise<Seen> {
  const found = await fleet.until(look, patience);
  if (!found) throw new Stuck(`${otherwise}.`);
  return found;
}

/** Looks for a while without a knock. */
async function glimpse<Seen>(look: () => Seen | undefined | false, ms = glance): Promise<Seen | undefined> {
  const deadline = performance.now() + ms;
  for (;;) {
    const found = look();
    if (found) return found;
    if (performance.now() > deadline) return undefined;
    await wait(20);
  }
}
