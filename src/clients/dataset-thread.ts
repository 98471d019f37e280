import { createHash } from 'node:crypto';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { byteMender } from '../job/byte-mender.ts';
import { byteReader, leaks } from '../job/dataset.ts';
import type { Mend } from '../job/mend.ts';
import type { RecipeId } from '../job/recipe.ts';
import { recipeOf } from '../job/recipe.ts';
import type { DatasetField } from '../job/spec.ts';
import type { DatasetMending, DatasetReading, Datasets } from '../world.ts';

/** What the thread is asked, about one of the readings and mendings it has in hand. */
type Question =
  | { ask: 'open'; recipe: RecipeId }
  | { ask: 'take'; which: DatasetField; bytes: Uint8Array }
  | { ask: 'report'; which: DatasetField; bytes: number }
  | { ask: 'sha256'; which: DatasetField }
  | { ask: 'leaks' }
  | { ask: 'mend'; wish: Pick<Mend, 'mending' | 'instruction'>; recipe: RecipeId }
  | { ask: 'look'; bytes: Uint8Array }
  | { ask: 'begin'; into: DatasetField }
  | { ask: 'mended'; bytes: Uint8Array }
  | { ask: 'end' }
  | { ask: 'close' };

interface Waiting {
  resolve(value: never): void;
  reject(error: unknown): void;
}

/** Datasets are read and mended in a thread of their own, one for all, which begins with the first of them. Where it ends, whoever waited for it hears why, and what is begun next begins another. */
export function datasetThread(): Datasets {
  let thread: ReturnType<typeof begin> | undefined;
  let count = 0;

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

  /** Begins something in the thread: all that is asked of it goes to the same one. */
  function asking() {
    thread ??= begin();
    const mine = thread;
    const of = count++;
    const ask = <Answer>(question: Question) =>
      new Promise<Answer>((resolve, reject) => {
        if (mine.ended !== undefined) return reject(mine.ended);
        mine.waiting.push({ resolve, reject });
        mine.worker.postMessage({ of, ...question });
      });
    const tell = (question: Question) => void ask(question).catch(() => undefined);
    return { ask, close: () => tell({ ask: 'close' }), tell };
  }

  return {
    open(recipe): DatasetReading {
      const { ask, tell, close } = asking();
      tell({ ask: 'open', recipe });
      return {
        take: (which, bytes) => ask({ ask: 'take', which, bytes }),
        report: (which, bytes) => ask({ ask: 'report', which, bytes }),
        sha256: which => ask({ ask: 'sha256', which }),
        leaks: () => ask({ ask: 'leaks' }),
        close,
      };
    },
    mend(wish, recipe): DatasetMending {
      const { ask, tell, close } = asking();
      tell({ ask: 'mend', wish, recipe });
      return {
        look: bytes => ask({ ask: 'look', bytes }),
        begin: into => ask({ ask: 'begin', into }),
        take: bytes => ask({ ask: 'mended', bytes }),
        end: () => ask({ ask: 'end' }),
        close,
      };
    },
  };
}

if (!isMainThread && parentPort) answerAll(parentPort);

/** A reader of bytes that makes a digest of them, too. */
function digested(recipe: RecipeId) {
  const reader = byteReader({ rules: recipeOf(recipe).dataset });
  const hash = createHash('sha256');
  return {
    ...reader,
    take(bytes: Uint8Array) {
      hash.update(bytes);
      return reader.take(bytes);
    },
    sha256: () => hash.digest('hex'),
  };
}

function answerAll(port: NonNullable<typeof parentPort>): void {
  const readings = new Map<number, Record<DatasetField, ReturnType<typeof digested>>>();
  const mendings = new Map<number, ReturnType<typeof byteMender>>();

  const reading = (of: number) => readings.get(of)!;

  function answer({ of, ...question }: { of: number } & Question): unknown {
    switch (question.ask) {
      case 'open': {
        const { recipe } = question;
        return void readings.set(of, { dataset: digested(recipe), evaluationDataset: digested(recipe) });
      }
      case 'take':
        return reading(of)[question.which].take(question.bytes);
      case 'report':
        return reading(of)[question.which].report(question.bytes);
      case 'sha256':
        return reading(of)[question.which].sha256();
      case 'leaks':
        return leaks(reading(of).dataset.kept(), reading(of).evaluationDataset.kept());
      case 'mend':
        return void mendings.set(of, byteMender({ ...question.wish, rules: recipeOf(question.recipe).dataset }));
      case 'look':
        return mendings.get(of)!.look(question.bytes);
      case 'begin':
        return mendings.get(of)!.begin(question.into);
      case 'mended':
        return mendings.get(of)!.take(question.bytes);
      case 'end':
        return mendings.get(of)!.end();
      case 'close':
        readings.delete(of);
        return mendings.delete(of);
      default:
        return question satisfies never;
    }
  }

  port.on('message', (question: { of: number } & Question) => port.postMessage(answer(question)));
}
