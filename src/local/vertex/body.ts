import { Trouble } from './trouble.ts';

/** Refuses names that the API does not know. */
export function only(names: readonly string[], given: Record<string, unknown>, where: string): void {
  for (const name of Object.keys(given))
    if (!names.includes(name))
      throw new Trouble(
        'INVALID_ARGUMENT',
        `Invalid JSON payload received. Unknown name "${name}" at '${where}': Cannot find field.`,
      );
}

/** Reads an object; what is not there is an empty one. */
export function object(value: unknown, where: string): Record<string, unknown> {
  if (value === undefined || value === null) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Trouble('INVALID_ARGUMENT', `Invalid value at "${where}": ${JSON.stringify(value)} is not an object.`);
}

/** Reads a text; what is not there is an empty one. */
export function text(value: unknown, where: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  throw invalid(value, where, 'TYPE_STRING');
}

/** A value of another type than its field has. */
export function invalid(value: unknown, where: string, type: string): Trouble {
  return new Trouble('INVALID_ARGUMENT', `Invalid value at "${where}" (${type}), ${JSON.stringify(value)}`);
}

/** Reads labels: at most 64 small letters, digits, underscores and dashes in each key and value. */
export function labels(given: Record<string, unknown>): Record<string, string> {
  for (const [key, value] of Object.entries(given))
    if (
      !/^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u.test(key) ||
      !/^[\p{Ll}\p{Lo}\p{N}_-]{0,64}$/u.test(text(value, key))
    )
      throw new Trouble('INVALID_ARGUMENT', `Invalid label "${key}": ${JSON.stringify(value)} is not allowed.`);
  return given as Record<string, string>;
}

/** Refuses a display name that is too long. */
export function named(displayName: string, where: string): string {
  if (displayName.length > 128)
    throw new Trouble('INVALID_ARGUMENT', `Invalid ${where} "${displayName}": it has more than 128 characters.`);
  return displayName;
}
