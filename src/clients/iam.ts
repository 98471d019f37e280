import { z } from 'zod';
import type { Rights } from '../world.ts';
import type { GoogleRequest } from './google.ts';
import { escaped, existence } from './google.ts';

const permission = 'iam.serviceAccounts.actAs';
const Held = z.looseObject({ permissions: z.array(z.string()).default([]) });

/** Asks IAM, at Google's own address or at `endpoint`, whether Retort may act as a service account. */
export function iamClient({
  request,
  endpoint = 'https://iam.googleapis.com',
}: {
  request: GoogleRequest;
  endpoint?: string;
}): Pick<Rights, 'actAs'> {
  return {
    async actAs(serviceAccount) {
      const about = serviceAccount;
      const outcome = await request({
        url: `${endpoint.replace(/\/+$/, '')}/v1/projects/${projectOf(serviceAccount)}/serviceAccounts/${escaped(serviceAccount)}:testIamPermissions`,
        method: 'POST',
        body: { permissions: [permission] },
        answer: Held,
      });
      if (outcome.is === 'ok' && !outcome.body.permissions.includes(permission))
        return { is: 'wrong', why: 'no-right', about };
      return existence(outcome, { about });
    },
  };
}

/** The project an account belongs to, where its address tells. IAM answers 403 instead of 404 under the wildcard `-`. */
function projectOf(serviceAccount: string): string {
  return /@([a-z0-9-]+)\.iam\.gserviceaccount\.com$/.exec(serviceAccount)?.[1] ?? '-';
}
