/** How many units there are; a text is sent as it is. */
export type Limit = number | string;

/** What is said of a quota. */
export interface Quota {
  metric: string;
  metricDisplayName: string;
  /** Default: made of the metric's. */
  quotaDisplayName?: string;
  /** Its limits by region, or one that is `global`. Where one is undefined, the region is listed without a number. */
  limits: Record<string, Limit | undefined>;
  /** The limit in all the regions that have none of their own. */
  elsewhere?: Limit;
}

/** The id of the quota that tuning on GPU takes from. */
export const gpuQuota = 'RestrictedImageTrainingA10080GBGPUsPerProjectPerRegion';
/** The id that the quota for tuning on TPU has here: Google's own is not published. */
export const tpuQuota = 'LocalRestrictedImageTrainingTpuV3PodPerProjectPerRegion';

const served = ['us-central1', 'us-east4', 'us-west1', 'europe-west1', 'europe-west4', 'asia-southeast1'];

function metric(name: string): string {
  return `aiplatform.googleapis.com/${name}`;
}

/** What a project has that asked for nothing, of some quotas of Vertex AI. */
export const usual: Record<string, Quota> = {
  CustomModelTrainingA10080GBGPUsPerProjectPerRegion: {
    metric: metric('custom_model_training_nvidia_a100_80gb_gpus'),
    metricDisplayName: 'Custom model training Nvidia A100 80GB GPUs',
    limits: { 'us-central1': 2 },
    elsewhere: 0,
  },
  CustomModelTrainingTPUV3PerProjectPerRegion: {
    metric: metric('custom_model_training_tpu_v3'),
    metricDisplayName: 'Custom model training TPU V3 cores',
    limits: { 'us-central1': 32, 'europe-west4': 16 },
  },
  OnlinePredictionRequestsPerMinutePerProjectPerRegion: {
    metric: metric('online_prediction_requests'),
    metricDisplayName: 'Online prediction requests',
    limits: {},
    elsewhere: 30_000,
  },
  [gpuQuota]: {
    metric: metric('restricted_image_training_nvidia_a100_80gb_gpus'),
    metricDisplayName: 'Restricted image training Nvidia A100 80GB GPUs',
    limits: { 'us-central1': 8, 'us-east4': 2 },
    elsewhere: 0,
  },
  TensorboardInstancesPerProject: {
    metric: metric('tensorboards'),
    metricDisplayName: 'TensorBoard instances',
    limits: { global: -1 },
  },
  PipelineJobsPerProjectPerRegion: {
    metric: metric('concurrent_pipeline_jobs'),
    metricDisplayName: 'Concurrent pipeline jobs',
    limits: { 'us-central1': 600 },
    elsewhere: 300,
  },
  [tpuQuota]: {
    metric: metric('local_restricted_image_training_tpu_v3_pod'),
    metricDisplayName: 'Restricted image training TPU V3 pod cores',
    limits: { 'europe-west4': 64 },
    elsewhere: 0,
  },
};

/** A quota as Google writes it (https://cloud.google.com/docs/quotas/reference/rest/v1/projects.locations.services.quotaInfos). */
export function quotaResource(quota: Quota, { parent, quotaId }: { parent: string; quotaId: string }) {
  const { metric, metricDisplayName, limits, elsewhere } = quota;
  const global = 'global' in limits;
  const others = served.filter(region => !(region in limits));
  // The most specific first; what holds everywhere else names no dimension.
  const dimensionsInfos = [
    ...Object.entries(limits).map(([location, limit]) => ({
      ...(!global && { dimensions: { region: location } }),
      details: details(limit),
      applicableLocations: [location],
    })),
    ...(elsewhere === undefined ? [] : [{ details: details(elsewhere), applicableLocations: others }]),
  ];
  return {
    name: `${parent}/quotaInfos/${quotaId}`,
    quotaId,
    metric,
    service: 'aiplatform.googleapis.com',
    isPrecise: true,
    containerType: 'PROJECT',
    ...(!global && { dimensions: ['region'] }),
    metricDisplayName,
    quotaDisplayName: quota.quotaDisplayName ?? `${metricDisplayName} per project${global ? '' : ' per region'}`,
    metricUnit: '1',
    quotaIncreaseEligibility: { isEligible: true },
    ...(dimensionsInfos.length > 0 && { dimensionsInfos }),
  };
}

/** A 64-bit integer is a string, and nought is left out, as in all of Google's JSON. */
function details(limit: Limit | undefined) {
  return limit === undefined || limit === 0 ? {} : { value: String(limit) };
}
