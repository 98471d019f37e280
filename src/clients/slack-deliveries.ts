import type { IncomingMessage, ServerResponse } from 'node:http';
import type { App, Receiver, ReceiverEvent } from '@slack/bolt';
import { SocketModeReceiver } from '@slack/bolt';
import { z } from 'zod';
import type { Clock, Log } from '../world.ts';
import { bytesOf, empty } from './listener.ts';
import { silent } from './silent.ts';
import { trouble } from './slack.ts';
import { isSigned } from './slack-signature.ts';

/** How Slack's deliveries come in. */
export interface Deliveries {
  receiver: Receiver;
  /** What takes them, where they come over HTTP. */
  handle?: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

/** Whose deliveries are ours: our own app's, in our own workspace. Where Slack does not tell the app's id, its signature alone tells the app. */
export interface Home {
  team: string;
  app: string | undefined;
}

/** The largest delivery that is read, in bytes: a form with all it may hold is a third of it. */
const largest = 256 * 1024;
/** For how long a delivery is remembered, in milliseconds: as long as its signature holds. */
const remembered = 600_000;
const mostRemembered = 50_000;

const Id = z.looseObject({ id: z.string() });
const Named = z.looseObject({
  api_app_id: z.string().optional(),
  team_id: z.string().nullish(),
  team: Id.nullish(),
  authorizations: z.array(z.looseObject({ team_id: z.string().nullish() })).optional(),
  view: z.looseObject({ app_installed_team_id: z.string().optional() }).optional(),
});
const Command = z.looseObject({
  command: z.string(),
  text: z.string(),
  user_id: z.string(),
  team_id: z.string(),
  channel_id: z.string(),
  trigger_id: z.string(),
});
const Event = z.looseObject({ type: z.literal('event_callback'), event: z.looseObject({ type: z.string() }) });
const Interaction = z.looseObject({
  type: z.string(),
  user: Id,
  channel: Id.nullish(),
  actions: z.array(z.looseObject({ action_id: z.string(), type: z.string() })).optional(),
  view: Id.optional(),
});
const Delivery = z.union([Command, Event, Interaction]);
const Challenge = z.looseObject({ type: z.literal('url_verification'), challenge: z.string() });

/** No deliveries: another service takes them. */
export const notHere: Deliveries = {
  receiver: { init() {}, start: async () => undefined, stop: async () => undefined },
};

/** Slack's deliveries over HTTP: only what Slack signed just now for our own app in our own workspace gets through, and each once. */
export function overHttp({
  secrets,
  home,
  clock,
  log,
}: {
  secrets: readonly string[];
  home: Home;
  clock: Clock;
  log: Log;
}): Deliveries {
  const memory = memoryOf(clock);
  let app: App | undefined;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const began = clock.steady();
    const { 'x-slack-signature': signature, 'x-slack-request-timestamp': timestamp } = request.headers;
    const refuse = (status: number, why: string) => {
      log.warn('A delivery was refused', { door: 'slack', code: status, name: why });
      empty(response, status);
    };
    const body = await bytesOf(request, largest);
    if (!body) return refuse(413, 'too large');
    const type = mediaType(request);
    // Slack asks now and then whether the connection is secure: that is not signed, and means nothing else.
    if (type === form && new URLSearchParams(body.toString()).get('ssl_check') === '1') return empty(response, 200);
    if (!isSigned({ timestamp: only(timestamp), signature: only(signature), body }, secrets, clock.now()))
      return refuse(401, 'not signed');
    if (type !== form && type !== json) return refuse(415, 'other content type');
    const payload = payloadOf(body, type);
    if (!payload) return refuse(400, 'not readable');
    const challenge = Challenge.safeParse(payload).data;
    if (challenge) return answerWith(response, { challenge: challenge.challenge });
    if (!isOurs(payload, home)) return refuse(403, 'not ours');
    const key = String(signature);
    if (!memory.isNew(key)) {
      log.info('A delivery came again, and was done already', { door: 'slack' });
      return empty(response, 200);
    }
    const done = await delivered(payload, {
      app,
      log,
      ack: said => {
        acknowledged(payload, { log, door: 'slack', milliseconds: clock.steady() - began });
        answerWith(response, said);
      },
    });
    if (!done) memory.forget(key);
    if (!response.headersSent) empty(response, 500);
  }

  return {
    receiver: {
      init(ours) {
        app = ours;
      },
      start: async () => undefined,
      stop: async () => undefined,
    },
    handle,
  };
}

/** Slack's deliveries over Socket Mode: the connection is made by us, with the app's own token, so nobody else can deliver anything. */
export function overSocket({
  appToken,
  apiUrl,
  home,
  clock,
  log,
}: {
  appToken: string;
  apiUrl: string;
  home: Home;
  clock: Clock;
  log: Log;
}): Deliveries {
  const memory = memoryOf(clock);
  const underWay = new Set<Promise<void>>();
  const socket = new SocketModeReceiver({
    appToken,
    logger: silent,
    installerOptions: { clientOptions: { slackApiUrl: apiUrl } },
  });

  async function take(app: App, { body, ack }: ReceiverEvent): Promise<void> {
    const began = clock.steady();
    const key = [body.trigger_id, body.event_id].find(id => typeof id === 'string');
    const ours = isOurs(body, home);
    if (!ours) log.warn('A delivery was refused', { door: 'socket', code: 403, name: 'not ours' });
    if (!ours || (key && !memory.isNew(key))) return ack();
    await delivered(body, {
      app,
      log,
      ack: async said => {
        await ack(said);
        acknowledged(body, { log, door: 'socket', milliseconds: clock.steady() - began });
      },
    });
  }

  return {
    receiver: {
      init(app) {
        const processEvent = (event: ReceiverEvent) => {
          const taken = take(app, event)
            .catch(error =>
              log.error('A delivery was not acknowledged', { door: 'socket', code: nameOf(error) }, error),
            )
            .finally(() => underWay.delete(taken));
          underWay.add(taken);
          return taken;
        };
        socket.init({ processEvent } as App);
      },
      start: () =>
        socket.start().catch((error: unknown) => {
          throw trouble(error);
        }),
      async stop() {
        // What has come in is acknowledged first.
        await Promise.allSettled(underWay);
        await socket.stop();
      },
    },
  };
}

function acknowledged(
  payload: Record<string, unknown>,
  { log, door, milliseconds }: { log: Log; door: string; milliseconds: number },
): void {
  log.info('A delivery was acknowledged', { door, name: kindOf(payload), milliseconds: Math.round(milliseconds) });
}

/** Hands a delivery to Bolt. Whatever nothing listens to, and whatever makes no sense, is acknowledged all the same: nobody at the other end shall wait three seconds for it. Whether all went well. */
export async function delivered(
  payload: Record<string, unknown>,
  { app, log, ack }: { app: App | undefined; log: Log; ack: (said?: unknown) => Promise<void> | void },
): Promise<boolean> {
  let answered = false;
  const once = async (said?: unknown) => {
    if (answered) return;
    answered = true;
    await ack(said);
  };
  let went = true;
  if (Delivery.safeParse(payload).success) {
    try {
      await app?.processEvent({ body: payload, ack: once });
    } catch (error) {
      went = false;
      log.error('A delivery could not be handled', { door: 'slack', code: nameOf(error) }, error);
    }
  }
  if (!answered)
    log.info('Something was acknowledged that nothing listens to', { door: 'slack', name: kindOf(payload) });
  await once();
  return went;
}

/** Whether a delivery names no app and no workspace but ours. */
export function isOurs(payload: Record<string, unknown>, { team, app }: Home): boolean {
  const named = Named.safeParse(payload).data;
  if (!named) return false;
  // In a channel shared with others, it is their team that is named beside the one where we are installed.
  const installed =
    named.view?.app_installed_team_id ?? named.authorizations?.[0]?.team_id ?? named.team?.id ?? named.team_id;
  return (named.api_app_id ?? app) === (app ?? named.api_app_id) && (installed ?? team) === team;
}

/** What kind of delivery it is, as Slack names it. */
export function kindOf({ command, type, event }: Record<string, unknown>): string {
  const name = command === undefined ? ((event as { type?: unknown } | undefined)?.type ?? type) : 'command';
  return typeof name === 'string' && /^[a-z_.]{1,40}$/.test(name) ? name : 'unknown';
}

const form = 'application/x-www-form-urlencoded';
const json = 'application/json';

/** The content type, where it is in no other encoding than UTF-8 and not packed. */
function mediaType({ headers }: IncomingMessage): string | undefined {
  if (headers['content-encoding'] !== undefined) return undefined;
  return /^([a-z-]+\/[a-z-]+)(?:; ?charset=utf-8)?$/i.exec(headers['content-type'] ?? '')?.[1]?.toLowerCase();
}

function payloadOf(body: Uint8Array, type: string): Record<string, unknown> | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    if (type === json) return object(JSON.parse(text));
    const fields = new URLSearchParams(text);
    const payload = fields.get('payload');
    return payload === null ? Object.fromEntries(fields) : object(JSON.parse(payload));
  } catch {
    return undefined;
  }
}

function object(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

function answerWith(response: ServerResponse, said: unknown): void {
  const isText = typeof said === 'string';
  response.writeHead(200, said ? { 'content-type': isText ? 'text/plain; charset=utf-8' : json } : {});
  response.end(isText ? said : said && JSON.stringify(said));
}

/** Deliveries of the last minutes, by what tells them apart. */
export function memoryOf({ now }: Pick<Clock, 'now'>) {
  const known = new Map<string, number>();
  return {
    /** Whether a delivery has not been seen before; from now on it has. */
    isNew(key: string): boolean {
      for (const [old, until] of known) {
        if (until > now() && known.size < mostRemembered) break;
        known.delete(old);
      }
      if (known.has(key)) return false;
      known.set(key, now() + remembered);
      return true;
    },
    forget: (key: string) => known.delete(key),
  };
}

function only(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}
