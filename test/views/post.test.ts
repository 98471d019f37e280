import { describe, expect, test } from 'vitest';
import { alarmKinds } from '../../src/job/guard-rails.ts';
import type { Job } from '../../src/job/job.ts';
import { states } from '../../src/job/job.ts';
import type { Said } from '../../src/job/post.ts';
import { failures, refusals } from '../../src/local/vertex/failures.ts';
import { approval } from '../../src/views/approval.ts';
import { card, cardIds } from '../../src/views/card.ts';
import { followIds, post, secondTryId } from '../../src/views/post.ts';
import { tensorboardUrl } from '../../src/views/tensorboard.ts';
import { trialIds } from '../../src/views/trial.ts';
import { around, endpoint, jobIn, model, report, special, start } from './jobs.ts';
import { expectFit, pressable, said } from './slack.ts';
import { tuningJobs } from './tuning-jobs.ts';

const posts: Said[] = [
  { kind: 'card' },
  { kind: 'refusal' },
  { kind: 'dataset' },
  { kind: 'mended', mending: 'drop-unusable', dataset: { rows: 110, kept: 110, changed: 0, unusable: 9 } },
  { kind: 'approval' },
  { kind: 'outdated', about: ['dataset', 'evaluationDataset'] },
  { kind: 'delay' },
  { kind: 'reminder' },
  { kind: 'denial' },
  { kind: 'expiry' },
  { kind: 'launch' },
  { kind: 'stage', title: 'Tune', done: false, tuning: true },
  { kind: 'stage', title: 'Validate pipeline', done: true, tuning: false },
  { kind: 'overtime', longest: 36_000_000 },
  { kind: 'stall', step: 180, since: start, usual: 8000 },
  ...alarmKinds.map(of => ({ kind: 'alarm' as const, of })),
  { kind: 'result' },
  { kind: 'code' },
  { kind: 'verdict' },
  { kind: 'trial', by: 'U0ANA', prompt: 'Classify: my parcel', answer: 'delivery', ms: 240 },
  { kind: 'trial', by: 'U0ANA', prompt: 'Classify: my parcel', line: 7, expected: 'refund', answer: 'x', same: false },
  { kind: 'trial', by: 'U0ANA', prompt: '', line: 7, hindrance: 'no-row' },
  { kind: 'undeployed', by: 'U0ANA' },
  { kind: 'undeployed' },
  { kind: 'still-deployed', by: 'U0ANA', why: 'refused', said: 'Permission denied.' },
  { kind: 'idle' },
  { kind: 'failure' },
  { kind: 'cancellation' },
];
const jobs = [...states.map(state => [state, jobIn(state)] as const), ...Object.entries({ ...special, ...tuningJobs })];

test.each(posts)('a post "$kind" is drawn from a job in any state', owed => {
  for (const [, job] of jobs) {
    const message = post(job, owed, around);
    expectFit(message);
    expect(message.text).toContain('support-intents-v3');
  }
});

test('card and approval are drawn by their own views', () => {
  const job = jobIn('waiting');
  expect(post(job, { kind: 'card' }, around)).toEqual(card(job, around));
  expect(post(job, { kind: 'approval' }, around)).toEqual(approval(job, around));
});

test('a post about a state the job has left says where the job stands', () => {
  expect(post(jobIn('running'), { kind: 'denial' }, around).text).toContain('🔵 Running');
});

test('a refusal counts the rows, names the lines, and tells the requester what to do', () => {
  const message = post(jobIn('refused'), { kind: 'refusal' }, around);
  expect(said(message)).toBe(
    [
      '⛔ *3 of 480 rows cannot be used*, so nothing was launched.',
      '• 1 row is not JSON (line 7). Each line is one object on its own.',
      '• 1 row is JSON, but no object (line 19). A row looks like `{"input_text": "…", "output_text": "…"}`.',
      '• 1 row has no `input_text`, the prompt (line 30).',
      '<@U0ANA>, mend this and start again with `/distill`.',
      'Drop these rows and check again',
      'Choose another dataset …',
    ].join('\n'),
  );
});

test('a refusal for something else than rows counts what stands in the way', () => {
  const text = said(post(special['refused for its address']!, { kind: 'refusal' }, around));
  expect(text).toContain('⛔ *1 thing stands in the way*, so nothing was launched.');
  expect(text).toContain('There is no dataset at `gs://acme-ml/support/train.jsonl`.');
});

test('a refusal is at most a screenful, and counts what it leaves out', () => {
  const job = jobIn('refused');
  const findings = Array.from({ length: 30 }, () => job.findings[0]!);
  expect(said(post({ ...job, findings }, { kind: 'refusal' }, around))).toContain('and 22 more');
});

test('the dataset’s report sums it up, calls lengths estimated, and warns with lines', () => {
  const text = said(post(jobIn('waiting'), { kind: 'dataset' }, around));
  expect(text).toContain('🔍 *Dataset checked*: 480 rows, all labelled. 1 warning.');
  expect(text).toContain('Evaluation dataset: 60 rows, all labelled.');
  expect(text).toContain('Estimated length of inputs: about 310 tokens on average, 1,904 the longest');
  expect(text).toContain('⚠ 12 rows repeat an earlier row (lines 41, 77, 78 and 9 more).');
  expect(text).toContain('generation `1764000000000000`');
});

test('a dataset without labels is called unlabelled', () => {
  const dataset = { is: 'read', report: report({ labelled: 0 }), generation: '1', elsewhere: false } as const;
  const text = said(post(jobIn('waiting', { dataset }), { kind: 'dataset' }, around));
  expect(text).toContain('480 rows, unlabelled.');
  expect(text).toContain('more than 1,000 examples are recommended');
});

test('a denial tells the requester by whom and why', () => {
  const text = said(post(jobIn('denied'), { kind: 'denial' }, around));
  expect(text).toContain('🚫 <@U0ANA>, <@U0BEN> *denied* this job:');
  expect(text).toContain('&gt; The cores are promised to the search team until Friday.');
});

test('an expiry tells the requester when, and what can be done', () => {
  const text = said(post(jobIn('expired'), { kind: 'expiry' }, around));
  expect(text).toMatch(/<@U0ANA>, this request \*expired\* <!date\^.*nobody decided\. Asked again/);
  expect(pressable(post(jobIn('expired'), { kind: 'expiry' }, around))).toEqual([followIds.again, followIds.changed]);
  expect(pressable(post({ ...jobIn('expired'), heir: 'next' }, { kind: 'expiry' }, around))).toEqual([]);
});

test('a launch names the pipeline job and links to it', () => {
  const text = said(post(jobIn('running'), { kind: 'launch' }, around));
  expect(text).toContain('`retort-k3v9x1m4q7tz`');
  expect(text).toContain('pipelines/runs/retort-k3v9x1m4q7tz?project=acme|Console>');
});

test.each([
  ['a stage that began', { done: false, tuning: false }, {}, '● *Tune* began.'],
  ['a stage that is done', { done: true, tuning: true }, {}, '✓ *Tune* is done.'],
  ['tuning that began', { done: false, tuning: true }, {}, '● *Tune* began. First evaluation after 20 steps.'],
  [
    'tuning without evaluation',
    { done: false, tuning: true },
    { evaluate: false, evaluationDataset: undefined },
    '● *Tune* began.',
  ],
])('%s is told in a line', (_, stage, spec, line) => {
  const message = post(jobIn('running', { spec }), { kind: 'stage', title: 'Tune', ...stage }, around);
  expect(said(message)).toBe(line);
});

describe('an alarm', () => {
  const job = special['running, alarming in every way']!;
  const told = (of: (typeof alarmKinds)[number], about: Job = job) => post(about, { kind: 'alarm', of }, around);

  test.each([
    ['not-a-number', 'evaluation loss is not a number* from step 217,980 on'],
    ['divergence', 'training loss is rising*: 56.8 at step 180, after it was 0.0160 around step 140'],
    [
      'overfitting',
      'evaluation loss is rising while training loss falls*: 0.830 at step 180, after it was lowest with 0.710 at step 100, 4 evaluations ago',
    ],
    ['plateau', 'training loss has not fallen* since step 20: it stays around 0.600'],
  ] as const)('of kind "%s" calls its requester and says what is seen', (of, words) => {
    const text = said(told(of));
    expect(text).toContain(words);
    expect(text).toContain('<@U0ANA>');
    expect(text).toContain('Retort lets it go on');
  });

  test('says so where loss never fell', () => {
    const alarms = [{ what: { kind: 'plateau' as const, since: 1, ever: false, value: 2.7 } }];
    expect(said(told('plateau', { ...jobIn('running'), alarms }))).toContain('not fallen* since the first step');
  });

  test('shows the chart as it was when it was raised, and cancels after a question alone', () => {
    const alarm = told('divergence');
    expect(alarm.blocks).toContainEqual(expect.objectContaining({ type: 'image', slack_file: { id: 'F0THEN' } }));
    expect(pressable(alarm)).toEqual([cardIds.cancel]);
    expect(said(alarm)).toContain('Cancel and free the quota\nCancel this job?');
  });

  test.each(['cancelling', 'succeeded', 'failed', 'cancelled'] as const)(
    'sent when the job is %s offers no cancelling any more',
    state => {
      const late = { ...jobIn(state), alarms: 'alarms' in job ? job.alarms : [] } as Job;
      expect(pressable(told('divergence', late))).toEqual([]);
    },
  );
});

test('a result says what is alarming about its curves', () => {
  const steps = Array.from({ length: 60 }, (_, i) => 5 * (i + 1));
  const values = steps.map(step => (step < 200 ? 2 - step / 200 : 56.8));
  const job = { ...jobIn('succeeded'), curves: { train_total_loss: { steps, values } } };
  expect(said(post(job, { kind: 'result' }, around))).toContain('⚠ *training loss is rising*: 56.8 at step 300');
  expect(said(post(jobIn('succeeded'), { kind: 'result' }, around))).not.toContain('⚠');
});

test('a job that runs for too long is asked about, with since when and what is meant to be the most, and can be cancelled there', () => {
  const owed = { kind: 'overtime', longest: 36_000_000 } as const;
  const message = post(jobIn('running'), owed, around);
  expect(said(message)).toMatch(/^⏱ <@U0ANA>, .*running since <!date.*10 hr are meant to be the most here/);
  expect(JSON.stringify(message.blocks)).toContain('"action_id":"cancel"');
  expect(said(post(jobIn('succeeded'), owed, around))).not.toContain('⏱');
});

test('a stall is told without calling anybody, and with what was usual', () => {
  const job = special['running, without a new step']!;
  const told = (usual: number) => said(post(job, { kind: 'stall', step: 217_980, since: start, usual }, around));
  expect(told(8000)).toMatch(/^⏸ \*No new step\* since <!date\^.*: the last one was 217,980, and .* every 8 seconds\./);
  expect(told(600)).toContain('every 1 second.');
  expect(told(150_000)).toContain('every 3 min.');
  expect(told(8000)).not.toMatch(/<@|<!(?!date)/);
});

test('the result gives the model’s full name, its endpoint, its figures and its curves', () => {
  const message = post(jobIn('succeeded'), { kind: 'result' }, around);
  const text = said(message);
  expect(text).toContain('✅ <@U0ANA>, *done* in 1 hr 12 min.');
  expect(text).toContain(`Tuned model \`${model}\``);
  expect(text).toContain(`Endpoint \`${endpoint}\``);
  expect(text).toContain(
    'Token accuracy on the evaluation dataset 91.2% at the end (step 300); highest 91.6%, at step 240.',
  );
  expect(text).toContain('Loss on the evaluation dataset 0.404 at the end; lowest 0.400, at step 240.');
  expect(message.blocks.map(({ block_id }) => block_id)).toEqual(['said', 'model', 'curves', 'next']);
  expect(pressable(message)).toEqual([trialIds.open, cardIds.again]);
});

test('how to load and call the model is shown in Python, Node and curl', () => {
  const message = post(jobIn('succeeded'), { kind: 'code' }, around);
  const ids = message.blocks.map(({ block_id }) => block_id);
  expect(ids).toEqual(['said', 'python-title', 'python', 'node-title', 'node', 'curl-title', 'curl']);
  expect(said(message)).toContain(model);
});

test('a result without evaluation tells the training figures as such', () => {
  const job = jobIn('succeeded');
  const { eval_total_loss: _, eval_fraction_of_correct_next_step_preds: __, ...train } = job.curves;
  const text = said(post({ ...job, curves: train }, { kind: 'result' }, around));
  expect(text).toContain('Token accuracy on the training dataset');
  expect(text).not.toContain('evaluation dataset');
});

test('a result without curves claims no figures', () => {
  const text = said(post(special['succeeded without curves']!, { kind: 'result' }, around));
  expect(text).not.toMatch(/token accuracy|loss/i);
});

test('a result without the model’s name says where to look', () => {
  const message = post(special['succeeded without a model name']!, { kind: 'result' }, around);
  expect(said(message)).toContain('Look for `support-intents-v3` in the Model Registry.');
});

test('where the endpoint is not known, the code asks for it', () => {
  const text = said(post(special['succeeded without an endpoint']!, { kind: 'code' }, around));
  expect(text).toContain('Its endpoint is not known here; the code asks Vertex AI for it.');
  expect(text).toContain('gcloud ai models describe');
});

test('a run that ended before its planned steps is called probably stopped early, and only that one', () => {
  const early = said(post(special['stopped early']!, { kind: 'result' }, around));
  expect(early).toContain('The last step reported is 200 of 300: early stopping probably ended it.');
  expect(said(post(jobIn('succeeded'), { kind: 'result' }, around))).not.toContain('early stopping');
});

test('a failure names the stage, the cause in plain words, what to do, and what Vertex AI says', () => {
  const text = said(post(jobIn('failed'), { kind: 'failure' }, around));
  expect(text).toContain('❌ <@U0ANA>, *failed in Tune* after 8 min: not enough TPU quota.');
  expect(text).toContain('A job needs 64 cores in europe-west4');
  expect(text).toContain('exceed quota limits: aiplatform.googleapis.com/restricted_image_training_tpu_v3_pod');
  expect(text).toContain('metric=aiplatform.googleapis.com%2Frestricted_image_training_tpu_v3_pod');
});

test('a job that Vertex AI refused was not launched, and has no page in the console', () => {
  const text = said(post(special['refused by Vertex AI']!, { kind: 'failure' }, around));
  expect(text).toContain('❌ <@U0ANA>, *not launched*: Retort may not act as the service account.');
  expect(text).not.toContain('console.cloud.google.com');
});

test('a failure of which nothing is known says so', () => {
  const silent = said(post({ ...jobIn('failed'), failure: { why: 'said', message: '' } }, { kind: 'failure' }, around));
  expect(silent).toContain('Vertex AI gave no reason.');
  const odd = said(
    post({ ...jobIn('failed'), failure: { why: 'said', message: 'Flux.' } }, { kind: 'failure' }, around),
  );
  expect(odd).toContain('*failed* after 8 min.');
  expect(odd).toContain('Flux.');
});

test.each([
  ['cancelled', jobIn('cancelled'), ['⚪ *Cancelled* by <@U0ANA>.', 'The pipeline job was stopped after 37 min.']],
  [
    'cancelled in Vertex AI',
    special['cancelled in Vertex AI']!,
    [
      '⚪ <@U0ANA>, this job was *cancelled* in Vertex AI, not from here.',
      'The pipeline job was stopped after 37 min.',
    ],
  ],
  [
    'cancelled before it was launched',
    special['cancelled before it was launched']!,
    ['⚪ *Cancelled* by <@U0ANA>.', 'Nothing was launched.'],
  ],
])('a job %s says by whom, and what came of it', (_, job, lines) => {
  expect(said(post(job, { kind: 'cancellation' }, around))).toBe(lines.join('\n'));
});

test.each([
  [model, '/vertex-ai/models/locations/us-central1/models/7301448/versions/default?project=acme'],
  [`${model}@3`, '/vertex-ai/models/locations/us-central1/models/7301448/versions/3?project=acme'],
])('a result links to the model %s in the Model Registry', (name, path) => {
  const text = said(post({ ...jobIn('succeeded'), model: name }, { kind: 'result' }, around));
  expect(text).toContain(`<https://console.cloud.google.com${path}|Model Registry>`);
  expect(text).toContain('|Console>');
});

const experiment = 'projects/1234567890/locations/us-central1/tensorboards/8123/experiments/4711';

test('a result links to its experiment in TensorBoard, where one was found', () => {
  const page =
    'https://us-central1.tensorboard.googleusercontent.com/experiment/projects+1234567890+locations+us-central1+tensorboards+8123+experiments+4711';
  const found = { ...jobIn('succeeded'), experiment: { is: 'found' as const, name: experiment } };
  expect(said(post(found, { kind: 'result' }, around))).toContain(`<${page}|TensorBoard ↗>`);
  expect(said(post(jobIn('succeeded'), { kind: 'result' }, around))).not.toContain('TensorBoard');
});

test.each(['', experiment.slice(9), `${experiment}/runs/default`, `${experiment}|x>`, 'https://example.com/'])(
  'what is not an experiment’s full name is not linked to: "%s"',
  name => {
    expect(tensorboardUrl(name)).toBeUndefined();
  },
);

test('what is not a model’s full name is not linked to', () => {
  const text = said(post({ ...jobIn('succeeded'), model: 'models/7301448' }, { kind: 'result' }, around));
  expect(text).not.toContain('Model Registry>');
});

test.each([
  ['quota on TPU', {}, failures.tpuQuota.message, 'Open with GPU …'],
  ['encryption', { encryptionKey: 'k' }, 'ValueError: encryption_spec_key_name (CMEK)', 'Open with GPU …'],
  ['a bucket', { pipelineRoot: 'gs://elsewhere/x' }, refusals.bucketRights.message, 'Open mended: Pipeline root …'],
  ['something new', {}, 'Flux.', 'Open the form again …'],
])('a failure for %s opens the form mended', (_, spec, message, button) => {
  const job = { ...jobIn('failed', { spec }), failure: { why: 'said', message } as const };
  const shown = post(job, { kind: 'failure' }, around);
  expect(said(shown)).toContain(button);
  expect(pressable(shown)).toEqual([secondTryId]);
});

test('a verdict gives each score with its interval and median, and the rows by line', () => {
  const text = said(post(special['succeeded with a verdict']!, { kind: 'verdict' }, around));
  expect(text).toBe(
    [
      '⚖️ *Verdict* on the evaluation dataset, 60 labelled rows: exact match',
      '• *tuned model*: 55 of 60, 91.7% (81.9% to 96.4%) · half of its answers within 240 ms · no answer to 1',
      '• base student text-bison@002: 21 of 60, 35.0% (24.2% to 47.6%) · half of its answers within 1.3 sec',
      '• teacher text-unicorn@001: does not answer. Vertex AI says: Publisher Model ˋtext-unicorn@001ˋ was not found.',
      'The *tuned model* matches where the base student text-bison@002 does not: lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 27 more',
      'The base student text-bison@002 matches where the *tuned model* does not: lines 56, 57, 58, 59, and 60',
      'The tuned model does not match: lines 56, 57, 58, 59, and 60',
      'An exact match is the expected output to the letter, space around it aside. In brackets: where the share of all such rows lies, with 95 % confidence (Wilson). Each row was asked once, at temperature 0; times are as Retort saw them. Rows are named by their lines in the evaluation dataset.',
    ].join('\n'),
  );
});

test('a verdict that could not be given says why', () => {
  const text = said(post(special['succeeded, and the evaluation dataset gone']!, { kind: 'verdict' }, around));
  expect(text).toBe(
    '⚖️ No verdict: the evaluation dataset is not the one any more that was checked, or it cannot be read.',
  );
});

test('a message of Vertex AI’s is shown as whole as it is kept', () => {
  const message = 'Unheard of. '.repeat(160).trim();
  const job = { ...jobIn('failed'), failure: { why: 'said', message } } as const;
  expect(said(post(job, { kind: 'failure' }, around))).toContain(message);
});
