import { expect, test } from 'vitest';
import { faults, oddities } from '../../src/job/dataset.ts';
import type { Reading } from '../../src/job/preflight.ts';
import { findings as findingsOf } from '../../src/job/preflight.ts';
import type { DatasetFormat } from '../../src/job/recipe.ts';
import { recipeOf, tuningRecipes } from '../../src/job/recipe.ts';
import { languages, wordsIn } from '../../src/views/words.ts';
import { tuningSpecs } from '../clients/tuning.ts';
import { report } from './jobs.ts';
import { badlySpaced } from './typography.ts';

const noted = { count: 2, lines: [3, 5] };
const everyFault = Object.fromEntries(faults.map(name => [name, noted]));
const everyOddity = Object.fromEntries(oddities.map(name => [name, noted]));

function read(changed: Parameters<typeof report>[0], elsewhere: boolean | undefined = false): Reading {
  return { is: 'read', report: report(changed), generation: '1', elsewhere };
}

/** Everything that can be found of a recipe's datasets, in a format. */
function found(recipe: (typeof tuningRecipes)[number], format: DatasetFormat) {
  const spec = tuningSpecs[recipe];
  const readings: Reading[] = [
    read({ format, faults: everyFault, oddities: everyOddity, unknownFields: ['id'], meant: ['query'] }, true),
    ...[
      { rows: 0, labelled: 0 },
      { rows: 9, labelled: 3 },
      { rows: 9, labelled: 0 },
      { rows: 20_000_000, labelled: 5 },
    ].map(rows => read({ format, ...rows })),
    read({ format, bytes: 2 ** 32 }),
    { is: 'not-mended', why: 'too-few', uri: 'gs://acme-ml/a.jsonl' },
    { is: 'read', report: report({ format }), generation: '1' },
  ];
  const small = { dataset: read({ format, rows: 40, labelled: 40 }), named: {} };
  return [
    ...readings.flatMap(dataset => findingsOf(spec, { dataset, evaluationDataset: dataset, named: {} })),
    ...findingsOf(spec, { ...small, evaluationDataset: read({ format, rows: 2000, labelled: 2000 }) }),
    ...findingsOf(spec, { ...small, evaluationDataset: read({ format, rows: 6000, labelled: 6000 }) }),
  ];
}

const all = languages.flatMap(language =>
  tuningRecipes.flatMap(recipe => recipeOf(recipe).dataset.formats.map(format => [language, recipe, format] as const)),
);

test.each(all)('what is found is said in sentences of its own: %s, %s, %s', (language, recipe, format) => {
  const both = new Intl.ListFormat(language).format(['3', '5']);
  const { finding: say } = wordsIn(language);
  const sentences = found(recipe, format).map(finding => [finding, String(say(finding, tuningSpecs[recipe]))] as const);
  for (const [{ name, lines }, sentence] of sentences) {
    expect(sentence).toMatch(/[.]$/);
    expect(sentence).not.toMatch(/undefined|NaN|Infinity|\[object/);
    if (lines && !['byte-order-mark', 'not-compared'].includes(name)) expect(sentence).toContain(both);
    if (language === 'fr') expect(badlySpaced(sentence)).toEqual([]);
    // What only the documented pipeline is known to do is not said of another recipe.
    expect(sentence).not.toMatch(/pipeline|text-bison/);
    if (!/truncated|format-input-output/.test(name))
      expect(sentence).not.toMatch(/input_text|output_text|cuts off|tronque/);
  }
});

const sentenceOf = (name: string, recipe: (typeof tuningRecipes)[number], format: DatasetFormat) => {
  const finding = { level: 'blocker', about: 'dataset', name, ...noted, format } as const;
  return String(wordsIn('en').finding(finding, tuningSpecs[recipe]));
};

test.each([
  ['empty-input', 'open-model', 'prompt-completion', '2 rows have an empty `prompt` (lines 3 and 5).'],
  ['empty-input', 'gemini-tuning', 'contents', '2 rows have an empty prompt (lines 3 and 5).'],
  [
    'output-not-text',
    'open-model',
    'prompt-completion',
    '2 rows have a `completion` that is not text (lines 3 and 5). Put it in quotation marks, or leave it out.',
  ],
  [
    'output-not-text',
    'open-model',
    'messages',
    '2 rows have an answer that is not text (lines 3 and 5). A row looks like `{"messages": [{"role": "user", "content": "…"}, {"role": "assistant", "content": "…"}]}`.',
  ],
  [
    'no-content',
    'gemini-tuning',
    'contents',
    '2 rows have a turn without `parts` (lines 3 and 5). A row looks like `{"contents": [{"role": "user", "parts": [{"text": "…"}]}, {"role": "model", "parts": [{"text": "…"}]}]}`.',
  ],
  [
    'wrong-role',
    'open-model',
    'contents',
    '2 rows have a turn of another role than `user`, `model` (lines 3 and 5). A row looks like `{"contents": [{"role": "user", "parts": [{"text": "…"}]}, {"role": "model", "parts": [{"text": "…"}]}]}`.',
  ],
  [
    'example-too-long',
    'open-model',
    'messages',
    '2 rows are estimated above 8,192 tokens, input and output together (lines 3 and 5): more than is documented for an example. Shorten them.',
  ],
] as const)('%s of %s in %s', (name, recipe, format, expected) => {
  expect(sentenceOf(name, recipe, format)).toBe(expected);
});

test.each([
  [
    40,
    2000,
    'The evaluation dataset has 2,000 examples; beside this dataset Vertex AI takes at most 10, 25% of its examples. Choose fewer.',
    'open-model',
  ],
  [
    40,
    2000,
    'The evaluation dataset has 2,000 examples; beside this dataset Vertex AI takes at most 1,000. Choose fewer.',
    'gemini-tuning',
  ],
  [40, 6000, 'The evaluation dataset has 6,000 examples; Vertex AI takes at most 5,000.', 'gemini-tuning'],
  [
    5000,
    2000,
    'The evaluation dataset has 2,000 examples; beside this dataset Vertex AI takes at most 1,500, 30% of its examples. Choose fewer.',
    'gemini-tuning',
  ],
] as const)('an evaluation dataset beside %i examples with %i: %s', (dataset, evaluation, expected, recipe) => {
  const [finding] = findingsOf(tuningSpecs[recipe], {
    dataset: read({ rows: dataset, labelled: dataset, format: 'contents' }),
    evaluationDataset: read({ rows: evaluation, labelled: evaluation, format: 'contents' }),
    named: {},
  });
  expect(String(wordsIn('en').finding(finding!, tuningSpecs[recipe]))).toBe(expected);
});

test.each(languages)('a conversion is told with what it leaves out: %s', language => {
  const { mend } = wordsIn(language);
  const counts = { dataset: { rows: 9, kept: 9, changed: 8, unusable: 1, unlabelled: 7 } };
  const told = String(mend.mended('convert', counts, tuningSpecs['gemini-distillation']));
  expect(told).toMatch(/8 .*9 .*7 .*1 /);
  expect(told).toContain('`contents`');
  if (language === 'fr') expect(badlySpaced(told)).toEqual([]);
  const plain = String(
    mend.mended('convert', { dataset: { rows: 9, kept: 9, changed: 8, unusable: 0 } }, tuningSpecs['gemini-tuning']),
  );
  expect(plain).not.toMatch(/answer|réponse/);
});

test.each([
  [
    'open-model',
    { over: 3 },
    'Length of input and output together (estimated): half under 6 tokens, longest 18,000; 3 rows above the 8,192 that are documented.',
  ],
  [
    'open-model',
    { over: 0 },
    'Length of input and output together (estimated): half under 6 tokens, longest 18,000; none above the 8,192 that are documented.',
  ],
  ['gemini-distillation', undefined, 'Length (estimated): half under 6 tokens, longest 9,000.'],
] as const)('lengths are told without a claim that no page makes: %s, %j', (recipe, example, expected) => {
  const spread = { half: 5, most: 9, nearlyAll: 20, longest: 9000, over: 0, cut: 0, all: 9000, histogram: [] };
  const lengths = { input: spread, ...(example && { example: { ...spread, longest: 18_000, ...example } }) };
  expect(String(wordsIn('en').posts.dataset.lengths(lengths, tuningSpecs[recipe]))).toBe(expected);
});
