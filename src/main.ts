import { readFile } from 'node:fs/promises';
import { Firestore } from '@google-cloud/firestore';
import { Storage } from '@google-cloud/storage';
import { GoogleAuth } from 'google-auth-library';
import { z } from 'zod';
import { createApp } from './app.ts';
import { createCanvas } from './clients/canvas.ts';
import { datasetThread } from './clients/dataset-thread.ts';
import { eventFiles } from './clients/event-files.ts';
import { firestoreJobs } from './clients/firestore.ts';
import { firestoreSettings } from './clients/firestore-calls.ts';
import { firestoreNotices } from './clients/firestore-notices.ts';
import { firestorePreferences } from './clients/firestore-preferences.ts';
import { googleRequests, googleSettings } from './clients/google.ts';
import { iamClient } from './clients/iam.ts';
import { kmsClient } from './clients/kms.ts';
import { knockVerifier } from './clients/knock.ts';
import { listen } from './clients/listener.ts';
import { createLog } from './clients/log.ts';
import { quotasClient } from './clients/quotas.ts';
import { slackClient } from './clients/slack.ts';
import { notHere, overHttp, overSocket } from './clients/slack-deliveries.ts';
import { readingSettings, storageClient, storageSettings } from './clients/storage.ts';
import { tensorboardClient } from './clients/tensorboard.ts';
import { vertexClient } from './clients/vertex.ts';
import { ConfigError, readConfig } from './config.ts';
import type { Jobs, World } from './world.ts';
import { SlackTrouble } from './world.ts';

/** Cloud Run kills ten seconds after SIGTERM: what is not done by then, the next knock redoes. In milliseconds. */
const longestFarewell = 7500;
/** How long Firestore may take to be warm before the start goes on without it. In milliseconds. */
const longestWarming = 5000;

/** The token that Slack is asked with just now. */
let asked = 'SLACK_BOT_TOKEN';

try {
  await run();
} catch (error) {
  const sentence = whyNot(error);
  if (sentence) process.stderr.write(`${sentence}\n`);
  else anyLog().error('Retort cannot start', { code: nameOf(error) }, error);
  // Clients that wait for somebody who does not answer would keep the process alive.
  process.exit(1);
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}

/** A log for what happens before the configuration is known, or after nothing can be relied on. */
function anyLog() {
  return createLog('info', { project: process.env.GOOGLE_CLOUD_PROJECT ?? '', service: 'retort' });
}

function whyNot(error: unknown): string | undefined {
  if (error instanceof ConfigError) return error.message;
  if (!(error instanceof SlackTrouble)) return undefined;
  return error.kind === 'unclear'
    ? 'Retort cannot start: Slack could not be reached at SLACK_API_URL.'
    : `Retort cannot start: Slack answers "${error.code}" to ${asked}.`;
}

/** Loads Firestore's client and connects it before anybody waits for it: the first call takes a good part of Slack's three seconds. */
async function warm(jobs: Jobs, { clock, log }: Pick<World, 'clock' | 'log'>) {
  try {
    await jobs.hurried({ at: clock.steady() + longestWarming, sent: false }).ledger('TPU');
  } catch {
    log.warn('Firestore did not answer at the start');
  }
}

/** Retort's own version, as its package says it. */
async function ownVersion(): Promise<string> {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}

async function run() {
  const config = readConfig(process.env);
  const { google } = config;
  const settings = { ...config.settings, version: await ownVersion() };
  const { callTime, leaseTime } = settings;
  const log = createLog(config.logLevel, { project: settings.project, service: settings.deployment });
  // Node would print a library's own words, which may hold a token. What was under way is done anew: state is never half written.
  process.on('uncaughtException', error => {
    log.error('Something was thrown that nothing caught: the program ends', { code: nameOf(error) }, error);
    process.exit(1);
  });
  process.removeAllListeners('warning').on('warning', ({ name }) => log.warn('Node warned of something', { name }));
  const clock = { now: () => Date.now(), steady: () => performance.now() };
  const leaving = new AbortController();
  const auth = new GoogleAuth(googleSettings);
  const request = googleRequests({ auth, timeout: callTime });
  const firestore = new Firestore({ projectId: settings.project, ...firestoreSettings });
  const times = { clock, leaseTime, callTime };
  const jobs = firestoreJobs(firestore, times);
  const [slack] = await Promise.all([
    slackClient({ ...config.slack, callTime, pause: settings.lookEvery }),
    warm(jobs, { clock, log }),
  ]);
  const reading = new Storage({ projectId: settings.project, ...readingSettings });
  const world: World = {
    clock,
    log,
    settings,
    slack,
    leaving: leaving.signal,
    jobs,
    notices: firestoreNotices(firestore, times),
    preferences: firestorePreferences(firestore, times),
    storage: storageClient({
      storage: new Storage({ projectId: settings.project, ...storageSettings }),
      reading,
      datasetBucket: settings.datasetBucket,
    }),
    datasets: datasetThread(),
    events: eventFiles({ storage: reading, patience: callTime }),
    vertex: vertexClient({
      request,
      ...settings,
      endpoint: google.vertexEndpoint,
      tensorboard: tensorboardClient({ request, endpoint: google.vertexEndpoint }),
    }),
    quotas: quotasClient({
      request,
      project: settings.project,
      endpoint: google.quotasEndpoint,
      ids: google.quotaIds,
    }),
    rights: {
      ...iamClient({ request, endpoint: google.iamEndpoint }),
      ...kmsClient({ request, endpoint: google.kmsEndpoint }),
    },
    canvas: createCanvas(),
  };
  /** How Slack's deliveries come in: not at all, over connections of our own, or to the door. */
  function deliveries() {
    const { appToken, apiUrl, signingSecrets: secrets } = config.slack;
    const known = { home: slack.workspace, clock, log };
    if (!config.doors.slack) return notHere;
    return appToken ? overSocket({ appToken, apiUrl, ...known }) : overHttp({ secrets, ...known });
  }
  const app = createApp(world, {
    ...config.slack,
    workspace: slack.workspace,
    deliveries: deliveries(),
    listen: routes =>
      listen(routes, {
        port: config.port,
        failed: error => log.error('A request was not answered', { code: nameOf(error) }, error),
        within: log.traced,
      }),
    ...(config.doors.poll && { isOurs: knockVerifier(config.knock, google.certsUrl) }),
  });
  asked = 'SLACK_APP_TOKEN';
  const port = await app.start();
  log.info('Listening', { code: port });
  process.once('SIGTERM', () => {
    leaving.abort();
    setTimeout(() => process.exit(0), longestFarewell).unref();
    void app.stop().then(() => process.exit(0));
  });
}
