import { readdirSync, readFileSync } from 'node:fs';
import type { HomeView, ModalView } from '@slack/types';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Decision } from '../../src/job/change.ts';
import { faults, oddities } from '../../src/job/dataset.ts';
import { alarmKinds } from '../../src/job/guard-rails.ts';
import type { Job } from '../../src/job/job.ts';
import { states } from '../../src/job/job.ts';
import type { Notice } from '../../src/job/notice.ts';
import type { Said } from '../../src/job/post.ts';
import { named as everyNamed, findings } from '../../src/job/preflight.ts';
import type { Ledger } from '../../src/job/quota.ts';
import { emptyLedger } from '../../src/job/quota.ts';
import { otherThan, regions, tuningRecipes } from '../../src/job/recipe.ts';
import { isError, isPipeline, problems } from '../../src/job/spec.ts';
import { checkBlocks } from '../../src/local/slack/blocks.ts';
import { inWindow, openAgain, sentence, whoDecided, whoMay } from '../../src/views/answer.ts';
import { approval, denialForm } from '../../src/views/approval.ts';
import { audit } from '../../src/views/audit.ts';
import type { Around } from '../../src/views/card.ts';
import { card } from '../../src/views/card.ts';
import { comparedCurves, comparison, noChart, whatToName } from '../../src/views/compare.ts';
import { carriedTo, draftOf, movedDraft } from '../../src/views/draft.ts';
import { drawForm, form } from '../../src/views/form.ts';
import { home } from '../../src/views/home.ts';
import { help, list, lists, namesakes, status } from '../../src/views/list.ts';
import { instructionForm } from '../../src/views/mend.ts';
import { models } from '../../src/views/models.ts';
import { notice } from '../../src/views/notice.ts';
import { plainer } from '../../src/views/plainer.ts';
import { post } from '../../src/views/post.ts';
import { quota } from '../../src/views/quota.ts';
import { requestView } from '../../src/views/request.ts';
import { switchView } from '../../src/views/switch.ts';
import { trialForm } from '../../src/views/trial.ts';
import { unmentioned } from '../../src/views/unmentioned.ts';
import type { Message } from '../../src/world.ts';
import { tuningSpecWith } from '../job/sample-jobs.ts';
import { steadyWorld } from '../steps/steady-world.ts';
import { ana, ben, everyLanguage, jobIn, minute, report, spec, special, start, task } from './jobs.ts';
import { wrongWith } from './slack.ts';
import { tuningJobs } from './tuning-jobs.ts';
import { badlySpaced } from './typography.ts';

const prices = { TPU: { amount: 100, currency: 'USD' }, GPU: { amount: 40, currency: 'EUR' } };
const spoken = everyLanguage.map(([language, around]) => [language, { ...around, prices }] as const);

const { settings } = steadyWorld();
const boardOf = (text: string) => `projects/1/locations/europe-west4/tensorboards/${text.length}`;

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
  ...['generation', 'title', 'model_resource_name', 'out', 'prompt', 'expected', 'answer'],
  ...['teacher', 'student', 'outputs', 'experiment'],
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

const posts: Said[] = [
  { kind: 'outdated' as const, about: ['dataset' as const] },
  ...(['refusal', 'dataset', 'delay', 'reminder', 'denial', 'expiry'] as const).map(kind => ({ kind })),
  ...(['launch', 'result', 'code', 'verdict', 'failure', 'cancellation'] as const).map(kind => ({ kind })),
  { kind: 'stage', title: 'Tune', done: false, tuning: true },
  { kind: 'overtime', longest: 36_000_000 },
  { kind: 'stall', step: 217_980, since: start, usual: 9000 },
  ...alarmKinds.map(of => ({ kind: 'alarm' as const, of })),
  { kind: 'trial', by: 'U0ANA', prompt: 'x', line: 7, expected: 'x', answer: 'x', same: false, ms: 240 },
  ...(['no-row', 'gone', 'unanswered', 'silent'] as const).map(
    hindrance => ({ kind: 'trial', by: 'U0ANA', prompt: 'x', hindrance, said: 'x' }) as const,
  ),
  { kind: 'undeployed', by: 'U0ANA' },
  { kind: 'undeployed' },
  ...(['shared', 'refused', 'silent'] as const).map(
    why => ({ kind: 'still-deployed', by: 'U0ANA', why, said: 'x' }) as const,
  ),
  { kind: 'idle' },
];

/** Everything that somebody is told of a job outside of its thread. */
function notices({ id, spec: { modelName } }: Job, text: string): Notice[] {
  const channel = { requester: 'U0ANA', channel: 'C0ML' };
  return [
    { kind: 'channel', job: id, model: modelName, ...channel, code: text },
    { kind: 'ended', job: id, model: modelName, requester: 'U0ANA', state: 'succeeded', link: text },
    { kind: 'untold', job: id, ...channel, code: text },
    ...(['unclear', 'stuck', 'unsaid'] as const).map(kind => ({ kind, job: id, key: '0001', code: text })),
    { kind: 'given-up', job: id, code: text },
    { kind: 'credentials', code: text },
    { kind: 'foreign', job: id, region: 'us-central1' },
    // A label may be anything.
    { kind: 'orphan', job: text, run: text },
  ];
}

/** The quotas where this job holds every seat and is everybody in line. */
function quotas(job: Job, text: string, around: Around): Message {
  const ids = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name}${i}`);
  const seats = (all: string[]) =>
    Object.fromEntries(all.map((id, i) => [id, { units: 64, since: start + i * minute, by: `U0W${i}` }]));
  const [holding, waiting] = [ids('h', 12), ids('w', 40)];
  const ledger: Ledger = {
    held: seats(holding),
    waiting: seats(waiting),
    took: [60 * minute, 90 * minute],
    capacity: { units: 768, at: start },
    paused: { by: ben, at: start },
  };
  const all = [...holding, ...waiting];
  const outside = ids('run', 12).map(name => ({ name: text || name, displayName: text, accelerator: 'TPU' }) as const);
  return quota(
    {
      ledgers: { TPU: ledger, GPU: text ? ledger : emptyLedger },
      named: Object.fromEntries(all.map(id => [id, job])),
      links: Object.fromEntries(all.map(id => [id, 'https://acme.slack.com/archives/C0ML/p1'])),
      outside,
      now: start + 60 * minute,
    },
    around,
    { capacity: {} },
  );
}

/** App Home where this job is everything. */
function homes(job: Job, text: string, around: Around): HomeView {
  const of = (count: number) => ({ jobs: Array.from({ length: count }, () => job), more: true });
  const links = { [job.id]: 'https://acme.slack.com/archives/C0ML/p1' };
  const ledger: Ledger = { held: {}, waiting: {}, paused: { by: ben, at: start } };
  const registry = { made: registered(job, text).slice(0, 3), silent: regions, links };
  const all = {
    waiting: of(10),
    running: of(10),
    ended: of(5),
    ledgers: { TPU: ledger, GPU: ledger },
    registry,
    links,
    direct: false,
  };
  return home(all, around, { capacity: {} });
}

/** Models of this name, made by this job and by none. */
function registered(job: Job, text: string) {
  const model = { name: text, displayName: job.spec.modelName || text, createdAt: start, job: job.id, deployed: true };
  return Array.from({ length: 10 }, (_, i) => ({ model, job: i % 2 ? job : undefined }));
}

/** A spec that differs from a job's wherever it can. */
function unlike({ spec: asked }: Job, text: string): Job['spec'] {
  return {
    ...asked,
    ...{ modelName: `${asked.modelName}${text}`, dataset: `${asked.dataset}x`, evaluate: !asked.evaluate },
    ...{ serviceAccount: `${text}y`, encryptionKey: `${text}z`, learningRateMultiplier: 0.123_456 },
    ...(isPipeline(asked)
      ? { displayName: text, pipelineRoot: text, steps: asked.steps + 1, checkpoint: 'last', tensorboard: `${text}x` }
      : { epochs: 7, learningRate: 0.123_456, batchSize: 7, adapterSize: '2', tuningMode: text, outputs: text }),
  } as Job['spec'];
}

/** Every kind of decision about a job, each with a reason. */
function decisions(text: string): Decision[] {
  return Decision.shape.action.options.map((action, i) => ({
    action,
    by: ana,
    at: start + i * minute,
    digest: 'd'.repeat(64),
    reason: text,
  }));
}

/** The form that moves a job, as it can be moved and as it cannot. */
function moves(job: Job, around: Around): ModalView[] {
  if (!isPipeline(job.spec)) return [];
  const moved = { ...job.spec, accelerator: otherThan(job.spec.accelerator) };
  const { approvalFor } = { approvalFor: ['TPU', 'GPU'] } as const;
  return [[], problems(moved).filter(isError)].map(wrong =>
    switchView(job, { spec: moved, wrong }, around, { approvalFor }),
  );
}

/** The form, filled as a job was asked for. What somebody typed is given back as it is: Slack reads nothing in it. */
function asked(job: Job, text: string, { words }: Around): ModalView {
  const live = { tensorboards: [{ name: boardOf(text), displayName: text }] };
  // What is chosen from a menu, and not written, is one of its options.
  const { teacher, student } = isPipeline(job.spec) ? spec() : tuningSpecWith({}, job.spec.recipe);
  const chosen = { student, ...(teacher !== undefined && { teacher }) };
  const held = isPipeline(job.spec)
    ? { ...job.spec, ...chosen, tensorboard: spec().tensorboard }
    : { ...job.spec, ...chosen };
  const drawn = drawForm({
    ...draftOf(held, job.channel),
    live,
    settings,
    words,
  });
  return JSON.parse(JSON.stringify(drawn, (key, value) => (key === 'initial_value' ? undefined : value))) as ModalView;
}

/** The form, filled with a job that is moved to another recipe. */
function movedOver(job: Job, { words }: Around): ModalView[] {
  return tuningRecipes.flatMap(recipe => {
    const carried = carriedTo(job, recipe);
    if (!carried) return [];
    const draft = movedDraft(job, job.channel, settings, recipe);
    const drawn = drawForm({ ...draft, live: {}, moved: { job, left: carried.left }, settings, words });
    return JSON.parse(JSON.stringify(drawn, (key, value) => (key === 'initial_value' ? undefined : value)));
  });
}

/** Everything that can be drawn of a job. */
function everything(job: Job, around: Around, text = 'Tune'): (Message | ModalView | HomeView)[] {
  const links = { links: { [job.id]: 'https://acme.slack.com/archives/C0ML/p1' } };
  const many = Array.from({ length: 30 }, () => job);
  return [
    card(job, around),
    // Without any blocks it is no more than its text.
    ...plainer(card(job, around)).filter(({ blocks }) => blocks.length),
    approval(job, around),
    ...posts.map(owed => post(job, infested(owed, text), around)),
    // A name in Slack has at most eighty characters.
    ...posts.map(owed =>
      unmentioned(post(job, infested(owed, text), around), [{ user: job.requester.user, name: text.slice(0, 80) }]),
    ),
    ...lists.map(of => list(many.slice(0, 10), around, { ...links, of, more: true, first: true })),
    namesakes(many.slice(0, 10), text, around, links),
    status(job, around, links),
    models({ made: registered(job, text), silent: regions, ...links }, around),
    comparison([job, { ...job, spec: unlike(job, text) }], around, links),
    whatToName(around.words),
    noChart(around.words),
    comparedCurves([job, job], around, { file: 'F0CURVES', basis: 'eval' }),
    homes(job, text, around),
    requestView(job, around),
    trialForm(job, around.words),
    denialForm(job.id, around.words),
    instructionForm(job, around.words),
    help(around.words, text),
    asked(job, text, around),
    ...movedOver(job, around),
    audit(job, decisions(text), around),
    quotas(job, text, around),
    ...moves(job, around),
    ...notices(job, text).map(owed => notice(owed, around)),
    whoDecided('It was decided.', job, around.words),
    inWindow(whoDecided('It was decided.', job, around.words), around.words),
    whoMay('Only some may.', around.approvers, around.words),
    sentence(around.words.answers.noSuchJob(text)),
    openAgain(around.words, job.id),
  ];
}

/** What no message does, and the form may. */
const ofTheForm = new Set(['a block without an id', 'two blocks of one id', 'value has 0 characters']);

function faultsIn(shown: Message | ModalView | HomeView): string[] {
  const surface = 'text' in shown ? 'message' : shown.type === 'home' ? 'home' : 'modal';
  return [
    ...wrongWith(shown).filter(
      wrong => !('callback_id' in shown && shown.callback_id === form.callback && ofTheForm.has(wrong)),
    ),
    ...checkBlocks(shown.blocks, { surface, pointer: '', image: () => true, submit: 'submit' in shown }),
  ];
}

const likely = { from: start + 60 * minute, to: start + 90 * minute };
const quotaThen = {
  capacity: 64,
  held: 64,
  waiting: 40,
  holders: ['h1', 'h2', 'h3', 'h4'].map(job => ({ job, until: likely })),
};
const took = { from: 60 * minute, to: 90 * minute, jobs: 10 };
const jobs: Job[] = [
  ...states.map(state => jobIn(state) as Job),
  ...Object.values(special),
  ...Object.values(tuningJobs),
  { ...jobIn('queued'), ahead: 39, holders: ['h1', 'h2', 'h3', 'h4'], likely, paused: { by: ben, at: start } },
  { ...jobIn('waiting'), request: { ...jobIn('waiting').request, quota: quotaThen, took } },
  { ...jobIn('denied'), heir: 'successor' },
  { ...jobIn('expired'), heir: 'successor' },
];

test.each(spoken)(
  'whatever people and services write, every message is one that Slack takes, without markup of theirs: %s',
  (_, around) => {
    fc.assert(
      fc.property(nasty, fc.constantFrom(...jobs), (text, job) => {
        for (const shown of everything(infested(job, text), around, text)) expect(faultsIn(shown)).toEqual([]);
      }),
      { numRuns: 150 },
    );
  },
);

test('every view is among those that are drawn here', () => {
  const folder = new URL('../../src/views/', import.meta.url);
  const drawn = readFileSync(new URL(import.meta.url), 'utf8');
  const views = readdirSync(folder).flatMap(file =>
    [
      ...readFileSync(new URL(file, folder), 'utf8').matchAll(
        /^export function (\w+)\((?:(?!^\}).)*?\): (?:Message|ModalView|HomeView)\b/gms,
      ),
    ].map(([, name]) => name!),
  );
  expect(views.length).toBeGreaterThan(20);
  // A form that asks one question is drawn by those who ask it.
  expect(views.filter(name => name !== 'questionForm' && !new RegExp(`\\b${name}\\(`).test(drawn))).toEqual([]);
});

test.each(spoken)('what a person wrote does not change the shape of a message: %s', (_, around) => {
  fc.assert(
    fc.property(nasty, fc.constantFrom(...jobs), (text, job) => {
      const shape = (message: Message) => message.blocks.map(({ type, block_id }) => `${type} ${block_id}`);
      expect(shape(card(infested(job, text), around))).toEqual(shape(card(job, around)));
      expect(shape(approval(infested(job, text), around))).toEqual(shape(approval(job, around)));
    }),
    { numRuns: 100 },
  );
});

test.each(spoken)('the longest possible jobs fit: %s', (_, around) => {
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
  const numbers = {
    epochs: 9,
    learningRate: 0.123_456,
    batchSize: 9,
    adapterSize: '32',
    tuningMode: 'TUNING_MODE_FULL',
  };
  const keyed = { serviceAccount: 'x', encryptionKey: 'x' };
  const long = (of: Job['spec']) =>
    isPipeline(of) ? spec(keyed) : tuningSpecWith({ ...keyed, ...numbers }, of.recipe);
  const answer = { is: 'wrong', why: 'no-right', about: '' } as const;
  const named = Object.fromEntries(everyNamed.map(about => [about, answer]));
  const tasks = Array.from({ length: 200 }, (_, i) => ({
    ...task(`t${i}`, i % 2 ? 'RUNNING' : '<'.repeat(500)),
    name: 'long task '.repeat(100),
  }));
  for (const job of jobs) {
    const longest: Job = infested({ ...job, spec: long(job.spec) }, '&'.repeat(5000));
    const found = findings(longest.spec, { dataset: reading, evaluationDataset: reading, named });
    if ('findings' in longest) longest.findings = found;
    if ('checked' in longest && longest.checked) longest.checked = { ...longest.checked, findings: found };
    if ('run' in longest && longest.run) longest.run = { ...longest.run, tasks, state: '&'.repeat(5000) };
    if ('holders' in longest) longest.holders = Array.from({ length: 100 }, (_, i) => `holder${i}`);
    for (const shown of everything(longest, around)) expect(faultsIn(shown)).toEqual([]);
  }
});

test('French keeps its signs and numbers from being torn from their words, and marks of formatting clear of such spaces', () => {
  const [, around] = spoken.find(([language]) => language === 'fr')!;
  const shown = jobs.flatMap(job => everything(job, around)).map(view => JSON.stringify(view));
  expect([...new Set(shown.flatMap(badlySpaced))]).toEqual([]);
});

test('the check finds what it is there to find', () => {
  const message = card(jobIn('running'), spoken[0]![1]);
  const [first, ...rest] = message.blocks;
  const with_ = (text: string) => ({ ...message, blocks: [{ ...first!, text: { type: 'mrkdwn', text } }, ...rest] });
  for (const text of ['<!channel>', 'x <@u1>', '<http://evil|bank>', 'a\u202eb', 'x'.repeat(3001), ''])
    expect(wrongWith(with_(text) as Message)).not.toEqual([]);
  expect(wrongWith({ ...message, text: '' })).not.toEqual([]);
  expect(wrongWith({ ...message, blocks: [...message.blocks, ...message.blocks] })).not.toEqual([]);
});
