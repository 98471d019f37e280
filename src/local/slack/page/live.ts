import { change, refresh, scene } from './scene.ts';
import { loadExtra, loadTraffic } from './wire.ts';

interface Change {
  what: string;
  person?: string;
}

const kept = 500;
let fetching = false;

/** Follows what changes in the workspace for as long as the page is open; the browser itself connects again after a loss. */
export function follow(): void {
  const source = new EventSource('/live');
  source.onopen = () => {
    if (!scene.connected) change({ connected: true, traffic: [] });
  };
  source.onerror = () => change({ connected: false });
  source.onmessage = event => {
    const { what, person } = JSON.parse(String(event.data)) as Change;
    if (what === 'traffic') void followTraffic();
    else if (!person || person === scene.snapshot?.me) void refresh().catch(() => change({ connected: false }));
  };
  setInterval(() => scene.drawer && void followExtra(), 1000);
}

/** Fetches the exchanges not yet known, while the drawer that shows them is open. */
export async function followTraffic(): Promise<void> {
  if (!scene.drawer || fetching) return;
  fetching = true;
  try {
    const fresh = await loadTraffic(scene.traffic.at(-1)?.id ?? 0);
    if (fresh.length) change({ traffic: [...scene.traffic, ...fresh].slice(-kept) });
  } catch {
    change({ connected: false });
  } finally {
    fetching = false;
  }
}

/** Fetches the state of the other stand-ins. */
export async function followExtra(): Promise<void> {
  change({ extra: await loadExtra() });
}
