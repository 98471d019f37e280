import { expect, test } from 'vitest';
import { muted } from '../../src/job/change.ts';
import { states } from '../../src/job/job.ts';
import { post } from '../../src/views/post.ts';
import { unmentioned } from '../../src/views/unmentioned.ts';
import { ana, around, ben, jobIn } from './jobs.ts';
import { expectFit } from './slack.ts';

const name = 'Ana *<!channel>*';
const quiet = (user: string) => ({ user, name });

test.each(states)('no post about a job %s mentions whoever muted it, and every other mention stays', state => {
  const job = muted(jobIn(state), quiet(ana.user), true).job;
  for (const kind of ['card', 'approval', 'refusal', 'denial', 'result', 'failure', 'cancellation'] as const) {
    const [loud, still] = [jobIn(state), job].map(one => JSON.stringify(post(one, { kind }, around)));
    expect(still).not.toContain(`<@${ana.user}>`);
    expect(still!.split(`<@${ben.user}>`)).toHaveLength(loud!.split(`<@${ben.user}>`).length);
    expectFit(post(job, { kind }, around));
  }
});

test('a post calls whoever muted it by name', () => {
  const job = muted(jobIn('failed'), { user: ana.user, name: 'Ana' }, true).job;
  expect(post(job, { kind: 'failure' }, around).text).toMatch(/❌ Ana, failed/);
});

test('what is shown letter by letter stays as it is', () => {
  const text = `<@${ana.user}>`;
  const elements = [{ type: 'rich_text_preformatted' as const, elements: [{ type: 'text' as const, text }] }];
  const message = { text, blocks: [{ type: 'rich_text' as const, elements }] };
  expect(unmentioned(message, [quiet(ana.user)]).blocks).toEqual(message.blocks);
});

test('muted() is undone by the opposite, and said twice changes nothing', () => {
  const job = jobIn('running');
  const once = muted(job, quiet(ana.user), true).job;
  expect(muted(once, quiet(ana.user), true).job).toBe(once);
  expect(muted(once, quiet(ben.user), true).job.muted).toHaveLength(2);
  expect(muted(once, quiet(ana.user), false).job.muted).toEqual([]);
  expect(muted(job, quiet(ana.user), false).job).toBe(job);
});
