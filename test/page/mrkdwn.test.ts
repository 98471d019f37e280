import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Inline, parseMrkdwn, safeUrl, wordsOf } from '../../src/local/slack/page/mrkdwn.ts';

function line(source: string): Inline[] {
  const [piece] = parseMrkdwn(source);
  return piece && piece.is !== 'pre' ? piece.of[0]! : [];
}

test('bold, italic, struck and code text is told from the signs that only look like it', () => {
  expect(line('*a* _b_ ~c~ `d`')).toEqual([
    { is: 'bold', of: [{ is: 'text', text: 'a' }] },
    { is: 'text', text: ' ' },
    { is: 'italic', of: [{ is: 'text', text: 'b' }] },
    { is: 'text', text: ' ' },
    { is: 'strike', of: [{ is: 'text', text: 'c' }] },
    { is: 'text', text: ' ' },
    { is: 'code', text: 'd' },
  ]);
  for (const plain of ['3 * 4 * 5', 'snake_case_name', '* a *', '**', 'a*b*c', '*open'])
    expect(line(plain)).toEqual([{ is: 'text', text: plain }]);
  expect(line('`*not bold*`')).toEqual([{ is: 'code', text: '*not bold*' }]);
});

test('mentions, dates and links are read, labels and fallbacks with them', () => {
  expect(line('<@U1> <!subteam^S1|@team> <#C1|general> <!here>').filter(part => part.is !== 'text')).toEqual([
    { is: 'user', id: 'U1', label: '' },
    { is: 'group', id: 'S1', label: '@team' },
    { is: 'channel', id: 'C1', label: 'general' },
    { is: 'broadcast', name: 'here' },
  ]);
  expect(line('<!date^1700000000^{date} at {time}^https://x.test/|then>')).toEqual([
    { is: 'date', seconds: 1_700_000_000, format: '{date} at {time}', url: 'https://x.test/', fallback: 'then' },
  ]);
  expect(line('<https://x.test/?a=1&amp;b=2|*here*>')).toEqual([
    { is: 'link', url: 'https://x.test/?a=1&b=2', of: [{ is: 'bold', of: [{ is: 'text', text: 'here' }] }] },
  ]);
  expect(line('see https://x.test/a.')[1]).toEqual({
    is: 'link',
    url: 'https://x.test/a',
    of: [{ is: 'text', text: 'https://x.test/a' }],
  });
});

test('an address that would run a script is left as text', () => {
  expect(line('<javascript:alert(1)|click>')).toEqual([{ is: 'text', text: '<javascript:alert(1)|click>' }]);
  expect(safeUrl('JaVaScRiPt:alert(1)')).toBeUndefined();
  expect(safeUrl('data:text/html,x')).toBeUndefined();
  expect(safeUrl('https://x.test')).toBe('https://x.test');
});

test('escaped signs come out as what they stand for, once', () => {
  expect(line('&lt;b&gt; &amp;lt;')).toEqual([{ is: 'text', text: '<b> &lt;' }]);
});

test('preformatted text and quotations are pieces of their own', () => {
  expect(parseMrkdwn('before\n```\n*a*\n```\n&gt; said\n&gt; more\nafter').map(piece => piece.is)).toEqual([
    'lines',
    'pre',
    'quote',
    'lines',
  ]);
  expect(parseMrkdwn('```\n*a*\n```')).toEqual([{ is: 'pre', text: '*a*' }]);
});

test('whatever stands in a text, no plain word of it is lost', () => {
  const words = fc.array(fc.constantFrom('*', '_', '~', '`', '<', '>', '|', '@', ' ', 'one', 'two', '\n', '&amp;'), {
    maxLength: 24,
  });
  fc.assert(
    fc.property(words, parts => {
      const source = parts.join('');
      const kept = wordsOf(source, part => JSON.stringify(part));
      const count = (text: string, word: string) => text.split(word).length - 1;
      // Only what stands between angle brackets may turn into something else.
      const outside = source.replaceAll(/<[^>]*>/g, '');
      for (const word of ['one', 'two']) expect(count(kept, word)).toBeGreaterThanOrEqual(count(outside, word));
    }),
  );
});
