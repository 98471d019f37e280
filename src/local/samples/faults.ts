/** One fault of the broken dataset: the line it stands on (counted from 1), its name, and how a sound line gets it. */
export type Fault = {
  line: number;
  fault: string;
  detail: string;
  /** The line of the same dataset that this fault repeats. */
  of?: number;
  plant: (row: { input_text: string; output_text: string }, line: string) => string;
};

/** The faults of the broken dataset, in the order of their lines. */
export const faults: readonly Fault[] = [
  {
    line: 4,
    fault: 'cut-in-string',
    detail: 'not JSON: the line ends in the middle of a string',
    plant: (_row, line) => line.slice(0, 140),
  },
  {
    line: 11,
    fault: 'list',
    detail: 'a JSON list, not an object',
    plant: row => JSON.stringify([row.input_text, row.output_text]),
  },
  {
    line: 19,
    fault: 'input-missing',
    detail: 'an object without input_text',
    plant: row => JSON.stringify({ output_text: row.output_text }),
  },
  {
    line: 26,
    fault: 'input-empty',
    detail: 'input_text is an empty string',
    plant: row => JSON.stringify({ ...row, input_text: '' }),
  },
  {
    line: 33,
    fault: 'input-number',
    detail: 'input_text is a number',
    plant: row => JSON.stringify({ ...row, input_text: 20418 }),
  },
  {
    line: 47,
    fault: 'output-number',
    detail: 'output_text is a number',
    plant: row => JSON.stringify({ ...row, output_text: 3 }),
  },
  { line: 58, fault: 'blank', detail: 'a line without anything on it', plant: () => '' },
  {
    line: 66,
    fault: 'carriage-return',
    detail: 'a sound row whose line ends in CR LF, all others end in LF',
    plant: (_row, line) => `${line}\r`,
  },
  {
    line: 79,
    fault: 'unknown-field',
    detail: 'the prompt is in a field called prompt, there is no input_text',
    plant: row => JSON.stringify({ prompt: row.input_text, output_text: row.output_text }),
  },
  {
    line: 92,
    fault: 'duplicate',
    detail: 'the same row as line 15, letter for letter',
    of: 15,
    plant: (_row, line) => line,
  },
  {
    line: 120,
    fault: 'cut-at-end',
    detail: 'not JSON: the file ends in the middle of its last line, without a newline',
    plant: (_row, line) => line.slice(0, 90),
  },
];
