import { parseArgs } from 'node:util';
import { guards, without } from './guards.ts';
import type { Chaos, Scenario } from './scenarios.ts';
import { openChaos, scenarios } from './scenarios.ts';
import type { Outcome, Trial } from './trial.ts';
import { trialFrom } from './trial.ts';

const usage = `npm run chaos -- [options]

  --seed N         begins the random choices (1)
  --runs N         how many random runs (500), or how many cases of what --only names
  --only NAME      one of ${scenarios.join(', ')}
  --lanes N        how many cases at a time (6)
  --again WORDS    one trial, as it was printed, --runs times (5)
  --guards         switches each guard off in turn, and tells which scenarios notice
  --help           this text
`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string' },
    only: { type: 'string' },
    lanes: { type: 'string', default: '6' },
    again: { type: 'string' },
    guards: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);
const runs = values.runs === undefined ? undefined : Number(values.runs);
const lanes = Number(values.lanes);
const chosen = scenarios.filter(name => values.only === undefined || values.only === name);

/** How many cases of each scenario a missing guard is looked for in, at most: they end with the first that is wrong. */
const enough: Record<Scenario, number> = { kills: 24, faults: 24, random: 8, freezes: 24, races: 5, line: 3 };

if (values.help || !chosen.length || [seed, lanes, runs ?? 1].some(one => !(one > 0))) {
  process.stdout.write(usage);
  process.exit(values.help ? 0 : 1);
}
const isWell = values.again
  ? await onceMore(trialFrom(values.again), runs ?? 5)
  : values.guards
    ? await eachGuardOff()
    : await everything();
process.exit(isWell ? 0 : 1);

/** Every case of every scenario; whether all went well. */
async function everything(): Promise<boolean> {
  const chaos = await openChaos({ lanes });
  const rows: string[] = [];
  let wrong = 0;
  for (const scenario of chosen) {
    const count = scenario === 'random' || values.only ? runs : undefined;
    const { row, outcomes } = await timed(chaos, scenario, count);
    rows.push(row);
    wrong += outcomes.filter(isWrong).length;
  }
  await chaos.close();
  process.stdout.write(`\nscenario       runs   wrong  not met   seconds\n${rows.join('\n')}\n`);
  return wrong === 0;
}

/** One trial, again and again; whether all went well. */
async function onceMore(trial: Trial, times: number): Promise<boolean> {
  const chaos = await openChaos({ lanes });
  const outcomes = await chaos.again(trial, times, { told });
  await chaos.close();
  process.stdout.write(`${outcomes.length} runs, ${outcomes.filter(isWrong).length} wrong\n`);
  return !outcomes.some(isWrong);
}

async function timed(chaos: Chaos, scenario: Scenario, count: number | undefined) {
  process.stdout.write(`${scenario}\n`);
  const began = performance.now();
  const outcomes = await chaos.run(scenario, { seed, count }, { told });
  const seconds = (performance.now() - began) / 1000;
  const missed = outcomes.reduce((sum, outcome) => sum + outcome.missed, 0);
  const numbers = [outcomes.length, outcomes.filter(isWrong).length, missed, Math.round(seconds)];
  return { outcomes, row: `${scenario.padEnd(10)}${numbers.map(number => String(number).padStart(9)).join('')}` };
}

/** Whether each guard, switched off, makes something go wrong. */
async function eachGuardOff(): Promise<boolean> {
  const rows: string[] = [];
  let isMissed = true;
  for (const guard of guards) {
    const { program, remove } = await without(guard);
    const chaos = await openChaos({ program, lanes });
    const reds: string[] = [];
    for (const scenario of chosen) {
      process.stdout.write(`without ${guard.name}: ${scenario}\n`);
      const measure = { seed, count: runs ?? enough[scenario], only: isTelling };
      const outcomes = await chaos.run(scenario, measure, { told, untilWrong: true });
      if (outcomes.some(isWrong)) reds.push(`${scenario} (${outcomes.length})`);
    }
    await chaos.close();
    await remove();
    isMissed &&= reds.length > 0;
    rows.push(`${guard.name.padEnd(22)}${reds.join(', ') || 'nothing noticed'}`);
  }
  process.stdout.write(`\nswitched off          went wrong (after so many cases)\n${rows.join('\n')}\n`);
  return isMissed;
}

/** Guards stand around what is written and what is said. */
function isTelling({ mishaps }: Trial): boolean {
  return mishaps.every(({ op }) => /Commit|chat\.|create/.test(op));
}

function isWrong({ wrong }: Outcome): boolean {
  return wrong.length > 0;
}

function told({ trial, wrong }: Outcome): void {
  if (wrong.length) process.stdout.write(`  WRONG ${trial}\n${wrong.map(sentence => `    ${sentence}\n`).join('')}`);
}
