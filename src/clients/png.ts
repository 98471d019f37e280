import { promisify } from 'node:util';
import { crc32, deflate } from 'node:zlib';

const deflated = promisify(deflate);
const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Large even areas are small at any level; higher ones take three times as long for a tenth less. */
const level = 3;

/** Writes an opaque picture as a PNG, given its pixels as red, green, blue and alpha. Skia's own writer has no levels, and takes three times as long (https://www.w3.org/TR/png-3/). */
export async function png(pixels: Uint8Array, { width, height }: { width: number; height: number }): Promise<Buffer> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Eight bits a channel, three channels, and the one way there is to compress, filter and not interlace.
  header.set([8, 2, 0, 0, 0], 8);
  const data = await deflated(lines(pixels, { width, height }), { level });
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]);
}

/** The rows without alpha, each behind a nought: it is not filtered. */
function lines(pixels: Uint8Array, { width, height }: { width: number; height: number }): Uint8Array {
  const out = new Uint8Array(height * (1 + 3 * width));
  let to = 0;
  let from = 0;
  for (let y = 0; y < height; y++) {
    to++;
    for (let x = 0; x < width; x++, from += 4) {
      out[to++] = pixels[from]!;
      out[to++] = pixels[from + 1]!;
      out[to++] = pixels[from + 2]!;
    }
  }
  return out;
}

function chunk(type: string, data: Uint8Array): Buffer {
  const out = Buffer.alloc(12 + data.length);
  out.writeUInt32BE(data.length, 0);
  out.write(type, 4, 'latin1');
  out.set(data, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length);
  return out;
}
