import type { Job } from './job.ts';
import { limits, palm } from './recipe.ts';
import type { Spec } from './spec.ts';

/** The pipeline job's id, and the labels that say whose it is. */
export function identity({ id }: Pick<Job, 'id'>, deployment: string) {
  return {
    pipelineJobId: `retort-${id}`,
    labels: { 'retort-job': id, 'retort-deployment': deployment },
  };
}

// The template types this parameter as a string whose own default is "default"; which other spellings it accepts is not
// documented. These are the ones the page's JSON shows, quoted.
const checkpointSelection = { default: 'default', best: 'true', last: 'false' } as const;

/** The template's parameters for a spec. Those that do not apply are left out; those whose default differs between page and template are always sent. */
export function parameterValues(spec: Spec, project: string): Record<string, string | number | boolean> {
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

/** The body of `pipelineJobs.create`, exactly as the page shows it, with this deployment's labels. */
export function pipelineJobBody(
  job: Pick<Job, 'id' | 'spec'>,
  { project, deployment }: { project: string; deployment: string },
) {
  const { spec } = job;
  return {
    displayName: spec.displayName,
    labels: identity(job, deployment).labels,
    runtimeConfig: {
      gcsOutputDirectory: spec.pipelineRoot,
      parameterValues: parameterValues(spec, project),
    },
    ...(spec.encryptionKey && { encryptionSpec: { kmsKeyName: spec.encryptionKey } }),
    ...(spec.serviceAccount && { serviceAccount: spec.serviceAccount }),
    templateUri: palm.template,
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

/** The body of a prediction, as Google's Python client sends it: the likeliest answer, and as long as the model was taught to answer (googleapis/python-aiplatform, _language_models.py). */
export function predictionBody(prompt: string) {
  return { instances: [{ content: prompt }], parameters: { temperature: 0, maxDecodeSteps: limits.outputTokens } };
}

/** The same request as a shell command, for whoever wants to send it by hand. */
export function asCurl(job: Pick<Job, 'id' | 'spec'>, around: { project: string; deployment: string }): string {
  const { region } = job.spec;
  const url = `https://${region}-aiplatform.googleapis.com/v1/projects/${around.project}/locations/${region}/pipelineJobs?pipelineJobId=${identity(job, around.deployment).pipelineJobId}`;
  const body = JSON.stringify(pipelineJobBody(job, around), null, 2).replaceAll("'", String.raw`'\''`);
  return [
    'curl -X POST \\',
    '  -H "Authorization: Bearer $(gcloud auth print-access-token)" \\',
    '  -H "Content-Type: application/json; charset=utf-8" \\',
    `  -d '${body}' \\`,
    `  "${url}"`,
  ].join('\n');
}
