import { describe, expect, it } from 'vitest';
import { converter } from '../../src/job/convert.ts';
import type { JobIn } from '../../src/job/job.ts';
import type { RecipeId } from '../../src/job/recipe.ts';
import { recipeIds, recipeOf } from '../../src/job/recipe.ts';
import { evaluationRow, evaluationRows } from '../../src/steps/evaluation-rows.ts';
import { tuningSpecs } from '../clients/tuning.ts';
import { jobIn } from '../job/sample-jobs.ts';
import { steadyWorld } from './steady-world.ts';

const { storage } = steadyWorld();

/** A job of a recipe that has succeeded, and a bucket that holds this evaluation dataset. */
function evaluated(
  recipe: RecipeId,
  text: string,
  { generation, size = 1 << 16 }: { generation?: string; size?: number } = {},
) {
  const succeeded = jobIn('succeeded') as JobIn<'succeeded'>;
  const spec = recipe === 'palm' ? succeeded.spec : tuningSpecs[recipe];
  const bytes = new TextEncoder().encode(text);
  let read = 0;
  const world = {
    storage: {
      ...storage,
      open: async () =>
        ({
          is: 'open',
          generation: generation ?? succeeded.checked.evaluationDataset!.generation,
          size: bytes.length,
          elsewhere: false,
          chunks: (async function* () {
            for (let at = 0; at < bytes.length; at += size) {
              read = at + size;
              yield bytes.subarray(at, at + size);
            }
          })(),
        }) as const,
    },
  };
  return { job: { ...succeeded, spec } as JobIn<'succeeded'>, world, read: () => read };
}

describe('evaluationRows()', () => {
  it.each(recipeIds.flatMap(recipe => recipeOf(recipe).dataset.formats.map(format => [recipe, format] as const)))(
    'reads the rows of %s in %s, those that have a label',
    async (recipe, format) => {
      const row = (input: string, output?: string) =>
        converter(format)(JSON.stringify({ input_text: input, output_text: output }))!.text;
      const lines = [row('Q', 'A'), '{', '', row('R'), row('S', 'B')];
      for (const size of [7, 1 << 16]) {
        const { job, world } = evaluated(recipe, lines.join('\n'), { size });
        expect(await evaluationRows(job, world)).toEqual([
          { line: 1, input: 'Q', expected: 'A' },
          { line: 5, input: 'S', expected: 'B' },
        ]);
        const isNeeded = recipeOf(recipe).dataset.labels === 'needed';
        expect(await evaluationRow(job, 4, world)).toEqual(
          isNeeded ? undefined : { line: 4, input: 'R', expected: undefined },
        );
        expect(await evaluationRow(job, 2, world)).toBeUndefined();
        expect(await evaluationRow(job, 9, world)).toBeUndefined();
      }
    },
  );

  it('reads none where the evaluation dataset is not the one any more that was checked', async () => {
    const { job, world } = evaluated('palm', '{"input_text": "Q", "output_text": "A"}', { generation: 'another' });
    expect(await evaluationRows(job, world)).toBeUndefined();
    expect(await evaluationRow(job, 1, world)).toBeUndefined();
  });

  it('leaves out what cannot be asked in words', async () => {
    const picture = {
      contents: [{ parts: [{ text: 'Q' }, { fileData: {} }] }, { role: 'model', parts: [{ text: 'A' }] }],
    };
    const { job, world } = evaluated('gemini-tuning', JSON.stringify(picture));
    expect(await evaluationRows(job, world)).toEqual([]);
  });

  it('draws 250 of many, the same each time, from everywhere, in their order', async () => {
    const rows = Array.from({ length: 3000 }, (_, i) => JSON.stringify({ prompt: `Q ${i}`, completion: 'A' }));
    const { job, world } = evaluated('open-model', rows.join('\n'));
    const drawn = (await evaluationRows(job, world))!;
    expect(drawn).toHaveLength(250);
    expect(drawn).toEqual(await evaluationRows(job, world));
    const lines = drawn.map(({ line }) => line);
    expect(lines).toEqual(lines.toSorted((a, b) => a - b));
    expect(new Set(lines).size).toBe(250);
    for (const third of [0, 1, 2]) {
      const inThird = lines.filter(line => Math.floor((line - 1) / 1000) === third);
      expect(inThird.length).toBeGreaterThan(50);
    }
    // One that was not drawn can be asked about all the same.
    const other = rows.findIndex((_, i) => !lines.includes(i + 1)) + 1;
    expect(await evaluationRow(job, other, world)).toMatchObject({ line: other, input: `Q ${other - 1}` });
  });

  it('reads 20 MB of it at most, in whole rows, and no further than a line that is asked for', async () => {
    const rows = Array.from({ length: 300 }, (_, i) =>
      JSON.stringify({ prompt: `${i} ${'x'.repeat(100_000)}`, completion: 'A' }),
    );
    const { job, world, read } = evaluated('open-model', rows.join('\n'));
    const drawn = (await evaluationRows(job, world))!;
    expect(read()).toBeLessThan(20_200_000);
    expect(drawn.map(({ line }) => line)).toEqual(Array.from({ length: drawn.length }, (_, i) => i + 1));
    expect(drawn.length).toBe(200);
    expect(await evaluationRow(job, 3, world)).toMatchObject({ line: 3 });
    expect(read()).toBeLessThan(500_000);
  });
});
