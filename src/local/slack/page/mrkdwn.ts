/** A part of a line of mrkdwn. */
export type Inline =
  | { is: 'text'; text: string }
  | { is: 'bold' | 'italic' | 'strike'; of: Inline[] }
  | { is: 'code'; text: string }
  | { is: 'link'; url: string; of: Inline[] }
  | { is: 'user' | 'group' | 'channel'; id: string; label: string }
  | { is: 'broadcast'; name: string }
  | { is: 'date'; seconds: number; format: string; url: string; fallback: string };

/** A piece of mrkdwn: lines, a quotation, or preformatted text. */
export type Piece = { is: 'lines' | 'quote'; of: Inline[][] } | { is: 'pre'; text: string };

const marks = { '*': 'bold', _: 'italic', '~': 'strike' } as const;

/** Reads Slack's mrkdwn. */
export function parseMrkdwn(source: string): Piece[] {
  return source.split(/(```[\s\S]+?```)/).flatMap((part, i): Piece[] => {
    if (i % 2) return [{ is: 'pre', text: decoded(part.slice(3, -3).replace(/^\n/, '')).replace(/\n$/, '') }];
    return part === '' || (i > 0 && part === '\n') ? [] : lines(i > 0 ? part.replace(/^\n/, '') : part);
  });
}

/** mrkdwn as plain words, for places that show no formatting. */
export function wordsOf(source: string, name: (part: Inline) => string): string {
  return parseMrkdwn(source)
    .map(piece => (piece.is === 'pre' ? piece.text : piece.of.map(line => flat(line, name)).join(' ')))
    .join(' ');
}

function flat(line: Inline[], name: (part: Inline) => string): string {
  return line
    .map(part =>
      'of' in part ? flat(part.of, name) : part.is === 'text' || part.is === 'code' ? part.text : name(part),
    )
    .join('');
}

function lines(source: string): Piece[] {
  const pieces: { is: 'lines' | 'quote'; of: Inline[][] }[] = [];
  for (const line of source.split('\n')) {
    const quoted = /^&gt; ?/.exec(line);
    const is = quoted ? 'quote' : 'lines';
    const of = inline(quoted ? line.slice(quoted[0].length) : line);
    const last = pieces.at(-1);
    if (last?.is === is) last.of.push(of);
    else pieces.push({ is, of: [of] });
  }
  return pieces;
}

function inline(source: string): Inline[] {
  const parts: Inline[] = [];
  let text = '';
  function flush(): void {
    if (text) parts.push(...linked(decoded(text)));
    text = '';
  }
  for (let at = 0; at < source.length; ) {
    const found = codeAt(source, at) ?? angleAt(source, at) ?? markedAt(source, at);
    if (found) {
      flush();
      parts.push(found.part);
      at = found.end;
    } else {
      text += source[at];
      at += 1;
    }
  }
  flush();
  return parts;
}

interface Found {
  part: Inline;
  end: number;
}

function codeAt(source: string, at: number): Found | undefined {
  if (source[at] !== '`') return undefined;
  const end = source.indexOf('`', at + 1);
  if (end <= at + 1) return undefined;
  return { part: { is: 'code', text: decoded(source.slice(at + 1, end)) }, end: end + 1 };
}

function angleAt(source: string, at: number): Found | undefined {
  if (source[at] !== '<') return undefined;
  const end = source.indexOf('>', at);
  if (end < 0) return undefined;
  const part = angle(source.slice(at + 1, end));
  return part && { part, end: end + 1 };
}

function angle(inside: string): Inline | undefined {
  const bar = inside.indexOf('|');
  const target = bar < 0 ? inside : inside.slice(0, bar);
  const label = decoded(bar < 0 ? '' : inside.slice(bar + 1));
  if (target.startsWith('@')) return { is: 'user', id: target.slice(1), label };
  if (target.startsWith('#')) return { is: 'channel', id: target.slice(1), label };
  const group = /^!subteam\^(\w+)$/.exec(target);
  if (group) return { is: 'group', id: group[1]!, label };
  const date = /^!date\^(-?\d+)\^([^^]+)(?:\^(.+))?$/.exec(target);
  if (date)
    return {
      is: 'date',
      seconds: Number(date[1]),
      format: decoded(date[2]!),
      url: safeUrl(decoded(date[3] ?? '')) ?? '',
      fallback: label,
    };
  if (/^!(here|channel|everyone)$/.test(target)) return { is: 'broadcast', name: target.slice(1) };
  const url = safeUrl(decoded(target));
  return url === undefined
    ? undefined
    : { is: 'link', url, of: bar < 0 ? [{ is: 'text', text: url }] : inline(inside.slice(bar + 1)) };
}

function markedAt(source: string, at: number): Found | undefined {
  const mark = source[at] as keyof typeof marks;
  if (!(mark in marks) || isWord(source[at - 1]) || source[at - 1] === mark) return undefined;
  const next = source[at + 1];
  if (next === undefined || next === mark || /\s/.test(next)) return undefined;
  for (let end = at + 1; end < source.length; ) {
    const skip = codeAt(source, end) ?? angleAt(source, end);
    if (skip) {
      end = skip.end;
      continue;
    }
    if (source[end] === mark && end > at + 1 && !/\s/.test(source[end - 1]!) && !isWord(source[end + 1]))
      return { part: { is: marks[mark], of: inline(source.slice(at + 1, end)) }, end: end + 1 };
    end += 1;
  }
  return undefined;
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}]/u.test(character);
}

/** Addresses that stand in a text by themselves become links, as they do in Slack. */
function linked(text: string): Inline[] {
  return text.split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)'\]])/).flatMap((part, i): Inline[] => {
    if (!part) return [];
    const url = i % 2 ? safeUrl(part) : undefined;
    return [url ? { is: 'link', url, of: [{ is: 'text', text: part }] } : { is: 'text', text: part }];
  });
}

/** An address that may be opened, or nothing: a script's address, say, is none. */
export function safeUrl(url: string): string | undefined {
  return /^(?:https?:\/\/|mailto:)\S+$/i.test(url) ? url : undefined;
}

function decoded(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
