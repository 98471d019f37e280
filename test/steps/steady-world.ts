import { byteMender } from '../../src/job/byte-mender.ts';
import { byteReader, leaks } from '../../src/job/dataset.ts';
import { recipeOf } from '../../src/job/recipe.ts';
import type { Run } from '../../src/job/run.ts';
import { otherFormats, writtenAs } from '../../src/local/samples/formats.ts';
import type { Jobs, Message, Settings, World } from '../../src/world.ts';
import type { MemoryStore } from '../memory-jobs.ts';
import { memoryJobs, memoryStore } from '../memory-jobs.ts';
import { memoryNotices } from '../memory-notices.ts';
import { memoryPreferences } from '../memory-preferences.ts';

/** What a steady world remembers of what was done to it. */
export interface Traces {
  /** Every message in Slack as it stands now, by timestamp. */
  messages: Map<string, { message: Message; thread: string | undefined; key: string; job: string }>;
  /** Files that were handed in, by id; `ts` is of the message that shows one. */
  files: Map<string, { name: string; text: string; thread?: string | undefined; ts?: string }>;
  /** Pipeline jobs by name. */
  pipelineJobs: Map<string, Run>;
  /** Lets time pass, in milliseconds. */
  pass(milliseconds: number): void;
}

/** So many rows of a dataset, in the format that its address names. */
export function rowsAt(uri: string, count: number): Uint8Array {
  const format = otherFormats.find(one => uri.includes(`/${one}/`)) ?? 'input-output';
  const row = JSON.stringify({ input_text: 'Classify: x', output_text: 'y' });
  return new TextEncoder().encode(`${writtenAs(format, row)}\n`.repeat(count));
}

/** A world in memory in which nothing goes wrong, for tests of how the steps weave; `weave` may put something between any two calls of the store. */
export function steadyWorld({
  settings = {},
  store = memoryStore(),
  weave = jobs => jobs,
}: {
  settings?: Partial<Settings>;
  /** Shared with other worlds, whose processes work on the same jobs. */
  store?: MemoryStore;
  weave?: (jobs: Jobs) => Jobs;
} = {}): World & Traces {
  let now = Date.UTC(2026, 10, 24, 9);
  let timestamps = 0;
  const files: Traces['files'] = new Map();
  const clock = { now: () => now++, steady: () => now };
  const times = { clock, leaseTime: 90_000, callTime: 8000 };
  const messages: Traces['messages'] = new Map();
  const pipelineJobs: Traces['pipelineJobs'] = new Map();
  const quiet = () => {};
  return {
    messages,
    files,
    pipelineJobs,
    pass(milliseconds) {
      now += milliseconds;
    },
    clock,
    log: { info: quiet, warn: quiet, error: quiet },
    settings: {
      project: 'acme-ml',
      deployment: 'retort',
      version: '0.1.0',
      pipelineRoot: 'gs://pipelines/retort',
      serviceAccount: undefined,
      datasetBucket: 'uploads',
      allowedBuckets: undefined,
      tensorboards: {},
      recipes: ['palm', 'open-model', 'gemini-tuning', 'gemini-distillation'],
      approvers: ['U0APPROVER'],
      approvalFor: ['TPU'],
      launchers: [],
      selfApproval: false,
      approvalTime: 8 * 3_600_000,
      capacity: { TPU: 64, GPU: 8 },
      prices: {},
      openJobsPerPerson: 5,
      launchesPerMinute: 60,
      postsPerHour: 60,
      alarmChannel: 'C0ALARMS',
      longestRun: undefined,
      lookEvery: 55_000,
      callTime: 8000,
      leaseTime: 90_000,
      language: 'en',
      ...settings,
    },
    jobs: weave(memoryJobs(store, times)),
    notices: memoryNotices(times),
    leaving: new AbortController().signal,
    storage: {
      async open(uri) {
        const bytes = rowsAt(uri, 120);
        const chunks = (async function* () {
          yield bytes;
        })();
        return { is: 'open', generation: '1', size: bytes.length, elsewhere: false, chunks };
      },
      async keep() {},
      writable: async () => ({ is: 'fine' }),
    },
    datasets: {
      open(recipe) {
        const { dataset: rules } = recipeOf(recipe);
        const readers = { dataset: byteReader({ rules }), evaluationDataset: byteReader({ rules }) };
        return {
          take: async (which, bytes) => readers[which].take(bytes),
          sha256: async which => `${which}-digest`,
          report: async (which, bytes) => readers[which].report(bytes),
          leaks: async () => leaks(readers.dataset.kept(), readers.evaluationDataset.kept()),
          close() {},
        };
      },
      mend(wish, recipe) {
        const mender = byteMender({ ...wish, rules: recipeOf(recipe).dataset });
        return {
          look: async bytes => mender.look(bytes),
          begin: async into => mender.begin(into),
          take: async bytes => mender.take(bytes),
          end: async () => mender.end(),
          close() {},
        };
      },
    },
    events: { written: async () => ({ points: [], read: [] }) },
    vertex: {
      async create({ id }) {
        if (pipelineJobs.has(id)) return { is: 'exists' };
        const run = { name: `pipelineJobs/retort-${id}`, state: 'RUNNING', tasks: [] };
        pipelineJobs.set(id, run);
        return { is: 'created', run };
      },
      async look({ id }) {
        const run = pipelineJobs.get(id);
        return run ? { is: 'found', run, ours: true } : { is: 'missing' };
      },
      async cancel(name) {
        for (const [id, run] of pipelineJobs)
          if (run.name === name) pipelineJobs.set(id, { ...run, state: 'CANCELLED' });
        return undefined;
      },
      others: async () => [],
      changed: async (_, since) =>
        [...pipelineJobs].flatMap(([job, { updatedAt = now }]) => (updatedAt >= since ? [{ job, updatedAt }] : [])),
      list: async () => [...pipelineJobs].map(([job, run]) => ({ job, run })),
      curves: async () => ({ experiment: { is: 'none' }, curves: {} }),
      predict: async () => ({ is: 'put-off', trouble: { why: 'no-answer', said: '' } }),
      deployment: async () => ({ is: 'not-there' }),
      undeploy: async () => undefined,
      endpointOf: async () => undefined,
      models: async () => [],
      tensorboards: async () => [],
      tensorboard: async () => ({ is: 'fine' }),
    },
    preferences: memoryPreferences(),
    quotas: { capacity: async () => ({ is: 'unknown', why: 'no-answer' }) },
    rights: { actAs: async () => ({ is: 'fine' }), key: async () => ({ is: 'fine' }) },
    slack: {
      async send(message, { thread, key, job }) {
        const ts = `${++timestamps}.000000`;
        messages.set(ts, { message, thread, key, job });
        return ts;
      },
      async redraw(message, { ts }) {
        const before = messages.get(ts);
        if (before) messages.set(ts, { ...before, message });
      },
      async find({ key, job }) {
        return [...messages].find(([, sent]) => sent.key === key && sent.job === job)?.[0];
      },
      async whisper() {},
      openView: async () => ({ id: 'V1', hash: 'h' }),
      updateView: async () => 'h',
      async publishHome() {},
      upload: async () => 'F1',
      async handIn({ name, bytes }) {
        const id = `F0HANDED${files.size}`;
        files.set(id, { name, text: Buffer.from(bytes).toString() });
        return id;
      },
      async share({ id }, { thread }) {
        const ts = `${++timestamps}.000000`;
        Object.assign(files.get(id) ?? {}, { ts, thread });
        return ts;
      },
      async shownAs(file) {
        const ts = files.get(file)?.ts;
        if (!ts) files.delete(file);
        return ts;
      },
      async removeFile() {},
      fetch: async () => (async function* () {})(),
      profile: async user => ({ person: { user, team: 'T0HOME' }, active: true, member: true }),
      group: async () => [],
      channel: async () => ({ name: 'ml-distillation', member: true, shared: false }),
      link: () => 'https://acme.slack.com/',
    },
    canvas: { draw: async () => new Uint8Array() },
  };
}
