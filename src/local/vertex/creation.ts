import { labels, named, object, only, text } from './body.ts';
import { address, unreadable } from './dataset.ts';
import { bucketRights } from './failures.ts';
import type { House } from './house.ts';
import { template } from './parameters.ts';
import type { Asked } from './run.ts';
import { Trouble } from './trouble.ts';

const known = [
  'name',
  'displayName',
  'pipelineSpec',
  'labels',
  'runtimeConfig',
  'encryptionSpec',
  'serviceAccount',
  'network',
  'reservedIpRanges',
  'templateUri',
  'preflightValidations',
];
const knownRuntime = ['gcsOutputDirectory', 'parameterValues', 'parameters', 'failurePolicy', 'inputArtifacts'];

/** Reads the body of a creation, and refuses what the API does not know or does not allow. */
export function read(body: Record<string, unknown>, { id, house }: { id: string; house: House }): Asked {
  only(known, body, 'pipeline_job');
  const config = object(body.runtimeConfig, 'runtimeConfig');
  only(knownRuntime, config, 'pipeline_job.runtime_config');
  const root = text(config.gcsOutputDirectory, 'runtimeConfig.gcsOutputDirectory');
  if (!/^gs:\/\/[a-z0-9][-_.a-z0-9]+(\/.*)?$/.test(root))
    throw new Trouble(
      'INVALID_ARGUMENT',
      `Invalid runtimeConfig.gcsOutputDirectory "${root}": a Cloud Storage URI is required.`,
    );
  const displayName = named(text(body.displayName, 'displayName') || id, 'displayName');
  const templateUri = text(body.templateUri, 'templateUri');
  if (templateUri !== template && body.pipelineSpec === undefined)
    throw new Trouble('INVALID_ARGUMENT', `Cannot resolve templateUri "${templateUri}": no such template.`);
  const key = text(object(body.encryptionSpec, 'encryptionSpec').kmsKeyName, 'encryptionSpec.kmsKeyName');
  return {
    displayName,
    labels: labels(object(body.labels, 'labels')),
    runtimeConfig: {
      gcsOutputDirectory: root,
      parameterValues: object(config.parameterValues, 'runtimeConfig.parameterValues'),
    },
    ...(key && { encryptionSpec: { kmsKeyName: key } }),
    serviceAccount:
      text(body.serviceAccount, 'serviceAccount') || `${house.project.number}-compute@developer.gserviceaccount.com`,
    templateUri,
  };
}

/** Refuses a working directory whose bucket is not there or may not be used. */
export async function mayUse({ storage }: House, { runtimeConfig, serviceAccount }: Asked): Promise<void> {
  const { bucket } = address(`${runtimeConfig.gcsOutputDirectory.replace(/\/*$/, '')}/x`);
  const needed = ['storage.objects.get', 'storage.objects.create'];
  let granted: Record<string, boolean> = {};
  try {
    [granted] = await storage.bucket(bucket).iam.testPermissions(needed);
  } catch (error) {
    const trouble = unreadable(error, `gs://${bucket}`);
    if (trouble.status === 'UNAVAILABLE') throw trouble;
  }
  if (!needed.every(permission => granted[permission]))
    throw new Trouble('FAILED_PRECONDITION', bucketRights(serviceAccount, bucket));
}
