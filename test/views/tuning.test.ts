import { describe, expect, it, test } from 'vitest';
import { cancelWished, gone, observed, overtime } from '../../src/job/change.ts';
import type { Job, JobIn } from '../../src/job/job.ts';
import type { Said } from '../../src/job/post.ts';
import { emptyLedger } from '../../src/job/quota.ts';
import type { RecipeId } from '../../src/job/recipe.ts';
import { recipeOf } from '../../src/job/recipe.ts';
import { requestBody } from '../../src/job/request.ts';
import type { Checkpoint } from '../../src/job/run.ts';
import type { TuningSpec } from '../../src/job/spec.ts';
import { approval } from '../../src/views/approval.ts';
import { card, consoleUrl } from '../../src/views/card.ts';
import { comparison } from '../../src/views/compare.ts';
import { notice } from '../../src/views/notice.ts';
import { passport } from '../../src/views/passport.ts';
import { post } from '../../src/views/post.ts';
import { requestView } from '../../src/views/request.ts';
import { trialForm, trialIds } from '../../src/views/trial.ts';
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
  expect(text).toContain(
    '3 checkpoints:\n• `1` · epoch 1 · step 100\n• `2` · epoch 2 · step 200\n• `3` · epoch 3 · step 300\n',
  );
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

describe('checkpoints', () => {
  const served = gemini.succeeded as JobIn<'succeeded'>;
  const tell = (all: Checkpoint[], endpoint = served.endpoint) => {
    const run = { ...served.run, tuning: { ...served.run.tuning!, checkpoints: all } };
    return said(post({ ...served, endpoint, run }, { kind: 'result' }, around));
  };

  it('are named with where they answer, and which of them is the tuned model', () => {
    const [first, second] = served.run.tuning!.checkpoints as [Checkpoint, Checkpoint];
    const text = tell([first, second], second.endpoint);
    expect(text).toContain('2 checkpoints, each at an endpoint of its own:');
    expect(text).toContain(`• \`1\` · epoch 1 · step 100 · \`${first.endpoint}\`\n`);
    expect(text).toContain(`• \`2\` · epoch 2 · step 200 · \`${second.endpoint}\` · the tuned model’s own`);
  });

  it('are a screenful at most, and as they are called', () => {
    const many = Array.from({ length: 12 }, (_, i) => ({ id: `<!channel>\`${i}` }));
    const text = tell(many);
    expect(text).toContain('12 checkpoints:');
    expect(text.split('\n').filter(line => line.startsWith('• '))).toHaveLength(10);
    expect(text).toContain('and 2 more');
    expect(text).not.toContain('<!channel>');
  });
});

/** A finished job that was compared on its evaluation dataset. */
function judged(job: Job): JobIn<'succeeded'> {
  const sheets = { tuned: { marks: '110', ms: [9, 9, 9] }, student: { marks: '100', ms: [9, 9, 9] } };
  return { ...(job as JobIn<'succeeded'>), verdict: { beganAt: start, endedAt: start, lines: [1, 2, 3], sheets } };
}

test.each(everyLanguage)('a verdict and a trial speak of no teacher where there is none: %s', (_, around) => {
  const job = judged(gemini.succeeded);
  const shown = [post(job, { kind: 'verdict' }, around), card(job, around), trialForm(job, around.words)];
  for (const one of shown) expect(said(one)).not.toMatch(/teacher|enseignant/i);
  expect(said(post(job, { kind: 'verdict' }, around))).toContain('gemini-2.5-flash');
  const taught = { ...job, spec: { ...job.spec, teacher: 'gemini-3.1-pro' } } as Job;
  expect(said(post(taught, { kind: 'verdict' }, around))).toContain('gemini-3.1-pro');
});

test('nobody is asked to undeploy what cannot be undeployed from here', () => {
  const pressed = pressable(post(gemini.succeeded, { kind: 'idle' }, around));
  expect(pressed).not.toContain(undeployId);
  expect(pressable(post(jobIn('succeeded'), { kind: 'idle' }, around))).toContain(undeployId);
});

test.each(everyLanguage)(
  'jobs of two recipes are compared in what both ask for, and in how long each trained: %s',
  (language, around) => {
    const lines = (a: Job, b: Job) => said(comparison([a, b], around, { links: {} })).split('\n');
    const { compare: say, fields } = around.words;
    const across = lines(jobIn('succeeded'), openModel.succeeded);
    const [palm, open] = (['palm', 'open-model'] as const).map(id => recipeOf(id).title[language]);
    expect(across.join('\n')).toContain(`${palm} → *${open}*`);
    for (const field of ['steps', 'epochs', 'student'] as const)
      expect(across.some(line => line.startsWith(`• ${fields[field].label}`))).toBe(true);
    for (const field of ['accelerator', 'pipelineRoot', 'outputs'] as const)
      expect(across.some(line => line.startsWith(`• ${fields[field].label}`))).toBe(false);
    expect(across).toContain(String(say.ofOne));
    const mode = {
      ...openModel.succeeded,
      spec: { ...openModel.succeeded.spec, tuningMode: 'TUNING_MODE_FULL' },
    } as Job;
    const within = lines(openModel.succeeded, mode);
    expect(within.join('\n')).toContain(`${say.left} → *${around.words.form.choices.TUNING_MODE_FULL}*`);
    expect(within).not.toContain(String(say.ofOne));
  },
);

test('the passport of a tuning job names it, who was compared, its weights and the teacher’s answers', () => {
  const read = (job: Job) => JSON.parse(passport(job, around));
  const weights = read(openModel['succeeded, its weights alone']);
  expect(weights).not.toHaveProperty('pipelineJob');
  expect(weights.tuningJob).toMatchObject({
    examples: 480,
    completed: { epochs: 3, steps: 300 },
    weights: expect.stringMatching(/\/postprocess\/node-0\/checkpoints\/final$/),
    labelledDataset: expect.stringMatching(/\/distillation_labelled_dataset\.jsonl$/),
  });
  expect(Object.keys(read(judged(gemini.succeeded)).verdict.exactMatch)).toEqual(['tuned', 'student']);
  expect(read(jobIn('succeeded'))).not.toHaveProperty('tuningJob');
  expect(read(jobIn('succeeded'))).toHaveProperty('pipelineJob.requestedAs');
});
