import { randomBytes } from 'node:crypto';
import { type Cast, cast } from './cast.ts';
import type { Json } from './json.ts';
import { openSockets } from './sockets.ts';

/** Someone in the workspace, a bot included. */
export interface Person {
  id: string;
  name: string;
  realName: string;
  role: 'member' | 'guest' | 'bot';
  /** Another workspace, for somebody who is here through a channel shared with it. */
  team?: string;
  locale?: string;
  zone?: string;
  zoneOffset?: number;
  deactivated?: boolean;
}

/** A channel, or the direct conversation of one person with the app. */
export interface Channel {
  id: string;
  name: string;
  kind: 'public' | 'private' | 'im';
  members: string[];
  archived?: boolean;
  /** Shared with another workspace. */
  shared?: boolean;
}

/** A user group, as in `<!subteam^S…>`. */
export interface Group {
  id: string;
  handle: string;
  name: string;
  people: string[];
}

/** A message as everyone in its channel sees it. */
export interface Message {
  channel: string;
  ts: string;
  user: string;
  text: string;
  blocks: Json[];
  threadTs?: string;
  broadcast?: boolean;
  metadata?: Json;
  edited?: string;
  fileIds: string[];
  tombstone?: boolean;
}

/** A message that only one person sees. */
export interface Ephemeral {
  ts: string;
  channel: string;
  person: string;
  from: string;
  text: string;
  blocks: Json[];
  threadTs?: string;
}

/** What a person has entered: the value of each element, by block id and action id. */
export type Values = Record<string, Record<string, Json>>;

/** A modal in someone's stack, or someone's App Home. */
export interface View {
  id: string;
  type: 'modal' | 'home';
  person: string;
  definition: Json;
  blocks: Json[];
  values: Values;
  errors: Record<string, string>;
  hash: string;
  rootId: string;
  previousId?: string;
  channel?: string;
  trouble?: string;
}

/** An uploaded file. */
export interface StoredFile {
  id: string;
  name: string;
  title: string;
  owner: string;
  created: number;
  declaredLength: number;
  bytes?: Buffer;
  state: 'awaited' | 'uploaded' | 'processing' | 'ready' | 'deleted';
  mimetype: string;
  filetype: string;
  shares: { channel: string; ts: string; threadTs?: string }[];
}

/** What a `trigger_id` stands for. */
export interface Trigger {
  person: string;
  issued: number;
  used: boolean;
  viewId?: string;
  channel?: string;
}

/** What a `response_url` stands for. */
export interface ResponseUrl {
  person: string;
  channel: string;
  issued: number;
  uses: number;
  message?: string;
  ephemeral?: string;
}

/** One exchange between Slack and the app, with secrets cut. */
export interface Exchange {
  id: number;
  at: string;
  from: 'app' | 'slack';
  what: string;
  status?: number;
  ms: number;
  request: unknown;
  response: unknown;
}

/** Something that changed, told to whoever listens. */
export interface Change {
  seq: number;
  what: 'message' | 'ephemeral' | 'view' | 'home' | 'file' | 'channel' | 'person' | 'traffic';
  channel?: string;
  person?: string;
}

/** How long things last and what secures them. */
export interface Settings {
  signingSecret: string;
  botToken: string;
  appToken: string;
  triggerMs: number;
  ackMs: number;
  fileDelayMs: number;
  eventRetryMs: number[];
  commands: string[];
}

/** Everything the stand-in remembers. */
export interface Workspace extends Cast {
  settings: Settings;
  origin: string;
  requestUrl?: string;
  sockets: ReturnType<typeof openSockets>;
  messages: Map<string, Message[]>;
  ephemerals: Ephemeral[];
  views: Map<string, View>;
  stacks: Map<string, string[]>;
  homes: Map<string, View>;
  messageValues: Map<string, Values>;
  files: Map<string, StoredFile>;
  triggers: Map<string, Trigger>;
  responseUrls: Map<string, ResponseUrl>;
  traffic: Exchange[];
  listeners: Set<(change: Change) => void>;
  timers: Set<NodeJS.Timeout>;
  /** Scopes that the operator did not grant. */
  withheld: Set<string>;
  lastTs: number;
  seq: number;
}

/** A new workspace with its people, channels and groups, and nothing said yet. */
export function openWorkspace(settings: Settings, people: Parameters<typeof cast>[0]): Workspace {
  const all = cast(people);
  return {
    ...all,
    settings,
    sockets: openSockets(all.app),
    origin: '',
    messages: new Map(),
    ephemerals: [],
    views: new Map(),
    stacks: new Map(),
    homes: new Map(),
    messageValues: new Map(),
    files: new Map(),
    triggers: new Map(),
    responseUrls: new Map(),
    traffic: [],
    listeners: new Set(),
    timers: new Set(),
    withheld: new Set(),
    lastTs: 0,
    seq: 0,
  };
}

/** A message timestamp later than every one before it. */
export function nextTs(workspace: Workspace): string {
  workspace.lastTs = Math.max(Date.now() * 1000, workspace.lastTs + 1);
  return `${Math.floor(workspace.lastTs / 1e6)}.${String(workspace.lastTs % 1e6).padStart(6, '0')}`;
}

/** An unguessable id in Slack's manner: a letter for its kind, then capitals and digits. */
export function newId(kind: string): string {
  return kind + randomBytes(5).toString('hex').toUpperCase();
}

/** Tells every listener that something changed. */
export function changed(workspace: Workspace, change: Omit<Change, 'seq'>): void {
  workspace.seq += 1;
  for (const listener of [...workspace.listeners]) listener({ seq: workspace.seq, ...change });
}

/** Runs something later, unless the stand-in is closed before. */
export function later(workspace: Workspace, ms: number, run: () => void): void {
  const timer = setTimeout(() => {
    workspace.timers.delete(timer);
    run();
  }, ms);
  workspace.timers.add(timer);
}

/** The messages of a channel in the order they were posted. */
export function messagesOf(workspace: Workspace, channel: string): Message[] {
  const known = workspace.messages.get(channel);
  if (known) return known;
  const fresh: Message[] = [];
  workspace.messages.set(channel, fresh);
  return fresh;
}

/** One message, if it exists. */
export function messageAt(workspace: Workspace, channel: string, ts: string): Message | undefined {
  return messagesOf(workspace, channel).find(message => message.ts === ts);
}

/** Someone by id or by name. */
export function personNamed(workspace: Workspace, name: string): Person {
  const wanted = name.replace(/^@/, '').toLowerCase();
  for (const person of workspace.people.values())
    if (person.id === name || person.name.toLowerCase() === wanted) return person;
  throw new Error(`Nobody in the workspace is called "${name}".`);
}

/** A channel by id or by name. */
export function channelNamed(workspace: Workspace, name: string): Channel {
  const wanted = name.replace(/^#/, '');
  for (const channel of workspace.channels.values())
    if (channel.id === name || (channel.kind !== 'im' && channel.name === wanted)) return channel;
  throw new Error(`No channel is called "${name}".`);
}

/** The direct conversation of a person with the app, opened if need be. */
export function directChannel(workspace: Workspace, person: string): Channel {
  const id = `D${person.slice(1)}`;
  const known = workspace.channels.get(id);
  if (known) return known;
  const fresh: Channel = { id, name: person, kind: 'im', members: [person, workspace.app.botUser] };
  workspace.channels.set(id, fresh);
  changed(workspace, { what: 'channel', channel: id, person });
  return fresh;
}

/** A new `trigger_id`, good for one view within the next seconds. */
export function issueTrigger(workspace: Workspace, trigger: Omit<Trigger, 'issued' | 'used'>): string {
  const id = `${Date.now()}.${workspace.team.id}.${randomBytes(16).toString('hex')}`;
  workspace.triggers.set(id, { ...trigger, issued: Date.now(), used: false });
  return id;
}

/** A new `response_url`. */
export function issueResponseUrl(workspace: Workspace, to: Omit<ResponseUrl, 'issued' | 'uses'>): string {
  const id = randomBytes(16).toString('hex');
  workspace.responseUrls.set(id, { ...to, issued: Date.now(), uses: 0 });
  return `${workspace.origin}/respond/${id}`;
}
