import { Firestore } from '@google-cloud/firestore';
import { afterAll, describe, expect, it } from 'vitest';
import { startFirestore } from '../../src/local/firestore/server.ts';

process.env.METADATA_SERVER_DETECTION = 'none';

const server = await startFirestore({
  indexes: {
    indexes: [
      {
        collectionGroup: 'jobs',
        fields: [
          { fieldPath: 'state', order: 'ASCENDING' },
          { fieldPath: 'at', order: 'DESCENDING' },
        ],
      },
      {
        collectionGroup: 'jobs',
        fields: [
          { fieldPath: 'who', order: 'ASCENDING' },
          { fieldPath: 'at', order: 'DESCENDING' },
        ],
      },
    ],
    fieldOverrides: [
      { collectionGroup: 'jobs', fieldPath: 'deep', indexes: [] },
      { collectionGroup: 'jobs', fieldPath: 'deep.at', indexes: [{ order: 'ASCENDING' }] },
    ],
  },
});
const [host = '', port] = server.host.split(':');
const db = new Firestore({ projectId: 'retort-test', host, port: Number(port), ssl: false });
afterAll(async () => {
  await db.terminate();
  await server.close();
});
const jobs = db.collection('jobs');

describe('A Firestore that is told of its indexes', () => {
  it.each([
    ['everything', jobs],
    ['an order that every field has', jobs.orderBy('at')],
    ['a range', jobs.where('at', '>', 1)],
    ['a range with its order', jobs.where('at', '>', 1).orderBy('at', 'desc')],
    ['equalities alone', jobs.where('state', '==', 'a').where('who', '==', 'b')],
    ['an equality and an order with its index', jobs.where('state', '==', 'a').orderBy('at', 'desc')],
    ['two indexes merged', jobs.where('state', '==', 'a').where('who', '==', 'b').orderBy('at', 'desc')],
    ['what an override leaves', jobs.orderBy('deep.at')],
    ['another collection', db.collection('others').orderBy('deep')],
  ])('answers a query of %s', async (_, query) => {
    expect((await query.get()).docs).toEqual([]);
  });

  it.each([
    ['an order the other way', jobs.where('state', '==', 'a').orderBy('at')],
    ['a field that no index knows', jobs.where('other', '==', 'a').orderBy('at', 'desc')],
    ['a field of two that no index knows', jobs.where('state', '==', 'a').where('x', '==', 1).orderBy('at', 'desc')],
    ['two orders', jobs.orderBy('at').orderBy('who')],
    ['a field that is exempt', jobs.orderBy('deep.other')],
    ['a field that is exempt, compared', jobs.where('deep', '==', 1)],
    ['an order that an override leaves out', jobs.orderBy('deep.at', 'desc')],
    ['an index of another collection', db.collection('others').where('state', '==', 'a').orderBy('at', 'desc')],
  ])('refuses a query of %s with Firestore’s code', async (_, query) => {
    await expect(query.get()).rejects.toMatchObject({ code: 9, details: expect.stringMatching(/requires an index/) });
  });
});
