import type { Accelerator } from './dag.ts';
import { batchSize, hardware, minutes } from './dag.ts';
import { eventWriter } from './event-writer.ts';
import { exhausted } from './failures.ts';
import type { Floor } from './floor.ts';
import type { House } from './house.ts';
import type { Parts } from './label.ts';
import type { Labelled, Lesson } from './lesson.ts';
import { lesson } from './lesson.ts';
import { fullName, numericId } from './resource.ts';
import type { Run } from './run.ts';
import { measure } from './softmax.ts';
import type { Plan, Tuned } from './student.ts';
import { through, tuning } from './student.ts';
import type { Uploader } from './uploader.ts';

/** Tunes the student on a run's rows, a few steps at a time as the pipeline's time passes. */
export async function tune(floor: Floor, rows: Parts<Labelled>, curves: Uploader): Promise<Tuned> {
  const { run, house, leaf, wait } = floor;
  return leaf('large-language-model-tuner', async task => {
    const accelerator = run.parameters.accelerator_type as Accelerator;
    const { region, machine } = hardware[accelerator];
    task.customJob = fullName(run.project, { region, path: `customJobs/${numericId()}` });
    task.metadata = { 'input:machine_type': machine, 'input:train_steps': run.parameters.train_steps };
    seat(run, house);
    if (house.live) curves.open();
    await wait(minutes['large-language-model-tuner']);

    const work = tuning(plan(run, rows, await lesson(rows.train)));
    const events = eventWriter(floor);
    const tuned = await through(work, async taken => {
      const { step, evaluation } = taken;
      await wait((step - run.step) * minutes.perStep[accelerator] + (evaluation ? minutes.perEvaluation : 0));
      run.step = step;
      curves.note(taken);
      await events.note(taken);
    });
    task.metadata['output:steps'] = tuned.step;
    task.metadata['output:stopped_early'] = tuned.stoppedEarly;
    task.metadata['output:checkpoint_step'] = tuned.chosenStep;
    if (!house.live) curves.open();
    return tuned;
  });
}

/** Measures the tuned student on the evaluation rows, where there are any. */
export async function evaluate(
  { leaf, skip, wait }: Floor,
  { evaluation }: Parts<Labelled>,
  tuned: Tuned,
): Promise<void> {
  if (evaluation.length === 0) return skip('evaluation');
  await leaf('evaluation', async task => {
    const examples = evaluation.flatMap(row => tuned.lesson.examples(row));
    const { loss, correct } = measure(tuned.model, examples);
    task.metadata = { 'output:total_loss': loss, 'output:fraction_of_correct_next_step_preds': correct };
    await wait(minutes.evaluation);
  });
}

function seat(run: Run, { runs, quota }: House): void {
  const accelerator = run.parameters.accelerator_type as Accelerator;
  const { units, metric } = hardware[accelerator];
  const tuning = [...runs.values()].filter(
    ({ parameters, tasks }) =>
      parameters.accelerator_type === accelerator &&
      ['RUNNING', 'CANCELLING'].includes(tasks['large-language-model-tuner'].state),
  );
  if (tuning.length * units > quota[accelerator]) throw exhausted(metric);
}

/** The service's default picks a checkpoint only for `*-bison@001` (googleapis/python-aiplatform, vertexai/language_models/_distillation.py). */
function plan({ id, parameters: p }: Run, { train, evaluation }: Parts<Labelled>, taught: Lesson): Plan {
  const selection = p.enable_checkpoint_selection.toLowerCase();
  const selects = selection === 'true' || (selection === 'default' && p.student_model_reference.endsWith('@001'));
  return {
    lesson: taught,
    rows: train,
    evaluation,
    steps: p.train_steps,
    batch: batchSize(p),
    learningRateMultiplier: p.learning_rate_multiplier,
    interval: p.evaluation_interval,
    earlyStopping: p.enable_early_stopping,
    checkpoint: selects ? 'best' : 'last',
    seed: id,
  };
}
