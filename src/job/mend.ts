import { z } from 'zod';
import { labelOf, promptOf, questionOf } from './conversation.ts';
import { converter } from './convert.ts';
import { chosen } from './cut.ts';
import { comparedText, readExample } from './example.ts';
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
  /** What is put before every prompt. */
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
  /** Of those in the new object, how many are written without their label, which the recipe does not read. */
  unlabelled: z.number().optional(),
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
  /** What it is compared with others by. */
  input: string;
  /** What the user says last. */
  question: string;
  output: string | undefined;
  format: DatasetFormat;
  changed: boolean;
  /** It had a label, which is left out. */
  unlabelled?: boolean;
}

/** The mender for a mending: a mended dataset, mended again, stays as it is. */
export function menderOf({ mending, instruction = '', rules = palm.dataset }: MendWish): Mender {
  const usable = usableIn(rules);
  switch (mending) {
    case 'drop-unusable':
      return plainly(() => usable);
    case 'convert':
      return plainly(into => convertedTo(rules, into));
    case 'add-instruction':
      return plainly(
        () => usable,
        row => instructed(row, instruction),
      );
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

function plainly(read: (into: DatasetField) => Read, change: Change = row => row): Mender {
  return { look() {}, pass: into => passing(read(into), change) };
}

function passing(read: Read, change: Change): Pass {
  const count: MendCount = { rows: 0, kept: 0, changed: 0, unusable: 0 };
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
      if (next.unlabelled) count.unlabelled = (count.unlabelled ?? 0) + 1;
      return next.text;
    },
  };
}

function textOf({ number, text }: Line): string | undefined {
  return number === 1 ? text?.replace(/^\ufeff/, '') : text;
}

function usableIn(rules: DatasetRules): Read {
  return line => {
    const text = textOf(line);
    if (text === undefined) return undefined;
    if (!text.trim()) return 'blank';
    const example = readExample(text, { last: line.unended ?? false, rules });
    if (typeof example === 'string') return undefined;
    const { input, question = input, output, format } = example;
    return { text, input: comparedText(example), question, output, format, changed: false };
  };
}

/** A row as it is in the recipe's first format: one that is stays as it is, and so does one that the recipe reads and that cannot be converted. Labels that are not read are left out; those of an evaluation dataset stay, for Retort compares answers with them. */
function convertedTo(rules: DatasetRules, into: DatasetField): Read {
  const [to] = rules.formats;
  const usable = usableIn(rules);
  const convert = converter(to, { prompts: rules.labels === 'unread' && into === 'dataset' });
  return line => {
    const row = usable(line);
    if (row === 'blank' || row?.format === to) return row;
    const text = textOf(line);
    const converted = text === undefined ? undefined : convert(text);
    if (!converted) return row;
    const { said, unlabelled } = converted;
    const output = labelOf(said);
    if (rules.labels === 'needed' && output === undefined) return undefined;
    const written = { text: converted.text, input: promptOf(said), question: questionOf(said), output, format: to };
    return { ...written, changed: true, ...(unlabelled && { unlabelled }) };
  };
}

/** The instruction stands before the prompt: in a conversation, before what the user says last. */
function instructed(row: Row, instruction: string): Row {
  if (!instruction || row.question.startsWith(instruction)) return row;
  const put = (text: string) => (text ? `${instruction} ${text}` : instruction);
  const text = JSON.stringify(prefixed[row.format](JSON.parse(row.text), put));
  return { ...row, text, question: put(row.question), changed: true };
}

type Whole = Record<string, unknown>;

/** A row of each format with something put before its prompt; all else in it stays. */
const prefixed: Record<DatasetFormat, (row: Whole, put: (text: string) => string) => Whole> = {
  'input-output': (row, put) => ({ ...row, input_text: put(String(row.input_text)) }),
  'prompt-completion': (row, put) => ({ ...row, prompt: put(String(row.prompt)) }),
  messages: (row, put) => inLastQuestion(row, 'messages', turn => ({ ...turn, content: put(String(turn.content)) })),
  contents: (row, put) =>
    inLastQuestion(row, 'contents', turn => {
      const parts = turn.parts as Whole[];
      const at = parts.findIndex(({ text }) => text !== undefined);
      const text = put(String(parts[at]?.text ?? ''));
      return { ...turn, parts: at === -1 ? [{ text }, ...parts] : parts.with(at, { ...parts[at], text }) };
    }),
};

function inLastQuestion(row: Whole, field: string, put: (turn: Whole) => Whole): Whole {
  const turns = row[field] as Whole[];
  const at = turns.findLastIndex(({ role = 'user' }) => role === 'user');
  return { ...row, [field]: turns.with(at, put(turns[at]!)) };
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
      if (row && row !== 'blank') all.push(shaping.of(row.question));
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
function cutting(usable: Read, rules: DatasetRules): Mender {
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
    return new Set([...chosen(inputs, groups, rules)].map(i => inputs[i]!.digest));
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
