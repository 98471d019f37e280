import { expect, test } from 'vitest';
import type { Finding } from '../../src/job/preflight.ts';
import type { RecipeId } from '../../src/job/recipe.ts';
import { datasetReport } from '../../src/views/dataset-report.ts';
import { wordsIn } from '../../src/views/words.ts';
import { report } from './jobs.ts';

const addresses = { dataset: 'gs://acme/train.jsonl', evaluationDataset: undefined };
const words = wordsIn('en');
const blocker: Finding = { level: 'blocker', about: 'dataset', name: 'not-an-object', count: 2, lines: [3, 9] };
const warning: Finding = { level: 'warning', about: 'dataset', name: 'has-email', count: 1, lines: [7] };

test('the report names what is in the way before what is worth knowing', () => {
  const text = datasetReport({ dataset: report({}), findings: [warning, blocker] }, addresses, words);
  expect(text.indexOf('## In the way')).toBeGreaterThan(0);
  expect(text.indexOf('## Worth knowing')).toBeGreaterThan(text.indexOf('## In the way'));
  expect(text).toContain('A row looks like `{"input_text": "…", "output_text": "…"}`.');
  expect(text.endsWith('\n')).toBe(true);
});

test('a report that an earlier version stored is shown without what it did not know', () => {
  const text = datasetReport({ dataset: report({}), findings: [] }, addresses, words);
  expect(text).toContain('Nothing stands in the way');
  expect(text).not.toContain('| input_text |');
});

test('lengths stand in a table, outputs and the shape in lines', () => {
  const spread = { half: 5, most: 9, nearlyAll: 20, longest: 8000, over: 1, cut: 832, all: 9000, histogram: [] };
  const dataset = report({
    lengths: { input: spread },
    balance: { distinct: 3, counts: [70, 20, 10] },
    shape: { labels: ['question', 'context'], opening: true, closing: false },
  });
  const text = datasetReport({ dataset, findings: [] }, addresses, words);
  expect(text).toContain('| input_text | 5 | 9 | 20 | 8,000 | 1 | 832 |');
  expect(text).toContain('- 3 outputs, of 70, 20, and 10 rows');
  expect(text).toContain('- Most inputs share their beginning and `question:` then `context:`');
});

test('lengths and fields are those of the recipe, and what is not documented is not claimed', () => {
  const spread = { half: 5, most: 9, nearlyAll: 20, longest: 9000, over: 0, cut: 0, all: 9000, histogram: [] };
  const lengths = { input: spread, output: spread, example: { ...spread, longest: 18_000, over: 2, cut: 9808 } };
  const shown = (recipe: RecipeId, changed: Parameters<typeof report>[0]) =>
    datasetReport({ dataset: report(changed), findings: [] }, { ...addresses, recipe }, words);
  const chat = shown('open-model', { lengths, format: 'messages' });
  expect(chat).toContain(
    '| Estimated tokens | half up to | 90 % up to | 99 % up to | longest | most documented | rows above it |',
  );
  expect(chat).toContain('| Input | 5 | 9 | 20 | 9,000 | – | – |');
  expect(chat).toContain('| Answer | 5 | 9 | 20 | 9,000 | – | – |');
  expect(chat).toContain('| Both together | 5 | 9 | 20 | 18,000 | 8,192 | 2 |');
  expect(chat).not.toMatch(/cut/);
  const pairs = shown('open-model', { lengths, format: 'prompt-completion' });
  expect(pairs).toContain('| prompt | 5 |');
  expect(pairs).toContain('| completion | 5 |');
  const prompts = shown('gemini-distillation', { labelled: 0, lengths: { input: spread }, format: 'contents' });
  expect(prompts).toContain('| Input | 5 | 9 | 20 | 9,000 | – | – |');
  expect(prompts).toContain('- Without labels, the teacher writes them');
});

test('names of fields cannot break out of their code, nor bring markup in', () => {
  const named: Finding = { ...warning, name: 'unknown-field', value: '`<script>`, **b**, a&b' };
  const text = datasetReport({ dataset: report({}), findings: [named] }, addresses, words);
  expect(text).toContain('`ˋ<script>ˋ`, `**b**`, `a&b`');
});
