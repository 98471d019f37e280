import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { datasetThread } from '../../src/clients/dataset-thread.ts';
import { byteMender } from '../../src/job/byte-mender.ts';
import { byteReader, leaks } from '../../src/job/dataset.ts';
import { recipeIds, recipeOf } from '../../src/job/recipe.ts';

const rows = (count: number, from = 0) =>
  Array.from(
    { length: count },
    (_, i) => `${JSON.stringify({ input_text: `classify: message ${i + from}`, output_text: `class ${i % 3}` })}\n`,
  );
const bytes = (lines: readonly string[]) => Buffer.from(lines.join(''));

describe('datasetThread()', () => {
  it('finds what is found without it, of each of two readings at once', async () => {
    const datasets = datasetThread();
    const readings = [datasets.open('palm'), datasets.open('palm')];
    const found = await Promise.all(
      readings.map(async (reading, i) => {
        const [train, evaluation] = [bytes(rows(100 + i)), bytes(rows(20, 90))];
        expect(await reading.take('dataset', train)).toBe(100 + i);
        await reading.take('evaluationDataset', evaluation);
        const report = await reading.report('dataset', train.length);
        await reading.report('evaluationDataset', evaluation.length);
        const shared = await reading.leaks();
        reading.close();
        return { report, shared };
      }),
    );
    for (const [i, { report, shared }] of found.entries()) {
      const [train, evaluation] = [byteReader(), byteReader()];
      train.take(bytes(rows(100 + i)));
      evaluation.take(bytes(rows(20, 90)));
      expect(report).toEqual(train.report(bytes(rows(100 + i)).length));
      expect(shared).toEqual(leaks(train.kept(), evaluation.kept()));
      expect(shared.exact?.count).toBe(10 + i);
    }
  });

  it('makes a digest of each dataset’s bytes, however they are cut', async () => {
    const reading = datasetThread().open('palm');
    const [train, evaluation] = [bytes(rows(100)), bytes(rows(20))];
    for (let at = 0; at < train.length; at += 777) await reading.take('dataset', train.subarray(at, at + 777));
    await reading.take('evaluationDataset', evaluation);
    const digest = (of: Buffer) => createHash('sha256').update(of).digest('hex');
    expect(await reading.sha256('dataset')).toBe(digest(train));
    expect(await reading.sha256('evaluationDataset')).toBe(digest(evaluation));
    reading.close();
  });

  it('leaves this thread free while it compares thousands of rows', async () => {
    const reading = datasetThread().open('palm');
    const train = bytes(rows(10_000));
    await reading.take('dataset', train);
    let turns = 0;
    let isDone = false;
    const report = reading.report('dataset', train.length).finally(() => {
      isDone = true;
    });
    for (; !isDone; turns++) await wait(1);
    expect((await report).rows).toBe(10_000);
    expect(turns).toBeGreaterThan(5);
    reading.close();
  });

  it('mends as it is mended without it, beside a reading', async () => {
    const datasets = datasetThread();
    const lines = bytes([...rows(200), ...rows(50)]);
    const pieces = [lines.subarray(0, 999), lines.subarray(999)];
    const wish = { mending: 'cut-evaluation' } as const;
    const [mender, mending, reading] = [byteMender(wish), datasets.mend(wish, 'palm'), datasets.open('palm')];
    for (const piece of pieces) {
      mender.look(piece);
      await mending.look(piece);
      await reading.take('dataset', piece);
    }
    for (const into of ['evaluationDataset', 'dataset'] as const) {
      mender.begin(into);
      await mending.begin(into);
      for (const piece of pieces)
        expect(Buffer.from(await mending.take(piece))).toEqual(Buffer.from(mender.take(piece)));
      expect((await mending.end()).count).toEqual(mender.end().count);
    }
    expect((await reading.report('dataset', lines.length)).rows).toBe(250);
    mending.close();
    reading.close();
  });

  it('reads and mends as each recipe has it, of several at once', async () => {
    const datasets = datasetThread();
    const lines = Buffer.from('{"messages": [{"role": "user", "content": "Q"}]}\n{"prompt": "P", "completion": "A"}\n');
    const found = await Promise.all(
      recipeIds.map(async recipe => {
        const [reading, mending] = [datasets.open(recipe), datasets.mend({ mending: 'convert' }, recipe)];
        await reading.take('dataset', lines);
        await mending.begin('dataset');
        const bytes = await mending.take(lines);
        const told = { report: await reading.report('dataset', lines.length), text: Buffer.from(bytes).toString() };
        reading.close();
        mending.close();
        return told;
      }),
    );
    for (const [i, recipe] of recipeIds.entries()) {
      const { dataset: rules } = recipeOf(recipe);
      const [reader, mender] = [byteReader({ rules }), byteMender({ mending: 'convert', rules })];
      reader.take(lines);
      mender.begin('dataset');
      expect(found[i]).toEqual({
        report: reader.report(lines.length),
        text: Buffer.from(mender.take(lines)).toString(),
      });
    }
    expect(new Set(found.map(({ text }) => text)).size).toBe(recipeIds.length);
  });

  it('says so where the thread ends, to whoever waits and whoever asks later; the next reading goes well', async () => {
    const datasets = datasetThread();
    const [one, other] = [datasets.open('palm'), datasets.open('palm')];
    expect(await other.take('dataset', bytes(rows(10)))).toBe(10);
    const asked = [one.take('nothing' as never, bytes(rows(1))), other.take('dataset', bytes(rows(1)))];
    for (const { status } of await Promise.allSettled(asked)) expect(status).toBe('rejected');
    await expect(other.report('dataset', 10)).rejects.toThrow();
    const next = datasets.open('palm');
    expect(await next.take('dataset', bytes(rows(3)))).toBe(3);
    next.close();
  });
});
