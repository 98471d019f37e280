import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readConfig, variables } from '../src/config.ts';

const board = (region: string) => `projects/acme/locations/${region}/tensorboards/81`;
const enough = {
  SLACK_BOT_TOKEN: 'xoxb-1',
  SLACK_SIGNING_SECRET: 'secret',
  GOOGLE_CLOUD_PROJECT: 'acme',
  PIPELINE_ROOT: 'gs://pipelines/retort',
  DATASET_BUCKET: 'gs://datasets',
  APPROVERS: 'U1,S2',
  POLL_AUDIENCE: 'https://retort.example',
  POLL_SERVICE_ACCOUNT: 'scheduler@acme.iam.gserviceaccount.com',
};
const settings = (more: Record<string, string> = {}) => readConfig({ ...enough, ...more }).settings;
const wrong = (environment: Record<string, string | undefined>) => {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    return (error as Error).message
      .split('\n')
      .slice(1)
      .map(line => line.trim());
  }
};

describe('readConfig()', () => {
  it('is content with what is required, and has the documented defaults for the rest', () => {
    expect(readConfig(enough)).toMatchObject({
      port: 8080,
      slack: { apiUrl: 'https://slack.com/api/' },
      logLevel: 'info',
      settings: {
        approvalFor: ['TPU'],
        approvalTime: 8 * 3_600_000,
        allowedBuckets: undefined,
        capacity: {},
        prices: {},
        callTime: 6_000,
        leaseTime: 90_000,
        openJobsPerPerson: 5,
        launchesPerMinute: 60,
        postsPerHour: 60,
        selfApproval: false,
        launchers: [],
        tensorboards: {},
        recipes: ['open-model', 'gemini-tuning', 'gemini-distillation', 'palm'],
        deployment: 'retort',
        lookEvery: 55_000,
        alarmChannel: undefined,
        longestRun: undefined,
        language: 'en',
      },
    });
  });

  it.each([
    [undefined, { slack: true, poll: true }, false],
    ['all', { slack: true, poll: true }, false],
    ['slack', { slack: true, poll: false }, false],
    ['poll-behind-iam', { slack: false, poll: true }, true],
  ])('opens doors as DOORS says: %s', (DOORS, doors, behindIam) => {
    expect(readConfig({ ...enough, DOORS })).toMatchObject({ doors, knock: { behindIam } });
  });

  it('takes two signing secrets, and none where Socket Mode brings deliveries', () => {
    const both = readConfig({ ...enough, SLACK_SIGNING_SECRET_PREVIOUS: 'before' });
    expect(both.slack).toMatchObject({ signingSecrets: ['secret', 'before'], appToken: undefined });
    const bySocket = readConfig({ ...enough, SLACK_SIGNING_SECRET: '', SLACK_APP_TOKEN: 'xapp-1' });
    expect(bySocket.slack).toMatchObject({ signingSecrets: [], appToken: 'xapp-1' });
    expect(wrong({ ...enough, SLACK_SIGNING_SECRET: '' })).toEqual([
      'SLACK_SIGNING_SECRET is required, or SLACK_APP_TOKEN, for Socket Mode.',
    ]);
    expect(wrong({ ...enough, SLACK_APP_TOKEN: 'xoxb-1' })).toEqual([
      'SLACK_APP_TOKEN must be an app-level token, which begins with xapp-: it is "…".',
    ]);
  });

  it('names every variable that is missing or wrong at once', () => {
    const said = wrong({ PORT: 'x', TPU_CORES: '32', PIPELINE_ROOT: 's3://x' });
    expect(said.map(line => line.split(' ')[0]).sort()).toEqual([
      'APPROVERS',
      'DATASET_BUCKET',
      'GOOGLE_CLOUD_PROJECT',
      'PIPELINE_ROOT',
      'POLL_AUDIENCE',
      'POLL_SERVICE_ACCOUNT',
      'PORT',
      'SLACK_BOT_TOKEN',
      'SLACK_SIGNING_SECRET',
      'TPU_CORES',
    ]);
    expect(said).toContain('PORT must be a port: a whole number from 0 to 65535: it is "x".');
    expect(said).toContain('SLACK_BOT_TOKEN is required.');
  });

  it.each(Object.keys(enough))('does not go without %s', name => {
    expect(wrong({ ...enough, [name]: undefined })).toEqual([expect.stringMatching(`^${name} is required`)]);
  });

  it.each(variables)('takes an empty or blank %s as unset', name => {
    const without = { ...enough, [name]: undefined };
    for (const blank of ['', '  ']) {
      const given = { ...enough, [name]: blank };
      expect(wrong(given)).toEqual(wrong(without));
      if (!wrong(without).length) expect(readConfig(given)).toEqual(readConfig(without));
    }
  });

  it('asks for approvers only where approval is', () => {
    expect(wrong({ ...enough, APPROVERS: undefined, APPROVAL_FOR: 'none' })).toEqual([]);
    expect(wrong({ ...enough, APPROVERS: undefined, APPROVAL_FOR: 'GPU' })).toHaveLength(1);
    expect(wrong({ ...enough, APPROVERS: undefined, APPROVAL_FOR: 'tuning' })).toHaveLength(1);
  });

  it.each([
    ['APPROVAL_FOR', 'TPU,GPU', { approvalFor: ['GPU', 'TPU'] }],
    ['APPROVAL_FOR', 'none', { approvalFor: [] }],
    ['APPROVAL_FOR', 'tuning', { approvalFor: ['tuning'] }],
    ['APPROVAL_FOR', 'tuning, TPU,GPU', { approvalFor: ['GPU', 'TPU', 'tuning'] }],
    ['RECIPES', 'palm', { recipes: ['palm'] }],
    ['RECIPES', 'gemini-tuning, palm,open-model', { recipes: ['gemini-tuning', 'palm', 'open-model'] }],
    ['APPROVAL_HOURS', '0.5', { approvalTime: 1_800_000 }],
    ['ALLOWED_BUCKETS', 'mine, gs://yours', { allowedBuckets: ['mine', 'yours', 'datasets', 'cloud-samples-data'] }],
    ['TENSORBOARDS', `us-central1=${board('us-central1')}`, { tensorboards: { 'us-central1': board('us-central1') } }],
    ['TPU_CORES', '128', { capacity: { TPU: 128 } }],
    ['GPU_COUNT', '16', { capacity: { GPU: 16 } }],
    [
      'HOURLY_PRICES',
      'TPU=36.80 EUR, GPU=29.4 USD',
      { prices: { TPU: { amount: 36.8, currency: 'EUR' }, GPU: { amount: 29.4, currency: 'USD' } } },
    ],
    ['OPEN_JOBS_PER_PERSON', '1', { openJobsPerPerson: 1 }],
    ['POSTS_PER_HOUR', '1', { postsPerHour: 1 }],
    ['LAUNCHES_PER_MINUTE', '1', { launchesPerMinute: 1 }],
    ['SELF_APPROVAL', 'true', { selfApproval: true }],
    ['LAUNCHERS', 'U1, W2,S3', { launchers: ['U1', 'W2', 'S3'] }],
    ['LOOK_SECONDS', '0.2', { lookEvery: 200 }],
    ['MAX_HOURS', '1.5', { longestRun: 5_400_000 }],
    ['ALARM_CHANNEL', 'C012ABCDE', { alarmChannel: 'C012ABCDE' }],
    ['ALARM_CHANNEL', 'G012ABCDE', { alarmChannel: 'G012ABCDE' }],
    ['DEPLOYMENT', 'staging-2', { deployment: 'staging-2' }],
    [
      'PIPELINE_SERVICE_ACCOUNT',
      'p@acme.iam.gserviceaccount.com',
      { serviceAccount: 'p@acme.iam.gserviceaccount.com' },
    ],
  ])('reads %s=%s', (name, value, expected) => {
    expect(settings({ [name]: value })).toMatchObject(expected);
  });

  it('reads how long calls and leases last', () => {
    expect(readConfig({ ...enough, CALL_SECONDS: '0.5', LEASE_SECONDS: '1.5' })).toMatchObject({
      settings: { callTime: 500, leaseTime: 1_500 },
    });
  });

  it.each([
    [{ LEASE_SECONDS: '17.9' }, '17.9', '6'],
    [{ CALL_SECONDS: '30.5' }, '90', '30.5'],
    [{ LEASE_SECONDS: '60', CALL_SECONDS: '21' }, '60', '21'],
  ])('wants a lease to outlast three calls: %o will not do', (given, lease, call) => {
    const [said, ...more] = wrong({ ...enough, ...given });
    expect(said).toMatch(/^LEASE_SECONDS must be at least three times CALL_SECONDS/);
    expect(said).toContain(`it is "${lease}", with "${call}"`);
    expect(more).toEqual([]);
  });

  it.each([{ LEASE_SECONDS: '18' }, { CALL_SECONDS: '30' }, { LEASE_SECONDS: '63', CALL_SECONDS: '21' }])(
    'is content with a lease that outlasts three calls: %o',
    given => expect(wrong({ ...enough, ...given })).toEqual([]),
  );

  it.each([
    ['PORT', '70000', 'whole number from 0 to 65535'],
    ['SLACK_API_URL', 'slack', 'must be a URL'],
    ['PIPELINE_ROOT', 'gs://', 'gs://bucket/folder'],
    ['DATASET_BUCKET', 'datasets', 'a bucket such as gs://datasets'],
    ['DATASET_BUCKET', 'gs://datasets/folder', 'without a folder'],
    ['ALLOWED_BUCKETS', 'gs://mine/folder', 'names of buckets'],
    ['TENSORBOARDS', 'us-central1=foo', '"foo" is no projects/…/locations/…/tensorboards/…'],
    ['TENSORBOARDS', `mars=${board('mars')}`, '"mars" is none of the regions'],
    ['TENSORBOARDS', `us-central1=${board('europe-west4')}`, 'is in "europe-west4"'],
    ['APPROVERS', 'ben', 'user ids (U…, W…) and user group ids (S…)'],
    ['APPROVAL_FOR', 'TPU,CPU', 'must be TPU, GPU, tuning, several of them comma-separated, or none'],
    ['APPROVAL_FOR', 'TPU,none', 'must be TPU, GPU, tuning, several of them comma-separated, or none'],
    ['APPROVAL_FOR', 'open-model', 'must be TPU, GPU, tuning, several of them comma-separated, or none'],
    [
      'RECIPES',
      'Palm',
      'must be some of open-model, gemini-tuning, gemini-distillation, palm, comma-separated, each once',
    ],
    ['RECIPES', 'palm,gemini', 'must be some of open-model,'],
    ['RECIPES', 'palm,palm', 'each once'],
    ['RECIPES', ',', 'must name something'],
    ['APPROVAL_HOURS', '-1', 'a positive number'],
    ['APPROVAL_HOURS', 'soon', 'a positive number'],
    ['TPU_CORES', '32', 'a whole number of at least 64: one job takes 64 cores'],
    ['GPU_COUNT', '8.5', 'a whole number of at least 8: one job takes 8 GPUs'],
    ['OPEN_JOBS_PER_PERSON', '0.5', 'a whole number of at least 1'],
    ['SELF_APPROVAL', 'yes', 'true or false'],
    ['LAUNCHERS', '@ana', 'user ids'],
    ['LANGUAGE', 'tlh', 'must be en or fr'],
    ['POLL_SERVICE_ACCOUNT', 'scheduler', 'e-mail address'],
    ['PIPELINE_SERVICE_ACCOUNT', 'pipeline', 'e-mail address'],
    ['LOOK_SECONDS', '0', 'a positive number'],
    ['CALL_SECONDS', '0', 'a positive number'],
    ['CALL_SECONDS', 'soon', 'a positive number'],
    ['LEASE_SECONDS', '-90', 'a positive number'],
    ['LEASE_SECONDS', 'long', 'a positive number'],
    ['ALARM_CHANNEL', '#alarms', 'the id of a channel, such as C012ABCDE'],
    ['ALARM_CHANNEL', 'U012ABCDE', 'the id of a channel'],
    ['VERTEX_ENDPOINT', 'localhost', 'must be a URL'],
    ['DEPLOYMENT', 'Retort!', 'it is a label'],
    ['LOG_LEVEL', 'loud', 'debug, info, warn or error'],
  ])('refuses %s=%s, and says why', (name, value, why) => {
    const [said, ...more] = wrong({ ...enough, [name]: value });
    expect(said).toContain(`${name} must`);
    expect(said).toContain(why);
    expect(said).toContain(`it is "${value}"`);
    expect(more).toEqual([]);
  });
});

describe('the program', () => {
  it('ends with 1 and one message that names all it lacks', () => {
    const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
    const { status, stderr } = spawnSync(process.execPath, [main], {
      env: { PATH: process.env.PATH },
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    for (const name of Object.keys(enough)) expect(stderr).toContain(`${name} is required`);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});
