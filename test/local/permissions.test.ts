import { afterAll, expect, it } from 'vitest';
import { actAs, startPermissions } from '../../src/local/permissions/server.ts';

const server = await startPermissions({ issued: token => token === 'good' });
const robot = 'robot@retort-test.iam.gserviceaccount.com';
const stranger = 'stranger@retort-test.iam.gserviceaccount.com';
const key = 'projects/retort-test/locations/europe-west4/keyRings/ring/cryptoKeys/key';
server.serviceAccount(robot);
server.serviceAccount(stranger, []);
server.cryptoKey(key);
server.cryptoKey(`${key}-off`, { state: 'DISABLED' });
server.cryptoKey(`${key}-secret`, { readable: false });

afterAll(() => server.close());

async function ask(path: string, { body, token = 'good' }: { body?: object; token?: string } = {}) {
  const response = await fetch(`${server.url}/v1/${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${token}` },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, answer: await response.json() };
}

function test(email: string, { project = '-', token = 'good' } = {}) {
  const body = { permissions: [actAs, 'iam.serviceAccounts.delete'] };
  return ask(`projects/${project}/serviceAccounts/${email}:testIamPermissions`, { body, token });
}

it('says as whom callers may act', async () => {
  expect(await test(robot)).toEqual({ status: 200, answer: { permissions: [actAs] } });
  expect(await test(robot, { project: 'retort-test' })).toEqual({ status: 200, answer: { permissions: [actAs] } });
  expect(await test(stranger)).toEqual({ status: 200, answer: {} });
});

it('does not find an account that does not exist, or not in that project', async () => {
  const missing = { status: 404, answer: { error: { code: 404, status: 'NOT_FOUND' } } };
  expect(await test('nobody@retort-test.iam.gserviceaccount.com', { project: 'retort-test' })).toMatchObject(missing);
  expect(await test(robot, { project: 'other' })).toMatchObject(missing);
});

it('forbids, behind the wildcard, an account that does not exist', async () => {
  const answer = await test('nobody@retort-test.iam.gserviceaccount.com');
  expect(answer).toMatchObject({ status: 403, answer: { error: { code: 403, status: 'PERMISSION_DENIED' } } });
});

it('refuses a question without permissions', async () => {
  const answer = await ask(`projects/-/serviceAccounts/${robot}:testIamPermissions`, { body: { permissions: 'all' } });
  expect(answer).toMatchObject({ status: 400, answer: { error: { status: 'INVALID_ARGUMENT' } } });
});

it('shows keys and their states', async () => {
  expect(await ask(key)).toMatchObject({ status: 200, answer: { name: key, primary: { state: 'ENABLED' } } });
  expect(await ask(`${key}-off`)).toMatchObject({ status: 200, answer: { primary: { state: 'DISABLED' } } });
});

it('does not show keys that are missing or secret', async () => {
  expect(await ask(`${key}-none`)).toMatchObject({ status: 404, answer: { error: { status: 'NOT_FOUND' } } });
  expect(await ask(`${key}-secret`)).toMatchObject({ status: 403, answer: { error: { status: 'PERMISSION_DENIED' } } });
});

it('answers nobody whose token was not issued', async () => {
  const refused = { status: 401, answer: { error: { code: 401, status: 'UNAUTHENTICATED' } } };
  expect(await test(robot, { token: 'stolen' })).toMatchObject(refused);
  expect(await ask(key, { token: 'stolen' })).toMatchObject(refused);
});
