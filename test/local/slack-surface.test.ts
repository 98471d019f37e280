import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebClient } from '@slack/web-api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type SlackStandIn, startSlack } from '../../src/local/slack/server.ts';

const token = 'xoxb-the-token';
let slack: SlackStandIn;
let client: WebClient;
const told: unknown[] = [];

beforeEach(async () => {
  slack = await startSlack({
    signingSecret: 'secret',
    botToken: token,
    extra: {
      state: () => ({ clock: 'noon' }),
      act: async (name, body) => told.push([name, body]),
    },
  });
  client = new WebClient(token, { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 } });
});
afterEach(() => slack.close());

test('the state shows a person their own channels, messages and secrets, and nobody else their own', async () => {
  const channel = slack.channel('ml-distillation').id;
  await client.chat.postMessage({ channel, text: 'card' });
  await client.chat.postEphemeral({ channel, user: slack.as('ana').id, text: 'for ana' });
  const seen = { ana: await state('ana'), guest: await state('guest') };
  expect(seen.ana.channels.map(one => one.name)).toEqual([
    'ml-distillation',
    'general',
    'ml-leads',
    slack.as('ana').id,
  ]);
  expect(seen.guest.channels.map(one => one.name)).toEqual(['ml-distillation', slack.as('guest').id]);
  expect(seen.ana.channels[0]?.messages.map(one => one.text)).toEqual(['card']);
  expect(seen.ana.channels[0]?.ephemerals.map(one => one.text)).toEqual(['for ana']);
  expect(seen.guest.channels[0]?.ephemerals).toEqual([]);
});

test('the page acts as a person over HTTP exactly as a test does in process', async () => {
  const bodies: string[] = [];
  const app = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const form = new URLSearchParams(Buffer.concat(parts).toString());
    bodies.push(String(form.get('text') ?? (JSON.parse(form.get('payload')!) as { type: string }).type));
    if (form.get('trigger_id'))
      await client.views.open({
        trigger_id: form.get('trigger_id')!,
        view: {
          type: 'modal',
          callback_id: 'form',
          title: { type: 'plain_text', text: 'Form' },
          submit: { type: 'plain_text', text: 'Send' },
          blocks: [
            {
              type: 'input',
              block_id: 'name',
              label: { type: 'plain_text', text: 'Name' },
              element: { type: 'plain_text_input', action_id: 'name' },
            },
          ],
        },
      });
    response.end();
  });
  await new Promise<void>(resolve => app.listen(0, '127.0.0.1', resolve));
  slack.deliverTo(`http://127.0.0.1:${(app.address() as AddressInfo).port}`);
  const command = { as: 'ana', do: 'command', channel: 'ml-distillation', line: '/distill new' };
  const opened = (await act(command)) as { opened: { id: string }[] };
  const viewId = opened.opened[0]!.id;
  await act({ as: 'ana', do: 'set', viewId, id: 'name', value: 'x' });
  expect((await state('ana')).views[0]?.values.name?.name?.value).toBe('x');
  await act({ as: 'ana', do: 'submit', viewId });
  expect((await state('ana')).views).toEqual([]);
  expect(bodies).toEqual(['new', 'view_submission']);
  expect(await act({ as: 'ana', do: 'dance' })).toEqual({ error: 'Nobody here knows how to do "dance".' });
  app.closeAllConnections();
  app.close();
});

test('changes are told as they happen', async () => {
  const response = await fetch(`${slack.url}/live`);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader.read()).value).toContain('"hello"');
  const channel = slack.channel('ml-distillation').id;
  slack.as('ana').say(channel, 'hello');
  const event = JSON.parse((await reader.read()).value!.replace('data: ', '')) as unknown;
  expect(event).toMatchObject({ what: 'message', channel });
  await reader.cancel();
});

test('only pages of this machine reach the people, and only pages of this address act', async () => {
  expect(await statusWith({ host: 'slack.example.com' })).toBe(403);
  expect(await statusWith({ host: '127.0.0.1:1', origin: 'http://evil.example' })).toBe(403);
  expect(await statusWith({ host: '127.0.0.1:1' })).toBe(200);
  const unasked = await fetch(`${slack.url}/act`, { method: 'POST', body: '{"do":"clearFaults"}' });
  expect(unasked.status).toBe(403);
});

test('TypeScript is served as JavaScript, and nothing outside its folders is served', async () => {
  const script = await fetch(`${slack.url}/page/page.ts`);
  expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  expect(await script.text()).not.toMatch(/\binterface \w+ \{/);
  const lit = await fetch(`${slack.url}/lib/lit-html/lit-html.js`);
  expect(await lit.text()).toContain('export');
  expect((await fetch(`${slack.url}/page/..%2fserver.ts`)).status).toBe(404);
  expect((await fetch(`${slack.url}/page/missing.ts`)).status).toBe(404);
});

test('panels of other stand-ins are carried along', async () => {
  expect(await (await fetch(`${slack.url}/extra`)).json()).toEqual({ clock: 'noon' });
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ name: 'forward', body: { minutes: 5 } });
  await fetch(`${slack.url}/extra`, { method: 'POST', headers, body });
  expect(told).toEqual([['forward', { minutes: 5 }]]);
});

interface State {
  channels: { name: string; messages: { text: string }[]; ephemerals: { text: string }[] }[];
  views: { values: Record<string, Record<string, { value: string }>> }[];
}

async function state(as: string): Promise<State> {
  return (await (await fetch(`${slack.url}/state?as=${as}`)).json()) as State;
}

async function act(body: unknown): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${slack.url}/act`, { method: 'POST', headers, body: JSON.stringify(body) });
  return response.json();
}

function statusWith(headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(`${slack.url}/state`, { headers }, response => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.once('error', reject);
    sent.end();
  });
}
