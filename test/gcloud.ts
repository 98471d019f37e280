import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

const binding = ['--member', '--role', '--condition'];

/** What gcloud takes: every command that the documentation of a deployment uses, how many names it wants, and its flags (https://docs.cloud.google.com/sdk/gcloud/reference). */
const reference: Record<string, { names: number | [least: number, most: number]; flags: string[] }> = {
  'artifacts repositories add-iam-policy-binding': { names: 1, flags: ['--member', '--role', '--location'] },
  'artifacts repositories create': { names: 1, flags: ['--repository-format', '--location'] },
  'ai tensorboards create': { names: 0, flags: ['--display-name', '--region'] },
  'auth application-default login': { names: 0, flags: [] },
  'auth application-default set-quota-project': { names: 1, flags: [] },
  'auth login': { names: 0, flags: [] },
  'auth print-access-token': { names: 0, flags: [] },
  'beta monitoring channels create': { names: 0, flags: ['--display-name', '--type', '--channel-labels'] },
  'builds submit': { names: 0, flags: ['--region', '--gcs-source-staging-dir', '--substitutions'] },
  'config get-value': { names: 1, flags: [] },
  'firestore databases create': { names: 0, flags: ['--location'] },
  'iam roles create': { names: 1, flags: ['--title', '--description', '--stage', '--permissions'] },
  'iam roles describe': { names: 1, flags: [] },
  'iam roles update': {
    names: 1,
    flags: ['--add-permissions', '--title', '--description', '--stage', '--permissions'],
  },
  'iam service-accounts add-iam-policy-binding': { names: 1, flags: binding },
  'iam service-accounts create': { names: 1, flags: ['--description'] },
  'iam service-accounts describe': { names: 1, flags: [] },
  'logging metrics create': { names: 1, flags: ['--config-from-file'] },
  'logging metrics describe': { names: 1, flags: [] },
  'logging metrics update': { names: 1, flags: ['--config-from-file'] },
  'monitoring policies list': { names: 0, flags: [] },
  'monitoring policies create': { names: 0, flags: ['--policy-from-file', '--notification-channels'] },
  'projects add-iam-policy-binding': { names: 1, flags: binding },
  'projects describe': { names: 1, flags: [] },
  'run services add-iam-policy-binding': { names: 1, flags: [...binding, '--region'] },
  'run services describe': { names: 1, flags: ['--region'] },
  'run services remove-iam-policy-binding': { names: 1, flags: [...binding, '--region'] },
  'run services replace': { names: 1, flags: ['--region'] },
  'run services update': {
    names: 1,
    flags: ['--region', '--no-cpu-throttling', '--min-instances', '--service-account', '--invoker-iam-check'],
  },
  'run services update-traffic': { names: 1, flags: ['--region', '--to-latest', '--to-revisions'] },
  'scheduler jobs pause': { names: 1, flags: ['--location'] },
  'scheduler jobs resume': { names: 1, flags: ['--location'] },
  'scheduler jobs update http': {
    names: 1,
    flags: ['--location', '--schedule', '--uri', '--oidc-service-account-email', '--oidc-token-audience'],
  },
  'secrets add-iam-policy-binding': { names: 1, flags: binding },
  'secrets create': { names: 1, flags: ['--data-file'] },
  'secrets versions add': { names: 1, flags: ['--data-file'] },
  'secrets versions disable': { names: 1, flags: ['--secret'] },
  'services enable': { names: [1, 20], flags: [] },
  'storage buckets add-iam-policy-binding': { names: 1, flags: binding },
  'storage buckets create': {
    names: [1, 20],
    flags: ['--location', '--uniform-bucket-level-access', '--public-access-prevention'],
  },
  'storage buckets update': { names: [1, 20], flags: ['--lifecycle-file'] },
};
const everywhere = ['--project', '--format', '--flatten', '--quiet'];
const alone = [
  '--quiet',
  '--uniform-bucket-level-access',
  '--public-access-prevention',
  '--to-latest',
  '--no-cpu-throttling',
  '--invoker-iam-check',
];

/** What is wrong with one call of gcloud, by its reference. */
export function wrongWith(words: readonly string[]): string[] {
  const command = Object.keys(reference).find(known => `${words.join(' ')} `.startsWith(`${known} `));
  if (!command) return [`gcloud has no command "${words.join(' ')}".`];
  const { names, flags } = reference[command]!;
  const [least, most] = typeof names === 'number' ? [names, names] : names;
  const wrong: string[] = [];
  let named = 0;
  for (let rest = words.slice(command.split(' ').length); rest.length; ) {
    const [word = '', value = '', ...others] = rest;
    const flag = /^--/.test(word);
    if (!flag) named++;
    else if (![...flags, ...everywhere].includes(word)) wrong.push(`gcloud ${command} has no flag "${word}".`);
    if (flag && !alone.includes(word)) {
      if (!value || /^--/.test(value)) wrong.push(`gcloud ${command} has no value for "${word}".`);
      rest = others;
    } else rest = rest.slice(1);
  }
  if (named < least || named > most) wrong.push(`gcloud ${command} takes ${names} names, and has ${named}.`);
  return wrong;
}

/** Runs a script with programs of our own in the place of gcloud and its like: each writes down how it was called, and answers as it is told. */
export function played(
  script: string,
  {
    env = {},
    answers = {},
    input = '',
    shell = 'bash',
  }: { env?: Record<string, string>; answers?: Record<string, string>; input?: string; shell?: 'bash' | 'sh' } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'retort-gcloud-'));
  const [bin, work] = [join(folder, 'bin'), join(folder, 'work')];
  for (const made of [bin, work]) mkdirSync(made);
  for (const name of ['gcloud', 'curl', 'npx', 'npm', 'docker']) {
    const program = `#!${process.execPath}
      const { appendFileSync } = require('node:fs');
      const words = process.argv.slice(2);
      appendFileSync(${JSON.stringify(join(folder, 'calls'))}, JSON.stringify(['${name}', ...words]) + '\\n');
      const answers = ${JSON.stringify(answers)};
      const asked = ['${name}', ...words].join(' ');
      const found = Object.keys(answers).find(part => asked.includes(part));
      if (found) process.stdout.write(answers[found] + '\\n');
      if (/ describe /.test(asked) && !found) process.exit(1);`;
    writeFileSync(join(bin, name), program, { mode: 0o755 });
  }
  try {
    const { status, stdout, stderr } = spawnSync(shell, [...(shell === 'bash' ? ['--norc'] : []), '-euc', script], {
      cwd: work,
      env: { PATH: `${bin}:/usr/bin:/bin`, HOME: folder, ...env },
      input,
      encoding: 'utf8',
    });
    const calls = lines(join(folder, 'calls')).map(line => JSON.parse(line) as [string, ...string[]]);
    const files = execFileSync('find', ['.', '-type', 'f', '-printf', '%P\\n'], { cwd: work, encoding: 'utf8' });
    const wrote = Object.fromEntries(
      files
        .split('\n')
        .filter(Boolean)
        .map(file => [file, readFileSync(join(work, file), 'utf8')]),
    );
    return { status, stdout, stderr, calls, wrote };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every manifest, filled by the command of the README into a folder of its own; each file's text by its name. */
export function filledManifests(args: string[], env: Record<string, string | undefined>) {
  const folder = mkdtempSync(join(tmpdir(), 'retort-manifests-'));
  try {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['manifests/fill.ts', '--to', folder, ...args], {
      cwd: root,
      env: { PATH: process.env.PATH, ...env },
      encoding: 'utf8',
    });
    const names = stdout
      .split('\n')
      .filter(Boolean)
      .map(path => path.slice(folder.length + 1));
    return {
      status,
      stderr,
      files: Object.fromEntries(names.map(name => [name, readFileSync(join(folder, name), 'utf8')])),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function lines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean);
  } catch {
    return [];
  }
}
