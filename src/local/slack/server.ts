import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Answer } from './dispatch.ts';
import { challenge, tell } from './events.ts';
import { clearFaults, type Fault, planFault } from './faults.ts';
import { takeUpload } from './files.ts';
import { bodyOf, uploadOf } from './http-body.ts';
import { type Json, parseJson } from './json.ts';
import { type Acting, actAs } from './people.ts';
import { erase, permalink } from './posting.ts';
import { startRates } from './rates.ts';
import { respond } from './response-urls.ts';
import type { Sockets } from './sockets.ts';
import { answerSurface, type Extra } from './surface.ts';
import { answerCall, htmlPage } from './web-api.ts';
import {
  type Change,
  type Channel,
  changed,
  channelNamed,
  type Exchange,
  type Group,
  type Message,
  messageAt,
  messagesOf,
  openWorkspace,
  type Person,
  personNamed,
  type StoredFile,
} from './workspace.ts';

/** How to start the stand-in; everything but the secrets has a default. */
export interface SlackOptions {
  port?: number;
  signingSecret: string;
  botToken: string;
  /** Opens connections over Socket Mode; once there is one, everything goes over it. */
  appToken?: string;
  /** Where the app listens; it can be set later. */
  requestUrl?: string;
  team?: { id: string; name: string; domain: string };
  people?: Person[];
  channels?: Channel[];
  groups?: Group[];
  commands?: string[];
  fileDelayMs?: number;
  eventRetryMs?: number[];
  rateLimits?: boolean;
  triggerMs?: number;
  ackMs?: number;
  extra?: Extra;
}

/** A running stand-in for Slack. */
export interface SlackStandIn {
  url: string;
  /** What `SLACK_API_URL` is set to. */
  apiUrl: string;
  team: { id: string; name: string; domain: string };
  app: { id: string; botId: string; botUser: string };
  people: Person[];
  groups: Group[];
  channel: (name: string) => Channel;
  deliverTo: (requestUrl: string) => void;
  /** The app's connections over Socket Mode. */
  sockets: Pick<Sockets, 'isOpen' | 'send' | 'refresh' | 'cut'>;
  /** Sends the challenge Slack sends when a request URL is set; whether the app returned it. */
  verify: () => Promise<boolean>;
  as: (person: string) => Acting;
  messages: (channel: string) => Message[];
  thread: (channel: string, ts: string) => Message[];
  message: (channel: string, ts: string) => Message | undefined;
  permalink: (channel: string, ts: string) => string;
  file: (id: string) => StoredFile | undefined;
  traffic: readonly Exchange[];
  on: (listener: (change: Change) => void) => () => void;
  /** Waits until something can be seen, and gives it back. */
  until: <Seen>(look: () => Seen | undefined | false, options?: { ms?: number }) => Promise<Seen>;
  fault: (fault: Fault) => void;
  clearFaults: () => void;
  limitRates: (on: boolean) => void;
  /** Sends any event to the app. */
  event: (event: Json) => Promise<Answer>;
  /** Adds someone, or the bot, to a channel, and tells the app. */
  invite: (channel: string, person: string) => Promise<void>;
  remove: (channel: string, person: string) => void;
  archive: (channel: string) => void;
  unarchive: (channel: string) => void;
  /** Takes scopes away from the app that its manifest asks for: those to read a channel's history are known. */
  withhold: (...scopes: string[]) => void;
  deactivate: (person: string) => void;
  /** Deletes a message as its channel's people can. */
  deleteMessage: (channel: string, ts: string) => void;
  close: () => Promise<void>;
}

/** Starts a workspace on this machine that speaks Slack's protocols to the app and its people's to the page. */
export async function startSlack(options: SlackOptions): Promise<SlackStandIn> {
  const workspace = openWorkspace(
    {
      signingSecret: options.signingSecret,
      botToken: options.botToken,
      appToken: options.appToken ?? 'xapp-local-app-token',
      triggerMs: options.triggerMs ?? 3000,
      ackMs: options.ackMs ?? 3000,
      fileDelayMs: options.fileDelayMs ?? 400,
      eventRetryMs: options.eventRetryMs ?? [0, 60_000, 300_000],
      commands: options.commands ?? ['/distill'],
    },
    options,
  );
  const rates = startRates({ on: options.rateLimits ?? true });
  if (options.requestUrl) workspace.requestUrl = options.requestUrl;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', workspace.origin);
    const [, first = '', second = '', third = ''] = url.pathname.split('/');
    if (first === 'api') return answerCall({ workspace, rates }, { method: second, url, request, response });
    if (first === 'upload') {
      const id = third.split('-')[0]!;
      const { status, text } = takeUpload(workspace, { id, bytes: await uploadOf(request) });
      response.writeHead(status, { 'content-type': 'text/plain' }).end(text);
    } else if (first === 'files') download(request, { id: second.split('-').at(-1)!, response });
    else if (first === 'respond') {
      const body = parseJson((await bodyOf(request)).toString());
      const { status, text } = respond(workspace, { id: second, body });
      response.writeHead(status, { 'content-type': 'text/plain' }).end(text);
    } else if (!(await answerSurface({ workspace, rates, extra: options.extra }, { url, request, response })))
      response.writeHead(404, { 'content-type': 'text/plain' }).end('not found');
  }

  function download(request: IncomingMessage, { id, response }: { id: string; response: ServerResponse }): void {
    const file = workspace.files.get(id);
    if (request.headers.authorization !== `Bearer ${options.botToken}`)
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(htmlPage);
    else if (!file?.bytes || file.state !== 'ready') response.writeHead(404).end();
    else
      response.writeHead(200, { 'content-type': file.mimetype, 'content-length': file.bytes.length }).end(file.bytes);
  }

  function setArchived(name: string, archived: boolean): void {
    const channel = channelNamed(workspace, name);
    channel.archived = archived;
    changed(workspace, { what: 'channel', channel: channel.id });
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      console.error(error);
      if (!response.headersSent) response.writeHead(500).end();
      else response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  workspace.sockets.serve(server);
  workspace.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url: workspace.origin,
    apiUrl: `${workspace.origin}/api/`,
    team: workspace.team,
    app: workspace.app,
    people: [...workspace.people.values()],
    groups: [...workspace.groups.values()],
    channel: name => channelNamed(workspace, name),
    sockets: workspace.sockets,
    deliverTo: requestUrl => {
      workspace.requestUrl = requestUrl;
    },
    verify: () => challenge(workspace),
    as: person => actAs(workspace, person),
    messages: name => {
      const channel = channelNamed(workspace, name);
      return structuredClone(messagesOf(workspace, channel.id).filter(one => !one.threadTs || one.broadcast));
    },
    thread: (name, ts) => {
      const channel = channelNamed(workspace, name);
      return structuredClone(messagesOf(workspace, channel.id).filter(one => one.threadTs === ts));
    },
    message: (name, ts) => structuredClone(messageAt(workspace, channelNamed(workspace, name).id, ts)),
    permalink: (name, ts) => {
      const message = messageAt(workspace, channelNamed(workspace, name).id, ts);
      if (!message) throw new Error(`There is no message "${ts}" in the channel "${name}".`);
      return permalink(workspace, message);
    },
    file: id => workspace.files.get(id),
    traffic: workspace.traffic,
    on: listener => {
      workspace.listeners.add(listener);
      return () => workspace.listeners.delete(listener);
    },
    until: (look, { ms = 5000 } = {}) => until(workspace.listeners, { look, ms }),
    fault: fault => planFault(workspace, fault),
    clearFaults: () => clearFaults(workspace),
    limitRates: on => {
      rates.on = on;
    },
    event: event => tell(workspace, event),
    invite: async (name, who) => {
      const channel = channelNamed(workspace, name);
      const person = personNamed(workspace, who);
      if (!channel.members.includes(person.id)) channel.members.push(person.id);
      changed(workspace, { what: 'channel', channel: channel.id });
      if (!channel.members.includes(workspace.app.botUser)) return;
      await tell(workspace, {
        type: 'member_joined_channel',
        user: person.id,
        channel: channel.id,
        channel_type: channel.kind === 'public' ? 'C' : 'G',
        team: workspace.team.id,
      });
    },
    remove: (name, who) => {
      const channel = channelNamed(workspace, name);
      const person = personNamed(workspace, who);
      channel.members = channel.members.filter(id => id !== person.id);
      changed(workspace, { what: 'channel', channel: channel.id });
    },
    archive: name => setArchived(name, true),
    unarchive: name => setArchived(name, false),
    withhold: (...scopes) => {
      for (const scope of scopes) workspace.withheld.add(scope);
    },
    deactivate: who => {
      const person = personNamed(workspace, who);
      person.deactivated = true;
      changed(workspace, { what: 'person', person: person.id });
    },
    deleteMessage: (name, ts) => {
      const message = messageAt(workspace, channelNamed(workspace, name).id, ts);
      if (message) erase(workspace, message);
    },
    close: async () => {
      for (const timer of workspace.timers) clearTimeout(timer);
      workspace.listeners.clear();
      workspace.sockets.close();
      server.closeAllConnections();
      await new Promise<void>(resolve => server.close(() => resolve()));
    },
  };
}

function until<Seen>(
  listeners: Set<(change: Change) => void>,
  { look, ms }: { look: () => Seen | undefined | false; ms: number },
): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => {
      listeners.delete(check);
      reject(new Error(`Nothing of the kind was seen within ${ms} ms.`));
    }, ms);
    function check(): void {
      const seen = look();
      if (seen === undefined || seen === false) return;
      clearTimeout(deadline);
      listeners.delete(check);
      resolve(seen);
    }
    listeners.add(check);
    check();
  });
}
