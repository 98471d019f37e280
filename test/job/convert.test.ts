import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { converter } from '../../src/job/convert.ts';
import { readExample } from '../../src/job/example.ts';
import type { DatasetFormat } from '../../src/job/recipe.ts';
import { datasetFormats, recipeIds, recipeOf } from '../../src/job/recipe.ts';

function converted(row: object, to: DatasetFormat, options?: Parameters<typeof converter>[1]): unknown {
  const text = converter(to, options)(JSON.stringify(row))?.text;
  return text === undefined ? undefined : JSON.parse(text);
}

const text = fc.string({ unit: 'binary' });
const said = text.filter(it => it.trim() !== '');

const pairs = fc.record(
  { input_text: said, output_text: text },
  { requiredKeys: ['input_text'], noNullPrototype: true },
);

/** Chats that both chat messages and Gemini's contents can say. */
const chats = fc
  .record({
    system: fc.option(text, { nil: undefined }),
    turns: fc.array(fc.tuple(fc.constantFrom('user', 'assistant'), text), { minLength: 1, maxLength: 6 }),
  })
  .filter(({ turns }) => turns.slice(0, -1).some(([role, it]) => role === 'user' && it.trim() !== ''))
  .map(({ system, turns }) => ({
    messages: [
      ...(system === undefined ? [] : [{ role: 'system', content: system }]),
      ...turns.map(([role, content]) => ({ role, content })),
    ],
  }));

describe('A row that is converted', () => {
  it.each(datasetFormats)('to %s and back is the same pair', format => {
    fc.assert(
      fc.property(pairs, row => {
        const there = converted(row, format);
        expect(converted(there as object, 'input-output')).toEqual(row);
      }),
    );
  });

  it.each(datasetFormats.flatMap(one => datasetFormats.map(other => [one, other] as const)))(
    'to %s, then to %s, says what the first says',
    (one, other) => {
      fc.assert(
        fc.property(pairs, row => {
          expect(converted(converted(row, one) as object, other)).toEqual(converted(row, other));
        }),
      );
    },
  );

  it('from chat messages to contents and back is the same chat, and the other way around', () => {
    fc.assert(
      fc.property(chats, chat => {
        const contents = converted(chat, 'contents') as object;
        expect(converted(contents, 'messages')).toEqual(chat);
        expect(converted(converted(contents, 'messages') as object, 'contents')).toEqual(contents);
      }),
    );
  });

  it('keeps all that is said: the system’s words, every turn, and who has it', () => {
    fc.assert(
      fc.property(chats, fc.constantFrom(...datasetFormats), (chat, format) => {
        const whole = JSON.stringify(converted(chat, format));
        for (const { content } of chat.messages)
          if (content.trim()) expect(whole).toContain(JSON.stringify(content).slice(1, -1));
      }),
    );
  });

  it.each(recipeIds)('is one that %s reads, as the same question and answer', recipe => {
    const rules = recipeOf(recipe).dataset;
    fc.assert(
      fc.property(fc.oneof(pairs, chats), row => {
        const there = converter(rules.formats[0])(JSON.stringify(row))!;
        const read = readExample(there.text, { rules: { ...rules, labels: 'optional' } });
        const pair = converted(row, 'input-output') as { input_text: string; output_text?: string };
        expect(read).toMatchObject({ input: pair.input_text, format: rules.formats[0] });
        expect((read as { output: unknown }).output).toBe(pair.output_text);
      }),
    );
  });

  const chat = [
    { role: 'system', content: 'S' },
    { role: 'user', content: 'Q' },
    { role: 'assistant', content: 'A' },
    { role: 'user', content: 'R' },
    { role: 'assistant', content: 'B' },
  ];
  const contents = {
    systemInstruction: { parts: [{ text: 'S' }] },
    contents: [
      { role: 'user', parts: [{ text: 'Q' }] },
      { role: 'model', parts: [{ text: 'A' }] },
      { role: 'user', parts: [{ text: 'R' }] },
      { role: 'model', parts: [{ text: 'B' }] },
    ],
  };

  it.each<[DatasetFormat, object]>([
    ['messages', { messages: chat }],
    ['contents', contents],
    ['input-output', { input_text: 'S\nQ\nA\nR', output_text: 'B' }],
    ['prompt-completion', { prompt: 'S\nQ\nA\nR', completion: 'B' }],
  ])('stays a conversation where the format has any: %s', (format, expected) => {
    expect(converted({ messages: chat }, format)).toEqual(expected);
    expect(converted(contents, format)).toEqual(expected);
  });

  it('is left its answer out where prompts alone are wanted, and that is told', () => {
    const prompts = converter('contents', { prompts: true });
    expect(JSON.parse(prompts(JSON.stringify(contents))!.text)).toEqual({
      ...contents,
      contents: contents.contents.slice(0, -1),
    });
    expect(prompts(JSON.stringify(contents))).toMatchObject({ unlabelled: true });
    expect(prompts('{"prompt": "Q"}')).toMatchObject({ unlabelled: false });
  });

  it.each<[string, object, DatasetFormat]>([
    [
      'roles of another service',
      {
        messages: [
          { role: 'developer', content: 'S' },
          { role: 'user', content: 'Q' },
        ],
      },
      'messages',
    ],
    [
      'texts in parts',
      {
        messages: [
          { role: 'system', content: [{ type: 'text', text: 'S' }] },
          { role: 'user', content: [{ type: 'text', text: 'Q' }] },
        ],
      },
      'messages',
    ],
    [
      'the system among the turns',
      {
        contents: [
          { role: 'system', parts: [{ text: 'S' }] },
          { role: 'user', parts: [{ text: 'Q' }] },
        ],
      },
      'contents',
    ],
  ])('is written as its own format has it, whatever it had: %s', (_, row, format) => {
    expect(converted(row, format)).toEqual(
      format === 'messages'
        ? {
            messages: [
              { role: 'system', content: 'S' },
              { role: 'user', content: 'Q' },
            ],
          }
        : { systemInstruction: { parts: [{ text: 'S' }] }, contents: [{ role: 'user', parts: [{ text: 'Q' }] }] },
    );
  });

  it.each<[string, object]>([
    ['no known format', { title: 'a' }],
    ['parts that are not text', { contents: [{ role: 'user', parts: [{ text: 'Q' }, { inlineData: {} }] }] }],
    ['tools', { contents: [{ role: 'user', parts: [{ text: 'Q' }] }], tools: [{}] }],
    ['no question', { messages: [{ role: 'assistant', content: 'A' }] }],
    [
      'a turn of a tool',
      {
        messages: [
          { role: 'user', content: 'Q' },
          { role: 'tool', content: 'T' },
        ],
      },
    ],
  ])('is none where it has %s: nothing is lost unsaid', (_, row) => {
    expect(converted(row, 'messages')).toBeUndefined();
    expect(converted(row, 'contents')).toBeUndefined();
  });
});
