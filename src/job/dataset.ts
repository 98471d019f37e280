import { z } from 'zod';
import { balanceOf } from './balance.ts';
import type { Compared } from './duplicates.ts';
import { repeats } from './duplicates.ts';
import type { Example } from './example.ts';
import { comparedText, readRow } from './example.ts';
import { type Digest, digestOf } from './hash.ts';
import { lengthsTaken, Spread } from './lengths.ts';
import type { Line } from './lines.ts';
import { lineSplitter } from './lines.ts';
import { nearAny, nearRepeats, type Sketch, sketchOf } from './near-duplicates.ts';
import type { DatasetFormat, DatasetRules } from './recipe.ts';
import { datasetFormats, limits, palm } from './recipe.ts';
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
  'format-variant',
  'nul',
  'not-json',
  'cut-off',
  'not-an-object',
  'no-input',
  'wrong-role',
  'no-content',
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
  'empty-turn',
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
  /** The format that most rows are in; none where that is pairs of `input_text` and `output_text`. */
  format: z.enum(datasetFormats).optional(),
  /** Fields by which rows without a prompt probably mean it. */
  meant: z.array(z.string()).optional(),
  lengths: z.object({ input: Spread, output: Spread.optional(), example: Spread.optional() }).optional(),
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
export const rowsCompared = 2 * limits.examples;
/** Inputs without an instruction are short: half of them below this many tokens. */
const shortInput = 200;
/** Where at least this share of rows has words of the system's, the instruction stands there. */
const shared = 0.8;

interface Row extends Compared {
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
  const found: Partial<Record<Fault | Oddity, Noted>> = {};
  const written: Partial<Record<DatasetFormat, Noted>> = {};
  const broken: Partial<Record<DatasetFormat, Noted>> = {};
  const unknownFields = new Set<string>();
  const meant = new Set<string>();
  const shaping = shapes();
  const lengths = { input: lengthsTaken(), output: lengthsTaken(), example: lengthsTaken() };
  let all: Row[] = [];
  let distinct: { line: number; input: number; sketch: Sketch | undefined }[] = [];
  const inputs = new Set<number>();
  let rows = 0;
  let labelled = 0;
  let instructed = 0;
  let tokens = 0;
  let longest = 0;

  function note<Name extends string>(name: Name, line: number, into: Partial<Record<Name, Noted>>) {
    into[name] ??= { count: 0, lines: [] };
    into[name].count++;
    if (into[name].lines.length < linesKept) into[name].lines.push(line);
  }

  function keep(example: Example, line: number) {
    const { input, output, question = input, isInstructed, besides } = example;
    rows++;
    if (output !== undefined) labelled++;
    if (isInstructed) instructed++;
    note(example.format, line, written);
    const digest = digestOf(input);
    const answer = output === undefined ? undefined : digestOf(output);
    measure(estimatedTokens(digest), answer && estimatedTokens(answer), line);
    oddOf(example, line);
    const told = secretsIn(input, digest.digits);
    if (answer) for (const secret of secretsIn(output!, answer.digits)) told.add(secret);
    for (const secret of told) note(`has-${secret}`, line, found);
    if (rows > rowsCompared) {
      all = [];
      distinct = [];
      return inputs.clear();
    }
    const compared = comparedText(example);
    const hash = besides === undefined ? digest.hash : digestOf(compared).hash;
    all.push({ line, input: hash, output: answer?.hash, shape: shaping.of(question) });
    if (inputs.has(hash)) return;
    inputs.add(hash);
    distinct.push({ line, input: hash, sketch: near ? sketchOf(compared) : undefined });
  }

  function measure(inputTokens: number, outputTokens: number | undefined, line: number) {
    const exampleTokens = inputTokens + (outputTokens ?? 0);
    tokens += inputTokens;
    longest = Math.max(longest, inputTokens);
    lengths.input.take(inputTokens);
    if (outputTokens !== undefined) lengths.output.take(outputTokens);
    if (most.example !== undefined) lengths.example.take(exampleTokens);
    if (inputTokens > (most.input ?? Infinity)) note('input-truncated', line, found);
    if ((outputTokens ?? 0) > (most.output ?? Infinity)) note('output-truncated', line, found);
    if (exampleTokens > (most.example ?? Infinity)) note('example-too-long', line, found);
  }

  function oddOf({ input, output, unknown, hasEmptyTurn, besides }: Example, line: number) {
    if (output?.trim() === '' && besides === undefined) note('empty-output', line, found);
    if (output !== undefined && rules.labels === 'unread') note('output-unread', line, found);
    if (hasEmptyTurn) note('empty-turn', line, found);
    if (besides !== undefined) note('parts-not-text', line, found);
    if (!input.isWellFormed() || output?.isWellFormed() === false) note('lone-surrogate', line, found);
    if (input.includes('\0') || output?.includes('\0')) note('nul-in-text', line, found);
    if (!unknown.length) return;
    const names = unknown.filter(name => name !== '__proto__');
    if (names.length) note('unknown-field', line, found);
    if (names.length < unknown.length) note('proto-key', line, found);
    for (const name of names) remember(unknownFields, name);
  }

  /** What only all rows together show, where they are not too many. */
  function together(): Pick<Report, 'balance' | 'shape'> {
    if (rows > rowsCompared) {
      // Where so many are refused anyway, that is all there is to say.
      if (rules.examples === undefined || rules.examples > rowsCompared)
        found['not-compared'] = { count: rows, lines: [] };
      return {};
    }
    const lines = (indices: readonly number[]) => noted(indices.map(i => all[i]!.line));
    const { again, otherwise } = repeats(all);
    const outputs = all.map(row => row.output);
    const balance = balanceOf(outputs);
    const shape = shapeOf(all.map(row => row.shape));
    const sketched = distinct.flatMap(({ line, sketch }) => (sketch ? [{ line, sketch }] : []));
    const nearly = nearRepeats(sketched.map(({ sketch }) => sketch)).map(i => sketched[i]!.line);
    const isShort = (lengths.input.spread()?.half ?? 0) < shortInput;
    const shares = shape.labels.length || shape.opening || shape.closing || shape.firstWord;
    const isBare = !shares && instructed < shared * rows;
    const seen: Partial<Record<Oddity, Noted | undefined>> = {
      'repeated-input': noted(again),
      'other-output': noted(otherwise),
      'near-repeated': noted(nearly),
      'without-label': lines(shape.withoutLabel),
      'other-order': lines(shape.otherOrder),
      'other-opening': lines(shape.otherOpening),
      'lone-output': balance && lines(balance.alone),
      'rare-output': balance && lines(balance.rare),
      'one-output': balance?.distinct === 1 && rows > 1 ? { count: rows, lines: [] } : undefined,
      'no-instruction': balance && balance.distinct > 1 && isBare && isShort ? { count: rows, lines: [] } : undefined,
    };
    for (const [name, it] of Object.entries(seen)) if (it) found[name as Oddity] = it;
    const labels = shape.labels.map(label => shaping.name(label)).filter(name => name !== undefined);
    return {
      ...(balance && { balance: { distinct: balance.distinct, counts: balance.counts } }),
      ...(shape.labels.length || shape.opening || shape.closing
        ? { shape: { labels, opening: shape.opening, closing: shape.closing } }
        : {}),
    };
  }

  /** How long inputs and outputs are, and whole examples where those have a limit. */
  function spreads(): Pick<Report, 'lengths'> {
    const input = lengths.input.spread(most.input);
    const output = lengths.output.spread(most.output);
    const example = lengths.example.spread(most.example);
    return input ? { lengths: { input, ...(output && { output }), ...(example && { example }) } } : {};
  }

  /** The format that most rows are in, and the rows that are not. */
  function formatMostly(): DatasetFormat {
    const [usual, ...others] = commonest(written);
    const mixed = others.map(format => written[format]!);
    if (mixed.length)
      found['mixed-formats'] = {
        count: mixed.reduce((sum, { count }) => sum + count, 0),
        lines: firstOf(mixed.flatMap(({ lines }) => lines)),
      };
    return usual ?? commonest(broken)[0] ?? rules.formats[0];
  }

  function commonest(counted: Partial<Record<DatasetFormat, Noted>>): DatasetFormat[] {
    return rules.formats.filter(format => counted[format]).toSorted((a, b) => counted[b]!.count - counted[a]!.count);
  }

  return {
    take({ number, text, fault, crlf, unended }: Line) {
      if (crlf) note('crlf', number, found);
      if (text === undefined) return note(fault ?? 'not-utf8', number, found);
      if (number === 1 && text.startsWith('\ufeff')) return note('byte-order-mark', number, found);
      if (!text.trim()) return note('blank-line', number, found);
      const row = readRow(text, { last: unended ?? false, rules });
      if (!('fault' in row)) {
        if (unended) note('no-last-newline', number, found);
        return keep(row, number);
      }
      note(row.fault, number, found);
      if (row.format) note(row.format, number, broken);
      for (const name of row.meant ?? []) remember(meant, name);
    },
    /** How many examples have been read so far. */
    rows: () => rows,
    /** What of the rows is kept to compare them with another dataset's. */
    kept: (): Rows => ({ all, distinct }),
    /** What has been found so far; `bytes` is the size of what was read. */
    report(bytes: number): Report {
      const format = formatMostly();
      const { balance, shape } = together();
      return {
        rows,
        labelled,
        bytes,
        tokens: { mean: rows ? Math.round(tokens / rows) : 0, longest },
        faults: sorted(found, faults),
        oddities: sorted(found, oddities),
        unknownFields: [...unknownFields],
        ...(format !== 'input-output' && { format }),
        ...(meant.size && { meant: [...meant] }),
        ...spreads(),
        ...(balance && { balance }),
        ...(shape && { shape }),
      };
    },
  };
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
  return { count: lines.length, lines: firstOf(lines) };
}

function firstOf(lines: readonly number[]): number[] {
  return lines.toSorted((a, b) => a - b).slice(0, linesKept);
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
