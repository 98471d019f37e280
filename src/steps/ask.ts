import { setTimeout as wait } from 'node:timers/promises';
import type { ModalView } from '@slack/types';
import { causeOf } from '../job/cause.ts';
import type { Report } from '../job/dataset.ts';
import { byteReader } from '../job/dataset.ts';
import { formats } from '../job/format.ts';
import type { Job } from '../job/job.ts';
import { capacityOf, unitsHeld } from '../job/quota.ts';
import type { Accelerator, RecipeId, Region } from '../job/recipe.ts';
import { recipeOf } from '../job/recipe.ts';
import { secondTry } from '../job/second-try.ts';
import type { Spec } from '../job/spec.ts';
import { parseUri } from '../job/uri.ts';
import type { Counted, Draft, Live } from '../views/draft.ts';
import {
  carriedTo,
  draftOf,
  emptyDraft,
  isTuningRecipe,
  movedDraft,
  nearRegions,
  withRecipe,
  withSample,
  withTaskSteps,
  withTensorboard,
} from '../views/draft.ts';
import { drawForm, readForm } from '../views/form.ts';
import { wordsIn } from '../views/words.ts';
import type { World } from '../world.ts';
import { SlackTrouble } from '../world.ts';
import { readThrough } from './check.ts';

type Touches = Pick<World, 'slack' | 'storage' | 'vertex' | 'jobs' | 'settings' | 'clock' | 'log' | 'leaving'>;

/** Datasets larger than this are counted after submitting, not while somebody chooses. In bytes. */
const countedWhileChoosing = 20_000_000;
/** How long a list of TensorBoard instances is believed, and how long Slack may ask us to wait, in milliseconds. */
const remembered = 60_000;
const longestPause = 5000;

/** An open form, as Slack knows it. */
export interface OpenForm {
  id: string;
  hash: string;
  private_metadata: string;
  state: { values: Parameters<typeof readForm>[0]['state']['values'] };
}

/** Opens the form, filled with the defaults or with a job's spec: where it says so to take that job's place, mended where the job failed for what it asked, or moved to a recipe that runs today. What takes longer than a trigger lives is filled in by `complete`. `expired`: Slack's three seconds had passed. */
export async function openForm(
  asked: {
    trigger: string;
    channel: string;
    again?: Job | undefined;
    after?: boolean | undefined;
    mended?: boolean | undefined;
    to?: RecipeId | undefined;
  },
  world: Touches,
): Promise<'expired' | { complete(): Promise<void> }> {
  const { again, to } = asked;
  const form = again ? filledWith(again, asked, world.settings) : emptyDraft(asked.channel, world.settings);
  const before = to && again;
  const opened = await world.slack.openView(draw(form, { before }, world), asked.trigger);
  if (opened === 'expired') return opened;
  return {
    async complete() {
      const draws = [async () => draw(form, { before, live: await look(form, world) }, world)];
      await redraw({ ...opened, draws }, world);
    },
  };
}

function filledWith(job: Job, asked: Parameters<typeof openForm>[0], settings: World['settings']): Draft {
  if (asked.to) return movedDraft(job, asked.channel, settings, asked.to);
  return draftOf(asked.mended ? mended(job, settings) : job.spec, asked.channel, {
    after: asked.after ? job.id : undefined,
    before: job.spec,
  });
}

function mended(job: Job, settings: World['settings']): Spec {
  return job.state === 'failed' ? secondTry(job.spec, causeOf(job), settings) : job.spec;
}

/** What somebody does in an open form before submitting. */
export type Gesture = 'chose' | 'sample';

/** Computes what follows from what has been chosen so far, and redraws the form: for another recipe at once, and again when it is known what can be learnt. */
export async function recompute(form: OpenForm, gesture: Gesture, world: Touches): Promise<void> {
  const { id, hash } = form;
  const was = readForm(form);
  const before = await movedFrom(was, world);
  const next = follow(was, gesture, { ...world, before });
  const atOnce = isOther(next, was) ? [async () => draw(next, { before }, world)] : [];
  const draws = [...atOnce, async () => draw(next, { before, live: await look(next, world) }, world)];
  await redraw({ id, hash, draws }, world);
}

/** The form for the recipe that is chosen in it, where it has not been drawn for that one yet. */
export async function redrawn(form: OpenForm, world: Pick<World, 'jobs' | 'settings'>): Promise<ModalView | undefined> {
  const was = readForm(form);
  const before = await movedFrom(was, world);
  const next = follow(was, 'chose', { ...world, before });
  return isOther(next, was) ? draw(next, { before }, world) : undefined;
}

function isOther(next: Draft, was: Draft): boolean {
  return next.memory.recipe !== was.memory.recipe;
}

/** The job that the form moves to another recipe. */
async function movedFrom({ memory }: Draft, { jobs }: Pick<World, 'jobs'>): Promise<Job | undefined> {
  return memory.moved === undefined ? undefined : jobs.get(memory.moved);
}

interface Open {
  id: string;
  /** The hash it had when this redraw was asked for. */
  hash: string;
  /** One after the other, each knowing more than the last. */
  draws: (() => Promise<ModalView>)[];
}

/** Views that are being redrawn, with what is to be drawn next. */
const busy = new Map<string, { next: Open | undefined }>();
/** The hashes of our own latest redraws. */
const hashes = new Map<string, string>();

/** Redraws a view, one redraw at a time; of several that come meanwhile, the newest is drawn, before what is left of an older one. */
async function redraw(open: Open, world: Pick<World, 'slack'>): Promise<void> {
  const underWay = busy.get(open.id);
  if (underWay) {
    underWay.next = open;
    return;
  }
  const turn: { next: Open | undefined } = { next: open };
  busy.set(open.id, turn);
  try {
    while (turn.next) {
      const { draws, ...now } = turn.next;
      turn.next = undefined;
      for (const draw of draws) if (!turn.next) await redrawOnce({ ...now, draw }, world);
    }
  } finally {
    busy.delete(open.id);
    // What came while a redraw failed is drawn all the same.
    if (turn.next) await redraw(turn.next, world);
  }
}

/** Our own latest hash is tried first, then the one the gesture came with: where another process has redrawn the view, that is the newer. */
async function redrawOnce(
  { id, hash, draw: drawn }: Pick<Open, 'id' | 'hash'> & { draw: () => Promise<ModalView> },
  { slack }: Pick<World, 'slack'>,
): Promise<void> {
  const view = await drawn();
  for (const known of new Set([hashes.get(id) ?? hash, hash])) {
    const answer = await patiently(() => slack.updateView(view, { id, hash: known }));
    if (answer === 'conflict') continue;
    if (hashes.size >= 1000) hashes.clear();
    hashes.set(id, answer);
    return;
  }
  hashes.delete(id);
}

/** Where Slack asks to wait for a moment, somebody is looking at the form: it is tried once more. */
async function patiently<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    if (!(error instanceof SlackTrouble) || error.kind !== 'later' || error.retryAfter > longestPause) throw error;
    await wait(error.retryAfter);
    return request();
  }
}

function follow(
  form: Draft,
  gesture: Gesture,
  { settings, before }: Pick<World, 'settings'> & { before: Job | undefined },
): Draft {
  const { channel = '' } = form.typed;
  const opens = (recipe: RecipeId) =>
    before ? movedDraft(before, channel, settings, recipe) : emptyDraft(channel, settings, recipe);
  const chosen = withRecipe(form, opens);
  const filled = gesture === 'sample' ? withSample(chosen) : chosen;
  return isTuningRecipe(filled.memory.recipe) ? filled : withTensorboard(withTaskSteps(filled), settings);
}

function draw(
  form: Draft,
  { before, live = {} }: { before: Job | undefined; live?: Live },
  { settings }: Pick<World, 'settings'>,
) {
  const carried = before && carriedTo(before, form.memory.recipe);
  const moved = before && carried && { job: before, left: carried.left };
  return drawForm({ ...form, live, moved, settings, words: wordsIn(settings.language) });
}

/** Looks at what the form names, as far as that is quick. What cannot be learnt now is left out. */
async function look({ typed, memory }: Draft, world: Touches): Promise<Live> {
  const isTuning = isTuningRecipe(memory.recipe);
  const accelerator = isTuning ? undefined : (typed.accelerator as Accelerator | undefined);
  const [dataset, evaluationDataset, tensorboards, ledger] = await Promise.all([
    counted(typed.dataset, memory.recipe, world),
    counted(typed.evaluationDataset, memory.recipe, world),
    Promise.all((isTuning ? [] : nearRegions(typed)).map(region => tensorboardsOf(region, world))),
    accelerator && quietly(world.jobs.ledger(accelerator), world),
  ]);
  return {
    dataset,
    evaluationDataset,
    tensorboards: tensorboards.flatMap(found => found ?? []),
    ...(accelerator &&
      ledger && {
        quota: {
          [accelerator]: { held: unitsHeld(ledger), capacity: capacityOf(ledger, accelerator, world.settings) },
        },
      }),
  };
}

const instances = new Map<Region, { found: Tensorboards; at: number }>();
type Tensorboards = Awaited<ReturnType<World['vertex']['tensorboards']>>;

/** The TensorBoard instances of a region, asked for at most once a minute: the form recomputes at every stroke. */
async function tensorboardsOf(region: Region, world: Touches): Promise<Tensorboards | undefined> {
  const known = instances.get(region);
  const now = world.clock.now();
  if (known && now - known.at < remembered) return known.found;
  const found = await quietly(world.vertex.tensorboards(region), world);
  if (found) instances.set(region, { found, at: now });
  return found;
}

const counts = new Map<string, Counted>();

async function counted(uri: string | undefined, recipe: RecipeId, world: Touches): Promise<Counted | undefined> {
  if (!uri || !isAllowed(uri, world)) return undefined;
  const opened = await quietly(world.storage.open(uri, { most: countedWhileChoosing }), world);
  if (!opened) return undefined;
  if (opened.is !== 'open') return { is: opened.is };
  const key = `${uri}#${opened.generation} ${recipe}`;
  const before = counts.get(key);
  if (before) return before;
  const into = byteReader({ near: false, rules: recipeOf(recipe).dataset });
  const report = await quietly(readThrough(opened.chunks, { ...world, size: opened.size, into }), world);
  if (!report) return undefined;
  const value = countOf(report);
  if (counts.size >= 100) counts.clear();
  counts.set(key, value);
  return value;
}

function countOf({ rows, labelled, tokens, faults }: Report): Counted {
  const { 'no-output': unlabelled, ...others } = faults;
  const all = Object.values(others).reduce((sum, { count }) => sum + count, 0);
  const written = formats.flatMap(format => {
    const { count } = faults[`format-${format}`] ?? {};
    return count ? [[format, count] as const] : [];
  });
  return {
    is: 'counted',
    rows,
    labelled,
    meanTokens: tokens.mean,
    faulty: written.reduce((left, [, count]) => left - count, all),
    ...(written.length && { formats: Object.fromEntries(written) }),
    ...(unlabelled && { unlabelled: unlabelled.count }),
  };
}

function isAllowed(uri: string, { settings }: Pick<World, 'settings'>): boolean {
  const place = parseUri(uri.trim());
  return place !== undefined && (settings.allowedBuckets?.includes(place.bucket) ?? true);
}

async function quietly<T>(answer: Promise<T>, { log }: Pick<World, 'log'>): Promise<T | undefined> {
  try {
    return await answer;
  } catch {
    log.info('Something the form would have shown could not be learnt');
    return undefined;
  }
}
