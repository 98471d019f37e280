import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';
import type { Method } from './call.ts';
import { asJson, isJson, type Json, parseJson } from './json.ts';

/** For how long the address of a connection may be used, and how often Slack asks whether somebody is there, in milliseconds. */
const ticketLives = 30_000;
const pingEvery = 10_000;

/** What the app said to an envelope. */
type Said = { is: 'acknowledged'; payload: Json } | { is: 'silent' } | { is: 'gone' };

/** The app's connections over Socket Mode. */
export interface Sockets {
  /** A new address at which one connection can be made. */
  ticket(origin: string): string;
  /** Whether the app is connected. */
  isOpen(): boolean;
  /** Sends an envelope over one of the connections, and waits for its acknowledgement. */
  send(envelope: { type: string; payload: Json; retry?: Json }, ms: number): Promise<Said>;
  /** Asks the app to connect anew, as Slack does every few hours. */
  refresh(): void;
  /** Cuts every connection. */
  cut(): void;
}

/** The methods that open connections. */
export const socketMethods: Record<string, Method> = {
  'apps.connections.open': ({ workspace }) => ({ url: workspace.sockets.ticket(workspace.origin) }),
};

/** Takes the app's connections on a server. */
export function openSockets(app: { id: string }): Sockets & { serve(server: Server): void; close(): void } {
  const tickets = new Map<string, number>();
  const open = new Set<WebSocket>();
  const waiting = new Map<string, (said: Said) => void>();
  const sockets = new WebSocketServer({ noServer: true });
  let last = -1;

  function connected(socket: WebSocket) {
    open.add(socket);
    const pings = setInterval(() => socket.ping(), pingEvery);
    socket.on('message', data => {
      const said = parseJson(String(data));
      if (!isJson(said)) return;
      waiting.get(String(said.envelope_id))?.({ is: 'acknowledged', payload: asJson(said.payload) });
    });
    socket.on('close', () => {
      clearInterval(pings);
      open.delete(socket);
    });
    tell(socket, { type: 'hello', num_connections: open.size, connection_info: { app_id: app.id } });
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer) {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://slack');
    const ticket = searchParams.get('ticket') ?? '';
    const until = tickets.get(ticket) ?? 0;
    tickets.delete(ticket);
    if (pathname !== '/link/' || until < Date.now()) return void socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
    sockets.handleUpgrade(request, socket, head, connected);
  }

  return {
    serve: server => void server.on('upgrade', upgrade),
    ticket(origin) {
      const ticket = randomUUID();
      tickets.set(ticket, Date.now() + ticketLives);
      return `${origin.replace(/^http/, 'ws')}/link/?ticket=${ticket}&app_id=${app.id}`;
    },
    isOpen: () => open.size > 0,
    async send({ type, payload, retry = {} }, ms) {
      // One after the other, so that several connections share the work.
      const all = [...open];
      last = (last + 1) % Math.max(all.length, 1);
      const socket = all[last];
      if (!socket) return { is: 'gone' };
      const id = randomUUID();
      const said = Promise.withResolvers<Said>();
      const timer = setTimeout(() => said.resolve({ is: 'silent' }), ms);
      const gone = () => said.resolve({ is: 'gone' });
      socket.once('close', gone);
      waiting.set(id, said.resolve);
      tell(socket, { envelope_id: id, type, payload, accepts_response_payload: type !== 'events_api', ...retry });
      const outcome = await said.promise;
      clearTimeout(timer);
      waiting.delete(id);
      socket.off('close', gone);
      return outcome;
    },
    refresh() {
      for (const socket of open) tell(socket, { type: 'disconnect', reason: 'refresh_requested' });
    },
    cut() {
      for (const socket of open) socket.terminate();
    },
    close() {
      for (const socket of open) socket.terminate();
      sockets.close();
    },
  };
}

function tell(socket: WebSocket, message: Json) {
  socket.send(JSON.stringify(message));
}
