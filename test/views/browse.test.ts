import { expect, test } from 'vitest';
import { states } from '../../src/job/job.ts';
import { asCurl, pipelineJobBody } from '../../src/job/request.ts';
import { home } from '../../src/views/home.ts';
import { help, list, status } from '../../src/views/list.ts';
import { requestView } from '../../src/views/request.ts';
import { around, jobIn } from './jobs.ts';
import { expectFit, said } from './slack.ts';

const links = { links: { k3v9x1m4q7tz: 'https://acme.slack.com/archives/C0ML/p1' } };
const jobs = states.map(state => jobIn(state));

test('a list has a line for each job, with its state and a link to its card', () => {
  const message = list(jobs, around, links);
  expectFit(message);
  for (const state of states) expect(said(message)).toContain(around.words.states[state].name);
  expect(said(message).split('<https://acme.slack.com/archives/C0ML/p1|support-intents-v3>').length - 1).toBe(
    jobs.length,
  );
});

test('a job without a card is listed without a link', () => {
  expect(said(list([jobIn('checking')], around, { links: {} }))).toContain(' · support-intents-v3 · ');
});

test('a long list is cut, and says so', () => {
  const message = list(
    Array.from({ length: 40 }, () => jobIn('running')),
    around,
    links,
  );
  expectFit(message);
  expect(said(message)).toContain('and 25 more');
});

test('an empty list says how to begin', () => {
  const message = list([], around, links);
  expectFit(message);
  expect(said(message)).toContain('`/distill` begins one');
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

test('App Home shows what waits for me, what is under way, and what has ended', () => {
  const view = home({ mine: jobs, waiting: [jobIn('waiting')], ...links }, around);
  expectFit(view);
  const text = said(view);
  const at = (words: string) => text.indexOf(words);
  expect(at('*Waiting for your decision*')).toBeGreaterThan(-1);
  expect(at('*Under way*')).toBeGreaterThan(at('*Waiting for your decision*'));
  expect(at('*Your last jobs*')).toBeGreaterThan(at('*Under way*'));
  expect(at('*Done*')).toBeGreaterThan(at('*Your last jobs*'));
  expect(at('*Running*')).toBeLessThan(at('*Your last jobs*'));
});

test('App Home shows ten of each, and counts the rest', () => {
  const mine = [
    ...Array.from({ length: 14 }, () => jobIn('running')),
    ...Array.from({ length: 13 }, () => jobIn('failed')),
  ];
  const view = home({ mine, waiting: [], ...links }, around);
  expectFit(view);
  expect(said(view)).toContain('and 4 more');
  expect(said(view)).toContain('and 3 more');
});

test('an empty App Home says what to do first', () => {
  const view = home({ mine: [], waiting: [], links: {} }, around);
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
