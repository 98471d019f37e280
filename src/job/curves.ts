import { z } from 'zod';

/** The six metrics of a tuning run, named by their TensorBoard tags without the leading slash. */
export const tags = [
  'train_total_loss',
  'train_fraction_of_correct_next_step_preds',
  'train_num_predictions',
  'eval_total_loss',
  'eval_fraction_of_correct_next_step_preds',
  'eval_num_predictions',
] as const;
export type Tag = (typeof tags)[number];

/** What open models' runs call a metric: seen, and not documented. */
const otherwise: Record<string, Tag> = { 'train/loss': 'train_total_loss', 'eval/loss': 'eval_total_loss' };

/** The metric that a TensorBoard tag names, with or without the slash that Google's own runs begin it with. */
export function tagOf(displayName: string): Tag | undefined {
  const name = displayName.replace(/^\//, '');
  return tags.find(tag => tag === name) ?? (Object.hasOwn(otherwise, name) ? otherwise[name] : undefined);
}

export const Series = z.object({
  steps: z.array(z.number()),
  values: z.array(z.number()),
  /** When each point was written, in milliseconds since 1970, where that is known of all of them. */
  times: z.array(z.number()).optional(),
  /** From which step on what was written is not a number: such points are left out. Where a number came later, there is none. */
  notANumberFrom: z.number().optional(),
  /** Of so many steps the first point is kept, and the last of all; where it is not there, of every step. */
  every: z.number().optional(),
});
/** One metric over steps, sorted by step; the arrays have the same length. */
export type Series = z.infer<typeof Series>;

export const Curves = z.partialRecord(z.enum(tags), Series);
/** The series of a run that Vertex AI has reported so far. */
export type Curves = z.infer<typeof Curves>;

/** How many points of a series are kept, so that a job fits its document (1 MiB) with room to spare. */
export const pointsKept = 1000;

/** One value as it was read, and when it was written, in milliseconds since 1970, where that is known. */
export interface Point {
  step: number;
  value: number;
  at?: number | undefined;
}

/** Sorts a series by step, keeps the value of a repeated step that was written last, or came last where that is not known, leaves out what is not a number, and thins it evenly to what is kept. */
export function tidy(points: readonly Point[]): Series {
  const byStep = new Map<number, Point>();
  for (const point of points) {
    const before = byStep.get(point.step);
    const isOlder = before?.at !== undefined && point.at !== undefined && point.at < before.at;
    if (Number.isFinite(point.value) && !isOlder) byStep.set(point.step, point);
  }
  const sorted = [...byStep.values()].sort((a, b) => a.step - b.step);
  const last = sorted.length - 1;
  const kept =
    sorted.length <= pointsKept
      ? sorted
      : Array.from({ length: pointsKept }, (_, i) => sorted[Math.round((i * last) / (pointsKept - 1))]!);
  const times = kept.flatMap(({ at }) => at ?? []);
  const end = sorted.at(-1)?.step ?? Number.NEGATIVE_INFINITY;
  const broken = points.filter(({ step, value }) => !Number.isFinite(value) && step > end).map(({ step }) => step);
  return {
    steps: kept.map(({ step }) => step),
    values: kept.map(({ value }) => value),
    ...(kept.length && times.length === kept.length && { times }),
    ...(broken.length && { notANumberFrom: broken.reduce((a, b) => Math.min(a, b)) }),
  };
}

/** A point, and the metric it is of. */
export interface TaggedPoint extends Point {
  tag: Tag;
}

/** Curves that go on with what was written since, point by point: the result does not depend on how often one looked. */
export function continued(curves: Curves, points: readonly TaggedPoint[]): Curves {
  const all: Curves = { ...curves };
  for (const tag of tags) {
    const more = points.filter(point => point.tag === tag);
    if (more.length) all[tag] = goneOn(curves[tag], more);
  }
  return all;
}

/** A series with more points. One that goes back to an earlier step is of a run that was begun again from there: what came after that step before is void. */
function goneOn(series: Series = { steps: [], values: [] }, points: readonly Point[]): Series {
  let kept: Point[] = series.steps.map((step, i) => ({ step, value: series.values[i]!, at: series.times?.[i] }));
  let { every = 1, notANumberFrom } = series;
  const stretch = (step: number) => Math.floor(step / every);
  const firsts = () => kept.filter(({ step }, i) => i === 0 || stretch(step) !== stretch(kept[i - 1]!.step));
  for (const point of points) {
    while (kept.length && kept.at(-1)!.step >= point.step) kept.pop();
    if (notANumberFrom !== undefined && notANumberFrom >= point.step) notANumberFrom = undefined;
    if (!Number.isFinite(point.value)) {
      notANumberFrom ??= point.step;
      continue;
    }
    notANumberFrom = undefined;
    const [before, last] = [kept.at(-2), kept.at(-1)];
    if (before && last && stretch(before.step) === stretch(last.step)) kept.pop();
    kept.push(point);
    while (kept.length > pointsKept) {
      every *= 2;
      const end = kept.at(-1)!;
      kept = firsts();
      if (kept.at(-1) !== end) kept.push(end);
    }
  }
  const times = kept.flatMap(({ at }) => at ?? []);
  return {
    steps: kept.map(({ step }) => step),
    values: kept.map(({ value }) => value),
    ...(kept.length && times.length === kept.length && { times }),
    ...(notANumberFrom !== undefined && { notANumberFrom }),
    ...(every > 1 && { every }),
  };
}

/** Of two readings of the same run, the one of each metric that got further; where both got as far, the first. */
export function furthestOf(one: Curves, other: Curves): Curves {
  const reach = (series: Series | undefined) => Math.max(end(series)?.step ?? -1, series?.notANumberFrom ?? -1);
  return Object.fromEntries(
    tags.flatMap(tag => {
      const series = reach(other[tag]) > reach(one[tag]) ? other[tag] : (one[tag] ?? other[tag]);
      return series ? [[tag, series]] : [];
    }),
  );
}

/** The last point of a series. */
export function end(series: Series | undefined): { step: number; value: number } | undefined {
  const step = series?.steps.at(-1);
  const value = series?.values.at(-1);
  return step === undefined || value === undefined ? undefined : { step, value };
}

/** The point with the best value of a series: the lowest, or where `highest` is set, the highest; the first of equals. */
export function best(
  series: Series | undefined,
  { highest = false } = {},
): { step: number; value: number } | undefined {
  if (!series?.steps.length) return undefined;
  let at = 0;
  for (let i = 1; i < series.values.length; i++) {
    const better = highest ? series.values[i]! > series.values[at]! : series.values[i]! < series.values[at]!;
    if (better) at = i;
  }
  return { step: series.steps[at]!, value: series.values[at]! };
}

/** The furthest step any series has reached. */
export function furthest(curves: Curves): number | undefined {
  const steps = tags.flatMap(tag => end(curves[tag])?.step ?? []);
  return steps.length ? Math.max(...steps) : undefined;
}

/** Whether nothing was reported, not even what is no number. */
export function isEmpty(curves: Curves): boolean {
  return !drawable(curves) && tags.every(tag => curves[tag]?.notANumberFrom === undefined);
}

/** Whether there is anything to draw. */
export function drawable(curves: Curves): boolean {
  return tags.some(tag => curves[tag]?.steps.length);
}
