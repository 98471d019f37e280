import { Firestore } from '@google-cloud/firestore';
import { afterAll, expect, test } from 'vitest';
import { approve, ask, channel, result } from '../src/local/play.ts';
import { startProgram } from '../src/local/program.ts';
import { startStack } from '../src/local/stack.ts';
import { deliver } from './signed.ts';
import { watching } from './watching.ts';

const stack = await startStack({
  speed: 6000,
  knockEvery: 200,
  slack: { rateLimits: false, fileDelayMs: 50 },
  environment: { SLACK_APP_TOKEN: 'xapp-local-app-token', SLACK_SIGNING_SECRET: '' },
});
const { slack } = stack;
const { part } = watching(stack);
const db = new Firestore({ projectId: stack.project.id, host: stack.firestore.host, ssl: false });
afterAll(() => Promise.all([stack.close(), db.terminate()]));

const paused = async () => (await db.collection('ledgers').doc('TPU').get()).get('paused') !== undefined;
const envelope = (rest: object) => ({
  type: 'slash_commands',
  payload: {
    command: '/distill',
    text: 'pause',
    team_id: slack.team.id,
    api_app_id: slack.app.id,
    user_id: 'UBEN00001',
    channel_id: 'CDISTILL1',
    trigger_id: 'pressed once',
    ...rest,
  },
});

test('Over Socket Mode a job is asked for, approved and followed to its model', async () => {
  const card = await ask(stack, part('by-socket', { accelerator: 'TPU' }));
  await approve(stack, card);
  expect(await result(stack, card)).toMatch(/\/models\//);
});

test('Over Socket Mode a command is answered, and events are acknowledged', async () => {
  const ana = slack.as('ana');
  await ana.command(channel, '/distill help');
  await slack.until(() =>
    ana.ephemerals().find(({ text, blocks }) => /distill status/.test(text + JSON.stringify(blocks))),
  );
  await ana.openHome();
  await slack.until(() => ana.home());
});

test('With Socket Mode Slack’s door is shut, and those of the knock and of health are open', async () => {
  const { url } = stack.program();
  expect(await deliver(stack, { body: 'payload={}', secret: 'local-signing-secret' })).toEqual({
    status: 404,
    body: '',
  });
  expect((await fetch(`${url}/health`)).status).toBe(200);
  expect((await fetch(`${url}/poll`, { method: 'POST' })).status).toBe(401);
});

test('Over Socket Mode the same delivery twice has one effect, and what is not ours has none', async () => {
  for (const foreign of [{ team_id: 'T0OTHER' }, { api_app_id: 'A0OTHER' }])
    expect(await slack.sockets.send(envelope(foreign), 3000)).toEqual({ is: 'acknowledged', payload: {} });
  expect(await paused()).toBe(false);
  await slack.sockets.send(envelope({}), 3000);
  expect(await paused()).toBe(true);
  await slack.sockets.send(envelope({ text: 'resume', trigger_id: 'pressed then' }), 3000);
  expect(await slack.sockets.send(envelope({}), 3000)).toEqual({ is: 'acknowledged', payload: {} });
  expect(await paused()).toBe(false);
});

test.each([
  ['asked to connect anew', () => slack.sockets.refresh()],
  ['cut off', () => slack.sockets.cut()],
])('%s, it does, and goes on', async (_, part) => {
  part();
  await expect.poll(() => slack.sockets.isOpen(), { timeout: 20_000 }).toBe(false);
  await expect.poll(() => slack.sockets.isOpen(), { timeout: 20_000 }).toBe(true);
  const said = await slack.sockets.send(envelope({ text: 'help', trigger_id: `${Math.random()}` }), 3000);
  expect(said).toMatchObject({ is: 'acknowledged', payload: { response_type: 'ephemeral' } });
});

test('Without a token that Slack takes it does not start, and says which', async () => {
  const start = startProgram({ ...stack.environment, SLACK_APP_TOKEN: 'xapp-of-somebody-else' });
  await expect(start).rejects.toThrow(/ended with code 1 .*Slack answers "invalid_auth" to SLACK_APP_TOKEN/s);
});

test('Asked to end, it ends at once and well', async () => {
  expect(await stack.program().stop()).toBe(0);
  expect(stack.program().logs.filter(line => !line.startsWith('{'))).toEqual([]);
});
