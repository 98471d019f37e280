import { LogLevel, WebClient } from '@slack/web-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SlackStandIn, startSlack } from '../../src/local/slack/server.ts';

type Json = Record<string, unknown>;

let slack: SlackStandIn;
let client: WebClient;
beforeAll(async () => {
  slack = await startSlack({ signingSecret: 'secret', botToken: 'xoxb-token', rateLimits: false });
  client = new WebClient('xoxb-token', {
    slackApiUrl: slack.apiUrl,
    logger: silence,
    retryConfig: { retries: 0 },
  });
});
afterAll(() => slack.close());

describe('a message is refused', () => {
  test.for<[string, Json[], string]>([
    ['with 51 blocks', repeat(51, () => ({ type: 'divider' })), 'no more than 50 items allowed [json-pointer:/blocks]'],
    ['with a block nobody knows', [{ type: 'chart' }], 'unsupported type: chart [json-pointer:/blocks/0/type]'],
    [
      'with a property nobody knows',
      [{ type: 'divider', colour: 'red' }],
      'invalid additional property: colour [json-pointer:/blocks/0]',
    ],
    [
      'with a section of 3,001 characters',
      [section('x'.repeat(3001))],
      'must be less than 3001 characters [json-pointer:/blocks/0/text/text]',
    ],
    ['with an empty text', [section('')], 'must be more than 0 characters [json-pointer:/blocks/0/text/text]'],
    [
      'with a section that says nothing',
      [{ type: 'section' }],
      'must define either `text` or `fields` [json-pointer:/blocks/0/type]',
    ],
    [
      'with eleven fields',
      [{ type: 'section', fields: repeat(11, i => mrkdwn(String(i))) }],
      'no more than 10 items allowed [json-pointer:/blocks/0/fields]',
    ],
    [
      'with a header in mrkdwn',
      [{ type: 'header', text: mrkdwn('x') }],
      'unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]',
    ],
    [
      'with a header of 151 characters',
      [{ type: 'header', text: plain('x'.repeat(151)) }],
      'must be less than 151 characters [json-pointer:/blocks/0/text/text]',
    ],
    [
      'with an image without alternative text',
      [{ type: 'image', image_url: 'https://example.com/a.png' }],
      'missing required field: alt_text [json-pointer:/blocks/0]',
    ],
    [
      'with an image of a file nobody knows',
      [{ type: 'image', alt_text: 'a', slack_file: { id: 'F0' } }],
      'invalid slack file [json-pointer:/blocks/0/slack_file]',
    ],
    [
      'with two blocks of the same id',
      repeat(2, () => ({ type: 'divider', block_id: 'same' })),
      '`block_id` "same" already exists [json-pointer:/blocks/1/block_id]',
    ],
    [
      'with two actions of the same id in a block',
      [actions(button({}), button({}))],
      '`action_id` "go" already exists [json-pointer:/blocks/0/elements/1/action_id]',
    ],
    [
      'with a button of 76 characters',
      [actions(button({ text: plain('x'.repeat(76)) }))],
      'must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]',
    ],
    [
      'with 26 actions',
      [actions(...repeat(26, i => button({ action_id: String(i) })))],
      'no more than 25 items allowed [json-pointer:/blocks/0/elements]',
    ],
    [
      'with six overflow options',
      [actions({ type: 'overflow', action_id: 'o', options: repeat(6, option) })],
      'no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]',
    ],
    [
      'with an option value of 76 characters',
      [actions({ type: 'static_select', action_id: 's', options: [{ text: plain('a'), value: 'x'.repeat(76) }] })],
      'must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/value]',
    ],
    [
      'with 101 options',
      [actions({ type: 'static_select', action_id: 's', options: repeat(101, option) })],
      'no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]',
    ],
    [
      'with an initial option that is none of the options',
      [actions({ type: 'static_select', action_id: 's', options: [option(1)], initial_option: option(2) })],
      'must match one of the provided options [json-pointer:/blocks/0/elements/0/initial_option]',
    ],
    [
      'with a text input among actions',
      [actions({ type: 'plain_text_input', action_id: 'p' })],
      'unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]',
    ],
    [
      'with a dialog whose title is too long',
      [actions(button({ confirm: confirm('x'.repeat(101)) }))],
      'must be less than 101 characters [json-pointer:/blocks/0/elements/0/confirm/title/text]',
    ],
    ['with an alert', [{ type: 'alert', text: plain('x') }], 'unsupported type: alert [json-pointer:/blocks/0/type]'],
    [
      'with preformatted text that holds a mention',
      [rich({ type: 'rich_text_preformatted', elements: [{ type: 'user', user_id: 'U1' }] })],
      'unsupported type: user [json-pointer:/blocks/0/elements/0/elements/0/type]',
    ],
    [
      'with three charts',
      repeat(3, () => chart(2)),
      'no more than 2 data_visualization blocks allowed [json-pointer:/blocks]',
    ],
    [
      'with a chart of 21 points',
      [chart(21)],
      'no more than 20 items allowed [json-pointer:/blocks/0/chart/series/0/data]',
    ],
  ])('%s', async ([, blocks, message]) => {
    expect(await refusal({ blocks })).toEqual({ error: 'invalid_blocks', messages: [`[ERROR] ${message}`] });
  });

  test('whose blocks hold more text than a message can', async () => {
    const blocks = repeat(5, () => section('x'.repeat(2500)));
    expect((await refusal({ blocks })).error).toBe('msg_blocks_too_long');
    expect((await refusal({ blocks: blocks.slice(1) })).error).toBeUndefined();
  });

  test('whose blocks are not a list', async () => {
    expect((await refusal({ blocks: 'not JSON' })).error).toBe('invalid_blocks_format');
  });
});

describe('a form is refused', () => {
  test.for<[string, Json, string]>([
    [
      'with a title of 25 characters',
      { title: plain('x'.repeat(25)) },
      'must be less than 25 characters [json-pointer:/view/title/text]',
    ],
    [
      'with 101 blocks',
      { blocks: repeat(101, () => ({ type: 'divider' })) },
      'no more than 100 items allowed [json-pointer:/view/blocks]',
    ],
    [
      'with 3,001 characters of private metadata',
      { private_metadata: 'x'.repeat(3001) },
      'must be less than 3001 characters [json-pointer:/view/private_metadata]',
    ],
    [
      'with a field and no button to submit it',
      { submit: undefined, blocks: [input({})] },
      'must define `submit` to use an `input` block in modals [json-pointer:/view/blocks/0/input]',
    ],
    [
      'with a field without a label',
      { blocks: [{ ...input({}), label: undefined }] },
      'missing required field: label [json-pointer:/view/blocks/0]',
    ],
    [
      'with eleven radio buttons',
      { blocks: [input({ type: 'radio_buttons', options: repeat(11, option) })] },
      'no more than 10 items allowed [json-pointer:/view/blocks/0/element/options]',
    ],
    [
      'with eleven checkboxes',
      { blocks: [input({ type: 'checkboxes', options: repeat(11, option) })] },
      'no more than 10 items allowed [json-pointer:/view/blocks/0/element/options]',
    ],
    [
      'with a number that may or may not be decimal',
      { blocks: [input({ type: 'number_input' })] },
      'missing required field: is_decimal_allowed [json-pointer:/view/blocks/0/element]',
    ],
    [
      'with a placeholder of 151 characters',
      { blocks: [input({ placeholder: plain('x'.repeat(151)) })] },
      'must be less than 151 characters [json-pointer:/view/blocks/0/element/placeholder/text]',
    ],
    [
      'with eleven files at once',
      { blocks: [input({ type: 'file_input', max_files: 11 })] },
      'must be between 1 and 10 [json-pointer:/view/blocks/0/element/max_files]',
    ],
    [
      'with a button as a field',
      { blocks: [input(button({}))] },
      'unsupported type: button [json-pointer:/view/blocks/0/element/type]',
    ],
    ['with a chart', { blocks: [chart(2)] }, 'unsupported type: data_visualization [json-pointer:/view/blocks/0/type]'],
  ])('%s', async ([, change, message]) => {
    expect(await viewRefusal(change)).toEqual({
      error: 'invalid_arguments',
      messages: ['[ERROR] failed to match all allowed schemas [json-pointer:/view]', `[ERROR] ${message}`],
    });
  });

  test('that weighs more than 250 kB', async () => {
    const blocks = repeat(100, () => section('é'.repeat(2900)));
    expect((await viewRefusal({ blocks })).error).toBe('view_too_large');
  });
});

test('every element the product draws is taken, in its place', async () => {
  const options = repeat(3, option);
  const fields = [
    { type: 'plain_text_input', multiline: true, max_length: 3000 },
    { type: 'number_input', is_decimal_allowed: true, min_value: '0', max_value: '10', initial_value: '1.5' },
    { type: 'static_select', options, initial_option: options[1] },
    { type: 'static_select', option_groups: [{ label: plain('a'), options }], initial_option: options[2] },
    { type: 'radio_buttons', options, initial_option: options[0] },
    { type: 'checkboxes', options: options.map(one => ({ ...one, description: mrkdwn('why') })) },
    { type: 'file_input', filetypes: ['jsonl'], max_files: 1 },
    { type: 'conversations_select', default_to_current_conversation: true, response_url_enabled: true },
    { type: 'channels_select', placeholder: plain('Where') },
  ];
  const view = {
    type: 'modal',
    title: plain('All'),
    submit: plain('Send'),
    blocks: [
      ...fields.map((element, i) => ({ ...input(element), block_id: `b${i}` })),
      actions(button({ url: 'https://example.com', confirm: confirm('Sure?') })),
      { ...section('x'), accessory: { type: 'overflow', action_id: 'more', options } },
      {
        type: 'context',
        elements: [mrkdwn('x'), { type: 'image', alt_text: 'a', image_url: 'https://example.com/a.png' }],
      },
      { type: 'divider' },
      { type: 'header', text: plain('x') },
      { type: 'alert', text: mrkdwn('x'), level: 'warning' },
      rich({ type: 'rich_text_preformatted', elements: [{ type: 'text', text: 'x' }] }),
    ],
  };
  expect(await client.apiCall('blocks.validate', { view })).toMatchObject({ ok: true });
  const blocks = [
    chart(20),
    { type: 'table', rows: [[{ type: 'raw_text', text: 'a' }]] },
    { type: 'markdown', text: '# x' },
  ];
  expect(await refusal({ blocks })).toEqual({});
});

const silence = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  setName() {},
  getLevel: () => LogLevel.ERROR,
};

async function refusal(message: Json): Promise<{ error?: string; messages?: string[] }> {
  return refused('chat.postMessage', { channel: slack.channel('ml-distillation').id, text: 'x', ...message });
}

async function viewRefusal(change: Json): Promise<{ error?: string; messages?: string[] }> {
  const view = { type: 'modal', title: plain('Form'), submit: plain('Send'), blocks: [], ...change };
  return refused('views.open', { trigger_id: 'any', view });
}

async function refused(method: string, args: Json): Promise<{ error?: string; messages?: string[] }> {
  try {
    await client.apiCall(method, args);
    return {};
  } catch (error) {
    const { data } = error as { data: { error: string; response_metadata?: { messages?: string[] } } };
    const messages = data.response_metadata?.messages;
    return { error: data.error, ...(messages ? { messages } : {}) };
  }
}

function repeat<One>(count: number, make: (i: number) => One): One[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

function plain(text: string): Json {
  return { type: 'plain_text', text };
}

function mrkdwn(text: string): Json {
  return { type: 'mrkdwn', text };
}

function section(text: string): Json {
  return { type: 'section', text: mrkdwn(text) };
}

function option(i: number): Json {
  return { text: plain(`Option ${i}`), value: String(i) };
}

function button(change: Json): Json {
  return { type: 'button', action_id: 'go', text: plain('Go'), ...change };
}

function actions(...elements: Json[]): Json {
  return { type: 'actions', elements };
}

function input(element: Json): Json {
  return { type: 'input', label: plain('Label'), element: { type: 'plain_text_input', action_id: 'a', ...element } };
}

function rich(...elements: Json[]): Json {
  return { type: 'rich_text', elements };
}

function confirm(title: string): Json {
  return { title: plain(title), text: plain('It ends.'), confirm: plain('Yes'), deny: plain('No') };
}

function chart(points: number): Json {
  const categories = repeat(points, String);
  const data = categories.map((label, i) => ({ label, value: i }));
  return {
    type: 'data_visualization',
    title: 'Loss',
    chart: { type: 'line', series: [{ name: 'train', data }], axis_config: { categories } },
  };
}
