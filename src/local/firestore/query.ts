import type { Path } from './field.ts';
import { getField, maskFields, parsePath } from './field.ts';
import { comparable, compareStrings, compareValues, equal, isNotNumber, isNull } from './order.ts';
import type { Fields, Filter, Query, Value } from './protocol.ts';
import { messages } from './protocol.ts';
import { invalid, unimplemented } from './refusal.ts';
import type { Stored } from './write.ts';

const { CompositeFilter, Direction, FieldFilter, UnaryFilter } = messages.StructuredQuery;
const key = '__name__';

interface Order {
  field: string;
  path: Path;
  sign: 1 | -1;
}

/** What a query answers, in order, and how many results its offset passed over. */
export function run(query: Query, documents: Iterable<Stored>): { documents: Stored[]; skipped: number } {
  if (query.findNearest) throw unimplemented('nearest-neighbour queries');
  const orders = ordersOf(query);
  const found = [...documents].filter(
    document =>
      orders.every(order => valueAt(document, order.field, order.path) !== undefined) &&
      (!query.where || matches(query.where, document)) &&
      (!query.startAt || against(query.startAt.values ?? [], { document, orders }) >= (query.startAt.before ? 0 : 1)) &&
      (!query.endAt || against(query.endAt.values ?? [], { document, orders }) <= (query.endAt.before ? -1 : 0)),
  );
  found.sort((a, b) => compareDocuments(a, b, orders));
  const skipped = Math.min(query.offset ?? 0, found.length);
  const limit = query.limit?.value ?? undefined;
  return { documents: found.slice(skipped, limit === undefined ? undefined : skipped + limit), skipped };
}

/** A document's fields as a query selects them. */
export function selected(document: Stored, query: Query): Fields {
  if (!query.select) return document.fields;
  const fields = (query.select.fields ?? []).map(({ fieldPath }) => fieldPath ?? '').filter(field => field !== key);
  return maskFields(document.fields, fields.map(parsePath));
}

function matches(filter: Filter, document: Stored): boolean {
  if (filter.compositeFilter) {
    const { op, filters } = filter.compositeFilter;
    if (op === CompositeFilter.Operator.AND) return (filters ?? []).every(one => matches(one, document));
    if (op === CompositeFilter.Operator.OR) return (filters ?? []).some(one => matches(one, document));
    throw invalid(`Unknown composite filter operator "${op}".`);
  }
  if (filter.unaryFilter) return matchesUnary(filter.unaryFilter, document);
  if (filter.fieldFilter) return matchesField(filter.fieldFilter, document);
  throw invalid('A filter is empty.');
}

function matchesUnary({ op, field }: NonNullable<Filter['unaryFilter']>, document: Stored): boolean {
  const value = valueAt(document, field?.fieldPath ?? '');
  if (!value) return false;
  switch (op) {
    case UnaryFilter.Operator.IS_NULL:
      return isNull(value);
    case UnaryFilter.Operator.IS_NOT_NULL:
      return !isNull(value);
    case UnaryFilter.Operator.IS_NAN:
      return isNotNumber(value);
    case UnaryFilter.Operator.IS_NOT_NAN:
      return !isNull(value) && !isNotNumber(value);
    default:
      throw invalid(`Unknown unary filter operator "${op}".`);
  }
}

function matchesField({ op, field, value: operand }: NonNullable<Filter['fieldFilter']>, document: Stored): boolean {
  if (!operand) throw invalid(`The filter on "${field?.fieldPath}" has no value.`);
  const list = operand.arrayValue?.values ?? [];
  const { Operator } = FieldFilter;
  if ((op === Operator.IN || op === Operator.NOT_IN || op === Operator.ARRAY_CONTAINS_ANY) && list.length === 0) {
    throw invalid(`The filter on "${field?.fieldPath}" requires a non-empty ArrayValue.`);
  }
  const value = valueAt(document, field?.fieldPath ?? '');
  if (!value) return false;
  const within = (passes: (difference: number) => boolean) =>
    comparable(value, operand) && passes(compareValues(value, operand));
  switch (op) {
    case Operator.EQUAL:
      return equal(value, operand);
    case Operator.NOT_EQUAL:
      return !isNull(value) && !equal(value, operand);
    case Operator.LESS_THAN:
      return within(difference => difference < 0);
    case Operator.LESS_THAN_OR_EQUAL:
      return within(difference => difference <= 0);
    case Operator.GREATER_THAN:
      return within(difference => difference > 0);
    case Operator.GREATER_THAN_OR_EQUAL:
      return within(difference => difference >= 0);
    case Operator.IN:
      return list.some(one => equal(value, one));
    case Operator.NOT_IN:
      return !isNull(value) && !list.some(isNull) && !list.some(one => equal(value, one));
    case Operator.ARRAY_CONTAINS:
      return (value.arrayValue?.values ?? []).some(one => equal(one, operand));
    case Operator.ARRAY_CONTAINS_ANY:
      return (value.arrayValue?.values ?? []).some(one => list.some(other => equal(one, other)));
    default:
      throw invalid(`Unknown field filter operator "${op}".`);
  }
}

/**
 * What a query sorts by: what it says, then the fields of its inequalities by name, then the document's name, each in
 * the last stated direction. A document that lacks one of these fields is no result.
 * https://firebase.google.com/docs/firestore/query-data/multiple-range-fields
 */
function ordersOf(query: Query): Order[] {
  const orders: Order[] = (query.orderBy ?? []).map(order => ({
    ...named(order.field?.fieldPath ?? ''),
    sign: order.direction === Direction.DESCENDING ? -1 : 1,
  }));
  const sign = orders.at(-1)?.sign ?? 1;
  for (const field of [...inequalities(query.where), key]) {
    if (!orders.some(order => order.field === field)) orders.push({ ...named(field), sign });
  }
  return orders;
}

function named(field: string): { field: string; path: Path } {
  return { field, path: parsePath(field) };
}

function inequalities(filter: Filter | null | undefined): string[] {
  const fields = new Set<string>();
  const visit = (one: Filter) => {
    for (const inner of one.compositeFilter?.filters ?? []) visit(inner);
    const { Operator } = FieldFilter;
    const equalities: unknown[] = [Operator.EQUAL, Operator.IN, Operator.ARRAY_CONTAINS, Operator.ARRAY_CONTAINS_ANY];
    if (one.fieldFilter && !equalities.includes(one.fieldFilter.op)) fields.add(one.fieldFilter.field?.fieldPath ?? '');
    const negations: unknown[] = [UnaryFilter.Operator.IS_NOT_NAN, UnaryFilter.Operator.IS_NOT_NULL];
    if (one.unaryFilter && negations.includes(one.unaryFilter.op)) fields.add(one.unaryFilter.field?.fieldPath ?? '');
  };
  if (filter) visit(filter);
  fields.delete(key);
  return [...fields].sort(compareStrings);
}

function valueAt(document: Stored, field: string, path = parsePath(field)): Value | undefined {
  return field === key ? { referenceValue: document.name } : getField(document.fields, path);
}

function compareDocuments(a: Stored, b: Stored, orders: Order[]): number {
  for (const { field, path, sign } of orders) {
    const difference = compareValues(valueAt(a, field, path) as Value, valueAt(b, field, path) as Value);
    if (difference !== 0) return difference * sign;
  }
  return 0;
}

function against(cursor: Value[], { document, orders }: { document: Stored; orders: Order[] }): number {
  if (cursor.length > orders.length) throw invalid('A cursor has more values than the query has orders.');
  for (const [index, wanted] of cursor.entries()) {
    const { field, path, sign } = orders[index] as Order;
    const difference = compareValues(valueAt(document, field, path) as Value, wanted);
    if (difference !== 0) return difference * sign > 0 ? 1 : -1;
  }
  return 0;
}
