import { setTimeout as wait } from 'node:timers/promises';
import { startProgram } from '../../src/local/program.ts';
import type { Stack } from '../../src/local/stack.ts';
import { startDatabase, startStack } from '../../src/local/stack.ts';
import { approvalIds } from '../../src/views/approval.ts';
import { openFirestoreGate } from '../chaos/firestore-gate.ts';
import { ranked } from './measure.ts';
import type { Answered } from './open-loop.ts';
import { openLoop } from './open-loop.ts';
import { jobsOf, waitingJobs } from './waiting-jobs.ts';

const rounds = 15;
const channel = 'ml-distillation';
/** Near enough to one instant: a thousandth of a second for all of them. */
const atOnce = 20_000;

const approvers = Array.from({ length: 20 }, (_, i) => ({
  id: `UAPPROVER${String(i + 1).padStart(2, '0')}`,
  name: `approver${i + 1}`,
  realName: `Approver ${i + 1}`,
  role: 'member' as const,
  locale: 'en-US',
  zone: 'Europe/Paris',
  zoneOffset: 7200,
}));
const ana = { ...approvers[0]!, id: 'UANA00001', name: 'ana', realName: 'Ana' };
const people = [ana, ...approvers];
const members = [...people.map(({ id }) => id), 'URETORT01'];

/**
 * Twenty approvers who press Approve for the same job at the same instant: how long the last of them waits for an
 * answer, beside an app that does nothing, and how many commits to Firestore one decision takes. False where not exactly
 * one of them decided.
 */
export async function approvals({ floor }: { floor: string }): Promise<boolean> {
  const firestore = await startDatabase();
  let commits = 0;
  const gate = await openFirestoreGate(firestore.host, {
    harm({ op }) {
      if (op === 'Commit') commits++;
      return undefined;
    },
    kill: async () => {},
    freeze: async () => {},
  });
  const stack = await startStack({
    firestore,
    knockEvery: 0,
    slack: {
      rateLimits: false,
      people,
      channels: [{ id: 'CDISTILL1', name: channel, kind: 'public', members }],
      groups: [],
    },
    environment: {
      FIRESTORE_EMULATOR_HOST: gate.host,
      APPROVERS: approvers.map(({ id }) => id).join(','),
    },
  });
  const empty = await startProgram(stack.environment, floor);
  const jobs = jobsOf(stack);
  const waiting = await waitingJobs(rounds + 1, { stack, jobs, channel });
  const send = (url: string, payloads: string[]) =>
    openLoop({
      url: `${url}/slack/events`,
      signingSecret: stack.environment.SLACK_SIGNING_SECRET ?? '',
      payloads,
      perSecond: atOnce,
    });

  const times: { retort: Answered[][]; floor: Answered[][] } = { retort: [], floor: [] };
  const perDecision: number[] = [];
  let once = true;
  for (const [round, { id, click }] of waiting.entries()) {
    const payloads = approvers.map(person => pressedBy(person, click));
    const below = await send(empty.url, payloads);
    const before = commits;
    const answered = await send(stack.program().url, payloads);
    const byAnswers = commits - before;
    await settled(stack, id);
    const decided = (await jobs.decisions(id)).filter(({ action }) => action === 'approve');
    once &&= decided.length === 1 && answered.every(({ status }) => status === 200);
    // The first round finds nothing warm: neither the program nor what it knows of the approvers.
    if (round === 0) continue;
    times.retort.push(answered);
    times.floor.push(below);
    perDecision.push(byAnswers);
  }
  const slowest = (which: Answered[][]) => ranked(which.map(answers => Math.max(...answers.map(({ ms }) => ms))));
  const [theirs, floors] = [slowest(times.retort), slowest(times.floor)];
  const commitsAt = ranked(perDecision);
  process.stdout.write(
    [
      `\nTwenty approvers at the same instant, ${rounds} times; the store is ${stack.firestore.name}.`,
      `slowest of twenty: median ${theirs(0.5).toFixed(0)} ms, worst ${theirs(1).toFixed(0)} ms; floor ${floors(0.5).toFixed(0)} ms; ${(theirs(0.5) / floors(0.5)).toFixed(2)} ×`,
      `commits sent while all twenty were answered: median ${commitsAt(0.5)}, most ${commitsAt(1)}`,
      once ? 'one of twenty decided, each time' : 'NOT exactly one of twenty decided',
      '',
    ].join('\n'),
  );
  await Promise.all([empty.stop(), stack.close()]);
  await gate.close();
  await firestore.close();
  return once;
}

/** The press of Approve, by this person, on the message of somebody's click. */
function pressedBy({ id, name }: { id: string; name: string }, click: string): string {
  const payload = JSON.parse(click);
  const [action] = payload.actions;
  return JSON.stringify({
    ...payload,
    user: { ...payload.user, id, username: name, name },
    actions: [{ ...action, action_id: approvalIds.approve, block_id: 'decision' }],
  });
}

/** Waits until nobody has the job in hand, and it has run to its end. */
async function settled(stack: Stack, id: string): Promise<void> {
  const jobs = jobsOf(stack);
  stack.vertex.speed(6000);
  for (let i = 0; i < 600; i++) {
    await stack.scheduler.knock();
    const job = await jobs.get(id);
    if (job && 'endedAt' in job) return;
    await wait(100);
  }
  throw new Error(`Job "${id}" did not end.`);
}
