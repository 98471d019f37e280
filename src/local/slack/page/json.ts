/** An object as it came over the wire, its fields not yet looked at. */
export type Json = Record<string, unknown>;

/** Whether a value is an object with fields. */
export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object a value is, or an empty one. */
export function asJson(value: unknown): Json {
  return isJson(value) ? value : {};
}

/** The objects in a list, or none. */
export function asList(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isJson) : [];
}

/** The string a value is, or an empty one. */
export function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The text of a text object, formatting left as it is written. */
export function textOf(value: unknown): string {
  return asText(asJson(value).text);
}
