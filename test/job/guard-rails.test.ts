import { describe, expect, it } from 'vitest';
import type { Curves } from '../../src/job/curves.ts';
import { tidy } from '../../src/job/curves.ts';
import type { Alarm } from '../../src/job/guard-rails.ts';
import { alarms } from '../../src/job/guard-rails.ts';
import { chance } from '../../src/local/vertex/chance.ts';

/** How a run goes: its loss by the share of it that is done, and what evaluation makes of that. */
interface Course {
  loss: (share: number) => number;
  evaluation?: (share: number, loss: number) => number;
  /** How many times as far as a twentieth of the level points lie from the curve. */
  noise?: number;
  /** The last share of the run that is reported. */
  upTo?: number;
}

const planned = 300;
const learns = (share: number) => 0.6 + 2.4 * Math.exp(-share / 0.15);
const flat = (share: number) => 0.6 + 2.4 * Math.exp(-share / 0.02);
const seeds = ['a', 'b', 'c', 'd', 'e'];

/** The curves of a run of 300 steps, noisy as those of small batches are, with an evaluation every tenth. */
function curvesOf(
  { loss, evaluation = (_, level) => 1.05 * level, noise = 1, upTo = 1 }: Course,
  seed: string,
): Curves {
  const random = chance(seed);
  const gauss = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const last = Math.round(planned * upTo);
  const train = Array.from({ length: last }, (_, i) => {
    const level = loss((i + 1) / planned);
    return { step: i + 1, value: level * (1 + 0.05 * noise * gauss()) };
  });
  const evaluated = Array.from({ length: Math.floor(last / 10) }, (_, i) => {
    const share = (10 * (i + 1)) / planned;
    return { step: 10 * (i + 1), value: evaluation(share, loss(share)) * (1 + 0.005 * noise * gauss()) };
  });
  return { train_total_loss: tidy(train), eval_total_loss: tidy(evaluated) };
}

/** Every kind of alarm that some look at a run brings, as it goes on. */
function raised(course: Course, seed: string): Map<Alarm['kind'], Alarm> {
  const found = new Map<Alarm['kind'], Alarm>();
  for (let upTo = 0.02; upTo <= (course.upTo ?? 1) + 1e-9; upTo += 0.02)
    for (const alarm of alarms(curvesOf({ ...course, upTo }, seed), { steps: planned }))
      if (!found.has(alarm.kind)) found.set(alarm.kind, alarm);
  return found;
}

const quiet: Record<string, Course> = {
  'learns steadily': { loss: learns },
  'learns slowly until the end': { loss: share => 0.4 + 2 * Math.exp(-share / 0.6) },
  'learns at once, then ever more slowly': { loss: share => 0.3 + 1 / (1 + 20 * share) },
  'hardly has to learn': { loss: share => 0.3 + 0.05 * Math.exp(-share / 0.3), noise: 0.5 },
  'is very noisy': { loss: learns, noise: 4 },
  'begins with a warm-up': { loss: share => (share < 0.1 ? 3 : learns(share - 0.1)) },
  'has a spike of six steps': { loss: share => learns(share) + (share > 0.5 && share <= 0.52 ? 8 : 0) },
  'has spikes all the time': { loss: share => learns(share) * (Math.round(share * planned) % 17 ? 1 : 4) },
  'falls in stairs': { loss: share => 3 - 0.5 * Math.floor(share * 5) },
  'evaluates worse twice, and recovers': {
    loss: learns,
    evaluation: (share, loss) => loss * (share > 0.5 && share < 0.57 ? 1.2 : 1.05),
  },
  'evaluates a little above training': { loss: learns, evaluation: (_, loss) => loss + 0.3 },
  'flattens in its last fifth': { loss: share => learns(Math.min(share, 0.85)) },
  'is well in evaluation where training is flat': {
    loss: flat,
    evaluation: share => 1.5 - share,
  },
};

const alarming: Record<string, { course: Course; kind: Alarm['kind']; soonAfter: number }> = {
  'explodes in the middle': {
    course: { loss: share => (share < 0.5 ? learns(share) : learns(0.5) + Math.exp(20 * (share - 0.5)) - 1) },
    kind: 'divergence',
    soonAfter: 0.5,
  },
  'jumps from 0.6 to 56.8, as a real run did': {
    course: { loss: share => (share < 0.5 ? learns(share) : 56.8) },
    kind: 'divergence',
    soonAfter: 0.5,
  },
  'creeps up again': {
    course: { loss: share => (share < 0.4 ? learns(share) : learns(0.4) + 5 * (share - 0.4)) },
    kind: 'divergence',
    soonAfter: 0.4,
  },
  'learns by heart': {
    course: { loss: learns, evaluation: (share, loss) => 1.05 * loss + 2 * Math.max(0, share - 0.4) },
    kind: 'overfitting',
    soonAfter: 0.4,
  },
  'never learns': { course: { loss: () => 2.7 }, kind: 'plateau', soonAfter: 0.4 },
  'has learnt all it can in a tenth of its steps': { course: { loss: flat }, kind: 'plateau', soonAfter: 0.5 },
};

describe('alarms()', () => {
  it.each(Object.entries(quiet))('has nothing to say of a run that %s', (_, course) => {
    for (const seed of seeds) expect([...raised(course, seed).values()]).toEqual([]);
  });

  it.each(Object.entries(alarming))('tells within a fifth of a run that it %s', (_, { course, kind, soonAfter }) => {
    for (const seed of seeds) {
      const before = raised({ ...course, upTo: soonAfter - 0.02 }, seed);
      expect([...before.keys()]).toEqual([]);
      const after = raised({ ...course, upTo: soonAfter + 0.2 }, seed);
      expect([...after.keys()]).toEqual([kind]);
    }
  });

  it('says where training loss was lowest and where it is, when it rises', () => {
    const [alarm] = raised(alarming['jumps from 0.6 to 56.8, as a real run did']!.course, 'a').values();
    if (alarm?.kind !== 'divergence') throw new Error(`There is a "${alarm?.kind}" and no divergence.`);
    expect(alarm.lowest.value).toBeCloseTo(0.7, 0);
    expect(alarm.lowest.step).toBeLessThan(150);
    expect(alarm.last.value).toBeGreaterThan(40);
    expect(alarm.last.step).toBeGreaterThan(150);
  });

  it('says how many evaluations ago the best one was', () => {
    const steps = [20, 40, 60, 80, 100, 120];
    const train = {
      steps: steps.flatMap(step => [step - 10, step]),
      values: [9, 8, 7, 6, 5, 4, 3, 2.5, 2, 1.5, 1, 0.5],
    };
    const curves = { train_total_loss: train, eval_total_loss: { steps, values: [5, 0.71, 0.74, 0.76, 0.8, 0.83] } };
    expect(alarms(curves, { steps: 300 })).toEqual([
      {
        kind: 'overfitting',
        lowest: { step: 40, value: 0.71 },
        last: { step: 120, value: 0.83 },
        evaluations: 4,
      },
    ]);
  });

  it.each([
    ['train', 7],
    ['eval', 20],
  ] as const)('tells when %s loss is not a number any more, and from where', (on, step) => {
    const broken = tidy([
      { step: step - 5, value: 1 },
      { step, value: Number.NaN },
      { step: step + 5, value: Number.POSITIVE_INFINITY },
    ]);
    expect(alarms({ [`${on}_total_loss`]: broken }, { steps: 300 })).toEqual([{ kind: 'not-a-number', on, step }]);
  });

  it('does not mind what was no number and is one again', () => {
    const passing = tidy([
      { step: 1, value: 1 },
      { step: 2, value: Number.NaN },
      { step: 3, value: 1 },
    ]);
    expect(alarms({ train_total_loss: passing }, { steps: 300 })).toEqual([]);
  });

  it('counts from the first step that was seen', () => {
    const from = 217_800;
    const moved = (curves: Curves): Curves =>
      Object.fromEntries(
        Object.entries(curves).map(([tag, { steps, values }]) => [
          tag,
          { steps: steps.map(step => step + from), values },
        ]),
      );
    const halfway = curvesOf({ loss: () => 2.7, upTo: 0.6 }, 'a');
    expect(alarms(moved(halfway), { steps: planned })).toMatchObject([
      { kind: 'plateau', since: from + 1, ever: false },
    ]);
    expect(alarms(moved(curvesOf({ loss: learns, upTo: 0.6 }, 'a')), { steps: planned })).toEqual([]);
  });

  it('says nothing of hardly anything', () => {
    for (const count of [0, 1, 5, 20]) {
      const steps = Array.from({ length: count }, (_, i) => i + 1);
      const rising = { steps, values: steps.map(step => step * step) };
      expect(alarms({ train_total_loss: rising, eval_total_loss: rising }, { steps: 0 })).toEqual([]);
    }
  });
});
