import type { ModalView } from '@slack/types';
import type { Job } from '../job/job.ts';
import type { Spec } from '../job/spec.ts';
import { parseUri } from '../job/uri.ts';
import type { Counted, Draft, Live } from '../views/draft.ts';
import { draftOf, emptyDraft, nearRegions, withSample, withTaskSteps, withTensorboard } from '../views/draft.ts';
import { drawForm, readForm } from '../views/form.ts';
import { wordsIn } from '../views/words.ts';
import type { World } from '../world.ts';
import { readThrough } from './check.ts';

type Touches = Pick<World, 'slack' | 'storage' | 'vertex' | 'jobs' | 'settings' | 'clock' | 'log'>;

/** Datasets larger than this are counted after submitting, not while somebody chooses. In bytes. */
const countedWhileChoosing = 20_000_000;

/** An open form, as Slack knows it. */
export interface OpenForm {
  id: string;
  hash: string;
  private_metadata: string;
  state: { values: Parameters<typeof readForm>[0]['state']['values'] };
}

/** Opens the form, filled with the defaults or with a job's spec. What takes longer than a trigger lives is filled in by `complete`. `expired`: Slack's three seconds had passed. */
export async function openForm(
  asked: { trigger: string; channel: string; again?: Job | undefined },
  world: Touches,
): Promise<'expired' | { complete(): Promise<void> }> {
  const form = asked.again ? draftOf(asked.again.spec, asked.channel) : emptyDraft(asked.channel, world.settings);
  const opened = await world.slack.openView(draw(form, {}, world), asked.trigger);
  if (opened === 'expired') return opened;
  return {
    async complete() {
      await redraw(opened, async () => draw(form, await look(form, world), world), world);
    },
  };
}

/** What somebody does in an open form before submitting. */
export type Gesture = 'chose' | 'sample';

/** Computes what follows from what has been chosen so far, and redraws the form. */
export async function recompute(form: OpenForm, gesture: Gesture, world: Touches): Promise<void> {
  await redraw(
    form,
    async () => {
      const next = follow(readForm(form), gesture, world);
      return draw(next, await look(next, world), world);
    },
    world,
  );
}

/** A view that this process redraws: the hash of its last redraw, and what is to be drawn next. */
interface Redrawn {
  hash: string;
  next: (() => Promise<ModalView>) | undefined;
}

const busy = new Map<string, Redrawn>();
const hashes = new Map<string, string>();

/** Redraws a view, one redraw at a time; of several that come meanwhile, the newest is drawn. A redraw of another process makes ours a conflict, and is left alone: the next gesture starts from it. */
async function redraw(
  { id, hash }: { id: string; hash: string },
  next: () => Promise<ModalView>,
  { slack }: Touches,
): Promise<void> {
  const underWay = busy.get(id);
  if (underWay) {
    underWay.next = next;
    return;
  }
  const view: Redrawn = { hash: hashes.get(id) ?? hash, next };
  busy.set(id, view);
  try {
    while (view.next) {
      const work = view.next;
      view.next = undefined;
      const answer = await slack.updateView(await work(), { id, hash: view.hash });
      if (answer === 'conflict') hashes.delete(id);
      else remember(id, answer);
      view.hash = answer === 'conflict' ? hash : answer;
    }
  } finally {
    busy.delete(id);
  }
}

function remember(id: string, hash: string) {
  if (hashes.size >= 1000) hashes.clear();
  hashes.set(id, hash);
}

function follow(form: Draft, gesture: Gesture, { settings }: Pick<World, 'settings'>): Draft {
  return withTensorboard(withTaskSteps(gesture === 'sample' ? withSample(form) : form), settings);
}

function draw(form: Draft, live: Live, { settings }: Pick<World, 'settings'>) {
  return drawForm({ ...form, live, settings, words: wordsIn(settings.language) });
}

/** Looks at what the form names, as far as that is quick. What cannot be learnt now is left out. */
async function look({ typed }: Draft, world: Touches): Promise<Live> {
  const accelerator = typed.accelerator as Spec['accelerator'] | undefined;
  const [dataset, evaluationDataset, tensorboards, ledger] = await Promise.all([
    counted(typed.dataset, world),
    counted(typed.evaluationDataset, world),
    Promise.all(nearRegions(typed).map(region => quietly(world.vertex.tensorboards(region), world))),
    accelerator && quietly(world.jobs.ledger(accelerator), world),
  ]);
  return {
    dataset,
    evaluationDataset,
    tensorboards: tensorboards.flatMap(found => found ?? []),
    ...(accelerator &&
      ledger && { held: { [accelerator]: Object.values(ledger.held).reduce((sum, seat) => sum + seat.units, 0) } }),
  };
}

const counts = new Map<string, Counted>();

async function counted(uri: string | undefined, world: Touches): Promise<Counted | undefined> {
  if (!uri || !isAllowed(uri, world)) return undefined;
  const opened = await quietly(world.storage.open(uri, { most: countedWhileChoosing }), world);
  if (!opened) return undefined;
  if (opened.is !== 'open') return { is: opened.is };
  const key = `${uri}#${opened.generation}`;
  const before = counts.get(key);
  if (before) return before;
  const report = await quietly(readThrough(opened.chunks, { size: opened.size, clock: world.clock }), world);
  if (!report) return undefined;
  const faulty = Object.values(report.faults).reduce((sum, fault) => sum + fault.count, 0);
  const value = {
    is: 'counted',
    rows: report.rows,
    labelled: report.labelled,
    meanTokens: report.tokens.mean,
    faulty,
  } as const;
  if (counts.size >= 100) counts.clear();
  counts.set(key, value);
  return value;
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
