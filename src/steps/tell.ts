import type { Notice } from '../job/notice.ts';
import { isPersonal, noticeKey } from '../job/notice.ts';
import { around } from '../views/around.ts';
import { notice } from '../views/notice.ts';
import type { Delivery, HeldNotice, World } from '../world.ts';
import { LeaseLost, SlackTrouble } from '../world.ts';

type Touches = Pick<World, 'notices' | 'slack' | 'settings' | 'clock' | 'log' | 'leaving'>;

const together = 20;
const day = 86_400_000;
/** How long an unclear message is left alone before it is looked for, as Slack may not show at once what it has taken, in milliseconds. */
export function untilVisible({ lookEvery }: Pick<World['settings'], 'lookEvery'>): number {
  return Math.min(5000, lookEvery);
}

/** Owes somebody a notice, once; trouble with Slack's token, which comes and goes, again after a day. */
export async function owe(
  owed: Notice,
  { notices, settings, log }: Pick<World, 'notices' | 'settings' | 'log'>,
): Promise<void> {
  const isNew = await notices.owe(noticeKey(owed), owed, owed.kind === 'credentials' ? { again: day } : {});
  // Where it is posted nowhere, it is in the log when it is delivered.
  if (isNew && addressee(owed, settings)) tellLog(owed, log);
}

/** Delivers the notices that are owed until a moment on the steady clock: to the operator's channel, or to the person a notice is for. Returns how many were delivered. */
export async function tell(world: Touches & Pick<World, 'clock'>, until: number): Promise<number> {
  const { notices, clock, leaving } = world;
  let count = 0;
  for (const key of await notices.due(clock.now(), together)) {
    if (leaving.aborted || clock.steady() >= until) break;
    const held = await notices.claim(key);
    if (!held) continue;
    try {
      const outcome = await deliver(held, world);
      await notices.mark(held, outcome);
      if (outcome.is === 'sent') count++;
    } catch (error) {
      // Somebody else has it now.
      if (!(error instanceof LeaseLost)) throw error;
    }
  }
  return count;
}

async function deliver(held: HeldNotice, world: Touches): Promise<Delivery> {
  const { slack, settings, clock, log } = world;
  const { notice: owed, at, ours, unclear, quiet } = held;
  const channel = addressee(owed, settings);
  if (!channel) {
    tellLog(owed, log);
    return { is: 'sent', ts: '' };
  }
  const to = { channel, job: 'job' in owed ? owed.job : '', key: `notice-${owed.kind}-${held.key.slice(0, 12)}`, ours };
  const later = (pause: number): Delivery => ({ is: 'put-off', notBefore: clock.now() + pause });
  const leaveAlone = (pause: number): Delivery => ({ is: 'sending', notBefore: clock.now() + pause });
  if (unclear && isPersonal(owed)) return untold(owed, 'unclear', world);
  // Whoever began may still be at it, whatever their clock says: only when that is surely over is it looked for.
  if (unclear && !quiet) return leaveAlone(settings.leaseTime);
  let looking = unclear;
  try {
    const before = looking ? await slack.find({ ...to, since: at }) : undefined;
    looking = false;
    return { is: 'sent', ts: before ?? (await slack.send(notice(owed, around(settings)), to)) };
  } catch (error) {
    // Nothing was sent.
    if (error instanceof LeaseLost) return later(0);
    if (!(error instanceof SlackTrouble)) throw error;
    const { kind, about, code, retryAfter } = error;
    log.warn('A notice was not delivered', { name: owed.kind, code });
    if (looking) return kind === 'refused' && about === 'scope' ? { is: 'dead', code } : leaveAlone(settings.lookEvery);
    if (isPersonal(owed) && kind !== 'later') return untold(owed, code, world);
    if (kind === 'unclear') return leaveAlone(untilVisible(settings));
    if (kind === 'refused' && about === 'content') return { is: 'dead', code };
    return later(kind === 'later' && !about ? retryAfter : settings.lookEvery);
  }
}

/** A person was not reached, or perhaps not: the operator is told instead, as Retort may not look into direct messages and sends none twice. */
async function untold(
  owed: Extract<Notice, { kind: 'channel' | 'ended' }>,
  code: string,
  world: Touches,
): Promise<Delivery> {
  // Its thread tells the same.
  if (owed.kind === 'ended') return { is: 'dead', code };
  const { job, requester, channel } = owed;
  await owe({ kind: 'untold', job, requester, channel, code }, world);
  return { is: 'dead', code };
}

function addressee(owed: Notice, { alarmChannel }: World['settings']): string | undefined {
  return isPersonal(owed) ? owed.requester : alarmChannel;
}

function tellLog(owed: Notice, log: World['log']) {
  log.error('Somebody has to know of this', {
    name: owed.kind,
    ...('job' in owed && { job: owed.job }),
    ...('code' in owed && { code: owed.code }),
  });
}
