import { bytesOf } from './hash.ts';

/*
 * Near-duplicates by MinHash with banding (Broder 1997; Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets",
 * chapter 3). A text is the set of its pairs of neighbouring words, without case and punctuation; two texts are near
 * where four fifths of their pairs are shared. One hash a pair, its low bits choosing the place (one-permutation
 * hashing), keeps this to one pass. What stands in many rows, such as the instruction they share, is no likeness:
 * pairs found in more than one row in twenty are left out, and the places they leave are filled from others
 * (densification: Shrivastava 2017).
 */

/** How many hashes are kept of a text. */
const places = 128;
const rowsInBand = 4;
const empty = 0xffffffff;
/** The share of word pairs that two near texts have in common. */
export const nearness = 0.8;
/** Fewer places than this say too little about how much two texts share. */
const placesNeeded = 8;
/** What stands in more than this share of rows, and in more than this many, belongs to none of them. */
const common = { share: 0.05, rows: 10 };

/** The least hashes of a text's word pairs, one for each place. */
export type Sketch = Uint32Array;

/** Sketches a text in one pass. */
export function sketchOf(text: string): Sketch {
  const sketch = new Uint32Array(places).fill(empty);
  const { bytes, length } = bytesOf(text);
  let before = 0x2545f491;
  let word = 0;
  // Behind the last byte stands one of nothing, which ends the last word.
  for (let i = 0; i <= length; i++) {
    const code = folded[bytes[i]!]!;
    if (code) {
      word = (Math.imul(word ^ code, 0x01000193) + 0x61c88647) | 0;
    } else if (word) {
      let hash = Math.imul(before ^ Math.imul(word ^ (word >>> 15), 0x85ebca6b), 0xc2b2ae35);
      hash = Math.imul(hash ^ (hash >>> 16), 0x27d4eb2f);
      hash = (hash ^ (hash >>> 15)) >>> 0;
      const place = hash & (places - 1);
      if (hash < sketch[place]!) sketch[place] = hash;
      before = Math.imul(word, 0x9e3779b1) ^ (word >>> 13);
      word = 0;
    }
  }
  return sketch;
}

/** Bytes that make words, letters in lower case; others are 0. Every writing but ASCII is taken for letters. */
const folded = Uint8Array.from({ length: 256 }, (_, code) => {
  if (code > 127) return code;
  const character = String.fromCharCode(code).toLowerCase();
  return /[a-z0-9]/.test(character) ? character.charCodeAt(0) : 0;
});

/** Texts that are near others: for each group all but its first, by index. However texts are ordered, there are as many. */
export function nearRepeats(sketches: readonly Sketch[]): number[] {
  const own = withoutCommon(sketches);
  const areNear = nearIn(sketches, own);
  const first = own.map((_, i) => i);
  const find = (i: number): number => {
    let root = i;
    while (first[root] !== root) root = first[root]!;
    for (let at = i; at !== root; ) [at, first[at]] = [first[at]!, root];
    return root;
  };
  for (const bucket of buckets(own))
    for (let a = 0; a < bucket.length; a++)
      for (let b = a + 1; b < bucket.length; b++) {
        const [one, two] = [find(bucket[a]!), find(bucket[b]!)];
        if (one !== two && areNear(bucket[a]!, bucket[b]!)) first[Math.max(one, two)] = Math.min(one, two);
      }
  return own.flatMap((_, i) => (find(i) === i ? [] : [i]));
}

/** Which of these texts are near one of the others, by index. */
export function nearAny(sketches: readonly Sketch[], others: readonly Sketch[]): number[] {
  const all = [...sketches, ...others];
  const own = withoutCommon(all);
  const areNear = nearIn(all, own);
  const near = new Set<number>();
  for (const bucket of buckets(own)) {
    const theirs = bucket.filter(i => i >= sketches.length);
    if (theirs.length)
      for (const i of bucket)
        if (i < sketches.length && !near.has(i) && theirs.some(other => areNear(i, other))) near.add(i);
  }
  return [...near].sort((a, b) => a - b);
}

/** Sketches without what many rows share; undefined where nothing is left. */
function withoutCommon(sketches: readonly Sketch[]): (Sketch | undefined)[] {
  const most = Math.max(common.rows, sketches.length * common.share);
  // Counted by some of their bits: two hashes that meet there are rare, and only ever leave a place empty.
  const rows = new Uint32Array(1 << slotBits);
  for (const sketch of sketches) for (const hash of sketch) if (hash !== empty) rows[slotOf(hash)]!++;
  return sketches.map(sketch => {
    const own = new Uint32Array(places);
    let left = 0;
    for (let place = 0; place < places; place++) {
      const hash = sketch[place]!;
      const isOwn = hash !== empty && rows[slotOf(hash)]! <= most;
      own[place] = isOwn ? hash : empty;
      if (isOwn) left++;
    }
    return left ? own : undefined;
  });
}

const slotBits = 20;

function slotOf(hash: number): number {
  return Math.imul(hash, 0x9e3779b1) >>> (32 - slotBits);
}

/** Groups of texts that agree in a band of places, by index. */
function* buckets(sketches: readonly (Sketch | undefined)[]): Generator<number[]> {
  const dense = sketches.flatMap((sketch, i) => (sketch ? [{ i, sketch: densified(sketch) }] : []));
  // Key and index in one number, so that sorting numbers brings the texts of a key together.
  const sorted = new Float64Array(dense.length);
  for (let from = 0; from < places; from += rowsInBand) {
    dense.forEach(({ i, sketch }, at) => {
      let key = from;
      for (let place = from; place < from + rowsInBand; place++) {
        key = Math.imul(key ^ sketch[place]!, 0x9e3779b1);
        key ^= key >>> 15;
      }
      sorted[at] = (key >>> 0) * indices + i;
    });
    sorted.sort();
    for (let begin = 0, end = 0; begin < sorted.length; begin = end) {
      const key = Math.floor(sorted[begin]! / indices);
      while (end < sorted.length && Math.floor(sorted[end]! / indices) === key) end++;
      if (end - begin > 1) yield Array.from(sorted.subarray(begin, end), it => it % indices);
    }
  }
}

const indices = 1 << 20;

/** Every empty place gets the hash of another, the same one for texts that have it. */
function densified(sketch: Sketch): Sketch {
  const dense = sketch.slice();
  for (let place = 0; place < places; place++)
    for (let attempt = 1; dense[place] === empty; attempt++) {
      let at = Math.imul(place + 1, 0x9e3779b1) ^ Math.imul(attempt, 0x85ebca6b);
      at = Math.imul(at ^ (at >>> 15), 0x27d4eb2f);
      dense[place] = sketch[(at ^ (at >>> 13)) & (places - 1)]!;
    }
  return dense;
}

/** Whether the places that either of two texts fills agree often enough. Where little is left of them, they have to agree as they were. */
function nearIn(whole: readonly Sketch[], own: readonly (Sketch | undefined)[]) {
  const agreement = (one: Sketch, two: Sketch) => {
    let filled = 0;
    let same = 0;
    for (let place = 0; place < places; place++) {
      if (one[place] === empty && two[place] === empty) continue;
      filled++;
      if (one[place] === two[place]) same++;
    }
    return { filled, same };
  };
  return (a: number, b: number): boolean => {
    const { filled, same } = agreement(own[a]!, own[b]!);
    if (same < nearness * filled) return false;
    if (filled >= placesNeeded) return true;
    const before = agreement(whole[a]!, whole[b]!);
    return before.same === before.filled;
  };
}
