import type { Fields, Value } from './protocol.ts';

/**
 * Compares two strings as Firestore does: by their UTF-8 bytes, which is not JavaScript's order for characters beyond
 * the basic plane.
 */
export function compareStrings(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Compares two paths, segment by segment. */
export function comparePaths(a: string, b: string): number {
  return compareLists(a.split('/'), b.split('/'), compareStrings);
}

/** Compares two values of any types: first by type, then by what they hold. */
export function compareValues(a: Value, b: Value): number {
  const difference = rank(a) - rank(b);
  if (difference !== 0) return difference;
  switch (kind(a)) {
    case 'booleanValue':
      return Number(a.booleanValue) - Number(b.booleanValue);
    case 'integerValue':
    case 'doubleValue':
      return compareNumbers(number(a), number(b));
    case 'timestampValue':
      return (
        compareNumbers(Number(a.timestampValue?.seconds), Number(b.timestampValue?.seconds)) ||
        compareNumbers(a.timestampValue?.nanos ?? 0, b.timestampValue?.nanos ?? 0)
      );
    case 'stringValue':
      return compareStrings(a.stringValue ?? '', b.stringValue ?? '');
    case 'bytesValue':
      return Buffer.compare(Buffer.from(a.bytesValue as Uint8Array), Buffer.from(b.bytesValue as Uint8Array));
    case 'referenceValue':
      return comparePaths(a.referenceValue ?? '', b.referenceValue ?? '');
    case 'geoPointValue':
      return (
        compareNumbers(a.geoPointValue?.latitude ?? 0, b.geoPointValue?.latitude ?? 0) ||
        compareNumbers(a.geoPointValue?.longitude ?? 0, b.geoPointValue?.longitude ?? 0)
      );
    case 'arrayValue':
      return compareLists(a.arrayValue?.values ?? [], b.arrayValue?.values ?? [], compareValues);
    case 'mapValue':
      return compareMaps(a.mapValue?.fields ?? {}, b.mapValue?.fields ?? {});
    default:
      return 0;
  }
}

/** Whether two values are of types that a range filter compares with each other. */
export function comparable(a: Value, b: Value): boolean {
  return rank(a) === rank(b) && !isNotNumber(a) && !isNotNumber(b);
}

/** Whether two values are the same to a filter, to which nothing equals null or not-a-number. */
export function equal(a: Value, b: Value): boolean {
  return comparable(a, b) && !isNull(a) && compareValues(a, b) === 0;
}

/** Whether a value is null. */
export function isNull(value: Value): boolean {
  return kind(value) === 'nullValue';
}

/** Whether a value is not a number, though of a number's type. */
export function isNotNumber(value: Value): boolean {
  return kind(value) === 'doubleValue' && Number.isNaN(value.doubleValue);
}

/** A number of either type, so that `<` compares it exactly with one of the other type. */
export function number(value: Value): number | bigint {
  return kind(value) === 'integerValue' ? BigInt(String(value.integerValue)) : (value.doubleValue ?? 0);
}

/** Which of a value's alternatives is set; a decoded message answers this itself, a literal has exactly one key. */
export function kind(value: Value): keyof Value | undefined {
  return 'valueType' in value
    ? (value.valueType as keyof Value | undefined)
    : (Object.keys(value)[0] as keyof Value | undefined);
}

const kinds: (keyof Value)[][] = [
  ['nullValue'],
  ['booleanValue'],
  ['integerValue', 'doubleValue'],
  ['timestampValue'],
  ['stringValue'],
  ['bytesValue'],
  ['referenceValue'],
  ['geoPointValue'],
  ['arrayValue'],
  ['mapValue'],
];
const ranks = new Map(kinds.flatMap((same, index) => same.map(one => [one, index] as const)));

function rank(value: Value): number {
  const own = kind(value);
  return (own && ranks.get(own)) ?? -1;
}

function compareNumbers(a: number | bigint, b: number | bigint): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareLists<T>(a: T[], b: T[], compare: (a: T, b: T) => number): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const difference = compare(a[i] as T, b[i] as T);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function compareMaps(a: Fields, b: Fields): number {
  return compareLists(
    Object.entries(a).sort((x, y) => compareStrings(x[0], y[0])),
    Object.entries(b).sort((x, y) => compareStrings(x[0], y[0])),
    (x, y) => compareStrings(x[0], y[0]) || compareValues(x[1], y[1]),
  );
}
