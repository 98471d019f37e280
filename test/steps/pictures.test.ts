import { expect, test } from 'vitest';
import { advance } from '../../src/steps/advance.ts';
import { poll } from '../../src/steps/poll.ts';
import type { Message } from '../../src/world.ts';
import { SlackTrouble } from '../../src/world.ts';
import { jobIn } from '../job/sample-jobs.ts';
import { steadyWorld } from './steady-world.ts';

/** A job whose run ended well, with curves, where Slack takes only some messages. */
async function ended(takes: (message: Message) => boolean) {
  const made = steadyWorld();
  const { send, redraw } = made.slack;
  const check = (message: Message) => {
    if (!takes(message)) throw new SlackTrouble({ kind: 'refused', code: 'invalid_blocks', about: 'content' });
  };
  made.slack.send = async (message, to) => {
    check(message);
    return send(message, to);
  };
  made.slack.redraw = async (message, at) => {
    check(message);
    await redraw(message, at);
  };
  made.vertex.curves = async () => ({
    experiment: { is: 'none' },
    curves: { train_total_loss: { steps: [1, 2], values: [2, 1] } },
  });
  const { curves: _, ...running } = jobIn('running');
  await made.jobs.create({ job: { ...running, curves: {} }, posts: [{ kind: 'card' }] }, 'view:1');
  made.pipelineJobs.set(running.id, { ...running.run, state: 'SUCCEEDED', endedAt: made.clock.now() });
  await advance(running.id, made);
  for (let knock = 0; knock < 4; knock++) {
    made.pass(60_000);
    await poll(made);
  }
  const messages = [...made.messages.values()].filter(({ key }) => ['0000', '0001'].includes(key));
  return messages.map(({ message }) => message.blocks.map(({ type }) => type));
}

const has = ({ blocks }: Message, type: string) => blocks.some(block => block.type === type);

test('card and result show the picture of the curves', async () => {
  const [card, result] = await ended(() => true);
  expect(card).toContain('image');
  expect(result).toContain('image');
});

test('where Slack does not take a picture, words stand in its place, and all else is as ever', async () => {
  const [whole, wholeResult] = await ended(() => true);
  const [card, result] = await ended(message => !has(message, 'image'));
  const inWords = (types: string[] = []) => types.map(type => (type === 'image' ? 'context' : type));
  expect(card).toEqual(inWords(whole));
  expect(result).toEqual(inWords(wholeResult));
});

test('where Slack takes no blocks at all, the text is all there is', async () => {
  const messages = await ended(({ blocks }) => blocks.length === 0);
  expect(messages).toEqual([[], []]);
});
