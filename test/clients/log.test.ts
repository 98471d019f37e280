import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const client = new URL('../../src/clients/log.ts', import.meta.url).href;

/** What a program writes that logs at a level; `log` is what it logs to. */
async function written(program: string, { level = 'info' } = {}): Promise<string> {
  const source = `
    import { createLog } from ${JSON.stringify(client)};
    const log = createLog(${JSON.stringify(level)}, { project: 'acme-ml', service: 'retort' });
    ${program}`;
  const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '--eval', source]);
  return stdout + stderr;
}

async function lines(program: string, { level = 'info' } = {}): Promise<Record<string, unknown>[]> {
  const text = await written(program, { level });
  return text
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as Record<string, unknown>);
}

/** What an error's entry has besides, for Error Reporting. */
const reported = ['@type', 'serviceContext', 'stack_trace'];

const all = `log.info('one'); log.warn('two'); log.error('three');`;

describe('createLog()', () => {
  it('writes a line of JSON for each entry, with Cloud Logging’s names of severities', async () => {
    const before = Date.now();
    const entries = await lines(all);
    expect(entries.map(({ severity, message }) => [severity, message])).toEqual([
      ['INFO', 'one'],
      ['WARNING', 'two'],
      ['ERROR', 'three'],
    ]);
    for (const { time, ...rest } of entries.slice(0, 2)) {
      expect(String(time)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(Date.parse(String(time))).toBeGreaterThanOrEqual(before);
      expect(Object.keys(rest).sort()).toEqual(['message', 'severity']);
    }
  });

  it.each([
    ['debug', ['INFO', 'WARNING', 'ERROR']],
    ['info', ['INFO', 'WARNING', 'ERROR']],
    ['warn', ['WARNING', 'ERROR']],
    ['error', ['ERROR']],
    ['fatal', []],
    ['silent', []],
  ])('writes at level "%s" what is as grave', async (level, severities) => {
    expect((await lines(all, { level })).map(({ severity }) => severity)).toEqual(severities);
  });

  it.each(['info', 'warn', 'error'])('%s() writes every allowed field as it is', async method => {
    const facts = { job: 'j7k2m9', door: 'poll', name: 'chat.update', code: 429, count: 0, milliseconds: 12 };
    const [entry] = await lines(`log.${method}('looked', ${JSON.stringify(facts)});`);
    expect(entry).toMatchObject(facts);
    const shape = method === 'error' ? reported : [];
    expect(Object.keys(entry ?? {}).sort()).toEqual(
      [...Object.keys(facts), ...shape, 'message', 'severity', 'time'].sort(),
    );
  });

  it('writes the numbers of what is measured, and nothing else of it', async () => {
    const [entry] = await lines(
      `log.info('measured', { measures: { oldestDueSeconds: 3, orphans: 0, token: 'planted', 'planted@acme.example': 1, row: { a: 'planted' } } });`,
    );
    expect(entry).toMatchObject({ measures: { oldestDueSeconds: 3, orphans: 0 } });
    expect(JSON.stringify(entry)).not.toContain('planted');
  });

  it('leaves out a field without a value', async () => {
    const [entry] = await lines(`log.info('looked', { job: undefined, code: 'ratelimited' });`);
    expect(Object.keys(entry ?? {}).sort()).toEqual(['code', 'message', 'severity', 'time']);
  });

  it.each([
    [
      'fields of other names',
      `{ job: 'j1', token: secret, authorization: 'Bearer ' + secret, row: { input_text: secret }, email: secret, cause: new Error(secret), err: new Error(secret), error: secret, headers: { cookie: secret } }`,
      ['job'],
    ],
    ['an error', `Object.assign(new Error(secret, { cause: new Error(secret) }), { code: 'E1' })`, ['code', 'name']],
    [
      'an error of Slack’s client',
      `Object.assign(new Error(secret), { code: 'slack_webapi_platform_error', data: { error: secret }, headers: { authorization: secret } })`,
      ['code', 'name'],
    ],
    ['an object with its own way into JSON', `{ code: 1, toJSON: () => ({ token: secret }) }`, ['code']],
    ['fields that are inherited', `Object.create({ token: secret, row: secret })`, []],
    ['a list', `[secret, { token: secret }]`, []],
    ['words', `secret`, []],
  ])('writes the allowed fields alone where it is handed %s', async (_, facts, allowed) => {
    const program = `const secret = 'xoxb-planted-secret'; for (const how of ['info', 'warn', 'error']) log[how]('met', ${facts});`;
    expect(await written(program)).not.toContain('planted');
    const entries = await lines(program);
    expect(entries.map(({ message }) => message)).toEqual(['met', 'met', 'met']);
    for (const entry of entries)
      expect(
        Object.keys(entry)
          .filter(key => !reported.includes(key))
          .sort(),
      ).toEqual([...allowed, 'message', 'severity', 'time'].sort());
  });

  it.each([
    'xoxb-1-2-abc',
    'xapp-1-A-2-abc',
    'ya29.a0AbC',
    'eyJhbGciOiJSUzI1NiJ9.x.y',
    'Bearer abc',
    '-----BEGIN PRIVATE KEY-----',
    'ana@acme.example',
    'https://hooks.slack.com/commands/T1/2/abc',
  ])('writes no "%s" in any field', async secret => {
    for (const text of [secret, `a word before ${secret} and after`]) {
      const [entry] = await lines(`log.info('m', { name: ${JSON.stringify(text)}, code: 'kept' });`);
      expect(entry).toMatchObject({ name: '…', code: 'kept' });
    }
  });

  it('writes no text without end', async () => {
    const [entry] = await lines(`log.info('m', { name: 'x'.repeat(5000) });`);
    expect(entry?.name).toHaveLength(300);
  });

  it('gives errors the shape that Error Reporting reads, with the place of their cause', async () => {
    const program = `
      function planted() { return Object.assign(new TypeError('planted-secret'), { more: 'planted-secret' }); }
      log.error('Could not do it', { code: 'TypeError' }, planted());
      log.error('Nobody knows why', {}, 'planted-secret');`;
    expect(await written(program)).not.toContain('planted-secret');
    const [known, unknown] = await lines(program);
    const shape = {
      '@type': 'type.googleapis.com/google.devtools.clouderrorreporting.v1beta1.ReportedErrorEvent',
      serviceContext: { service: 'retort' },
    };
    expect(known).toMatchObject({ ...shape, message: 'Could not do it', severity: 'ERROR' });
    expect(known?.stack_trace).toMatch(/^Error: Could not do it\n {4}at planted \(.+:\d+:\d+\)\n {4}at /);
    expect(unknown).toMatchObject({ ...shape, stack_trace: expect.stringMatching(/^Error: Nobody knows why/) });
  });

  it('takes no line of a message for a place', async () => {
    const program = `
      const said = 'one\\n    at planted (/planted-secret.ts:1:1)\\n    at two (/planted-secret.ts:2:2)';
      log.error('m', {}, new Error(said));
      log.error('m', {}, Object.assign(new Error(said), { message: 'another' }));
      log.error('m', {}, Object.assign(new Error('x'), { stack: 'planted-secret' }));`;
    expect(await written(program)).not.toContain('planted');
    expect(await lines(program)).toHaveLength(3);
  });

  it.each<[Record<string, string>, Record<string, unknown>]>([
    [
      { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
      { trace: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', trace_sampled: true },
    ],
    [
      { 'x-cloud-trace-context': '105445aa7843bc8bf206b12000100000/1;o=0' },
      { trace: '105445aa7843bc8bf206b12000100000', spanId: '0000000000000001', trace_sampled: false },
    ],
    [
      { 'x-cloud-trace-context': '105445aa7843bc8bf206b12000100000' },
      { trace: '105445aa7843bc8bf206b12000100000', trace_sampled: false },
    ],
    [{ 'x-cloud-trace-context': 'planted"secret/1;o=1' }, {}],
    [{ traceparent: '00-planted-secret-01' }, {}],
    [{}, {}],
  ])('knows by %j which request an entry belongs to, and goes on knowing it', async (headers, expected) => {
    const entries = await lines(`
      const wait = () => new Promise(resolve => setTimeout(resolve, 5));
      await log.traced(${JSON.stringify(headers)}, async () => { log.info('at once'); await wait(); log.info('later'); });
      log.info('outside');`);
    const google = (entry: Record<string, unknown> | undefined) =>
      Object.fromEntries(
        Object.entries(entry ?? {}).flatMap(([key, value]) =>
          key.startsWith('logging.googleapis.com/') ? [[key.slice(23), value]] : [],
        ),
      );
    const own = expected.trace ? { ...expected, trace: `projects/acme-ml/traces/${expected.trace}` } : {};
    expect(entries.map(google)).toEqual([own, own, {}]);
  });

  it('keeps the fields of one entry of a request out of the next', async () => {
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const [, next] = await lines(
      `log.traced({ traceparent: ${JSON.stringify(traceparent)} }, () => { log.error('one', { job: 'a1' }); log.info('two'); });`,
    );
    expect(
      Object.keys(next ?? {})
        .filter(key => !key.startsWith('logging.'))
        .sort(),
    ).toEqual(['message', 'severity', 'time']);
  });

  it('keeps its own fields from being replaced', async () => {
    const [entry] = await lines(
      `log.info('true', { message: 'false', severity: 'EMERGENCY', time: 'never', level: 60, msg: 'false' });`,
    );
    expect(entry).toMatchObject({ message: 'true', severity: 'INFO' });
    expect(Object.keys(entry ?? {}).sort()).toEqual(['message', 'severity', 'time']);
  });

  it('writes one line whatever a message holds, and fills nothing into it', async () => {
    const text = 'one\ntwo {"severity":"EMERGENCY"} %s %o "quoted" \u2028';
    const entries = await lines(`log.info(${JSON.stringify(text)}, { name: 'a\\nb' });`);
    expect(entries).toMatchObject([{ message: text, name: 'a\nb' }]);
  });

  it('writes no object in an allowed field, whatever it holds', async () => {
    const text = await written(`log.error('m', { code: { token: 'planted' }, job: ['planted'], name: 'kept' })`);
    expect(text).not.toContain('planted');
    expect(JSON.parse(text)).toMatchObject({ name: 'kept' });
  });
});
