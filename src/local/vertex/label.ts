import { setImmediate as pause } from 'node:timers/promises';
import { minutes } from './dag.ts';
import type { Row } from './dataset.ts';
import { address, unreadable } from './dataset.ts';
import type { Floor } from './floor.ts';
import type { House } from './house.ts';
import type { Labelled } from './lesson.ts';

/** The rows of a run, in the two parts they are used in. */
export type Parts<T> = { train: T[]; evaluation: T[] };

/** Has the teacher answer the rows that have no answer, and keeps all training rows under the pipeline root, with its rationales. */
export async function label({ run, house, leaf, wait }: Floor, read: Parts<Row>): Promise<Parts<Labelled>> {
  return leaf('teacher-labels', async task => {
    const train = await answered(house, read.train);
    const evaluation = await answered(house, read.evaluation);
    const root = run.asked.runtimeConfig.gcsOutputDirectory.replace(/\/$/, '');
    const uri = `${root}/${run.id}/${task.id}/labelled_dataset.jsonl`;
    await keep(uri, train.map(row => `${JSON.stringify(row)}\n`).join(''));
    task.outputs.labelled_dataset = { uri, schemaTitle: 'system.Dataset' };
    const written = [...train, ...evaluation].filter(row => row.rationale).length;
    task.metadata = { 'output:labelled_dataset': uri, 'output:labels_written': written };
    await wait(minutes['teacher-labels'] + written * minutes.perLabel);
    return { train, evaluation };
  });

  async function keep(uri: string, text: string): Promise<void> {
    const { bucket, name } = address(uri);
    try {
      await house.storage.bucket(bucket).file(name).save(text, { resumable: false, contentType: 'application/jsonl' });
    } catch (error) {
      throw unreadable(error, uri);
    }
  }
}

/** Has the teacher answer the rows that have no answer. */
export async function answered(
  { teacher }: Pick<House, 'teacher'>,
  rows: readonly Row[],
): Promise<(Labelled & { rationale?: string })[]> {
  const done: (Labelled & { rationale?: string })[] = [];
  for (const [i, { input_text, output_text }] of rows.entries()) {
    if (i % 50 === 0) await pause();
    const answer = output_text === undefined ? (await teacher()).lecture(input_text) : { output_text };
    done.push({ input_text, ...answer });
  }
  return done;
}
