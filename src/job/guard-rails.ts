import { z } from 'zod';
import type { Curves, Series } from './curves.ts';
import { best, end } from './curves.ts';
import type { Planned } from './planned.ts';

const At = z.object({ step: z.number(), value: z.number() });

export const Alarm = z.discriminatedUnion('kind', [
  /** Loss is not a number any more, from this step on. */
  z.object({ kind: z.literal('not-a-number'), on: z.enum(['train', 'eval']), step: z.number() }),
  /** Training loss has lost much of what it had gained: where it was lowest, and where it is. */
  z.object({ kind: z.literal('divergence'), lowest: At, last: At }),
  /** Evaluation loss has risen for some evaluations while training loss fell: where it was lowest, and where it is. */
  z.object({ kind: z.literal('overfitting'), lowest: At, last: At, evaluations: z.number() }),
  /** Loss has not fallen since a step, or at all. */
  z.object({ kind: z.literal('plateau'), since: z.number(), ever: z.boolean(), value: z.number() }),
]);
/** Something about a run's curves that somebody who could end it wants to know. */
export type Alarm = z.infer<typeof Alarm>;

/** Every kind of alarm. */
export const alarmKinds = Alarm.options.map(({ shape }) => shape.kind.value);

/** Training loss is compared by windows: a tenth of its points, within these bounds, and nothing is said before there are three of the smallest. */
const window = { least: 8, most: 25 };
/** Divergence: three quarters of the last window lie above the best one by a third of what was gained, by a quarter of the best level, and by so many times the usual distance of a point from its neighbours. A spike of a few steps, which is ordinary, is none. */
const diverged = { ofGain: 1 / 3, ofLevel: 0.25, ofNoise: 6 };
/** Overfitting: so many last evaluations all above the best one and still rising, by this share of it and so many times their usual distance from one another, while training loss fell by that share. Two or three worse evaluations in a row are ordinary. */
const overfits = { evaluations: 4, rise: 0.05, ofNoise: 4, fall: 0.02 };
/** A plateau is looked for over the last two fifths of what is planned, with a fifth still to come: later there is little to free. In it, loss falls by less than this share of all it has fallen; where it never fell, by less than that share of itself. */
const flat = { stretch: 0.4, still: 0.2, ofFall: 0.03, ofLevel: 0.05 };

/** What is alarming about curves so far, the worst first. */
export function alarms(curves: Curves, planned: Pick<Planned, 'steps'>): Alarm[] {
  const found = [notANumber(curves), divergence(curves), overfitting(curves)].filter(alarm => alarm !== undefined);
  const level = found.length ? undefined : plateau(curves, planned);
  return level ? [level] : found;
}

function notANumber(curves: Curves): Alarm | undefined {
  for (const on of ['train', 'eval'] as const) {
    const step = curves[`${on}_total_loss`]?.notANumberFrom;
    if (step !== undefined) return { kind: 'not-a-number', on, step };
  }
  return undefined;
}

function divergence({ train_total_loss: train }: Curves): Alarm | undefined {
  if (!train || train.values.length < 3 * window.least) return undefined;
  const { values, steps } = train;
  const size = Math.min(window.most, Math.max(window.least, Math.floor(values.length / 10)));
  const before = values.slice(0, -size);
  const levels = Array.from({ length: Math.floor(before.length / size) }, (_, i) => ({
    step: steps[i * size + (size >> 1)]!,
    value: median(before.slice(i * size, (i + 1) * size)),
  }));
  const lowest = levels.reduce((a, b) => (b.value < a.value ? b : a));
  const rise = quantile(values.slice(-size), 0.25) - lowest.value;
  const gain = levels[0]!.value - lowest.value;
  const least = Math.max(
    diverged.ofGain * gain,
    diverged.ofLevel * Math.abs(lowest.value),
    diverged.ofNoise * noise(before),
  );
  const last = { step: steps.at(-1)!, value: median(values.slice(-size)) };
  return rise > least ? { kind: 'divergence', lowest, last } : undefined;
}

function overfitting({ train_total_loss: train, eval_total_loss: evaluated }: Curves): Alarm | undefined {
  const lowest = best(evaluated);
  const last = end(evaluated);
  if (!evaluated || !train || !lowest || !last) return undefined;
  const after = evaluated.values.slice(evaluated.steps.indexOf(lowest.step) + 1);
  if (after.length < overfits.evaluations) return undefined;
  const [first = 0, second = 0, third = 0, fourth = 0] = after.slice(-overfits.evaluations);
  const rises = third + fourth > first + second && fourth >= Math.max(first, second);
  const high = Math.min(first, second, third, fourth) - lowest.value > (overfits.rise / 2) * Math.abs(lowest.value);
  const least = Math.max(overfits.rise * Math.abs(lowest.value), overfits.ofNoise * noise(evaluated.values));
  if (!rises || !high || last.value - lowest.value < least) return undefined;
  const then = around(train, lowest.step);
  const now = around(train, last.step);
  if (then === undefined || now === undefined || now > then * (1 - overfits.fall)) return undefined;
  return { kind: 'overfitting', lowest, last, evaluations: after.length };
}

function plateau(
  { train_total_loss: train, eval_total_loss: evaluated }: Curves,
  planned: Pick<Planned, 'steps'>,
): Alarm | undefined {
  if (!train || planned.steps <= 0) return undefined;
  const { steps, values } = train;
  const first = steps[0] ?? 0;
  const last = steps.at(-1) ?? 0;
  const stretch = flat.stretch * planned.steps;
  if (last - first < stretch || last - first > (1 - flat.still) * planned.steps) return undefined;
  const from = steps.findIndex(step => step >= last - stretch);
  const [early, late] = halves(values.slice(from));
  if (early.length < window.least || evaluationImproves(evaluated, steps[from]!)) return undefined;
  const value = median(late);
  const start = quantile(values.slice(0, window.least), 0.75);
  const fell = median(early) - value;
  const scatter = noise(values.slice(from));
  // How far two medians may lie apart by chance, nineteen times of twenty.
  const chance = 2 * 1.25 * scatter * Math.sqrt(2 / early.length);
  const level = flat.ofLevel * Math.abs(start);
  const never = start - value < level + scatter && chance < level;
  const flattened = fell + chance < flat.ofFall * (start - value);
  return never || flattened ? { kind: 'plateau', since: never ? first : steps[from]!, ever: !never, value } : undefined;
}

/** Whether evaluation got better by anything that counts since a step. */
function evaluationImproves(evaluated: Series | undefined, since: number): boolean {
  if (!evaluated?.steps.length) return false;
  const at = evaluated.steps.findIndex(step => step > since);
  if (at <= 0) return at === 0;
  return Math.min(...evaluated.values.slice(at)) < 0.99 * Math.min(...evaluated.values.slice(0, at));
}

/** The level of a noisy series around a step. */
function around({ steps, values }: Series, step: number): number | undefined {
  const at = steps.findLastIndex(known => known <= step);
  if (at < 0) return undefined;
  const size = Math.min(window.most, Math.max(window.least, Math.floor(values.length / 10)));
  const from = Math.max(0, Math.min(at - (size >> 1), values.length - size));
  return median(values.slice(from, from + size));
}

function halves(values: readonly number[]): [number[], number[]] {
  const middle = values.length >> 1;
  return [values.slice(0, middle), values.slice(middle)];
}

/** The usual distance of a point from the curve, as a standard deviation: taken from its distance to the middle of its neighbours, so that a slope counts for nothing, and an outlier for little. */
function noise(values: readonly number[]): number {
  const off = values.slice(2).map((value, i) => Math.abs(values[i]! - 2 * values[i + 1]! + value));
  return off.length ? (1.4826 * median(off)) / Math.sqrt(6) : 0;
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
}
