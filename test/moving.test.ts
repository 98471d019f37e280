import { afterAll, expect, test } from 'vitest';
import { ask, channel, fill, open } from '../src/local/play.ts';
import { startStack } from '../src/local/stack.ts';
import { cardIds } from '../src/views/card.ts';
import { moveId } from '../src/views/move-id.ts';
import { watching } from './watching.ts';

const stack = await startStack({
  knockEvery: 200,
  slack: { rateLimits: false, fileDelayMs: 50 },
  environment: { RECIPES: 'open-model,gemini-tuning,palm', OPEN_JOBS_PER_PERSON: '100' },
});
const { slack } = stack;
const { uri, part, blocks, cardText, cardShows } = watching(stack);
const ana = slack.as('ana');
afterAll(() => stack.close());
// The first answer of a program that has just started may take longer than a form's may.
await ana.command(channel, '/distill list');

const palm = (name: string, rest: object = {}) => part(name, { recipe: 'palm', steps: 300, ...rest });
const idOf = (card: string) => /job `([a-z0-9]+)`/.exec(blocks(slack.message(channel, card)))![1]!;
const shown = () => slack.until(() => ana.views()[0]);
const held = (view: { values: object }, field: string) => {
  const found = Object.entries(view.values).find(([block]) => block.split('~')[0] === field);
  return JSON.stringify(found?.[1]);
};
/** What somebody is told who types a command. */
async function told(line: string, person = 'ana') {
  const who = slack.as(person);
  const before = who.ephemerals().length;
  await who.command(channel, line);
  return blocks(await slack.until(() => who.ephemerals()[before]));
}

test('an old job is moved from its card: the form of the first recipe that runs today, with what could not be carried over', async () => {
  const card = await ask(stack, palm('old-one', { dataset: uri('nowhere') }));
  await cardShows(card, /Refused/);
  const id = idOf(card);
  const before = blocks(slack.message(channel, card));
  await ana.press({ channel, ts: card }, cardIds.more, { option: `${moveId} ${id}` });
  const view = await shown();
  expect(held(view, 'recipe')).toContain('"open-model"');
  expect(held(view, 'modelName')).toContain('old-one');
  expect(held(view, 'dataset')).toContain(uri('nowhere'));
  expect(held(view, 'region')).toContain('us-central1');
  const text = JSON.stringify(view.blocks);
  expect(text).toContain(`*old-one* (job \`${id}\`) is moved from “PaLM, step by step” to *Open models*`);
  for (const line of [
    'Teacher, `text-unicorn@001`: `qwen/qwen3-next-80b-a3b-thinking-maas` stands in its place.',
    'What 300 steps of 8 come to in epochs is not known without the number of rows. 3 epochs stand there.',
    'Accelerator, GPU: a tuning job names none.',
    'the check offers to convert them',
    'it is the output folder now',
  ])
    expect(text).toContain(line);

  await ana.choose(view.id, 'recipe', 'gemini-tuning');
  const other = await slack.until(() => ana.views().find(({ title }) => title === 'New tuning job'));
  expect(JSON.stringify(other.blocks)).toContain('none is asked, the labels at hand are learnt');
  expect(JSON.stringify(other.blocks)).not.toContain('output folder now');
  expect(held(other, 'modelName')).toContain('old-one');
  await ana.type(view.id, 'modelName', 'its-successor');
  await ana.type(view.id, 'dataset', uri('train'));
  expect((await ana.submit(view.id)).errors).toBeUndefined();
  const successor = await slack.until(() =>
    slack.messages(channel).find(({ ts, threadTs }) => !threadTs && cardText(ts).includes('its-successor')),
  );
  expect(successor.ts).not.toBe(card);
  expect(blocks(successor)).toContain('Gemini, supervised tuning');
  expect(blocks(slack.message(channel, card))).toBe(before);
});

test('a job is moved by command, by name or id, by whoever may launch, with the epochs that its steps come to', async () => {
  const card = await ask(stack, palm('waiting-one', { accelerator: 'TPU' }));
  await cardShows(card, /Waiting/);
  for (const [person, named] of [
    ['ana', idOf(card)],
    ['ben', 'waiting-one'],
  ] as const) {
    const who = slack.as(person);
    await who.command(channel, `/distill move ${named}`);
    const view = await slack.until(() => who.views()[0]);
    expect(JSON.stringify(view.blocks)).toContain('300 steps of 24 over 420 rows come to 17 epochs: 17 stand there.');
    expect(held(view, 'epochs')).toContain('"17"');
    await who.close(view.id);
  }
  expect(cardText(card)).toMatch(/Waiting/);
});

test('whoever names no job, one that is none, or one of today, is told so', async () => {
  expect(await told('/distill move')).toContain('Say which job to move');
  expect(await told('/distill move nothing-like-it')).toContain('There is no job “nothing-like-it”');
  const view = await open(stack, 'ana');
  await fill(stack, view, part('of-today', { dataset: uri('nowhere') }));
  expect((await ana.submit(view)).errors).toBeUndefined();
  const card = await slack.until(() => slack.messages(channel).find(({ ts }) => cardText(ts).includes('of-today')));
  await cardShows(card.ts, /Refused/);
  expect(await told('/distill move of-today')).toContain('“of-today” is a job of a recipe that runs today');
  expect(blocks(slack.message(channel, card.ts))).not.toContain(`${moveId} `);
  expect(await told('/distill move waiting-one', 'guest')).toMatch(/Only full, active members/);
});

test('a form that opened too late opens at the press of a button', async () => {
  const before = ana.ephemerals().length;
  slack.fault({ method: 'views.open', mode: 'error:expired_trigger_id' });
  await ana.command(channel, '/distill move old-one');
  const late = await slack.until(() => ana.ephemerals()[before]);
  expect(blocks(late)).toContain(`"${moveId}"`);
  await ana.press({ ephemeral: late.ts }, moveId);
  expect(JSON.stringify((await shown()).blocks)).toContain('is moved from “PaLM, step by step”');
  await ana.close((await shown()).id);
});

test('where nothing that runs today is offered, that is said, and switching is another command', async () => {
  stack.environment.RECIPES = 'palm';
  await stack.restart();
  expect(await told('/distill move old-one')).toContain('No recipe that runs today is offered here');
  expect(await told('/distill switch old-one')).toContain('Only a job that waits in line can be switched');
});
