import { describe, expect, it, test } from 'vitest';
import type { Job, JobIn } from '../../src/job/job.ts';
import { isCancellable, isFinal, states } from '../../src/job/job.ts';
import { isPipeline } from '../../src/job/spec.ts';
import { card, cardIds, consoleUrl, stateLine, stateText } from '../../src/views/card.ts';
import { trialIds } from '../../src/views/trial.ts';
import { undeployId } from '../../src/views/undeploy.ts';
import { ana, around, everyLanguage, jobIn, minute, run, special, start, task } from './jobs.ts';
import { expectFit, pressable, said } from './slack.ts';
import { gemini, openModel, tuningJobs, tuningRun } from './tuning-jobs.ts';

const jobs = [...states.map(state => [state, jobIn(state)] as const), ...Object.entries({ ...special, ...tuningJobs })];

test.each(jobs)('the card of a job %s is what Slack takes, and says its state', (_, job) => {
  const message = card(job, around);
  expectFit(message);
  expect(message.text).toMatch(/^support-intents-v3 · \p{Emoji}/u);
  expect(said(message)).toContain('support-intents-v3');
  expect(said(message)).toContain(job.id);
});

test.each(jobs)('the card of a job %s offers to cancel exactly where that still means something', (_, job) => {
  expect(pressable(card(job, around)).includes(cardIds.cancel)).toBe(isCancellable(job));
});

test.each(jobs)('the card of a job %s offers to run it again exactly where it has ended', (_, job) => {
  expect(pressable(card(job, around)).includes(cardIds.again)).toBe(isFinal(job));
});

test.each(jobs)('the card of a job %s links to the console exactly where a pipeline job is known', (_, job) => {
  expect(pressable(card(job, around)).includes(cardIds.console)).toBe('run' in job && job.run !== undefined);
});

test.each(jobs)(
  'what can be pressed on the card of a job %s carries the job’s id, and at most which choice it was',
  (_, job) => {
    const [actions] = card(job, around).blocks.filter(block => block.type === 'actions');
    for (const element of actions!.elements) {
      if (element.type === 'button') expect(element.value).toBe(job.id);
      if (element.type === 'overflow')
        expect(element.options.map(({ value }) => value)).toEqual([
          job.id,
          `passport ${job.id}`,
          `mute ${job.id}`,
          `unmute ${job.id}`,
          ...(isFinal(job) && isPipeline(job.spec) ? [`move ${job.id}`] : []),
          ...(job.state === 'queued' && isPipeline(job.spec) ? [`switch ${job.id}`] : []),
        ]);
    }
  },
);

test('every state is told in a line of its own', () => {
  expect(new Set(states.map(state => stateText(jobIn(state), around.words))).size).toBe(states.length);
});

test.each([
  ['checking', 'support-intents-v3 · 🔍 Checking the dataset · 1,240 rows so far'],
  ['refused', 'support-intents-v3 · ⛔ Refused · 3 rows cannot be used'],
  ['denied', 'support-intents-v3 · 🚫 Denied by <@U0BEN>'],
  ['expired', 'support-intents-v3 · ⌛ Expired · nobody decided'],
  ['queued', 'support-intents-v3 · ⏳ Queued · 2nd in line · the cores are held by job h7f3k'],
  ['launching', 'support-intents-v3 · 🚀 Launching'],
  ['succeeded', 'support-intents-v3 · ✅ Done in 1 hr 12 min · token accuracy 91.2%'],
  ['failed', 'support-intents-v3 · ❌ Failed in Tune'],
  ['cancelled', 'support-intents-v3 · ⚪ Cancelled by <@U0ANA>'],
] as const)('the plain twin of the card of a job %s is one line', (state, line) => {
  expect(card(jobIn(state), around).text).toBe(line);
});

test('the ordinary running card has no curve: its stage, since when, and when curves come', () => {
  const message = card(special['running without any curve']!, around);
  const text = said(message);
  expect(text).toContain('🔵 *Running* · Tune · launched <!date^1795529100^{ago}|');
  expect(text).toContain(
    '✓ Validate pipeline  ✓ Prepare dataset  ↷ Teacher labels (from the cache)  ● *Tune*  ○ Upload model',
  );
  expect(text).toContain('Curves arrive when Vertex AI reports them');
  expect(message.blocks.some(block => block.type === 'image')).toBe(false);
});

test('each state of a pipeline job is drawn in a way of its own, and one that is newer than Retort as it is', () => {
  const states = [
    'UNSPECIFIED',
    'QUEUED',
    'PENDING',
    'RUNNING',
    'SUCCEEDED',
    'FAILED',
    'CANCELLING',
    'CANCELLED',
    'PAUSED',
  ];
  for (const from of [special['running without any curve']!, jobIn('cancelling')]) {
    const drawn = [...states, 'REHYDRATING', 'toString'].map(state => {
      const job = { ...from, run: run({ state }) } as Job;
      return String(stateLine(job, around.words));
    });
    expect(new Set(drawn).size).toBe(drawn.length);
    expect(drawn.at(-1)).toContain('Vertex AI calls it `toString`');
  }
});

test('each stage is drawn by how it stands: what was retried is no failure, what was not triggered is not drawn', () => {
  expect(said(card(special['running, with stages of every kind']!, around))).toContain(
    [
      '✓ Validate (3 min)  ↷ Label (from the cache)  ↻ *Tune* (2nd attempt)  ● *Watch*  ✗ Copy (failed)',
      '◌ Sample (is being stopped)  – Distil (stopped)  ? Thaw (`REHYDRATING`)  ○ Upload',
    ].join('  '),
  );
});

test('while no step is known, the card says since when each stage runs', () => {
  expect(stateText(special['running, with stages of every kind']!, around.words)).toMatch(
    /🔵 Running · Tune · Watch since <!date\^\d+\^\{time\}\|2026-11-24 14:10 UTC> · launched/,
  );
});

test.each([
  ['running, its steps known', '🔵 Running · Tune · step 180 of 300 (60%) · 15 to 20 min of tuning left · launched'],
  ['running, going on from an earlier run', 'Tune · step 180 of 300 (60%) · 15 to 20 min of tuning left'],
  ['running, paused in the middle of its steps', 'step 180 of 300 (60%) · 15 to 20 min of tuning left'],
  ['running, without a new step', 'Tune · step 180 of 300 (60%) · launched'],
])('a job %s says how far it has got, and for how much longer it is tuned', (name, words) => {
  expect(stateText(special[name]!, around.words)).toContain(words);
});

test('a stall is noted on the card as long as it lasts', () => {
  const job = special['running, without a new step'] as JobIn<'running'>;
  const since = `<!date^${(start + 40 * minute) / 1000}^{time}|`;
  expect(said(card(job, around))).toContain(`⏸ No new step since ${since}`);
  const { steps, values, times } = job.curves.train_total_loss!;
  const next = { steps: [...steps, 181], values: [...values, 0.6], times: [...times!, start + 56 * minute] };
  const gone = { ...job, curves: { train_total_loss: next } };
  expect(said(card(gone, around))).not.toContain('No new step');
  expect(stateText(gone, around.words)).toContain('of tuning left');
});

test('without a TensorBoard the card says why there are no curves', () => {
  const text = said(card(special['running without a TensorBoard']!, around));
  expect(text).toContain('No TensorBoard was chosen');
  expect(text).not.toContain('Curves arrive');
});

test('the chart is shown with its words, and the step it has reached', () => {
  const message = card(jobIn('running'), around);
  expect(message.blocks).toContainEqual({
    type: 'image',
    block_id: 'curves',
    slack_file: { id: 'F0CHART' },
    alt_text: 'Curves of support-intents-v3 up to step 180 of 300.',
  });
  expect(said(message)).toContain('step 180 of 300');
});

test('curves without a picture are drawn in text', () => {
  expect(said(card(special['running with curves and no picture']!, around))).toMatch(
    /Token accuracy [▁-█]+ 76\.6% at step 180/,
  );
});

test.each([
  ['running, paused in Vertex AI', '⏸️ *Paused* in Vertex AI, where it can be resumed'],
  ['running, not begun in Vertex AI', 'Vertex AI is preparing it'],
  ['running, in a state newer than Retort', 'Vertex AI calls it `REHYDRATING`'],
  ['running, being cancelled in Vertex AI', '🟡 *Cancelling* in Vertex AI, not from here'],
  ['running, Vertex AI out of reach', '⚠ Google gave no answer just now. Retort goes on asking.'],
  ['checking, Google out of reach', '⚠ Google did not take Retort’s credentials.'],
  ['running, gone in Vertex AI', '⚠ Vertex AI has not known this pipeline job since'],
  ['failed, gone in Vertex AI', 'That is: its pipeline job is gone.'],
  ['refused by Vertex AI', 'Vertex AI says: You do not have permission to act as service_account'],
  ['refused for a name that is taken', 'That is: its name is taken.'],
  ['launching, put off', 'Next attempt at <!date^'],
  ['running, to be cancelled', '🟡 <@U0ANA> asked at <!date^1795531200^'],
  ['cancelled in Vertex AI', '*Cancelled* in Vertex AI, not from here'],
  ['succeeded while being cancelled', 'the pipeline job finished first'],
  ['succeeded without curves', 'Vertex AI reported no curves.'],
  ['succeeded with an experiment that was not found', 'No experiment of this run was found in its TensorBoard'],
  ['succeeded with several experiments that may be its own', 'Several experiments were begun in its TensorBoard'],
  ['refused by Vertex AI', '❌ *Failed* at launch'],
  ['refused for its address', '⛔ *Refused* · 1 thing stands in the way'],
])('a job %s says so on its card', (name, words) => {
  expect(said(card(special[name]!, around))).toContain(words);
});

test('who asked, who approved, and the newest news are told in the reader’s own time', () => {
  const text = said(card(jobIn('running'), around));
  expect(text).toContain('Asked by <@U0ANA> <!date^');
  expect(text).toContain(`approved by <@U0BEN> <!date^${(start + 12 * minute) / 1000}^{time}|2026-11-24 14:02 UTC>`);
  expect(text).toContain(`news from <!date^${(start + 41 * minute) / 1000}^{time}|`);
});

test('upload region and pipeline region are both told where they differ', () => {
  const job = jobIn('waiting', { spec: { uploadRegion: 'us-west1' } });
  expect(said(card(job, around))).toContain('pipeline job in us-central1, upload to us-west1');
});

test('an uploaded dataset has the name of its file', () => {
  const job = { ...jobIn('checking'), uploads: { dataset: { file: 'F1', name: 'my <best> rows.jsonl' } } };
  expect(said(card(job, around))).toContain('Dataset `my &lt;best&gt; rows.jsonl` (uploaded)');
});

test('of very many stages the ones around the running one are shown', () => {
  const names = Array.from({ length: 40 }, (_, i) => `task-${i}`);
  const tasks = names.map((name, i) => task(name, i < 20 ? 'SUCCEEDED' : i === 20 ? 'RUNNING' : 'PENDING'));
  const many = { ...jobIn('running'), run: run({ tasks: [{ id: 'root', name: 'x', state: 'RUNNING' }, ...tasks] }) };
  const text = said(card(many, around));
  expect(text).toContain('● *Task 20*');
  expect(text).toContain('and 28 more');
  expect(text).not.toContain('Task 39');
});

test('the card does not change where the job does not, so that it need not be redrawn', () => {
  for (const [, job] of jobs) expect(card(structuredClone(job), around)).toEqual(card(job, around));
});

test('every block keeps its id while a job gets on', () => {
  for (const [, job] of jobs) {
    const ids = card(job, around).blocks.map(({ block_id }) => block_id);
    expect(ids.filter(id => id !== 'curves')).toEqual(['state', 'facts', 'actions']);
  }
});

test('a job that follows another names it', () => {
  expect(said(card({ ...jobIn('checking'), from: 'before1' }, around))).toContain('follows job `before1`');
});

test('the console’s address holds region, pipeline job and project', () => {
  expect(consoleUrl(jobIn('running', { spec: { region: 'us-west1' } }), 'acme')).toBe(
    'https://console.cloud.google.com/vertex-ai/locations/us-west1/pipelines/runs/retort-k3v9x1m4q7tz?project=acme',
  );
});

test('cancelling asks first, and says what it means before and after the launch', () => {
  const dialog = (state: 'queued' | 'running') => JSON.stringify(card(jobIn(state), around));
  expect(dialog('queued')).toContain('Nothing has been launched');
  expect(dialog('running')).toContain('A stopped job leaves no tuned model');
});

test('only jobs that have ended say when', () => {
  for (const [, job] of jobs) expect(said(card(job, around)).includes('ended <!date^')).toBe(isFinal(job));
  expect(ana.user).toBe(jobIn('checking').requester.user);
});

test('a finished card has the verdict in a line, once there is one', () => {
  expect(said(card(special['succeeded with a verdict']!, around))).toContain(
    'Exact match on the evaluation dataset: 55 of 60 rows; base student 21 of 60',
  );
  expect(said(card(jobIn('succeeded'), around))).not.toContain('Exact match');
});

test.each([
  ['deployed', jobIn('succeeded'), [trialIds.open, undeployId]],
  ['to be undeployed', special['succeeded, to be undeployed']!, [trialIds.open]],
  ['undeployed', special['succeeded, undeployed']!, []],
  ['without an endpoint', special['succeeded without an endpoint']!, []],
])('the card of a finished job whose model is %s offers what can be done with it', (_, job, ids) => {
  expect(pressable(card(job, around)).filter(id => id === trialIds.open || id === undeployId)).toEqual(ids);
});

test('undeploying is confirmed, and the card says that it was wished, and then that it is done', () => {
  expect(JSON.stringify(card(jobIn('succeeded'), around).blocks)).toContain('answers no more, whoever calls it');
  expect(said(card(special['succeeded, to be undeployed']!, around))).toContain('<@U0ANA> asked at');
  expect(said(card(special['succeeded, undeployed']!, around))).toContain('Not at its endpoint any more since');
});

describe('the card of a tuning job', () => {
  const line = (job: Job, { words } = around) => String(stateLine(job, words));

  it('says what it waits for that is Google’s to share out, and since when', () => {
    expect(line(openModel['running, in Google’s queue'])).toMatch(
      /^⏳ \*Waiting for quota\* since .*14:06 UTC> · in Google’s own line, for quota of tuning jobs · launched /,
    );
    expect(line(openModel['running, waiting for capacity'])).toMatch(
      /^⌚ \*Waiting for capacity\* since .*14:08 UTC> · until Google has hardware free for it · launched /,
    );
  });

  it('counts steps and epochs of those that are planned, from its curves or as Vertex AI says', () => {
    expect(line(openModel['running, with curves'])).toContain('Tuning · step 180 of 300 (60%) · 1 of 3 epochs done');
    expect(line(openModel['running, its steps counted and no curves'])).toContain(
      'Tuning · step 160 of 300 (53%) · 1 of 3 epochs done',
    );
    expect(line(gemini['running, its steps counted and no curves'])).toContain('(53%) · 1 epoch done');
    expect(line(openModel['running, how far it goes not known'])).toContain('Tuning · step 180 · ');
    expect(said(card(openModel['running, tuning'], around))).toContain('Vertex AI counts 480 examples and 300 steps');
  });

  it('says how much longer tuning takes, where its curves tell', () => {
    const job = openModel['running, with curves'] as JobIn<'running'>;
    const steps = Array.from({ length: 90 }, (_, i) => 2 * (i + 1));
    const times = steps.map(step => job.observedAt - (180 - step) * 10_000);
    const timed = { ...job, curves: { train_total_loss: { steps, times, values: steps.map(step => 1 / step) } } };
    expect(line(timed)).toMatch(/step 180 of 300 \(60%\) · 1 of 3 epochs done · .* of tuning left · launched/);
  });

  const states = ['UNSPECIFIED', 'QUEUED', 'PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLING', 'CANCELLED'];
  const newer = ['PAUSED', 'EXPIRED', 'UPDATING', 'PARTIALLY_SUCCEEDED', 'REHYDRATING', 'toString'];
  const phases = ['WAITING_FOR_QUOTA', 'PROCESSING_DATASET', 'WAITING_FOR_CAPACITY', 'TUNING', 'POST_PROCESSING'];

  it.each(everyLanguage)(
    'draws each state and each phase in a way of its own, and one it does not know as it is: %s',
    (_, speaking) => {
      for (const from of [openModel['running, tuning'], openModel.cancelling] as JobIn<'running' | 'cancelling'>[]) {
        const drawn = [...states, ...newer].map(state =>
          line({ ...from, run: tuningRun(20, undefined, { state }) } as Job, speaking),
        );
        expect(new Set(drawn).size).toBe(drawn.length);
        expect(drawn.at(-1)).toContain('`toString`');
      }
      const stages = [...phases, 'REHYDRATING_SOMETHING', 'toString'].map(phase => {
        const job = { ...openModel['running, tuning'], run: tuningRun(20, phase) } as Job;
        return [line(job, speaking), said(card(job, speaking)).split('\n')[2]];
      });
      expect(new Set(stages.map(([first]) => first)).size).toBe(stages.length);
      expect(stages.at(-2)).toEqual([expect.stringContaining('Rehydrating something'), '● *Rehydrating something*']);
      expect(stages.at(-1)![1]).toBe('● *Tostring*');
    },
  );

  it('has its phases in the reader’s language, and a pipeline’s tasks as they are called', () => {
    const [, french] = everyLanguage.find(([language]) => language === 'fr')!;
    expect(said(card(openModel['running, tuning'], french)).replaceAll('\u00a0', ' ')).toContain(
      '✓ Traitement du jeu de données (2 min)  ✓ Attente de capacité (2 min)  ● *Réglage*',
    );
    const pipeline = {
      ...jobIn('running'),
      run: run({ tasks: [task('root', 'RUNNING', { parent: undefined }), task('tuning', 'RUNNING')] }),
    };
    expect(said(card(pipeline, french))).toContain('● *Tuning*');
  });

  it('that succeeded in part or expired says so', () => {
    expect(card(openModel['succeeded in part'], around).text).toContain('☑️ Done in part in 1 hr 12 min');
    const expired = {
      ...openModel['failed, and nobody says why'],
      run: tuningRun(88, undefined, { state: 'EXPIRED' }),
    };
    expect(card(expired as Job, around).text).toContain('❌ Failed in Tuning · expired in Vertex AI');
  });

  it.each(everyLanguage)('speaks of no pipeline job: %s', (_, speaking) => {
    for (const job of Object.values(tuningJobs))
      for (const cancel of [job.cancel, { by: ana, at: start }]) {
        const drawn = { ...job, cancel, ...('run' in job && { goneSince: start }) } as Job;
        expect(said(card(drawn, speaking))).not.toMatch(/pipeline/i);
      }
  });
});
