import { z } from 'zod';
import { balanceOf } from './balance.ts';
import type { Compared } from './duplicates.ts';
import { repeats } from './duplicates.ts';
import type { Example } from './example.ts';
import { readRow } from './example.ts';
import { type Digest, digestOf } from './hash.ts';
import { Spread, spreadOf } from './lengths.ts';
import type { Line } from './lines.ts';
import { lineSplitter } from './lines.ts';
import { nearAny, nearRepeats, type Sketch, sketchOf } from './near-duplicates.ts';
import type { DatasetFormat, DatasetRules } from './recipe.ts';
import { limits, palm } from './recipe.ts';
import { secretsIn } from './secrets.ts';
import { type Shape, shapeOf, shapes } from './shape.ts';

/** What can be wrong with a line of a dataset, in order of weight. */
export const faults = [
  'not-utf8',
  'byte-order-mark',
  'format-input-output',
  'format-messages',
  'format-contents',
  'format-prompt-completion',
  'format-instruction',
  'format-question',
  'nul',
  'not-json',
  'cut-off',
  'not-an-object',
  'no-input',
  'wrong-role',
  'empty-input',
  'input-not-text',
  'output-not-text',
  'no-output',
  'too-long',
] as const;
export type Fault = (typeof faults)[number];

/** What is worth knowing of a line that can be used all the same, in order of weight. */
export const oddities = [
  'has-key',
  'has-card-number',
  'has-identity-number',
  'other-output',
  'one-output',
  'no-instruction',
  'input-truncated',
  'output-truncated',
  'example-too-long',
  'output-unread',
  'parts-not-text',
  'mixed-formats',
  'not-compared',
  'without-label',
  'other-order',
  'other-opening',
  'repeated-input',
  'near-repeated',
  'lone-output',
  'rare-output',
  'has-email',
  'has-phone',
  'empty-output',
  'unknown-field',
  'proto-key',
  'lone-surrogate',
  'nul-in-text',
  'blank-line',
  'crlf',
  'no-last-newline',
] as const;
export type Oddity = (typeof oddities)[number];

/**
 * Roughly how many tokens a text has: four bytes of UTF-8 a token. For English that is four characters, the rule of
 * thumb Google's documentation gives for its models. An estimate, and called one wherever it is shown: of three English
 * sentences whose tokens PaLM 2 counted (10, 15 and 25) it makes 10, 19 and 25. For other writing no count is known.
 */
export function estimatedTokens({ bytes }: Pick<Digest, 'bytes'>): number {
  return Math.ceil(bytes / 4);
}

export const Noted = z.object({ count: z.number(), lines: z.array(z.number()) });
/** How often something was found, and the first lines of it. */
export type Noted = z.infer<typeof Noted>;

export const Report = z.object({
  rows: z.number(),
  labelled: z.number(),
  bytes: z.number(),
  tokens: z.object({ mean: z.number(), longest: z.number() }),
  faults: z.partialRecord(z.enum(faults), Noted),
  oddities: z.partialRecord(z.enum(oddities), Noted),
  unknownFields: z.array(z.string()),
  /** Fields by which rows without `input_text` probably mean it. */
  meant: z.array(z.string()).optional(),
  lengths: z.object({ input: Spread, output: Spread.optional() }).optional(),
  /** How many rows each output has, where outputs are few: the largest first. */
  balance: z.object({ distinct: z.number(), counts: z.array(z.number()) }).optional(),
  /** What most inputs share: labels such as `question`, in their order, and how they begin and end. */
  shape: z.object({ labels: z.array(z.string()), opening: z.boolean(), closing: z.boolean() }).optional(),
});
/** What reading a dataset found: counts, and the first line numbers of each thing found. */
export type Report = z.infer<typeof Report>;

/** How many line numbers are kept of each thing found. */
export const linesKept = 20;
const namesKept = 5;
const nameLength = 60;
/** Where there are more rows than this, they are not compared with each other, so that memory stays bounded: a dataset of the documented pipeline is refused for its size then. */
const rowsCompared = 2 * limits.examples;
/** Inputs without an instruction are short: half of them below this many tokens. */
const shortInput = 200;

interface Row extends Compared {
  inputTokens: number;
  outputTokens: number;
  shape: Shape;
}

/** What is kept of a dataset's rows to compare them with another dataset's: digests, never texts. */
export interface Rows {
  all: readonly Compared[];
  /** Each input once, at its first line. */
  distinct: readonly { line: number; input: number; sketch: Sketch | undefined }[];
}

/** Reads a dataset of a recipe's line by line into a report. Near-duplicates are looked for unless `near` says otherwise. */
export function reader({ near = true, rules = palm.dataset }: { near?: boolean; rules?: DatasetRules } = {}) {
  const { tokens: most } = rules;
  const written = new Map<DatasetFormat, number[]>();
  const found: Partial<Record<Fault | Oddity, Noted>> = {};
  const unknownFields = new Set<string>();
  const meant = new Set<string>();
  const shaping = shapes();
  let all: Row[] = [];
  let distinct: { line: number; input: number; sketch: Sketch | undefined }[] = [];
  const inputs = new Set<number>();
  let rows = 0;
  let labelled = 0;
  let tokens = 0;
  let longest = 0;

  function note(name: Fault | Oddity, line: number) {
    found[name] ??= { count: 0, lines: [] };
    found[name].count++;
    if (found[name].lines.length < linesKept) found[name].lines.push(line);
  }

  function keep({ input, output, unknown, format, partly }: Example, line: number) {
    rows++;
    inFormat(format, line);
    if (partly) note('parts-not-text', line);
    if (output !== undefined) labelled++;
    const digest = digestOf(input);
    const answer = output === undefined ? undefined : digestOf(output);
    const inputTokens = estimatedTokens(digest);
    const outputTokens = answer ? estimatedTokens(answer) : 0;
    tokens += inputTokens;
    longest = Math.max(longest, inputTokens);
    oddOf({ input, output, unknown }, line);
    if (inputTokens > (most.input ?? Infinity)) note('input-truncated', line);
    if (outputTokens > (most.output ?? Infinity)) note('output-truncated', line);
    if (inputTokens + outputTokens > (most.example ?? Infinity)) note('example-too-long', line);
    if (rules.labels === 'unread' && output !== undefined) note('output-unread', line);
    const told = secretsIn(input, digest.digits);
    if (answer) for (const secret of secretsIn(output!, answer.digits)) told.add(secret);
    for (const secret of told) note(`has-${secret}`, line);
    if (rows > rowsCompared) {
      all = [];
      distinct = [];
      return inputs.clear();
    }
    const row = { line, input: digest.hash, output: answer?.hash };
    all.push({ ...row, inputTokens, outputTokens, shape: shaping.of(input) });
    if (inputs.has(row.input)) return;
    inputs.add(row.input);
    distinct.push({ line, input: row.input, sketch: near ? sketchOf(input) : undefined });
  }

  /** Which rows are written otherwise than most: known in the end. */
  function inFormat(format: DatasetFormat, line: number) {
    if (rules.formats.length === 1) return;
    const lines = written.get(format) ?? [];
    written.set(format, lines);
    if (lines.length < rowsCompared) lines.push(line);
  }

  function oddOf({ input, output, unknown }: Pick<Example, 'input' | 'output' | 'unknown'>, line: number) {
    if (output?.trim() === '') note('empty-output', line);
    if (!input.isWellFormed() || output?.isWellFormed() === false) note('lone-surrogate', line);
    if (input.includes('\0') || output?.includes('\0')) note('nul-in-text', line);
    if (!unknown.length) return;
    const names = unknown.filter(name => name !== '__proto__');
    if (names.length) note('unknown-field', line);
    if (names.length < unknown.length) note('proto-key', line);
    for (const name of names) remember(unknownFields, name);
  }

  /** What only all rows together show. */
  function compared(): Partial<Report> {
    if (rows > rowsCompared) {
      if ((rules.examples ?? Infinity) > rowsCompared) found['not-compared'] = { count: rows, lines: [] };
      return {};
    }
    const lines = (indices: readonly number[]) => noted(indices.map(i => all[i]!.line));
    const { again, otherwise } = repeats(all);
    const outputs = all.map(row => row.output);
    const balance = balanceOf(outputs);
    const shape = shapeOf(all.map(row => row.shape));
    const input = spreadOf(
      all.map(row => row.inputTokens),
      most.input,
    );
    const sketched = distinct.flatMap(({ line, sketch }) => (sketch ? [{ line, sketch }] : []));
    const nearly = nearRepeats(sketched.map(({ sketch }) => sketch)).map(i => sketched[i]!.line);
    const sharesNothing = !shape.labels.length && !shape.opening && !shape.closing && !shape.firstWord;
    const together: Partial<Record<Oddity, Noted | undefined>> = {
      'repeated-input': noted(again),
      'other-output': noted(otherwise),
      'mixed-formats': noted(fewest(written)),
      'near-repeated': noted(nearly),
      'without-label': lines(shape.withoutLabel),
      'other-order': lines(shape.otherOrder),
      'other-opening': lines(shape.otherOpening),
      'lone-output': balance && lines(balance.alone),
      'rare-output': balance && lines(balance.rare),
      'one-output': balance?.distinct === 1 && rows > 1 ? { count: rows, lines: [] } : undefined,
      'no-instruction':
        balance && balance.distinct > 1 && sharesNothing && input.half < shortInput
          ? { count: rows, lines: [] }
          : undefined,
    };
    for (const [name, it] of Object.entries(together)) if (it) found[name as Oddity] = it;
    const output = spreadOf(
      all.filter(row => row.output !== undefined).map(row => row.outputTokens),
      most.output,
    );
    const labels = shape.labels.map(label => shaping.name(label)).filter(name => name !== undefined);
    return {
      ...(rows && { lengths: { input, ...(labelled && { output }) } }),
      ...(balance && { balance: { distinct: balance.distinct, counts: balance.counts } }),
      ...(shape.labels.length || shape.opening || shape.closing
        ? { shape: { labels, opening: shape.opening, closing: shape.closing } }
        : {}),
    };
  }

  return {
    take({ number, text, fault, crlf, unended }: Line) {
      if (crlf) note('crlf', number);
      if (text === undefined) return note(fault ?? 'not-utf8', number);
      if (number === 1 && text.startsWith('\ufeff')) return note('byte-order-mark', number);
      if (!text.trim()) return note('blank-line', number);
      const row = readRow(text, { last: unended ?? false, rules });
      if (!('fault' in row)) {
        if (unended) note('no-last-newline', number);
        return keep(row, number);
      }
      note(row.fault, number);
      for (const name of row.meant ?? []) remember(meant, name);
    },
    /** How many examples have been read so far. */
    rows: () => rows,
    /** What of the rows is kept to compare them with another dataset's. */
    kept: (): Rows => ({ all, distinct }),
    /** What has been found so far; `bytes` is the size of what was read. */
    report(bytes: number): Report {
      const together = compared();
      return {
        rows,
        labelled,
        bytes,
        tokens: { mean: rows ? Math.round(tokens / rows) : 0, longest },
        faults: sorted(found, faults),
        oddities: sorted(found, oddities),
        unknownFields: [...unknownFields],
        ...(meant.size && { meant: [...meant] }),
        ...together,
      };
    },
  };
}

/** The lines of all formats but the one that most rows are in. */
function fewest(written: ReadonlyMap<unknown, readonly number[]>): number[] {
  const [, ...others] = [...written.values()].sort((a, b) => b.length - a.length);
  return others.flat();
}

/** Rows of a dataset whose input stands in another one, too: exactly, or nearly. */
export interface Leaks {
  exact?: Noted | undefined;
  near?: Noted | undefined;
}

/** Finds the rows of the dataset that stand in the evaluation dataset, too. */
export function leaks(dataset: Rows, evaluation: Rows): Leaks {
  const theirs = new Set(evaluation.all.map(({ input }) => input));
  const others = evaluation.distinct.flatMap(({ sketch }) => (sketch ? [sketch] : []));
  const rest = dataset.distinct.flatMap(({ input, line, sketch }) =>
    sketch && !theirs.has(input) ? [{ line, sketch }] : [],
  );
  const near = nearAny(
    rest.map(({ sketch }) => sketch),
    others,
  );
  return {
    exact: noted(dataset.all.filter(({ input }) => theirs.has(input)).map(({ line }) => line)),
    near: noted(near.map(i => rest[i]!.line)),
  };
}

/** Lines, in any order, as a count and the first of them. */
function noted(lines: readonly number[]): Noted | undefined {
  if (!lines.length) return undefined;
  return { count: lines.length, lines: lines.toSorted((a, b) => a - b).slice(0, linesKept) };
}

function remember(names: Set<string>, name: string) {
  if (names.size < namesKept) names.add(name.length > nameLength ? `${name.slice(0, nameLength)}…` : name);
}

function sorted<Name extends string>(
  found: Partial<Record<string, Noted>>,
  names: readonly Name[],
): Partial<Record<Name, Noted>> {
  return Object.fromEntries(names.flatMap(name => (found[name] ? [[name, found[name]]] : []))) as Partial<
    Record<Name, Noted>
  >;
}

/** Reads a dataset from its bytes, however they are cut. */
export function byteReader(options: Parameters<typeof reader>[0] = {}) {
  const splitter = lineSplitter();
  const dataset = reader(options);
  return {
    /** How many rows there have been. */
    take(bytes: Uint8Array): number {
      for (const line of splitter.push(bytes)) dataset.take(line);
      return dataset.rows();
    },
    /** What was found, once all has been taken; `bytes` is the size of what was read. */
    report(bytes: number): Report {
      for (const line of splitter.end()) dataset.take(line);
      return dataset.report(bytes);
    },
    kept: dataset.kept,
  };
}
