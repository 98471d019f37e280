import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

/** A program, running as a process of its own. */
export interface Program {
  url: string;
  pid: number;
  /** Every line it has logged. */
  logs: string[];
  /** Its exit code once it has ended, by itself or not; null where a signal ended it. */
  ended: Promise<number | null>;
  /** Ends it politely, as Cloud Run does. */
  stop(): Promise<number | null>;
  /** Ends it in the middle of whatever it is doing. */
  kill(): Promise<void>;
}

/** Starts `src/main.ts`, or another program that logs the same line, with nothing but the given environment, and waits until it listens; what it logs is kept in the folder that `KEEP_LOGS` names, too. One that does not within `patience` milliseconds is killed, as Cloud Run does. */
export async function startProgram(
  environment: Record<string, string>,
  file: string = main,
  { patience = 240_000 } = {},
): Promise<Program> {
  const child = spawn(process.execPath, [file], {
    env: { PATH: process.env.PATH ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  // Nothing is left behind, however whoever started it ends.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  void exited.then(() => process.off('exit', kill));
  const logs: string[] = [];
  const listening = Promise.withResolvers<string>();
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', line => {
      logs.push(line);
      if (process.env.KEEP_LOGS) appendFileSync(`${process.env.KEEP_LOGS}/${child.pid}.log`, `${line}\n`);
      const port = portIn(line);
      if (port) listening.resolve(`http://127.0.0.1:${port}`);
    });
  void exited.then(([code]) =>
    listening.reject(new Error(`Retort ended with code ${code} before it listened:\n${logs.join('\n')}`)),
  );
  const timer = setTimeout(kill, patience);
  const url = await listening.promise.finally(() => clearTimeout(timer));
  return {
    url,
    pid: child.pid ?? 0,
    logs,
    ended: exited.then(([code]) => code),
    async stop() {
      child.kill('SIGTERM');
      return (await exited)[0];
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

function portIn(line: string): number | undefined {
  if (!line.includes('"Listening"')) return undefined;
  const { code } = JSON.parse(line) as { code?: number };
  return code;
}
