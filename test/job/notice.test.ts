import { describe, expect, it } from 'vitest';
import { Notice, noticeKey } from '../../src/job/notice.ts';

const channel: Notice = {
  kind: 'channel',
  job: 'a1b2c3',
  model: 'support-intents',
  requester: 'U0REQUESTER',
  channel: 'C0CHANNEL',
  code: 'is_archived',
};
const notices: { [K in Notice['kind']]: Extract<Notice, { kind: K }> } = {
  channel,
  ended: { kind: 'ended', job: 'a1b2c3', model: 'support-intents', requester: 'U0REQUESTER', state: 'succeeded' },
  unclear: { kind: 'unclear', job: 'a1b2c3', key: '0001', code: 'missing_scope' },
  unsaid: { kind: 'unsaid', job: 'a1b2c3', key: '0001', code: 'invalid_blocks' },
  credentials: { kind: 'credentials', code: 'token_revoked' },
  foreign: { kind: 'foreign', job: 'a1b2c3', region: 'us-central1' },
  stuck: { kind: 'stuck', job: 'a1b2c3', key: '0001', code: 'internal_error' },
  'given-up': { kind: 'given-up', job: 'a1b2c3', code: 'is_archived' },
  untold: { kind: 'untold', job: 'a1b2c3', requester: 'U0REQUESTER', channel: 'C0CHANNEL', code: 'user_not_found' },
  orphan: { kind: 'orphan', job: 'a1b2c3', run: 'projects/1/locations/us-central1/pipelineJobs/2' },
};

describe('noticeKey()', () => {
  it('tells notices of every kind apart', () => {
    const keys = Object.values(notices).map(noticeKey);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it.each([
    [
      'of a channel that does not take a job’s messages, whatever Slack says of it',
      { ...channel, code: 'no_permission' },
    ],
    ['of a message that cannot be told to be there', { ...notices.unclear, code: 'not_in_channel' }],
    ['of a message that is not taken', { ...notices.unsaid, code: 'msg_too_long' }],
    ['of a job that has a message stuck', { ...notices.stuck, key: '0002', code: 'no_clear_answer' }],
    ['of what is given up', { ...notices['given-up'], code: 'not_in_channel' }],
    ['of somebody else’s pipeline job', notices.foreign],
    ['of a pipeline job that nobody waits for', notices.orphan],
  ] satisfies [string, Notice][])('has people told once %s', (_, notice) => {
    expect(noticeKey(notice)).toBe(noticeKey(notices[notice.kind]));
  });

  it.each([
    ['another job’s channel', channel, { ...channel, job: 'd4e5f6' }],
    ['another message', notices.unclear, { ...notices.unclear, key: '0002' }],
    ['another job’s message', notices.unsaid, { ...notices.unsaid, job: 'd4e5f6' }],
    ['another job’s pipeline job', notices.foreign, { ...notices.foreign, job: 'd4e5f6' }],
    ['another pipeline job of the same job', notices.orphan, { ...notices.orphan, run: 'projects/1/pipelineJobs/3' }],
    ['trouble of another kind with the token', notices.credentials, { ...notices.credentials, code: 'missing_scope' }],
  ] satisfies [string, Notice, Notice][])('has people told of %s, too', (_, one, other) => {
    expect(noticeKey(other)).not.toBe(noticeKey(one));
  });
});

describe('A notice', () => {
  it.each(Object.values(notices))('of kind $kind comes back from its document as it was', notice => {
    expect(Notice.parse(JSON.parse(JSON.stringify(notice)))).toEqual(notice);
  });

  it('of a kind of tomorrow is none', () => {
    expect(Notice.safeParse({ kind: 'telegram' }).success).toBe(false);
  });
});
