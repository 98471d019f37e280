import { status } from '@grpc/grpc-js';
import type { Filter, Query } from './protocol.ts';
import { messages } from './protocol.ts';
import { Refusal } from './refusal.ts';

type Order = 'ASCENDING' | 'DESCENDING';

/** Which indexes there are: as much of `firestore.indexes.json` as a query of one collection needs. */
export interface Indexes {
  indexes: readonly { collectionGroup: string; fields: readonly { fieldPath: string; order: Order }[] }[];
  fieldOverrides: readonly { collectionGroup: string; fieldPath: string; indexes: readonly { order: Order }[] }[];
}

const { Direction, FieldFilter } = messages.StructuredQuery;

/** Throws where a query needs an index that there is not, in Firestore's words and with its code. Queries with anything but equalities, ranges and orders are not judged. */
export function demandIndex(query: Query, { indexes, fieldOverrides }: Indexes): void {
  const of = query.from?.[0]?.collectionId ?? '';
  const conditions = conditionsOf(query.where);
  if (!conditions) return;
  const { equal, ranges } = conditions;
  const orders = (query.orderBy ?? []).map(({ field, direction }) => ({
    fieldPath: field?.fieldPath ?? '',
    order: direction === Direction.DESCENDING ? ('DESCENDING' as const) : ('ASCENDING' as const),
  }));
  const sorted = orders.length ? orders : ranges.map(fieldPath => ({ fieldPath, order: 'ASCENDING' as const }));
  const by = sorted.filter(({ fieldPath }) => fieldPath !== '__name__');

  /** How a field is indexed by itself: as the nearest override says, or else both ways (https://firebase.google.com/docs/firestore/query-data/index-overview#single-field_index_exemptions). */
  function single(field: string): readonly { order: Order }[] {
    const nearest = fieldOverrides
      .filter(({ collectionGroup, fieldPath }) => collectionGroup === of && `${field}.`.startsWith(`${fieldPath}.`))
      .sort((a, b) => b.fieldPath.length - a.fieldPath.length)[0];
    return nearest?.indexes ?? [{ order: 'ASCENDING' }, { order: 'DESCENDING' }];
  }

  /** Whether the composite indexes that end in what is sorted by, merged, know every field that is compared. */
  function merged(): boolean {
    const known = indexes.flatMap(({ collectionGroup, fields }) => {
      const [first, last] = [fields.slice(0, -by.length), fields.slice(-by.length)];
      const fits = collectionGroup === of && JSON.stringify(last) === JSON.stringify(by);
      return fits && first.every(({ fieldPath }) => equal.includes(fieldPath)) ? [first] : [];
    });
    return known.length > 0 && equal.every(field => known.flat().some(({ fieldPath }) => fieldPath === field));
  }

  const served = !by.length
    ? equal.every(field => single(field).length > 0)
    : equal.length || by.length > 1
      ? merged()
      : by.every(({ fieldPath, order }) => single(fieldPath).some(index => index.order === order));
  if (served) return;
  throw new Refusal(
    status.FAILED_PRECONDITION,
    `The query requires an index. You can create it here: https://console.firebase.google.com/firestore/indexes?create_composite=${of}`,
  );
}

function conditionsOf(where: Filter | null | undefined): { equal: string[]; ranges: string[] } | undefined {
  const [equal, ranges] = [new Set<string>(), new Set<string>()];
  const { Operator } = FieldFilter;
  const isRange: unknown[] = [
    Operator.LESS_THAN,
    Operator.LESS_THAN_OR_EQUAL,
    Operator.GREATER_THAN,
    Operator.GREATER_THAN_OR_EQUAL,
  ];
  const understood = (one: Filter): boolean => {
    if (one.compositeFilter) return (one.compositeFilter.filters ?? []).every(understood);
    const { op, field } = one.fieldFilter ?? {};
    const path = field?.fieldPath ?? '';
    if (op === Operator.EQUAL) equal.add(path);
    else if (isRange.includes(op)) ranges.add(path);
    else return false;
    return true;
  };
  return !where || understood(where) ? { equal: [...equal], ranges: [...ranges] } : undefined;
}
