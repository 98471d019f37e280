import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import type { HomeView, ModalView } from '@slack/types';
import { WebClient } from '@slack/web-api';
import { afterEach, describe, expect, it } from 'vitest';
import { silent } from '../../src/clients/silent.ts';
import { slackClient, trouble } from '../../src/clients/slack.ts';
import type { Fault, FaultMode } from '../../src/local/slack/faults.ts';
import type { SlackOptions } from '../../src/local/slack/server.ts';
import { startSlack } from '../../src/local/slack/server.ts';
import type { Message, SlackMatter } from '../../src/world.ts';
import { LeaseLost, SlackTrouble } from '../../src/world.ts';
import { startAnswering } from './answering.ts';

const botToken = 'xoxb-token-of-the-tests';
const job = 'j7k2m9';
const ours = () => true;
const patience = { callTime: 8000, pause: 60_000 };
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

describe('trouble()', () => {
  const kinds: Record<SlackTrouble['kind'], string[]> = {
    later: [
      'ratelimited',
      'rate_limited',
      'invalid_auth',
      'not_authed',
      'token_revoked',
      'token_expired',
      'account_inactive',
      'access_denied',
      'team_access_not_granted',
    ],
    unclear: ['fatal_error', 'internal_error', 'service_unavailable', 'request_timeout', 'a_code_of_tomorrow'],
    refused: [
      'channel_not_found',
      'not_in_channel',
      'is_archived',
      'message_not_found',
      'msg_too_long',
      'msg_blocks_too_long',
      'no_text',
      'invalid_blocks',
      'invalid_arguments',
      'missing_scope',
      'restricted_action',
      'cant_update_message',
      'block_mismatch',
      'metadata_too_large',
      'user_not_found',
      'user_not_in_channel',
      'too_many_attachments',
      'file_deleted',
      'view_too_large',
      'hash_conflict',
      'expired_trigger_id',
      'exchanged_trigger_id',
      'duplicate_external_id',
      'method_not_supported_for_channel_type',
      'not_allowed_token_type',
    ],
  };
  const sorted = Object.entries(kinds).flatMap(([kind, codes]) => codes.map(code => [code, kind] as const));

  it('sorts each of Slack’s own error codes by what it says of the request', async () => {
    const { struck } = await strikable();
    const found: [string, string][] = [];
    for (const [code] of sorted) {
      const met = await struck({ mode: `error:${code}` });
      found.push([met.code, met.kind]);
    }
    expect(found).toEqual(sorted);
  });

  const matters: Record<SlackMatter | 'nothing that is known', string[]> = {
    credentials: [
      'token_revoked',
      'token_expired',
      'invalid_auth',
      'not_authed',
      'account_inactive',
      'access_denied',
      'team_access_not_granted',
    ],
    scope: ['missing_scope'],
    channel: [
      'channel_not_found',
      'not_in_channel',
      'is_archived',
      'no_permission',
      'restricted_action',
      'restricted_action_read_only_channel',
      'restricted_action_thread_only_channel',
      'restricted_action_non_threadable_channel',
      'restricted_action_thread_locked',
    ],
    gone: ['message_not_found', 'thread_not_found', 'cant_update_message', 'cannot_reply_to_message'],
    content: [
      'invalid_blocks',
      'invalid_blocks_format',
      'invalid_arguments',
      'msg_too_long',
      'msg_blocks_too_long',
      'no_text',
      'block_mismatch',
      'metadata_too_large',
    ],
    'nothing that is known': ['ratelimited', 'internal_error', 'user_not_found', 'hash_conflict', 'a_code_of_tomorrow'],
  };
  it.each(Object.entries(matters))('knows which trouble is about %s', (about, codes) => {
    const said = codes.map(code => trouble({ code: 'slack_webapi_platform_error', data: { error: code } }));
    const known = about === 'nothing that is known' ? undefined : about;
    expect(said.map(one => [one.code, one.about])).toEqual(codes.map(code => [code, known]));
  });

  it('never takes for unclear what is about something that is known', () => {
    const { 'nothing that is known': _, ...known } = matters;
    for (const code of Object.values(known).flat())
      expect(trouble({ code: 'slack_webapi_platform_error', data: { error: code } }).kind).not.toBe('unclear');
  });

  const modes: FaultMode[] = ['drop-before', 'apply-drop', 'hang', 'apply-hang', '500', 'apply-500', 'html200'];
  it.each(modes)('knows nothing after %s, and repeats nothing of what came', async mode => {
    const { struck } = await strikable();
    const met = await struck({ mode });
    expect(met).toMatchObject({ kind: 'unclear', code: 'no_clear_answer', retryAfter: 30_000 });
    expect(met.message).toBe('Slack answered "no_clear_answer".');
  });

  it.each([
    ['7', 7_000],
    ['3600', 3_600_000],
    ['86400', 3_600_000],
    ['0', 30_000],
    ['-5', 30_000],
  ])('puts off what was limited with Retry-After: %s by %d ms', async (retryAfter, wait) => {
    const { struck } = await strikable();
    expect(await struck({ mode: '429', retryAfter })).toMatchObject({
      kind: 'later',
      code: 'ratelimited',
      retryAfter: wait,
    });
  });

  // Without a number there, Slack's library throws a bare Error: its message alone tells.
  it.each(['', 'soon'])('puts off by half a minute what was limited with Retry-After: "%s"', async retryAfter => {
    const { struck } = await strikable();
    expect(await struck({ mode: '429', retryAfter })).toMatchObject({ kind: 'later', retryAfter: 30_000 });
  });

  it.each([
    ['nothing', ''],
    ['half of an answer', '{"ok": true, "ts": "17'],
    ['no JSON', 'upstream connect error'],
    ['null', 'null'],
    ['a list', '["ok"]'],
    ['an answer without a word on its success', '{}'],
    ['a refusal without a reason', '{"ok": false}'],
    ['a reason that is none', '{"ok": false, "error": {"code": "no_text"}}'],
    ['a reason that is a sentence', '{"ok": false, "error": "no_text: say something"}'],
    ['a reason without end', JSON.stringify({ ok: false, error: `no_${'x'.repeat(90)}` })],
  ])('knows nothing after %s', async (_, body) => {
    const { apiUrl } = await scripted(() => ({ body }));
    expect(await troubleOf(postThrough(apiUrl))).toMatchObject({ kind: 'unclear', code: 'no_clear_answer' });
  });

  it('knows nothing after an answer that was cut off', async () => {
    const { apiUrl } = await scripted(() => 'half');
    expect(await troubleOf(postThrough(apiUrl))).toMatchObject({ kind: 'unclear', code: 'no_clear_answer' });
  });

  it.each([undefined, null, 'no_text', 42, new Error('no_text'), { data: { error: 'no_text' } }])(
    'knows nothing of %o, which is no error of Slack’s',
    error => expect(trouble(error)).toMatchObject({ kind: 'unclear', code: 'no_clear_answer', cause: error }),
  );

  /** A workspace whose `chat.postMessage` goes wrong as told, called by Slack's own client with little patience. */
  async function strikable() {
    const standIn = await startSlack({ signingSecret: 'secret', botToken, rateLimits: false });
    closing.push(() => standIn.close());
    return {
      struck: (fault: Omit<Fault, 'method'>) => {
        standIn.fault({ method: 'chat.postMessage', ...fault });
        return troubleOf(postThrough(standIn.apiUrl));
      },
    };
  }

  async function postThrough(apiUrl: string): Promise<unknown> {
    const client = new WebClient(botToken, {
      slackApiUrl: apiUrl,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      timeout: 200,
      logger: silent,
    });
    return client.chat.postMessage({ channel: 'CDISTILL1', text: 'x' }).catch((error: unknown) => {
      throw trouble(error);
    });
  }
});

describe('slackClient()', () => {
  it('knows who Retort is', async () => {
    const { standIn, slack } = await joined();
    expect(slack.workspace).toEqual({
      team: standIn.team.id,
      app: standIn.app.id,
      botUser: standIn.app.botUser,
      botId: standIn.app.botId,
      url: `${standIn.url}/`,
    });
  });

  it('does not begin with a token that Slack does not know', async () => {
    const { standIn } = await joined();
    const stranger = slackClient({ ...patience, botToken: 'xoxb-other', apiUrl: standIn.apiUrl });
    expect(await troubleOf(stranger)).toMatchObject({ kind: 'later', code: 'invalid_auth' });
  });

  it('opens a form while a hundred redrawings get no answer', async () => {
    const { standIn, slack, channel, trigger } = await joined();
    const ts = await slack.send(message('card'), { channel, job, key: '0000', ours });
    standIn.fault({ method: 'chat.update', mode: 'hang', times: 100 });
    const ended: string[] = [];
    const redrawings = Array.from({ length: 100 }, () =>
      slack.redraw(message('redrawn'), { channel, ts, ours }).catch(() => ended.push('redrawing')),
    );
    await standIn.until(() => standIn.traffic.filter(one => one.what === 'chat.update').length === 100);
    await slack.openView(modal(), await trigger());
    ended.push('form');
    await standIn.close();
    await Promise.all(redrawings);
    expect(ended).toEqual(['form', ...Array.from({ length: 100 }, () => 'redrawing')]);
  });

  it('opens a form while redrawings are limited for an hour, and says so of the redrawing at once', async () => {
    const { standIn, slack, channel, trigger } = await joined();
    const ts = await slack.send(message('card'), { channel, job, key: '0000', ours });
    standIn.fault({ method: 'chat.update', mode: '429', retryAfter: 3600 });
    const redrawing = troubleOf(slack.redraw(message('redrawn'), { channel, ts, ours }));
    await standIn.until(() => standIn.traffic.some(one => one.what === 'chat.update'));
    await slack.openView(modal(), await trigger());
    expect(standIn.as('ana').views()).toHaveLength(1);
    expect(await redrawing).toMatchObject({ kind: 'later', retryAfter: 3_600_000 });
    expect(standIn.message(channel, ts)?.text).toBe('card');
  });
});

describe('send() and find()', () => {
  it('post a message to a channel that is found by its key alone', async () => {
    const { standIn, slack, channel } = await joined();
    const ts = await slack.send(message('card'), { channel, job, key: '0000', ours });
    await slack.send(message('other key'), { channel, job, key: '0001', ours });
    await slack.send(message('other job'), { channel, job: 'other', key: '0000', ours });
    expect(await slack.find({ channel, job, key: '0000', since: Date.now() })).toBe(ts);
    expect(standIn.message(channel, ts)).toMatchObject({
      text: 'card',
      user: standIn.app.botUser,
      metadata: { event_type: 'retort_post', event_payload: { job, key: '0000' } },
    });
    expect(await slack.find({ channel, job, key: '0002', since: Date.now() })).toBeUndefined();
  });

  it('post into a thread, and into its channel as well where asked to', async () => {
    const { standIn, slack, channel } = await joined();
    const thread = await slack.send(message('card'), { channel, job, key: '0000', ours });
    const hidden = await slack.send(message('step'), { channel, thread, job, key: '0001', ours });
    const shown = await slack.send(message('done'), { channel, thread, inChannel: true, job, key: '0002', ours });
    expect(standIn.thread(channel, thread).map(one => one.ts)).toEqual([hidden, shown]);
    expect(standIn.messages(channel).map(one => one.ts)).toEqual([thread, shown]);
    const since = Date.now();
    expect(await slack.find({ channel, thread, job, key: '0001', since })).toBe(hidden);
    expect(await slack.find({ channel, thread, job, key: '0002', since })).toBe(shown);
    expect(await slack.find({ channel, job, key: '0001', since })).toBeUndefined();
  });

  it('do without a channel’s front where no thread is there to be in it', async () => {
    const { standIn, slack, channel } = await joined();
    const ts = await slack.send(message('card'), { channel, inChannel: true, job, key: '0000', ours });
    expect(standIn.messages(channel).map(one => one.ts)).toEqual([ts]);
  });

  it('find a card under more messages than Slack lists on two pages', async () => {
    const { standIn, slack, channel } = await joined();
    const since = Date.now();
    const ts = await slack.send(message('card'), { channel, job, key: '0000', ours });
    for (let i = 0; i < 450; i++) standIn.as('ana').say(channel, `message ${i}`);
    expect(await slack.find({ channel, job, key: '0000', since })).toBe(ts);
    expect(await slack.find({ channel, job, key: '0001', since })).toBeUndefined();
  });

  it('find a reply under more replies than Slack lists on two pages', async () => {
    const { standIn, slack, channel } = await joined();
    const since = Date.now();
    const thread = await slack.send(message('card'), { channel, job, key: '0000', ours });
    for (let i = 0; i < 450; i++) standIn.as('ana').say(channel, `reply ${i}`, { threadTs: thread });
    const ts = await slack.send(message('step'), { channel, thread, job, key: '0001', ours });
    expect(await slack.find({ channel, thread, job, key: '0001', since })).toBe(ts);
  });

  it('look back ten minutes further than asked in a channel, for clocks that differ, and in a thread to its beginning', async () => {
    const { slack, channel } = await joined();
    const minute = 60_000;
    const ts = await slack.send(message('card'), { channel, job, key: '0000', ours });
    const reply = await slack.send(message('step'), { channel, thread: ts, job, key: '0001', ours });
    expect(await slack.find({ channel, job, key: '0000', since: Date.now() + 9 * minute })).toBe(ts);
    expect(await slack.find({ channel, job, key: '0000', since: Date.now() + 12 * minute })).toBeUndefined();
    const since = Date.now() + 600 * minute;
    expect(await slack.find({ channel, thread: ts, job, key: '0001', since })).toBe(reply);
  });

  it('do not take a message of somebody else’s for their own, whatever its metadata says', async () => {
    const theirs = {
      ts: '1.1',
      bot_id: 'BOTHER',
      metadata: { event_type: 'retort_post', event_payload: { job, key: '0000' } },
    };
    const { slack } = await scriptedClient(() => ({
      body: JSON.stringify({ ok: true, messages: [theirs, { ...theirs, ts: '2.2', bot_id: 'B1' }] }),
    }));
    expect(await slack.find({ channel: 'C1', job, key: '0000', since: 0 })).toBe('2.2');
    const { slack: alone } = await scriptedClient(() => ({ body: JSON.stringify({ ok: true, messages: [theirs] }) }));
    expect(await alone.find({ channel: 'C1', job, key: '0000', since: 0 })).toBeUndefined();
  });

  it('know that nothing was sent where nobody listens', async () => {
    const { standIn, slack, channel } = await joined();
    await standIn.close();
    const sending = slack.send(message('card'), { channel, job, key: '0000', ours });
    expect(await troubleOf(sending)).toMatchObject({ kind: 'later', code: 'not_reached' });
  });

  it.each([
    ['apply-drop', true],
    ['apply-500', true],
    ['drop-before', false],
    ['500', false],
    ['html200', false],
  ] as const)('tell after %s whether the message is there', async (mode, there) => {
    const { standIn, slack, channel } = await joined();
    standIn.fault({ method: 'chat.postMessage', mode });
    const sending = slack.send(message('card'), { channel, job, key: '0000', ours });
    expect(await troubleOf(sending)).toMatchObject({ kind: 'unclear' });
    const found = await slack.find({ channel, job, key: '0000', since: Date.now() });
    // One at most: a send is never repeated.
    expect(standIn.messages(channel).map(one => one.ts)).toEqual(there ? [found] : []);
  });

  it('say of a channel Retort is not in that nothing will be sent', async () => {
    const { standIn, slack } = await joined();
    const channel = standIn.channel('general').id;
    const sending = slack.send(message('card'), { channel, job, key: '0000', ours });
    expect(await troubleOf(sending)).toMatchObject({ kind: 'refused', code: 'not_in_channel' });
  });

  it('do not believe a success that names no message', async () => {
    const { slack } = await scriptedClient(() => ({ body: '{"ok": true}' }));
    const sending = slack.send(message('card'), { channel: 'C1', job, key: '0000', ours });
    expect(await troubleOf(sending)).toMatchObject({ kind: 'unclear', code: 'no_ts' });
  });
});

describe('Whatever is said in a channel', () => {
  it('is not said where it is not ours any more, and that is no trouble of Slack’s', async () => {
    const { standIn, slack, channel } = await joined();
    const ts = await slack.send(message('asked'), { channel, job, key: '0000', ours });
    const calls = standIn.traffic.length;
    const lost = () => false;
    await expect(slack.send(message('x'), { channel, job, key: '0001', ours: lost })).rejects.toThrow(LeaseLost);
    await expect(slack.redraw(message('x'), { channel, ts, ours: lost })).rejects.toThrow(LeaseLost);
    expect(standIn.traffic).toHaveLength(calls);
    await slack.redraw(message('running'), { channel, ts, ours });
    expect(standIn.messages(channel).map(one => one.text)).toEqual(['running']);
  });

  it.each([
    ['60', 60_000],
    ['3600', 3_600_000],
    ['0', 30_000],
    ['-5', 30_000],
  ])('waits in this channel alone after Retry-After: %s', async (retryAfter, pause) => {
    const { standIn, slack, channel, elsewhere, said } = await inTwoChannels();
    const ts = await slack.send(message('asked'), { channel, job, key: '0000', ours });
    standIn.fault({ method: 'chat.postMessage', mode: '429', retryAfter });
    const again = () => troubleOf(slack.send(message('x'), { channel, job, key: '0001', ours }));
    expect(await again()).toMatchObject({ kind: 'later', code: 'ratelimited', retryAfter: pause });
    expect(said(channel)).toHaveLength(2);

    const { kind, code, retryAfter: left } = await again();
    expect([kind, code]).toEqual(['later', 'ratelimited']);
    expect(left).toBeLessThan(pause);
    expect(left).toBeGreaterThan(pause - 10_000);
    expect(await troubleOf(slack.redraw(message('x'), { channel, ts, ours }))).toMatchObject({ kind: 'later' });
    expect(said(channel)).toHaveLength(2);

    await slack.send(message('hello'), { channel: elsewhere, job, key: '0000', ours });
    expect(said(elsewhere)).toHaveLength(1);
  });

  it('goes on where the pause is over', async () => {
    const { standIn, slack, channel, said } = await inTwoChannels();
    standIn.fault({ method: 'chat.postMessage', mode: '429', retryAfter: 1 });
    const sending = () => slack.send(message('card'), { channel, job, key: '0000', ours });
    const { retryAfter } = await troubleOf(sending());
    expect(retryAfter).toBe(1_000);
    await wait(retryAfter + 20);
    const ts = await sending();
    expect(said(channel)).toHaveLength(2);
    expect(standIn.messages(channel).map(one => one.ts)).toEqual([ts]);
  });

  it('waits after a redrawing was limited, too', async () => {
    const { standIn, slack, channel, said } = await inTwoChannels();
    const ts = await slack.send(message('asked'), { channel, job, key: '0000', ours });
    standIn.fault({ method: 'chat.update', mode: '429', retryAfter: 60 });
    await troubleOf(slack.redraw(message('x'), { channel, ts, ours }));
    expect(await troubleOf(slack.send(message('x'), { channel, job, key: '0001', ours }))).toMatchObject({
      kind: 'later',
    });
    expect(said(channel)).toHaveLength(2);
  });

  it.each(['', 'soon'])('waits half a minute where Retry-After is "%s"', async retryAfter => {
    const { standIn, slack, channel, said } = await inTwoChannels();
    standIn.fault({ method: 'chat.postMessage', mode: '429', retryAfter });
    const sending = () => slack.send(message('card'), { channel, job, key: '0000', ours });
    expect(await troubleOf(sending())).toMatchObject({ kind: 'later', retryAfter: 30_000 });
    expect(await troubleOf(sending())).toMatchObject({ kind: 'later' });
    expect(said(channel)).toHaveLength(1);
  });

  it.each(['token_revoked', 'invalid_auth'])('waits everywhere after %s, but nobody who clicks does', async code => {
    const { standIn, slack, channel, elsewhere, said, trigger } = await inTwoChannels({ pause: 2_000 });
    const ts = await slack.send(message('asked'), { channel, job, key: '0000', ours });
    const clicked = await trigger();
    standIn.fault({ method: 'chat.postMessage', mode: `error:${code}` });
    const here = () => slack.send(message('x'), { channel, job, key: '0001', ours });
    const there = () => slack.send(message('x'), { channel: elsewhere, job, key: '0001', ours });
    const redrawing = () => slack.redraw(message('running'), { channel, ts, ours });
    for (const say of [here, here, there, redrawing])
      expect(await troubleOf(say())).toMatchObject({ kind: 'later', code, about: 'credentials' });
    expect(await slack.openView(modal(), clicked)).not.toBe('expired');
    await slack.whisper(message('psst'), { channel, user: standIn.as('ana').id });
    expect(standIn.as('ana').ephemerals(channel)).toHaveLength(1);
    const { retryAfter } = await troubleOf(there());
    expect([said(channel).length, said(elsewhere).length]).toEqual([2, 0]);

    await wait(retryAfter + 20);
    await there();
    await redrawing();
    expect([said(channel).length, said(elsewhere).length]).toEqual([3, 1]);
  });

  it('does not wait after trouble of another kind', async () => {
    const { standIn, slack, channel } = await inTwoChannels();
    const sending = () => slack.send(message('card'), { channel, job, key: '0000', ours });
    for (const mode of ['error:is_archived', 'error:internal_error', '500', 'drop-before'] as const) {
      standIn.fault({ method: 'chat.postMessage', mode });
      await troubleOf(sending());
    }
    const ts = await sending();
    expect(standIn.messages(channel).map(one => one.ts)).toEqual([ts]);
  });

  /** A workspace with two channels Retort is in, and the calls that would say something there, by channel. */
  async function inTwoChannels(times: Partial<typeof patience> = {}) {
    const { standIn, channel, trigger } = await joined();
    await standIn.invite('general', 'retort');
    const saying = new Set(['chat.postMessage', 'chat.update']);
    return {
      standIn,
      slack: await slackClient({ ...patience, ...times, botToken, apiUrl: standIn.apiUrl }),
      channel,
      elsewhere: standIn.channel('general').id,
      trigger,
      said: (where: string) =>
        standIn.traffic.filter(
          ({ what, request }) => saying.has(what) && (request as { channel?: unknown }).channel === where,
        ),
    };
  }
});

describe('redraw()', () => {
  it('changes all of a message, which keeps its key', async () => {
    const { standIn, slack, channel } = await joined();
    const ts = await slack.send(message('asked'), { channel, job, key: '0000', ours });
    await slack.redraw(message('running'), { channel, ts, ours });
    expect(standIn.message(channel, ts)).toMatchObject({
      text: 'running',
      blocks: [{ type: 'section', text: { text: 'running' } }],
    });
    expect(await slack.find({ channel, job, key: '0000', since: Date.now() })).toBe(ts);
  });

  it('says of a message that somebody deleted that it is gone', async () => {
    const { standIn, slack, channel } = await joined();
    const ts = await slack.send(message('asked'), { channel, job, key: '0000', ours });
    standIn.deleteMessage(channel, ts);
    expect(await troubleOf(slack.redraw(message('running'), { channel, ts, ours }))).toMatchObject({
      kind: 'refused',
      code: 'message_not_found',
    });
  });
});

describe('whisper()', () => {
  it('shows a message to one person, in the channel or in a thread', async () => {
    const { standIn, slack, channel } = await joined();
    const thread = await slack.send(message('card'), { channel, job, key: '0000', ours });
    const oz = standIn.as('oz');
    await slack.whisper(message('in the channel'), { channel, user: oz.id });
    await slack.whisper(message('in the thread'), { channel, thread, user: oz.id });
    expect(oz.ephemerals(channel).map(one => [one.text, one.threadTs])).toEqual([
      ['in the channel', undefined],
      ['in the thread', thread],
    ]);
    expect(standIn.as('ana').ephemerals()).toEqual([]);
    expect(standIn.messages(channel)).toHaveLength(1);
  });

  it('says of somebody who is not in the channel that nothing will be shown', async () => {
    const { standIn, slack, channel } = await joined();
    standIn.remove(channel, 'oz');
    const whispering = slack.whisper(message('x'), { channel, user: standIn.as('oz').id });
    expect(await troubleOf(whispering)).toMatchObject({ kind: 'refused', code: 'user_not_in_channel' });
  });
});

describe('openView() and updateView()', () => {
  it('open a form and change it, each time for the form that was drawn last', async () => {
    const { standIn, slack, trigger } = await joined();
    const opened = await slack.openView(modal(), await trigger());
    if (opened === 'expired') throw new Error('The trigger of a moment ago had expired.');
    expect(standIn.as('ana').views()).toMatchObject([{ id: opened.id, title: 'Distill' }]);
    const hash = await slack.updateView(modal('Once'), opened);
    expect(await slack.updateView(modal('Too late'), opened)).toBe('conflict');
    expect(standIn.as('ana').views()).toMatchObject([{ id: opened.id, title: 'Once' }]);
    expect(await slack.updateView(modal('Twice'), { id: opened.id, hash })).not.toBe('conflict');
    expect(standIn.as('ana').views()).toMatchObject([{ title: 'Twice' }]);
  });

  it('call a trigger expired that is too old, used, or nobody’s', async () => {
    const { standIn, slack, trigger } = await joined();
    const used = await trigger();
    await slack.openView(modal(), used);
    expect(await slack.openView(modal('Again'), used)).toBe('expired');
    expect(await slack.openView(modal('Again'), 'made.up')).toBe('expired');
    expect(standIn.as('ana').views()).toMatchObject([{ title: 'Distill' }]);
    const late = await joined({ triggerMs: -1 });
    expect(await late.slack.openView(modal(), await late.trigger())).toBe('expired');
  });

  it('call it a conflict where the form was closed meanwhile', async () => {
    const { standIn, slack, trigger } = await joined();
    const opened = await slack.openView(modal(), await trigger());
    if (opened === 'expired') throw new Error('The trigger of a moment ago had expired.');
    await standIn.as('ana').close(opened.id);
    expect(await slack.updateView(modal('Once'), opened)).toBe('conflict');
  });

  it('throw what is neither', async () => {
    const { slack, trigger } = await joined();
    const wrong = modal('A title of more than 24 letters');
    expect(await troubleOf(slack.openView(wrong, await trigger()))).toMatchObject({ code: 'invalid_arguments' });
    const opened = await slack.openView(modal(), await trigger());
    if (opened === 'expired') throw new Error('The trigger of a moment ago had expired.');
    expect(await troubleOf(slack.updateView(wrong, opened))).toMatchObject({ code: 'invalid_arguments' });
  });
});

describe('publishHome()', () => {
  it('shows each person a home of their own', async () => {
    const { standIn, slack } = await joined();
    const home: HomeView = { type: 'home', blocks: message('Ana’s jobs').blocks };
    await slack.publishHome(home, standIn.as('ana').id);
    expect(standIn.as('ana').home()?.blocks).toMatchObject(home.blocks);
    expect(standIn.as('ben').home()).toBeUndefined();
  });
});

describe('upload() and removeFile()', () => {
  it('give back a picture once a message can show it, shared with nobody, and take it away', async () => {
    const { standIn, slack, channel } = await joined({ fileDelayMs: 600 });
    const id = await slack.upload({ name: 'curves.png', bytes: png });
    expect(standIn.file(id)).toMatchObject({ name: 'curves.png', state: 'ready', mimetype: 'image/png', shares: [] });
    expect(standIn.file(id)?.bytes?.equals(png)).toBe(true);
    const blocks: Message['blocks'] = [{ type: 'image', alt_text: 'Loss', slack_file: { id } }];
    await slack.send({ text: 'curves', blocks }, { channel, job, key: '0001', ours });
    expect(standIn.messages(channel)).toMatchObject([{ text: 'curves' }]);
    await slack.removeFile(id);
    expect(standIn.file(id)?.state).toBe('deleted');
  });

  it.each(['files.getUploadURLExternal', 'files.completeUploadExternal', 'files.info'])(
    'wait as long as %s asks for',
    async method => {
      const { standIn, slack } = await joined();
      standIn.fault({ method, mode: '429', retryAfter: 9 });
      const uploading = slack.upload({ name: 'curves.png', bytes: png });
      expect(await troubleOf(uploading)).toMatchObject({ kind: 'later', retryAfter: 9_000 });
    },
  );

  it('send the bytes alone to the address for them, never the bot’s token', async () => {
    const { slack, arrived } = await scriptedClient(({ path, origin }) => {
      if (path === '/api/files.getUploadURLExternal')
        return { body: JSON.stringify({ ok: true, file_id: 'F1', upload_url: `${origin}/upload` }) };
      if (path === '/upload') return { body: 'OK - 3' };
      return { body: JSON.stringify({ ok: true, file: { mimetype: 'image/png' } }) };
    });
    expect(await slack.upload({ name: 'curves.png', bytes: Buffer.from('abc') })).toBe('F1');
    const [upload] = arrived.filter(one => one.path === '/upload');
    expect(upload).toMatchObject({ body: 'abc', authorization: undefined });
  });

  it.each([
    ['is broken', '/upload-broken', 'upload_500'],
    ['cannot be reached', '/upload-reset', 'upload_failed'],
    ['leads elsewhere', '/upload-elsewhere', 'upload_failed'],
    ['answers with a page', '/upload-page', 'upload_not_taken'],
    ['answers in part', '/upload-cut', 'upload_failed'],
    ['is not given', undefined, 'no_upload_url'],
  ])('put it off where the address for the bytes %s', async (_, address, code) => {
    const { slack } = await scriptedClient(({ path, origin }) => {
      if (path === '/upload-broken') return { status: 500, body: '' };
      if (path === '/upload-reset') return 'reset';
      if (path === '/upload-elsewhere') return { status: 307, body: '', location: `${origin}/elsewhere` };
      if (path === '/upload-page') return { body: '\n<!DOCTYPE html><title>Sign in</title>' };
      if (path === '/upload-cut') return 'half';
      return { body: JSON.stringify({ ok: true, file_id: 'F1', ...(address && { upload_url: origin + address }) }) };
    });
    const uploading = slack.upload({ name: 'curves.png', bytes: png });
    expect(await troubleOf(uploading)).toMatchObject({ kind: 'later', code });
  });
});

describe('handIn(), share() and shownAs()', () => {
  const report = { name: 'report.md', bytes: Buffer.from('# Dataset report') };
  const handedIn = async (options?: Parameters<typeof joined>[0]) => {
    const made = await joined(options);
    const thread = await made.slack.send(message('The card'), { channel: made.channel, job, key: '0000', ours });
    return { ...made, thread, id: await made.slack.handIn(report) };
  };

  it('show a file in a thread, with a sentence above it, and find it again', async () => {
    const { standIn, slack, channel, thread, id } = await handedIn({ fileDelayMs: 600 });
    expect(standIn.thread(channel, thread)).toEqual([]);
    const ts = await slack.share({ id, name: report.name, comment: 'All of it.' }, { channel, thread, ours });
    expect(standIn.thread(channel, thread)).toMatchObject([{ ts, text: 'All of it.', fileIds: [id] }]);
    expect(standIn.file(id)?.bytes?.toString()).toBe('# Dataset report');
    expect(await slack.shownAs(id, { channel })).toBe(ts);
    expect(standIn.file(id)?.state).toBe('ready');
  });

  it('say that it is not clear where Slack accepts a file and never shows it; looked for, it is removed', async () => {
    const { standIn, slack, channel, thread, id } = await handedIn();
    standIn.fault({ method: 'files.share', mode: 'drop-before' });
    const sharing = slack.share({ id, name: report.name, comment: 'All.' }, { channel, thread, ours });
    expect(await troubleOf(sharing)).toMatchObject({ kind: 'unclear', code: 'file_not_shown' });
    expect(await slack.shownAs(id, { channel })).toBeUndefined();
    expect(standIn.file(id)?.state).toBe('deleted');
    expect(await slack.shownAs(id, { channel })).toBeUndefined();
  }, 20_000);

  it('find nothing of a file whose bytes never arrived', async () => {
    const { slack, channel } = await joined();
    expect(await slack.shownAs('F0NOWHERE', { channel })).toBeUndefined();
  });

  it('put it off where Slack does not know the file, so that it is handed in anew', async () => {
    const { standIn, slack, channel, thread, id } = await handedIn();
    const completed = { method: 'files.completeUploadExternal', mode: 'error:file_not_found' } as const;
    standIn.fault(completed);
    const sharing = slack.share({ id, name: report.name, comment: 'All.' }, { channel, thread, ours });
    expect(await troubleOf(sharing)).toMatchObject({ kind: 'later', code: 'file_not_found' });
    standIn.fault(completed);
    expect(await troubleOf(slack.upload(report))).toMatchObject({ kind: 'later', code: 'file_not_found' });
  });

  it.each(['429', 'error:file_not_found', 'error:token_revoked', 'error:missing_scope', 'html200'] as const)(
    'say that it is not clear where Slack was to show a file, and %s is all it answers then',
    async mode => {
      const { standIn, slack, channel, thread, id } = await handedIn();
      standIn.fault({ method: 'files.info', mode });
      const sharing = slack.share({ id, name: report.name, comment: 'All.' }, { channel, thread, ours });
      expect(await troubleOf(sharing)).toMatchObject({ kind: 'unclear', about: undefined });
      expect(await slack.shownAs(id, { channel })).toBe(standIn.thread(channel, thread)[0]?.ts);
    },
  );

  it('show nothing where the job is not ours any more', async () => {
    const { standIn, slack, channel, thread, id } = await handedIn();
    const file = { id, name: report.name, comment: 'All.' };
    await expect(slack.share(file, { channel, thread, ours: () => false })).rejects.toThrow(LeaseLost);
    expect(standIn.thread(channel, thread)).toEqual([]);
  });
});

describe('fetch()', () => {
  it('opens a file that somebody put into the form', async () => {
    const { standIn, slack, trigger } = await joined();
    const element = { type: 'file_input' as const, action_id: 'file' };
    const field = { type: 'input' as const, block_id: 'file', label: plain('Dataset'), element };
    const opened = await slack.openView({ ...modal(), blocks: [field] }, await trigger());
    if (opened === 'expired') throw new Error('The trigger of a moment ago had expired.');
    const bytes = Buffer.from('{"input_text": "Where is my order?", "output_text": "on its way"}\n'.repeat(5000));
    await standIn.as('ana').attach(opened.id, 'file', { name: 'rows.jsonl', bytes });
    const values = standIn.as('ana').views()[0]?.values as { file: { file: { files: { id: string }[] } } };
    const file = values.file.file.files[0]?.id ?? '';
    expect((await bytesOf(await slack.fetch(file, { by: 'UANA00001' }))).equals(bytes)).toBe(true);
  });

  it('refuses a file that is not there', async () => {
    const { slack } = await joined();
    expect(await troubleOf(slack.fetch('F0NOWHERE', { by: 'UANA00001' }))).toMatchObject({
      kind: 'refused',
      code: 'file_not_found',
    });
  });

  it('sends nothing to a host that is not Slack’s', async () => {
    const elsewhere = await startAnswering(() => ({ json: {} }));
    closing.push(() => elsewhere.close());
    const { slack } = await keptAt(() => `${elsewhere.url}/rows.jsonl`);
    expect(await troubleOf(slack.fetch('F1', { by: 'UANA00001' }))).toMatchObject({
      kind: 'refused',
      code: 'file_not_on_slack',
    });
    expect(elsewhere.arrived).toEqual([]);
  });

  it('does not follow to another place', async () => {
    const elsewhere = await startAnswering(() => ({ json: {} }));
    closing.push(() => elsewhere.close());
    const { slack } = await keptAt(origin => `${origin}/file`, { status: 302, body: '', location: elsewhere.url });
    expect(await troubleOf(slack.fetch('F1', { by: 'UANA00001' }))).toMatchObject({
      kind: 'later',
      code: 'download_failed',
    });
    expect(elsewhere.arrived).toEqual([]);
  });

  it('refuses a file without an address', async () => {
    const { slack } = await keptAt(() => undefined);
    expect(await troubleOf(slack.fetch('F1', { by: 'UANA00001' }))).toMatchObject({
      kind: 'refused',
      code: 'file_not_on_slack',
    });
  });

  it.each([
    'x://127.0.0.1/file',
    'file:///etc/passwd',
    'not an address',
    'http://169.254.169.254/computeMetadata/v1/',
    'http://files.slack.com.evil.example/file',
    'http://files.slack.com@evil.example/file',
  ])('asks for nothing at %s', async address => {
    const { slack, arrived } = await keptAt(() => address);
    const before = arrived.length;
    expect(await troubleOf(slack.fetch('F1', { by: 'UANA00001' }))).toMatchObject({ code: 'file_not_on_slack' });
    expect(arrived.slice(before).map(({ path }) => path)).toEqual(['/api/files.info']);
  });

  it.each([
    ['that somebody else has uploaded', { user: 'UBEN00001' }, 'file_of_somebody_else'],
    ['that nobody is known to have uploaded', { user: undefined }, 'file_of_somebody_else'],
    ['that is kept outside of Slack', { is_external: true }, 'file_not_on_slack'],
    ['that is said to be larger than a form takes', { size: 10 * 1024 * 1024 + 1 }, 'file_too_large'],
  ])('refuses a file %s, and asks for no byte of it', async (_, rest, code) => {
    const { slack, arrived } = await keptAt(origin => `${origin}/file`, { body: 'rows' }, rest);
    expect(await troubleOf(slack.fetch('F1', { by: 'UANA00001' }))).toMatchObject({ kind: 'refused', code });
    expect(arrived.map(({ path }) => path)).not.toContain('/file');
  });

  it('reads no more of a file than a form takes, whatever is said of its size', async () => {
    const most = 10 * 1024 * 1024;
    const read = async (length: number) => {
      const { slack } = await keptAt(
        origin => `${origin}/file`,
        { body: 'x'.repeat(length), type: 'text/plain' },
        { size: 1 },
      );
      return bytesOf(await slack.fetch('F1', { by: 'UANA00001' }));
    };
    expect((await read(most)).length).toBe(most);
    expect(await troubleOf(read(most + 1))).toMatchObject({ kind: 'refused', code: 'file_too_large' });
  });

  it('does not take a login page for a file', async () => {
    const page = { body: '<html>Sign in to Acme</html>', type: 'text/html; charset=utf-8' };
    const { slack } = await keptAt(origin => `${origin}/file`, page);
    expect(await troubleOf(slack.fetch('F1', { by: 'UANA00001' }))).toMatchObject({
      kind: 'refused',
      code: 'file_not_readable',
    });
  });

  it.each([
    [403, 'refused'],
    [404, 'refused'],
    [408, 'later'],
    [429, 'later'],
    [503, 'later'],
  ])('takes a %d for %s', async (status, kind) => {
    const { slack } = await keptAt(origin => `${origin}/file`, { status, body: '' });
    expect(await troubleOf(slack.fetch('F1', { by: 'UANA00001' }))).toMatchObject({ kind, code: `download_${status}` });
  });

  it('breaks off where the connection does', async () => {
    const { slack } = await keptAt(origin => `${origin}/file`, 'half');
    await expect(slack.fetch('F1', { by: 'UANA00001' }).then(bytesOf)).rejects.toThrow();
  });

  /** A client of a Slack that says a file is at an address, and that answers there as told. */
  function keptAt(address: (origin: string) => string | undefined, kept: Said = { body: '' }, rest: object = {}) {
    return scriptedClient(({ path, origin }) => {
      const file = { mimetype: 'text/plain', user: 'UANA00001', url_private_download: address(origin), ...rest };
      return path === '/api/files.info' ? { body: JSON.stringify({ ok: true, file }) } : kept;
    });
  }
});

describe('profile()', () => {
  it.each([
    ['ana', { active: true, member: true, locale: 'en-US' }],
    ['chi', { active: true, member: true, locale: 'fr-FR' }],
    ['guest', { active: true, member: false, locale: 'en-US' }],
    ['retort', { active: true, member: false, locale: 'en-US' }],
    ['oz', { active: false, member: true, locale: 'en-US' }],
  ])('tells of %s', async (name, expected) => {
    const { standIn, slack } = await joined();
    standIn.deactivate('oz');
    const user = standIn.as(name).id;
    expect(await slack.profile(user)).toEqual({ person: { user, team: standIn.team.id }, name, ...expected });
  });

  it.each([
    ['a guest of one channel', { is_ultra_restricted: true }],
    ['somebody from another workspace', { team_id: 'T0OTHER' }],
    ['a stranger in a shared channel', { is_stranger: true }],
  ])('takes %s for no member', async (_, more) => {
    const user = { id: 'U1', team_id: 'T1', ...more };
    const { slack } = await scriptedClient(() => ({ body: JSON.stringify({ ok: true, user }) }));
    expect(await slack.profile('U1')).toMatchObject({ active: true, member: false });
  });

  it('does not know somebody who is not there', async () => {
    const { slack } = await joined();
    expect(await troubleOf(slack.profile('U0NOBODY'))).toMatchObject({ kind: 'refused', code: 'user_not_found' });
  });

  it('believes an answer for a while, and never a failure', async () => {
    const { standIn, slack } = await joined();
    const { id } = standIn.as('oz');
    standIn.fault({ method: 'users.info', mode: '429' });
    expect(await troubleOf(slack.profile(id))).toMatchObject({ kind: 'later' });
    expect(await slack.profile(id)).toMatchObject({ active: true });
    standIn.deactivate('oz');
    expect(await slack.profile(id)).toMatchObject({ active: true });
  });
});

describe('group()', () => {
  it('names the people of a user group', async () => {
    const { standIn, slack } = await joined();
    expect(await slack.group('SAPPROVE1')).toEqual(['ben', 'chi'].map(name => standIn.as(name).id));
    expect(await troubleOf(slack.group('S0NOWHERE'))).toMatchObject({ kind: 'refused', code: 'no_such_subteam' });
  });
});

describe('channel()', () => {
  it('tells whether Retort is in it, and knows nothing of one it cannot see', async () => {
    const { standIn, slack, channel } = await joined();
    expect(await slack.channel(channel)).toEqual({ name: 'ml-distillation', member: true, shared: false });
    expect(await slack.channel(standIn.channel('general').id)).toEqual({
      name: 'general',
      member: false,
      shared: false,
    });
    expect(await slack.channel(standIn.channel('ml-leads').id)).toBeUndefined();
    expect(await slack.channel('C0NOWHERE')).toBeUndefined();
  });

  it('counts a direct message as one Retort is in', async () => {
    const { standIn, slack } = await joined();
    const { id } = standIn.as('ana');
    standIn.as('ana').dms();
    expect(await slack.channel(`D${id.slice(1)}`)).toMatchObject({ member: true });
  });

  it('tells whether people of other companies are in it', async () => {
    const channels = [{ id: 'CSHARED01', name: 'with-others', kind: 'public' as const, members: [], shared: true }];
    const standIn = await startSlack({ signingSecret: 'signing-secret', botToken, channels });
    closing.push(standIn.close);
    const slack = await slackClient({ ...patience, botToken, apiUrl: standIn.apiUrl });
    expect(await slack.channel('CSHARED01')).toEqual({ name: 'with-others', member: false, shared: true });
  });

  it.each([
    [{ is_ext_shared: true }, true],
    [{ is_pending_ext_shared: true }, true],
    [{ is_shared: true, is_org_shared: true }, false],
  ])('takes a channel that is %j to be shared with others: %s', async (marks, shared) => {
    const { slack } = await scriptedClient(() => ({
      body: JSON.stringify({ ok: true, channel: { name: 'x', ...marks } }),
    }));
    expect(await slack.channel('C1')).toMatchObject({ shared });
  });

  it('hears at once that Retort was invited', async () => {
    const { standIn, slack } = await joined();
    const { id } = standIn.channel('general');
    await slack.channel(id);
    await standIn.invite('general', 'retort');
    expect(await slack.channel(id)).toEqual({ name: 'general', member: true, shared: false });
  });

  it('does not take silence for a channel that is not there', async () => {
    const { standIn, slack, channel } = await joined();
    standIn.fault({ method: 'conversations.info', mode: '500' });
    expect(await troubleOf(slack.channel(channel))).toMatchObject({ kind: 'unclear' });
  });
});

describe('link()', () => {
  it('leads to a message, as Slack’s own does', async () => {
    const { standIn, slack, channel } = await joined();
    const ts = await slack.send(message('card'), { channel, job, key: '0000', ours });
    expect(slack.link({ channel, ts })).toBe(standIn.permalink(channel, ts));
  });
});

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** A workspace, Retort's way to it, and a way to get a trigger of Ana's. */
async function joined(options: Partial<SlackOptions> = {}) {
  const standIn = await startSlack({ signingSecret: 'secret', botToken, rateLimits: false, ...options });
  closing.push(() => standIn.close());
  let latest = '';
  const app = createServer(async (request, response) => {
    latest = new URLSearchParams(await text(request)).get('trigger_id') ?? '';
    response.end();
  });
  app.listen(0, '127.0.0.1');
  await once(app, 'listening');
  closing.push(async () => {
    app.close();
    app.closeAllConnections();
  });
  standIn.deliverTo(`http://127.0.0.1:${(app.address() as AddressInfo).port}`);
  return {
    standIn,
    slack: await slackClient({ ...patience, botToken, apiUrl: standIn.apiUrl }),
    channel: standIn.channel('ml-distillation').id,
    trigger: async () => {
      await standIn.as('ana').command('#ml-distillation', '/distill');
      return latest;
    },
  };
}

type Said = { body: string; status?: number; type?: string; location?: string } | 'half' | 'reset';

/** A server that knows the bot and for the rest says what it is told to, in Slack's place. */
async function scripted(say: (asked: { path: string; origin: string }) => Said) {
  const arrived: { path: string; body: string; authorization: string | undefined }[] = [];
  const server = createServer(async (request, response) => {
    const path = request.url ?? '/';
    arrived.push({ path, body: await text(request), authorization: request.headers.authorization });
    const known = { ok: true, team_id: 'T1', user_id: 'UBOT', bot_id: 'B1', url: `${origin}/` };
    const said = /auth\.test|bots\.info/.test(path) ? { body: JSON.stringify(known) } : say({ path, origin });
    if (said === 'reset') return request.socket.destroy();
    if (said === 'half') {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 });
      return response.write('{"ok": true, "ts": "17', () => request.socket.destroy());
    }
    const { status = 200, type = 'application/json', location } = said;
    response.writeHead(status, { 'content-type': type, ...(location && { location }) }).end(said.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  closing.push(async () => {
    server.close();
    server.closeAllConnections();
  });
  return { apiUrl: `${origin}/api/`, arrived };
}

/** Retort's way to such a server. */
async function scriptedClient(say: Parameters<typeof scripted>[0]) {
  const { apiUrl, arrived } = await scripted(say);
  return { slack: await slackClient({ ...patience, botToken, apiUrl }), arrived };
}

async function troubleOf(call: Promise<unknown>): Promise<SlackTrouble> {
  const met = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (met instanceof SlackTrouble) return met;
  throw new Error('Slack was expected to make trouble of its own kind.', { cause: met });
}

async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return buffer(chunks);
}

function message(words: string): Message {
  return { text: words, blocks: [{ type: 'section', text: { type: 'mrkdwn', text: words } }] };
}

function modal(title = 'Distill'): ModalView {
  return { type: 'modal', callback_id: 'form', title: plain(title), submit: plain('Send'), blocks: [] };
}

function plain(words: string): { type: 'plain_text'; text: string } {
  return { type: 'plain_text', text: words };
}
