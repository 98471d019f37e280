import type { Job } from './job.ts';
import { limits, recipeOf } from './recipe.ts';
import type { PipelineSpec, TuningSpec } from './spec.ts';
import { isPipeline } from './spec.ts';

/** The labels that say whose a run is. */
export function labelsOf({ id }: Pick<Job, 'id'>, deployment: string) {
  return { 'retort-job': id, 'retort-deployment': deployment };
}

/** The pipeline job's id, and the labels that say whose it is. */
export function identity(job: Pick<Job, 'id'>, deployment: string) {
  return { pipelineJobId: `retort-${job.id}`, labels: labelsOf(job, deployment) };
}

// The template types this parameter as a string whose own default is "default"; which other spellings it accepts is not
// documented. These are the ones the page's JSON shows, quoted.
const checkpointSelection = { default: 'default', best: 'true', last: 'false' } as const;

/** The template's parameters for a spec. Those that do not apply are left out; those whose default differs between page and template are always sent. */
export function parameterValues(spec: PipelineSpec, project: string): Record<string, string | number | boolean> {
  return {
    project,
    model_display_name: spec.modelName,
    dataset_uri: spec.dataset,
    location: spec.uploadRegion,
    accelerator_type: spec.accelerator,
    teacher_model_reference: spec.teacher,
    student_model_reference: spec.student,
    train_steps: spec.steps,
    learning_rate_multiplier: spec.learningRateMultiplier,
    ...(spec.evaluate &&
      spec.evaluationDataset && {
        evaluation_data_uri: spec.evaluationDataset,
        evaluation_interval: spec.evaluationInterval,
        enable_early_stopping: spec.earlyStopping,
      }),
    enable_checkpoint_selection: checkpointSelection[spec.checkpoint],
    ...(spec.tensorboard && { tensorboard_resource_id: spec.tensorboard }),
    ...(spec.encryptionKey && { encryption_spec_key_name: spec.encryptionKey }),
  };
}

/** Whom a request is sent for. */
export interface Sender {
  project: string;
  deployment: string;
}

/** A job with the spec of a pipeline job, or of a tuning job. */
type Asking<Of> = Pick<Job, 'id'> & { spec: Of };

/** The body of `pipelineJobs.create`, exactly as the page shows it, with this deployment's labels. */
export function pipelineJobBody(job: Asking<PipelineSpec>, { project, deployment }: Sender) {
  const { spec } = job;
  return {
    displayName: spec.displayName,
    labels: labelsOf(job, deployment),
    runtimeConfig: {
      gcsOutputDirectory: spec.pipelineRoot,
      parameterValues: parameterValues(spec, project),
    },
    ...(spec.encryptionKey && { encryptionSpec: { kmsKeyName: spec.encryptionKey } }),
    ...(spec.serviceAccount && { serviceAccount: spec.serviceAccount }),
    templateUri: recipeOf(spec.recipe).template,
  };
}

// The enum's names spell the numbers out (tuning_job.proto).
const adapterSizes: Record<string, string> = {
  1: 'ADAPTER_SIZE_ONE',
  2: 'ADAPTER_SIZE_TWO',
  4: 'ADAPTER_SIZE_FOUR',
  8: 'ADAPTER_SIZE_EIGHT',
  16: 'ADAPTER_SIZE_SIXTEEN',
  32: 'ADAPTER_SIZE_THIRTY_TWO',
};

/** What a tuning job is asked for by number; nothing, where all is left to Vertex AI. 64-bit integers are strings in JSON. */
function hyperParameters({ epochs, learningRateMultiplier, learningRate, batchSize, adapterSize }: TuningSpec) {
  const asked = {
    ...(epochs !== undefined && { epochCount: String(epochs) }),
    ...(learningRateMultiplier !== undefined && { learningRateMultiplier }),
    ...(learningRate !== undefined && { learningRate }),
    ...(batchSize !== undefined && { batchSize: String(batchSize) }),
    ...(adapterSize !== undefined && { adapterSize: adapterSizes[adapterSize] }),
  };
  return Object.keys(asked).length ? { hyperParameters: asked } : {};
}

/** The body of `tuningJobs.create`, with this deployment's labels. The student is the base model; of `distillationSpec` the discovery document is followed, which is ahead of the published proto (googleapis/google-api-python-client, aiplatform_v1beta1, projects.locations.tuningJobs). */
export function tuningJobBody(job: Asking<TuningSpec>, { deployment }: Sender) {
  const { spec } = job;
  const how = {
    ...(spec.evaluate && spec.evaluationDataset && { validationDatasetUri: spec.evaluationDataset }),
    ...(spec.tuningMode !== undefined && { tuningMode: spec.tuningMode }),
    ...hyperParameters(spec),
  };
  return {
    baseModel: spec.student,
    tunedModelDisplayName: spec.modelName,
    labels: labelsOf(job, deployment),
    ...(recipeOf(spec.recipe).method === 'distillationSpec'
      ? {
          distillationSpec: {
            ...(spec.teacher !== undefined && { baseTeacherModel: spec.teacher }),
            promptDatasetUri: spec.dataset,
            ...how,
          },
        }
      : { supervisedTuningSpec: { trainingDatasetUri: spec.dataset, ...how } }),
    ...(spec.outputs && { outputUri: outputsOf({ id: job.id, outputs: spec.outputs }) }),
    ...(spec.encryptionKey && { encryptionSpec: { kmsKeyName: spec.encryptionKey } }),
    ...(spec.serviceAccount && { serviceAccount: spec.serviceAccount }),
  };
}

/** The resource name of a job's pipeline job. */
export function pipelineJobName(job: Pick<Job, 'id' | 'spec'>, project: string): string {
  return `projects/${project}/locations/${job.spec.region}/pipelineJobs/retort-${job.id}`;
}

/** The resource name under which a publisher's model answers in a region. */
export function publisherModel(model: string, { project, region }: { project: string; region: string }): string {
  return `projects/${project}/locations/${region}/publishers/google/models/${model}`;
}

/** The folder that a job writes to: one of its own, as what Vertex AI writes has the same names for every job. */
function outputsOf({ id, outputs }: { id: Job['id']; outputs: string }): string {
  return `${outputs.replace(/\/$/, '')}/retort-${id}`;
}

/** The folder where a job's weights are written; undefined: none are. */
export function weightsOf({ id, spec }: Pick<Job, 'id' | 'spec'>): string | undefined {
  if (isPipeline(spec)) return undefined;
  const { weights } = recipeOf(spec.recipe);
  return weights && spec.outputs ? `${outputsOf({ id, outputs: spec.outputs })}/${weights}` : undefined;
}

/** Where the teacher's answers to the dataset are, for a recipe that writes them: docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/open-model-tuning. */
export function labelledDatasetOf({ id, spec }: Pick<Job, 'id' | 'spec'>): string | undefined {
  if (isPipeline(spec) || !spec.outputs || recipeOf(spec.recipe).method !== 'distillationSpec') return undefined;
  return `${outputsOf({ id, outputs: spec.outputs })}/distillation_labelled_dataset.jsonl`;
}

/** The body of a prediction, as Google's Python client sends it: the likeliest answer, and as long as the model was taught to answer (googleapis/python-aiplatform, _language_models.py). */
export function predictionBody(prompt: string) {
  return { instances: [{ content: prompt }], parameters: { temperature: 0, maxDecodeSteps: limits.outputTokens } };
}

/** The body of `generateContent`: the likeliest answer. */
export function contentBody(prompt: string) {
  return { contents: [{ role: 'user', parts: [{ text: prompt }] }], generationConfig: { temperature: 0 } };
}

/** Vertex AI's address for a location: `global` is nobody's region (googleapis/js-genai, src/_api_client.ts), and a model that a whole continent serves answers at that one's (docs.cloud.google.com/gemini-enterprise-agent-platform/models/gemini-use-supervised-tuning). */
export function apiHost(location: string): string {
  if (location === 'global') return 'aiplatform.googleapis.com';
  return location === 'us' || location === 'eu'
    ? `aiplatform.${location}.rep.googleapis.com`
    : `${location}-aiplatform.googleapis.com`;
}

/** The body of the request that creates what carries a job out. */
export function requestBody({ id, spec }: Pick<Job, 'id' | 'spec'>, around: Sender) {
  return isPipeline(spec) ? pipelineJobBody({ id, spec }, around) : tuningJobBody({ id, spec }, around);
}

/** The same request as a shell command, for whoever wants to send it by hand. */
export function asCurl(job: Pick<Job, 'id' | 'spec'>, around: Sender): string {
  const { spec } = job;
  const { region } = spec;
  const [version, what] = isPipeline(spec)
    ? ['v1', `pipelineJobs?pipelineJobId=${identity(job, around.deployment).pipelineJobId}`]
    : [recipeOf(spec.recipe).version, 'tuningJobs'];
  const url = `https://${apiHost(region)}/${version}/projects/${around.project}/locations/${region}/${what}`;
  const body = JSON.stringify(requestBody(job, around), null, 2).replaceAll("'", String.raw`'\''`);
  return [
    'curl -X POST \\',
    '  -H "Authorization: Bearer $(gcloud auth print-access-token)" \\',
    '  -H "Content-Type: application/json; charset=utf-8" \\',
    `  -d '${body}' \\`,
    `  "${url}"`,
  ].join('\n');
}
