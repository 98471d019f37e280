import type { Groups } from './grouping.ts';
import { grouping } from './grouping.ts';
import { bytesOf } from './hash.ts';

/*
 * Near-duplicates by MinHash with banding (Broder 1997; Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets",
 * chapter 3). A text is the set of its pairs of neighbouring words, without case and punctuation; two texts are near
 * where four fifths of their pairs are shared. Writing without spaces between words is taken four characters at a time.
 * One hash a pair, some of its bits choosing the place (one-permutation hashing), keeps this to one pass. What stands
 * in many rows, such as the instruction they share, is no likeness: pairs found in more than one row in twenty are left
 * out, and the places they leave are filled from others (densification: Shrivastava 2017).
 */

/** How many hashes are kept of a text: a power of two. */
const places = 128;
const placeBits = 7;
const rowsInBand = 4;
const empty = 0x7fffffff;
/** The share of word pairs that two near texts have in common. */
export const nearness = 0.8;
/** Fewer places than this say too little about how much two texts share. */
const placesNeeded = 8;
/** What stands in more than this share of rows, and in more than this many, belongs to none of them. */
const common = { share: 0.05, rows: 10 };

/** The least hashes of a text's word pairs, one for each place. */
export type Sketch = Int32Array;

/** Sketches a text in one pass. */
export function sketchOf(text: string): Sketch {
  const sketch = new Int32Array(places).fill(empty);
  const { bytes, length } = bytesOf(text);
  let before = 0x2545f491;
  let word = 0;
  let characters = 0;
  // Behind the last byte stands one of nothing, which ends the last word.
  for (let i = 0; i <= length; i++) {
    let code = ascii[bytes[i]!]!;
    if (code === further) {
      const point = pointAt(bytes, i);
      i += point < 0x800 ? 1 : point < 0x1_0000 ? 2 : 3;
      code = codes[point]! || codeOf(point);
    }
    if (code > 0) {
      word = (Math.imul(word, 0x01000193) + code) | 0;
      continue;
    }
    if (word !== 0) {
      put(sketch, (before + word) | 0);
      before = Math.imul(word, 0xc2b2ae35);
      word = 0;
    }
    if (code < sign) {
      // Shifted by a byte each time, a character is gone after four.
      characters = ((characters << 8) + Math.imul(code, 0x9e3779b1)) | 0;
      put(sketch, characters);
      before = Math.imul(characters, 0xc2b2ae35);
    }
  }
  return sketch;
}

/** The character that begins here with a byte beyond ASCII; the bytes are well-formed. */
function pointAt(bytes: Uint8Array, i: number): number {
  const first = bytes[i]!;
  const second = bytes[i + 1]! & 0x3f;
  if (first < 0xe0) return ((first & 0x1f) << 6) | second;
  const third = bytes[i + 2]! & 0x3f;
  if (first < 0xf0) return ((first & 0x0f) << 12) | (second << 6) | third;
  return ((first & 0x07) << 18) | (second << 12) | (third << 6) | (bytes[i + 3]! & 0x3f);
}

/** Keeps a hash in its place where it is the least. Without a branch: whether it is cannot be foretold. */
function put(sketch: Sketch, seed: number) {
  const hash = Math.imul(seed, 0x85ebca6b);
  const place = hash >>> (32 - placeBits);
  const less = (Math.imul(hash ^ (hash >>> 15), 0x27d4eb2f) >>> 1) - sketch[place]!;
  sketch[place]! += less & (less >> 31);
}

/** What is neither letter nor digit ends a word. */
const sign = -1;
/** A byte that begins a character beyond ASCII. */
const further = -2;
/** What a character counts as, once one was seen: letters and digits by their lower case, characters of a writing without spaces below `further`. */
const codes = new Int32Array(0x11_0000);
const ascii = Int32Array.from({ length: 256 }, (_, byte) => (byte < 0x80 ? codeOf(byte) : further));
/** The writings that put no space between words. */
const unspaced =
  /[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{scx=Yiii}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}\p{scx=Tibt}\p{scx=Lana}\p{scx=Talu}\p{scx=Java}\p{scx=Bali}]/u;

function codeOf(point: number): number {
  const character = String.fromCodePoint(point).toLowerCase();
  const lower = character.codePointAt(0)!;
  const isOfWord = /[\p{L}\p{M}\p{N}]/u.test(character);
  const code = !isOfWord ? sign : lower > 0x7f && unspaced.test(character) ? further - lower : lower;
  codes[point] = code;
  return code;
}

/** Texts that are near others: for each group all but its first, by index. However texts are ordered, there are as many. */
export function nearRepeats(sketches: readonly Sketch[]): number[] {
  const groups = grouping(sketches.length);
  joinNear(sketches, groups);
  return sketches.flatMap((_, i) => (groups.first(i) === i ? [] : [i]));
}

/** Joins the texts that are near each other. None is near a text of another group then: as `nearAny` finds, too, if the same texts are parted. */
export function joinNear(sketches: readonly Sketch[], groups: Groups): void {
  const own = withoutCommon(sketches);
  const areNear = nearIn(sketches, own);
  eachPair(own, (one, other) => {
    if (groups.first(one) !== groups.first(other) && areNear(one, other)) groups.join(one, other);
  });
}

/** Which of these texts are near one of the others, by index. */
export function nearAny(sketches: readonly Sketch[], others: readonly Sketch[]): number[] {
  const all = [...sketches, ...others];
  const own = withoutCommon(all);
  const areNear = nearIn(all, own);
  const near = new Set<number>();
  eachPair(own, (one, other) => {
    // The others stand behind: of two texts, they have the higher index.
    if (one < sketches.length && other >= sketches.length && !near.has(one) && areNear(one, other)) near.add(one);
  });
  return [...near].sort((a, b) => a - b);
}

/** Sketches without what many rows share; undefined where nothing is left. */
function withoutCommon(sketches: readonly Sketch[]): (Sketch | undefined)[] {
  const most = Math.max(common.rows, sketches.length * common.share);
  // Counted by some of their bits: two hashes that meet there are rare, and only ever leave a place empty.
  const rows = new Uint16Array(slots);
  for (const sketch of sketches) for (let place = 0; place < places; place++) rows[sketch[place]! & (slots - 1)]!++;
  return sketches.map(sketch => {
    const own = new Int32Array(places).fill(empty);
    let left = 0;
    for (let place = 0; place < places; place++) {
      const hash = sketch[place]!;
      if (hash === empty || rows[hash & (slots - 1)]! > most) continue;
      own[place] = hash;
      left++;
    }
    return left ? own : undefined;
  });
}

const slots = 1 << 18;

/** Every two texts that agree in a band of places, by index, the lower first; as often as there are such bands. */
function eachPair(sketches: readonly (Sketch | undefined)[], meet: (one: number, other: number) => void): void {
  const dense = sketches.map(sketch => sketch && densified(sketch));
  // A table of keys by hand: a map for each band would take most of the time.
  const size = 1 << Math.ceil(Math.log2(2 * sketches.length + 1));
  const last = new Int32Array(size);
  const before = new Int32Array(sketches.length);
  const keys = new Int32Array(sketches.length);
  for (let from = 0; from < places; from += rowsInBand) {
    last.fill(-1);
    dense.forEach((sketch, i) => {
      if (!sketch) return;
      let key = from;
      for (let place = from; place < from + rowsInBand; place++) {
        key = Math.imul(key ^ sketch[place]!, 0x9e3779b1);
        key ^= key >>> 15;
      }
      keys[i] = key;
      const slot = key & (size - 1);
      for (let other = last[slot]!; other !== -1; other = before[other]!) if (keys[other] === key) meet(other, i);
      before[i] = last[slot]!;
      last[slot] = i;
    });
  }
}

/** Every empty place gets the hash of another, the same one for texts that have it. */
function densified(sketch: Sketch): Sketch {
  const dense = sketch.slice();
  for (let place = 0; place < places; place++)
    for (let at = place * places; dense[place] === empty; at++) dense[place] = sketch[donors[at]!]!;
  return dense;
}

/** For each place, all places in an order of its own. */
const donors = Uint8Array.from({ length: places * places }, (_, at) => {
  const place = Math.floor(at / places);
  // An odd step goes through all of them.
  return (place + (at % places) * (((place * 37) & (places - 1)) | 1)) & (places - 1);
});

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
