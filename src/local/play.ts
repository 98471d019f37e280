import type { RecipeId } from '../job/recipe.ts';
import { recipeOf } from '../job/recipe.ts';
import { approvalIds } from '../views/approval.ts';
import type { Stack } from './stack.ts';

/** What the one job that is played asks for. */
export interface Part {
  modelName: string;
  /** What the form opens with, where it is not given. */
  recipe?: RecipeId | undefined;
  dataset: string;
  /** None: no evaluation. */
  evaluationDataset?: string | undefined;
  accelerator?: 'TPU' | 'GPU';
  steps?: number;
  epochs?: number;
}

/** Where the job is asked for. */
export const channel = 'ml-distillation';

/** How long the whole job may take before the play is given up, in milliseconds. */
const patience = 300_000;

/** Opens the form as somebody; returns the view's id. */
export async function open({ slack }: Stack, person: string): Promise<string> {
  const acting = slack.as(person);
  await acting.command(channel, '/distill');
  return (await slack.until(() => acting.views()[0])).id;
}

/** Fills the open form in, as Ana. */
export async function fill({ slack }: Stack, view: string, part: Part): Promise<void> {
  const ana = slack.as('ana');
  await ana.type(view, 'modelName', part.modelName);
  const blockOf = (field: string) =>
    Object.keys(ana.views()[0]?.values ?? {}).find(block => block.split('~')[0] === field);
  const has = (field: string) => blockOf(field) !== undefined;
  if (part.recipe) {
    await ana.choose(view, 'recipe', part.recipe);
    await slack.until(() => has('task') === (recipeOf(part.recipe!).backend === 'pipelineJobs'));
  }
  if (has('task')) {
    const steps = blockOf('steps');
    await ana.choose(view, 'task', 'classification');
    await ana.choose(view, 'accelerator', part.accelerator ?? 'GPU');
    // Choosing a task fills the steps in; what is typed afterwards stays.
    await slack.until(() => blockOf('steps') !== steps);
    await ana.type(view, 'steps', String(part.steps ?? 200));
  } else if (part.epochs !== undefined) await ana.type(view, 'epochs', String(part.epochs));
  await ana.type(view, 'dataset', part.dataset);
  if (part.evaluationDataset === undefined) await ana.choose(view, 'evaluate', []);
  else await ana.type(view, 'evaluationDataset', part.evaluationDataset);
}

/** Asks for a job as Ana, in the channel, by the form. Returns the card's timestamp. */
export async function ask(stack: Stack, part: Part): Promise<string> {
  const { slack } = stack;
  const view = await open(stack, 'ana');
  const before = new Set(slack.messages(channel).map(message => message.ts));
  await fill(stack, view, part);
  const told = await slack.as('ana').submit(view);
  if (told.errors) throw new Error(`The form was not accepted: ${JSON.stringify(told.errors)}`);
  const card = await slack.until(() =>
    slack.messages(channel).find(message => !message.threadTs && !before.has(message.ts)),
  );
  return card.ts;
}

/** Waits for the request for approval in a card's thread and approves it as Ben. A job that ends before it asks is left alone. */
export async function approve({ slack }: Stack, card: string): Promise<void> {
  const asks = (message: { blocks: unknown }) => JSON.stringify(message.blocks).includes(`"${approvalIds.approve}"`);
  const told = await slack.until(
    () => slack.thread(channel, card).find(message => asks(message) || message.broadcast),
    { ms: patience },
  );
  if (asks(told)) await slack.as('ben').press({ channel, ts: told.ts }, approvalIds.approve, { confirmed: true });
}

/** Waits until a card's job has ended, and returns the tuned model's full name, or where its weights are, where there is one. */
export async function result({ slack }: Stack, card: string): Promise<string | undefined> {
  const last = await slack.until(() => slack.thread(channel, card).find(message => message.broadcast), {
    ms: patience,
  });
  const told = JSON.stringify(last.blocks);
  const model = /projects\/[^/\s`"]+\/locations\/[^/\s`"]+\/models\/[^\s`"\\]+/.exec(told)?.[0];
  return model ?? /gs:\/\/[^\s`"\\]+\/checkpoints\/final/.exec(told)?.[0];
}
