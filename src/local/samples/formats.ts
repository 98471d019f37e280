import type { DatasetFormat } from '../../job/recipe.ts';
import { recipeIds, recipeOf } from '../../job/recipe.ts';

/** The formats that recipes read besides the one that the samples are written in. */
export const otherFormats: readonly DatasetFormat[] = [
  ...new Set(recipeIds.flatMap(id => recipeOf(id).dataset.formats)),
].filter(format => format !== 'input-output');

/** Where a sample is in a format, below the folder of the samples. */
export function folderOf(format: DatasetFormat): string {
  return format === 'input-output' ? '' : `/${format}`;
}

/** A sample in another format. What is no row stays as it is. */
export function writtenAs(format: DatasetFormat, sample: string): string {
  return sample
    .split('\n')
    .map(line => rewritten(line, format))
    .join('\n');
}

function rewritten(line: string, format: DatasetFormat): string {
  let row: { input_text?: unknown; output_text?: unknown };
  try {
    row = JSON.parse(line);
  } catch {
    return line;
  }
  const { input_text: input, output_text: output } = row ?? {};
  if (typeof input !== 'string' || (output !== undefined && typeof output !== 'string')) return line;
  return JSON.stringify(inFormat[format](input, output));
}

const inFormat: Record<DatasetFormat, (input: string, output: string | undefined) => object> = {
  'input-output': (input, output) => ({ input_text: input, ...(output !== undefined && { output_text: output }) }),
  messages: (input, output) => ({
    messages: [
      { role: 'user', content: input },
      ...(output === undefined ? [] : [{ role: 'assistant', content: output }]),
    ],
  }),
  'prompt-completion': (prompt, completion) => ({ prompt, ...(completion !== undefined && { completion }) }),
  contents: (input, output) => ({
    contents: [
      { role: 'user', parts: [{ text: input }] },
      ...(output === undefined ? [] : [{ role: 'model', parts: [{ text: output }] }]),
    ],
  }),
};
