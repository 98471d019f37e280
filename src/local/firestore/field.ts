import type { Fields, Value } from './protocol.ts';
import { invalid } from './refusal.ts';

/** A field's path as its names: ``a.`b.c` `` is `['a', 'b.c']`. */
export type Path = string[];

/** Parses a field path, in which a name that is not a plain identifier stands in backticks. */
export function parsePath(text: string): Path {
  const names: Path = [];
  const name = /`((?:[^`\\]|\\.)+)`|([^.`]+)/y;
  while (true) {
    const match = name.exec(text);
    if (!match) throw invalid(`Cannot read field path "${text}".`);
    names.push(match[1]?.replaceAll(/\\(.)/g, '$1') ?? (match[2] as string));
    if (name.lastIndex === text.length) return names;
    if (text[name.lastIndex] !== '.') throw invalid(`Cannot read field path "${text}".`);
    name.lastIndex += 1;
  }
}

/** The value at a path, if there is one. */
export function getField(fields: Fields, path: Path): Value | undefined {
  const [name, ...rest] = path as [string, ...Path];
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (rest.length === 0) return value;
  return value?.mapValue ? getField(value.mapValue.fields ?? {}, rest) : undefined;
}

/** The fields with a value at a path, making maps on the way where there are none. */
export function setField(fields: Fields, path: Path, value: Value): Fields {
  const [name, ...rest] = path as [string, ...Path];
  if (rest.length === 0) return { ...fields, [name]: value };
  const inner = getField(fields, [name])?.mapValue?.fields ?? {};
  return { ...fields, [name]: { mapValue: { fields: setField(inner, rest, value) } } };
}

/** The fields without what is at a path; a map that this leaves empty stays. */
export function deleteField(fields: Fields, path: Path): Fields {
  const [name, ...rest] = path as [string, ...Path];
  if (rest.length === 0) return Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name));
  const inner = getField(fields, [name])?.mapValue;
  if (!inner) return fields;
  return { ...fields, [name]: { mapValue: { fields: deleteField(inner.fields ?? {}, rest) } } };
}

/** The fields that a mask names, and no others. */
export function maskFields(fields: Fields, paths: Path[]): Fields {
  return paths.reduce<Fields>((kept, path) => {
    const value = getField(fields, path);
    return value ? setField(kept, path, value) : kept;
  }, {});
}
