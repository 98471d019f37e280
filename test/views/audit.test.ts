import { expect, test } from 'vitest';
import { Decision } from '../../src/job/change.ts';
import { audit } from '../../src/views/audit.ts';
import { ana, around, ben, jobIn, minute, start } from './jobs.ts';
import { expectFit, said } from './slack.ts';

const job = jobIn('denied');
const digest = '0123456789abcdef'.repeat(4);
const decision = (changes: Partial<Decision>): Decision => ({
  action: 'submit',
  by: ana,
  at: start,
  digest,
  ...changes,
});

test('every decision has a line: when, what, by whom, why, and for which digest, in the order in which they came', () => {
  const message = audit(
    job,
    [
      decision({}),
      decision({ action: 'ask', at: start + minute }),
      decision({ action: 'deny', by: ben, at: start + 12 * minute, reason: 'The cores are promised.' }),
    ],
    around,
  );
  expectFit(message);
  const when = '<!date\\^\\d+\\^\\{date_short_pretty\\} at \\{time\\}\\|[^>]+>';
  expect(said(message)).toMatch(
    new RegExp(
      [
        '^\\*support-intents-v3\\* \\(`k3v9x1m4q7tz`\\): every decision',
        `${when} · \\*Submitted\\* by <@U0ANA> · \`0123456789ab\``,
        `${when} · \\*Approval asked for\\* by <@U0ANA> · \`0123456789ab\``,
        `${when} · \\*Denied\\* by <@U0BEN>: The cores are promised\\. · \`0123456789ab\`$`,
      ].join('\n'),
    ),
  );
  expect(message.text).toBe('Every decision about support-intents-v3');
});

test('what nobody decided but time has nobody’s name, and what has no digest shows none', () => {
  const text = said(audit(job, [decision({ action: 'expire', by: undefined, digest: '' })], around));
  expect(text).toMatch(/· \*Expired\*$/);
});

test('every kind of decision has a word of its own', () => {
  const actions = Decision.shape.action.options;
  const words = actions.map(
    action => /\*([^*]+)\*(?: by|$)/.exec(said(audit(job, [decision({ action })], around)).split('\n')[1]!)?.[1],
  );
  expect(words.filter(word => !word)).toEqual([]);
  expect(new Set(words).size).toBe(actions.length);
});

test('a job without any decision says so', () => {
  const message = audit(job, [], around);
  expectFit(message);
  expect(said(message)).toContain('None is on record.');
});

test('forty decisions fit, each with who and when', () => {
  const all = Array.from({ length: 40 }, (_, i) => decision({ at: start + i * minute }));
  const message = audit(job, all, around);
  expectFit(message);
  expect(said(message).match(/\*Submitted\* by <@U0ANA>/g)).toHaveLength(40);
});

test('forty decisions with the longest reasons fit, and none loses who and when', () => {
  const reason = 'so '.repeat(200).slice(0, 500);
  const all = Array.from({ length: 40 }, (_, i) => decision({ action: 'deny', reason, at: start + i * minute }));
  const message = audit(job, all, around);
  expectFit(message);
  expect(said(message).match(/\*Denied\* by <@U0ANA>/g)).toHaveLength(40);
});

test('what is left out of a longer list is counted', () => {
  const all = Array.from({ length: 47 }, (_, i) => decision({ at: start + i * minute }));
  expect(said(audit(job, all, around))).toMatch(/\b7 (?:more|earlier|later)/);
});
