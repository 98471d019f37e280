import { findBoard } from './boards.ts';
import { hardware } from './dag.ts';
import type { House } from './house.ts';
import type { Run } from './run.ts';
import { Trouble } from './trouble.ts';

const locations =
  /^(us-central1|europe-west4|asia-southeast1|us-west1|europe-west3|europe-west2|asia-northeast1|us-east4|us-west4|northamerica-northeast1|europe-west9|europe-west1|asia-northeast3)$/;

/** What the first task refuses: values that have the right type and still make no run. */
export function validate({ parameters: p, region, project, asked }: Run, { boards }: Pick<House, 'boards'>): void {
  demand(
    p.teacher_model_reference === 'text-unicorn@001',
    `teacher_model_reference "${p.teacher_model_reference}" is not a supported teacher`,
  );
  demand(
    /^text-bison(@002|-32k(@002)?|@001)$/.test(p.student_model_reference),
    `student_model_reference "${p.student_model_reference}" is not a supported student`,
  );
  demand(
    Object.hasOwn(hardware, p.accelerator_type),
    `accelerator_type "${p.accelerator_type}" is neither "GPU" nor "TPU"`,
  );
  demand(locations.test(region), `pipeline location "${region}" is not supported`);
  demand(!p.location || locations.test(p.location), `location "${p.location}" is not supported`);
  demand(p.train_steps > 0, `train_steps must be positive, not ${p.train_steps}`);
  demand(
    p.learning_rate_multiplier > 0,
    `learning_rate_multiplier must be positive, not ${p.learning_rate_multiplier}`,
  );
  demand(p.evaluation_interval > 0, `evaluation_interval must be positive, not ${p.evaluation_interval}`);
  demand(
    /^(default|true|false)$/i.test(p.enable_checkpoint_selection),
    `enable_checkpoint_selection must be "default", "true" or "false", not "${p.enable_checkpoint_selection}"`,
  );
  demand(
    p.model_display_name.length > 0 && p.model_display_name.length <= 128,
    `model_display_name must have 1 to 128 characters, not ${p.model_display_name.length}`,
  );

  const key = p.encryption_spec_key_name || asked.encryptionSpec?.kmsKeyName;
  const home = region === 'us-central1' && p.accelerator_type === 'GPU' && (p.location || region) === 'us-central1';
  demand(!key || home, `encryption_spec_key_name works only with "GPU", with pipeline and upload in "us-central1"`);

  const reference = p.tensorboard_resource_id;
  if (!reference) return;
  const board = findBoard(boards, { reference, project, region });
  demand(board !== undefined, `tensorboard_resource_id "${reference}" was not found`);
  const tuning = hardware[p.accelerator_type as keyof typeof hardware].region;
  demand(
    board?.region === region || board?.region === tuning,
    `tensorboard_resource_id "${reference}" is neither in "${region}" nor in "${tuning}"`,
  );
}

function demand(holds: boolean, otherwise: string): void {
  if (!holds) throw new Trouble('INVALID_ARGUMENT', `ValueError: ${otherwise}.`);
}
