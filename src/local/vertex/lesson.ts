import type { Example, Softmax } from './softmax.ts';
import { likeliest, probabilities } from './softmax.ts';
import { place, reader, words } from './words.ts';

/** A row of a dataset whose answer is known. */
export type Labelled = { input_text: string; output_text: string };

/** What a dataset asks of the student: the predictions in each row, and how a trained model's predictions read as an answer. */
export type Lesson = {
  kind: 'labels' | 'text';
  dims: number;
  classes: string[];
  /** The learning rate that a multiplier of 1 stands for. */
  rate: number;
  examples(row: Labelled): Example[];
  answer(model: Softmax, prompt: string): string;
};

/** Up to so many distinct outputs, a dataset is taken for a classification. */
const mostLabels = 200;

/** Decides from the training rows what there is to learn: a label for each row, or the next word of a free text. */
export async function lesson(rows: readonly Labelled[]): Promise<Lesson> {
  const outputs = [...new Set(rows.map(row => row.output_text.trim()))];
  return outputs.length <= mostLabels ? labels(rows, outputs.sort()) : text(rows);
}

async function labels(rows: readonly Labelled[], classes: string[]): Promise<Lesson> {
  const dims = 1 << 14;
  const read = await reader(
    rows.map(row => row.input_text),
    { dims, grams: 2, parts: true },
  );
  return {
    kind: 'labels',
    dims,
    classes,
    rate: 10,
    examples: row => [{ ...read(row.input_text), label: classes.indexOf(row.output_text.trim()) }],
    answer: (model, prompt) => classes[likeliest(probabilities(model, read(prompt)))] ?? '',
  };
}

const end = '';
const longest = 16;
const vocabulary = 120;

async function text(rows: readonly Labelled[]): Promise<Lesson> {
  const dims = 1 << 12;
  const read = await reader(
    rows.map(row => row.input_text),
    { dims, grams: 1 },
  );
  const classes = [end, ...commonest(rows.flatMap(row => words(row.output_text)))];
  return {
    kind: 'text',
    dims,
    classes,
    rate: 20,
    examples(row) {
      const topic = telling(read(row.input_text));
      const spoken = words(row.output_text, { limit: longest });
      return [...spoken, end].map((word, i) => ({
        ...context(spoken.slice(0, i), topic),
        label: classes.indexOf(word),
      }));
    },
    answer(model, prompt) {
      const topic = telling(read(prompt));
      const said: string[] = [];
      while (said.length < longest) {
        const next = classes[likeliest(probabilities(model, context(said, topic)))];
        if (!next) break;
        said.push(next);
      }
      return said.join(' ');
    },
  };

  function context(said: readonly string[], topic: readonly number[]): Omit<Example, 'label'> {
    const last = said.at(-1) ?? '^';
    const pair = `${said.at(-2) ?? '^'} ${last}`;
    const at = [place(`<${last}`, { dims }), place(`<<${pair}`, { dims }), ...topic];
    return { at: Uint32Array.from(at), weight: Float32Array.from(at, (_, i) => (i < 2 ? 0.6 : 0.2)) };
  }
}

function commonest(all: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const word of all) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, vocabulary)
    .map(([word]) => word);
}

function telling({ at, weight }: Omit<Example, 'label'>): number[] {
  return [...at.keys()]
    .sort((a, b) => weight[b]! - weight[a]!)
    .slice(0, 6)
    .map(i => at[i]!);
}
