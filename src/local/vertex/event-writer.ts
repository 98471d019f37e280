import { address } from './dataset.ts';
import { header, scalar } from './event-file.ts';
import type { Floor } from './floor.ts';
import type { Score } from './softmax.ts';
import type { Stretch } from './student.ts';

/** Writes a run's scores where TensorBoard would look for them, as training programs do while they train. */
export type EventWriter = { note(taken: Stretch): Promise<void> };

const metrics = {
  total_loss: (score: Score) => score.loss,
  fraction_of_correct_next_step_preds: (score: Score) => score.correct,
  num_predictions: (score: Score) => score.predictions,
};

/** Opens the event file of a run's tuner, under the pipeline root; where none are asked for, nothing is written. TensorFlow on Cloud Storage writes the whole object anew whenever it grows. */
export function eventWriter({ run, house }: Floor): EventWriter {
  const began = Date.now();
  const root = run.asked.runtimeConfig.gcsOutputDirectory.replace(/\/$/, '');
  const folder = `${root}/${run.project.number}/${run.id}/large-language-model-tuner_${run.number}`;
  const file = `${folder}/tensorboard/events.out.tfevents.${Math.floor(began / 1000)}.tuner-0.1.v2`;
  let written = [header(began)];
  return {
    async note({ step, train, evaluation }) {
      if (!house.eventFiles) return;
      const at = Date.now();
      const scores = [
        ...train.map(taken => ({ kind: 'train', ...taken })),
        ...(evaluation ? [{ kind: 'eval', step, score: evaluation }] : []),
      ];
      const records = scores.flatMap(({ kind, step, score }) =>
        Object.entries(metrics).map(([metric, value], i) =>
          scalar({ tag: `/${kind}_${metric}`, step, value: value(score), at, tensor: i % 2 === 1 }),
        ),
      );
      written = [Buffer.concat([...written, ...records])];
      const { bucket, name } = address(file);
      await house.storage.bucket(bucket).file(name).save(written[0]!, { resumable: false });
    },
  };
}
