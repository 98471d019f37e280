import { Firestore } from '@google-cloud/firestore';
import { afterAll, expect, test } from 'vitest';
import { ask, channel, fill, open } from '../src/local/play.ts';
import { startStack } from '../src/local/stack.ts';
import { approvalIds } from '../src/views/approval.ts';
import { cardIds } from '../src/views/card.ts';
import { form } from '../src/views/form.ts';
import { mendIds } from '../src/views/mend.ts';
import { moveId } from '../src/views/move-id.ts';
import { followIds } from '../src/views/post.ts';
import { switchIds } from '../src/views/switch-ids.ts';
import { residentMegabytes } from './bench/measure.ts';
import { deliver, interaction } from './signed.ts';
import { watching } from './watching.ts';

const seed = 20_260_105;
const rounds = 6000;
const together = 8;

const stack = await startStack({
  knockEvery: 0,
  slack: { rateLimits: false, fileDelayMs: 50 },
  environment: {
    // Oz, who sends all that follows, may do nothing but look.
    LAUNCHERS: 'UANA00001',
    // With little room, what is kept and not needed shows soon.
    NODE_OPTIONS: '--max-old-space-size=128 --max-semi-space-size=8',
  },
});
const { slack } = stack;
const { part, inThread } = watching(stack);
const db = new Firestore({ projectId: stack.project.id, host: stack.firestore.host, ssl: false });
afterAll(() => Promise.all([stack.close(), db.terminate()]));

async function kept() {
  const found = await Promise.all(
    ['jobs', 'ledgers', 'audit', 'notices'].map(async name => (await db.collection(name).get()).docs),
  );
  return found.flat().map(document => [document.ref.path, document.get('job') ?? document.data()]);
}

/** Numbers from 0 to 1 that follow from the seed (mulberry32). */
function chance(from: number): () => number {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
const next = chance(seed);
const below = (count: number) => Math.floor(next() * count);
const one = <T>(of: readonly T[]): T => of[below(of.length)]!;

/** What may stand where something else was. */
const odd: (() => unknown)[] = [
  () => null,
  () => '',
  () => 0,
  () => -1,
  () => 1e308,
  () => true,
  () => [],
  () => ({}),
  () => [[[[]]]],
  () => '__proto__',
  () => 'constructor',
  () => '../../jobs/x',
  () => '<!channel> <@UBEN00001> *x*',
  () => '\u202e\u0000\ud800',
  () => 'x'.repeat(below(20_000)),
  () => ({ ['__proto__']: { admin: true }, constructor: { prototype: { admin: true } } }),
  () => JSON.parse('{"__proto__": {"user": {"id": "UBEN00001"}}}') as unknown,
  () => nested(below(3000)),
  () => Array.from({ length: below(500) }, (_, i) => i),
];

function nested(depth: number): unknown {
  let all: unknown = 'x';
  for (let i = 0; i < depth; i++) all = i % 2 ? [all] : { a: all };
  return all;
}

/** A copy in which a few places are changed, left out, or have changed places. */
function mutated(payload: unknown): unknown {
  const copy = structuredClone(payload);
  for (let times = 1 + below(4); times > 0; times--) {
    let at = copy as Record<string, unknown>;
    for (;;) {
      const keys = Object.keys(at);
      if (!keys.length) break;
      const key = one(keys);
      const inner = at[key];
      if (typeof inner === 'object' && inner !== null && next() < 0.75) {
        at = inner as Record<string, unknown>;
        continue;
      }
      const act = next();
      if (act < 0.25) delete at[key];
      else if (act < 0.85) at[key] = one(odd)();
      else if (!Array.isArray(at))
        own(at, one(['__proto__', 'toString', 'then', 'id', 'type', 'view', 'state']), inner);
      break;
    }
  }
  return copy;
}

/** Sets a property of its own, whatever it is called. */
function own(object: object, name: string, value: unknown) {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}

/** The same bytes, some of them others, missing, or there twice. */
function scrambled(text: string): Buffer {
  const bytes = [...Buffer.from(text)];
  for (let times = 1 + below(8); times > 0 && bytes.length; times--) {
    const at = below(bytes.length);
    const act = next();
    if (act < 0.5) bytes[at] = below(256);
    else if (act < 0.7) bytes.splice(at, 1 + below(40));
    else bytes.splice(at, 0, ...bytes.slice(at, at + below(40)));
  }
  return Buffer.from(bytes);
}

test(`${rounds} deliveries, truly signed and changed at random, change nothing, and nothing breaks`, async () => {
  const card = await ask(stack, part('stays-as-it-is', { accelerator: 'TPU' }));
  await inThread(card, new RegExp(`"${approvalIds.approve}"`));
  const [{ id = '' } = {}] = (await db.collection('jobs').get()).docs;
  const view = await open(stack, 'ana');
  await fill(stack, view, part('never-begun'));
  const submitted = slack.as('ana').views()[0]!;

  const team = { id: slack.team.id, domain: 'acme' };
  const base = {
    team,
    user: { id: 'UOZ000001', team_id: slack.team.id },
    api_app_id: slack.app.id,
    trigger_id: 'x.y.z',
    channel: { id: 'CDISTILL1', name: channel },
  };
  const press = (action: string, value: string) => ({
    ...base,
    type: 'block_actions',
    container: { type: 'message', channel_id: 'CDISTILL1', message_ts: card },
    message: slack.message(channel, card),
    actions: [{ type: 'button', action_id: action, block_id: 'b', value, action_ts: '1.1' }],
  });
  const view_ = { id: 'V0', hash: 'h', root_view_id: 'V0', private_metadata: '', state: { values: submitted.values } };
  const submit = (callback: string, metadata: string) => ({
    ...base,
    type: 'view_submission',
    view: { ...view_, callback_id: callback, private_metadata: metadata },
  });
  const event = (type: string) => ({
    type: 'event_callback',
    team_id: slack.team.id,
    api_app_id: slack.app.id,
    event_id: 'Ev1',
    authorizations: [{ team_id: slack.team.id, user_id: 'URETORT01', is_bot: true }],
    event: { type, user: 'UOZ000001', tab: 'home', channel: 'D1' },
  });
  const buttons = [approvalIds, cardIds, followIds, mendIds].flatMap(ids => Object.values<string>(ids));
  const payloads: object[] = [
    ...buttons.map(action => press(action, id)),
    press(cardIds.more, `${switchIds.open} ${id}`),
    press(cardIds.more, `${moveId} ${id}`),
    press(moveId, id),
    press(form.open, ''),
    submit(form.callback, submitted.blocks.length ? '{}' : ''),
    ...[approvalIds.denial, switchIds.form, 'instruction'].map(callback => submit(callback, id)),
    { ...press('steps~1', ''), view: { ...view_, callback_id: form.callback } },
    { ...base, type: 'block_suggestion', action_id: 'x', block_id: 'b', value: 'q', view: view_ },
    { ...base, type: 'shortcut', callback_id: 'x' },
    { ...base, type: 'view_closed', view: view_ },
  ];
  const events = [event('app_home_opened'), event('message'), { type: 'url_verification', challenge: 'x', token: 'y' }];
  const words = ['', 'help', 'list', 'status', 'cancel', 'move', 'switch', 'quota', 'audit', 'pause', 'resume'];
  const command = () => ({
    command: '/distill',
    text: `${one(words)} ${one([id, '', 'stays-as-it-is', String(one(odd)())])}`,
    user_id: 'UOZ000001',
    team_id: slack.team.id,
    api_app_id: slack.app.id,
    channel_id: 'CDISTILL1',
    trigger_id: 'x.y.z',
    response_url: `${slack.url}/respond/none`,
  });

  /** One delivery: sensible, with a part that is not, or with bytes that are not. */
  function delivery() {
    const kind = next();
    if (kind < 0.2) {
      const changed = mutated(command()) as Record<string, unknown>;
      return {
        body: new URLSearchParams(
          Object.entries(changed).map(([key, value]): [string, string] => [
            key,
            typeof value === 'string' ? value : JSON.stringify(value),
          ]),
        ).toString(),
      };
    }
    if (kind < 0.35) {
      const body = JSON.stringify(mutated(one(events)));
      return { type: 'application/json', body: next() < 0.2 ? scrambled(body) : body };
    }
    const body = interaction(mutated(one(payloads)));
    return { body: next() < 0.15 ? scrambled(body) : body };
  }

  const before = await kept();
  const statuses: Record<number, number> = {};
  const memory: number[] = [];
  const began = performance.now();
  for (let sent = 0; sent < rounds; sent += together) {
    const answers = await Promise.all(Array.from({ length: together }, () => deliver(stack, delivery())));
    for (const { status } of answers) statuses[status] = (statuses[status] ?? 0) + 1;
    if (sent % 1000 < together) memory.push(residentMegabytes(stack.program().pid));
  }
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(
    `Seed ${seed}: ${rounds} deliveries in ${seconds} s, answered ${JSON.stringify(statuses)}; memory ${memory.join(', ')} MB.`,
  );

  expect(Object.keys(statuses).filter(status => !['200', '400', '403', '413'].includes(status))).toEqual([]);
  expect(statuses[200]).toBeGreaterThan(rounds / 2);
  expect(await kept()).toEqual(before);
  expect((await fetch(`${stack.program().url}/health`)).status).toBe(200);
  const logs = stack.program().logs;
  expect(logs.filter(line => !line.startsWith('{') || line.includes('nothing caught'))).toEqual([]);
  // As much as it needs once it is warm, it needs in the end.
  expect(memory.at(-1)).toBeLessThan(memory[1]! + 60);
}, 200_000);
