import { chance, shuffled } from './chance.ts';
import type { Labelled, Lesson } from './lesson.ts';
import type { Example, Score, Softmax } from './softmax.ts';
import { learn, measure, untrained } from './softmax.ts';

/** What a tuning run is asked to do. */
export type Plan = {
  lesson: Lesson;
  rows: readonly Labelled[];
  evaluation: readonly Labelled[];
  steps: number;
  batch: number;
  learningRateMultiplier: number;
  interval: number;
  earlyStopping: boolean;
  checkpoint: 'best' | 'last';
  /** After which steps to keep the model as it is then. */
  keep?: ReadonlySet<number>;
  seed: string;
};

/** What a stretch of steps brought: where it got to, a score a step, and an evaluation where one was due. */
export type Stretch = { step: number; train: { step: number; score: Score }[]; evaluation?: Score };

/** A trained student: the model chosen, the lesson it was taught, and how its tuning ended. */
export type Tuned = {
  model: Softmax;
  lesson: Lesson;
  step: number;
  stoppedEarly: boolean;
  chosenStep: number;
  /** The models that were to be kept on the way. */
  kept: { step: number; model: Softmax }[];
};

/** An evaluation counts as better only where its token accuracy is higher by this much. */
const enough = 0.002;

/** Evaluations in a row that are no better, after which early stopping ends the tuning. */
const patience = 5;

/** How strong the prejudices are that a student starts with. */
const spread = 0.9;

/** Steps taken between two pauses, so that other work in the process gets its turn. */
const stretch = 5;

/** Trains a student by gradient descent, pausing after each few steps and after each evaluation. */
export function* tuning(plan: Plan): Generator<Stretch, Tuned> {
  const { lesson: taught } = plan;
  const held = plan.evaluation.flatMap(row => taught.examples(row));
  const size = { dims: taught.dims, classes: taught.classes.length };
  const model = untrained(size, { spread, random: chance(`weights of ${plan.seed}`) });
  const batches = drawn(plan);
  const rate = taught.rate * plan.learningRateMultiplier;

  let best: { step: number; score: Score; weights: Float32Array } | undefined;
  let highest = Number.NEGATIVE_INFINITY;
  let idle = 0;
  let step = 0;
  let train: Stretch['train'] = [];
  const kept: Tuned['kept'] = [];
  while (step < plan.steps) {
    step++;
    train.push({ step, score: learn(model, batches.next().value, { rate }) });
    if (plan.keep?.has(step)) kept.push({ step, model: { ...model, weights: Float32Array.from(model.weights) } });
    const evaluates = held.length > 0 && step % plan.interval === 0;
    if (!evaluates && step % stretch && step < plan.steps) continue;
    const score = evaluates ? measure(model, held) : undefined;
    yield { step, train, ...(score && { evaluation: score }) };
    train = [];
    if (!score) continue;
    if (plan.checkpoint === 'best' && better(score, best?.score))
      best = { step, score, weights: Float32Array.from(model.weights) };
    idle = score.correct > highest + enough ? 0 : idle + 1;
    highest = Math.max(highest, score.correct);
    if (plan.earlyStopping && idle >= patience) break;
  }
  return {
    model: best ? { ...model, weights: best.weights } : model,
    lesson: taught,
    step,
    stoppedEarly: step < plan.steps,
    chosenStep: best?.step ?? step,
    kept,
  };
}

/** Carries a tuning through, with something to be done after each stretch of it. */
export async function through(
  work: Generator<Stretch, Tuned>,
  each: (taken: Stretch) => Promise<void>,
): Promise<Tuned> {
  let next = work.next();
  while (!next.done) {
    await each(next.value);
    next = work.next();
  }
  return next.value;
}

function better(score: Score, than: Score | undefined): boolean {
  if (!than || score.correct > than.correct) return true;
  return score.correct === than.correct && score.loss < than.loss;
}

function* drawn({ lesson, rows, batch, seed }: Plan): Generator<Example[], never> {
  const random = chance(seed);
  const examples = new Map<Labelled, Example[]>();
  let left: Labelled[] = [];
  while (true) {
    const taken: Example[] = [];
    for (let i = 0; i < batch; i++) {
      if (left.length === 0) left = shuffled(rows, random);
      const row = left.pop()!;
      if (!examples.has(row)) examples.set(row, lesson.examples(row));
      taken.push(...examples.get(row)!);
    }
    yield taken;
  }
}
