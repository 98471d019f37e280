import { startDatabase } from '../../src/local/stack.ts';
import type { Case, Running } from './lanes.ts';
import { runAll } from './lanes.ts';
import { openOverLine, outage, outages } from './outages.ts';
import { poolOf } from './pool.ts';
import { crowded, manyPresses, nagging, race, skewed, tenKnocks, unhurried } from './races.ts';
import { diceOf } from './seed.ts';
import { stories } from './story.ts';
import type { Theatre, TheatreOptions } from './theatre.ts';
import { openTheatre } from './theatre.ts';
import type { Outcome, Trial } from './trial.ts';
import { inTrial, perform, trace } from './trial.ts';
import type { Traces } from './trials.ts';
import { faultsOf, freezes, kills, random } from './trials.ts';

/** What is done to the app, all in all. */
export const scenarios = ['kills', 'faults', 'random', 'freezes', 'races', 'line'] as const;
export type Scenario = (typeof scenarios)[number];

/** How much of a scenario is done: by which seed, and how many of its cases. */
export interface Measure {
  seed: number;
  /** All there are, where it is not said. */
  count?: number | undefined;
  /** Of which kinds, where not of all. */
  only?: (trial: Trial) => boolean;
}

/** Everything that chaos is made with: an emulator, and theatres in it. */
export interface Chaos {
  run(scenario: Scenario, measure: Measure, running?: Partial<Running>): Promise<Outcome[]>;
  /** Performs one trial, so many times. */
  again(trial: Trial, times: number, running?: Partial<Running>): Promise<Outcome[]>;
  close(): Promise<void>;
}

/** How many random runs, races and failures of the line there are where it is not said. */
const usual = { random: 500, races: 20, line: 30 };

/** Makes ready. `program` is another `main.ts` than the repository's; `lanes` is how many cases are run at a time. */
export async function openChaos({ program, lanes = 6 }: { program?: string; lanes?: number } = {}): Promise<Chaos> {
  const firestore = await startDatabase();
  const open = (options: TheatreOptions = {}) => openTheatre(firestore, { ...options, program });
  const theatres = poolOf<Theatre>(open);
  let traced: Promise<Traces> | undefined;

  async function traces(): Promise<Traces> {
    const pairs = stories.map(async story => [
      story,
      await theatres.use(
        theatre => trace(story, theatre),
        () => true,
      ),
    ]);
    return Object.fromEntries(await Promise.all(pairs)) as Traces;
  }

  const caseOf = (trial: Trial): Case => ({
    name: inTrial(trial),
    run: () =>
      theatres.use(
        theatre => perform(trial, theatre),
        ({ wrong }) => wrong.length === 0,
      ),
  });

  function raced(name: string, options: TheatreOptions, work: (theatre: Theatre) => Promise<string[]>): Case {
    return {
      name,
      async run() {
        const theatre = await open(options);
        try {
          return { trial: name, wrong: await work(theatre), missed: 0 };
        } finally {
          await theatre.close();
        }
      },
    };
  }

  const races = [
    raced('four workers race', crowded, race),
    raced('ten knocks at once', crowded, tenKnocks),
    raced('everybody approves at once', crowded, manyPresses),
    raced('clocks five minutes apart', skewed, race),
    raced('somebody nags', unhurried, nagging),
  ];

  function onTheLine(number: number, seed: number): Case {
    const kind = outages[number % outages.length]!;
    const name = `line: ${kind} · seed ${seed + number}`;
    return {
      name,
      async run() {
        const over = await openOverLine(firestore, { program });
        try {
          return { trial: name, wrong: await outage(over, { kind, seed: seed + number }), missed: 0 };
        } finally {
          await over.close();
        }
      },
    };
  }

  async function casesOf(scenario: Scenario, { seed, count, only = () => true }: Measure): Promise<Case[]> {
    const many = <T>(length: number, make: (i: number) => T) => Array.from({ length }, (_, i) => make(i));
    switch (scenario) {
      case 'races':
        return many(count ?? usual.races, i => races[i % races.length]!);
      case 'line':
        return many(count ?? usual.line, i => onTheLine(i, seed));
    }
    traced ??= traces();
    const known = await traced;
    if (scenario === 'random') return many(count ?? usual.random, i => caseOf(random(known, seed + i)));
    const all = { kills, faults: faultsOf, freezes }[scenario](known).filter(only);
    return diceOf(seed)
      .some(count ?? all.length, all)
      .map(caseOf);
  }

  return {
    async run(scenario, measure, running = {}) {
      return runAll(await casesOf(scenario, measure), { lanes, ...running });
    },
    async again(trial, times, running = {}) {
      return runAll(
        Array.from({ length: times }, () => caseOf(trial)),
        { lanes, ...running },
      );
    },
    async close() {
      await theatres.close();
      await firestore.close();
    },
  };
}
