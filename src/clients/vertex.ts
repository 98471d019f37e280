import { z } from 'zod';
import { accelerators, palm, recipeOf, regions, tuningRecipes } from '../job/recipe.ts';
import { contentBody, identity, pipelineJobBody, pipelineJobName, predictionBody } from '../job/request.ts';
import type { Run, RunTask } from '../job/run.ts';
import { hasEnded } from '../job/run.ts';
import { isPipeline } from '../job/spec.ts';
import type { Creation, Deployment, Look, Prediction, Vertex } from '../world.ts';
import type { GoogleRequest, Outcome } from './google.ts';
import { existence, isName, listed, regionOf, Time, troubleOf, unavailable, vertexAddress } from './google.ts';
import { tuningJobs } from './tuning-jobs.ts';

/** The most that is kept of an error or an output of a run, in characters. */
const longest = 2000;

const Text = z.string().catch('');
// A 64-bit integer comes as a string, and one that is nought does not come at all.
const Id = z.union([z.string(), z.number()]).transform(String).catch('');
// An enum's value that is newer than the service's own JSON writer comes as a number.
const Enum = z.union([z.string(), z.number()]).transform(String);
const Status = z.looseObject({ message: Text }).optional().catch(undefined);

const TaskDetail = z.looseObject({
  taskId: Id.default(''),
  parentTaskId: Id.default(''),
  taskName: Text.default(''),
  state: Enum.default('STATE_UNSPECIFIED'),
  startTime: Time,
  endTime: Time,
  error: Status,
  pipelineTaskStatus: z
    .array(z.looseObject({ state: Enum.default('STATE_UNSPECIFIED'), error: Status }))
    .default([])
    .catch([]),
  execution: z
    .looseObject({ metadata: z.record(z.string(), z.unknown()).default({}) })
    .optional()
    .catch(undefined),
});

const PipelineJob = z.looseObject({
  name: z.string().startsWith('projects/'),
  state: Enum.default('UNSPECIFIED'),
  startTime: Time,
  endTime: Time,
  updateTime: Time,
  error: Status,
  labels: z.record(z.string(), z.string()).default({}),
  templateMetadata: z
    .looseObject({ version: Text.default('') })
    .optional()
    .catch(undefined),
  jobDetail: z.looseObject({ taskDetails: z.array(TaskDetail).default([]) }).optional(),
});
type PipelineJob = z.infer<typeof PipelineJob>;

/** A pipeline job of the distillation template, in a list: what it tunes on is a parameter, GPU where it is not given. */
const Distillation = z.looseObject({
  name: z.string().startsWith('projects/'),
  displayName: Text.default(''),
  labels: z.record(z.string(), z.string()).default({}),
  runtimeConfig: z
    .looseObject({
      parameterValues: z
        .looseObject({ accelerator_type: z.enum(accelerators).catch(palm.defaults.accelerator) })
        .catch({ accelerator_type: palm.defaults.accelerator }),
    })
    .catch({ parameterValues: { accelerator_type: palm.defaults.accelerator } }),
});

const Model = z.looseObject({
  displayName: Text.default(''),
  createTime: Time,
  deployedModels: z.array(z.looseObject({ endpoint: z.string().optional() })).default([]),
});
/** A model in a list. The labels of the run that made it go with it (kubeflow/pipelines, upload_llm_model.py). */
const Registered = Model.extend({
  name: z.string().startsWith('projects/'),
  labels: z.record(z.string(), z.string()).default({}).catch({}),
});
const Endpoint = z.looseObject({
  name: z.string(),
  createTime: Time,
  deployedModels: z.array(z.looseObject({ id: z.string().default(''), model: z.string().default('') })).default([]),
});
// A text model answers each instance once unless it is asked for several candidates; what follows is not ours.
const Predictions = z.looseObject({
  predictions: z.tuple(
    [
      z.looseObject({
        content: Text.default(''),
        safetyAttributes: z
          .looseObject({ blocked: z.boolean().catch(false) })
          .optional()
          .catch(undefined),
      }),
    ],
    z.unknown(),
  ),
});
/** An answer of `generateContent` (google/cloud/aiplatform/v1/prediction_service.proto). */
const Content = z.looseObject({
  candidates: z
    .array(
      z.looseObject({
        content: z
          .looseObject({
            parts: z.array(z.looseObject({ text: Text.default(''), thought: z.boolean().default(false) })).default([]),
          })
          .optional(),
        finishReason: Text.default(''),
      }),
    )
    .default([]),
});
const Tensorboard = z.looseObject({ name: z.string(), displayName: Text.default('') });

/** What tells a pipeline job and when it was last changed: whole ones make long lists slow (python-aiplatform, pipeline_jobs.py). */
const Stamp = z.looseObject({ labels: z.record(z.string(), z.string()).default({}), updateTime: Time });

/** Leaves out, in a list's filter, what has ended: years of it would be read otherwise. */
const unended = ['SUCCEEDED', 'FAILED', 'CANCELLED'].map(state => `state!="PIPELINE_STATE_${state}"`);

/** The states in which an error is a system error that is being retried (pipeline_job.proto). */
const goesOn = new Set(['PENDING', 'RUNNING']);

/** How many times as long as another call a prediction may take: a model writes word by word. Less than three, as a lease lasts at least three calls. */
const answering = 2.5;

/** How many of a region's models are read: the newest. */
const mostModels = 20;

/** Where tuning jobs may be. */
const tuningPlaces: ReadonlySet<string> = new Set(tuningRecipes.flatMap(id => recipeOf(id).regions));

/** How many TensorBoard instances are offered: as many as a menu of Slack's holds. */
const mostTensorboards = 100;

/** Vertex AI, at each region's own address or at `endpoint`; `tensorboard` reads the curves. */
export function vertexClient({
  request,
  project,
  deployment,
  endpoint,
  tensorboard,
  callTime,
}: {
  request: GoogleRequest;
  project: string;
  deployment: string;
  endpoint?: string | undefined;
  tensorboard: Pick<Vertex, 'curves'>;
  /** How long one call may take, in milliseconds. */
  callTime?: number | undefined;
}): Vertex {
  const address = (name: string) => vertexAddress(name, { endpoint });
  const collection = (region: string, name: string) => address(`projects/${project}/locations/${region}/${name}`);
  const tuning = tuningJobs({ request, project, deployment, endpoint });

  return {
    async create(job, ours) {
      const { spec } = job;
      if (!isPipeline(spec)) return tuning.create({ ...job, spec }, ours);
      const outcome = await request({
        ours,
        url: collection(spec.region, 'pipelineJobs'),
        method: 'POST',
        query: { pipelineJobId: identity(job, deployment).pipelineJobId },
        body: pipelineJobBody({ ...job, spec }, { project, deployment }),
        answer: PipelineJob,
      });
      return outcome.is === 'ok' ? { is: 'created', run: runOf(outcome.body) } : notCreated(outcome);
    },

    async look(job): Promise<Look> {
      const { spec } = job;
      if (!isPipeline(spec)) return tuning.look({ ...job, spec } as Parameters<typeof tuning.look>[0]);
      const outcome = await request({ url: address(pipelineJobName(job, project)), answer: PipelineJob });
      if (outcome.is === 'status' && outcome.status === 404) return { is: 'missing' };
      if (outcome.is !== 'ok') return { is: 'put-off', trouble: troubleOf(outcome) };
      const { labels } = outcome.body;
      const ours = Object.entries(identity(job, deployment).labels).every(([key, value]) => labels[key] === value);
      return { is: 'found', run: runOf(outcome.body), ours };
    },

    async cancel(name) {
      const answer = z.looseObject({});
      const outcome = await request({ url: `${address(name)}:cancel`, method: 'POST', body: {}, answer });
      // The first two say that it has ended already, the third that there is nothing to end.
      const over = outcome.is === 'ok' || (outcome.is === 'status' && [400, 409, 404].includes(outcome.status));
      return over ? undefined : troubleOf(outcome);
    },

    async list(region) {
      const tuned = tuningPlaces.has(region) ? await tuning.list(region) : [];
      if (!regions.some(one => one === region)) return tuned;
      const found = await listed(request, {
        url: collection(region, 'pipelineJobs'),
        query: {
          filter: [`labels.retort-deployment=${JSON.stringify(deployment)}`, ...unended].join(' AND '),
          orderBy: 'create_time desc',
          pageSize: '100',
        },
        name: 'pipelineJobs',
        item: PipelineJob,
      });
      const pipelines = found
        .map(job => ({ job: job.labels['retort-job'] ?? '', run: runOf(job) }))
        .filter(({ job, run }) => job && !hasEnded(run));
      return [...pipelines, ...tuned];
    },

    async changed(region, since) {
      const found = await listed(request, {
        url: collection(region, 'pipelineJobs'),
        query: {
          filter: [
            `labels.retort-deployment=${JSON.stringify(deployment)}`,
            `update_time>=${JSON.stringify(new Date(since).toISOString())}`,
          ].join(' AND '),
          orderBy: 'update_time desc',
          readMask: 'name,labels,updateTime',
          pageSize: '100',
        },
        name: 'pipelineJobs',
        item: Stamp,
      });
      return found.flatMap(({ labels, updateTime }) => {
        const job = labels['retort-job'];
        return job && updateTime !== undefined ? [{ job, updatedAt: updateTime }] : [];
      });
    },

    async others(region) {
      const found = await listed(request, {
        url: collection(region, 'pipelineJobs'),
        query: {
          filter: [`template_uri=${JSON.stringify(palm.template)}`, ...unended].join(' AND '),
          orderBy: 'create_time desc',
          pageSize: '100',
        },
        name: 'pipelineJobs',
        item: Distillation,
      });
      return found
        .filter(({ labels }) => labels['retort-deployment'] !== deployment)
        .map(({ name, displayName, runtimeConfig }) => ({
          name,
          displayName,
          accelerator: runtimeConfig.parameterValues.accelerator_type,
        }));
    },

    curves: tensorboard.curves,

    async predict(whom, prompt, { how }) {
      const patience = callTime && answering * callTime;
      if (how === 'generateContent') {
        const url = `${address(whom)}:generateContent`;
        return contentOf(await request({ url, method: 'POST', body: contentBody(prompt), answer: Content, patience }));
      }
      const outcome = await request({
        url: `${address(whom)}:predict`,
        method: 'POST',
        body: predictionBody(prompt),
        answer: Predictions,
        patience,
      });
      return predictionOf(outcome);
    },

    async deployment(model, endpoint): Promise<Deployment> {
      const outcome = await request({ url: address(endpoint), answer: Endpoint });
      if (outcome.is === 'status' && outcome.status === 404) return { is: 'not-there' };
      if (outcome.is !== 'ok') return { is: 'put-off', trouble: troubleOf(outcome) };
      const { deployedModels } = outcome.body;
      const ours = deployedModels.find(one => isSame(one.model, model));
      return ours ? { is: 'there', id: ours.id, alone: deployedModels.length === 1 } : { is: 'not-there' };
    },

    async undeploy(endpoint, id) {
      const outcome = await request({
        url: `${address(endpoint)}:undeployModel`,
        method: 'POST',
        body: { deployedModelId: id },
        answer: z.looseObject({}),
      });
      if (outcome.is === 'ok' || (outcome.is === 'status' && outcome.status === 404)) return undefined;
      return { trouble: troubleOf(outcome), refused: outcome.is === 'status' && [400, 403].includes(outcome.status) };
    },

    async endpointOf(model) {
      const name = withoutVersion(model);
      const outcome = await request({ url: address(name), answer: Model });
      if (outcome.is === 'status' && outcome.status === 404) return undefined;
      if (outcome.is !== 'ok') throw unavailable(`Cannot read the model "${model}"`, outcome);
      const { displayName, createTime = 0, deployedModels } = outcome.body;
      const deployed = deployedModels.find(one => one.endpoint)?.endpoint;
      if (deployed || !displayName) return deployed;
      const namesakes = await listed(request, {
        url: collection(regionOf(name), 'endpoints'),
        query: { filter: `display_name=${JSON.stringify(displayName)}` },
        name: 'endpoints',
        item: Endpoint,
      });
      // An earlier run of the same name has an endpoint of the same name.
      const serving = namesakes.filter(one =>
        one.deployedModels.length
          ? one.deployedModels.some(served => isSame(served.model, name))
          : (one.createTime ?? 0) >= createTime,
      );
      return serving.length === 1 ? serving[0]?.name : undefined;
    },

    async models(region) {
      const found = await listed(request, {
        url: collection(region, 'models'),
        query: { orderBy: 'create_time desc', pageSize: String(mostModels) },
        name: 'models',
        item: Registered,
        most: mostModels,
      });
      return found.map(({ name, displayName, createTime, labels, deployedModels }) => ({
        name,
        displayName,
        createdAt: createTime,
        job: labels['retort-deployment'] === deployment ? labels['retort-job'] : undefined,
        deployed: deployedModels.length > 0,
      }));
    },

    async tensorboards(region) {
      const found = await listed(request, {
        url: collection(region, 'tensorboards'),
        query: { pageSize: String(mostTensorboards) },
        name: 'tensorboards',
        item: Tensorboard,
        most: mostTensorboards,
      });
      return found.map(({ name, displayName }) => ({ name, displayName }));
    },

    async tensorboard(name) {
      if (!isName(name)) return { is: 'wrong', why: 'not-there', about: name };
      return existence(await request({ url: address(name), answer: Tensorboard }), { about: name });
    },
  };
}

function predictionOf(outcome: Outcome<z.infer<typeof Predictions>>): Prediction {
  if (outcome.is !== 'ok') return noPrediction(outcome);
  const [{ content, safetyAttributes }] = outcome.body.predictions;
  return safetyAttributes?.blocked && !content ? unanswered('') : { is: 'answered', text: content };
}

/** Thoughts are no part of the answer, where a model tells them. */
function contentOf(outcome: Outcome<z.infer<typeof Content>>): Prediction {
  if (outcome.is !== 'ok') return noPrediction(outcome);
  const [{ content, finishReason } = { content: undefined, finishReason: '' }] = outcome.body.candidates;
  const parts = content?.parts.filter(({ thought }) => !thought) ?? [];
  return parts.length ? { is: 'answered', text: parts.map(({ text }) => text).join('') } : unanswered(finishReason);
}

function unanswered(said: string): Prediction {
  return { is: 'unanswered', trouble: { why: 'said', said } };
}

/** Where a model is not there or may not be asked, no other prompt will fare better. */
function noPrediction(outcome: Exclude<Outcome<unknown>, { is: 'ok' }>): Prediction {
  const trouble = troubleOf(outcome);
  if (outcome.is === 'no-answer') return { is: 'put-off', trouble };
  if (outcome.status === 400) return { is: 'unanswered', trouble };
  return outcome.status === 403 || outcome.status === 404 ? { is: 'closed', trouble } : { is: 'put-off', trouble };
}

/** What a failed attempt to create a pipeline job means. */
function notCreated(outcome: Exclude<Outcome<unknown>, { is: 'ok' }>): Creation {
  const trouble = troubleOf(outcome);
  if (outcome.is === 'no-answer') return { is: outcome.unclear ? 'unclear' : 'put-off', trouble };
  switch (outcome.status) {
    case 409:
      return { is: 'exists' };
    case 400:
    case 403:
    case 404:
      return { is: 'refused', message: outcome.message };
    case 401:
    case 429:
      return { is: 'put-off', trouble };
    default:
      return { is: 'unclear', trouble };
  }
}

function runOf({ name, state, startTime, endTime, updateTime, error, templateMetadata, jobDetail }: PipelineJob): Run {
  return {
    name,
    state: state.replace(/^PIPELINE_STATE_/, ''),
    ...(startTime !== undefined && { startedAt: startTime }),
    ...(endTime !== undefined && { endedAt: endTime }),
    ...(updateTime !== undefined && { updatedAt: updateTime }),
    ...(error?.message && { error: error.message.slice(0, longest) }),
    ...(templateMetadata?.version && { template: templateMetadata.version.slice(0, longest) }),
    tasks: (jobDetail?.taskDetails ?? []).map(taskOf),
  };
}

function taskOf({
  taskId,
  parentTaskId,
  taskName,
  state,
  startTime,
  endTime,
  error,
  execution,
  pipelineTaskStatus,
}: z.infer<typeof TaskDetail>): RunTask {
  const outputs = outputsOf(execution?.metadata ?? {});
  const retries = pipelineTaskStatus.filter(status => status.error && goesOn.has(status.state)).length;
  return {
    id: taskId,
    ...(parentTaskId && parentTaskId !== '0' && { parent: parentTaskId }),
    name: taskName,
    state,
    ...(startTime !== undefined && { startedAt: startTime }),
    ...(endTime !== undefined && { endedAt: endTime }),
    ...(error?.message && { error: error.message.slice(0, longest) }),
    ...(retries && { retries }),
    ...(Object.keys(outputs).length && { outputs }),
  };
}

/** The outputs that an execution wrote down; one that is very long names nothing. */
function outputsOf(metadata: Record<string, unknown>): Record<string, string> {
  const prefix = 'output:';
  return Object.fromEntries(
    Object.entries(metadata).flatMap(([key, value]) =>
      key.startsWith(prefix) && typeof value === 'string' && value.length <= longest
        ? [[key.slice(prefix.length), value]]
        : [],
    ),
  );
}

function withoutVersion(model: string): string {
  return model.trim().replace(/@[^/@]*$/, '');
}

/** Whether two names are of one model: a project goes by its id or its number, so it is left out. */
function isSame(a: string, b: string): boolean {
  const within = (name: string) => withoutVersion(name).replace(/^projects\/[^/]+\//, '');
  return within(a) === within(b);
}
