import type { LoginTicket } from 'google-auth-library';
import { OAuth2Client } from 'google-auth-library';

/** Whose knock is ours. */
export interface Caller {
  audience: string;
  serviceAccount: string;
}

/**
 * Checks the bearer token of Cloud Scheduler: signed by Google, for exactly this audience, from exactly this service
 * account with a verified e-mail address. Any other token Google signs is somebody else's.
 */
export function knockVerifier({ audience, serviceAccount }: Caller, certsUrl?: string) {
  const google = new OAuth2Client(certsUrl ? { endpoints: { oauth2FederatedSignonPemCertsUrl: certsUrl } } : {});

  /** Whether an `Authorization` header is that of our own scheduler. */
  return async function isOurs(authorization: string | undefined): Promise<boolean> {
    const idToken = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/.exec(authorization ?? '')?.[1];
    if (!idToken) return false;
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
