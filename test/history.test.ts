import { afterAll, beforeAll, expect, test } from 'vitest';
import { firestoreJobs } from '../src/clients/firestore.ts';
import type { Job } from '../src/job/job.ts';
import type { Post } from '../src/job/post.ts';
import { channel } from '../src/local/play.ts';
import { startStack } from '../src/local/stack.ts';
import { cardIds } from '../src/views/card.ts';
import { size } from '../src/views/chart-layout.ts';
import { form } from '../src/views/form.ts';
import { listIds } from '../src/views/list.ts';
import { muteIds } from '../src/views/mute-ids.ts';
import { preferIds } from '../src/views/prefer-ids.ts';
import { openDatabase } from './clients/databases.ts';
import { jobIn, specWith } from './job/sample-jobs.ts';

const stack = await startStack({ slack: { rateLimits: false } });
const { slack } = stack;
const database = openDatabase(stack.firestore.host, { projectId: stack.project.id });
const clock = { now: Date.now, steady: () => performance.now() };
const jobs = firestoreJobs(database.connect(), { clock, leaseTime: 90_000, callTime: 8000 });

afterAll(async () => {
  await database.close();
  await stack.close();
});

/** Keeps a job that has ended, or never goes on by itself. */
async function keep(job: Job, posts: Post[] = []) {
  const user = slack.as(job.requester.user).id;
  await jobs.create({ job: { ...job, requester: { user, team: slack.team.id }, channel: 'CDISTILL1' }, posts }, job.id);
}

const ended = (name: string, requester: string, createdAt: number): Job => ({
  ...jobIn('failed', { spec: specWith({ modelName: name }) }),
  id: name.replaceAll('-', ''),
  requester: { user: requester, team: '' },
  createdAt,
});

beforeAll(async () => {
  for (let i = 1; i <= 25; i++)
    await keep(ended(`past-${String(i).padStart(2, '0')}`, i % 5 ? 'ana' : 'ben', Date.UTC(2026, 0, i)));
});

const told = (message: { blocks: unknown } | undefined) => JSON.stringify(message?.blocks ?? []);
const named = (text: string) =>
  [...text.matchAll(/past-\d\d/g)].map(([name]) => name).filter((it, i, all) => all.indexOf(it) === i);

/** What somebody alone reads in answer to a command. */
async function answer(person: string, line: string) {
  const before = slack.as(person).ephemerals().length;
  await slack.as(person).command(channel, line);
  return slack.until(() => slack.as(person).ephemerals()[before]);
}

/** What stands in the place of a private answer once something on it was pressed. */
async function turned(person: string, ts: string, action: string, value?: string) {
  const at = () =>
    slack
      .as(person)
      .ephemerals()
      .find(one => one.ts === ts);
  const before = told(at());
  await slack.as(person).press({ ephemeral: ts }, action, value === undefined ? {} : { value });
  return slack.until(() => (told(at()) === before ? undefined : at()));
}

test('a list is turned page by page, in the place of what was read', async () => {
  const first = await answer('ana', '/distill list');
  expect(named(told(first))).toEqual(Array.from({ length: 10 }, (_, i) => `past-${25 - i}`));
  const second = await turned('ana', first.ts, listIds.older);
  expect(named(told(second))[0]).toBe('past-15');
  const third = await turned('ana', first.ts, listIds.older);
  expect(named(told(third))).toEqual(['past-05', 'past-04', 'past-03', 'past-02', 'past-01']);
  expect(told(third)).not.toContain(`"${listIds.older}"`);
  const mine = await turned('ana', first.ts, listIds.mine);
  expect(named(told(mine))).not.toContain('past-25');
  expect(named(told(mine))).toHaveLength(10);
});

test('a list is narrowed by a word, and another word is no list', async () => {
  expect(named(told(await answer('ben', '/distill list mine')))).toEqual(
    [25, 20, 15, 10].map(i => `past-${i}`).concat('past-05'),
  );
  expect(named(told(await answer('ben', '/distill list failed')))).toHaveLength(10);
  expect(told(await answer('ben', '/distill list running'))).toContain('Nothing is under way');
  expect(told(await answer('ben', '/distill list everything'))).toContain('no command');
});

/** A job that succeeded, whose evaluation ends at these values. */
function succeeded(name: string, { loss, steps, from = 0 }: { loss: number; steps: number; from?: number }): Job {
  const at = Array.from({ length: steps / 20 }, (_, i) => from + (i + 1) * 20);
  const falling = at.map((_, i) => loss + 1 / (i + 1));
  return {
    ...jobIn('succeeded', { spec: specWith({ modelName: name, steps }) }),
    id: name.replaceAll('-', ''),
    requester: { user: 'ana', team: '' },
    model: 'projects/1/locations/us-central1/models/2@1',
    curves: {
      eval_total_loss: { steps: at, values: falling },
      eval_fraction_of_correct_next_step_preds: { steps: at, values: falling.map(value => 1 - value / 3) },
    },
  };
}

test('two jobs are compared: what differs, the numbers, and then their curves in one picture', async () => {
  await keep(succeeded('small-steps', { loss: 0.21, steps: 300 }));
  await keep(succeeded('large-steps', { loss: 0.15, steps: 500, from: 217_800 }));
  const before = slack.as('chi').ephemerals().length;
  const text = told(await answer('ana', '/distill compare small-steps largesteps'));
  expect(text).toContain('• Steps: 300 → *500*');
  expect(text).toMatch(/Loss, evaluation, last +0\.277 \(step 300\) +0\.190 \(step 218,300\)/);
  const chart = await slack.until(() =>
    slack
      .as('ana')
      .ephemerals()
      .find(one => told(one).includes('slack_file')),
  );
  expect(told(chart)).toContain('Curves of A, small-steps, and B, large-steps: evaluation');
  const { id } = (chart.blocks[0] as { slack_file: { id: string } }).slack_file;
  const png = slack.file(id)!.bytes!;
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([size.width, size.height]);
  expect(slack.as('chi').ephemerals()).toHaveLength(before);
});

test('two jobs without a metric in common are compared in words alone, and two have to be named', async () => {
  expect(told(await answer('ana', '/distill compare past-01 past-02'))).toContain('Time taken');
  await slack.until(() =>
    slack
      .as('ana')
      .ephemerals()
      .some(one => told(one).includes('no metric in common')),
  );
  expect(told(await answer('ana', '/distill compare past-01'))).toContain('Name two jobs');
  expect(told(await answer('ana', '/distill compare past-01 nobody'))).toContain('There is no job “nobody”');
});

test('of several jobs of one name each can be shown, and run again from there', async () => {
  await keep({ ...ended('twin', 'ana', Date.UTC(2025, 0, 1)), id: 'twin1' });
  await keep({ ...ended('twin', 'ben', Date.UTC(2025, 0, 2)), id: 'twin2' });
  const both = await answer('chi', '/distill status twin');
  expect(told(both)).toMatch(/twin2.*twin1/);
  const shown = told(await turned('chi', both.ts, listIds.show, 'twin1'));
  expect(shown).toContain('twin1');
  expect(shown).not.toContain('twin2');
  await slack.as('chi').press({ ephemeral: both.ts }, cardIds.again);
  const filled = await slack.until(() => slack.as('chi').views()[0]);
  expect(JSON.stringify(filled.values)).toContain('twin');
});

test('from App Home somebody is told by direct message when their jobs end, and not any more', async () => {
  const chi = slack.as('chi');
  const shows = (id: string) => slack.until(() => JSON.stringify(chi.home() ?? {}).includes(`"${id}"`), { ms: 15_000 });
  await chi.openHome();
  await shows(preferIds.on);
  await chi.press('home', preferIds.on);
  await shows(preferIds.off);
  await chi.press('home', preferIds.off);
  await shows(preferIds.on);
});

test('from App Home the lists are opened in a window and turned there, and a new job is begun', async () => {
  const ana = slack.as('ana');
  await ana.openHome();
  await slack.until(() => told(ana.home()).includes('past-'));
  expect(told(ana.home())).toContain('*Quotas*');
  await ana.press('home', listIds.mine);
  const { id } = await slack.until(() => ana.views()[0]);
  expect(named(told(ana.views()[0]))).toContain('past-24');
  await ana.press({ viewId: id }, listIds.older);
  await slack.until(() => !named(told(ana.views()[0])).includes('past-24'));
  expect(ana.views()).toHaveLength(1);
  await ana.close(id);
  await ana.press('home', form.open);
  const opened = await slack.until(() => ana.views()[0]);
  expect(opened.callbackId).toBe(form.callback);
  await ana.close(opened.id);
});

test('who mutes a job is not mentioned in its posts any more, and is again once it is unmuted', async () => {
  const ana = slack.as('ana');
  const job = { ...ended('muted-one', 'ana', Date.UTC(2025, 5, 1)), id: 'mutedone' };
  await keep(job, [{ kind: 'card' }]);
  const card = await slack.until(() => slack.messages(channel).find(one => told(one).includes('muted-one')));
  const choose = (option: string) => ana.press({ channel, ts: card.ts }, cardIds.more, { option });
  const next = async (count: number) => {
    await jobs.record(job.id, now => ({ job: now, posts: [{ kind: 'failure' }] }));
    return slack.until(() => slack.thread(channel, card.ts).filter(one => one.broadcast)[count - 1], { ms: 20_000 });
  };
  await choose(`${muteIds.on} ${job.id}`);
  await slack.until(() => ana.ephemerals().some(one => one.text.includes('do not mention you any more')));
  const quiet = await next(1);
  expect(quiet.text).toContain('❌ ana, failed');
  expect(told(quiet)).not.toContain(`<@${ana.id}>`);
  await choose(`${muteIds.off} ${job.id}`);
  await slack.until(() => ana.ephemerals().some(one => one.text.includes('mention you again')));
  expect((await next(2)).text).toContain(`<@${ana.id}>`);
});

test('the Model Registry is listed with the jobs that made the models, and those from elsewhere', async () => {
  await keep({ ...succeeded('made-here', { loss: 0.2, steps: 40 }), id: 'madehere' });
  const put = (id: string, displayName: string, labels: Record<string, string>) => {
    const name = `projects/1/locations/us-central1/models/${id}`;
    const at = `2026-01-0${id}T00:00:00Z`;
    const known = { region: 'us-central1', base: 'text-bison@002', deployments: [], createTime: at, updateTime: at };
    stack.vertex.state.models.models.set(name, { name, displayName, labels, ...known } as never);
  };
  put('1', 'labelled', { 'retort-job': 'madehere', 'retort-deployment': 'retort' });
  put('2', 'by-name', {});
  put('3', 'from-elsewhere', {});
  const text = told(await answer('ben', '/distill models'));
  expect(text).toMatch(/from-elsewhere.*by none of these jobs.*by-name.*by job `\w+`.*labelled.*by job `madehere`/s);
});
