import { readFile } from 'node:fs/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { ask, channel, fill, open, result } from '../src/local/play.ts';
import { startStack } from '../src/local/stack.ts';
import { instructionId, mendIds } from '../src/views/mend.ts';
import { watching } from './watching.ts';

const stack = await startStack({
  speed: 6000,
  knockEvery: 200,
  slack: { rateLimits: false, fileDelayMs: 50 },
  environment: { OPEN_JOBS_PER_PERSON: '100' },
});
const { blocks, part, inThread, cardShows, cardText, thread } = watching(stack);
afterAll(() => stack.close());

const { slack, storage, buckets } = stack;
const ana = slack.as('ana');

async function upload(name: string, bytes: Uint8Array): Promise<string> {
  const view = await open(stack, 'ana');
  await fill(stack, view, { ...part(name), dataset: '' });
  await ana.attach(view, 'dataset.file', { name: `${name}.jsonl`, bytes: Buffer.from(bytes) });
  expect((await ana.submit(view)).errors).toBeUndefined();
  const card = await slack.until(() =>
    slack.messages(channel).findLast(message => !message.threadTs && blocks(message).includes(name)),
  );
  return card.ts;
}

/** What was asked of Vertex AI for a model. */
const launched = (name: string) =>
  stack.vertex.jobs().filter(job => JSON.stringify(job).includes(`"${name}"`)) as {
    labels: Record<string, string>;
    runtimeConfig: { parameterValues: Record<string, string> };
  }[];

const written = (uri: string | undefined) => {
  const [, , bucket = '', ...object] = (uri ?? '').split('/');
  return String(storage.get(bucket, object.join('/')) ?? '');
};
const sample = (name: string) => readFile(new URL(`../src/local/samples/${name}`, import.meta.url));

describe('A bad file', () => {
  test('uploaded is refused with line numbers; its rows dropped, a successor goes on to its end, in the same card and thread', async () => {
    const bad = await sample('broken.jsonl');
    const card = await upload('mendable', bad);
    await cardShows(card, /Refused/);
    const refusal = await inThread(card, /cannot be used/);
    for (const line of ['11', '19', '26', '33', '47', '120']) expect(blocks(refusal)).toContain(line);
    const press = () => ana.press({ channel, ts: refusal.ts }, mendIds['drop-unusable']);

    const oz = slack.as('oz');
    await oz.press({ channel, ts: refusal.ts }, mendIds['drop-unusable']);
    expect(blocks(await slack.until(() => oz.ephemerals()[0]))).toMatch(/Only/);
    expect(cardText(card)).toMatch(/Refused/);

    await Promise.all([press(), press()]);
    await cardShows(card, /Done/);
    await inThread(card, /Mended.*: \d+ rows that could not be used dropped, \d+ of \d+ go on/);
    expect(thread(card).filter(text => /Mended/.test(text))).toHaveLength(1);
    const jobs = launched('mendable');
    expect(jobs).toHaveLength(1);
    const job = jobs[0]!;
    const heir = job.labels['retort-job'];
    const uri = `gs://${buckets.uploads}/retort/${heir}/train-drop-unusable.jsonl`;
    expect(job.runtimeConfig.parameterValues.dataset_uri).toBe(uri);
    for (const line of written(uri).trim().split('\n'))
      expect(JSON.parse(line)).toMatchObject({ input_text: expect.any(String) });

    const late = await slack.until(() => ana.ephemerals().find(message => blocks(message).includes(`${heir}`)));
    expect(blocks(late)).toContain('has taken its place already');
    await slack.until(() => !blocks(slack.message(channel, refusal.ts)).includes(mendIds['drop-unusable']));
    expect(slack.messages(channel).filter(it => !it.threadTs && blocks(it).includes('mendable'))).toHaveLength(1);
  });

  test('in another format is converted', async () => {
    const rows = String(await sample('train.jsonl'))
      .trim()
      .split('\n')
      .slice(0, 120);
    const other = rows.map(line => {
      const { input_text: content, output_text: answer } = JSON.parse(line);
      return JSON.stringify({
        messages: [
          { role: 'user', content },
          { role: 'assistant', content: answer },
        ],
      });
    });
    const card = await upload('foreign', Buffer.from(other.join('\n')));
    const refusal = await inThread(card, new RegExp(mendIds.convert));
    await ana.press({ channel, ts: refusal.ts }, mendIds.convert);
    expect(await result(stack, card)).toBeUndefined();
    await cardShows(card, /Done/);
    const [job] = launched('foreign');
    expect(written(job?.runtimeConfig.parameterValues.dataset_uri)).toBe(
      `${rows.map(line => JSON.stringify(JSON.parse(line))).join('\n')}\n`,
    );
  });
});

describe('A job that waits', () => {
  test('gets an evaluation dataset cut off, and its spec names both', async () => {
    const card = await ask(stack, part('to-cut', { accelerator: 'TPU', evaluationDataset: undefined }));
    const told = await inThread(card, new RegExp(mendIds['cut-evaluation']));
    await ana.press({ channel, ts: told.ts }, mendIds['cut-evaluation']);
    const line = await inThread(card, /Evaluation dataset cut/);
    expect(blocks(line)).toMatch(/42 of 420 rows; 378 are trained on/);
    await inThread(card, /Dataset checked.*378 rows/);
  });

  test('gets an instruction, asked for in a form that says what is wrong beside the field', async () => {
    const rows = Array.from({ length: 120 }, (_, i) =>
      JSON.stringify({ input_text: `${i} ${'abcdefgh'[i % 8]} came ${i * 7} late`, output_text: i % 2 ? 'yes' : 'no' }),
    );
    storage.put(buckets.datasets, 'support/bare.jsonl', rows.join('\n'));
    const bare = `gs://${buckets.datasets}/support/bare.jsonl`;
    const card = await ask(stack, part('bare', { accelerator: 'TPU', dataset: bare, evaluationDataset: undefined }));
    const told = await inThread(card, new RegExp(mendIds['add-instruction']));
    await ana.press({ channel, ts: told.ts }, mendIds['add-instruction']);
    const view = await slack.until(() => ana.views()[0]);
    await ana.type(view.id, instructionId, '  ');
    expect(JSON.stringify((await ana.submit(view.id)).errors)).toMatch(/instruction is needed/);
    await ana.type(view.id, instructionId, 'Say yes or no. Text:');
    expect((await ana.submit(view.id)).errors).toBeUndefined();
    await inThread(card, /the instruction put before 120 of 120 rows/);
    await cardShows(card, /[Ww]aiting/);
  });
});
