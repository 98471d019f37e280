import { expect, test } from 'vitest';
import { otherThan } from '../../src/job/recipe.ts';
import type { PipelineSpec } from '../../src/job/spec.ts';
import { isError, problems } from '../../src/job/spec.ts';
import { card } from '../../src/views/card.ts';
import { switchView } from '../../src/views/switch.ts';
import { switchIds } from '../../src/views/switch-ids.ts';
import type { PipelineJob } from './jobs.ts';
import { around, jobIn } from './jobs.ts';
import { expectFit, said } from './slack.ts';

/** The form that switches a queued job of this spec, where these accelerators need approval. */
function switching(spec: Partial<PipelineSpec> = {}, approvalFor: readonly ('TPU' | 'GPU')[] = ['TPU']) {
  return switchingJob(jobIn('queued', { spec }), approvalFor);
}

function switchingJob(job: PipelineJob, approvalFor: readonly ('TPU' | 'GPU')[] = ['TPU']) {
  const spec = { ...job.spec, accelerator: otherThan(job.spec.accelerator) };
  const view = switchView(job, { spec, wrong: problems(spec).filter(isError) }, around, { approvalFor });
  expectFit(view);
  return view;
}

test('a switch to GPU says everything that changes, as it was and as it would be', () => {
  const view = switching();
  expect(said(view)).toBe(
    [
      '*support-intents-v3* gives up its place in line, and begins anew on the other accelerator. That changes:',
      '• Accelerator: TPU, 64 v3 cores → *GPU, 8 × A100 80 GB*',
      '• Tuning region: europe-west4 → *us-central1*',
      '• Batch size: 24 → *8*',
      '• Epochs: 15 epochs → *5 epochs*',
      '• Approval: needed → *not needed*',
    ].join('\n'),
  );
  expect(view).toMatchObject({
    callback_id: switchIds.form,
    private_metadata: 'k3v9x1m4q7tz',
    title: { text: 'Switch to GPU' },
    submit: { text: 'Switch' },
    close: { text: 'Leave it' },
  });
});

test('a switch to TPU says that it is asked for again', () => {
  const text = said(switching({ accelerator: 'GPU' }));
  expect(text).toContain('• Approval: not needed → *needed*');
  expect(text).toContain('an approval binds to the exact spec');
});

test('what stays as it is is not listed', () => {
  expect(said(switching({}, ['TPU', 'GPU']))).not.toContain('• Approval');
  expect(said(switching({}, ['TPU', 'GPU']))).toContain('asked for again');
  expect(said(switching({}, []))).not.toContain('pproval');
});

test('the epochs are left out where the number of rows is not known', () => {
  expect(said(switchingJob(jobIn('checking')))).not.toContain('Epochs');
});

test('a job that cannot run on the other accelerator is told why, and cannot be switched', () => {
  const encryptionKey = 'projects/acme/locations/us-central1/keyRings/ring/cryptoKeys/key';
  const view = switching({ accelerator: 'GPU', encryptionKey });
  expect(view.submit).toBeUndefined();
  expect(said(view)).toContain('*support-intents-v3* cannot run there as it is:');
  expect(said(view)).toContain('CMEK works only where pipeline, tuning, upload and key are all in us-central1');
  expect(said(view)).not.toContain('→');
});

test('a job whose TensorBoard is only where it tunes now cannot be switched away from it', () => {
  const tensorboard = 'projects/acme/locations/europe-west4/tensorboards/8123';
  const view = switching({ tensorboard });
  expect(view.submit).toBeUndefined();
  expect(said(view)).toContain('This TensorBoard is in europe-west4');
});

test('the longest names and the most problems fit', () => {
  for (const long of ['&'.repeat(5000), 'x'.repeat(5000), '<!channel> '.repeat(500)]) {
    switching({ modelName: long });
    const view = switching({
      modelName: long,
      dataset: long,
      pipelineRoot: long,
      encryptionKey: long,
      serviceAccount: long,
    });
    expect(view.submit).toBeUndefined();
  }
});

test('the card of a queued job offers the switch, and no other card does', () => {
  const offered = (job: PipelineJob) =>
    JSON.stringify(card(job, around)).includes(`"value":"${switchIds.open} ${job.id}"`);
  expect(offered(jobIn('queued'))).toBe(true);
  for (const state of ['checking', 'waiting', 'launching', 'running', 'succeeded', 'replaced'] as const)
    expect(offered(jobIn(state))).toBe(false);
});
