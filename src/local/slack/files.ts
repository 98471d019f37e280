import { randomBytes } from 'node:crypto';
import { type Method, needed, optional, structured } from './call.ts';
import { takeFault } from './faults.ts';
import { fileKind, pngSize } from './file-kinds.ts';
import { asList, asText, type Json } from './json.ts';
import { acceptBlocks, checkThread, erase, post, writable } from './posting.ts';
import { Refusal } from './refusal.ts';
import { changed, later, messageAt, messagesOf, newId, type StoredFile, type Workspace } from './workspace.ts';

/** The methods of the family `files`. */
export const files: Record<string, Method> = {
  'files.getUploadURLExternal': ({ workspace, args }) => {
    const name = needed(args, 'filename');
    const length = Number(needed(args, 'length'));
    if (!Number.isInteger(length) || length < 1) throw new Refusal('invalid_arguments', { messages: ['length'] });
    const file = newFile(workspace, { name, owner: workspace.app.botUser, declaredLength: length });
    return {
      file_id: file.id,
      upload_url: `${workspace.origin}/upload/v1/${file.id}-${randomBytes(12).toString('hex')}`,
    };
  },
  'files.completeUploadExternal': ({ workspace, args }) => {
    const wanted = asList(structured(args, 'files'));
    if (!wanted.length) throw new Refusal('invalid_arguments', { messages: ['missing required field: files'] });
    const found = wanted.map(({ id, title }) => {
      const file = workspace.files.get(asText(id));
      if (file?.state !== 'uploaded') throw new Refusal('file_not_found');
      return { file, title: asText(title) || file.name };
    });
    const channelId = optional(args, 'channel_id') ?? optional(args, 'channels');
    const threadTs = optional(args, 'thread_ts');
    const comment = optional(args, 'initial_comment');
    if (channelId) writable(workspace, workspace.channels.get(channelId));
    if (channelId && threadTs) checkThread(workspace, { channel: channelId, threadTs });
    const blocks = comment || args.blocks === undefined ? [] : acceptBlocks(workspace, { blocks: args.blocks });
    for (const { file, title } of found) Object.assign(file, { title, state: 'processing' });
    later(workspace, workspace.settings.fileDelayMs, () => {
      for (const { file } of found) process(workspace, file);
      // Sometimes Slack answers ok and never shares: paradigmxyz/centaur#311. A fault of "files.share" does the same.
      const kept = found.filter(({ file }) => file.state === 'ready');
      if (!channelId || takeFault(workspace, 'files.share') || !kept.length) return;
      const message = post(workspace, {
        channel: channelId,
        user: workspace.app.botUser,
        text: comment ?? '',
        blocks,
        fileIds: kept.map(({ file }) => file.id),
        ...(threadTs ? { threadTs } : {}),
      });
      for (const { file } of kept)
        file.shares.push({ channel: channelId, ts: message.ts, ...(threadTs ? { threadTs } : {}) });
    });
    return { files: found.map(({ file }) => fileJson(workspace, file)) };
  },
  'files.info': ({ workspace, args }) => ({
    file: fileJson(workspace, existing(workspace, args)),
    comments: [],
    response_metadata: { next_cursor: '' },
  }),
  'files.delete': ({ workspace, args }) => {
    const file = existing(workspace, args);
    if (file.owner !== workspace.app.botUser) throw new Refusal('cant_delete_file');
    file.state = 'deleted';
    delete file.bytes;
    for (const { channel, ts } of file.shares) {
      const message = messageAt(workspace, channel, ts);
      if (!message) continue;
      message.fileIds = message.fileIds.filter(id => id !== file.id);
      if (!message.fileIds.length && !message.text && !message.blocks.length) erase(workspace, message);
      else changed(workspace, { what: 'message', channel });
    }
    for (const channel of workspace.channels.keys())
      if (JSON.stringify(messagesOf(workspace, channel)).includes(file.id))
        changed(workspace, { what: 'message', channel });
    changed(workspace, { what: 'file' });
    return {};
  },
  'files.list': ({ workspace, args }) => {
    const channel = optional(args, 'channel');
    const user = optional(args, 'user');
    const seen = [...workspace.files.values()].filter(
      file =>
        ['processing', 'ready'].includes(file.state) &&
        (!user || file.owner === user) &&
        (!channel || file.shares.some(share => share.channel === channel)),
    );
    const count = Math.min(Number(args.count) || 100, 200);
    const at = Math.max(Number(args.page) || 1, 1);
    return {
      files: seen.slice((at - 1) * count, at * count).map(file => fileJson(workspace, file)),
      paging: { count, total: seen.length, page: at, pages: Math.max(Math.ceil(seen.length / count), 1) },
    };
  },
};

/** Takes the bytes sent to an upload address; the answer is Slack's own plain text. */
export function takeUpload(
  workspace: Workspace,
  { id, bytes }: { id: string; bytes: Buffer },
): { status: number; text: string } {
  const file = workspace.files.get(id);
  if (file?.state !== 'awaited') return { status: 404, text: 'not found' };
  if (bytes.length !== file.declaredLength)
    return { status: 400, text: `expected ${file.declaredLength} bytes, got ${bytes.length}` };
  Object.assign(file, { bytes, state: 'uploaded' });
  return { status: 200, text: `OK - ${bytes.length}` };
}

/** A file someone attaches to a form; it can be read at once. */
export function attachFile(
  workspace: Workspace,
  { name, bytes, owner }: { name: string; bytes: Buffer; owner: string },
): StoredFile {
  const file = newFile(workspace, { name, owner, declaredLength: bytes.length });
  Object.assign(file, { bytes, state: 'processing' });
  process(workspace, file);
  return file;
}

/** A file as the Web API and payloads show it; its `mimetype` is empty until it has been processed. */
export function fileJson(workspace: Workspace, file: StoredFile): Json {
  const address = `${workspace.origin}/files/${workspace.team.id}-${file.id}`;
  const safeName = encodeURIComponent(file.name.toLowerCase().replaceAll(/[^\w.-]+/g, '_'));
  const size = file.state === 'ready' && file.bytes ? pngSize(file.bytes) : undefined;
  const shares: Record<'public' | 'private', Record<string, Json[]>> = { public: {}, private: {} };
  for (const { channel, ts, threadTs } of file.shares) {
    const kind = workspace.channels.get(channel)?.kind === 'public' ? 'public' : 'private';
    shares[kind][channel] ??= [];
    shares[kind][channel].push({ ts, ...(threadTs ? { thread_ts: threadTs } : {}), reply_users: [], reply_count: 0 });
  }
  return {
    id: file.id,
    created: file.created,
    timestamp: file.created,
    name: file.name,
    title: file.title,
    mimetype: file.mimetype,
    filetype: file.filetype,
    pretty_type: file.filetype.toUpperCase(),
    user: file.owner,
    user_team: workspace.team.id,
    editable: false,
    size: file.declaredLength,
    mode: 'hosted',
    is_external: false,
    external_type: '',
    is_public: Object.keys(shares.public).length > 0,
    public_url_shared: false,
    display_as_bot: false,
    username: '',
    url_private: `${address}/${safeName}`,
    url_private_download: `${address}/download/${safeName}`,
    permalink: `${workspace.origin}/look/${file.id}`,
    ...(size ? { original_w: size.width, original_h: size.height } : {}),
    channels: Object.keys(shares.public),
    groups: Object.keys(shares.private).filter(id => id.startsWith('C')),
    ims: Object.keys(shares.private).filter(id => id.startsWith('D')),
    shares: Object.fromEntries(Object.entries(shares).filter(([, byChannel]) => Object.keys(byChannel).length)),
    has_rich_preview: false,
    file_access: 'visible',
  };
}

function newFile(
  workspace: Workspace,
  { name, owner, declaredLength }: { name: string; owner: string; declaredLength: number },
): StoredFile {
  const file: StoredFile = {
    id: newId('F'),
    name,
    title: name,
    owner,
    created: Math.floor(Date.now() / 1000),
    declaredLength,
    state: 'awaited',
    mimetype: '',
    filetype: '',
    shares: [],
  };
  workspace.files.set(file.id, file);
  return file;
}

function process(workspace: Workspace, file: StoredFile): void {
  if (file.state !== 'processing' || !file.bytes) return;
  Object.assign(file, { ...fileKind(file.name, file.bytes), state: 'ready' });
  changed(workspace, { what: 'file' });
}

function existing(workspace: Workspace, args: Json): StoredFile {
  const file = workspace.files.get(needed(args, 'file'));
  if (!file || file.state === 'awaited') throw new Refusal('file_not_found');
  if (file.state === 'deleted') throw new Refusal('file_deleted');
  return file;
}
