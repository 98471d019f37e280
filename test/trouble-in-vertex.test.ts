import { Firestore } from '@google-cloud/firestore';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { pipelineJobBody } from '../src/job/request.ts';
import { ask, channel, result } from '../src/local/play.ts';
import { startStack } from '../src/local/stack.ts';
import { specWith } from './job/sample-jobs.ts';
import { watching } from './watching.ts';

const alarms = 'ml-leads';
const stack = await startStack({
  speed: 6000,
  knockEvery: 200,
  slack: { rateLimits: false, fileDelayMs: 50 },
  vertex: { quota: { GPU: 800 } },
  environment: {
    GPU_COUNT: '800',
    OPEN_JOBS_PER_PERSON: '100',
    CALL_SECONDS: '1',
    LEASE_SECONDS: '3',
    ALARM_CHANNEL: 'CPRIVATE1',
  },
});
const { slack, vertex, project } = stack;
const { part, inThread, cardShows } = watching(stack);
const db = new Firestore({ projectId: project.id, host: stack.firestore.host, ssl: false });
await slack.invite(alarms, 'retort');

afterEach(() => {
  vertex.heal();
  vertex.speed(6000);
});
afterAll(() => stack.close());

interface Pipeline {
  name: string;
  state: string;
  labels: Record<string, string>;
}
const pipelines = (job: string) =>
  (vertex.jobs() as Pipeline[]).filter(({ name }) => name.endsWith(`/pipelineJobs/retort-${job}`));
const warned = (words: RegExp) => slack.messages(alarms).filter(message => words.test(JSON.stringify(message.blocks)));
const shows = (card: string, words: RegExp) =>
  slack.until(() => words.test(JSON.stringify(slack.message(channel, card)?.blocks ?? [])), { ms: 15_000 });

async function idOf(name: string): Promise<string> {
  return (await db.collection('jobs').where('job.spec.modelName', '==', name).get()).docs[0]?.id ?? '';
}

/** Creates a pipeline job as somebody else would, or as a request of ours that was long under way. */
async function createPipeline(id: string, labels: Record<string, string>, region = 'us-central1') {
  const token = await fetch(
    `http://${stack.environment.GCE_METADATA_HOST}/computeMetadata/v1/instance/service-accounts/default/token`,
    { headers: { 'Metadata-Flavor': 'Google' } },
  );
  const { access_token } = (await token.json()) as { access_token: string };
  const spec = specWith({
    dataset: `gs://${stack.buckets.datasets}/support/train.jsonl`,
    pipelineRoot: `gs://${stack.buckets.pipelines}/retort`,
  });
  const body = pipelineJobBody({ id, spec }, { project: project.id, deployment: 'retort' });
  const answer = await fetch(
    `${vertex.url}/v1/projects/${project.id}/locations/${region}/pipelineJobs?pipelineJobId=retort-${id}`,
    {
      method: 'POST',
      headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...body, labels }),
    },
  );
  if (!answer.ok) throw new Error(`The pipeline job was not created: ${await answer.text()}`);
}

describe('a request to create the pipeline job', () => {
  test.each([
    ['429', /has no room for this just now/],
    ['503', /has no room for this just now/],
    ['500', /Google says/],
    ['html200', /gave no answer just now/],
    ['drop-before', /gave no answer just now/],
    ['hang', /gave no answer just now/],
  ] as const)('answered with %s is said on the card, and made again after a look', async (mode, words) => {
    const name = `create-${mode}`;
    vertex.fault({ op: 'create', mode, times: 2 });
    const card = await ask(stack, part(name));
    await shows(card, words);
    await shows(card, /Not created yet/);
    expect(await result(stack, card)).toMatch(/^projects\//);
    expect(pipelines(await idOf(name))).toHaveLength(1);
  });

  test.each(['apply-drop', 'apply-hang', 'apply-500', 'trunc'] as const)(
    'that took effect though it was answered with %s is not made twice: what came of it is ours',
    async mode => {
      const name = `created-${mode}`;
      vertex.fault({ op: 'create', mode });
      const card = await ask(stack, part(name));
      expect(await result(stack, card)).toMatch(/^projects\//);
      expect(pipelines(await idOf(name))).toHaveLength(1);
    },
  );

  test.each([
    ['INVALID_ARGUMENT', 'The dataset_uri is not valid.'],
    ['PERMISSION_DENIED', 'Permission to create pipeline jobs denied.'],
    ['NOT_FOUND', 'The template was not found.'],
  ] as const)('refused with %s ends the job, in Vertex AI’s own words', async (status, message) => {
    // Twice, as Google's library asks for a new token and tries once more where it is told that it may not.
    vertex.fault({ op: 'create', mode: 'refuse', status, message, times: 2 });
    const card = await ask(stack, part(`refused-${status}`));
    await cardShows(card, /Failed/);
    expect(JSON.stringify((await inThread(card, /Vertex AI says/)).blocks)).toContain(message);
  });

  test('under a name that somebody else’s pipeline job has is given up, and the other left alone; the operator is told once', async () => {
    vertex.fault({ op: 'create', mode: '429', times: 1 });
    vertex.fault({ op: 'get', mode: '500', times: 3 });
    const card = await ask(stack, part('foreign'));
    await shows(card, /Not created yet/);
    const id = await idOf('foreign');
    vertex.speed(0);
    await createPipeline(id, { 'retort-job': id, 'retort-deployment': 'another' });
    await cardShows(card, /Failed/);
    await slack.until(() => warned(/carries other labels/)[0], { ms: 10_000 });
    expect(warned(/carries other labels/)).toHaveLength(1);
    expect(pipelines(id).map(({ state }) => state)).toEqual(['PIPELINE_STATE_PENDING']);
  });
});

describe('a look at the pipeline job', () => {
  test.each([
    ['refuse', /does not let Retort do this/],
    ['429', /has no room for this just now/],
    ['500', /Google says/],
    ['html200', /gave no answer just now/],
    ['trunc', /gave no answer just now/],
    ['hang', /gave no answer just now/],
  ] as const)('answered with %s is said on the card until it is answered again', async (mode, words) => {
    vertex.speed(0);
    const card = await ask(stack, part(`look-${mode}`));
    await inThread(card, /Launched/);
    vertex.fault({ op: 'get', mode, times: 8, status: 'PERMISSION_DENIED', message: 'No right to look.' });
    await shows(card, words);
    vertex.heal();
    vertex.speed(6000);
    expect(await result(stack, card)).toMatch(/^projects\//);
    expect(JSON.stringify(slack.message(channel, card)?.blocks)).not.toMatch(words);
  });
});

describe('a pipeline job that nobody waits for', () => {
  test('because it came after its job was given up, is found by the sweep and cancelled; the operator is told once', async () => {
    vertex.fault({ op: 'create', mode: 'drop-before', times: 100 });
    const card = await ask(stack, part('late'));
    await shows(card, /Not created yet/);
    const id = await idOf('late');
    await slack.as('ana').command(channel, `/distill cancel ${id}`);
    await cardShows(card, /Cancelled/);
    vertex.heal();
    vertex.speed(0);
    await createPipeline(id, { 'retort-job': id, 'retort-deployment': 'retort' });
    await expect.poll(() => pipelines(id)[0]?.state, { timeout: 15_000 }).toMatch(/CANCELL/);
    vertex.speed(6000);
    await expect.poll(() => pipelines(id)[0]?.state, { timeout: 5000 }).toBe('PIPELINE_STATE_CANCELLED');
    await slack.until(() => warned(new RegExp(id))[0]);
    await new Promise(resolve => setTimeout(resolve, 3000));
    expect(warned(new RegExp(id))).toHaveLength(1);
  });

  test('but carries another deployment’s label, or none, is left alone', async () => {
    vertex.speed(0);
    await createPipeline('others1', { 'retort-job': 'others1', 'retort-deployment': 'another' });
    await createPipeline('others2', {});
    // Long enough for every region to have its turn.
    await new Promise(resolve => setTimeout(resolve, 13 * 200 + 1500));
    for (const id of ['others1', 'others2'])
      expect(pipelines(id).map(({ state }) => state)).toEqual(['PIPELINE_STATE_PENDING']);
    expect(warned(/others/)).toEqual([]);
  });
});
