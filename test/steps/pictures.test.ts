import { expect, test } from 'vitest';
import { advance } from '../../src/steps/advance.ts';
import { poll } from '../../src/steps/poll.ts';
import type { Message } from '../../src/world.ts';
import { SlackTrouble } from '../../src/world.ts';
import { jobIn, task } from '../job/sample-jobs.ts';
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

/** The pictures that Slack still has after a run was looked at some times and has long ended, in their order; a look that is `alarming` finds loss to be no number, and during one that is `closed` or `refused` Slack redraws nothing. */
async function picturesLeft(looks: ('fine' | 'alarming' | 'closed' | 'refused')[]) {
  const made = steadyWorld();
  const { messages, jobs, vertex, slack, pipelineJobs, clock, pass } = made;
  const { redraw } = slack;
  const left = new Set<string>();
  let uploaded = 0;
  slack.upload = async () => {
    const file = `F${++uploaded}`;
    left.add(file);
    return file;
  };
  slack.removeFile = async file => {
    if (!left.delete(file)) throw new SlackTrouble({ kind: 'refused', code: 'file_deleted' });
  };
  const { curves: _, ...running } = jobIn('running');
  const tuning = [task('1', 'root'), task('2', 'large-language-model-tuner', { state: 'RUNNING', parent: '1' })];
  const run = { ...running.run, tasks: tuning };
  await jobs.create({ job: { ...running, run, curves: {} }, posts: [{ kind: 'card' }] }, 'view:1');
  for (const [i, look] of looks.entries()) {
    const steps = Array.from({ length: i + 1 }, (_, at) => at + 1);
    const broken = look === 'alarming' && { notANumberFrom: i + 2 };
    const series = { steps, values: steps.map(() => 1), ...broken };
    vertex.curves = async () => ({ experiment: { is: 'none' }, curves: { train_total_loss: series } });
    const ended = i === looks.length - 1 && { state: 'SUCCEEDED', endedAt: clock.now() };
    pipelineJobs.set(running.id, { ...run, ...ended });
    slack.redraw = async (message, at) => {
      if (look === 'closed') throw new SlackTrouble({ kind: 'refused', code: 'is_archived', about: 'channel' });
      if (look === 'refused') throw new SlackTrouble({ kind: 'refused', code: 'msg_too_long', about: 'content' });
      await redraw(message, at);
    };
    pass(600_000);
    await advance(running.id, made);
    const cards = [...messages.values()].filter(({ key }) => key === '0000');
    const shown = /"slack_file":\{"id":"(F\d+)"/.exec(JSON.stringify(cards[0]))?.[1];
    expect([...left]).toContain(shown);
  }
  expect(uploaded).toBe(looks.length);
  const atTheEnd = [...left];
  for (let knock = 0; knock < 20; knock++) {
    pass(60_000);
    await poll(made);
  }
  return { atTheEnd, left: [...left] };
}

test('a card’s old picture is removed once the card has another, and of an ended job only the last is left', async () => {
  expect(await picturesLeft(['fine', 'fine', 'fine', 'fine'])).toEqual({ atTheEnd: ['F3', 'F4'], left: ['F4'] });
});

test('the picture that the post of an alarm shows stays', async () => {
  expect((await picturesLeft(['fine', 'alarming', 'fine', 'fine'])).left).toEqual(['F2', 'F4']);
  expect((await picturesLeft(['fine', 'fine', 'alarming', 'fine'])).left).toEqual(['F3', 'F4']);
});

test('the picture that a card shows stays for as long as Slack does not redraw that', async () => {
  for (const look of ['closed', 'refused'] as const) {
    const fine = 'fine';
    const again = await picturesLeft([fine, fine, look, look, look, fine]);
    expect(again).toEqual({ atTheEnd: [look === 'closed' ? 'F5' : 'F2', 'F6'], left: ['F6'] });
    expect((await picturesLeft([fine, look, look, look])).atTheEnd).toEqual(['F1', 'F4']);
  }
});
