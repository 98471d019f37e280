import { afterAll, expect, test } from 'vitest';
import { ask } from '../src/local/play.ts';
import { startStack } from '../src/local/stack.ts';
import { cardIds } from '../src/views/card.ts';
import { watching } from './watching.ts';

const stack = await startStack({
  speed: 60,
  knockEvery: 200,
  slack: { rateLimits: false, fileDelayMs: 50 },
  environment: { MAX_HOURS: '0.0002' },
});
const { slack } = stack;
const { part, inThread, cardShows, thread } = watching(stack);
afterAll(() => stack.close());

test('A job that runs for longer than is meant is asked about once, goes on, and is cancelled by whoever says so', async () => {
  const card = await ask(stack, part('runs-long'));
  const { ts } = await inThread(card, /Is it to go on/);
  for (let knocks = 0; knocks < 5; knocks++) await stack.scheduler.knock();
  await cardShows(card, /Running/);
  expect(thread(card).filter(text => text.includes('Is it to go on'))).toHaveLength(1);
  await slack.as('ana').press({ channel: 'ml-distillation', ts }, cardIds.cancel, { confirmed: true });
  await cardShows(card, /Cancelled/);
});
