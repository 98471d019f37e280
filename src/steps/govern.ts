import type { Decision } from '../job/change.ts';
import type { Person } from '../job/job.ts';
import type { Permission } from '../job/permission.ts';
import type { Ledger } from '../job/quota.ts';
import { measured, paused } from '../job/quota.ts';
import type { Queue } from '../job/recipe.ts';
import { accelerators } from '../job/recipe.ts';
import type { World } from '../world.ts';
import { mayGovern } from './may.ts';

/** How many looks lie between two readings of Cloud Quotas. */
const readAgain = 10;

/** Pauses launches, or lets them go on, where a person may: nobody is given a seat meanwhile, whatever is approved. Of one delivery, whose key is `inbox`, once. */
export async function pause(
  wish: 'pause' | 'resume',
  { by, inbox }: { by: Person; inbox: string },
  world: Pick<World, 'jobs' | 'slack' | 'settings' | 'clock'>,
): Promise<Permission> {
  const { jobs, clock } = world;
  const permission = await mayGovern(by.user, world);
  if (permission !== 'yes') return permission;
  const now = clock.now();
  const decision: Decision = { action: wish, by, at: now, digest: '' };
  const change = (ledger: Ledger) => {
    if (Boolean(ledger.paused) === (wish === 'pause')) return ledger;
    return paused(ledger, wish === 'pause' ? by : undefined, now);
  };
  await jobs.govern(change, { decision, inbox });
  return 'yes';
}

/** Reads from Cloud Quotas what there is to share out, where the operator did not set it, and now and then. */
export async function measure(world: Pick<World, 'jobs' | 'quotas' | 'settings' | 'clock' | 'log'>): Promise<void> {
  const { jobs, quotas, settings, clock, log } = world;
  const found = new Map<Queue, number | undefined>();
  for (const accelerator of accelerators) {
    if (settings.capacity[accelerator] !== undefined) continue;
    const { askedAt } = await jobs.ledger(accelerator);
    if (askedAt !== undefined && clock.now() - askedAt < readAgain * settings.lookEvery) continue;
    const said = await quotas.capacity(accelerator);
    if (said.is === 'unknown')
      log.info('Cloud Quotas does not say how much there is', { name: accelerator, code: said.why });
    const units = { known: 'units' in said ? said.units : 0, unlimited: Number.MAX_SAFE_INTEGER, unknown: undefined };
    found.set(accelerator, units[said.is]);
  }
  if (!found.size) return;
  const now = clock.now();
  await jobs.govern((ledger, queue) =>
    found.has(queue) ? { ...measured(ledger, found.get(queue), now), askedAt: now } : ledger,
  );
}
