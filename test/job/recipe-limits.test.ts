import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/job/dataset.ts';
import type { Mending } from '../../src/job/mend.ts';
import { findings, findingsOfData, isBlocker } from '../../src/job/preflight.ts';
import type { RecipeId } from '../../src/job/recipe.ts';
import { mostEvaluated, recipeIds, recipeOf, tuningRecipes } from '../../src/job/recipe.ts';
import { offered } from '../../src/job/remedy.ts';
import type { Spec } from '../../src/job/spec.ts';
import { tuningSpecs } from '../clients/tuning.ts';
import { jobIn, readWith, specWith } from './sample-jobs.ts';

const specs = { palm: specWith({ task: 'other' }), ...tuningSpecs } as Record<RecipeId, Spec>;

/** What is found of a dataset, and of an evaluation dataset beside it, by name. */
function found(recipe: RecipeId, dataset: Partial<Report>, evaluation?: Partial<Report>): string[] {
  const evaluationDataset = evaluation && readWith(evaluation);
  return findings(specs[recipe], { dataset: readWith(dataset), evaluationDataset, named: {} })
    .filter(({ name }) => !/epoch/.test(name))
    .map(({ level, about, name, count, value }) =>
      [level, about === 'dataset' ? '' : 'evaluation', name, count, value]
        .filter(it => it !== '' && it !== undefined)
        .join(' '),
    );
}

const rows = (count: number, labelled = count) => ({ rows: count, labelled });

describe('A dataset', () => {
  it.each<[RecipeId, Partial<Report>, string[]]>([
    ['palm', rows(10_001), ['blocker too-many-examples 10001 10000']],
    ['open-model', rows(10_001), []],
    ['open-model', rows(1_000_000), []],
    ['gemini-tuning', rows(10_000_000), []],
    ['gemini-tuning', rows(10_000_001), ['blocker too-many-examples 10000001 10000000']],
    ['gemini-distillation', rows(1_000_000, 0), []],
    ['palm', { ...rows(500), bytes: 2 ** 31 }, []],
    ['open-model', { ...rows(500), bytes: 2 ** 31 }, []],
    ['gemini-tuning', { ...rows(500), bytes: 2 ** 30 }, []],
    ['gemini-tuning', { ...rows(500), bytes: 2 ** 30 + 1 }, ['blocker too-large 1073741825 1073741824']],
    ['palm', rows(50), ['warning few-labelled 50']],
    ['palm', rows(500, 0), ['warning few-unlabelled 500']],
    ['open-model', rows(5), []],
    ['open-model', rows(5, 0), []],
    ['open-model', rows(5, 2), ['warning partly-labelled 3']],
    ['gemini-tuning', rows(5), []],
    ['gemini-distillation', rows(5, 0), []],
    ['gemini-distillation', rows(5, 2), []],
    ['open-model', rows(0), ['blocker no-examples 0']],
  ])('of %s with %j: %j', (recipe, report, expected) => {
    expect(found(recipe, report)).toEqual(expected);
  });

  it('is warned of labels that are not read, but not where Retort compares answers with them', () => {
    const labelled = { ...rows(60), oddities: { 'output-unread': { count: 60, lines: [1, 2] } } };
    expect(found('gemini-distillation', labelled, labelled)).toEqual(['warning output-unread 60']);
  });

  it.each(tuningRecipes)('has each finding named by the format that it is in: %s', recipe => {
    const noted = { count: 1, lines: [3] };
    const report = readWith({
      format: 'contents',
      faults: { 'empty-input': noted },
      oddities: { 'empty-output': noted },
    });
    const { dataset } = recipeOf(recipe);
    for (const those of [
      findings(specs[recipe], { dataset: report, named: {} }),
      findingsOfData({ dataset: report.report }, dataset),
    ]) {
      expect(those.map(({ name }) => name)).toEqual(['empty-input', 'empty-output']);
      expect(those.every(({ format }) => format === 'contents')).toBe(true);
    }
  });
});

describe('An evaluation dataset', () => {
  it.each<[RecipeId, number, number, string[]]>([
    ['palm', 500, 9, ['blocker evaluation evaluation-too-small 9']],
    ['palm', 500, 250, []],
    ['palm', 500, 251, ['blocker evaluation evaluation-too-large 251']],
    ['open-model', 400, 1, []],
    ['open-model', 400, 100, []],
    ['open-model', 400, 101, ['blocker evaluation evaluation-too-large-a-share 101 100']],
    ['open-model', 100_000, 4999, []],
    ['open-model', 100_000, 5000, ['blocker evaluation evaluation-too-large 5000']],
    ['gemini-tuning', 100, 1000, []],
    ['gemini-tuning', 100, 1001, ['blocker evaluation evaluation-too-large-a-share 1001 1000']],
    ['gemini-tuning', 10_000, 3000, []],
    ['gemini-tuning', 10_000, 3001, ['blocker evaluation evaluation-too-large-a-share 3001 3000']],
    ['gemini-tuning', 100_000, 5001, ['blocker evaluation evaluation-too-large 5001']],
    ['gemini-distillation', 100, 100_000, []],
  ])('of %s beside %i examples with %i: %j', (recipe, dataset, evaluation, expected) => {
    expect(found(recipe, rows(dataset), rows(evaluation))).toEqual(expected);
    const allowed = mostEvaluated(recipeOf(recipe).dataset, dataset);
    expect(evaluation > allowed).toBe(expected.some(name => /too-large/.test(name)));
  });

  it('is not held to a share of a dataset that has no example, or was not read', () => {
    expect(found('open-model', rows(0), rows(60))).toEqual(['blocker no-examples 0']);
    const unread = findings(specs['open-model'], {
      dataset: { is: 'missing' },
      evaluationDataset: readWith(rows(60)),
      named: {},
    });
    expect(unread.map(({ name }) => name)).toEqual(['missing']);
  });

  it.each<[RecipeId, string[]]>([
    ['palm', ['warning evaluation unlabelled-evaluation 60']],
    ['open-model', ['warning evaluation unlabelled-evaluation 60']],
    ['gemini-distillation', []],
  ])('of %s without labels: %j', (recipe, expected) => {
    expect(found(recipe, rows(2400), rows(60, 0))).toEqual(expected);
  });
});

describe('What is offered', () => {
  /** A job in whose dataset these things were found. */
  function having(recipe: RecipeId, names: readonly string[], dataset: Partial<Report> = {}, evaluate = true) {
    const { evaluationDataset, ...spec } = specs[recipe];
    return jobIn('refused', {
      spec: { ...spec, evaluate, ...(evaluate && { evaluationDataset }) } as Spec,
      readings: [readWith(dataset), ...(evaluate ? [readWith(rows(60))] : [])],
      findings: names.map(name => ({ level: 'blocker', about: 'dataset', name, count: 1, lines: [1] })),
    });
  }

  it.each<[RecipeId, string[], Partial<Report>, boolean, Mending[]]>([
    ['open-model', ['format-input-output'], {}, true, ['convert']],
    ['gemini-tuning', ['format-variant', 'no-output'], {}, true, ['convert', 'drop-unusable']],
    ['gemini-distillation', ['no-content'], {}, true, ['drop-unusable']],
    ['open-model', ['mixed-formats', 'repeated-input'], {}, true, ['convert', 'drop-duplicates']],
    ['open-model', ['mixed-formats', 'wrong-role'], {}, true, ['drop-unusable']],
    ['open-model', ['evaluation-too-large-a-share'], rows(30), true, ['cut-evaluation']],
    ['open-model', [], rows(4), false, []],
    ['open-model', [], rows(5), false, ['cut-evaluation']],
    ['open-model', [], rows(20_000), false, ['cut-evaluation']],
    ['open-model', [], rows(20_001), false, []],
    ['gemini-tuning', [], rows(2), false, ['cut-evaluation']],
    ['gemini-tuning', [], rows(1), false, []],
    ['palm', [], rows(19), false, []],
    ['palm', [], rows(20), false, ['cut-evaluation']],
    ['palm', [], rows(10_001), false, []],
  ])('to a job of %s with %j, %j, evaluated %j: %j', (recipe, names, dataset, evaluate, mendings) => {
    expect(offered(having(recipe, names, dataset, evaluate))).toEqual(mendings);
  });
});

it('every recipe that limits an evaluation dataset allows some of one', () => {
  for (const recipe of recipeIds) {
    const { dataset } = recipeOf(recipe);
    expect(mostEvaluated(dataset, 1000)).toBeGreaterThanOrEqual(dataset.evaluation.least ?? 1);
  }
});

it('what is in the way is a blocker', () => {
  const all = findings(specs['gemini-tuning'], {
    dataset: readWith({ ...rows(500), bytes: 2 ** 31 }),
    evaluationDataset: readWith(rows(6000)),
    named: {},
  });
  expect(all.map(({ name }) => name)).toEqual(['too-large', 'evaluation-too-large']);
  expect(all.every(isBlocker)).toBe(true);
});
