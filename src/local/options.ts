import { readFileSync, statSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { parseArgs } from 'node:util';
import type { RecipeId } from '../job/recipe.ts';
import { recipeIds } from '../job/recipe.ts';

/** How `npm run local` is used. */
export const usage = `npm run local -- [options]

  --exit            end after the first job, with 0 where it succeeded, else with 1
  --dataset FILE    a JSON Lines file of your own, in place of the sample
  --eval FILE       an evaluation dataset of your own; with --dataset alone there is no evaluation
  --unlabelled      the sample without labels: the teacher writes them
  --recipe ID       what is distilled: ${recipeIds.join(', ')} (palm)
  --gpu             on GPUs, which need no approval: palm alone
  --steps N         how many steps to train (200): palm alone
  --speed N         how many seconds of pipeline time pass in a second (600)
  --live            curves while the run tunes, not only at its end
  --event-files     the run writes event files, which have them as well while it tunes
  --port N          where the page listens (3000)
  --help            this text
`;

/** What was asked for on the command line. */
export interface Options {
  exit: boolean;
  help: boolean;
  live: boolean;
  eventFiles: boolean;
  unlabelled: boolean;
  gpu: boolean;
  recipe: RecipeId;
  steps: number;
  speed: number;
  port: number;
  dataset: OwnFile | undefined;
  evaluationDataset: OwnFile | undefined;
  modelName: string;
}

interface OwnFile {
  name: string;
  bytes: Buffer;
}

/** Thrown where the command line will not do. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** Reads the command line, and the files it names. Throws `UsageError`. */
export function readOptions(args: readonly string[]): Options {
  const values = parsed(args);
  const dataset = own('dataset', values.dataset);
  if (dataset && values.unlabelled) throw new UsageError('--unlabelled plays the sample: leave --dataset out.');
  const sample = values.unlabelled ? 'support-intents-unlabelled' : 'support-intents-v3';
  return {
    exit: values.exit,
    help: values.help,
    live: values.live,
    eventFiles: values['event-files'],
    unlabelled: values.unlabelled,
    gpu: values.gpu,
    recipe: recipe(values.recipe),
    steps: whole('steps', values.steps, { most: 100_000 }),
    speed: positive('speed', values.speed),
    port: whole('port', values.port, { most: 65_535 }),
    dataset,
    evaluationDataset: own('eval', values.eval),
    modelName: dataset ? basename(dataset.name, extname(dataset.name)).slice(0, 100) : sample,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        exit: { type: 'boolean', default: false },
        dataset: { type: 'string' },
        eval: { type: 'string' },
        unlabelled: { type: 'boolean', default: false },
        gpu: { type: 'boolean', default: false },
        recipe: { type: 'string', default: 'palm' },
        steps: { type: 'string', default: '200' },
        speed: { type: 'string', default: '600' },
        live: { type: 'boolean', default: false },
        'event-files': { type: 'boolean', default: false },
        port: { type: 'string', default: '3000' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : error}\n\n${usage}`);
  }
}

function recipe(asked: string): RecipeId {
  const found = recipeIds.find(id => id === asked);
  if (!found) throw new UsageError(`--recipe is one of ${recipeIds.join(', ')}: it is "${asked}".`);
  return found;
}

function own(option: string, path: string | undefined): OwnFile | undefined {
  if (path === undefined) return undefined;
  if (!statSync(path, { throwIfNoEntry: false })?.isFile())
    throw new UsageError(`--${option} names a file: there is none at "${path}".`);
  return { name: basename(path), bytes: readFileSync(path) };
}

function positive(option: string, text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new UsageError(`--${option} takes a number above 0: it is "${text}".`);
  return number;
}

function whole(option: string, text: string, { most }: { most: number }): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > most)
    throw new UsageError(`--${option} takes a whole number from 1 to ${most}: it is "${text}".`);
  return number;
}
