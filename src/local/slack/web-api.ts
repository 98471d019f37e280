import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Fault, takeFault } from './faults.ts';
import { argumentsOf } from './http-body.ts';
import type { Json } from './json.ts';
import { methods, openMethods } from './methods.ts';
import type { Rates } from './rates.ts';
import { Refusal } from './refusal.ts';
import { socketMethods } from './sockets.ts';
import { note } from './traffic.ts';
import type { Workspace } from './workspace.ts';

const scopes =
  'commands,chat:write,files:write,files:read,channels:read,groups:read,channels:history,groups:history,im:write,users:read,usergroups:read'.split(
    ',',
  );

/** Slack's own page when it is unwell, or when it takes a caller for a person who should log in. */
export const htmlPage = '<!DOCTYPE html><html><head><title>Slack</title></head><body>Sign in to Acme</body></html>';

/** Answers one call of the Web API, or lets the planned fault strike. */
export async function answerCall(
  { workspace, rates }: { workspace: Workspace; rates: Rates },
  { method, url, request, response }: { method: string; url: URL; request: IncomingMessage; response: ServerResponse },
): Promise<void> {
  const began = performance.now();
  const { token, ...args } = await argumentsOf(request, url);
  const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? token;
  const fault = takeFault(workspace, method);

  function answer(status: number, body: unknown, headers: Record<string, string> = {}): void {
    const html = typeof body === 'string';
    response.writeHead(status, {
      'content-type': html ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8',
      'x-oauth-scopes': scopes.filter(scope => !workspace.withheld.has(scope)).join(','),
      ...headers,
    });
    response.end(html ? body : JSON.stringify(body));
    record(status, body);
  }
  function record(status: number | undefined, body: unknown): void {
    const ms = Math.round(performance.now() - began);
    note(workspace, { from: 'app', what: method, ms, request: args, response: body, ...(status ? { status } : {}) });
  }

  if (fault && !fault.mode.startsWith('apply')) return strike(fault, { answer, record, response });
  const seconds = rates.wait(method, args);
  if (seconds !== undefined)
    return answer(429, { ok: false, error: 'ratelimited' }, { 'retry-after': String(seconds) });
  const result = await outcome(workspace, { method, args, bearer });
  if (fault) return strike(fault, { answer, record, response });
  answer(200, result);
}

async function outcome(
  workspace: Workspace,
  { method, args, bearer }: { method: string; args: Json; bearer: unknown },
): Promise<Json> {
  try {
    const known = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (!known) throw new Refusal('unknown_method');
    if (!openMethods.has(method)) {
      if (!bearer) throw new Refusal('not_authed');
      const { appToken, botToken } = workspace.settings;
      if (bearer !== (Object.hasOwn(socketMethods, method) ? appToken : botToken)) throw new Refusal('invalid_auth');
    }
    return { ok: true, ...(await known({ workspace, args })) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { code, messages } = error;
    if (!messages.length) return { ok: false, error: code };
    return {
      ok: false,
      error: code,
      errors: messages,
      response_metadata: { messages: messages.map(message => `[ERROR] ${message}`) },
    };
  }
}

function strike(
  fault: Fault,
  {
    answer,
    record,
    response,
  }: {
    answer: (status: number, body: unknown, headers?: Record<string, string>) => void;
    record: (status: number | undefined, body: unknown) => void;
    response: ServerResponse;
  },
): void {
  const { mode, retryAfter = 1 } = fault;
  if (mode === 'drop-before' || mode === 'apply-drop') {
    record(undefined, `fault: ${mode}`);
    response.socket?.destroy();
  } else if (mode === 'hang' || mode === 'apply-hang') record(undefined, `fault: ${mode}`);
  else if (mode === '429')
    answer(429, { ok: false, error: 'ratelimited' }, retryAfter === '' ? {} : { 'retry-after': String(retryAfter) });
  else if (mode === '500' || mode === 'apply-500') answer(500, htmlPage);
  else if (mode === 'html200') answer(200, htmlPage);
  else answer(200, { ok: false, error: mode.slice('error:'.length) });
}
