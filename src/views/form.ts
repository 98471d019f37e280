import type { KnownBlock, ModalView, PlainTextOption } from '@slack/types';
import type { Accelerator, RecipeId, Region, Task } from '../job/recipe.ts';
import { accelerators, limits, recipeOf, regions, tasks } from '../job/recipe.ts';
import type { PipelineSpec, Spec, SpecField, TuningSpec } from '../job/spec.ts';
import { checkpoints, isError, problems, specFields } from '../job/spec.ts';
import type { Draft, Drawing, Field, Typed } from './draft.ts';
import { asks, isTuningRecipe, Memory, none } from './draft.ts';
import {
  box,
  channel,
  file,
  fileSuffix,
  heading,
  longName,
  model,
  number,
  option,
  plain,
  radio,
  said,
  same,
  select,
  suggestedModels,
  tensorboard,
  text,
} from './inputs.ts';
import {
  acceleratorLine,
  countLine,
  epochsLine,
  evaluationLine,
  intervalLine,
  recipeLine,
  rowsOf,
  stepsLine,
  taskLine,
  weightsLine,
} from './reckoning.ts';
import { clip, context, limits as ours, plain as plainText, section } from './text.ts';

/** The form's callback id, and the ids of what can be pressed in it besides its fields. */
export const form = { callback: 'distill', sample: 'sample', open: 'open-form' } as const;

/** What a spec has in its fields, whichever it is. */
type Values = Omit<TuningSpec, keyof PipelineSpec> & {
  [F in keyof PipelineSpec]: PipelineSpec[F] | (F extends keyof TuningSpec ? TuningSpec[F] : never);
};

interface Row<F extends Field> {
  /** The field's blocks: its input, and what is computed under it. */
  draw(field: F, drawing: Drawing): KnownBlock[];
  /** The field's value in a spec, from what was typed. */
  take(text: string, typed: Typed): F extends keyof Values ? Values[F] : string;
}

/** The form, field by field, in the order people see; of these a recipe takes its own. The compiler holds it against `Spec`: forgetting a field is a type error. */
const table = {
  recipe: {
    draw: (f, d) => {
      const offered = offeredRecipes(d);
      const options = offered.map(id => option(id, d.words.said(recipeOf(id).title)));
      return [
        ...(offered.length > 1 ? [select(f, d, { options, tells: true })] : []),
        context('about', [recipeLine(d, offered.length > 1)]),
        ...warned(f, d),
      ];
    },
    take: value => value as RecipeId,
  },
  modelName: { draw: (f, d) => [text(f, d, { most: limits.displayName })], take: trimmed },
  task: {
    draw: (f, d) => [
      radio(f, d, { options: tasks.map(task => option(task, d.words.tasks[task])), tells: true }),
      ...said(taskLine(d)),
    ],
    take: value => value as Task,
  },
  dataset: {
    draw: (f, d) => [
      text(f, d, { optional: true, tells: true }),
      ...said(countLine(d.live.dataset, d)),
      file(f, d),
      ...(hasSample(d) ? [sampleButton(d)] : []),
    ],
    take: trimmed,
  },
  teacher: { draw: (f, d) => [model(f, d, recipeOf(d.memory.recipe).teachers)], take: trimmed },
  student: { draw: (f, d) => [model(f, d, recipeOf(d.memory.recipe).students)], take: trimmed },
  region: {
    draw: (f, d) => [select(f, d, { options: recipeOf(d.memory.recipe).regions.map(same), tells: true })],
    take: value => value as Region,
  },
  accelerator: {
    draw: (f, d) => [
      radio(f, d, { options: accelerators.map(it => option(it, `${it} · ${d.words.chips(it)}`)), tells: true }),
      ...said(acceleratorLine(d)),
    ],
    take: value => value as Accelerator,
  },
  steps: {
    draw: (f, d) => [number(f, d, { whole: true, tells: true }), ...said(stepsLine(d)), ...warned(f, d)],
    take: Number,
  },
  epochs: {
    draw: (f, d) => [number(f, d, { whole: true, optional: true, tells: true }), ...said(epochsLine(d))],
    take: figure,
  },
  learningRateMultiplier: { draw: (f, d) => [number(f, d, { whole: false, optional: isTuning(d) })], take: figure },
  learningRate: { draw: (f, d) => [number(f, d, { whole: false, optional: true })], take: figure },
  batchSize: { draw: (f, d) => [number(f, d, { whole: true, optional: true, tells: true })], take: figure },
  adapterSize: { draw: (f, d) => [choice(f, d)], take: chosen },
  tuningMode: { draw: (f, d) => [choice(f, d)], take: chosen },
  evaluate: { draw: (f, d) => [box(f, d, { tells: true })], take: value => value === 'yes' },
  evaluationDataset: {
    draw: (f, d) => [
      text(f, d, { optional: true, tells: true }),
      ...said(countLine(d.live.evaluationDataset, d)),
      ...said(evaluationLine(d)),
      file(f, d),
    ],
    take: value => trimmed(value) || undefined,
  },
  evaluationInterval: {
    draw: (f, d) => [number(f, d, { whole: true, tells: true }), ...said(intervalLine(d)), ...warned(f, d)],
    take: Number,
  },
  earlyStopping: { draw: (f, d) => [box(f, d)], take: value => value === 'yes' },
  checkpoint: {
    draw: (f, d) => [
      radio(f, d, { options: checkpoints.map(it => option(it, d.words.form.checkpoints[it])), tells: true }),
      ...warned(f, d),
    ],
    take: value => value as PipelineSpec['checkpoint'],
  },
  tensorboard: {
    draw: (f, d) => [tensorboard(f, d), ...warned(f, d)],
    take: value => (value === none ? undefined : value || undefined),
  },
  channel: { draw: (f, d) => [channel(f, d)], take: value => value },
  uploadRegion: {
    draw: (f, d) => [select(f, d, { options: [option(none, d.words.form.sameRegion), ...regions.map(same)] })],
    take: (value, typed) => (!value || value === none ? typed.region : value) as Region,
  },
  outputs: {
    draw: (f, d) => [text(f, d, { tells: true }), ...said(weightsLine(d))],
    take: value => trimmed(value) || undefined,
  },
  pipelineRoot: { draw: (f, d) => [text(f, d)], take: trimmed },
  displayName: {
    draw: (f, d) => [text(f, d, { optional: true, most: limits.displayName })],
    take: (value, typed) => trimmed(value) || trimmed(typed.modelName ?? ''),
  },
  encryptionKey: { draw: (f, d) => [text(f, d, { optional: true })], take: value => trimmed(value) || undefined },
  serviceAccount: { draw: (f, d) => [text(f, d, { optional: true })], take: value => trimmed(value) || undefined },
} satisfies { [F in Field]: Row<F> };

/** What may be left as it stands: at the end of the form, below a heading. */
const advanced: Record<'pipelineJobs' | 'tuningJobs', readonly Field[]> = {
  pipelineJobs: ['uploadRegion', 'pipelineRoot', 'displayName', 'encryptionKey', 'serviceAccount'],
  tuningJobs: [
    ...(['learningRateMultiplier', 'learningRate', 'batchSize', 'adapterSize', 'tuningMode'] as const),
    ...(['outputs', 'encryptionKey', 'serviceAccount'] as const),
  ],
};

/** The fields of a recipe's form, in the order people see. */
function fieldsOf(id: RecipeId): { first: Field[]; advanced: Field[] } {
  const below = advanced[recipeOf(id).backend];
  const all = (Object.keys(table) as Field[]).filter(field => asks(id, field));
  return {
    first: all.filter(field => !below.includes(field)),
    advanced: all.filter(field => below.includes(field)),
  };
}

/** Draws the whole form. */
export function drawForm(drawing: Drawing): ModalView {
  const { memory, words } = drawing;
  const { form: say } = words;
  const { teachers, backend } = recipeOf(memory.recipe);
  const { first, advanced: below } = fieldsOf(memory.recipe);
  return {
    type: 'modal',
    callback_id: form.callback,
    title: plainText(teachers ? say.title : say.tuningTitle, ours.modalTitle),
    submit: plainText(say.submit, ours.modalButton),
    close: plainText(say.close, ours.modalButton),
    private_metadata: JSON.stringify(memory),
    blocks: [
      ...notCarriedOver(drawing),
      ...first.flatMap(field => drawField(field, drawing)),
      heading(say.advanced),
      ...(backend === 'tuningJobs' ? said(say.leftOpen) : []),
      ...below.flatMap(field => drawField(field, drawing)),
    ],
  };
}

/** What could not be carried over from a job that is moved to another recipe. */
function notCarriedOver({ moved, memory, words }: Drawing): KnownBlock[] {
  if (!moved?.left.length) return [];
  const { carryOver: say } = words;
  const { id, spec } = moved.job;
  const titles = { from: recipeOf(spec.recipe).title, to: recipeOf(memory.recipe).title };
  return [
    section('moved', [say.intro({ id, modelName: spec.modelName }, titles)]),
    section(
      'left',
      moved.left.map(left => clip(say.left(left), ours.line)),
    ),
  ];
}

function drawField<F extends Field>(field: F, drawing: Drawing): KnownBlock[] {
  const { memory, words } = drawing;
  const was = memory.was?.[field];
  return [
    ...(table[field] as unknown as Row<F>).draw(field, drawing),
    ...(was === undefined ? [] : said(words.form.mended(was))),
  ];
}

/** Reads what an open form holds. */
export function readForm(view: { private_metadata: string; state: { values: ViewValues } }): Draft {
  const memory = Memory.parse(JSON.parse(view.private_metadata));
  const draft: Draft = { typed: {}, files: {}, memory };
  for (const [block, elements] of Object.entries(view.state.values))
    for (const element of Object.values(elements)) {
      const name = block.split('~')[0] ?? '';
      if (name.endsWith(fileSuffix)) {
        const [upload] = element.files ?? [];
        const field = name.slice(0, -fileSuffix.length);
        if (upload && (field === 'dataset' || field === 'evaluationDataset'))
          draft.files[field] = { file: upload.id, name: upload.name ?? upload.id };
      } else if (name === 'tensorboard') draft.typed.tensorboard = longName(held(element));
      else if (name in table) draft.typed[name as Field] = held(element);
    }
  return draft;
}

/** What Slack says a view's elements hold, by block and action id. */
export type ViewValues = Record<string, Record<string, ViewValue>>;
interface ViewValue {
  value?: string | null | undefined;
  selected_option?: { value?: string | undefined } | null | undefined;
  selected_options?: { value?: string | undefined }[] | null | undefined;
  selected_conversation?: string | null | undefined;
  files?: { id: string; name?: string | null | undefined }[] | null | undefined;
}

function held(element: ViewValue): string {
  if (element.selected_options) return element.selected_options.length ? 'yes' : '';
  return element.selected_option?.value ?? element.selected_conversation ?? element.value ?? '';
}

/** The spec that a draft asks for, by the recipe it was drawn for. Numbers that are none become NaN, which the rules name. */
export function specOf({ typed, memory }: Pick<Draft, 'typed' | 'memory'>): Spec {
  const entries = specFields
    .filter(field => asks(memory.recipe, field))
    .map(field => [field, (table[field] as unknown as Row<SpecField>).take(typed[field] ?? '', typed)]);
  return { ...Object.fromEntries(entries), recipe: memory.recipe } as Spec;
}

/** Errors by the id of the block they belong beside, as Slack wants them. Slack takes none that names a block the form has not: it stands beside the first field then. */
export function errorsBeside(wrong: Partial<Record<Field, string>>, values: ViewValues): Record<string, string> {
  const blocks = Object.keys(values);
  const blockOf = (field: string) => blocks.find(block => block.split('~')[0] === field);
  const errors: Record<string, string> = {};
  for (const [field, sentence] of Object.entries(wrong)) {
    const block = blockOf(field) ?? blockOf('modelName') ?? field;
    errors[block] = [errors[block], sentence].filter(Boolean).join(' ');
  }
  return errors;
}

/** What the menu of an open form shows where something was typed: nothing in what is no menu of ours. */
export function suggested(
  view: { callback_id?: string; private_metadata?: string },
  { field, typed }: { field: string; typed: string },
): PlainTextOption[] {
  if (view.callback_id !== form.callback || (field !== 'teacher' && field !== 'student')) return [];
  const memory = remembered(view.private_metadata ?? '');
  return memory ? suggestedModels(recipeOf(memory.recipe)[`${field}s`], typed) : [];
}

function remembered(metadata: string): Memory | undefined {
  try {
    return Memory.safeParse(JSON.parse(metadata)).data;
  } catch {
    return undefined;
  }
}

/** Warnings of the rules about one field: said while one chooses, and passing. */
function warned(field: Field, { typed, memory, live, settings, words }: Drawing): KnownBlock[] {
  const found = problems(specOf({ typed, memory }), { rows: rowsOf(live.dataset), recipes: settings.recipes });
  return found
    .filter(problem => problem.field === field && !isError(problem))
    .flatMap(problem => said(`⚠ ${words.problem(problem)}`));
}

/** Those that the operator offers, and the one that the form is about. */
function offeredRecipes({ settings, memory }: Drawing): RecipeId[] {
  const { recipes } = settings;
  return recipes.includes(memory.recipe) ? [...recipes] : [...recipes, memory.recipe];
}

function isTuning({ memory }: Drawing): boolean {
  return isTuningRecipe(memory.recipe);
}

function hasSample({ memory }: Drawing): boolean {
  return 'sample' in recipeOf(memory.recipe);
}

/** One of the choices a recipe has, or none: then it is Vertex AI's. */
function choice(field: 'adapterSize' | 'tuningMode', drawing: Drawing): KnownBlock {
  const { memory, words, typed } = drawing;
  const rule = isTuningRecipe(memory.recipe) ? recipeOf(memory.recipe).parameters[field] : undefined;
  const options = (rule?.of ?? []).map(value => option(value, words.form.choices[value] ?? value));
  const now = { ...drawing, typed: { ...typed, [field]: typed[field] || none } };
  return select(field, now, { options: [option(none, words.form.leftToVertex), ...options] });
}

function chosen(value: string): string | undefined {
  return value === none ? undefined : value || undefined;
}

/** A number that may be left out. */
function figure(value: string): number | undefined {
  return value.trim() ? Number(value) : undefined;
}

function sampleButton({ words }: Drawing): KnownBlock {
  const button = { type: 'button', action_id: form.sample, text: plain(words.form.sample) } as const;
  return { type: 'actions', block_id: form.sample, elements: [button] };
}

function trimmed(value: string): string {
  return value.trim();
}
