import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { masked, scalarsIn } from '../../src/clients/event-records.ts';
import { header, record, scalar } from '../../src/local/vertex/event-file.ts';

const at = Date.UTC(2026, 10, 24, 10);
const one = { tag: '/train_total_loss', step: 7, value: 0.5, at };

describe('scalarsIn()', () => {
  it('knows the checksum', () => {
    // CRC-32C of 32 noughts is 0x8a9136aa (RFC 3720, B.4).
    expect(masked(new Uint8Array(32))).toBe((((0x8a9136aa >>> 15) | (0x8a9136aa << 17)) + 0xa282ead8) >>> 0);
  });

  it('reads the very bytes that TensorFlow writes first', () => {
    // `brain.Event:2` at 1.6e9 seconds, as every event file begins.
    const data = Buffer.from('09000000c01fd7d7411a0d627261696e2e4576656e743a32', 'hex');
    const file = record(data);
    expect(file.subarray(0, 12).toString('hex')).toBe('1800000000000000a37f4b22');
    expect(scalarsIn(file)).toEqual({ scalars: [], read: file.length, wanted: 0 });
  });

  it.each([false, true])('reads values, as tensors: %s', tensor => {
    const file = Buffer.concat([
      header(at),
      scalar({ ...one, tensor }),
      scalar({ ...one, step: 0, value: Number.NaN, tensor }),
    ]);
    const { scalars, read } = scalarsIn(file);
    expect(scalars).toEqual([one, { ...one, step: 0, value: Number.NaN }]);
    expect(read).toBe(file.length);
  });

  it('waits for a record that is still being written, however little is missing', () => {
    const [first, second] = [scalar(one), scalar({ ...one, step: 8 })];
    for (let missing = 1; missing < second.length; missing++) {
      const torn = Buffer.concat([first, second.subarray(0, second.length - missing)]);
      expect(scalarsIn(torn)).toMatchObject({ scalars: [one], read: first.length });
    }
  });

  it('stops at a record of which any bit has changed', () => {
    const first = scalar(one);
    const file = Buffer.concat([first, scalar({ ...one, step: 8 })]);
    for (let bit = 8 * first.length; bit < 8 * file.length; bit++) {
      const changed = Buffer.from(file);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(scalarsIn(changed)).toMatchObject({ scalars: [one], read: first.length });
    }
  });

  it('says how long a record is that is longer than what there is', () => {
    const long = record(new Uint8Array(5000));
    expect(scalarsIn(long.subarray(0, 100))).toEqual({ scalars: [], read: 0, wanted: long.length });
  });

  it('passes over whatever else may stand in a record', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), data => {
        const file = Buffer.concat([record(data), scalar(one)]);
        const { scalars, read } = scalarsIn(file);
        expect(scalars.at(-1)).toEqual(one);
        expect(read).toBe(file.length);
      }),
    );
  });

  it('finds the same wherever a file was cut', () => {
    const written = fc.record({
      tag: fc.constantFrom('/train_total_loss', 'eval_total_loss', 'other'),
      step: fc.nat(300_000),
      value: fc.float(),
      at: fc.nat(2 ** 40),
      tensor: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(written, { maxLength: 20 }), fc.array(fc.nat(2000), { maxLength: 12 }), (all, cuts) => {
        const file = Buffer.concat([header(at), ...all.map(scalar)]);
        const whole = scalarsIn(file).scalars;
        expect(whole).toHaveLength(all.length);
        const ends = [...cuts.map(cut => Math.min(cut, file.length)).sort((a, b) => a - b), file.length];
        const found: unknown[] = [];
        let from = 0;
        for (const end of ends) {
          const { scalars, read } = scalarsIn(file.subarray(from, Math.max(from, end)));
          found.push(...scalars);
          from += read;
        }
        expect(from).toBe(file.length);
        expect(found).toEqual(whole);
      }),
    );
  });
});
