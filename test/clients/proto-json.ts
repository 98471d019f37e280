/** Who wrote it: a request is written by a client, an answer by the server. */
export type Writer = 'client' | 'server';

type Is = (value: unknown, by: Writer) => boolean;
const isNumber: Is = value => Number.isFinite(value) || ['NaN', 'Infinity', '-Infinity'].includes(value as string);
const isWhole =
  (type: string): Is =>
  value =>
    typeof value === 'number' && isInteger(String(value), type);
const isLong =
  (type: string): Is =>
  (value, by) =>
    (typeof value === 'string' && isInteger(value, type)) ||
    (by === 'client' && Number.isSafeInteger(value) && isInteger(String(value), type));
const isText =
  (pattern: RegExp): Is =>
  value =>
    typeof value === 'string' && pattern.test(value);
const isJson: Is = value => {
  if (Array.isArray(value)) return value.every(item => isJson(item, 'client'));
  if (isObject(value)) return Object.values(value).every(item => isJson(item, 'client'));
  return value === null || Number.isFinite(value) || ['string', 'boolean'].includes(typeof value);
};

/** The types that have a form of their own in JSON (protobuf.dev/programming-guides/json). */
export const forms: Record<string, Is> = {
  double: isNumber,
  float: isNumber,
  bool: value => typeof value === 'boolean',
  string: value => typeof value === 'string',
  bytes: isText(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/),
  ...Object.fromEntries(['int32', 'sint32', 'sfixed32', 'uint32', 'fixed32'].map(type => [type, isWhole(type)])),
  ...Object.fromEntries(['int64', 'sint64', 'sfixed64', 'uint64', 'fixed64'].map(type => [type, isLong(type)])),
  'google.protobuf.Timestamp': (value, by) =>
    isText(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/)(value, by) &&
    !Number.isNaN(Date.parse(value as string)) &&
    (by === 'client' || isText(/:\d\d(\.(\d{3}){1,3})?Z$/)(value, by)),
  'google.protobuf.Duration': (value, by) =>
    isText(by === 'client' ? /^-?\d+(\.\d{1,9})?s$/ : /^-?\d+(\.(\d{3}){1,3})?s$/)(value, by),
  'google.protobuf.FieldMask': isText(/^[a-zA-Z0-9.]+(,[a-zA-Z0-9.]+)*$/),
  'google.protobuf.Value': isJson,
  'google.protobuf.NullValue': value => value === null,
  'google.protobuf.Struct': (value, by) => isObject(value) && isJson(value, by),
  'google.protobuf.ListValue': (value, by) => Array.isArray(value) && isJson(value, by),
  'google.protobuf.Any': (value, by) => isObject(value) && isText(/\/[\w.]+$/)(value['@type'], by) && isJson(value, by),
  'google.protobuf.Empty': value => isObject(value) && Object.keys(value).length === 0,
};

/** Whether a text is an integer of a type of 32 or 64 bits. */
export function isInteger(text: string, type: string): boolean {
  if (!/^-?(0|[1-9]\d*)$/.test(text)) return false;
  const bits = type.endsWith('64') ? 64n : 32n;
  const [least, most] = /^(u|fixed)/.test(type)
    ? [0n, 2n ** bits - 1n]
    : [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n];
  return BigInt(text) >= least && BigInt(text) <= most;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
