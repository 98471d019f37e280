import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { stripTypeScriptTypes } from 'node:module';
import { extname, normalize } from 'node:path';
import type { Pressing } from './clicks.ts';
import { clearFaults, type Fault, planFault } from './faults.ts';
import type { Where } from './hand.ts';
import { jsonOf } from './http-body.ts';
import { asText, type Json } from './json.ts';
import { actAs } from './people.ts';
import type { Rates } from './rates.ts';
import { snapshot } from './snapshot.ts';
import type { Change, Workspace } from './workspace.ts';

/** Panels that other stand-ins add to the page. */
export interface Extra {
  state: () => unknown;
  act: (name: string, body: unknown) => Promise<unknown>;
}

interface Context {
  workspace: Workspace;
  rates: Rates;
  extra?: Extra | undefined;
}

const pageFolder = new URL('./page/', import.meta.url);
const litFolder = new URL('../../../node_modules/lit-html/', import.meta.url);

const contentTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.ts': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};

const policy =
  "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; frame-ancestors 'none'";

/** Answers what the page asks for; whether there was anything of that kind at this address. */
export async function answerSurface(
  context: Context,
  { url, request, response }: { url: URL; request: IncomingMessage; response: ServerResponse },
): Promise<boolean> {
  const { workspace, extra } = context;
  const route = `${request.method} ${url.pathname}`;
  const asset = request.method === 'GET' ? assetAt(url.pathname) : undefined;
  const known = ['GET /state', 'GET /live', 'GET /traffic', 'POST /act', 'GET /extra', 'POST /extra'];
  const look = /^GET \/look\/(F\w+)$/.exec(route)?.[1];
  const link = /^GET \/archives\/(\w+)\/p(\d+)(\d{6})$/.exec(route);
  if (!asset && !look && !link && !known.includes(route)) return false;
  const refusal = trespass(request);
  if (refusal) {
    json(response, 403, { error: refusal });
    return true;
  }
  try {
    if (asset) await sendAsset(response, asset);
    else if (look) sendFile(context, { id: look, response });
    else if (link) response.writeHead(302, { location: `/#/archives/${link[1]}/${link[2]}.${link[3]}` }).end();
    else if (route === 'GET /live') live(context, { request, response });
    else if (route === 'GET /state')
      json(response, 200, snapshot(workspace, url.searchParams.get('as') ?? firstPerson(workspace)));
    else if (route === 'GET /traffic') {
      const after = Number(url.searchParams.get('after') ?? 0);
      json(response, 200, { traffic: workspace.traffic.filter(exchange => exchange.id > after) });
    } else if (route === 'POST /act') json(response, 200, (await perform(context, await jsonOf(request))) ?? {});
    else if (!extra) json(response, 404, { error: 'No other stand-in adds panels to this page.' });
    else if (route === 'GET /extra') json(response, 200, await extra.state());
    else {
      const { name, body } = await jsonOf(request);
      json(response, 200, (await extra.act(asText(name), body)) ?? {});
    }
  } catch (error) {
    if (response.headersSent) throw error;
    json(response, 400, { error: error instanceof Error ? error.message : String(error) });
  }
  return true;
}

/** Why a request may not reach the people's surface: only pages of this very address may. */
function trespass(request: IncomingMessage): string | undefined {
  const { host = '', origin } = request.headers;
  if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host)) return `The host "${host}" is not this machine.`;
  if (origin && origin !== `http://${host}`) return `The page at "${origin}" is not part of this stand-in.`;
  if (request.method === 'POST' && !(request.headers['content-type'] ?? '').startsWith('application/json'))
    return 'Only JSON is taken here.';
  return undefined;
}

function firstPerson(workspace: Workspace): string {
  return [...workspace.people.keys()][0]!;
}

async function perform({ workspace, rates }: Context, body: Json): Promise<unknown> {
  const text = (name: string) => asText(body[name]);
  const acting = () => actAs(workspace, text('as'));
  const where = () => (body.where ?? { viewId: text('viewId') }) as Where;
  switch (body.do) {
    case 'command':
      return acting().command(text('channel'), text('line'));
    case 'press':
      return acting().press(where(), text('actionId'), body as Pressing);
    case 'set':
      return acting().choose(where(), text('id'), body.value, {
        enter: body.enter === true,
        confirmed: body.confirmed === true,
      });
    case 'attach':
      return acting().attach(text('viewId'), text('id'), {
        name: text('name'),
        bytes: Buffer.from(text('base64'), 'base64'),
      });
    case 'suggest':
      return { options: await acting().suggest(where(), text('id'), text('query')) };
    case 'submit':
      return acting().submit(text('viewId'));
    case 'close':
      return acting().close(text('viewId'), { all: body.all === true });
    case 'home':
      return acting().openHome();
    case 'shortcut':
      return acting().shortcut(text('callbackId'));
    case 'say':
      return { ts: acting().say(text('channel'), text('text'), body.threadTs ? { threadTs: text('threadTs') } : {}) };
    case 'fault':
      return planFault(workspace, body.fault as Fault);
    case 'clearFaults':
      return clearFaults(workspace);
    case 'rates':
      rates.on = body.on === true;
      return { on: rates.on };
    default:
      throw new Error(`Nobody here knows how to do "${String(body.do)}".`);
  }
}

function live(
  { workspace }: Context,
  { request, response }: { request: IncomingMessage; response: ServerResponse },
): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write(`data: ${JSON.stringify({ seq: workspace.seq, what: 'hello' })}\n\n`);
  const listener = (change: Change) => response.write(`data: ${JSON.stringify(change)}\n\n`);
  workspace.listeners.add(listener);
  request.once('close', () => workspace.listeners.delete(listener));
}

function sendFile({ workspace }: Context, { id, response }: { id: string; response: ServerResponse }): void {
  const file = workspace.files.get(id);
  if (!file?.bytes || file.state !== 'ready') {
    json(response, 404, { error: `There is no file "${id}" to look at.` });
    return;
  }
  const picture = ['image/png', 'image/jpeg', 'image/gif'].includes(file.mimetype);
  response.writeHead(200, {
    'content-type': picture ? file.mimetype : 'application/octet-stream',
    'content-disposition': `${picture ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeURIComponent(file.name)}`,
    'x-content-type-options': 'nosniff',
  });
  response.end(file.bytes);
}

function assetAt(path: string): URL | undefined {
  if (path === '/') return new URL('page.html', pageFolder);
  for (const [prefix, folder] of [
    ['/page/', pageFolder],
    ['/lib/lit-html/', litFolder],
  ] as const) {
    if (!path.startsWith(prefix)) continue;
    const inside = normalize(decodeURIComponent(path.slice(prefix.length)));
    if (inside.startsWith('..') || inside.startsWith('/')) return undefined;
    return new URL(inside, folder);
  }
  return undefined;
}

async function sendAsset(response: ServerResponse, asset: URL): Promise<void> {
  const ending = extname(asset.pathname);
  const type = contentTypes[ending];
  const source = type ? await readFile(asset, 'utf8').catch(() => undefined) : undefined;
  if (!type || source === undefined) return json(response, 404, { error: 'There is no such page.' });
  response.writeHead(200, {
    'content-type': type,
    'content-security-policy': policy,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(ending === '.ts' ? stripTypeScriptTypes(source) : source);
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}
