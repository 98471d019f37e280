import { z } from 'zod';
import type { Accelerator, RecipeId, Region } from './job/recipe.ts';
import { hardware, queues, recipeIds, regions } from './job/recipe.ts';
import { tensorboardRegion } from './job/spec.ts';
import { parseFolder } from './job/uri.ts';
import type { Settings } from './world.ts';

const hour = 3_600_000;

const web = z.url({ protocol: /^https?$/, error: 'must be a URL that begins with https:// or http://' });

const list = z
  .string()
  .transform(text =>
    text
      .split(',')
      .map(item => item.trim())
      .filter(item => item !== ''),
  )
  .refine(items => items.length > 0, 'must name something');

const folder = z
  .string()
  .refine(text => parseFolder(text) !== undefined, 'must be a Cloud Storage URI such as gs://bucket/folder');
const bucket = z
  .string()
  .refine(text => parseFolder(text)?.folder === '', 'must be a bucket such as gs://datasets, without a folder')
  .transform(text => parseFolder(text)?.bucket ?? '');
const buckets = list.transform((items, context) =>
  items.map(item => {
    const place = parseFolder(item.startsWith('gs://') ? item : `gs://${item}`);
    if (!place || place.folder) context.addIssue(`must be names of buckets, comma-separated; "${item}" is none`);
    return place?.bucket ?? '';
  }),
);
const people = list.refine(
  ids => ids.every(id => /^[UWS][A-Z0-9]+$/.test(id)),
  'must be user ids (U…, W…) and user group ids (S…), comma-separated',
);
const positive = z.coerce.number('must be a positive number').positive('must be a positive number');
const noPort = 'must be a port: a whole number from 0 to 65535';
const port = z.coerce.number(noPort).int(noPort).min(0, noPort).max(65535, noPort);
const boolean = z.enum(['true', 'false'], 'must be true or false').transform(text => text === 'true');

function atLeast(least: number, why = '') {
  const sentence = `must be a whole number of at least ${least}${why}`;
  return z.coerce.number(sentence).int(sentence).min(least, sentence);
}

/** Units of quota; fewer than one job takes would never launch any. */
function quota(accelerator: Accelerator) {
  const { units, unit } = hardware[accelerator];
  return atLeast(units, `: one job takes ${units} ${unit}`);
}

const isRegion = (name: string): name is Region => regions.some(region => region === name);

const tensorboards = list.transform((items, context) => {
  const byRegion: Partial<Record<Region, string>> = {};
  const wrong = (said: string) => context.addIssue(`must be region=resource name, comma-separated; ${said}`);
  for (const item of items) {
    const [region = '', name = ''] = item.split(/=(.*)/s).map(part => part.trim());
    const is = tensorboardRegion(name);
    if (!isRegion(region)) wrong(`"${region}" is none of the regions ${regions.join(', ')}`);
    else if (!is) wrong(`"${name}" is no projects/…/locations/…/tensorboards/…`);
    else if (is !== region) wrong(`the instance given for "${region}" is in "${is}"`);
    else byRegion[region] = name;
  }
  return byRegion;
});

const choices = 'must be TPU, GPU, tuning, several of them comma-separated, or none';
const approvalFor = list.transform((items, context) => {
  const named = queues.filter(queue => items.includes(queue));
  const none = items.length === 1 && items[0] === 'none';
  if (!none && items.some(item => !queues.some(queue => queue === item))) context.addIssue(choices);
  return named;
});

const offered = list.transform((items, context) => {
  const known = items.filter(item => recipeIds.some(id => id === item)) as RecipeId[];
  if (known.length < items.length || new Set(items).size < items.length)
    context.addIssue(`must be some of ${recipeIds.join(', ')}, comma-separated, each once`);
  return known;
});

const prices = list.transform((items, context) => {
  const found: Partial<Record<Accelerator, { amount: number; currency: string }>> = {};
  for (const item of items) {
    const [, accelerator, amount, currency] = /^(TPU|GPU)=(\d+(?:\.\d+)?) ([A-Z]{3})$/.exec(item) ?? [];
    if (accelerator && currency) found[accelerator as Accelerator] = { amount: Number(amount), currency };
    else context.addIssue(`must be such as "TPU=36.80 EUR,GPU=29.40 EUR"; "${item}" is not`);
  }
  return found;
});
const quotaId = z.string().regex(/^[A-Za-z0-9-]+$/, 'must be the id of a quota of Cloud Quotas');

/** Which doors a service opens: Slack's and the knock's, or one of them. Behind IAM, Cloud Run has checked the knock's token, and taken its signature away. */
const doors = ['all', 'slack', 'poll-behind-iam'] as const;

/** How long a lease lasts and a call may take, in seconds, unless the operator says otherwise. */
const usual = { lease: 90, call: 6 };

const Environment = z.object({
  PORT: port.default(8080),
  SLACK_BOT_TOKEN: z.string().min(1, 'is required'),
  SLACK_SIGNING_SECRET: z.string().optional(),
  SLACK_SIGNING_SECRET_PREVIOUS: z.string().optional(),
  SLACK_APP_TOKEN: z.string().startsWith('xapp-', 'must be an app-level token, which begins with xapp-').optional(),
  SLACK_API_URL: web.default('https://slack.com/api/'),
  GOOGLE_CLOUD_PROJECT: z.string().min(1, 'is required'),
  PIPELINE_ROOT: folder,
  PIPELINE_SERVICE_ACCOUNT: z.email('must be the e-mail address of a service account').optional(),
  DATASET_BUCKET: bucket,
  ALLOWED_BUCKETS: buckets.optional(),
  TENSORBOARDS: tensorboards.default({}),
  RECIPES: offered.default(recipeIds),
  APPROVERS: people.default([]),
  APPROVAL_FOR: approvalFor.default(['TPU']),
  LAUNCHERS: people.default([]),
  SELF_APPROVAL: boolean.default(false),
  APPROVAL_HOURS: positive.default(8),
  TPU_CORES: quota('TPU').optional(),
  GPU_COUNT: quota('GPU').optional(),
  TPU_QUOTA_ID: quotaId.optional(),
  GPU_QUOTA_ID: quotaId.optional(),
  HOURLY_PRICES: prices.default({}),
  OPEN_JOBS_PER_PERSON: atLeast(1).default(5),
  LAUNCHES_PER_MINUTE: atLeast(1).default(60),
  POSTS_PER_HOUR: atLeast(1).default(60),
  LANGUAGE: z.enum(['en', 'fr'], 'must be en or fr').default('en'),
  DOORS: z.enum(doors, `must be ${doors.slice(0, -1).join(', ')} or ${doors.at(-1)}`).default('all'),
  POLL_AUDIENCE: z.string().min(1, 'is required'),
  POLL_SERVICE_ACCOUNT: z.email('must be the exact e-mail address of a service account'),
  MAX_HOURS: positive.optional(),
  ALARM_CHANNEL: z
    .string()
    .regex(/^[CG][A-Z0-9]+$/, 'must be the id of a channel, such as C012ABCDE')
    .optional(),
  LOOK_SECONDS: positive.default(55),
  CALL_SECONDS: positive.default(usual.call),
  LEASE_SECONDS: positive.default(usual.lease),
  VERTEX_ENDPOINT: web.optional(),
  QUOTAS_ENDPOINT: web.default('https://cloudquotas.googleapis.com'),
  IAM_ENDPOINT: web.default('https://iam.googleapis.com'),
  KMS_ENDPOINT: web.default('https://cloudkms.googleapis.com'),
  GOOGLE_CERTS_URL: web.optional(),
  DEPLOYMENT: z
    .string()
    .regex(/^[a-z0-9_-]{1,63}$/, 'must be lower-case letters, digits, _ and -, at most 63: it is a label')
    .default('retort'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error'], 'must be debug, info, warn or error').default('info'),
});

/** The names of every variable that Retort reads. */
export const variables = Object.keys(Environment.shape);

/** What the deployed program is told by its environment. */
export interface Config {
  port: number;
  slack: {
    botToken: string;
    /** Those that Slack may sign with: the one before, too, while one takes the other's place. */
    signingSecrets: string[];
    /** Opens connections over Socket Mode, in place of Slack's door. */
    appToken: string | undefined;
    apiUrl: string;
  };
  google: {
    vertexEndpoint: string | undefined;
    quotasEndpoint: string;
    quotaIds: Partial<Record<Accelerator, string>>;
    iamEndpoint: string;
    kmsEndpoint: string;
    certsUrl: string | undefined;
  };
  doors: { slack: boolean; poll: boolean };
  knock: { audience: string; serviceAccount: string; behindIam: boolean };
  logLevel: 'debug' | 'info' | 'warn' | 'error';
  settings: Omit<Settings, 'version'>;
}

/** Thrown where the environment will not do; the message names every variable that is wrong. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/** Reads the whole configuration at once. A variable that is empty counts as unset. Throws `ConfigError`. */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(
    variables.flatMap(name => (environment[name]?.trim() ? [[name, environment[name].trim()]] : [])),
  );
  const parsed = Environment.safeParse(given);
  const wrong = parsed.success ? [] : parsed.error.issues.map(issue => sentence(issue, given));
  if (!given.SLACK_SIGNING_SECRET && !given.SLACK_APP_TOKEN)
    wrong.push('SLACK_SIGNING_SECRET is required, or SLACK_APP_TOKEN, for Socket Mode.');
  if (given.APPROVAL_FOR !== 'none' && !given.APPROVERS)
    wrong.push('APPROVERS is required where approval is: user ids and user group ids, or set APPROVAL_FOR to none.');
  const [lease, call] = [seconds(given.LEASE_SECONDS, usual.lease), seconds(given.CALL_SECONDS, usual.call)];
  if (lease > 0 && lease < 3 * call)
    wrong.push(
      `LEASE_SECONDS must be at least three times CALL_SECONDS, so that a call is over before the lease is: it is "${lease}", with "${call}".`,
    );
  if (!parsed.success || wrong.length)
    throw new ConfigError(
      `Retort cannot start: the configuration is incomplete or wrong.\n${wrong.map(line => `  ${line}`).join('\n')}`,
    );
  return config(parsed.data);
}

/** A number of seconds as it was given; what is no number is told of elsewhere. */
function seconds(given: string | undefined, usually: number): number {
  return given === undefined ? usually : Number(given);
}

function sentence(issue: z.core.$ZodIssue, given: Record<string, string>): string {
  const name = String(issue.path[0]);
  if (!(name in given)) return `${name} is required.`;
  return `${name} ${issue.message}: it is "${/TOKEN|SECRET/.test(name) ? '…' : given[name]}".`;
}

function config(read: z.infer<typeof Environment>): Config {
  return {
    port: read.PORT,
    slack: {
      botToken: read.SLACK_BOT_TOKEN,
      signingSecrets: [read.SLACK_SIGNING_SECRET, read.SLACK_SIGNING_SECRET_PREVIOUS].filter(
        secret => secret !== undefined,
      ),
      appToken: read.SLACK_APP_TOKEN,
      apiUrl: read.SLACK_API_URL,
    },
    google: {
      vertexEndpoint: read.VERTEX_ENDPOINT,
      quotasEndpoint: read.QUOTAS_ENDPOINT,
      quotaIds: {
        ...(read.TPU_QUOTA_ID && { TPU: read.TPU_QUOTA_ID }),
        ...(read.GPU_QUOTA_ID && { GPU: read.GPU_QUOTA_ID }),
      },
      iamEndpoint: read.IAM_ENDPOINT,
      kmsEndpoint: read.KMS_ENDPOINT,
      certsUrl: read.GOOGLE_CERTS_URL,
    },
    doors: { slack: read.DOORS !== 'poll-behind-iam', poll: read.DOORS !== 'slack' },
    knock: {
      audience: read.POLL_AUDIENCE,
      serviceAccount: read.POLL_SERVICE_ACCOUNT,
      behindIam: read.DOORS === 'poll-behind-iam',
    },
    logLevel: read.LOG_LEVEL,
    settings: {
      project: read.GOOGLE_CLOUD_PROJECT,
      deployment: read.DEPLOYMENT,
      pipelineRoot: read.PIPELINE_ROOT,
      serviceAccount: read.PIPELINE_SERVICE_ACCOUNT,
      datasetBucket: read.DATASET_BUCKET,
      allowedBuckets: read.ALLOWED_BUCKETS && [...read.ALLOWED_BUCKETS, read.DATASET_BUCKET, 'cloud-samples-data'],
      tensorboards: read.TENSORBOARDS,
      recipes: read.RECIPES,
      approvers: read.APPROVERS,
      approvalFor: read.APPROVAL_FOR,
      launchers: read.LAUNCHERS,
      selfApproval: read.SELF_APPROVAL,
      approvalTime: read.APPROVAL_HOURS * hour,
      capacity: {
        ...(read.TPU_CORES !== undefined && { TPU: read.TPU_CORES }),
        ...(read.GPU_COUNT !== undefined && { GPU: read.GPU_COUNT }),
      },
      prices: read.HOURLY_PRICES,
      openJobsPerPerson: read.OPEN_JOBS_PER_PERSON,
      launchesPerMinute: read.LAUNCHES_PER_MINUTE,
      postsPerHour: read.POSTS_PER_HOUR,
      longestRun: read.MAX_HOURS === undefined ? undefined : read.MAX_HOURS * hour,
      alarmChannel: read.ALARM_CHANNEL,
      lookEvery: read.LOOK_SECONDS * 1000,
      callTime: read.CALL_SECONDS * 1000,
      leaseTime: read.LEASE_SECONDS * 1000,
      language: read.LANGUAGE,
    },
  };
}
