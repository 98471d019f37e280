import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAst } from 'vitest/node';
import { tuningRecipes } from '../src/job/recipe.ts';

const root = join(import.meta.dirname, '..');

/** A library of any name. */
const library = 'a library';

/** What each part of `src` may import: anything of `values`, and of `types` with `import type` alone. */
const may: Record<string, { values: readonly string[]; types?: readonly string[] }> = {
  job: { values: ['job', 'zod'] },
  world: { values: [], types: ['job', '@slack/types', 'chart.js'] },
  config: { values: ['job', 'zod'], types: ['world'] },
  views: { values: ['job', 'views', 'zod'], types: ['world', '@slack/types', 'chart.js'] },
  steps: {
    values: [
      'job',
      'views',
      'world',
      'steps',
      'p-limit',
      'nanoid',
      'canonicalize',
      'node:crypto',
      'node:timers',
      'node:timers/promises',
    ],
    types: ['@slack/types'],
  },
  clients: { values: ['job', 'world', 'clients', library] },
  app: { values: ['job', 'views', 'world', 'steps', 'config', library], types: ['clients'] },
  main: { values: ['job', 'views', 'world', 'steps', 'config', 'clients', 'app', library] },
  'check-dataset': { values: ['job', 'views', 'steps', library] },
  doctor: { values: ['job', 'world', 'config', 'clients', 'doctor', library] },
  local: { values: ['job', 'views', 'world', 'steps', 'config', 'clients', 'app', 'main', 'local', library] },
};

const badNames = ['utils', 'util', 'helpers', 'helper', 'types', 'index', 'common', 'misc'];

interface Import {
  from: string;
  typeOnly: boolean;
}

/** Every import of a file. One that is not erased whole loads its module, even where all it names are types. */
function imports(source: string): Import[] {
  return nodes(parseAst(source, { lang: 'ts' })).flatMap(node => {
    const from = modules[node.type]?.(node);
    const typeOnly = node.type === 'TSImportType' || node.importKind === 'type' || node.exportKind === 'type';
    return typeof from === 'string' ? { from, typeOnly } : [];
  });
}

function nodes(tree: unknown): Node[] {
  if (typeof tree !== 'object' || tree === null) return [];
  const below = Object.values(tree).flatMap(nodes);
  return 'type' in tree && typeof tree.type === 'string' ? [tree as Node, ...below] : below;
}

/** As much of a syntax tree's node as imports need. */
interface Node {
  type: string;
  value?: unknown;
  importKind?: string;
  exportKind?: string;
  source?: { value?: unknown } | null;
  callee?: { name?: string };
  arguments?: { value?: unknown }[];
}

const source = (node: Node) => node.source?.value;

/** The nodes that name a module. A worker's is named by a URL. */
const modules: Record<string, (node: Node) => unknown> = {
  ImportDeclaration: source,
  ExportNamedDeclaration: source,
  ExportAllDeclaration: source,
  ImportExpression: source,
  TSImportType: source,
  CallExpression: node => node.callee?.name === 'require' && node.arguments?.[0]?.value,
  NewExpression: node => node.callee?.name === 'URL' && /^\..*\.ts$/.exec(`${node.arguments?.[0]?.value}`)?.[0],
};

/** The part of `src` that a file belongs to. */
function partOf(file: string): string {
  const [first = '', ...rest] = file.replace(/^src\//, '').split('/');
  return rest.length ? first : basename(first, '.ts');
}

/** What an import reaches: a part of `src`, or a library's name. */
function reached(file: string, from: string): string {
  if (!from.startsWith('.')) return from;
  const target = normalize(join(dirname(file), from));
  return target.startsWith('src/') ? partOf(target) : target;
}

/** What a file of `src` imports and may not, in words. */
function wrongImports(file: string, source: string): string[] {
  const part = partOf(file);
  const rule = may[part];
  if (!rule) return [`${file} is in "${part}", of which nothing says what it may import.`];
  const { values, types = [] } = rule;
  return imports(source).flatMap(({ from, typeOnly }) => {
    const target = reached(file, from);
    const isLibrary = !from.startsWith('.');
    if (values.includes(target) || (isLibrary && values.includes(library))) return [];
    if (typeOnly && types.includes(target)) return [];
    if (types.includes(target)) return [`${file} imports "${from}" as a value: ${part} may import it as a type alone.`];
    const allowed = [...values, ...types.map(type => `${type} (types)`)].join(', ') || 'nothing';
    return [`${file} imports "${from}": ${part} may import ${allowed}.`];
  });
}

/** Where a pattern stands in a file, in words. */
function mentions(file: string, source: string, { pattern, why }: { pattern: RegExp; why: string }): string[] {
  return source
    .split('\n')
    .flatMap((text, i) => (pattern.test(text) ? [`${file}:${i + 1} ${why}: ${text.trim()}`] : []));
}

/** Where a file names a recipe that is data: what holds of one of them would not hold of the next one that is added. */
function namedRecipes(file: string, source: string): string[] {
  return nodes(parseAst(source, { lang: 'ts' })).flatMap(({ type, value }) => {
    const text = type === 'TemplateElement' ? (value as { cooked?: unknown }).cooked : value;
    const named = tuningRecipes.find(id => id === text);
    return named ? [`${file} names the recipe "${named}": what it asks of it stands in src/job/recipe.ts.`] : [];
  });
}

/** What is wrong with a file's or folder's name, in words. */
function wrongName(path: string): string[] {
  return path.split('/').flatMap(part => {
    const [name = ''] = part.split('.');
    if (badNames.includes(name)) return [`${path} is named "${name}", which says nothing of its subject.`];
    if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.(test|suite))?(\.ts)?$/.test(part))
      return [`${path} is not in kebab-case: "${part}".`];
    return [];
  });
}

/** The TypeScript files below a folder, by their paths from the repository's root. */
function filesIn(folder: string): { file: string; source: string }[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && entry.name.endsWith('.ts'))
    .map(entry => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort()
    .map(file => ({ file, source: readFileSync(join(root, file), 'utf8') }));
}

const all = filesIn('src');
const product = all.filter(({ file }) => !file.startsWith('src/local/'));
const tests = filesIn('test');

const mock = { pattern: /\bvi\s*\.\s*(mock|doMock|hoisted|fn|spyOn|stubGlobal)\b/, why: 'mocks' };
const left = { pattern: /\b(it|test|describe)(\.\w+)*\.(skip|only|todo|fails)\b/, why: 'leaves tests out' };
const local = { pattern: /\blocal\//, why: 'mentions the stand-ins' };
const environment = { pattern: /\bprocess\s*\.\s*env\b|\bprocess\[|\bnode:process\b/, why: 'reads the environment' };
const branch = {
  pattern: /\b(if|while)\s*\([^)]*\b(is)?local\b|\b(is)?local\s*(\?[^.:]|&&|\|\|)|\bNODE_ENV\b|\bVITEST\b/i,
  why: 'asks whether it runs locally',
};

describe('The architecture', () => {
  it('has files to look at', () => {
    expect(product.length).toBeGreaterThan(20);
    expect(all.map(({ file }) => file)).toContain('src/job/change.ts');
    expect(tests.map(({ file }) => file)).toContain('test/architecture.test.ts');
  });

  it('lets every part import what stands to its left, and nothing else', () => {
    expect(all.flatMap(({ file, source }) => wrongImports(file, source))).toEqual([]);
  });

  it('names files for their subjects, in kebab-case', () => {
    expect([...all, ...tests].flatMap(({ file }) => wrongName(file))).toEqual([]);
  });

  it('knows nothing of the stand-ins outside their folder', () => {
    expect(product.flatMap(({ file, source }) => mentions(file, source, local))).toEqual([]);
  });

  it('never asks where it runs', () => {
    expect(product.flatMap(({ file, source }) => mentions(file, source, branch))).toEqual([]);
  });

  it('reads the environment where a program begins, and nowhere else', () => {
    const others = product.filter(({ file }) => !/^src\/(doctor\/)?main\.ts$/.test(file));
    expect(others.flatMap(({ file, source }) => mentions(file, source, environment))).toEqual([]);
  });

  it('names the successors’ recipes where they stand, and nowhere else', () => {
    const others = all.filter(({ file }) => file !== 'src/job/recipe.ts');
    expect(others.flatMap(({ file, source }) => namedRecipes(file, source))).toEqual([]);
    const own = all.flatMap(({ file, source }) => (file === 'src/job/recipe.ts' ? namedRecipes(file, source) : []));
    expect(own).toHaveLength(tuningRecipes.length);
  });

  it('mocks nothing', () => {
    expect(tests.flatMap(({ file, source }) => mentions(file, source, mock))).toEqual([]);
  });

  it('leaves no test out', () => {
    expect(tests.flatMap(({ file, source }) => mentions(file, source, left))).toEqual([]);
  });
});

describe('What looks at it', () => {
  it.each([
    [`import { z } from 'zod';`, 'zod', false],
    [`import z, { ZodError } from "zod"`, 'zod', false],
    [`import * as z from 'zod';`, 'zod', false],
    [`import {\n  a,\n  b,\n} from './a.ts';`, './a.ts', false],
    [`import './a.ts';`, './a.ts', false],
    [`import type { A } from './a.ts';`, './a.ts', true],
    [`import type A from './a.ts';`, './a.ts', true],
    [`import { type A } from './a.ts';`, './a.ts', false],
    [`import type from './a.ts';`, './a.ts', false],
    [`import data from './a.json' with { type: 'json' };`, './a.json', false],
    [`export { a } from './a.ts';`, './a.ts', false],
    [`export * from './a.ts';`, './a.ts', false],
    [`export type { A } from './a.ts';`, './a.ts', true],
    [`const a = await import('./a.ts');`, './a.ts', false],
    [`const a = require('a');`, 'a', false],
    [`let a: import('./a.ts').A;`, './a.ts', true],
    [`let a: typeof import('./a.ts');`, './a.ts', true],
    [`new Worker(new URL('./a.ts', import.meta.url));`, './a.ts', false],
  ])('sees %j', (statement, from, typeOnly) => {
    expect(imports(`const before = 'x';\n${statement}\nconst after = 'y';`)).toEqual([{ from, typeOnly }]);
  });

  it('takes no other text for an import', () => {
    const text =
      "export const a = `\nimport { b } from 'b';\n`;\n// import 'c';\nimported('d');\nnew URL('https://e');";
    expect(imports(text)).toEqual([]);
  });

  it.each([
    ['src/job/a.ts', `import { b } from '../world.ts';`],
    ['src/job/a.ts', `import type { b } from '../world.ts';`],
    ['src/job/a.ts', `import { createHash } from 'node:crypto';`],
    ['src/world.ts', `import { Job } from './job/job.ts';`],
    ['src/world.ts', `import type { App } from '@slack/bolt';`],
    ['src/views/a.ts', `import { LeaseLost } from '../world.ts';`],
    ['src/views/a.ts', `import { Chart } from 'chart.js';`],
    ['src/views/a.ts', `import type { b } from '../steps/b.ts';`],
    ['src/steps/a.ts', `import type { b } from '../clients/b.ts';`],
    ['src/steps/a.ts', `import { WebClient } from '@slack/web-api';`],
    ['src/steps/a.ts', `const b = await import('../clients/b.ts');`],
    ['src/clients/a.ts', `import { b } from '../steps/b.ts';`],
    ['src/clients/a.ts', `import type { b } from '../views/b.ts';`],
    ['src/app.ts', `import { b } from './clients/b.ts';`],
    ['src/main.ts', `import { b } from './local/b.ts';`],
    ['src/clients/a.ts', `import type { b } from '../local/b/server.ts';`],
    ['src/clients/a.ts', `import { b } from '../../test/b.ts';`],
    ['src/shared/a.ts', ``],
  ])('says that %s may not: %s', (file, statement) => {
    expect(wrongImports(file, statement)).toEqual([expect.stringContaining(file)]);
  });

  it.each([
    ['src/job/a.ts', `import { z } from 'zod';\nimport { b } from './b.ts';`],
    ['src/world.ts', `import type { Job } from './job/job.ts';`],
    ['src/steps/a.ts', `import { LeaseLost } from '../world.ts';\nimport pLimit from 'p-limit';`],
    ['src/app.ts', `import type { b } from './clients/b.ts';`],
    ['src/main.ts', `import { b } from './clients/b.ts';`],
    ['src/local/main.ts', `import '../main.ts';\nimport { b } from './slack/b.ts';`],
  ])('lets %s: %s', (file, statement) => {
    expect(wrongImports(file, statement)).toEqual([]);
  });

  it.each([
    `if (recipe === 'open-model') stop();`,
    'const first = `gemini-tuning`;',
    `let one: 'gemini-distillation';`,
    `const titles = { 'open-model': 'x' };`,
  ])('sees that a recipe is named: %s', text => {
    expect(namedRecipes('src/a.ts', text)).toHaveLength(1);
  });

  it('takes no longer text for a recipe', () => {
    expect(namedRecipes('src/a.ts', `// 'open-model'\nconst a = ['https://b/open-model', 'palm'];`)).toEqual([]);
  });

  it.each([
    'src/utils.ts',
    'src/job/helpers.ts',
    'test/types.test.ts',
    'src/job/index.ts',
    'src/common/a.ts',
    'src/misc.ts',
  ])('says that %s says nothing', path => {
    expect(wrongName(path)).toEqual([expect.stringContaining('says nothing')]);
  });

  it.each(['src/jobStates.ts', 'src/Job.ts', 'src/job_states.ts', 'src/job/a.spec.ts'])(
    'says that %s is no kebab',
    path => {
      expect(wrongName(path)).toEqual([expect.stringContaining('kebab-case')]);
    },
  );

  it.each([
    [mock, `vi.${'mock'}('./a.ts');`],
    [mock, `const f = vi.${'fn'}();`],
    [left, `it.${'skip'}('x', () => {});`],
    [left, `describe.concurrent.${'only'}('x', () => {});`],
    [local, `// see ${'local'}/slack`],
    [environment, 'const a = process.env.HOME;'],
    [environment, `import { env } from 'node:process';`],
    [branch, 'if (local) return;'],
    [branch, 'if (config.isLocal && x) {'],
    [branch, 'const a = local ? 1 : 2;'],
    [branch, `if (process.env.NODE_ENV === 'test') {`],
  ])('finds what $why', (rule, text) => {
    expect(mentions('a.ts', `x\n${text}`, rule)).toEqual([`a.ts:2 ${rule.why}: ${text}`]);
  });
});
