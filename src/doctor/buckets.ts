import type { Bucket } from '@google-cloud/storage';
import { Storage } from '@google-cloud/storage';
import { z } from 'zod';
import { storageSettings } from '../clients/storage.ts';
import { parseFolder } from '../job/uri.ts';
import type { Around, Own } from './around.ts';
import { asRetort, memberOf, refused } from './around.ts';
import { backends, tuningRecipesOf } from './recipes.ts';
import type { Check, Verdict } from './verdict.ts';

/** What Retort does in a bucket that datasets come from, and in the one that it keeps datasets in. */
export const reads = ['storage.buckets.get', 'storage.objects.get', 'storage.objects.list'] as const;
const writes = 'storage.objects.create';

const Lifecycle = z.looseObject({
  rule: z
    .array(
      z.looseObject({
        action: z.looseObject({ type: z.string() }),
        condition: z.looseObject({ age: z.number().optional() }).optional(),
      }),
    )
    .default([]),
});
const Policy = z.looseObject({
  bindings: z.array(z.looseObject({ role: z.string(), members: z.array(z.string()).default([]) })).default([]),
});
const Project = z.looseObject({ name: z.string() });
const Home = z.looseObject({ projectNumber: z.string() });
const storageService = 'storage.googleapis.com';
const managerService = 'cloudresourcemanager.googleapis.com';

/** Roles that let an account write objects, the narrowest first. */
const writers = [
  'roles/storage.objectUser',
  'roles/storage.objectAdmin',
  'roles/storage.admin',
  'roles/storage.legacyBucketWriter',
];

/** Looks at the buckets: that they are there, what Retort and the pipeline's account may do in them, and what is deleted by itself. */
export function bucketChecks(around: Around): Check[] {
  const { datasetBucket, allowedBuckets, pipelineRoot } = around.config.settings;
  const others = (allowedBuckets ?? []).filter(name => name !== datasetBucket && name !== 'cloud-samples-data');
  const root = parseFolder(pipelineRoot)?.bucket ?? '';
  return [
    rightsCheck(datasetBucket, [...reads, writes], around),
    ...others.map(name => rightsCheck(name, reads, around)),
    lifecycleCheck(datasetBucket, around),
    // Whatever a run writes there while it tunes: its curves.
    ...(backends(around).has('pipelineJobs') ? [rightsCheck(root, reads, around), pipelineCheck(root, around)] : []),
    ...(tuningRecipesOf(around).some(({ weights }) => weights) ? [weightsCheck(root, around)] : []),
  ];
}

function rightsCheck(name: string, permissions: readonly string[], around: Around): Check {
  const { project } = around.config.settings;
  return {
    about: `Retort may ${permissions.includes(writes) ? 'read and write' : 'read'} in gs://${name}`,
    look: () =>
      asked(name, around, async bucket => {
        const [held] = await bucket.iam.testPermissions([...permissions]);
        const missing = permissions.filter(permission => !held[permission]);
        if (!missing.length) return { is: 'fine' };
        const role = missing.every(permission => permission === writes)
          ? 'roles/storage.objectCreator'
          : `projects/${project}/roles/retortReader`;
        return { is: 'wrong', said: `${missing.join(', ')} missing`, run: grant(name, memberOf(around), role) };
      }),
  };
}

function lifecycleCheck(name: string, around: Around): Check {
  return {
    about: `uploaded and mended datasets in gs://${name} are deleted in time`,
    look: () =>
      asked(name, around, async bucket => {
        const [{ lifecycle }] = await bucket.getMetadata();
        const rules = Lifecycle.safeParse(lifecycle).data?.rule ?? [];
        const age = rules.find(({ action }) => action.type === 'Delete')?.condition?.age;
        if (age !== undefined) return { is: 'fine', said: `after ${age} days` };
        return {
          is: 'wrong',
          said: 'no rule deletes them',
          run: `gcloud storage buckets update gs://${name} --lifecycle-file out/manifests/dataset-lifecycle.json`,
        };
      }),
  };
}

function pipelineCheck(name: string, around: Around): Check {
  const { project, serviceAccount } = around.config.settings;
  return {
    about: `pipeline jobs may write in gs://${name}`,
    async look() {
      if (!serviceAccount)
        return {
          is: 'unknown',
          said: 'PIPELINE_SERVICE_ACCOUNT is not set: they run as the project’s default account',
        };
      const member = `serviceAccount:${serviceAccount}`;
      const outcome = await policyOf(name, around);
      if (outcome.is !== 'ok')
        return refused(outcome, { service: storageService, project, missing: noBucket(name, project) });
      const held = rolesOf(member, outcome.body);
      if (held.some(role => writers.includes(role))) return { is: 'fine' };
      // It may have a role on the project, or one of the organisation's own making.
      if (held.length) return { is: 'unknown', said: `${serviceAccount} has ${held.join(', ')} there` };
      return {
        is: 'wrong',
        said: `${serviceAccount} has no role there`,
        run: grant(name, member, 'roles/storage.objectAdmin'),
      };
    },
  };
}

/** Whether Google's service agent for open models can write: in buckets of the project with the role that Google gives it there, in others with one of theirs (https://docs.cloud.google.com/iam/docs/service-agents). */
function weightsCheck(name: string, around: Around): Check {
  const { config, operator, admin } = around;
  const { project } = config.settings;
  const ofProject = `${admin('cloudresourcemanager')}/v3/projects/${project}`;
  return {
    about: `tuning jobs of open models may write in gs://${name}`,
    async look() {
      const found = await operator({ url: ofProject, answer: Project });
      if (found.is !== 'ok') return refused(found, { service: managerService, project });
      const number = found.body.name.replace(/^projects\//, '');
      const agent = `service-${number}@gcp-sa-vertex-moss-ft.iam.gserviceaccount.com`;
      const member = `serviceAccount:${agent}`;
      const policy = await policyOf(name, around);
      if (policy.is !== 'ok')
        return refused(policy, { service: storageService, project, missing: noBucket(name, project) });
      if (rolesOf(member, policy.body).some(role => writers.includes(role))) return { is: 'fine' };
      const bucket = await operator({ url: bucketAddress(name, around), answer: Home });
      if (bucket.is !== 'ok') return refused(bucket, { service: storageService, project });
      if (bucket.body.projectNumber !== number)
        return {
          is: 'wrong',
          said: `it is another project’s, and ${agent} has no role there`,
          run: grant(name, member, 'roles/storage.objectUser'),
        };
      const rights = await operator({ url: `${ofProject}:getIamPolicy`, method: 'POST', body: {}, answer: Policy });
      if (rights.is !== 'ok') return refused(rights, { service: managerService, project });
      if (rolesOf(member, rights.body).includes('roles/aiplatform.tuningServiceAgent')) return { is: 'fine' };
      return {
        is: 'unknown',
        said: `${agent} has no role yet; Google makes it, and gives it one, when a tuning job first needs it`,
      };
    },
  };
}

function bucketAddress(name: string, { admin }: Around): string {
  return `${admin('storage')}/storage/v1/b/${encodeURIComponent(name)}`;
}

function policyOf(name: string, around: Around) {
  return around.operator({ url: `${bucketAddress(name, around)}/iam`, answer: Policy });
}

function rolesOf(member: string, { bindings }: z.infer<typeof Policy>): string[] {
  return bindings.filter(({ members }) => members.includes(member)).map(({ role }) => role);
}

async function asked(name: string, around: Around, look: (bucket: Bucket) => Promise<Verdict>): Promise<Verdict> {
  const { project } = around.config.settings;
  return asRetort(around, async ({ authClient }: Own) => {
    const storage = new Storage({ projectId: project, ...storageSettings, ...(authClient && { authClient }) });
    try {
      return await look(storage.bucket(name));
    } catch (error) {
      const code = Number((error as { code?: unknown } | undefined)?.code);
      if (code === 404) return noBucket(name, project);
      if (code === 403)
        return {
          is: 'wrong',
          said: 'Retort may not even look at it',
          run: grant(name, memberOf(around), `projects/${project}/roles/retortReader`),
        };
      return { is: 'unknown', said: `Cloud Storage did not answer${Number.isNaN(code) ? '' : ` (${code})`}` };
    }
  });
}

function grant(bucket: string, member: string, role: string): string {
  return `gcloud storage buckets add-iam-policy-binding gs://${bucket} --member ${member} --role ${role}`;
}

function noBucket(name: string, project: string): Verdict {
  return {
    is: 'wrong',
    said: 'there is no such bucket',
    run: `gcloud storage buckets create gs://${name} --uniform-bucket-level-access --project ${project}`,
  };
}
