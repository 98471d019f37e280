import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { byteReader, leaks } from '../job/dataset.ts';
import type { DatasetField } from '../job/spec.ts';
import type { DatasetReading, Datasets } from '../world.ts';

/** What the thread is asked, about one of the readings it has in hand. */
type Question = { reading: number } & (
  | { ask: 'take'; which: DatasetField; bytes: Uint8Array }
  | { ask: 'report'; which: DatasetField; bytes: number }
  | { ask: 'leaks' }
  | { ask: 'close' }
);

interface Waiting {
  resolve(value: never): void;
  reject(error: unknown): void;
}

/** Datasets are read in a thread of their own, one for all, which begins with the first of them. Where it ends, whoever waited for it hears why, and the next reading begins another. */
export function datasetThread(): Datasets {
  let thread: ReturnType<typeof begin> | undefined;
  let readings = 0;

  function begin() {
    const worker = new Worker(new URL(import.meta.url));
    const begun = { worker, waiting: [] as Waiting[], ended: undefined as unknown };
    const end = (error: unknown) => {
      begun.ended ??= error;
      if (thread === begun) thread = undefined;
      for (const { reject } of begun.waiting.splice(0)) reject(error);
    };
    // In the order of the questions.
    worker.on('message', answer => begun.waiting.shift()?.resolve(answer as never));
    worker.on('error', end);
    worker.on('exit', code => end(new Error(`The thread that reads datasets ended with code ${code}.`)));
    worker.unref();
    return begun;
  }

  return {
    open(): DatasetReading {
      thread ??= begin();
      const mine = thread;
      const reading = readings++;
      const ask = <Answer>(question: Question) =>
        new Promise<Answer>((resolve, reject) => {
          if (mine.ended !== undefined) return reject(mine.ended);
          mine.waiting.push({ resolve, reject });
          mine.worker.postMessage(question);
        });
      return {
        take: (which, bytes) => ask({ reading, ask: 'take', which, bytes }),
        report: (which, bytes) => ask({ reading, ask: 'report', which, bytes }),
        leaks: () => ask({ reading, ask: 'leaks' }),
        close: () => void ask({ reading, ask: 'close' }).catch(() => undefined),
      };
    },
  };
}

if (!isMainThread && parentPort) answerAll(parentPort);

function answerAll(port: NonNullable<typeof parentPort>): void {
  const readings = new Map<number, Record<DatasetField, ReturnType<typeof byteReader>>>();

  function answer(question: Question): unknown {
    const readers = readings.get(question.reading) ?? { dataset: byteReader(), evaluationDataset: byteReader() };
    readings.set(question.reading, readers);
    switch (question.ask) {
      case 'take':
        return readers[question.which].take(question.bytes);
      case 'report':
        return readers[question.which].report(question.bytes);
      case 'leaks':
        return leaks(readers.dataset.kept(), readers.evaluationDataset.kept());
      case 'close':
        return readings.delete(question.reading);
      default:
        return question satisfies never;
    }
  }

  port.on('message', (question: Question) => port.postMessage(answer(question)));
}
