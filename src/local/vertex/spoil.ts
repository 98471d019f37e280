import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './faults.ts';
import type { Status } from './trouble.ts';
import { codes, wire } from './trouble.ts';

/** A status and what is said with it. */
export type Answer = { status: number; body: object };

/** Carries out a call and answers it, as well as the fault that is on it allows. */
export async function spoil(
  {
    request,
    response,
    fault,
    last,
    closing,
  }: {
    request: IncomingMessage;
    response: ServerResponse;
    fault: Fault | undefined;
    /** What was answered to such a call before. */
    last: Answer | undefined;
    closing: AbortSignal;
  },
  apply: () => Promise<Answer>,
): Promise<void> {
  const mode = fault?.mode;
  switch (mode) {
    case undefined:
      return send(response, await apply());
    case 'drop-before':
      request.socket.destroy();
      return;
    case 'hang':
      return;
    case 'apply-drop':
      await apply();
      request.socket.destroy();
      return;
    case 'apply-hang':
      await apply();
      return;
    case 'apply-500':
      await apply();
      return send(response, google('INTERNAL', 'Internal error encountered.'));
    case '500':
      return send(response, google('INTERNAL', 'Internal error encountered.'));
    case '503':
      return send(response, google('UNAVAILABLE', 'The service is currently unavailable.'));
    case '429':
      if (fault?.retryAfter !== undefined) response.setHeader('Retry-After', String(fault.retryAfter));
      return send(response, google('RESOURCE_EXHAUSTED', 'Quota exceeded for aiplatform.googleapis.com.'));
    case 'refuse':
      return send(response, google(fault?.status ?? 'PERMISSION_DENIED', fault?.message ?? 'Permission denied.'));
    case 'html200':
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<html><body>Sign in</body></html>');
      return;
    case 'stale':
      return send(response, last ?? { status: 200, body: {} });
    case 'slow':
      await sleep(fault?.delay ?? 1500, undefined, { signal: closing });
      return send(response, await apply());
    case 'trunc':
      half(response, await apply(), () => request.socket.destroy());
      return;
    case 'stall-body':
      half(response, await apply(), () => {});
      return;
    default:
      mode satisfies never;
  }
}

function google(status: Status, message: string): Answer {
  return { status: codes[status].http, body: wire({ status, message }) };
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response
    .writeHead(status, { 'Content-Type': 'application/json; charset=UTF-8' })
    .end(`${JSON.stringify(body, null, 2)}\n`);
}

function half(response: ServerResponse, { status, body }: Answer, then: () => void): void {
  const text = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'Content-Type': 'application/json; charset=UTF-8', 'Content-Length': text.length });
  response.write(text.subarray(0, text.length >> 1), then);
}
