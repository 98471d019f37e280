import type { Settings } from '../world.ts';
import type { Around } from './card.ts';
import { wordsIn } from './words.ts';

/** What a message about a job is drawn with, besides the job. */
export function around(settings: Settings): Around {
  const { project, approvers, deployment, version, prices, language, recipes } = settings;
  const { pipelineRoot, serviceAccount, tensorboards } = settings;
  const proposed = { pipelineRoot, serviceAccount, tensorboards };
  return { words: wordsIn(language), project, approvers, deployment, version, prices, proposed, recipes };
}
