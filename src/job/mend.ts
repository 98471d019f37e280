import { z } from 'zod';
import { asExample } from './convert.ts';
import { chosen } from './cut.ts';
import { readExample } from './dataset.ts';
import { grouping } from './grouping.ts';
import { digestOf } from './hash.ts';
import type { Line } from './lines.ts';
import { joinNear, type Sketch, sketchOf } from './near-duplicates.ts';
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

interface Row {
  text: string;
  input: string;
  output: string | undefined;
  changed: boolean;
}

/** The mender for a mending: a mended dataset, mended again, stays as it is. */
export function menderOf({ mending, instruction = '' }: Pick<Mend, 'mending' | 'instruction'>): Mender {
  const read = mending === 'convert' ? converted : usable;
  switch (mending) {
    case 'drop-unusable':
    case 'convert':
      return plainly(read, row => row);
    case 'add-instruction':
      return plainly(read, row => instructed(row, instruction));
    case 'drop-duplicates':
      return withoutRepeats();
    case 'drop-misshapen':
      return inShape();
    case 'cut-evaluation':
      return cutting();
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

function usable({ number, text: whole, unended = false }: Line): Row | 'blank' | undefined {
  if (whole === undefined) return undefined;
  const text = number === 1 ? whole.replace(/^\ufeff/, '') : whole;
  if (!text.trim()) return 'blank';
  const example = readExample(text, { last: unended });
  return typeof example === 'string' ? undefined : { text, ...example, changed: false };
}

/** A row of another format as an example; one that is an example already stays as it is. */
function converted(line: Line): Row | 'blank' | undefined {
  const row = usable(line);
  if (row || line.text === undefined) return row;
  const example = asExample(line.number === 1 ? line.text.replace(/^\ufeff/, '') : line.text);
  if (!example) return undefined;
  const { input_text: input, output_text: output } = example;
  return { text: JSON.stringify(example), input, output, changed: true };
}

function instructed(row: Row, instruction: string): Row {
  if (!instruction || row.input.startsWith(instruction)) return row;
  const input = `${instruction} ${row.input}`;
  return { ...row, input, text: JSON.stringify({ ...JSON.parse(row.text), input_text: input }), changed: true };
}

/** Of rows that say the same the first stays; one without a label goes where another has one. */
function withoutRepeats(): Mender {
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
function inShape(): Mender {
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
function cutting(): Mender {
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
    return new Set([...chosen(inputs, groups)].map(i => inputs[i]!.digest));
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
