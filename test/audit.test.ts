import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);
let server: ReturnType<typeof createServer> | undefined;
afterEach(() => server?.close());

/** A registry that knows these advisories, or does something else with whoever asks. */
async function registry(answer: Record<string, object[]> | ((response: ServerResponse) => void)) {
  const asked: string[] = [];
  server = createServer(async (request, response) => {
    if (request.url !== '/-/npm/v1/security/advisories/bulk') return response.writeHead(404).end('{}');
    const bytes = await buffer(request);
    const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
    asked.push(...Object.keys(JSON.parse(text.toString())));
    if (typeof answer === 'function') return answer(response);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, asked };
}

async function audit(url: string) {
  // Every run asks anew.
  const npm_config_cache = mkdtempSync(join(tmpdir(), 'retort-audit-'));
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    npm_config_registry: url,
    npm_config_fetch_retries: '0',
    npm_config_cache,
  };
  try {
    const { stdout } = await run(process.execPath, ['.ci/audit.ts'], { cwd: root, env });
    return { code: 0, said: stdout };
  } catch (error) {
    const { code, stdout } = error as { code: number; stdout: string };
    return { code, said: stdout };
  } finally {
    rmSync(npm_config_cache, { recursive: true, force: true });
  }
}

const advisory = (severity: string) => ({
  id: 1,
  url: 'https://github.com/advisories/GHSA-0000-0000-0000',
  title: 'Takes what it should not',
  severity,
  vulnerable_versions: '*',
  cwe: [],
  cvss: { score: 0, vectorString: null },
});

describe('The audit', () => {
  it('asks about every package of the lockfile, and is content where nothing is known of any', async () => {
    const { url, asked } = await registry({});
    expect(await audit(url)).toEqual({ code: 0, said: 'Packages at high risk or worse: 0; at less: 0.\n' });
    const { packages } = JSON.parse(readFileSync(`${root}/package-lock.json`, 'utf8')) as { packages: object };
    const locked = Object.keys(packages).filter(path => path.startsWith('node_modules/'));
    expect(asked.length).toBeGreaterThan(100);
    for (const name of ['@slack/bolt', 'zod', 'vitest']) {
      expect(asked).toContain(name);
      expect(locked).toContain(`node_modules/${name}`);
    }
  });

  it.each(['high', 'critical'])(
    'fails where a package is known to be at %s risk, and says which and why',
    async severity => {
      const { url } = await registry({ zod: [advisory(severity)] });
      const { code, said } = await audit(url);
      expect(code).toBe(1);
      expect(said).toContain(
        `zod: ${severity}: Takes what it should not (https://github.com/advisories/GHSA-0000-0000-0000)`,
      );
    },
  );

  it.each(['low', 'moderate'])('says of a %s risk that there is one, and goes on', async severity => {
    const { url } = await registry({ zod: [advisory(severity)] });
    expect(await audit(url)).toEqual({ code: 0, said: 'Packages at high risk or worse: 0; at less: 1.\n' });
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['breaks off', response => response.destroy()],
    ['answers 503', response => response.writeHead(503).end()],
    ['knows no such service', response => response.writeHead(404).end('{}')],
    ['answers with a page of HTML', response => response.writeHead(200).end('<html>Sign in</html>')],
  ])('goes on where the advisory service %s, and says that nothing is known', async (_, answer) => {
    const { url, asked } = await registry(answer);
    const { code, said } = await audit(url);
    expect({ code, said }).toEqual({
      code: 0,
      said: 'The advisory service could not be asked: nothing is known of the packages today.\n',
    });
    expect(asked).toContain('zod');
  });

  it('goes on where nobody listens', async () => {
    const { url } = await registry({});
    await new Promise(resolve => server?.close(resolve));
    expect((await audit(url)).code).toBe(0);
  });
});
