import type { AuthClient } from 'google-auth-library';
import type { GoogleRequest, Outcome } from '../clients/google.ts';
import type { Config } from '../config.ts';
import type { Verdict } from './verdict.ts';

/** What every look has at hand. */
export interface Around {
  config: Config;
  /** Google's address of a service, for what only the doctor asks. */
  admin(service: string): string;
  /** Whoever runs the doctor. */
  operator: GoogleRequest;
  /** Retort's own account, where the doctor may act as it: what this may do is what Retort may do. */
  own: Own | undefined;
  /** The address of that account, where it is known. */
  account: string | undefined;
  region: string | undefined;
}

/** Retort's own account at work. */
export interface Own {
  request: GoogleRequest;
  authClient?: AuthClient;
}

/** Looks with Retort's own rights; where the doctor may not act as Retort, what it may do is not known. */
export async function asRetort({ own }: Around, look: (own: Own) => Promise<Verdict>): Promise<Verdict> {
  return own ? look(own) : { is: 'unknown', said: 'only Retort’s own account can tell, and nobody may act as it here' };
}

/** The account that grants are for, in a command. */
export function memberOf({ account, config }: Around): string {
  return `serviceAccount:${account ?? `retort@${config.settings.project}.iam.gserviceaccount.com`}`;
}

/** The command that gives Retort its role on the project. */
export function bound(around: Around): string {
  const { project } = around.config.settings;
  return `gcloud projects add-iam-policy-binding ${project} --member ${memberOf(around)} --role projects/${project}/roles/retort --condition None`;
}

/** What a refusal of Google's means. `forbidden` and `missing` say what they mean where it is asked; else it is not known. */
export function refused(
  outcome: Exclude<Outcome<unknown>, { is: 'ok' }>,
  {
    service,
    project,
    forbidden,
    missing,
  }: { service: string; project: string; forbidden?: Verdict; missing?: Verdict },
): Verdict {
  if (outcome.is === 'no-answer') return { is: 'unknown', said: `${service} did not answer` };
  const { status, reason, message } = outcome;
  // Resources tell their own name where a service was never enabled (https://cloud.google.com/service-usage/docs/troubleshooting).
  if (status === 403 && (reason === 'SERVICE_DISABLED' || /has not been used in project|is disabled/.test(message)))
    return {
      is: 'wrong',
      said: `${service} is not enabled`,
      run: `gcloud services enable ${service} --project ${project}`,
    };
  if (status === 403) return forbidden ?? { is: 'unknown', said: `you may not look at this in ${service}` };
  if (status === 404 && missing) return missing;
  return { is: 'unknown', said: `${service} answered with status ${status}` };
}
