import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { gpuQuota, tpuQuota } from '../../src/local/quotas/quota.ts';
import type { QuotaServer } from '../../src/local/quotas/server.ts';
import { startQuotas } from '../../src/local/quotas/server.ts';

const collection = 'projects/retort-test/locations/global/services/aiplatform.googleapis.com/quotaInfos';
let server: QuotaServer | undefined;
beforeEach(async () => {
  await server?.close();
  server = await startQuotas({ issued: token => token === 'good' });
});
afterAll(() => server?.close());

interface QuotaInfo {
  quotaId: string;
  dimensionsInfos?: { applicableLocations: string[]; details: { value?: string } }[];
}

async function ask(path: string, { token = 'good', method = 'GET' } = {}) {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${server?.url}/v1/${path}`, { method, headers, signal: AbortSignal.timeout(2000) });
  const answer = (await response.json()) as { quotaInfos?: QuotaInfo[]; nextPageToken?: string };
  return { status: response.status, answer };
}

/** All pages, as the ids on each. */
async function pages(query = ''): Promise<string[][]> {
  const all: string[][] = [];
  for (let pageToken: string | undefined = ''; pageToken !== undefined; ) {
    const { answer } = await ask(`${collection}?${query}&pageToken=${encodeURIComponent(pageToken)}`);
    all.push((answer.quotaInfos ?? []).map(one => one.quotaId));
    pageToken = answer.nextPageToken;
  }
  return all;
}

function refused(code: number, status: string) {
  return { status: code, answer: { error: { code, status, message: expect.stringMatching(/./) } } };
}

describe('a quota', () => {
  it('is told by its id, the most specific entry first', async () => {
    expect(await ask(`${collection}/${gpuQuota}`)).toMatchObject({
      status: 200,
      answer: {
        name: `${collection}/${gpuQuota}`,
        quotaId: gpuQuota,
        metric: 'aiplatform.googleapis.com/restricted_image_training_nvidia_a100_80gb_gpus',
        service: 'aiplatform.googleapis.com',
        dimensions: ['region'],
        metricDisplayName: 'Restricted image training Nvidia A100 80GB GPUs',
        quotaDisplayName: 'Restricted image training Nvidia A100 80GB GPUs per project per region',
        dimensionsInfos: [
          { dimensions: { region: 'us-central1' }, details: { value: '8' }, applicableLocations: ['us-central1'] },
          { dimensions: { region: 'us-east4' }, details: { value: '2' }, applicableLocations: ['us-east4'] },
          // Nought is left out.
          { details: {}, applicableLocations: expect.arrayContaining(['europe-west4']) },
        ],
      },
    });
  });

  it('holds 64 cores of TPU in europe-west4, and none elsewhere', async () => {
    expect(await ask(`${collection}/${tpuQuota}`)).toMatchObject({
      answer: {
        metricDisplayName: 'Restricted image training TPU V3 pod cores',
        dimensionsInfos: [{ details: { value: '64' }, applicableLocations: ['europe-west4'] }, { details: {} }],
      },
    });
  });

  it('names no region where it is one for the whole world', async () => {
    const { answer } = await ask(`${collection}/TensorboardInstancesPerProject`);
    expect(answer).toMatchObject({ dimensionsInfos: [{ details: { value: '-1' }, applicableLocations: ['global'] }] });
    expect(answer).not.toHaveProperty('dimensions');
  });

  it('is changed by set(), which keeps what is not said', async () => {
    server?.set(gpuQuota, { limits: { 'us-central1': '16', 'us-west1': undefined } });
    expect((await ask(`${collection}/${gpuQuota}`)).answer).toMatchObject({
      metricDisplayName: 'Restricted image training Nvidia A100 80GB GPUs',
      dimensionsInfos: [{ details: { value: '16' } }, { applicableLocations: ['us-west1'], details: {} }, {}],
    });
  });

  it('is made by set(), and taken away by remove()', async () => {
    server?.set('Ours', { metricDisplayName: 'Ours', limits: { 'us-west1': 3 } });
    expect(await ask(`${collection}/Ours`)).toMatchObject({ status: 200, answer: { metricDisplayName: 'Ours' } });
    server?.remove('Ours');
    expect(await ask(`${collection}/Ours`)).toMatchObject(refused(404, 'NOT_FOUND'));
  });

  it("is one server's own", async () => {
    server?.remove(tpuQuota);
    const other = await startQuotas({ issued: () => true });
    const response = await fetch(`${other.url}/v1/${collection}/${tpuQuota}`, {
      headers: { authorization: 'Bearer x' },
    });
    expect(response.status).toBe(200);
    await other.close();
  });
});

describe('the list', () => {
  it('comes in pages, each quota on one of them', async () => {
    const all = await pages();
    expect(all.length).toBeGreaterThan(1);
    expect(new Set(all.flat()).size).toBe(all.flat().length);
    expect(all.flat()).toEqual(expect.arrayContaining([gpuQuota, tpuQuota]));
    // Whoever reads the first page alone does not find it.
    expect(all[0]).not.toContain(tpuQuota);
  });

  it.each([1, 2, 3])('has no more than %d on a page where no more are asked for', async pageSize => {
    const all = await pages(`pageSize=${pageSize}`);
    expect(all.flat()).toEqual((await pages()).flat());
    expect(all.slice(0, -1).every(page => page.length === pageSize)).toBe(true);
  });

  it('has fewer on a page than were asked for, where that is too many', async () => {
    expect(await pages('pageSize=1000')).toEqual(await pages());
  });

  it('is left out where it is empty', async () => {
    for (const id of (await pages()).flat()) server?.remove(id);
    expect(await ask(collection)).toEqual({ status: 200, answer: {} });
  });

  it('refuses a page that is none of its own', async () => {
    const { answer } = await ask(collection);
    const theirs = collection.replace('retort-test', 'other');
    expect(await ask(`${collection}?pageSize=-1`)).toMatchObject(refused(400, 'INVALID_ARGUMENT'));
    expect(await ask(`${collection}?pageSize=many`)).toMatchObject(refused(400, 'INVALID_ARGUMENT'));
    expect(await ask(`${collection}?pageToken=forged`)).toMatchObject(refused(400, 'INVALID_ARGUMENT'));
    expect(await ask(`${theirs}?pageToken=${answer.nextPageToken}`)).toMatchObject(refused(400, 'INVALID_ARGUMENT'));
  });
});

describe('a refusal', () => {
  it.each([collection, `${collection}/${gpuQuota}`])('meets those whose token was not issued: %s', async path => {
    expect(await ask(path, { token: 'stolen' })).toMatchObject(refused(401, 'UNAUTHENTICATED'));
  });

  it.each([collection, `${collection}/${gpuQuota}`])('meets those who may not look, until they may: %s', async path => {
    server?.deny();
    expect(await ask(path)).toMatchObject(refused(403, 'PERMISSION_DENIED'));
    server?.deny(false);
    expect(await ask(path)).toMatchObject({ status: 200 });
  });

  it.each([
    ['another service', collection.replace('aiplatform', 'compute')],
    ['another location', collection.replace('global', 'us-central1')],
    ['a folder', collection.replace('projects', 'folders')],
    ['a preference', collection.replace(/services.*/, 'quotaPreferences')],
    ['a path that cannot be decoded', '%E0%A4%A'],
  ])('meets what is not done here: %s', async (_, path) => {
    expect(await ask(path)).toMatchObject(refused(404, 'NOT_FOUND'));
  });

  it('meets what is not done here: writing', async () => {
    expect(await ask(collection, { method: 'POST' })).toMatchObject(refused(404, 'NOT_FOUND'));
  });

  it('meets a wildcard in the place of a project', async () => {
    const wildcard = await ask(collection.replace('retort-test', '-'));
    expect(wildcard).toMatchObject(refused(400, 'INVALID_ARGUMENT'));
  });
});

describe('a fault', () => {
  it('strikes as often as it was told to, and then no more', async () => {
    server?.fail({ status: 429, times: 2 });
    expect(await ask(collection)).toMatchObject(refused(429, 'RESOURCE_EXHAUSTED'));
    expect(await ask(collection)).toMatchObject(refused(429, 'RESOURCE_EXHAUSTED'));
    expect(await ask(collection)).toMatchObject({ status: 200 });
  });

  it('strikes the requests it is meant for', async () => {
    server?.fail({ request: /quotaInfos$/, status: 500 });
    expect(await ask(`${collection}/${gpuQuota}`)).toMatchObject({ status: 200 });
    expect(await ask(collection)).toMatchObject(refused(500, 'INTERNAL'));
  });

  it("is an answer that is not Google's, or none", async () => {
    server?.fail({ html: true });
    await expect(ask(collection)).rejects.toThrow('JSON');
    server?.fail({ silent: true });
    await expect(ask(collection)).rejects.toThrow('timeout');
    expect(await ask(collection)).toMatchObject({ status: 200 });
  });
});
