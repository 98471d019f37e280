import { describe, expect, it } from 'vitest';
import { meantBy } from '../../src/job/fields.ts';

describe('meantBy()', () => {
  it.each([
    'prompt',
    'input_text_instruct',
    'question',
    'messages',
    'contents',
    'Input_Text',
    'inputText',
    'instruction',
  ])('takes %s for input_text', name => {
    expect(meantBy(name)).toBe('input_text');
  });

  it.each(['completion', 'output', 'outputText', 'response', 'Answer', 'label', 'target'])(
    'takes %s for output_text',
    name => {
      expect(meantBy(name)).toBe('output_text');
    },
  );

  it.each(['id', 'comment', 'context', 'source', '', '__proto__'])('takes %j for neither', name => {
    expect(meantBy(name)).toBeUndefined();
  });
});
