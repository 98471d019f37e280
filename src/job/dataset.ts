import { z } from 'zod';
import type { Line } from './lines.ts';
import { limits } from './recipe.ts';

/** What can be wrong with a line of a dataset. */
export const faults = [
  'byte-order-mark',
  'not-json',
  'cut-off',
  'not-an-object',
  'no-input',
  'empty-input',
  'input-not-text',
  'output-not-text',
  'too-long',
  'not-utf8',
] as const;
export type Fault = (typeof faults)[number];

/** What is worth knowing of a line that can be used all the same. */
export const oddities = [
  'blank-line',
  'empty-output',
  'unknown-field',
  'repeated-input',
  'input-truncated',
  'output-truncated',
] as const;
export type Oddity = (typeof oddities)[number];

export interface Example {
  input: string;
  output: string | undefined;
  /** Fields that Vertex AI does not know. */
  unknown: string[];
}

/** Reads one line as an example, or says what is wrong with it. */
export function readExample(text: string, { last = false } = {}): Example | Fault {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return last ? 'cut-off' : 'not-json';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'not-an-object';
  const { input_text: input, output_text: output, ...others } = value as Record<string, unknown>;
  if (input === undefined) return 'no-input';
  if (typeof input !== 'string') return 'input-not-text';
  if (!input.trim()) return 'empty-input';
  if (output !== undefined && typeof output !== 'string') return 'output-not-text';
  return { input, output, unknown: Object.keys(others) };
}

/**
 * Roughly how many tokens a text has: four characters a token, the rule of thumb Google's documentation gives for its
 * models. An estimate, and called one wherever it is shown.
 */
export function estimatedTokens(text: string): number {
  return Math.ceil(text.length / 4);
}

const Noted = z.object({ count: z.number(), lines: z.array(z.number()) });

export const Report = z.object({
  rows: z.number(),
  labelled: z.number(),
  bytes: z.number(),
  tokens: z.object({ mean: z.number(), longest: z.number() }),
  faults: z.partialRecord(z.enum(faults), Noted),
  oddities: z.partialRecord(z.enum(oddities), Noted),
  unknownFields: z.array(z.string()),
});
/** What reading a dataset found: counts, and the first line numbers of each thing found. */
export type Report = z.infer<typeof Report>;

/** How many line numbers are kept of each thing found. */
export const linesKept = 20;

/** Reads a dataset line by line into a report. */
export function reader() {
  const report: Report = {
    rows: 0,
    labelled: 0,
    bytes: 0,
    tokens: { mean: 0, longest: 0 },
    faults: {},
    oddities: {},
    unknownFields: [],
  };
  const inputs = new Set<string>();
  let tokens = 0;

  function note<Name extends string>(into: Partial<Record<Name, z.infer<typeof Noted>>>, name: Name, line: number) {
    const noted = into[name] ?? { count: 0, lines: [] };
    into[name] = noted;
    noted.count++;
    if (noted.lines.length < linesKept) noted.lines.push(line);
  }

  function keep({ input, output, unknown }: Example, line: number) {
    report.rows++;
    if (output !== undefined) report.labelled++;
    if (output?.trim() === '') note(report.oddities, 'empty-output', line);
    const length = estimatedTokens(input);
    tokens += length;
    report.tokens.longest = Math.max(report.tokens.longest, length);
    if (length > limits.inputTokens) note(report.oddities, 'input-truncated', line);
    if (output !== undefined && estimatedTokens(output) > limits.outputTokens)
      note(report.oddities, 'output-truncated', line);
    if (inputs.has(input)) note(report.oddities, 'repeated-input', line);
    // Past the limit the dataset is refused anyway; remembering more inputs would only cost memory.
    else if (inputs.size < limits.examples) inputs.add(input);
    if (unknown.length) note(report.oddities, 'unknown-field', line);
    for (const field of unknown)
      if (report.unknownFields.length < 5 && !report.unknownFields.includes(field)) report.unknownFields.push(field);
  }

  return {
    take({ number, text, fault, unended }: Line) {
      if (text === undefined) return note(report.faults, fault ?? 'not-utf8', number);
      if (number === 1 && text.startsWith('\ufeff')) return note(report.faults, 'byte-order-mark', number);
      if (!text.trim()) return note(report.oddities, 'blank-line', number);
      const example = readExample(text, { last: unended ?? false });
      if (typeof example === 'string') note(report.faults, example, number);
      else keep(example, number);
    },
    /** What has been found so far; `bytes` is the size of what was read. */
    report(bytes: number): Report {
      return {
        ...report,
        bytes,
        tokens: { ...report.tokens, mean: report.rows ? Math.round(tokens / report.rows) : 0 },
      };
    },
  };
}
