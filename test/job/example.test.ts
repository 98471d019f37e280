import { describe, expect, it } from 'vitest';
import type { Example, RowFault } from '../../src/job/example.ts';
import { comparedText, readExample } from '../../src/job/example.ts';
import type { DatasetFormat, RecipeId } from '../../src/job/recipe.ts';
import { datasetFormats, recipeIds, recipeOf } from '../../src/job/recipe.ts';

function read(row: unknown, recipe: RecipeId) {
  return readExample(JSON.stringify(row), { rules: recipeOf(recipe).dataset });
}

const user = (content: unknown) => ({ role: 'user', content });
const assistant = (content: unknown) => ({ role: 'assistant', content });
const system = (content: unknown) => ({ role: 'system', content });
const says = (role: string, ...texts: string[]) => ({ role, parts: texts.map(text => ({ text })) });
const picture = { fileData: { mimeType: 'image/png', fileUri: 'gs://acme/a.png' } };

/** The same question and answer in each format. */
const sound: Record<DatasetFormat, object> = {
  'input-output': { input_text: 'Q', output_text: 'A' },
  messages: { messages: [user('Q'), assistant('A')] },
  'prompt-completion': { prompt: 'Q', completion: 'A' },
  contents: { contents: [says('user', 'Q'), says('model', 'A')] },
};

const each = recipeIds.flatMap(recipe => datasetFormats.map(format => [recipe, format] as const));
const reads = (recipe: RecipeId, format: DatasetFormat) =>
  (recipeOf(recipe).dataset.formats as readonly DatasetFormat[]).includes(format);

describe('A row', () => {
  it.each(each.filter(([recipe, format]) => reads(recipe, format)))(
    'is an example of %s where it is written as %s',
    (recipe, format) => {
      expect(read(sound[format], recipe)).toEqual({ input: 'Q', output: 'A', unknown: [], format });
    },
  );

  it.each(each.filter(([recipe, format]) => !reads(recipe, format)))(
    'is told from those of %s where it is written as %s',
    (recipe, format) => {
      expect(read(sound[format], recipe)).toBe(`format-${format}`);
    },
  );

  it.each(recipeIds)('of a public dataset is told from those of %s', recipe => {
    expect(read({ instruction: 'I', output: 'O' }, recipe)).toBe('format-instruction');
    expect(read({ question: 'Q', answer: 'A' }, recipe)).toBe('format-question');
    expect(read({ title: 'a', body: 'b' }, recipe)).toBe('no-input');
  });

  it.each<[string, object, Partial<Example>]>([
    [
      'all before the last answer, the system first',
      { messages: [system('S'), user('Q'), assistant('A'), user('R'), assistant('B')] },
      { input: 'S\nQ\nA\nR', output: 'B', question: 'R', isInstructed: true },
    ],
    [
      'the same in contents',
      {
        systemInstruction: { role: 'system', parts: [{ text: 'S' }] },
        contents: [says('user', 'Q'), says('model', 'A'), says('user', 'R'), says('model', 'B')],
      },
      { input: 'S\nQ\nA\nR', output: 'B', question: 'R', isInstructed: true },
    ],
    [
      'the system’s words under their other name',
      { system_instruction: { parts: [{ text: 'S' }] }, contents: [says('user', 'Q')] },
      { input: 'S\nQ', output: undefined, question: 'Q', isInstructed: true },
    ],
    [
      'no answer where the user has the last word',
      { messages: [user('Q'), assistant('A'), user('R')] },
      { input: 'Q\nA\nR', output: undefined, question: 'R' },
    ],
    [
      'parts of one turn together',
      { contents: [says('user', 'Q', 'uestion'), says('model', 'A')] },
      { input: 'Question', output: 'A' },
    ],
    [
      'a turn without a role as the user’s',
      { contents: [{ parts: [{ text: 'Q' }] }] },
      { input: 'Q', output: undefined },
    ],
    ['an answer that says nothing', { messages: [user('Q'), assistant('')] }, { input: 'Q', output: '' }],
    [
      'that a turn says nothing',
      { messages: [system(' '), user('Q'), assistant('A')] },
      { question: 'Q', hasEmptyTurn: true },
    ],
    [
      'that there is more than text',
      { contents: [{ role: 'user', parts: [{ text: 'What is this?' }, picture] }, says('model', 'A')] },
      { input: 'What is this?', output: 'A', besides: JSON.stringify([picture]) },
    ],
    [
      'that there is no text at all',
      { contents: [{ role: 'user', parts: [picture] }] },
      { input: '', besides: JSON.stringify([picture]) },
    ],
    ['tools, as fields that the format has', { contents: [says('user', 'Q')], tools: [], id: 7 }, { unknown: ['id'] }],
    [
      'fields that the format does not have',
      { prompt: 'Q', completion: 'A', messages_of: 1 },
      { unknown: ['messages_of'] },
    ],
  ])('says %s', (_, row, expected) => {
    expect(read(row, 'open-model')).toMatchObject(expected);
  });

  it('differs from another by what is not text, too', () => {
    const [one, other] = ['a', 'b'].map(
      name =>
        read(
          { contents: [{ parts: [{ text: 'Q' }, { fileData: { fileUri: name } }] }] },
          'gemini-distillation',
        ) as Example,
    );
    expect(one?.input).toBe(other?.input);
    expect(comparedText(one!)).not.toBe(comparedText(other!));
  });
});

/** What is wrong with a row in a format, whichever recipe reads that format. */
const broken: [DatasetFormat, RowFault, unknown][] = [
  ['input-output', 'input-not-text', { input_text: 3 }],
  ['input-output', 'empty-input', { input_text: ' ' }],
  ['input-output', 'output-not-text', { input_text: 'Q', output_text: null }],
  ['prompt-completion', 'input-not-text', { prompt: ['Q'] }],
  ['prompt-completion', 'input-not-text', { prompt: null, completion: 'A' }],
  ['prompt-completion', 'empty-input', { prompt: '', completion: 'A' }],
  ['prompt-completion', 'output-not-text', { prompt: 'Q', completion: 1 }],
  ['messages', 'input-not-text', { messages: 'Q' }],
  ['messages', 'input-not-text', { messages: ['Q'] }],
  ['messages', 'input-not-text', { messages: [user(3)] }],
  ['messages', 'input-not-text', { messages: [user({ text: 'Q' }), assistant('A')] }],
  ['messages', 'input-not-text', { messages: [user([{ type: 'image_url', image_url: {} }])] }],
  ['messages', 'output-not-text', { messages: [user('Q'), assistant(3)] }],
  ['messages', 'no-content', { messages: [{ role: 'user' }] }],
  ['messages', 'no-content', { messages: [user('Q'), assistant(null)] }],
  ['messages', 'no-input', { messages: [] }],
  ['messages', 'no-input', { messages: [system('S'), assistant('A')] }],
  ['messages', 'empty-input', { messages: [user(' '), assistant('A')] }],
  ['messages', 'wrong-role', { messages: [{ role: 'human', content: 'Q' }] }],
  ['messages', 'wrong-role', { messages: [user('Q'), { role: 'tool', content: 'T' }] }],
  ['messages', 'wrong-role', { messages: [{ content: 'Q' }] }],
  ['messages', 'wrong-role', { messages: [{ role: 'constructor', content: 'Q' }] }],
  ['messages', 'format-variant', { messages: [user('Q'), { role: 'model', content: 'A' }] }],
  ['messages', 'format-variant', { messages: [{ role: 'developer', content: 'S' }, user('Q'), assistant('A')] }],
  ['messages', 'format-variant', { messages: [user([{ type: 'text', text: 'Q' }]), assistant('A')] }],
  ['contents', 'input-not-text', { contents: 'Q' }],
  ['contents', 'input-not-text', { contents: [null] }],
  ['contents', 'input-not-text', { contents: [{ role: 'user', parts: 'Q' }] }],
  ['contents', 'input-not-text', { contents: [{ role: 'user', parts: [{ text: 3 }] }] }],
  ['contents', 'input-not-text', { systemInstruction: { parts: [3] }, contents: [says('user', 'Q')] }],
  ['contents', 'output-not-text', { contents: [says('user', 'Q'), { role: 'model', parts: ['A'] }] }],
  ['contents', 'no-content', { contents: [{ role: 'user' }] }],
  ['contents', 'no-content', { contents: [says('user', 'Q'), { role: 'model', parts: [] }] }],
  ['contents', 'no-content', { systemInstruction: {}, contents: [says('user', 'Q')] }],
  ['contents', 'no-input', { contents: [] }],
  ['contents', 'no-input', { contents: [says('model', 'A')] }],
  ['contents', 'empty-input', { contents: [says('user', ''), says('model', 'A')] }],
  ['contents', 'wrong-role', { contents: [says('bot', 'Q')] }],
  ['contents', 'format-variant', { contents: [says('user', 'Q'), says('assistant', 'A')] }],
  ['contents', 'format-variant', { contents: [says('system', 'S'), says('user', 'Q'), says('model', 'A')] }],
  ['contents', 'format-variant', { systemInstruction: 'S', contents: [says('user', 'Q'), says('model', 'A')] }],
];

describe('readExample()', () => {
  it.each(
    broken.flatMap(([format, fault, row]) =>
      recipeIds.filter(recipe => reads(recipe, format)).map(recipe => [format, fault, recipe, row] as const),
    ),
  )('finds in %s that is broken: %s, of %s: %j', (_, fault, recipe, row) => {
    expect(read(row, recipe)).toBe(fault);
  });

  const unanswered: Record<DatasetFormat, object> = {
    'input-output': { input_text: 'Q' },
    messages: { messages: [user('Q')] },
    'prompt-completion': { prompt: 'Q' },
    contents: { contents: [says('user', 'Q')] },
  };

  it.each(each.filter(([recipe, format]) => reads(recipe, format)))(
    'needs an answer where %s learns from those at hand: %s',
    (recipe, format) => {
      const isNeeded = recipeOf(recipe).dataset.labels === 'needed';
      const found = read(unanswered[format], recipe);
      expect(found).toEqual(isNeeded ? 'no-output' : { input: 'Q', output: undefined, unknown: [], format });
    },
  );
});
