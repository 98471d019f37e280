import type { ModalView } from '@slack/types';
import { estimate } from '../job/estimate.ts';
import type { Job } from '../job/job.ts';
import { batchSize, hardware, otherThan } from '../job/recipe.ts';
import type { PipelineSpec, Problem } from '../job/spec.ts';
import type { Settings } from '../world.ts';
import type { Around } from './card.ts';
import { switchIds } from './switch-ids.ts';
import { clip, context, esc, limits, plain, section } from './text.ts';

/** What would change if a job were switched to the other accelerator, to be agreed to; or why it cannot be. */
export function switchView(
  job: Job,
  { spec, wrong }: { spec: PipelineSpec; wrong: readonly Problem[] },
  { words }: Around,
  settings: Pick<Settings, 'approvalFor'>,
): ModalView {
  const { switch: say } = words;
  const rows = 'checked' in job ? job.checked?.dataset.report.rows : undefined;
  const facts = (of: PipelineSpec) => ({
    accelerator: `${of.accelerator}, ${words.chips(of.accelerator)}`,
    region: hardware[of.accelerator].region,
    batch: String(batchSize(of.student, of.accelerator)),
    epochs: words.epochs(estimate({ ...of, rows }).epochs),
    approval: say.approval[settings.approvalFor.includes(of.accelerator) ? 'needed' : 'not-needed'],
  });
  const [was, is] = [facts({ ...spec, accelerator: otherThan(spec.accelerator) }), facts(spec)];
  const names = Object.keys(say.names) as (keyof typeof say.names)[];
  const changes = names
    .filter(name => was[name] !== is[name])
    .map(name => say.from(say.names[name], was[name], is[name]));
  const possible = !wrong.length;
  return {
    type: 'modal',
    callback_id: switchIds.form,
    private_metadata: job.id,
    title: plain(say.title(spec.accelerator), limits.modalTitle),
    close: plain(say.close, limits.modalButton),
    ...(possible && { submit: plain(say.submit, limits.modalButton) }),
    blocks: possible
      ? [
          section('intro', [say.intro(job.spec.modelName)]),
          section('changes', changes),
          ...(settings.approvalFor.includes(spec.accelerator) ? [context('asked', [say.asked])] : []),
        ]
      : [
          section('intro', [say.cannot(job.spec.modelName)]),
          section(
            'wrong',
            wrong.map(problem => clip(esc(words.problem(problem)), limits.line)),
          ),
        ],
  };
}
