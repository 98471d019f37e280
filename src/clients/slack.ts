import type { ConversationsRepliesResponse, FilesInfoResponse } from '@slack/web-api';
import { WebClient } from '@slack/web-api';
import type { Channel, Ours, Profile, Slack, SlackMatter } from '../world.ts';
import { LeaseLost, SlackTrouble } from '../world.ts';
import { guardedFetch } from './guarded-fetch.ts';
import { silent } from './silent.ts';

/** The event type that marks Retort's messages, with `{ job, key }` as payload. */
const eventType = 'retort_post';

const second = 1000;
/** By how much the clocks of two machines are taken to differ at most, in seconds. */
const clocksDiffer = 600;
/** The largest file that Slack takes in a form, in bytes (docs.slack.dev/reference/block-kit/block-elements/file-input-element). */
const largestFile = 10 * 1024 * 1024;
/** An answer about somebody or something in Slack is believed for this long. */
const believed = 60 * second;

// Slack says of these that nothing was done, and it is for the operator to mend.
const ofCredentials = new Set([
  'token_revoked',
  'token_expired',
  'invalid_auth',
  'not_authed',
  'account_inactive',
  'access_denied',
  'team_access_not_granted',
]);
const ofChannels = /^(channel_not_found|not_in_channel|is_archived|no_permission|restricted_action\w*)$/;
// To a message that was deleted and had replies nobody can reply any more.
const ofGoneThings = new Set([
  'message_not_found',
  'thread_not_found',
  'cant_update_message',
  'edit_window_closed',
  'cannot_reply_to_message',
]);
const ofContent = /^(invalid_blocks|invalid_blocks_format|msg_|no_text|invalid_arguments|block_mismatch|metadata_)/;
// What is not listed here, `internal_error` and `fatal_error` among it, may have been done in part: it is unclear.
const knownRefusals =
  /^(invalid_|missing_|msg_|channel_not_found|thread_not_found|not_found|cannot_|unknown_method|push_limit_reached|not_in_channel|is_archived|message_not_found|cant_|restricted_|no_|user_not|too_|file_|view_|method_|not_allowed|hash_conflict|expired_trigger_id|exchanged_trigger_id|block_mismatch|metadata_|duplicate_external_id|messages_tab_disabled|edit_window_closed)/;

interface Connection {
  botToken: string;
  apiUrl: string;
  /** How long one call may take where nobody waits for it, and how long Slack is left alone after it did not take the token, in milliseconds. */
  callTime: number;
  pause: number;
}

/** Slack, over two clients of its Web API: one for people who wait for an answer, one for what can wait, so that a rate limit on one never delays the other. Neither retries a write. Whatever is said in a channel has a client of its own for the one call, which asks at the last moment whether it is still ours to say. */
export async function slackClient({
  botToken,
  apiUrl,
  callTime,
  pause,
}: Connection): Promise<Slack & { workspace: Workspace }> {
  const options = { slackApiUrl: apiUrl, retryConfig: { retries: 0 }, rejectRateLimitedCalls: true, logger: silent };
  const clicks = new WebClient(botToken, { ...options, timeout: Math.min(callTime, 2 * second) });
  const background = new WebClient(botToken, { ...options, timeout: callTime });
  const patience = pauses(pause);

  /** Says something in a channel, unless Slack has asked for a pause there. */
  async function speak<T>(channel: string, ours: Ours, request: (client: WebClient) => Promise<T>): Promise<T> {
    patience.check(channel);
    const client = new WebClient(botToken, { ...options, timeout: callTime, fetch: guardedFetch(ours) });
    try {
      return await call(() => request(client));
    } catch (error) {
      patience.remember(channel, error);
      throw error;
    }
  }
  const workspace = await identify(background);
  const people = remembered((user: string) => profileOf(user, clicks, workspace));
  const groups = remembered(
    async (id: string) => (await call(() => clicks.usergroups.users.list({ usergroup: id }))).users ?? [],
  );

  return {
    workspace,

    async send(message, { channel, thread, inChannel, job, key, ours }) {
      const sent = await speak(channel, ours, client =>
        client.chat.postMessage({
          channel,
          ...message,
          ...(thread && (inChannel ? { thread_ts: thread, reply_broadcast: true } : { thread_ts: thread })),
          unfurl_links: false,
          unfurl_media: false,
          metadata: { event_type: eventType, event_payload: { job, key } },
        }),
      );
      if (!sent.ts) throw new SlackTrouble({ kind: 'unclear', code: 'no_ts' });
      return sent.ts;
    },

    async redraw(message, { channel, ts, ours }) {
      await speak(channel, ours, client => client.chat.update({ channel, ts, ...message }));
    },

    async find({ channel, thread, job, key, since }) {
      // A thread bounds the search by itself. In a channel, the clock by which a message was owed may differ from Slack's.
      const oldest = thread ? '0' : String(Math.floor(since / second) - clocksDiffer);
      let cursor: string | undefined;
      do {
        const page = { channel, oldest, include_all_metadata: true, limit: 200, ...(cursor && { cursor }) };
        // The two methods answer alike, as far as it is read here.
        const found: ConversationsRepliesResponse = await call(() =>
          thread ? background.conversations.replies({ ...page, ts: thread }) : background.conversations.history(page),
        );
        const ours = found.messages?.find(({ metadata, bot_id }) => {
          if (bot_id !== workspace.botId) return false;
          const payload = metadata?.event_payload as { job?: unknown; key?: unknown } | undefined;
          return metadata?.event_type === eventType && payload?.job === job && payload?.key === key;
        });
        if (ours?.ts) return ours.ts;
        cursor = found.response_metadata?.next_cursor;
      } while (cursor);
      return undefined;
    },

    async whisper(message, { channel, thread, user }) {
      await call(() => clicks.chat.postEphemeral({ channel, user, ...message, ...(thread && { thread_ts: thread }) }));
    },

    async openView(view, trigger) {
      try {
        const { view: opened } = await call(() => clicks.views.open({ trigger_id: trigger, view }));
        return { id: opened?.id ?? '', hash: opened?.hash ?? '' };
      } catch (error) {
        if (error instanceof SlackTrouble && /trigger_id$/.test(error.code)) return 'expired';
        throw error;
      }
    },

    async updateView(view, { id, hash }) {
      try {
        return (await call(() => clicks.views.update({ view_id: id, hash, view }))).view?.hash ?? '';
      } catch (error) {
        // A view that was closed meanwhile is no trouble either.
        if (error instanceof SlackTrouble && /^(hash_conflict|not_found|view_not_found)$/.test(error.code))
          return 'conflict';
        throw error;
      }
    },

    async publishHome(view, user) {
      await call(() => clicks.views.publish({ user_id: user, view }));
    },

    upload: file => upload(file, background),

    handIn: file => handIn(file, background),

    async share({ id, name, comment }, { channel, thread, ours }) {
      const files: [{ id: string; title: string }] = [{ id, title: name }];
      await completed(
        speak(channel, ours, client =>
          client.files.completeUploadExternal(
            thread
              ? { files, channel_id: channel, thread_ts: thread, initial_comment: comment }
              : { files, channel_id: channel, initial_comment: comment },
          ),
        ),
      );
      // From here on it may be there for everybody to see, whatever goes wrong.
      const ts = await awaited(id, file => shownIn(file, channel), background).catch((cause: SlackTrouble) => {
        throw new SlackTrouble({ kind: 'unclear', code: cause.code, cause });
      });
      // Slack sometimes answers "ok" and never shows the file (paradigmxyz/centaur issue 311).
      if (!ts) throw new SlackTrouble({ kind: 'unclear', code: 'file_not_shown' });
      return ts;
    },

    async shownAs(id, { channel }) {
      try {
        const { file } = await call(() => background.files.info({ file: id }));
        const ts = shownIn(file, channel);
        if (!ts) await call(() => background.files.delete({ file: id }));
        return ts;
      } catch (error) {
        if (error instanceof SlackTrouble && /^file_(not_found|deleted)$/.test(error.code)) return undefined;
        throw error;
      }
    },

    async removeFile(id) {
      await call(() => background.files.delete({ file: id }));
    },

    async fetch(file, { by }) {
      const { file: info } = await call(() => background.files.info({ file }));
      return download(info, { botToken, from: fileHost(apiUrl), by });
    },

    profile: people,
    group: groups,
    // Never remembered: whoever has just invited Retort does not want to hear that it is not there.
    channel: id => channelOf(id, clicks),

    link: ({ channel, ts }) => `${workspace.url}archives/${channel}/p${ts.replace('.', '')}`,
  };
}

/** Who Retort is in Slack. */
export interface Workspace {
  team: string;
  /** Our app's id, where Slack tells it. */
  app: string | undefined;
  botUser: string;
  botId: string;
  url: string;
}

async function identify(client: WebClient): Promise<Workspace> {
  const { team_id = '', user_id = '', bot_id = '', url = '' } = await call(() => client.auth.test());
  const about = await call(() => client.bots.info({ bot: bot_id })).catch(() => undefined);
  return { team: team_id, app: about?.bot?.app_id, botUser: user_id, botId: bot_id, url };
}

async function profileOf(user: string, client: WebClient, { team }: Workspace): Promise<Profile> {
  const { user: found } = await call(() => client.users.info({ user, include_locale: true }));
  const guest = found?.is_restricted || found?.is_ultra_restricted;
  return {
    person: { user, team: found?.team_id ?? '' },
    active: found !== undefined && !found.deleted,
    member: found?.team_id === team && !guest && !found.is_bot && !found.is_stranger,
    locale: found?.locale,
    name: found?.profile?.display_name || found?.real_name,
  };
}

async function channelOf(id: string, client: WebClient): Promise<Channel | undefined> {
  try {
    const { channel } = await call(() => client.conversations.info({ channel: id }));
    return (
      channel && {
        name: channel.name ?? id,
        member: channel.is_member ?? channel.is_im ?? false,
        shared: Boolean(channel.is_ext_shared || channel.is_pending_ext_shared),
      }
    );
  } catch (error) {
    if (error instanceof SlackTrouble && error.kind === 'refused') return undefined;
    throw error;
  }
}

/** Hands a file's bytes to Slack, which forgets them unless the upload is completed. */
async function handIn({ name, bytes }: { name: string; bytes: Uint8Array }, client: WebClient): Promise<string> {
  const { upload_url, file_id } = await call(() =>
    client.files.getUploadURLExternal({ filename: name, length: bytes.length }),
  );
  if (!upload_url || !file_id) throw new SlackTrouble({ kind: 'later', code: 'no_upload_url' });
  const later = (code: string, cause?: unknown) => new SlackTrouble({ kind: 'later', code, cause });
  let answer: Response;
  let said: string;
  try {
    // Plain fetch: the SDK would send the bot's token along to this URL.
    answer = await fetch(upload_url, {
      method: 'POST',
      body: Buffer.from(bytes),
      redirect: 'error',
      signal: AbortSignal.timeout(20 * second),
    });
    said = await answer.text();
  } catch (cause) {
    throw later('upload_failed', cause);
  }
  if (!answer.ok) throw later(`upload_${answer.status}`);
  // Slack answers in plain words: a page is from somebody on the way, and the bytes went nowhere.
  if (said.trimStart().startsWith('<')) throw later('upload_not_taken');
  return file_id;
}

/** The completion of an upload. Where Slack does not know the file, its bytes were lost, and it can be handed in anew. */
async function completed(completing: Promise<unknown>): Promise<void> {
  try {
    await completing;
  } catch (error) {
    if (!(error instanceof SlackTrouble) || error.code !== 'file_not_found') throw error;
    throw new SlackTrouble({ kind: 'later', code: error.code, cause: error });
  }
}

/** Uploads privately, and waits until Slack has processed the file: before that, a message that shows it is refused. */
async function upload(file: { name: string; bytes: Uint8Array }, client: WebClient): Promise<string> {
  const id = await handIn(file, client);
  await completed(call(() => client.files.completeUploadExternal({ files: [{ id, title: file.name }] })));
  if (await awaited(id, info => info?.mimetype, client)) return id;
  throw new SlackTrouble({ kind: 'later', code: 'file_not_ready' });
}

/** Waits, for ten seconds at most, until something can be read off a file. */
async function awaited(
  file: string,
  read: (info: FilesInfoResponse['file']) => string | undefined,
  client: WebClient,
): Promise<string | undefined> {
  for (let tries = 0; tries < 40; tries++) {
    const found = read((await call(() => client.files.info({ file }))).file);
    if (found) return found;
    await new Promise(resolve => setTimeout(resolve, 250));
  }
  return undefined;
}

/** The message that shows a file in a channel, once there is one. */
function shownIn(file: FilesInfoResponse['file'], channel: string): string | undefined {
  const { public: open, private: closed } = file?.shares ?? {};
  const messages: readonly { ts?: string }[] = [...(open?.[channel] ?? []), ...(closed?.[channel] ?? [])];
  return messages[0]?.ts;
}

/** Files are fetched from Slack's own host alone, or from the host that stands in for it. */
function fileHost(apiUrl: string): string {
  const { protocol, host } = new URL(apiUrl);
  return `${protocol}//${host === 'slack.com' ? 'files.slack.com' : host}`;
}

async function download(
  info: FilesInfoResponse['file'],
  { botToken, from, by }: { botToken: string; from: string; by: string },
): Promise<AsyncIterable<Uint8Array>> {
  const refusal = (code: string) => new SlackTrouble({ kind: 'refused', code });
  const address = info?.url_private_download ?? '';
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.origin !== from || info?.is_external) throw refusal('file_not_on_slack');
  if (info?.user !== by) throw refusal('file_of_somebody_else');
  if ((info.size ?? 0) > largestFile) throw refusal('file_too_large');
  let answer: Response;
  try {
    answer = await fetch(url, {
      headers: { authorization: `Bearer ${botToken}` },
      redirect: 'error',
      signal: AbortSignal.timeout(60 * second),
    });
  } catch (cause) {
    throw new SlackTrouble({ kind: 'later', code: 'download_failed', cause });
  }
  if (!answer.ok || !answer.body)
    throw new SlackTrouble({ kind: passes(answer.status) ? 'later' : 'refused', code: `download_${answer.status}` });
  // Without the right to read a file, Slack answers 200 with its login page.
  if (answer.headers.get('content-type')?.startsWith('text/html')) throw refusal('file_not_readable');
  return noMoreThan(answer.body, largestFile, () => refusal('file_too_large'));
}

/** Passes chunks on, and throws where there are more than was said. */
async function* noMoreThan(
  chunks: AsyncIterable<Uint8Array>,
  most: number,
  trouble: () => Error,
): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > most) throw trouble();
    yield chunk;
  }
}

function passes(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/** Makes a call and turns whatever goes wrong into one kind of trouble, but for a lease that was lost. */
async function call<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throw leaseLost(error) ?? trouble(error);
  }
}

function leaseLost(error: unknown): LeaseLost | undefined {
  const { original } = (error ?? {}) as { original?: unknown };
  return original instanceof LeaseLost ? original : undefined;
}

/** Keeps to the pauses that Slack asks for: of one channel where it is about its rate, of all where the token is not taken. */
function pauses(afterRefusedToken: number) {
  const everywhere = '*';
  const until = new Map<string, { at: number; trouble: SlackTrouble }>();
  return {
    /** Throws the trouble that asked for a pause, while it lasts. */
    check(channel: string) {
      for (const place of [everywhere, channel]) {
        const pause = until.get(place);
        if (!pause) continue;
        const left = pause.at - performance.now();
        if (left > 0) throw new SlackTrouble({ ...pause.trouble, retryAfter: left, cause: pause.trouble });
        until.delete(place);
      }
    },
    remember(channel: string, error: unknown) {
      if (!(error instanceof SlackTrouble) || error.kind !== 'later') return;
      const refused = error.about === 'credentials';
      const pause = refused ? afterRefusedToken : error.retryAfter;
      const place = refused ? everywhere : channel;
      const at = Math.max(performance.now() + pause, until.get(place)?.at ?? 0);
      until.set(place, { at, trouble: error });
    },
  };
}

/** Sorts an error of Slack's client by what it says of the request: surely not done, perhaps done, never to be done. */
export function trouble(error: unknown): SlackTrouble {
  const { code, retryAfter, data } = (error ?? {}) as {
    code?: unknown;
    retryAfter?: unknown;
    data?: { error?: unknown };
  };
  if (code === 'slack_webapi_rate_limited_error')
    return new SlackTrouble({ kind: 'later', code: 'ratelimited', retryAfter: pause(retryAfter), cause: error });
  // A 429 whose Retry-After is missing or no number comes as an error without a code.
  if (error instanceof Error && error.message.startsWith('Retry header did not contain'))
    return new SlackTrouble({ kind: 'later', code: 'ratelimited', cause: error });
  if (isUnsent(error)) return new SlackTrouble({ kind: 'later', code: 'not_reached', cause: error });
  const said = code === 'slack_webapi_platform_error' && typeof data?.error === 'string' ? data.error : '';
  // A page of HTML arrives here as an "error code"; it is never repeated anywhere.
  if (!/^[a-z0-9_]{1,80}$/.test(said))
    return new SlackTrouble({ kind: 'unclear', code: 'no_clear_answer', cause: error });
  const told = { code: said, about: matter(said), cause: error };
  if (told.about === 'credentials' || /^rate_?limited$/.test(said)) return new SlackTrouble({ kind: 'later', ...told });
  return new SlackTrouble({ kind: knownRefusals.test(said) ? 'refused' : 'unclear', ...told });
}

/** Whether nothing was sent: the address was not found, or nobody listened there. */
function isUnsent(error: unknown): boolean {
  for (
    let at = error, depth = 0;
    at instanceof Error && depth < 5;
    at = 'original' in at ? at.original : at.cause, depth++
  )
    if ('code' in at && ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'].includes(String(at.code))) return true;
  return false;
}

function matter(code: string): SlackMatter | undefined {
  if (ofCredentials.has(code)) return 'credentials';
  if (code === 'missing_scope') return 'scope';
  if (ofChannels.test(code)) return 'channel';
  if (ofGoneThings.has(code)) return 'gone';
  return ofContent.test(code) ? 'content' : undefined;
}

function pause(retryAfter: unknown): number {
  const seconds = typeof retryAfter === 'number' && retryAfter > 0 ? retryAfter : 30;
  return Math.min(seconds, 3600) * second;
}

/** Remembers answers for as long as they are believed. Trouble is never remembered. */
function remembered<T>(ask: (id: string) => Promise<T>): (id: string) => Promise<T> {
  const known = new Map<string, { value: T; until: number }>();
  return async id => {
    const before = known.get(id);
    if (before && before.until > performance.now()) return before.value;
    const value = await ask(id);
    if (known.size > 1000) known.clear();
    known.set(id, { value, until: performance.now() + believed });
    return value;
  };
}
