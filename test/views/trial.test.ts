import { describe, expect, it } from 'vitest';
import { readTrial, trialForm, trialIds, wrongIn } from '../../src/views/trial.ts';
import { around, jobIn } from './jobs.ts';
import { expectFit, said } from './slack.ts';

const { words } = around;
const without = { evaluate: false, evaluationDataset: undefined };
const typed = (prompt: string | null, line: string | null) =>
  readTrial({
    private_metadata: 'k3v9',
    state: { values: { prompt: { prompt: { value: prompt } }, line: { line: { value: line } } } },
  });

describe('the form that tries a model', () => {
  it('says who will read what is asked, and offers a row of the evaluation dataset where there is one', () => {
    const view = trialForm(jobIn('succeeded'), words);
    expectFit(view);
    expect(view).toMatchObject({ callback_id: trialIds.form, private_metadata: 'k3v9x1m4q7tz' });
    expect(said(view)).toContain('posted in this job’s thread: whoever can read the channel can read them.');
    expect(view.blocks.map(({ block_id }) => block_id)).toEqual(['shown', 'prompt', 'line']);
    const plain = trialForm({ ...jobIn('succeeded'), spec: { ...jobIn('succeeded').spec, ...without } }, words);
    expect(plain.blocks.map(({ block_id }) => block_id)).toEqual(['shown', 'prompt']);
  });

  it.each([
    ['  Classify: x ', null, { prompt: 'Classify: x', line: undefined }, undefined],
    [null, '7', { prompt: '', line: 7 }, undefined],
    ['x', '7', { prompt: 'x', line: 7 }, undefined],
    [' ', null, { prompt: '', line: undefined }, trialIds.prompt],
    ['x', '0', { prompt: 'x', line: Number.NaN }, trialIds.line],
    ['x', '1.5', { prompt: 'x', line: Number.NaN }, trialIds.line],
    ['x', '9'.repeat(40), { prompt: 'x', line: Number.NaN }, trialIds.line],
  ])('reads %j and %j', (prompt, line, read, wrong) => {
    const asked = typed(prompt, line);
    expect(asked).toEqual({ job: 'k3v9', ...read });
    expect(Object.keys(wrongIn(asked, words) ?? {})).toEqual(wrong ? [wrong] : []);
  });
});
