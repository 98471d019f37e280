import { readFileSync } from 'node:fs';
import type { Writer } from './proto-json.ts';
import { forms, isInteger, isObject } from './proto-json.ts';
import { enums, exclusive, fields } from './published-ahead.ts';

/** The packages that Vertex AI's messages are in. */
export const v1 = 'google.cloud.aiplatform.v1';
export const v1beta1 = 'google.cloud.aiplatform.v1beta1';

type Behavior = 'REQUIRED' | 'OPTIONAL' | 'OUTPUT_ONLY' | 'INPUT_ONLY' | 'IMMUTABLE';

/** A field as protobuf.js writes it as JSON, its type by the full name. */
export type Field = {
  type: string;
  rule?: 'repeated';
  keyType?: string;
  options?: { '(google.api.field_behavior)'?: Behavior; proto3_optional?: boolean; deprecated?: boolean };
};
export type Message = { fields: Record<string, Field>; oneofs?: Record<string, { oneof: string[] }> };
export type Enum = { values: Record<string, number> };

/** Messages and enums by full name. */
export type Types = ReadonlyMap<string, Message | Enum>;

/** The messages and enums that Google publishes as protos. */
export const published: Types = gathered();

/** The same, with what is known of them beyond the protos. */
export const known: Types = withAhead();

/** What is wrong in the body of a request, each with its path. It is held to what Google's own clients write, which is less than a server puts up with. */
export function wrongsOfRequest(message: string, body: unknown): string[] {
  return ofType(body, message, { path: '', by: 'client' });
}

/** What is wrong in an answer, each with its path. Google's server writes 64-bit integers as texts, and leaves out what is nought or empty. */
export function wrongsOfAnswer(message: string, body: unknown): string[] {
  return ofType(body, message, { path: '', by: 'server' });
}

/** Where a value stands, and who wrote it. */
type Place = { path: string; by: Writer };

function ofMessage(value: unknown, message: string, place: Place): string[] {
  if (!isObject(value)) return wrong(place, `no ${message}`);
  const { fields, oneofs = {} } = described(message);
  const within = (key: string) => ({ ...place, path: place.path ? `${place.path}.${key}` : key });
  const written = Object.entries(value).flatMap(([key, content]) => {
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (!field) return wrong(within(key), `unknown to ${message}`);
    const chosen = Object.values(oneofs).some(({ oneof }) => oneof.includes(key));
    return [...ofField(content, field, within(key)), ...outOfPlace(content, field, { chosen, place: within(key) })];
  });
  const missing = Object.entries(fields)
    .filter(([, field]) => behavior(field) === 'REQUIRED' && isOwed(field, place))
    .filter(([key]) => !(key in value) || (value[key] === '' && place.by === 'client'))
    .flatMap(([key]) => wrong(within(key), 'required'));
  const twice = Object.values(oneofs)
    .map(({ oneof }) => oneof.filter(key => key in value))
    .filter(set => set.length > 1)
    .flatMap(set => wrong(place, `both ${set.join(' and ')}`));
  return [...written, ...missing, ...twice];
}

/** What should not have been written at all, whatever its type. */
function outOfPlace(value: unknown, field: Field, { chosen, place }: { chosen: boolean; place: Place }): string[] {
  if (place.by === 'client') {
    if (behavior(field) === 'OUTPUT_ONLY') return wrong(place, 'output only');
    return field.options?.deprecated ? wrong(place, 'deprecated') : [];
  }
  const left = !chosen && isNought(value, field);
  return left ? wrong(place, 'nought or empty, which is left out') : [];
}

function isNought(value: unknown, { type, rule, keyType }: Field): boolean {
  if (rule) return Array.isArray(value) && value.length === 0;
  if (keyType) return isObject(value) && Object.keys(value).length === 0;
  const found = known.get(type);
  if (found && 'values' in found) return typeof value === 'string' && found.values[value] === 0;
  if (found || type.startsWith('google.')) return false;
  return type === 'string' || type === 'bytes' ? value === '' : [0, '0', false].includes(value as never);
}

/** Whether a required field must be written: a server leaves out a number that is nought. */
function isOwed({ type, rule, keyType }: Field, { by }: Place): boolean {
  if (by === 'client') return true;
  const found = known.get(type);
  return !rule && !keyType && (type === 'string' || (found !== undefined && 'fields' in found));
}

function ofField(value: unknown, { type, rule, keyType }: Field, place: Place): string[] {
  if (rule) {
    if (!Array.isArray(value)) return wrong(place, 'no list');
    return value.flatMap((item, i) => ofType(item, type, { ...place, path: `${place.path}[${i}]` }));
  }
  if (!keyType) return ofType(value, type, place);
  if (!isObject(value)) return wrong(place, 'no map');
  return Object.entries(value).flatMap(([key, item]) => {
    const at = { ...place, path: `${place.path}[${JSON.stringify(key)}]` };
    const isKey = keyType === 'string' || (keyType === 'bool' ? /^(true|false)$/.test(key) : isInteger(key, keyType));
    return [...(isKey ? [] : wrong(at, `no key of type ${keyType}`)), ...ofType(item, type, at)];
  });
}

function ofType(value: unknown, type: string, place: Place): string[] {
  const isOfForm = forms[type];
  if (isOfForm) return isOfForm(value, place.by) ? [] : wrong(place, `no ${type}`);
  const found = known.get(type);
  if (!found || 'fields' in found) return ofMessage(value, type, place);
  const isOne = typeof value === 'string' && Object.hasOwn(found.values, value);
  return isOne ? [] : wrong(place, `no ${type}`);
}

function behavior({ options }: Field): Behavior | undefined {
  return options?.['(google.api.field_behavior)'];
}

function wrong({ path }: Place, what: string): string[] {
  return [`${path || 'the whole'}: ${what}`];
}

function described(message: string): Message {
  const found = known.get(message);
  if (!found || !('fields' in found)) throw new Error(`Nothing is known of a message ${message}.`);
  return found;
}

function gathered(): Types {
  const file = new URL('../recorded/published/aiplatform.jsonl', import.meta.url);
  const [, ...lines] = readFileSync(file, 'utf8').trim().split('\n');
  return new Map(
    lines.map(line => {
      const { name, ...described } = JSON.parse(line) as { name: string } & (Message | Enum);
      return [name, described];
    }),
  );
}

function withAhead(): Types {
  const types = new Map(published);
  const full = (name: string) => `${v1beta1}.${name}`;
  const change = (name: string, { fields = {}, oneofs = {} }: Partial<Message>) => {
    const before = (types.get(full(name)) ?? { fields: {} }) as Message;
    types.set(full(name), { fields: { ...before.fields, ...fields }, oneofs: { ...before.oneofs, ...oneofs } });
  };
  for (const { name, values } of enums)
    types.set(full(name), { values: Object.fromEntries(values.map((value, i) => [value, i])) });
  for (const { message, field, type, repeated, but } of fields)
    change(message, {
      fields: {
        [field]: {
          type: type in forms ? type : full(type),
          ...(repeated && { rule: 'repeated' }),
          options: {
            '(google.api.field_behavior)': but === 'output only' ? 'OUTPUT_ONLY' : 'OPTIONAL',
            ...(but === 'deprecated' && { deprecated: true }),
          },
        },
      },
    });
  for (const { message, fields: oneof } of exclusive) change(message, { oneofs: { [oneof.join(' or ')]: { oneof } } });
  return types;
}
