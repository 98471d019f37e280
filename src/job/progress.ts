import type { Curves, Series } from './curves.ts';
import { furthest, tags } from './curves.ts';
import type { Planned } from './planned.ts';
import type { Range } from './quota.ts';

/** How far a run's tuning has got, by the steps that were reported. */
export interface Progress {
  /** Steps taken in this run: the first one that is reported may be 217,810. */
  done: number;
  /** What that is of all that are planned, from 0 to 1; 0, where that is not known. */
  share: number;
  /** When the last of them was reported, in milliseconds since 1970. */
  at?: number | undefined;
  /** For how much longer from then on the student is likely to be tuned, in milliseconds; undefined before there is enough to say. */
  left?: Range | undefined;
}

/** No step has come for several times as long as usual. */
export interface Stall {
  /** The last one. */
  step: number;
  /** When it came, in milliseconds since 1970. */
  since: number;
  /** How long there was usually between two reports before, in milliseconds. */
  usual: number;
}

/** From how many points on, and from which share of the run on, a prediction is worth anything. */
const enough = { points: 10, share: 0.04 };
/** Over how many of the last points the pace is taken: half of those there are, within these. The first steps of a run take many times as long as others. */
const window = { least: 10, most: 30 };
/** How much less or more than at the pace of now the rest may take at the very beginning, and always; the first shrinks as the run goes on. Real runs went on getting faster, by a quarter. */
const doubt = { less: 0.25, more: 0.2, always: 0.05 };
/** How many times as long as the longest pause of late nothing must come for it to be a stall. */
const severalTimes = 5;

/** How far tuning has got; undefined where no step is known, which is often so until the end. */
export function progress(curves: Curves, planned: Planned): Progress | undefined {
  const step = furthest(curves);
  const series = steadiest(curves);
  if (step === undefined || !series) return undefined;
  const gap = median(gapsOf(series.steps)) ?? 0;
  // The first report comes after the first so many steps, wherever they are counted from.
  const done = step - Math.max(0, series.steps[0]! - gap);
  const share = planned.steps > 0 ? Math.min(1, done / planned.steps) : 0;
  return { done, share, at: series.times?.at(-1), left: left(series, { planned, done, gap }) };
}

/** The stall a run is in, where it is in one at `now`; nothing shorter than `patience`, in milliseconds, is one. */
export function stalled(
  curves: Curves,
  { planned, now, patience }: { planned: Planned; now: number; patience: number },
): Stall | undefined {
  const series = steadiest(curves);
  const far = progress(curves, planned);
  const since = series?.times?.at(-1);
  // Steps whose loss is no number are steps all the same.
  if (tags.some(tag => curves[tag]?.notANumberFrom !== undefined)) return undefined;
  if (!series?.times || !far || since === undefined || far.share >= 1) return undefined;
  const pauses = gapsOf(series.times.slice(-window.most - 1));
  const usual = median(pauses);
  if (usual === undefined || pauses.length < enough.points - 1) return undefined;
  const quiet = now - since;
  if (quiet < patience || quiet < severalTimes * Math.max(...pauses)) return undefined;
  return { step: furthest(curves)!, since, usual };
}

/** The rest at the pace of late. Evaluations take time of their own: where they are planned, the pace is taken over as many steps as lie between some of them, so that each window has its share. */
function left(
  { steps, times }: Series,
  { planned, done, gap }: { planned: Planned; done: number; gap: number },
): Range | undefined {
  if (!times || planned.steps <= 0 || steps.length < enough.points || done < enough.share * planned.steps)
    return undefined;
  const last = steps.length - 1;
  const most = steps[last]! - steps[0]!;
  const wanted = gap * Math.min(window.most, Math.max(window.least, Math.floor(steps.length / 2)));
  const span = Math.min(whole(wanted, planned), most);
  const every = planned.evaluate && planned.evaluationInterval <= planned.steps ? planned.evaluationInterval : 0;
  if (every && span < every) return undefined;
  const spanned = every ? span - (span % every) : span;
  const from = steps.findLastIndex(step => steps[last]! - step >= spanned);
  const pace = (times[last]! - times[from]!) / (steps[last]! - steps[from]!);
  if (!(pace > 0)) return undefined;
  const pauses = gapsOf(times.slice(from));
  // One evaluation more or less may be to come than there is on average.
  const uneven = Math.max(...pauses) - median(pauses)!;
  const rest = Math.max(0, planned.steps - done) * pace;
  const open = Math.max(0, 1 - done / planned.steps);
  return {
    from: Math.max(0, rest * (1 - doubt.less * open - doubt.always) - uneven),
    to: rest * (1 + doubt.more * open + doubt.always) + uneven + gap * pace,
  };
}

/** So many steps, rounded up to the distance between some evaluations. */
function whole(steps: number, { evaluate, evaluationInterval }: Planned): number {
  return evaluate ? Math.ceil(steps / evaluationInterval) * evaluationInterval : steps;
}

/** The series that reports the most points: one of training, where there is one. */
function steadiest(curves: Curves): Series | undefined {
  const all = tags.flatMap(tag => (curves[tag]?.steps.length ? curves[tag] : []));
  return all.toSorted((a, b) => b.steps.length - a.steps.length)[0];
}

function gapsOf(numbers: readonly number[]): number[] {
  return numbers.slice(1).map((number, i) => number - numbers[i]!);
}

function median(numbers: readonly number[]): number | undefined {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}
