import { asText, isJson, type Json } from './json.ts';
import { limits } from './limits.ts';
import { acceptBlocks, erase, post, whisper } from './posting.ts';
import { Refusal } from './refusal.ts';
import { changed, messageAt, nextTs, type ResponseUrl, type Workspace } from './workspace.ts';

/** Answers a request to a `response_url`, with Slack's status and text. */
export function respond(
  workspace: Workspace,
  { id, body }: { id: string; body: unknown },
): { status: number; text: string } {
  const to = workspace.responseUrls.get(id);
  try {
    if (!to || Date.now() - to.issued > limits.responseUrlMs) throw new Refusal('expired_url');
    if (to.uses >= limits.responseUrlUses) throw new Refusal('used_url');
    if (!isJson(body)) throw new Refusal('invalid_payload');
    to.uses += 1;
    reply(workspace, { to, body });
    return { status: 200, text: 'ok' };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { status: 404, text: JSON.stringify({ ok: false, error: error.code }) };
  }
}

/** Shows what an app says in answer to a command or through a `response_url`. */
export function reply(workspace: Workspace, { to, body }: { to: ResponseUrl; body: Json }): void {
  if (body.delete_original === true) {
    takeBack(workspace, to);
    return;
  }
  const text = asText(body.text);
  // The size of all blocks together is not limited here: slackapi/bolt-js#2509.
  const blocks = body.blocks === undefined ? [] : acceptBlocks(workspace, { blocks: body.blocks, unbounded: true });
  if (!text && !blocks.length) throw new Refusal('no_text');
  if (body.replace_original === true) {
    replace(workspace, { to, text, blocks });
    return;
  }
  const threadTs = asText(body.thread_ts);
  const content = { channel: to.channel, text, blocks, ...(threadTs ? { threadTs } : {}) };
  if (body.response_type === 'in_channel') post(workspace, { ...content, user: workspace.app.botUser });
  else whisper(workspace, { ...content, person: to.person });
}

function takeBack(workspace: Workspace, to: ResponseUrl): void {
  const message = to.message && messageAt(workspace, to.channel, to.message);
  if (message) {
    erase(workspace, message);
    return;
  }
  const at = workspace.ephemerals.findIndex(one => one.ts === to.ephemeral);
  if (at < 0) throw new Refusal('message_not_found');
  workspace.ephemerals.splice(at, 1);
  changed(workspace, { what: 'ephemeral', channel: to.channel, person: to.person });
}

function replace(workspace: Workspace, { to, text, blocks }: { to: ResponseUrl; text: string; blocks: Json[] }): void {
  const message = to.message ? messageAt(workspace, to.channel, to.message) : undefined;
  const ephemeral = workspace.ephemerals.find(one => one.ts === to.ephemeral);
  if (message) {
    Object.assign(message, { text, blocks });
    if (!blocks.length) message.edited = nextTs(workspace);
    changed(workspace, { what: 'message', channel: to.channel });
  } else if (ephemeral) {
    Object.assign(ephemeral, { text, blocks });
    changed(workspace, { what: 'ephemeral', channel: to.channel, person: to.person });
  } else throw new Refusal('message_not_found');
}
