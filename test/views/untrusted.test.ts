import type { HomeView, ModalView } from '@slack/types';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { faults, oddities } from '../../src/job/dataset.ts';
import type { Job } from '../../src/job/job.ts';
import { states } from '../../src/job/job.ts';
import type { Post } from '../../src/job/post.ts';
import { findings } from '../../src/job/preflight.ts';
import { checkBlocks } from '../../src/local/slack/blocks.ts';
import { approval } from '../../src/views/approval.ts';
import { card } from '../../src/views/card.ts';
import { home } from '../../src/views/home.ts';
import { list, status } from '../../src/views/list.ts';
import { post } from '../../src/views/post.ts';
import { requestView } from '../../src/views/request.ts';
import type { Message } from '../../src/world.ts';
import { around, jobIn, report, spec, special, task } from './jobs.ts';
import { wrongWith } from './slack.ts';

const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc
    .array(
      fc.constantFrom(
        ...['<!channel>', '<@U0BEN>', '<#C1>', '<http://evil|bank>', '<!date^1^{x}|y>', '&', '<', '>', '|', '^'],
        ...[
          '*',
          '_',
          '~',
          '`',
          '```',
          ':fire:',
          '\u202e',
          '\u0000',
          '\u0085',
          '\n',
          '\u2028',
          '😀',
          '\ud83d',
          'a',
          ' ',
        ],
      ),
      { maxLength: 40 },
    )
    .map(parts => parts.join('')),
  fc.constantFrom('<', '&', '😀', 'x', '`', '\n').map(part => part.repeat(6000)),
);

// Everything in a job that a person wrote, or that came from Vertex AI, Slack or Cloud Storage.
const foreign = new Set([
  ...['modelName', 'displayName', 'dataset', 'evaluationDataset', 'tensorboard', 'encryptionKey', 'serviceAccount'],
  ...['pipelineRoot', 'reason', 'message', 'stage', 'said', 'value', 'name', 'alt', 'model', 'endpoint', 'error'],
  ...['generation', 'title', 'model_resource_name'],
]);

/** The job with all of these strings replaced. */
function infested<T>(value: T, text: string): T {
  if (Array.isArray(value)) return value.map(item => infested(item, text)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      key,
      foreign.has(key) && typeof part === 'string' ? text : infested(part, text),
    ]),
  ) as T;
}

const posts: Post[] = [
  ...(['refusal', 'dataset', 'denial', 'expiry', 'launch', 'result', 'failure', 'cancellation'] as const).map(kind => ({
    kind,
  })),
  { kind: 'stage', title: 'Tune', done: false, tuning: true },
];

/** Everything that can be drawn of a job. */
function everything(job: Job, text = 'Tune'): (Message | ModalView | HomeView)[] {
  const links = { links: { [job.id]: 'https://acme.slack.com/archives/C0ML/p1' } };
  const many = Array.from({ length: 30 }, () => job);
  return [
    card(job, around),
    approval(job, around),
    ...posts.map(owed => post(job, infested(owed, text), around)),
    list(many, around, links),
    status(job, around, links),
    home({ mine: many, waiting: many, me: 'U0BEN', ...links }, around),
    requestView(job, around),
  ];
}

function faultsIn(shown: Message | ModalView | HomeView): string[] {
  const surface = 'text' in shown ? 'message' : shown.type === 'home' ? 'home' : 'modal';
  return [
    ...wrongWith(shown),
    ...checkBlocks(shown.blocks, { surface, pointer: '', image: () => true, submit: false }),
  ];
}

const jobs = [...states.map(state => jobIn(state) as Job), ...Object.values(special)];

test('whatever people and services write, every message is one that Slack takes, without markup of theirs', () => {
  fc.assert(
    fc.property(nasty, fc.constantFrom(...jobs), (text, job) => {
      for (const shown of everything(infested(job, text), text)) expect(faultsIn(shown)).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

test('what a person wrote does not change the shape of a message', () => {
  fc.assert(
    fc.property(nasty, fc.constantFrom(...jobs), (text, job) => {
      const shape = (message: Message) => message.blocks.map(({ type, block_id }) => `${type} ${block_id}`);
      expect(shape(card(infested(job, text), around))).toEqual(shape(card(job, around)));
      expect(shape(approval(infested(job, text), around))).toEqual(shape(approval(job, around)));
    }),
    { numRuns: 100 },
  );
});

test('the longest possible jobs fit', () => {
  const lines = Array.from({ length: 20 }, (_, i) => 1_000_000_000 + i);
  const noted = { count: 1_000_000_000, lines };
  const everyFault = Object.fromEntries(faults.map(name => [name, noted]));
  const everyOddity = Object.fromEntries(oddities.map(name => [name, noted]));
  const reading = {
    is: 'read',
    report: report({
      rows: 9_999,
      labelled: 5_000,
      faults: everyFault,
      oddities: everyOddity,
      unknownFields: Array.from({ length: 5 }, () => '<'.repeat(500)),
    }),
    generation: '9'.repeat(20),
    elsewhere: true,
  } as const;
  const long = spec({ serviceAccount: 'x', encryptionKey: 'x' });
  const answer = { is: 'wrong', why: 'no-right', about: '' } as const;
  const named = { pipelineRoot: answer, serviceAccount: answer, tensorboard: answer, encryptionKey: answer };
  const found = findings(long, { dataset: reading, evaluationDataset: reading, named });
  const tasks = Array.from({ length: 200 }, (_, i) => ({
    ...task(`t${i}`, 'RUNNING'),
    name: 'long task '.repeat(100),
  }));
  for (const job of jobs) {
    const longest: Job = infested({ ...job, spec: long }, '&'.repeat(5000));
    if ('findings' in longest) longest.findings = found;
    if ('checked' in longest && longest.checked) longest.checked = { ...longest.checked, findings: found };
    if ('run' in longest && longest.run) longest.run = { ...longest.run, tasks };
    if ('holders' in longest) longest.holders = Array.from({ length: 100 }, (_, i) => `holder${i}`);
    for (const shown of everything(longest)) expect(faultsIn(shown)).toEqual([]);
  }
});

test('the check finds what it is there to find', () => {
  const message = card(jobIn('running'), around);
  const [first, ...rest] = message.blocks;
  const with_ = (text: string) => ({ ...message, blocks: [{ ...first!, text: { type: 'mrkdwn', text } }, ...rest] });
  for (const text of ['<!channel>', 'x <@u1>', '<http://evil|bank>', 'a\u202eb', 'x'.repeat(3001), ''])
    expect(wrongWith(with_(text) as Message)).not.toEqual([]);
  expect(wrongWith({ ...message, text: '' })).not.toEqual([]);
  expect(wrongWith({ ...message, blocks: [...message.blocks, ...message.blocks] })).not.toEqual([]);
});
