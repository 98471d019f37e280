import { expect, test } from 'vitest';
import type { Left } from '../../src/job/carry-over.ts';
import { carriedOver } from '../../src/job/carry-over.ts';
import { Decision } from '../../src/job/change.ts';
import { faults, oddities } from '../../src/job/dataset.ts';
import { states } from '../../src/job/job.ts';
import type { Answer, Finding, Reading } from '../../src/job/preflight.ts';
import { findings as findingsOf, named } from '../../src/job/preflight.ts';
import { accelerators, tuningRecipes } from '../../src/job/recipe.ts';
import type { Problem } from '../../src/job/spec.ts';
import { specFields } from '../../src/job/spec.ts';
import { limits } from '../../src/views/text.ts';
import { languages, wordsIn } from '../../src/views/words.ts';
import { english, findings } from '../../src/views/words-en.ts';
import { tuningSpecs } from '../clients/tuning.ts';
import { ana, jobIn, minute, report, spec, start } from './jobs.ts';
import { badlySpaced } from './typography.ts';

const noted = { count: 2, lines: [3, 5] };
const everyFault = Object.fromEntries(faults.map(name => [name, noted]));
const everyOddity = Object.fromEntries(oddities.map(name => [name, noted]));

function read(changed: Parameters<typeof report>[0], elsewhere: boolean | undefined = false): Reading {
  return { is: 'read', report: report(changed), generation: '1', elsewhere };
}

const readings: Reading[] = [
  { is: 'missing' },
  { is: 'forbidden' },
  { is: 'not-mended', why: 'changed', uri: 'gs://acme-ml/a.jsonl' },
  { is: 'not-mended', why: 'too-few', uri: 'gs://acme-ml/a.jsonl' },
  { is: 'not-fetched', why: 'file_not_found' },
  read({ faults: everyFault, oddities: everyOddity, unknownFields: ['id'] }, true),
  { is: 'read', report: report({}), generation: '1' },
  ...[0, 5, 9, 50, 300, 999, 10_001].flatMap(rows =>
    [0, Math.floor(rows / 2), rows].map(labelled => read({ rows, labelled })),
  ),
];

const answers: Answer[] = [
  { is: 'wrong', why: 'not-there', about: 'x' },
  { is: 'wrong', why: 'no-right', about: 'x' },
  { is: 'unknown', why: 'no-right', about: 'x' },
  { is: 'unknown', why: 'no-answer', about: 'x' },
  { is: 'unknown', why: 'not-retort', about: 'x' },
  { is: 'unknown', why: 'not-named', about: '' },
];

/** What a job may ask for besides. */
const everythingElse = {
  region: 'europe-west9',
  uploadRegion: 'us-west4',
  checkpoint: 'best',
  displayName: 'first try',
  learningRateMultiplier: 0.5,
  serviceAccount: 'me@acme.iam.gserviceaccount.com',
  encryptionKey: 'projects/acme/locations/us-central1/keyRings/ring/cryptoKeys/key',
} as const;

const tooFew = { dataset: read({ rows: 1, labelled: 1 }), named: {} };
const found = [
  ...findingsOf(spec(), { ...tooFew, leaks: { exact: noted, near: noted } }),
  ...findingsOf(spec({ steps: 1 }), { ...tooFew, dataset: read({}) }),
  ...readings.flatMap(dataset => findingsOf(spec(), { dataset, evaluationDataset: dataset, named: {} })),
  ...Object.values(tuningSpecs).flatMap(tuning =>
    [read({}), read({ rows: 2000, labelled: 2000, bytes: 2 ** 31, faults: everyFault, oddities: everyOddity })].flatMap(
      dataset => findingsOf(tuning, { dataset, evaluationDataset: dataset, named: {} }),
    ),
  ),
  ...answers.flatMap(answer =>
    findingsOf(spec(), { dataset: read({}), named: Object.fromEntries(named.map(about => [about, answer])) }),
  ),
];

test('every finding that preflight can produce has words of its own', () => {
  const catalogue: Record<string, Record<string, unknown>> = findings;
  expect(found.filter(({ about, name }) => !catalogue[about]?.[name])).toEqual([]);
});

test('every word for a finding is for one that preflight can produce', () => {
  const produced = new Set(found.map(({ about, name }) => `${about} ${name}`));
  const written = Object.entries(findings).flatMap(([about, sentences]) =>
    Object.keys(sentences).map(name => `${about} ${name}`),
  );
  const ofOne =
    /^(?:dataset (?:evaluation-too|unlabelled-evaluation)|evaluationDataset (?:too-many|few|output-unread|in-eval|near-eval|below-one|many-epochs|steps-outside))/;
  expect(written.filter(name => !produced.has(name) && !ofOne.test(name))).toEqual([]);
});

/** What is found of a whole file, at no line, or at the first alone. */
const withoutLines = new Set(['byte-order-mark', 'not-compared']);

test.each(languages)('a sentence about a finding ends as one, and names its lines: %s', language => {
  const both = new Intl.ListFormat(language).format(['3', '5']);
  for (const finding of found) {
    const sentence = String(wordsIn(language).finding(finding, spec()));
    expect(sentence).toMatch(/[.]$/);
    if (finding.lines && !withoutLines.has(finding.name)) expect(sentence).toContain(both);
  }
});

test.each(languages)('a finding that is newer than the catalogue is named all the same: %s', language => {
  const newer: Finding = { level: 'warning', about: 'dataset', name: 'quantum-row', count: 1, lines: [4] };
  expect(String(wordsIn(language).finding(newer, spec()))).toContain('quantum-row');
});

test('findings of the evaluation dataset say so', () => {
  const [finding] = findingsOf(spec(), {
    dataset: read({}),
    evaluationDataset: read({ rows: 60, labelled: 60, faults: { 'not-json': { count: 1, lines: [7] } } }),
    named: {},
  });
  expect(String(english.finding(finding!, spec()))).toBe(
    'Evaluation dataset: 1 row is not JSON (line 7). Each line is one object on its own.',
  );
});

test('line numbers beyond the first eight are counted, not listed', () => {
  const lines = Array.from({ length: 20 }, (_, i) => i + 1);
  const finding: Finding = { level: 'blocker', about: 'dataset', name: 'no-input', count: 1240, lines };
  expect(String(english.finding(finding, spec()))).toBe(
    '1,240 rows have no `input_text`, the prompt (lines 1, 2, 3, 4, 5, 6, 7, 8 and 1,232 more).',
  );
});

const field = 'dataset' as const;
const problems: Problem[] = [
  ...specFields.map(name => ({ field: name, rule: 'missing' as const })),
  { field, rule: 'two-sources' },
  { field, rule: 'too-long', most: 128 },
  { field, rule: 'not-an-object', value: 'gs://x' },
  { field, rule: 'not-a-folder', value: 'x' },
  { field, rule: 'twice-gs', value: 'gs://gs://x/y' },
  { field, rule: 'bucket-not-allowed', bucket: 'b', allowed: ['c', 'd'] },
  { field, rule: 'bucket-not-allowed', bucket: 'b', allowed: [] },
  { field: 'steps', rule: 'not-a-positive-integer' },
  { field: 'learningRateMultiplier', rule: 'not-a-positive-number' },
  { field, rule: 'evaluation-is-off' },
  { field: 'encryptionKey', rule: 'key-form', value: 'x' },
  {
    field: 'encryptionKey',
    rule: 'key-needs-region',
    elsewhere: [
      { what: 'tuning', is: 'europe-west4' },
      { what: 'region', is: 'us-west1' },
      { what: 'uploadRegion', is: 'us-west1' },
      { what: 'key', is: 'us-west1' },
    ],
  },
  { field: 'tensorboard', rule: 'tensorboard-form', value: 'x' },
  {
    field: 'tensorboard',
    rule: 'tensorboard-elsewhere',
    is: 'us-west1',
    pipeline: 'us-central1',
    tuning: 'europe-west4',
  },
  {
    field: 'tensorboard',
    rule: 'tensorboard-one-region',
    is: 'us-central1',
    pipeline: 'us-central1',
    tuning: 'europe-west4',
  },
  { field: 'serviceAccount', rule: 'service-account-form', value: 'x' },
  { field, rule: 'no-evaluation-point', steps: 100, interval: 200 },
  { field: 'checkpoint', rule: 'best-needs-evaluation' },
  { field: 'tensorboard', rule: 'no-curves' },
  { field: 'steps', rule: 'steps-outside-range', steps: 1, least: 200, most: 1000 },
  { field: 'steps', rule: 'below-one-epoch', epochs: 0.5 },
];

test.each(problems)('a problem of the form is said in a sentence: $rule', problem => {
  for (const language of languages) {
    const sentence = wordsIn(language).problem(problem);
    expect(sentence).toMatch(/^[\p{Lu}“«].*\.$/u);
    expect(sentence.length).toBeLessThan(limits.section);
  }
});

test('a key for TPU is refused with what is wrong, why, and two ways out', () => {
  expect(
    english.problem({
      field: 'encryptionKey',
      rule: 'key-needs-region',
      elsewhere: [{ what: 'tuning', is: 'europe-west4' }],
    }),
  ).toBe(
    'CMEK works only where pipeline, tuning, upload and key are all in us-central1. Here TPU tunes in europe-west4: choose GPU, or leave the key empty.',
  );
});

test.each(languages)('a very long value is quoted in part: %s', language => {
  const sentence = wordsIn(language).problem({ field, rule: 'not-an-object', value: 'x'.repeat(5000) });
  expect(sentence.length).toBeLessThan(500);
});

test.each(languages)('every field of the form has a label, and what stands in it fits: %s', language => {
  const names = [...specFields, 'channel'] as const;
  const { fields } = wordsIn(language);
  expect(Object.keys(fields).sort()).toEqual([...names].sort());
  for (const { label, hint, placeholder } of Object.values(fields)) {
    expect(label.length).toBeGreaterThan(0);
    expect(label.length).toBeLessThanOrEqual(limits.label);
    expect(hint?.length ?? 0).toBeLessThanOrEqual(limits.hint);
    expect(placeholder?.length ?? 0).toBeLessThanOrEqual(limits.placeholder);
  }
});

test.each(languages)('what must fit into a view’s title, buttons, questions and choices does: %s', language => {
  const {
    answers,
    form,
    tasks,
    chips,
    approval,
    request,
    switch: switching,
    mend,
    trial,
    card,
    undeploy,
    posts,
    list,
    carryOver,
  } = wordsIn(language);
  const forms = [approval.form, mend.form, trial];
  const confirms = [card.confirmCancel, undeploy.confirm];
  const within: [number, string[]][] = [
    [
      limits.modalTitle,
      [
        form.title,
        form.tuningTitle,
        ...forms.map(it => it.title),
        request.title,
        answers.window,
        ...accelerators.map(switching.title),
      ],
    ],
    [
      limits.modalButton,
      [
        ...[form.submit, form.close, ...forms.flatMap(it => [it.submit, it.close]), request.close, switching.submit],
        ...[switching.close, answers.close],
      ],
    ],
    [
      limits.option,
      [
        ...[...Object.values(form.checkpoints), ...Object.values(form.boxes), ...Object.values(tasks)],
        ...[
          ...accelerators.map(switching.choose),
          ...accelerators.map(it => `${it} · ${chips(it)}`),
          form.noTensorboard,
        ],
        ...[form.sameRegion, ...Object.values(list.names), carryOver.choose],
      ],
    ],
    [
      limits.button,
      [
        ...[
          form.open,
          form.sample,
          card.cancel,
          card.again,
          card.console,
          card.request,
          approval.approve,
          approval.deny,
        ],
        ...[
          posts.askAgain,
          posts.askChanged,
          posts.alarms.cancel,
          posts.result.registry,
          ...Object.values(mend.buttons),
        ],
        ...[mend.other, trial.button, undeploy.button, list.refresh, list.older, list.show, list.card],
        ...specFields.flatMap((field, i, all) => posts.failure.open([field, all[i + 1] ?? 'steps'], spec())),
      ],
    ],
    [limits.confirmTitle, [...confirms.map(it => it.title), approval.confirm.title(spec())]],
    [limits.confirmButton, [...confirms, approval.confirm].flatMap(it => [it.confirm, it.deny])],
    [limits.placeholder, [approval.form.placeholder, mend.form.placeholder]],
  ];
  for (const [most, texts] of within) expect(texts.filter(text => text.length < 1 || text.length > most)).toEqual([]);
});

/** What is left behind where a job is moved, as it was and with nothing known. */
const lefts: Left[] = [
  // Every recipe there is takes them.
  { field: 'learningRateMultiplier', was: 0.5 },
  { field: 'encryptionKey', was: everythingElse.encryptionKey, region: undefined },
  { field: 'encryptionKey', was: everythingElse.encryptionKey, region: 'global' },
  ...tuningRecipes.flatMap(recipe =>
    [{ rows: 480, labelled: 1 }, { rows: 2, labelled: 2 }, { rows: 2400, labelled: 2400 }, {}].flatMap(
      known => carriedOver(spec(everythingElse), recipe, known).left,
    ),
  ),
];

test.each(languages)('whatever could not be carried over is told in a line that names it: %s', language => {
  const { carryOver } = wordsIn(language);
  const lines = lefts.map(left => String(carryOver.left(left)));
  for (const line of lines) expect(line).toMatch(/^• \p{Lu}[^\n]*[^ ]\.$/u);
  expect(new Set(lefts.map(({ field }) => field)).size).toBe(18);
  for (const left of lefts) {
    const line = String(carryOver.left(left));
    if ('is' in left && typeof left.is === 'string') expect(line).toContain(left.is);
    if ('was' in left && /^(gs:|projects|[a-z]+-[a-z]+\d)/.test(String(left.was))) expect(line).toContain(left.was);
  }
  if (language === 'fr') expect(lines.flatMap(badlySpaced)).toEqual([]);
});

test.each([
  [{ rows: 480 }, '• Steps: no equivalent. 300 steps of 24 over 480 rows come to 15 epochs: 15 stand there.'],
  [{ rows: 7200 }, '• Steps: no equivalent. 300 steps of 24 over 7,200 rows come to 1 epoch: 1 stands there.'],
  [{ rows: 28_800 }, '• Steps: no equivalent. 300 steps of 24 over 28,800 rows come to 0.3 epochs: 1 stands there.'],
  [
    {},
    '• Steps: no equivalent. What 300 steps of 24 come to in epochs is not known without the number of rows. 3 epochs stand there.',
  ],
])('what becomes of steps is said with its numbers: %o', (known, line) => {
  const { left } = carriedOver(spec({ steps: 300, accelerator: 'TPU' }), 'open-model', known);
  expect(left.filter(it => it.field === 'steps').map(it => String(english.carryOver.left(it)))).toEqual([line]);
});

test.each(languages)('every state has a name and an icon of its own: %s', language => {
  const named = wordsIn(language).states;
  expect(Object.keys(named)).toEqual(states);
  expect(new Set(Object.values(named).map(({ icon }) => icon)).size).toBe(states.length);
  expect(new Set(Object.values(named).map(({ name }) => name)).size).toBe(states.length);
});

test('French sentences about datasets and forms are spaced as French is', () => {
  const { finding, problem, permission, answers, help, fields } = wordsIn('fr');
  const sentences = [
    ...found.map(one => String(finding(one, spec()))),
    ...[...problems.map(problem), ...refusals.map(permission)],
    ...[...Object.values(answers), ...Object.values(fields).map(({ hint }) => hint)].filter(
      it => typeof it === 'string',
    ),
    ...[...help.commands.map(({ does }) => does), answers.began('x'), answers.noSuchJob('x')],
  ];
  expect(sentences.flatMap(badlySpaced)).toEqual([]);
});

test('every language has the same entries, of the same kinds', () => {
  const kinds = (entry: unknown): unknown =>
    typeof entry !== 'object' || entry === null || entry.constructor !== Object
      ? typeof entry
      : Object.fromEntries(Object.entries(entry).map(([name, part]) => [name, kinds(part)]));
  const [first, ...others] = languages.map(language => kinds(wordsIn(language)));
  for (const other of others) expect(other).toEqual(first);
});

test.each([
  [
    { steps: 300, rows: 480, batch: 24, trained: 7200, epochs: 15 },
    '300 steps × 24 = 7,200 examples = 15 epochs over 480 rows',
  ],
  [
    { steps: 15, rows: 240, batch: 8, trained: 120, epochs: 0.5 },
    '15 steps × 8 = 120 examples = 0.5 epochs over 240 rows',
  ],
  [{ steps: 1, rows: 8, batch: 8, trained: 8, epochs: 1 }, '1 step × 8 = 8 examples = 1 epoch over 8 rows'],
  [{ steps: 300, rows: undefined, batch: 8, trained: 2400, epochs: undefined }, '300 steps × 8 = 2,400 examples'],
])('steps are explained in numbers: %#', (facts, line) => {
  expect(english.form.steps(facts)).toBe(line);
});

test.each([
  [
    { is: 'counted', rows: 480, labelled: 480, meanTokens: 310, faulty: 0 },
    '480 rows, all labelled, about 310 tokens each (estimated).',
  ],
  [
    { is: 'counted', rows: 1, labelled: 0, meanTokens: 1, faulty: 2 },
    '1 row, unlabelled, about 1 token each (estimated). ⚠ 2 rows cannot be used.',
  ],
  [{ is: 'missing' }, '⚠ There is no object at this address.'],
  [{ is: 'too-big' }, 'Large: it is read after submitting.'],
] as const)('a dataset looked at while choosing is summed up: %#', (counted, line) => {
  expect(english.form.counted(counted)).toBe(line);
});

test.each([
  [0, 'in less than a minute'],
  [8 * 60_000, 'in 8 min'],
  [60 * 60_000, 'in 1 hr'],
  [72 * 60_000, 'in 1 hr 12 min'],
  [1500 * 60_000, 'in 1 day 1 hr'],
  [2880 * 60_000, 'in 2 days'],
])('%d milliseconds are told in words', (ms, told) => {
  expect(String(english.line.took(ms))).toBe(told);
});

test.each([
  [0, 'next in line'],
  [1, '2nd in line'],
  [2, '3rd in line'],
  [10, '11th in line'],
  [21, '22nd in line'],
])('a place behind %d others is told in words', (ahead, told) => {
  expect(String(english.line.place(ahead))).toBe(told);
});

test('the chart is told in words, with token accuracy by its full name', () => {
  const alt = english.chart.alt({
    model: 'support-intents-v3',
    step: 180,
    planned: 300,
    ended: false,
    stoppedEarly: undefined,
    trainLoss: 0.61,
    evalLoss: 0.74,
    trainAccuracy: 0.9,
    evalAccuracy: 0.912,
    best: { step: 160, value: 0.7312 },
    unevaluated: false,
  });
  expect(alt).toBe(
    'Curves of support-intents-v3 up to step 180 of 300. Loss 0.740 in evaluation, 0.610 in training. Token accuracy 91.2% in evaluation, 90.0% in training. Lowest evaluation loss 0.731 at step 160.',
  );
});

test.each([
  ['not-an-approver', ['S1'], 'Only approvers can decide about this job, and not about their own.'],
  [
    'not-an-approver',
    [],
    'No approvers are named in this deployment, so nobody can decide. Whoever runs Retort can name some.',
  ],
  ['own-job', ['S1'], 'A job is approved by somebody else than who asked for it. Any other approver can decide.'],
] as const)('somebody who may not decide is told why: %s', (why, approvers, told) => {
  expect(english.answers.outcome({ is: 'refused', why, job: jobIn('waiting') }, approvers)).toBe(told);
});

test('somebody who was late is told where the job stands', () => {
  expect(english.answers.outcome({ is: 'late', job: jobIn('denied') }, [])).toBe(
    'Nothing changed: job k3v9x1m4q7tz stands at “Denied”.',
  );
});

test('a wish to cancel is answered by what comes of it', () => {
  expect(english.answers.cancelled({ is: 'done', job: jobIn('running') })).toContain('is being cancelled');
  expect(english.answers.cancelled({ is: 'no-such-job' })).toBe('This job is not known here any more.');
});

const refusals = [
  ...(['not-a-member', 'not-a-launcher', 'not-an-approver', 'own-job', 'not-theirs'] as const),
  ...(['not-the-requester', 'not-a-governor', 'shared-channel'] as const),
];

test.each(refusals)('whoever may not do something is told in sentences who may: %s', why => {
  for (const { permission, answers } of languages.map(wordsIn)) {
    expect(permission(why)).toMatch(/^\p{Lu}.*\.$/u);
    expect(answers.outcome({ is: 'refused', why, job: jobIn('queued') }, ['S1'])).toBe(permission(why));
  }
});

test('whoever has to wait is told how many are allowed, and what to do', () => {
  expect(english.brake({ is: 'open', open: 5, most: 5 })).toBe(
    'You have 5 unfinished jobs; 5 at a time are allowed. Cancel one, or wait for one to end.',
  );
  expect(english.brake({ is: 'minute', most: 60 })).toMatch(/^60 jobs began within the last minute.*Wait a minute/);
  expect(english.brake({ is: 'posts', most: 60 })).toMatch(/got 60 messages within the last hour.*Try again later\.$/);
});

test.each(languages)('each refusal is said in its own words: %s', language => {
  expect(new Set(refusals.map(wordsIn(language).permission)).size).toBe(refusals.length);
});

test.each(languages)('every answer to one person is one or two sentences, and none shouts: %s', language => {
  const { answers, switch: switching, carryOver } = wordsIn(language);
  const { tooLate, formTooLate, slackTrouble, ourFault, paused, resumed, approvedPaused, reasonNeeded } = answers;
  const { newer, nothingRecorded, notCertain, began, noSuchJob, alreadyFollowed } = answers;
  for (const answer of [
    ...[tooLate, formTooLate, slackTrouble, ourFault, paused, resumed, approvedPaused, reasonNeeded, newer],
    ...[nothingRecorded, notCertain, began('k3v9'), noSuchJob('x'), alreadyFollowed('k3v9'), switching.notQueued],
    ...[carryOver.which, carryOver.noneOffered],
  ])
    expect(answer).toMatch(/^[A-Z][^!]*\.$/);
});

test.each(languages)('every decision has a word of its own in the audit: %s', language => {
  const lines = Decision.shape.action.options.map(action =>
    String(wordsIn(language).audit.line({ action, by: ana, at: start, digest: '' })).replace(/^<[^>]*> · /, ''),
  );
  for (const line of lines) expect(line).toMatch(/^\*\p{Lu}[\p{Ll} ’]+\* (?:by|par) <@U0ANA>$/u);
  expect(new Set(lines).size).toBe(lines.length);
});

test.each([
  ['a moment', start, /^likely (?:at|about) <!date\^\d+\^[^>]*>$/],
  ['a range', start + 30 * minute, /^likely between <!date\^\d+\^[^>]*> and <!date\^\d+\^[^>]*>$/],
])('%s that something is likely at is told in the reader’s own time', (_, to, told) => {
  expect(String(english.line.likely({ from: start, to }))).toMatch(told);
});

test.each([
  ['a moment', start],
  ['a range', start + 30 * minute],
])('%s until which quota is held is told in English', (_, to) => {
  const until = { from: start, to };
  const asked = english.approval.quota('TPU', { capacity: 64, held: 64, waiting: 0, holders: [{ job: 'h', until }] });
  const listed = english.quota.holds(english.quota.job('h'), { units: 64, since: start }, until);
  for (const line of [asked, listed]) expect(String(line)).not.toMatch(/until (?:at|between)/);
});

test.each([
  [0, [], '64 of 64 cores free · nobody waiting'],
  [64, ['h1'], '0 of 64 cores free · held by `h1` · nobody waiting'],
  [128, ['h1', 'h2'], '0 of 64 cores free · held by `h1`; `h2` · nobody waiting'],
])('a request tells of the quota with %d units held', (held, holders, told) => {
  const then = { capacity: 64, held, waiting: 0, holders: holders.map(job => ({ job })) };
  expect(String(english.approval.quota('TPU', then))).toBe(`Quota when asked: ${told}`);
});

test('of many who hold the quota three are named, and the others counted', () => {
  const holders = ['h1', 'h2', 'h3', 'h4', 'h5'];
  const then = { capacity: 320, held: 320, waiting: 2, holders: holders.map(job => ({ job })) };
  expect(String(english.line.heldBy('TPU', holders))).toContain('`h1`, `h2`, `h3` and 2 more');
  expect(String(english.approval.quota('TPU', then))).toMatch(/`h3`.* and 2 more/);
});

test.each(languages)('the help has a line for every command, each with an example of that command: %s', language => {
  const { commands } = wordsIn(language).help;
  for (const { command, does, example } of commands) {
    expect(example.startsWith(command.replace(/ [<[].*/, ''))).toBe(true);
    expect(does).toMatch(/^[a-z].*[^.]$/);
  }
  const names = commands.map(({ command, does }) => `${command} ${does}`).join(' ');
  for (const name of ['list', 'status', 'cancel', 'move', 'switch', 'quota', 'audit', 'pause', 'resume', 'help'])
    expect(names).toContain(`/distill ${name}`);
});
