import { createCanvas, loadImage } from 'canvas';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { png } from '../../src/clients/png.ts';

test('whatever is written is what is read, pixel by pixel', async () => {
  const side = fc.integer({ min: 1, max: 40 });
  const picture = fc.tuple(side, side).chain(([width, height]) =>
    fc.record({
      width: fc.constant(width),
      height: fc.constant(height),
      colours: fc.uint8Array({ minLength: 3 * width * height, maxLength: 3 * width * height }),
    }),
  );
  await fc.assert(
    fc.asyncProperty(picture, async ({ width, height, colours }) => {
      const pixels = Uint8Array.from({ length: 4 * width * height }, (_, i) =>
        i % 4 === 3 ? 255 : colours[3 * (i >> 2) + (i % 4)]!,
      );
      const pen = createCanvas(width, height).getContext('2d');
      pen.drawImage(await loadImage(await png(pixels, { width, height })), 0, 0);
      expect(Buffer.from(pen.getImageData(0, 0, width, height).data)).toEqual(Buffer.from(pixels));
    }),
    { numRuns: 30 },
  );
});
