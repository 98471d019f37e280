import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tensorboardClient } from '../../src/clients/tensorboard.ts';
import { vertexClient } from '../../src/clients/vertex.ts';
import type { Vertex } from '../../src/world.ts';
import { impatient, startAnswering } from './answering.ts';
import { launching } from './launching.ts';
import { v1, v1beta1 } from './published.ts';
import { messages } from './published-messages.ts';
import { launchingTuning, tuningSpecs } from './tuning.ts';

const inRegion = 'projects/123456789012/locations/us-central1';
const board = `${inRegion}/tensorboards/81`;
const labels = { 'retort-job': 'h7k2mq', 'retort-deployment': 'retort' };
const job = launching({ tensorboard: board });
const tuning = launchingTuning(tuningSpecs['open-model']);

let json: unknown;
let server: Awaited<ReturnType<typeof startAnswering>>;
let vertex: Vertex;

beforeAll(async () => {
  server = await startAnswering(() => ({ json }));
  const request = impatient({ timeout: 5000 });
  const endpoint = server.url;
  const tensorboard = tensorboardClient({ request, endpoint });
  vertex = vertexClient({ request, project: 'acme-ml', deployment: 'retort', endpoint, tensorboard });
});

afterAll(() => server.close());

describe('whatever Vertex AI may answer is understood', () => {
  it('of a pipeline job', () =>
    whatever(`${v1}.PipelineJob`, { name: `${inRegion}/pipelineJobs/retort-h7k2mq`, labels }, async told => {
      const look = await vertex.look(job);
      expect(look).toMatchObject({ is: 'found', ours: true });
      const { taskDetails = [] } = (told.jobDetail ?? {}) as { taskDetails?: object[] };
      expect(look.is === 'found' && look.run.tasks).toHaveLength(taskDetails.length);
      expect(await vertex.create(job, () => true)).toMatchObject({ is: 'created' });
    }));

  it('of a tuning job', () =>
    whatever(`${v1beta1}.TuningJob`, { name: `${inRegion}/tuningJobs/77`, labels }, async told => {
      expect(await vertex.create(tuning, () => true)).toMatchObject({ is: 'created' });
      json = { tuningJobs: [json] };
      const look = await vertex.look(tuning);
      expect(look).toMatchObject({ is: 'found', ours: true });
      const { checkpoints = [] } = (told.tunedModel ?? {}) as { checkpoints?: object[] };
      expect(look.is === 'found' && look.run.tuning?.checkpoints).toHaveLength(checkpoints.length);
    }));

  it('of a model', () =>
    whatever(`${v1}.Model`, { name: `${inRegion}/models/1` }, async () => {
      json = { models: [json] };
      expect(await vertex.models('us-central1')).toHaveLength(1);
    }));

  it('of an endpoint', () =>
    whatever(`${v1}.Endpoint`, { name: `${inRegion}/endpoints/1` }, async () => {
      expect(['there', 'not-there']).toContain(
        (await vertex.deployment(`${inRegion}/models/1`, `${inRegion}/endpoints/1`)).is,
      );
    }));

  it('of a TensorBoard', () =>
    whatever(`${v1}.Tensorboard`, { name: board }, async () => {
      expect(await vertex.tensorboard(board)).toMatchObject({ is: 'fine' });
      json = { tensorboards: [json] };
      expect(await vertex.tensorboards('us-central1')).toHaveLength(1);
    }));

  it('of what a model says', () =>
    whatever(`${v1}.GenerateContentResponse`, {}, async () => {
      const prediction = await vertex.predict(`${inRegion}/endpoints/1`, 'Hello', { how: 'generateContent' });
      expect(['answered', 'unanswered']).toContain(prediction.is);
    }));
});

/** Answers with whatever a message can hold, and asks each time. */
function whatever(
  message: string,
  fixed: object,
  ask: (told: Record<string, unknown>) => Promise<void>,
): Promise<void> {
  return fc.assert(
    fc.asyncProperty(messages(message), async value => {
      json = { ...value, ...fixed };
      await ask(value);
    }),
  );
}
