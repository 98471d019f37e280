import { apiHost } from '../job/request.ts';
import type { Said, Snippets } from './code.ts';

// These texts are pasted into shells and programs: only what is a resource name beyond doubt gets into one.
const endpointForm = /^projects\/([a-z0-9:.-]+)\/locations\/([a-z0-9-]+)\/endpoints\/[A-Za-z0-9_-]+$/;

/** How to call a tuned Gemini model at its endpoint, by full name; nothing for what is no such name. A tuned model goes by its endpoint where a model is named (googleapis/python-genai, README). */
export function geminiSnippets(endpoint: string, say: Said): Snippets | undefined {
  const [, project, region] = endpointForm.exec(endpoint) ?? [];
  if (!project || !region) return undefined;
  return {
    python: `# pip install google-genai
from google import genai

client = genai.Client(vertexai=True, project="${project}", location="${region}")
answer = client.models.generate_content(
    model="${endpoint}",
    contents="${say.prompt}",
)
print(answer.text)`,
    node: `// npm install @google/genai; ${say.save}
import { GoogleGenAI } from '@google/genai';

const ai = new GoogleGenAI({ vertexai: true, project: '${project}', location: '${region}' });
const answer = await ai.models.generateContent({
  model: '${endpoint}',
  contents: '${say.prompt}',
});
console.log(answer.text);`,
    curl: `curl -X POST \\
  -H "Authorization: Bearer $(gcloud auth print-access-token)" \\
  -H "Content-Type: application/json; charset=utf-8" \\
  -d '${JSON.stringify({ contents: [{ role: 'user', parts: [{ text: say.prompt }] }] })}' \\
  "https://${apiHost(region)}/v1/${endpoint}:generateContent"`,
  };
}
