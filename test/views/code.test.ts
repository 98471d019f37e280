import { spawnSync } from 'node:child_process';
import { GoogleAuth } from 'google-auth-library';
import { expect, test } from 'vitest';
import { snippets } from '../../src/views/code.ts';
import { endpoint, model } from './jobs.ts';

const say = { prompt: 'Your prompt', save: 'save as call.mjs' };
const known = snippets(model, say, { endpoint })!;
const unknown = snippets(model, say)!;

test('Python loads the model by its full name', () => {
  expect(known.python).toContain(`TextGenerationModel.get_tuned_model(\n    "${model}"\n)`);
  expect(known.python).toContain('vertexai.init(project="1234567890", location="us-central1")');
});

test('Node and curl send the body that Vertex AI predicts from', () => {
  expect(known.node).toContain(`const endpoint = '${endpoint}';`);
  expect(known.curl).toContain(`ENDPOINT=${endpoint}`);
  const [body] = /(?<=-d ').*(?=')/.exec(known.curl)!;
  expect(JSON.parse(body)).toEqual({
    instances: [{ content: say.prompt }],
    parameters: { temperature: 0.2, maxDecodeSteps: 256, topP: 0.95, topK: 40 },
  });
});

test('where the endpoint is not known, Node and curl ask for it', () => {
  expect(unknown.node).toContain(`\`\${api}/${model}\``);
  expect(unknown.node).toContain('deployedModels[0]');
  expect(unknown.curl).toContain(`gcloud ai models describe "${model}"`);
});

test('an endpoint elsewhere is called where it is', () => {
  const elsewhere = snippets(model, say, { endpoint: 'projects/1/locations/europe-west4/endpoints/2' })!;
  expect(elsewhere.curl).toContain('https://europe-west4-aiplatform.googleapis.com/v1/$ENDPOINT:predict');
});

test('a model’s version belongs to its name', () => {
  expect(snippets(`${model}@1`, say)?.python).toContain(`${model}@1`);
});

test.each([
  ['no name', 'support-intents-v3'],
  ['an endpoint', endpoint],
  ['a shell’s words', 'projects/p/locations/us-central1/models/$(reboot)'],
  ['a quotation mark', 'projects/p/locations/us-central1/models/1" + x'],
  ['two lines', 'projects/p/locations/us-central1/models/1\nreboot'],
])('no code is made of %s', (_, name) => {
  expect(snippets(name, say)).toBeUndefined();
});

test('an endpoint that is none does not get into the code', () => {
  expect(snippets(model, say, { endpoint: '$(reboot)' })).toEqual(unknown);
});

test.each([
  ['known', known],
  ['unknown', unknown],
])('the texts with an endpoint %s are sound Node and sound shell', (_, { node, curl }) => {
  const program = spawnSync(process.execPath, ['--check', '--input-type=module'], { input: node, encoding: 'utf8' });
  expect(program.stderr).toBe('');
  expect(spawnSync('sh', ['-n'], { input: curl, encoding: 'utf8' }).stderr).toBe('');
});

test('the library that the Node text uses has what it uses', () => {
  expect(new GoogleAuth().request).toBeTypeOf('function');
});
