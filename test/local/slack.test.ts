import type { AddressInfo } from 'node:net';
import { App, HTTPReceiver, LogLevel } from '@slack/bolt';
import type { ModalView } from '@slack/web-api';
import { afterEach, expect, test } from 'vitest';
import { type SlackOptions, type SlackStandIn, startSlack } from '../../src/local/slack/server.ts';

const secrets = { signingSecret: 'the-signing-secret', botToken: 'xoxb-the-token' };
const channel = '#ml-distillation';
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

test('a command opens a form, its errors are mended, and the message that follows has a button that redraws it', async () => {
  const { slack, app } = await bolt();
  app.command('/distill', async ({ ack, client, command }) => {
    await client.views.open({ trigger_id: command.trigger_id, view: form({ metadata: command.channel_id }) });
    await ack();
  });
  app.view('form', async ({ ack, view, client }) => {
    const steps = view.state.values.steps?.steps?.value;
    if (steps !== '300') return ack({ response_action: 'errors', errors: { steps: 'Ask for 300 steps.' } });
    await ack();
    await client.chat.postMessage({
      channel: view.private_metadata,
      text: 'A job',
      blocks: [
        { type: 'section', text: { type: 'mrkdwn', text: `*${view.state.values.name?.name?.value}*` } },
        {
          type: 'actions',
          elements: [{ type: 'button', action_id: 'approve', text: plain('Approve'), value: 'job1' }],
        },
      ],
    });
  });
  app.action('steps', ({ ack }) => ack());
  app.action('approve', async ({ ack, body, client }) => {
    await ack();
    if (body.type !== 'block_actions') return;
    await client.chat.update({
      channel: body.channel!.id,
      ts: body.message!.ts,
      text: `Approved by <@${body.user.id}>`,
      blocks: [{ type: 'section', text: { type: 'mrkdwn', text: `Approved by <@${body.user.id}>` } }],
    });
  });
  const ana = slack.as('ana');

  const asked = await ana.command(channel, '/distill');
  expect(asked.opened.map(view => view.title)).toEqual(['New job']);
  const viewId = asked.opened[0]!.id;

  expect((await ana.submit(viewId)).errors).toEqual({ name: 'Please complete this required field.' });
  await ana.type(viewId, 'name', 'support-intents');
  await ana.type(viewId, 'steps', '3');
  expect(await ana.submit(viewId)).toMatchObject({ sent: true, status: 200, errors: { steps: 'Ask for 300 steps.' } });
  expect(ana.views()[0]?.values.name?.name).toEqual({ type: 'plain_text_input', value: 'support-intents' });

  await ana.type(viewId, 'steps', '300');
  expect((await ana.submit(viewId)).errors).toBeUndefined();
  expect(ana.views()).toEqual([]);

  const message = await slack.until(() => slack.messages(channel)[0]);
  expect(message.blocks[0]?.text).toMatchObject({ text: '*support-intents*' });
  const ben = slack.as('ben');
  await ben.press({ channel, ts: message.ts }, 'approve');
  await slack.until(() => slack.messages(channel)[0]?.text === `Approved by <@${ben.id}>`);
  expect(slack.messages(channel)[0]?.blocks).toHaveLength(1);
  expect(slack.messages(channel)[0]?.edited).toBeUndefined();
});

test('a request signed with another secret is refused by Bolt, and the person is told', async () => {
  const { slack, app } = await bolt({ signingSecret: 'another-secret' });
  let heard = false;
  app.command('/distill', async ({ ack }) => {
    heard = true;
    await ack();
  });
  const told = await slack.as('ana').command(channel, '/distill');
  expect(told).toMatchObject({ status: 401, problem: 'dispatch_failed' });
  expect(heard).toBe(false);
  expect(slack.as('ana').ephemerals()[0]?.text).toBe('/distill failed with the error "dispatch_failed"');
});

test('a command that is not acknowledged in time shows the time-out to its person alone', async () => {
  const { slack, app } = await bolt({ ackMs: 50 });
  app.command('/distill', async () => {});
  const told = await slack.as('ana').command(channel, '/distill');
  expect(told.problem).toBe('operation_timeout');
  expect(
    slack
      .as('ana')
      .ephemerals(channel)
      .map(one => one.text),
  ).toEqual(['/distill failed with the error "operation_timeout"']);
  expect(slack.as('ben').ephemerals()).toEqual([]);
});

test('what a command is acknowledged with is seen by its person, or by the channel where it says so', async () => {
  const { slack, app } = await bolt();
  app.command('/distill', async ({ ack, command }) => {
    if (command.text === 'quota') await ack({ response_type: 'in_channel', text: '64 of 64 free' });
    else await ack('One page of help');
  });
  const ana = slack.as('ana');
  await ana.command(channel, '/distill help');
  await ana.command(channel, '/distill quota');
  expect(ana.ephemerals(channel).map(one => one.text)).toEqual(['One page of help']);
  expect(slack.messages(channel).map(one => one.text)).toEqual(['64 of 64 free']);
});

test('names in a command arrive as ids', async () => {
  const { slack, app } = await bolt();
  const seen: string[] = [];
  app.command('/distill', async ({ ack, command }) => {
    seen.push(command.text);
    await ack();
  });
  await slack.as('ana').command(channel, '/distill status @ben in #general for @ml-approvers');
  expect(seen).toEqual(['status <@UBEN00001|ben> in <#CGENERAL1|general> for <!subteam^SAPPROVE1|@ml-approvers>']);
});

test('a response address answers five times and no more', async () => {
  const { slack, app } = await bolt();
  const outcomes: unknown[] = [];
  app.command('/distill', async ({ ack, respond }) => {
    await ack();
    for (let i = 1; i <= 6; i++)
      outcomes.push(await respond(`answer ${i}`).catch((error: { statusCode?: number }) => error.statusCode));
  });
  const ana = slack.as('ana');
  await ana.command(channel, '/distill');
  await slack.until(() => ana.ephemerals().length === 5);
  await expect.poll(() => outcomes.length).toBe(6);
  expect(outcomes.at(-1)).toBe(404);
  expect(ana.ephemerals().map(one => one.text)).toEqual([1, 2, 3, 4, 5].map(i => `answer ${i}`));
});

test('an ephemeral message can be pressed, replaced and taken away by the person who sees it', async () => {
  const { slack, app } = await bolt();
  app.action('open', async ({ ack, respond, body }) => {
    await ack();
    if (body.type !== 'block_actions') return;
    if (body.actions[0]?.type === 'button' && body.actions[0].value === 'gone')
      await respond({ delete_original: true });
    else
      await respond({
        replace_original: true,
        text: 'Once more',
        blocks: [
          { type: 'actions', elements: [{ type: 'button', action_id: 'open', text: plain('Go'), value: 'gone' }] },
        ],
      });
  });
  const ana = slack.as('ana');
  const { message_ts: ephemeral } = await app.client.chat.postEphemeral({
    channel: slack.channel(channel).id,
    user: ana.id,
    text: 'Only you see this',
    blocks: [{ type: 'actions', elements: [{ type: 'button', action_id: 'open', text: plain('Open') }] }],
  });
  expect(slack.messages(channel)).toEqual([]);
  await ana.press({ ephemeral: ephemeral! }, 'open');
  await slack.until(() => ana.ephemerals()[0]?.text === 'Once more');
  await ana.press({ ephemeral: ephemeral! }, 'open');
  await slack.until(() => ana.ephemerals().length === 0);
});

test('a button with a dialog is not pressed until the dialog is confirmed', async () => {
  const { slack, app } = await bolt();
  const values: unknown[] = [];
  app.action('menu', async ({ ack, body }) => {
    await ack();
    if (body.type === 'block_actions' && body.actions[0]?.type === 'overflow')
      values.push(body.actions[0].selected_option.value);
  });
  const confirm = { title: plain('Sure?'), text: plain('It ends.'), confirm: plain('Yes'), deny: plain('No') };
  const options = [{ text: plain('Settings'), value: 'settings' }];
  const { ts } = await app.client.chat.postMessage({
    channel: slack.channel(channel).id,
    text: 'A card',
    blocks: [{ type: 'actions', elements: [{ type: 'overflow', action_id: 'menu', options, confirm }] }],
  });
  const where = { channel, ts: ts! };
  const told = await slack.as('ana').press(where, 'menu', { option: 'settings' });
  expect(told.sent).toBe(false);
  expect(told.confirm).toMatchObject({ title: { text: 'Sure?' } });
  expect(values).toEqual([]);
  await slack.as('ana').press(where, 'menu', { option: 'settings', confirmed: true });
  expect(values).toEqual(['settings']);
});

test('a form asks the app while it is filled in, where its fields say so, and keeps what was typed when it is redrawn', async () => {
  const { slack, app } = await bolt();
  app.command('/distill', async ({ ack, client, command }) => {
    await client.views.open({ trigger_id: command.trigger_id, view: form() });
    await ack();
  });
  app.action('region', async ({ ack, body, client }) => {
    await ack();
    if (body.type !== 'block_actions' || !body.view) return;
    const chosen = body.view.state.values.region?.region?.selected_option?.value;
    await client.views.update({ view_id: body.view.id, hash: body.view.hash, view: form({ note: `in ${chosen}` }) });
  });
  const ana = slack.as('ana');
  const viewId = (await ana.command(channel, '/distill')).opened[0]!.id;
  expect((await ana.type(viewId, 'name', 'kept')).sent).toBe(false);
  expect((await ana.choose(viewId, 'region', 'europe-west4')).sent).toBe(true);
  const view = await slack.until(() => ana.views().find(one => JSON.stringify(one.blocks).includes('in europe-west4')));
  expect(view.values.name?.name?.value).toBe('kept');
  expect(view.values.region?.region?.selected_option).toMatchObject({ value: 'europe-west4' });
  expect(view.values.steps?.steps?.value).toBe('100');
});

test('typing asks the app on every character only where the field says so', async () => {
  const { slack, app } = await bolt();
  const seen: unknown[] = [];
  app.command('/distill', async ({ ack, client, command }) => {
    await client.views.open({ trigger_id: command.trigger_id, view: form() });
    await ack();
  });
  app.action('steps', async ({ ack, action }) => {
    await ack();
    seen.push('value' in action && action.value);
  });
  const ana = slack.as('ana');
  const viewId = (await ana.command(channel, '/distill')).opened[0]!.id;
  await ana.type(viewId, 'steps', '250');
  expect(seen).toEqual(['250']);
});

test('a file attached to a form is submitted and can be read with the bot token only', async () => {
  const { slack, app } = await bolt();
  const read: string[] = [];
  app.command('/distill', async ({ ack, client, command }) => {
    await client.views.open({ trigger_id: command.trigger_id, view: form() });
    await ack();
  });
  app.view('form', async ({ ack, view }) => {
    const address = view.state.values.data?.data?.files?.[0]?.url_private_download ?? '';
    for (const token of [secrets.botToken, 'xoxb-another']) {
      const response = await fetch(address, { headers: { authorization: `Bearer ${token}` } });
      read.push(`${response.status} ${response.headers.get('content-type')} ${(await response.text()).slice(0, 9)}`);
    }
    await ack();
  });
  const ana = slack.as('ana');
  const viewId = (await ana.command(channel, '/distill')).opened[0]!.id;
  const bytes = Buffer.from('{"a":1}\n');
  expect((await ana.attach(viewId, 'data', { name: 'rows.xlsx', bytes })).errors?.data).toContain('not supported');
  const tooLarge = { name: 'rows.jsonl', bytes: Buffer.alloc(10 * 1024 * 1024 + 1) };
  expect((await ana.attach(viewId, 'data', tooLarge)).errors?.data).toContain('10 MB');
  await ana.attach(viewId, 'data', { name: 'rows.jsonl', bytes });
  await ana.type(viewId, 'name', 'x');
  await ana.submit(viewId);
  expect(read).toEqual(['200 text/plain {"a":1}\n', '200 text/html; charset=utf-8 <!DOCTYPE']);
});

test('a submission may update, push and clear views, and a stack holds three', async () => {
  const { slack, app } = await bolt();
  app.command('/distill', async ({ ack, client, command }) => {
    await client.views.open({ trigger_id: command.trigger_id, view: named('first') });
    await ack();
  });
  app.view('first', ({ ack }) => ack({ response_action: 'push', view: named('second') }));
  app.view('second', ({ ack }) => ack({ response_action: 'update', view: named('third') }));
  app.view('third', ({ ack }) => ack({ response_action: 'push', view: named('fourth') }));
  app.view('fourth', ({ ack, body }) =>
    ack(body.view.previous_view_id ? { response_action: 'push', view: named('fifth') } : { response_action: 'clear' }),
  );
  const ana = slack.as('ana');
  await ana.command(channel, '/distill');
  const stacks: string[][] = [];
  for (let i = 0; i < 3; i++) {
    await ana.submit(ana.views().at(-1)!.id);
    stacks.push(ana.views().map(view => view.callbackId));
  }
  expect(stacks).toEqual([
    ['first', 'second'],
    ['first', 'third'],
    ['first', 'third', 'fourth'],
  ]);
  expect((await ana.submit(ana.views().at(-1)!.id)).problem).toBe('push_limit_reached');
  expect(ana.views().at(-1)?.trouble).toBe('We had some trouble connecting. Try again?');
  await ana.close(ana.views().at(-1)!.id, { all: true });
  expect(ana.views()).toEqual([]);
});

test('a view that asks for it tells the app when it is closed', async () => {
  const { slack, app } = await bolt();
  const closed: unknown[] = [];
  app.command('/distill', async ({ ack, client, command }) => {
    await client.views.open({ trigger_id: command.trigger_id, view: { ...named('first'), notify_on_close: true } });
    await ack();
  });
  app.view({ callback_id: 'first', type: 'view_closed' }, async ({ ack, body }) => {
    closed.push(body.type);
    await ack();
  });
  const ana = slack.as('ana');
  await ana.command(channel, '/distill');
  await ana.close(ana.views()[0]!.id);
  expect(closed).toEqual(['view_closed']);
});

test('opening the App Home publishes it, and a button there works', async () => {
  const { slack, app } = await bolt();
  const pressed: string[] = [];
  app.event('app_home_opened', async ({ event, client }) => {
    const elements = [{ type: 'button' as const, action_id: 'go', text: plain('Go') }];
    await client.views.publish({
      user_id: event.user,
      view: { type: 'home', blocks: [{ type: 'actions', elements }] },
    });
  });
  app.action('go', async ({ ack, body }) => {
    await ack();
    if (body.type === 'block_actions') pressed.push(String(body.container.type));
  });
  const ana = slack.as('ana');
  await ana.openHome();
  await slack.until(() => ana.home());
  await ana.press('home', 'go');
  expect(pressed).toEqual(['view']);
  expect(slack.as('ben').home()).toBeUndefined();
});

test('an event that is not taken comes again, numbered and with its reason', async () => {
  const { slack, app } = await bolt({ eventRetryMs: [0, 10, 20] });
  const taken: [number | undefined, string | undefined][] = [];
  app.event('member_joined_channel', async ({ context }) => {
    taken.push([context.retryNum, context.retryReason]);
  });
  slack.deliverTo(`${slack.url}/nowhere`);
  await slack.invite('#general', 'retort');
  slack.deliverTo(addresses.get(app)!);
  await expect.poll(() => taken).toEqual([[1, 'http_error']]);
});

test('a request address is verified by its challenge', async () => {
  const { slack } = await bolt();
  expect(await slack.verify()).toBe(true);
  slack.deliverTo(`${slack.url}/nowhere`);
  expect(await slack.verify()).toBe(false);
});

test('what passes between app and workspace is written down without its secrets', async () => {
  const { slack, app } = await bolt();
  app.command('/distill', ({ ack }) => ack(`${secrets.botToken} ${secrets.signingSecret}`));
  await slack.as('ana').command(channel, '/distill help');
  const text = JSON.stringify(slack.traffic);
  expect(text).toContain('/distill help');
  expect(text).not.toContain(secrets.botToken);
  expect(text).not.toContain(secrets.signingSecret);
});

async function bolt({
  signingSecret = secrets.signingSecret,
  ...options
}: Partial<SlackOptions> = {}): Promise<{ slack: SlackStandIn; app: App }> {
  const slack = await startSlack({ ...secrets, eventRetryMs: [], ...options });
  closing.push(() => slack.close());
  const receiver = new HTTPReceiver({
    signingSecret,
    port: 0,
    logLevel: LogLevel.ERROR,
    unhandledRequestTimeoutMillis: 1000,
  });
  const app = new App({
    receiver,
    token: secrets.botToken,
    deferInitialization: true,
    convoStore: false,
    logLevel: LogLevel.ERROR,
    clientOptions: { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 } },
  });
  await app.init();
  const server = await app.start({ host: '127.0.0.1', port: 0 });
  closing.push(() => app.stop());
  addresses.set(app, `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`);
  slack.deliverTo(addresses.get(app)!);
  return { slack, app };
}

const addresses = new WeakMap<App, string>();

function plain(text: string): { type: 'plain_text'; text: string } {
  return { type: 'plain_text', text };
}

function named(callbackId: string): ModalView {
  return { type: 'modal', callback_id: callbackId, title: plain(callbackId), submit: plain('Next'), blocks: [] };
}

function form({ metadata = '', note = '' } = {}): ModalView {
  const option = (value: string) => ({ text: plain(value), value });
  return {
    type: 'modal',
    callback_id: 'form',
    private_metadata: metadata,
    title: plain('New job'),
    submit: plain('Launch'),
    blocks: [
      {
        type: 'input',
        block_id: 'name',
        label: plain('Name'),
        element: { type: 'plain_text_input', action_id: 'name' },
      },
      {
        type: 'input',
        block_id: 'steps',
        label: plain('Steps'),
        dispatch_action: true,
        element: {
          type: 'number_input',
          action_id: 'steps',
          is_decimal_allowed: false,
          initial_value: '100',
          dispatch_action_config: { trigger_actions_on: ['on_character_entered'] },
        },
      },
      {
        type: 'input',
        block_id: 'region',
        dispatch_action: true,
        label: plain('Region'),
        element: {
          type: 'static_select',
          action_id: 'region',
          options: [option('us-central1'), option('europe-west4')],
          initial_option: option('us-central1'),
        },
      },
      ...(note ? [{ type: 'context' as const, elements: [plain(note)] }] : []),
      {
        type: 'input',
        block_id: 'data',
        optional: true,
        label: plain('Dataset'),
        element: { type: 'file_input', action_id: 'data', filetypes: ['jsonl'], max_files: 1 },
      },
    ],
  };
}
