import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { variables } from '../src/config.ts';
import { permissions } from '../src/doctor/vertex.ts';
import type { RecipeId } from '../src/job/recipe.ts';
import { recipeOf } from '../src/job/recipe.ts';
import type { Indexes } from '../src/local/firestore/indexes.ts';
import { startFirestore } from '../src/local/firestore/server.ts';
import type { ProjectServer } from '../src/local/project/server.ts';
import { startProject } from '../src/local/project/server.ts';
import { declaredIndexes, startStandIns } from '../src/local/stack.ts';
import { wrongWith } from './gcloud.ts';

const root = new URL('..', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, root), 'utf8');
const region = 'europe-west4';
const account = 'retort@acme-ml.iam.gserviceaccount.com';
const lifecycle = (JSON.parse(read('manifests/dataset-lifecycle.json')) as object) ?? {};

const declared = await declaredIndexes();

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface DeploymentOptions {
  indexes?: Indexes;
  /** What the deployment is told besides, or otherwise. */
  more?(project: ProjectServer): Record<string, string>;
}

/** Everything outside the program as a deployment by the book has it, in the recommended form, and what a doctor is told of it. */
async function deployment({ indexes, more = () => ({}) }: DeploymentOptions = {}) {
  const firestore = { ...(await startFirestore({ indexes: indexes ?? declared })), name: 'embedded' };
  const world = await startStandIns({ firestore });
  const project = await startProject({ issued: world.tokens.issued, accessToken: world.tokens.accessToken });
  const health = createServer((_, response) => response.end('{}')).listen(0, '127.0.0.1');
  await once(health, 'listening');
  closing.push(firestore.close, world.close, project.close, async () => health.close());
  const at = `/v2/projects/acme-ml/locations/${region}/services`;
  const knocker = world.environment.POLL_SERVICE_ACCOUNT ?? '';
  const audience = world.environment.POLL_AUDIENCE ?? '';
  const told: Record<string, string> = {
    ...world.environment,
    DATASET_BUCKET: 'gs://acme-kept',
    DOORS: 'slack',
    RECIPES: 'palm',
    ...more(project),
  };
  world.storage.createBucket('acme-kept', { lifecycle });
  const secret = (variable: string, name: string) => {
    project.secret(`projects/acme-ml/secrets/${name}`, '3', told[variable] ?? '');
    return { name: variable, valueSource: { secretKeyRef: { secret: name, version: '3' } } };
  };
  const env = [
    secret('SLACK_BOT_TOKEN', 'retort-slack-bot-token'),
    secret('SLACK_SIGNING_SECRET', 'retort-slack-signing-secret'),
    ...Object.entries(told)
      .filter(([name]) => variables.includes(name) && !/^SLACK_(BOT|SIGNING)/.test(name))
      .map(([name, value]) => ({ name, value })),
  ];
  const service = (doors: string, rest: object) => ({
    uri: `http://127.0.0.1:${(health.address() as AddressInfo).port}`,
    template: {
      serviceAccount: account,
      scaling: { minInstanceCount: 1 },
      containers: [{ env: [...env.filter(({ name }) => name !== 'DOORS'), { name: 'DOORS', value: doors }] }],
    },
    ...rest,
  });
  const forSlack = service('slack', { invokerIamDisabled: true });
  const forKnocks = service('poll-behind-iam', {});
  const knock = {
    state: 'ENABLED',
    schedule: '* * * * *',
    httpTarget: { uri: `${audience}/poll`, oidcToken: { serviceAccountEmail: knocker, audience } },
    lastAttemptTime: '2026-11-24T20:00:00Z',
    status: {},
  };
  const invoker = (...members: string[]) => ({ bindings: [{ role: 'roles/run.invoker', members }] });
  const job = `/v1/projects/acme-ml/locations/${region}/jobs/retort-poll`;
  const fields = '/v1/projects/acme-ml/databases/(default)/collectionGroups/-/fields';
  const ttl = (...of: string[]) => ({
    fields: of.map(name => ({
      name: `projects/acme-ml/databases/(default)/collectionGroups/${name}/fields/expireAt`,
      ttlConfig: { state: 'ACTIVE' },
    })),
  });
  const policy = (role: string) => ({
    bindings: [{ role, members: [`serviceAccount:${world.environment.PIPELINE_SERVICE_ACCOUNT}`] }],
  });
  project.put('run', `${at}/retort`, forSlack);
  project.put('run', `${at}/retort-poll`, forKnocks);
  project.put('run', `${at}/retort-poll:getIamPolicy`, invoker(`serviceAccount:${knocker}`));
  project.put('cloudscheduler', job, knock);
  project.put('firestore', fields, ttl('inbox', 'notices'));
  project.put('storage', '/storage/v1/b/acme-pipelines/iam', policy('roles/storage.objectAdmin'));
  return {
    ...world,
    project,
    at,
    job,
    fields,
    forSlack,
    forKnocks,
    knock,
    invoker,
    ttl,
    policy,
    /** Runs the command, and reads what it says: how it ends, and what it found of each thing. */
    async doctor(args = ['--project', 'acme-ml', '--region', region], own: Record<string, string> = {}) {
      const child = spawn(process.execPath, ['src/doctor/main.ts', ...args], {
        cwd: root,
        env: {
          PATH: process.env.PATH,
          ...world.tokens.env,
          STORAGE_EMULATOR_HOST: world.environment.STORAGE_EMULATOR_HOST,
          FIRESTORE_EMULATOR_HOST: world.environment.FIRESTORE_EMULATOR_HOST,
          ADMIN_ENDPOINT: project.url,
          NODE_COMPILE_CACHE: join(tmpdir(), 'retort-doctor-compiled'),
          ...own,
        },
      });
      const ended = new Promise<number | null>(resolve => child.once('exit', resolve));
      const [said, wrong, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
      const found = [...said.matchAll(/^(fine|wrong|could not be checked): (.*)(?:\n {4}run: (.*))?$/gm)];
      return {
        code,
        said,
        wrong,
        not: found.filter(([, is]) => is !== 'fine').map(([, is, about = '', run]) => ({ is, about, run })),
      };
    },
  };
}
type Deployment = Awaited<ReturnType<typeof deployment>>;

describe('npm run doctor', () => {
  it('finds everything fine where a deployment is by the book', async () => {
    const { doctor } = await deployment();
    const { code, said, wrong, not } = await doctor();
    expect(wrong).toBe('');
    expect(not).toEqual([]);
    expect(code).toBe(0);
    expect(said).toMatch(/^Fine: \d\d\. Wrong: 0\. Could not be checked: 0\.$/m);
    for (const part of [
      'Slack takes',
      'every scope',
      'Vertex AI',
      'run as pipeline@',
      'quota',
      'Firestore',
      'Scheduler',
    ])
      expect(said).toMatch(new RegExp(`^fine: .*${part}`, 'm'));
    expect(said).not.toMatch(/xoxb|ya29|local-signing-secret/);
  });

  type Fault = [name: string, break_: (it: Deployment) => void, about: RegExp, run: RegExp];
  it.each<Fault>([
    [
      'a token that Slack does not take',
      it => it.project.secret('projects/acme-ml/secrets/retort-slack-bot-token', '3', 'xoxb-another'),
      /Slack takes the bot’s token: Slack says "invalid_auth"/,
      /gcloud secrets versions add retort-slack-bot-token/,
    ],
    ['a scope that is missing', it => it.slack.withhold('files:write'), /files:write is missing/, /slack-app\.json/],
    [
      'a permission on the project that is missing',
      it => it.project.withhold('aiplatform.pipelineJobs.create'),
      /aiplatform\.pipelineJobs\.create missing/,
      /gcloud iam roles update retort --add-permissions aiplatform\.pipelineJobs\.create/,
    ],
    [
      'no permission on the project at all',
      it => it.project.withhold(...Object.values(permissions).flat()),
      /it has none/,
      /gcloud projects add-iam-policy-binding acme-ml .* projects\/acme-ml\/roles\/retort/,
    ],
    [
      'a pipeline’s account that Retort may not act as',
      it => it.permissions.serviceAccount('pipeline@acme-ml.iam.gserviceaccount.com', []),
      /may not act as it/,
      /gcloud iam service-accounts add-iam-policy-binding pipeline@acme-ml/,
    ],
    [
      'datasets that cannot be written',
      it => it.storage.deny('acme-kept', 'storage.objects.create'),
      /storage\.objects\.create missing/,
      /roles\/storage\.objectCreator/,
    ],
    [
      'datasets that cannot be read',
      it => it.storage.deny('acme-kept', 'storage.objects.get'),
      /storage\.objects\.get missing/,
      /roles\/retortReader/,
    ],
    [
      'curves that cannot be read',
      it => it.storage.deny('acme-pipelines', 'storage.objects.list'),
      /read in gs:\/\/acme-pipelines: storage\.objects\.list missing/,
      /gs:\/\/acme-pipelines .*roles\/retortReader/,
    ],
    [
      'a pipeline’s account that may not write',
      it => it.project.put('storage', '/storage/v1/b/acme-pipelines/iam', { bindings: [] }),
      /has no role there/,
      /gs:\/\/acme-pipelines --member serviceAccount:pipeline@/,
    ],
    [
      'deliveries that are remembered for good',
      it => it.project.put('firestore', it.fields, it.ttl('notices')),
      /forgets inbox by itself: it has no TTL policy/,
      /firebase-tools@.* deploy --only firestore:indexes/,
    ],
    [
      'too little quota',
      it => it.quotas.set('RestrictedImageTrainingA10080GBGPUsPerProjectPerRegion', { limits: { 'us-central1': '4' } }),
      /quota for a job on GPU.*: 4 GPUs/,
      /iam-admin\/quotas/,
    ],
    ['quotas that cannot be seen', it => it.quotas.deny(), /may not look at quotas/, /roles\/retort/],
    [
      'a knock for another audience',
      it =>
        it.project.put('cloudscheduler', it.job, {
          ...it.knock,
          httpTarget: {
            ...it.knock.httpTarget,
            oidcToken: { ...it.knock.httpTarget.oidcToken, audience: 'https://x' },
          },
        }),
      /for "https:\/\/x"/,
      /gcloud scheduler jobs update http retort-poll .*--oidc-token-audience https:\/\/retort\.local/,
    ],
    [
      'a knock that is paused',
      it => it.project.put('cloudscheduler', it.job, { ...it.knock, state: 'PAUSED' }),
      /it is paused/,
      /gcloud scheduler jobs resume retort-poll/,
    ],
    ['no knock', it => it.project.put('cloudscheduler', it.job, undefined), /there is no job/, /scheduler-job\.json/],
    [
      'Cloud Scheduler not enabled',
      it => it.project.disable('cloudscheduler'),
      /not enabled/,
      /services enable cloudsch/,
    ],
    [
      'a CPU that is taken away',
      it => {
        const [container] = it.forSlack.template.containers;
        const containers = [{ ...container, resources: { cpuIdle: true } }];
        it.project.put('run', `${it.at}/retort`, { ...it.forSlack, template: { ...it.forSlack.template, containers } });
      },
      /its CPU is taken away/,
      /gcloud run services update retort --no-cpu-throttling/,
    ],
    [
      'no instance that is kept',
      it =>
        it.project.put('run', `${it.at}/retort`, {
          ...it.forSlack,
          template: { ...it.forSlack.template, scaling: {} },
        }),
      /no instance is kept/,
      /--min-instances 1/,
    ],
    [
      'a knock’s service that IAM does not guard',
      it => it.project.put('run', `${it.at}/retort-poll`, { ...it.forKnocks, invokerIamDisabled: true }),
      /takes tokens that nobody has checked/,
      /gcloud run services update retort-poll --invoker-iam-check/,
    ],
    [
      'a knock’s service that everyone may call',
      it => it.project.put('run', `${it.at}/retort-poll:getIamPolicy`, it.invoker('allUsers')),
      /everyone may call it/,
      /gcloud run services remove-iam-policy-binding retort-poll --member allUsers/,
    ],
    [
      'a knock’s service that the scheduler may not call',
      it => it.project.put('run', `${it.at}/retort-poll:getIamPolicy`, { bindings: [] }),
      /the scheduler may not/,
      /gcloud run services add-iam-policy-binding retort-poll/,
    ],
  ])('finds %s, and says which command mends it', async (_, break_, about, run) => {
    const it = await deployment();
    break_(it);
    const { code, not, wrong } = await it.doctor();
    expect(wrong).toBe('');
    const found = not.filter(({ is }) => is === 'wrong');
    expect(found.length).toBeGreaterThan(0);
    for (const one of found) {
      expect(one.about).toMatch(about);
      expect(one.run).toMatch(run);
      const command = one.run?.replace(/^.*?(?=gcloud )/, '') ?? '';
      if (command.startsWith('gcloud ')) expect(wrongWith(words(command))).toEqual([]);
    }
    expect(code).toBe(1);
  });

  // One of more fields makes faster what two indexes, merged, answer too.
  it.each(
    declared.indexes
      .filter(({ fields }) => fields.length === 2)
      .map(index => [JSON.stringify(index.fields), index] as const),
  )('finds that the index %s is missing', async (_, missing) => {
    const indexes = {
      ...declared,
      indexes: declared.indexes.filter(index => JSON.stringify(index) !== JSON.stringify(missing)),
    };
    const { doctor } = await deployment({ indexes });
    const { code, not } = await doctor();
    const found = not.filter(({ is }) => is === 'wrong');
    expect(found.length).toBeGreaterThan(0);
    for (const { about, run } of found) {
      expect(about).toMatch(/^Firestore finds .*: its index is missing/);
      expect(run).toMatch(/deploy --only firestore:indexes --config out\/manifests\/firebase\.json --project acme-ml/);
    }
    expect(code).toBe(1);
  });

  it('finds buckets that are not there, and channels and approvers that are not', async () => {
    const { doctor } = await deployment({
      more: () => ({
        DATASET_BUCKET: 'gs://acme-nowhere',
        ALARM_CHANNEL: 'C0NOWHERE',
        APPROVERS: 'U0NOBODY1,S0NOBODY1',
      }),
    });
    const { not } = await doctor();
    const wrong = not.filter(({ is }) => is === 'wrong').map(({ about }) => about);
    expect(wrong).toEqual([
      expect.stringMatching(/C0NOWHERE .*there is no such channel/),
      expect.stringMatching(/U0NOBODY1 .*there is no such person/),
      expect.stringMatching(/S0NOBODY1 .*there is no such person or user group/),
      expect.stringMatching(/acme-nowhere: there is no such bucket/),
      expect.stringMatching(/acme-nowhere .*: there is no such bucket/),
    ]);
  });

  it('finds a TensorBoard instance that is not there', async () => {
    const name = 'projects/123456789012/locations/europe-west4/tensorboards/404';
    const { doctor } = await deployment({ more: () => ({ TENSORBOARDS: `europe-west4=${name}` }) });
    const { not } = await doctor();
    expect(not).toEqual([
      { is: 'wrong', about: expect.stringContaining('there is none of this name'), run: expect.any(String) },
    ]);
    expect(wrongWith(words(not[0]?.run ?? ''))).toEqual([]);
  });

  it('finds that nothing deletes datasets', async () => {
    const { doctor } = await deployment({ more: () => ({ DATASET_BUCKET: 'gs://acme-retort' }) });
    const [found] = (await doctor()).not;
    expect(found).toMatchObject({ is: 'wrong', about: expect.stringContaining('no rule deletes them') });
    expect(wrongWith(words(found?.run ?? ''))).toEqual([]);
  });

  describe('where tuning jobs are on offer', () => {
    const agent = 'service-123456789012@gcp-sa-vertex-moss-ft.iam.gserviceaccount.com';
    const places = recipeOf('open-model').regions;
    const manager = '/v3/projects/acme-ml';
    const bucket = '/storage/v1/b/acme-pipelines';
    const listed = (place: string) => `/v1beta1/projects/acme-ml/locations/${place}/tuningJobs`;
    const tuner = { bindings: [{ role: 'roles/aiplatform.tuningServiceAgent', members: [`serviceAccount:${agent}`] }] };

    /** A deployment that offers these, with Vertex AI's answers as they are put there. */
    async function offering(...recipes: RecipeId[]) {
      const it = await deployment({
        more: ({ url }) => ({ RECIPES: recipes.join(','), VERTEX_ENDPOINT: url.replace('{service}', 'aiplatform') }),
      });
      for (const place of places) it.project.put('aiplatform', listed(place), { tuningJobs: [] });
      it.project.put('cloudresourcemanager', manager, { name: 'projects/123456789012', projectId: 'acme-ml' });
      it.project.put('cloudresourcemanager', `${manager}:getIamPolicy`, tuner);
      it.project.put('storage', bucket, { name: 'acme-pipelines', projectNumber: '123456789012' });
      return it;
    }

    it('finds everything fine that they take, and looks at nothing that pipeline jobs alone take', async () => {
      const it = await offering('open-model', 'gemini-tuning');
      // None of it concerns tuning jobs.
      it.project.withhold(...permissions.pipelineJobs);
      it.quotas.deny();
      it.permissions.serviceAccount('pipeline@acme-ml.iam.gserviceaccount.com', []);
      it.project.put('storage', `${bucket}/iam`, { bindings: [] });
      const { code, said, wrong, not } = await it.doctor();
      expect([wrong, not, code]).toEqual(['', [], 0]);
      for (const place of places) expect(said).toContain(`fine: Vertex AI lists tuning jobs in ${place}\n`);
      expect(said).toContain('fine: the experiments of tuning jobs can be read in us-central1\n');
      expect(said).toContain('fine: tuning jobs of open models may write in gs://acme-pipelines\n');
      expect(said).not.toMatch(/TPU|GPU|pipeline jobs|palm/);
    });

    it('looks at the places and folders of those on offer alone', async () => {
      const { said, code } = await (await offering('gemini-tuning')).doctor();
      expect(said.match(/lists tuning jobs in \S+/g)).toEqual(
        recipeOf('gemini-tuning').regions.map(region => `lists tuning jobs in ${region}`),
      );
      expect(said).not.toContain('open models');
      expect(code).toBe(0);
    });

    it('says of a recipe that it is retired, and of one with early access that only Google knows who is let in', async () => {
      const palm = await (await deployment()).doctor();
      expect(palm.said).toContain(
        'fine: palm is offered as what it is: retired, with new jobs refused since 2024-10-09 and its models gone since 2025-04-09\n',
      );
      const { code, not } = await (await offering('gemini-distillation')).doctor();
      expect(not).toEqual([
        {
          is: 'could not be checked',
          about: expect.stringContaining('Google has let acme-ml in to gemini-distillation: only a job tells'),
          run: undefined,
        },
      ]);
      expect(code).toBe(2);
    });

    type Fault = [name: string, break_: (it: Deployment) => void, about: RegExp, run: RegExp];
    it.each<Fault>([
      [
        'a permission that is missing',
        it => it.project.withhold('aiplatform.tuningJobs.create'),
        /aiplatform\.tuningJobs\.create missing/,
        /gcloud iam roles update retort --add-permissions aiplatform\.tuningJobs\.create/,
      ],
      [
        'tuning jobs and experiments that it may not look at',
        it => it.project.deny('aiplatform'),
        /Retort may not/,
        /gcloud projects add-iam-policy-binding acme-ml .* projects\/acme-ml\/roles\/retort/,
      ],
      [
        'Vertex AI not enabled',
        it => it.project.disable('aiplatform'),
        /aiplatform\.googleapis\.com is not enabled/,
        /gcloud services enable aiplatform\.googleapis\.com/,
      ],
      [
        'an output folder of another project that Google’s agent has no role in',
        it => it.project.put('storage', bucket, { name: 'acme-pipelines', projectNumber: '987654321098' }),
        /it is another project’s, and service-123456789012@gcp-sa-vertex-moss-ft/,
        /gs:\/\/acme-pipelines --member serviceAccount:service-123456789012@gcp-sa-vertex-moss-ft.* --role roles\/storage\.objectUser/,
      ],
      [
        'no bucket of the output folder',
        it => it.project.put('storage', `${bucket}/iam`, undefined),
        /there is no such bucket/,
        /gcloud storage buckets create gs:\/\/acme-pipelines/,
      ],
    ])('finds %s, and says which command mends it', async (_, break_, about, run) => {
      const it = await offering('open-model');
      break_(it);
      const { code, not } = await it.doctor();
      expect(not.length).toBeGreaterThan(0);
      for (const one of not) {
        expect(one).toMatchObject({
          is: 'wrong',
          about: expect.stringMatching(about),
          run: expect.stringMatching(run),
        });
        expect(wrongWith(words(one.run ?? ''))).toEqual([]);
      }
      expect(code).toBe(1);
    });

    it('finds fine that Google’s agent has a role in a bucket of another project', async () => {
      const it = await offering('open-model');
      it.project.put('storage', bucket, { name: 'acme-pipelines', projectNumber: '987654321098' });
      const members = [`serviceAccount:${agent}`];
      it.project.put('storage', `${bucket}/iam`, { bindings: [{ role: 'roles/storage.objectUser', members }] });
      expect(await it.doctor()).toMatchObject({ code: 0, not: [] });
    });

    it.each<[string, (it: Deployment) => void, RegExp]>([
      [
        'there was no tuning job yet, so that Google has made no agent',
        it => it.project.put('cloudresourcemanager', `${manager}:getIamPolicy`, { bindings: [] }),
        /service-123456789012@gcp-sa-vertex-moss-ft\S+ has no role yet/,
      ],
      ['the project tells nothing', it => it.project.put('cloudresourcemanager', manager, undefined), /status 404/],
      ['a bucket tells nothing', it => it.project.put('storage', bucket, undefined), /status 404/],
      ['Vertex AI is unwell', it => it.project.fail('aiplatform'), /status 503/],
    ])('could not check it where %s', async (_, break_, about) => {
      const it = await offering('open-model');
      break_(it);
      const { code, not } = await it.doctor();
      expect(not.length).toBeGreaterThan(0);
      for (const one of not)
        expect(one).toMatchObject({ is: 'could not be checked', about: expect.stringMatching(about) });
      expect(code).toBe(2);
    });
  });

  it('says what it does not know where it may not act as Retort, and how to be let', async () => {
    const it = await deployment();
    it.project.deny('iamcredentials');
    const { code, not } = await it.doctor();
    expect(not[0]).toMatchObject({ is: 'wrong', about: expect.stringContaining(`you may look as ${account}`) });
    expect(not[0]?.run).toContain('roles/iam.serviceAccountTokenCreator');
    expect(not.filter(({ about }) => /Retort’s own account can tell/.test(about)).length).toBeGreaterThan(10);
    expect(code).toBe(1);
  });

  it.each(['cloudscheduler', 'firestore', 'storage'])(
    'could not check what %s would tell, where it may not ask or gets no answer',
    async service => {
      for (const how of ['deny', 'fail'] as const) {
        const it = await deployment();
        it.project[how](service);
        const { code, not } = await it.doctor();
        expect(not.filter(({ is }) => is === 'wrong')).toEqual([]);
        expect(not.length).toBeGreaterThan(0);
        expect(code).toBe(2);
      }
    },
  );

  it('takes the environment’s configuration and the credentials at hand, where no project is named', async () => {
    const it = await deployment();
    const { code, not, wrong } = await it.doctor([], {
      ...it.environment,
      DATASET_BUCKET: 'gs://acme-kept',
      RECIPES: 'palm',
    });
    expect(wrong).toBe('');
    expect(not).toEqual([{ is: 'could not be checked', about: expect.stringContaining('--region'), run: undefined }]);
    expect(code).toBe(2);
  });

  it('says that there is no deployment, that a secret cannot be read, or what of a configuration is wrong', async () => {
    const it = await deployment();
    expect(await it.doctor(['--project', 'acme-ml', '--region', 'us-east1'])).toMatchObject({
      code: 1,
      wrong: 'The service "retort" cannot be looked at: there is none in us-east1 of acme-ml.\n',
    });
    expect(await it.doctor(['--project', 'acme-ml'])).toMatchObject({
      code: 1,
      wrong: expect.stringContaining('npm run doctor'),
    });
    it.project.put('secretmanager', '/v1/projects/acme-ml/secrets/retort-slack-bot-token/versions/3:access', undefined);
    expect(await it.doctor()).toMatchObject({
      code: 1,
      wrong: expect.stringMatching(/^SLACK_BOT_TOKEN cannot be read/),
    });
    expect(await it.doctor([])).toMatchObject({
      code: 1,
      wrong: expect.stringContaining('DATASET_BUCKET is required'),
    });
  });
});

/** The words of a command, as a shell would have them. */
function words(command: string): string[] {
  return [...command.replace(/^gcloud /, '').matchAll(/"([^"]*)"|(\S+)/g)].map(
    ([, quoted, plain]) => quoted ?? plain ?? '',
  );
}
