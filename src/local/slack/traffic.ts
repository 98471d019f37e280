import { changed, type Exchange, type Workspace } from './workspace.ts';

const kept = 500;
const longest = 50_000;

/** Notes one exchange with the app; secrets are cut and only the last five hundred are kept. */
export function note(workspace: Workspace, exchange: Omit<Exchange, 'id' | 'at'>): void {
  const last = workspace.traffic.at(-1)?.id ?? 0;
  workspace.traffic.push({
    ...exchange,
    request: cut(workspace, exchange.request),
    response: cut(workspace, exchange.response),
    id: last + 1,
    at: new Date().toISOString(),
  });
  if (workspace.traffic.length > kept) workspace.traffic.shift();
  changed(workspace, { what: 'traffic' });
}

function cut(workspace: Workspace, body: unknown): unknown {
  if (body === undefined) return undefined;
  let text = JSON.stringify(body);
  for (const secret of [workspace.settings.botToken, workspace.settings.signingSecret])
    text = text.replaceAll(JSON.stringify(secret).slice(1, -1), '…');
  return text.length > longest ? `${text.slice(0, longest)}…` : (JSON.parse(text) as unknown);
}
