import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Firestore } from '@google-cloud/firestore';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { approve, ask, channel, fill, open, result } from '../src/local/play.ts';
import { startStack } from '../src/local/stack.ts';
import { failures } from '../src/local/vertex/failures.ts';
import { approvalIds } from '../src/views/approval.ts';
import { cardIds } from '../src/views/card.ts';
import { passportId } from '../src/views/passport-id.ts';
import { secondTryId } from '../src/views/post.ts';
import { trialIds } from '../src/views/trial.ts';
import { undeployId } from '../src/views/undeploy.ts';
import { signedTo } from './signed.ts';
import { watching } from './watching.ts';

const stack = await startStack({
  speed: 6000,
  knockEvery: 200,
  slack: { rateLimits: false, fileDelayMs: 50 },
  environment: { OPEN_JOBS_PER_PERSON: '100' },
});
const { uri, blocks, cardText, part, thread, inThread, cardShows } = watching(stack);

afterEach(() => {
  stack.slack.clearFaults();
  stack.vertex.heal();
  stack.vertex.speed(6000);
  stack.vertex.state.live = false;
  stack.vertex.state.eventFiles = false;
});
afterAll(() => stack.close());

/** Whether nothing is left to do for a job but to ask in two weeks whether its model is still needed. */
function isFarOff(due: number | null): boolean {
  return due === null || due > Date.now() + 13 * 86_400_000;
}

/** Waits until a card has these words in it. */
function cardShowsBlocks(card: string, words: RegExp) {
  return stack.slack.until(() => words.test(blocks(stack.slack.message(channel, card))), { ms: 20_000 });
}

/** Sends the program a submission as Slack would sign it, and returns its answer. */
async function submitSigned(view: { id: string; callbackId: string; values: unknown }): Promise<unknown> {
  const answer = await signedTo(stack, {
    type: 'view_submission',
    user: { id: 'UANA00001', team_id: stack.slack.team.id },
    team: { id: stack.slack.team.id },
    view: {
      id: view.id,
      root_view_id: view.id,
      type: 'modal',
      callback_id: view.callbackId,
      private_metadata: JSON.stringify({ filled: {}, times: {} }),
      state: { values: view.values },
    },
  });
  return answer.body && JSON.parse(answer.body);
}

function edited(values: unknown): unknown {
  return JSON.parse(JSON.stringify(values).replaceAll('"60"', '"61"'));
}

describe('the main job', () => {
  test('a TPU job is asked for, approved, tuned, and its tuned model named', async () => {
    const card = await ask(stack, part('main-tpu', { accelerator: 'TPU', steps: 100 }));
    await approve(stack, card);
    const model = await result(stack, card);
    expect(model).toMatch(/^projects\/\d+\/locations\/us-central1\/models\/\d+/);

    const told = thread(card).join('\n');
    expect(told).toMatch(/420 rows, all labelled/);
    expect(told).toMatch(/✅ <@UANA00001>/);
    await cardShows(card, /Done/);
    const last = stack.slack.thread(channel, card).find(message => message.broadcast);
    expect(blocks(last)).toContain(model);
    const code = await inThread(card, /get_tuned_model/);
    expect(code.broadcast).toBeFalsy();
    const verdict = await inThread(card, /exact match/);
    expect(blocks(verdict)).toMatch(
      /tuned model\*: \d+ of 60.*base student text-bison@002: \d+ of 60.*teacher text-unicorn@001: \d+ of 60/,
    );
    await cardShowsBlocks(card, /Exact match on the evaluation dataset/);
    const picture = /"slack_file":\{"id":"(\w+)"/.exec(blocks(last))?.[1] ?? '';
    expect(stack.slack.file(picture)?.bytes?.subarray(1, 4).toString()).toBe('PNG');

    const [job] = stack.vertex.jobs().filter(it => JSON.stringify(it).includes('main-tpu')) as {
      labels: Record<string, string>;
      runtimeConfig: object;
      name: string;
    }[];
    expect(job?.labels).toMatchObject({ 'retort-deployment': 'retort' });
    expect(job?.name).toMatch(new RegExp(`/pipelineJobs/retort-${job?.labels['retort-job']}$`));
    expect(job?.runtimeConfig).toMatchObject({
      gcsOutputDirectory: `gs://${stack.buckets.pipelines}/retort`,
      parameterValues: {
        accelerator_type: 'TPU',
        train_steps: 100,
        evaluation_interval: 20,
        enable_checkpoint_selection: 'default',
      },
    });
  });

  test('what happened is in Firestore: the job, its posts in order, the decisions, and a ledger that nobody holds', async () => {
    const db = new Firestore({ projectId: stack.project.id, host: stack.firestore.host, ssl: false });
    const find = async () => (await db.collection('jobs').where('job.spec.modelName', '==', 'main-tpu').get()).docs[0];
    await expect
      .poll(async () => (await find())?.data(), { timeout: 10_000 })
      .toMatchObject({ lease: null, job: { state: 'succeeded', requester: { user: 'UANA00001' } } });
    await expect.poll(async () => isFarOff((await find())?.get('due')), { timeout: 10_000 }).toBe(true);
    const document = await find();
    const posts = await document?.ref.collection('posts').orderBy('sequence').get();
    expect(posts?.docs.map(post => post.get('state'))).toEqual(posts?.docs.map(() => 'sent'));
    expect(posts?.docs.map(post => post.get('post.kind')).filter(kind => kind !== 'stage')).toEqual([
      'card',
      'dataset',
      'attachment',
      'approval',
      'launch',
      'result',
      'code',
      'attachment',
      'attachment',
      'verdict',
      'attachment',
    ]);
    const audit = await db.collection('audit').where('job', '==', document?.id).get();
    expect(audit.docs.map(record => [record.get('action'), record.get('by.user')]).sort()).toEqual([
      ['approve', 'UBEN00001'],
      ['ask', 'UANA00001'],
      ['submit', 'UANA00001'],
    ]);
    const ledger = await db.collection('ledgers').doc('TPU').get();
    expect(ledger.data()).toMatchObject({ held: {}, waiting: {}, took: [expect.any(Number)] });
    await db.terminate();
  });

  test('the thread has a picture of the dataset’s lengths, and the whole report as a file', async () => {
    const card = stack.slack.messages(channel).find(one => !one.threadTs && blocks(one).includes('main-tpu'))!.ts;
    const found = await inThread(card, /Dataset checked/);
    expect(blocks(found)).toMatch(/"block_id":"lengths".*Inputs: half up to \d+/);
    const [file] = stack.slack.thread(channel, card).flatMap(({ fileIds }) => fileIds);
    const report = String(stack.slack.file(file ?? '')?.bytes);
    expect(stack.slack.file(file ?? '')?.name).toBe('main-tpu-dataset.md');
    expect(report).toMatch(/^# Dataset report\n[\s\S]*420 rows[\s\S]*\| input_text \|/);
  });

  test('a job has a passport: at its end, and whenever somebody asks for its status', async () => {
    const { slack } = stack;
    const card = slack.messages(channel).find(one => !one.threadTs && blocks(one).includes('main-tpu'))!.ts;
    const passports = () =>
      slack
        .thread(channel, card)
        .flatMap(({ fileIds }) => fileIds)
        .map(id => slack.file(id))
        .filter(file => file?.name === 'main-tpu-passport.json')
        .map(file => JSON.parse(String(file?.bytes)));
    await slack.until(() => passports().length === 1);
    const [passport] = passports();
    const train = createHash('sha256')
      .update(stack.storage.get(stack.buckets.datasets, 'support/train.jsonl')!)
      .digest('hex');
    expect(passport).toMatchObject({
      job: { state: 'succeeded' },
      requestedBy: { user: 'UANA00001' },
      approval: { approvedBy: { user: 'UBEN00001' } },
      datasets: {
        dataset: { uri: uri('train'), sha256: train, generation: expect.stringMatching(/^\d+$/), rows: 420 },
      },
      pipelineJob: { template: { version: expect.stringMatching(/^sha256:/) } },
      training: { tokenAccuracy: { last: { step: 100 } } },
      model: { name: expect.stringMatching(/\/models\/\d+/), endpoint: expect.stringMatching(/\/endpoints\/\d+/) },
      verdict: { rows: 60 },
    });
    const chi = slack.as('chi');
    const before = chi.ephemerals().length;
    await chi.command('general', '/distill status main-tpu');
    const answer = await slack.until(() => chi.ephemerals()[before]);
    await chi.press({ ephemeral: answer.ts }, passportId);
    await slack.until(() => passports().length === 2);
  });

  test('the tuned model is tried from the thread, beside what a row expects, and then undeployed', async () => {
    const { slack, vertex } = stack;
    vertex.state.answerTime = 20;
    const card = await ask(stack, part('tried'));
    await result(stack, card);
    await cardShowsBlocks(card, new RegExp(`"${trialIds.open}"`));
    const ana = slack.as('ana');
    await ana.press({ channel, ts: card }, trialIds.open);
    const form = await slack.until(() => ana.views()[0]);
    expect(JSON.stringify((await ana.submit(form.id)).errors)).toMatch(/A prompt is needed/);
    await ana.type(form.id, trialIds.line, '2');
    expect((await ana.submit(form.id)).errors).toBeUndefined();
    const answer = await inThread(card, /asked the tuned model about line 2/);
    expect(blocks(answer)).toMatch(/Answer, after .*Expected: the answer is/);
    expect(blocks(answer)).not.toMatch(/after 1?\d ms/);
    vertex.state.answerTime = 0;

    const isDeployed = () =>
      [...vertex.state.models.models.values()].find(({ displayName }) => displayName === 'tried')?.deployments.length;
    expect(isDeployed()).toBe(1);
    await slack.as('ben').press({ channel, ts: card }, undeployId, { confirmed: true });
    await inThread(card, /Undeployed\* by <@UBEN00001>/);
    expect(isDeployed()).toBe(0);
    await slack.until(() => !blocks(slack.message(channel, card)).includes(`"${trialIds.open}"`));
  });

  test('a GPU job needs no approval', async () => {
    const card = await ask(stack, part('main-gpu'));
    expect(await result(stack, card)).toMatch(/\/models\//);
    expect(thread(card).join('\n')).not.toMatch(/asks for/);
  });

  test('an unlabelled dataset is labelled by the teacher', async () => {
    const card = await ask(stack, part('unlabelled', { dataset: uri('unlabelled') }));
    expect(await result(stack, card)).toMatch(/\/models\//);
    expect(thread(card).join('\n')).toMatch(/unlabelled/);
  });

  test('where curves are reported while a run tunes, the card shows them, and their picture is replaced', async () => {
    stack.vertex.state.live = true;
    stack.vertex.speed(300);
    const card = await ask(stack, part('live', { steps: 300 }));
    const shown = () => /"slack_file":\{"id":"(\w+)"/.exec(blocks(stack.slack.message(channel, card)))?.[1];
    const first = await stack.slack.until(shown, { ms: 25_000 });
    expect(cardText(card)).toMatch(/Running .* step \d+ of 300/);
    await stack.slack.until(() => shown() !== first, { ms: 25_000 });
    stack.vertex.speed(6000);
    expect(await result(stack, card)).toMatch(/\/models\//);
    expect(shown()).not.toBe(first);
  });

  test('where a run writes event files, the card shows curves before TensorBoard has any', async () => {
    stack.vertex.state.eventFiles = true;
    stack.vertex.speed(300);
    const card = await ask(stack, part('event-files', { steps: 300 }));
    await cardShowsBlocks(card, /"slack_file"/);
    expect(cardText(card)).toMatch(/Running .* step \d+ of 300/);
    stack.vertex.speed(6000);
    expect(await result(stack, card)).toMatch(/\/models\//);
  });

  test('files uploaded in the form are brought to the dataset bucket and used', async () => {
    const { slack } = stack;
    const ana = slack.as('ana');
    const samples = new URL('../src/local/samples/', import.meta.url);
    const view = await open(stack, 'ana');
    await fill(stack, view, { ...part('uploaded'), dataset: '', evaluationDataset: '' });
    await ana.attach(view, 'dataset.file', {
      name: 'mine.jsonl',
      bytes: await readFile(new URL('train.jsonl', samples)),
    });
    await ana.attach(view, 'evaluationDataset.file', {
      name: 'eval.jsonl',
      bytes: await readFile(new URL('eval.jsonl', samples)),
    });
    const told = await ana.submit(view);
    expect(told.errors).toBeUndefined();
    const card = await slack.until(() => slack.messages(channel).findLast(message => /uploaded/.test(blocks(message))));
    expect(await result(stack, card.ts)).toMatch(/\/models\//);
    const [job] = stack.vertex.jobs().filter(it => JSON.stringify(it).includes('"uploaded"')) as {
      labels: Record<string, string>;
      runtimeConfig: object;
    }[];
    const folder = `retort/${job?.labels['retort-job']}`;
    expect(job?.runtimeConfig).toMatchObject({
      parameterValues: { dataset_uri: `gs://${stack.buckets.uploads}/${folder}/train.jsonl` },
    });
    expect(stack.storage.get(stack.buckets.uploads, `${folder}/train.jsonl`)).toEqual(
      await readFile(new URL('train.jsonl', samples)),
    );
  });
});

describe('what does not go well', () => {
  test('a dataset with faults is refused, with line numbers, and nothing is launched', async () => {
    const before = stack.vertex.jobs().length;
    const card = await ask(stack, part('broken', { dataset: uri('broken') }));
    await cardShows(card, /Refused/);
    const refusal = await inThread(card, /cannot be used|nothing was launched/);
    for (const line of ['11', '19', '26', '33', '47', '120']) expect(blocks(refusal)).toContain(line);
    expect(stack.vertex.jobs()).toHaveLength(before);
  });

  test('a missing dataset ends the job before anybody is asked to approve', async () => {
    const card = await ask(
      stack,
      part('nowhere', { accelerator: 'TPU', dataset: `gs://${stack.buckets.datasets}/none.jsonl` }),
    );
    await cardShows(card, /Refused/);
    await inThread(card, /There is no dataset at/);
    expect(thread(card).join('\n')).not.toMatch(/asks for/);
  });

  test.each([
    ['pipelineRoot', 'gs://no-such-bucket/root', /Refused/, 'There is no bucket for the pipeline root'],
    ['serviceAccount', 'nobody@acme-ml.iam.gserviceaccount.com', /Refused/, 'There is no service account'],
    [
      'encryptionKey',
      'projects/acme-ml/locations/us-central1/keyRings/r/cryptoKeys/none',
      /Refused/,
      'There is no encryption key',
    ],
    ['serviceAccount', '', /Running|Done|Launched|Queued/, 'Whether Retort may act as it could not be checked'],
  ] as const)('%s "%s" is looked up before the launch', async (field, value, state, words) => {
    const view = await open(stack, 'ana');
    await fill(stack, view, part(`look-up-${field}-${value.length}`));
    const ana = stack.slack.as('ana');
    await ana.type(view, field, value);
    const before = stack.slack.messages(channel).length;
    expect((await ana.submit(view)).errors).toBeUndefined();
    const card = await stack.slack.until(() => stack.slack.messages(channel)[before]);
    await cardShows(card.ts, state);
    await inThread(card.ts, new RegExp(words));
  });

  test('a TensorBoard that is not there is found before the launch', async () => {
    const gone = { ...stack.tensorboards[0], id: '8199999999999999999' };
    const name = `projects/123456789012/locations/${gone.region}/tensorboards/${gone.id}`;
    const other = await startStack({
      knockEvery: 200,
      official: false,
      slack: { rateLimits: false },
      environment: { TENSORBOARDS: `us-central1=${name}` },
    });
    const card = await ask(other, part('no-board'));
    await other.slack.until(() => /Refused/.test(other.slack.message(channel, card)?.text ?? ''), { ms: 20_000 });
    const said = await other.slack.until(() => other.slack.thread(channel, card)[0]);
    expect(blocks(said)).toContain('There is no TensorBoard');
    await other.close();
  });

  test('a denied job carries the reason to its requester, and its request loses its buttons', async () => {
    const card = await ask(stack, part('denied', { accelerator: 'TPU' }));
    const request = await inThread(card, new RegExp(`"${approvalIds.approve}"`));
    const ben = stack.slack.as('ben');
    await ben.press({ channel, ts: request.ts }, approvalIds.deny);
    const view = await stack.slack.until(() => ben.views()[0]);
    await ben.type(view.id, 'reason', '   ');
    expect(JSON.stringify((await ben.submit(view.id)).errors)).toMatch(/reason/i);
    await ben.type(view.id, 'reason', 'Not this week, the quota is taken');
    await ben.submit(view.id);
    await cardShows(card, /Denied/);
    const denial = await inThread(card, /Not this week/);
    expect(blocks(denial)).toContain('<@UANA00001>');
    await stack.slack.until(
      () => !blocks(stack.slack.message(channel, request.ts)).includes(`"${approvalIds.approve}"`),
    );
  });

  test('a failed task is told with its own message, not the wrapper', async () => {
    stack.vertex.failTask({ ...failures.tpuQuota });
    const card = await ask(stack, part('failing'));
    await cardShows(card, /Failed/);
    expect(blocks(stack.slack.message(channel, card))).toContain('not enough');
    const failure = await inThread(card, /RESOURCE_EXHAUSTED/);
    expect(failure.text).not.toMatch(/The DAG failed/);

    const ana = stack.slack.as('ana');
    await ana.press({ channel, ts: failure.ts }, secondTryId);
    const form = await stack.slack.until(() => ana.views()[0]);
    expect(JSON.stringify(form)).toContain('Mended: it was “GPU”');
    expect(form.values).toMatchObject({ modelName: { modelName: { value: 'failing' } } });
    expect(JSON.stringify(form.values)).toContain('"value":"TPU"');
    await ana.close(form.id);
  });

  test('a job is cancelled while it waits, and while it runs', async () => {
    const waiting = await ask(stack, part('cancel-waiting', { accelerator: 'TPU' }));
    await inThread(waiting, new RegExp(`"${approvalIds.approve}"`));
    await stack.slack.as('ana').press({ channel, ts: waiting }, cardIds.cancel, { confirmed: true });
    await cardShows(waiting, /Cancelled/);

    stack.vertex.speed(20);
    const running = await ask(stack, part('cancel-running'));
    await cardShows(running, /Running/);
    await stack.slack.as('ana').press({ channel, ts: running }, cardIds.cancel, { confirmed: true });
    const [pipelineJob] = stack.vertex.jobs().filter(job => JSON.stringify(job).includes('cancel-running'));
    expect(JSON.stringify(pipelineJob)).toContain('PIPELINE_STATE_RUNNING');
    await cardShows(running, /Cancelling|Cancelled/);
    stack.vertex.speed(6000);
    await cardShows(running, /Cancelled/);
    const [ended] = stack.vertex.jobs().filter(job => JSON.stringify(job).includes('cancel-running'));
    expect(JSON.stringify(ended)).toContain('PIPELINE_STATE_CANCELLED');
  });
});

describe('approval', () => {
  test('who may not approve is told so, and only they; nothing else changes', async () => {
    const card = await ask(stack, part('outsider', { accelerator: 'TPU' }));
    const request = await inThread(card, new RegExp(`"${approvalIds.approve}"`));
    for (const person of ['oz', 'ana', 'guest']) {
      const before = stack.slack.as(person).ephemerals().length;
      await stack.slack.as(person).press({ channel, ts: request.ts }, approvalIds.approve, { confirmed: true });
      const answer = await stack.slack.until(() => stack.slack.as(person).ephemerals()[before]);
      expect(blocks(answer)).toContain('<!subteam^SAPPROVE1>');
    }
    expect(cardText(card)).toMatch(/[Ww]aiting for approval/);
    await stack.slack.as('ana').press({ channel, ts: card }, cardIds.cancel, { confirmed: true });
    await cardShows(card, /Cancelled/);
  });

  test('one decision counts, whoever else presses at the same instant', async () => {
    const card = await ask(stack, part('both', { accelerator: 'TPU' }));
    const request = await inThread(card, new RegExp(`"${approvalIds.approve}"`));
    const press = (person: string) =>
      stack.slack.as(person).press({ channel, ts: request.ts }, approvalIds.approve, { confirmed: true });
    await Promise.all([press('ben'), press('chi'), press('ben')]);
    expect(await result(stack, card)).toMatch(/\/models\//);
    expect(stack.vertex.jobs().filter(job => JSON.stringify(job).includes('"both"'))).toHaveLength(1);
  });

  test('a second TPU job waits until the seat is free', async () => {
    stack.vertex.speed(60);
    const first = await ask(stack, part('first', { accelerator: 'TPU' }));
    await approve(stack, first);
    await cardShows(first, /Running/);
    const second = await ask(stack, part('second', { accelerator: 'TPU' }));
    await approve(stack, second);
    await cardShows(second, /Queued/);
    expect(stack.vertex.jobs().some(job => JSON.stringify(job).includes('"second"'))).toBe(false);
    stack.vertex.speed(6000);
    expect(await result(stack, first)).toMatch(/\/models\//);
    expect(await result(stack, second)).toMatch(/\/models\//);
  });
});

describe('the form', () => {
  test('says beside each field what is wrong, and keeps what was typed', async () => {
    const ana = stack.slack.as('ana');
    const view = await open(stack, 'ana');
    await fill(stack, view, part('wrong', { accelerator: 'TPU', dataset: 'gs://gs://twice/x.jsonl' }));
    await ana.type(view, 'encryptionKey', 'projects/p/locations/us-central1/keyRings/r/cryptoKeys/k');
    await ana.type(view, 'serviceAccount', 'somebody');
    const told = await ana.submit(view);
    const beside = Object.fromEntries(
      Object.entries(told.errors ?? {}).map(([block, text]) => [block.split('~')[0], text]),
    );
    expect(Object.keys(beside).sort()).toEqual(['dataset', 'encryptionKey', 'serviceAccount']);
    expect(beside.encryptionKey).toMatch(/choose GPU, or leave the key empty/);
    expect(JSON.stringify(ana.views()[0]?.values)).toContain('gs://gs://twice/x.jsonl');
    await ana.close(view);
  });

  test('computes epochs, batch size and evaluation points while one chooses', async () => {
    const ana = stack.slack.as('ana');
    const view = await open(stack, 'ana');
    await fill(stack, view, part('computed', { accelerator: 'TPU', steps: 300 }));
    const drawn = () => JSON.stringify(ana.views()[0]?.blocks);
    await stack.slack.until(() => /300 steps × 24 = 7,200 examples = 17 epochs over 420 rows/.test(drawn()));
    expect(drawn()).toMatch(/Tunes in europe-west4 · batch size 24 · needs approval/);
    expect(drawn()).toMatch(/15 evaluations/);
    await ana.close(view);
  });

  test('fills both datasets with the samples at a press, and the steps with a task’s lower end until somebody types some', async () => {
    const ana = stack.slack.as('ana');
    const view = await open(stack, 'ana');
    await ana.press({ viewId: view }, 'sample');
    await stack.slack.until(() => /peft_train_sample/.test(JSON.stringify(ana.views()[0]?.values)));
    expect(JSON.stringify(ana.views()[0]?.values)).toContain('peft_eval_sample');
    await ana.choose(view, 'task', 'summarization');
    const steps = () =>
      Object.entries(ana.views()[0]?.values ?? {}).find(([block]) => block.split('~')[0] === 'steps')?.[1];
    await stack.slack.until(() => /"1000"/.test(JSON.stringify(steps())));
    await ana.type(view, 'steps', '42');
    await ana.choose(view, 'task', 'classification');
    await stack.slack.until(() => /200 to 1,000/.test(JSON.stringify(ana.views()[0]?.blocks)));
    expect(JSON.stringify(steps())).toContain('"42"');
    await ana.close(view);
  });

  test('one view submitted twice makes one job', async () => {
    const ana = stack.slack.as('ana');
    const view = await open(stack, 'ana');
    await fill(stack, view, part('twice'));
    await Promise.allSettled([ana.submit(view), ana.submit(view)]);
    await stack.slack.until(() => stack.slack.messages(channel).some(message => /\btwice\b/.test(blocks(message))));
    await stack.scheduler.knock();
    expect(
      stack.slack.messages(channel).filter(message => !message.threadTs && /"?\btwice\b/.test(blocks(message))),
    ).toHaveLength(1);
  });

  test('opened again for a job, it is filled in: its upload stands in the URI field', async () => {
    const card = stack.slack
      .messages(channel)
      .find(message => !message.threadTs && /\*uploaded\*/.test(blocks(message)));
    const ana = stack.slack.as('ana');
    await ana.press({ channel, ts: card?.ts ?? '' }, cardIds.again);
    const view = await stack.slack.until(() => ana.views()[0]);
    const values = JSON.stringify(view.values);
    expect(values).toMatch(new RegExp(`gs://${stack.buckets.uploads}/retort/\\w+/train.jsonl`));
    expect(values).toContain('"60"');
    await ana.close(view.id);
  });

  test('a trigger that has expired gets a message with a button that opens the form', async () => {
    stack.slack.fault({ method: 'views.open', mode: 'error:expired_trigger_id' });
    const ana = stack.slack.as('ana');
    const before = ana.ephemerals().length;
    await ana.command(channel, '/distill');
    const answer = await stack.slack.until(() => ana.ephemerals()[before]);
    await ana.press({ ephemeral: answer.ts }, 'open-form');
    const view = await stack.slack.until(() => ana.views()[0]);
    await ana.close(view.id);
  });

  test('a trigger that expired while Retort slept, and with it the time to acknowledge, gets the button all the same', async () => {
    const ana = stack.slack.as('ana');
    const before = ana.ephemerals().length;
    process.kill(stack.program().pid, 'SIGSTOP');
    const told = ana.command(channel, '/distill');
    await new Promise(resolve => setTimeout(resolve, 3300));
    process.kill(stack.program().pid, 'SIGCONT');
    await told;
    const answer = await stack.slack.until(
      () =>
        ana
          .ephemerals()
          .slice(before)
          .find(message => blocks(message).includes('open-form')),
      { ms: 10_000 },
    );
    await ana.press({ ephemeral: answer.ts }, 'open-form');
    const view = await stack.slack.until(() => ana.views()[0]);
    await ana.close(view.id);
  });

  test('sent again with other answers, a view says which job it began', async () => {
    const ana = stack.slack.as('ana');
    const view = await open(stack, 'ana');
    await fill(stack, view, part('edited'));
    stack.slack.fault({ method: 'users.info', mode: '500' });
    const payload = await stack.slack.until(() => ana.views()[0]);
    expect((await ana.submit(view)).errors).toBeUndefined();
    const again = await submitSigned({ ...payload, values: edited(payload.values) });
    expect(JSON.stringify(again)).toMatch(/has begun job/);
  });

  test('what the form does not offer is refused beside its field, whoever signs it', async () => {
    const ana = stack.slack.as('ana');
    const view = await open(stack, 'ana');
    await fill(stack, view, part('mars'));
    const payload = await stack.slack.until(() => ana.views()[0]);
    const values = structuredClone(payload.values) as Record<
      string,
      Record<string, { selected_option?: { value: string } }>
    >;
    values.region!.region!.selected_option!.value = 'mars-central1';
    expect(await submitSigned({ ...payload, values })).toMatchObject({
      response_action: 'errors',
      errors: { region: expect.stringMatching(/choices/) },
    });
    await ana.close(view);
  });

  test('a channel Retort is not in is a field error that says how to invite it', async () => {
    const ana = stack.slack.as('ana');
    const view = await open(stack, 'ana');
    await fill(stack, view, part('elsewhere'));
    await ana.choose(view, 'channel', 'CGENERAL1');
    const told = await ana.submit(view);
    expect(JSON.stringify(told.errors)).toMatch(/invite/i);
    await ana.close(view);
  });
});

describe('the other doors', () => {
  test('/distill help, list, status and an unknown subcommand answer the one who asked', async () => {
    const ana = stack.slack.as('ana');
    const answer = async (line: string) => {
      const before = ana.ephemerals().length;
      await ana.command(channel, line);
      return blocks(await stack.slack.until(() => ana.ephemerals()[before]));
    };
    expect(await answer('/distill help')).toContain('/distill status');
    expect(await answer('/distill frobnicate')).toContain('/distill status');
    expect(await answer('/distill list')).toContain('twice');
    expect(await answer('/distill status main-tpu')).toMatch(/Done/);
    expect(await answer('/distill status nothing-like-it')).toContain('nothing-like-it');
    for (const word of ['constructor', '__proto__'])
      expect(await answer(`/distill ${word}`)).toContain('/distill status');
    const guest = stack.slack.as('guest');
    await guest.command(channel, '/distill list');
    const refusal = await stack.slack.until(() => guest.ephemerals().at(-1));
    expect(blocks(refusal)).toMatch(/members/);
    expect(blocks(refusal)).not.toContain('main-tpu');
  });

  test('App Home shows one’s own jobs, and an approver what waits', async () => {
    const card = await ask(stack, part('at-home', { accelerator: 'TPU' }));
    await inThread(card, new RegExp(`"${approvalIds.approve}"`));
    const ben = stack.slack.as('ben');
    await ben.openHome();
    await stack.slack.until(() => /at-home/.test(JSON.stringify(ben.home()?.blocks)));
    await approve(stack, card);
    expect(await result(stack, card)).toMatch(/\/models\//);
    const ana = stack.slack.as('ana');
    await ana.openHome();
    await stack.slack.until(() => /at-home/.test(JSON.stringify(ana.home()?.blocks)));
  });

  test('Show request hands out the exact body as JSON and as curl', async () => {
    const card = await ask(stack, part('shown'));
    await result(stack, card);
    const ana = stack.slack.as('ana');
    const more = JSON.parse(blocks(stack.slack.message(channel, card)))
      .flatMap((block: { elements?: { action_id?: string; options?: { value: string }[] }[] }) => block.elements ?? [])
      .find((element: { action_id?: string }) => element.action_id === cardIds.more);
    await ana.press({ channel, ts: card }, cardIds.more, { option: more.options[0].value });
    const view = await stack.slack.until(() => ana.views()[0]);
    const [json = '', curl = ''] = view.blocks
      .filter(block => block.type === 'rich_text')
      .map(block => /"type":"text","text":("(?:[^"\\]|\\.)*")/.exec(JSON.stringify(block))?.[1] ?? '""')
      .map(text => JSON.parse(text) as string);
    const [sent] = stack.vertex.jobs().filter(job => JSON.stringify(job).includes('"shown"'));
    expect(sent).toMatchObject(JSON.parse(json));
    expect(curl).toContain('pipelineJobId=retort-');
    expect(curl).toContain(JSON.stringify(JSON.parse(json), null, 2).split('\n')[1]?.trim());
    await ana.close(view.id);
  });

  test('a knock without the right token is refused with an empty answer', async () => {
    const { url } = stack.program();
    const knock = async (authorization?: string) => {
      const answer = await fetch(`${url}/poll`, { method: 'POST', headers: authorization ? { authorization } : {} });
      return [answer.status, await answer.text()];
    };
    const audience = stack.environment.POLL_AUDIENCE ?? '';
    const email = stack.environment.POLL_SERVICE_ACCOUNT ?? '';
    const bearer = (claims: object) => `Bearer ${stack.tokens.idToken({ audience, email, ...claims })}`;
    expect(await knock()).toEqual([401, '']);
    expect(await knock('Bearer nonsense')).toEqual([401, '']);
    expect(await knock(bearer({ audience: 'https://elsewhere' }))).toEqual([401, '']);
    expect(await knock(bearer({ email: 'other@acme-ml.iam.gserviceaccount.com' }))).toEqual([401, '']);
    expect(await knock(bearer({ emailVerified: false }))).toEqual([401, '']);
    expect((await knock(bearer({})))[0]).toBe(200);
  });

  test('what is malformed or unknown is acknowledged or refused, and harms nothing', async () => {
    const { url } = stack.program();
    expect((await fetch(`${url}/health`)).status).toBe(200);
    expect((await fetch(`${url}/slack/events`, { method: 'POST', body: 'payload=x' })).status).toBe(401);
    expect((await fetch(`${url}/nowhere`)).status).toBe(404);
    const answer = await stack.slack.event({ type: 'channel_archive', channel: 'CDISTILL1' });
    expect(answer.problem).toBeUndefined();
    const user = { id: 'UANA00001', team_id: stack.slack.team.id };
    const team = { id: stack.slack.team.id };
    const odd = [
      { type: 'block_actions', user, team, actions: [] },
      {
        type: 'block_actions',
        user,
        team,
        actions: [{ type: 'button', action_id: 'constructor', value: '__proto__' }],
      },
      { type: 'something_new', user, team },
      { type: 'view_submission', user, team, view: { id: 'V1', callback_id: 'unheard-of', state: { values: {} } } },
      { type: 'view_submission', user, team, view: { id: 'V1', callback_id: 'distill' } },
      { type: 'shortcut', callback_id: 'x', user, team, trigger_id: '1', action_ts: '1' },
      {},
    ];
    for (const payload of odd) expect([payload, (await signedTo(stack, payload)).status]).toEqual([payload, 200]);
    expect((await signedTo(stack, '{"type":')).status).toBeLessThan(500);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    expect(stack.program().logs.every(line => line.startsWith('{'))).toBe(true);
  });
});

describe('when all is said', () => {
  test('every job that has ended is at rest in Firestore: nobody holds it, nothing is owed, its seat is free', async () => {
    await stack.scheduler.knock();
    const db = new Firestore({ projectId: stack.project.id, host: stack.firestore.host, ssl: false });
    const ended = ['refused', 'denied', 'succeeded', 'failed', 'cancelled'];
    const find = async () =>
      (await db.collection('jobs').get()).docs.filter(document => ended.includes(document.get('job.state')));
    await expect
      .poll(async () => (await find()).filter(it => it.get('lease') || !isFarOff(it.get('due'))).length, {
        timeout: 10_000,
      })
      .toBe(0);
    const done = await find();
    expect([...new Set(done.map(document => document.get('job.state')))].sort()).toEqual(ended.sort());
    const ledgers = await db.collection('ledgers').get();
    const held = ledgers.docs.flatMap(ledger => [
      ...Object.keys(ledger.get('held')),
      ...Object.keys(ledger.get('waiting')),
    ]);
    for (const document of done) {
      const name = document.get('job.spec.modelName');
      expect([name, document.get('lease'), isFarOff(document.get('due'))]).toEqual([name, null, true]);
      const posts = await document.ref.collection('posts').orderBy('sequence').get();
      expect([name, ...posts.docs.map(post => post.get('state'))]).toEqual([name, ...posts.docs.map(() => 'sent')]);
      const keys = posts.docs.map(post => post.id);
      const shown = [
        ...stack.slack.messages(channel),
        ...stack.slack.messages(channel).flatMap(top => stack.slack.thread(channel, top.ts)),
      ];
      const stamps = new Set(posts.docs.map(post => post.get('ts')));
      const ours = shown.filter(({ metadata, ts, fileIds }) =>
        fileIds.length ? stamps.has(ts) : JSON.stringify(metadata ?? {}).includes(`"job":"${document.id}"`),
      );
      expect([name, ...new Set(ours.map(message => message.ts))].length).toBe(keys.length + 1);
      expect(held).not.toContain(document.id);
    }
    await db.terminate();
  });
});
