import { randomUUID } from 'node:crypto';
import { Firestore } from '@google-cloud/firestore';
import { firestoreSettings } from '../../src/clients/firestore-calls.ts';

// Without it the client asks the network for Google's metadata server before its first call.
process.env.METADATA_SERVER_DETECTION = 'none';

/** A database that holds nothing yet, in a Firestore given as host and port: each has a project to itself. */
export function openDatabase(host: string, { projectId = `retort-${randomUUID()}` } = {}) {
  const clients: Firestore[] = [];
  return {
    projectId,
    /** One more client of it. */
    connect(): Firestore {
      const db = new Firestore({ projectId, host, ssl: false, ...firestoreSettings });
      clients.push(db);
      return db;
    },
    async close() {
      await Promise.all(clients.map(client => client.terminate()));
    },
  };
}
