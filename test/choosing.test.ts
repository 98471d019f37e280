import { afterAll, expect, test } from 'vitest';
import { recipeIds, recipeOf } from '../src/job/recipe.ts';
import { ask, channel, fill, open } from '../src/local/play.ts';
import { startStack } from '../src/local/stack.ts';
import { cardIds } from '../src/views/card.ts';
import { form } from '../src/views/form.ts';
import { signedTo } from './signed.ts';
import { watching } from './watching.ts';

const recipes = 'open-model,gemini-tuning,gemini-distillation,palm';
const stack = await startStack({
  knockEvery: 0,
  slack: { rateLimits: false, fileDelayMs: 50 },
  environment: { RECIPES: recipes, OPEN_JOBS_PER_PERSON: '100' },
});
const { slack } = stack;
const { uri, part, cardShows, cardText } = watching(stack);
const ana = slack.as('ana');
afterAll(() => stack.close());
// The first answer of a program that has just started may take longer than a form's may.
await ana.command(channel, '/distill list');

/** The open form, and the fields it asks for. */
const shown = () => ana.views()[0]!;
const fieldsShown = () => Object.keys(shown()?.values ?? {}).map(block => block.split('~')[0]);
const value = (field: string) => {
  const [block = {}] = Object.entries(shown().values).flatMap(([id, held]) =>
    id.split('~')[0] === field ? [held] : [],
  );
  const { value: typed, selected_option: option, files } = (block[field] ?? {}) as Record<string, unknown>;
  return typed ?? (option as { value?: string } | null)?.value ?? files;
};
const namesOf = (options: object[]) => options.map(option => (option as { value: string }).value);

async function choose(view: string, recipe: string) {
  await ana.choose(view, 'recipe', recipe);
  await slack.until(() => JSON.stringify(shown().blocks).includes(recipeOf(recipe as 'palm').about.en.slice(0, 40)));
}

/** An interaction of Ana's in her form, as Slack writes it. */
const interaction = (type: string, rest: object) => ({
  type,
  team: { id: slack.team.id },
  user: { id: ana.id, team_id: slack.team.id },
  api_app_id: slack.app.id,
  ...rest,
});

test('a menu of models shows those that are known, and takes another that is typed', async () => {
  const view = await open(stack, 'ana');
  const { teachers, students } = recipeOf('open-model');
  expect(namesOf(await ana.suggest(view, 'teacher', ''))).toEqual(teachers?.known);
  expect(namesOf(await ana.suggest(view, 'student', 'gemma 4b'))).toEqual(['google/gemma3@gemma-3-4b-it']);
  const [typed] = await ana.suggest(view, 'student', 'meta/llama3-3@llama-3.3-70b-instruct');
  expect(typed).toMatchObject({ value: 'meta/llama3-3@llama-3.3-70b-instruct' });
  await ana.choose(view, 'student', typed);
  await fill(stack, view, part('typed', { epochs: 2 }));
  expect((await ana.submit(view)).errors).toBeUndefined();
  const card = await slack.until(() => slack.messages(channel).find(message => cardText(message.ts).includes('typed')));
  expect(JSON.stringify(card.blocks)).toContain(
    'qwen/qwen3-next-80b-a3b-thinking-maas → meta/llama3-3@llama-3.3-70b-instruct',
  );
  expect(students.known).not.toContain('meta/llama3-3@llama-3.3-70b-instruct');
});

test('a menu shows what its own form offers, and nothing in what is no form of ours', async () => {
  const view = await open(stack, 'ana');
  await choose(view, 'gemini-tuning');
  const flash = recipeOf('gemini-tuning').students.known.filter(name => name.includes('flash'));
  expect(namesOf(await ana.suggest(view, 'student', 'flash'))).toEqual([...flash, 'flash']);
  await ana.close(view);
  const asked = (rest: object) =>
    signedTo(
      stack,
      interaction('block_suggestion', { action_id: 'student', block_id: 'student', value: 'x', ...rest }),
    );
  const foreign = [
    {},
    { view: { id: 'V1', callback_id: 'another', private_metadata: '{}' } },
    { view: { id: 'V1', callback_id: form.callback, private_metadata: 'not JSON' } },
    { view: { id: 'V1', callback_id: form.callback } },
    { view: { id: 'V1', callback_id: form.callback, private_metadata: '{"filled":{},"times":{},"recipe":"none"}' } },
    { message: { ts: '1.2' }, channel: { id: 'CDISTILL1' }, value: undefined },
  ];
  const answers = await Promise.all(foreign.map(asked));
  for (const answer of answers) expect(answer).toEqual({ status: 200, body: '{"options":[]}' });
});

test('another recipe is drawn at once, and what was typed and uploaded stays', async () => {
  const view = await open(stack, 'ana');
  const rows = Buffer.from('{"input_text":"Classify: x","output_text":"y"}\n');
  await ana.type(view, 'modelName', 'moved-about');
  await ana.attach(view, 'dataset.file', { name: 'mine.jsonl', bytes: rows });
  await ana.type(view, 'evaluationDataset', uri('eval'));
  await ana.type(view, 'batchSize', '16');
  for (const recipe of [...recipeIds, 'open-model' as const]) {
    if (value('recipe') !== recipe) await choose(view, recipe);
    expect(value('modelName')).toBe('moved-about');
    expect(value('evaluationDataset')).toBe(uri('eval'));
    const [upload] = Object.values(shown().values['dataset.file'] ?? {});
    expect(upload).toMatchObject({ files: [{ name: 'mine.jsonl' }] });
    expect(fieldsShown().includes('steps')).toBe(recipe === 'palm');
    expect(fieldsShown().includes('teacher')).toBe(recipe !== 'gemini-tuning');
  }
  expect(value('batchSize')).toBe('16');
  await slack.until(() => JSON.stringify(shown().blocks).includes('60 rows'));
  expect((await ana.submit(view)).errors).toBeUndefined();
});

test('a form that is sent before it was drawn for its recipe is drawn for it, and begins nothing', async () => {
  const view = await open(stack, 'ana');
  await fill(stack, view, part('too-soon'));
  const { values } = shown();
  const sent = {
    id: view,
    root_view_id: view,
    type: 'modal',
    callback_id: form.callback,
    hash: 'h',
    private_metadata: JSON.stringify({ filled: {}, times: {}, recipe: 'open-model' }),
    state: { values: { ...values, recipe: { recipe: { selected_option: { value: 'gemini-tuning' } } } } },
  };
  const { body } = await signedTo(stack, interaction('view_submission', { view: sent }));
  const answer = JSON.parse(body);
  expect(answer).toMatchObject({ response_action: 'update', view: { title: { text: 'New tuning job' } } });
  expect(body).toContain('too-soon');
  const none = { selected_option: { value: 'no-recipe' } };
  const forged = { ...sent, state: { values: { ...values, recipe: { recipe: none } } } };
  const refused = await signedTo(stack, interaction('view_submission', { view: forged }));
  expect(JSON.parse(refused.body)).toMatchObject({ response_action: 'errors', errors: { recipe: expect.any(String) } });
  await ana.close(view);
  expect(slack.messages(channel).filter(({ ts }) => cardText(ts).includes('too-soon'))).toEqual([]);
});

test('what is wrong stands beside its field, and the numbers say what is wrong with them', async () => {
  const view = await open(stack, 'ana');
  await fill(stack, view, part('all-wrong'));
  await ana.type(view, 'learningRate', '0.0002');
  await ana.type(view, 'learningRateMultiplier', '0.5');
  await ana.type(view, 'outputs', 'not-a-folder');
  await ana.type(view, 'encryptionKey', 'projects/p/locations/us-central1/keyRings/r/cryptoKeys/k');
  await ana.type(view, 'dataset', 'https://example.com/train.jsonl');
  expect((await ana.submit(view)).errors).toEqual({
    learningRate: expect.stringContaining('Empty one of them'),
    outputs: expect.stringContaining('not a folder in Cloud Storage'),
    encryptionKey: expect.stringContaining('does not work in global'),
    dataset: expect.stringContaining('not the address of an object'),
  });
  await ana.close(view);
});

test('a job of a recipe that is not offered any more opens, and is refused beside the recipe with what to choose', async () => {
  const card = await ask(stack, part('of-old', { recipe: 'palm', dataset: uri('nowhere') }));
  await cardShows(card, /Refused/);
  stack.environment.RECIPES = 'gemini-tuning';
  await stack.restart();
  try {
    await ana.press({ channel, ts: card }, cardIds.again);
    const view = (await slack.until(() => ana.views()[0])).id;
    expect(value('recipe')).toBe('palm');
    const { errors } = await ana.submit(view);
    expect(errors).toEqual({
      recipe: 'The recipe “PaLM, step by step” is not offered here. Choose “Gemini, supervised tuning”.',
    });
    await choose(view, 'gemini-tuning');
    expect(value('dataset')).toBe(uri('nowhere'));
    expect((await ana.submit(view)).errors).toBeUndefined();
    const alone = await open(stack, 'ana');
    expect(fieldsShown()).not.toContain('recipe');
    await ana.close(alone);
  } finally {
    stack.environment.RECIPES = recipes;
    await stack.restart();
  }
});
