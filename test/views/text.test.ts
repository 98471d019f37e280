import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  clean,
  clip,
  code,
  date,
  esc,
  group,
  join,
  link,
  md,
  plain,
  preformatted,
  unformatted,
  user,
} from '../../src/views/text.ts';

const anything = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc
    .array(
      fc.constantFrom('<', '>', '&', '*', '_', '~', '`', '|', ':', '😀', '\ud83d', '\u202e', '\n', 'a', ' ', '&amp;'),
      { maxLength: 60 },
    )
    .map(parts => parts.join('')),
);

test.each([
  ['support-intents-v3', 'support-intents-v3'],
  ['support_intents_v3', 'support_intents_v3'],
  ['Q&A <v2>', 'Q&amp;A &lt;v2&gt;'],
  ['*bold* _it_ ~gone~ `code`', '∗bold∗ ˍitˍ ∼gone∼ ˋcodeˋ'],
  ['2*3*4', '2*3*4'],
  ['<!channel> <@U1> <http://evil|bank>', '&lt;!channel&gt; &lt;@U1&gt; &lt;http://evil|bank&gt;'],
  ['a\u202eb\u0007c\nd', 'abc d'],
  ['12\u202f345 : a\u00a0\u00a0b', '12\u202f345 : a b'],
  [':fire:', ':\u2060fire:'],
  ['> said', '\u2060&gt; said'],
])('esc() shows %j as it is', (text, shown) => {
  expect(String(esc(text))).toBe(shown);
});

test('esc() leaves nothing that Slack would act on, whatever the text', () => {
  fc.assert(
    fc.property(anything, text => {
      const shown = String(esc(text));
      expect(shown).not.toMatch(/[<>`\n]|&(?!amp;|lt;|gt;)/);
      expect(shown).not.toMatch(/[^\P{Cc}]|[\u202a-\u202e\u2066-\u2069]|\p{Cs}/u);
      expect(shown).not.toMatch(/(?<![\p{L}\p{N}])[*_~]|[*_~](?![\p{L}\p{N}])/u);
      expect(shown).not.toMatch(/^&gt;/);
    }),
  );
});

test('md escapes strings, passes markup through, and does not escape twice', () => {
  const name = esc('<a&b>');
  expect(String(md`*${name}* by ${'<c>'} ${3}`)).toBe('*&lt;a&amp;b&gt;* by &lt;c&gt; 3');
  expect(String(md`${md`${name}`}`)).toBe(String(name));
});

test('what only looks like markup is escaped as any other value', () => {
  const forged = { toString: () => '<!channel>' } as unknown as string;
  expect(String(md`${forged}`)).toBe('&lt;!channel&gt;');
});

test('join() leaves out what is missing', () => {
  expect(String(join([md`a`, undefined, md`b`]))).toBe('a · b');
});

test.each([
  ['a user', user('U1'), '<@U1>'],
  ['a group', group('S1'), '<!subteam^S1>'],
  ['an id that is none', user('U1> <!channel'), 'U1&gt; &lt;!channel'],
  ['a link', link('https://a.example/?b=1&c=2', 'd|e'), '<https://a.example/?b=1&amp;c=2|d¦e>'],
  ['a link that is none', link('javascript:alert(1)', 'd'), 'd'],
  ['a link that breaks out', link('https://a.example/|<!channel>', 'd'), 'd'],
  ['code', code('a`b <c>'), '`aˋb &lt;c&gt;`'],
  ['no code', code(''), '–'],
  ['a time', date(Date.UTC(2026, 10, 24, 14, 5)), '<!date^1795529100^{time}|2026-11-24 14:05 UTC>'],
  [
    'a date',
    date(Date.UTC(2026, 10, 24, 14, 5), '{date_short_pretty} at {time}'),
    '<!date^1795529100^{date_short_pretty} at {time}|2026-11-24 14:05 UTC>',
  ],
])('%s is drawn as Slack writes it', (_, markup, written) => {
  expect(String(markup)).toBe(written);
});

test('clip() leaves what fits alone', () => {
  expect(clip('abc', 3)).toBe('abc');
  expect(String(clip(md`abc`, 3))).toBe('abc');
});

test.each([
  ['plain text', clip('abcdef', 4), 'abc…'],
  ['a surrogate pair', clip('a😀😀', 4), 'a😀…'],
  ['a broken pair', clip('ab😀😀', 4), 'ab…'],
  ['an entity', String(clip(esc('a<<<'), 8)), 'a&lt;…'],
  ['a mention', String(clip(md`ab ${user('U0123456')} c`, 8)), 'ab…'],
  ['a code span', String(code('abcdef', 4)), '`abc…`'],
])('clip() cuts %s in one piece', (_, cut, left) => {
  expect(cut).toBe(left);
});

test('clip() keeps to its limit and never leaves half an entity or half a character', () => {
  fc.assert(
    fc.property(anything, fc.integer({ min: 1, max: 60 }), (text, most) => {
      const cut = String(clip(esc(text), most));
      expect(cut.length).toBeLessThanOrEqual(most);
      expect(cut).not.toMatch(/&(?!amp;|lt;|gt;)|\p{Cs}/u);
      const flat = clip(clean(text), most);
      expect(flat.length).toBeLessThanOrEqual(most);
      expect(flat).not.toMatch(/\p{Cs}/u);
    }),
  );
});

test('unformatted() takes away our formatting, and nothing of what a person wrote', () => {
  const shown = md`🔵 *Running* · ${esc('2*3*4')} · ${code('x')}\n&gt; ${user('U1')} ${link('https://a.example/', 'there')}`;
  expect(unformatted(shown)).toBe('🔵 Running · 2*3*4 · x <@U1> there');
});

test('plain() is never empty, and on one line', () => {
  expect(plain('\n\u202e ', 20).text).toBe('–');
  expect(plain('a\nb', 20).text).toBe('a b');
});

test('preformatted() shows what cannot be seen as JSON escapes it, and keeps lines', () => {
  const [box] = preformatted('id', '{\n "a": "\u202e\u0007\u{e0041}"\n}', 100).elements;
  expect(box).toMatchObject({ elements: [{ text: '{\n "a": "\\u202e\\u0007\\udb40\\udc41"\n}' }] });
});
