import { parseArgs } from 'node:util';
import { guards, without } from './guards.ts';
import { brokenOff } from './lanes.ts';
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
  --guards         switches each guard off in turn, and tells where that is noticed first
  --without NAME   the same for one guard: ${guards.map(({ name }) => name).join(', ')}
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
    without: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);
const runs = values.runs === undefined ? undefined : Number(values.runs);
const lanes = Number(values.lanes);
const chosen = scenarios.filter(name => values.only === undefined || values.only === name);

/** How many cases of each scenario a missing guard is looked for in, at most: they end with the first that is wrong. */
const enough: Record<Scenario, number> = { kills: 24, faults: 24, random: 8, freezes: 36, races: 5, line: 3 };

if (values.help || !chosen.length || [seed, lanes, runs ?? 1].some(one => !(one > 0))) {
  process.stdout.write(usage);
  process.exit(values.help ? 0 : 1);
}
// Whoever ends it ends what it started.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const isWell = values.again
  ? await onceMore(trialFrom(values.again), runs ?? 5)
  : values.guards || values.without !== undefined
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
  for (const guard of guards.filter(({ name }) => values.without === undefined || values.without === name)) {
    const { program, remove } = await without(guard);
    const chaos = await openChaos({ program, lanes });
    let seen: string[] = [];
    for (const scenario of [...chosen].sort(
      (one, other) => Number(other === guard.shows) - Number(one === guard.shows),
    )) {
      process.stdout.write(`without ${guard.name}: ${scenario}\n`);
      const measure = { seed, count: runs ?? enough[scenario], only: isTelling };
      const outcomes = await chaos
        .run(scenario, measure, { told, untilWrong: true })
        // Even a story in which nothing happens may go wrong now.
        .catch(error => [brokenOff('nothing happens', error)]);
      const after = outcomes.findIndex(isWrong) + 1;
      if (after) seen = [`${scenario} (${after})`, outcomes[after - 1]?.wrong[0] ?? ''];
      if (after) break;
    }
    await chaos.close();
    await remove();
    isMissed &&= seen.length > 0;
    const [where = 'nothing noticed', wrong = ''] = seen;
    rows.push(`${guard.name.padEnd(22)}${where.padEnd(17)}${wrong}`);
    process.stdout.write(`${rows.at(-1)}\n`);
  }
  process.stdout.write(`\nswitched off          went wrong (after so many cases), and how\n${rows.join('\n')}\n`);
  return isMissed;
}

/** Guards stand around what is written and what is said. Who sleeps before it hears of an answer is stopped by that call's own end. */
function isTelling({ mishaps }: Trial): boolean {
  return mishaps.every(({ op, harm }) => /Commit|chat\.|create/.test(op) && harm !== 'freeze after');
}

function isWrong({ wrong }: Outcome): boolean {
  return wrong.length > 0;
}

function told({ trial, wrong }: Outcome): void {
  if (wrong.length) process.stdout.write(`  WRONG ${trial}\n${wrong.map(sentence => `    ${sentence}\n`).join('')}`);
}
