import { Firestore } from '@google-cloud/firestore';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { ask, channel, fill, open } from '../src/local/play.ts';
import { startDatabase, startStack } from '../src/local/stack.ts';
import { approvalIds } from '../src/views/approval.ts';
import { openFirestoreGate } from './chaos/firestore-gate.ts';
import type { Harm } from './chaos/wire.ts';
import { watching } from './watching.ts';

const firestore = await startDatabase();
/** What befalls Firestore's calls now, by the method's name. */
let harm: Partial<Record<string, Harm>> = {};
const gate = await openFirestoreGate(firestore.host, {
  harm: ({ op }) => harm[op],
  kill: async () => {},
  freeze: async () => {},
});
const stack = await startStack({
  firestore,
  speed: 6000,
  knockEvery: 0,
  // Whoever is not answered in two and a half seconds reads `operation_timeout`.
  slack: { rateLimits: false, fileDelayMs: 50, ackMs: 2500 },
  environment: {
    FIRESTORE_EMULATOR_HOST: gate.host,
    OPEN_JOBS_PER_PERSON: '100',
    LEASE_SECONDS: '3',
    CALL_SECONDS: '1',
  },
});
const { slack, scheduler } = stack;
const { part, cardShows, cardText } = watching(stack);
const ana = slack.as('ana');
const ben = slack.as('ben');

afterEach(() => {
  harm = {};
});
afterAll(async () => {
  await stack.close();
  await gate.close();
  await firestore.close();
});

/** Firestore does not take calls, takes them and never answers, or does not even hear them. */
const down = (how: Harm) => {
  harm = { BatchGetDocuments: how, RunQuery: how, Commit: how };
};
const lastTold = (person: typeof ana) => person.ephemerals(channel).at(-1)?.text ?? '';
const nothing = /nothing was recorded/;
const uncertain = /not certain whether this was recorded/;

/** A job whose request for approval stands in the thread. */
async function waiting(name: string) {
  harm = {};
  const card = await ask(stack, part(name, { accelerator: 'TPU' }));
  await cardShows(card, /Waiting/);
  const asked = await slack.until(() =>
    slack.thread(channel, card).find(message => JSON.stringify(message.blocks).includes(approvalIds.approve)),
  );
  return { card, request: { channel, ts: asked.ts } };
}

const db = new Firestore({ projectId: stack.project.id, host: firestore.host, ssl: false });

/** Waits until nobody has a job in hand, so that the next write of it is the one that is meant. */
async function atRest(name: string) {
  const found = async () => (await db.collection('jobs').where('job.spec.modelName', '==', name).get()).docs;
  const leases = async () => (await found()).map(document => document.get('lease'));
  await expect.poll(leases, { timeout: 20_000 }).toEqual([null]);
}

/** Knocks until a card says that its job is done. */
async function isDone(card: string) {
  const knocked = async () => {
    await scheduler.knock();
    return cardText(card);
  };
  await expect.poll(knocked, { timeout: 20_000 }).toMatch(/Done/);
}

describe.each(['503', 'hang after', 'drop before'] as const)('while Firestore answers no call (%s)', how => {
  test('a press is answered in time: nothing was recorded, and pressed again afterwards it counts', async () => {
    const { card, request } = await waiting(`pressed-${how}`);
    down(how);
    const pressed = await ben.press(request, approvalIds.approve, { confirmed: true });
    expect(pressed.problem).toBeUndefined();
    await slack.until(() => nothing.test(lastTold(ben)));
    harm = {};
    await ben.press(request, approvalIds.approve, { confirmed: true });
    await isDone(card);
  });

  test('a submission keeps the form open and says so, and submitted again makes one job', async () => {
    harm = {};
    const view = await open(stack, 'ana');
    await fill(stack, view, part(`submitted-${how}`));
    down(how);
    const told = await ana.submit(view);
    expect(told.problem).toBeUndefined();
    expect(Object.values(told.errors ?? {}).join(' ')).toMatch(nothing);
    harm = {};
    expect((await ana.submit(view)).errors).toBeUndefined();
    const cards = () => slack.messages(channel).filter(({ text }) => text.includes(`submitted-${how}`));
    await slack.until(() => cards().length === 1);
  });

  test('a command is answered in time, and a knock with 503', async () => {
    down(how);
    const { problem } = await ana.command(channel, '/distill list');
    expect(problem).toBeUndefined();
    expect(lastTold(ana)).toMatch(nothing);
    expect(await scheduler.knock()).toMatchObject({ status: 503 });
  });
});

describe('where a commit was sent and its answer never came', () => {
  test('a press is answered in time: it is not certain, and the card shows what was recorded', async () => {
    const { card, request } = await waiting('uncertain');
    await atRest('uncertain');
    harm = { Commit: 'hang after' };
    const pressed = await ben.press(request, approvalIds.approve, { confirmed: true });
    expect(pressed.problem).toBeUndefined();
    await slack.until(() => uncertain.test(lastTold(ben)));
    harm = {};
    await isDone(card);
    expect(slack.thread(channel, card).filter(({ text }) => /Launched/.test(text))).toHaveLength(1);
  });
});
