import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/*
 * Writes `aiplatform.jsonl`: the messages that Retort sends to Vertex AI and reads from it, and all that these refer to,
 * from the protos in Google's client library. Run with Node and no arguments; it asks the npm registry for the package.
 */

const source = { package: '@google-cloud/aiplatform', version: '7.4.0', file: 'build/protos/protos.json' };

const v1 = 'google.cloud.aiplatform.v1';
const v1beta1 = 'google.cloud.aiplatform.v1beta1';
const roots = [
  `${v1}.PipelineJob`,
  `${v1}.ListPipelineJobsResponse`,
  `${v1}.Model`,
  `${v1}.ListModelsResponse`,
  `${v1}.Endpoint`,
  `${v1}.ListEndpointsResponse`,
  `${v1}.UndeployModelRequest`,
  `${v1}.PredictRequest`,
  `${v1}.PredictResponse`,
  `${v1}.GenerateContentRequest`,
  `${v1}.GenerateContentResponse`,
  `${v1}.Tensorboard`,
  `${v1}.ListTensorboardsResponse`,
  `${v1}.ListTensorboardExperimentsResponse`,
  `${v1}.ListTensorboardRunsResponse`,
  `${v1}.ListTensorboardTimeSeriesResponse`,
  `${v1}.ReadTensorboardTimeSeriesDataResponse`,
  `${v1}.BatchReadTensorboardTimeSeriesDataResponse`,
  `${v1}.TuningJob`,
  `${v1}.ListTuningJobsResponse`,
  `${v1beta1}.TuningJob`,
  `${v1beta1}.ListTuningJobsResponse`,
  'google.longrunning.Operation',
];

type Field = { type: string; id?: number; options?: Record<string, unknown> };
type Tree = { nested?: Record<string, Tree>; fields?: Record<string, Field>; values?: object; oneofs?: object };

/** What is told of a field beside its type: the rest is how it travels in other forms than JSON, and prose. */
const told = ['(google.api.field_behavior)', 'proto3_optional', 'deprecated'];

const scalar = /^(double|float|bool|string|bytes|(u|s)?int(32|64)|s?fixed(32|64))$/;

const tree = published();
const found = new Map<string, object>();
for (const root of roots) gather(root);
const lines = [...found]
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, described]) => JSON.stringify({ name, ...described }));
writeFileSync(join(import.meta.dirname, 'aiplatform.jsonl'), [JSON.stringify({ source }), ...lines, ''].join('\n'));

function gather(name: string): void {
  if (found.has(name) || name.startsWith('google.protobuf.')) return;
  const { fields, oneofs, values } = at(name)!;
  if (values) {
    found.set(name, { values });
    return;
  }
  const described = Object.entries(fields ?? {}).map(([field, { id: _, options = {}, ...rest }]) => {
    const type = scalar.test(rest.type) ? rest.type : resolved(rest.type, name);
    const kept = told.flatMap(option => (option in options ? [[option, options[option]]] : []));
    return [field, { ...rest, type, ...(kept.length && { options: Object.fromEntries(kept) }) }] as const;
  });
  found.set(name, { fields: Object.fromEntries(described), ...(oneofs && { oneofs }) });
  for (const [, { type }] of described) if (!scalar.test(type)) gather(type);
}

/** The full name of a type that a message refers to: the nearest one outwards. */
function resolved(type: string, within: string): string {
  const scope = within.split('.');
  while (scope.length) {
    const name = [...scope, type].join('.');
    const node = at(name);
    if (node?.fields || node?.values) return name;
    scope.pop();
  }
  if (at(type)) return type;
  throw new Error(`${within} refers to ${type}, which is not in ${source.package}.`);
}

function at(name: string): Tree | undefined {
  return name.split('.').reduce<Tree | undefined>((node, part) => node?.nested?.[part], tree);
}

function published(): Tree {
  const folder = mkdtempSync(join(tmpdir(), 'published-'));
  try {
    const run = (command: string, args: string[]) => execFileSync(command, args, { cwd: folder, encoding: 'utf8' });
    const archive = run('npm', ['pack', '--silent', `${source.package}@${source.version}`]).trim();
    run('tar', ['-xzf', archive, `package/${source.file}`]);
    return JSON.parse(readFileSync(join(folder, 'package', source.file), 'utf8')) as Tree;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
