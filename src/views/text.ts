import type {
  Button,
  ContextBlock,
  KnownBlock,
  MrkdwnElement,
  PlainTextElement,
  RichTextBlock,
  SectionBlock,
} from '@slack/types';

/** Slack's limits on what we draw, in characters or items, and the bounds we set ourselves within them. */
export const limits = {
  /** Of a message: blocks, and the text it is updated with. */
  blocks: 50,
  messageText: 4000,
  /** Undocumented: messages with 11,341 characters in their blocks were refused (slackapi/bolt-js issue 2867). */
  message: 9000,
  section: 3000,
  field: 2000,
  header: 150,
  contextElement: 2000,
  contextElements: 10,
  button: 75,
  buttonValue: 2000,
  option: 75,
  optionValue: 75,
  confirmTitle: 100,
  confirmText: 300,
  confirmButton: 30,
  alt: 2000,
  url: 3000,
  modalTitle: 24,
  modalButton: 24,
  modalBlocks: 100,
  privateMetadata: 3000,
  label: 2000,
  hint: 2000,
  placeholder: 150,
  id: 255,
  /** Ours, so that a message stays a screenful however long its parts are. */
  name: 150,
  quotation: 300,
  reason: 500,
  instruction: 2000,
  address: 400,
  line: 500,
  passage: 1200,
  /** All that is kept of what Vertex AI says. */
  wholePassage: 2000,
  snippet: 1400,
  wholeSnippet: 9000,
} as const;

class Markup {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  toString(): string {
    return this.#text;
  }
}

/** Text in Slack's markup. Only this file makes it, so nothing a person wrote reaches it unescaped. */
export type Mrkdwn = Markup;

// Marks that turn writing around or reach beyond their line, tags that cannot be seen, the byte order mark.
const unseen = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
const breaks = /[\s\u0085\u2028\u2029]+/gu;
const controls = /\p{Cc}/gu;

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const lookalikes: Record<string, string> = { '*': '∗', _: 'ˍ', '~': '∼', '`': 'ˋ' };

// A no-break space stays one: French puts it before its signs, and between a number's digits.
const noBreak = new Set(['\u00a0', '\u202f']);

/** Somebody's words on one line, without control characters and marks that change the direction of writing. */
export function clean(text: string): string {
  return seen(text).trim();
}

function seen(text: string): string {
  return text
    .toWellFormed()
    .replace(breaks, run => (noBreak.has(run) ? run : ' '))
    .replace(controls, '')
    .replace(unseen, '');
}

/**
 * Somebody's words as markup that shows them as they are.
 *
 * Slack's markup has no escape for `*_~` and the backtick (slackhq/slack-api-docs issue 34), and nothing tells whether a
 * zero-width character beside them stops Slack. So where one could begin or end a format it is replaced by a character
 * that looks like it; between two letters or digits Slack does not format, and `support_intents_v3` stays what it is.
 * What must be copied exactly belongs into `code`.
 */
export function esc(text: string): Mrkdwn {
  return escaped(text.trim());
}

function escaped(text: string): Mrkdwn {
  const shown = seen(text)
    .replace(/(?<![\p{L}\p{N}])[*_~]|[*_~](?![\p{L}\p{N}])|`/gu, mark => lookalikes[mark]!)
    // A colon on both sides makes an emoji, a leading > a quotation: a word joiner, which is neither, stands between.
    .replace(/:(?=[\p{L}\p{N}_+'-]+:)/gu, ':\u2060')
    .replace(/^>/, '\u2060>');
  return new Markup(entitled(shown));
}

/** Markup from a template: what is put into it is escaped, unless it is markup already. */
export function md(fixed: TemplateStringsArray, ...values: (string | number | Mrkdwn)[]): Mrkdwn {
  return new Markup(
    fixed.reduce((all, part, i) => {
      const value = values[i - 1]!;
      return `${all}${value instanceof Markup ? value : escaped(String(value))}${part}`;
    }),
  );
}

/** Markup one after the other, without what is missing. */
export function join(parts: readonly (Mrkdwn | undefined)[], between = ' · '): Mrkdwn {
  return new Markup(parts.filter(part => part !== undefined).join(between));
}

/** Markup without our own formatting and on one line, for notifications, which show none. Mentions and dates stay. */
export function unformatted(text: Mrkdwn): string {
  return String(text)
    .replace(/^&gt; /gm, '')
    .replace(/<https:[^|>]*\|([^>]*)>/g, '$1')
    .replace(/\s*\n\s*/g, ' ')
    .replace(/(?<![\p{L}\p{N}])\*|\*(?![\p{L}\p{N}])|`/gu, '');
}

/** A user by id. Mentions notify: only where somebody is meant to look. */
export function user(id: string): Mrkdwn {
  return reference('@', id);
}

/** A user group by id. */
export function group(id: string): Mrkdwn {
  return reference('!subteam^', id);
}

/** A channel by id. */
export function channel(id: string): Mrkdwn {
  return reference('#', id);
}

function reference(kind: string, id: string): Mrkdwn {
  return /^[A-Z0-9]+$/.test(id) ? new Markup(`<${kind}${id}>`) : esc(id);
}

/** A moment in the reader's own time zone, in Slack's date format; where Slack cannot, in UTC. */
export function date(ms: number, format = '{time}'): Mrkdwn {
  const utc = new Date(ms).toISOString();
  const fallback = `${utc.slice(0, 10)} ${utc.slice(11, 16)} UTC`;
  return new Markup(`<!date^${Math.floor(ms / 1000)}^${format.replace(/[<>|^]/g, '')}|${fallback}>`);
}

/** A link with a text of its own. */
export function link(url: string, text: string): Mrkdwn {
  const safe = /^https?:\/\/[^\s<>|]+$/.test(url) ? entitled(url) : undefined;
  const shown = String(esc(text)).replaceAll('|', '¦');
  return new Markup(safe ? `<${safe}|${shown}>` : shown);
}

/** Something exact, such as a name or an address, to be copied as it stands. Nothing is formatted there but the backtick, which is replaced. */
export function code(text: string, most: number = limits.address): Mrkdwn {
  const shown = clip(clean(text).replaceAll('`', 'ˋ'), most);
  return new Markup(shown ? `\`${entitled(shown)}\`` : '–');
}

function entitled(text: string): string {
  return text.replace(/[&<>]/g, character => entities[character]!);
}

/** Cuts a text to a limit, ending in an ellipsis: never within a character, and in markup never within an entity, a mention, a date or a link. */
export function clip(text: string, most: number): string;
export function clip(text: Mrkdwn, most: number): Mrkdwn;
export function clip(text: string | Mrkdwn, most: number): string | Mrkdwn {
  const whole = String(text);
  if (whole.length <= most) return text;
  const unit = text instanceof Markup ? /<[^>]*>|&\w+;|[\s\S]/gu : /[\s\S]/gu;
  let kept = '';
  for (const [piece] of whole.matchAll(unit)) {
    if (kept.length + piece.length > most - 1) break;
    kept += piece;
  }
  const cut = `${kept.trimEnd()}…`;
  return text instanceof Markup ? new Markup(cut) : cut;
}

// ─── texts in blocks, each within its limit ──────────────────────────────────────────────────────────────────────────

/** Markup as a text object. `verbatim` keeps Slack from finding links and names in plain words. */
export function mrkdwn(text: Mrkdwn, most: number = limits.section): MrkdwnElement {
  return { type: 'mrkdwn', text: String(clip(text, most)), verbatim: true };
}

/** Plain text as a text object: shown as it is, without any formatting. */
export function plain(text: string, most: number): PlainTextElement {
  return { type: 'plain_text', text: clip(clean(text) || '–', most), emoji: false };
}

/** A paragraph, its lines one below the other. */
export function section(id: string, lines: readonly (Mrkdwn | undefined)[]): SectionBlock {
  return { type: 'section', block_id: id, text: mrkdwn(join(lines, '\n')) };
}

/** A paragraph in small print. */
export function context(id: string, lines: readonly (Mrkdwn | undefined)[]): ContextBlock {
  return { type: 'context', block_id: id, elements: [mrkdwn(join(lines, '\n'), limits.contextElement)] };
}

/** Text shown letter by letter in a box, to be copied: nothing in it is read as markup. What cannot be seen is written as JSON would escape it. */
export function preformatted(id: string, text: string, most: number): RichTextBlock {
  const shown = text
    .toWellFormed()
    .replace(/[^\P{Cc}\n]|[\u2028\u2029]/gu, asJson)
    .replace(unseen, asJson);
  return {
    type: 'rich_text',
    block_id: id,
    elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text: clip(shown, most) || '–' }] }],
  };
}

function asJson(character: string): string {
  return character.replace(/[\s\S]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A picture kept in Slack, with the same in words. */
export function picture(id: string, { file, alt }: { file: string; alt: string }): KnownBlock {
  return {
    type: 'image',
    block_id: id,
    slack_file: { id: file },
    alt_text: clip(clean(alt) || '–', limits.alt),
  };
}

/** A button; its value is a job's id and nothing else. */
export function button(
  id: string,
  {
    text,
    confirm,
    ...rest
  }: {
    text: string;
    value?: string;
    url?: string;
    style?: 'primary' | 'danger';
    confirm?: { title: string; text: Mrkdwn; confirm: string; deny: string; style?: 'primary' | 'danger' };
  },
): Button {
  return {
    type: 'button',
    action_id: id,
    text: plain(text, limits.button),
    ...rest,
    ...(confirm && {
      confirm: {
        ...confirm,
        title: plain(confirm.title, limits.confirmTitle),
        text: mrkdwn(confirm.text, limits.confirmText),
        confirm: plain(confirm.confirm, limits.confirmButton),
        deny: plain(confirm.deny, limits.confirmButton),
      },
    }),
  };
}
