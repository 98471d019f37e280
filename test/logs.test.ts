import { expect, it } from 'vitest';
import { secretsIn } from './logs.ts';

it.each([
  'xoxb-local-bot-token',
  'xapp-1-A-2',
  'local-signing-secret',
  'ya29.local',
  'Bearer abc',
  'eyJhbGciOiJSUzI1NiJ9',
  'retort@acme-ml.iam.gserviceaccount.com',
  'http://127.0.0.1:80/respond/R1',
  '\\"input_text\\":',
  'planted-secret',
])('What reads the logs of the whole suite finds "%s"', secret => {
  expect(secretsIn(`{"message":"before"}\n{"message":"said ${secret} here"}\n`)).toHaveLength(1);
});

it('What reads the logs of the whole suite finds nothing in a line as it should be', () => {
  const line =
    '{"severity":"INFO","time":"2026-01-05T09:00:00.000Z","door":"slack","message":"A delivery was refused"}';
  const stack = '{"stack_trace":"Error: x\\n    at f (file:///retort/src/app.ts:1:2)"}';
  expect(secretsIn(`${line}\n${stack}\n`)).toEqual([]);
});
