import { batchRead, getBoard, listBoards, listExperiments, listRuns, listSeries, readSeries } from './boards.ts';
import { generate, generateBase } from './content.ts';
import { getContext, listContexts } from './contexts.ts';
import type { Operation } from './faults.ts';
import type { House } from './house.ts';
import { cancelJob, createJob, getJob, listJobs } from './jobs.ts';
import { getEndpoint, getModel, listEndpoints, listModels, undeploy } from './models.ts';
import { predict, predictBase } from './predictions.ts';
import { fullName } from './resource.ts';
import { cancelTuningJob, createTuningJob, getTuningJob, listTuningJobs } from './tuning-jobs.ts';
import type { Version } from './tuning-request.ts';
import { versions } from './tuning-request.ts';

/** What a call names and carries; `name` is the resource's full name by project number, without a verb. */
type Call = { region: string; name: string; version: Version; query: URLSearchParams; body: Record<string, unknown> };

/** What serves a call, and in which versions of the API: in v1, where nothing else is said. */
type Route = [
  method: string,
  path: RegExp,
  op: Operation,
  handle: (house: House, call: Call) => object | Promise<object>,
  served?: readonly Version[],
];

const board = 'tensorboards/[^/:]+';
const experiment = `${board}/experiments/[^/:]+`;
const run = `${experiment}/runs/[^/:]+`;
const contexts = 'metadataStores/[^/:]+/contexts';

const table: Route[] = [
  ['POST', /^pipelineJobs$/, 'create', createJob],
  ['GET', /^pipelineJobs$/, 'list', listJobs],
  ['GET', /^pipelineJobs\/[^/:]+$/, 'get', getJob],
  ['POST', /^pipelineJobs\/[^/:]+:cancel$/, 'cancel', cancelJob],
  ['GET', /^tensorboards$/, 'tensorboards', ({ boards }, call) => listBoards(boards, call)],
  ['GET', new RegExp(`^${board}$`), 'tensorboard', ({ boards }, call) => getBoard(boards, call)],
  ['GET', new RegExp(`^${board}:batchRead$`), 'batchRead', ({ boards }, call) => batchRead(boards, call)],
  ['GET', new RegExp(`^${board}/experiments$`), 'experiments', ({ boards }, call) => listExperiments(boards, of(call))],
  ['GET', new RegExp(`^${experiment}/runs$`), 'runs', ({ boards }, call) => listRuns(boards, of(call))],
  ['GET', new RegExp(`^${run}/timeSeries$`), 'series', ({ boards }, call) => listSeries(boards, of(call))],
  ['GET', new RegExp(`^${run}/timeSeries/[^/:]+:read$`), 'read', ({ boards }, call) => readSeries(boards, call)],
  ['GET', /^models$/, 'models', ({ models }, call) => listModels(models, call)],
  ['GET', /^models\/[^/:]+$/, 'model', ({ models }, call) => getModel(models, call)],
  ['GET', /^endpoints$/, 'endpoints', ({ models }, call) => listEndpoints(models, call)],
  ['GET', /^endpoints\/[^/:]+$/, 'endpoint', ({ models }, call) => getEndpoint(models, call)],
  ['POST', /^endpoints\/[^/:]+:predict$/, 'predict', predict],
  ['POST', /^endpoints\/[^/:]+:undeployModel$/, 'undeploy', ({ models }, call) => undeploy(models, call)],
  ['POST', /^publishers\/google\/models\/[^/:]+:predict$/, 'predict', predictBase],
  ['POST', /^tuningJobs$/, 'tuningJobs.create', createTuningJob, versions],
  ['GET', /^tuningJobs$/, 'tuningJobs.list', listTuningJobs, versions],
  ['GET', /^tuningJobs\/[^/:]+$/, 'tuningJobs.get', getTuningJob, versions],
  ['POST', /^tuningJobs\/[^/:]+:cancel$/, 'tuningJobs.cancel', cancelTuningJob, versions],
  ['GET', new RegExp(`^${contexts}$`), 'contexts.list', ({ contexts }, call) => listContexts(contexts, call)],
  ['GET', new RegExp(`^${contexts}/[^/:]+$`), 'contexts.get', ({ contexts }, call) => getContext(contexts, call)],
  ['POST', /^endpoints\/[^/:]+:generateContent$/, 'generateContent', generate, versions],
  ['POST', /^publishers\/google\/models\/[^/:]+:generateContent$/, 'generateContent', generateBase, versions],
];

/** A call that the stand-in serves. */
export type Served = {
  op: Operation;
  project: string;
  handle(house: House, given: Pick<Call, 'query' | 'body'>): Promise<object>;
};

/** Finds what serves a call; the region is in the path, whatever the host. */
export function route({ method, path }: { method: string; path: string }): Served | undefined {
  const [, version, project, region, rest] =
    /^\/(v1|v1beta1)\/projects\/([^/]+)\/locations\/([^/]+)\/(.+)$/.exec(path) ?? [];
  if (!version || !project || !region || !rest) return undefined;
  const asked = version as Version;
  const found = table.find(
    ([verb, pattern, , , served = ['v1']]) => verb === method && pattern.test(rest) && served.includes(asked),
  );
  if (!found) return undefined;
  const [, , op, handle] = found;
  return {
    op,
    project,
    async handle(house, given) {
      const name = fullName(house.project, { region, path: rest.replace(/:[a-zA-Z]+$/, '') });
      return handle(house, { region, name, version: asked, ...given });
    },
  };
}

/** A call for a collection, named by what the collection belongs to. */
function of(call: Call): Call {
  return { ...call, name: call.name.replace(/\/[^/]+$/, '') };
}
