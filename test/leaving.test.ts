import { Agent, get } from 'node:http';
import { Firestore } from '@google-cloud/firestore';
import { afterAll, expect, test } from 'vitest';
import { approve, ask, channel, result } from '../src/local/play.ts';
import { startStack } from '../src/local/stack.ts';
import { watching } from './watching.ts';

// Leases and looks as they are deployed: nothing here may wait for the end of one.
const stack = await startStack({
  speed: 6000,
  knockEvery: 0,
  slack: { rateLimits: false, fileDelayMs: 50 },
  environment: { LOOK_SECONDS: '1', CALL_SECONDS: '3' },
});
const { slack, storage, scheduler } = stack;
const { part, cardShows, inThread, thread } = watching(stack);
const db = new Firestore({ projectId: stack.project.id, host: stack.firestore.host, ssl: false });
afterAll(() => stack.close());

/** Ends the program as Cloud Run does, which kills ten seconds later; its exit code, or null where it had to be killed. */
async function leave(): Promise<number | null> {
  const program = stack.program();
  const killer = setTimeout(() => void program.kill(), 8000);
  try {
    return await program.stop();
  } finally {
    clearTimeout(killer);
  }
}

async function document(name: string) {
  const found = await db.collection('jobs').where('job.spec.modelName', '==', name).get();
  return found.docs[0]?.data();
}

/** Opens a connection that stays open after its answer. */
async function lingering(url: string) {
  const agent = new Agent({ keepAlive: true });
  await new Promise<void>((resolve, reject) => {
    get(`${url}/health`, { agent }, response => response.resume().once('end', resolve)).once('error', reject);
  });
  return agent;
}

test('Asked to end with nothing to do and a connection kept open, it ends at once and well', async () => {
  const agent = await lingering(stack.program().url);
  expect(await leave()).toBe(0);
  agent.destroy();
  await stack.restart();
});

test('Asked to end while it reads a dataset, it gives the job back, and another goes on with it at once', async () => {
  storage.fail({ request: /GET \/b\/acme-ml\/o\/support\/train/, status: 503, times: 2 });
  const card = await ask(stack, part('read-while-leaving'));
  const agent = await lingering(stack.program().url);
  expect(await leave()).toBe(0);
  agent.destroy();
  const left = await document('read-while-leaving');
  expect(left).toMatchObject({ lease: null });
  expect(left?.due).toBeLessThanOrEqual(Date.now());
  await stack.restart();
  await expect
    .poll(
      async () => {
        await scheduler.knock();
        return (await document('read-while-leaving'))?.job.state;
      },
      { timeout: 20_000 },
    )
    .toBe('succeeded');
  await cardShows(card, /Done/);
});

test('Asked to end in the middle of a message, it finishes that one, and the next instance sends the rest, each once', async () => {
  const card = await ask(stack, part('spoken-while-leaving', { accelerator: 'TPU' }));
  await inThread(card, /"approve"/);
  // Slack takes the next message and answers late: the call in hand.
  slack.fault({ method: 'chat.postMessage', mode: 'apply-hang' });
  await approve(stack, card);
  await slack.until(() =>
    slack.traffic.some(({ what, response }) => what === 'chat.postMessage' && response === 'fault: apply-hang'),
  );
  expect(await leave()).toBe(0);
  slack.clearFaults();
  await stack.restart();
  await Promise.all([
    result(stack, card),
    expect
      .poll(
        async () => {
          await scheduler.knock();
          const due = (await document('spoken-while-leaving'))?.due;
          // In two weeks it is asked whether the model is still needed.
          return due === null || due > Date.now() + 86_400_000;
        },
        { timeout: 30_000 },
      )
      .toBe(true),
  ]);
  const texts = thread(card);
  expect(texts).toEqual([...new Set(texts)]);
  expect(slack.messages(channel).filter(({ text }) => text.includes('spoken-while-leaving'))).toHaveLength(2);
});
