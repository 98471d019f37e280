import { Firestore } from '@google-cloud/firestore';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { approve, ask, channel, result } from '../src/local/play.ts';
import { startStack } from '../src/local/stack.ts';
import { watching } from './watching.ts';

const alarms = 'ml-leads';
const stack = await startStack({
  speed: 6000,
  knockEvery: 200,
  slack: { rateLimits: false, fileDelayMs: 50 },
  vertex: { quota: { GPU: 800 } },
  environment: {
    GPU_COUNT: '800',
    OPEN_JOBS_PER_PERSON: '100',
    CALL_SECONDS: '1',
    LEASE_SECONDS: '4',
    ALARM_CHANNEL: 'CPRIVATE1',
  },
});
const { slack, vertex } = stack;
const { part, inThread, cardShows } = watching(stack);
const db = new Firestore({ projectId: stack.project.id, host: stack.firestore.host, ssl: false });
await slack.invite(alarms, 'retort');

afterEach(() => {
  vertex.speed(6000);
  slack.clearFaults();
  slack.unarchive(channel);
});
afterAll(() => stack.close());

/** A job that is under way and goes no further until pipeline time runs again. */
async function standing(name: string): Promise<string> {
  vertex.speed(0);
  const card = await ask(stack, part(name));
  await inThread(card, /Launched/);
  return card;
}

interface Kept {
  id: string;
  state: string;
  posts: { key: string; state: string; ts: string | undefined }[];
}

/** A job as Firestore has it, with its posts. */
async function kept(name: string): Promise<Kept> {
  const found = (await db.collection('jobs').where('job.spec.modelName', '==', name).get()).docs[0];
  const posts = await found?.ref.collection('posts').orderBy('sequence').get();
  return {
    id: found?.id ?? '',
    state: found?.get('job.state'),
    posts: (posts?.docs ?? []).map(post => ({ key: post.id, state: post.get('state'), ts: post.get('ts') })),
  };
}

const ends = (name: string, state = 'succeeded') =>
  expect.poll(async () => (await kept(name)).state, { timeout: 15_000 }).toBe(state);

/** The keys of a job's messages, in the order in which they stand in Slack, the one in the channel before its replies; a message that shows a file is known by its place. */
function keysOf(job: string, posts: Kept['posts'] = []): string[] {
  const cards = slack.messages(channel).filter(message => !message.threadTs);
  const all = cards.flatMap(card => [card, ...slack.thread(channel, card.ts)]);
  return all.flatMap(({ metadata, ts, fileIds }) => {
    if (fileIds.length) return posts.flatMap(post => (post.ts === ts ? post.key : []));
    const payload = metadata?.event_payload as { job: string; key: string } | undefined;
    return payload?.job === job ? [payload.key] : [];
  });
}

/** Waits until everything that a job owed stands in Slack, once and in order. */
async function allIsSaid(name: string) {
  await expect
    .poll(async () => (await kept(name)).posts.filter(({ state }) => state !== 'sent' && state !== 'dead'), {
      timeout: 15_000,
    })
    .toEqual([]);
  const { id, posts } = await kept(name);
  expect(keysOf(id, posts)).toEqual(posts.map(({ key }) => key));
}

const saying = (words: RegExp) => (message: { blocks: unknown }) => words.test(JSON.stringify(message.blocks));
/** Retort's direct messages to Ana; their conversation is there once there is one. */
const direct = (words: RegExp) =>
  slack.traffic.some(
    ({ what, response }) => what === 'chat.postMessage' && JSON.stringify(response).includes('"DANA00001"'),
  )
    ? slack.messages('DANA00001').filter(saying(words))
    : [];
const warned = (words: RegExp) => slack.messages(alarms).filter(saying(words));

describe('a channel that Retort may not post in', () => {
  test.each([
    ['is archived', () => slack.archive(channel), async () => slack.unarchive(channel), /is archived/],
    [
      'has put Retort out',
      () => slack.remove(channel, 'retort'),
      () => slack.invite(channel, 'retort'),
      /Retort is not in .* any more/,
    ],
  ] as const)(
    '%s: the job goes on, its requester is told once, and all is posted afterwards',
    async (what, shut, open, words) => {
      const name = `channel-${what.replaceAll(' ', '-')}`;
      const card = await standing(name);
      const before = direct(words).length;
      shut();
      vertex.speed(6000);
      await ends(name);
      await slack.until(() => direct(words).length > before);
      expect(slack.thread(channel, card).some(message => message.broadcast)).toBe(false);
      await open();
      await cardShows(card, /Done/);
      await allIsSaid(name);
      expect(direct(words)).toHaveLength(before + 1);
      expect(JSON.stringify(direct(words).at(-1)?.blocks)).toContain(name);
    },
  );
});

describe('a message that somebody deleted', () => {
  test('a card is posted anew, once, and the thread goes on under it', async () => {
    const first = await standing('deleted-card');
    slack.deleteMessage(channel, first);
    const { id } = await kept('deleted-card');
    vertex.speed(600);
    const anew = () => slack.messages(channel).find(message => JSON.stringify(message.metadata ?? {}).includes(id));
    const second = await slack.until(anew, { ms: 10_000 });
    expect(second.ts).not.toBe(first);
    vertex.speed(6000);
    await cardShows(second.ts, /Done/);
    await inThread(second.ts, /get_tuned_model/);
    expect(slack.thread(channel, second.ts).filter(message => message.broadcast)).toHaveLength(1);
  });

  test('deleted a second time, a card stays away, and what matters is posted all the same', async () => {
    const first = await standing('deleted-twice');
    const { id } = await kept('deleted-twice');
    const cards = () =>
      slack.messages(channel).filter(one => !one.broadcast && JSON.stringify(one.metadata ?? {}).includes(id));
    slack.deleteMessage(channel, first);
    vertex.speed(60);
    const [second] = await slack.until(() => (cards().length ? cards() : undefined), { ms: 10_000 });
    slack.deleteMessage(channel, second!.ts);
    vertex.speed(6000);
    await ends('deleted-twice');
    await slack.until(() => slack.messages(channel).some(message => JSON.stringify(message).includes('deleted-twice')));
    const { posts } = await kept('deleted-twice');
    await expect
      .poll(async () => (await kept('deleted-twice')).posts.every(({ state }) => state === 'sent'), { timeout: 15_000 })
      .toBe(true);
    expect(posts.length).toBeGreaterThan(5);
    expect(cards().every(message => !JSON.stringify(message.blocks).includes('"cancel"'))).toBe(true);
  });
});

describe('a token that Slack does not take', () => {
  test('stops nothing but the telling: the operator is told once, and all is posted in order when it is taken again', async () => {
    const card = await standing('token-revoked');
    for (const method of ['chat.postMessage', 'chat.update'])
      slack.fault({ method, mode: 'error:token_revoked', times: 1_000_000 });
    vertex.speed(6000);
    await ends('token-revoked');
    await expect
      .poll(
        () =>
          stack.program().logs.filter(line => /Somebody has to know/.test(line) && line.includes('token_revoked'))
            .length,
        { timeout: 15_000 },
      )
      .toBe(1);
    slack.clearFaults();
    await cardShows(card, /Done/);
    await allIsSaid('token-revoked');
    await slack.until(() => warned(/token_revoked/)[0], { ms: 20_000 });
    expect(warned(/token_revoked/)).toHaveLength(1);
  });
});

describe('an answer that says nothing clear', () => {
  test.each(['error:something_new', 'error:internal_error', 'html200', 'apply-500', 'apply-drop'] as const)(
    '%s: the message is looked for, and stands there once',
    async mode => {
      const name = `unclear-${mode.replace(/\W/g, '-')}`;
      const card = await standing(name);
      slack.fault({ method: 'chat.postMessage', mode, nth: 2 });
      vertex.speed(6000);
      expect(await result(stack, card)).toMatch(/^projects\//);
      await ends(name);
      await allIsSaid(name);
      const { id } = await kept(name);
      const counted = stack.program().logs.filter(line => line.includes('It is not known whether a post was sent'));
      expect(counted.filter(line => line.includes(`"job":"${id}"`))).not.toEqual([]);
    },
  );
});

describe('a message that Slack refuses for what it says', () => {
  test('is sent in plain words instead', async () => {
    const card = await standing('refused-blocks');
    slack.fault({ method: 'chat.postMessage', mode: 'error:invalid_blocks' });
    vertex.speed(6000);
    await ends('refused-blocks');
    await allIsSaid('refused-blocks');
    expect(slack.thread(channel, card).filter(one => !one.blocks.length && !one.fileIds.length)).toHaveLength(1);
  });

  test('is left out where even these are refused, and the operator is told which one it was', async () => {
    const card = await standing('refused-wholly');
    slack.fault({ method: 'chat.postMessage', mode: 'error:msg_too_long', times: 2 });
    vertex.speed(6000);
    await ends('refused-wholly');
    await cardShows(card, /Done/);
    const { id } = await kept('refused-wholly');
    await slack.until(() => warned(new RegExp(id))[0], { ms: 20_000 });
    await expect
      .poll(async () => (await kept('refused-wholly')).posts.map(({ state }) => state).sort())
      .toEqual(expect.arrayContaining(['dead', 'sent']));
    const { posts } = await kept('refused-wholly');
    expect(posts.filter(({ state }) => state === 'dead')).toHaveLength(1);
    expect(warned(new RegExp(id))).toHaveLength(1);
  });
});

describe('without the scopes to read a channel’s history', () => {
  test('a message whose sending is unclear is not sent twice, and the operator is told of it', async () => {
    slack.withhold('channels:history', 'groups:history');
    const card = await standing('no-history');
    slack.fault({ method: 'chat.postMessage', mode: 'apply-500' });
    vertex.speed(6000);
    await ends('no-history');
    await cardShows(card, /Done/);
    const { id } = await kept('no-history');
    await slack.until(() => warned(new RegExp(id))[0], { ms: 20_000 });
    await allIsSaid('no-history');
    expect((await kept('no-history')).posts.filter(({ state }) => state === 'dead')).toHaveLength(1);
  });
});

test('approval still works after all that', async () => {
  const card = await ask(stack, part('after-all', { accelerator: 'TPU' }));
  await approve(stack, card);
  expect(await result(stack, card)).toMatch(/^projects\//);
});
