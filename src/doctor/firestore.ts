import { Firestore } from '@google-cloud/firestore';
import { z } from 'zod';
import { firestoreJobs } from '../clients/firestore.ts';
import { firestoreSettings } from '../clients/firestore-calls.ts';
import { firestoreNotices } from '../clients/firestore-notices.ts';
import type { Held, Jobs, Notices } from '../world.ts';
import type { Around, Own } from './around.ts';
import { asRetort, memberOf, refused } from './around.ts';
import type { Check, Verdict } from './verdict.ts';

/** Collections whose documents are deleted when their `expireAt` has come. */
export const expiring = ['inbox', 'notices'] as const;

const Field = z.looseObject({
  name: z.string(),
  ttlConfig: z.looseObject({ state: z.string().optional() }).optional(),
});
const Fields = z.looseObject({ fields: z.array(Field).default([]) });

const nobody = 'nobody';
/** Every query that Retort asks, by what it is for. */
const queries: Record<string, (store: { jobs: Jobs; notices: Notices }) => Promise<unknown>> = {
  'the newest jobs': ({ jobs }) => jobs.list({ limit: 1 }),
  'the jobs of a person': ({ jobs }) => jobs.list({ requester: nobody, limit: 1 }),
  'the jobs in a state': ({ jobs }) => jobs.list({ state: 'queued', limit: 1 }),
  'the jobs of a name': ({ jobs }) => jobs.list({ name: nobody, limit: 1 }),
  'the jobs of a person and a name': ({ jobs }) => jobs.list({ requester: nobody, name: nobody, limit: 1 }),
  'the jobs of a person in a state': ({ jobs }) => jobs.list({ requester: nobody, state: 'queued', limit: 1 }),
  'the jobs that are due': ({ jobs }) => jobs.due(0, 1),
  'the messages of a job': ({ jobs }) => jobs.posts({ job: { id: nobody }, delivered: 0 } as unknown as Held),
  'the decisions about a job': ({ jobs }) => jobs.decisions(nobody),
  'the notices that are due': ({ notices }) => notices.due(0, 1),
};

const ofIndexes =
  'npx --yes firebase-tools@15.34.2 deploy --only firestore:indexes --config out/manifests/firebase.json --project';

/** Looks at Firestore: whether it answers, every query of Retort's with its index, and what is deleted by itself. */
export function firestoreChecks(around: Around): Check[] {
  const { settings } = around.config;
  const { project, callTime, leaseTime } = settings;
  const store = lazily((own: Own) => {
    const db = new Firestore({
      projectId: project,
      ...firestoreSettings,
      ...(own.authClient && { authClient: own.authClient }),
    });
    const clock = { now: () => Date.now(), steady: () => performance.now() };
    const times = { clock, leaseTime, callTime };
    return { jobs: firestoreJobs(db, times), notices: firestoreNotices(db, times) };
  });

  /** What it means that Firestore did not answer. */
  function verdictOn(error: unknown): Verdict {
    const { code, message } = causeOf(error);
    if (code === 9 && /index/.test(message))
      return { is: 'wrong', said: 'its index is missing, or still being built', run: `${ofIndexes} ${project}` };
    if (code === 5)
      return {
        is: 'wrong',
        said: 'there is no database',
        run: `gcloud firestore databases create --location ${around.region ?? 'REGION'} --project ${project}`,
      };
    if (code === 7 && /has not been used in project|is disabled/.test(message))
      return {
        is: 'wrong',
        said: 'Firestore is not enabled',
        run: `gcloud services enable firestore.googleapis.com --project ${project}`,
      };
    if (code === 7)
      return {
        is: 'wrong',
        said: 'Retort may not read it',
        run: `gcloud projects add-iam-policy-binding ${project} --member ${memberOf(around)} --role projects/${project}/roles/retort --condition None`,
      };
    return { is: 'unknown', said: `Firestore did not answer${code === undefined ? '' : ` (code ${code})`}` };
  }

  const check = (about: string, ask: (store: { jobs: Jobs; notices: Notices }) => Promise<unknown>): Check => ({
    about,
    look: () =>
      asRetort(around, async own => {
        try {
          await ask(store(own));
          return { is: 'fine' };
        } catch (error) {
          return verdictOn(error);
        }
      }),
  });
  return [
    check('Firestore answers', ({ jobs }) => jobs.ledger('TPU')),
    ...Object.entries(queries).map(([about, ask]) => check(`Firestore finds ${about}`, ask)),
    ...expiring.map(collection => expiryCheck(collection, around)),
  ];
}

function expiryCheck(collection: string, { config, operator, admin }: Around): Check {
  const { project } = config.settings;
  return {
    about: `Firestore forgets ${collection} by itself`,
    async look() {
      const url = `${admin('firestore')}/v1/projects/${project}/databases/(default)/collectionGroups/-/fields`;
      const outcome = await operator({ url, query: { filter: 'ttlConfig:*' }, answer: Fields });
      if (outcome.is !== 'ok') return refused(outcome, { service: 'firestore.googleapis.com', project });
      const found = outcome.body.fields.find(({ name }) =>
        name.endsWith(`/collectionGroups/${collection}/fields/expireAt`),
      );
      if (found?.ttlConfig && found.ttlConfig.state !== 'NEEDS_REPAIR') return { is: 'fine' };
      return { is: 'wrong', said: 'it has no TTL policy', run: `${ofIndexes} ${project}` };
    },
  };
}

/** What stands behind a failure: gRPC's code, and its words, which are read and never shown. */
function causeOf(error: unknown): { code: number | undefined; message: string } {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const { code, message } = (cause ?? {}) as { code?: unknown; message?: unknown };
  return { code: typeof code === 'number' ? code : undefined, message: String(message ?? '') };
}

function lazily<In, Out>(make: (given: In) => Out): (given: In) => Out {
  let made: Out | undefined;
  return given => {
    made ??= make(given);
    return made;
  };
}
