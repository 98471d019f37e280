import { afterEach, expect, test } from 'vitest';
import { tensorboardClient } from '../../src/clients/tensorboard.ts';
import { vertexClient } from '../../src/clients/vertex.ts';
import type { Run } from '../../src/job/run.ts';
import { failedTask, isTuning, stages, tunedEndpoint, tunedModel } from '../../src/job/run.ts';
import { marks } from '../../src/views/stage-marks.ts';
import { impatient, startAnswering } from './answering.ts';
import { launching } from './launching.ts';

// `jobDetail.taskDetails` in the shapes in which Google's own published code makes or reads them. The tasks of a
// distillation are not published: those of its siblings are, and what the client libraries expect of any.

interface Shape {
  /** Where Google publishes it. */
  source: string;
  state?: string;
  error?: object;
  details: object[];
  shows: {
    stages: string[];
    tuning?: boolean;
    model?: string;
    endpoint?: string;
    failed?: [name: string, error: string];
  };
}

const model = 'projects/123/locations/us-central1/models/456';
const endpoint = 'projects/123/locations/us-central1/endpoints/456';
const root = { taskId: '1', taskName: 'rlhf-train-template-20240124', state: 'RUNNING' };
const under = (parent: string, id: string, taskName: string, state: string, more: object = {}) => ({
  taskId: id,
  parentTaskId: parent,
  taskName,
  state,
  ...more,
});
const dagFailed = (task: string) =>
  `The DAG failed because some tasks failed. The failed tasks are: [${task}].; Job (project_id = acme, job_id = 951702149350293504) is failed due to the above error.`;

const shapes: Record<string, Shape> = {
  'a single task that uploads, without a state or a parent': {
    source: 'googleapis/python-aiplatform, tests/unit/aiplatform/test_language_models.py, make_pipeline_job',
    state: 'SUCCEEDED',
    details: [
      {
        taskId: '456',
        taskName: 'upload-llm-model',
        execution: {
          name: 'test-execution-name',
          displayName: 'evaluation_metrics',
          metadata: { 'output:model_resource_name': model },
        },
      },
    ],
    shows: { stages: [], model },
  },
  'the run itself as the only task, which knows model and endpoint': {
    source: 'googleapis/python-aiplatform, tests/unit/aiplatform/test_language_models.py, tune-large-model',
    state: 'SUCCEEDED',
    details: [
      {
        taskId: '456',
        taskName: 'tune-large-model-20230724214903',
        execution: {
          name: 'projects/123/locations/europe-west4/metadataStores/default/executions/...',
          displayName: 'tune-large-model-20230724214903',
          schemaTitle: 'system.Run',
          metadata: { 'output:model_resource_name': model, 'output:endpoint_resource_name': endpoint },
        },
      },
    ],
    shows: { stages: [], model, endpoint },
  },
  'tasks of which some come from the cache': {
    source: 'googleapis/python-aiplatform, google/cloud/aiplatform/model_evaluation/model_evaluation_job.py',
    details: [
      { taskId: '123', taskName: 'model-evaluation-20230724', state: 'RUNNING' },
      under('123', '2', 'model-evaluation-import', 'SKIPPED', { execution: { state: 'CACHED', metadata: {} } }),
      under('123', '3', 'feature-attribution', 'RUNNING', { execution: { state: 'RUNNING' } }),
    ],
    shows: { stages: ['↷ Model evaluation import', '● Feature attribution'] },
  },
  'graphs within graphs, and conditions that were false': {
    source: 'kubeflow/pipelines, google_cloud_pipeline_components/preview/llm/rlhf/component.py',
    details: [
      root,
      under('1', '2', 'validate-pipeline', 'SUCCEEDED'),
      under('1', '3', 'preprocess-chat-dataset', 'SUCCEEDED'),
      under('1', '4', 'reward-model-graph', 'SUCCEEDED'),
      under('4', '5', 'reward-model-trainer', 'SUCCEEDED', {
        executorDetail: { customJobDetail: { job: 'projects/123/locations/europe-west4/customJobs/9' } },
      }),
      under('1', '6', 'reinforcement-learning-graph', 'RUNNING'),
      under('6', '7', 'reinforcer', 'RUNNING'),
      under('1', '8', 'condition-1', 'NOT_TRIGGERED'),
      under('8', '9', 'value-exists', 'NOT_TRIGGERED'),
      under('1', '10', 'llm-deployment-graph', 'PENDING'),
    ],
    shows: {
      stages: [
        '✓ Validate pipeline',
        '✓ Preprocess chat dataset',
        '✓ Reward model graph',
        '● Reinforcement learning graph',
        '○ Llm deployment graph',
      ],
      tuning: true,
    },
  },
  'a tuning that met a system error and goes on': {
    source: 'googleapis/googleapis, google/cloud/aiplatform/v1/pipeline_job.proto, PipelineTaskStatus',
    details: [
      root,
      under('1', '2', 'tuning-graph', 'RUNNING'),
      under('2', '3', 'large-language-model-tuner', 'RUNNING', {
        pipelineTaskStatus: [
          { updateTime: '2024-01-24T10:00:00Z', state: 'PENDING' },
          { updateTime: '2024-01-24T10:05:00Z', state: 'PENDING', error: { code: 14, message: 'Preempted.' } },
          { updateTime: '2024-01-24T10:06:00Z', state: 'RUNNING' },
        ],
      }),
    ],
    shows: { stages: ['↻ Tuning graph'], tuning: true },
  },
  'a failure whose wrappers name the task, and the task the cause': {
    source: 'GoogleCloudPlatform/vertex-ai-samples#3479, and the wrapper in kubeflow/pipelines',
    state: 'FAILED',
    error: { code: 9, message: dagFailed('tuning-graph') },
    details: [
      { ...root, state: 'FAILED', error: { code: 9, message: dagFailed('tuning-graph') } },
      under('1', '2', 'validate-pipeline', 'SUCCEEDED'),
      under('1', '3', 'tuning-graph', 'FAILED', {
        error: { code: 9, message: dagFailed('large-language-model-tuner') },
      }),
      under('3', '4', 'large-language-model-tuner', 'FAILED', {
        error: { code: 8, message: 'The following quota metrics exceed quota limits' },
        pipelineTaskStatus: [{ state: 'RUNNING' }, { state: 'FAILED', error: { code: 8, message: 'Quota.' } }],
      }),
      under('1', '5', 'llm-deployment-graph', 'NOT_TRIGGERED'),
    ],
    shows: {
      stages: ['✓ Validate pipeline', '✗ Tuning graph'],
      failed: ['large-language-model-tuner', 'The following quota metrics exceed quota limits'],
    },
  },
  'a cancellation that reaches its tasks one after the other': {
    source: 'googleapis/googleapis, google/cloud/aiplatform/v1/pipeline_job.proto, PipelineTaskDetail.State',
    state: 'CANCELLING',
    details: [
      root,
      under('1', '2', 'dataset-encoder', 'CANCELLED', { error: { code: 1, message: 'Cancelled.' } }),
      under('1', '3', 'tuning-graph', 'CANCELLING'),
      under('1', '4', 'llm-deployment-graph', 'CANCEL_PENDING'),
    ],
    shows: { stages: ['– Dataset encoder', '◌ Tuning graph', '◌ Llm deployment graph'] },
  },
};

let server: Awaited<ReturnType<typeof startAnswering>> | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

test.each(Object.entries(shapes))('%s: read and understood', async (_, shape) => {
  const name = 'projects/123456789012/locations/europe-west4/pipelineJobs/retort-h7k2mq';
  const { state = 'RUNNING', error, details, shows } = shape;
  server = await startAnswering(() => ({
    json: { name, state: `PIPELINE_STATE_${state}`, error, jobDetail: { taskDetails: details } },
  }));
  const request = impatient({ timeout: 5000 });
  const tensorboard = tensorboardClient({ request, endpoint: server.url });
  const client = vertexClient({ request, project: 'acme-ml', deployment: 'retort', endpoint: server.url, tensorboard });
  const { run } = (await client.look(launching())) as { run: Run };
  const failed = failedTask(run);
  expect({
    stages: stages(run).map(({ mark, title }) => `${marks[mark]} ${title}`),
    tuning: isTuning(run),
    model: tunedModel(run),
    endpoint: tunedEndpoint(run),
    failed: failed && [failed.name, failed.error],
  }).toEqual({ tuning: false, model: undefined, endpoint: undefined, failed: undefined, ...shows });
});
