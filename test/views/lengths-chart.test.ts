import { describe, expect, it } from 'vitest';
import { createCanvas } from '../../src/clients/canvas.ts';
import { lengthsTaken, perDoubling } from '../../src/job/lengths.ts';
import { lengthsChart } from '../../src/views/lengths-chart.ts';
import { wordsIn } from '../../src/views/words.ts';

const words = wordsIn('en');
function spreadOf(tokens: readonly number[], limit?: number) {
  const lengths = lengthsTaken();
  for (const one of tokens) lengths.take(one);
  return lengths.spread(limit)!;
}
const input = spreadOf([1, 2, 57, 64, 7168, 9000], 7168);
const output = spreadOf([2, 3, 3], 1024);
const chart = (lengths: Parameters<typeof lengthsChart>[0]['lengths']) =>
  lengthsChart({ modelName: 'support-intents-v3', lengths }, words);

describe('lengthsChart()', () => {
  it('has a panel of inputs, and one of outputs where there are labels', () => {
    const axes = (lengths: Parameters<typeof chart>[0]) =>
      Object.keys(chart(lengths)?.configuration.options?.scales ?? {});
    expect(axes({ input })).toEqual(['x', 'input']);
    expect(axes({ input, output })).toEqual(['x', 'input', 'output', 'between']);
    expect(axes({ input, output: spreadOf([0, 0], 1024) })).toEqual(['x', 'input']);
  });

  it('counts every row in one bar, the lengths beyond the limit apart from the others', () => {
    const bars = chart({ input })?.configuration.data.datasets.map(({ label, data }) => [label, data]);
    expect(bars?.slice(0, 2)).toEqual([
      [
        'input',
        [0, 4, 24, 24, 52].reduce<{ x: number; y: number }[]>((sum, place, i, all) => {
          if (i > 0 && all[i - 1] === place) sum.at(-1)!.y++;
          else sum.push({ x: Math.max(0, place - 0.5) / perDoubling, y: 1 });
          return sum;
        }, []),
      ],
      ['input, beyond the limit', [{ x: 52.5 / perDoubling, y: 1 }]],
    ]);
  });

  it('says the same in words', () => {
    expect(chart({ input, output })?.alt).toBe(
      'Lengths in the dataset of support-intents-v3, in estimated tokens. Inputs: half up to 57, nine in ten up to 9,000, longest 9,000; 1 is cut at 7,168. Outputs: half up to 3, nine in ten up to 3, longest 3; none is cut at 1,024.',
    );
  });

  it('has a panel of whole examples where those have a limit, and a line where it lies', () => {
    const lengths = { input: spreadOf([10, 8000]), output: spreadOf([2, 3000]), example: spreadOf([12, 11_000], 8192) };
    const { configuration, alt } = lengthsChart(
      { modelName: 'support-intents-v3', lengths, tokens: { example: 8192 } },
      words,
    )!;
    expect(Object.keys(configuration.options?.scales ?? {})).toEqual(['x', 'example', 'output', 'between']);
    expect(configuration.data.datasets.map(({ label }) => label)).toEqual([
      ...['example', 'example, beyond the limit', 'example, limit'],
      ...['output', 'output, beyond the limit'],
    ]);
    expect(alt).toBe(
      'Lengths in the dataset of support-intents-v3, in estimated tokens. Input and output together: half up to 12, nine in ten up to 11,000, longest 11,000; 1 is above 8,192. Outputs: half up to 2, nine in ten up to 3,000, longest 3,000.',
    );
    expect(JSON.stringify(configuration.options)).not.toContain('cut at');
  });

  it('has no line where no limit is documented', () => {
    const lengths = { input: spreadOf([10, 80_000]), output: spreadOf([2]) };
    const { configuration, alt } = lengthsChart({ modelName: 'm', lengths, tokens: {} }, words)!;
    expect(configuration.data.datasets.map(({ label }) => label)).not.toContain('input, limit');
    expect(alt).toContain('Inputs: half up to 10, nine in ten up to 80,000, longest 80,000. Outputs:');
  });

  it('draws nothing where no length is known', () => {
    expect(chart(undefined)).toBeUndefined();
    expect(chart({ input: spreadOf([0], 7168) })).toBeUndefined();
  });

  it.each([1, 2, 7168, 7169, 1_000_000])('can be drawn of texts of %d tokens', async longest => {
    const drawing = chart({ input: spreadOf([longest], 7168), output: spreadOf([longest], 1024) });
    const png = await createCanvas().draw(drawing!.configuration);
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1200, 750]);
  });
});
