import { gzipSync } from 'node:zlib';
import { Firestore } from '@google-cloud/firestore';
import { afterAll, describe, expect, it } from 'vitest';
import { ask, channel, fill, open } from '../src/local/play.ts';
import { startStack } from '../src/local/stack.ts';
import { createKey } from '../src/local/tokens/signing.ts';
import { approvalIds } from '../src/views/approval.ts';
import { cardIds } from '../src/views/card.ts';
import { mendIds } from '../src/views/mend.ts';
import { followIds } from '../src/views/post.ts';
import { startAnswering } from './clients/answering.ts';
import { falseKnocks, trueKnock } from './clients/knocks.ts';
import type { Delivery } from './signed.ts';
import { deliver, interaction, signedHeaders, signedTo } from './signed.ts';
import { watching } from './watching.ts';

const previous = 'the-signing-secret-before';
const key = createKey();
const certificates = await startAnswering(() => ({ json: { [key.id]: key.publicPem } }));
const person = (id: string, name: string, rest: object = {}) => ({
  id,
  name,
  realName: name,
  role: 'member' as const,
  ...rest,
});
const ours = [person('UANA00001', 'ana'), person('UBEN00001', 'ben'), person('UOZ000001', 'oz')];
/** People who may do nothing, each with why they are none of ours. */
const outsiders = [
  person('UGUEST001', 'guest', { role: 'guest' }),
  person('UEXTERNAL', 'external', { team: 'T0OTHER' }),
  person('UGONE0001', 'gone', { deactivated: true }),
  person('UBOT00001', 'robot', { role: 'bot' }),
];
const people = [...ours, ...outsiders];
const members = [...people.map(({ id }) => id), 'URETORT01'];
const stack = await startStack({
  knockEvery: 0,
  slack: {
    rateLimits: false,
    fileDelayMs: 50,
    people,
    channels: [
      { id: 'CDISTILL1', name: channel, kind: 'public', members },
      { id: 'CGENERAL1', name: 'general', kind: 'public', members },
      { id: 'CSHARED01', name: 'with-others', kind: 'public', members, shared: true },
    ],
    groups: [
      {
        id: 'SAPPROVE1',
        handle: 'ml-approvers',
        name: 'ML approvers',
        people: ['UBEN00001', ...outsiders.map(({ id }) => id)],
      },
    ],
  },
  environment: { SLACK_SIGNING_SECRET_PREVIOUS: previous, GOOGLE_CERTS_URL: certificates.url },
});
const { slack } = stack;
const { part, inThread } = watching(stack);
const db = new Firestore({ projectId: stack.project.id, host: stack.firestore.host, ssl: false });
afterAll(() => Promise.all([stack.close(), certificates.close(), db.terminate()]));

/** What the program has logged of this kind. */
const logged = (what: RegExp) => stack.program().logs.filter(line => what.test(line));

/** Everything that is kept, but for when the next look is due and who has it in hand. */
async function kept() {
  const found = await Promise.all(
    ['jobs', 'ledgers', 'audit', 'inbox', 'notices'].map(async name => (await db.collection(name).get()).docs),
  );
  return found.flat().map(document => [document.ref.path, document.get('job') ?? document.data()]);
}

/** A command that leaves a mark where it gets through. */
const command = (rest: Record<string, string> = {}) =>
  new URLSearchParams({
    command: '/distill',
    text: 'pause',
    team_id: slack.team.id,
    api_app_id: slack.app.id,
    user_id: 'UBEN00001',
    channel_id: 'CDISTILL1',
    trigger_id: `trigger ${Math.random()}`,
    ...rest,
  }).toString();
const form = 'application/x-www-form-urlencoded';
const json = 'application/json';
const challenge = JSON.stringify({ type: 'url_verification', token: 'x', challenge: 'say this' });

describe('Slack’s door', () => {
  it.each<[string, number, Partial<Delivery>]>([
    ['without a signature', 401, { headers: { 'x-slack-signature': undefined } }],
    ['with nobody’s signature', 401, { headers: { 'x-slack-signature': `v0=${'0'.repeat(64)}` } }],
    ['signed with another secret', 401, { secret: 'another' }],
    ['signed with no secret', 401, { secret: ' ' }],
    ['without a time', 401, { headers: { 'x-slack-request-timestamp': undefined } }],
    [
      'of another time than is signed',
      401,
      { headers: { 'x-slack-request-timestamp': `${Math.floor(Date.now() / 1000) - 9}` } },
    ],
    ['of five minutes ago', 401, { at: -302 }],
    ['of five minutes ahead', 401, { at: 302 }],
    ['without a signature, and of another content type', 401, { type: 'text/plain', secret: 'another' }],
    ['without a content type', 415, { headers: { 'content-type': undefined } }],
    ['of plain text', 415, { type: 'text/plain' }],
    ['of many parts', 415, { type: 'multipart/form-data; boundary=x' }],
    ['in another character set', 415, { type: `${form}; charset=latin1` }],
    ['of two content types', 415, { type: `${json}, ${form}` }],
    ['that is packed', 415, { body: gzipSync(command()), headers: { 'content-encoding': 'gzip' } }],
    ['that is too large', 413, { body: command({ x: 'x'.repeat(256 * 1024) }) }],
    ['that is too large and not signed', 413, { body: 'x'.repeat(256 * 1024 + 1), secret: 'another' }],
    ['of half a JSON', 400, { type: json, body: '{"type":' }],
    ['of half a payload', 400, { body: 'payload=%7B%22type' }],
    ['of nothing', 400, { type: json, body: '' }],
    ['of a list', 400, { type: json, body: '[]' }],
    ['of null', 400, { body: interaction('null') }],
    ['of bytes that are no text', 400, { body: Buffer.from([0x74, 0x3d, 0xff, 0xc3]) }],
    ['for another app', 403, { body: command({ api_app_id: 'A0OTHER' }) }],
    ['of another workspace', 403, { body: command({ team_id: 'T0OTHER' }) }],
    ['of another workspace’s button', 403, { body: interaction({ type: 'block_actions', team: { id: 'T0OTHER' } }) }],
    ['of another workspace’s event', 403, { type: json, body: event({ team_id: 'T0OTHER' }) }],
    [
      'of an event for another workspace’s installation',
      403,
      { type: json, body: event({ team_id: slack.team.id, authorizations: [{ team_id: 'T0OTHER' }] }) },
    ],
  ])('refuses a delivery %s with %i, says nothing, and nothing comes of it', async (_, status, changed) => {
    const before = await kept();
    expect(await deliver(stack, { body: command(), ...changed })).toEqual({ status, body: '' });
    expect(await kept()).toEqual(before);
  });

  it.each(['GET', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'])('refuses %s', async method => {
    const answer = await fetch(`${stack.program().url}/slack/events`, { method });
    expect([answer.status, answer.headers.get('allow'), await answer.text()]).toEqual([405, 'POST', '']);
  });

  it('takes a delivery of exactly as many bytes as are allowed', async () => {
    const start = command({ text: 'help', x: '' });
    const body = start + 'x'.repeat(256 * 1024 - start.length);
    expect((await deliver(stack, { body })).status).toBe(200);
    expect((await deliver(stack, { body: `${body}x` })).status).toBe(413);
  });

  it('takes what the secret before has signed, too', async () => {
    const { status, body } = await deliver(stack, { body: command({ text: 'help' }), secret: previous });
    expect(status).toBe(200);
    expect(body).toContain('/distill status');
  });

  it('answers Slack’s challenge, and nobody else’s', async () => {
    const answered = await deliver(stack, { type: json, body: challenge });
    expect(answered).toEqual({ status: 200, body: '{"challenge":"say this"}' });
    expect(await deliver(stack, { type: json, body: challenge, secret: 'another' })).toEqual({ status: 401, body: '' });
  });

  it('answers the question whether the connection is secure, and does nothing that comes along with it', async () => {
    const before = await kept();
    const body = command({ ssl_check: '1' });
    expect(await deliver(stack, { body, secret: 'another' })).toEqual({ status: 200, body: '' });
    expect(await deliver(stack, { body: command({ ssl_check: '0' }), secret: 'another' })).toEqual({
      status: 401,
      body: '',
    });
    expect(await kept()).toEqual(before);
  });

  it.each<[string, unknown]>([
    ['of a kind that is new', { type: 'something_new', user: { id: 'UANA00001' }, team: { id: slack.team.id } }],
    ['of a button that nobody draws', pressed('nobody', 'constructor', 'x')],
    [
      'of a view that nobody opens',
      { type: 'view_submission', ...who('oz'), view: { id: 'V1', callback_id: 'x', state: { values: {} } } },
    ],
    ['of nothing in particular', {}],
    ['without anybody', { type: 'block_actions', actions: [] }],
    ['that makes no sense', { type: 5, user: [], actions: { length: -1 }, view: { id: 3 } }],
  ])('acknowledges a delivery %s, and says so in the log', async (_, payload) => {
    const before = await kept();
    const said = () => logged(/acknowledged that nothing listens to/).length;
    const lines = said();
    expect(await signedTo(stack, payload)).toEqual({ status: 200, body: '' });
    await expect.poll(said).toBe(lines + 1);
    expect(await kept()).toEqual(before);
  });

  it('logs each refusal without a word of what was refused', async () => {
    await deliver(stack, { body: 'planted-secret', secret: 'another' });
    await deliver(stack, { body: '{"planted-secret', type: json });
    await expect
      .poll(() =>
        logged(/A delivery was refused/)
          .slice(-2)
          .map(line => JSON.parse(line)),
      )
      .toMatchObject([
        { severity: 'WARNING', door: 'slack', code: 401, name: 'not signed' },
        { severity: 'WARNING', door: 'slack', code: 400, name: 'not readable' },
      ]);
    expect(logged(/planted/)).toEqual([]);
  });
});

describe('A delivery that comes twice', () => {
  /** Delivers the very same bytes again. */
  async function twice(delivery: Delivery, between = async () => {}) {
    const headers = signedHeaders(stack, delivery);
    const again = () => deliver(stack, { ...delivery, headers });
    const first = await again();
    await between();
    return [first, await again()] as const;
  }
  const paused = async () => (await db.collection('ledgers').doc('TPU').get()).get('paused') !== undefined;

  it.each(['', ' and another instance takes it'])(
    'has no second effect, also where it was undone in between%s',
    async elsewhere => {
      const [first, second] = await twice({ body: command() }, async () => {
        expect(await paused()).toBe(true);
        await deliver(stack, { body: command({ text: 'resume' }) });
        expect(await paused()).toBe(false);
        if (elsewhere) await stack.restart();
      });
      expect(first.body).toContain('Launches are paused');
      // Another instance knows only of what was recorded, and answers again.
      expect(second).toMatchObject(elsewhere ? { status: 200 } : { status: 200, body: '' });
      expect(await paused()).toBe(false);
    },
  );

  it('begins one job, and one more card is not posted', async () => {
    const ana = slack.as('ana');
    const view = await open(stack, 'ana');
    await fill(stack, view, part('came-twice', { accelerator: 'TPU' }));
    await ana.submit(view);
    const [sent] = slack.traffic.filter(({ what }) => what === 'view_submission').slice(-1);
    const card = await slack.until(() => slack.messages(channel).find(({ text }) => text.includes('came-twice')));
    await inThread(card.ts, new RegExp(`"${approvalIds.approve}"`));
    const before = await kept();
    for (const _ of [1, 2]) expect((await signedTo(stack, sent?.request)).status).toBe(200);
    expect(await kept()).toHaveLength(before.length);
    expect(slack.messages(channel).filter(({ text }) => text.includes('came-twice'))).toHaveLength(1);
  });
});

describe('The door of the knock', () => {
  const knock = async (authorization: string | undefined, method = 'POST') => {
    const answer = await fetch(`${stack.program().url}/poll`, {
      method,
      headers: authorization ? { authorization } : {},
    });
    return { status: answer.status, body: await answer.text() };
  };
  const { POLL_AUDIENCE: audience = '', POLL_SERVICE_ACCOUNT: email = '' } = stack.environment;
  const caller = { audience, email, key };

  it('opens to our own scheduler', async () => {
    const { status, body } = await knock(trueKnock(caller));
    expect([status, JSON.parse(body)]).toMatchObject([200, { claimed: expect.any(Number) }]);
  });

  it('has more than enough who are not let in', () => {
    expect(falseKnocks(caller).length).toBeGreaterThanOrEqual(19);
  });

  it.each(falseKnocks(caller))('answers 401 and nothing else to %s', async (_, authorization) => {
    expect(await knock(authorization)).toEqual({ status: 401, body: '' });
  });

  it('logs every refusal, and nothing of what was refused', async () => {
    const said = () => logged(/"door":"poll"/);
    await expect.poll(() => said().length).toBeGreaterThanOrEqual(falseKnocks(caller).length);
    for (const line of said()) expect(JSON.parse(line)).toMatchObject({ severity: 'WARNING', code: 401 });
    expect(stack.program().logs.join('\n')).not.toMatch(/eyJ|Bearer|@/);
  });

  it.each(['GET', 'PUT', 'HEAD'])('refuses %s, whoever knocks', async method => {
    expect(await knock(trueKnock(caller), method)).toEqual({ status: 405, body: '' });
  });
});

describe('A job’s id in a button', () => {
  const buttons = [...new Set([approvalIds, cardIds, followIds, mendIds].flatMap(ids => Object.values<string>(ids)))];

  it.each([
    ['that is nobody’s', () => 'zzzzzzzzzzzz'],
    ['that is no id', () => '../jobs/x'],
    ['that every object has', () => '__proto__'],
    ['that is far too long', () => 'x'.repeat(5000)],
    ['that is empty', () => ''],
  ])('%s does nothing', async (_, value) => {
    const before = await kept();
    for (const action of buttons) expect((await signedTo(stack, pressed('ben', action, value()))).status).toBe(200);
    expect(await kept()).toEqual(before);
  });

  it('of another channel does nothing, whoever presses', async () => {
    const card = await ask(stack, part('elsewhere', { accelerator: 'TPU' }));
    await inThread(card, new RegExp(`"${approvalIds.approve}"`));
    const found = await db.collection('jobs').where('job.spec.modelName', '==', 'elsewhere').get();
    const id = found.docs[0]!.id;
    const before = await kept();
    for (const action of buttons)
      for (const name of ['ana', 'ben'])
        expect((await signedTo(stack, pressed(name, action, id, 'CGENERAL1'))).status).toBe(200);
    expect(await kept()).toEqual(before);
    await callOff(id);
  });
});

describe('People', () => {
  /** A job that waits for approval, and all that somebody could do about it. */
  async function waiting(name: string) {
    const card = await ask(stack, part(name, { accelerator: 'TPU' }));
    await inThread(card, new RegExp(`"${approvalIds.approve}"`));
    const found = await db.collection('jobs').where('job.spec.modelName', '==', name).get();
    return found.docs[0]!.id;
  }
  const refused = /Only full, active members of this workspace can do this/;

  it.each(outsiders)(
    'who are no full, active members, as $name is none, may do nothing, named as approvers or not',
    async ({ id, name }) => {
      const job = await waiting(`hands-off-${name}`);
      const before = await kept();
      for (const text of [
        'list',
        `status ${job}`,
        `cancel ${job}`,
        `audit ${job}`,
        `move ${job}`,
        `switch ${job}`,
        'quota',
        'pause',
        'resume',
      ]) {
        const { status, body } = await deliver(stack, { body: command({ user_id: id, text }) });
        expect([status, body]).toEqual([200, expect.stringMatching(refused)]);
      }
      for (const action of [approvalIds.approve, approvalIds.deny, cardIds.cancel, cardIds.again]) {
        const told = slack.as(name).ephemerals().length;
        const press = { ...pressed(name, action, job), user: { id, team_id: slack.team.id } };
        expect(await signedTo(stack, press)).toEqual({ status: 200, body: '' });
        await slack.until(() => slack.as(name).ephemerals().length > told);
        expect(slack.as(name).ephemerals().at(-1)?.text).toMatch(refused);
      }
      expect(await kept()).toEqual(before);
      await callOff(job);
    },
  );

  it('may not launch where people of other companies are', async () => {
    const before = await kept();
    const ana = slack.as('ana');
    await ana.command('with-others', '/distill');
    const view = await slack.until(() => ana.views()[0]);
    await fill(stack, view.id, part('with-others'));
    const { errors } = await ana.submit(view.id);
    expect(Object.values(errors ?? {})).toEqual([
      expect.stringMatching(/People of other companies are in this channel/),
    ]);
    await ana.close(view.id);
    expect(await kept()).toEqual(before);
  });

  it('may do nothing that needs to be permitted while Slack does not say who they are', async () => {
    const job = await waiting('nobody-knows');
    await stack.restart();
    const before = await kept();
    for (const mode of ['500', 'hang', 'error:user_not_found'] as const) {
      slack.fault({ method: 'users.info', mode, times: 20 });
      for (const text of [`cancel ${job}`, 'pause', 'list']) {
        const { status, body } = await deliver(stack, { body: command({ text }) });
        expect([mode, text, status, body]).toEqual([mode, text, 200, expect.stringMatching(/nothing was recorded/)]);
      }
      slack.clearFaults();
    }
    expect(await kept()).toEqual(before);
  });
});

/** Cancels a job that waits, as Ana, and waits until that is done. */
async function callOff(id: string) {
  await signedTo(stack, pressed('ana', cardIds.cancel, id));
  await expect.poll(async () => (await db.collection('jobs').doc(id).get()).get('job.state')).toBe('cancelled');
}

function event(rest: object): string {
  return JSON.stringify({
    type: 'event_callback',
    event: { type: 'app_home_opened', user: 'UANA00001', tab: 'home' },
    ...rest,
  });
}

function who(name: string) {
  return {
    user: { id: `U${name.toUpperCase().padEnd(7, '0')}1`, team_id: slack.team.id },
    team: { id: slack.team.id },
  };
}

/** A button pressed in a channel's message. */
function pressed(name: string, action: string, value: string, at = 'CDISTILL1') {
  return {
    type: 'block_actions',
    ...who(name),
    api_app_id: slack.app.id,
    trigger_id: `trigger ${Math.random()}`,
    channel: { id: at },
    container: { type: 'message', channel_id: at, message_ts: '1.1' },
    actions: [{ type: 'button', action_id: action, block_id: 'b', value, action_ts: `${Math.random()}` }],
  };
}
