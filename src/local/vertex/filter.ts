import { snake } from './message.ts';
import { Trouble } from './trouble.ts';

/** How a field may be compared: as a text, as a moment, as labels, by key, or as a list, by what it has. */
export type Field<T> =
  | { kind: 'text'; of: (item: T) => string }
  | { kind: 'time'; of: (item: T) => string | undefined }
  | { kind: 'labels'; of: (item: T) => Record<string, string> }
  | { kind: 'list'; of: (item: T) => readonly string[] };

type Term = { name: string; operator: string; value: string };

/** The part of AIP-160 that is spoken here: comparisons joined by AND. */
const term = /\s*([A-Za-z_][\w.-]*)\s*(!=|<=|>=|=|<|>|:)\s*("(?:[^"\\]|\\.)*"|[^\s"()]+)\s*/y;

/** Reads a list filter; gives the test that an item has to pass. */
export function filter<T>(text: string, fields: Record<string, Field<T>>): (item: T) => boolean {
  const terms = parsed(text).map(found => compiled(found, fields));
  return item => terms.every(passes => passes(item));
}

function parsed(text: string): Term[] {
  const terms: Term[] = [];
  let at = 0;
  while (text.slice(at).trim()) {
    if (terms.length) {
      const and = /AND\s/y;
      and.lastIndex = at;
      if (!and.test(text)) throw refused(text, `expected AND at "${text.slice(at)}"`);
      at = and.lastIndex;
    }
    term.lastIndex = at;
    const found = term.exec(text);
    if (!found) throw refused(text, `cannot read "${text.slice(at)}"`);
    at = term.lastIndex;
    const [, name, operator, raw] = found as unknown as [string, string, string, string];
    terms.push({ name, operator, value: raw.startsWith('"') ? raw.slice(1, -1).replace(/\\(.)/g, '$1') : raw });
  }
  return terms;
}

function compiled<T>({ name, operator, value }: Term, fields: Record<string, Field<T>>): (item: T) => boolean {
  const [head = '', ...rest] = name.split('.');
  const field = fields[snake(head)];
  const key = rest.join('.');
  if (!field || (field.kind === 'labels') !== key.length > 0)
    throw new Trouble('INVALID_ARGUMENT', `Invalid list filter: field "${name}" cannot be filtered by.`);
  if (field.kind === 'labels') {
    if (operator === ':' && value === '*') return item => Object.hasOwn(field.of(item), key);
    if (operator === '=') return item => field.of(item)[key] === value;
    if (operator === '!=') return item => field.of(item)[key] !== value;
  } else if (field.kind === 'list') {
    if (operator === ':') return item => field.of(item).includes(value);
  } else if (field.kind === 'text') {
    if (operator === '=') return item => field.of(item) === value;
    if (operator === '!=') return item => field.of(item) !== value;
    if (operator === ':') {
      const part = value.replace(/^\*|\*$/g, '');
      return item => field.of(item).includes(part);
    }
  } else {
    const limit = Date.parse(value);
    if (Number.isNaN(limit))
      throw new Trouble('INVALID_ARGUMENT', `Invalid list filter: "${value}" is not an RFC 3339 time.`);
    const compare = comparisons[operator];
    if (compare) return item => compare(Date.parse(field.of(item) ?? ''), limit);
  }
  throw new Trouble('INVALID_ARGUMENT', `Invalid list filter: "${operator}" cannot be used with field "${name}".`);
}

const comparisons: Record<string, (a: number, b: number) => boolean> = {
  '=': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
  '<=': (a, b) => a <= b,
  '>=': (a, b) => a >= b,
};

function refused(text: string, why: string): Trouble {
  return new Trouble('INVALID_ARGUMENT', `Invalid list filter: "${text}": ${why}.`);
}
