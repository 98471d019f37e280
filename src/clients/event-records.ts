import { BinaryReader } from '@bufbuild/protobuf/wire';
import { CRC32C } from '@google-cloud/storage';

/** One value of a tag, as a training program wrote it. */
export interface Scalar {
  tag: string;
  step: number;
  value: number;
  /** Milliseconds since 1970. */
  at: number;
}

/** The length of a record and the checksum of that, before it, and its own checksum, behind it, in bytes. */
const before = 12;
const behind = 4;

/** Reads the records of an event file, as far as they are whole: their values, how many bytes they take, and how many more the next one wants. A record whose checksums do not fit, or that is still being written, is waited for (tensorflow/core/lib/io/record_writer.cc). */
export function scalarsIn(bytes: Uint8Array): { scalars: Scalar[]; read: number; wanted: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const scalars: Scalar[] = [];
  let at = 0;
  while (at + before <= bytes.length) {
    const length = Number(view.getBigUint64(at, true));
    if (view.getUint32(at + 8, true) !== masked(bytes.subarray(at, at + 8))) return { scalars, read: at, wanted: 0 };
    const end = at + before + length + behind;
    if (end > bytes.length) return { scalars, read: at, wanted: end - at };
    const data = bytes.subarray(at + before, end - behind);
    if (view.getUint32(end - behind, true) !== masked(data)) return { scalars, read: at, wanted: 0 };
    scalars.push(...event(data));
    at = end;
  }
  return { scalars, read: at, wanted: 0 };
}

/** A checksum as it stands in a file of records, where those of what holds checksums itself would be weak (tensorflow/core/lib/hash/crc32c.h). */
export function masked(data: Uint8Array): number {
  const sum = new CRC32C();
  sum.update(Buffer.from(data.buffer, data.byteOffset, data.length));
  const crc = sum.valueOf() >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** The scalars of one event (tensorboard/compat/proto/event.proto). What cannot be understood holds none. */
function event(data: Uint8Array): Scalar[] {
  let at = 0;
  let step = 0;
  const values: { tag: string; value: number }[] = [];
  try {
    fields(data, {
      1: reader => {
        at = reader.double() * 1000;
      },
      2: reader => {
        step = Number(reader.int64());
      },
      5: reader =>
        fields(reader.bytes(), {
          1: each => values.push(...summaryValue(each.bytes())),
        }),
    });
  } catch {
    return [];
  }
  return values.map(value => ({ ...value, step, at }));
}

/** One value of a summary, where it is a number: written as such, or as a tensor of one (tensorboard/compat/proto/summary.proto). */
function summaryValue(data: Uint8Array): { tag: string; value: number }[] {
  let tag = '';
  let value: number | undefined;
  fields(data, {
    1: reader => {
      tag = reader.string();
    },
    2: reader => {
      value = reader.float();
    },
    8: reader => {
      value = tensor(reader.bytes());
    },
  });
  return value === undefined ? [] : [{ tag, value }];
}

/** The number of a tensor that holds one: of 32 or 64 bits, packed or as bytes (tensorboard/compat/proto/tensor.proto). */
function tensor(data: Uint8Array): number | undefined {
  let wide = false;
  let content = new Uint8Array();
  let value: number | undefined;
  const packed = (reader: BinaryReader) => {
    content = new Uint8Array(reader.bytes());
  };
  fields(data, {
    1: reader => {
      wide = reader.int32() === 2;
    },
    4: packed,
    5: (reader, wire) => {
      if (wire === 2) packed(reader);
      else value = reader.float();
    },
    6: (reader, wire) => {
      if (wire === 2) packed(reader);
      else value = reader.double();
    },
  });
  if (value !== undefined) return value;
  const view = new DataView(content.buffer, content.byteOffset, content.length);
  if (wide) return content.length === 8 ? view.getFloat64(0, true) : undefined;
  return content.length === 4 ? view.getFloat32(0, true) : undefined;
}

/** Goes through the fields of a message, and over those that are not named. */
function fields(data: Uint8Array, read: Record<number, (reader: BinaryReader, wire: number) => unknown>): void {
  const reader = new BinaryReader(data);
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (read[field]) read[field](reader, wire);
    else reader.skip(wire, field);
  }
}
