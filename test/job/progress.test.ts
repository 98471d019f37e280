import { describe, expect, it } from 'vitest';
import type { Curves } from '../../src/job/curves.ts';
import { progress, stalled } from '../../src/job/progress.ts';

const second = 1000;
const minute = 60 * second;
const began = Date.UTC(2026, 10, 24, 9);

/** A run as it reports its steps: how many are planned, after how many each report comes, and how many seconds each of them takes. */
interface Course {
  steps: number;
  /** How many steps an earlier run had taken. */
  after?: number;
  every?: number;
  evaluationInterval?: number;
  seconds: (step: number) => number;
}

/** Seconds a step takes by how many were taken before, in a straight line between what is given. */
function along(...points: [step: number, seconds: number][]): Course['seconds'] {
  return step => {
    const next = points.findIndex(([at]) => at >= step);
    const [[before, from], [after, to]] = [points[Math.max(0, next - 1)]!, points.at(next)!] as const;
    return after === before ? to : from + ((to - from) * (step - before)) / (after - before);
  };
}

/**
 * What real runs on TPU were like, three of them and the ways in which others differ: the first takes half a minute for
 * each of its first ten steps and ten seconds for every other, the second gets faster all the time, and the third goes
 * on from step 217,800 at one pace.
 */
const courses: Record<string, Course> = {
  'begins slowly': { steps: 313, seconds: step => (step === 1 ? 220 : step <= 5 ? 18 : 10.7) },
  'gets faster all the time': {
    steps: 10_000,
    every: 10,
    seconds: along([0, 20], [100, 10], [200, 7.9], [500, 7.5], [1000, 6.95], [2500, 6.3], [5000, 5.6], [10_000, 5.25]),
  },
  'goes on from an earlier run': { steps: 1407, after: 217_800, every: 10, seconds: () => 2.64 },
  'stops for a minute to evaluate, every 20 steps': {
    steps: 300,
    evaluationInterval: 20,
    seconds: step => 9 + (step % 20 ? 0 : 60),
  },
  'stops for three minutes to evaluate, three times': {
    steps: 300,
    evaluationInterval: 100,
    seconds: step => 9 + (step % 100 ? 0 : 180) + (step === 1 ? 120 : 0),
  },
  'reports every tenth step, and evaluates': {
    steps: 500,
    every: 10,
    evaluationInterval: 50,
    seconds: step => (step % 50 ? 6 : 100),
  },
  'becomes slower in the end': { steps: 400, seconds: step => (step < 200 ? 8 : 8.8) },
  'is uneven': { steps: 300, seconds: step => 6 + 4 * Math.sin(step * 2.4) },
};

/** All that a course will have reported, and when it ends. */
function reported({ steps: all, after = 0, every = 1, seconds }: Course) {
  const steps: number[] = [];
  const times: number[] = [];
  let now = began;
  for (let step = 1; step <= all; step++) {
    now += seconds(step) * second;
    if (step % every) continue;
    steps.push(after + step);
    times.push(now);
  }
  return { steps, times, endsAt: now };
}

const planned = ({ steps, evaluationInterval }: Course) => ({
  steps,
  evaluate: evaluationInterval !== undefined,
  evaluationInterval: evaluationInterval ?? steps,
  earlyStopping: false,
});

function curvesOf(steps: number[], times?: number[]): Curves {
  return { train_total_loss: { steps, values: steps.map(() => 1), ...(times && { times }) } };
}

/** What is predicted after each report of a course: the range, and what came of it. */
function predictions(course: Course) {
  const { steps, times, endsAt } = reported(course);
  return steps.flatMap((_, i) => {
    const far = progress(curvesOf(steps.slice(0, i + 1), times.slice(0, i + 1)), planned(course))!;
    const truly = endsAt - times[i]!;
    return far.left && truly > 0 ? [{ share: far.share, ...far.left, truly }] : [];
  });
}

describe('Remaining time, of a run that', () => {
  it.each(Object.entries(courses))('%s, holds what comes', (_, course) => {
    const all = predictions(course);
    const off = (by: number, within: number) =>
      all.filter(({ from, to, truly }) => truly < from * (1 - by) - within || truly > to * (1 + by) + within);
    expect(all.length).toBeGreaterThan(10);
    expect(off(0, second).length).toBeLessThan(all.length / 20);
    expect(off(0.1, 20 * second)).toEqual([]);
  });

  it.each(Object.entries(courses))('%s, says something: the longer the run, the more', (_, course) => {
    const worst = (from: number, to: number) =>
      Math.max(...predictions(course).flatMap(one => (one.share >= from && one.share < to ? one.to / one.from : [])));
    expect(worst(0, 0.25)).toBeLessThan(2);
    expect(worst(0.4, 0.6)).toBeLessThan(1.8);
  });

  it('begins slowly, is not taken to go on like that, as the average since its start would', () => {
    const course = courses['begins slowly']!;
    const { steps, times, endsAt } = reported(course);
    const early = predictions(course).find(({ share }) => share >= 0.05)!;
    const at = steps.findIndex(step => step / course.steps >= 0.05);
    const byAverage = ((times[at]! - began) / steps[at]!) * (course.steps - steps[at]!);
    const truly = endsAt - times[at]!;
    expect(byAverage / truly).toBeGreaterThan(1.8);
    expect(early.to / truly).toBeLessThan(1.3);
  });

  it('has only begun, is not guessed at: not before ten reports, nor before a twenty-fifth of it', () => {
    for (const [name, course] of Object.entries(courses)) {
      const [first] = predictions(course);
      expect([name, first!.share >= 0.04]).toEqual([name, true]);
    }
    const [first] = predictions({ steps: 100, every: 5, seconds: () => 1 });
    expect(first!.share).toBe(0.5);
  });

  it('is to be evaluated, is not guessed at before it was once', () => {
    const [first] = predictions(courses['stops for three minutes to evaluate, three times']!);
    expect(first!.share).toBeGreaterThan(1 / 3);
  });

  it('tells nobody when its steps came, is not guessed at', () => {
    const steps = Array.from({ length: 100 }, (_, i) => i + 1);
    expect(progress(curvesOf(steps), planned({ steps: 300, seconds: () => 1 }))).toEqual({ done: 100, share: 1 / 3 });
  });

  it('goes on beyond what was planned, has nothing left', () => {
    const course = { steps: 50, seconds: () => 10 };
    const { steps, times } = reported({ ...course, steps: 60 });
    const { share, left } = progress(curvesOf(steps, times), planned(course))!;
    expect([share, left!.from]).toEqual([1, 0]);
  });
});

describe('progress()', () => {
  const plan = { steps: 300, evaluate: false, evaluationInterval: 20, earlyStopping: false };

  it('is not known before a step is', () => {
    expect(progress({}, plan)).toBeUndefined();
    expect(progress({ train_total_loss: { steps: [], values: [] } }, plan)).toBeUndefined();
  });

  it.each([
    ['from the first step', [1, 2, 3], 3],
    ['from nought', [0, 10, 20], 20],
    ['every tenth step', [10, 20, 30], 30],
    ['on from an earlier run', [217_810, 217_820, 217_830], 30],
    ['on from an earlier run, the first of them', [217_810], 0],
  ])('counts steps that are reported %s', (_, steps, done) => {
    expect(progress(curvesOf(steps), plan)).toMatchObject({ done, share: done / 300 });
  });

  it('counts by the series with the most points, and to the furthest step of any', () => {
    const curves: Curves = {
      train_total_loss: { steps: [1, 2, 3, 4], values: [1, 1, 1, 1], times: [1, 2, 3, 4] },
      eval_total_loss: { steps: [5], values: [1], times: [9] },
    };
    expect(progress(curves, plan)).toMatchObject({ done: 5, at: 4 });
  });
});

describe('stalled()', () => {
  const course: Course = { steps: 300, seconds: () => 9 };
  const { steps, times } = reported(course);
  const curves = curvesOf(steps.slice(0, 60), times.slice(0, 60));
  const last = times[59]!;
  const around = { planned: planned(course), patience: 10 * minute };

  it('is a run whose next step does not come for several times as long as usual', () => {
    expect(stalled(curves, { ...around, now: last + 11 * minute })).toEqual({ step: 60, since: last, usual: 9000 });
  });

  it('is none that is only slow, however seldom it is looked at', () => {
    expect(stalled(curves, { ...around, now: last + 9 * minute })).toBeUndefined();
    const slow = reported({ steps: 300, seconds: () => 150 });
    const late = curvesOf(slow.steps.slice(0, 60), slow.times.slice(0, 60));
    expect(stalled(late, { ...around, now: slow.times[59]! + 12 * minute })).toBeUndefined();
    expect(stalled(late, { ...around, now: slow.times[59]! + 13 * minute })).toMatchObject({ step: 60 });
  });

  it('is none that evaluates as long as it did before', () => {
    const evaluates = courses['stops for three minutes to evaluate, three times']!;
    const all = reported(evaluates);
    const before = curvesOf(all.steps.slice(0, 120), all.times.slice(0, 120));
    expect(stalled(before, { ...around, now: all.times[119]! + 12 * minute })).toBeUndefined();
  });

  it.each([
    ['has said too little of its pace', curvesOf(steps.slice(0, 5), times.slice(0, 5))],
    ['tells nobody when its steps came', curvesOf(steps.slice(0, 60))],
    ['has taken all of its steps', curvesOf(steps, times)],
    ['has reported nothing', {}],
  ])('is none that %s', (_, said) => {
    expect(stalled(said, { ...around, now: times.at(-1)! + 60 * minute })).toBeUndefined();
  });
});
