import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { CRC32C } from '@google-cloud/storage';

/** A value as a training program writes it down; `tensor` as TensorFlow 2 does, else as TensorFlow 1 did. */
export type Written = { tag: string; step: number; value: number; at: number; tensor?: boolean };

/** The record that an event file begins with (tensorboard/compat/proto/event.proto). */
export function header(at: number): Buffer {
  const event = new BinaryWriter();
  event.tag(1, WireType.Bit64).double(at / 1000);
  event.tag(3, WireType.LengthDelimited).string('brain.Event:2');
  return record(event.finish());
}

/** The record of one scalar. */
export function scalar({ tag, step, value, at, tensor = false }: Written): Buffer {
  const one = new BinaryWriter().tag(1, WireType.LengthDelimited).string(tag);
  if (tensor) one.tag(8, WireType.LengthDelimited).bytes(tensorOf(value));
  else one.tag(2, WireType.Bit32).float(value);
  const summary = new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(one.finish());
  const event = new BinaryWriter();
  event.tag(1, WireType.Bit64).double(at / 1000);
  if (step) event.tag(2, WireType.Varint).int64(step);
  event.tag(5, WireType.LengthDelimited).bytes(summary.finish());
  return record(event.finish());
}

/** A tensor of one 32-bit number and no dimension. */
function tensorOf(value: number): Uint8Array {
  const content = Buffer.alloc(4);
  content.writeFloatLE(value);
  const tensor = new BinaryWriter().tag(1, WireType.Varint).int32(1);
  tensor.tag(2, WireType.LengthDelimited).bytes(new Uint8Array());
  return tensor.tag(4, WireType.LengthDelimited).bytes(content).finish();
}

/** A record: its length with a checksum, itself with a checksum (tensorflow/core/lib/io/record_writer.cc). */
export function record(data: Uint8Array): Buffer {
  const out = Buffer.alloc(16 + data.length);
  out.writeBigUInt64LE(BigInt(data.length));
  out.writeUInt32LE(checksum(out.subarray(0, 8)), 8);
  out.set(data, 12);
  out.writeUInt32LE(checksum(data), 12 + data.length);
  return out;
}

function checksum(data: Uint8Array): number {
  const sum = new CRC32C();
  sum.update(Buffer.from(data));
  const crc = sum.valueOf() >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
