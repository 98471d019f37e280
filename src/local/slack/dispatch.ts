import { createHmac } from 'node:crypto';
import { type Json, parseJson } from './json.ts';
import { note } from './traffic.ts';
import type { Workspace } from './workspace.ts';

/** What the app said to a request of Slack's, or that it said nothing in time. */
export interface Answer {
  ok: boolean;
  status?: number;
  ackMs: number;
  text: string;
  json: unknown;
  headers: Record<string, string>;
  problem?: 'operation_timeout' | 'dispatch_failed';
}

/** Sends a slash command. */
export function sendCommand(workspace: Workspace, command: Record<string, string>): Promise<Answer> {
  const body = new URLSearchParams(command).toString();
  const what = `${command.command} ${command.text}`;
  return send(workspace, { what, body, form: true, shown: command, envelope: 'slash_commands' });
}

/** Sends an interaction: a click, a submission, a query for options. */
export function sendInteraction(workspace: Workspace, payload: Json): Promise<Answer> {
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  return send(workspace, { what: String(payload.type), body, form: true, shown: payload, envelope: 'interactive' });
}

/** Sends an event, or the challenge of a request URL. */
export function sendEvent(
  workspace: Workspace,
  { envelope, headers = {} }: { envelope: Json; headers?: Record<string, string> },
): Promise<Answer> {
  const event = envelope.event as { type?: string } | undefined;
  const what = String(event?.type ?? envelope.type);
  const body = JSON.stringify(envelope);
  return send(workspace, { what, body, form: false, shown: envelope, headers, envelope: 'events_api' });
}

async function send(
  workspace: Workspace,
  {
    what,
    body,
    form,
    shown,
    headers = {},
    envelope,
  }: { what: string; body: string; form: boolean; shown: Json; headers?: Record<string, string>; envelope: string },
): Promise<Answer> {
  const { requestUrl, settings, sockets } = workspace;
  const began = performance.now();
  const answer = sockets.isOpen()
    ? await overSocket(workspace, { type: envelope, payload: shown, headers })
    : requestUrl
      ? await request(requestUrl, { body, form, headers, settings })
      : { ok: false, text: '', json: undefined, headers: {}, problem: 'dispatch_failed' as const };
  const ackMs = Math.round(performance.now() - began);
  note(workspace, {
    from: 'slack',
    what,
    ms: ackMs,
    request: shown,
    response: answer.problem === 'operation_timeout' ? 'no answer in time' : (answer.json ?? answer.text),
    ...('status' in answer ? { status: answer.status } : {}),
  });
  return { ...answer, ackMs };
}

async function overSocket(
  { sockets, settings }: Workspace,
  { type, payload, headers }: { type: string; payload: Json; headers: Record<string, string> },
): Promise<Omit<Answer, 'ackMs'>> {
  const [attempt, reason] = [headers['x-slack-retry-num'], headers['x-slack-retry-reason']];
  const retry = attempt === undefined ? {} : { retry_attempt: Number(attempt), retry_reason: reason };
  const said = await sockets.send({ type, payload, retry }, settings.ackMs);
  const nothing = { ok: false, text: '', json: undefined, headers: {} };
  if (said.is === 'silent') return { ...nothing, problem: 'operation_timeout' };
  if (said.is === 'gone') return { ...nothing, problem: 'dispatch_failed' };
  if (!Object.keys(said.payload).length) return { ...nothing, ok: true };
  return { ...nothing, ok: true, text: JSON.stringify(said.payload), json: said.payload };
}

async function request(
  url: string,
  {
    body,
    form,
    headers,
    settings,
  }: { body: string; form: boolean; headers: Record<string, string>; settings: Workspace['settings'] },
): Promise<Omit<Answer, 'ackMs'>> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', settings.signingSecret).update(`v0:${timestamp}:${body}`).digest('hex');
  try {
    const response = await fetch(url, {
      method: 'POST',
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(settings.ackMs),
      headers: {
        'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
        // Bolt compares this header exactly, so no charset may follow.
        'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json',
        'x-slack-request-timestamp': timestamp,
        'x-slack-signature': `v0=${signature}`,
        ...headers,
      },
    });
    const text = await response.text();
    return {
      ok: response.ok,
      status: response.status,
      text,
      json: text ? parseJson(text) : undefined,
      headers: Object.fromEntries(response.headers),
      ...(response.ok ? {} : { problem: 'dispatch_failed' as const }),
    };
  } catch (error) {
    const late = error instanceof DOMException && error.name === 'TimeoutError';
    return {
      ok: false,
      text: '',
      json: undefined,
      headers: {},
      problem: late ? 'operation_timeout' : 'dispatch_failed',
    };
  }
}
