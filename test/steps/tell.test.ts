import { describe, expect, it } from 'vitest';
import type { Notice } from '../../src/job/notice.ts';
import { noticeKey } from '../../src/job/notice.ts';
import { owe, tell, untilVisible } from '../../src/steps/tell.ts';
import type { LogFacts, Settings } from '../../src/world.ts';
import { LeaseLost, SlackTrouble } from '../../src/world.ts';
import { steadyWorld } from './steady-world.ts';

const job = 'a1b2c3';
const orphan: Notice = { kind: 'orphan', job, run: 'projects/1/locations/us-central1/pipelineJobs/2' };
const foreign: Notice = { kind: 'foreign', job, region: 'us-central1' };
const credentials: Notice = { kind: 'credentials', code: 'token_revoked' };
const channel: Notice = {
  kind: 'channel',
  job,
  model: 'support-intents',
  requester: 'U0REQUESTER',
  channel: 'C0CHANNEL',
  code: 'is_archived',
};
const ever = Number.MAX_SAFE_INTEGER;
const day = 86_400_000;

/** A steady world that keeps what was said, to whom, what was looked for, and what stands in the log. */
function listening(settings: Partial<Settings> = {}) {
  const world = steadyWorld({ settings });
  const { send, find } = world.slack;
  const said: { channel: string; text: string }[] = [];
  const lookedFor: string[] = [];
  const logged: LogFacts[] = [];
  const trouble: { send?: Error | undefined; find?: Error | undefined; arrives?: boolean } = {};
  world.slack.send = async (message, to) => {
    if (!trouble.send || trouble.arrives) {
      said.push({ channel: to.channel, text: message.text });
      await send(message, to);
    }
    if (trouble.send) throw trouble.send;
    return '1.000000';
  };
  world.slack.find = async which => {
    lookedFor.push(which.channel);
    if (trouble.find) throw trouble.find;
    return find(which);
  };
  world.log.error = (_, facts = {}) => logged.push(facts);
  return { world, said, lookedFor, logged, trouble, tell: () => tell(world, ever) };
}

const later = new SlackTrouble({ kind: 'later', code: 'ratelimited', retryAfter: 20_000 });
const unclear = new SlackTrouble({ kind: 'unclear', code: 'no_answer' });
const refused = (about: SlackTrouble['about'], code = 'nope') => new SlackTrouble({ kind: 'refused', about, code });

describe('tell()', () => {
  it('tells the operator in the alarm channel, once, however often it is owed', async () => {
    const { world, said, tell } = listening();
    await owe(orphan, world);
    await owe(orphan, world);
    expect(await tell()).toBe(1);
    await owe(orphan, world);
    world.pass(10 * day);
    expect(await tell()).toBe(0);
    expect(said).toEqual([{ channel: 'C0ALARMS', text: expect.stringContaining('no job of Retort’s') }]);
  });

  it('tells the person whom a notice is for, and nobody else', async () => {
    const { world, said, tell } = listening();
    await owe(channel, world);
    expect(await tell()).toBe(1);
    expect(said).toEqual([{ channel: 'U0REQUESTER', text: expect.stringContaining('<#C0CHANNEL> is archived') }]);
  });

  it('tells of trouble with the token again, when it was told of a day ago', async () => {
    const { world, said, tell } = listening();
    await owe(credentials, world);
    await tell();
    world.pass(day / 2);
    await owe(credentials, world);
    expect(await tell()).toBe(0);
    world.pass(day / 2);
    await owe(credentials, world);
    expect(await tell()).toBe(1);
    expect(said).toHaveLength(2);
  });

  it.each([
    ['there is an alarm channel', 'C0ALARMS'],
    ['there is none', undefined],
  ])('leaves what the operator has to know in the log, once, where %s', async (_, alarmChannel) => {
    const { world, said, logged, tell } = listening({ alarmChannel });
    await owe(orphan, world);
    await owe(orphan, world);
    expect(await tell()).toBe(1);
    expect(await tell()).toBe(0);
    expect(said).toHaveLength(alarmChannel ? 1 : 0);
    expect(logged).toEqual([{ name: 'orphan', job }]);
  });

  it('leaves nothing a person wrote in the log', async () => {
    const { world, logged, tell } = listening();
    await owe(channel, world);
    await tell();
    expect(logged).toEqual([{ name: 'channel', job, code: 'is_archived' }]);
  });

  it('tries again when Slack said to, where it put it off', async () => {
    const { world, said, trouble, tell } = listening();
    await owe(orphan, world);
    trouble.send = later;
    expect(await tell()).toBe(0);
    trouble.send = undefined;
    world.pass(19_000);
    expect(await tell()).toBe(0);
    world.pass(1100);
    expect(await tell()).toBe(1);
    expect(said).toHaveLength(1);
  });

  it.each(['credentials', 'scope', 'channel'] as const)(
    'tries again at the next look, where Slack refuses the alarm for its %s',
    async about => {
      const { world, said, trouble, tell } = listening();
      await owe(orphan, world);
      trouble.send = refused(about);
      expect(await tell()).toBe(0);
      trouble.send = undefined;
      expect(await tell()).toBe(0);
      world.pass(world.settings.lookEvery);
      expect(await tell()).toBe(1);
      expect(said).toHaveLength(1);
    },
  );

  it('gives up what Slack refuses for what it says', async () => {
    const { world, said, trouble, tell } = listening();
    await owe(orphan, world);
    trouble.send = refused('content');
    expect(await tell()).toBe(0);
    trouble.send = undefined;
    world.pass(10 * day);
    expect(await tell()).toBe(0);
    expect(said).toEqual([]);
  });

  it('passes on what is no trouble with Slack', async () => {
    const { world, trouble, tell } = listening();
    await owe(orphan, world);
    trouble.send = new RangeError('Too far.');
    await expect(tell()).rejects.toThrow('Too far.');
  });
});

describe('tell(), where it is not known whether Slack took an alarm', () => {
  it.each([
    ['it did: it is not sent again', true],
    ['it did not: it is sent', false],
  ])('leaves it alone until that is over, then looks for it: %s', async (_, arrives) => {
    const { world, said, lookedFor, trouble, tell } = listening();
    await owe(orphan, world);
    Object.assign(trouble, { send: unclear, arrives });
    expect(await tell()).toBe(0);
    trouble.send = undefined;
    world.pass(untilVisible(world.settings) - 1000);
    expect(await tell()).toBe(0);
    expect(lookedFor).toEqual([]);
    world.pass(1100);
    expect(await tell()).toBe(1);
    expect(lookedFor).toEqual(['C0ALARMS']);
    expect(said).toHaveLength(1);
    expect(world.messages.size).toBe(1);
  });

  it('leaves alone what a process began that died, and looks for it only then', async () => {
    const { world, said, lookedFor, tell } = listening();
    await owe(orphan, world);
    await world.notices.claim(noticeKey(orphan));
    expect(await tell()).toBe(0);
    world.pass(90_100);
    expect(await tell()).toBe(0);
    expect([said, lookedFor]).toEqual([[], []]);
    world.pass(world.settings.leaseTime + 100);
    expect(await tell()).toBe(1);
    expect([said.length, lookedFor.length]).toEqual([1, 1]);
  });

  it('is silent rather than say it twice, where it may not look', async () => {
    const { world, said, trouble, tell } = listening();
    await owe(orphan, world);
    Object.assign(trouble, { send: unclear, arrives: true, find: refused('scope', 'missing_scope') });
    await tell();
    trouble.send = undefined;
    world.pass(world.settings.leaseTime + 100);
    expect(await tell()).toBe(0);
    world.pass(10 * day);
    expect(await tell()).toBe(0);
    expect(said).toHaveLength(1);
  });

  it.each([
    ['Slack has no time', later],
    ['Slack does not answer', unclear],
    ['Slack does not take the token', refused('credentials')],
  ])('looks again after a while, where %s', async (_, answer) => {
    const { world, said, trouble, lookedFor, tell } = listening();
    await owe(orphan, world);
    Object.assign(trouble, { send: unclear, arrives: true, find: answer });
    await tell();
    Object.assign(trouble, { send: undefined });
    for (let looks = 1; looks <= 2; looks++) {
      world.pass(world.settings.leaseTime + 100);
      expect(await tell()).toBe(0);
      expect(lookedFor).toHaveLength(looks);
    }
    trouble.find = undefined;
    world.pass(world.settings.leaseTime + 100);
    expect(await tell()).toBe(1);
    expect(said).toHaveLength(1);
  });
});

describe('tell(), where a person is not reached', () => {
  it.each([
    ['Slack refuses it', refused('channel', 'user_not_found'), 'user_not_found'],
    ['Slack does not take what it says', refused('content', 'invalid_blocks'), 'invalid_blocks'],
    ['it is not known whether they were', unclear, 'no_answer'],
  ])('tells the operator instead, and the person no second time, as %s', async (_, answer, code) => {
    const { world, said, trouble, lookedFor, tell } = listening();
    await owe(channel, world);
    trouble.send = answer;
    await tell();
    trouble.send = undefined;
    await tell();
    world.pass(10 * day);
    await tell();
    expect(said.map(({ channel }) => channel)).toEqual(['C0ALARMS']);
    expect(said[0]?.text).toContain('<@U0REQUESTER>');
    expect(said[0]?.text).toContain(code);
    expect(lookedFor).toEqual([]);
  });

  it('tells the operator, where the process that was to tell them died', async () => {
    const { world, said, tell } = listening();
    await owe(channel, world);
    await world.notices.claim(noticeKey(channel));
    world.pass(90_100);
    await tell();
    await tell();
    expect(said.map(({ channel }) => channel)).toEqual(['C0ALARMS']);
  });

  it('says so in the log, where there is no alarm channel', async () => {
    const { world, said, logged, trouble, tell } = listening({ alarmChannel: undefined });
    await owe(channel, world);
    trouble.send = refused('channel', 'user_not_found');
    await tell();
    await tell();
    expect(said).toEqual([]);
    expect(logged.map(({ name }) => name)).toEqual(['channel', 'untold']);
  });

  it('tries again, where Slack only has no time', async () => {
    const { world, said, trouble, tell } = listening();
    await owe(channel, world);
    trouble.send = later;
    await tell();
    trouble.send = undefined;
    world.pass(20_100);
    expect(await tell()).toBe(1);
    expect(said.map(({ channel }) => channel)).toEqual(['U0REQUESTER']);
  });
});

describe('tell(), among others', () => {
  it('begins nothing once the process has been asked to end, or its time is over', async () => {
    const { world, said } = listening();
    await owe(orphan, world);
    const leaving = AbortSignal.abort();
    expect(await tell({ ...world, leaving }, ever)).toBe(0);
    expect(await tell(world, world.clock.steady())).toBe(0);
    expect(said).toEqual([]);
    expect(await tell(world, ever)).toBe(1);
  });

  it('leaves what somebody else has in hand, and goes on with the next', async () => {
    const { world, said, tell } = listening();
    await owe(orphan, world);
    await owe(foreign, world);
    const { claim } = world.notices;
    world.notices.claim = async key => (key === noticeKey(orphan) ? undefined : claim(key));
    expect(await tell()).toBe(1);
    expect(said).toHaveLength(1);
  });

  it('goes on with the next, where somebody else has taken one meanwhile', async () => {
    const { world, tell } = listening();
    await owe(orphan, world);
    await owe(foreign, world);
    const { mark } = world.notices;
    world.notices.mark = async (held, as) => {
      if (held.key === noticeKey(orphan)) throw new LeaseLost('It is theirs.');
      return mark(held, as);
    };
    expect(await tell()).toBe(1);
  });

  it('sends nothing when it is not its turn any more, and tries again at once', async () => {
    const { world, said, trouble, tell } = listening();
    await owe(orphan, world);
    trouble.send = new LeaseLost('Too late.');
    expect(await tell()).toBe(0);
    trouble.send = undefined;
    expect(await tell()).toBe(1);
    expect(said).toHaveLength(1);
  });
});
