import { z } from 'zod';
import { vertexAddress } from '../clients/google.ts';
import { iamClient } from '../clients/iam.ts';
import { quotasClient } from '../clients/quotas.ts';
import type { Accelerator, Recipe } from '../job/recipe.ts';
import { accelerators, hardware } from '../job/recipe.ts';
import type { Around } from './around.ts';
import { asRetort, bound, memberOf, refused } from './around.ts';
import { backends } from './recipes.ts';
import type { Check } from './verdict.ts';

/** Every permission on the project that Retort's calls ask for: those of each way of carrying out a job, and those that are needed whatever is distilled. */
export const permissions = {
  always: [
    'aiplatform.endpoints.get',
    'aiplatform.endpoints.list',
    'aiplatform.endpoints.predict',
    'aiplatform.endpoints.undeploy',
    'aiplatform.models.get',
    'aiplatform.models.list',
    // Jobs that belong to nobody are looked for among both kinds, whichever is on offer today.
    'aiplatform.pipelineJobs.list',
    'aiplatform.tuningJobs.list',
    'aiplatform.tensorboardRuns.list',
    'aiplatform.tensorboardTimeSeries.batchRead',
    'aiplatform.tensorboardTimeSeries.list',
    'aiplatform.tensorboardTimeSeries.read',
    'cloudkms.cryptoKeys.get',
    'cloudquotas.quotas.get',
    'datastore.entities.create',
    'datastore.entities.get',
    'datastore.entities.list',
    'datastore.entities.update',
  ],
  pipelineJobs: [
    'aiplatform.pipelineJobs.cancel',
    'aiplatform.pipelineJobs.create',
    'aiplatform.pipelineJobs.get',
    'aiplatform.tensorboardExperiments.list',
    'aiplatform.tensorboards.get',
    'aiplatform.tensorboards.list',
  ],
  tuningJobs: [
    'aiplatform.contexts.get',
    'aiplatform.tuningJobs.cancel',
    'aiplatform.tuningJobs.create',
    'aiplatform.tuningJobs.get',
  ],
} as const satisfies Record<'always' | Recipe['backend'], readonly string[]>;

const Held = z.looseObject({ permissions: z.array(z.string()).default([]) });
const service = 'aiplatform.googleapis.com';

/** Looks at what Retort may do in its project: its permissions, and where pipeline jobs are on offer Vertex AI where they tune, their account, TensorBoards and quotas. */
export function vertexChecks(around: Around): Check[] {
  const { settings } = around.config;
  if (!backends(around).has('pipelineJobs')) return [permissionsCheck(around)];
  return [
    permissionsCheck(around),
    ...accelerators.map(accelerator => regionCheck(accelerator, around)),
    ...(settings.serviceAccount ? [actCheck(settings.serviceAccount, around)] : []),
    ...Object.values(settings.tensorboards).flatMap(name => (name ? [tensorboardCheck(name, around)] : [])),
    ...accelerators.map(accelerator => quotaCheck(accelerator, around)),
  ];
}

function permissionsCheck(around: Around): Check {
  const { project } = around.config.settings;
  return {
    about: 'Retort has every permission it needs on the project',
    look: () =>
      asRetort(around, async ({ request }) => {
        const needed: string[] = [...permissions.always];
        for (const backend of backends(around)) needed.push(...permissions[backend]);
        const url = `${around.admin('cloudresourcemanager')}/v3/projects/${project}:testIamPermissions`;
        const outcome = await request({ url, method: 'POST', body: { permissions: needed }, answer: Held });
        if (outcome.is !== 'ok') return refused(outcome, { service: 'cloudresourcemanager.googleapis.com', project });
        const missing = needed.filter(permission => !outcome.body.permissions.includes(permission));
        if (!missing.length) return { is: 'fine', said: `${needed.length} permissions` };
        if (missing.length === needed.length) return { is: 'wrong', said: 'it has none', run: bound(around) };
        return {
          is: 'wrong',
          said: `${missing.join(', ')} missing`,
          run: `gcloud iam roles update retort --add-permissions ${missing.join(',')} --project ${project}`,
        };
      }),
  };
}

function regionCheck(accelerator: Accelerator, around: Around): Check {
  const { region } = hardware[accelerator];
  const { google, settings } = around.config;
  const { project } = settings;
  return {
    about: `Vertex AI answers in ${region}, where ${accelerator} tuning runs`,
    look: () =>
      asRetort(around, async ({ request }) => {
        const url = vertexAddress(`projects/${project}/locations/${region}/pipelineJobs`, {
          endpoint: google.vertexEndpoint,
        });
        const outcome = await request({ url, query: { pageSize: '1' }, answer: z.looseObject({}) });
        if (outcome.is === 'ok') return { is: 'fine' };
        const forbidden = { is: 'wrong', said: 'Retort may not list pipeline jobs', run: bound(around) } as const;
        return refused(outcome, { service, project, forbidden });
      }),
  };
}

function actCheck(serviceAccount: string, around: Around): Check {
  const { google, settings } = around.config;
  const { project } = settings;
  const [id = '', home = project] = serviceAccount.split(/[@.]/);
  return {
    about: `Retort may create pipeline jobs that run as ${serviceAccount}`,
    look: () =>
      asRetort(around, async ({ request }) => {
        const said = await iamClient({ request, endpoint: google.iamEndpoint }).actAs(serviceAccount);
        if (said.is === 'fine') return { is: 'fine' };
        if (said.is === 'wrong' && said.why === 'not-there')
          return {
            is: 'wrong',
            said: 'there is no such account',
            run: `gcloud iam service-accounts create ${id} --project ${home}`,
          };
        if (said.is === 'wrong')
          return {
            is: 'wrong',
            said: 'it may not act as it',
            run: `gcloud iam service-accounts add-iam-policy-binding ${serviceAccount} --member ${memberOf(around)} --role roles/iam.serviceAccountUser --project ${home}`,
          };
        return { is: 'unknown', said: 'IAM did not tell' };
      }),
  };
}

function tensorboardCheck(name: string, around: Around): Check {
  const { google, settings } = around.config;
  const { project } = settings;
  const [, region = ''] = /\/locations\/([^/]+)\//.exec(name) ?? [];
  return {
    about: `the TensorBoard instance of ${region} is there`,
    look: () =>
      asRetort(around, async ({ request }) => {
        const url = vertexAddress(name, { endpoint: google.vertexEndpoint });
        const outcome = await request({ url, answer: z.looseObject({ name: z.string() }) });
        if (outcome.is === 'ok') return { is: 'fine' };
        const run = `gcloud ai tensorboards create --display-name retort --region ${region} --project ${project}`;
        return refused(outcome, {
          service,
          project,
          missing: { is: 'wrong', said: 'there is none of this name', run },
        });
      }),
  };
}

function quotaCheck(accelerator: Accelerator, around: Around): Check {
  const { google, settings } = around.config;
  const { units, unit, region } = hardware[accelerator];
  const { project } = settings;
  return {
    about: `there is quota for a job on ${accelerator} in ${region}`,
    look: () =>
      asRetort(around, async ({ request }) => {
        const set = settings.capacity[accelerator];
        const quotas = quotasClient({ request, project, endpoint: google.quotasEndpoint, ids: google.quotaIds });
        const said = await quotas.capacity(accelerator);
        if (said.is === 'unlimited') return { is: 'fine', said: 'without a limit' };
        if (said.is === 'known' && said.units >= Math.max(units, set ?? 0))
          return { is: 'fine', said: `${said.units} ${unit}` };
        if (said.is === 'known')
          return {
            is: 'wrong',
            said: `${said.units} ${unit}, where ${Math.max(units, set ?? 0)} are counted on`,
            run: `open https://console.cloud.google.com/iam-admin/quotas?project=${project} and ask for more`,
          };
        if (said.why === 'no-right') return { is: 'wrong', said: 'Retort may not look at quotas', run: bound(around) };
        return {
          is: 'unknown',
          said:
            said.why === 'no-answer'
              ? 'Cloud Quotas did not answer'
              : 'Cloud Quotas lists none; is it as the settings say?',
        };
      }),
  };
}
