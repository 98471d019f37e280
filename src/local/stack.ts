import { readFile } from 'node:fs/promises';
import { recipeIds } from '../job/recipe.ts';
import type { Indexes } from './firestore/indexes.ts';
import { startOfficial } from './firestore/official.ts';
import type { FirestoreServer } from './firestore/server.ts';
import { startFirestore } from './firestore/server.ts';
import type { Parts } from './panels.ts';
import { panels } from './panels.ts';
import { startPermissions } from './permissions/server.ts';
import type { Program } from './program.ts';
import { startProgram } from './program.ts';
import { startQuotas } from './quotas/server.ts';
import { folderOf, otherFormats, writtenAs } from './samples/formats.ts';
import { startScheduler } from './scheduler/server.ts';
import type { SlackOptions } from './slack/server.ts';
import { startSlack } from './slack/server.ts';
import { startStorage } from './storage/server.ts';
import { startTokens } from './tokens/server.ts';
import type { VertexOptions } from './vertex/server.ts';
import { startVertex } from './vertex/server.ts';

const projectNumber = '123456789012';
const audience = 'https://retort.local';
const signingSecret = 'local-signing-secret';
const botToken = 'xoxb-local-bot-token';

/** TensorBoard instances of the local project, one where each accelerator tunes. */
const tensorboards = [
  { region: 'us-central1', id: '8100000000000000001', displayName: 'distillation' },
  { region: 'europe-west4', id: '8100000000000000002', displayName: 'distillation-tpu' },
];

/** How to start the stand-ins. */
export interface StandInOptions {
  /** The project's id. */
  project?: string;
  /** A Firestore that runs already and goes on afterwards; each project has documents of its own in it. */
  firestore?: FirestoreServer & { name: string };
  /** Where the page of the Slack stand-in listens; any free port by default. */
  port?: number;
  /** How many pipeline seconds pass in a second. */
  speed?: number;
  /** Whether curves are reported while a run tunes. */
  live?: boolean;
  /** Whether the official Firestore emulator is used where it is installed. */
  official?: boolean;
  slack?: Partial<SlackOptions>;
  vertex?: Partial<VertexOptions>;
}

/** How to start the whole world on one machine. */
export interface StackOptions extends StandInOptions {
  /** How often Cloud Scheduler's stand-in knocks, in milliseconds; never, where 0. */
  knockEvery?: number;
  /** Variables in place of the stack's own, or besides them. */
  environment?: Record<string, string>;
}

/** Everything outside the program, and the environment that leads the program there. */
export type StandIns = Awaited<ReturnType<typeof startStandIns>>;

/** Starts the stand-ins alone. */
export async function startStandIns(options: StandInOptions = {}) {
  const project = { id: options.project ?? 'acme-ml', number: projectNumber };
  const knocker = `scheduler@${project.id}.iam.gserviceaccount.com`;
  /** The account pipeline jobs run as. */
  const runner = `pipeline@${project.id}.iam.gserviceaccount.com`;
  const [tokens, storage, firestore] = await Promise.all([
    startTokens({ projectId: project.id, projectNumber: project.number }),
    startStorage(),
    options.firestore ?? startDatabase(options.official),
  ]);
  const permissions = await startPermissions({ issued: tokens.issued });
  const quotas = await startQuotas({ issued: tokens.issued });
  permissions.serviceAccount(runner);
  const vertex = await startVertex({
    storageUrl: storage.url,
    issued: tokens.issued,
    project,
    speed: options.speed ?? 600,
    live: options.live ?? false,
    tensorboards,
    ...options.vertex,
  });
  const parts: Partial<Parts> = { vertex };
  const slack = await startSlack({
    extra: panels(parts),
    signingSecret,
    botToken,
    ...(options.port && { port: options.port }),
    ...options.slack,
  });
  const buckets = {
    datasets: 'acme-ml',
    uploads: 'acme-retort',
    pipelines: 'acme-pipelines',
    samples: 'cloud-samples-data',
  };
  for (const name of [buckets.datasets, buckets.uploads, buckets.pipelines])
    storage.createBucket(name, { projectNumber: project.number });
  storage.createBucket(buckets.samples, { projectNumber: '987654321098' });
  await fill();

  const environment: Record<string, string> = {
    PORT: '0',
    SLACK_BOT_TOKEN: botToken,
    SLACK_SIGNING_SECRET: signingSecret,
    SLACK_API_URL: slack.apiUrl,
    GOOGLE_CLOUD_PROJECT: project.id,
    PIPELINE_ROOT: `gs://${buckets.pipelines}/retort`,
    PIPELINE_SERVICE_ACCOUNT: runner,
    DATASET_BUCKET: `gs://${buckets.uploads}`,
    TENSORBOARDS: tensorboards
      .map(({ region, id }) => `${region}=projects/${project.number}/locations/${region}/tensorboards/${id}`)
      .join(','),
    // The documented pipeline first: it is what plays here unless somebody chooses another recipe.
    RECIPES: [...new Set(['palm', ...recipeIds])].join(','),
    APPROVERS: slack.groups.map(group => group.id).join(','),
    POLL_AUDIENCE: audience,
    POLL_SERVICE_ACCOUNT: knocker,
    LOOK_SECONDS: '0.2',
    LAUNCHES_PER_MINUTE: '1000',
    VERTEX_ENDPOINT: vertex.url,
    QUOTAS_ENDPOINT: quotas.url,
    IAM_ENDPOINT: permissions.url,
    KMS_ENDPOINT: permissions.url,
    STORAGE_EMULATOR_HOST: storage.url,
    FIRESTORE_EMULATOR_HOST: firestore.host,
    ...tokens.env,
  };

  async function fill() {
    const sample = async (name: string) => readFile(new URL(`samples/${name}`, import.meta.url));
    const support = ['train.jsonl', 'eval.jsonl', 'unlabelled.jsonl', 'broken.jsonl'];
    for (const name of support) {
      const rows = await sample(name);
      storage.put(buckets.datasets, `support/${name}`, rows);
      for (const format of otherFormats)
        storage.put(buckets.datasets, `support${folderOf(format)}/${name}`, writtenAs(format, String(rows)));
    }
    const peft = { 'peft_train_sample.jsonl': 'peft-train.jsonl', 'peft_eval_sample.jsonl': 'peft-eval.jsonl' };
    for (const [name, file] of Object.entries(peft))
      storage.put(buckets.samples, `vertex-ai/model-evaluation/${name}`, await sample(file));
  }

  return {
    project,
    buckets,
    tensorboards,
    slack,
    vertex,
    storage,
    firestore,
    tokens,
    permissions,
    quotas,
    environment,
    /** What the program takes for a knock of ours. */
    knocks: { audience, serviceAccount: knocker, idToken: tokens.idToken },
    /** What the page's panels show and work; whoever starts more parts adds them. */
    parts,
    async close() {
      await Promise.all([slack.close(), vertex.close()]);
      await Promise.all([storage.close(), permissions.close(), quotas.close(), tokens.close()]);
      if (!options.firestore) await firestore.close();
    },
  };
}

/** The whole world on one machine: every stand-in, and the deployed program as a process of its own. */
export type Stack = Awaited<ReturnType<typeof startStack>>;

/** Starts the stand-ins, and then the program with nothing but its environment changed. */
export async function startStack(options: StackOptions = {}) {
  const { parts, knocks, ...standIns } = await startStandIns(options);
  const { slack } = standIns;
  const environment: Record<string, string> = { ...standIns.environment, ...options.environment };

  let program: Program | undefined;
  async function start(): Promise<Program> {
    program = await startProgram(environment);
    slack.deliverTo(`${program.url}/slack/events`);
    return program;
  }
  const running = await start();
  const scheduler = startScheduler({
    target: `${running.url}/poll`,
    ...knocks,
    ...(options.knockEvery !== 0 && { everyMs: options.knockEvery ?? 500 }),
  });
  /** Kills the program in the middle of whatever it does, and starts it anew at the same address. */
  async function restart() {
    await program?.kill();
    environment.PORT = new URL(running.url).port;
    await start();
  }
  Object.assign(parts, { slack, scheduler, restart } satisfies Partial<Parts>);

  return {
    ...standIns,
    scheduler,
    environment,
    /** The program as it runs now. */
    program: () => program ?? running,
    restart,
    async close() {
      await scheduler.close();
      await program?.stop();
      await standIns.close();
    },
  };
}

/** The official emulator where it is installed, else the embedded one, with the indexes of a deployment and no others. */
export async function startDatabase(official = true): Promise<FirestoreServer & { name: string }> {
  const emulator = official ? await startOfficial() : undefined;
  if (emulator) return { ...emulator, name: 'the official emulator' };
  return { ...(await startFirestore({ indexes: await declaredIndexes() })), name: 'embedded' };
}

/** The indexes that `manifests` makes. */
export async function declaredIndexes(): Promise<Indexes> {
  const file = new URL('../../manifests/firestore.indexes.json', import.meta.url);
  return JSON.parse(await readFile(file, 'utf8')) as Indexes;
}
