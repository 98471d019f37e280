import { mkdir, writeFile } from 'node:fs/promises';
import { styleText } from 'node:util';
import { recipeIds, recipeOf } from '../job/recipe.ts';
import type { Options } from './options.ts';
import { readOptions, UsageError, usage } from './options.ts';
import { approve, ask, channel, result } from './play.ts';
import { folderOf } from './samples/formats.ts';
import type { Stack } from './stack.ts';
import { startStack } from './stack.ts';
import { inTerminal, reasons } from './terminal.ts';

const began = performance.now();
let stack: Stack | undefined;

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void leave(130));
try {
  const options = readOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(usage);
  else await run(options);
} catch (error) {
  process.stderr.write(`${sentence(error)}\n`);
  await leave(1);
}

async function run(options: Options) {
  stack = await startStack({
    speed: options.speed,
    live: options.live,
    environment: { RECIPES: [...new Set([options.recipe, ...recipeIds])].join(',') },
    vertex: { eventFiles: options.eventFiles },
    ...(!options.exit && { port: options.port }),
  });
  const page = options.exit ? '' : ` The page: ${stack.slack.url}`;
  say(`Retort is up against stand-ins on this machine, Firestore being ${stack.firestore.name}.${page}`);
  const stopTelling = tell(stack);
  const card = await ask(stack, {
    modelName: options.modelName,
    ...datasets(stack, options),
    accelerator: options.gpu ? 'GPU' : 'TPU',
    steps: options.steps,
  });
  if (options.recipe === 'palm' && !options.gpu) await approve(stack, card);
  const model = await result(stack, card);
  for (const path of await saveCharts(stack)) say(`Chart saved as ${path}`);
  const ending = model ? styleText('bold', model) : 'No tuned model came of it: the thread above says why.';
  process.stdout.write(`\n${ending}\n\n`);
  if (!options.exit) return say(`Serving ${stack.slack.url} until you press Ctrl+C. Type /distill there.`);
  stopTelling();
  return leave(model ? 0 : 1);
}

/** Takes everything down that was started, and ends. */
async function leave(code: number) {
  await stack?.close();
  process.exit(code);
}

function sentence(error: unknown): string {
  if (error instanceof UsageError) return error.message;
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
    return `${error.message}. Another program listens there: choose another port with --port.`;
  return error instanceof Error ? error.message : String(error);
}

function datasets({ storage, buckets }: Stack, options: Options) {
  const put = ({ name, bytes }: NonNullable<Options['dataset']>) => {
    storage.put(buckets.datasets, `own/${name}`, bytes);
    return `gs://${buckets.datasets}/own/${name}`;
  };
  const support = `gs://${buckets.datasets}/support${folderOf(recipeOf(options.recipe).dataset.formats[0])}`;
  const { dataset, evaluationDataset, unlabelled } = options;
  return {
    dataset: dataset ? put(dataset) : `${support}/${unlabelled ? 'unlabelled' : 'train'}.jsonl`,
    evaluationDataset: evaluationDataset ? put(evaluationDataset) : dataset ? undefined : `${support}/eval.jsonl`,
  };
}

/** Prints every message of the channel and its threads as it appears, the card's line whenever that changes, and the reasons of what did not go well. */
function tell({ slack }: Stack): () => void {
  const told = new Map<string, string>();
  return slack.on(() => {
    for (const message of slack.messages(channel).flatMap(top => [top, ...slack.thread(channel, top.ts)])) {
      if (told.get(message.ts) === message.text) continue;
      told.set(message.ts, message.text);
      const inThread = message.threadTs !== undefined && message.threadTs !== message.ts;
      say(`${inThread ? '   ↳ ' : ''}${inTerminal(message.text, slack)}`);
      if (inThread) for (const line of reasons(message, slack)) say(`       ${line}`);
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
