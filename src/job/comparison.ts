import type { Curves, Series, Tag } from './curves.ts';
import { best, end } from './curves.ts';
import type { Job } from './job.ts';
import type { SpecField } from './spec.ts';
import { specFields, valueIn } from './spec.ts';

/** What differs between what two jobs were asked for: a field of the spec, or what stood in a dataset when it was read. */
export type Difference =
  | { field: SpecField; values: [ReturnType<typeof valueIn>, ReturnType<typeof valueIn>] }
  /** The same address, and another object there. */
  | { field: 'datasetRead' | 'evaluationDatasetRead'; values: [string, string] };

/** What differs between two jobs, in the order of `specFields`, and then what stood in their datasets. */
export function differences(a: Job, b: Job): Difference[] {
  const asked = specFields.flatMap((field): Difference[] => {
    const values: [ReturnType<typeof valueIn>, ReturnType<typeof valueIn>] = [
      valueIn(a.spec, field),
      valueIn(b.spec, field),
    ];
    return values[0] === values[1] ? [] : [{ field, values }];
  });
  const read = (['dataset', 'evaluationDataset'] as const).flatMap((of): Difference[] => {
    const values = [generationOf(a, of), generationOf(b, of)];
    const [one, other] = values;
    if (a.spec[of] !== b.spec[of] || one === undefined || other === undefined || one === other) return [];
    return [{ field: `${of}Read`, values: [one, other] }];
  });
  return [...asked, ...read];
}

function generationOf(job: Job, of: 'dataset' | 'evaluationDataset'): string | undefined {
  return 'checked' in job ? job.checked?.[of]?.generation : undefined;
}

/** The metrics that are compared, and which way is better. */
export const compared = [
  { tag: 'eval_total_loss', highest: false },
  { tag: 'eval_fraction_of_correct_next_step_preds', highest: true },
  { tag: 'train_total_loss', highest: false },
  { tag: 'train_fraction_of_correct_next_step_preds', highest: true },
] as const satisfies { tag: Tag; highest: boolean }[];

/** The last and the best value of one metric. */
export interface Values {
  last: { step: number; value: number };
  best: { step: number; value: number };
}

/** The last and best values of two jobs, for every metric that one of them has; undefined where the other has none. */
export function valuesOf(a: Curves, b: Curves): { tag: Tag; values: [Values | undefined, Values | undefined] }[] {
  return compared.flatMap(({ tag, highest }) => {
    const values: [Values | undefined, Values | undefined] = [ends(a[tag], highest), ends(b[tag], highest)];
    return values[0] || values[1] ? [{ tag, values }] : [];
  });
}

function ends(series: Series | undefined, highest: boolean): Values | undefined {
  const last = end(series);
  const top = best(series, { highest });
  return last && top && { last, best: top };
}

/** A job's curves so far. */
export function curvesOf(job: Job): Curves {
  return ('curves' in job && job.curves) || {};
}

/** Curves with their steps counted from the run's own beginning: real ones begin at 217,810 or at 0. */
export function fromBeginning(curves: Curves): Curves {
  const begin = Math.min(...Object.values(curves).map(beginning));
  return Object.fromEntries(
    Object.entries(curves).map(([tag, series]) => [tag, { ...series, steps: series.steps.map(step => step - begin) }]),
  );
}

/** The step before the first report, as far as the pause between the first two tells. */
function beginning({ steps: [first = Number.POSITIVE_INFINITY, second = first] }: Series): number {
  return Math.max(0, first - (second - first));
}
