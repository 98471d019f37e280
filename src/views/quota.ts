import type { Job, JobId } from '../job/job.ts';
import type { Ledger } from '../job/quota.ts';
import { capacityOf, forecast, line, unitsHeld } from '../job/quota.ts';
import type { Accelerator } from '../job/recipe.ts';
import { accelerators, hardware } from '../job/recipe.ts';
import type { Message, Settings } from '../world.ts';
import type { Around } from './card.ts';
import type { Links } from './list.ts';
import type { Mrkdwn } from './text.ts';
import { clip, context, join, limits, link, section } from './text.ts';
import type { Words } from './words.ts';

/** Pipeline jobs that hold quota and were started outside Retort, as far as Vertex AI lists them. */
export interface Outside {
  name: string;
  displayName: string;
  accelerator: Accelerator;
}

/** What `/distill quota` is drawn from. */
export interface Quota extends Links {
  ledgers: Record<Accelerator, Ledger>;
  /** The jobs that hold or wait, by id. */
  named: Partial<Record<JobId, Job>>;
  outside: readonly Outside[];
  now: number;
}

const cells = 16;
const most = 6;
/** The most of a name, in characters: of many long ones, with all that is said of them, a message holds too few. */
const longestName = 40;

/** The quotas: a bar each, who holds, who waits, and when a seat is likely to be free. Of many, as many as fit are named, and the others counted. */
export function quota(known: Quota, around: Around, settings: Pick<Settings, 'capacity'>): Message {
  const { quota: say } = around.words;
  const drawn = [most, 4, 2, 1].map(shown =>
    accelerators.flatMap(accelerator => [
      ...lines(accelerator, { ...known, shown }, around.words, settings).map((part, i) =>
        section(`quota-${accelerator}-${i + 1}`, part),
      ),
      context(`source-${accelerator}`, [
        source(accelerator, known, around.words, settings),
        link(quotasUrl(accelerator, around.project), say.ask),
      ]),
    ]),
  );
  const blocks = drawn.find(all => JSON.stringify(all).length <= limits.message) ?? [];
  return { text: say.text, blocks };
}

/** Where a project's quota of an accelerator is seen, and more is asked for, in Google Cloud's console. */
export function quotasUrl(accelerator: Accelerator, project: string, metric?: string): string {
  const query = new URLSearchParams({
    location: hardware[accelerator].region,
    ...(metric && { metric: `aiplatform.googleapis.com/${metric}` }),
    project,
  });
  return `https://console.cloud.google.com/iam-admin/quotas?${query}`;
}

/** How much of a quota is held, with a bar, and how many jobs wait for it: for where its page is not shown whole. */
export function heldLines(
  accelerator: Accelerator,
  ledger: Ledger,
  { quota: say, home }: Words,
  settings: Pick<Settings, 'capacity'>,
): Mrkdwn[] {
  const capacity = capacityOf(ledger, accelerator, settings);
  const held = unitsHeld(ledger);
  const waiting = line(ledger).length;
  return [
    say.title(accelerator, { held, capacity }),
    join([say.bar(bar(held, capacity)), waiting ? home.inLine(waiting) : undefined]),
    ...(ledger.paused ? [say.paused(ledger.paused.by.user, ledger.paused.at)] : []),
  ];
}

function lines(
  accelerator: Accelerator,
  { ledgers, named, links, outside, now, shown }: Quota & { shown: number },
  { quota: say }: Words,
  settings: Pick<Settings, 'capacity'>,
): (Mrkdwn | undefined)[][] {
  const ledger = ledgers[accelerator];
  const capacity = capacityOf(ledger, accelerator, settings);
  const likely = forecast(ledger, { capacity, now });
  const name = (id: JobId) => {
    const url = links[id];
    const model = clip(named[id]?.spec.modelName ?? id, longestName);
    return url ? link(url, model) : say.job(model);
  };
  const more = (all: readonly unknown[]) => (all.length > shown ? say.more(all.length - shown) : undefined);
  const held = Object.entries(ledger.held).sort(([, a], [, b]) => a.since - b.since);
  const waiting = line(ledger);
  const others = outside.filter(one => one.accelerator === accelerator);
  const first = others.slice(0, shown).map(one => say.job(one.displayName || one.name));
  return [
    [
      say.title(accelerator, { held: unitsHeld(ledger), capacity }),
      say.bar(bar(unitsHeld(ledger), capacity)),
      ledger.paused && say.paused(ledger.paused.by.user, ledger.paused.at),
      ...held.slice(0, shown).map(([id, seat]) => say.holds(name(id), seat, likely?.ends[id])),
      held.length ? more(held) : say.nobodyHolds,
    ],
    [
      ...waiting.slice(0, shown).map((id, i) => say.waits(i + 1, name(id), ledger.waiting[id]?.by, likely?.starts[id])),
      waiting.length ? more(waiting) : say.nobodyWaits,
    ],
    ...(others.length ? [[say.outside(join(first, ', ')), more(others)]] : []),
  ];
}

function source(
  accelerator: Accelerator,
  { ledgers }: Quota,
  { quota: say }: Words,
  settings: Pick<Settings, 'capacity'>,
): Mrkdwn {
  const { capacity } = ledgers[accelerator];
  if (settings.capacity[accelerator] !== undefined) return say.configured;
  return capacity ? say.read(capacity.at) : say.assumed;
}

function bar(held: number, capacity: number): string {
  const full = capacity > 0 ? Math.min(cells, Math.ceil((held / capacity) * cells)) : cells;
  return `${'█'.repeat(full)}${'░'.repeat(cells - full)}`.slice(0, limits.name);
}
