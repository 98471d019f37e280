import { z } from 'zod';
import type { Around } from './around.ts';
import { refused } from './around.ts';
import type { Service } from './deployed.ts';
import type { Check, Verdict } from './verdict.ts';

const Job = z.looseObject({
  state: z.string().optional(),
  schedule: z.string().optional(),
  httpTarget: z
    .looseObject({
      uri: z.string(),
      oidcToken: z.looseObject({ serviceAccountEmail: z.string(), audience: z.string().optional() }).optional(),
    })
    .optional(),
  lastAttemptTime: z.string().optional(),
  status: z.looseObject({ code: z.number().optional() }).optional(),
});
const Policy = z.looseObject({
  bindings: z.array(z.looseObject({ role: z.string(), members: z.array(z.string()).default([]) })).default([]),
});
const job = 'retort-poll';
const everyone = ['allUsers', 'allAuthenticatedUsers'];

/** A service that was found, by its name. */
export interface Found {
  name: string;
  service: Service;
}

/** Looks at the knock: that it comes, from whom and for whom Retort expects it, and at each service as it is deployed. */
export function knockChecks(around: Around, services: readonly Found[]): Check[] {
  return [
    schedulerCheck(around),
    ...services.flatMap(found => [settingsCheck(found, around), callersCheck(found, around)]),
    // Nobody but the scheduler may ask a guarded one, and how its knocks are answered Cloud Scheduler has told.
    ...services.filter(found => doorsOf(found) !== 'poll-behind-iam').map(healthCheck),
  ];
}

function schedulerCheck({ config, operator, admin, region }: Around): Check {
  const { project } = config.settings;
  const { audience, serviceAccount } = config.knock;
  return {
    about: 'Cloud Scheduler knocks, for our audience and as our account',
    async look() {
      if (!region) return { is: 'unknown', said: 'say where it is, with --region' };
      const url = `${admin('cloudscheduler')}/v1/projects/${project}/locations/${region}/jobs/${job}`;
      const outcome = await operator({ url, answer: Job });
      const at = `--location ${region} --project ${project}`;
      if (outcome.is !== 'ok') {
        const run =
          'npm run manifests, and then the command of the README that gives out/manifests/scheduler-job.json to Cloud Scheduler';
        const missing: Verdict = { is: 'wrong', said: `there is no job "${job}"`, run };
        return refused(outcome, { service: 'cloudscheduler.googleapis.com', project, missing });
      }
      const { state, schedule, httpTarget, status, lastAttemptTime } = outcome.body;
      const token = httpTarget?.oidcToken;
      const update = (...flags: string[]) => `gcloud scheduler jobs update http ${job} ${flags.join(' ')} ${at}`;
      if (token?.audience !== audience || token.serviceAccountEmail !== serviceAccount)
        return {
          is: 'wrong',
          said: `it knocks as "${token?.serviceAccountEmail ?? 'nobody'}" for "${token?.audience ?? 'its own address'}"; Retort expects "${serviceAccount}" and "${audience}"`,
          run: update('--oidc-service-account-email', serviceAccount, '--oidc-token-audience', audience),
        };
      if (new URL(httpTarget?.uri ?? 'http://nowhere').pathname !== '/poll')
        return { is: 'wrong', said: `it knocks at ${httpTarget?.uri}`, run: update('--uri', `${audience}/poll`) };
      if (schedule !== '* * * * *')
        return { is: 'wrong', said: `it knocks at "${schedule}"`, run: update('--schedule', '"* * * * *"') };
      if (state === 'PAUSED')
        return { is: 'wrong', said: 'it is paused', run: `gcloud scheduler jobs resume ${job} ${at}` };
      // A status without a code is that of success.
      const code = status?.code ?? 0;
      if (lastAttemptTime && code !== 0)
        return { is: 'unknown', said: `its last knock was not answered well (code ${code})` };
      return { is: 'fine', said: lastAttemptTime ? `last at ${lastAttemptTime}` : 'it has not knocked yet' };
    },
  };
}

function doorsOf({ service }: Found): string {
  return service.template.containers[0]?.env.find(({ name }) => name === 'DOORS')?.value ?? 'all';
}

function settingsCheck(found: Found, { config, region, account }: Around): Check {
  const { name, service } = found;
  const { project } = config.settings;
  const { template, scaling } = service;
  return {
    about: `${name} has a CPU when it needs one, and its own account`,
    async look() {
      const update = (flags: string) =>
        `gcloud run services update ${name} ${flags} --region ${region ?? 'REGION'} --project ${project}`;
      if (template.containers[0]?.resources?.cpuIdle)
        return { is: 'wrong', said: 'its CPU is taken away after an answer', run: update('--no-cpu-throttling') };
      const least = Math.max(template.scaling?.minInstanceCount ?? 0, scaling?.minInstanceCount ?? 0);
      if (doorsOf(found) !== 'poll-behind-iam' && least < 1)
        return {
          is: 'wrong',
          said: 'no instance is kept: Slack may wait for a start',
          run: update('--min-instances 1'),
        };
      if (account && template.serviceAccount !== account)
        return {
          is: 'wrong',
          said: `it runs as ${template.serviceAccount}`,
          run: update(`--service-account ${account}`),
        };
      return { is: 'fine' };
    },
  };
}

/** Where IAM is to guard the knock, only the scheduler may call; else everyone must be able to, as Slack has no identity. */
function callersCheck(found: Found, { config, operator, admin, region }: Around): Check {
  const { name, service } = found;
  const { project } = config.settings;
  const member = `serviceAccount:${config.knock.serviceAccount}`;
  const at = `--region ${region ?? 'REGION'} --project ${project}`;
  const guarded = doorsOf(found) === 'poll-behind-iam';
  return {
    about: guarded ? `${name} can be called by the scheduler alone` : `${name} can be called by Slack`,
    async look() {
      if (guarded && service.invokerIamDisabled)
        return {
          is: 'wrong',
          said: 'IAM does not guard it, and it takes tokens that nobody has checked',
          run: `gcloud run services update ${name} --invoker-iam-check ${at}`,
        };
      if (!guarded && service.invokerIamDisabled) return { is: 'fine' };
      const url = `${admin('run')}/v2/projects/${project}/locations/${region}/services/${name}:getIamPolicy`;
      const outcome = await operator({ url, answer: Policy });
      if (outcome.is !== 'ok') return refused(outcome, { service: 'run.googleapis.com', project });
      const callers = outcome.body.bindings
        .filter(({ role }) => role === 'roles/run.invoker')
        .flatMap(one => one.members);
      const isOpen = callers.some(caller => everyone.includes(caller));
      const binding = (verb: string, who: string) =>
        `gcloud run services ${verb}-iam-policy-binding ${name} --member ${who} --role roles/run.invoker ${at}`;
      if (!guarded)
        return isOpen
          ? { is: 'fine' }
          : {
              is: 'wrong',
              said: 'IAM turns Slack away',
              run: `gcloud run services update ${name} --no-invoker-iam-check ${at}`,
            };
      if (isOpen)
        return {
          is: 'wrong',
          said: 'everyone may call it',
          run: binding('remove', callers.find(caller => everyone.includes(caller)) ?? ''),
        };
      return callers.includes(member)
        ? { is: 'fine' }
        : { is: 'wrong', said: 'the scheduler may not', run: binding('add', member) };
    },
  };
}

function healthCheck({ name, service }: Found): Check {
  return {
    about: `${name} is well`,
    async look() {
      if (!service.uri) return { is: 'unknown', said: 'Cloud Run does not tell its address' };
      const { status } = await fetch(`${service.uri}/health`, {
        redirect: 'error',
        signal: AbortSignal.timeout(10_000),
      });
      return status === 200 ? { is: 'fine' } : { is: 'unknown', said: `it answered with status ${status}` };
    },
  };
}
