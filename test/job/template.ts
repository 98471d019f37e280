/**
 * The input definitions of the template that Retort may give a value, and those it must. Source: the template's copy in
 * python-aiplatform, tests/unit/aiplatform/test_language_models.py, `_TEST_DISTILLATION_PIPELINE_SPEC`.
 */
export const template: Record<string, 'STRING' | 'NUMBER_INTEGER' | 'NUMBER_DOUBLE' | 'BOOLEAN'> = {
  project: 'STRING',
  dataset_uri: 'STRING',
  teacher_model_reference: 'STRING',
  student_model_reference: 'STRING',
  location: 'STRING',
  accelerator_type: 'STRING',
  train_steps: 'NUMBER_INTEGER',
  learning_rate_multiplier: 'NUMBER_DOUBLE',
  evaluation_data_uri: 'STRING',
  evaluation_interval: 'NUMBER_INTEGER',
  enable_early_stopping: 'BOOLEAN',
  enable_checkpoint_selection: 'STRING',
  tensorboard_resource_id: 'STRING',
  encryption_spec_key_name: 'STRING',
  model_display_name: 'STRING',
};
