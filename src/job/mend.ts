import { z } from 'zod';
import type { Conversation } from './conversation.ts';
import { labelOf, promptOf } from './conversation.ts';
import { asRowOf } from './convert.ts';
import { chosen } from './cut.ts';
import { readExample } from './example.ts';
import { grouping } from './grouping.ts';
import { digestOf } from './hash.ts';
import type { Line } from './lines.ts';
import { joinNear, type Sketch, sketchOf } from './near-duplicates.ts';
import type { DatasetFormat, DatasetRules } from './recipe.ts';
import { palm } from './recipe.ts';
import { type Shape, shapeOf, shapes } from './shape.ts';
import type { DatasetField } from './spec.ts';

/** What can be done to a dataset so that a job goes on with it. */
export const mendings = [
  'drop-unusable',
  'convert',
  'drop-duplicates',
  'drop-misshapen',
  'add-instruction',
  'cut-evaluation',
] as const;
export type Mending = (typeof mendings)[number];

const Source = z.object({ uri: z.string(), generation: z.string() });

export const Mend = z.object({
  mending: z.enum(mendings),
  /** What is put before every input. */
  instruction: z.string().optional(),
  /** What is mended, as it was read. */
  of: z.object({ dataset: Source.optional(), evaluationDataset: Source.optional() }),
  /** It has been carried out, and told. */
  done: z.boolean().optional(),
});
/** A mending that a job begins with, before its datasets are read. */
export type Mend = z.infer<typeof Mend>;

export const MendCount = z.object({
  /** Rows that could be used before or after. */
  rows: z.number(),
  /** Of those, how many are in the new object. */
  kept: z.number(),
  /** Of those, how many are written otherwise. */
  changed: z.number(),
  /** Rows that can be used neither before nor after: they are left out. */
  unusable: z.number(),
});
/** What a mending came to, for one new object. */
export type MendCount = z.infer<typeof MendCount>;

/** One pass over a dataset, which makes one new object of it. */
export interface Pass {
  /** The row as it goes on; undefined: it does not. */
  take(line: Line): string | undefined;
  readonly count: MendCount;
}

/** Mends a dataset, line by line. Where it `looksFirst`, every line is looked at before the first pass. */
export interface Mender {
  look(line: Line): void;
  pass(into: DatasetField): Pass;
}

/** Whether a mending has to know all rows before it knows what becomes of the first. */
export const looksFirst: Record<Mending, boolean> = {
  'drop-unusable': false,
  convert: false,
  'drop-duplicates': true,
  'drop-misshapen': true,
  'add-instruction': false,
  'cut-evaluation': true,
};

/** What is to be done to a dataset, and of which recipe it is. */
export interface MendWish extends Pick<Mend, 'mending' | 'instruction'> {
  rules?: DatasetRules | undefined;
}

interface Row {
  text: string;
  input: string;
  output: string | undefined;
  format: DatasetFormat;
  changed: boolean;
}

/** The mender for a mending: a mended dataset, mended again, stays as it is. */
export function menderOf({ mending, instruction = '', rules = palm.dataset }: MendWish): Mender {
  const usable = usableIn(rules);
  const read = mending === 'convert' ? convertedTo(rules) : usable;
  switch (mending) {
    case 'drop-unusable':
    case 'convert':
      return plainly(read, row => row);
    case 'add-instruction':
      return plainly(read, row => instructed(row, instruction));
    case 'drop-duplicates':
      return withoutRepeats(usable);
    case 'drop-misshapen':
      return inShape(usable);
    case 'cut-evaluation':
      return cutting(usable, rules);
    default:
      return mending satisfies never;
  }
}

type Read = (line: Line) => Row | 'blank' | undefined;
type Change = (row: Row) => Row | undefined;

function plainly(read: Read, change: Change): Mender {
  return { look() {}, pass: () => passing(read, change) };
}

function passing(read: Read, change: Change): Pass {
  const count = { rows: 0, kept: 0, changed: 0, unusable: 0 };
  return {
    count,
    take(line) {
      const row = read(line);
      if (row === 'blank') return undefined;
      if (!row) {
        count.unusable++;
        return undefined;
      }
      count.rows++;
      const next = change(row);
      if (!next) return undefined;
      count.kept++;
      if (next.changed) count.changed++;
      return next.text;
    },
  };
}

function usableIn(rules: DatasetRules): Read {
  return ({ number, text: whole, unended = false }) => {
    if (whole === undefined) return undefined;
    const text = number === 1 ? whole.replace(/^\ufeff/, '') : whole;
    if (!text.trim()) return 'blank';
    const example = readExample(text, { last: unended, rules });
    if (typeof example === 'string') return undefined;
    const { input, output, format } = example;
    return { text, input, output, format, changed: false };
  };
}

/** A row of another format as the recipe reads it; one that it reads already stays as it is. */
function convertedTo(rules: DatasetRules): Read {
  const usable = usableIn(rules);
  return line => {
    const row = usable(line);
    if (row || line.text === undefined) return row;
    const converted = asRowOf(rules, line.number === 1 ? line.text.replace(/^\ufeff/, '') : line.text);
    if (!converted) return undefined;
    return written(converted.row, converted.said, rules);
  };
}

function written(row: Record<string, unknown>, said: Conversation, { formats, labels }: DatasetRules): Row | undefined {
  const output = labelOf(said);
  if (labels === 'needed' && output === undefined) return undefined;
  return { text: JSON.stringify(row), input: promptOf(said), output, format: formats[0], changed: true };
}

/** The instruction stands before the prompt: in a conversation, before what the user says last. */
function instructed(row: Row, instruction: string): Row {
  if (!instruction) return row;
  const whole = JSON.parse(row.text) as Record<string, unknown>;
  const { changed, is } = prefixed[row.format](whole, text =>
    text.startsWith(instruction) ? text : `${instruction} ${text}`,
  );
  return changed ? { ...row, input: `${instruction} ${row.input}`, text: JSON.stringify(is), changed: true } : row;
}

type Whole = Record<string, unknown>;
type Prefixed = (row: Whole, put: (text: string) => string) => { changed: boolean; is: Whole };

const prefixed: Record<DatasetFormat, Prefixed> = {
  'input-output': (row, put) => inField(row, 'input_text', put),
  'prompt-completion': (row, put) => inField(row, 'prompt', put),
  messages: (row, put) => inLastTurn(row, 'messages', turn => inField(turn, 'content', put)),
  contents: (row, put) =>
    inLastTurn(row, 'contents', turn => {
      const [first, ...rest] = turn.parts as Whole[];
      if (typeof first?.text !== 'string')
        return { changed: true, is: { ...turn, parts: [{ text: put('') }, ...(turn.parts as Whole[])] } };
      const { changed, is } = inField(first, 'text', put);
      return { changed, is: { ...turn, parts: [is, ...rest] } };
    }),
};

function inField(row: Whole, field: string, put: (text: string) => string): { changed: boolean; is: Whole } {
  const was = String(row[field]);
  const is = put(was);
  return { changed: is !== was, is: { ...row, [field]: is } };
}

function inLastTurn(row: Whole, field: string, put: (turn: Whole) => { changed: boolean; is: Whole }) {
  const turns = row[field] as Whole[];
  const at = turns.findLastIndex(({ role = 'user' }) => role === 'user');
  const turn = turns[at];
  if (!turn) return { changed: false, is: row };
  const { changed, is } = put(turn);
  return { changed, is: { ...row, [field]: turns.with(at, is) } };
}

/** Of rows that say the same the first stays; one without a label goes where another has one. */
function withoutRepeats(usable: Read): Mender {
  const labelled = new Set<number>();
  return {
    look(line) {
      const row = usable(line);
      if (row && row !== 'blank' && row.output !== undefined) labelled.add(digestOf(row.input).hash);
    },
    pass() {
      const seen = new Set<string>();
      return passing(usable, row => {
        const { hash } = digestOf(row.input);
        if (row.output === undefined && labelled.has(hash)) return undefined;
        const key = `${hash} ${row.output === undefined ? '' : digestOf(row.output).hash}`;
        if (seen.has(key)) return undefined;
        seen.add(key);
        return row;
      });
    },
  };
}

/** Rows that break the shape of the others go, until none is left that does. */
function inShape(usable: Read): Mender {
  const shaping = shapes();
  const all: Shape[] = [];
  return {
    look(line) {
      const row = usable(line);
      if (row && row !== 'blank') all.push(shaping.of(row.input));
    },
    pass() {
      let kept = all.map((shape, i) => ({ shape, i }));
      for (;;) {
        const { withoutLabel, otherOrder, otherOpening } = shapeOf(kept.map(({ shape }) => shape));
        const broken = new Set([...withoutLabel, ...otherOrder, ...otherOpening]);
        if (!broken.size) break;
        kept = kept.filter((_, at) => !broken.has(at));
      }
      const stay = new Set(kept.map(({ i }) => i));
      let at = 0;
      return passing(usable, row => (stay.has(at++) ? row : undefined));
    },
  };
}

/** Part of the rows become the evaluation dataset. Inputs that are near each other, or the same but for case and space, stay together: none of them leaks. */
function cutting(usable: Read, { evaluation: size }: DatasetRules): Mender {
  const places = new Map<number, number>();
  const inputs: { digest: number; alike: number; sketch: Sketch; rows: number; labelled: number }[] = [];
  let cut: Set<number> | undefined;

  function chosenInputs(): Set<number> {
    const groups = grouping(inputs.length);
    const alike = new Map<number, number>();
    inputs.forEach((input, i) => {
      const other = alike.get(input.alike);
      if (other === undefined) alike.set(input.alike, i);
      else groups.join(other, i);
    });
    joinNear(
      inputs.map(({ sketch }) => sketch),
      groups,
    );
    return new Set([...chosen(inputs, groups, size)].map(i => inputs[i]!.digest));
  }

  return {
    look(line) {
      const row = usable(line);
      if (!row || row === 'blank') return;
      const digest = digestOf(row.input).hash;
      const at = places.get(digest) ?? inputs.length;
      if (at === inputs.length) {
        const alike = digestOf(row.input.trim().replace(/\s+/g, ' ').toLowerCase()).hash;
        places.set(digest, at);
        inputs.push({ digest, alike, sketch: sketchOf(row.input), rows: 0, labelled: 0 });
      }
      inputs[at]!.rows++;
      if (row.output !== undefined) inputs[at]!.labelled++;
    },
    pass(into) {
      cut ??= chosenInputs();
      const evaluation = cut;
      return passing(usable, row =>
        evaluation.has(digestOf(row.input).hash) === (into === 'evaluationDataset') ? row : undefined,
      );
    },
  };
}
