/** One thing to predict: the features that are present, their weights, and the class that follows (-1 where it is unknown to the model). */
export type Example = { at: Uint32Array; weight: Float32Array; label: number };

/** A linear classifier: a row of weights for each feature, one weight a class. */
export type Softmax = { dims: number; classes: number; weights: Float32Array };

/** What a model made of some examples: mean loss in nats, share predicted right, and how many predictions that was. */
export type Score = { loss: number; correct: number; predictions: number };

/** The probability given to a class the model has never seen. */
const unseen = 1e-4;

/** Makes an untrained classifier: without a spread, all classes are equally likely; with one, it starts from prejudices to unlearn. */
export function untrained(
  { dims, classes }: Pick<Softmax, 'dims' | 'classes'>,
  { spread = 0, random = () => 0.5 }: { spread?: number; random?: () => number } = {},
): Softmax {
  const weights = Float32Array.from({ length: dims * classes }, () => spread * (2 * random() - 1));
  return { dims, classes, weights };
}

/** Says how likely each class is. */
export function probabilities({ classes, weights }: Softmax, { at, weight }: Omit<Example, 'label'>): Float64Array {
  const out = new Float64Array(classes);
  for (let i = 0; i < at.length; i++) {
    const row = at[i]! * classes;
    const w = weight[i]!;
    for (let c = 0; c < classes; c++) out[c]! += w * weights[row + c]!;
  }
  const top = out.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  let sum = 0;
  for (let c = 0; c < classes; c++) {
    out[c] = Math.exp(out[c]! - top);
    sum += out[c]!;
  }
  for (let c = 0; c < classes; c++) out[c]! /= sum;
  return out;
}

/** The most likely class, the first of equals. */
export function likeliest(chances: Float64Array): number {
  let at = 0;
  for (let c = 1; c < chances.length; c++) if (chances[c]! > chances[at]!) at = c;
  return at;
}

/** Measures a model on examples without changing it. */
export function measure(model: Softmax, examples: readonly Example[]): Score {
  return total(examples.map(example => scored(example, probabilities(model, example))));
}

/** Takes one step of gradient descent on a batch, and gives the batch's score from before the step. */
export function learn(model: Softmax, batch: readonly Example[], { rate }: { rate: number }): Score {
  const seen = batch.map(example => probabilities(model, example));
  const scores = batch.map((example, i) => scored(example, seen[i]!));
  for (const [i, { at, weight, label }] of batch.entries()) {
    const chances = seen[i]!;
    if (label < 0) continue;
    chances[label]! -= 1;
    const scale = rate / batch.length;
    for (let f = 0; f < at.length; f++) {
      const row = at[f]! * model.classes;
      const w = weight[f]! * scale;
      for (let c = 0; c < model.classes; c++) model.weights[row + c]! -= w * chances[c]!;
    }
  }
  return total(scores);
}

function scored({ label }: Example, chances: Float64Array): { loss: number; right: boolean } {
  return { loss: -Math.log(Math.max(chances[label] ?? 0, unseen)), right: likeliest(chances) === label };
}

function total(scores: readonly { loss: number; right: boolean }[]): Score {
  const n = Math.max(scores.length, 1);
  return {
    loss: scores.reduce((sum, { loss }) => sum + loss, 0) / n,
    correct: scores.filter(({ right }) => right).length / n,
    predictions: scores.length,
  };
}
