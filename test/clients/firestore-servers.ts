import { afterAll } from 'vitest';
import { startOfficial } from '../../src/local/firestore/official.ts';
import { startFirestore } from '../../src/local/firestore/server.ts';

interface Server {
  name: string;
  host: string;
}

/** Starts every Firestore there is here: the embedded one, and Google's own emulator where it is installed. They end after all that the file does at its end. */
export async function startFirestores(): Promise<{ embedded: Server; all: Server[] }> {
  const [ours, official] = [await startFirestore(), await startOfficial()];
  afterAll(async () => {
    await ours.close();
    await official?.close();
  });
  const embedded = { name: 'the embedded Firestore', host: ours.host };
  return { embedded, all: [embedded, ...(official ? [{ name: 'the official emulator', host: official.host }] : [])] };
}
