import { z } from 'zod';
import type { Trouble } from '../job/job.ts';
import type { Accelerator } from '../job/recipe.ts';
import { hardware } from '../job/recipe.ts';
import type { QuotaSaid, Quotas } from '../world.ts';
import { Unavailable } from '../world.ts';
import type { GoogleRequest } from './google.ts';
import { escaped, isName, listed, troubleOf } from './google.ts';

/** The quota that tuning takes from: by its id or, where Google publishes none, by a part of its display name. */
const quotas: Record<Accelerator, { id: string } | { named: string }> = {
  GPU: { id: 'RestrictedImageTrainingA10080GBGPUsPerProjectPerRegion' },
  TPU: { named: 'Restricted image training TPU V3 pod' },
};

const Text = z.string().catch('');

/** Stands for a limit that is none. */
const unlimited = -1;
// A 64-bit integer comes as a string.
const Limit = z
  .union([z.string(), z.number()])
  .transform(String)
  .refine(text => /^(-1|\d{1,19})$/.test(text))
  .transform(Number)
  .optional()
  .catch(undefined);

const QuotaInfo = z.looseObject({
  metricDisplayName: Text,
  quotaDisplayName: Text,
  displayName: Text,
  /** The most specific first. */
  dimensionsInfos: z
    .array(
      z.looseObject({
        details: z.looseObject({ value: Limit }).optional(),
        applicableLocations: z.array(z.string()).default([]),
      }),
    )
    .default([]),
});
type QuotaInfo = z.infer<typeof QuotaInfo>;

/** Asks Cloud Quotas, at Google's own address or at `endpoint`, for the quotas of Vertex AI; `ids` replace what is known of them. */
export function quotasClient({
  request,
  project,
  endpoint = 'https://cloudquotas.googleapis.com',
  ids = {},
}: {
  request: GoogleRequest;
  project: string;
  endpoint?: string | undefined;
  ids?: Partial<Record<Accelerator, string | undefined>>;
}): Quotas {
  const collection = `projects/${project}/locations/global/services/aiplatform.googleapis.com/quotaInfos`;
  const address = (name: string) => `${endpoint.replace(/\/+$/, '')}/v1/${escaped(name)}`;

  async function byId(id: string, region: string): Promise<QuotaSaid> {
    const name = `${collection}/${id}`;
    if (!isName(name)) return unknown('not-listed');
    const outcome = await request({ url: address(name), answer: QuotaInfo });
    if (outcome.is === 'ok') return capacityIn(region, [outcome.body]);
    return outcome.is === 'status' && outcome.status === 404 ? unknown('not-listed') : notTold(troubleOf(outcome));
  }

  async function byName(part: string, region: string): Promise<QuotaSaid> {
    const url = address(collection);
    try {
      const all = await listed(request, { url, query: { pageSize: '100' }, name: 'quotaInfos', item: QuotaInfo });
      return capacityIn(
        region,
        all.filter(quota => isNamed(quota, part)),
      );
    } catch (error) {
      if (error instanceof Unavailable) return notTold(error.trouble);
      throw error;
    }
  }

  return {
    async capacity(accelerator) {
      const { region } = hardware[accelerator];
      const id = ids[accelerator];
      const quota = id === undefined ? quotas[accelerator] : { id };
      return 'id' in quota ? byId(quota.id, region) : byName(quota.named, region);
    },
  };
}

function isNamed({ metricDisplayName, quotaDisplayName, displayName }: QuotaInfo, part: string): boolean {
  const names = [metricDisplayName, quotaDisplayName, displayName];
  return names.some(name => name.toLowerCase().includes(part.toLowerCase()));
}

/** What these quotas together allow in a region. A metric may have several, and all of them hold: the least one counts. */
function capacityIn(region: string, found: QuotaInfo[]): QuotaSaid {
  const limits = found
    .map(({ dimensionsInfos }) => dimensionsInfos.find(one => one.applicableLocations.includes(region)))
    .filter(one => one !== undefined)
    .map(one => one.details?.value);
  const told = limits.filter(limit => limit !== undefined);
  if (told.length === 0 || told.length < limits.length) return unknown('not-listed');
  const units = Math.min(...told.map(limit => (limit === unlimited ? Number.POSITIVE_INFINITY : limit)));
  return Number.isSafeInteger(units) ? { is: 'known', units } : { is: 'unlimited' };
}

function notTold({ why }: Trouble): QuotaSaid {
  return unknown(why === 'forbidden' ? 'no-right' : 'no-answer');
}

function unknown(why: Extract<QuotaSaid, { is: 'unknown' }>['why']): QuotaSaid {
  return { is: 'unknown', why };
}
