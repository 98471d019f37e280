import { once } from 'node:events';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Scheduler } from '../../src/local/scheduler/server.ts';
import { startScheduler } from '../../src/local/scheduler/server.ts';

let knocks: { method: string | undefined; headers: IncomingHttpHeaders }[] = [];
let atOnce = 0;
let mostAtOnce = 0;
let respond = (response: ServerResponse): void => void response.end('done');

const target = createServer((request, response) => {
  knocks.push({ method: request.method, headers: request.headers });
  atOnce += 1;
  mostAtOnce = Math.max(mostAtOnce, atOnce);
  response.once('close', () => {
    atOnce -= 1;
  });
  respond(response);
}).listen(0, '127.0.0.1');
await once(target, 'listening');
const url = `http://127.0.0.1:${(target.address() as AddressInfo).port}/poll`;

let scheduler: Scheduler | undefined;
let failures: string[];

function start(everyMs?: number, address = url): Scheduler {
  scheduler = startScheduler({
    target: address,
    audience: 'https://retort.example',
    serviceAccount: 'knocker@retort-test.iam.gserviceaccount.com',
    idToken: ({ audience, email }) => `${email} for ${audience}`,
    failed: error => failures.push(error.message),
    ...(everyMs !== undefined && { everyMs }),
  });
  return scheduler;
}

function knocked(times: number): Promise<void> {
  return vi.waitFor(() => expect(knocks.length).toBeGreaterThanOrEqual(times), { timeout: 4000, interval: 5 });
}

beforeEach(() => {
  [knocks, failures, atOnce, mostAtOnce] = [[], [], 0, 0];
  respond = response => void response.end('done');
});

afterEach(() => scheduler?.close());

afterAll(() => {
  target.close();
  target.closeAllConnections();
});

it('knocks as Cloud Scheduler does', async () => {
  expect(await start().knock()).toEqual({ status: 200, body: 'done' });
  expect(knocks).toHaveLength(1);
  expect(knocks[0]?.method).toBe('POST');
  expect(knocks[0]?.headers).toMatchObject({
    authorization: 'Bearer knocker@retort-test.iam.gserviceaccount.com for https://retort.example',
    'user-agent': 'Google-Cloud-Scheduler',
    'x-cloudscheduler': 'true',
    'x-cloudscheduler-jobname': 'retort-poll',
    'content-length': '0',
  });
  expect(knocks[0]?.headers['x-cloudscheduler-scheduletime']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

it('knocks by itself, again and again', async () => {
  start(10);
  await knocked(3);
  const times = knocks.map(({ headers }) => headers['x-cloudscheduler-scheduletime']);
  expect(new Set(times).size).toBe(times.length);
});

it('never knocks twice at once', async () => {
  const open: ServerResponse[] = [];
  respond = response => void open.push(response);
  const one = start(1);
  await knocked(1);
  const asked = one.knock();
  for (const response of open.splice(0)) response.end();
  respond = response => void setTimeout(() => response.end('later'), 5);
  expect(await asked).toEqual({ status: 200, body: 'later' });
  await knocked(4);
  expect(mostAtOnce).toBe(1);
});

it('pauses and resumes', async () => {
  const one = start(5);
  one.pause();
  const before = knocks.length;
  await one.knock();
  await new Promise(resolve => setTimeout(resolve, 30));
  expect(knocks.length).toBe(before + 1);
  one.resume();
  await knocked(before + 3);
});

it('takes another period', async () => {
  const one = start(3_600_000);
  one.every(5);
  await knocked(2);
});

it('says what was answered, and tells of failures', async () => {
  respond = response => void response.writeHead(503).end('busy');
  expect(await start().knock()).toEqual({ status: 503, body: 'busy' });
  expect(failures).toEqual([`Knocking at "${url}" failed: it answered 503`]);
});

it('goes on after a knock that nobody answered', async () => {
  respond = response => void response.destroy();
  start(5);
  await vi.waitFor(() => expect(failures).toContain(`Knocking at "${url}" failed: it did not answer`));
  respond = response => void response.end('done');
  await knocked(knocks.length + 2);
});

it('ends a knock under way when it is closed', async () => {
  respond = () => {};
  const one = start();
  const asked = one.knock();
  await knocked(1);
  await Promise.all([expect(asked).rejects.toThrow('it did not answer'), one.close()]);
  expect(failures).toEqual([]);
});
