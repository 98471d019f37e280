import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { geminiSnippets } from '../../src/views/gemini-code.ts';
import { weightsSnippets } from '../../src/views/weights-code.ts';

const say = { prompt: 'Your prompt', save: 'save as call.mjs' };
const endpoint = 'projects/123/locations/us-central1/endpoints/456';
const weights = 'gs://acme-pipelines/retort/postprocess/node-0/checkpoints/final';

/** What Node says of a program's syntax: nothing, where it is one. */
function wrongWith(program: string): string {
  return spawnSync(process.execPath, ['--input-type=module', '--check', '-'], { input: program }).stderr.toString();
}

describe('the code that calls a tuned Gemini model', () => {
  const code = geminiSnippets(endpoint, say)!;

  it('names the endpoint where a model is named, in each language', () => {
    for (const text of Object.values(code)) expect(text).toContain(endpoint);
    expect(code.python).toContain('project="123", location="us-central1"');
    expect(code.curl).toContain(`https://us-central1-aiplatform.googleapis.com/v1/${endpoint}:generateContent`);
    const [body] = /(?<=-d ').*(?=')/.exec(code.curl)!;
    expect(JSON.parse(body)).toEqual({ contents: [{ role: 'user', parts: [{ text: say.prompt }] }] });
  });

  it('asks a model that a whole continent serves at that one’s address', () => {
    const { curl } = geminiSnippets('projects/1/locations/eu/endpoints/2', say)!;
    expect(curl).toContain('https://aiplatform.eu.rep.googleapis.com/v1/projects/1/locations/eu/endpoints/2:');
  });

  it('is a program in Node', () => expect(wrongWith(code.node)).toBe(''));

  it.each(['projects/1/locations/us-central1/models/2', `${endpoint}"; rm -rf /`, `${endpoint}\n`, ''])(
    'is none for what is no endpoint: %j',
    name => expect(geminiSnippets(name, say)).toBeUndefined(),
  );
});

describe('the code that fetches weights', () => {
  const code = weightsSnippets(weights, say)!;

  it('names their bucket and folder', () => {
    expect(code.gcloud).toContain(`"${weights}/*"`);
    for (const text of [code.python, code.node]) {
      expect(text).toContain('acme-pipelines');
      expect(text).toContain('retort/postprocess/node-0/checkpoints/final/');
    }
  });

  it('is a program in Node', () => expect(wrongWith(code.node)).toBe(''));

  it.each(['gs://acme/a b', "gs://acme/it's", 'gs://acme/$(id)', 'gs://acme/`id`', 'acme/weights', ''])(
    'is none for a folder whose name would have to be quoted: %j',
    folder => expect(weightsSnippets(folder, say)).toBeUndefined(),
  );
});
