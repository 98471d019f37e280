import { LogLevel, WebClient } from '@slack/web-api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Parts, panels } from '../../src/local/panels.ts';
import { type SlackStandIn, startSlack } from '../../src/local/slack/server.ts';
import { startVertex, type VertexStandIn } from '../../src/local/vertex/server.ts';

const token = 'xoxb-the-token';
let slack: SlackStandIn;
let vertex: VertexStandIn;
let client: WebClient;

beforeEach(async () => {
  slack = await startSlack({ signingSecret: 'secret', botToken: token });
  vertex = await startVertex({ storageUrl: 'http://127.0.0.1:9', issued: () => true });
  client = new WebClient(token, {
    slackApiUrl: slack.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logLevel: LogLevel.ERROR,
  });
});
afterEach(() => Promise.all([slack.close(), vertex.close()]));

function parts(): Parts {
  return {
    slack,
    vertex,
    scheduler: { knock: async () => ({ status: 200, body: '{"advanced":1}' }), pause: () => {}, resume: () => {} },
    restart: async () => {},
  };
}

function isOn(shown: ReturnType<ReturnType<typeof panels>['state']>): string[] {
  return shown.switches.filter(one => one.on).map(one => one.name);
}

test('panels show what has been started, and nothing of what has not', async () => {
  const late: Partial<Parts> = {};
  const shown = panels(late);
  expect(shown.state()).toEqual({ switches: [] });
  await expect(shown.act('knock', {})).rejects.toThrow('the scheduler has not been started');
  Object.assign(late, parts());
  expect(shown.state()).toMatchObject({
    time: { speed: 1 },
    jobs: [],
    scheduler: { paused: false },
    program: { restarts: 0 },
  });
  expect(shown.state().switches).toHaveLength(4);
});

test('the rate limit stays as long as its switch is on', async () => {
  const shown = panels(parts());
  await shown.act('switch', { name: 'slack-rate-limit', on: true });
  await expect(client.auth.test()).rejects.toThrow('rate');
  await expect(client.auth.test()).rejects.toThrow('rate');
  expect(isOn(shown.state())).toEqual(['slack-rate-limit']);
  await shown.act('switch', { name: 'slack-rate-limit', on: false });
  expect((await client.auth.test()).ok).toBe(true);
});

test('a lost answer is lost once, and its switch goes off by itself', async () => {
  const shown = panels(parts());
  const channel = slack.channel('ml-distillation').id;
  await shown.act('switch', { name: 'slack-lost-answer', on: true });
  expect(isOn(shown.state())).toEqual(['slack-lost-answer']);
  await expect(client.chat.postMessage({ channel, text: 'posted' })).rejects.toThrow();
  expect(slack.messages('ml-distillation').map(one => one.text)).toEqual(['posted']);
  expect(isOn(shown.state())).toEqual([]);
  expect((await client.chat.postMessage({ channel, text: 'again' })).ok).toBe(true);
});

test('one switch that goes off leaves the other of the same stand-in on', async () => {
  const shown = panels(parts());
  await shown.act('switch', { name: 'vertex-down', on: true });
  await shown.act('switch', { name: 'vertex-lost-create', on: true });
  await shown.act('switch', { name: 'vertex-lost-create', on: false });
  const url = `${vertex.url}/v1/projects/acme-ml/locations/us-central1/pipelineJobs`;
  const list = () => fetch(url, { headers: { authorization: 'Bearer t' } });
  expect((await list()).status).toBe(500);
  await shown.act('switch', { name: 'vertex-down', on: false });
  expect((await list()).status).toBe(200);
});

test('pipeline time is set within its bounds', async () => {
  const shown = panels(parts());
  await shown.act('speed', { speed: 3600 });
  expect(shown.state().time).toEqual({ speed: 3600 });
  await expect(shown.act('speed', { speed: 1e9 })).rejects.toThrow('not "1000000000"');
  await expect(shown.act('dance', {})).rejects.toThrow('"dance"');
});

test('a knock and a restart leave word of themselves', async () => {
  const shown = panels(parts());
  await shown.act('knock', {});
  await shown.act('restart', {});
  await shown.act('pause-scheduler', {});
  expect(shown.state()).toMatchObject({
    scheduler: { paused: true, knocking: false, last: { status: 200, said: '{"advanced":1}' } },
    program: { restarts: 1, restarting: false },
  });
});

function createTuning() {
  return fetch(`${vertex.url}/v1/projects/acme-ml/locations/us-central1/tuningJobs`, {
    method: 'POST',
    headers: { authorization: 'Bearer t' },
    body: JSON.stringify({
      baseModel: 'gemini-2.5-flash',
      tunedModelDisplayName: 'support',
      labels: { 'retort-job': 'a' },
      supervisedTuningSpec: { trainingDatasetUri: 'gs://acme/train.jsonl' },
    }),
  });
}

test('a tuning job is shown with its phases, and can be held', async () => {
  const shown = panels(parts());
  vertex.speed(0);
  const { name } = (await (await createTuning()).json()) as { name: string };
  const id = name.split('/').at(-1);
  const job = () => shown.state().jobs?.[0];
  expect(job()).toMatchObject({ id, title: 'support', state: 'PENDING', retortJob: 'a', step: 0, steps: 0 });
  expect(job()?.tasks.map(task => [task.name, task.state])).toEqual([
    ['waiting-for-quota', 'PENDING'],
    ['processing-dataset', 'PENDING'],
    ['waiting-for-capacity', 'PENDING'],
    ['tuning', 'PENDING'],
    ['post-processing', 'PENDING'],
  ]);
  await shown.act('pause-job', { id });
  expect(job()?.state).toBe('PAUSED');
  await shown.act('resume-job', { id });
  vertex.failTuning({ phase: 'PROCESSING_DATASET', code: 3, message: 'No rows.' });
  vertex.speed(1e7);
  await expect.poll(() => job()?.state).toBe('FAILED');
  expect(job()?.error).toBe('No rows.');
  expect(job()?.tasks.map(({ state }) => state)).toEqual([
    'SUCCEEDED',
    'FAILED',
    'NOT_TRIGGERED',
    'NOT_TRIGGERED',
    'NOT_TRIGGERED',
  ]);
});

test('the next answer to a creation is lost, of whichever kind of job', async () => {
  const shown = panels(parts());
  vertex.speed(0);
  await shown.act('switch', { name: 'vertex-lost-create', on: true });
  await expect(createTuning()).rejects.toThrow();
  expect(isOn(shown.state())).toEqual([]);
  expect((await createTuning()).ok).toBe(true);
  expect(vertex.jobs()).toHaveLength(2);
});
