import { isDeepStrictEqual } from 'node:util';
import { status } from '@grpc/grpc-js';
import { deleteField, getField, parsePath, setField } from './field.ts';
import { checkName, checkSize, checkValue } from './limits.ts';
import { equal, isNotNumber, isNull, kind, number } from './order.ts';
import type { Fields, Value, Write } from './protocol.ts';
import { messages } from './protocol.ts';
import { invalid, Refusal, unimplemented } from './refusal.ts';
import { microseconds, timestamp } from './time.ts';

/** A document as it is kept; times are microseconds since 1970. */
export interface Stored {
  name: string;
  fields: Fields;
  createTime: number;
  updateTime: number;
}

/** What one write makes of a document, and what its transforms answered. */
export interface Written {
  name: string;
  after: Stored | undefined;
  results: Value[];
}

/**
 * Carries out one write. `before` is the document as the commit's earlier writes left it, `base` as it was before the
 * commit: like the official emulator, `updateTime` preconditions look at the base, `exists` at what is there now.
 */
export function written(
  write: Write,
  { before, base, time }: { before: Stored | undefined; base: Stored | undefined; time: number },
): Written {
  const name = nameOf(write);
  checkName(name);
  checkPrecondition(name, { condition: write.currentDocument, before, base });
  if (write.delete) return { name, after: undefined, results: [] };
  if (!write.update) throw unimplemented('transforms outside an update');

  const { fields: merged, results } = transformed(merge(write, before), { write, time });
  const fields = { ...merged };
  for (const key of Object.keys(fields)) fields[key] = normal(fields[key] as Value);
  checkSize(name, fields);
  // A write that changes nothing keeps the update time (WriteResult.update_time in google/firestore/v1/write.proto).
  if (before && isDeepStrictEqual(before.fields, fields)) return { name, after: before, results };
  return { name, after: { name, fields, createTime: before?.createTime ?? time, updateTime: time }, results };
}

/** The name of the document that a write is about. */
export function nameOf(write: Write): string {
  const name = write.update?.name ?? write.delete ?? write.transform?.document;
  if (!name) throw invalid('A write names no document.');
  return name;
}

function checkPrecondition(
  name: string,
  {
    condition,
    before,
    base,
  }: { condition: Write['currentDocument']; before: Stored | undefined; base: Stored | undefined },
): void {
  if (condition?.updateTime) {
    const wanted = microseconds(condition.updateTime);
    if (base?.updateTime === wanted) return;
    throw new Refusal(
      status.FAILED_PRECONDITION,
      `The stored version (${base?.updateTime ?? 0}) of "${name}" does not match the required base version (${wanted}).`,
    );
  }
  if (condition?.exists === true && !before) throw new Refusal(status.NOT_FOUND, `No document to update: "${name}".`);
  if (condition?.exists === false && before) {
    throw new Refusal(status.ALREADY_EXISTS, `Document already exists: "${name}".`);
  }
}

function merge(write: Write, before: Stored | undefined): Fields {
  const given = write.update?.fields ?? {};
  for (const value of Object.values(given)) checkValue(value);
  if (!write.updateMask) return given;
  return (write.updateMask.fieldPaths ?? []).reduce<Fields>((fields, text) => {
    const path = parsePath(text);
    const value = getField(given, path);
    return value ? setField(fields, path, value) : deleteField(fields, path);
  }, before?.fields ?? {});
}

function transformed(fields: Fields, { write, time }: { write: Write; time: number }) {
  const results: Value[] = [];
  for (const transform of write.updateTransforms ?? []) {
    const path = parsePath(transform.fieldPath ?? '');
    const old = getField(fields, path);
    let value: Value;
    if (transform.setToServerValue) {
      value = { timestampValue: timestamp(Math.floor(time / 1000) * 1000) };
    } else if (transform.increment) {
      value = sum(old, transform.increment);
    } else if (transform.appendMissingElements) {
      const have = old?.arrayValue?.values ?? [];
      const missing = (transform.appendMissingElements.values ?? []).filter(
        one => !have.some(other => same(one, other)),
      );
      value = { arrayValue: { values: [...have, ...missing] } };
    } else if (transform.removeAllFromArray) {
      const gone = transform.removeAllFromArray.values ?? [];
      const kept = (old?.arrayValue?.values ?? []).filter(one => !gone.some(other => same(one, other)));
      value = { arrayValue: { values: kept } };
    } else {
      throw unimplemented('this transform: server time, increment, array union and array removal are all it knows');
    }
    checkValue(value);
    fields = setField(fields, path, value);
    results.push(transform.appendMissingElements || transform.removeAllFromArray ? { nullValue: 'NULL_VALUE' } : value);
  }
  return { fields, results };
}

function same(a: Value, b: Value): boolean {
  return equal(a, b) || (isNull(a) && isNull(b)) || (isNotNumber(a) && isNotNumber(b));
}

function sum(old: Value | undefined, operand: Value): Value {
  if (kind(operand) !== 'integerValue' && kind(operand) !== 'doubleValue')
    throw invalid('Can only increment by a number.');
  if (!old || (kind(old) !== 'integerValue' && kind(old) !== 'doubleValue')) return operand;
  const [a, b] = [number(old), number(operand)];
  if (typeof a === 'bigint' && typeof b === 'bigint') {
    const most = 2n ** 63n;
    const total = a + b;
    return { integerValue: String(total >= most ? most - 1n : total < -most ? -most : total) };
  }
  return { doubleValue: Number(a) + Number(b) };
}

/** One value in the form in which it is kept, so that equal ones are deeply equal; times lose what is below a microsecond. */
function normal(value: Value): Value {
  return cut(messages.Value.fromObject(value));
}

function cut(value: Value): Value {
  const time = value.timestampValue;
  if (time?.nanos) time.nanos -= time.nanos % 1000;
  for (const one of value.arrayValue?.values ?? []) cut(one);
  for (const one of Object.values(value.mapValue?.fields ?? {})) cut(one);
  return value;
}
