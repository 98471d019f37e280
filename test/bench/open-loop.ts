import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

/** Requests that are due one by one at a fixed rate, whatever becomes of those before. */
export interface Load {
  url: string;
  signingSecret: string;
  /** Payloads of interactions, in the order they are due. */
  payloads: string[];
  perSecond: number;
}

/** What became of one request. */
export interface Answered {
  /** From the moment it was due, not from when it was sent: a generator that stalls counts against what it measures. */
  ms: number;
  /** How long after it was due it was sent. */
  late: number;
  /** 0 where no answer came. */
  status: number;
}

/** Longer than Slack waits, so that what is slow is seen to be slow. */
const patience = 10_000;

/** Sends a load from a thread of its own, away from the event loop of the stand-ins. In the order of the payloads. */
export async function openLoop(load: Load): Promise<Answered[]> {
  const thread = new Worker(new URL(import.meta.url), { workerData: load });
  const [answered] = (await once(thread, 'message')) as [Answered[]];
  await thread.terminate();
  return answered;
}

if (!isMainThread) parentPort?.postMessage(await send(workerData as Load));

function send({ url, signingSecret, payloads, perSecond }: Load): Promise<Answered[]> {
  const agent = new Agent({ keepAlive: true });
  const began = performance.now() + 100;
  const due = (i: number) => began + (i * 1000) / perSecond;
  const { promise, resolve } = Promise.withResolvers<Answered[]>();
  const sent: Promise<Answered>[] = [];

  function sendDue() {
    while (sent.length < payloads.length && due(sent.length) <= performance.now()) sent.push(click(sent.length));
    if (sent.length === payloads.length) return resolve(Promise.all(sent));
    setTimeout(sendDue, Math.max(0, due(sent.length) - performance.now()));
  }

  async function click(i: number): Promise<Answered> {
    const late = performance.now() - due(i);
    const status = await post(new URLSearchParams({ payload: payloads[i]! }).toString());
    return { ms: performance.now() - due(i), late, status };
  }

  function post(body: string): Promise<number> {
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signature = createHmac('sha256', signingSecret).update(`v0:${timestamp}:${body}`).digest('hex');
    return new Promise(answer => {
      const headers = {
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': Buffer.byteLength(body),
        'x-slack-request-timestamp': timestamp,
        'x-slack-signature': `v0=${signature}`,
      };
      request(url, { method: 'POST', agent, headers, signal: AbortSignal.timeout(patience) }, response => {
        response.resume().once('end', () => answer(response.statusCode ?? 0));
        response.once('error', () => answer(0));
      })
        .once('error', () => answer(0))
        .end(body);
    });
  }

  sendDue();
  return promise;
}
