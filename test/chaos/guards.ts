import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Scenario } from './scenarios.ts';

/** A change to the source by which one guard is switched off. */
export interface Guard {
  name: string;
  /** In `src`. */
  file: string;
  find: string;
  replace: string;
  /** Where its absence shows first. */
  shows: Scenario;
}

/** What keeps effects single and nothing forgotten, each with the change that switches it off. */
export const guards: readonly Guard[] = [
  {
    name: 'look-up',
    file: 'steps/report.ts',
    find: 'const ts = looking ? await find(held, owed, world) : undefined;',
    replace: 'const ts = Math.random() > 1 ? await find(held, owed, world) : undefined;',
    shows: 'kills',
  },
  {
    name: 'mark before sending',
    file: 'steps/report.ts',
    find: 'if (ts === undefined) attempted = await jobs.mark(',
    replace: 'if (Math.random() > 1) attempted = await jobs.mark(',
    shows: 'kills',
  },
  {
    name: 're-check',
    file: 'clients/guarded-fetch.ts',
    find: 'if (ours()) return',
    replace: 'if (Math.random() < 2) return',
    shows: 'freezes',
  },
  {
    name: 'compare-and-set',
    file: 'clients/firestore.ts',
    find: '        lastUpdateTime: snapshot.updateTime!,',
    replace: '        exists: true,',
    shows: 'races',
  },
  {
    name: 'inbox',
    file: 'clients/firestore.ts',
    find: "createHash('sha256').update(key)",
    replace: "createHash('sha256').update(key + randomUUID())",
    shows: 'races',
  },
  {
    name: 'lease',
    file: 'clients/firestore.ts',
    find: 'const isHeld = envelope.lease && envelope.lease.until > clock.now();',
    replace: 'const isHeld = Math.random() > 1;',
    shows: 'races',
  },
  {
    name: 'fence',
    file: 'clients/firestore.ts',
    find: 'if (envelope.lease?.id !== lease) throw new LeaseLost(',
    replace: 'if (Math.random() > 1) throw new LeaseLost(',
    shows: 'freezes',
  },
];

/** The repository with one guard switched off. */
export interface Unguarded {
  /** Its `main.ts`. */
  program: string;
  remove(): Promise<void>;
}

const root = new URL('../../', import.meta.url).pathname;

/** Copies the source and switches a guard off in the copy. Throws where what is to be changed does not stand there exactly once. */
export async function without({ name, file, find, replace }: Guard): Promise<Unguarded> {
  const folder = await mkdtemp(join(tmpdir(), 'retort-unguarded-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await cp(join(root, 'src'), join(folder, 'src'), { recursive: true });
    for (const beside of ['node_modules', 'package.json']) await symlink(join(root, beside), join(folder, beside));
    const path = join(folder, 'src', file);
    const parts = (await readFile(path, 'utf8')).split(find);
    if (parts.length !== 2)
      throw new Error(`The guard "${name}" cannot be switched off: "${find}" is ${parts.length - 1} times in ${file}.`);
    await writeFile(path, parts.join(replace));
  } catch (error) {
    await remove();
    throw error;
  }
  return { program: join(folder, 'src', 'main.ts'), remove };
}
