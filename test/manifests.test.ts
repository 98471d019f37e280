import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { readConfig, variables } from '../src/config.ts';
import { reads } from '../src/doctor/buckets.ts';
import { expiring } from '../src/doctor/firestore.ts';
import { scopes } from '../src/doctor/slack.ts';
import { permissions } from '../src/doctor/vertex.ts';
import { accelerators, hardware, recipeIds, recipeOf } from '../src/job/recipe.ts';
import { filledManifests, played, wrongWith } from './gcloud.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string) => readFileSync(`${root}/${file}`, 'utf8');
const files = readdirSync(`${root}/manifests`);
const readme = read('manifests/README.md');

/** What a deployment would put in the placeholders' places. */
const placeholders: Record<string, string> = {
  PROJECT: 'acme-ml',
  NUMBER: '123456789012',
  REGION: 'europe-west4',
  APPROVERS: 'U012ABCDE,S012ABCDE',
  IMAGE: 'europe-west4-docker.pkg.dev/acme-ml/retort/retort@sha256:0',
};

function fill(text: string): string {
  return text.replaceAll(/\$\{(\w+)\}/g, (all, name: string) => placeholders[name] ?? all);
}

/** The blocks of commands of a deployment, and the lines within sentences. */
const blocks = [
  ...read('README.md')
    .replace(/^[\s\S]*^## Deploying$/m, '')
    .matchAll(/```sh\n([\s\S]*?)```/g),
].map(([, block = '']) => block);

const { IMAGE: image = '', ...known } = placeholders;
const [oneService, twoServices] = [['--one-service'], []].map(form =>
  filledManifests([...form, '--image', image], known),
);

// ─── what the files look like ────────────────────────────────────────────────────────────────────────────────────────

const Variable = z.strictObject({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: z
    .strictObject({ secretKeyRef: z.strictObject({ name: z.string(), key: z.string().regex(/^[1-9]\d*$/) }) })
    .optional(),
});
const Probe = z.object({ httpGet: z.object({ path: z.string(), port: z.number() }) });
const Service = z.object({
  metadata: z.object({ name: z.string(), annotations: z.record(z.string(), z.string()) }),
  spec: z.object({
    template: z.object({
      metadata: z.object({ annotations: z.record(z.string(), z.string()) }),
      spec: z.object({
        serviceAccountName: z.string(),
        containerConcurrency: z.number(),
        timeoutSeconds: z.number(),
        containers: z.tuple([
          z.object({
            name: z.literal('retort'),
            image: z.string(),
            ports: z.tuple([z.object({ containerPort: z.number() })]),
            startupProbe: Probe,
            livenessProbe: Probe,
            env: z.array(Variable),
          }),
        ]),
      }),
    }),
  }),
});
const service = Service.parse(parse(fill(read('manifests/service.yaml')))).spec.template;
const [container] = service.spec.containers;

const ScheduledJob = z.strictObject({
  name: z.string(),
  description: z.string(),
  schedule: z.string(),
  timeZone: z.string(),
  attemptDeadline: z.string(),
  retryConfig: z.strictObject({ retryCount: z.number() }),
  httpTarget: z.strictObject({
    uri: z.url(),
    httpMethod: z.string(),
    oidcToken: z.strictObject({ serviceAccountEmail: z.email(), audience: z.string() }),
  }),
});
const scheduled = ScheduledJob.parse(JSON.parse(fill(read('manifests/scheduler-job.json'))));

const Order = z.enum(['ASCENDING', 'DESCENDING']);
const Scope = z.literal('COLLECTION');
const Indexes = z.strictObject({
  indexes: z.array(
    z.strictObject({
      collectionGroup: z.string(),
      queryScope: Scope,
      fields: z.array(z.strictObject({ fieldPath: z.string(), order: Order })).min(2),
    }),
  ),
  fieldOverrides: z.array(
    z.strictObject({
      collectionGroup: z.string(),
      fieldPath: z.string(),
      ttl: z.literal(true).optional(),
      indexes: z.array(z.strictObject({ order: Order, queryScope: Scope })),
    }),
  ),
});
const firestore = Indexes.parse(JSON.parse(read('manifests/firestore.indexes.json')));

const Iam = z.strictObject({
  accounts: z.record(z.string().regex(/^[a-z][a-z0-9-]{5,29}$/), z.string()),
  roles: z.record(
    z.string().regex(/^[\w.]{3,64}$/),
    z.strictObject({
      title: z.string().max(100),
      description: z.string().max(300),
      stage: z.literal('GA'),
      includedPermissions: z.array(z.string()),
    }),
  ),
  grants: z.array(
    z.strictObject({
      account: z.string(),
      role: z.string(),
      on: z.enum([
        'projects',
        'storage buckets',
        'secrets',
        'iam service-accounts',
        'artifacts repositories',
        'run services',
      ]),
      name: z.string(),
    }),
  ),
});
const iam = Iam.parse(parse(fill(read('manifests/iam.yaml'))));

const address = z.url({ protocol: /^https$/ }).max(3000);
/** Slack's manifest, as far as Retort uses it, with the limits of its published schema 2.0.0 (https://github.com/slackapi/manifest-schema/blob/main/schemas/manifest.schema.2.0.0.json), in which every object is closed. */
const SlackApp = z.strictObject({
  _metadata: z.strictObject({ major_version: z.literal(2), minor_version: z.literal(1) }),
  display_information: z.strictObject({
    name: z.string().min(1).max(35),
    description: z.string().max(140),
    long_description: z.string().min(175).max(4000),
    background_color: z.string().regex(/^#([0-9a-f]{3}|[0-9a-f]{6})$/i),
  }),
  features: z.strictObject({
    app_home: z.strictObject({
      home_tab_enabled: z.boolean(),
      messages_tab_enabled: z.boolean(),
      messages_tab_read_only_enabled: z.boolean(),
    }),
    bot_user: z.strictObject({ display_name: z.string().max(80), always_online: z.boolean() }),
    slash_commands: z
      .array(
        z.strictObject({
          command: z.string().startsWith('/').max(32),
          url: address,
          description: z.string().max(2000),
          usage_hint: z.string().max(1000),
          should_escape: z.boolean(),
        }),
      )
      .max(50),
  }),
  oauth_config: z.strictObject({ scopes: z.strictObject({ bot: z.array(z.string().max(50)).max(255) }) }),
  settings: z.strictObject({
    event_subscriptions: z.strictObject({ request_url: address, bot_events: z.array(z.string().max(50)).max(100) }),
    interactivity: z.strictObject({
      is_enabled: z.literal(true),
      request_url: address,
      message_menu_options_url: address,
    }),
    org_deploy_enabled: z.boolean(),
    socket_mode_enabled: z.literal(false),
    token_rotation_enabled: z.literal(false),
  }),
});
const slackApp = SlackApp.parse(JSON.parse(fill(read('manifests/slack-app.json'))));

const Build = z.object({
  steps: z.array(
    z.strictObject({ id: z.string(), name: z.string(), script: z.string(), env: z.array(z.string()).default([]) }),
  ),
  artifacts: z.strictObject({ objects: z.strictObject({ location: z.string(), paths: z.array(z.string()) }) }),
  serviceAccount: z.string(),
  substitutions: z.record(z.string(), z.string()),
});
const build = Build.parse(parse(read('cloudbuild.yaml')));

// ─── placeholders, and the commands of the README ────────────────────────────────────────────────────────────────────

describe('placeholders', () => {
  const manifests = files.filter(file => !/^README\.md$|\.ts$/.test(file));
  const used = manifests.flatMap(file => [...read(`manifests/${file}`).matchAll(/\$\{?\w+\}?/g)].map(([all]) => all));

  it('have one form, and the README explains each of them and no other', () => {
    const explained = [...readme.matchAll(/^\| `(\$\{\w+\})` \|/gm)].map(([, name]) => name);
    expect(new Set(used)).toEqual(new Set(explained));
    expect(new Set(used)).toEqual(new Set(Object.keys(placeholders).map(name => `\${${name}}`)));
  });

  it('are all filled by the command of the README, in either form', () => {
    for (const { status, stderr, files } of [oneService, twoServices].map(form => form!)) {
      expect([status, stderr]).toEqual([0, '']);
      expect(Object.keys(files).length).toBeGreaterThan(20);
      // Of a shell's own kind there is one, which says of itself where it is not set.
      const left = Object.values(files).flatMap(text => text.match(/\$\{\w+\}/g) ?? []);
      expect(left).toEqual([]);
    }
  });

  it.each(Object.keys(known))('are not filled where %s is not set: it is named', name => {
    const { status, stderr } = filledManifests([], { ...known, [name]: undefined });
    expect([status, stderr]).toEqual([1, expect.stringContaining(`${name} is not set`)]);
  });

  it('need no image but for the services, which are left out without one', () => {
    const { status, files } = filledManifests([], known);
    const services = ['retort.yaml', 'retort-poll.yaml'];
    expect(status).toBe(0);
    expect(Object.keys(files)).toEqual(Object.keys(twoServices?.files ?? {}).filter(file => !services.includes(file)));
  });
});

describe('the README of the manifests', () => {
  it('names every file', () => {
    const named = [...readme.matchAll(/`([\w.-]+\.(?:json|yaml))`/g)].map(([, name]) => name);
    for (const file of files.filter(name => !/^README\.md$|\.ts$/.test(name))) expect(named).toContain(file);
  });

  it('names no file of out/manifests that is not written there', () => {
    const named = [...read('README.md').matchAll(/out\/manifests\/([\w.-]+\w)/g)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(5);
    for (const name of named) expect(Object.keys(twoServices?.files ?? {})).toContain(name);
  });

  const inSentences = [...`${read('README.md')}${readme}`.matchAll(/`(gcloud [^`]+)`/g)].map(
    ([, command = '']) => command,
  );
  const calls = [...blocks, ...inSentences.map(command => `${command} < /dev/null`)].flatMap(block => {
    // The scripts that it runs are looked at by themselves.
    const script = block.replaceAll(/^sh -e .*$/gm, '');
    const { status, stderr, calls } = played(script, {
      env: { ...known, CHANNEL: 'projects/acme-ml/notificationChannels/1' },
      answers: { 'projects describe': '123456789012', 'get-value account': 'ada@acme.example', 'channels create': '1' },
      input: 'a secret\nanother\n',
    });
    expect([status, stderr.replaceAll(/(bot-token|signing-secret): /g, '')]).toEqual([0, '']);
    return calls;
  });

  it('calls gcloud as its reference has it', () => {
    const ofGcloud = calls.filter(([name]) => name === 'gcloud').map(([, ...words]) => words);
    expect(ofGcloud.length).toBeGreaterThan(10);
    expect(ofGcloud.flatMap(wrongWith)).toEqual([]);
  });

  it.each(['access.sh', 'invoker.sh', 'alerts.sh'])('runs %s, which calls gcloud as its reference has it', file => {
    const script = twoServices?.files[file]?.replace(/^cd .*$/m, '') ?? '';
    const env = { CHANNEL: 'projects/acme-ml/notificationChannels/1' };
    // Where nothing is there yet, and where everything is.
    for (const answers of [{}, { ' describe ': 'something' }] as Record<string, string>[]) {
      const { status, stderr, calls } = played(script, { env, answers, shell: 'sh' });
      expect([status, stderr]).toEqual([0, '']);
      expect(calls.length).toBeGreaterThan(0);
      expect(calls.flatMap(([, ...words]) => wrongWith(words))).toEqual([]);
    }
  });

  it('makes each alert once, and tries again while a new metric is not known yet', () => {
    const env = { CHANNEL: 'projects/acme-ml/notificationChannels/1' };
    const script = (twoServices?.files['alerts.sh'] ?? '').replace(/^cd .*$/m, '').replaceAll('sleep 15', 'true');
    const made = (answers: Record<string, string>, before = '') =>
      played(before + script, { env, answers, shell: 'sh' }).calls.filter(([, ...words]) =>
        words.join(' ').startsWith('monitoring policies create'),
      ).length;
    expect(made({})).toBe(alerts.length);
    expect(made({ 'policies list': alerts.map(({ displayName }) => displayName).join('\n') })).toBe(0);
    const failing = 'tries=0; gcloud() { command gcloud "$@"; tries=$((tries + 1)); [ "$((tries % 3))" = 0 ]; }\n';
    expect(made({ ' describe ': 'something', ' list ': 'something' }, `${failing}set +e\n`)).toBeGreaterThan(
      alerts.length,
    );
  });

  it('makes each account, role and grant, and changes a role that is there already', () => {
    const run = (answers: Record<string, string>) =>
      played(twoServices?.files['access.sh'] ?? '', { answers, shell: 'sh' }).calls.map(call => call.join(' '));
    const [fresh, again] = [run({}), run({ ' describe ': 'something' })];
    const { accounts, roles, grants } = iam;
    const count = (calls: string[], part: RegExp) => calls.filter(call => part.test(call)).length;
    expect(count(fresh, /service-accounts create /)).toBe(Object.keys(accounts).length);
    expect(count(fresh, /roles create /)).toBe(Object.keys(roles).length);
    expect(count(again, / create /)).toBe(0);
    expect(count(again, /roles update /)).toBe(Object.keys(roles).length);
    for (const calls of [fresh, again])
      expect(count(calls, /add-iam-policy-binding/)).toBe(grants.filter(({ on }) => on !== 'run services').length);
    expect(fresh).toContain(
      'gcloud storage buckets add-iam-policy-binding gs://acme-ml-retort-datasets --member serviceAccount:retort@acme-ml.iam.gserviceaccount.com --role roles/storage.objectCreator --condition None --project acme-ml',
    );
  });

  it('gives the scheduler alone the right to call the service of the knock, where there is one', () => {
    expect(twoServices?.files['invoker.sh']).toBe(
      'gcloud run services add-iam-policy-binding retort-poll --member serviceAccount:scheduler@acme-ml.iam.gserviceaccount.com --role roles/run.invoker --region europe-west4 --project acme-ml\n',
    );
    expect(oneService?.files['invoker.sh']).toBeUndefined();
  });

  it('says of every scope what it is for, and of no other', () => {
    const rows = [...readme.matchAll(/^\| ((?:`[a-z.]+(?::[a-z]+)?`(?:, )?)+) \| (.+) \|$/gm)];
    const named = rows.flatMap(([, scopes = '']) => [...scopes.matchAll(/`([^`]+)`/g)].map(([, name]) => name));
    expect(named.filter(name => !name?.includes('.')).sort()).toEqual([...slackApp.oauth_config.scopes.bot].sort());
  });
});

describe('the README', () => {
  const numerals = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight'];
  const rows = [...read('README.md').matchAll(/^\| \[`([a-z-]+)`\]\((https:\S+)\) \| (.+) \|$/gm)];

  it('has a row for every recipe, in the order in which they are offered, with the page that it is from', () => {
    expect(rows.map(([, id, page]) => [id, page])).toEqual(recipeIds.map(id => [id, recipeOf(id).page]));
  });

  it.each(recipeIds)('says where %s runs, how, and what is to be known of it', id => {
    const { backend, regions, retired, earlyAccess, ...recipe } = recipeOf(id);
    const [, , , row = ''] = rows.find(([, named]) => named === id) ?? [];
    const places = backend === 'pipelineJobs' ? accelerators.map(name => hardware[name].region) : regions;
    const counted = /`global` or one of (\w+) regions/.exec(row)?.[1];
    if (counted) expect(places).toHaveLength(1 + numerals.indexOf(counted));
    else for (const place of places) expect(row).toContain(`\`${place}\``);
    expect(row).toContain(backend === 'pipelineJobs' ? 'a pipeline job' : 'a tuning job');
    expect(row).toContain(`(\`${'version' in recipe ? recipe.version : 'v1'}\`)`);
    expect(/Early access/.test(row)).toBe(earlyAccess === true);
    expect(row.match(/\d{4}-\d\d-\d\d/g) ?? []).toEqual(retired ? [retired.newJobs, retired.models] : []);
    expect(/weights/.test(row)).toBe('weights' in recipe && recipe.weights !== undefined);
  });

  it('says what the recipes on offer are by default', () => {
    const [, named = ''] = /^\| `RECIPES` \| (.*) \|$/m.exec(read('README.md')) ?? [];
    expect([...named.matchAll(/`([a-z-]+)`/g)].map(([, id]) => id)).toEqual(recipeIds);
  });
});

// ─── Cloud Run ───────────────────────────────────────────────────────────────────────────────────────────────────────

const given = Object.fromEntries(container.env.map(({ name, value }) => [name, value ?? 'a secret']));

describe('the service', () => {
  /** The variables that are commented out, with the values that hold while they are. */
  const commented = Variable.array().parse(
    parse(
      read('manifests/service.yaml')
        .split('\n')
        .flatMap(line => /^ *# (- name: .*| {2}value: .*)$/.exec(line)?.[1] ?? [])
        .join('\n'),
    ),
  );

  it('names every variable of config.ts once, and no other', () => {
    const named = [...container.env, ...commented].map(({ name }) => name);
    expect(named.toSorted()).toEqual(variables.toSorted());
  });

  it('has every variable of config.ts explained in the README, and the README no other', () => {
    const rows = [...read('README.md').matchAll(/^\| ((?:`[A-Z][A-Z_]+`(?:, )?)+) \|/gm)];
    const named = rows.flatMap(([, names = '']) => [...names.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name));
    expect(named.toSorted()).toEqual(variables.toSorted());
  });

  it('gives what Retort needs to start', () => {
    expect(readConfig(given).settings).toMatchObject({
      project: 'acme-ml',
      pipelineRoot: 'gs://acme-ml-retort-pipelines/runs',
      datasetBucket: 'acme-ml-retort-datasets',
      approvers: ['U012ABCDE', 'S012ABCDE'],
    });
  });

  // Retort starts without this one, but its own rights reach no further than the account it names.
  const recommended = 'PIPELINE_SERVICE_ACCOUNT';
  const needed = container.env.map(({ name }) => name).filter(name => name !== recommended);

  it('proposes the account that Retort may act as', () => {
    expect(readConfig(given).settings.serviceAccount).toBe('pipeline@acme-ml.iam.gserviceaccount.com');
  });

  it.each(needed)('gives %s because Retort does not start without it', name => {
    const { [name]: _, ...others } = given;
    expect(() => readConfig(others)).toThrow(name);
  });

  it.each(commented.map(({ name, value }) => [name, value]))(
    'shows what holds while %s is unset: "%s"',
    (name, value) => {
      expect(readConfig({ ...given, [name!]: value })).toEqual(readConfig(given));
    },
  );

  it('takes every secret from Secret Manager, at a version that does not move', () => {
    const secret = container.env.filter(({ name }) => /TOKEN|SECRET/.test(name));
    expect(secret.map(({ valueFrom }) => valueFrom?.secretKeyRef.key)).toEqual(['1', '1']);
  });

  it('is probed where Retort says that it is well, on the port it listens on', () => {
    const { containerPort } = container.ports[0];
    expect(containerPort).toBe(readConfig(given).port);
    for (const { httpGet } of [container.startupProbe, container.livenessProbe])
      expect(httpGet).toEqual({ path: '/health', port: containerPort });
  });

  it('has one instance at least, always with a CPU, and an account of its own', () => {
    expect(service.metadata.annotations).toMatchObject({
      'autoscaling.knative.dev/minScale': '1',
      'run.googleapis.com/cpu-throttling': 'false',
      'run.googleapis.com/startup-cpu-boost': 'true',
    });
    expect(service.spec).toMatchObject({
      containerConcurrency: 80,
      serviceAccountName: 'retort@acme-ml.iam.gserviceaccount.com',
    });
  });
});

describe('two services', () => {
  const parsed = (file: string) => Service.parse(parse(twoServices?.files[file] ?? ''));
  const [forSlack, forKnocks] = [parsed('retort.yaml'), parsed('retort-poll.yaml')];
  const environment = ({ spec }: typeof forSlack) =>
    Object.fromEntries(spec.template.spec.containers[0].env.map(({ name, value }) => [name, value ?? 'a secret']));
  const knock = ScheduledJob.parse(JSON.parse(twoServices?.files['scheduler-job.json'] ?? ''));

  it('are one image, one account, and one configuration but for the doors', () => {
    expect(forKnocks.spec.template.spec.serviceAccountName).toBe(forSlack.spec.template.spec.serviceAccountName);
    expect(forKnocks.spec.template.spec.containers[0].image).toBe(image);
    expect(environment(forKnocks)).toEqual({ ...environment(forSlack), DOORS: 'poll-behind-iam' });
    expect(environment(forSlack)).toEqual({
      ...given,
      DOORS: 'slack',
      POLL_AUDIENCE: 'https://retort-poll-123456789012.europe-west4.run.app',
    });
  });

  it('leave who may call to Retort where Slack calls, and to IAM where the scheduler does', () => {
    expect(forSlack.metadata.annotations).toMatchObject({ 'run.googleapis.com/invoker-iam-disabled': 'true' });
    expect(forKnocks.metadata.annotations).toMatchObject({
      'run.googleapis.com/invoker-iam-disabled': 'false',
      'run.googleapis.com/ingress': 'internal',
    });
    expect(readConfig(environment(forSlack)).doors).toEqual({ slack: true, poll: false });
    expect(readConfig(environment(forKnocks))).toMatchObject({
      doors: { slack: false, poll: true },
      knock: { behindIam: true },
    });
  });

  it('keep their CPU, as either may work on', () => {
    for (const { spec } of [forSlack, forKnocks])
      expect(spec.template.metadata.annotations).toMatchObject({ 'run.googleapis.com/cpu-throttling': 'false' });
  });

  it('are knocked at where they expect it', () => {
    const { POLL_AUDIENCE, POLL_SERVICE_ACCOUNT } = environment(forKnocks);
    expect(knock.httpTarget).toEqual({
      uri: `${POLL_AUDIENCE}/poll`,
      httpMethod: 'POST',
      oidcToken: { audience: POLL_AUDIENCE, serviceAccountEmail: POLL_SERVICE_ACCOUNT },
    });
    expect(new URL(POLL_AUDIENCE ?? '').host).toMatch(new RegExp(`^${forKnocks.metadata.name}-123456789012\\.`));
  });

  it('are one service in the simple form, as service.yaml has it', () => {
    expect(Service.parse(parse(oneService?.files['retort.yaml'] ?? '')).spec.template).toEqual(service);
    expect(oneService?.files['retort-poll.yaml']).toBeUndefined();
    expect(JSON.parse(oneService?.files['scheduler-job.json'] ?? '')).toEqual(scheduled);
  });
});

describe('doors', () => {
  const app = read('src/app.ts');
  const paths = [...app.matchAll(/path: '([^']+)', method: '(\w+)'/g)].map(([, path, method]) => `${method} ${path}`);
  const { features, settings } = slackApp;

  it('are those that app.ts opens, each asked for by somebody', () => {
    const { uri, httpMethod } = scheduled.httpTarget;
    const asked = [
      `${httpMethod} ${new URL(uri).pathname}`,
      `GET ${container.startupProbe.httpGet.path}`,
      ...[
        ...features.slash_commands.map(({ url }) => url),
        settings.event_subscriptions.request_url,
        settings.interactivity.request_url,
        settings.interactivity.message_menu_options_url,
      ].map(url => `POST ${new URL(url).pathname}`),
    ];
    expect(new Set(asked)).toEqual(new Set(paths));
  });

  it('are all on the service', () => {
    const urls = [...JSON.stringify([slackApp, scheduled]).matchAll(/https:\/\/[^/"]+/g)].map(([url]) => url);
    expect(new Set(urls)).toEqual(new Set(['https://retort-123456789012.europe-west4.run.app']));
  });

  it('for commands and events are what app.ts listens to', () => {
    const heard = (door: string) => [...app.matchAll(new RegExp(`app\\.${door}\\('([^']+)'`, 'g'))].map(([, it]) => it);
    expect(features.slash_commands.map(({ command }) => command)).toEqual(heard('command'));
    expect(settings.event_subscriptions.bot_events).toEqual(heard('event'));
  });

  it('understand every word of the usage hint', () => {
    const words = features.slash_commands.flatMap(({ usage_hint }) => usage_hint.match(/(?<=[[|] ?)[a-z]+/g) ?? []);
    expect(words).not.toEqual([]);
    for (const word of words) expect(app).toMatch(new RegExp(`^ {4}${word}: `, 'm'));
  });
});

// ─── Cloud Scheduler ─────────────────────────────────────────────────────────────────────────────────────────────────

describe('the knock', () => {
  const value = (name: string) => container.env.find(variable => variable.name === name)?.value;

  it('comes every minute, and is not repeated before the next', () => {
    expect(scheduled).toMatchObject({
      name: 'projects/acme-ml/locations/europe-west4/jobs/retort-poll',
      schedule: '* * * * *',
      retryConfig: { retryCount: 0 },
    });
  });

  it('waits for as long as a request may take', () => {
    expect(scheduled.attemptDeadline).toBe(`${service.spec.timeoutSeconds}s`);
  });

  it('shows the audience and the e-mail address that Retort expects', () => {
    expect(scheduled.httpTarget.oidcToken).toEqual({
      audience: value('POLL_AUDIENCE'),
      serviceAccountEmail: value('POLL_SERVICE_ACCOUNT'),
    });
  });
});

// ─── Firestore ───────────────────────────────────────────────────────────────────────────────────────────────────────

interface Shape {
  of: string;
  /** Fields that are compared for equality. */
  equal: string[];
  /** The field that is compared otherwise, and by which the result is ordered. */
  by: string;
  order: z.infer<typeof Order>;
  /** It has one index for all of that: one of its equalities is with any of several values. */
  whole?: true;
}

/** Every query of Firestore's clients. */
const shapes: Shape[] = [
  { of: 'jobs', equal: [], by: 'job.createdAt', order: 'DESCENDING' },
  { of: 'jobs', equal: ['job.requester.user'], by: 'job.createdAt', order: 'DESCENDING' },
  { of: 'jobs', equal: ['job.spec.modelName'], by: 'job.createdAt', order: 'DESCENDING' },
  { of: 'jobs', equal: ['job.state'], by: 'job.createdAt', order: 'DESCENDING' },
  { of: 'jobs', equal: ['job.requester.user', 'job.spec.modelName'], by: 'job.createdAt', order: 'DESCENDING' },
  {
    of: 'jobs',
    equal: ['job.requester.user', 'job.state'],
    by: 'job.createdAt',
    order: 'DESCENDING',
    whole: true,
  },
  { of: 'jobs', equal: [], by: 'due', order: 'ASCENDING' },
  { of: 'posts', equal: [], by: 'sequence', order: 'ASCENDING' },
  { of: 'notices', equal: [], by: 'due', order: 'ASCENDING' },
  { of: 'audit', equal: ['job'], by: 'at', order: 'ASCENDING' },
];

describe('indexes', () => {
  const source = ['firestore', 'firestore-notices'].map(name => read(`src/clients/${name}.ts`)).join('\n');

  /** How a field is indexed by itself: as the nearest override says, or else both ways. */
  function single(of: string, field: string): string[] {
    const overrides = firestore.fieldOverrides
      .filter(({ collectionGroup, fieldPath }) => collectionGroup === of && `${field}.`.startsWith(`${fieldPath}.`))
      .toSorted((a, b) => b.fieldPath.length - a.fieldPath.length);
    return overrides[0]?.indexes.map(({ order }) => order) ?? [...Order.options];
  }

  // Several equalities are served by merging one index for each (cloud.google.com/firestore/native/docs/query-data/index-overview#taking_advantage_of_index_merging).
  const needed = (shape: Shape) =>
    (shape.whole ? [shape.equal] : shape.equal.map(field => [field])).map(fields => ({
      collectionGroup: shape.of,
      queryScope: 'COLLECTION',
      fields: [
        ...fields.map(fieldPath => ({ fieldPath, order: 'ASCENDING' })),
        { fieldPath: shape.by, order: shape.order },
      ],
    }));

  it('are known for every condition and order that the clients ask for', () => {
    const conditions = [...source.matchAll(/\.(where|orderBy)\(/g)];
    const understood = [
      ...[...source.matchAll(/\.where\('([^']+)', '(?:==|in)', /g)].map(([, field]) => `${field} ==`),
      ...[...source.matchAll(/\.where\('([^']+)', '[<>]=?', /g)].map(([, field]) => `${field} range`),
      ...[...source.matchAll(/\.orderBy\('([^']+)'(, 'desc')?\)/g)].map(([, field, desc]) =>
        desc ? `${field} DESCENDING` : `${field} ASCENDING`,
      ),
    ];
    expect(understood).toHaveLength(conditions.length);
    const listed = shapes.flatMap(({ equal, by, order }) => [...equal.map(field => `${field} ==`), `${by} ${order}`]);
    expect(new Set(understood.filter(condition => !condition.endsWith(' range')))).toEqual(new Set(listed));
    for (const condition of understood.filter(text => text.endsWith(' range')))
      expect(shapes.map(({ by }) => `${by} range`)).toContain(condition);
  });

  it.each(shapes)('serve $of where $equal, by $by $order', shape => {
    if (shape.equal.length) expect(firestore.indexes).toEqual(expect.arrayContaining(needed(shape)));
    else expect(single(shape.of, shape.by)).toContain(shape.order);
  });

  it('are none that no query needs', () => {
    expect(shapes.flatMap(needed)).toEqual(expect.arrayContaining(firestore.indexes));
    for (const { collectionGroup: of, fieldPath, indexes } of firestore.fieldOverrides)
      for (const { order } of indexes) expect(shapes).toContainEqual({ of, equal: [], by: fieldPath, order });
  });

  it('leave out what grows with a job, its messages and the quota, which may be more than a document may have entries', () => {
    for (const [of, field] of [
      ['jobs', 'job.curves.train_total_loss'],
      ['posts', 'post.report'],
      ['ledgers', 'held.abc'],
      ['ledgers', 'waiting.abc'],
    ] as const)
      expect(single(of, field)).toEqual([]);
  });

  it('forget deliveries and notices when they expire, and nothing else', () => {
    const expiring = firestore.fieldOverrides.filter(({ ttl }) => ttl);
    expect(expiring).toEqual(
      ['inbox', 'notices'].map(of => ({ collectionGroup: of, fieldPath: 'expireAt', ttl: true, indexes: [] })),
    );
    expect(source).toMatch(/create\(inboxOf\(inbox\), \{[^}]*\bexpireAt: new Date\(/);
    expect(source).toMatch(/const kept = \{[^}]*\bexpireAt: new Date\(/);
  });

  it('are found by firebase.json', () => {
    expect(JSON.parse(read('manifests/firebase.json'))).toEqual({ firestore: { indexes: 'firestore.indexes.json' } });
  });
});

// ─── datasets ────────────────────────────────────────────────────────────────────────────────────────────────────────

describe('datasets', () => {
  const { rule } = JSON.parse(read('manifests/dataset-lifecycle.json')) as {
    rule: { action: { type: string }; condition: { age: number; matchesPrefix: string[] } }[];
  };

  it('that were uploaded or mended are deleted after as long as the README says, and no others', () => {
    expect(rule).toEqual([{ action: { type: 'Delete' }, condition: { age: 90, matchesPrefix: ['retort/'] } }]);
    const written = ['steps/submit.ts', 'job/remedy.ts'].map(file => read(`src/${file}`)).join('\n');
    const places = [...written.matchAll(/`gs:\/\/\$\{(?:datasetBucket|where\.bucket)\}\/([^$]+)\$/g)].map(
      ([, it]) => it,
    );
    expect(new Set(places)).toEqual(new Set(rule[0]?.condition.matchesPrefix));
    expect(read('README.md')).toContain(`${rule[0]?.condition.age} days`);
  });
});

// ─── Slack ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The scopes that each method of the Web API asks for (docs.slack.dev/reference/methods); public and private channels have one each. */
const scopesOf: Record<string, string[]> = {
  'auth.test': [],
  'bots.info': ['users:read'],
  'chat.postEphemeral': ['chat:write'],
  'chat.postMessage': ['chat:write'],
  'chat.update': ['chat:write'],
  'conversations.history': ['channels:history', 'groups:history'],
  'conversations.info': ['channels:read', 'groups:read'],
  'conversations.replies': ['channels:history', 'groups:history'],
  'files.completeUploadExternal': ['files:write'],
  'files.delete': ['files:write'],
  'files.getUploadURLExternal': ['files:write'],
  'files.info': ['files:read'],
  'usergroups.users.list': ['usergroups:read'],
  'users.info': ['users:read'],
  'views.open': [],
  'views.publish': [],
  'views.update': [],
};

describe('scopes', () => {
  const source = read('src/clients/slack.ts');
  const called = [...source.matchAll(/\b(?:clicks|background|client)\.([a-z]+(?:\.[a-zA-Z]+)+)\(/g)].map(
    ([, it]) => it!,
  );

  it('are known for every method that clients/slack.ts calls, and for no other', () => {
    expect(new Set(called)).toEqual(new Set(Object.keys(scopesOf)));
  });

  it('are those of the methods and of the command, and no more', () => {
    const needed = new Set([...called.flatMap(method => scopesOf[method] ?? []), 'commands']);
    expect(slackApp.oauth_config.scopes.bot).toEqual([...needed].sort());
  });
});

// ─── IAM ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Where Retort calls what each permission of its own roles allows: a file of clients/, and what stands there. */
const callsOf: Record<string, [file: string, call: RegExp]> = {
  'aiplatform.contexts.get': ['tensorboard.ts', /address\(context\), answer: Context /],
  'aiplatform.endpoints.list': ['vertex.ts', /collection\(.*, 'endpoints'\)/],
  'aiplatform.endpoints.get': ['vertex.ts', /address\(endpoint\), answer: Endpoint /],
  'aiplatform.endpoints.undeploy': ['vertex.ts', /address\(endpoint\)\}:undeployModel`/],
  'aiplatform.endpoints.predict': ['vertex.ts', /address\(whom\)\}:predict`/],
  'aiplatform.models.list': ['vertex.ts', /collection\(region, 'models'\)/],
  'aiplatform.models.get': ['vertex.ts', /address\(name\), answer: Model /],
  'aiplatform.pipelineJobs.cancel': ['vertex.ts', /:cancel`, method: 'POST'/],
  'aiplatform.pipelineJobs.create': ['vertex.ts', /'pipelineJobs'\),\s+method: 'POST'/],
  'aiplatform.pipelineJobs.list': ['vertex.ts', /listed\(request, \{\s+url: collection\(region, 'pipelineJobs'\)/],
  'aiplatform.pipelineJobs.get': ['vertex.ts', /address\(pipelineJobName\(.*answer: PipelineJob/],
  'aiplatform.tensorboardExperiments.list': ['tensorboard.ts', /list\(.*'experiments'/],
  'aiplatform.tensorboardRuns.list': ['tensorboard.ts', /list\(.*'runs'/],
  'aiplatform.tensorboardTimeSeries.batchRead': ['tensorboard.ts', /:batchRead`/],
  'aiplatform.tensorboardTimeSeries.list': ['tensorboard.ts', /list\(.*'timeSeries'/],
  'aiplatform.tensorboardTimeSeries.read': ['tensorboard.ts', /:read`/],
  'aiplatform.tensorboards.get': ['vertex.ts', /address\(name\), answer: Tensorboard /],
  'aiplatform.tensorboards.list': ['vertex.ts', /collection\(.*'tensorboards'\)/],
  'aiplatform.tuningJobs.cancel': ['vertex.ts', /address\(name\)\}:cancel`, method: 'POST'/],
  'aiplatform.tuningJobs.create': ['tuning-jobs.ts', /collection\(job\.spec\.region\).*\s+method: 'POST'/],
  'aiplatform.tuningJobs.get': ['tuning-jobs.ts', /address\(run\.name\), answer: TuningJob /],
  'aiplatform.tuningJobs.list': ['tuning-jobs.ts', /listed\(request, \{\s+url: address\(collection\(region\)\)/],
  'cloudkms.cryptoKeys.get': ['kms.ts', /request\(\{ url, answer: Key \}\)/],
  'cloudquotas.quotas.get': ['quotas.ts', /request\(\{ url: address\(name\), answer: QuotaInfo \}\)/],
  'datastore.entities.create': ['firestore.ts', /batch\.create\(/],
  'datastore.entities.get': ['firestore.ts', /db\.getAll\(/],
  'datastore.entities.list': ['firestore.ts', /query\.get\(\)/],
  'datastore.entities.update': ['firestore.ts', /batch\.update\(/],
  'storage.buckets.get': ['storage.ts', /bucket\(bucket\)\.getMetadata\(\)/],
  'storage.objects.get': ['storage.ts', /createReadStream\(\)/],
  'storage.objects.list': ['storage.ts', /=== 404\) return \{ is: 'missing' \}/],
};

describe('permissions', () => {
  const { accounts, roles, grants } = iam;

  it('of the roles are those that Retort calls, and no more', () => {
    const included = Object.values(roles).flatMap(({ includedPermissions }) => includedPermissions);
    // What deploys is no part of Retort.
    const called = included.filter(permission => !roles.retortDeployer?.includedPermissions.includes(permission));
    expect(called.toSorted()).toEqual(Object.keys(callsOf).sort());
    expect(roles.retortDeployer?.includedPermissions).toEqual(['run.services.setIamPolicy']);
  });

  it.each(Object.entries(callsOf))('include %s because it is called', (_, [file, call]) => {
    expect(read(`src/clients/${file}`)).toMatch(call);
  });

  it('are given to accounts that exist, in roles that exist, and every role is given', () => {
    const own = Object.keys(roles).map(role => `projects/acme-ml/roles/${role}`);
    for (const { account, role } of grants) {
      expect(Object.keys(accounts)).toContain(account);
      expect(role).toMatch(/^roles\/[a-z]+\.[a-zA-Z]+$|^projects\/acme-ml\/roles\//);
    }
    const given = new Set(grants.map(({ role }) => role).filter(role => role.startsWith('projects/')));
    expect(given).toEqual(new Set(own));
  });

  it('never make anybody an owner, an editor or an administrator', () => {
    for (const { role } of grants) expect(role).not.toMatch(/^roles\/(owner|editor|viewer)$|\.admin$/);
  });

  it('let Retort read each of its secrets, and nobody else', () => {
    const secrets = container.env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef.name ?? []);
    const readers = grants.filter(({ on }) => on === 'secrets').map(({ account, name }) => [account, name]);
    expect(readers).toEqual(secrets.map(name => ['retort', name]));
  });

  it('let Retort act as the account of pipeline jobs alone, and the builder as Retort alone', () => {
    const acts = grants.filter(({ role }) => role === 'roles/iam.serviceAccountUser');
    expect(acts.map(({ account, on, name }) => [account, on, name])).toEqual([
      ['retort', 'iam service-accounts', 'pipeline@acme-ml.iam.gserviceaccount.com'],
      ['builder', 'iam service-accounts', 'retort@acme-ml.iam.gserviceaccount.com'],
    ]);
  });

  it('give the scheduler no role but to call the service of the knock', () => {
    const given = grants.filter(({ account }) => account === 'scheduler');
    expect(given.map(({ role, on, name }) => [role, on, name])).toEqual([
      ['roles/run.invoker', 'run services', 'retort-poll'],
    ]);
  });

  it('are on the buckets that the service and the build name', () => {
    const { pipelineRoot, datasetBucket } = readConfig(given).settings;
    const named = new Set(grants.filter(({ on }) => on === 'storage buckets').map(({ name }) => name));
    const builds = build.artifacts.objects.location.replace('$PROJECT_ID', 'acme-ml').replace(/\/\$BUILD_ID$/, '');
    expect(named).toEqual(
      new Set([`gs://${datasetBucket}`, pipelineRoot.replace(/(?<=gs:\/\/[^/]+)\/.*/, ''), builds]),
    );
  });
});

// ─── Cloud Build ─────────────────────────────────────────────────────────────────────────────────────────────────────

describe('the build', () => {
  const step = (id: string) => build.steps.find(found => found.id === id)!;
  const script = (id: string) => step(id).script;

  it('tests, records what it builds on and of, and moves traffic to nothing but what was well', () => {
    expect(build.steps.map(({ id }) => id)).toEqual([
      ...['install', 'firestore', 'test', 'base', 'build', 'sbom', 'push'],
      ...['manifests', 'deploy', 'smoke', 'traffic'],
    ]);
    expect(script('test')).toBe('.ci/run');
    expect(build.artifacts.objects.paths.toSorted()).toEqual(['base.txt', 'image.txt', 'sbom.json']);
    for (const file of build.artifacts.objects.paths)
      expect(build.steps.filter(({ script }) => script.includes(`> ${file}`))).toHaveLength(1);
  });

  it('is made by an account of its own', () => {
    expect(build.serviceAccount).toContain('builder@');
    expect(Object.keys(iam.accounts)).toContain('builder');
  });

  it('tests on the version of Node that the image has', () => {
    const version = /^ARG NODE_IMAGE=(node:[\d.]+)-/m.exec(read('Dockerfile'))?.[1];
    for (const id of ['install', 'test', 'sbom', 'manifests']) expect(step(id).name.split('-')[0]).toBe(version);
  });

  it('looks up the digest of everything that the Dockerfile names, once, and builds on that', () => {
    const args = [...read('Dockerfile').matchAll(/^ARG (\w+)=(.+)$/gm)].map(([, name, value]) => [name, value]);
    const dockerfile = `cat > Dockerfile <<'EOF'\n${read('Dockerfile')}EOF\n`;
    const { status, wrote, calls } = played(`${dockerfile}${script('base')}\n${script('build')}`, {
      env: { TAG: 'retort:1' },
      answers: {
        'docker inspect --format {{index .RepoDigests 0}} node': 'node@sha256:1',
        'docker inspect --format {{index .RepoDigests 0}} gcr': 'gcr.io/distroless/cc-debian13@sha256:2',
      },
    });
    expect(status).toBe(0);
    expect(wrote['base.txt']).toBe('NODE_IMAGE=node@sha256:1\nBASE_IMAGE=gcr.io/distroless/cc-debian13@sha256:2\n');
    expect(calls.filter(([, word]) => word === 'pull').map(call => call.at(-1))).toEqual(
      args.map(([, value]) => value),
    );
    const built = calls.find(([, word]) => word === 'build') ?? [];
    for (const line of wrote['base.txt']!.trim().split('\n')) expect(built).toContain(line);
  });

  it('fills the manifests with everything they need', () => {
    const set = step('manifests').env.map(text => text.split('=')[0]);
    expect(set).toEqual(expect.arrayContaining(Object.keys(known)));
    expect(script('manifests')).toBe('npm run manifests -- --image "$(cat image.txt)" $FORM');
  });

  describe('deploys', () => {
    const write = ['retort', 'retort-poll']
      .map(
        name =>
          `mkdir -p out/manifests; cat > out/manifests/${name}.yaml <<'EOF'\n${twoServices?.files[`${name}.yaml`]}EOF\n`,
      )
      .join('');
    const env = { PROJECT: 'acme-ml', REGION: 'europe-west4' };
    const deployed = (answers: Record<string, string>) =>
      played(`${write}${script('deploy')}`, { env, answers, shell: 'sh' });
    const traffic = (text = '') => (parse(text) as { spec: { traffic: object } }).spec.traffic;

    it('beside what serves, with a tag and no traffic', () => {
      const { status, stderr, wrote } = deployed({
        'run services describe': '100,retort-00007-abc\n,retort-00006-xyz',
      });
      expect([status, stderr]).toEqual([0, '']);
      for (const name of ['retort', 'retort-poll'])
        expect(traffic(wrote[`out/manifests/${name}.yaml`])).toEqual([
          { revisionName: 'retort-00007-abc', percent: 100 },
          { latestRevision: true, percent: 0, tag: 'next' },
        ]);
    });

    it('for the first time, where nothing serves that could be kept', () => {
      const { status, stderr, wrote } = deployed({});
      expect([status, stderr]).toEqual([0, '']);
      expect(traffic(wrote['out/manifests/retort.yaml'])).toEqual([
        { latestRevision: true, percent: 100, tag: 'next' },
      ]);
    });

    it('and asks the new revision how it is, before traffic moves', () => {
      const asked = played(script('smoke'), {
        env,
        answers: { 'run services describe': '100,\nnext,https://next---retort.example' },
        shell: 'sh',
      });
      expect(asked.status).toBe(0);
      expect(asked.calls.find(([name]) => name === 'curl')?.at(-1)).toBe('https://next---retort.example/health');
    });

    it('with calls of gcloud as its reference has them', () => {
      const all = ['deploy', 'smoke', 'traffic'].flatMap(
        id => played(`${write}${script(id)}`, { env, shell: 'sh' }).calls,
      );
      const ofGcloud = all.filter(([name]) => name === 'gcloud').map(([, ...words]) => words);
      expect(ofGcloud.map(words => words.slice(0, 3).join(' '))).toEqual(
        expect.arrayContaining(['run services replace', 'run services describe', 'run services update-traffic']),
      );
      expect(ofGcloud.flatMap(wrongWith)).toEqual([]);
    });
  });

  it('uses no substitution that is not its own or one of Cloud Build', () => {
    const used = build.steps.flatMap(({ env }) => env.flatMap(text => text.match(/\$\w+/g) ?? []));
    const own = Object.keys(build.substitutions).map(name => `$${name}`);
    for (const name of used) expect([...own, '$PROJECT_ID', '$PROJECT_NUMBER', '$BUILD_ID']).toContain(name);
  });
});

// ─── what is watched ─────────────────────────────────────────────────────────────────────────────────────────────────

const Metric = z.strictObject({
  name: z.string().regex(/^retort_[a-z_]+$/),
  description: z.string(),
  filter: z.string(),
  valueExtractor: z.string().optional(),
  labelExtractors: z.record(z.string(), z.string()).optional(),
  metricDescriptor: z.strictObject({
    metricKind: z.literal('DELTA'),
    valueType: z.enum(['INT64', 'DISTRIBUTION']),
    unit: z.string(),
    labels: z.array(z.strictObject({ key: z.string(), valueType: z.literal('STRING') })).optional(),
  }),
});
const seconds = z.string().regex(/^\d*[0]s$/);
const aggregations = z.tuple([
  z.strictObject({
    alignmentPeriod: seconds,
    perSeriesAligner: z.enum(['ALIGN_DELTA', 'ALIGN_PERCENTILE_99']),
    crossSeriesReducer: z.enum(['REDUCE_SUM', 'REDUCE_MAX']),
  }),
]);
const Alert = z.strictObject({
  id: z.string(),
  displayName: z.string(),
  documentation: z.strictObject({ mimeType: z.literal('text/markdown'), content: z.string().min(40) }),
  combiner: z.literal('OR'),
  conditions: z.tuple([
    z.strictObject({
      displayName: z.string(),
      conditionThreshold: z
        .strictObject({
          filter: z.string(),
          aggregations,
          comparison: z.literal('COMPARISON_GT'),
          thresholdValue: z.number(),
          duration: seconds,
        })
        .optional(),
      conditionAbsent: z.strictObject({ filter: z.string(), aggregations, duration: seconds }).optional(),
    }),
  ]),
});
const metrics = z.array(Metric).parse(parse(read('manifests/metrics.yaml')));
const alerts = z.array(Alert).parse(parse(read('manifests/alerts.yaml')));

describe('what is watched', () => {
  const product = readdirSync(`${root}/src`, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts') && !file.startsWith('local/'))
    .map(file => read(`src/${file}`))
    .join('\n');
  const conditionOf = ({ conditions: [{ conditionThreshold, conditionAbsent }] }: z.infer<typeof Alert>) =>
    (conditionThreshold ?? conditionAbsent)!;

  it.each(metrics)('$name counts lines that Retort writes, by fields that it writes', metric => {
    const messages = [...metric.filter.matchAll(/jsonPayload\.message=(?:\((.*?)\)|("[^"]+"))/g)]
      .flatMap(([, many, one]) => (many ?? one ?? '').match(/"[^"]+"/g) ?? [])
      .map(text => JSON.parse(text) as string);
    expect(messages.length).toBeGreaterThan(0);
    for (const message of messages) expect(product).toContain(`'${message}'`);
    const texts = [metric.filter, metric.valueExtractor ?? '', ...Object.values(metric.labelExtractors ?? {})].join(
      ' ',
    );
    const fields = [...texts.matchAll(/jsonPayload\.([\w.]+)/g)].map(([, field = '']) => field);
    const written = /const allowed = \[(.*)\] as const/.exec(read('src/clients/log.ts'))?.[1] ?? '';
    const measured = /export interface Knock \{([\s\S]*?)\n\}/.exec(read('src/steps/poll.ts'))?.[1] ?? '';
    for (const field of fields.filter(name => name !== 'message')) {
      if (field.startsWith('measures.')) expect(measured).toMatch(new RegExp(`^ {2}${field.slice(9)}: number;`, 'm'));
      else expect(written).toContain(`'${field}'`);
    }
    const isDistribution = metric.metricDescriptor.valueType === 'DISTRIBUTION';
    expect(metric.valueExtractor !== undefined).toBe(isDistribution);
    const labels = (metric.metricDescriptor.labels ?? []).map(({ key }) => key);
    expect(labels).toEqual(Object.keys(metric.labelExtractors ?? {}));
  });

  it.each(metrics)('$name is alerted on once', ({ name }) => {
    const about = alerts.filter(alert => conditionOf(alert).filter.includes(`/user/${name}"`));
    expect(about).toHaveLength(1);
  });

  it.each(alerts)('the alert "$displayName" adds up its metric as that is made', alert => {
    const { filter, aggregations } = conditionOf(alert);
    const metric = metrics.find(({ name }) => filter.includes(`"logging.googleapis.com/user/${name}"`));
    const isDistribution = metric?.metricDescriptor.valueType === 'DISTRIBUTION';
    expect(aggregations[0].perSeriesAligner).toBe(isDistribution ? 'ALIGN_PERCENTILE_99' : 'ALIGN_DELTA');
    expect(Object.keys(alert.conditions[0])).toHaveLength(2);
  });

  it('is explained in the README, alert by alert', () => {
    const [, table = ''] = read('README.md').split('| alert | means |\n| --- | --- |\n');
    const named = [...table.split('\n\n', 1)[0]!.matchAll(/^\| ([^|]+) \|/gm)].map(([, name]) => name);
    expect(named).toEqual(alerts.map(({ displayName }) => displayName));
  });
});

// ─── the doctor ──────────────────────────────────────────────────────────────────────────────────────────────────────

describe('npm run doctor', () => {
  it('looks for every permission that the roles give', () => {
    expect(Object.values(permissions).flat().toSorted()).toEqual(iam.roles.retort?.includedPermissions.toSorted());
    expect(reads.toSorted()).toEqual(iam.roles.retortReader?.includedPermissions.toSorted());
  });

  it('looks for every scope of the app', () => {
    expect(scopes.toSorted()).toEqual(slackApp.oauth_config.scopes.bot.toSorted());
  });

  it('looks for every collection that forgets by itself', () => {
    const forgetting = firestore.fieldOverrides.filter(({ ttl }) => ttl).map(({ collectionGroup }) => collectionGroup);
    expect(expiring.toSorted()).toEqual(forgetting.toSorted());
  });
});
