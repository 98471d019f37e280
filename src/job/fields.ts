/** The fields that Vertex AI reads. */
export type Field = 'input_text' | 'output_text';

/** What people call the two fields elsewhere, without case and without what joins words. */
const called: Record<Field, readonly string[]> = {
  input_text: [
    'inputtext',
    'input',
    'inputtextinstruct',
    'prompt',
    'question',
    'query',
    'instruction',
    'text',
    'messages',
    'contents',
  ],
  output_text: ['outputtext', 'output', 'completion', 'response', 'answer', 'label', 'target'],
};

/** The field that a name Vertex AI does not know was probably meant for. */
export function meantBy(name: string): Field | undefined {
  const plain = name.toLowerCase().replace(/[\s_-]/g, '');
  return (['input_text', 'output_text'] as const).find(field => called[field].includes(plain));
}
