import { invalid, labels, object, only } from './body.ts';

/** Reads a value of a request, and refuses one of another type; `where` names it in the refusal. */
export type Reader<T> = (value: unknown, where: string) => T;

/** What a reader reads. */
export type Of<R> = R extends Reader<infer T> ? T : never;

export const string: Reader<string> = scalar('TYPE_STRING', value => typeof value === 'string');
export const bool: Reader<boolean> = scalar('TYPE_BOOL', value => typeof value === 'boolean');
export const double: Reader<number> = scalar('TYPE_DOUBLE', value => Number.isFinite(value));
export const int32: Reader<number> = scalar('TYPE_INT32', value => Number.isInteger(value));

/** Whatever only the service writes: it may be sent, and is passed over. */
export const output: Reader<undefined> = () => undefined;

/** A 64-bit integer, which JSON has as a text or as a number; a text here, as in answers. */
export const int64: Reader<string> = (value, where) => {
  const digits = Number.isSafeInteger(value) ? String(value) : value;
  if (typeof digits === 'string' && /^-?(0|[1-9]\d{0,17})$/.test(digits)) return digits;
  throw invalid(value, where, 'TYPE_INT64');
};

/** Labels of a resource. */
export const labelled: Reader<Record<string, string>> = (value, where) => labels(object(value, where));

/** One of some names. */
export function oneOf<const Name extends string>(type: string, names: readonly Name[]): Reader<Name> {
  return scalar(type, value => names.includes(value as Name));
}

/** Any number of values of one type. */
export function list<T>(of: Reader<T>): Reader<T[]> {
  return (value, where) => {
    if (!Array.isArray(value)) throw invalid(value, where, 'list');
    return value.map((item, i) => of(item, `${where}[${i}]`));
  };
}

/** An object of the named fields, all of which may be left out, and no others. */
export function message<Fields extends Record<string, Reader<unknown>>>(
  fields: Fields,
): Reader<{ [Name in keyof Fields]?: Of<Fields[Name]> }> {
  return (value, where) => {
    const given = object(value, where);
    only(Object.keys(fields), given, where);
    const read = Object.entries(given)
      .filter(([, content]) => content !== null && content !== undefined)
      .map(([name, content]) => [name, fields[name]!(content, `${where}.${snake(name)}`)] as const)
      .filter(([, content]) => content !== undefined);
    return Object.fromEntries(read) as { [Name in keyof Fields]?: Of<Fields[Name]> };
  };
}

function scalar<T>(type: string, is: (value: unknown) => boolean): Reader<T> {
  return (value, where) => {
    if (is(value)) return value as T;
    throw invalid(value, where, type);
  };
}

/** A field's name as protos spell it. */
export function snake(name: string): string {
  return name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
}
