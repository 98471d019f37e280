import type { Finding } from '../job/preflight.ts';
import type { DatasetFormat, DatasetRules, RecipeId } from '../job/recipe.ts';
import { recipeOf } from '../job/recipe.ts';
import type { Spec } from '../job/spec.ts';
import type { Mrkdwn } from './text.ts';
import { clip, code, esc, join, limits } from './text.ts';

/** Where the datasets are and what they are for: of a spec, all that sentences about findings name. */
export type Addresses = Pick<Spec, 'dataset' | 'evaluationDataset'> & { recipe?: RecipeId };

/** What a spec's datasets have to be. */
export function rulesOf({ recipe = 'palm' }: Pick<Addresses, 'recipe'>): DatasetRules {
  return recipeOf(recipe).dataset;
}

/** The format that a finding's dataset is in. */
export function formatIn({ format }: Pick<Finding, 'format'>, spec: Pick<Addresses, 'recipe'>): DatasetFormat {
  return format ?? rulesOf(spec).formats[0];
}

/** Who may speak in a conversation. */
export function rolesIn(finding: Finding, spec: Pick<Addresses, 'recipe'>): string[] {
  return formatIn(finding, spec) === 'contents' ? ['user', 'model'] : ['system', 'user', 'assistant'];
}

/** A row in each format, as short as one can be. */
export const rowsInShort: Record<DatasetFormat, string> = {
  'input-output': '{"input_text": "…", "output_text": "…"}',
  messages: '{"messages": [{"role": "user", "content": "…"}, {"role": "assistant", "content": "…"}]}',
  contents: '{"contents": [{"role": "user", "parts": [{"text": "…"}]}, {"role": "model", "parts": [{"text": "…"}]}]}',
  'prompt-completion': '{"prompt": "…", "completion": "…"}',
};

/** Somebody's words, no longer than a name may be. */
export function short(text: string, most: number = limits.name): Mrkdwn {
  return clip(esc(text), most);
}

/** The address of the dataset that a finding is about. */
export function address({ about }: Finding, spec: Addresses): Mrkdwn {
  return code((about === 'evaluationDataset' ? spec.evaluationDataset : spec.dataset) ?? '');
}

/** Names from a finding's value, as they are written. */
export function names({ value }: Finding): Mrkdwn {
  return join(
    (value ?? '')
      .split(', ')
      .filter(Boolean)
      .map(name => code(name, limits.name)),
    ', ',
  );
}

/** A finding's value, as it is written. */
export function of({ value }: Finding): Mrkdwn {
  return code(value ?? '');
}
