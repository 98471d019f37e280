import { Trouble } from './trouble.ts';

/** The address of the one template the stand-in knows. */
export const template = 'https://us-kfp.pkg.dev/ml-pipeline/distillation/distillation/v1.0.0';

type ParameterType = 'STRING' | 'NUMBER_INTEGER' | 'NUMBER_DOUBLE' | 'BOOLEAN';
type Definition = { parameterType: ParameterType; defaultValue?: string | number | boolean; isOptional?: true };

/**
 * The template's input definitions, as Google's own test of its Python client carries them
 * (googleapis/python-aiplatform, tests/unit/aiplatform/test_language_models.py, _TEST_DISTILLATION_PIPELINE_SPEC).
 */
const definitions = {
  project: { parameterType: 'STRING' },
  dataset_uri: { parameterType: 'STRING' },
  teacher_model_reference: optional('STRING', 'text-unicorn@001'),
  student_model_reference: optional('STRING', 'text-bison@002'),
  location: optional('STRING', ''),
  accelerator_type: optional('STRING', 'GPU'),
  train_steps: optional('NUMBER_INTEGER', 300),
  learning_rate_multiplier: optional('NUMBER_DOUBLE', 1),
  evaluation_data_uri: optional('STRING', ''),
  evaluation_interval: optional('NUMBER_INTEGER', 100),
  enable_early_stopping: optional('BOOLEAN', true),
  enable_checkpoint_selection: optional('STRING', 'default'),
  tensorboard_resource_id: optional('STRING', ''),
  encryption_spec_key_name: optional('STRING', ''),
  model_display_name: optional('STRING', 'distilled-student-model'),
  max_context_length: optional('STRING', ''),
  temperature: optional('NUMBER_DOUBLE', 0),
  tpu_training_skip_cmek: optional('BOOLEAN', false),
  api_endpoint: optional('STRING', 'aiplatform.googleapis.com/ui'),
  version: optional('STRING', 'latest'),
  evaluation_output_root_dir: optional('STRING', ''),
} as const satisfies Record<string, Definition>;

/** The parameters of a run, with the template's defaults filled in. */
export type Parameters = {
  [K in keyof typeof definitions]: {
    STRING: string;
    NUMBER_INTEGER: number;
    NUMBER_DOUBLE: number;
    BOOLEAN: boolean;
  }[(typeof definitions)[K]['parameterType']];
};

/** What a pipeline job shows of the template it was made from. */
export const pipelineSpec = {
  pipelineInfo: { name: 'distillation' },
  schemaVersion: '2.1.0',
  sdkVersion: 'kfp-2.4.0',
  root: { inputDefinitions: { parameters: definitions } },
};

/** Checks given values against the template and fills in its defaults; refuses what the template does not declare and what has another type. */
export function parameters(given: Record<string, unknown>): Parameters {
  for (const name of Object.keys(given))
    if (!Object.hasOwn(definitions, name))
      throw new Trouble(
        'INVALID_ARGUMENT',
        `Pipeline parameter "${name}" is not found in the pipeline job input definitions.`,
      );
  const values: Record<string, unknown> = {};
  for (const [name, definition] of Object.entries<Definition>(definitions)) {
    const value = Object.hasOwn(given, name) ? given[name] : definition.defaultValue;
    if (value === undefined)
      throw new Trouble('INVALID_ARGUMENT', `Pipeline parameter "${name}" is required, but no value was given.`);
    if (!fits(value, definition.parameterType))
      throw new Trouble(
        'INVALID_ARGUMENT',
        `Pipeline parameter "${name}" must be a ${definition.parameterType}, but its value is ${JSON.stringify(value)}.`,
      );
    values[name] = value;
  }
  return values as Parameters;
}

function fits(value: unknown, type: ParameterType): boolean {
  if (type === 'STRING') return typeof value === 'string';
  if (type === 'BOOLEAN') return typeof value === 'boolean';
  return type === 'NUMBER_INTEGER' ? Number.isInteger(value) : Number.isFinite(value);
}

function optional<T extends ParameterType, D>(parameterType: T, defaultValue: D) {
  return { parameterType, defaultValue, isOptional: true } as const;
}
