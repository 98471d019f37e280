import { afterAll, beforeAll, expect, test } from 'vitest';
import { firestoreJobs } from '../src/clients/firestore.ts';
import type { Job } from '../src/job/job.ts';
import { channel } from '../src/local/play.ts';
import { startStack } from '../src/local/stack.ts';
import { cardIds } from '../src/views/card.ts';
import { listIds } from '../src/views/list.ts';
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
async function keep(job: Job) {
  const user = slack.as(job.requester.user).id;
  await jobs.create({ job: { ...job, requester: { user, team: slack.team.id }, channel: 'CDISTILL1' } }, job.id);
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

const told = (message: { text: string; blocks: unknown } | undefined) => JSON.stringify(message?.blocks ?? []);
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

test('of several jobs of one name each can be shown, and run again from there', async () => {
  await keep({ ...ended('twin', 'ana', Date.UTC(2025, 0, 1)), id: 'twin1' });
  await keep({ ...ended('twin', 'ben', Date.UTC(2025, 0, 2)), id: 'twin2' });
  const both = await answer('chi', '/distill status twin');
  expect(told(both)).toMatch(/twin2.*twin1/);
  const shown = told(await turned('chi', both.ts, listIds.show, 'twin1'));
  expect(shown).toContain('twin1');
  expect(shown).not.toContain('twin2');
  await slack.as('chi').press({ ephemeral: both.ts }, cardIds.again);
  const form = await slack.until(() => slack.as('chi').views()[0]);
  expect(JSON.stringify(form.values)).toContain('twin');
});
