import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LogLevel, type ModalView, WebClient } from '@slack/web-api';
import { afterEach, expect, test } from 'vitest';
import { type SlackOptions, type SlackStandIn, startSlack } from '../../src/local/slack/server.ts';

const token = 'xoxb-the-token';
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

test('the bot is who its token says, and nobody with another token', async () => {
  const { slack, client } = await start();
  expect(await client.auth.test()).toMatchObject({
    user_id: slack.app.botUser,
    team_id: slack.team.id,
    user: 'retort',
  });
  const stranger = new WebClient('xoxb-other', { slackApiUrl: slack.apiUrl, logLevel: LogLevel.ERROR });
  expect(await errorOf(stranger.auth.test())).toBe('invalid_auth');
  expect(await errorOf(new WebClient(undefined, { slackApiUrl: slack.apiUrl }).auth.test())).toBe('not_authed');
  expect(await errorOf(client.apiCall('chat.shout'))).toBe('unknown_method');
});

test('a post needs a channel the bot is in, that is not archived, and something to say', async () => {
  const { slack, client, channel } = await start();
  const said: [string, string][] = [
    [slack.channel('general').id, 'not_in_channel'],
    [slack.channel('ml-leads').id, 'channel_not_found'],
    ['C0NOWHERE', 'channel_not_found'],
  ];
  for (const [to, refusal] of said)
    expect(await errorOf(client.chat.postMessage({ channel: to, text: 'x' }))).toBe(refusal);
  expect(await errorOf(client.chat.postMessage({ channel, text: '' }))).toBe('no_text');
  slack.archive('ml-distillation');
  expect(await errorOf(client.chat.postMessage({ channel, text: 'x' }))).toBe('is_archived');
  slack.unarchive('ml-distillation');
  expect(await client.chat.postMessage({ channel, text: 'x' })).toMatchObject({ ok: true });
});

test('a channel’s history is not read without the scope for channels of its kind', async () => {
  const { slack, client, channel } = await start();
  await slack.invite('ml-leads', 'retort');
  const secret = slack.channel('ml-leads').id;
  const { ts } = await client.chat.postMessage({ channel, text: 'x' });
  slack.withhold('channels:history');
  expect(await errorOf(client.conversations.history({ channel }))).toBe('missing_scope');
  expect(await errorOf(client.conversations.replies({ channel, ts: ts! }))).toBe('missing_scope');
  expect(await client.conversations.history({ channel: secret })).toMatchObject({ ok: true });
  expect(await client.conversations.info({ channel })).toMatchObject({ ok: true });
  slack.withhold('groups:history');
  expect(await errorOf(client.conversations.history({ channel: secret }))).toBe('missing_scope');
});

test('a message is updated and deleted by the bot only if it wrote it', async () => {
  const { slack, client, channel } = await start();
  const { ts } = await client.chat.postMessage({ channel, text: 'x', blocks: [section('one')] });
  const theirs = slack.as('ana').say(channel, 'mine');
  expect(await errorOf(client.chat.update({ channel, ts: theirs, text: 'y' }))).toBe('cant_update_message');
  expect(await errorOf(client.chat.update({ channel, ts: '1.000001', text: 'y' }))).toBe('message_not_found');
  expect(await errorOf(client.chat.update({ channel, ts: ts!, text: 'y'.repeat(4001) }))).toBe('msg_too_long');
  await client.chat.update({ channel, ts: ts!, text: 'without blocks' });
  expect(slack.message(channel, ts!)).toMatchObject({ text: 'without blocks', blocks: [] });
  expect(await errorOf(client.chat.delete({ channel, ts: theirs }))).toBe('cant_delete_message');
  await client.chat.delete({ channel, ts: ts! });
  expect(slack.messages(channel).map(message => message.text)).toEqual(['mine']);
});

test('replies belong to a root, are read in order with their metadata, and page by page', async () => {
  const { slack, client, channel } = await start();
  const { ts: root } = await client.chat.postMessage({ channel, text: 'card', metadata: metadata('0000') });
  for (const key of ['0001', '0002', '0003'])
    await client.chat.postMessage({ channel, text: key, thread_ts: root!, metadata: metadata(key) });
  const first = await client.conversations.replies({ channel, ts: root!, limit: 3, include_all_metadata: true });
  const cursor = first.response_metadata?.next_cursor ?? '';
  const second = await client.conversations.replies({
    channel,
    ts: root!,
    limit: 3,
    include_all_metadata: true,
    cursor,
  });
  const read = [...first.messages!, ...second.messages!];
  expect(read.map(message => message.metadata)).toEqual(['0000', '0001', '0002', '0003'].map(metadata));
  expect([first.has_more, second.has_more]).toEqual([true, false]);
  expect(read[0]).toMatchObject({ reply_count: 3, bot_id: slack.app.botId });
  const plain = await client.conversations.replies({ channel, ts: root!, oldest: read[1]!.ts! });
  expect(plain.messages?.map(message => message.text)).toEqual(['card', '0002', '0003']);
  expect(plain.messages?.[0]?.metadata).toBeUndefined();
  await client.chat.update({ channel, ts: root!, text: 'redrawn' });
  expect(slack.message(channel, root!)?.metadata).toEqual(metadata('0000'));
});

test('a channel shows roots and what was broadcast, and a deleted root leaves a tombstone over its thread', async () => {
  const { slack, client, channel } = await start();
  const { ts: root } = await client.chat.postMessage({ channel, text: 'card' });
  const { ts: reply } = await client.chat.postMessage({ channel, text: 'hidden', thread_ts: root! });
  await client.chat.postMessage({ channel, text: 'shown', thread_ts: root!, reply_broadcast: true });
  const { messages } = await client.conversations.history({ channel });
  expect(messages?.map(message => message.text)).toEqual(['shown', 'card']);
  expect(await errorOf(client.chat.postMessage({ channel, text: 'x', thread_ts: '1.000001' }))).toBe(
    'thread_not_found',
  );
  expect(await errorOf(client.chat.postMessage({ channel, text: 'x', thread_ts: reply! }))).toBe(
    'cannot_reply_to_message',
  );
  slack.deleteMessage(channel, root!);
  expect(await errorOf(client.chat.update({ channel, ts: root!, text: 'x' }))).toBe('message_not_found');
  await client.chat.postMessage({ channel, text: 'still', thread_ts: root! });
  expect(slack.thread(channel, root!).map(message => message.text)).toEqual(['hidden', 'shown', 'still']);
});

test('a direct message is a channel of its own, opened by itself or by the first message', async () => {
  const { slack, client } = await start();
  const ana = slack.as('ana');
  const { channel } = await client.conversations.open({ users: ana.id });
  await client.chat.postMessage({ channel: channel!.id!, text: 'one' });
  await client.chat.postMessage({ channel: ana.id, text: 'two' });
  expect(ana.dms().map(message => message.text)).toEqual(['one', 'two']);
  expect(slack.as('ben').dms()).toEqual([]);
  expect(await errorOf(client.conversations.open({ users: 'U0NOBODY' }))).toBe('user_not_found');
});

test('people, groups and channels are told of as they are', async () => {
  const { slack, client, channel } = await start();
  slack.deactivate('oz');
  expect((await client.users.info({ user: slack.as('guest').id })).user?.is_restricted).toBe(true);
  expect((await client.users.info({ user: slack.as('chi').id, include_locale: true })).user?.locale).toBe('fr-FR');
  expect((await client.users.list({})).members?.find(one => one.name === 'oz')?.deleted).toBe(true);
  const [group] = (await client.usergroups.list({})).usergroups ?? [];
  expect((await client.usergroups.users.list({ usergroup: group!.id! })).users).toEqual(
    ['ben', 'chi'].map(name => slack.as(name).id),
  );
  const info = await client.conversations.info({ channel, include_num_members: true });
  expect(info.channel).toMatchObject({ name: 'ml-distillation', is_member: true, is_private: false, num_members: 6 });
  const page = await client.conversations.members({ channel, limit: 4 });
  expect(page.members).toHaveLength(4);
  const rest = await client.conversations.members({ channel, cursor: page.response_metadata!.next_cursor! });
  expect(rest.members).toHaveLength(2);
});

test('an ephemeral message goes to people of the channel only', async () => {
  const { slack, client, channel } = await start();
  await client.chat.postEphemeral({ channel, user: slack.as('oz').id, text: 'Only approvers can approve.' });
  expect(
    slack
      .as('oz')
      .ephemerals(channel)
      .map(one => one.text),
  ).toEqual(['Only approvers can approve.']);
  slack.remove('ml-distillation', 'oz');
  expect(await errorOf(client.chat.postEphemeral({ channel, user: slack.as('oz').id, text: 'x' }))).toBe(
    'user_not_in_channel',
  );
});

test('a permalink leads back to its message', async () => {
  const { slack, client, channel } = await start();
  const { ts } = await client.chat.postMessage({ channel, text: 'card' });
  const { permalink } = await client.chat.getPermalink({ channel, message_ts: ts! });
  expect(permalink).toBe(slack.permalink(channel, ts!));
  const response = await fetch(permalink!, { redirect: 'manual' });
  expect(response.headers.get('location')).toBe(`/#/archives/${channel}/${ts}`);
});

test('a trigger opens one view', async () => {
  const { slack, client, trigger } = await start();
  const once = await trigger();
  await client.views.open({ trigger_id: once, view: modal() });
  expect(await errorOf(client.views.open({ trigger_id: once, view: modal() }))).toBe('exchanged_trigger_id');
  expect(await errorOf(client.views.open({ trigger_id: 'made.up', view: modal() }))).toBe('invalid_trigger_id');
  expect(slack.as('ana').views()).toHaveLength(1);
});

test('a trigger opens nothing once its time is over', async () => {
  const { slack, client, trigger } = await start({ triggerMs: -1 });
  expect(await errorOf(client.views.open({ trigger_id: await trigger(), view: modal() }))).toBe('expired_trigger_id');
  expect(slack.as('ana').views()).toEqual([]);
});

test('a view changes only for whoever has seen its latest form', async () => {
  const { slack, client, trigger } = await start();
  const { view } = await client.views.open({
    trigger_id: await trigger(),
    view: { ...modal(), external_id: 'the-form' },
  });
  const renamed = { ...modal(), external_id: 'the-form', title: plain('Renamed') };
  await client.views.update({ external_id: 'the-form', hash: view!.hash!, view: renamed });
  expect(await errorOf(client.views.update({ view_id: view!.id!, hash: view!.hash!, view: modal() }))).toBe(
    'hash_conflict',
  );
  expect(slack.as('ana').views()[0]?.title).toBe('Renamed');
  expect(await errorOf(client.views.update({ view_id: 'V0GONE', view: modal() }))).toBe('not_found');
  expect(await errorOf(client.views.open({ trigger_id: await trigger(), view: renamed }))).toBe(
    'duplicate_external_id',
  );
});

test('a value stays through a redrawing while block and action keep their ids, and starts anew where they do not', async () => {
  const { slack, client, trigger } = await start();
  const field = (blockId: string, initial: string): ModalView['blocks'][number] => ({
    type: 'input',
    block_id: blockId,
    label: plain('Steps'),
    element: { type: 'plain_text_input', action_id: 'steps', initial_value: initial },
  });
  const { view } = await client.views.open({ trigger_id: await trigger(), view: modal([field('a', '100')]) });
  await slack.as('ana').type(view!.id!, 'a', '250');
  await client.views.update({ view_id: view!.id!, view: modal([field('a', '999')]) });
  expect(slack.as('ana').views()[0]?.values).toMatchObject({ a: { steps: { value: '250' } } });
  await client.views.update({ view_id: view!.id!, view: modal([field('b', '999')]) });
  expect(slack.as('ana').views()[0]?.values).toMatchObject({ b: { steps: { value: '999' } } });
});

test('a file can be shown only once it has been processed', async () => {
  const { slack, client, channel } = await start({ fileDelayMs: 500 });
  const id = await upload(client, slack, { name: 'curves.png', bytes: png });
  const image = { type: 'image' as const, alt_text: 'Loss', slack_file: { id } };
  expect((await client.files.info({ file: id })).file?.mimetype).toBe('');
  const refused = await refusalOf(client.chat.postMessage({ channel, text: 'x', blocks: [image] }));
  expect(refused).toMatchObject({
    error: 'invalid_blocks',
    response_metadata: { messages: ['[ERROR] invalid slack file [json-pointer:/blocks/0/slack_file]'] },
  });
  await slack.until(() => slack.file(id)?.state === 'ready');
  expect((await client.files.info({ file: id })).file).toMatchObject({
    mimetype: 'image/png',
    original_w: 1,
    shares: {},
  });
  await client.chat.postMessage({ channel, text: 'x', blocks: [image] });
  const text = await upload(client, slack, { name: 'rows.csv', bytes: Buffer.from('a,b') });
  await slack.until(() => slack.file(text)?.state === 'ready');
  const notAnImage = { type: 'image' as const, alt_text: 'Loss', slack_file: { id: text } };
  expect(await errorOf(client.chat.postMessage({ channel, text: 'x', blocks: [notAnImage] }))).toBe('invalid_blocks');
});

test('an upload with a channel is shared there later, as the official client sends it', async () => {
  const { slack, client, channel } = await start({ fileDelayMs: 300 });
  const { ts: root } = await client.chat.postMessage({ channel, text: 'card' });
  const file = Buffer.from('step,loss\n1,0.7\n');
  await client.files.uploadV2({ channel_id: channel, thread_ts: root!, filename: 'curves.csv', file });
  expect(slack.thread(channel, root!)).toEqual([]);
  const shared = await slack.until(() => slack.thread(channel, root!)[0]);
  const info = await client.files.info({ file: shared.fileIds[0]! });
  expect(info.file?.shares?.public?.[channel]?.[0]?.ts).toBe(shared.ts);
  expect((await client.files.list({ channel })).files).toHaveLength(1);
  await client.files.delete({ file: shared.fileIds[0]! });
  expect(slack.thread(channel, root!)).toEqual([]);
  expect(await errorOf(client.files.info({ file: shared.fileIds[0]! }))).toBe('file_deleted');
});

test('more posts to a channel than Slack takes are held back, and other channels are not', async () => {
  const { slack, client, channel } = await start();
  const { channel: direct } = await client.conversations.open({ users: slack.as('ana').id });
  const posts = Array.from({ length: 11 }, (_, i) => client.chat.postMessage({ channel, text: String(i) }));
  const outcomes = await Promise.allSettled(posts);
  const refused = outcomes.filter(outcome => outcome.status === 'rejected').map(outcome => outcome.reason as unknown);
  expect(refused).toEqual([expect.objectContaining({ retryAfter: 1 })]);
  expect(slack.messages(channel)).toHaveLength(10);
  await client.chat.postMessage({ channel: direct!.id!, text: 'elsewhere' });
  slack.limitRates(false);
  await client.chat.postMessage({ channel, text: 'again' });
});

test('a fault strikes the call it is meant for, and says truly whether the call took effect', async () => {
  const { slack, client, channel } = await start({}, { timeout: 800 });
  const post = (text: string) => client.chat.postMessage({ channel, text });
  const modes: [Parameters<SlackStandIn['fault']>[0]['mode'], string, boolean][] = [
    ['drop-before', 'slack_webapi_request_error', false],
    ['apply-drop', 'slack_webapi_request_error', true],
    ['hang', 'slack_webapi_request_error', false],
    ['apply-hang', 'slack_webapi_request_error', true],
    ['500', 'slack_webapi_http_error', false],
    ['apply-500', 'slack_webapi_http_error', true],
    ['429', 'slack_webapi_rate_limited_error', false],
    ['html200', 'slack_webapi_platform_error', false],
    ['error:fatal_error', 'slack_webapi_platform_error', false],
  ];
  for (const [mode, code, applied] of modes) {
    slack.fault({ method: 'chat.postMessage', nth: 2, mode });
    await post(`before ${mode}`);
    expect(await post(mode).catch((error: { code?: string }) => error.code)).toBe(code);
    const texts = slack.messages(channel).map(message => message.text);
    expect([mode, texts.includes(mode)]).toEqual([mode, applied]);
    await post(`after ${mode}`);
    slack.limitRates(false);
  }
});

test('an upload can be answered and never shared', async () => {
  const { slack, client, channel } = await start({ fileDelayMs: 0 });
  slack.fault({ method: 'files.share', mode: 'drop-before' });
  await client.files.uploadV2({ channel_id: channel, filename: 'a.csv', file: Buffer.from('a') });
  const listed = await slack.until(() => slack.traffic.some(one => one.what === 'files.completeUploadExternal'));
  expect(listed).toBe(true);
  await client.files.uploadV2({ channel_id: channel, filename: 'b.csv', file: Buffer.from('b') });
  await slack.until(() => slack.messages(channel).length > 0);
  expect(slack.file(slack.messages(channel)[0]!.fileIds[0]!)?.name).toBe('b.csv');
});

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

async function start(
  options: Partial<SlackOptions> = {},
  { timeout = 0 } = {},
): Promise<{
  slack: SlackStandIn;
  client: WebClient;
  channel: string;
  trigger: () => Promise<string>;
}> {
  const slack = await startSlack({ signingSecret: 'secret', botToken: token, ...options });
  closing.push(() => slack.close());
  const client = new WebClient(token, {
    slackApiUrl: slack.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout,
    logLevel: LogLevel.ERROR,
    logger: silence,
  });
  let triggerId = '';
  const app = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    triggerId = new URLSearchParams(Buffer.concat(parts).toString()).get('trigger_id') ?? '';
    response.end();
  });
  await new Promise<void>(resolve => app.listen(0, '127.0.0.1', resolve));
  closing.push(async () => app.close());
  slack.deliverTo(`http://127.0.0.1:${(app.address() as AddressInfo).port}`);
  async function trigger(): Promise<string> {
    await slack.as('ana').command('#ml-distillation', '/distill');
    return triggerId;
  }
  return { slack, client, channel: slack.channel('ml-distillation').id, trigger };
}

const silence = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  setName() {},
  getLevel: () => LogLevel.ERROR,
};

async function upload(
  client: WebClient,
  slack: SlackStandIn,
  { name, bytes }: { name: string; bytes: Buffer },
): Promise<string> {
  const { upload_url: address, file_id: id } = await client.files.getUploadURLExternal({
    filename: name,
    length: bytes.length,
  });
  expect(address?.startsWith(slack.url)).toBe(true);
  await fetch(address!, { method: 'POST', body: new Uint8Array(bytes) });
  await client.files.completeUploadExternal({ files: [{ id: id!, title: name }] });
  return id!;
}

async function refusalOf(call: Promise<unknown>): Promise<{ error?: string }> {
  try {
    await call;
    return {};
  } catch (error) {
    return (error as { data?: { error: string } }).data ?? {};
  }
}

async function errorOf(call: Promise<unknown>): Promise<string | undefined> {
  return (await refusalOf(call)).error;
}

function metadata(key: string): { event_type: string; event_payload: { job: string; key: string } } {
  return { event_type: 'retort_post', event_payload: { job: 'j1', key } };
}

function plain(text: string): { type: 'plain_text'; text: string } {
  return { type: 'plain_text', text };
}

function section(text: string): { type: 'section'; text: { type: 'mrkdwn'; text: string } } {
  return { type: 'section', text: { type: 'mrkdwn', text } };
}

function modal(blocks: ModalView['blocks'] = []): ModalView {
  return { type: 'modal', callback_id: 'form', title: plain('Form'), submit: plain('Send'), blocks };
}
