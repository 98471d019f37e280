import type { Finding } from '../job/preflight.ts';
import type { Spec } from '../job/spec.ts';
import type { Mrkdwn } from './text.ts';
import { clip, code, esc, join, limits } from './text.ts';

/** Where the datasets are: of a spec, all that sentences about findings name. */
export type Addresses = Pick<Spec, 'dataset' | 'evaluationDataset'>;

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
