import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { startProgram } from '../../src/local/program.ts';
import { startSlack } from '../../src/local/slack/server.ts';
import { startStack } from '../../src/local/stack.ts';
import { approvals } from './approvals.ts';
import { charts } from './charts.ts';
import { clicksWhileChecking } from './checking.ts';
import { datasets } from './datasets.ts';
import { history } from './history.ts';
import { knocks } from './knocks.ts';
import { load } from './load.ts';
import { inTurn, ranked, residentMegabytes, row, timed } from './measure.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const emptyBolt = fileURLToPath(new URL('empty-bolt.ts', import.meta.url));
const channel = 'ml-distillation';
const secrets = { signingSecret: 'local-signing-secret', botToken: 'xoxb-local-bot-token' };

const usage = `npm run bench -- [part …] [--seconds N]

  parts: acknowledgements, start, chart, approvals, dataset, knock, history, load; all of them where none is named
  --seconds N   the longest a load lasts
`;
const parts: Record<string, () => Promise<void>> = {
  acknowledgements,
  start: coldStart,
  chart: charts,
  approvals: approved,
  dataset: checked,
  knock: () => knocks([100, 1000]),
  history: () => history(10_000),
  load: loaded,
};
const { chosen, seconds } = options();

process.stdout.write(
  'Milliseconds: median, 95th percentile, slowest. Ratios of medians, each against its floor in the same run.\n\n',
);
for (const part of chosen) await parts[part]?.();
process.exit();

function options() {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { seconds: { type: 'string' } } });
  const seconds = Number(values.seconds ?? Number.POSITIVE_INFINITY);
  if (!(seconds > 0) || positionals.some(part => !Object.hasOwn(parts, part))) {
    process.stderr.write(usage);
    process.exit(2);
  }
  return { chosen: positionals.length ? positionals : Object.keys(parts), seconds };
}

/** Many people at once. Its times are told; only a click that was acknowledged and lost makes this run fail. */
async function loaded() {
  if (!(await load({ longest: seconds, floor: emptyBolt }))) process.exitCode = 1;
}

/** What the check of a dataset takes, alone and of others. */
async function checked() {
  await datasets();
  await clicksWhileChecking();
}

/** One seat, twenty approvers: only a decision that was taken twice, or by nobody, makes this run fail. */
async function approved() {
  if (!(await approvals({ floor: emptyBolt }))) process.exitCode = 1;
}

/** From Slack's delivery to its answer, as Slack sees it: Retort commits to Firestore or calls Slack before it answers, the floor does nothing. */
async function acknowledgements() {
  const stack = await startStack({
    knockEvery: 0,
    slack: { rateLimits: false },
    environment: { OPEN_JOBS_PER_PERSON: '1000' },
  });
  const floor = await startSlack({ ...secrets, rateLimits: false });
  const ana = stack.slack.as('ana');
  await ana.command(channel, '/distill');
  const { blocks } = await stack.slack.until(() => ana.views()[0]);
  await ana.close((await stack.slack.until(() => ana.views()[0])).id);
  const empty = await startProgram({ ...environment(), SLACK_API_URL: floor.apiUrl, VIEW: formOf(blocks) }, emptyBolt);
  floor.deliverTo(`${empty.url}/slack/events`);

  const command = (slack: typeof floor, line: string) => async () => {
    const { ackMs } = await slack.as('ana').command(channel, line);
    for (const view of slack.as('ana').views()) await slack.as('ana').close(view.id);
    return ackMs ?? Number.NaN;
  };
  const opened = await inTurn(60, { retort: command(stack.slack, '/distill'), floor: command(floor, '/distill') });
  process.stdout.write(`${row('/distill, form opened', opened.retort, opened.floor)}\n`);

  let submitted = 0;
  const submit = (slack: typeof floor, line: string) => async () => {
    const acting = slack.as('ana');
    await acting.command(channel, line);
    const view = await slack.until(() => acting.views()[0]);
    const missing = `gs://${stack.buckets.datasets}/support/missing.jsonl`;
    await acting.type(view.id, 'modelName', `bench-${submitted++}`);
    await acting.choose(view.id, 'task', 'other');
    await acting.type(view.id, 'dataset', missing);
    await acting.type(view.id, 'evaluationDataset', missing);
    const told = await acting.submit(view.id);
    if (told.errors) throw new Error(`The form was not accepted: ${JSON.stringify(told.errors)}`);
    return told.ackMs ?? Number.NaN;
  };
  const accepted = await inTurn(30, { retort: submit(stack.slack, '/distill'), floor: submit(floor, '/distill open') });
  process.stdout.write(`${row('form submitted, job recorded', accepted.retort, accepted.floor)}\n`);
  await Promise.all([stack.close(), floor.close(), empty.stop()]);
}

/** Retort's own form as another app would open it. */
function formOf(blocks: unknown): string {
  const plain = (text: string) => ({ type: 'plain_text', text });
  return JSON.stringify({
    type: 'modal',
    callback_id: 'floor',
    title: plain('Floor'),
    submit: plain('Submit'),
    blocks,
  });
}

/** From the start of the process to its first acknowledged command, and the memory it has then: both with compiled code at hand, as in the image. */
async function coldStart() {
  const stack = await startStack({ knockEvery: 0 });
  const slack = await startSlack(secrets);
  const cache = mkdtempSync(join(tmpdir(), 'retort-bench-'));
  const inImage = { NODE_ENV: 'production', NODE_COMPILE_CACHE: cache };
  const resident: Record<string, number[]> = { retort: [], floor: [] };
  const toFirstCommand = (name: string, variables: Record<string, string>, file: string) => {
    compile(file, inImage);
    return () =>
      timed(async () => {
        const program = await startProgram({ ...variables, ...inImage }, file);
        slack.deliverTo(`${program.url}/slack/events`);
        await slack.as('ana').command(channel, '/distill help');
        resident[name]?.push(residentMegabytes(program.pid));
        void program.kill();
      });
  };
  const started = await inTurn(7, {
    retort: toFirstCommand('retort', { ...stack.environment, SLACK_API_URL: slack.apiUrl }, main),
    floor: toFirstCommand('floor', environment(), emptyBolt),
  });
  process.stdout.write(`${row('start to first command', started.retort, started.floor)}\n`);
  const [retort = 0, floor = 0] = ['retort', 'floor'].map(name => ranked(resident[name] ?? [])(0.5));
  process.stdout.write(`resident memory then, in MB: ${retort}, floor ${floor}\n`);
  await Promise.all([stack.close(), slack.close()]);
  rmSync(cache, { recursive: true });
}

/** Loads a program and ends it, so that Node keeps what it has compiled. */
function compile(file: string, variables: Record<string, string>) {
  const load = `await import(${JSON.stringify(pathToFileURL(file).href)}); process.exit();`;
  const env = { PATH: process.env.PATH ?? '', ...variables };
  spawnSync(process.execPath, ['--input-type=module', '--eval', load], { env, stdio: 'ignore' });
}

function environment(): Record<string, string> {
  return { SLACK_SIGNING_SECRET: secrets.signingSecret, SLACK_BOT_TOKEN: secrets.botToken };
}
