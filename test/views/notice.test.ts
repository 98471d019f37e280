import { expect, test } from 'vitest';
import { Notice } from '../../src/job/notice.ts';
import { notice } from '../../src/views/notice.ts';
import { around } from './jobs.ts';
import { expectFit, pressable, said } from './slack.ts';

const job = 'k3v9x1m4q7tz';
const run = 'projects/acme/locations/us-central1/pipelineJobs/retort-k3v9x1m4q7tz';
const channel = { job, model: 'support-intents-v3', requester: 'U0ANA', channel: 'C0ML' };

const notices: { [K in Notice['kind']]: [Extract<Notice, { kind: K }>, says: (string | RegExp)[]] } = {
  channel: [{ kind: 'channel', ...channel, code: 'is_archived' }, ['*support-intents-v3*', '<#C0ML> is archived']],
  ended: [
    {
      kind: 'ended',
      job,
      model: 'support-intents-v3',
      requester: 'U0ANA',
      state: 'failed',
      link: 'https://acme.slack.com/archives/C0ML/p1',
    },
    ['❌ *support-intents-v3* · Failed', '<https://acme.slack.com/archives/C0ML/p1|its card and thread>', 'App Home'],
  ],
  unclear: [
    { kind: 'unclear', job, key: '0001', code: 'missing_scope' },
    ['`0001`', '`channels:history`', 'not sent again'],
  ],
  stuck: [{ kind: 'stuck', job, key: '0001', code: 'internal_error' }, ['`0001`', '(internal_error)', 'goes on']],
  'given-up': [{ kind: 'given-up', job, code: 'is_archived' }, ['(is_archived)', `\`/distill status ${job}\``]],
  untold: [
    { kind: 'untold', job, requester: 'U0ANA', channel: 'C0ML', code: 'user_not_found' },
    ['<#C0ML>', '<@U0ANA>', '(user_not_found)'],
  ],
  unsaid: [{ kind: 'unsaid', job, key: '0001', code: 'invalid_blocks' }, ['`0001`', '(invalid_blocks)', 'left out']],
  credentials: [{ kind: 'credentials', code: 'token_revoked' }, ['(token_revoked)']],
  foreign: [{ kind: 'foreign', job, region: 'us-central1' }, [`\`retort-${job}\``, '`DEPLOYMENT`', 'left alone']],
  orphan: [{ kind: 'orphan', job, run }, [`\`${run}\``, 'cancel']],
};
const all = Object.values(notices) as [Notice, (string | RegExp)[]][];

test('there is a notice of every kind here', () => {
  expect(Object.keys(notices).sort()).toEqual(Notice.options.map(({ shape }) => shape.kind.value).sort());
});

test.each(all)(
  'a notice of what is wrong says which job, what happened, and Slack’s own word for it: $kind',
  (owed, says) => {
    const message = notice(owed, around);
    expectFit(message);
    const text = said(message);
    for (const part of says) expect(text).toMatch(part instanceof RegExp ? part : new RegExp(escaped(part)));
    if ('job' in owed) expect(text).toContain(owed.job);
    expect(text).toMatch(owed.kind === 'ended' ? /^❌ .*\.$/s : /^⚠ .*\.$/s);
  },
);

test.each(all)('nothing is pressed in a notice, and its notification is the same in plain words: $kind', owed => {
  const message = notice(owed, around);
  expect(pressable(message)).toEqual([]);
  expect(message.text).not.toMatch(/[`*\n]/);
  expect(message.text).toMatch(/^[⚠❌] .*\.$/u);
});

test.each([
  ['is_archived', '<#C0ML> is archived'],
  ['not_in_channel', 'Retort is not in <#C0ML> any more'],
  ['channel_not_found', 'Retort cannot see <#C0ML> any more'],
  ['restricted_action', 'Slack does not let Retort post in <#C0ML> (restricted_action)'],
  ['constructor', 'Slack does not let Retort post in <#C0ML> (constructor)'],
])('a requester reads why their channel does not take messages: %s', (code, why) => {
  expect(said(notice({ kind: 'channel', ...channel, code }, around))).toContain(why);
});

test('a requester reads how to learn of their job meanwhile', () => {
  expect(said(notice(notices.channel[0], around))).toContain(`Until then, \`/distill status ${job}\` and App Home`);
});

test('names and codes of any length and kind fit, and stay what they are', () => {
  for (const long of ['&'.repeat(5000), 'x'.repeat(5000), '<!channel>'.repeat(400), '*_~`\n'.repeat(900)])
    for (const [owed] of all) {
      const { kind } = owed;
      const filled = Object.fromEntries(
        Object.entries(owed).map(([name, value]) => [name, name === 'kind' || name === 'state' ? value : long]),
      );
      expectFit(notice({ ...filled, kind } as Notice, around));
    }
});

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
