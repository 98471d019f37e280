import { describe, expect, it } from 'vitest';
import { faults, oddities } from '../../src/job/dataset.ts';
import type { Answer, Known, Reading } from '../../src/job/preflight.ts';
import { findings, isBlocker, named } from '../../src/job/preflight.ts';
import type { Spec } from '../../src/job/spec.ts';
import { valueIn } from '../../src/job/spec.ts';
import { fine, readWith, specWith, tuningSpecWith } from './sample-jobs.ts';

const spec = specWith({ serviceAccount: 'pipelines@retort.iam.gserviceaccount.com', encryptionKey: 'the key' });

function found(changes: Partial<Known>, of: Spec = spec) {
  return findings(of, { ...fine, ...changes });
}

describe('findings()', () => {
  it('are none where nothing stands in the way', () => {
    expect(findings(spec, fine)).toEqual([]);
  });

  it('are none of an evaluation dataset that was not asked for', () => {
    expect(findings(spec, { dataset: readWith(), named: {} })).toEqual([]);
  });

  it.each<[Reading, { name: string; value?: string }]>([
    [{ is: 'missing' }, { name: 'missing' }],
    [{ is: 'forbidden' }, { name: 'forbidden' }],
    [
      { is: 'not-fetched', why: 'file_deleted' },
      { name: 'not-fetched', value: 'file_deleted' },
    ],
  ])('block a dataset that could not be read: $is', (reading, finding) => {
    expect(found({ dataset: reading })).toEqual([{ level: 'blocker', about: 'dataset', ...finding }]);
    expect(found({ evaluationDataset: reading })).toEqual([
      { level: 'blocker', about: 'evaluationDataset', ...finding },
    ]);
  });

  it.each(faults)('block a dataset with %s', name => {
    const noted = { count: 3, lines: [2, 4, 9] };
    expect(found({ dataset: readWith({ faults: { [name]: noted } }) })).toEqual([
      { level: 'blocker', about: 'dataset', name, ...noted },
    ]);
  });

  it.each(oddities)('warn of %s', name => {
    const noted = { count: 1, lines: [7] };
    const unknownFields = name === 'unknown-field' ? ['comment', 'id'] : [];
    expect(found({ dataset: readWith({ oddities: { [name]: noted }, unknownFields }) })).toEqual([
      { level: 'warning', about: 'dataset', name, ...noted, ...(unknownFields.length && { value: 'comment, id' }) },
    ]);
  });

  it('warn of an object in another project', () => {
    expect(found({ dataset: { ...readWith(), elsewhere: true } })).toEqual([
      { level: 'warning', about: 'dataset', name: 'elsewhere' },
    ]);
  });

  it.each([
    { rows: 2400, labelled: 2400, says: [] },
    { rows: 10_000, labelled: 10_000, says: ['warning below-one-epoch 300'] },
    { rows: 10_001, labelled: 10_001, says: ['blocker too-many-examples 10001', 'warning below-one-epoch 300'] },
    { rows: 10_001, labelled: 1, says: ['blocker too-many-examples 10001', 'warning below-one-epoch 300'] },
    { rows: 0, labelled: 0, says: ['blocker no-examples 0'] },
    { rows: 100, labelled: 100, says: [] },
    { rows: 99, labelled: 99, says: ['warning few-labelled 99'] },
    { rows: 240, labelled: 239, says: ['warning partly-labelled 1'] },
    { rows: 240, labelled: 1, says: ['warning partly-labelled 239'] },
    { rows: 1001, labelled: 0, says: [] },
    { rows: 1000, labelled: 0, says: ['warning few-unlabelled 1000'] },
  ])('say $says of $rows examples of which $labelled are labelled', ({ rows, labelled, says }) => {
    const those = found({ dataset: readWith({ rows, labelled }) });
    expect(those.map(({ level, name, count }) => `${level} ${name} ${count}`)).toEqual(says);
  });

  it.each([
    { rows: 0, says: ['no-examples'] },
    { rows: 9, says: ['evaluation-too-small'] },
    { rows: 10, says: [] },
    { rows: 250, says: [] },
    { rows: 251, says: ['evaluation-too-large'] },
  ])('say $says of an evaluation dataset of $rows examples', ({ rows, says }) => {
    const those = found({ evaluationDataset: readWith({ rows, labelled: rows }) });
    expect(those.map(({ name }) => name)).toEqual(says);
    expect(those.every(isBlocker)).toBe(true);
  });

  it.each([
    { changes: { steps: 29 }, says: ['below-one-epoch', 'steps-outside-range'] },
    { changes: { steps: 30, task: 'other' }, says: [] },
    { changes: { steps: 199 }, says: ['steps-outside-range'] },
    { changes: { steps: 1000 }, says: [] },
    { changes: { steps: 1001 }, says: ['steps-outside-range'] },
    { changes: { steps: 10_800, task: 'other' }, says: [] },
    { changes: { steps: 10_801, task: 'other' }, says: ['many-epochs'] },
  ] as const)('say $says of $changes over 240 examples', ({ changes, says }) => {
    expect(findings({ ...spec, ...changes }, fine).map(({ name }) => name)).toEqual(says);
  });

  it('warn of rows that stand in the evaluation dataset, too', () => {
    const exact = { count: 2, lines: [4, 9] };
    const near = { count: 1, lines: [3] };
    expect(found({ leaks: { exact, near } })).toEqual([
      { level: 'warning', about: 'dataset', name: 'in-evaluation', ...exact },
      { level: 'warning', about: 'dataset', name: 'near-evaluation', ...near },
    ]);
  });

  it('do not say that there are no examples where the lines say why', () => {
    const nothing = readWith({ rows: 0, labelled: 0, faults: { 'not-json': { count: 1, lines: [1] } } });
    expect(found({ dataset: nothing }).map(({ name }) => name)).toEqual(['not-json']);
  });

  it.each(named)('follow what was learnt of %s: fine, wrong, or not known', about => {
    const naming = [spec, tuningSpecWith()].find(one => valueIn(one, about) !== undefined)!;
    const say = (answer: Answer) => found({ named: { [about]: answer } }, naming);
    expect(say({ is: 'fine' })).toEqual([]);
    expect(say({ is: 'wrong', why: 'not-there', about: 'it' })).toEqual([
      { level: 'blocker', about, name: 'wrong-not-there', value: 'it' },
    ]);
    expect(say({ is: 'wrong', why: 'no-right', about: 'the right' })).toEqual([
      { level: 'blocker', about, name: 'wrong-no-right', value: 'the right' },
    ]);
    for (const why of ['no-right', 'no-answer', 'not-retort', 'not-named'] as const)
      expect(say({ is: 'unknown', why, about: '' })).toEqual([
        { level: 'warning', about, name: `unknown-${why}`, value: valueIn(naming, about) },
      ]);
  });

  it('name blockers before warnings', () => {
    const those = findings(spec, {
      dataset: readWith({ rows: 50, labelled: 50, oddities: { 'blank-line': { count: 1, lines: [3] } } }),
      evaluationDataset: readWith({ rows: 5, labelled: 5 }),
      named: {
        pipelineRoot: { is: 'unknown', why: 'no-answer', about: '' },
        tensorboard: { is: 'wrong', why: 'not-there', about: '' },
      },
    });
    expect(those.map(({ level, name }) => `${level} ${name}`)).toEqual([
      'blocker evaluation-too-small',
      'blocker wrong-not-there',
      'warning few-labelled',
      'warning blank-line',
      'warning unknown-no-answer',
    ]);
  });
});
