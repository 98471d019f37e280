import { expect, test } from 'vitest';
import { cancelWished, gone, observed, overtime } from '../../src/job/change.ts';
import type { Job, JobIn } from '../../src/job/job.ts';
import type { Said } from '../../src/job/post.ts';
import { emptyLedger } from '../../src/job/quota.ts';
import type { RecipeId } from '../../src/job/recipe.ts';
import { recipeOf } from '../../src/job/recipe.ts';
import { requestBody } from '../../src/job/request.ts';
import type { TuningSpec } from '../../src/job/spec.ts';
import { approval } from '../../src/views/approval.ts';
import { card, consoleUrl } from '../../src/views/card.ts';
import { notice } from '../../src/views/notice.ts';
import { post } from '../../src/views/post.ts';
import { requestView } from '../../src/views/request.ts';
import { trialIds } from '../../src/views/trial.ts';
import { undeployId } from '../../src/views/undeploy.ts';
import { ana, around, everyLanguage, jobIn, minute, start } from './jobs.ts';
import { pressable, said } from './slack.ts';
import { gemini, openModel, tuningJobs } from './tuning-jobs.ts';

type Situation = keyof typeof openModel;

test.each<[Situation, string]>([
  ['waiting', 'Open models · us-central1 · 3 epochs'],
  ['queued', '⏳ *Queued* · next in line · launches are paused by <@U0BEN>'],
  [
    'launching, put off',
    'Not created yet: Google says: Quota exceeded for quota metric "Global concurrent tuning jobs".',
  ],
  ['refused by Vertex AI', 'Vertex AI says: Base model made-up@1 is not supported.'],
  ['running, not begun', 'Vertex AI is preparing it'],
  ['running, in Google’s queue', 'in Google’s own line, for quota of tuning jobs'],
  ['running, waiting for capacity', 'until Google has hardware free for it'],
  ['running, waiting for capacity', '✓ Processing the dataset (2 min)  ● *Waiting for capacity*'],
  ['running, tuning', '● *Tuning*'],
  ['running, with curves', 'Tuning · step 180 of 300 (60%) · 1 of 3 epochs done · launched'],
  ['running, its steps counted and no curves', 'Tuning · step 160 of 300 (53%) · 1 of 3 epochs done · launched'],
  ['running, how far it goes not known', 'Tuning · step 180 · launched'],
  ['running, in a phase newer than Retort', '✓ Tuning (21 min)  ● *Rehydrating something*'],
  ['cancelling', 'it is stopping there'],
  ['cancelling', '● *Tuning*'],
  ['failed', '❌ *Failed* in Tuning'],
  ['failed', 'Vertex AI says: The prompt dataset has 3 rows that could not be read.'],
  ['cancelled', '– Tuning (stopped)'],
])('the card of a tuning job %s says: %s', (situation, words) => {
  expect(said(card(openModel[situation], around))).toContain(words);
});

test.each(Object.entries(tuningJobs))('nothing that is said of a tuning job calls it a pipeline job: %s', (_, job) => {
  const lost = gone(job, { ledger: emptyLedger, now: start + 90 * minute, patience: 10 * minute }).job;
  const long = overtime(lost, { longest: minute, now: start + 90 * minute });
  const owed: Said[] = [
    { kind: 'launch' },
    ...(long.posts ? [{ kind: 'overtime', longest: minute } as const] : []),
    ...(job.state === 'succeeded' ? (['result', 'code'] as const).map(kind => ({ kind })) : []),
    ...(job.state === 'failed' ? [{ kind: 'failure' } as const] : []),
    ...(job.state === 'cancelled' ? [{ kind: 'cancellation' } as const] : []),
  ];
  const shown = [
    ...[job, lost, cancelWished(job, { by: ana, now: start + 50 * minute }).job].map(one => card(one, around)),
    approval(job, around),
    ...owed.map(one => post(long.job, one, around)),
    requestView(job, around),
  ];
  for (const one of shown) expect(said(one)).not.toMatch(/pipeline ?job/i);
});

test.each(everyLanguage)('a tuning job that was launched is named by its number: %s', (_, around) => {
  const text = said(post(gemini['running, tuning'], { kind: 'launch' }, around));
  expect(text).toContain('`4815162342`');
  expect(text).not.toContain('retort-');
  expect(text).toContain(consoleUrl(gemini['running, tuning'], 'acme'));
});

test('the console’s page of a tuning job is its own', () => {
  expect(consoleUrl(openModel['running, tuning'], 'acme')).toBe(
    'https://console.cloud.google.com/agent-platform/tuning/locations/us-central1/tuningJob/4815162342/monitor?project=acme',
  );
});

test('the result of a tuning job is its weights, where it writes them, and it is said how one deploys them', () => {
  const job = openModel['succeeded, its weights alone'];
  const message = post(job, { kind: 'result' }, around);
  const text = said(message);
  const folder = 'gs://retort-pipelines/weights/retort-k3v9x1m4q7tz';
  expect(text).toContain(
    `The weights are in \`${folder}/postprocess/node-0/checkpoints/final\`. They are deployed nowhere.`,
  );
  expect(text).toContain(`What the teacher answered is in \`${folder}/distillation_labelled_dataset.jsonl\``);
  expect(requestBody(job, { project: 'acme', deployment: 'retort' })).toMatchObject({ outputUri: folder });
  expect(text).toContain('3 checkpoints: `1` epoch 1 step 100 · `2` epoch 2 step 200 · `3` epoch 3 step 300');
  expect(text).toContain(`${recipeOf(job.spec.recipe).page}|How to deploy them`);
  expect(text).not.toContain('did not tell');
  expect(pressable(message)).not.toContain(trialIds.open);
});

test('the result of a tuning job is its model, where that is served', () => {
  const message = post(gemini.succeeded, { kind: 'result' }, around);
  const text = said(message);
  const place = 'projects/1234567890/locations/us-central1';
  expect(text).toContain(`Tuned model \`${place}/models/7301448@1\``);
  expect(text).toContain(`Endpoint \`${place}/endpoints/9912\``);
  expect(text).toContain('3 checkpoints');
  expect(text).not.toMatch(/weights/i);
  expect(pressable(message)).toContain(trialIds.open);
  // That it can be taken off its endpoint is not documented.
  expect(pressable(card(gemini.succeeded, around))).not.toContain(undeployId);
});

test('a result of which parts may be missing says so', () => {
  const partly = said(post(gemini['succeeded in part'], { kind: 'result' }, around));
  const whole = said(post(gemini.succeeded, { kind: 'result' }, around));
  expect(partly.split('\n').some(line => /part/i.test(line) && !whole.includes(line))).toBe(true);
});

test('code is owed where there is something to call or to fetch', () => {
  const text = said(post(gemini.succeeded, { kind: 'code' }, around));
  expect(text).toContain('client.models.generate_content(');
  expect(text).not.toContain('TextGenerationModel');
  expect(said(post(openModel['succeeded, its weights alone'], { kind: 'code' }, around))).toContain(
    'gcloud storage cp',
  );
  const kinds = (job: Job) => {
    const { run } = job as JobIn<'succeeded'>;
    const seen = { ...gemini['running, tuning'], spec: job.spec };
    return observed(seen, { run }, { ledger: emptyLedger, now: start }).posts?.map(({ kind }) => kind);
  };
  expect(kinds(gemini.succeeded)).toContain('code');
  expect(kinds(openModel['succeeded, its weights alone'])).toContain('code');
  expect(kinds(gemini['succeeded, its weights alone'])).not.toContain('code');
});

test.each(everyLanguage)('who is asked whether to cancel is told what is documented: %s', (_, around) => {
  const asks = (job: Job) => said(card(job, around));
  const { after } = around.words.card.confirmCancel;
  for (const job of [gemini['running, tuning'], jobIn('running')])
    expect(asks(job)).toContain(String(after(job.spec.modelName, job.spec)));
  // Of a tuning job that is stopped, checkpoints may be left.
  expect(asks(gemini['running, tuning'])).not.toMatch(/leaves no|ne laisse pas/);
  expect(asks(jobIn('running'))).toMatch(/leaves no|ne laisse pas/);
});

test('a request for approval of a tuning job says what is asked for, and no accelerator of ours', () => {
  const text = said(approval(openModel.waiting, around));
  expect(text).toContain('<@U0ANA> asks for a tuning job in us-central1');
  expect(text).toContain('With an evaluation dataset');
  expect(text).toContain('It is launched at once.');
  expect(text).not.toMatch(/TPU|GPU|accelerator|steps/);
  expect(said(approval(tuningJobs['waiting (gemini-distillation)']!, around))).toContain('No evaluation');
});

test('the request of a tuning job is shown as it is sent, and what happens where it is sent again', () => {
  const text = said(requestView(gemini.waiting, around));
  expect(text).toContain('`tuningJobs.create`');
  expect(text).toContain('Sent again, it makes a second tuning job');
  expect(text).toContain('"supervisedTuningSpec"');
});

test('an orphan is called what its name says it is', () => {
  const told = (run: string) => said(notice({ kind: 'orphan', job: 'a1', run }, around));
  expect(told('projects/1/locations/l/tuningJobs/2')).toContain('A tuning job carries this deployment’s label');
  expect(told('projects/1/locations/l/pipelineJobs/retort-a1')).toContain('A pipeline job carries');
});

/** The failure of a job with what Vertex AI said of it. */
function failed(job: Job, message: string): Job {
  return { ...job, failure: { why: 'said', message } } as Job;
}

const multiplied = failed(
  tuningJobs['refused by Vertex AI (open-model)']!,
  'Learning rate multiplier is not supported for base model google/gemma4@gemma-4-e2b-it.',
);

test('a failure of a tuning job says its cause, what can be done, and opens the form mended', () => {
  const spec = { ...multiplied.spec, learningRateMultiplier: 2 } as TuningSpec;
  const text = said(post({ ...multiplied, spec } as Job, { kind: 'failure' }, around));
  expect(text).toContain('*not launched*: this student takes no learning rate multiplier.');
  expect(text).toContain('Left empty, Vertex AI chooses the learning rate.');
  expect(text).toContain('Open mended: Learning rate multiplier …');
});

test.each(everyLanguage)(
  'a retired recipe is said to be so, with what runs today and is offered here: %s',
  (language, around) => {
    const palm = failed({ ...jobIn('failed'), run: undefined } as Job, 'Flux.');
    const tell = (recipes: readonly RecipeId[]) => said(post(palm, { kind: 'failure' }, { ...around, recipes }));
    const [gemini, open] = [recipeOf('gemini-tuning').title[language], recipeOf('open-model').title[language]];
    expect(tell(['gemini-tuning', 'palm'])).toContain(gemini);
    expect(tell(['gemini-tuning', 'palm'])).not.toContain(open);
    expect(tell(['palm'])).toMatch(/whoever runs Retort|qui exploite Retort/);
    expect(tell(['palm'])).toContain('2024');
  },
);

test.each(everyLanguage)('no word about the failure of a tuning job is one about accelerators: %s', (_, around) => {
  const { causes } = around.words.posts.failure;
  for (const [name, { cause, todo }] of Object.entries(causes))
    for (const job of [openModel.failed, gemini.failed]) {
      // A TensorBoard and tasks of their own are a pipeline's.
      if (name === 'tensorboard' || name === 'wrapper') continue;
      expect(`${cause(job.spec)} ${todo(job.spec, [])}`).not.toMatch(/\b[TG]PU\b|pipeline|accel|accél/i);
    }
});
