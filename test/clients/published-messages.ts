import fc from 'fast-check';
import type { Field, Message } from './published.ts';
import { known } from './published.ts';

/** Any value that a message can hold, as the server writes it, with messages in it down to a depth. */
export function messages(name: string, deep = 3): fc.Arbitrary<Record<string, unknown>> {
  const fields = Object.entries(fieldsOf(name));
  const required = fields.filter(([, { options }]) => options?.['(google.api.field_behavior)'] === 'REQUIRED');
  const chosen = deep ? fields : fields.filter(field => required.includes(field) || !known.has(field[1].type));
  const { oneofs = {} } = known.get(name) as Message;
  return fc
    .tuple(
      fc.record(Object.fromEntries(chosen.map(([key, field]) => [key, values(field, deep - 1)])), {
        requiredKeys: required.map(([key]) => key),
      }),
      fc.nat(),
    )
    .map(([value, n]) => {
      const twice = Object.values(oneofs).flatMap(({ oneof }) => {
        const set = oneof.filter(key => key in value);
        return set.filter((_, i) => i !== n % set.length);
      });
      return Object.fromEntries(Object.entries(value).filter(([key]) => !twice.includes(key)));
    });
}

function values({ type, rule, keyType }: Field, deep: number): fc.Arbitrary<unknown> {
  const one = ofType(type, deep);
  if (rule) return fc.array(one, { minLength: 1, maxLength: 2 });
  if (keyType)
    return fc.dictionary(keyType === 'string' ? fc.string({ minLength: 1 }) : fc.constant('1'), one, {
      minKeys: 1,
      maxKeys: 2,
      noNullPrototype: true,
    });
  return one;
}

function ofType(type: string, deep: number): fc.Arbitrary<unknown> {
  const found = known.get(type);
  if (found && 'fields' in found) return messages(type, Math.max(deep, 0));
  if (found) return fc.constantFrom(...Object.keys(found.values).filter(value => found.values[value] !== 0));
  const free = fc.jsonValue({ maxDepth: 1 }).map(value => JSON.parse(JSON.stringify(value)) as unknown);
  const long = type.startsWith('u') ? fc.bigInt(1n, 2n ** 64n - 1n) : fc.bigInt(-(2n ** 63n), -1n);
  const made: Record<string, fc.Arbitrary<unknown>> = {
    bool: fc.constant(true),
    string: fc.string({ minLength: 1 }),
    bytes: fc.uint8Array({ minLength: 1 }).map(bytes => Buffer.from(bytes).toString('base64')),
    double: fc.double({ noNaN: true, noDefaultInfinity: true, min: Number.MIN_VALUE }),
    float: fc.constantFrom('NaN', '-Infinity', 0.5),
    int32: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
    uint32: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
    int64: long.map(String),
    uint64: long.map(String),
    'google.protobuf.Timestamp': fc
      .date({ min: new Date(0), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
      .map(date => date.toISOString()),
    'google.protobuf.Duration': fc.nat().map(n => `${(n / 1000).toFixed(3)}s`),
    'google.protobuf.Value': free,
    'google.protobuf.NullValue': fc.constant(null),
    'google.protobuf.Struct': fc.dictionary(fc.string(), free, { noNullPrototype: true }),
    'google.protobuf.ListValue': fc.array(free),
    'google.protobuf.Any': fc.constant({ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'a' }),
  };
  return made[type]!;
}

/** The fields of a message. */
export function fieldsOf(name: string): Record<string, Field> {
  return (known.get(name) as Message).fields;
}
