import type { InputBlock, PlainTextInput } from '@slack/types';
import { expect, test } from 'vitest';
import { states } from '../../src/job/job.ts';
import { approval, approvalIds, denialForm, readDenial } from '../../src/views/approval.ts';
import { around, jobIn, special } from './jobs.ts';
import { expectFit, pressable, said } from './slack.ts';

const waiting = jobIn('waiting');

test('a request says who asks for what, and all that a decision needs', () => {
  const text = said(approval(waiting, around));
  expect(text).toContain('✋ <!subteam^S0APPROVERS> <@U0CHI>: <@U0ANA> asks for 64 TPU v3 cores in europe-west4');
  expect(text).toContain('300 steps × 24 = 7,200 examples = 15 epochs of 480 rows');
  expect(text).toContain('Evaluation every 20 steps, 15 times');
  expect(text).toContain('Differs from defaults: accelerator TPU (default GPU)');
  expect(text).toContain('Dataset 480 rows, all labelled; 1 warning');
  expect(text).toContain('Quota when asked: 64 of 64 cores free · nobody waiting');
  expect(text).toContain('Expires <!date^');
});

test('every parameter that differs from its default is named', () => {
  const job = jobIn('waiting', {
    spec: {
      region: 'us-west1',
      uploadRegion: 'us-east4',
      steps: 1200,
      learningRateMultiplier: 0.5,
      evaluationInterval: 100,
      earlyStopping: false,
      checkpoint: 'best',
      serviceAccount: 'tuner@acme.iam.gserviceaccount.com',
      pipelineRoot: 'gs://elsewhere/runs',
      tensorboard: undefined,
      displayName: 'a night run',
    },
  });
  expect(said(approval(job, around))).toContain(
    'Differs from defaults: accelerator TPU (default GPU), region us-west1 (default us-central1), upload region us-east4, steps 1,200 (default 300), learning rate multiplier 0.5 (default 1), evaluation interval 100 (default 20), early stopping off, checkpoint the one with the best evaluation, service account tuner@acme.iam.gserviceaccount.com, pipeline root gs://elsewhere/runs, TensorBoard none, job name a night run',
  );
});

test('what the operator has the form propose is no difference', () => {
  const proposed = { ...around.proposed, serviceAccount: 'pipeline@acme.iam.gserviceaccount.com' };
  const job = jobIn('waiting', { spec: { accelerator: 'GPU', serviceAccount: proposed.serviceAccount } });
  expect(said(approval(job, { ...around, proposed }))).not.toContain('Differs');
});

test('a request that differs in nothing says so', () => {
  expect(said(approval(jobIn('waiting', { spec: { accelerator: 'GPU' } }), around))).toContain(
    'Everything else is as by default.',
  );
});

test('a pending request has two buttons that carry the job’s id and nothing else', () => {
  const message = approval(waiting, around);
  expect(pressable(message)).toEqual([approvalIds.approve, approvalIds.deny]);
  const [actions] = message.blocks.filter(block => block.type === 'actions');
  expect(actions?.elements.map(element => ('value' in element ? element.value : ''))).toEqual([waiting.id, waiting.id]);
  expectFit(message);
});

test.each([
  ['queued', jobIn('queued'), /✓ \*Approved\* by <@U0BEN> <!date\^/],
  ['running', jobIn('running'), /✓ \*Approved\* by <@U0BEN> <!date\^/],
  ['succeeded', jobIn('succeeded'), /✓ \*Approved\* by <@U0BEN> <!date\^/],
  ['denied', jobIn('denied'), /🚫 \*Denied\* by <@U0BEN> <!date\^.*: The cores are promised/],
  ['expired', jobIn('expired'), /⌛ \*Expired\* <!date\^.*: nobody decided/],
  ['to be cancelled', special['waiting, to be cancelled']!, /⚪ \*Withdrawn\* by <@U0ANA> <!date\^/],
  ['withdrawn', special['cancelled before it was launched']!, /⚪ \*Withdrawn\* by <@U0ANA> <!date\^/],
  ['replaced', jobIn('replaced'), /↪️ \*Withdrawn\*: job `successor` has taken its place/],
])('a request of a job %s has a line where its buttons were', (_, job, line) => {
  const message = approval(job, around);
  expect(pressable(message)).toEqual([]);
  expect(said(message)).toMatch(line);
  expectFit(message);
});

test('pending and resolved are one body', () => {
  const body = (job: typeof waiting | ReturnType<typeof jobIn<'queued'>>) => approval(job, around).blocks[0];
  expect(body(jobIn('queued'))).toEqual(body(waiting));
});

test('a request is drawn from a job in any state', () => {
  for (const job of [...states.map(state => jobIn(state)), ...Object.values(special)]) expectFit(approval(job, around));
});

test('a denial asks for a reason, and is read back from what was written', () => {
  const form = denialForm('k3v9', around.words);
  expectFit(form);
  const [input] = form.blocks as InputBlock[];
  const element = input!.element as PlainTextInput;
  expect(element).toMatchObject({ type: 'plain_text_input', min_length: 1, max_length: 500 });
  expect(input!.optional).toBeUndefined();
  const view = {
    private_metadata: form.private_metadata!,
    state: { values: { [input!.block_id!]: { [element.action_id!]: { value: ' Not this week. ' } } } },
  };
  expect(readDenial(view)).toEqual({ job: 'k3v9', reason: 'Not this week.', block: input?.block_id });
});
