import type { Field } from './filter.ts';
import { filter } from './filter.ts';
import { page } from './page.ts';
import type { Project } from './resource.ts';
import { fullName, numericId, timestamp } from './resource.ts';
import type { Tuned } from './student.ts';
import { Trouble } from './trouble.ts';

/** A tuned model in the registry. */
export type Model = {
  name: string;
  region: string;
  displayName: string;
  labels: Record<string, string>;
  createTime: string;
  updateTime: string;
  base: string;
  /** How it is asked. */
  asked: 'predict' | 'generateContent';
  tuned: Tuned;
  deployments: { endpoint: string; deployedModelId: string }[];
};

/** Where a tuned model answers. */
export type Endpoint = {
  name: string;
  region: string;
  displayName: string;
  labels: Record<string, string>;
  createTime: string;
  updateTime: string;
  /** What is deployed, the first of which answers. */
  deployed: { id: string; model: Model; tuned: Tuned; createTime: string }[];
};

/** The model registry and the endpoints, by full name. */
export type Models = { models: Map<string, Model>; endpoints: Map<string, Endpoint> };

/** Puts a tuned model into the registry of a region; the run's labels go with it. */
export function upload(
  { models }: Models,
  {
    project,
    region,
    displayName,
    labels,
    base,
    asked = 'predict',
    tuned,
  }: {
    project: Project;
    region: string;
    displayName: string;
    labels: Record<string, string>;
    base: string;
    asked?: Model['asked'];
    tuned: Tuned;
  },
): Model {
  const now = timestamp();
  const model: Model = {
    name: fullName(project, { region, path: `models/${numericId()}` }),
    region,
    displayName,
    labels: { ...labels, 'google-vertex-llm-tuning-base-model-id': base.replace('@', '-') },
    createTime: now,
    updateTime: now,
    base,
    asked,
    tuned,
    deployments: [],
  };
  models.set(model.name, model);
  return model;
}

/** Makes an endpoint of the model's own name and region, and deploys the model there, or what was kept of it on its way. */
export function deploy(
  { endpoints }: Models,
  { project, model, tuned = model.tuned }: { project: Project; model: Model; tuned?: Tuned },
): Endpoint {
  const now = timestamp();
  const endpoint: Endpoint = {
    name: fullName(project, { region: model.region, path: `endpoints/${numericId()}` }),
    region: model.region,
    displayName: model.displayName,
    labels: model.labels,
    createTime: now,
    updateTime: now,
    deployed: [],
  };
  endpoints.set(endpoint.name, endpoint);
  serve(endpoint, model, tuned);
  return endpoint;
}

/** Deploys a model to an endpoint that is there. */
export function serve(endpoint: Endpoint, model: Model, tuned = model.tuned): void {
  const now = timestamp();
  const id = numericId();
  endpoint.deployed.push({ id, model, tuned, createTime: now });
  model.deployments.push({ endpoint: endpoint.name, deployedModelId: id });
  endpoint.updateTime = now;
  model.updateTime = now;
}

/** Takes a model off an endpoint, at once; the operation that is answered is done. */
export function undeploy(models: Models, { name, body }: { name: string; body: Record<string, unknown> }): object {
  const from = endpoint(models, name);
  const gone = from.deployed.find(({ id }) => id === body.deployedModelId);
  if (!gone)
    throw new Trouble(
      'NOT_FOUND',
      `The DeployedModel "${String(body.deployedModelId)}" was not found in the Endpoint "${name}".`,
    );
  from.deployed = from.deployed.filter(one => one !== gone);
  gone.model.deployments = gone.model.deployments.filter(({ deployedModelId }) => deployedModelId !== gone.id);
  from.updateTime = timestamp();
  const response = { '@type': 'type.googleapis.com/google.cloud.aiplatform.v1.UndeployModelResponse' };
  return { name: `${name}/operations/${numericId()}`, done: true, response };
}

/** Lists the models of a region. */
export function listModels({ models }: Models, { region, query }: { region: string; query: URLSearchParams }): object {
  const passes = filter(query.get('filter') ?? '', fields);
  const found = newest([...models.values()].filter(model => model.region === region && passes(model)));
  return page(found, { name: 'models', view: modelView, query, most: 100 });
}

/** Shows one model; `@1` and `@default` name its only version. */
export function getModel({ models }: Models, { name }: { name: string }): object {
  const model = models.get(name.replace(/@(1|default)$/, ''));
  if (!model) throw new Trouble('NOT_FOUND', `The Model "${name}" was not found.`);
  return modelView(model);
}

/** Lists the endpoints of a region. */
export function listEndpoints(
  { endpoints }: Models,
  { region, query }: { region: string; query: URLSearchParams },
): object {
  const passes = filter(query.get('filter') ?? '', fields);
  const found = newest([...endpoints.values()].filter(endpoint => endpoint.region === region && passes(endpoint)));
  return page(found, { name: 'endpoints', view: endpointView, query, most: 100 });
}

/** Shows one endpoint. */
export function getEndpoint(models: Models, { name }: { name: string }): object {
  return endpointView(endpoint(models, name));
}

const fields: Record<string, Field<Model | Endpoint>> = {
  display_name: { kind: 'text', of: item => item.displayName },
  model: { kind: 'text', of: item => item.name.split('/').at(-1) ?? '' },
  endpoint: { kind: 'text', of: item => item.name.split('/').at(-1) ?? '' },
  labels: { kind: 'labels', of: item => item.labels },
};

function newest<T extends { createTime: string }>(items: T[]): T[] {
  return items.reverse().sort((a, b) => b.createTime.localeCompare(a.createTime));
}

/** Finds an endpoint by its full name. */
export function endpoint({ endpoints }: Models, name: string): Endpoint {
  const found = endpoints.get(name);
  if (!found) throw new Trouble('NOT_FOUND', `The Endpoint "${name}" was not found.`);
  return found;
}

function modelView({ name, displayName, labels, createTime, updateTime, base, deployments }: Model): object {
  return {
    name,
    displayName,
    versionId: '1',
    versionAliases: ['default'],
    versionCreateTime: createTime,
    versionUpdateTime: updateTime,
    createTime,
    updateTime,
    labels,
    ...(deployments.length && { deployedModels: deployments }),
    modelSourceInfo: { sourceType: 'GENIE' },
    baseModelSource: { genieSource: { baseModelUri: `publishers/google/models/${base}` } },
  };
}

function endpointView({ name, displayName, labels, createTime, updateTime, deployed }: Endpoint): object {
  return {
    name,
    displayName,
    labels,
    createTime,
    updateTime,
    ...(deployed[0] && { trafficSplit: { [deployed[0].id]: 100 } }),
    ...(deployed.length && {
      deployedModels: deployed.map(({ id, model, createTime: since }) => ({
        id,
        model: model.name,
        displayName: model.displayName,
        modelVersionId: '1',
        createTime: since,
      })),
    }),
  };
}
