import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, it } from 'vitest';
import type { Route } from '../../src/clients/listener.ts';
import { bytesOf, empty, listen } from '../../src/clients/listener.ts';

const failures: unknown[] = [];
const routes: Route[] = [
  {
    path: '/post',
    method: 'POST',
    async handle(request, response) {
      const bytes = await bytesOf(request, 10);
      empty(response, bytes ? 200 : 413, bytes && { 'x-length': String(bytes.length) });
    },
  },
  { path: '/get', method: 'GET', handle: (_, response) => empty(response, 204) },
  {
    path: '/fail',
    method: 'GET',
    async handle() {
      throw new Error('planted-secret');
    },
  },
];
const patience = { headers: 300, request: 600 };
const listening = await listen(routes, { port: 0, failed: error => failures.push(error), patience });
afterAll(() => listening.close());
const at = (path: string) => `http://127.0.0.1:${listening.port}${path}`;

/** All that comes back for these bytes, sent as they are and not ended. */
async function raw(bytes: string): Promise<string> {
  const socket = connect(listening.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(bytes);
  const answer = await text(socket);
  socket.destroy();
  return answer;
}

describe('listen()', () => {
  it.each([
    ['POST', '/post', 200, null],
    ['GET', '/post', 405, 'POST'],
    ['PUT', '/post', 405, 'POST'],
    ['POST', '/get', 405, 'GET'],
    ['GET', '/get', 204, null],
    ['GET', '/', 404, null],
    ['POST', '/post/', 404, null],
    ['POST', '/post?x=1', 404, null],
    ['POST', '//post', 404, null],
    ['POST', '/%70ost', 404, null],
    ['POST', '/POST', 404, null],
  ])('answers %s %s with %i', async (method, path, status, allow) => {
    const answer = await fetch(at(path), { method });
    expect([answer.status, await answer.text(), answer.headers.get('allow')]).toEqual([status, '', allow]);
  });

  it.each([
    [10, 200],
    [11, 413],
    [5_000_000, 413],
  ])('takes no body that is too large: of %i bytes, with its length said and without', async (length, status) => {
    const body = Buffer.alloc(length);
    expect((await fetch(at('/post'), { method: 'POST', body })).status).toBe(status);
    const stream = new Blob([body]).stream();
    const answer = await fetch(at('/post'), { method: 'POST', body: stream, duplex: 'half' } as RequestInit);
    expect(answer.status).toBe(status);
  });

  it('answers what goes wrong with a status alone, and goes on', async () => {
    const answer = await fetch(at('/fail'));
    expect([answer.status, await answer.text()]).toEqual([500, '']);
    expect(failures).toHaveLength(1);
    expect((await fetch(at('/get'))).status).toBe(204);
  });

  it.each([
    ['headers that never end', 'POST /post HTTP/1.1\r\nHost: x\r\nX-Slow: '],
    ['a body that never ends', 'POST /post HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab'],
  ])('waits for no %s', async (_, bytes) => {
    expect(await raw(bytes)).toMatch(/^HTTP\/1\.1 408 /);
    expect(failures).toHaveLength(1);
  });

  it('reads no headers without end, and nothing that is not HTTP', async () => {
    expect(await raw(`GET /get HTTP/1.1\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
    expect(await raw('POST /x/%2e%2e/post HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 404 /,
    );
    expect(await raw('\x16\x03\x01 hello\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('closes once what is under way is answered', async () => {
    const other = await listen(
      [
        {
          path: '/slow',
          method: 'GET',
          handle: async (_, response) => {
            closed = other.close();
            await new Promise(resolve => setTimeout(resolve, 100));
            empty(response, 200);
          },
        },
      ],
      { port: 0, failed: () => {} },
    );
    let closed: Promise<void> | undefined;
    expect((await fetch(`http://127.0.0.1:${other.port}/slow`)).status).toBe(200);
    await closed;
    await expect(fetch(`http://127.0.0.1:${other.port}/slow`)).rejects.toThrow();
  });
});
