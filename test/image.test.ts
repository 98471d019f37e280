import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startProgram } from '../src/local/program.ts';
import { startStandIns } from '../src/local/stack.ts';

/*
 * Follows the Dockerfile without Docker: every stage is a folder, COPY and RUN happen in it, and the last one is the
 * image. What it cannot follow: the base images, of which it has Node alone, and USER; commands run as whoever tests.
 */

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const scratch = mkdtempSync(join(tmpdir(), 'retort-image-'));

/** What a base image brings that the Dockerfile names. */
const brought: Record<string, string> = { '/usr/local/bin/node': process.execPath };

interface Stage {
  name: string;
  folder: string;
  base: string;
  workdir: string;
  user: string;
  runs: { command: string; user: string }[];
  env: Record<string, string>;
  labels: Record<string, string>;
  entrypoint: string[];
}

function instructions(dockerfile: string): [name: string, rest: string][] {
  const lines = dockerfile
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n/g, ' ')
    .split('\n');
  return lines.filter(line => line.trim()).map(line => [line.split(' ', 1)[0]!, line.slice(line.indexOf(' ')).trim()]);
}

/** Whether `.dockerignore` keeps a path out of the build; the last pattern that matches decides. */
function isIgnored(path: string): boolean {
  let ignored = false;
  for (const line of read('.dockerignore')
    .split('\n')
    .filter(text => text && !text.startsWith('#'))) {
    const pattern = line.replace(/^!/, '');
    if (pattern !== '*' && /[*?[\\]/.test(pattern)) throw new Error(`This test does not understand "${line}".`);
    if (pattern === '*' || `${path}/`.startsWith(`${pattern}/`)) ignored = !line.startsWith('!');
  }
  return ignored;
}

function assemble(): Stage[] {
  const stages: Stage[] = [];
  const args: Record<string, string> = {};
  const withArgs = (text: string) => text.replaceAll(/\$\{(\w+)\}/g, (all, arg: string) => args[arg] ?? all);
  for (const [name, rest] of instructions(read('Dockerfile'))) {
    const stage = stages.at(-1)!;
    const inside = (path: string, of = stage) => join(of.folder, resolve(of.workdir, path));
    switch (name) {
      case 'ARG': {
        const [arg = '', value] = rest.split('=', 2);
        // Within a stage it says that one from before all stages is used there.
        if (value !== undefined) args[arg] = value;
        else if (!(arg in args)) throw new Error(`"${arg}" has no value.`);
        break;
      }
      case 'FROM': {
        const [image = '', , as = 'image'] = rest.split(' ');
        const base = withArgs(image);
        const folder = join(scratch, as);
        mkdirSync(folder);
        stages.push({ name: as, folder, base, workdir: '/', user: '', runs: [], env: {}, labels: {}, entrypoint: [] });
        break;
      }
      case 'WORKDIR':
        stage.workdir = rest;
        mkdirSync(inside('.'), { recursive: true });
        break;
      case 'COPY':
        copy(rest.split(' '), inside, stages);
        break;
      case 'RUN':
        stage.runs.push({ command: rest, user: stage.user });
        execFileSync('sh', ['-ec', rest], { cwd: inside('.'), env: building, stdio: ['ignore', 'ignore', 'pipe'] });
        break;
      case 'ENV':
        for (const pair of rest.split(' ')) stage.env[pair.split('=')[0]!] = pair.slice(pair.indexOf('=') + 1);
        break;
      case 'LABEL':
        for (const pair of rest.split(' '))
          stage.labels[pair.split('=')[0]!] = withArgs(pair.slice(pair.indexOf('=') + 1));
        break;
      case 'USER':
        stage.user = rest;
        break;
      case 'ENTRYPOINT':
        stage.entrypoint = z.array(z.string()).parse(JSON.parse(rest));
        break;
      case 'EXPOSE':
        break;
      default:
        throw new Error(`This test does not understand "${name} ${rest}".`);
    }
  }
  return stages;
}

/** The surroundings of RUN: our own npm settings, and packages from npm's cache where they are there. */
const building = {
  ...process.env,
  PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
  npm_config_prefer_offline: 'true',
};

function copy(words: string[], inside: (path: string, of?: Stage) => string, stages: Stage[]) {
  const from = stages.find(({ name }) => words[0] === `--from=${name}`);
  if (words[0]?.startsWith('--') && !from) throw new Error(`This test does not understand "COPY ${words.join(' ')}".`);
  const paths = from ? words.slice(1) : words;
  const to = paths.pop()!;
  for (const path of paths) {
    const source = from ? inside(path, from) : join(root, path);
    const target = inside(to.endsWith('/') ? join(to, basename(path)) : to);
    mkdirSync(dirname(target), { recursive: true });
    if (!from && isIgnored(path)) throw new Error(`"${path}" is copied, but .dockerignore keeps it out of the build.`);
    if (from && !existsSync(source) && brought[path]) symlinkSync(brought[path], target);
    // Moved, for speed: a stage that is copied from twice would be found out here.
    else if (from) renameSync(source, target);
    else cpSync(source, target, { recursive: true, filter: file => !isIgnored(relative(root, file)) });
  }
}

let stages: Stage[];
let image: Stage;
let folder: string;

beforeAll(() => {
  stages = assemble();
  image = stages.at(-1)!;
  folder = join(image.folder, image.workdir);
}, 180_000);

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Runs a program in the image with nothing but the image's own environment. */
function run([program = '', ...rest]: string[]) {
  const paths = Object.entries(image.env).map(([name, value]) => [
    name,
    value.startsWith('/') ? join(image.folder, value) : value,
  ]);
  return spawnSync(join(image.folder, '/usr/local/bin', program), rest, {
    cwd: folder,
    env: Object.fromEntries(paths),
    timeout: 20_000,
  });
}

/** Every file of the image's own, with its size and when it was written. */
function snapshot(): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(file => ({ file, at: statSync(join(folder, file)) }))
    .map(({ file, at }) => `${file} ${at.isFile() ? at.size : ''} ${at.mtimeMs}`)
    .sort();
}

function sizeOf(path: string): number {
  const all = readdirSync(path, { recursive: true, encoding: 'utf8' }).map(file => statSync(join(path, file)));
  return all.reduce((sum, at) => sum + (at.isFile() ? at.size : 0), 0);
}

const Lock = z.object({
  packages: z.record(z.string(), z.object({ dev: z.boolean().optional(), version: z.string().optional() })),
});
const Package = z.object({
  scripts: z.object({ start: z.string() }),
  dependencies: z.record(z.string(), z.string()),
  optionalDependencies: z.record(z.string(), z.string()),
});
const declared = Package.parse(JSON.parse(read('package.json')));

describe('the image', () => {
  it('runs what npm start runs', () => {
    expect(image.entrypoint).toEqual(declared.scripts.start.split(' '));
  });

  it('holds nothing but the program, its packages and its licence', () => {
    expect(readdirSync(folder).sort()).toEqual(['LICENSE', 'cache', 'node_modules', 'package.json', 'src']);
  });

  it('has every file of src but those of src/local', () => {
    const all = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
    const expected = all.filter(file => !`${file}/`.startsWith('local/'));
    expect(expected.length).toBeLessThan(all.length);
    expect(readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' }).sort()).toEqual(expected.sort());
  });

  it('has every package that it depends on, and none that is for development', () => {
    for (const name of Object.keys(declared.dependencies))
      expect(existsSync(join(folder, 'node_modules', name)), name).toBe(true);
    const { packages } = Lock.parse(JSON.parse(read('package-lock.json')));
    const development = Object.keys(packages).filter(path => packages[path]?.dev);
    expect(development).toContain('node_modules/vitest');
    expect(development.filter(path => existsSync(join(folder, path)))).toEqual([]);
  });

  it('has one Node, the version of which is the one that is used for development', () => {
    const node = Object.entries(declared.optionalDependencies).filter(([name]) => name.startsWith('node-linux-'));
    expect(node).toHaveLength(1);
    expect(stages[0]?.base).toMatch(new RegExp(`^node:${node[0]?.[1]}-`));
    const packages = readdirSync(join(folder, 'node_modules'));
    expect(packages.filter(name => name.startsWith('node-linux-') || name === '.bin')).toEqual([]);
  });

  it('has neither shell nor package manager nor root: nothing is run in its last stage', () => {
    expect(image.runs).toEqual([]);
    expect(image.base).toMatch(/^gcr\.io\/distroless\/.*:nonroot$/);
    expect(image.user).toMatch(/^[1-9]\d*$/);
  });

  it('gives its user a home, without which charts are not drawn', () => {
    expect(image.env.HOME).toBe(image.workdir);
  });

  it('fills its cache of compiled code as the user that runs it, and in the same place', () => {
    const filling = stages[0]?.runs.find(({ command }) => command.includes('NODE_COMPILE_CACHE=cache '));
    expect(filling?.user).toBe(image.user);
    expect(stages[0]?.workdir).toBe(image.workdir);
    expect(image.env.NODE_COMPILE_CACHE).toBe(`${image.workdir}/cache`);
  });

  it('lets everybody read its cache of compiled code, and nobody but root write there', () => {
    const compiled = readdirSync(join(folder, 'cache'), { recursive: true, encoding: 'utf8' });
    expect(compiled.length).toBeGreaterThan(100);
    for (const file of ['.', ...compiled]) expect(statSync(join(folder, 'cache', file)).mode & 0o026, file).toBe(0o004);
  });

  it('says everything that is missing from an empty environment, and ends with 1', () => {
    const { status, stdout, stderr } = run(image.entrypoint);
    expect(status).toBe(1);
    expect(String(stdout)).toBe('');
    const missing = String(stderr).match(/^ {2}[A-Z_]+(?= is required)/gm) ?? [];
    expect(missing.map(name => name.trim()).sort()).toEqual([
      'APPROVERS',
      'DATASET_BUCKET',
      'GOOGLE_CLOUD_PROJECT',
      'PIPELINE_ROOT',
      'POLL_AUDIENCE',
      'POLL_SERVICE_ACCOUNT',
      'SLACK_BOT_TOKEN',
      'SLACK_SIGNING_SECRET',
    ]);
  });

  it('says what it stands on', () => {
    expect(image.labels).toEqual({
      'org.opencontainers.image.base.name': image.base,
      'retort.node-image': stages[0]?.base,
      'org.opencontainers.image.licenses': 'Apache-2.0',
    });
  });

  it('starts, answers, and ends when it is told to, and writes nothing', async () => {
    const before = snapshot();
    const standIns = await startStandIns();
    try {
      const env = Object.fromEntries(
        Object.entries(image.env).map(([name, value]) => [
          name,
          value.startsWith('/') ? join(image.folder, value) : value,
        ]),
      );
      const [, file = ''] = image.entrypoint;
      const program = await startProgram({ ...standIns.environment, ...env }, join(folder, file));
      expect((await fetch(`${program.url}/health`)).status).toBe(200);
      // The entry point is the program itself and no shell, so that the signal arrives.
      expect(await program.stop()).toBe(0);
    } finally {
      await standIns.close();
    }
    expect(snapshot()).toEqual(before);
  });

  it('is as large as this', () => {
    const node = statSync(join(image.folder, '/usr/local/bin/node')).size;
    const parts = ['node_modules', 'cache', 'src'].map(part => [part, sizeOf(join(folder, part))] as const);
    const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
    const all = [['node', node] as const, ...parts];
    const sum = all.reduce((total, [, bytes]) => total + bytes, 0);
    console.info(
      `The image, without its base: ${megabytes(sum)}, of which ${all.map(([part, bytes]) => `${part} ${megabytes(bytes)}`).join(', ')}.`,
    );
    for (const [part, bytes] of all) expect(bytes, part).toBeGreaterThan(0);
  });

  it('has the font that charts are lettered in', () => {
    const fonts = readdirSync(join(folder, 'node_modules'), { recursive: true, encoding: 'utf8' });
    expect(fonts.filter(file => /inter\/.*Inter_\d00\w*\.ttf$/.test(file))).not.toEqual([]);
  });

  it('can draw a chart with what it has', () => {
    const draw = `
      import { createCanvas } from './src/clients/canvas.ts';
      const data = { labels: [1, 2], datasets: [{ label: 'loss', data: [2, 1] }] };
      process.stdout.write(await createCanvas().draw({ type: 'line', data, options: { animation: false } }));`;
    const { stdout, stderr } = run(['node', '--input-type=module', '--eval', draw]);
    expect(String(stderr)).toBe('');
    expect(stdout.subarray(1, 4).toString()).toBe('PNG');
  });
});
