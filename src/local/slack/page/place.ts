import { change, channelOf, isTopLevel, type Place, perform, refresh, scene } from './scene.ts';

/** The address of a place, as it stands after the `#`. */
export function addressOf(place: Place): string {
  if (place.is === 'home') return '#/home';
  return place.thread ? `#/thread/${place.id}/${place.thread}` : `#/archives/${place.id}`;
}

/** Goes somewhere, as a link would. */
export function go(place: Place): void {
  const address = addressOf(place);
  if (location.hash === address) arrive();
  else location.hash = address;
}

/** Closes the thread. */
export function closeThread(): void {
  if (scene.place.is === 'channel') go({ is: 'channel', id: scene.place.id });
}

/** Takes on the place that the address names; where there is no such place, the first channel. */
export function arrive(): void {
  const [, kind, id = '', ts = ''] = decodeURIComponent(location.hash).split('/');
  const channel = channelOf(id) ?? scene.snapshot?.channels.find(one => one.kind !== 'im');
  if (kind === 'home') {
    change({ place: { is: 'home' } });
    void perform({ do: 'home' });
  } else if (!channel || channel.id !== id) change({ place: { is: 'channel', id: channel?.id ?? '' } });
  else if (kind === 'thread') change({ place: { is: 'channel', id, thread: ts } });
  else change({ place: { is: 'channel', id, ...pointedAt(id, ts) } });
  dropArrived();
}

function pointedAt(id: string, ts: string): { mark?: string; thread?: string } {
  const message = channelOf(id)?.messages.find(one => one.ts === ts);
  if (!message) return {};
  return isTopLevel(message) ? { mark: ts } : { mark: ts, thread: message.thread_ts ?? ts };
}

function dropArrived(): void {
  const here = addressOf(scene.place);
  const left = scene.toasts.filter(one => !one.open || addressOf(one.open) !== here);
  if (left.length < scene.toasts.length) change({ toasts: left });
}

/** Becomes somebody else; the page's address says who, so that each can have a tab of their own. */
export async function become(name: string): Promise<void> {
  const url = new URL(location.href);
  url.searchParams.set('as', name);
  history.replaceState(null, '', url);
  change({ as: name, overlay: undefined, toasts: [] });
  await refresh();
  arrive();
}
