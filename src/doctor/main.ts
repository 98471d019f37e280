import { parseArgs } from 'node:util';
import { GoogleAuth, OAuth2Client } from 'google-auth-library';
import { z } from 'zod';
import type { GoogleRequest } from '../clients/google.ts';
import { googleRequests, googleSettings } from '../clients/google.ts';
import { ConfigError, readConfig } from '../config.ts';
import type { Around, Own } from './around.ts';
import { refused } from './around.ts';
import { bucketChecks } from './buckets.ts';
import type { Service } from './deployed.ts';
import { askService, environmentOf, NotThere, UnreadableSecret } from './deployed.ts';
import { firestoreChecks } from './firestore.ts';
import type { Found } from './knock.ts';
import { knockChecks } from './knock.ts';
import { recipeChecks } from './recipes.ts';
import { slackChecks } from './slack.ts';
import type { Finding, Verdict } from './verdict.ts';
import { exitCode, lookedAt, report } from './verdict.ts';
import { vertexChecks } from './vertex.ts';

/** Looks at every right and resource that a configuration needs. Exit code 0 where all is fine, 1 where something is wrong, 2 where something could not be checked. */
const usage = `npm run doctor -- [--project PROJECT --region REGION [--service NAME]]

  --project, --region   looks at what is deployed there: its configuration, and with its account's rights
  --service NAME        the service whose configuration it is (default: retort)

Without --project: the configuration of the environment, with the rights of the credentials at hand.
`;

const callTime = 10_000;
const Token = z.looseObject({ accessToken: z.string() });

try {
  process.exitCode = await run();
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof UnreadableSecret || error instanceof NotThere)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
// Clients that wait for somebody who does not answer would keep the process alive.
process.exit();

async function run(): Promise<number> {
  const place = options();
  if (!place) {
    process.stderr.write(usage);
    return 1;
  }
  const { project, region, service } = place;
  const address = process.env.ADMIN_ENDPOINT ?? 'https://{service}.googleapis.com';
  const admin = (name: string) => address.replace('{service}', name).replace(/\/+$/, '');
  const auth = new GoogleAuth(googleSettings);
  const operator = googleRequests({ auth, timeout: callTime });
  if (!project || !region) {
    const own = { request: operator };
    const config = readConfig(process.env);
    const around: Around = { config, admin, operator, own, account: undefined, region };
    return told(await examined(around, []));
  }

  const outcome = await askService({ project, region, service }, operator, admin);
  if (outcome.is !== 'ok')
    throw new NotThere(
      `The service "${service}" cannot be looked at: ${inWords(refused(outcome, { service: 'run.googleapis.com', project, missing: { is: 'unknown', said: `there is none in ${region} of ${project}` } }))}.`,
    );
  const deployed = outcome.body;
  const config = readConfig(await environmentOf(deployed, project, operator, admin));
  const account = deployed.template.serviceAccount;
  const { own, finding } = await actingAs(account, operator, { project, admin });
  const around: Around = { config, admin, operator, own, account, region };
  const services = await servicesBeside({ name: service, service: deployed }, around);
  return told([finding, ...(await examined(around, services))]);
}

function options(): { project?: string; region?: string; service: string } | undefined {
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({ options: { project: text, region: text, service: { ...text, default: 'retort' } } });
    return values.project && !values.region ? undefined : values;
  } catch {
    return undefined;
  }
}

function examined(around: Around, services: readonly Found[]): Promise<Finding[]> {
  return lookedAt([
    ...slackChecks(around),
    ...vertexChecks(around),
    ...recipeChecks(around),
    ...firestoreChecks(around),
    ...bucketChecks(around),
    ...knockChecks(around, services),
  ]);
}

function told(findings: readonly Finding[]): number {
  process.stdout.write(report(findings));
  return exitCode(findings);
}

/** Acts as Retort's own account, with a token that ends within the hour. */
async function actingAs(
  account: string,
  operator: GoogleRequest,
  { project, admin }: { project: string; admin: (service: string) => string },
): Promise<{ own: Own | undefined; finding: Finding }> {
  const about = `you may look as ${account}`;
  const outcome = await operator({
    url: `${admin('iamcredentials')}/v1/projects/-/serviceAccounts/${encodeURIComponent(account)}:generateAccessToken`,
    method: 'POST',
    body: { scope: googleSettings.scopes, lifetime: '600s' },
    answer: Token,
  });
  if (outcome.is === 'ok') {
    const authClient = new OAuth2Client();
    authClient.setCredentials({ access_token: outcome.body.accessToken });
    const request = googleRequests({ auth: new GoogleAuth({ authClient }), timeout: callTime });
    return { own: { request, authClient }, finding: { about, verdict: { is: 'fine' } } };
  }
  const forbidden: Verdict = {
    is: 'wrong',
    said: 'you may not, so what it may do is not known',
    run: `gcloud iam service-accounts add-iam-policy-binding ${account} --member "user:$(gcloud config get-value account)" --role roles/iam.serviceAccountTokenCreator --project ${project}`,
  };
  const verdict = refused(outcome, { service: 'iamcredentials.googleapis.com', project, forbidden });
  return { own: undefined, finding: { about, verdict } };
}

/** The service that was named, and the one of the knock where there are two. */
async function servicesBeside(named: Found, { config, operator, admin, region }: Around): Promise<Found[]> {
  const { project } = config.settings;
  const other = 'retort-poll';
  if (named.name === other || config.doors.poll) return [named];
  const outcome = await askService({ project, region: region ?? '', service: other }, operator, admin);
  return outcome.is === 'ok' ? [named, { name: other, service: outcome.body satisfies Service }] : [named];
}

function inWords(verdict: Verdict): string {
  return verdict.is === 'wrong' ? `${verdict.said} (run: ${verdict.run})` : (verdict.said ?? '');
}
