import type { LoginTicket } from 'google-auth-library';
import { OAuth2Client } from 'google-auth-library';
import { z } from 'zod';

/** Whose knock is ours. */
export interface Caller {
  audience: string;
  serviceAccount: string;
  /** Whether Cloud Run lets only those in whom IAM lets call. It has then checked the token, and put a word in the place of its signature (https://docs.cloud.google.com/run/docs/troubleshooting). */
  behindIam?: boolean;
}

/** What Cloud Run puts in the place of a signature that it has checked. */
const checkedByCloudRun = 'SIGNATURE_REMOVED_BY_GOOGLE';
const issuers = ['https://accounts.google.com', 'accounts.google.com'];
/** By how much clocks may differ, in seconds; the library that checks signatures allows as much. */
const clocksDiffer = 300;
/** For how long a token may hold, in seconds; as the same library has it. */
const longest = 86_400;

const Claims = z.object({
  iss: z.string(),
  aud: z.string(),
  email: z.string(),
  email_verified: z.literal(true),
  iat: z.number(),
  exp: z.number(),
});

/**
 * Checks the bearer token of Cloud Scheduler: signed by Google, for exactly this audience, from exactly this service
 * account with a verified e-mail address. Any other token Google signs is somebody else's.
 */
export function knockVerifier({ audience, serviceAccount, behindIam = false }: Caller, certsUrl?: string) {
  const google = new OAuth2Client(certsUrl ? { endpoints: { oauth2FederatedSignonPemCertsUrl: certsUrl } } : {});

  /** Whether an `Authorization` header is that of our own scheduler. */
  return async function isOurs(authorization: string | undefined): Promise<boolean> {
    const idToken = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/.exec(authorization ?? '')?.[1];
    if (!idToken) return false;
    if (behindIam) return isChecked(idToken) && says(idToken, { audience, serviceAccount });
    let ticket: LoginTicket;
    try {
      ticket = await google.verifyIdToken({ idToken, audience });
    } catch {
      // The library's messages contain the token: they are dropped here.
      return false;
    }
    const claims = ticket.getPayload();
    return claims?.email === serviceAccount && claims.email_verified === true;
  };
}

/** Whether Cloud Run checked a token's signature. A token that still has one did not come through its check. */
function isChecked(idToken: string): boolean {
  return idToken.endsWith(`.${checkedByCloudRun}`);
}

/** Whether a token whose signature was checked says that it is ours, and holds now. */
function says(idToken: string, { audience, serviceAccount }: Caller): boolean {
  const now = Date.now() / 1000;
  try {
    const claims = Claims.parse(JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString()));
    const { iss, aud, email, iat, exp } = claims;
    const holds = iat - clocksDiffer < now && now < exp + clocksDiffer && exp < now + longest;
    return issuers.includes(iss) && aud === audience && email === serviceAccount && holds;
  } catch {
    return false;
  }
}
