import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const client = new URL('../../src/clients/log.ts', import.meta.url).href;

/** What a program writes that logs at a level; `log` is what it logs to. */
async function written(program: string, { level = 'info' } = {}): Promise<string> {
  const source = `
    import { createLog } from ${JSON.stringify(client)};
    const log = createLog(${JSON.stringify(level)});
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
    for (const { time, ...rest } of entries) {
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
    expect(Object.keys(entry ?? {}).sort()).toEqual([...Object.keys(facts), 'message', 'severity', 'time'].sort());
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
      expect(Object.keys(entry).sort()).toEqual([...allowed, 'message', 'severity', 'time'].sort());
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
