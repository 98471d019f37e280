import type { Experimenter } from './boards.ts';
import { experiment, findBoard } from './boards.ts';
import type { Floor } from './floor.ts';
import { LeafFailed } from './floor.ts';
import { timestamp } from './resource.ts';
import type { Score } from './softmax.ts';
import type { Stretch } from './student.ts';

/** The task that carries scores to TensorBoard, beside the tasks that make them. */
export type Uploader = {
  /** Begins the experiment, or leaves the task untriggered where the run names no TensorBoard. */
  open(): void;
  note(taken: Stretch): void;
  /** Uploads what is left, and ends the task where it is running. */
  close(): void;
};

type Note = { kind: 'train' | 'eval'; step: number; wallTime: string; score: Score };

/** Scores that are noted as they come, and published when it is time. */
export function scores(): { note(taken: Stretch): void; publish(to: Experimenter | undefined): void } {
  let notes: Note[] = [];
  return {
    note({ step, train, evaluation }) {
      const wallTime = timestamp();
      for (const taken of train) notes.push({ kind: 'train', wallTime, ...taken });
      if (evaluation) notes.push({ kind: 'eval', step, wallTime, score: evaluation });
    },
    publish(to) {
      for (const { score, ...at } of notes) to?.publish(at, score);
      notes = [];
    },
  };
}

/** Prepares the upload of one run's scores. */
export function uploader({ run, house, put, skip, planned }: Floor): Uploader {
  const task = run.tasks['tensorboard-uploader'];
  const noted = scores();
  let to: Experimenter | undefined;

  return {
    open() {
      const { tensorboard_resource_id: reference, model_display_name: displayName } = run.parameters;
      const board = reference && findBoard(house.boards, { reference, project: run.project, region: run.region });
      if (!board) return skip('tensorboard-uploader');
      put(task, 'RUNNING');
      const id = run.tasks['large-language-model-tuner'].customJob?.split('/').at(-1) ?? run.number;
      to = experiment(board, { id, displayName, labels: { ...run.asked.labels } });
    },
    note(taken) {
      noted.note(taken);
      if (house.live) noted.publish(to);
    },
    close() {
      if (task.state !== 'RUNNING') return;
      const failure = planned('tensorboard-uploader');
      if (failure) {
        put(task, 'FAILED', failure);
        throw new LeafFailed('tensorboard-uploader');
      }
      noted.publish(to);
      put(task, 'SUCCEEDED');
    },
  };
}
