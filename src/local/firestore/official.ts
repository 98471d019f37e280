import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, realpathSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { FirestoreServer } from './server.ts';

const jarInSdk = join('platform', 'cloud-firestore-emulator', 'cloud-firestore-emulator.jar');
const debianSdks = ['/usr/lib/google-cloud-sdk', '/usr/share/google-cloud-sdk'];
// Named here because the jar in the SDK, unlike the one the Firebase tools download, has no main class in its manifest.
const mainClass = 'com.google.cloud.datastore.emulator.firestore.CloudFirestore';
const patience = 30_000;

/** Starts Google's own emulator where it and Java are installed; elsewhere there is none. */
export async function startOfficial(): Promise<FirestoreServer | undefined> {
  const [java, jar] = [onPath('java'), findJar()];
  if (!java || !jar) return undefined;

  const host = `127.0.0.1:${await freePort()}`;
  const [address, port] = host.split(':') as [string, string];
  // It only knows how to word its errors in English.
  const args = ['-Duser.language=en', '-cp', jar, mainClass, '--host', address, '--port', port];
  const emulator = spawn(java, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  emulator.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000);
  });
  const kill = () => emulator.kill('SIGKILL');
  process.once('exit', kill);
  const ended = once(emulator, 'exit');

  const close = async () => {
    kill();
    await ended;
    process.off('exit', kill);
  };
  const deadline = Date.now() + patience;
  while (!(await answers(host))) {
    if (emulator.exitCode !== null || Date.now() > deadline) {
      await close();
      throw new Error(`Cannot start the Firestore emulator "${jar}": ${said || 'it does not answer'}`);
    }
    await wait(50);
  }
  return {
    host,
    async clear() {
      const response = await fetch(`http://${host}/reset`, { method: 'POST' });
      if (!response.ok) throw new Error(`Cannot clear the Firestore emulator at "${host}": status ${response.status}`);
    },
    close,
  };
}

function findJar(): string | undefined {
  const gcloud = onPath('gcloud');
  const sdks = [process.env.CLOUDSDK_ROOT_DIR, gcloud && dirname(dirname(realpathSync(gcloud))), ...debianSdks];
  const jars = sdks.filter(sdk => sdk !== undefined).map(sdk => join(sdk, jarInSdk));
  return [process.env.FIRESTORE_EMULATOR_BINARY_PATH, ...jars].find(jar => jar && existsSync(jar));
}

function onPath(program: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map(folder => join(folder, program)).find(file => existsSync(file));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error(`Cannot find a free port: got "${address}"`);
  return address.port;
}

async function answers(host: string): Promise<boolean> {
  try {
    const response = await fetch(`http://${host}/`, { signal: AbortSignal.timeout(1000) });
    return response.ok;
  } catch {
    return false;
  }
}
