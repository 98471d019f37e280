import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { quotasClient } from '../../src/clients/quotas.ts';
import type { Accelerator } from '../../src/job/recipe.ts';
import { accelerators } from '../../src/job/recipe.ts';
import { gpuQuota, tpuQuota } from '../../src/local/quotas/quota.ts';
import type { QuotaServer } from '../../src/local/quotas/server.ts';
import { startQuotas } from '../../src/local/quotas/server.ts';
import type { QuotaSaid } from '../../src/world.ts';
import type { Reply } from './answering.ts';
import { impatient, noAnswers, refusal, startAnswering, token } from './answering.ts';

const project = 'acme-ml';
const collection = `/v1/projects/${project}/locations/global/services/aiplatform.googleapis.com/quotaInfos`;
const ids = { GPU: 'OurGpus', TPU: 'OurTpus' };

const known = (units: number): QuotaSaid => ({ is: 'known', units });
const noRight: QuotaSaid = { is: 'unknown', why: 'no-right' };
const noAnswer: QuotaSaid = { is: 'unknown', why: 'no-answer' };
const notListed: QuotaSaid = { is: 'unknown', why: 'not-listed' };

let quotas: QuotaServer;
let server: Awaited<ReturnType<typeof startAnswering>> | undefined;
beforeEach(async () => {
  quotas = await startQuotas({ issued: one => one === token });
});
afterEach(async () => {
  await quotas.close();
  await server?.close();
  server = undefined;
});

/** Waits long enough for any answer that is coming. */
const patient = () => impatient({ timeout: 5000 });

interface Options {
  ids?: Partial<Record<Accelerator, string>>;
  request?: ReturnType<typeof impatient>;
}

/** What the local Cloud Quotas says. */
function capacity(accelerator: Accelerator, { ids, request = patient() }: Options = {}) {
  return quotasClient({ request, project, endpoint: quotas.url, ids }).capacity(accelerator);
}

/** What is made of a reply to everything. */
async function answered(reply: Reply, accelerator: Accelerator, { ids }: Options = {}) {
  server = await startAnswering(() => reply);
  const request = reply === 'silence' ? impatient() : patient();
  return quotasClient({ request, project, endpoint: server.url, ids }).capacity(accelerator);
}

const named = 'Restricted image training TPU V3 pod cores per region';

/** A quota that answers for both accelerators: by id, and in a list by its name. */
function both(dimensionsInfos: unknown): Reply {
  const quota = { metricDisplayName: named, dimensionsInfos };
  return { json: { ...quota, quotaInfos: [quota] } };
}
const everywhere = ['us-central1', 'europe-west4'];
const worth = (value: unknown) => both([{ details: { value }, applicableLocations: everywhere }]);

describe('capacity()', () => {
  it('knows the quotas that a project has which asked for nothing', async () => {
    expect(await capacity('GPU')).toEqual(known(8));
    expect(await capacity('TPU')).toEqual(known(64));
  });

  it('asks for the GPU quota by its id, with a token', async () => {
    server = await startAnswering(() => worth('8'));
    const { capacity } = quotasClient({ request: patient(), project, endpoint: `${server.url}/` });
    expect(await capacity('GPU')).toEqual(known(8));
    const [asked, ...more] = server.arrived;
    expect(asked).toMatchObject({ method: 'GET', authorization: `Bearer ${token}` });
    expect(asked?.path).toBe(`${collection}/RestrictedImageTrainingA10080GBGPUsPerProjectPerRegion`);
    expect(more).toEqual([]);
  });

  it.each(accelerators)(
    'asks for the %s quota by the id that is configured, and for nothing else',
    async accelerator => {
      expect(await answered(worth('128'), accelerator, { ids })).toEqual(known(128));
      expect(server?.arrived.map(one => one.path)).toEqual([`${collection}/${ids[accelerator]}`]);
    },
  );

  it('does not take another quota where there is none with the id that is configured', async () => {
    expect(await capacity('TPU', { ids: { TPU: 'Misspelt' } })).toEqual(notListed);
    expect(await capacity('GPU', { ids: { GPU: 'Misspelt' } })).toEqual(notListed);
    expect(await capacity('TPU', { ids: { TPU: tpuQuota } })).toEqual(known(64));
  });

  it.each(['', '.', '../../secret'])('never lets the id "%s" step out of its place', async id => {
    server = await startAnswering(() => worth('8'));
    const { capacity } = quotasClient({ request: patient(), project, endpoint: server.url, ids: { GPU: id } });
    expect(await capacity('GPU')).toEqual(notListed);
    expect(server.arrived).toEqual([]);
  });

  it('asks anew every time', async () => {
    expect(await capacity('TPU')).toEqual(known(64));
    quotas.set(tpuQuota, { limits: { 'europe-west4': 128 } });
    expect(await capacity('TPU')).toEqual(known(128));
  });

  it.each(accelerators)('has no right to know the %s quota where callers may not look', async accelerator => {
    quotas.deny();
    expect(await capacity(accelerator)).toEqual(noRight);
    quotas.deny(false);
    expect(await capacity(accelerator)).toMatchObject({ is: 'known' });
  });

  it('asks again where Google was only busy', async () => {
    quotas.fail({ status: 503 });
    quotas.fail({ status: 429 });
    expect(await capacity('TPU')).toEqual(known(64));
  });
});

describe('the display name of the TPU quota', () => {
  const theirs = { applicableLocations: ['europe-west4'], details: { value: '64' } };
  it.each([
    ['of the metric', { metricDisplayName: named }, known(64)],
    ['of the quota', { quotaDisplayName: named }, known(64)],
    ['of either', { displayName: named }, known(64)],
    [
      'of the quota, where that of the metric says less',
      { metricDisplayName: 'Cores', quotaDisplayName: named },
      known(64),
    ],
    ['in capitals', { metricDisplayName: named.toUpperCase() }, known(64)],
    ['in small letters', { metricDisplayName: named.toLowerCase() }, known(64)],
    ['after other words', { metricDisplayName: `Vertex AI: ${named}` }, known(64)],
    ['that is not a text', { metricDisplayName: 3, quotaDisplayName: named }, known(64)],
    ['of another generation', { metricDisplayName: 'Restricted image training TPU V2 pod cores' }, notListed],
    ['of another kind of training', { metricDisplayName: 'Custom model training TPU V3 pod cores' }, notListed],
    ['of single boards', { metricDisplayName: 'Restricted image training TPU V3 cores' }, notListed],
    ['left out', {}, notListed],
  ])('%s', async (_, names, expected) => {
    const others = [
      { metricDisplayName: 'Online prediction requests', dimensionsInfos: [theirs] },
      { quotaId: 'Bare' },
    ];
    const quotaInfos = [...others, { ...names, dimensionsInfos: [theirs] }];
    expect(await answered({ json: { quotaInfos } }, 'TPU')).toEqual(expected);
  });

  it('is looked for on every page', async () => {
    const pages: Record<string, object> = {
      '': { quotaInfos: [{ metricDisplayName: 'Other' }], nextPageToken: 'a/+=' },
      'a/+=': { nextPageToken: 'b' },
      b: { quotaInfos: [{ metricDisplayName: named, dimensionsInfos: [theirs] }] },
    };
    server = await startAnswering(({ query }) => ({ json: pages[query.get('pageToken') ?? ''] }));
    const { capacity } = quotasClient({ request: patient(), project, endpoint: server.url });
    expect(await capacity('TPU')).toEqual(known(64));
    expect(server.arrived.map(({ path, query }) => [path, query.get('pageToken')])).toEqual([
      [collection, null],
      [collection, 'a/+='],
      [collection, 'b'],
    ]);
  });

  it('is not known where a later page cannot be read, whatever the first says', async () => {
    const first = { quotaInfos: [{ metricDisplayName: named, dimensionsInfos: [theirs] }], nextPageToken: 'b' };
    server = await startAnswering(({ query }) => (query.get('pageToken') ? refusal(500) : { json: first }));
    const { capacity } = quotasClient({ request: patient(), project, endpoint: server.url });
    expect(await capacity('TPU')).toEqual(noAnswer);
  });

  it('may be that of several quotas: those in the region all hold, so the least counts', async () => {
    const limited = (value: string | undefined, region = 'europe-west4') => ({
      metricDisplayName: named,
      dimensionsInfos: [{ details: { value }, applicableLocations: [region] }],
    });
    const of = async (...quotaInfos: object[]) => {
      server = await startAnswering(() => ({ json: { quotaInfos } }));
      const told = await quotasClient({ request: patient(), project, endpoint: server.url }).capacity('TPU');
      await server.close();
      server = undefined;
      return told;
    };
    expect(await of(limited('128'), limited('64'))).toEqual(known(64));
    expect(await of(limited('-1'), limited('64'))).toEqual(known(64));
    expect(await of(limited('-1'), limited('-1'))).toEqual({ is: 'unlimited' });
    expect(await of(limited('8', 'us-central1'), limited('64'))).toEqual(known(64));
    expect(await of(limited(undefined), limited('64'))).toEqual(notListed);
  });

  it('is found by nobody where the quota is gone', async () => {
    quotas.remove(tpuQuota);
    expect(await capacity('TPU')).toEqual(notListed);
  });
});

describe.each(accelerators)('the number for %s', accelerator => {
  it.each<[string, unknown, QuotaSaid]>([
    ['a text', '8', known(8)],
    ['a number', 8, known(8)],
    ['nought, said so', '0', known(0)],
    ['as large as can be counted', String(Number.MAX_SAFE_INTEGER), known(Number.MAX_SAFE_INTEGER)],
    ['larger than can be counted', '9223372036854775807', { is: 'unlimited' }],
    ['-1', '-1', { is: 'unlimited' }],
    ['-1, as a number', -1, { is: 'unlimited' }],
    ['left out', undefined, notListed],
    ['null', null, notListed],
    ['empty', '', notListed],
    ['below nought', '-2', notListed],
    ['a fraction', '8.5', notListed],
    ['a fraction, as a number', 8.5, notListed],
    ['a word', 'eight', notListed],
    ['a number with more after it', '8 GPUs', notListed],
    ['in hexadecimal', '0x8', notListed],
    ['with an exponent', 1e30, notListed],
    ['longer than any', '99999999999999999999', notListed],
    ['a list', ['8'], notListed],
  ])('is %s', async (_, value, expected) => {
    expect(await answered(worth(value), accelerator)).toEqual(expected);
  });

  const here = { details: { value: '8' }, applicableLocations: everywhere };
  const elsewhere = { details: { value: '500' }, applicableLocations: ['us-east4'] };
  const least = { details: { value: '2' }, applicableLocations: ['us-east4', ...everywhere] };
  it.each<[string, unknown, QuotaSaid]>([
    ['the most specific, which comes first', [here, least], known(8)],
    ['the first for the region, after those for others', [elsewhere, here, least], known(8)],
    ['that for all regions, where none is more specific', [elsewhere, least], known(2)],
    ['none, where only other regions are listed', [elsewhere], notListed],
    [
      'none, where the entry for the region has none, whatever the next one says',
      [{ ...here, details: {} }, least],
      notListed,
    ],
    ['none, where the entry for the region has a bad one', [{ ...here, details: { value: '?' } }, least], notListed],
    ['none, where the entry has no details', [{ applicableLocations: everywhere }], notListed],
    ['none, where the entry has no locations', [{ details: { value: '8' } }], notListed],
    ['none, where it is that of the whole world', [{ ...here, applicableLocations: ['global'] }], notListed],
    ['none, where there are no entries', [], notListed],
    ['none, where entries are left out', undefined, notListed],
    ['none, where entries are not a list', { details: { value: '8' } }, noAnswer],
    ['none, where locations are not a list', [{ ...here, applicableLocations: everywhere.join() }], noAnswer],
    ['right, beside a bad one of another region', [{ ...elsewhere, details: { value: '?' } }, here], known(8)],
  ])('is %s', async (_, dimensionsInfos, expected) => {
    expect(await answered(both(dimensionsInfos), accelerator)).toEqual(expected);
  });
});

const ways: [string, Accelerator, Options][] = [
  ['GPU, by its id', 'GPU', {}],
  ['TPU, by its name', 'TPU', {}],
  ['TPU, by its id', 'TPU', { ids }],
];
describe.each(ways)('where Google does not tell: %s', (_, accelerator, options) => {
  it('has no right to know after a 403', async () => {
    expect(await answered(refusal(403), accelerator, options)).toEqual(noRight);
  });

  it.each([400, 401, 429, 500, 503])('does not know after a %d', async status => {
    expect(await answered(refusal(status), accelerator, options)).toEqual(noAnswer);
  });

  it.each(Object.entries(noAnswers))('does not know after %s', async (_, reply) => {
    expect(await answered(reply, accelerator, options)).toEqual(noAnswer);
  });

  it.each([{ html: true }, { html: true, status: 403 }, { silent: true }])('does not know after %j', async fault => {
    quotas.fail({ ...fault, times: Number.POSITIVE_INFINITY });
    expect(await capacity(accelerator, { ...options, request: impatient() })).toEqual(noAnswer);
  });

  it('does not know where nobody listens', async () => {
    await quotas.close();
    expect(await capacity(accelerator, options)).toEqual(noAnswer);
    quotas = await startQuotas({ issued: () => true });
  });
});

describe('a 404', () => {
  it.each(accelerators)('says of the %s quota, asked for by its id, that there is none', async accelerator => {
    expect(await answered(refusal(404), accelerator, { ids })).toEqual(notListed);
  });

  it('says nothing of the TPU quota where it is the list that is missing', async () => {
    expect(await answered(refusal(404), 'TPU')).toEqual(noAnswer);
  });

  it('is what the local Cloud Quotas answers where the GPU quota is gone', async () => {
    quotas.remove(gpuQuota);
    expect(await capacity('GPU')).toEqual(notListed);
  });
});
