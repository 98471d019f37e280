import type { InputBlock, KnownBlock, PlainTextElement, PlainTextOption } from '@slack/types';
import type { ChoiceRule, Models, NumberRule } from '../job/recipe.ts';
import { recipeOf } from '../job/recipe.ts';
import { isModelName } from '../job/spec.ts';
import type { Drawing, Field } from './draft.ts';
import { isTuningRecipe, nearRegions, none } from './draft.ts';
import { limits, plain as plainText } from './text.ts';
import type { FieldWords } from './words.ts';

/** What the id of a file's block ends with: the rest is the field it belongs to. */
export const fileSuffix = '.file';

interface Input {
  optional?: boolean;
  /** Whether choosing or typing is told to Retort at once, so that the form recomputes. */
  tells?: boolean;
}

function input(
  field: Field,
  drawing: Drawing,
  { element, optional, tells }: Input & { element: InputBlock['element'] },
): KnownBlock {
  const { label, hint } = wordsFor(field, drawing);
  const times = drawing.memory.times[field];
  return {
    type: 'input',
    block_id: times ? `${field}~${times}` : field,
    label: plain(label),
    element: { ...element, action_id: field } as InputBlock['element'],
    ...(hint && { hint: plain(hint) }),
    ...(optional && { optional: true }),
    ...(tells && { dispatch_action: true }),
  };
}

/** What is said of a field: a tuning job's may be another thing under the same name. */
function wordsFor(field: Field, drawing: Drawing): FieldWords {
  const { words, memory } = drawing;
  const tuning = isTuningRecipe(memory.recipe) ? words.tuningFields[field] : undefined;
  const { hint, ...rest } = { ...words.fields[field], ...tuning };
  const rule = isTuningRecipe(memory.recipe)
    ? (recipeOf(memory.recipe).parameters as Partial<Record<Field, NumberRule | ChoiceRule>>)[field]
    : undefined;
  const said = [hint, rule && words.form.rule(rule), ofRecipe(field, drawing)].filter(Boolean).join(' ');
  return { ...rest, ...(said && { hint: said }) };
}

/** What a recipe's own numbers add to what is said of a field. */
function ofRecipe(field: Field, { words, memory }: Drawing): string {
  const { teachers, students, dataset, backend } = recipeOf(memory.recipe);
  if (backend !== 'tuningJobs') return '';
  if (field === 'teacher' || field === 'student')
    return (field === 'teacher' ? teachers : students)?.others ? words.form.othersGo : '';
  if (field === 'dataset') return words.form.datasetRules(dataset);
  return field === 'evaluationDataset' ? words.form.evaluationRules(dataset.evaluation) : '';
}

/** A field to type into. */
export function text(field: Field, drawing: Drawing, { most, ...rest }: Input & { most?: number } = {}): KnownBlock {
  const { placeholder } = wordsFor(field, drawing);
  const typed = drawing.typed[field];
  return input(field, drawing, {
    ...rest,
    element: {
      type: 'plain_text_input',
      ...(typed && { initial_value: typed }),
      ...(placeholder && { placeholder: plainText(placeholder, limits.placeholder) }),
      ...(most && { max_length: most }),
      ...(rest.tells && { dispatch_action_config: { trigger_actions_on: ['on_character_entered'] } }),
    },
  });
}

/** A field for a number. */
export function number(field: Field, drawing: Drawing, { whole, ...rest }: Input & { whole: boolean }): KnownBlock {
  const typed = drawing.typed[field];
  return input(field, drawing, {
    ...rest,
    element: {
      type: 'number_input',
      is_decimal_allowed: !whole,
      ...(whole && { min_value: '1' }),
      // Slack refuses a view whose number is below its least one; what the person typed stays in its place without it.
      ...(typed && (!whole || /^[1-9]\d*$/.test(typed)) && { initial_value: typed }),
      ...(rest.tells && { dispatch_action_config: { trigger_actions_on: ['on_character_entered'] } }),
    },
  });
}

type Choice = Input & { options: PlainTextOption[] };

/** A field to choose from a list. */
export function select(field: Field, drawing: Drawing, choice: Choice): KnownBlock {
  return chooser('static_select', field, drawing, choice);
}

/** A model: one of those that are known, or one that is typed where others may go, too. */
export function model(field: 'teacher' | 'student', drawing: Drawing, models: Models | undefined): KnownBlock {
  const known = models?.known ?? [];
  if (!models?.others) return select(field, drawing, { options: known.map(same), tells: true });
  const typed = drawing.typed[field];
  return input(field, drawing, {
    tells: true,
    element: { type: 'external_select', min_query_length: 0, ...(typed && { initial_option: same(typed) }) },
  });
}

/** The most options that Slack takes at once (docs.slack.dev, block_suggestion). */
const mostOptions = 100;

/** What a menu of models shows where something was typed: those with all its words in their names, and what was typed itself, where it may be another's name. */
export function suggestedModels(models: Models | undefined, typed: string): PlainTextOption[] {
  if (!models) return [];
  const asked = typed.trim().toLowerCase();
  const parts = asked.split(/\s+/);
  const found = models.known.filter(name => parts.every(part => name.toLowerCase().includes(part)));
  const isAnother = models.others && isModelName(typed.trim()) && !found.some(name => name.toLowerCase() === asked);
  const own = isAnother ? [typed.trim()] : [];
  return [...found.slice(0, mostOptions - own.length), ...own].map(same);
}

/** A field to choose from a few. */
export function radio(field: Field, drawing: Drawing, choice: Choice): KnownBlock {
  return chooser('radio_buttons', field, drawing, choice);
}

function chooser(
  type: 'static_select' | 'radio_buttons',
  field: Field,
  drawing: Drawing,
  { options, ...rest }: Choice,
) {
  return input(field, drawing, { ...rest, element: { type, options, ...initial(options, drawing.typed[field]) } });
}

/** A field to check. */
export function box(field: Field, drawing: Drawing, { tells = false }: Input = {}): KnownBlock {
  const yes = option('yes', drawing.words.form.boxes[field as 'evaluate' | 'earlyStopping']);
  return input(field, drawing, {
    optional: true,
    tells,
    element: { type: 'checkboxes', options: [yes], ...(drawing.typed[field] === 'yes' && { initial_options: [yes] }) },
  });
}

/** A file in place of a URI. */
export function file(field: 'dataset' | 'evaluationDataset', { words }: Drawing): KnownBlock {
  return {
    type: 'input',
    block_id: `${field}${fileSuffix}`,
    label: plain(words.form.uploads[field]),
    optional: true,
    element: { type: 'file_input', action_id: `${field}${fileSuffix}`, filetypes: ['jsonl'], max_files: 1 },
  };
}

/** The channel to post to. */
export function channel(field: Field, drawing: Drawing): KnownBlock {
  const typed = drawing.typed[field];
  return input(field, drawing, {
    element: {
      type: 'conversations_select',
      ...(typed && { initial_conversation: typed }),
      filter: { include: ['public', 'private'], exclude_bot_users: true, exclude_external_shared_channels: true },
    },
  });
}

/** A TensorBoard instance, or none. */
export function tensorboard(field: 'tensorboard', drawing: Drawing): KnownBlock {
  const { live, typed, settings, words } = drawing;
  const titles = new Map(
    (live.tensorboards ?? []).map(({ name, displayName }) => [name, `${displayName} · ${regionIn(name)}`]),
  );
  const defaults = nearRegions(typed).map(region => settings.tensorboards[region]);
  for (const name of [typed.tensorboard, ...defaults])
    if (name && name !== none && !titles.has(name)) titles.set(name, shortName(name));
  const options = [
    option(none, words.form.noTensorboard),
    ...[...titles].slice(0, 99).map(([name, title]) => option(shortName(name), title)),
  ];
  const chosen = typed.tensorboard && shortName(typed.tensorboard);
  return select(field, { ...drawing, typed: { ...typed, tensorboard: chosen || none } }, { options, tells: true });
}

// A resource name is longer than the value of an option may be (75 characters): its fixed words are left out there.
function shortName(name: string): string {
  return name.replace(/^projects\/([^/]+)\/locations\/([^/]+)\/tensorboards\/([^/]+)$/, '$1/$2/$3');
}

/** A TensorBoard’s resource name, from the value of its option. */
export function longName(value: string): string {
  return value.replace(/^([^/]+)\/([^/]+)\/([^/]+)$/, 'projects/$1/locations/$2/tensorboards/$3');
}

function regionIn(name: string): string {
  return /\/locations\/([^/]+)\//.exec(name)?.[1] ?? '';
}

/** A heading within the form. */
export function heading(title: string): KnownBlock {
  return { type: 'header', block_id: 'advanced', text: plain(title) };
}

/** A sentence under a field; none where there is nothing to say. */
export function said(sentence: string): KnownBlock[] {
  if (!sentence) return [];
  return [{ type: 'context', elements: [plainText(sentence, limits.contextElement)] }];
}

function initial(options: readonly PlainTextOption[], value: string | undefined): { initial_option?: PlainTextOption } {
  const found = options.find(it => it.value === value);
  return found ? { initial_option: found } : {};
}

/** A choice: its value, and what people read. */
export function option(value: string, title: string): PlainTextOption {
  return { text: plainText(title, limits.option), value };
}

/** A choice whose value is what people read. */
export function same(value: string): PlainTextOption {
  return option(value, value);
}

/** Plain text as Slack wants it. */
export function plain(words: string): PlainTextElement {
  return plainText(words, limits.label);
}
