import { digestOf } from './hash.ts';

/** What of an input shows how it is built: how it begins and ends, and the words before its colons. */
export interface Shape {
  firstWord: number;
  opening: number;
  closing: number;
  /** Digests of labels such as `question:`, in their order, each once; nothing where there are too many to tell. */
  labels: readonly number[] | undefined;
}

/** How many words of a beginning or an end are compared. */
const wordsCompared = 4;
/** Four words are rarely longer than this. */
const edge = 200;
const colonsRead = 64;
const labelLength = 30;
/** What at least this share of rows has is the shape that rows share. */
const shared = 0.8;
/** Fewer rows than this have no shape to speak of. */
const rowsNeeded = 10;

/** Reads how inputs are built, and keeps what labels are called. */
export function shapes(most = 2000) {
  const names = new Map<number, string>();

  function labelBefore(text: string, colon: number): number | undefined {
    // A label is followed by space or the end: neither `10:30` nor `https://` is one.
    if (colon + 1 < text.length && text.charCodeAt(colon + 1) > 32) return undefined;
    let from = colon;
    while (from > 0 && colon - from <= labelLength && isWord(text.charCodeAt(from - 1))) from--;
    if (from === colon || colon - from > labelLength) return undefined;
    const name = text.slice(from, colon);
    const { hash } = digestOf(name);
    if (names.size < most) names.set(hash, name);
    return hash;
  }

  return {
    of(text: string): Shape {
      const labels: number[] = [];
      let colons = 0;
      for (let at = text.indexOf(':'); at !== -1 && colons < colonsRead; at = text.indexOf(':', at + 1)) {
        colons++;
        const label = labelBefore(text, at);
        if (label !== undefined && !labels.includes(label)) labels.push(label);
      }
      return {
        firstWord: opening(text, 1),
        opening: opening(text),
        closing: closing(text),
        labels: colons < colonsRead ? labels : undefined,
      };
    },
    name: (label: number) => names.get(label),
  };
}

function isWord(code: number): boolean {
  return (
    (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95 || code > 127
  );
}

function opening(text: string, most = wordsCompared): number {
  const begin = text.trimStart();
  let at = 0;
  for (let words = 0; at < begin.length && at < edge; at++)
    if (isSpace(begin, at) && !isSpace(begin, at - 1) && ++words === most) break;
  return digestOf(begin.slice(0, at)).hash;
}

function closing(text: string): number {
  const end = text.trimEnd();
  let at = end.length;
  for (let words = 0; at > 0 && end.length - at < edge; at--)
    if (isSpace(end, at - 1) && !isSpace(end, at) && ++words === wordsCompared) break;
  return digestOf(end.slice(at)).hash;
}

function isSpace(text: string, at: number): boolean {
  return text.charCodeAt(at) <= 32;
}

/** What rows share, and the rows that break it. */
export interface Broken {
  /** Labels that most inputs have, in the order that most have them. */
  labels: number[];
  firstWord: boolean;
  opening: boolean;
  closing: boolean;
  /** Indices of rows. */
  withoutLabel: number[];
  otherOrder: number[];
  otherOpening: number[];
}

/** Finds the shape that most rows share, and the rows that break it. */
export function shapeOf(rows: readonly Shape[]): Broken {
  const none: Broken = {
    labels: [],
    firstWord: false,
    opening: false,
    closing: false,
    withoutLabel: [],
    otherOrder: [],
    otherOpening: [],
  };
  if (rows.length < rowsNeeded) return none;
  const told = rows.flatMap(({ labels }, i) => (labels ? [{ labels, i }] : []));
  const having = counted(told.flatMap(({ labels }) => labels));
  const common = new Set([...having].filter(([, count]) => count >= shared * rows.length).map(([label]) => label));
  const orders = told.map(({ labels, i }) => ({ i, order: labels.filter(label => common.has(label)) }));
  const whole = orders.filter(({ order }) => order.length === common.size);
  const usual = most(counted(whole.map(({ order }) => order.join(' '))));
  const ordered = common.size > 1 && usual !== undefined && usual.count >= shared * whole.length;
  const firsts = most(counted(rows.map(row => row.firstWord)));
  const begins = most(counted(rows.map(row => row.opening)));
  const ends = most(counted(rows.map(row => row.closing)));
  const opens = begins !== undefined && begins.count >= shared * rows.length;
  return {
    labels: ordered ? usual.it.split(' ').map(Number) : [...common].sort((a, b) => a - b),
    firstWord: firsts !== undefined && firsts.count >= shared * rows.length,
    opening: opens,
    closing: ends !== undefined && ends.count >= shared * rows.length,
    withoutLabel: orders.filter(({ order }) => order.length < common.size).map(({ i }) => i),
    otherOrder: ordered ? whole.filter(({ order }) => order.join(' ') !== usual.it).map(({ i }) => i) : [],
    otherOpening: opens ? rows.flatMap((row, i) => (row.opening === begins.it ? [] : [i])) : [],
  };
}

function counted<T>(all: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const it of all) counts.set(it, (counts.get(it) ?? 0) + 1);
  return counts;
}

function most<T>(counts: ReadonlyMap<T, number>): { it: T; count: number } | undefined {
  let found: { it: T; count: number } | undefined;
  for (const [it, count] of counts) if (!found || count > found.count) found = { it, count };
  return found;
}
