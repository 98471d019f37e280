import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { GoogleAuth, OAuth2Client } from 'google-auth-library';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { googleRequests } from '../../src/clients/google.ts';
import { guardedFetch } from '../../src/clients/guarded-fetch.ts';
import { slackClient } from '../../src/clients/slack.ts';
import type { Ours } from '../../src/world.ts';
import { LeaseLost, SlackTrouble } from '../../src/world.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const always: Ours = () => true;
const never: Ours = () => false;

/** Everyone who says something that has to be theirs to say: how they get ready, and how they say it. */
const ways: { by: string; ready: Ready }[] = [
  {
    by: 'fetch',
    ready: async origin => (ours, say) => guardedFetch(ours)(origin, { method: 'POST', body: say }),
  },
  {
    by: 'Slack’s client',
    ready: async (origin, timeout) => {
      const slack = await slackClient({ botToken: 'xoxb', apiUrl: `${origin}/api/`, callTime: timeout, pause: 60_000 });
      return (ours, say) => slack.send({ text: say, blocks: [] }, { channel: 'C1', job: 'j7k2m9', key: '0000', ours });
    },
  },
  {
    by: 'Google’s',
    ready: async (origin, timeout) => {
      const request = googleRequests({ auth: authorised(), timeout });
      return (ours, say) => request({ ours, url: origin, method: 'POST', body: { say }, answer: z.looseObject({}) });
    },
  },
];
type Ready = (origin: string, timeout: number) => Promise<(ours: Ours, say: string) => Promise<unknown>>;

describe.each(ways)('What is said by $by', ({ ready }) => {
  async function begun({ timeout = 5_000 } = {}) {
    const server = await listening();
    return { ...server, speak: await ready(server.origin, timeout) };
  }

  it('arrives as long as it is ours to say', async () => {
    const { speak, arrived } = await begun();
    await speak(always, 'one');
    expect(arrived()).toEqual(['one']);
  });

  it('does not arrive where it is not', async () => {
    const { speak, arrived } = await begun();
    await expect(speak(never, 'one')).rejects.toThrow(LeaseLost);
    expect(arrived()).toEqual([]);
  });

  it('does not arrive where the lease ended while the connection was made', async () => {
    const { speak, arrived } = await begun();
    const letGo = await heldConnections();
    let lease = true;
    const saying = speak(() => lease, 'one').catch((error: unknown) => error);
    await wait(50);
    lease = false;
    await letGo();
    expect(await saying).toBeInstanceOf(LeaseLost);
    expect(arrived()).toEqual([]);
  });

  it('arrives late where the connection was made late', async () => {
    const { speak, arrived } = await begun();
    const letGo = await heldConnections();
    const saying = speak(always, 'one');
    await wait(50);
    expect(arrived()).toEqual([]);
    await letGo();
    await saying;
    expect(arrived()).toEqual(['one']);
  });

  it('leaves the way free for what is said next, with a new connection and with one that was there', async () => {
    const { speak, arrived } = await begun();
    await expect(speak(never, 'one')).rejects.toThrow(LeaseLost);
    await speak(always, 'two');
    await expect(speak(never, 'three')).rejects.toThrow(LeaseLost);
    await speak(always, 'four');
    expect(arrived()).toEqual(['two', 'four']);
  });

  it('keeps no other from arriving that is on its way', async () => {
    const { speak, arrived, hold } = await begun();
    const answer = hold();
    const slow = speak(always, 'slow');
    while (!arrived().length) await wait(5);
    await expect(speak(never, 'lost')).rejects.toThrow(LeaseLost);
    answer();
    await slow;
    const twenty = Array.from({ length: 20 }, (_, i) => speak(i % 2 ? never : always, `${i}`));
    const outcomes = await Promise.allSettled(twenty);
    expect(outcomes.map(({ status }) => status)).toEqual(outcomes.map((_, i) => (i % 2 ? 'rejected' : 'fulfilled')));
    expect(arrived().slice(1).sort()).toEqual(['0', '10', '12', '14', '16', '18', '2', '4', '6', '8']);
  });
});

describe('Time', () => {
  it('ends what Slack does not answer: it may have been said', async () => {
    const { origin, arrived, hold } = await listening();
    const speak = await way('Slack’s client')(origin, 200);
    hold();
    const failure: unknown = await speak(always, 'one').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SlackTrouble);
    expect(failure).toMatchObject({ kind: 'unclear' });
    expect(arrived()).toEqual(['one']);
  });

  it('ends what Google does not answer: it may have been done', async () => {
    const { origin, arrived, hold } = await listening();
    const speak = await way('Google’s')(origin, 200);
    hold();
    expect(await speak(always, 'one')).toEqual({ is: 'no-answer', unclear: true });
    expect(arrived()).toEqual(['one']);
  });
});

describe('An abort', () => {
  it('ends a call that waits for its answer', async () => {
    const { origin, arrived, hold } = await listening();
    hold();
    const abort = new AbortController();
    const call = guardedFetch(always)(origin, { method: 'POST', body: 'one', signal: abort.signal });
    while (!arrived().length) await wait(5);
    abort.abort();
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('ends a call that waits for its connection, and nothing arrives', async () => {
    const { origin, arrived } = await listening();
    const letGo = await heldConnections();
    const abort = new AbortController();
    const call = guardedFetch(always)(origin, { method: 'POST', body: 'one', signal: abort.signal });
    await wait(50);
    abort.abort();
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    await letGo();
    await guardedFetch(always)(origin, { method: 'POST', body: 'two' });
    expect(arrived()).toEqual(['two']);
  });
});

describe('Google’s client', () => {
  it('asks again before it says something once more with a fresh token', async () => {
    const { origin, arrived, refuse } = await listening();
    refuse(401);
    let lease = true;
    const auth = authorised(async () => {
      lease = false;
      return { access_token: 'fresh', expiry_date: Date.now() + 3_600_000 };
    });
    const request = googleRequests({ auth, timeout: 5_000 });
    const asked = { url: origin, method: 'POST', body: { say: 'one' }, answer: z.looseObject({}) } as const;
    await expect(request({ ...asked, ours: () => lease })).rejects.toThrow(LeaseLost);
    expect(arrived()).toEqual(['one']);
    refuse(401);
    expect(await request({ ...asked, ours: always })).toMatchObject({ is: 'ok' });
    expect(arrived()).toEqual(['one', 'one', 'one']);
  });
});

function way(which: string): Ready {
  const found = ways.find(({ by }) => by === which);
  if (!found) throw new Error(`Nobody speaks by "${which}".`);
  return found.ready;
}

function authorised(refresh?: OAuth2Client['refreshHandler']): GoogleAuth {
  const authClient = new OAuth2Client({ forceRefreshOnFailure: true });
  authClient.setCredentials({ access_token: 'stale' });
  if (refresh) authClient.refreshHandler = refresh;
  return new GoogleAuth({ authClient });
}

/** Keeps all threads waiting that look names up, so that no connection comes about until it is let go. */
async function heldConnections(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'retort-'));
  const pipe = join(folder, 'pipe');
  await promisify(execFile)('mkfifo', [pipe]);
  const threads = Number(process.env.UV_THREADPOOL_SIZE ?? 4);
  const readers = Promise.all(Array.from({ length: threads }, () => open(pipe, 'r')));
  let held = true;
  async function letGo() {
    if (!held) return;
    held = false;
    // Here and not in a thread: there is none left.
    const writer = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
    for (const reader of await readers) await reader.close();
    closeSync(writer);
    await rm(folder, { recursive: true });
  }
  closing.push(letGo);
  return letGo;
}

/** What Slack's client asks before it says anything: who it is. */
const asksWhoItIs = new Set(['/api/auth.test', '/api/bots.info']);

/** A server under a name that has to be looked up, and what was said to it, without those questions. */
async function listening() {
  const said: string[] = [];
  const held: ServerResponse[] = [];
  let holding = false;
  let refusal: number | undefined;
  const server = createServer(async (request, response) => {
    const body = await text(request);
    if (!asksWhoItIs.has(request.url ?? '')) {
      said.push(words(body));
      if (holding) return held.push(response);
    }
    response.writeHead(refusal ?? 200, { 'content-type': 'application/json' }).end('{"ok": true, "ts": "1.1"}');
    refusal = undefined;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    server.close();
    server.closeAllConnections();
  });
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    arrived: () => [...said],
    /** Answers nothing until told to. */
    hold() {
      holding = true;
      return () => {
        holding = false;
        for (const response of held.splice(0)) response.end('{"ok": true, "ts": "1.1"}');
      };
    },
    /** Answers once with this status. */
    refuse(status: number) {
      refusal = status;
    },
  };
}

/** What is said in a body: as text, in Slack's form or in Google's. */
function words(body: string): string {
  if (body.startsWith('{')) return z.object({ say: z.string() }).parse(JSON.parse(body)).say;
  return new URLSearchParams(body).get('text') ?? body;
}
