import { afterAll, afterEach, describe, expect, test } from 'vitest';
import type { RecipeId } from '../src/job/recipe.ts';
import { recipeOf, tuningRecipes } from '../src/job/recipe.ts';
import type { Part } from '../src/local/play.ts';
import { ask, channel, result } from '../src/local/play.ts';
import { folderOf } from '../src/local/samples/formats.ts';
import { startStack } from '../src/local/stack.ts';
import { cardIds } from '../src/views/card.ts';
import { mendIds } from '../src/views/mend.ts';
import { trialIds } from '../src/views/trial.ts';
import { watching } from './watching.ts';

const stack = await startStack({
  speed: 6000,
  knockEvery: 200,
  slack: { rateLimits: false, fileDelayMs: 50 },
  environment: { OPEN_JOBS_PER_PERSON: '100', CALL_SECONDS: '4', LEASE_SECONDS: '12' },
});
const { slack, vertex, storage, buckets } = stack;
const { blocks, thread, inThread, cardShows, cardText } = watching(stack);
const ana = slack.as('ana');

afterEach(() => {
  slack.clearFaults();
  vertex.heal();
  vertex.speed(6000);
  vertex.limit({ quota: Number.POSITIVE_INFINITY, capacity: Number.POSITIVE_INFINITY, earlyAccess: true });
});
afterAll(() => stack.close());

/** A job of a recipe on the samples, in the format that it reads. */
function part(modelName: string, recipe: RecipeId, rest: Partial<Part> = {}): Part {
  const folder = `gs://${buckets.datasets}/support${folderOf(recipeOf(recipe).dataset.formats[0])}`;
  return { modelName, recipe, dataset: `${folder}/train.jsonl`, evaluationDataset: `${folder}/eval.jsonl`, ...rest };
}

interface TuningJob {
  name: string;
  state: string;
  tunedModelDisplayName: string;
  baseModel: string;
  labels: Record<string, string>;
}

/** The tuning jobs that were created under a model's name. */
function created(modelName: string): TuningJob[] {
  const all = vertex.jobs() as TuningJob[];
  return all.filter(job => job.tunedModelDisplayName === modelName);
}

function idOf(card: string): string {
  return /\(?job `?([a-z0-9]{6,})/.exec(blocks(slack.message(channel, card)))?.[1] ?? '';
}

const modelName = /^projects\/\d+\/locations\/[a-z0-9-]+\/models\/\d+@1$/;
const outcome: Record<(typeof tuningRecipes)[number], RegExp> = {
  'open-model': /^gs:\/\/acme-pipelines\/.*\/postprocess\/node-0\/checkpoints\/final$/,
  'gemini-tuning': modelName,
  'gemini-distillation': modelName,
};

describe('a job of every recipe that runs today', () => {
  test.each(tuningRecipes)('%s is asked for, tuned, and its model named, without an approval', async recipe => {
    const card = await ask(stack, part(`whole-${recipe}`, recipe));
    expect(await result(stack, card)).toMatch(outcome[recipe]);
    await cardShows(card, /Done/);
    const [job, ...others] = created(`whole-${recipe}`);
    expect(others).toEqual([]);
    expect(job).toMatchObject({ state: 'JOB_STATE_SUCCEEDED', baseModel: recipeOf(recipe).students.known[0] });
    expect(job?.labels).toMatchObject({ 'retort-job': idOf(card), 'retort-deployment': 'retort' });
    const told = thread(card).join('\n');
    expect(told).toMatch(/420 rows/);
    expect(told).not.toMatch(/asks for/);
    // Its curves are drawn, and can be taken away.
    expect(blocks(slack.message(channel, card))).toMatch(/"slack_file"/);
    await slack.until(() => slack.thread(channel, card).some(({ fileIds }) => fileIds.some(isNamed(/curves\.csv$/))));
    await slack.until(() =>
      slack.thread(channel, card).some(({ fileIds }) => fileIds.some(isNamed(/passport\.json$/))),
    );
  });

  test.each(['gemini-tuning', 'gemini-distillation'] as const)('%s: the tuned model answers a prompt', async recipe => {
    const card = await ask(stack, part(`asked-${recipe}`, recipe));
    await result(stack, card);
    await slack.until(() => blocks(slack.message(channel, card)).includes(trialIds.open), { ms: 20_000 });
    await ana.press({ channel, ts: card }, trialIds.open);
    const view = await slack.until(() => ana.views()[0]);
    await ana.type(view.id, trialIds.prompt, 'Classify: where is my parcel?');
    expect((await ana.submit(view.id)).errors).toBeUndefined();
    await inThread(card, /where is my parcel/);
  });
});

function isNamed(name: RegExp) {
  return (id: string) => name.test(slack.file(id)?.name ?? '');
}

describe('where the answer to the creation of a tuning job', () => {
  test.each(['apply-drop', 'apply-hang', 'apply-500', 'trunc', 'html200'] as const)(
    'is lost (%s), there is one tuning job all the same',
    async mode => {
      const name = `lost-${mode}`;
      vertex.fault({ op: 'tuningJobs.create', mode });
      const card = await ask(stack, part(name, 'open-model'));
      expect(await result(stack, card)).toMatch(outcome['open-model']);
      await cardShows(card, /Done/);
      expect(created(name)).toHaveLength(1);
    },
  );

  test('never comes because the program dies with the request on its way, there is one all the same', async () => {
    vertex.fault({ op: 'tuningJobs.create', mode: 'apply-hang' });
    const card = await ask(stack, part('died', 'gemini-tuning'));
    await slack.until(() => created('died').length, { ms: 20_000 });
    await stack.restart();
    expect(await result(stack, card)).toMatch(modelName);
    expect(created('died')).toHaveLength(1);
  });

  test('is a refusal, the job ends with what Vertex AI said', async () => {
    vertex.limit({ earlyAccess: false });
    const card = await ask(stack, part('not-let-in', 'gemini-distillation'));
    await cardShows(card, /Failed/);
    expect(blocks(await inThread(card, /not launched/))).toMatch(/Vertex AI says/);
    expect(created('not-let-in')).toEqual([]);
  });
});

describe('a tuning job under way', () => {
  test('waits in Google’s own line where that has no room, and the card says so', async () => {
    vertex.limit({ quota: 0 });
    const card = await ask(stack, part('in-line', 'open-model'));
    await slack.until(() => /quota/i.test(cardText(card)), { ms: 20_000 });
    vertex.limit({ quota: 5, capacity: 0 });
    await slack.until(() => /capacity/i.test(cardText(card)), { ms: 20_000 });
    vertex.limit({ capacity: 5 });
    expect(await result(stack, card)).toMatch(outcome['open-model']);
  });

  test('is cancelled where somebody wishes it', async () => {
    vertex.limit({ capacity: 0 });
    const card = await ask(stack, part('stopped', 'gemini-tuning'));
    await slack.until(() => /capacity/i.test(cardText(card)), { ms: 20_000 });
    await ana.press({ channel, ts: card }, cardIds.cancel, { confirmed: true });
    await cardShows(card, /Cancelled/);
    expect(created('stopped').map(({ state }) => state)).toEqual(['JOB_STATE_CANCELLED']);
  });
});

describe('a dataset in a format that the recipe does not read', () => {
  test.each(tuningRecipes)('is refused, converted on demand, and the job goes on: %s', async recipe => {
    const name = `convert-${recipe}`;
    const foreign = `gs://${buckets.datasets}/support`;
    const card = await ask(
      stack,
      part(name, recipe, { dataset: `${foreign}/train.jsonl`, evaluationDataset: `${foreign}/eval.jsonl` }),
    );
    await cardShows(card, /Refused/);
    expect(created(name)).toEqual([]);
    const refusal = await inThread(card, new RegExp(mendIds.convert));
    await ana.press({ channel, ts: refusal.ts }, mendIds.convert);
    await slack.until(() => /Done/.test(cardText(card)), { ms: 60_000 });
    const written = storage.names(buckets.uploads).filter(path => path.endsWith('train-convert.jsonl'));
    expect(written.length).toBeGreaterThan(0);
    expect(created(name)).toHaveLength(1);
  });
});
