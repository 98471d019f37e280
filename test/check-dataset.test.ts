import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { recipeIds } from '../src/job/recipe.ts';
import { writtenAs } from '../src/local/samples/formats.ts';

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'retort-check-'));
afterAll(() => rmSync(folder, { recursive: true }));

function check(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['src/check-dataset.ts', ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

const sample = (name: string) => `src/local/samples/${name}.jsonl`;

describe('npm run check-dataset', () => {
  it('finds nothing in the samples, and ends well', () => {
    const { status, stdout } = check(sample('train'), '--eval', sample('eval'));
    expect(stdout).toContain('- 420 rows, all labelled;');
    expect(stdout).toContain('## Evaluation dataset\n\n- 60 rows, all labelled;');
    expect(stdout).toContain('Nothing stands in the way, and there is nothing to warn of.');
    expect(status).toBe(0);
  });

  it('ends with 1 where something is in the way, and says what, with lines', () => {
    const { status, stdout } = check(sample('broken'));
    expect(stdout).toContain('- 2 rows have no `input_text`, the prompt (lines 19 and 79).');
    expect(stdout).toContain('- 1 row repeats an earlier row (line 92).');
    expect(status).toBe(1);
  });

  it('finds rows that stand in both datasets', () => {
    const { status, stdout } = check(sample('train'), '--eval', sample('train'));
    expect(stdout).toContain('- 420 rows stand in the evaluation dataset, too (lines 1, 2, 3');
    expect(stdout).toContain('- The evaluation dataset has 420 examples; Vertex AI takes 10 to 250.');
    expect(status).toBe(1);
  });

  it('recognises a file of another service', () => {
    const path = join(folder, 'chat.jsonl');
    writeFileSync(path, '{"messages": [{"role": "user", "content": "a"}]}\n'.repeat(3));
    const { status, stdout } = check(path);
    expect(stdout).toContain('- 3 rows are written as chat messages (`messages`) (lines 1, 2, and 3).');
    expect(status).toBe(1);
  });

  it.each([
    ['open-model', 'messages', '| Both together |'],
    ['gemini-tuning', 'contents', '| Both together |'],
    ['gemini-distillation', 'contents', '| Input |'],
  ] as const)('checks a dataset for another recipe: %s', (recipe, format, row) => {
    const paths = (['train', 'eval'] as const).map(name => {
      const path = join(folder, `${name}-${recipe}.jsonl`);
      writeFileSync(path, writtenAs(format, readFileSync(join(root, sample(name)), 'utf8')));
      return path;
    });
    const { status, stdout } = check(paths[0]!, '--eval', paths[1]!, '--recipe', recipe);
    expect(stdout).toContain('- 420 rows, all labelled;');
    expect(stdout).toContain('## Evaluation dataset\n\n- 60 rows, all labelled;');
    expect(stdout).toContain(row);
    expect(stdout).not.toContain('## In the way');
    expect(stdout.includes('420 rows have an answer')).toBe(recipe === 'gemini-distillation');
    expect(status).toBe(0);
  });

  it('finds the documented fields to be those of another recipe', () => {
    const { status, stdout } = check(sample('train'), '--recipe', 'open-model');
    expect(stdout).toContain('- 420 rows are written as pairs of `input_text` and `output_text` (lines 1, 2, 3');
    expect(stdout).toContain('This recipe reads chat messages (`messages`) or pairs of `prompt` and `completion` or');
    expect(status).toBe(1);
  });

  it('tells on request how it is called, and for which recipes', () => {
    const { status, stdout } = check('--help');
    expect(stdout).toContain('--recipe ID');
    for (const recipe of recipeIds) expect(stdout).toContain(recipe);
    expect(status).toBe(0);
  });

  it('ends with 2 where there is nothing to read, or too much is asked', () => {
    expect(check('missing.jsonl')).toMatchObject({ status: 2, stderr: expect.stringContaining('Cannot read') });
    expect(check()).toMatchObject({ status: 2, stderr: expect.stringContaining('npm run check-dataset') });
    expect(check('a', 'b')).toMatchObject({ status: 2 });
    expect(check('a', '--unknown')).toMatchObject({ status: 2 });
    expect(check(sample('train'), '--recipe', 'unknown')).toMatchObject({ status: 2 });
  });
});
