import type { Job, JobId } from '../job/job.ts';
import type { Ledger } from '../job/quota.ts';
import { capacityOf, forecast, line, unitsHeld } from '../job/quota.ts';
import type { Accelerator } from '../job/recipe.ts';
import { accelerators, hardware } from '../job/recipe.ts';
import type { Message, Settings } from '../world.ts';
import type { Around } from './card.ts';
import type { Links } from './list.ts';
import type { Mrkdwn } from './text.ts';
import { context, join, limits, link, section } from './text.ts';
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
const shown = 8;

/** The quotas: a bar each, who holds, who waits, and when a seat is likely to be free. */
export function quota(known: Quota, around: Around, settings: Settings): Message {
  const { quota: say } = around.words;
  return {
    text: say.text,
    blocks: accelerators.flatMap(accelerator => [
      section(`quota-${accelerator}`, lines(accelerator, known, around.words, settings)),
      context(`source-${accelerator}`, [
        source(accelerator, known, around.words, settings),
        link(quotasUrl(accelerator, around.project), say.more),
      ]),
    ]),
  };
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

function lines(
  accelerator: Accelerator,
  { ledgers, named, links, outside, now }: Quota,
  { quota: say }: Words,
  settings: Settings,
): (Mrkdwn | undefined)[] {
  const ledger = ledgers[accelerator];
  const capacity = capacityOf(ledger, accelerator, settings);
  const likely = forecast(ledger, { capacity, now });
  const name = (id: JobId) => {
    const url = links[id];
    const model = named[id]?.spec.modelName ?? id;
    return url ? link(url, model) : say.job(model);
  };
  const held = Object.entries(ledger.held).sort(([, a], [, b]) => a.since - b.since);
  const waiting = line(ledger);
  const others = outside.filter(one => one.accelerator === accelerator);
  return [
    say.title(accelerator, { held: unitsHeld(ledger), capacity }),
    say.bar(bar(unitsHeld(ledger), capacity)),
    ledger.paused && say.paused(ledger.paused.by.user, ledger.paused.at),
    ...held.slice(0, shown).map(([id, seat]) => say.holds(name(id), seat, likely?.ends[id])),
    ...(held.length ? [] : [say.nobodyHolds]),
    ...waiting.slice(0, shown).map((id, i) => say.waits(i + 1, name(id), ledger.waiting[id]?.by, likely?.starts[id])),
    waiting.length ? (waiting.length > shown ? say.moreWait(waiting.length - shown) : undefined) : say.nobodyWaits,
    others.length
      ? say.outside(
          join(
            others.slice(0, shown).map(one => say.job(one.displayName || one.name)),
            ', ',
          ),
        )
      : undefined,
  ];
}

function source(accelerator: Accelerator, { ledgers }: Quota, { quota: say }: Words, settings: Settings): Mrkdwn {
  const { capacity } = ledgers[accelerator];
  if (settings.capacity[accelerator] !== undefined) return say.configured;
  return capacity ? say.read(capacity.at) : say.assumed;
}

function bar(held: number, capacity: number): string {
  const full = capacity > 0 ? Math.min(cells, Math.ceil((held / capacity) * cells)) : cells;
  return `${'█'.repeat(full)}${'░'.repeat(cells - full)}`.slice(0, limits.name);
}
