import { afterAll, afterEach, expect, test } from 'vitest';
import { ask, channel, result } from '../src/local/play.ts';
import { startStack } from '../src/local/stack.ts';
import { watching } from './watching.ts';

const stack = await startStack({
  speed: 6000,
  live: true,
  knockEvery: 200,
  slack: { rateLimits: false, fileDelayMs: 20 },
  vertex: { quota: { GPU: 800 } },
  environment: { GPU_COUNT: '800', OPEN_JOBS_PER_PERSON: '100' },
});
const { slack, vertex } = stack;
const { part, inThread, cardShows, thread } = watching(stack);
const stages = (card: string, words: RegExp) =>
  slack.until(() => words.test(JSON.stringify(slack.message(channel, card)?.blocks)), { ms: 20_000 });

afterEach(() => {
  vertex.heal();
  vertex.speed(6000);
});
afterAll(() => stack.close());

/** A job whose pipeline job stands still, and the id of that. */
async function standingStill(name: string) {
  vertex.speed(0);
  const known = vertex.jobs().length;
  const card = await ask(stack, part(name));
  await cardShows(card, /Launched/);
  const [job] = vertex.jobs().slice(known) as { name: string }[];
  return { card, run: job?.name.split('/').at(-1) ?? '' };
}

test('every state of a pipeline job and of its tasks reaches the card, and a later one leaves nothing behind', async () => {
  const { card, run } = await standingStill('states');
  const words = {
    QUEUED: /queued in Vertex AI/,
    PENDING: /Vertex AI is preparing it/,
    UNSPECIFIED: /does not say how it stands/,
    RUNNING: /Running/,
    PAUSED: /Paused in Vertex AI/,
    CANCELLING: /Cancelling in Vertex AI, not from here/,
    REHYDRATING: /Vertex AI calls it REHYDRATING/,
  };
  for (const [state, said] of Object.entries(words)) {
    vertex.show(run, { state });
    await cardShows(card, said);
  }
  const marks = {
    RUNNING: '● \\*Tuning graph\\*',
    SUCCEEDED: '✓ Tuning graph',
    SKIPPED: '↷ Tuning graph \\(from the cache\\)',
    CANCEL_PENDING: '◌ Tuning graph',
    CANCELLED: '– Tuning graph \\(stopped\\)',
    THAWING: '\\? Tuning graph \\(`THAWING`\\)',
  };
  for (const [state, said] of Object.entries(marks)) {
    vertex.show(run, { state: 'RUNNING', tasks: { 'tuning-graph': state } });
    await stages(card, new RegExp(said));
  }
  vertex.show(run, { state: 'RUNNING', tasks: { 'tuning-graph': 'NOT_TRIGGERED' } });
  await slack.until(() => !JSON.stringify(slack.message(channel, card)?.blocks).includes('Tuning graph'), {
    ms: 20_000,
  });
  vertex.heal();
  vertex.speed(6000);
  expect(await result(stack, card)).toMatch(/\/models\//);
});

test.each(['stale', '503'] as const)('lists that are %s for ever make no job forgotten', async mode => {
  vertex.fault({ op: 'list', mode, times: Number.POSITIVE_INFINITY });
  const card = await ask(stack, part(`lists-${mode}`));
  expect(await result(stack, card)).toMatch(/\/models\//);
});

test('steps tell how far tuning has got and for how much longer; where none comes, that is said once, and then they go on', async () => {
  vertex.speed(600);
  const card = await ask(stack, part('steps', { steps: 300 }));
  await cardShows(card, /step \d+ of 300 \(\d+%\) · .* of tuning left/);
  vertex.speed(0);
  await inThread(card, /No new step since/);
  await stages(card, /No new step since/);
  vertex.speed(600);
  await cardShows(card, /of tuning left|Done/);
  vertex.speed(6000);
  await result(stack, card);
  expect(thread(card).filter(text => text.includes('No new step'))).toHaveLength(1);
});
