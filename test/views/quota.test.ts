import { expect, test } from 'vitest';
import type { Ledger } from '../../src/job/quota.ts';
import { emptyLedger } from '../../src/job/quota.ts';
import { approval } from '../../src/views/approval.ts';
import type { Quota } from '../../src/views/quota.ts';
import { quota, quotasUrl } from '../../src/views/quota.ts';
import { around, ben, jobIn, minute, start } from './jobs.ts';
import { expectFit, said } from './slack.ts';

const set = { capacity: { TPU: 64, GPU: 8 } };
const asked = { capacity: {} };
const now = start + 60 * minute;
const seat = (since: number, by = 'U0ANA') => ({ units: 64, since: start + since * minute, by });
const link = 'https://acme.slack.com/archives/C0ML/p1';

/** What the quotas are drawn from: the TPU's ledger as a test has it, and nobody on the GPUs. */
function known(TPU: Partial<Ledger> = {}, rest: Partial<Quota> = {}): Quota {
  return {
    ledgers: { GPU: emptyLedger, TPU: { ...emptyLedger, ...TPU } },
    named: {},
    links: {},
    outside: [],
    now,
    ...rest,
  };
}

/** What is said of one accelerator. */
function of(accelerator: 'GPU' | 'TPU', drawn: Quota, settings: Parameters<typeof quota>[2] = asked): string {
  const message = quota(drawn, around, settings);
  expectFit(message);
  return said({ blocks: message.blocks.filter(({ block_id }) => block_id?.includes(accelerator)) });
}

/** `count` jobs in line, one minute after the other, each somebody else's. */
const inLine = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`w${i + 1}`, seat(i, `U0W${i + 1}`)]));

test('a quota that nobody holds says so, and how much there is', () => {
  expect(of('TPU', known(), set)).toBe(
    [
      '*TPU* in europe-west4: 0 of 64 cores held',
      '`░░░░░░░░░░░░░░░░`',
      'Nobody holds any.',
      'Nobody waits.',
      'As the operator set it',
      '<https://console.cloud.google.com/iam-admin/quotas?location=europe-west4&amp;project=acme|Ask for more quota>',
    ].join('\n'),
  );
  expect(of('GPU', known(), set)).toContain('*GPU* in us-central1: 0 of 8 GPUs held');
});

test('whoever holds and whoever waits are named, with their jobs, in the order of the line', () => {
  const { k3v9x1m4q7tz } = { k3v9x1m4q7tz: jobIn('running') };
  const text = of(
    'TPU',
    known(
      {
        held: { k3v9x1m4q7tz: seat(0) },
        waiting: { w1: seat(5, 'U0ANA'), w2: seat(6, 'U0ANA'), w3: seat(7, 'U0CHI') },
        served: { U0ANA: start },
      },
      { named: { k3v9x1m4q7tz }, links: { k3v9x1m4q7tz: link } },
    ),
    set,
  );
  expect(text).toContain('*TPU* in europe-west4: 64 of 64 cores held\n`████████████████`');
  expect(text).toMatch(
    /● <https:\/\/acme\.slack\.com\/archives\/C0ML\/p1\|support-intents-v3> holds 64 since <!date\^\d+\^[^>]+>, for <@U0ANA>\n/,
  );
  expect(text).toMatch(/\n1\. `w3`, for <@U0CHI>\n2\. `w1`, for <@U0ANA>\n3\. `w2`, for <@U0ANA>\n/);
  expect(text).not.toMatch(/Nobody|likely/);
});

test('whoever holds has held the longest first, and a job whose person is not known has none', () => {
  const text = of('TPU', known({ held: { late: seat(9), early: { units: 64, since: start } } }));
  expect(text).toMatch(/● `early` holds 64 since [^,]+\n● `late` holds 64 since [^,]+, for <@U0ANA>\n/);
});

test('it is told when holders are likely to be done and those in line to start, where there are past jobs', () => {
  const ledger = { held: { h: seat(30) }, waiting: { w: seat(40, 'U0CHI') }, took: [60 * minute, 90 * minute] };
  const text = of('TPU', known(ledger), set);
  const [end, later] = [start + 90 * minute, start + 120 * minute].map(ms => `<!date\\^${ms / 1000}\\^[^>]+>`);
  expect(text).toMatch(new RegExp(`● \`h\` .*likely .*${end} and ${later}`));
  expect(text).toMatch(new RegExp(`1\\. \`w\`.*likely between ${end} and ${later}`));
});

test('an end is told in English, a range as well as a moment', () => {
  for (const took of [[90 * minute], [60 * minute, 90 * minute]])
    expect(of('TPU', known({ held: { h: seat(30) }, took }), set)).not.toMatch(/until (?:at|between)/);
});

test('launches that are paused are said to be, by whom and since when', () => {
  const text = of('TPU', known({ paused: { by: ben, at: start } }));
  expect(text).toMatch(/⏸ .*\*paused\*.*<@U0BEN>.*<!date\^/);
  expect(text).toContain('`/distill resume`');
});

test.each([
  ['As the operator set it', set, undefined],
  ['As the operator set it', set, { units: 128, at: start }],
  ['As Cloud Quotas said <!date^', asked, { units: 128, at: start }],
  ['what one job takes is assumed', asked, undefined],
])('where the number comes from is said: %s', (source, settings, capacity) => {
  expect(of('TPU', known({ ...(capacity && { capacity }) }), settings)).toContain(source);
});

test.each([
  [0, 64, 0],
  [1, 64, 1],
  [32, 64, 8],
  [64, 64, 16],
  [64, 65, 16],
  [128, 64, 16],
  [0, 0, 16],
  [64, Number.MAX_SAFE_INTEGER, 1],
])('the bar of %d units of %d has %d of 16 cells filled', (units, capacity, full) => {
  const held: Ledger['held'] = units ? { h: { units, since: start } } : {};
  const text = of('TPU', known({ held, capacity: { units: capacity, at: start } }));
  expect(text).toContain(`\`${'█'.repeat(full)}${'░'.repeat(16 - full)}\``);
});

test('a quota without a limit is said to have none, wherever it is told of', () => {
  const units = Number.MAX_SAFE_INTEGER;
  expect(of('TPU', known({ capacity: { units, at: start } }))).toContain('unlimited');
  const job = jobIn('waiting');
  const request = { ...job.request, quota: { capacity: units, held: 64, waiting: 0 } };
  expect(said(approval({ ...job, request }, around))).not.toMatch(/\d,\d{3},\d{3}/);
});

test('what was started outside Retort is shown under its accelerator', () => {
  const outside = [
    { name: 'projects/1/locations/europe-west4/pipelineJobs/2', displayName: 'night <run>', accelerator: 'TPU' },
    { name: 'projects/1/locations/europe-west4/pipelineJobs/3', displayName: '', accelerator: 'TPU' },
  ] as const;
  const drawn = known({}, { outside });
  expect(of('TPU', drawn)).toMatch(
    /⚠ Started outside Retort.*`night &lt;run&gt;`, `projects\/1\/locations\/europe-west4\/pipelineJobs\/3`/,
  );
  expect(of('GPU', drawn)).not.toContain('outside');
});

test('a line of forty is cut after the first ones, and what is left out is counted', () => {
  const text = of('TPU', known({ held: { h: seat(0) }, waiting: inLine(40) }), set);
  expect(text).toContain('6. `w6`, for <@U0W6>');
  expect(text).not.toContain('`w7`');
  expect(text).toContain('and 34 more');
});

test('a line of forty is counted to its end, however long their names are and though a start is predicted', () => {
  const job = jobIn('queued', { spec: { modelName: 'long-name-'.repeat(12).slice(0, 128) } });
  const waiting = inLine(40);
  const ids = ['h', ...Object.keys(waiting)];
  const text = of(
    'TPU',
    known(
      { held: { h: seat(0) }, waiting, took: [60 * minute, 90 * minute] },
      { named: Object.fromEntries(ids.map(id => [id, job])), links: Object.fromEntries(ids.map(id => [id, link])) },
    ),
    set,
  );
  expect(text).toContain('6. ');
  expect(text).toContain('and 34 more');
});

test('what is left out of many holders, and of much that was started outside, is counted as well', () => {
  const held = Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`h${i}`, seat(i)]));
  const outside = Array.from(
    { length: 12 },
    (_, i) => ({ name: `p${i}`, displayName: `run${i}`, accelerator: 'TPU' }) as const,
  );
  const text = of('TPU', known({ held, capacity: { units: 704, at: start } }, { outside }));
  expect(text).toContain('and 5 more');
  expect(text).toContain('and 6 more');
});

test('a job that is not known by name any more is shown by its id', () => {
  expect(of('TPU', known({ held: { k3v9: seat(0) } }))).toContain('● `k3v9` holds 64');
});

test('the page of a quota is of its region and project, and of the metric where it is known', () => {
  const url = 'https://console.cloud.google.com/iam-admin/quotas?location=us-central1';
  expect(quotasUrl('GPU', 'acme')).toBe(`${url}&project=acme`);
  expect(quotasUrl('GPU', 'a&b', 'x_y')).toBe(`${url}&metric=aiplatform.googleapis.com%2Fx_y&project=a%26b`);
});
