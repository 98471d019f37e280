// Only what is a model's full name beyond doubt is linked to.
const modelForm = /^projects\/[a-z0-9:.-]+\/locations\/([a-z0-9-]+)\/models\/([A-Za-z0-9_-]+)(?:@([A-Za-z0-9_-]+))?$/;

/** A model's page in the Model Registry, in the form that Google's own notebooks link to (kubeflow/pipelines, evaluation component); undefined for what is not a model's full name. */
export function registryUrl(model: string, project: string): string | undefined {
  const [, region, id, version = 'default'] = modelForm.exec(model) ?? [];
  if (!region || !id) return undefined;
  const page = `https://console.cloud.google.com/vertex-ai/models/locations/${region}/models/${id}/versions/${version}`;
  return `${page}?project=${encodeURIComponent(project)}`;
}
