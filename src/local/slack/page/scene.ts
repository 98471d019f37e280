import type { Json } from './json.ts';
import { act, type Channel, type Exchange, loadState, type Message, type Person, type Snapshot } from './wire.ts';

/** Where one is: in a channel or conversation, perhaps with a thread open or a message pointed at, or in the App Home. */
export type Place = { is: 'channel'; id: string; thread?: string; mark?: string } | { is: 'home' };

/** A line at the edge of the page: a notification, or word that something failed. */
export interface Toast {
  id: number;
  kind: 'message' | 'problem';
  title: string;
  text: string;
  from?: string;
  open?: Place;
}

/** A dialog the page itself shows, in front of everything. */
export type Overlay =
  | { is: 'confirm'; confirm: Json; answer: (yes: boolean) => void }
  | { is: 'picture'; look: string; alt: string; title: string };

/** All that the page knows and shows. */
export interface Scene {
  snapshot: Snapshot | undefined;
  /** The name or id of whoever looks. */
  as: string;
  place: Place;
  connected: boolean;
  drawer: boolean;
  overlay: Overlay | undefined;
  toasts: Toast[];
  /** What is under way, by the key of its element. */
  busy: Set<string>;
  /** What was wrong with a file, by its field. */
  fileErrors: Map<string, string>;
  traffic: Exchange[];
  extra: unknown;
}

/** The one scene of this page. */
export const scene: Scene = {
  snapshot: undefined,
  as: 'ana',
  place: { is: 'channel', id: '' },
  connected: true,
  drawer: false,
  overlay: undefined,
  toasts: [],
  busy: new Set(),
  fileErrors: new Map(),
  traffic: [],
  extra: undefined,
};

let redraw = () => {};
let asked = false;

/** Says how the page is drawn. */
export function drawWith(draw: () => void): void {
  redraw = draw;
}

/** Changes the scene and draws it anew before the next frame. */
export function change(part: Partial<Scene> = {}): void {
  Object.assign(scene, part);
  if (asked) return;
  asked = true;
  queueMicrotask(() => {
    asked = false;
    redraw();
  });
}

let loading: Promise<void> | undefined;
let stale = false;

/** Fetches what the person sees, once more if something changed meanwhile. */
export function refresh(): Promise<void> {
  stale = true;
  loading ??= load().finally(() => {
    loading = undefined;
  });
  return loading;
}

async function load(): Promise<void> {
  while (stale) {
    stale = false;
    const { as } = scene;
    const snapshot = await loadState(as);
    if (as === scene.as) change({ snapshot });
  }
}

/** Does something as the person who looks; what failed is said in a toast. */
export async function perform<Answer = Awaited<ReturnType<typeof act>>>(body: Json): Promise<Answer | undefined> {
  try {
    return await act<Answer>({ as: scene.snapshot?.me ?? scene.as, ...body });
  } catch (error) {
    report('That did not work', error instanceof Error ? error.message : String(error));
    return undefined;
  } finally {
    await refresh().catch(() => {});
  }
}

let toasted = 0;

/** Shows a toast for some seconds; three at most stand at a time. */
export function toast(shown: Omit<Toast, 'id'>): void {
  toasted += 1;
  const id = toasted;
  change({ toasts: [...scene.toasts, { ...shown, id }].slice(-3) });
  setTimeout(() => dropToast(id), shown.kind === 'problem' ? 12_000 : 8000);
}

/** Says that something failed. */
export function report(title: string, text: string): void {
  toast({ kind: 'problem', title, text });
}

/** Takes a toast away. */
export function dropToast(id: number): void {
  change({ toasts: scene.toasts.filter(one => one.id !== id) });
}

/** Someone by id; whoever is not known goes by their id. */
export function personOf(id: string): Person {
  const known = scene.snapshot?.people.find(one => one.id === id);
  if (known) return known;
  return { id, name: id, realName: id === 'USLACKBOT' ? 'Slackbot' : id, role: 'bot' };
}

/** Whoever looks. */
export function me(): Person {
  return personOf(scene.snapshot?.me ?? '');
}

/** A channel by id. */
export function channelOf(id: string): Channel | undefined {
  return scene.snapshot?.channels.find(one => one.id === id);
}

/** The conversation of whoever looks with the app. */
export function directChannel(): Channel | undefined {
  return scene.snapshot?.channels.find(one => one.kind === 'im' && one.members.includes(me().id));
}

/** What a channel is called, sign and all. */
export function channelTitle(channel: Channel): string {
  return channel.kind === 'im' ? personOf(scene.snapshot?.app.botUser ?? '').realName : `#${channel.name}`;
}

/** The channel one is in. */
export function channelHere(): Channel | undefined {
  return scene.place.is === 'channel' ? channelOf(scene.place.id) : undefined;
}

/** Whether a message stands in the channel itself, not only in a thread. */
export function isTopLevel(message: Message): boolean {
  return !message.thread_ts || message.thread_ts === message.ts || message.subtype === 'thread_broadcast';
}
