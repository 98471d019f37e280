import type { Button } from '@slack/types';
import type { Served } from '../job/follow-up.ts';
import { button } from './text.ts';
import type { Words } from './words.ts';

/** The action id of the button that takes a tuned model off its endpoint. */
export const undeployId = 'undeploy';

/** The button that takes a tuned model off its endpoint, once that is confirmed. */
export function undeployButton({ id, spec }: Served, { undeploy: say }: Words): Button {
  const { text, ...dialog } = say.confirm;
  const confirm = { ...dialog, style: 'danger', text: text(spec.modelName) } as const;
  return button(undeployId, { text: say.button, value: id, style: 'danger', confirm });
}
