/** How to call a tuned model, in three languages, each complete in itself. */
export interface Snippets {
  python: string;
  node: string;
  curl: string;
}

// These texts are pasted into shells and programs: only what is a resource name beyond doubt gets into one.
const modelForm = /^projects\/([a-z0-9:.-]+)\/locations\/([a-z0-9-]+)\/models\/[A-Za-z0-9_-]+(?:@[A-Za-z0-9_-]+)?$/;
const endpointForm = /^projects\/[a-z0-9:.-]+\/locations\/([a-z0-9-]+)\/endpoints\/[A-Za-z0-9_-]+$/;

const parameters = { temperature: 0.2, maxDecodeSteps: 256, topP: 0.95, topK: 40 };
const scope = 'https://www.googleapis.com/auth/cloud-platform';

/** What is said within the texts: a prompt to begin from, and under what name a program is to be saved. */
export interface Said {
  prompt: string;
  save: string;
}

/** The texts for a model and its endpoint, both by full name, in somebody's language. Where the endpoint is not known, Node and curl ask Vertex AI for it; none are returned for what is not a model's full name. */
export function snippets(
  model: string,
  say: Said,
  { endpoint }: { endpoint?: string | undefined } = {},
): Snippets | undefined {
  const [, project, region] = modelForm.exec(model) ?? [];
  if (!project || !region) return undefined;
  const known = endpoint !== undefined && endpointForm.test(endpoint) ? endpoint : undefined;
  const api = `https://${endpointForm.exec(known ?? '')?.[1] ?? region}-aiplatform.googleapis.com/v1`;
  return {
    python: python({ model, project, region, say }),
    node: node({ model, known, api, say }),
    curl: curl({ model, region, known, api, say }),
  };
}

function python({
  model,
  project,
  region,
  say,
}: Record<'model' | 'project' | 'region', string> & { say: Said }): string {
  return `# pip install "google-cloud-aiplatform<2"
import vertexai
from vertexai.language_models import TextGenerationModel

vertexai.init(project="${project}", location="${region}")
model = TextGenerationModel.get_tuned_model(
    "${model}"
)
answer = model.predict("${say.prompt}", temperature=${parameters.temperature}, max_output_tokens=${parameters.maxDecodeSteps})
print(answer.text)`;
}

interface Known {
  model: string;
  known: string | undefined;
  api: string;
  say: Said;
}

function node({ model, known, api, say }: Known): string {
  const endpoint = known
    ? `const endpoint = '${known}';`
    : `const { data: model } = await auth.request({ url: \`\${api}/${model}\` });
const { endpoint } = model.deployedModels[0];`;
  return `// npm install google-auth-library; ${say.save}
import { GoogleAuth } from 'google-auth-library';

const api = '${api}';
const auth = new GoogleAuth({ scopes: '${scope}' });
${endpoint}
const { data } = await auth.request({
  url: \`\${api}/\${endpoint}:predict\`,
  method: 'POST',
  data: {
    instances: [{ content: '${say.prompt}' }],
    parameters: { ${Object.entries(parameters)
      .map(([name, value]) => `${name}: ${value}`)
      .join(', ')} },
  },
});
console.log(data.predictions[0].content);`;
}

function curl({ model, region, known, api, say }: Known & { region: string }): string {
  const endpoint = known
    ? `ENDPOINT=${known}`
    : `ENDPOINT=$(gcloud ai models describe "${model}" \\
  --region=${region} --format="value(deployedModels[0].endpoint)")`;
  const body = JSON.stringify({ instances: [{ content: say.prompt }], parameters });
  return `${endpoint}
curl -X POST \\
  -H "Authorization: Bearer $(gcloud auth print-access-token)" \\
  -H "Content-Type: application/json; charset=utf-8" \\
  -d '${body}' \\
  "${api}/$ENDPOINT:predict"`;
}
