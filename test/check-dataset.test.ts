import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

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

  it('ends with 2 where there is nothing to read, or too much is asked', () => {
    expect(check('missing.jsonl')).toMatchObject({ status: 2, stderr: expect.stringContaining('Cannot read') });
    expect(check()).toMatchObject({ status: 2, stderr: expect.stringContaining('npm run check-dataset') });
    expect(check('a', 'b')).toMatchObject({ status: 2 });
    expect(check('a', '--unknown')).toMatchObject({ status: 2 });
  });
});
