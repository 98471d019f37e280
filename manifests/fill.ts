import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse, stringify } from 'yaml';

/** Fills the placeholders of every manifest, and writes what gcloud takes one by one as commands. Exit code 1 where something is missing. */
const usage = `npm run manifests -- [--one-service] [--image IMAGE]

  --one-service   the simple form: one service for Slack and for the knock
  --image IMAGE   the services too, of this image, named by its digest
  --to FOLDER     where to write, in place of out/manifests

Reads PROJECT, NUMBER, REGION and APPROVERS from the environment.
`;

type Tree = { [key: string]: Node };
type Node = Tree | Node[] | string | number | boolean | null;

interface Access {
  accounts: Record<string, string>;
  roles: Record<string, { title: string; description: string; stage: string; includedPermissions: string[] }>;
  grants: Grant[];
}
interface Grant {
  account: string;
  role: string;
  /** The resource, as gcloud says it: `gcloud <on> add-iam-policy-binding`. */
  on: string;
  name: string;
}

const source = import.meta.dirname;
const usual = join('out', 'manifests');
const written = new Map<string, string>();

try {
  const { values } = parseArgs({
    options: { 'one-service': { type: 'boolean' }, image: { type: 'string' }, to: { type: 'string', default: usual } },
  });
  fill({ two: !values['one-service'], image: values.image });
  rmSync(values.to, { recursive: true, force: true });
  mkdirSync(values.to, { recursive: true });
  for (const [file, text] of written) writeFileSync(join(values.to, file), text);
  process.stdout.write([...written.keys()].map(file => `${join(values.to, file)}\n`).join(''));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${usage}`);
  process.exitCode = 1;
}

function fill({ two, image }: { two: boolean; image: string | undefined }) {
  // Without an image the services are filled all the same: what they lack is said now rather than by the build.
  const environment = { ...process.env, IMAGE: image ?? 'none' };
  const text = (file: string) => filled(readFileSync(join(source, file), 'utf8'), { file, environment });
  const tree = (file: string) => parse(text(file)) as Tree;
  for (const file of ['slack-app.json', 'firestore.indexes.json', 'firebase.json', 'dataset-lifecycle.json'])
    write(file, text(file));
  const differences = two ? tree('two-services.yaml') : {};
  write('scheduler-job.json', `${JSON.stringify(merged(tree('scheduler-job.json'), differences['scheduler-job']))}\n`);
  const access = tree('iam.yaml') as unknown as Access;
  const isOfService = ({ on }: Grant) => on === 'run services';
  write(
    'access.sh',
    accounts(access) +
      grants(
        access.grants.filter(grant => !isOfService(grant)),
        environment,
      ),
  );
  if (two) write('invoker.sh', grants(access.grants.filter(isOfService), environment));
  watching(text('metrics.yaml'), text('alerts.yaml'), environment);
  const service = tree('service.yaml');
  if (!image) return;
  for (const name of two ? ['retort', 'retort-poll'] : ['retort'])
    write(`${name}.yaml`, stringify(merged(service, differences[name]), { lineWidth: 0 }));
}

/** A text with every placeholder filled. Throws where one is not set. */
function filled(
  text: string,
  { file, environment }: { file: string; environment: Record<string, string | undefined> },
): string {
  return text.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = environment[name];
    if (!value) throw new Error(`${name} is not set, and manifests/${file} needs it.`);
    return value;
  });
}

/** What stands in `over` takes the place of what stands in `base`; lists of things with names are joined by name. */
function merged(base: Node | undefined, over: Node | undefined): Node {
  if (over === undefined) return base ?? null;
  if (isTree(base) && isTree(over)) {
    const names = [...new Set([...Object.keys(base), ...Object.keys(over)])];
    return Object.fromEntries(names.map(name => [name, merged(base[name], over[name])]));
  }
  if (!Array.isArray(base) || !Array.isArray(over)) return over;
  const nameOf = (one: Node | undefined) => (isTree(one) ? one.name : undefined);
  const old = base.map(one =>
    merged(
      one,
      over.find(other => nameOf(other) === nameOf(one)),
    ),
  );
  return [...old, ...over.filter(one => !base.some(other => nameOf(other) === nameOf(one)))];
}

function isTree(node: Node | undefined): node is Tree {
  return typeof node === 'object' && node !== null && !Array.isArray(node);
}

/** Commands that make accounts and roles, and change the roles where they are there already. */
function accounts({ accounts, roles }: Access): string {
  const project = `--project ${process.env.PROJECT}`;
  const made = Object.entries(accounts).map(([id, purpose]) => {
    const email = `${id}@${process.env.PROJECT}.iam.gserviceaccount.com`;
    const create = `gcloud iam service-accounts create ${id} --description "${purpose}" ${project}`;
    return `gcloud iam service-accounts describe ${email} ${project} >/dev/null 2>&1 || ${create}`;
  });
  const given = Object.entries(roles).map(([id, { title, description, stage, includedPermissions }]) => {
    const role = `${id} --title "${title}" --description "${description}" --stage ${stage} --permissions ${includedPermissions} ${project} --quiet`;
    return `if gcloud iam roles describe ${id} ${project} >/dev/null 2>&1; then gcloud iam roles update ${role}; else gcloud iam roles create ${role}; fi`;
  });
  return lines([...made, ...given]);
}

/** Commands that give accounts their roles; giving one again changes nothing. */
function grants(list: Grant[], { PROJECT, REGION }: Record<string, string | undefined>): string {
  const at = `${PROJECT}.iam.gserviceaccount.com`;
  const where: Record<string, string> = {
    'run services': ` --region ${REGION}`,
    'artifacts repositories': ` --location ${REGION}`,
  };
  return lines(
    list.map(({ account, role, on, name }) => {
      const condition = on === 'run services' || on === 'artifacts repositories' ? '' : ' --condition None';
      return `gcloud ${on} add-iam-policy-binding ${name} --member serviceAccount:${account}@${at} --role ${role}${condition}${where[on] ?? ''} --project ${PROJECT}`;
    }),
  );
}

/** A file for each metric and each alert, and the commands that make them. */
function watching(metrics: string, alerts: string, { PROJECT }: Record<string, string | undefined>) {
  const commands = [
    // A metric that has just been made cannot be alerted on for some minutes (https://cloud.google.com/logging/docs/logs-based-metrics/troubleshooting).
    'patiently() { for _ in $(seq 40); do "$@" && return; sleep 15; done; return 1; }',
    `gcloud monitoring policies list --format 'value(displayName)' --project ${PROJECT} > known.txt`,
  ];
  for (const { name, ...metric } of parse(metrics) as (Tree & { name: string })[]) {
    write(`metric-${name}.yaml`, stringify(metric, { lineWidth: 0 }));
    const made = `${name} --config-from-file metric-${name}.yaml --project ${PROJECT}`;
    commands.push(
      `if gcloud logging metrics describe ${name} --project ${PROJECT} >/dev/null 2>&1; then gcloud logging metrics update ${made}; else gcloud logging metrics create ${made}; fi`,
    );
  }
  for (const { id, ...policy } of parse(alerts) as (Tree & { id: string; displayName: string })[]) {
    write(`alert-${id}.yaml`, stringify(policy, { lineWidth: 0 }));
    const made = `--policy-from-file alert-${id}.yaml --notification-channels "$CHANNEL" --project ${PROJECT}`;
    commands.push(`grep -qxF "${policy.displayName}" known.txt || patiently gcloud monitoring policies create ${made}`);
  }
  write(
    'alerts.sh',
    lines([
      'cd "$(dirname "$0")"',
      `: "\${CHANNEL:?is the notification channel, projects/…/notificationChannels/…}"`,
      ...commands,
    ]),
  );
}

function lines(commands: string[]): string {
  return commands.map(command => `${command}\n`).join('');
}

function write(file: string, text: string) {
  written.set(file, text);
}
