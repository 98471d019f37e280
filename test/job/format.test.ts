import { describe, expect, it } from 'vitest';
import { formatOf } from '../../src/job/format.ts';

describe('formatOf()', () => {
  it.each([
    [{ input_text: 'a', output_text: 'b' }, 'input-output'],
    [{ messages: [{ role: 'user', content: 'a' }] }, 'messages'],
    [{ contents: [{ role: 'user', parts: [{ text: 'a' }] }] }, 'contents'],
    [{ prompt: 'a', completion: 'b' }, 'prompt-completion'],
    [{ prompt: 'a' }, 'prompt-completion'],
    [{ prompt: 'a', id: 7 }, 'prompt-completion'],
    [{ instruction: 'a', input: '', output: 'b' }, 'instruction'],
    [{ instruction: 'a', context: 'c', response: 'b', category: 'd' }, 'instruction'],
    [{ question: 'a', context: 'b' }, 'question'],
    [{ question: 'a', answer: true }, 'question'],
    [{ question: 'a', answers: { text: ['b'], answer_start: [0] } }, 'question'],
  ])('recognises %j', (row, format) => {
    expect(formatOf(row)).toBe(format);
  });

  it.each([
    [{ input_text: 1, output_text: 'b' }],
    [{ messages: [] }],
    [{ messages: 'a' }],
    [{ messages: ['a', null] }],
    [{ messages: [{ role: 'user' }] }],
    [{ contents: [{ role: 'user' }] }],
    [{ prompt: 'a', output_text: 'b' }],
    [{ prompt: 'a', answer: 'b' }],
    [{ prompt: 'a', completion: 1 }],
    [{ instruction: 'a', input: 'b' }],
    [{ question: 'a' }],
    [{ question: 'a', answers: { text: [] } }],
    [{ context: 'a', answer: 'b' }],
    [{ prompt: 1, completion: 'b' }],
    [{}],
  ])('finds no format in %j', row => {
    expect(formatOf(row)).toBeUndefined();
  });
});
