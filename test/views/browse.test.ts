import { expect, test } from 'vitest';
import type { Job } from '../../src/job/job.ts';
import { states } from '../../src/job/job.ts';
import { emptyLedger } from '../../src/job/quota.ts';
import { asCurl, pipelineJobBody } from '../../src/job/request.ts';
import { cardIds } from '../../src/views/card.ts';
import { form } from '../../src/views/form.ts';
import type { AtHome } from '../../src/views/home.ts';
import { home } from '../../src/views/home.ts';
import { help, list, listIds, lists, namesakes, status } from '../../src/views/list.ts';
import { models } from '../../src/views/models.ts';
import { preferIds } from '../../src/views/prefer-ids.ts';
import { requestView } from '../../src/views/request.ts';
import type { Message } from '../../src/world.ts';
import { around, jobIn, start } from './jobs.ts';
import { expectFit, pressable, said } from './slack.ts';

const links = { links: { k3v9x1m4q7tz: 'https://acme.slack.com/archives/C0ML/p1' } };
const jobs = states.map(state => jobIn(state));

const first = { of: 'all', more: false, first: true } as const;

test('a list has a line for each job, with its state and a link to its card', () => {
  const message = list(jobs, around, { ...links, ...first });
  expectFit(message);
  for (const state of states) expect(said(message)).toContain(around.words.states[state].name);
  expect(said(message).split('<https://acme.slack.com/archives/C0ML/p1|support-intents-v3>').length - 1).toBe(
    jobs.length,
  );
});

test('a job without a card is listed without a link', () => {
  expect(said(list([jobIn('checking')], around, { links: {}, ...first }))).toContain(' · support-intents-v3 · ');
});

/** What can be pressed below a list: action ids with their values. */
function ways(message: Message): Record<string, string | undefined> {
  const actions = message.blocks.find(block => block.type === 'actions');
  const buttons = actions?.type === 'actions' ? actions.elements : [];
  return Object.fromEntries(buttons.flatMap(one => (one.type === 'button' ? [[one.action_id, one.value]] : [])));
}

test.each(lists)('from a page of the list "%s" one gets to older ones, and to every list', of => {
  const message = list([jobIn('running'), { ...jobIn('failed'), id: 'last' }], around, {
    ...links,
    ...first,
    of,
    more: true,
  });
  expectFit(message);
  expect(ways(message)).toMatchObject({ [listIds.older]: `${of} last` });
  expect(Object.keys(ways(message))).toEqual(expect.arrayContaining(lists.map(name => listIds[name])));
});

test('the last page offers no older ones', () => {
  expect(ways(list(jobs, around, { ...links, ...first }))).not.toHaveProperty(listIds.older);
});

test('an empty list says how to begin, and an empty page that it was the last', () => {
  const message = list([], around, { ...links, ...first });
  expectFit(message);
  expect(said(message)).toContain('`/distill` begins one');
  expect(said(list([], around, { ...links, ...first, first: false }))).toContain('none before those');
});

test('jobs of one name are told apart by their ids, and each can be shown', () => {
  const message = namesakes(
    [
      { ...jobIn('running'), id: 'new' },
      { ...jobIn('failed'), id: 'old' },
    ],
    'intents',
    around,
    links,
  );
  expectFit(message);
  expect(said(message)).toContain('`intents`');
  expect(message.blocks.flatMap(block => ('accessory' in block ? [block.accessory] : []))).toMatchObject([
    { action_id: listIds.show, value: 'new' },
    { action_id: listIds.show, value: 'old' },
  ]);
});

test('the status of a job that has ended offers to run it again, and of one that goes on to cancel it', () => {
  expect(ways(status(jobIn('failed'), around, links))).toHaveProperty(cardIds.again);
  expect(ways(status(jobIn('failed'), around, links))).not.toHaveProperty(cardIds.cancel);
  expect(ways(status(jobIn('running'), around, links))).toHaveProperty(cardIds.cancel);
});

test.each(states)('the status of a job %s is its state, its facts, and where its card is', state => {
  const message = status(jobIn(state), around, links);
  expectFit(message);
  expect(said(message)).toContain(around.words.states[state].name);
  expect(said(message)).toContain('|Its card and thread>');
});

test('help names every command with a line and an example', () => {
  const message = help(around.words);
  expectFit(message);
  for (const command of ['/distill', '/distill help', '/distill list', '/distill status', '/distill cancel'])
    expect(said(message)).toContain(`\`${command}`);
});

const some = (...jobs: Job[]) => ({ jobs, more: false });
const registry = { made: [], silent: [], links: {} };
const ledgers = { TPU: emptyLedger, GPU: { held: { k: { units: 8, since: start } }, waiting: {} } };
const nobody = { waiting: some(), running: some(), ended: some(), ledgers, registry, links: {}, direct: false };
const drawn = (known: Partial<AtHome>) =>
  home({ ...nobody, ...links, ...known }, around, { capacity: { GPU: 8, TPU: 64 } });

test('App Home turns messages on and off', () => {
  expect(pressable(drawn({}))).toContain(preferIds.on);
  expect(pressable(drawn({ direct: true }))).toContain(preferIds.off);
});

test('App Home shows what waits for me, what is under way, what has ended, the quotas and the newest models', () => {
  const model = { name: 'projects/1/locations/us-central1/models/2', displayName: 'newest-model' };
  const made = { model: { ...model, createdAt: start, job: undefined, deployed: true }, job: jobIn('succeeded') };
  const view = drawn({
    waiting: some(jobIn('waiting')),
    running: some(jobIn('running')),
    ended: some(jobIn('failed'), jobIn('succeeded')),
    registry: { ...registry, made: [made] },
  });
  expectFit(view);
  const order = ['*Waiting for your decision*', '*Under way*', '*Running*', '*Your last jobs*', '*Done*'];
  const text = said(view);
  const places = [...order, '*Quotas*', '*GPU* in us-central1: 8 of 8', '*Newest models*', 'newest-model'].map(words =>
    text.indexOf(words),
  );
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
});

test('from App Home a new job is begun, and every list is one press away', () => {
  const actions = drawn({}).blocks.find(block => block.type === 'actions');
  expect(actions).toMatchObject({
    elements: [{ action_id: form.open }, { action_id: listIds.mine }, { action_id: listIds.all }, {}],
  });
});

test('App Home says where there is more than it shows', () => {
  const view = drawn({ ended: { jobs: [jobIn('failed')], more: true } });
  expect(said(view)).toContain('and more');
});

test('an empty App Home says what to do first', () => {
  const view = drawn({});
  expectFit(view);
  expect(said(view)).toContain('Type `/distill` in a channel');
});

test('the request is shown letter by letter', () => {
  const job = jobIn('running', { spec: { modelName: "it's <!channel> & co" } });
  const view = requestView(job, around);
  expectFit(view);
  const shown = view.blocks.flatMap(block => (block.type === 'rich_text' ? [said({ blocks: [block] })] : []));
  expect(shown).toEqual([JSON.stringify(pipelineJobBody(job, around), null, 2), asCurl(job, around)]);
});

test('what cannot be seen in a request is shown escaped, and the JSON stays the same', () => {
  const job = jobIn('running', { spec: { modelName: 'a\u202eb\u009fc' } });
  const [json] = requestView(job, around).blocks.flatMap(block =>
    block.type === 'rich_text' ? [said({ blocks: [block] })] : [],
  );
  expect(json).toContain('a\\u202eb\\u009fc');
  expect(JSON.parse(json!)).toEqual(JSON.parse(JSON.stringify(pipelineJobBody(job, around))));
});

test('models are listed with their pages and the jobs that made them, and others without', () => {
  const name = 'projects/1/locations/us-central1/models/2';
  const model = { name, displayName: 'intents', createdAt: start, job: undefined, deployed: true };
  const made = [
    { model, job: jobIn('succeeded') },
    { model: { ...model, displayName: 'other', deployed: false }, job: undefined },
  ];
  const message = models({ made, silent: ['us-west1'], ...links }, around);
  expectFit(message);
  const [ours, others] = said(message).split('\n').slice(1);
  expect(ours).toContain('/models/2/versions/default?project=acme|intents>');
  expect(ours).toMatch(/deployed · by job `k3v9x1m4q7tz` of <@U0ANA> · <.*\|Its card and thread>/);
  expect(others).toContain('by none of these jobs');
  expect(said(message)).toContain('us-west1 gave no answer in time');
});

test('a Model Registry without models says so', () => {
  expect(said(models({ made: [], silent: [], links: {} }, around))).toContain('There is none yet.');
});
