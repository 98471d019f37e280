import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseArgs, styleText } from 'node:util';
import { approve, ask, channel, result } from './play.ts';
import type { Stack } from './stack.ts';
import { startStack } from './stack.ts';
import { inTerminal } from './terminal.ts';

const usage = `npm run local -- [options]

  --exit            end after the first job, with 0 where it succeeded, else with 1
  --dataset FILE    a JSON Lines file of your own, in place of the sample
  --eval FILE       an evaluation dataset of your own; with --dataset alone there is no evaluation
  --unlabelled      the sample without labels: the teacher writes them
  --gpu             on GPUs, which need no approval
  --steps N         how many steps to train (200)
  --speed N         how many seconds of pipeline time pass in a second (600)
  --live            curves while the run tunes, not only at its end
  --port N          where the page listens (3000)
  --help            this text
`;

const options = {
  exit: { type: 'boolean', default: false },
  dataset: { type: 'string' },
  eval: { type: 'string' },
  unlabelled: { type: 'boolean', default: false },
  gpu: { type: 'boolean', default: false },
  steps: { type: 'string', default: '200' },
  speed: { type: 'string', default: '600' },
  live: { type: 'boolean', default: false },
  port: { type: 'string', default: '3000' },
  help: { type: 'boolean', default: false },
} as const;

const began = performance.now();
try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}

async function main() {
  const { values } = parseArgs({ options });
  if (values.help) return void process.stdout.write(usage);
  const stack = await startStack({
    speed: positive('speed', values.speed),
    live: values.live,
    ...(!values.exit && { port: positive('port', values.port) }),
  });
  say(
    `Retort is up against stand-ins on this machine, Firestore being ${stack.firestore.name}. The page: ${stack.slack.url}`,
  );
  const stopTelling = tell(stack);
  const card = await ask(stack, {
    modelName: values.unlabelled ? 'support-intents-unlabelled' : 'support-intents-v3',
    ...(await datasets(stack, values)),
    accelerator: values.gpu ? 'GPU' : 'TPU',
    steps: positive('steps', values.steps),
  });
  if (!values.gpu) await approve(stack, card);
  const model = await result(stack, card);
  for (const path of await saveCharts(stack)) say(`Chart saved as ${path}`);
  process.stdout.write(
    `${model ? `\n${styleText('bold', model)}\n\n` : '\nNo tuned model came of it: the thread above says why.\n\n'}`,
  );
  if (values.exit) {
    stopTelling();
    await stack.close();
    process.exit(model ? 0 : 1);
  }
  say(`Serving ${stack.slack.url} until you press Ctrl+C. Type /distill there.`);
  process.once('SIGINT', () => void stack.close().then(() => process.exit(0)));
}

async function datasets({ storage, buckets }: Stack, values: { dataset?: string; eval?: string; unlabelled: boolean }) {
  const put = async (file: string) => {
    storage.put(buckets.datasets, `own/${basename(file)}`, await readFile(file));
    return `gs://${buckets.datasets}/own/${basename(file)}`;
  };
  const support = `gs://${buckets.datasets}/support`;
  const sampleEvaluation = values.dataset ? undefined : `${support}/eval.jsonl`;
  return {
    dataset: values.dataset
      ? await put(values.dataset)
      : `${support}/${values.unlabelled ? 'unlabelled' : 'train'}.jsonl`,
    evaluationDataset: values.eval ? await put(values.eval) : sampleEvaluation,
  };
}

/** Prints every message of the channel and its threads as it appears, and the card's line whenever that changes. */
function tell({ slack }: Stack): () => void {
  const told = new Map<string, string>();
  return slack.on(() => {
    for (const message of slack
      .messages('ml-distillation')
      .flatMap(top => [top, ...slack.thread('ml-distillation', top.ts)])) {
      if (told.get(message.ts) === message.text) continue;
      told.set(message.ts, message.text);
      say(`${message.threadTs && message.threadTs !== message.ts ? '   ↳ ' : ''}${inTerminal(message.text, slack)}`);
    }
  });
}

/** Saves the pictures that the channel and its threads show. */
async function saveCharts({ slack }: Stack): Promise<string[]> {
  const folder = 'out';
  await mkdir(folder, { recursive: true });
  const shown = slack.messages(channel).flatMap(top => [top, ...slack.thread(channel, top.ts)]);
  const ids = new Set(
    shown.flatMap(message =>
      [...JSON.stringify(message.blocks).matchAll(/"slack_file":{"id":"(\w+)"/g)].map(found => found[1]!),
    ),
  );
  const saved: string[] = [];
  for (const id of ids) {
    const file = slack.file(id);
    if (!file?.bytes) continue;
    saved.push(`${folder}/${file.name}`);
    await writeFile(`${folder}/${file.name}`, file.bytes);
  }
  return [...new Set(saved)];
}

function say(line: string) {
  const seconds = ((performance.now() - began) / 1000).toFixed(1).padStart(5);
  process.stdout.write(`${styleText('dim', `${seconds} s`)}  ${line}\n`);
}

function positive(name: string, text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new Error(`--${name} must be a positive number: it is "${text}".`);
  return number;
}
