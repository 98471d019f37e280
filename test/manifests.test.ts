import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { readConfig, variables } from '../src/config.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string) => readFileSync(`${root}/${file}`, 'utf8');
const files = readdirSync(`${root}/manifests`);
const readme = read('manifests/README.md');

/** What a deployment would put in the placeholders' places. */
const placeholders: Record<string, string> = {
  PROJECT: 'acme-ml',
  REGION: 'europe-west4',
  HOST: 'retort-123456789012.europe-west4.run.app',
  APPROVERS: 'U012ABCDE,S012ABCDE',
  IMAGE: 'europe-west4-docker.pkg.dev/acme-ml/retort/retort@sha256:0',
};

function fill(text: string): string {
  return text.replaceAll(/\$\{(\w+)\}/g, (all, name: string) => placeholders[name] ?? all);
}

/** A block of commands in the README, by something it contains. */
function commands(containing: string): string {
  const blocks = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block);
  const found = blocks.filter(block => block.includes(containing));
  if (found.length !== 1) throw new Error(`${found.length} blocks of commands in the README contain "${containing}".`);
  return found[0]!;
}

function bash(script: string, env: Record<string, string> = placeholders): string {
  const PATH = process.env.PATH ?? '';
  return execFileSync('bash', ['-euc', `set -o pipefail\n${script}`], {
    cwd: root,
    env: { PATH, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

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
  metadata: z.object({ name: z.literal('retort'), annotations: z.record(z.string(), z.string()) }),
  spec: z.object({
    template: z.object({
      metadata: z.object({ annotations: z.record(z.string(), z.string()) }),
      spec: z.object({
        serviceAccountName: z.string(),
        containerConcurrency: z.number(),
        timeoutSeconds: z.number(),
        containers: z.tuple([
          z.object({
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
      on: z.enum(['projects', 'storage buckets', 'secrets', 'iam service-accounts']),
      name: z.string(),
    }),
  ),
});
const iam = Iam.parse(parse(fill(read('manifests/iam.yaml'))));

const address = z.url({ protocol: /^https$/ }).max(3000);
/** Slack's manifest, as far as Retort uses it, with the limits of its published schema 2.0.0. */
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
  oauth_config: z.strictObject({ scopes: z.strictObject({ bot: z.array(z.string()).max(255) }) }),
  settings: z.strictObject({
    event_subscriptions: z.strictObject({ request_url: address, bot_events: z.array(z.string()).max(100) }),
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
  substitutions: z.record(z.string(), z.string()),
});
const build = Build.parse(parse(read('cloudbuild.yaml')));

// ─── placeholders, and the commands of the README ────────────────────────────────────────────────────────────────────

describe('placeholders', () => {
  const manifests = files.filter(file => file !== 'README.md');
  const used = manifests.flatMap(file => [...read(`manifests/${file}`).matchAll(/\$\{?\w+\}?/g)].map(([all]) => all));

  it('have one form, and the README explains each of them and no other', () => {
    const explained = [...readme.matchAll(/^\| `(\$\{\w+\})` \|/gm)].map(([, name]) => name);
    expect(new Set(used)).toEqual(new Set(explained));
    expect(new Set(used)).toEqual(new Set(Object.keys(placeholders).map(name => `\${${name}}`)));
  });

  it.each(manifests)('are all filled in %s by the command of the README', file => {
    expect(bash(`${commands('fill()')}fill ${file}`)).toBe(fill(read(`manifests/${file}`)));
  });

  it('that are not set stop the command of the README', () => {
    const { IMAGE: _, ...others } = placeholders;
    expect(() => bash(`${commands('fill()')}fill service.yaml`, others)).toThrow('IMAGE is not set');
  });
});

describe('the README of the manifests', () => {
  it('names every file', () => {
    const named = [...readme.matchAll(/`([\w.-]+\.(?:json|yaml))`/g)].map(([, name]) => name);
    for (const file of files.filter(name => name !== 'README.md')) expect(named).toContain(file);
  });

  it('turns iam.yaml into one command for each account, role and grant', () => {
    const block = commands('fill iam.yaml').replace(/\| sh\s*$/, '');
    const lines = bash(`${commands('fill()')}${block}`)
      .trim()
      .split('\n');
    const { accounts, roles, grants } = iam;
    expect(lines).toHaveLength(Object.keys(accounts).length + Object.keys(roles).length + grants.length);
    expect(lines.every(line => line.startsWith('gcloud ') && !/undefined|\$/.test(line))).toBe(true);
    expect(lines).toContain(
      'gcloud storage buckets add-iam-policy-binding gs://acme-ml-retort-datasets --member "serviceAccount:retort@acme-ml.iam.gserviceaccount.com" --role roles/storage.objectCreator --condition None --project "acme-ml"',
    );
  });

  it('says of every scope what it is for, and of no other', () => {
    const rows = [...readme.matchAll(/^\| ((?:`[a-z.]+(?::[a-z]+)?`(?:, )?)+) \| (.+) \|$/gm)];
    const named = rows.flatMap(([, scopes = '']) => [...scopes.matchAll(/`([^`]+)`/g)].map(([, name]) => name));
    expect(named.filter(name => !name?.includes('.')).sort()).toEqual([...slackApp.oauth_config.scopes.bot].sort());
  });
});

// ─── Cloud Run ───────────────────────────────────────────────────────────────────────────────────────────────────────

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
  const given = Object.fromEntries(container.env.map(({ name, value }) => [name, value ?? 'a secret']));

  it('names every variable of config.ts once, and no other', () => {
    const named = [...container.env, ...commented].map(({ name }) => name);
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
    expect(new Set(urls)).toEqual(new Set([`https://${placeholders.HOST}`]));
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
}

/** Every query of Firestore's clients. */
const shapes: Shape[] = [
  { of: 'jobs', equal: [], by: 'job.createdAt', order: 'DESCENDING' },
  { of: 'jobs', equal: ['job.requester.user'], by: 'job.createdAt', order: 'DESCENDING' },
  { of: 'jobs', equal: ['job.spec.modelName'], by: 'job.createdAt', order: 'DESCENDING' },
  { of: 'jobs', equal: ['job.state'], by: 'job.createdAt', order: 'DESCENDING' },
  { of: 'jobs', equal: ['job.requester.user', 'job.spec.modelName'], by: 'job.createdAt', order: 'DESCENDING' },
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
    shape.equal.map(field => ({
      collectionGroup: shape.of,
      queryScope: 'COLLECTION',
      fields: [
        { fieldPath: field, order: 'ASCENDING' },
        { fieldPath: shape.by, order: shape.order },
      ],
    }));

  it('are known for every condition and order that the clients ask for', () => {
    const conditions = [...source.matchAll(/\.(where|orderBy)\(/g)];
    const understood = [
      ...[...source.matchAll(/\.where\('([^']+)', '==', /g)].map(([, field]) => `${field} ==`),
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
  'aiplatform.endpoints.list': ['vertex.ts', /collection\(.*, 'endpoints'\)/],
  'aiplatform.endpoints.predict': ['vertex.ts', /address\(whom\)\}:predict`/],
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
    expect(included.toSorted()).toEqual(Object.keys(callsOf).sort());
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

  it('let Retort act as the account of pipeline jobs alone', () => {
    const acts = grants.filter(({ role }) => role === 'roles/iam.serviceAccountUser');
    expect(acts).toEqual([
      {
        account: 'retort',
        role: 'roles/iam.serviceAccountUser',
        on: 'iam service-accounts',
        name: 'pipeline@acme-ml.iam.gserviceaccount.com',
      },
    ]);
  });

  it('are on the buckets that the service names', () => {
    const { pipelineRoot, datasetBucket } = readConfig(
      Object.fromEntries(container.env.map(({ name, value }) => [name, value ?? 'a secret'])),
    ).settings;
    const named = new Set(grants.filter(({ on }) => on === 'storage buckets').map(({ name }) => name));
    expect(named).toEqual(new Set([`gs://${datasetBucket}`, pipelineRoot.replace(/(?<=gs:\/\/[^/]+)\/.*/, '')]));
  });
});

// ─── Cloud Build ─────────────────────────────────────────────────────────────────────────────────────────────────────

describe('the build', () => {
  const step = (id: string) => build.steps.find(found => found.id === id);

  it('deploys only what was tested and pushed', () => {
    expect(build.steps.map(({ id }) => id)).toEqual(['install', 'test', 'build', 'push', 'deploy']);
    expect(step('test')?.script).toBe('npm test');
  });

  it('tests on the version of Node that the image has', () => {
    const version = /^ARG NODE_IMAGE=(node:[\d.]+)-/m.exec(read('Dockerfile'))?.[1];
    for (const id of ['install', 'test']) expect(step(id)?.name.split('-')[0]).toBe(version);
  });

  it('gives the deployment every placeholder of the service', () => {
    const { env, script } = step('deploy')!;
    const set = [...env.map(text => text.split('=')[0]), ...[...script.matchAll(/export (\w+)=/g)].map(([, it]) => it)];
    const used = [...read('manifests/service.yaml').matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name);
    expect(set).toEqual(expect.arrayContaining(used));
  });

  it('fills placeholders with the command of the README', () => {
    const [, command] = /\{ (perl .*) "manifests/.exec(commands('fill()')) ?? [];
    expect(step('deploy')?.script).toContain(`${command} manifests/service.yaml`);
  });

  it('uses no substitution that is not its own or one of Cloud Build', () => {
    const used = build.steps.flatMap(({ env }) => env.flatMap(text => text.match(/\$\w+/g) ?? []));
    const own = Object.keys(build.substitutions).map(name => `$${name}`);
    for (const name of used) expect([...own, '$PROJECT_ID', '$BUILD_ID']).toContain(name);
  });
});
