import type { Json } from './json.ts';

/** Someone in the workspace, the app included. */
export interface Person {
  id: string;
  name: string;
  realName: string;
  role: 'member' | 'guest' | 'bot';
  locale?: string;
  deactivated?: boolean;
}

/** A user group. */
export interface Group {
  id: string;
  handle: string;
  name: string;
  people: string[];
}

/** A message as everyone in its channel sees it. */
export interface Message {
  ts: string;
  user: string;
  text: string;
  subtype?: string;
  blocks?: Json[];
  files?: { id: string }[];
  edited?: { ts: string };
  thread_ts?: string;
  reply_count?: number;
  reply_users?: string[];
  latest_reply?: string;
}

/** A message that only the reader sees. */
export interface Ephemeral {
  ts: string;
  channel: string;
  from: string;
  text: string;
  blocks: Json[];
  threadTs?: string;
}

/** What is entered in a message or view: the value of each element, by block id and action id. */
export type Values = Record<string, Record<string, Json>>;

/** A channel, or the reader's conversation with the app, with all that is said in it. */
export interface Channel {
  id: string;
  name: string;
  kind: 'public' | 'private' | 'im';
  members: string[];
  archived?: boolean;
  member: boolean;
  messages: Message[];
  ephemerals: Ephemeral[];
  values: Record<string, Values>;
}

/** A modal the reader has open, or their App Home. */
export interface View {
  id: string;
  type: 'modal' | 'home';
  title: string;
  submit?: string;
  close: string;
  blocks: Json[];
  values: Values;
  errors: Record<string, string>;
  trouble?: string;
}

/** A file that can be shown or fetched. */
export interface FileShown {
  id: string;
  name: string;
  title: string;
  mimetype: string;
  size: number;
  original_w?: number;
  original_h?: number;
  look: string;
}

/** Everything one person sees. */
export interface Snapshot {
  seq: number;
  team: { id: string; name: string; domain: string };
  app: { id: string; botId: string; botUser: string };
  me: string;
  people: Person[];
  groups: Group[];
  commands: string[];
  channels: Channel[];
  views: View[];
  home: View | null;
  files: Record<string, FileShown>;
}

/** What a person acts on. */
export type Where = { channel: string; ts: string } | { viewId: string } | { ephemeral: string };

/** What the person learns of something they did. */
export interface Told {
  sent?: boolean;
  problem?: string;
  confirm?: Json;
  errors?: Record<string, string>;
}

/** One exchange between the workspace and the app. */
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

/** Fetches everything a person sees. */
export function loadState(as: string): Promise<Snapshot> {
  return fetched(`/state?as=${encodeURIComponent(as)}`);
}

/** Fetches what passed between the workspace and the app after an exchange. */
export async function loadTraffic(after: number): Promise<Exchange[]> {
  return (await fetched<{ traffic: Exchange[] }>(`/traffic?after=${after}`)).traffic;
}

/** Fetches the state of the other stand-ins' panels; nothing where there are none. */
export function loadExtra(): Promise<unknown> {
  return fetched('/extra').catch(() => undefined);
}

/** Does something as a person. */
export function act<Answer = Told>(body: Json): Promise<Answer> {
  return sent('/act', body);
}

/** Does something on another stand-in's panel. */
export function actExtra(name: string, body: Json): Promise<unknown> {
  return sent('/extra', { name, body });
}

async function fetched<Body>(path: string): Promise<Body> {
  return read(await fetch(path));
}

async function sent<Answer>(path: string, body: Json): Promise<Answer> {
  return read(
    await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  );
}

async function read<Body>(response: Response): Promise<Body> {
  const body = (await response.json()) as Body & { error?: string };
  if (!response.ok) throw new Error(body.error ?? `The workspace answered ${response.status}.`);
  return body;
}
