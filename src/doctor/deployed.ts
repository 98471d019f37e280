import { z } from 'zod';
import type { GoogleRequest } from '../clients/google.ts';
import { escaped } from '../clients/google.ts';

const Env = z.looseObject({
  name: z.string(),
  value: z.string().optional(),
  valueSource: z
    .looseObject({ secretKeyRef: z.looseObject({ secret: z.string(), version: z.string().default('latest') }) })
    .optional(),
});
const Scaling = z.looseObject({ minInstanceCount: z.number().optional() }).optional();

/** A service of Cloud Run, as far as it is looked at (https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services). What is false is left out by Google. */
export const Service = z.looseObject({
  uri: z.string().optional(),
  invokerIamDisabled: z.boolean().default(false),
  scaling: Scaling,
  template: z.looseObject({
    serviceAccount: z.string().default(''),
    scaling: Scaling,
    containers: z
      .array(
        z.looseObject({
          env: z.array(Env).default([]),
          resources: z.looseObject({ cpuIdle: z.boolean().default(false) }).optional(),
        }),
      )
      .min(1),
  }),
});
export type Service = z.infer<typeof Service>;

const Version = z.looseObject({ payload: z.looseObject({ data: z.string() }) });

/** Where a service is. */
export interface Place {
  project: string;
  region: string;
  service: string;
}

/** Asks Cloud Run for a service. */
export function askService(
  { project, region, service }: Place,
  request: GoogleRequest,
  admin: (service: string) => string,
) {
  const name = escaped(`projects/${project}/locations/${region}/services/${service}`);
  return request({ url: `${admin('run')}/v2/${name}`, answer: Service });
}

/** What a service is told by its environment, its secrets read from Secret Manager. Throws a sentence where one cannot be read. */
export async function environmentOf(
  { template }: Service,
  project: string,
  request: GoogleRequest,
  admin: (service: string) => string,
): Promise<Record<string, string>> {
  const environment: Record<string, string> = {};
  for (const { name, value, valueSource } of template.containers[0]!.env) {
    if (value !== undefined) environment[name] = value;
    if (!valueSource) continue;
    const { secret, version } = valueSource.secretKeyRef;
    const resource = secret.startsWith('projects/') ? secret : `projects/${project}/secrets/${secret}`;
    const url = `${admin('secretmanager')}/v1/${escaped(`${resource}/versions/${version}`)}:access`;
    const outcome = await request({ url, answer: Version });
    if (outcome.is !== 'ok') throw new UnreadableSecret(name, secret, version);
    environment[name] = Buffer.from(outcome.body.payload.data, 'base64').toString();
  }
  return environment;
}

/** Thrown where whoever runs the doctor may not read a secret, or there is none. */
export class UnreadableSecret extends Error {
  override name = 'UnreadableSecret';
  constructor(variable: string, secret: string, version: string) {
    super(
      `${variable} cannot be read: version ${version} of the secret "${secret}" is not there, or not yours to read.`,
    );
  }
}

/** Thrown where there is no deployment to look at. */
export class NotThere extends Error {
  override name = 'NotThere';
}
