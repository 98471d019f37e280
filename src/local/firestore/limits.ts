import { kind } from './order.ts';
import type { Fields, Value } from './protocol.ts';
import { invalid } from './refusal.ts';

const largestDocument = 1_048_576;
const largestValue = largestDocument - 89;
const longestId = 1500;

/** Throws unless a document's name is one that Firestore takes. */
export function checkName(name: string): void {
  const [, path] = /^projects\/[^/]+\/databases\/[^/]+\/documents\/(.+)$/.exec(name) ?? [];
  const ids = path?.split('/') ?? [];
  if (ids.length === 0 || ids.length % 2 === 1) throw invalid(`Document name "${name}" does not name a document.`);
  for (const id of ids) {
    if (id === '' || id === '.' || id === '..') throw invalid(`Resource id "${id}" is invalid.`);
    if (/^__.*__$/.test(id)) throw invalid(`Resource id "${id}" is invalid because it is reserved.`);
    if (Buffer.byteLength(id) > longestId) throw invalid(`Resource id "${id}" is longer than ${longestId} bytes.`);
  }
}

/** Throws where an array holds an array, which Firestore cannot store. */
export function checkValue(value: Value, inArray = false): void {
  if (value.arrayValue) {
    if (inArray) throw invalid('Cannot convert an array value in an array value.');
    for (const one of value.arrayValue.values ?? []) checkValue(one, true);
  }
  for (const one of Object.values(value.mapValue?.fields ?? {})) checkValue(one);
}

/**
 * Throws where a document is larger than Firestore allows.
 * The arithmetic is https://firebase.google.com/docs/firestore/storage-size.
 */
export function checkSize(name: string, fields: Fields): void {
  for (const [key, value] of Object.entries(fields)) {
    const text = kind(value) === 'stringValue' ? 1 : 0;
    if (sizeOf(value) - text > largestValue) {
      throw invalid(`The value of property "${key}" is longer than ${largestValue} bytes.`);
    }
  }
  const ids = name.split('/').slice(5);
  const named = ids.reduce((sum, id) => sum + Buffer.byteLength(id) + 1, 16);
  if (named + sizeOfFields(fields) + 32 > largestDocument) {
    throw invalid(`Document "${name}" is too large: the maximum entity size is ${largestDocument} bytes.`);
  }
}

function sizeOfFields(fields: Fields): number {
  return Object.entries(fields).reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + 1 + sizeOf(value), 0);
}

function sizeOf(value: Value): number {
  switch (kind(value)) {
    case 'nullValue':
    case 'booleanValue':
      return 1;
    case 'stringValue':
      return Buffer.byteLength(value.stringValue ?? '') + 1;
    case 'bytesValue':
      return value.bytesValue?.length ?? 0;
    case 'referenceValue':
      return Buffer.byteLength(value.referenceValue ?? '') + 16;
    case 'geoPointValue':
      return 16;
    case 'arrayValue':
      return (value.arrayValue?.values ?? []).reduce((sum, one) => sum + sizeOf(one), 0);
    case 'mapValue':
      return sizeOfFields(value.mapValue?.fields ?? {});
    default:
      return 8;
  }
}
