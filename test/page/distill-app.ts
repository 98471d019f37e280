import { App, HTTPReceiver, LogLevel } from '@slack/bolt';
import type { KnownBlock, ModalView } from '@slack/types';
import { createCanvas } from 'canvas';
import { type SlackStandIn, startSlack } from '../../src/local/slack/server.ts';
import type { Extra } from '../../src/local/slack/surface.ts';

const secrets = { signingSecret: 'the-signing-secret', botToken: 'xoxb-the-token' };

/** A workspace with a small app in it that looks like the real one, for the page to show. */
export interface Bench {
  slack: SlackStandIn;
  /** Posts the card of a running job, with two replies, and returns its timestamp. */
  card: () => Promise<string>;
  /** Posts any message to the channel, or into a thread. */
  say: (blocks: KnownBlock[], options?: { text?: string; thread?: string }) => Promise<string>;
  /** Uploads a picture that only the app can see, and returns its file id once it can be shown. */
  picture: () => Promise<string>;
  close: () => Promise<void>;
}

/** Starts the workspace and the app. */
export async function startBench({ extra }: { extra?: Extra } = {}): Promise<Bench> {
  const slack = await startSlack({ ...secrets, fileDelayMs: 0, rateLimits: false, ...(extra && { extra }) });
  const receiver = new HTTPReceiver({ ...secrets, logLevel: LogLevel.ERROR });
  const app = new App({
    receiver,
    token: secrets.botToken,
    clientOptions: { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 } },
    convoStore: false,
    logLevel: LogLevel.ERROR,
    deferInitialization: true,
  });
  const channel = slack.channel('ml-distillation').id;

  app.command('/distill', async ({ command, ack, client }) => {
    if (command.text === 'help')
      return ack({ text: '*/distill* opens the form.\n*/distill list* shows the jobs, the newest first.' });
    await ack();
    await client.views.open({ trigger_id: command.trigger_id, view: form({}) });
  });
  app.action(
    { type: 'block_actions', block_id: /^(steps|accelerator|evaluate|task)/ },
    async ({ ack, body, client }) => {
      await ack();
      const { view } = body;
      if (!view) return;
      const steps = view.state.values.steps?.steps?.value ?? '';
      const accelerator = view.state.values.accelerator?.accelerator?.selected_option?.value ?? 'TPU';
      const shown = { steps, accelerator, dataset: view.private_metadata };
      await client.views.update({ view_id: view.id, hash: view.hash, view: form(shown) }).catch(() => {});
    },
  );
  app.action('sample', async ({ ack, body, client }) => {
    await ack();
    const { view } = body as {
      view: { id: string; state: { values: Record<string, Record<string, { value?: string }>> } };
    };
    const steps = view.state.values.steps?.steps?.value ?? '';
    await client.views.update({
      view_id: view.id,
      view: form({ dataset: 'gs://cloud-samples-data/train.jsonl', steps }),
    });
  });
  app.view('distill', async ({ ack, view, body, client }) => {
    const { encryptionKey, modelName, steps } = view.state.values;
    if (encryptionKey?.encryptionKey?.value)
      return ack({
        response_action: 'errors',
        errors: {
          encryptionKey:
            'CMEK works only where tuning and upload are both in us-central1. TPU tunes in europe-west4: choose GPU, or leave the key empty.',
        },
      });
    await ack();
    await client.chat.postMessage({
      channel,
      text: `${modelName?.modelName?.value} waits for approval`,
      blocks: [section(`*${modelName?.modelName?.value}* · ${steps?.steps?.value} steps, asked by <@${body.user.id}>`)],
    });
  });
  app.action('approve', async ({ ack, body, client, respond }) => {
    await ack();
    if (!slack.groups[0]?.people.includes(body.user.id))
      return void (await client.chat.postEphemeral({
        channel,
        user: body.user.id,
        text: 'Only @ml-approvers can approve TPU jobs, and not their own.',
      }));
    await respond({
      replace_original: true,
      text: 'Approved',
      blocks: [section(`✓ *Approved* by <@${body.user.id}>`)],
    });
  });
  app.action('more', async ({ ack, body, client }) => {
    await ack();
    await client.views.open({ trigger_id: (body as { trigger_id: string }).trigger_id, view: request() });
  });
  app.action(/^(cancel|console|deny|drop|new)$/, ({ ack }) => ack());
  app.event('app_home_opened', async ({ event, client }) => {
    await client.views.publish({
      user_id: event.user,
      view: { type: 'home', blocks: home(event.user) },
    });
  });

  await app.init();
  const server = await receiver.start(0);
  const address = server.address();
  slack.deliverTo(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/slack/events`);

  const say: Bench['say'] = async (blocks, { text = 'a message', thread } = {}) => {
    const { ts } = await app.client.chat.postMessage({ channel, text, blocks, ...(thread && { thread_ts: thread }) });
    return ts!;
  };
  const picture = async () => {
    const png = drawCurves();
    const { upload_url: url, file_id: id } = await app.client.files.getUploadURLExternal({
      filename: 'support-intents-v3.png',
      length: png.length,
    });
    await fetch(url!, { method: 'POST', body: new Uint8Array(png) });
    await app.client.files.completeUploadExternal({ files: [{ id: id!, title: 'support-intents-v3' }] });
    await slack.until(() => slack.file(id!)?.state === 'ready');
    return id!;
  };
  return {
    slack,
    say,
    picture,
    card: async () => {
      const id = await picture();
      const card = await say(running(id), { text: 'support-intents-v3: running, step 180 of 300' });
      await say(checked(), { text: 'Dataset checked: 480 rows, all labelled. 2 warnings.', thread: card });
      await say(approval(), { text: '<!subteam^SAPPROVE1> Ana asks for 64 TPU v3 cores', thread: card });
      return card;
    },
    close: async () => {
      await receiver.stop();
      await slack.close();
    },
  };
}

/** The blocks of a running job's card. */
export function running(file: string): KnownBlock[] {
  const now = Math.floor(Date.now() / 1000);
  return [
    section('*support-intents-v3* · text-unicorn@001 → text-bison@002'),
    section('● *Running* · Tuning · step 180 of 300 · about 25–40 min left'),
    section('✓ Validate  ✓ Prepare dataset  ✓ Teacher labels  ● Tune  ○ Upload  ○ Deploy'),
    {
      type: 'image',
      block_id: 'chart',
      slack_file: { id: file },
      alt_text: 'Loss falls from 1.9 to 0.7 over 180 steps; token accuracy rises to 86 %.',
    },
    {
      type: 'context',
      elements: [
        {
          type: 'mrkdwn',
          text: `Dataset 480 rows, all labelled · Evaluation 60 rows, every 20 steps\nTPU, 64 v3 cores, europe-west4 · uploads to us-central1\nAsked by <@UANA00001> · approved by <@UBEN00001> <!date^${now}^{time}|14:02>`,
        },
      ],
    },
    {
      type: 'actions',
      block_id: 'card-actions',
      elements: [
        {
          type: 'button',
          action_id: 'cancel',
          text: plain('Cancel'),
          style: 'danger',
          value: 'job-1',
          confirm: {
            title: plain('Cancel this job?'),
            text: { type: 'mrkdwn', text: 'What was trained so far is lost; 64 cores become free.' },
            confirm: plain('Cancel the job'),
            deny: plain('Keep it running'),
            style: 'danger',
          },
        },
        { type: 'button', action_id: 'console', text: plain('Console'), url: 'https://console.cloud.google.com/' },
        {
          type: 'overflow',
          action_id: 'more',
          options: [
            { text: plain('Settings'), value: 'settings' },
            { text: plain('Request (JSON, curl)'), value: 'request' },
            { text: plain('Mute'), value: 'mute' },
          ],
        },
      ],
    },
  ];
}

/** The blocks of the form, with what is computed in it. */
export function form({
  dataset = '',
  steps = '300',
  accelerator = 'TPU',
}: {
  dataset?: string;
  steps?: string;
  accelerator?: string;
}): ModalView {
  const epochs = Math.round(((Number(steps) || 0) * 24) / 480);
  const option = (value: string, text = value) => ({ text: plain(text), value });
  const tpu = option('TPU', 'TPU · 64 v3 cores');
  const gpu = option('GPU', 'GPU · 8 × A100 80 GB');
  const yes = option('yes', 'Evaluate while tuning');
  return {
    type: 'modal',
    callback_id: 'distill',
    private_metadata: dataset,
    title: plain('New distillation job'),
    submit: plain('Check and launch'),
    close: plain('Cancel'),
    blocks: [
      {
        type: 'input',
        block_id: 'modelName',
        label: plain('Model name'),
        hint: plain('What the tuned model is called in the registry.'),
        element: { type: 'plain_text_input', action_id: 'modelName', max_length: 128 },
      },
      {
        type: 'input',
        block_id: 'task',
        dispatch_action: true,
        label: plain('Task'),
        element: {
          type: 'radio_buttons',
          action_id: 'task',
          options: ['Classification', 'Summarization', 'Extractive QA', 'Other'].map(one => option(one)),
          initial_option: option('Classification'),
        },
      },
      context('Recommended: 100+ examples, 200–1,000 steps'),
      {
        type: 'input',
        block_id: dataset ? 'dataset~1' : 'dataset',
        optional: true,
        label: plain('Dataset'),
        element: {
          type: 'plain_text_input',
          action_id: 'dataset',
          placeholder: plain('gs://acme-ml/support/train.jsonl'),
          ...(dataset && { initial_value: dataset }),
        },
      },
      {
        type: 'input',
        block_id: 'dataset.file',
        optional: true,
        label: plain('Or upload it'),
        element: { type: 'file_input', action_id: 'dataset.file', filetypes: ['jsonl'], max_files: 1 },
      },
      {
        type: 'actions',
        block_id: 'sample',
        elements: [{ type: 'button', action_id: 'sample', text: plain('Use the sample') }],
      },
      {
        type: 'input',
        block_id: 'teacher',
        label: plain('Teacher'),
        element: {
          type: 'static_select',
          action_id: 'teacher',
          options: [option('text-unicorn@001'), option('text-bison@002')],
          initial_option: option('text-unicorn@001'),
        },
      },
      {
        type: 'input',
        block_id: 'accelerator',
        dispatch_action: true,
        label: plain('Accelerator'),
        element: {
          type: 'radio_buttons',
          action_id: 'accelerator',
          options: [gpu, tpu],
          initial_option: accelerator === 'GPU' ? gpu : tpu,
        },
      },
      context(
        accelerator === 'GPU'
          ? 'Tunes in us-central1 · batch size 8 · no approval needed'
          : 'Tunes in europe-west4 · batch size 24 · needs approval · 64 of 64 cores free',
      ),
      {
        type: 'input',
        block_id: 'steps',
        dispatch_action: true,
        label: plain('Steps'),
        element: {
          type: 'number_input',
          action_id: 'steps',
          is_decimal_allowed: false,
          min_value: '1',
          initial_value: '300',
          dispatch_action_config: { trigger_actions_on: ['on_character_entered'] },
        },
      },
      context(`${steps || 'No'} steps = ${epochs} epochs over 480 rows`),
      {
        type: 'input',
        block_id: 'evaluate',
        optional: true,
        dispatch_action: true,
        label: plain('Evaluation'),
        element: { type: 'checkboxes', action_id: 'evaluate', options: [yes], initial_options: [yes] },
      },
      { type: 'header', text: plain('Advanced') },
      {
        type: 'input',
        block_id: 'encryptionKey',
        optional: true,
        label: plain('Encryption key'),
        element: { type: 'plain_text_input', action_id: 'encryptionKey' },
      },
      {
        type: 'input',
        block_id: 'channel',
        label: plain('Post to'),
        element: {
          type: 'conversations_select',
          action_id: 'channel',
          default_to_current_conversation: true,
          filter: { include: ['public', 'private'] },
        },
      },
    ],
  };
}

function checked(): KnownBlock[] {
  return [
    section('*Dataset checked:* 480 rows, all labelled. 2 warnings.'),
    {
      ...section('⚠ 12 rows repeat an earlier input (lines `41`, `77`, `78` …)'),
      accessory: { type: 'button', action_id: 'drop', text: plain('Drop duplicates') },
    },
    context('Length: half under 290 tokens, longest 1,904; nothing will be cut.'),
  ];
}

function approval(): KnownBlock[] {
  const now = Math.floor(Date.now() / 1000);
  return [
    section('<!subteam^SAPPROVE1>: <@UANA00001> asks for *64 TPU v3 cores* in europe-west4'),
    context(
      `300 steps = 15 epochs of 480 rows · evaluation every 20 · expires <!date^${now + 28_800}^{date_short_pretty} at {time}|22:00>`,
    ),
    {
      type: 'actions',
      block_id: 'approval',
      elements: [
        {
          type: 'button',
          action_id: 'approve',
          style: 'primary',
          text: plain('Approve'),
          value: 'job-1',
          confirm: {
            title: plain('Approve 64 cores?'),
            text: { type: 'mrkdwn', text: '*support-intents-v3* is launched as soon as they are free.' },
            confirm: plain('Approve'),
            deny: plain('Not yet'),
          },
        },
        { type: 'button', action_id: 'deny', text: plain('Deny …'), value: 'job-1' },
      ],
    },
  ];
}

function request(): ModalView {
  const text = JSON.stringify(
    { displayName: 'support-intents-v3', runtimeConfig: { parameterValues: { train_steps: 300 } } },
    null,
    2,
  );
  return {
    type: 'modal',
    title: plain('Request'),
    close: plain('Close'),
    blocks: [
      section('*JSON*'),
      {
        type: 'rich_text',
        elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text }] }],
      },
    ],
  };
}

function home(user: string): KnownBlock[] {
  return [
    { type: 'header', text: plain('Waiting for you') },
    user === 'UBEN00001'
      ? section('*support-intents-v3* · <@UANA00001> asks for 64 TPU v3 cores')
      : section('Nothing waits for you.'),
    { type: 'divider' },
    { type: 'header', text: plain('Your jobs') },
    section('● *support-intents-v3* · step 180 of 300'),
    {
      type: 'actions',
      elements: [{ type: 'button', action_id: 'new', text: plain('New distillation job'), style: 'primary' }],
    },
  ];
}

function section(text: string): KnownBlock & { type: 'section' } {
  return { type: 'section', text: { type: 'mrkdwn', text } };
}

function context(text: string): KnownBlock {
  return { type: 'context', elements: [{ type: 'mrkdwn', text }] };
}

function plain(text: string): { type: 'plain_text'; text: string } {
  return { type: 'plain_text', text };
}

function drawCurves(): Buffer {
  const canvas = createCanvas(1200, 500);
  const pen = canvas.getContext('2d');
  pen.fillStyle = '#fdfcfa';
  pen.fillRect(0, 0, 1200, 500);
  pen.lineWidth = 6;
  for (const [colour, top, drop] of [
    ['#a54a24', 60, 340],
    ['#12343b', 420, -330],
  ] as const) {
    pen.strokeStyle = colour;
    pen.beginPath();
    for (let x = 40; x < 760; x += 10) pen.lineTo(x, top + drop * (1 - Math.exp(-(x - 40) / 240)));
    pen.stroke();
  }
  return canvas.toBuffer('image/png');
}
