import type { Notice } from '../job/notice.ts';
import { noticeKey } from '../job/notice.ts';
import { around } from '../views/around.ts';
import { notice } from '../views/notice.ts';
import type { Delivery, HeldNotice, World } from '../world.ts';
import { LeaseLost, SlackTrouble } from '../world.ts';

type Touches = Pick<World, 'notices' | 'slack' | 'settings' | 'clock' | 'log' | 'leaving'>;

const together = 20;

/** Owes somebody a notice, once; the operator finds it in the log at once, wherever else it is posted. */
export async function owe(owed: Notice, { notices, clock, log }: Pick<World, 'notices' | 'clock' | 'log'>) {
  const isNew = await notices.owe(noticeKey(owed, clock.now()), owed);
  if (isNew)
    log.error('Somebody has to know of this', {
      name: owed.kind,
      ...('job' in owed && { job: owed.job }),
      ...('code' in owed && { code: owed.code }),
    });
}

/** Delivers the notices that are owed: to the operator's channel, or to the person a notice is for. Returns how many were delivered. */
export async function tell(world: Touches): Promise<number> {
  const { notices, clock, leaving } = world;
  let count = 0;
  for (const key of await notices.due(clock.now(), together)) {
    if (leaving.aborted) break;
    const held = await notices.claim(key);
    if (!held) continue;
    try {
      const outcome = await deliver(held, world);
      // Where it is unclear, it is looked up when it is due again.
      if (outcome) await notices.mark(held, outcome);
      if (outcome?.is === 'sent') count++;
    } catch (error) {
      // Somebody else has it now.
      if (!(error instanceof LeaseLost)) throw error;
    }
  }
  return count;
}

async function deliver(held: HeldNotice, world: Touches): Promise<Exclude<Delivery, { is: 'sending' }> | undefined> {
  const { slack, settings, clock, log } = world;
  const { notice: owed, at, ours } = held;
  const isPersonal = owed.kind === 'channel';
  const channel = isPersonal ? owed.requester : settings.alarmChannel;
  // It is in the log already.
  if (!channel) return { is: 'sent', ts: '' };
  const to = { channel, job: 'job' in owed ? owed.job : '', key: `notice-${owed.kind}-${held.key.slice(0, 12)}`, ours };
  try {
    // Retort may not read direct messages: one whose sending is unclear is not sent twice.
    if (held.unclear && isPersonal) return { is: 'dead', code: 'unclear' };
    const before = held.unclear ? await slack.find({ ...to, since: at }) : undefined;
    return { is: 'sent', ts: before ?? (await slack.send(notice(owed, around(settings)), to)) };
  } catch (error) {
    if (!(error instanceof SlackTrouble)) throw error;
    log.warn('A notice was not delivered', { name: owed.kind, code: error.code });
    if (error.kind === 'unclear' && isPersonal) return { is: 'dead', code: error.code };
    if (error.kind === 'refused' && (isPersonal || error.about === 'content')) return { is: 'dead', code: error.code };
    if (error.kind === 'unclear') return undefined;
    const pause = error.kind === 'later' && !error.about ? error.retryAfter : settings.lookEvery;
    return { is: 'put-off', notBefore: clock.now() + pause };
  }
}
